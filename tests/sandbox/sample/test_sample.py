"""The sample is the same every time, belongs to nobody, and is plain Oracle SQL."""

from __future__ import annotations

import re

import pytest

from reconciler.sandbox import sample
from reconciler.sandbox.sample import made_up
from reconciler.sandbox.seam import Release


@pytest.fixture(scope="module")
def text() -> str:
    return "\n".join(sample.statements(Release.R19))


def test_the_same_statements_come_every_time(text: str) -> None:
    assert "\n".join(sample.statements(Release.R19)) == text


def test_no_statement_carries_a_terminator_of_a_client(text: str) -> None:
    for statement in sample.statements(Release.R23):
        is_code = statement.startswith("CREATE OR REPLACE PROCEDURE")
        assert statement.endswith("END;") if is_code else not statement.endswith((";", "/"))


def test_every_table_has_rows(text: str) -> None:
    tables = re.findall(r"CREATE TABLE (\S+)", text)
    assert len(tables) == 14
    assert all(f"INSERT INTO {table} " in text for table in tables)


def test_mail_goes_only_to_the_reserved_domain(text: str) -> None:
    assert set(re.findall(r"@([\w.]+)", text)) == {"example.com"}


def test_social_security_numbers_are_of_the_area_that_is_never_assigned(text: str) -> None:
    numbers = re.findall(r"'(\d{3})-\d{2}-\d{4}'", text)
    assert len(numbers) == 120
    assert set(numbers) == {"000"}


def test_account_numbers_check_out_and_have_a_country_without_banks() -> None:
    for key in range(50):
        iban = made_up.iban(key)
        assert int(f"{iban[4:]}3333{iban[2:4]}") % 97 == 1
        assert iban.startswith("XX")


def test_card_numbers_check_out() -> None:
    for key in range(50):
        digits = [int(c) for c in made_up.card_number(key)][::-1]
        total = sum(digits[::2]) + sum(sum(divmod(2 * d, 10)) for d in digits[1::2])
        assert (len(digits), total % 10) == (16, 0)


def test_quotes_in_text_are_doubled() -> None:
    assert made_up.literal("O'Hara") == "'O''Hara'"
