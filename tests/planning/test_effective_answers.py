"""Who can, and why: every way with what it needs, how much it gives, and what wants it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from reconciler.model import names
from reconciler.model.access import Enabling, Explanation, Has, WantedBy
from reconciler.model.identities import ColumnView
from reconciler.model.leases import Phase
from reconciler.model.privileges import (
    Entitlement,
    on_column,
    on_object,
    on_schema,
    proxy,
    quota,
    role,
    system,
)
from reconciler.model.snapshot import DatabaseObject, RoleAccount, UserAccount
from reconciler.planning.effective import Access, explanations
from reconciler.planning.effective_answers import is_read, who_can, why
from reconciler.planning.holdings import index


def access(world: Any, *rows: Any, **snapshot: Any) -> Access:
    return Access(index(world.snapshot(rows, **snapshot)))


def ways(found: Any) -> list[str]:
    return [" > ".join((*way.through, way.end)) for way in found.ways]


def roles(**authentication: str) -> dict[str, RoleAccount]:
    return {name: RoleAccount(name, authentication=kind) for name, kind in authentication.items()}


class TestWhy:
    def test_nothing_is_a_clear_no(self, world: Any) -> None:
        found = why("ALICE", world.SELECT, access(world))
        assert (found.has, found.ways) == (Has.NO, ())

    def test_everything_at_once_in_the_order_people_want(self, world: Any) -> None:
        found = why(
            "ALICE",
            world.SELECT,
            access(
                world,
                world.row("ALICE", role("LATER")),
                world.row("LATER", world.SELECT),
                world.row("PUBLIC", world.SELECT),
                world.row("ALICE", role("B")),
                world.row("B", world.SELECT),
                world.row("ALICE", system("SELECT ANY TABLE")),
                world.row("ALICE", world.SELECT, grantor="BOB", option=True),
                not_default=frozenset({("ALICE", "LATER")}),
            ),
        )
        assert ways(found) == [
            "SELECT ANY TABLE",
            "SELECT on HR.EMPLOYEES, granted by BOB",
            "B > SELECT on HR.EMPLOYEES",
            "PUBLIC > SELECT on HR.EMPLOYEES",
            "LATER > SELECT on HR.EMPLOYEES",
        ]
        assert [way.enabling for way in found.ways][-1] is Enabling.SET_ROLE
        assert found.ways[-1].role == "LATER"

    @pytest.mark.parametrize(
        ("kind", "enabling"),
        [
            ("NONE", Enabling.AT_LOGON),
            ("PASSWORD", Enabling.PASSWORD),
            ("APPLICATION", Enabling.APPLICATION),
            ("EXTERNAL", Enabling.OUTSIDE),
            ("GLOBAL", Enabling.OUTSIDE),
        ],
    )
    def test_what_a_role_asks_for(self, world: Any, kind: str, enabling: Enabling) -> None:
        rows = [world.row("ALICE", role("A")), world.row("A", world.SELECT)]
        found = why("ALICE", world.SELECT, access(world, *rows, roles=roles(A=kind)))
        assert [way.enabling for way in found.ways] == [enabling]
        assert found.has is (Has.YES if enabling is Enabling.AT_LOGON else Has.AFTER_ENABLING)

    def test_a_role_within_a_role_is_enabled_with_it(self, world: Any) -> None:
        rows = [
            world.row("ALICE", role("A")),
            world.row("A", role("B")),
            world.row("B", world.SELECT),
        ]
        found = why(
            "ALICE",
            world.SELECT,
            access(
                world,
                *rows,
                roles=roles(A="NONE", B="PASSWORD"),
                not_default=frozenset({("A", "B")}),
            ),
        )
        assert found.has is Has.YES
        assert why("A", world.SELECT, access(world, *rows, roles=roles(A="NONE"))).has is Has.YES

    def test_a_role_does_not_have_what_everybody_has(self, world: Any) -> None:
        found = access(world, world.row("PUBLIC", world.SELECT))
        assert why("HR_READER", world.SELECT, found).has is Has.NO
        assert why("PUBLIC", world.SELECT, found).has is Has.YES

    def test_some_columns_are_a_part(self, world: Any) -> None:
        found = why("ALICE", world.UPDATE, access(world, world.row("ALICE", world.SALARY)))
        assert (found.has, found.ways[0].columns) == (Has.IN_PART, ("SALARY",))

    def test_p35_a_view_that_shows_a_column_is_a_way_to_it(self, world: Any) -> None:
        view = ColumnView("V1", "HR", "EMPLOYEES", ("EMPLOYEE_ID", "SALARY"))
        on_view = on_object("SELECT", names.GATE_SCHEMA, "V1")
        found = access(world, world.row("ALICE", on_view), column_views={"V1": view})
        salary = on_column("SELECT", "HR", "EMPLOYEES", "SALARY")
        has = why("ALICE", salary, found)
        assert (has.has, ways(has)) == (Has.YES, [f"through view {names.GATE_SCHEMA}.V1"])
        assert why("ALICE", on_column("SELECT", "HR", "EMPLOYEES", "SSN"), found).has is Has.NO
        whole = why("ALICE", world.SELECT, found)
        assert (whole.has, whole.ways[0].columns) == (Has.IN_PART, ("EMPLOYEE_ID", "SALARY"))
        assert why("ALICE", world.UPDATE, found).has is Has.NO
        merge = world.row("BOB", on_object("MERGE VIEW", names.GATE_SCHEMA, "V1"))
        merging = access(world, merge, column_views={"V1": view})
        assert why("BOB", salary, merging).has is Has.NO
        assert [row.name for row in who_can(salary, found)] == ["ALICE", "HR"]

    def test_the_owner_owns_it(self, world: Any) -> None:
        for wanted in (world.UPDATE, world.SALARY, on_schema("SELECT ANY TABLE", "HR")):
            assert ways(why("HR", wanted, access(world))) == ["owner of schema HR"]

    def test_who_may_log_on_as_the_client_is_not_the_clients_owner(self, world: Any) -> None:
        assert why("HR", proxy("HR"), access(world)).has is Has.NO
        found = access(world, world.row("ALICE", proxy("HR")))
        assert why("ALICE", proxy("HR"), found).has is Has.YES

    def test_a_proxy_has_what_its_client_has_once_it_is_logged_on_as_him(self, world: Any) -> None:
        rows = [
            world.row("ALICE", proxy("BOB")),
            world.row("BOB", role("A")),
            world.row("A", world.SELECT),
            world.row("CAROL", proxy("ALICE")),
        ]
        found = access(world, *rows, roles=roles(A="NONE"))
        alice = why("ALICE", world.SELECT, found)
        assert (alice.has, alice.ways[0].client) == (Has.AS_ANOTHER, "BOB")
        assert why("CAROL", world.SELECT, found).has is Has.NO, "a proxy goes one step only"
        assert [row.name for row in who_can(world.SELECT, found)] == ["ALICE", "BOB", "HR", "A"]
        more = access(world, *rows, world.row("ALICE", world.SELECT))
        assert why("ALICE", world.SELECT, more).has is Has.YES

    def test_a_quota_by_its_tablespace_or_by_all_of_them(self, world: Any) -> None:
        wanted = quota("1024", "USERS")
        assert why("ALICE", wanted, access(world, world.row("ALICE", quota("9", "USERS")))).ways
        unlimited = world.row("ALICE", system("UNLIMITED TABLESPACE"))
        assert why("ALICE", wanted, access(world, unlimited)).ways
        assert not why("ALICE", wanted, access(world, world.row("ALICE", quota("9", "T")))).ways

    @pytest.mark.parametrize(
        ("kind", "wanted", "power"),
        [
            ("SEQUENCE", "SELECT", "SELECT ANY SEQUENCE"),
            ("SEQUENCE", "ALTER", "ALTER ANY SEQUENCE"),
            ("PROCEDURE", "EXECUTE", "EXECUTE ANY PROCEDURE"),
            ("TYPE", "EXECUTE", "EXECUTE ANY TYPE"),
            ("LIBRARY", "EXECUTE", "EXECUTE ANY LIBRARY"),
            ("MATERIALIZED VIEW", "SELECT", "READ ANY TABLE"),
        ],
    )
    def test_any_privileges_go_by_the_type_of_the_object(
        self, world: Any, kind: str, wanted: str, power: str
    ) -> None:
        powers = (power, "SELECT ANY TABLE", "EXECUTE ANY OPERATOR", "ALTER ANY TABLE")
        objects = frozenset({DatabaseObject("HR", "THING", kind)})
        found = {
            name
            for name in powers
            if why(
                "ALICE",
                on_object(wanted, "HR", "THING"),
                access(world, world.row("ALICE", system(name)), objects=objects),
            ).ways
        }
        assert found - {"SELECT ANY TABLE"} == {power}
        assert ("SELECT ANY TABLE" in found) is (kind == "MATERIALIZED VIEW")

    def test_directories_are_reached_by_name_alone(self, world: Any) -> None:
        dumps = on_object("READ", "SYS", "DUMPS", "DIRECTORY")
        found = access(world, world.row("ALICE", dumps), world.row("BOB", system("READ ANY TABLE")))
        assert why("ALICE", dumps, found).has is Has.YES
        assert why("BOB", dumps, found).has is Has.NO
        assert why("ALICE", on_object("READ", "SYS", "DUMPS"), found).has is Has.UNKNOWN
        assert why("ALICE", on_object("SELECT", "SYS", "DUMPS", "DIRECTORY"), found).has is Has.NO

    def test_oracles_own_schemas_are_not_read_so_nothing_found_is_not_known(
        self, world: Any
    ) -> None:
        dual = on_object("SELECT", "SYS", "DUAL")
        found = access(world, world.row("ALICE", system("SELECT ANY TABLE")))
        assert why("ALICE", dual, found).has is Has.UNKNOWN
        assert not is_read(dual, found.holdings.snapshot)
        dictionary = access(world, world.row("ALICE", system("SELECT ANY DICTIONARY")))
        assert why("ALICE", dual, dictionary).has is Has.YES
        assert why("ALICE", on_object("SELECT", "XDB", "T"), dictionary).has is Has.UNKNOWN

    def test_who_cannot_log_on(self, world: Any) -> None:
        locked = {
            "ALICE": UserAccount("ALICE", "EXPIRED & LOCKED"),
            "BOB": UserAccount("BOB", "OPEN"),
            "CAROL": UserAccount("CAROL", "OPEN"),
        }
        rows = [
            world.row("ALICE", world.SESSION),
            world.row("CAROL", role("A")),
            world.row("A", world.SESSION),
        ]
        found = access(world, *rows, users=locked)
        known = {name: why(name, world.SELECT, found).can_log_on for name in locked}
        assert known == {"ALICE": False, "BOB": False, "CAROL": True}
        everybody = access(world, world.row("PUBLIC", world.SESSION), users=locked)
        assert why("BOB", world.SELECT, everybody).can_log_on


class TestExplanations:
    def test_leases_with_their_end_and_standing_grants_by_name(self, world: Any) -> None:
        lease = world.lease("fix")
        snapshot = world.in_force(lease, world.snapshot([world.row("ALICE", world.READER)]))
        snapshot = replace(
            snapshot, grants=snapshot.grants | {world.row("HR_READER", world.SELECT)}
        )
        known = explanations({Entitlement("ALICE", world.READER): "app"}, [lease])
        found = why("ALICE", world.SELECT, Access(index(snapshot)), known)
        assert {way.through[0]: way.explained_by for way in found.ways} == {
            "JIT_FIX": Explanation(WantedBy.LEASE, "fix", lease.end),
            "HR_READER": Explanation(WantedBy.STANDING, "app"),
        }
        (held,) = why("JIT_FIX", world.SELECT, Access(index(snapshot)), known).ways
        assert held.explained_by == Explanation(WantedBy.LEASE, "fix", lease.end)
        ending = explanations({}, [replace(lease, phase=Phase.ENDING)])
        found = why("ALICE", world.SELECT, Access(index(snapshot)), ending)
        assert {way.explained_by for way in found.ways} == {None}


class TestWhoCan:
    def test_public_first_then_users_then_roles_each_with_its_own_ways(self, world: Any) -> None:
        rows = [
            world.row("PUBLIC", role("A")),
            world.row("A", world.SELECT),
            world.row("BOB", role("HR_WRITER")),
            world.row("HR_WRITER", role("A")),
            world.row("ALICE", system("READ ANY TABLE")),
            world.row("CAROL", world.UPDATE),
        ]
        found = who_can(world.SELECT, access(world, *rows, roles=roles(A="NONE", HR_WRITER="NONE")))
        assert {row.name: ways(row) for row in found} == {
            "PUBLIC": ["A > SELECT on HR.EMPLOYEES"],
            "ALICE": ["READ ANY TABLE"],
            "BOB": ["HR_WRITER > A > SELECT on HR.EMPLOYEES"],
            "HR": ["owner of schema HR"],
            "A": ["SELECT on HR.EMPLOYEES"],
            "HR_WRITER": ["A > SELECT on HR.EMPLOYEES"],
        }
        assert [row.name for row in found] == ["PUBLIC", "ALICE", "BOB", "HR", "A", "HR_WRITER"]

    def test_an_owner_that_is_no_user_is_nobody(self, world: Any) -> None:
        assert who_can(on_object("SELECT", "GONE", "T"), access(world)) == ()

    def test_an_application_role_says_how_it_is_enabled(self, world: Any) -> None:
        found = access(world, world.row("APP", world.SELECT), roles=roles(APP="APPLICATION"))
        (holder,) = (row for row in who_can(world.SELECT, found) if row.is_role)
        assert holder.enabling is Enabling.APPLICATION

    def test_thousands_of_users_and_grants_take_a_moment(self, world: Any) -> None:
        rows = [world.row(f"U{n}", role(f"R{n % 100}")) for n in range(2000)]
        rows += [world.row(f"R{n}", role(f"R{n + 1}")) for n in range(100)]
        rows += [world.row(f"R{n % 100}", on_object("SELECT", "HR", f"T{n}")) for n in range(8000)]
        rows += [world.row("R100", world.SELECT)]
        found = access(world, *rows)
        started = time.process_time()
        holders = who_can(world.SELECT, found)
        assert time.process_time() - started < 2
        assert len(holders) == 2000 + 101 + 1


def test_who_has_it_by_two_roles_is_one_holder(world: Any) -> None:
    rows = [
        world.row("BASE", world.SELECT),
        *(world.row(name, role("BASE")) for name in ("LEFT", "RIGHT")),
        *(world.row("ALICE", role(name)) for name in ("LEFT", "RIGHT")),
    ]
    found = access(world, *rows, roles=roles(BASE="NONE", LEFT="NONE", RIGHT="NONE"))
    assert found.holders(found.giving(world.SELECT)) == {"BASE", "LEFT", "RIGHT", "ALICE"}
