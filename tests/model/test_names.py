"""Identifiers: what Oracle could hold, how people write it, and the one quoting function."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.model import names

any_name = st.text(
    st.characters(blacklist_characters='"\0', blacklist_categories=("Cs",)), min_size=1, max_size=32
)


@given(any_name)
def test_a_quoted_name_reads_back_as_itself(name: Any) -> None:
    assert names.parse(names.quote(name)) == name


@given(any_name)
def test_a_quoted_name_is_one_token_that_nothing_can_leave(name: Any) -> None:
    assert re.fullmatch(r'"[^"\0]+"', names.quote(name), re.DOTALL)


@given(st.text(max_size=40))
def test_whatever_is_quoted_has_no_quote_inside(text: Any) -> None:
    try:
        quoted = names.quote(text)
    except names.InvalidNameError:
        return
    assert '"' not in quoted[1:-1]


@pytest.mark.parametrize("bad", ["", 'A"B', "A\0B", "\ud800", "x" * 129, "ä" * 65])
def test_what_oracle_cannot_hold_is_refused(bad: Any) -> None:
    with pytest.raises(names.InvalidNameError):
        names.quote(bad)


@pytest.mark.parametrize("good", ["x" * 128, "ä" * 64, "SELECT", "my table", "; DROP TABLE"])
def test_odd_names_are_quoted(good: Any) -> None:
    assert names.quote(good) == f'"{good}"'


@pytest.mark.parametrize(
    ("text", "name"), [("hr", "HR"), ("Hr_1$#", "HR_1$#"), ('"Hr"', "Hr"), ('"a b"', "a b")]
)
def test_names_as_people_write_them(text: Any, name: Any) -> None:
    assert names.parse(text) == name


@pytest.mark.parametrize("text", ["", "1A", "A B", "A-B", '"', '""', "HR\n", 'A"', "É"])
def test_what_is_no_plain_name_must_be_quoted(text: Any) -> None:
    with pytest.raises(names.InvalidNameError):
        names.parse(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("hr.employees", ("HR", "EMPLOYEES")),
        ('HR."Mixed.Case"', ("HR", "Mixed.Case")),
        ('"a.b"."c.d"', ("a.b", "c.d")),
    ],
)
def test_qualified_names(text: Any, parts: Any) -> None:
    assert names.parse_qualified(text) == parts


@pytest.mark.parametrize("text", ["", "HR", "HR.", ".T", "A.B.C", 'HR."T', 'HR"."T', "HR..T"])
def test_what_is_no_qualified_name(text: Any) -> None:
    with pytest.raises(names.InvalidNameError):
        names.parse_qualified(text)


def test_a_qualified_name_is_two_quoted_ones() -> None:
    assert names.quote_qualified("HR", "My.T") == '"HR"."My.T"'


@given(any_name)
def test_what_is_displayed_reads_back(name: Any) -> None:
    assert names.parse(names.display(name)) == name


def test_only_names_that_need_quotes_are_displayed_with_them() -> None:
    assert [names.display(name) for name in ("HR", "hr", "A B", "1A")] == [
        "HR",
        '"hr"',
        '"A B"',
        '"1A"',
    ]


@given(st.text(max_size=40))
def test_a_literal_is_one_token(text: Any) -> None:
    assume("\0" not in text)
    literal = names.literal(text)
    assert re.fullmatch(r"'(?:[^']|'')*'", literal, re.DOTALL)
    assert literal[1:-1].replace("''", "'") == text


def test_a_literal_cannot_hold_nul() -> None:
    with pytest.raises(names.InvalidNameError):
        names.literal("a\0b")


lease_ids = st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True).filter(
    lambda found: len(found) < 100
)


@given(lease_ids)
def test_a_lease_role_names_its_lease(lease_id: Any) -> None:
    assert names.lease_id_of_role(names.lease_role(lease_id)) == lease_id


@given(lease_ids, lease_ids)
def test_two_leases_never_share_a_role(one: Any, two: Any) -> None:
    assert (names.lease_role(one) == names.lease_role(two)) == (one == two)


@pytest.mark.parametrize(
    "role", ["HR_READER", "JIT_", "JIT_a", "JIT__A", "JIT_A_", "xJIT_A", "JIT_A\n"]
)
def test_other_roles_belong_to_no_lease(role: Any) -> None:
    assert names.lease_id_of_role(role) is None


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("HR", "HR", True),
        ("HR", "HRX", False),
        ("H.", "HR", False),
        ("*", "", True),
        ("*", "A\nB", True),
        ("HR_*", "HR_READER", True),
        ("HR_*", "XHR_READER", False),
        ("*_RO", "HR_RO", True),
        ("A*B*C", "A12B34C", True),
        ("A*B*C", "A12C34B", False),
        ("hr*", "HR", False),
        ("A.*", "AB", False),
    ],
)
def test_patterns(pattern: Any, name: Any, expected: Any) -> None:
    assert names.matches(pattern, name) is expected


def test_a_literal_doubles_its_quotes_and_cannot_hold_nul() -> None:
    assert names.literal("it's") == "'it''s'"
    with pytest.raises(names.InvalidNameError, match="NUL"):
        names.literal("A\0B")
