"""Laws of planning, tried on generated worlds with an executable model of Oracle."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reconciler.model import names
from reconciler.model.changes import (
    ArmDeadline,
    CreateLeaseRole,
    Grant,
    MoveDeadline,
    Narrow,
    Revoke,
)
from reconciler.model.documents import Mode, Scope
from reconciler.model.leases import EndReason, Lease, LeaseRecord, Phase, RecordStatus
from reconciler.model.ledger import LedgerState
from reconciler.model.privileges import (
    Entitlement,
    Kind,
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
from reconciler.model.snapshot import HeldGrant
from reconciler.planning.difference import Coverage
from reconciler.planning.holdings import subject
from reconciler.planning.packing import pack
from reconciler.planning.plan import make

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
OBJECTS = [on_object(name, "HR", "EMPLOYEES") for name in ("SELECT", "UPDATE")]
COLUMNS = [on_column("UPDATE", "HR", "EMPLOYEES", name) for name in ("SALARY", "PHONE")]
OUTSIDE = [
    on_object("SELECT", "PAYROLL", "RUNS"),
    system("CREATE TABLE"),
    on_directory("READ", "SECRET_DIR"),
    proxy("BOB"),
]
QUOTAS = [quota("1048576", "USERS"), quota("2097152", "USERS"), quota("UNLIMITED", "USERS")]
OF_USERS = [*QUOTAS, proxy("CAROL"), on_user("TRANSLATE SQL", "CAROL")]
PRIVILEGES = [
    *OBJECTS,
    *COLUMNS,
    *OUTSIDE,
    *OF_USERS,
    system("CREATE SESSION"),
    role("HR_READER"),
    on_directory("READ", "DUMP_DIR"),
    on_schema("SELECT ANY TABLE", "HR"),
]
USERS = ["ALICE", "BOB", "CAROL"]
SCOPE = Scope(
    ("ALICE", "BOB", "HR_*"),
    ("HR",),
    ("HR_*",),
    ("CREATE SESSION",),
    directories=("DUMP_*",),
    users=("CAROL",),
    tablespaces=("USERS",),
)
LEASES = ["fix-a", "fix-b", "fix-c"]

privileges = st.sampled_from(PRIVILEGES)


@st.composite
def entitlements(draw: Any) -> Any:
    grantee = draw(st.sampled_from([*USERS, "HR_WRITER"]))
    privilege = draw(privileges)
    of_user = privilege.kind in (Kind.QUOTA, Kind.PROXY)
    assume(grantee != "HR_WRITER" or privilege not in OF_USERS)
    assume(grantee != privilege.owner)
    option = draw(st.booleans()) and grantee != "HR_WRITER" and not of_user
    has_second = privilege.kind in (Kind.ROLE, Kind.OBJECT)
    return Entitlement(grantee, privilege, option, has_second and draw(st.booleans()))


@st.composite
def rows(draw: Any) -> Any:
    entitlement = draw(entitlements())
    privilege = entitlement.privilege
    if privilege.kind not in (Kind.OBJECT, Kind.COLUMN):
        return HeldGrant(entitlement, "", draw(st.sampled_from([False, False, False, True])))
    owner = privilege.object if privilege.on == "USER" else privilege.owner
    grantor = draw(st.sampled_from([owner, owner, "RECONCILER", "BOB"]))
    assume(grantor != entitlement.grantee)
    return HeldGrant(entitlement, grantor)


def one_row_a_key(found: Any) -> Any:
    """The dictionary has one row for a grantee, privilege and grantor, and one quota for a user and tablespace; inherited rows are apart."""
    return frozenset(
        {
            (row.entitlement.grantee, subject_of(row), row.grantor, row.inherited): row
            for row in found
        }.values()
    )


def subject_of(row: Any) -> Any:
    """The privilege, without the size of a quota."""
    privilege = row.entitlement.privilege
    return subject(privilege) if privilege.kind is Kind.QUOTA else privilege


@st.composite
def leases(draw: Any, name: Any) -> Any:
    phase = draw(st.sampled_from([Phase.PENDING, Phase.ACTIVE, Phase.ACTIVE, Phase.ENDING]))
    role_name = names.lease_role(name)
    inside = st.sampled_from([*OBJECTS, *COLUMNS, role("HR_READER")])
    wanted = frozenset(
        Entitlement(role_name, found) for found in draw(st.sets(inside, min_size=1, max_size=3))
    )
    start, end, duration = NOW - HOUR, NOW + HOUR, None
    if phase is Phase.ENDING:
        end = NOW - timedelta(minutes=draw(st.integers(0, 30)))
    elif phase is Phase.PENDING:
        start, end = NOW + HOUR, NOW + 2 * HOUR
    elif draw(st.booleans()):
        start, end, duration = None, None, HOUR
    reason = EndReason.EXPIRED if phase is Phase.ENDING else None
    grantee = draw(st.sampled_from(["ALICE", "BOB", "GHOST"]))
    return Lease(name, "hr-prod", phase, grantee, "alice", wanted, start, end, duration, reason)


@st.composite
def partly_made(draw: Any, world: Any, lease: Any, snapshot: Any) -> Any:
    """The lease as a killed run, an earlier document or an intruder may have left it."""
    if not draw(st.booleans()):
        return snapshot
    end = lease.end or NOW + HOUR
    steps = [ArmDeadline(lease.id, lease.role, draw(st.sampled_from([end, NOW + 3 * HOUR])))]
    steps += [
        Grant(Entitlement(lease.role, found), "", lease.id)
        for found in draw(st.sets(st.sampled_from([*OBJECTS, *COLUMNS]), max_size=3))
    ]
    steps += [
        Grant(Entitlement(user, role(lease.role)), "", lease.id)
        for user in draw(st.sets(st.sampled_from(USERS)))
    ]
    steps = steps[: draw(st.integers(0, len(steps)))]
    return world.execute([CreateLeaseRole(lease.id, lease.role), *steps], snapshot)


@st.composite
def worlds(draw: Any, world: Any) -> Any:
    snapshot = world.snapshot(one_row_a_key(draw(st.lists(rows(), max_size=10))))
    found = [draw(leases(name)) for name in draw(st.sets(st.sampled_from(LEASES)).map(sorted))]
    for lease in found:
        snapshot = draw(partly_made(world, lease, snapshot))
    if draw(st.booleans()):
        snapshot = draw(partly_made(world, draw(leases("gone")), snapshot))
    records = {}
    for lease in found:
        if lease.phase is Phase.ENDING or (
            lease.phase is Phase.ACTIVE and lease.end and draw(st.booleans())
        ):
            records[lease.id] = LeaseRecord(
                lease.id,
                "hr-prod",
                RecordStatus.GRANTED,
                lease.grantee,
                "alice",
                NOW - HOUR,
                lease.end,
                lease.entitlements,
                "",
            )
    standing = {
        (found.grantee, subject_of(HeldGrant(found))): found
        for found in draw(st.lists(entitlements(), max_size=6))
    }
    held = [
        row.entitlement
        for row in snapshot.grants
        if row.entitlement.grantee in USERS and not row.inherited
    ]
    granted = draw(st.sets(st.sampled_from(sorted(held)))) if held else set()
    granted = frozenset(
        found for found in granted if names.lease_id_of_role(found.privilege.name) is None
    )
    mode = draw(st.sampled_from(list(Mode)))
    desired = world.desired(*found, standing=standing.values(), target=world.target(mode, SCOPE))
    return desired, snapshot, LedgerState("hr-prod", records, granted)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_p1_p9_after_one_run_the_next_plan_is_empty(world: Any, data: Any) -> None:
    desired, snapshot, ledger = data.draw(worlds(world))
    plan = make(desired, snapshot, ledger)
    after = world.execute(plan.changes, snapshot)
    again = make(desired, after, world.ledger_after(ledger, desired, plan.changes))
    assert again.changes == ()


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_run_killed_after_any_change_and_run_again_comes_to_the_same_end(
    world: Any, data: Any
) -> None:
    desired, snapshot, ledger = data.draw(worlds(world))
    plan = make(desired, snapshot, ledger)
    whole = world.execute(plan.changes, snapshot)
    done = plan.changes[: data.draw(st.integers(0, len(plan.changes)))]
    killed = world.execute(done, snapshot)
    rest = make(desired, killed, ledger)
    resumed = world.execute(rest.changes, killed)
    assert resumed.grants == whole.grants
    assert resumed.roles == whole.roles
    assert resumed.deadlines == whole.deadlines


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_packed_statements_in_their_waves_come_to_the_same_end_as_the_changes_one_by_one(
    world: Any, data: Any
) -> None:
    desired, snapshot, ledger = data.draw(worlds(world))
    plan = make(desired, snapshot, ledger)
    packed = [change for unit in pack(plan.changes) for change in unit.changes]
    assert sorted(map(repr, packed)) == sorted(map(repr, plan.changes))
    assert world.execute(packed, snapshot) == world.execute(plan.changes, snapshot)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_p1_same_input_same_bytes_whatever_the_order_it_is_given_in(world: Any, data: Any) -> None:
    desired, snapshot, ledger = data.draw(worlds(world))
    plan = make(desired, snapshot, ledger)
    turned = replace(
        desired,
        leases=desired.leases[::-1],
        standing=dict(reversed(list(desired.standing.items()))),
    )
    shuffled = replace(snapshot, grants=frozenset(sorted(snapshot.grants, reverse=True)))
    again = make(turned, shuffled, ledger)
    assert (again.changes, again.drift, again.findings, again.digest) == (
        plan.changes,
        plan.drift,
        plan.findings,
        plan.digest,
    )


def touched(change: Any) -> Any:
    match change:
        case Grant(entitlement=entitlement) | Revoke(entitlement=entitlement):
            return [entitlement]
        case Narrow(revoke=revoke, keep=keep):
            return [revoke, *keep]
    return []


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_p4_nothing_outside_the_scope_is_touched_in_any_mode(world: Any, data: Any) -> None:
    desired, snapshot, ledger = data.draw(worlds(world))
    plan = make(desired, snapshot, ledger)
    for change in plan.changes:
        for entitlement in touched(change):
            if not change.lease_id:
                assert entitlement.grantee in ("ALICE", "BOB", "HR_WRITER")
                assert entitlement.privilege not in OUTSIDE
            elif isinstance(change, Grant):
                assert entitlement.grantee in ("ALICE", "BOB", names.lease_role(change.lease_id))
    if desired.target.mode is Mode.OBSERVE:
        assert plan.changes == ()


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_p4_everybody_outside_the_scope_keeps_every_grant(world: Any, data: Any) -> None:
    """Also those that hang on a grant option that somebody inside has."""
    desired, snapshot, ledger = data.draw(worlds(world))
    after = world.execute(make(desired, snapshot, ledger).changes, snapshot)
    for row in snapshot.grants:
        outside = row.entitlement.grantee == "CAROL" or row.entitlement.privilege in OUTSIDE
        if outside and not row.entitlement.privilege.name.startswith("JIT_"):
            assert row in after.grants


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_p5_what_is_wanted_and_held_is_never_revoked_nor_lost(world: Any, data: Any) -> None:
    desired, snapshot, ledger = data.draw(worlds(world))
    plan = make(desired, snapshot, ledger)
    wanted = Coverage(desired.standing)
    for change in plan.changes:
        if isinstance(change, Revoke) and not change.lease_id:
            assert not wanted.covers(change.entitlement)
    before = Coverage(row.entitlement for row in snapshot.grants)
    after = Coverage(row.entitlement for row in world.execute(plan.changes, snapshot).grants)
    for entitlement in desired.standing:
        if (
            before.covers(entitlement)
            and entitlement.grantee in ("ALICE", "BOB", "HR_WRITER")
            and entitlement.privilege not in OUTSIDE
        ):
            assert after.covers(entitlement)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_additive_mode_takes_only_what_the_ledger_says_we_granted(world: Any, data: Any) -> None:
    desired, snapshot, ledger = data.draw(worlds(world))
    desired = replace(desired, target=replace(desired.target, mode=Mode.ADDITIVE))
    plan = make(desired, snapshot, ledger)
    after = Coverage(row.entitlement for row in world.execute(plan.changes, snapshot).grants)
    granted = Coverage(ledger.granted)
    for row in snapshot.grants:
        if (
            row.entitlement.grantee in USERS
            and not row.entitlement.privilege.name.startswith("JIT_")
            and not granted.covers(row.entitlement)
        ):
            assert after.covers(row.entitlement)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_deadline_is_armed_before_any_grant_of_its_lease(world: Any, data: Any) -> None:
    desired, snapshot, ledger = data.draw(worlds(world))
    armed = set(snapshot.deadlines)
    for change in make(desired, snapshot, ledger).changes:
        if isinstance(change, ArmDeadline | MoveDeadline):
            armed.add(change.role)
        if isinstance(change, Grant) and change.lease_id:
            assert names.lease_role(change.lease_id) in armed


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_after_a_run_nobody_holds_anything_of_an_ended_lease(world: Any, data: Any) -> None:
    desired, snapshot, ledger = data.draw(worlds(world))
    desired = replace(desired, target=replace(desired.target, mode=Mode.ADDITIVE))
    after = world.execute(make(desired, snapshot, ledger).changes, snapshot)
    for lease in desired.leases:
        if lease.phase in (Phase.ENDING, Phase.PENDING):
            assert lease.role not in after.roles
            assert lease.role not in after.deadlines
    assert "JIT_GONE" not in after.roles
