"""Every way in which a grantee has a privilege."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.leases import Phase
from reconciler.model.privileges import Entitlement, on_column, on_object, on_schema, role, system
from reconciler.planning.effective import explanations, paths
from reconciler.planning.holdings import index


@pytest.fixture(scope="session")
def ways(world: Any) -> Any:
    """The routes by which ALICE has SELECT on HR.EMPLOYEES (or what else is wanted), as texts."""

    def find(
        *rows: Any, wanted: Any = world.SELECT, grantee: Any = "ALICE", **snapshot: Any
    ) -> Any:
        found = paths(grantee, [wanted], world.snapshot(rows, **snapshot))
        assert all(path.privilege == wanted for path in found)
        return [" > ".join(path.through) for path in found]

    return find


def test_nothing(world: Any, ways: Any) -> None:
    assert ways(world.row("BOB", world.SELECT), world.row("HR_READER", world.SELECT)) == []


def test_granted_to_the_grantee(world: Any, ways: Any) -> None:
    assert ways(world.row("ALICE", world.SELECT)) == ["SELECT on HR.EMPLOYEES"]


def test_by_another_grantor(world: Any, ways: Any) -> None:
    assert ways(world.row("ALICE", world.SELECT, grantor="BOB")) == [
        "SELECT on HR.EMPLOYEES, granted by BOB"
    ]


def test_through_roles_in_roles(world: Any, ways: Any) -> None:
    rows = [
        world.row("ALICE", role("A")),
        world.row("A", role("B")),
        world.row("B", role("C")),
        world.row("C", world.SELECT),
    ]
    assert ways(*rows) == ["A > B > C > SELECT on HR.EMPLOYEES"]


def test_through_each_of_two_roles_that_lead_to_it(world: Any, ways: Any) -> None:
    rows = [
        world.row("ALICE", role("A")),
        world.row("ALICE", role("B")),
        world.row("A", role("C")),
        world.row("B", role("C")),
    ]
    assert ways(*rows, world.row("C", world.SELECT)) == [
        "A > C > SELECT on HR.EMPLOYEES",
        "B > C > SELECT on HR.EMPLOYEES",
    ]


def test_roles_that_go_in_a_circle_come_to_an_end(world: Any, ways: Any) -> None:
    rows = [
        world.row("ALICE", role("A")),
        world.row("A", role("B")),
        world.row("B", role("A")),
        world.row("B", world.SELECT),
    ]
    assert ways(*rows) == ["A > B > SELECT on HR.EMPLOYEES"]


def test_of_several_ways_behind_one_first_role_the_shortest_shows(world: Any, ways: Any) -> None:
    inner = [("A", "B"), ("A", "C"), ("B", "D"), ("C", "D"), ("D", "B")]
    rows = [world.row(outer, role(name)) for outer, name in inner]
    rows += [world.row("ALICE", role("A")), world.row("D", world.SELECT)]
    assert ways(*rows) == ["A > B > D > SELECT on HR.EMPLOYEES"]


def test_through_public_and_its_roles(world: Any, ways: Any) -> None:
    rows = [
        world.row("PUBLIC", world.SELECT),
        world.row("PUBLIC", role("A")),
        world.row("A", world.SELECT),
    ]
    assert ways(*rows) == ["PUBLIC > A > SELECT on HR.EMPLOYEES", "PUBLIC > SELECT on HR.EMPLOYEES"]


def test_by_owning_the_object(world: Any, ways: Any) -> None:
    assert ways(grantee="HR") == ["owner of schema HR"]


@pytest.mark.parametrize(
    ("name", "powers"),
    [
        ("SELECT", ["SELECT ANY TABLE", "READ ANY TABLE"]),
        ("READ", ["SELECT ANY TABLE", "READ ANY TABLE"]),
        ("INSERT", ["INSERT ANY TABLE"]),
        ("UPDATE", ["UPDATE ANY TABLE"]),
        ("DELETE", ["DELETE ANY TABLE"]),
        ("EXECUTE", ["EXECUTE ANY PROCEDURE", "EXECUTE ANY TYPE"]),
    ],
)
def test_by_any_privileges_of_the_system_and_of_the_schema(
    world: Any, ways: Any, name: Any, powers: Any
) -> None:
    wanted = on_object(name, "HR", "EMPLOYEES")
    for power in powers:
        assert ways(world.row("ALICE", system(power)), wanted=wanted) == [power]
        schema = world.row("ALICE", on_schema(power, "HR"))
        assert ways(schema, wanted=wanted) == [f"{power} on schema HR"]
        assert ways(world.row("ALICE", on_schema(power, "PAYROLL")), wanted=wanted) == []
    assert ways(world.row("ALICE", system("CREATE ANY TABLE")), wanted=wanted) == []


@pytest.mark.parametrize("owner", ["SYS", "XDB"])
def test_any_privileges_do_not_reach_oracles_own_schemas(world: Any, ways: Any, owner: Any) -> None:
    assert (
        ways(world.row("ALICE", system("SELECT ANY TABLE")), wanted=on_object("SELECT", owner, "T"))
        == []
    )


def test_reading_is_reading(world: Any, ways: Any) -> None:
    read = on_object("READ", "HR", "EMPLOYEES")
    assert ways(world.row("ALICE", world.SELECT), wanted=read) == ["SELECT on HR.EMPLOYEES"]
    assert ways(world.row("ALICE", read)) == ["READ on HR.EMPLOYEES"]
    assert ways(world.row("ALICE", read), wanted=world.UPDATE) == []


def test_a_column_by_its_table_and_a_part_of_the_table_by_its_column(world: Any, ways: Any) -> None:
    assert ways(world.row("ALICE", world.UPDATE), wanted=world.SALARY) == ["UPDATE on HR.EMPLOYEES"]
    assert ways(world.row("ALICE", world.SALARY), wanted=world.UPDATE) == [
        "UPDATE (SALARY) on HR.EMPLOYEES"
    ]
    assert ways(world.row("ALICE", world.PHONE), wanted=world.SALARY) == []
    other = on_column("UPDATE", "HR", "JOBS", "SALARY")
    assert ways(world.row("ALICE", other), wanted=world.SALARY) == []


def test_system_privileges_and_roles_and_schema_privileges_themselves(
    world: Any, ways: Any
) -> None:
    schema = on_schema("SELECT ANY TABLE", "HR")
    assert ways(world.row("ALICE", world.SESSION), wanted=world.SESSION) == ["CREATE SESSION"]
    assert ways(
        world.row("ALICE", role("A")), world.row("A", world.READER), wanted=world.READER
    ) == ["A > role HR_READER"]
    assert ways(
        world.row("ALICE", schema), world.row("ALICE", system("SELECT ANY TABLE")), wanted=schema
    ) == [
        "SELECT ANY TABLE",
        "SELECT ANY TABLE on schema HR",
    ]
    assert ways(world.row("ALICE", system("SELECT ANY TABLE")), wanted=world.READER) == []


def test_names_that_need_quotes_are_shown_so(world: Any, ways: Any) -> None:
    odd = on_object("SELECT", "HR", "My Table")
    rows = [world.row("ALICE", role("mixed")), world.row("mixed", odd, grantor="other")]
    assert ways(*rows, wanted=odd) == ['"mixed" > SELECT on HR."My Table", granted by "other"']


class TestExplanations:
    def explained(
        self, world: Any, rows: Any, standing: Any = (), leases: Any = (), wanted: Any = None
    ) -> Any:
        known = explanations(dict.fromkeys(standing, "base"), leases)
        return [
            path.explained_by
            for path in paths("ALICE", [wanted or world.SELECT], index(world.snapshot(rows)), known)
        ]

    def test_by_a_standing_grant_whatever_its_option(self, world: Any) -> None:
        rows = [world.row("ALICE", world.SELECT)]
        assert self.explained(world, rows, [Entitlement("ALICE", world.SELECT, True)]) == ["base"]
        assert self.explained(world, rows, [Entitlement("BOB", world.SELECT)]) == [""]

    def test_the_first_step_decides(self, world: Any) -> None:
        rows = [world.row("ALICE", world.READER), world.row("HR_READER", world.SELECT)]
        assert self.explained(world, rows, [Entitlement("ALICE", world.READER)]) == ["base"]
        assert self.explained(world, rows, [Entitlement("HR_READER", world.SELECT)]) == [""]

    def test_a_grant_of_the_whole_explains_its_columns(self, world: Any) -> None:
        rows = [world.row("ALICE", world.SALARY)]
        assert self.explained(
            world, rows, [Entitlement("ALICE", world.UPDATE)], wanted=world.UPDATE
        ) == ["base"]

    def test_p20_another_active_lease_explains_and_an_ended_one_does_not(self, world: Any) -> None:
        lease = world.lease("other")
        rows = world.in_force(lease).grants
        assert self.explained(world, rows, leases=[lease]) == ["other"]
        assert self.explained(world, rows, leases=[replace(lease, phase=Phase.ENDING)]) == [""]

    def test_public_is_explained_by_nobody(self, world: Any) -> None:
        assert self.explained(
            world, [world.row("PUBLIC", world.SELECT)], [Entitlement("ALICE", world.SELECT)]
        ) == [""]
