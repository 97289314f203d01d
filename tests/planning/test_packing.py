"""Changes packed into few statements, in waves that depend on earlier ones alone."""

from __future__ import annotations

from itertools import groupby
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.changes import (
    Cause,
    CreateLeaseRole,
    Grant,
    MoveDeadline,
    Narrow,
    Revoke,
)
from reconciler.model.leases import Phase
from reconciler.model.privileges import Entitlement, on_column, on_object, on_schema, role, system
from reconciler.planning.packing import (
    MAX_GRANTEES,
    MAX_PRIVILEGES,
    Unit,
    pack,
    wave_of,
)
from reconciler.planning.plan import make


def grants(*pairs: Any, option: Any = False) -> Any:
    return [
        Grant(Entitlement(grantee, privilege, option), Cause.STANDING)
        for grantee, privilege in pairs
    ]


def revokes(*pairs: Any, grantor: Any = "HR") -> Any:
    return [
        Revoke(Entitlement(grantee, privilege), Cause.DRIFT, grantor)
        for grantee, privilege in pairs
    ]


class Said(NamedTuple):
    """What the one statement of a unit says."""

    verb: type
    privileges: tuple[Any, ...]
    grantees: tuple[str, ...]
    grantor: str = ""


def said_by(unit: Unit) -> Said:
    """All its privileges to all its grantees: a statement has no other way."""
    (verb,) = {type(change) for change in unit.changes}
    held = [change.entitlement for change in unit.changes]  # type: ignore[union-attr]
    privileges = {row.privilege if verb is Grant else _whole(row.privilege) for row in held}
    grantors = {getattr(change, "grantor", "") for change in unit.changes}
    options = {row.with_option for row in held}
    assert len(grantors) == 1
    assert verb is Revoke or len(options) == 1, "one option clause a GRANT; a REVOKE has none"
    return Said(
        verb, tuple(sorted(privileges)), tuple(sorted({row.grantee for row in held})), *grantors
    )


def waves(plan: Any) -> list[list[Unit]]:
    return [list(found) for _, found in groupby(pack(plan.changes), key=lambda unit: unit.wave)]


def test_p7_all_privileges_on_one_object_for_all_grantees_with_the_same_set_are_one_statement(
    world: Any,
) -> None:
    changes = grants(
        *(
            (user, privilege)
            for user in ("BOB", "ALICE")
            for privilege in (world.UPDATE, world.SELECT)
        )
    )
    (unit,) = pack(changes)
    assert said_by(unit) == Said(Grant, (world.SELECT, world.UPDATE), ("ALICE", "BOB"))
    assert set(unit.changes) == set(changes)


def test_grantees_with_another_set_are_another_statement(world: Any) -> None:
    units = pack(grants(("ALICE", world.SELECT), ("BOB", world.SELECT), ("BOB", world.UPDATE)))
    assert [said_by(unit).grantees for unit in units] == [("ALICE",), ("BOB",)]


def test_objects_schemas_options_and_grantors_are_never_mixed(world: Any) -> None:
    changes = [
        *grants(("ALICE", world.SELECT), ("ALICE", on_object("SELECT", "HR", "JOBS"))),
        *grants(("ALICE", world.SELECT), option=True),
        *grants(("ALICE", on_schema("SELECT ANY TABLE", "HR")), ("ALICE", world.SESSION)),
        *revokes(("BOB", world.SELECT)),
        *revokes(("BOB", world.SELECT), grantor="RECONCILER"),
    ]
    units = pack(changes)
    assert len(units) == len(changes)
    assert {said_by(unit).grantor for unit in units} == {"", "HR", "RECONCILER"}


def test_system_privileges_and_roles_go_together(world: Any) -> None:
    (unit,) = pack(grants(("ALICE", world.SESSION), ("ALICE", world.READER)))
    assert said_by(unit).privileges == (world.READER, world.SESSION)


def test_a_revoke_names_no_columns_and_each_privilege_once(world: Any) -> None:
    changes = revokes(("ALICE", world.SALARY), ("ALICE", world.PHONE), ("ALICE", world.UPDATE))
    (unit,) = pack(changes)
    assert said_by(unit) == Said(Revoke, (world.UPDATE,), ("ALICE",), grantor="HR")
    assert set(unit.changes) == set(changes)


def test_at_most_a_hundred_grantees_a_statement(world: Any) -> None:
    units = pack(
        grants(*((f"U{number:03}", world.SELECT) for number in range(2 * MAX_GRANTEES + 1)))
    )
    assert [len(said_by(unit).grantees) for unit in units] == [100, 100, 1]


def test_at_most_a_hundred_privileges_a_statement(world: Any) -> None:
    columns = [
        on_column("UPDATE", "HR", "T", f"C{number:03}") for number in range(MAX_PRIVILEGES + 1)
    ]
    units = pack(grants(*(("ALICE", column) for column in columns)))
    assert [len(said_by(unit).privileges) for unit in units] == [100, 1]


def test_other_changes_are_units_of_their_own(world: Any) -> None:
    changes = [CreateLeaseRole("a", "JIT_A"), CreateLeaseRole("b", "JIT_B")]
    assert [unit.changes for unit in pack(changes)] == [(change,) for change in changes]


def test_waves_hold_what_a_lease_needs_in_order(world: Any) -> None:
    lease = world.lease(privileges=[world.SELECT, world.READER])
    plan = make(world.desired(lease), world.snapshot(), world.ledger())
    kinds = [[type(unit.changes[0]).__name__ for unit in wave] for wave in waves(plan)]
    assert kinds == [["CreateLeaseRole"], ["ArmDeadline"], ["Grant", "Grant"], ["Grant"]]


def test_waves_of_an_end(world: Any) -> None:
    lease = world.lease(phase=Phase.ENDING, privileges=[world.SELECT, world.READER])
    plan = make(world.desired(lease), world.in_force(lease), world.recorded(lease))
    kinds = [[type(unit.changes[0]).__name__ for unit in wave] for wave in waves(plan)]
    assert kinds == [["Revoke", "Revoke"], ["Revoke"], ["DropLeaseRole"], ["DropDeadline"]]


def test_waves_of_edits_and_standing_access(world: Any) -> None:
    held = Entitlement("JIT_A", world.SELECT)
    changes = [
        *revokes(("ALICE", world.SELECT)),
        Narrow(Entitlement("ALICE", world.UPDATE), (), Cause.DRIFT),
        *grants(("ALICE", world.SELECT)),
        Grant(Entitlement("ALICE", role("JIT_A")), Cause.REPAIR, "a"),
        Grant(held, Cause.LEASE_EDIT, "a"),
        Narrow(held, (), Cause.LEASE_EDIT, "a"),
        Revoke(held, Cause.LEASE_EDIT, "HR", "a"),
        MoveDeadline("a", "JIT_A", None, world.NOW),
    ]
    numbers = [wave_of(change) for change in changes]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == len(numbers)


privileges = st.sampled_from(
    [on_object(name, "HR", table) for name in ("SELECT", "UPDATE") for table in ("T", "U")]
    + [
        on_column("UPDATE", "HR", "T", "A"),
        on_column("UPDATE", "HR", "T", "B"),
        system("CREATE SESSION"),
        role("R"),
    ]
)
changes_of = st.builds(
    lambda grantee, privilege, option, revoke, grantor: (
        Revoke(Entitlement(grantee, privilege, option), Cause.DRIFT, grantor)
        if revoke
        else Grant(Entitlement(grantee, privilege, option), Cause.STANDING)
    ),
    st.sampled_from(["ALICE", "BOB", "CAROL", "JIT_A"]),
    privileges,
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", "HR"]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(changes_of, unique=True, max_size=30))
def test_each_change_is_in_exactly_one_unit_and_a_statement_says_neither_more_nor_less(
    changes: Any,
) -> None:
    units = pack(changes)
    assert sorted(map(repr, (change for unit in units for change in unit.changes))) == sorted(
        map(repr, changes)
    )
    assert [unit.wave for unit in units] == sorted(unit.wave for unit in units)
    for unit in units:
        said = {
            (grantee, privilege)
            for grantee in said_by(unit).grantees
            for privilege in said_by(unit).privileges
        }
        meant = {
            (
                change.entitlement.grantee,
                change.entitlement.privilege
                if isinstance(change, Grant)
                else _whole(change.entitlement.privilege),
            )
            for change in unit.changes
        }
        assert said == meant


def _whole(privilege: Any) -> Any:
    return (
        on_object(privilege.name, privilege.owner, privilege.object)
        if privilege.column
        else privilege
    )
