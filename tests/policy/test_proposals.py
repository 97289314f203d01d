"""Which columns are proposed for classification, and how sure that is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.classification import (
    Column,
    ColumnPattern,
    Confidence,
    DescribedColumn,
    Level,
    Proposal,
)
from reconciler.policy.proposals import proposals, shape_of
from reconciler.policy.sensitive_words import ABOUT_DATA, CATEGORIES, Shape

HIGH, MEDIUM, LOW = Confidence


def column(
    name: str, kind: str = "VARCHAR2", length: int = 40, comment: str = ""
) -> DescribedColumn:
    return DescribedColumn(Column("HR", "EMPLOYEES", name), kind, length, comment)


def proposed(described: DescribedColumn) -> Proposal | None:
    found = proposals([described], ())
    return found[0] if found else None


@pytest.mark.parametrize(
    ("name", "kind", "category", "confidence"),
    [
        ("SSN", "VARCHAR2", "identifiers", HIGH),
        ("PASSPORT_NO", "VARCHAR2", "identifiers", HIGH),
        ("EMP_TAX_ID", "NUMBER", "identifiers", HIGH),
        ("NATIONAL_ID", "CHAR", "identifiers", HIGH),
        ("EMAIL", "VARCHAR2", "contact", HIGH),
        ("EMAILS", "CLOB", "contact", HIGH),
        ("WORK_PHONE_2", "NUMBER", "contact", HIGH),
        ("HOME_ADDRESS", "VARCHAR2", "contact", HIGH),
        ("SALARY", "NUMBER", "pay", HIGH),
        ("MAX_SALARY", "NUMBER", "pay", HIGH),
        ("COMMISSION_PCT", "NUMBER", "pay", HIGH),
        ("NET", "NUMBER", "pay", LOW),
        ("IBAN", "VARCHAR2", "bank-accounts", HIGH),
        ("IBAN2", "VARCHAR2", "bank-accounts", HIGH),
        ("ACCOUNT_NO", "NUMBER", "bank-accounts", LOW),
        ("DIAGNOSIS_CODE", "VARCHAR2", "health", HIGH),
        ("BIRTH_DATE", "DATE", "birth", HIGH),
        ("birthDate", "TIMESTAMP(6)", "birth", HIGH),
        ("DATE_OF_BIRTH", "TIMESTAMP(6) WITH TIME ZONE", "birth", HIGH),
        ("PASSWORD", "RAW", "credentials", HIGH),
        ("API_KEY", "VARCHAR2", "credentials", HIGH),
        ("TOKEN", "VARCHAR2", "credentials", LOW),
        ("CREDIT_CARD", "NUMBER", "payment-cards", HIGH),
        ("CARDNO", "VARCHAR2", "payment-cards", HIGH),
        ("LAST_NAME", "VARCHAR2", "people", HIGH),
        ("CLIENT_IP_ADDRESS", "VARCHAR2", "whereabouts", HIGH),
        ("RELIGION", "VARCHAR2", "beliefs-and-origin", HIGH),
        ("FINGERPRINT", "BLOB", "biometrics", HIGH),
    ],
)
def test_names_say_what_columns_hold(
    name: str, kind: str, category: str, confidence: Confidence
) -> None:
    found = proposed(column(name, kind))
    assert found is not None
    assert (found.category, found.confidence) == (category, confidence)


@pytest.mark.parametrize(
    ("name", "kind", "length"),
    [
        ("EMPLOYEE_ID", "NUMBER", 0),
        ("HIRE_DATE", "DATE", 0),
        ("EMAIL_SENT_ON", "DATE", 0),  # an instant is no address
        ("EMAIL_FLAG", "VARCHAR2", 10),
        ("IS_PHONE_VERIFIED", "VARCHAR2", 10),
        ("EMAIL_TEMPLATE_ID", "NUMBER", 0),
        ("ADDRESS_ID", "NUMBER", 0),
        ("PASSWORD_POLICY", "VARCHAR2", 30),
        ("SALARY", "CHAR", 1),  # one character is a flag
        ("PASSWORD", "NUMBER", 0),
        ("FIRST_NAME", "NUMBER", 0),
        ("EMAIL", "BOOLEAN", 0),
        ("PHONE", "SDO_GEOMETRY", 0),
        ("INTERNET", "VARCHAR2", 40),  # NET is a part of it, and no part of the name
        ("PINE_TREES", "VARCHAR2", 40),
        ("PLANET", "VARCHAR2", 40),
        ("_1", "VARCHAR2", 40),
    ],
)
def test_what_only_looks_like_it_is_not_proposed(name: str, kind: str, length: int) -> None:
    assert proposed(column(name, kind, length)) is None


def test_a_comment_alone_is_a_hint_and_with_a_doubtful_name_a_proof() -> None:
    told = proposed(column("FIELD_7", comment="The salary of last month"))
    assert told is not None
    assert (told.category, told.confidence) == ("pay", MEDIUM)
    assert told.reason == "comment has SALARY; type VARCHAR2 fits"
    both = proposed(column("GROSS", "NUMBER", comment="Monthly salary before taxes"))
    assert both is not None
    assert both.confidence is HIGH
    assert both.reason == "name has GROSS, comment has SALARY; type NUMBER fits"


def test_a_comment_cannot_make_a_key_or_a_status_sensitive() -> None:
    assert proposed(column("EMPLOYEE_ID", "NUMBER", comment="Key of who gets the salary")) is None


def test_a_reason_holds_words_of_ours_alone() -> None:
    """What somebody wrote into the dictionary is not carried into documents and reviews."""
    found = proposed(column("EMAIL", comment="email \x1b[31m ::set-output ${{ secrets }} | sh"))
    assert found is not None
    assert found.reason == "name has EMAIL, comment has EMAIL; type VARCHAR2 fits"


def test_the_surest_category_is_proposed_and_of_equal_ones_the_worst() -> None:
    doubtful_and_sure = proposed(column("CARD_EMAIL"))
    assert doubtful_and_sure is not None
    assert (doubtful_and_sure.category, doubtful_and_sure.confidence) == ("contact", HIGH)
    two_sure = proposed(column("PASSWORD_EMAIL"))
    assert two_sure is not None
    assert two_sure.category == "credentials"


def test_what_is_classified_already_is_left_out() -> None:
    rows = [column("SALARY", "NUMBER"), column("EMAIL"), column("PHONE")]
    patterns = [
        ColumnPattern("HR", "EMPLOYEES", "SALARY"),
        ColumnPattern("*", "EMP*", "PHO*"),
        ColumnPattern("OE", "EMPLOYEES", "EMAIL"),
    ]
    assert [row.column.name for row in proposals(rows, patterns)] == ["EMAIL"]


def test_proposals_come_by_category_and_column() -> None:
    names = ["PHONE", "SALARY", "EMAIL", "PASSWORD"]
    found = proposals(map(column, names), ())
    assert [row.column.name for row in found] == ["PASSWORD", "SALARY", "EMAIL", "PHONE"]
    assert [row.level for row in found] == [Level.RESTRICTED] * 2 + [Level.CONFIDENTIAL] * 2


@pytest.mark.parametrize(
    ("kind", "length", "shape"),
    [
        ("VARCHAR2", 2, Shape.TEXT),
        ("VARCHAR2", 1, None),
        ("CLOB", 0, Shape.TEXT),
        ("NUMBER", 0, Shape.NUMBER),
        ("TIMESTAMP(3) WITH LOCAL TIME ZONE", 0, Shape.INSTANT),
        ("LONG RAW", 0, Shape.BYTES),
        ("INTERVAL DAY(2) TO SECOND(6)", 0, None),
        ("ROWID", 0, None),
        ("", 0, None),
    ],
)
def test_types_say_what_can_be_kept(kind: str, length: int, shape: Shape | None) -> None:
    assert shape_of(column("X", kind, length)) == shape


def test_every_word_of_the_lists_finds_its_category() -> None:
    """None is spelt in a way that no name can have, or is always taken by another category."""
    kinds = {Shape.TEXT: "VARCHAR2", Shape.NUMBER: "NUMBER", Shape.BYTES: "RAW"}
    for words in CATEGORIES:
        kind = next(kind for shape, kind in kinds.items() if shape in words.shapes)
        for parts in (*words.sure, *words.doubtful):
            found = proposed(column("_".join(parts), kind))
            assert found is not None, parts
            if parts in words.sure:
                assert (found.category, found.confidence) == (words.category, HIGH), parts


def test_categories_are_names_for_documents_and_words_that_are_not_about_data() -> None:
    names = [words.category for words in CATEGORIES]
    assert len(set(names)) == len(names)
    for words in CATEGORIES:
        assert not ABOUT_DATA & {parts[0] for parts in words.sure if len(parts) == 1}


@given(
    st.lists(
        st.builds(column, st.text(max_size=12), st.sampled_from(["VARCHAR2", "DATE"])), max_size=5
    )
)
def test_any_name_is_judged_and_the_order_of_rows_does_not_matter(
    rows: list[DescribedColumn],
) -> None:
    assert proposals(rows, ()) == proposals(reversed(rows), ())
