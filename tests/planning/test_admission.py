"""What is refused before the first statement: what Oracle would not grant, what is not there, and what nobody may give."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.diagnostics import Diagnostic, Origin
from reconciler.model.documents import Scope
from reconciler.model.privileges import (
    Entitlement,
    Privilege,
    on_column,
    on_directory,
    on_object,
    on_schema,
    on_user,
    proxy,
    quota,
    role,
    system,
)
from reconciler.model.snapshot import DatabaseObject, UserAccount
from reconciler.planning.admission import standing_problems
from reconciler.planning.holdings import index
from reconciler.planning.scope import ScopeFilter

HERE = Origin("grants/standing/base.yaml", 7, 3)
ALL = ("*",)
EVERYTHING = Scope(ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL, ALL)
ON_EDITION = on_object("USE", "SYS", "RELEASE_2", "EDITION")


def found(
    world: Any,
    grantee: str,
    privilege: Privilege,
    rows: Any = (),
    scope: Scope = EVERYTHING,
    **snapshot: Any,
) -> list[Diagnostic]:
    holdings = index(world.snapshot(rows, **snapshot))
    return list(
        standing_problems(Entitlement(grantee, privilege), HERE, holdings, ScopeFilter(scope))
    )


def rules(*args: Any, **parts: Any) -> list[str]:
    return [row.rule for row in found(*args, **parts)]


class TestBackToItself:
    def test_roles_never_form_a_circle(self, world: Any) -> None:
        rows = [world.row("HR_WRITER", role("HR_READER"))]
        assert rules(world, "HR_READER", role("HR_READER")) == ["role.circular"]
        (problem,) = found(world, "HR_READER", role("HR_WRITER"), rows)
        assert (problem.rule, problem.origin) == ("role.circular", HERE)
        assert rules(world, "HR_WRITER", role("HR_READER"), rows) == []

    def test_nobody_needs_a_proxy_to_himself(self, world: Any) -> None:
        assert rules(world, "ALICE", proxy("ALICE")) == ["proxy.itself"]
        assert rules(world, "ALICE", proxy("BOB")) == []

    def test_an_owner_is_given_nothing_on_what_is_his(self, world: Any) -> None:
        assert rules(world, "HR", world.SELECT) == ["object.own"]
        assert rules(world, "HR", world.SALARY) == ["object.own"]
        assert rules(world, "ALICE", world.SELECT) == []

    def test_a_privilege_on_ones_own_schema_is_more_than_owning_what_is_in_it(
        self, world: Any
    ) -> None:
        own = on_schema("CREATE TABLE", "HR")
        assert rules(world, "HR", own) == []


class TestToRoles:
    @pytest.mark.parametrize(
        "privilege",
        [on_user("TRANSLATE SQL", "BOB"), proxy("BOB"), quota("1024", "USERS")],
        ids=str,
    )
    def test_what_only_a_user_can_have_is_not_given_to_a_role(
        self, world: Any, privilege: Privilege
    ) -> None:
        assert rules(world, "HR_READER", privilege) == ["privilege.not-to-roles"]
        assert rules(world, "ALICE", privilege) == []

    def test_a_role_named_like_a_privilege_is_a_role(self, world: Any) -> None:
        roles = world.snapshot().roles
        named = {**roles, "INDEX": roles["HR_READER"]}
        assert rules(world, "HR_READER", role("INDEX"), roles=named) == []
        index_on = on_object("INDEX", "HR", "EMPLOYEES")
        assert rules(world, "HR_READER", index_on) == ["privilege.not-to-roles"]


class TestWhose:
    @pytest.mark.parametrize("account", ["RECONCILER", "RECONCILER_READ"])
    def test_nobody_gets_rights_on_what_belongs_to_the_reconciler(
        self, world: Any, account: str
    ) -> None:
        reader = UserAccount("RECONCILER_READ", "OPEN")
        there = {
            "users": {**world.snapshot().users, "RECONCILER_READ": reader},
            "reader": "RECONCILER_READ",
        }
        for privilege in (
            on_object("ALTER", account, "JIT_FIX"),
            on_user("INHERIT PRIVILEGES", account),
            on_schema("CREATE TABLE", account),
            proxy(account),
        ):
            assert rules(world, "ALICE", privilege, **there) == ["object.own-account"]

    def test_nobody_else_works_as_the_temporary_user_of_a_lease(self, world: Any) -> None:
        users = {**world.snapshot().users, "JITU_FIX": UserAccount("JITU_FIX", "OPEN")}
        assert rules(world, "ALICE", proxy("JITU_FIX"), users=users) == ["name.reserved"]

    def test_directories_and_editions_are_the_customers_although_sys_has_them(
        self, world: Any
    ) -> None:
        owned = on_object("READ", "SYS", "DUMP")
        assert rules(world, "ALICE", owned) == ["object.oracle-maintained"]
        for privilege in (on_directory("READ", "DUMP"), ON_EDITION):
            assert rules(world, "ALICE", privilege) == []
        on_sys = on_user("INHERIT PRIVILEGES", "SYS")
        assert rules(world, "ALICE", on_sys) == ["object.oracle-maintained"]


class TestScope:
    @pytest.mark.parametrize(
        ("privilege", "scope"),
        [
            (ON_EDITION, {"editions": ("RELEASE_*",)}),
            (on_directory("READ", "DUMP"), {"directories": ("DUMP",)}),
            (on_user("TRANSLATE SQL", "BOB"), {"users": ("BOB",)}),
            (proxy("BOB"), {"users": ("BOB",)}),
            (quota("1024", "USERS"), {"tablespaces": ("USERS",)}),
            (on_object("SELECT", "HR", "EMPLOYEES"), {"schemas": ("HR",)}),
            (system("CREATE SESSION"), {"system": ("CREATE SESSION",)}),
        ],
        ids=str,
    )
    def test_each_kind_of_privilege_is_looked_for_in_the_list_of_its_kind_alone(
        self, world: Any, privilege: Privilege, scope: Any
    ) -> None:
        empty = dict.fromkeys(Scope.__dataclass_fields__, ()) | {"grantees": ALL}
        others = {name: ALL for name in Scope.__dataclass_fields__ if name not in scope}
        assert rules(world, "ALICE", privilege, scope=Scope(**(empty | scope))) == []
        left_out = Scope(**(empty | others))
        assert rules(world, "ALICE", privilege, scope=left_out) == ["scope.outside"]


class TestWhatIsNotThere:
    KNOWN = frozenset(
        {
            DatabaseObject("HR", "EMPLOYEES", "TABLE"),
            DatabaseObject("HR", "STAFF", "SYNONYM"),
        }
    )

    def there(self, *schemas: str, **parts: Any) -> dict[str, Any]:
        return {"known_schemas": frozenset(schemas), "objects": self.KNOWN} | parts

    def test_a_user_in_a_privilege_is_named_with_the_nearest_one(self, world: Any) -> None:
        for privilege in (
            proxy("CARROL"),
            on_user("TRANSLATE SQL", "CARROL"),
            on_schema("CREATE TABLE", "CARROL"),
        ):
            (problem,) = found(world, "ALICE", privilege)
            assert (problem.rule, problem.origin) == ("user.unknown", HERE)
            assert problem.message == f"CARROL is no user of {world.TARGET}"
            assert problem.hint == "Did you mean CAROL?"

    def test_a_schema_privilege_must_be_one_of_the_release(self, world: Any) -> None:
        (problem,) = found(world, "ALICE", on_schema("CREATE TABEL", "HR"))
        assert (problem.rule, problem.hint) == ("system.unknown", "Did you mean CREATE TABLE?")

    def test_a_schema_that_was_looked_into_and_is_none_is_told(self, world: Any) -> None:
        privilege = on_object("SELECT", "HRR", "EMPLOYEES")
        (problem,) = found(world, "ALICE", privilege, **self.there("HRR"))
        assert (problem.rule, problem.hint) == ("schema.unknown", "Did you mean HR?")

    def test_a_schema_that_nobody_looked_into_is_left_to_oracle(self, world: Any) -> None:
        privilege = on_object("SELECT", "HRR", "EMPLOYEES")
        assert rules(world, "ALICE", privilege, **self.there("HR")) == []

    def test_an_object_is_named_with_the_nearest_one(self, world: Any) -> None:
        privilege = on_object("SELECT", "HR", "EMPLOYEE")
        (problem,) = found(world, "ALICE", privilege, **self.there("HR"))
        assert problem.message == f"there is no HR.EMPLOYEE on {world.TARGET}"
        assert (problem.rule, problem.hint) == ("object.unknown", "Did you mean EMPLOYEES?")

    def test_a_synonym_is_refused_because_it_hides_what_is_given(self, world: Any) -> None:
        privilege = on_object("SELECT", "HR", "STAFF")
        (problem,) = found(world, "ALICE", privilege, **self.there("HR"))
        assert problem.rule == "object.synonym"
        assert "name that object instead" in problem.hint

    def test_a_column_is_looked_for_where_the_columns_are_known(self, world: Any) -> None:
        privilege = on_column("UPDATE", "HR", "EMPLOYEES", "SALRY")
        known = {("HR", "EMPLOYEES"): frozenset({"SALARY", "PHONE"})}
        (problem,) = found(world, "ALICE", privilege, **self.there("HR", columns=known))
        assert (problem.rule, problem.hint) == ("column.unknown", "Did you mean SALARY?")
        assert rules(world, "ALICE", world.SALARY, **self.there("HR", columns=known)) == []
        assert rules(world, "ALICE", privilege, **self.there("HR")) == []

    def test_nothing_is_suggested_where_nothing_is_near(self, world: Any) -> None:
        (problem,) = found(world, "ALICE", proxy("SOMETHING_ELSE"))
        assert problem.hint == ""
