"""Questions as people type them, and what a database does not know of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.names import InvalidNameError, display
from reconciler.model.privileges import (
    Privilege,
    on_column,
    on_object,
    on_schema,
    proxy,
    role,
    system,
)
from reconciler.model.snapshot import DatabaseObject
from reconciler.planning.effective_question import parse, unknown


@pytest.mark.parametrize(
    ("text", "privilege"),
    [
        ("select hr.employees", on_object("SELECT", "HR", "EMPLOYEES")),
        ("SELECT ON HR.EMPLOYEES", on_object("SELECT", "HR", "EMPLOYEES")),
        ("update Hr.Employees.Salary", on_column("UPDATE", "HR", "EMPLOYEES", "SALARY")),
        ('select "Hr"."a b"."c.d"', on_column("SELECT", "Hr", "a b", "c.d")),
        ("query  rewrite on hr.t", on_object("QUERY REWRITE", "HR", "T")),
        ("on commit refresh hr.t", on_object("ON COMMIT REFRESH", "HR", "T")),
        ("on commit refresh", system("ON COMMIT REFRESH")),
        ("create session", system("CREATE SESSION")),
        ("create any directory", system("CREATE ANY DIRECTORY")),
        ("drop user", system("DROP USER")),
        ("grant any role", system("GRANT ANY ROLE")),
        ("read directory dumps", on_object("READ", "SYS", "DUMPS", "DIRECTORY")),
        ("use on edition e1", on_object("USE", "SYS", "E1", "EDITION")),
        (
            "inherit privileges on user bob",
            on_object("INHERIT PRIVILEGES", "SYS", "BOB", "USER"),
        ),
        ("select on mining model hr.m", on_object("SELECT", "HR", "M", "MINING MODEL")),
        ("select any table on schema hr", on_schema("SELECT ANY TABLE", "HR")),
        ("select any table schema hr", on_schema("SELECT ANY TABLE", "HR")),
        ('role "mixed"', role("mixed")),
        ("connect through hr_app", proxy("HR_APP")),
    ],
)
def test_a_question_is_a_privilege_however_its_words_are_split(
    text: str, privilege: Privilege
) -> None:
    assert parse([text]) == privilege
    if '"' not in text:
        assert parse(text.split()) == privilege


@pytest.mark.parametrize(
    "text",
    ["", " ", "'", "HR.EMPLOYEES", "ON HR.T", "SELECT A.B.C.D", "SELECT A.", 'SELECT A."b"c.D', "SELECT A..B", 'SELECT "', "SELECT;DROP A.B"],
)  # fmt: skip
def test_what_cannot_be_a_question_is_refused(text: str) -> None:
    with pytest.raises(InvalidNameError):
        parse([text])


identifiers = st.text(
    st.characters(exclude_characters='"\0', exclude_categories=["Cs"]), min_size=1, max_size=20
)


@given(identifiers, identifiers, st.none() | identifiers)
def test_a_name_that_is_shown_can_be_asked_for(owner: str, name: str, column: str | None) -> None:
    wanted = on_object("SELECT", owner, name)
    text = f'SELECT "{owner}"."{name}"'
    if column is not None:
        wanted, text = on_column("SELECT", owner, name, column), f'{text}."{column}"'
    assert parse([text]) == wanted
    shown = ".".join(map(display, filter(None, (owner, name, column))))
    assert parse(["SELECT", shown]) == wanted


class TestUnknown:
    def found(self, world: Any, privilege: Privilege, grantee: str = "", **snapshot: Any) -> Any:
        rows = [world.row("ALICE", world.SELECT)]
        return [
            (row.rule, row.certain)
            for row in unknown(privilege, grantee, world.snapshot(rows, **snapshot))
        ]

    def test_what_is_known_is_no_finding(self, world: Any) -> None:
        for privilege in (world.SELECT, world.UPDATE, world.SESSION, world.READER):
            for grantee in ("ALICE", "HR_READER", "PUBLIC", ""):
                assert self.found(world, privilege, grantee) == []

    def test_names_that_are_not_there(self, world: Any) -> None:
        assert self.found(world, world.SESSION, "ALISE") == [("access.unknown-grantee", True)]
        assert self.found(world, role("NO_ROLE")) == [("access.unknown-role", True)]
        assert self.found(world, system("CREATE SESION")) == [("access.unknown-privilege", True)]
        assert self.found(world, on_object("SLECT", "HR", "EMPLOYEES")) == [
            ("access.unknown-privilege", True)
        ]
        assert self.found(world, on_object("SELECT", "HP", "EMPLOYEES")) == [
            ("access.unknown-schema", True)
        ]
        assert ("access.unknown-schema", True) in self.found(world, on_schema("CREATE TABLE", "HP"))

    def test_an_object_without_grants_is_doubtful_until_its_schema_was_read(
        self, world: Any
    ) -> None:
        other = on_object("SELECT", "HR", "JOBS")
        assert self.found(world, other) == [("access.unknown-object", False)]
        read = {"known_schemas": frozenset({"HR"})}
        assert self.found(world, other, **read) == [("access.unknown-object", True)]
        objects = frozenset({DatabaseObject("HR", "JOBS", "TABLE")})
        assert self.found(world, other, objects=objects, **read) == []
        assert self.found(world, world.SELECT, **read) == [], "somebody was given something on it"

    def test_columns_and_synonyms(self, world: Any) -> None:
        columns = {("HR", "EMPLOYEES"): frozenset({"SALARY"})}
        assert self.found(world, world.SALARY, columns=columns) == []
        assert self.found(world, world.PHONE, columns=columns) == [("access.unknown-column", True)]
        objects = frozenset({DatabaseObject("HR", "STAFF", "SYNONYM")})
        assert self.found(world, on_object("SELECT", "HR", "STAFF"), objects=objects) == [
            ("access.synonym", True)
        ]

    def test_a_privilege_on_objects_without_an_object_says_what_to_do(self, world: Any) -> None:
        (row,) = unknown(system("SELECT"), "", world.snapshot())
        assert "OWNER.OBJECT" in row.message

    def test_an_object_without_its_schema_is_told_how_to_ask(self, world: Any) -> None:
        (row,) = unknown(system("SELECT EMPLOYEES"), "", world.snapshot())
        assert "ask for SELECT OWNER.EMPLOYEES" in row.message

    def test_objects_of_oracle_are_not_looked_for(self, world: Any) -> None:
        assert self.found(world, on_object("SELECT", "SYS", "DUAL")) == []

    def test_directories_are_known_by_their_grants_and_users_by_their_names(
        self, world: Any
    ) -> None:
        dumps = on_object("READ", "SYS", "DUMPS", "DIRECTORY")
        assert self.found(world, dumps) == [("access.unknown-object", False)]
        assert list(unknown(dumps, "", world.snapshot([world.row("BOB", dumps)]))) == []
        inherit = "INHERIT PRIVILEGES"
        assert self.found(world, on_object(inherit, "SYS", "BOB", "USER")) == []
        assert self.found(world, on_object(inherit, "SYS", "BOBB", "USER")) == [
            ("access.unknown-object", True)
        ]

    def test_whom_a_proxy_may_be(self, world: Any) -> None:
        assert self.found(world, proxy("BOB")) == []
        assert self.found(world, proxy("BOBB")) == [("access.unknown-schema", True)]
