"""Laws of effective access, tried on generated grants against a closure that is too simple to be wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.access import EVERYBODY, Way
from reconciler.model.privileges import Kind, on_column, on_object, on_schema, role, system
from reconciler.model.snapshot import HeldGrant, RoleAccount, Snapshot
from reconciler.planning.effective import Access, paths
from reconciler.planning.effective_answers import who_can, why
from reconciler.planning.holdings import index

USERS = ("ALICE", "BOB", "CAROL", "HR", EVERYBODY)
ROLES = ("R1", "R2", "R3", "R4", "R5")
SALARY = on_column("UPDATE", "HR", "EMPLOYEES", "SALARY")
UPDATE = on_object("UPDATE", "HR", "EMPLOYEES")
SELECT = on_object("SELECT", "HR", "EMPLOYEES")
ASKED = (SELECT, UPDATE, SALARY, system("CREATE SESSION"), on_schema("SELECT ANY TABLE", "HR"))
GIVEN = (
    *ASKED,
    on_object("READ", "HR", "EMPLOYEES"),
    on_column("UPDATE", "HR", "EMPLOYEES", "PHONE"),
    on_object("SELECT", "HR", "JOBS"),
    on_schema("SELECT ANY TABLE", "OE"),
    on_schema("UPDATE ANY TABLE", "HR"),
    system("SELECT ANY TABLE"),
    system("UPDATE ANY TABLE"),
)
GIVES = {
    SELECT: {
        SELECT,
        on_object("READ", "HR", "EMPLOYEES"),
        system("SELECT ANY TABLE"),
        on_schema("SELECT ANY TABLE", "HR"),
    },
    UPDATE: {
        UPDATE,
        SALARY,
        on_column("UPDATE", "HR", "EMPLOYEES", "PHONE"),
        system("UPDATE ANY TABLE"),
        on_schema("UPDATE ANY TABLE", "HR"),
    },
    SALARY: {UPDATE, SALARY, system("UPDATE ANY TABLE"), on_schema("UPDATE ANY TABLE", "HR")},
    system("CREATE SESSION"): {system("CREATE SESSION")},
    on_schema("SELECT ANY TABLE", "HR"): {
        on_schema("SELECT ANY TABLE", "HR"),
        system("SELECT ANY TABLE"),
    },
}


@st.composite
def snapshots(draw: Any, world: Any) -> Snapshot:
    names = st.sampled_from([*USERS, *ROLES])
    rights = st.sampled_from([*GIVEN, *map(role, ROLES), *map(role, ROLES)])
    rows = {
        world.row(grantee, privilege)
        for grantee, privilege in draw(st.sets(st.tuples(names, rights), max_size=25))
    }
    accounts = {name: RoleAccount(name) for name in ROLES}
    found: Snapshot = world.snapshot(rows, roles=accounts)
    return found


def simply_has(grantee: str, asked: Any, rows: Any, seen: frozenset[str] = frozenset()) -> bool:
    """Follows every grant, whatever the cost."""
    if asked.owner and asked.owner == grantee:
        return True
    held = {row.entitlement.privilege for row in rows if row.entitlement.grantee == grantee}
    if held & GIVES[asked]:
        return True
    inner = {found.name for found in held if found.kind is Kind.ROLE} - seen
    return any(simply_has(found, asked, rows, seen | {found}) for found in inner)


def grants_of(way: Way, snapshot: Snapshot) -> list[HeldGrant]:
    """The rows that a way stands on; fails if one is not there."""
    found = []
    holder = way.grantee
    for step in way.through:
        if step != EVERYBODY:
            (row,) = (
                row
                for row in snapshot.grants
                if row.entitlement.grantee == holder and row.entitlement.privilege == role(step)
            )
            found.append(row)
        holder = step
    if way.held is not None:
        assert way.held in snapshot.grants
        assert way.held.entitlement.grantee == holder
        found.append(way.held)
    return found


@settings(max_examples=200, deadline=None)
@given(data=st.data(), asked=st.sampled_from(ASKED))
def test_who_can_is_everybody_who_simply_has_it(world: Any, data: Any, asked: Any) -> None:
    snapshot = data.draw(snapshots(world))
    found = {row.name for row in who_can(asked, Access(index(snapshot)))}
    assert found == {name for name in (*USERS, *ROLES) if simply_has(name, asked, snapshot.grants)}


@settings(max_examples=200, deadline=None)
@given(data=st.data(), asked=st.sampled_from(ASKED))
def test_why_agrees_with_who_can_and_each_way_can_be_walked(
    world: Any, data: Any, asked: Any
) -> None:
    snapshot = data.draw(snapshots(world))
    access = Access(index(snapshot))
    listed = {row.name: row for row in who_can(asked, access)}
    everybody = listed.get(EVERYBODY)
    for name in (*USERS, *ROLES):
        found = why(name, asked, access)
        own = {way for way in found.ways if EVERYBODY not in way.through}
        assert own == set(listed[name].ways if name in listed else ())
        assert bool(found.ways) == bool(own or (everybody and name in USERS))
        for way in found.ways:
            grants_of(way, snapshot)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), asked=st.sampled_from(ASKED), name=st.sampled_from(USERS[:3]))
def test_without_the_first_grant_of_every_way_nothing_is_left(
    world: Any, data: Any, asked: Any, name: str
) -> None:
    """That each grant that would have to go shows is what receipts are for."""
    snapshot = data.draw(snapshots(world))
    found = why(name, asked, Access(index(snapshot)))
    gone = {grants_of(way, snapshot)[0] for way in found.ways}
    after = replace(snapshot, grants=snapshot.grants - gone)
    assert why(name, asked, Access(index(after))).ways == ()


@settings(max_examples=100, deadline=None)
@given(data=st.data(), asked=st.sampled_from(ASKED), name=st.sampled_from(USERS[:3]))
def test_receipts_see_the_same_ways(world: Any, data: Any, asked: Any, name: str) -> None:
    snapshot = data.draw(snapshots(world))
    found = why(name, asked, Access(index(snapshot)))
    assert {path.through for path in paths(name, [asked], snapshot)} == {
        (*way.through, way.end) for way in found.ways
    }


@settings(max_examples=100, deadline=None)
@given(data=st.data(), asked=st.sampled_from(ASKED))
def test_the_same_grants_in_another_order_give_the_same_answer(
    world: Any, data: Any, asked: Any
) -> None:
    snapshot = data.draw(snapshots(world))
    rows = data.draw(st.permutations(sorted(snapshot.grants)))
    again = replace(snapshot, grants=frozenset(rows))
    assert who_can(asked, Access(index(again))) == who_can(asked, Access(index(snapshot)))
