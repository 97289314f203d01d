"""What patterns cover."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model import names
from reconciler.model.access_patterns import parse
from reconciler.model.classification import Column, ColumnPattern
from reconciler.model.documents import ManyObjectsAccess, ObjectPattern
from reconciler.model.object_patterns import is_covered, patterns_of, takes
from reconciler.model.pattern_match import covers, covers_column, is_exact, overlap
from reconciler.model.policies import AccessPattern, PatternKind
from reconciler.model.privileges import (
    Entitlement,
    Privilege,
    on_column,
    on_object,
    on_schema,
    proxy,
    quota,
    role,
    system,
)

SALARY = on_column("UPDATE", "HR", "EMPLOYEES", "SALARY")


class TestOverlap:
    @pytest.mark.parametrize(
        ("one", "other", "meet"),
        [
            ("HR", "HR", True),
            ("HR", "FIN", False),
            ("H*", "HR", True),
            ("HR", "*R", True),
            ("H*", "*R", True),
            ("H*", "F*", False),
            ("*", "*", True),
            ("A*B", "A*C", False),
            ("A*C*", "*B*C", True),
            ("*A", "A", True),
            ("", "*", True),
        ],
    )
    def test_two_patterns_meet_when_a_name_has_both(self, one: str, other: str, meet: bool) -> None:
        assert overlap(one, other) is meet
        assert overlap(other, one) is meet

    @given(st.text("AB*", max_size=4), st.text("AB*", max_size=4))
    def test_it_agrees_with_trying_all_short_names(self, one: str, other: str) -> None:
        tried = (
            "".join(word) for size in range(9) for word in itertools.product("AB", repeat=size)
        )
        found = any(names.matches(one, name) and names.matches(other, name) for name in tried)
        assert overlap(one, other) is found


class TestColumns:
    def test_each_part_has_to_match(self) -> None:
        pattern = ColumnPattern("HR", "*", "*IBAN*")
        assert covers_column(pattern, Column("HR", "PAYROLL", "MY_IBAN_2"))
        assert not covers_column(pattern, Column("FIN", "PAYROLL", "IBAN"))
        assert not covers_column(pattern, Column("HR", "PAYROLL", "NET"))

    def test_a_pattern_without_a_wildcard_is_exact(self) -> None:
        assert is_exact(ColumnPattern("HR", "PAYROLL", "NET"))
        assert not is_exact(ColumnPattern("HR", "PAY*", "NET"))


class TestObjects:
    @staticmethod
    def many(*privileges: str, types: tuple[str, ...] = (), label: str = "") -> ManyObjectsAccess:
        pattern = None if label else ObjectPattern("HR", "EMP*")
        return ManyObjectsAccess(privileges, pattern, label, types, False, None)  # type: ignore[arg-type]

    def test_a_pattern_stands_for_what_takes_all_of_its_privileges(self) -> None:
        assert takes(self.many("SELECT"), "TABLE")
        assert not takes(self.many("SELECT", "EXECUTE"), "TABLE")
        assert not takes(self.many("SELECT"), "SYNONYM")
        assert not takes(self.many("SELECT", types=("VIEW",)), "TABLE")

    def test_a_label_stands_for_its_patterns(self) -> None:
        labels = {"pay": (ObjectPattern("HR", "PAY*"), ObjectPattern("FIN", "PAY", True))}
        found = patterns_of(self.many("SELECT", label="pay"), labels)
        assert is_covered(found, "HR", "PAYROLL")
        assert not is_covered(found, "FIN", "PAYROLL")
        assert patterns_of(self.many("SELECT", label="other"), labels) == ()
        assert patterns_of(self.many("SELECT"), labels) == (ObjectPattern("HR", "EMP*"),)


class TestAccess:
    @pytest.mark.parametrize(
        ("text", "privilege"),
        [
            ("SELECT", on_object("SELECT", "HR", "EMPLOYEES")),
            ("SELECT", on_object("READ", "HR", "EMPLOYEES")),
            ("READ on HR.*", on_object("SELECT", "HR", "EMPLOYEES")),
            ("UPDATE on HR.EMPLOYEES", SALARY),
            ("UPDATE on HR.EMPLOYEES.SAL*", SALARY),
            ("UPDATE on HR.EMPLOYEES.SALARY", on_object("UPDATE", "HR", "EMPLOYEES")),
            ("* on HR.*", on_object("DELETE", "HR", "EMPLOYEES")),
            ("* ANY *", system("SELECT ANY TABLE")),
            ("CREATE USER", system("CREATE USER")),
            ("SELECT ANY TABLE on HR.*", on_schema("SELECT ANY TABLE", "HR")),
            ("SELECT ANY TABLE", on_schema("SELECT ANY TABLE", "HR")),
            ("role:HR_*", role("HR_READER")),
            ("proxy:HR_APP", proxy("HR_APP")),
            ("CONNECT THROUGH", proxy("HR_APP")),
            ("QUOTA", quota("1024", "USERS")),
        ],
    )
    def test_a_pattern_covers_what_it_is_about(self, text: str, privilege: Privilege) -> None:
        assert covers(parse(text), Entitlement("ALICE", privilege))

    @pytest.mark.parametrize(
        ("text", "privilege"),
        [
            ("SELECT", on_object("UPDATE", "HR", "EMPLOYEES")),
            ("SELECT on FIN.*", on_object("SELECT", "HR", "EMPLOYEES")),
            ("SELECT on HR.PAYROLL", on_object("SELECT", "HR", "EMPLOYEES")),
            ("UPDATE on HR.EMPLOYEES.PHONE", SALARY),
            ("SELECT ANY TABLE on FIN.*", on_schema("SELECT ANY TABLE", "HR")),
            ("SELECT ANY TABLE on HR.*", system("SELECT ANY TABLE")),
            ("* on HR.*", quota("1024", "HR")),
            ("*", role("HR_READER")),
            ("role:HR_*", role("FIN_READER")),
            ("role:HR_*", system("HR_READER")),
            ("proxy:HR_APP", proxy("FIN_APP")),
            ("proxy:*", role("HR_APP")),
            ("bundle:payroll", role("payroll")),
        ],
    )
    def test_it_covers_nothing_else(self, text: str, privilege: Privilege) -> None:
        assert not covers(parse(text), Entitlement("ALICE", privilege))

    @pytest.mark.parametrize(
        ("privilege", "text", "covered"),
        [
            (SALARY, "WITH GRANT OPTION", True),
            (SALARY, "WITH ADMIN OPTION", False),
            (role("HR_READER"), "WITH ADMIN OPTION", True),
        ],
    )
    def test_an_option_is_one_of_the_entitlement(
        self, privilege: Any, text: str, covered: bool
    ) -> None:
        assert covers(parse(text), Entitlement("ALICE", privilege, with_option=True)) is covered
        assert not covers(parse(text), Entitlement("ALICE", privilege))

    def test_a_pattern_says_what_it_is_about(self) -> None:
        assert parse("role:HR_*") == AccessPattern(PatternKind.ROLE, "HR_*", text="role:HR_*")
