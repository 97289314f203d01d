"""Access patterns as documents write them: what is read of them, how names are folded, and what is no pattern."""

from __future__ import annotations

import pytest

from reconciler.model.access_patterns import InvalidPatternError, parse, parse_columns
from reconciler.model.classification import ColumnPattern
from reconciler.model.policies import AccessPattern, PatternKind

PRIVILEGE = PatternKind.PRIVILEGE


@pytest.mark.parametrize(
    ("text", "kind", "parts"),
    [
        ("SELECT", PRIVILEGE, ("SELECT",)),
        ("* ANY *", PRIVILEGE, ("* ANY *",)),
        ("SELECT on hr.employees", PRIVILEGE, ("SELECT", "HR", "EMPLOYEES")),
        ("SELECT on HR.EMPLOYEES.salary", PRIVILEGE, ("SELECT", "HR", "EMPLOYEES", "SALARY")),
        ("UPDATE on hr.sal*", PRIVILEGE, ("UPDATE", "HR", "SAL*")),
        ("role:hr_*", PatternKind.ROLE, ("HR_*",)),
        ('role:"Hr Reader"', PatternKind.ROLE, ("Hr Reader",)),
        ("proxy:hr_app", PatternKind.PROXY, ("HR_APP",)),
        ("bundle:payroll-support", PatternKind.BUNDLE, ("payroll-support",)),
        ("WITH GRANT OPTION", PatternKind.OPTION, ("WITH GRANT OPTION",)),
    ],
)
def test_names_are_read_as_oracle_folds_them_and_bundles_as_they_are_called(
    text: str, kind: PatternKind, parts: tuple[str, ...]
) -> None:
    assert parse(text) == AccessPattern(kind, *parts, text=text)


@pytest.mark.parametrize(
    ("text", "owner", "name"),
    [
        ('SELECT on "Hr"."My.Table"', "Hr", "My.Table"),
        ('SELECT on HR."Pay:Roll"', "HR", "Pay:Roll"),
        ('SELECT on HR."Logged on"', "HR", "Logged on"),
    ],
)
def test_what_stands_in_double_quotes_is_a_name_whatever_is_in_it(
    text: str, owner: str, name: str
) -> None:
    found = parse(text)
    assert (found.kind, found.owner, found.object, found.column) == (PRIVILEGE, owner, name, "")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("user:ALICE", "`user:` is not role:, bundle: or proxy:"),
        ("SELECT on EMPLOYEES", "write OWNER.OBJECT or OWNER.OBJECT.COLUMN after `on`"),
        ("SELECT on A.B.C.D", "write OWNER.OBJECT or OWNER.OBJECT.COLUMN after `on`"),
        ("SELECT on HR..SALARY", "is no dotted name"),
        ('SELECT on HR."EMPLOYEES', "is no dotted name"),
        ("SELECT on HR.MY TABLE", "is not a plain Oracle name"),
        ("SELECT on HR.MY TAB*", "is not a name with wildcards"),
        ("role:HR-*", "is not a name with wildcards"),
        ("role:", "is not a plain Oracle name"),
        ('proxy:""', "a name must not be empty"),
    ],
)
def test_what_is_no_pattern_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(InvalidPatternError, match=why.replace("*", r"\*")):
        parse(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("hr.employees.salary", ("HR", "EMPLOYEES", "SALARY")),
        ("HR.*.email*", ("HR", "*", "EMAIL*")),
        ('*.*."iban"', ("*", "*", "iban")),
    ],
)
def test_columns_are_owner_table_and_column(text: str, parts: tuple[str, str, str]) -> None:
    assert parse_columns(text) == ColumnPattern(*parts)


@pytest.mark.parametrize("text", ["SALARY", "EMPLOYEES.SALARY", "DB.HR.EMPLOYEES.SALARY"])
def test_columns_with_fewer_or_more_parts_are_refused(text: str) -> None:
    with pytest.raises(InvalidPatternError, match=r"write OWNER\.TABLE\.COLUMN"):
        parse_columns(text)
