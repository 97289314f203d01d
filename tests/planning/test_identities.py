"""Rules about temporary users, proxies and bounds on sessions that no database is needed for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.model.changes import (
    Cause,
    DropDeadline,
    DropProfile,
    DropTemporaryUser,
    KillSessions,
    LockTemporaryUser,
    MoveDeadline,
    UnlockTemporaryUser,
)
from reconciler.model.identities import Ending, Profile, SessionLimits
from reconciler.model.leases import Phase
from reconciler.model.privileges import Entitlement, Kind, proxy, role, system
from reconciler.model.results import Verdict
from reconciler.model.snapshot import (
    DatabaseSession,
    DeadlineJob,
    DeadlineRun,
    HeldGrant,
    RoleAccount,
    UserAccount,
)
from reconciler.planning import packing, proof
from reconciler.planning.plan import make

USER = "JITU_FIX"
ROLE = "JIT_FIX"
TEMPORARY = Ending(temporary_user=USER)
AS_HR = Entitlement("ALICE", proxy("HR"))
PROXY = Ending(direct=(AS_HR,))


def steps(plan: Any) -> list[str]:
    """Kinds of changes in the order in which they run."""
    units = packing.pack(plan.changes)
    return [type(change).__name__ for unit in units for change in unit.changes]


def rules(plan: Any) -> list[str]:
    return [found.rule for found in plan.findings]


def temporary(world: Any, **parts: Any) -> Any:
    return world.lease(
        grantee=USER,
        privileges=(world.SELECT, system("CREATE SESSION")),
        ending=TEMPORARY,
        **parts,
    )


def as_proxy(world: Any, name: str = "fix", **parts: Any) -> Any:
    return world.lease(name, privileges=(), ending=PROXY, **parts)


def with_gate(world: Any, rows: Any = (), **changes: Any) -> Any:
    return world.snapshot(rows, has_gate=True, **changes)


def in_force(world: Any, lease: Any, *, status: str = "OPEN", **changes: Any) -> Any:
    """A database in which the lease's user, role and deadline are there."""
    base = with_gate(world, **changes)
    rows = {HeldGrant(row, "HR" if row.privilege.owner else "") for row in lease.entitlements}
    rows |= {
        HeldGrant(Entitlement(USER, role(ROLE))),
        HeldGrant(Entitlement(world.ACCOUNT, role(ROLE), with_option=True)),
    }
    job = DeadlineJob(ROLE, lease.end, True, lease.id, world.TARGET, ending=lease.ending)
    return replace(
        base,
        grants=base.grants | rows,
        users={**base.users, USER: UserAccount(USER, status, profile="DEFAULT")},
        roles={**base.roles, ROLE: RoleAccount(ROLE)},
        created_roles=frozenset({ROLE}),
        deadlines={ROLE: job},
    )


def desired_of(world: Any, *leases: Any, **parts: Any) -> Any:
    """On a target where proxies may act as anybody."""
    scope = replace(world.EVERYTHING, users=("*",))
    return world.desired(*leases, **{"target": world.target(scope=scope), **parts})


def session(user: str, **parts: Any) -> DatabaseSession:
    base = DatabaseSession(1, 7, 9, user, "ACTIVE", "laptop", "sqlplus", None)
    return base._replace(**parts)


def test_a_user_is_made_locked_after_the_deadline_and_unlocked_last(world: Any) -> None:
    plan = make(desired_of(world, temporary(world)), with_gate(world), world.ledger())
    assert steps(plan) == [
        "CreateLeaseRole",
        "ArmDeadline",
        "CreateTemporaryUser",
        "Grant",
        "Grant",
        "Grant",
        "UnlockTemporaryUser",
    ]
    assert rules(plan) == []


def test_p16_the_end_locks_then_kills_then_takes_then_drops(world: Any) -> None:
    lease = temporary(world, phase=Phase.ENDING)
    plan = make(desired_of(world, lease), in_force(world, lease), world.recorded(lease))
    assert steps(plan) == [
        "LockTemporaryUser",
        "KillSessions",
        "Revoke",
        "Revoke",
        "Revoke",
        "DropTemporaryUser",
        "DropLeaseRole",
        "DropDeadline",
    ]


def test_the_scope_needs_no_place_for_a_user_that_the_lease_makes(world: Any) -> None:
    scope = replace(world.EVERYTHING, grantees=("ALICE",), system=())
    desired = desired_of(world, temporary(world), target=world.target(scope=scope))
    assert rules(make(desired, with_gate(world), world.ledger())) == []


def test_a_user_in_force_needs_nothing(world: Any) -> None:
    lease = temporary(world)
    plan = make(desired_of(world, lease), in_force(world, lease), world.recorded(lease))
    assert plan.is_empty, plan.changes


def test_p19_a_user_that_a_broken_run_left_locked_is_unlocked(world: Any) -> None:
    lease = temporary(world)
    now = in_force(world, lease, status="LOCKED")
    for ledger in (world.ledger(), world.recorded(lease)):
        plan = make(desired_of(world, lease), now, ledger)
        assert [type(row) for row in plan.changes] == [UnlockTemporaryUser]


def test_a_user_that_somebody_locked_stays_locked(world: Any) -> None:
    lease = temporary(world)
    now = in_force(world, lease)
    locked = replace(now.users[USER], status="LOCKED", locked_later=True)
    now = replace(now, users={**now.users, USER: locked})
    plan = make(desired_of(world, lease), now, world.recorded(lease))
    assert (plan.changes, rules(plan)) == ((), ["lease.account-locked"])


def test_p19_after_a_blocked_drop_only_the_drop_is_tried_again(world: Any) -> None:
    lease = temporary(world, phase=Phase.ENDING)
    now = in_force(world, lease, status="LOCKED")
    now = replace(now, roles=world.snapshot().roles, created_roles=frozenset(), grants=frozenset())
    plan = make(desired_of(world, lease), now, world.recorded(lease))
    assert [type(row) for row in plan.changes] == [DropTemporaryUser, DropDeadline]
    assert "lease-user.not-dropped" in rules(plan)
    (receipt,) = proof.receipts(plan, desired_of(world, lease), world.recorded(lease), now, None)
    assert receipt.verdict is Verdict.NOT_ENDED
    assert "locked and has no rights" in receipt.note


def test_p19_what_a_role_inside_the_lease_may_create_counts(world: Any) -> None:
    inner = world.row("HR_READER", system("CREATE TABLE"))
    lease = world.lease(grantee=USER, privileges=(world.READER,), ending=TEMPORARY)
    plan = make(desired_of(world, lease), with_gate(world, [inner]), world.ledger())
    assert [row.lease_id for row in plan.changes] == [""], "drift alone: the role itself"
    assert "lease.temporary-creates" in rules(plan)


@pytest.mark.parametrize("ending", [TEMPORARY, PROXY, Ending(kill_sessions_of="ALICE")])
def test_without_the_gatekeeper_nothing_of_such_a_lease_is_begun(world: Any, ending: Any) -> None:
    lease = world.lease(grantee=ending.temporary_user or "ALICE", ending=ending)
    plan = make(desired_of(world, lease), world.snapshot(), world.ledger())
    assert (plan.changes, rules(plan)) == ((), ["gate.missing"])


def test_a_user_of_that_name_is_not_ours_unless_ledger_or_deadline_say_so(world: Any) -> None:
    lease = temporary(world)
    taken = with_gate(world)
    taken = replace(taken, users={**taken.users, USER: UserAccount(USER, "OPEN")})
    plan = make(desired_of(world, lease), taken, world.ledger())
    assert (plan.changes, rules(plan)) == ((), ["lease-user.name-taken"])
    plan = make(desired_of(world), taken, world.ledger())
    assert (plan.changes, rules(plan)) == ((), ["lease-user.foreign"])


def test_an_orphaned_user_goes_with_the_role_or_the_deadline_that_shows_him(world: Any) -> None:
    lease = temporary(world)
    now = in_force(world, lease)
    plan = make(desired_of(world), now, world.ledger())
    gone = [row for row in plan.changes if isinstance(row, LockTemporaryUser | DropTemporaryUser)]
    assert [row.cause for row in gone] == [Cause.ORPHAN, Cause.ORPHAN]
    only_job = replace(now, roles=world.snapshot().roles, created_roles=frozenset())
    only_job = replace(only_job, grants=frozenset())
    plan = make(desired_of(world), only_job, world.ledger())
    assert DropTemporaryUser in [type(row) for row in plan.changes]


def test_a_deadline_that_would_leave_something_is_made_again(world: Any) -> None:
    lease = temporary(world)
    now = in_force(world, lease)
    job = replace(now.deadlines[ROLE], ending=Ending())
    now = replace(now, deadlines={ROLE: job})
    plan = make(desired_of(world, lease), now, world.recorded(lease))
    (change,) = plan.changes
    assert isinstance(change, MoveDeadline)
    assert (change.ending, change.cause) == (TEMPORARY, Cause.REPAIR)
    assert "deadline.altered" in [row.rule for row in proof.unproved(plan, desired_of(world), now)]


def test_nobody_gets_the_role_of_a_proxy(world: Any) -> None:
    plan = make(desired_of(world, as_proxy(world)), with_gate(world), world.ledger())
    granted = [row.entitlement for row in plan.changes if hasattr(row, "entitlement")]
    assert (steps(plan)[:2], granted) == (["CreateLeaseRole", "ArmDeadline"], [AS_HR])


def test_what_a_client_brings_along_is_told_before_it_is_granted(world: Any) -> None:
    rows = [world.row("HR", world.READER), world.row("HR_READER", system("ALTER ANY TABLE"))]
    plan = make(desired_of(world, as_proxy(world)), with_gate(world, rows), world.ledger())
    (found,) = [row for row in plan.findings if row.rule == "lease.proxy-brings"]
    assert "roles HR_READER; system privileges ALTER ANY TABLE" in found.message


def test_p20_of_two_leases_for_one_proxy_the_one_in_force_stays(world: Any) -> None:
    one, two = as_proxy(world, "a"), as_proxy(world, "b")
    plan = make(desired_of(world, one, two), with_gate(world), world.ledger())
    assert {row.lease_id for row in plan.changes} == {"a"}
    assert rules(plan) == ["lease.proxy-brings", "lease.proxy-shared"]
    plan = make(desired_of(world, one, two), with_gate(world), world.recorded(two))
    assert {row.lease_id for row in plan.changes} == {"b"}


def test_p20_a_proxy_right_from_elsewhere_is_not_put_under_an_end(world: Any) -> None:
    held = with_gate(world, [HeldGrant(AS_HR)])
    plan = make(desired_of(world, as_proxy(world)), held, world.ledger())
    assert "lease.proxy-shared" in rules(plan)
    assert not [row for row in plan.changes if row.lease_id]


def test_p22_proxied_sessions_are_killed_only_when_nobody_else_may_have_them(world: Any) -> None:
    lease = as_proxy(world, phase=Phase.ENDING)
    other = HeldGrant(Entitlement("BOB", proxy("HR")))
    alone = with_gate(world, [HeldGrant(AS_HR)], sessions=(session("HR", proxied=True),))
    plan = make(desired_of(world, lease), alone, world.recorded(lease))
    killed = [row for row in plan.changes if isinstance(row, KillSessions)]
    assert [(row.user, row.client) for row in killed] == [("ALICE", "HR")]

    shared = replace(alone, grants=alone.grants | {other})
    desired = desired_of(world, lease, standing=[other.entitlement])
    plan = make(desired, shared, world.recorded(lease))
    assert not [row for row in plan.changes if isinstance(row, KillSessions)]
    after = replace(shared, grants=frozenset({other}))
    (receipt,) = proof.receipts(plan, desired, world.recorded(lease), after, None)
    assert receipt.verdict is Verdict.REVOKED_BUT_EFFECTIVE
    assert [path.privilege.kind for path in receipt.paths] == [Kind.PROXY]


def test_p22_sessions_from_before_the_lease_or_after_its_end_are_not_of_it(world: Any) -> None:
    lease = as_proxy(world, phase=Phase.ENDING)
    moments = (lease.start - timedelta(hours=1), lease.end + timedelta(minutes=1))
    sessions = tuple(session("HR", proxied=True, logon=moment) for moment in moments)
    after = with_gate(world, sessions=sessions)
    plan = make(desired_of(world, lease), after, world.recorded(lease))
    run = DeadlineRun(ROLE, lease.end, True)
    after = replace(after, deadline_runs=(run,))
    (receipt,) = proof.receipts(plan, desired_of(world, lease), world.recorded(lease), after, None)
    assert receipt.verdict is Verdict.ENDED


def test_p16_sessions_of_an_existing_user_are_killed_once_not_again(world: Any) -> None:
    lease = world.lease(phase=Phase.ENDING, ending=Ending(kill_sessions_of="ALICE"))
    later = session("ALICE", logon=lease.end + timedelta(minutes=1))
    ended = with_gate(world, sessions=(later,))
    assert make(desired_of(world, lease), ended, world.recorded(lease)).is_empty
    before = session("ALICE", logon=lease.end - timedelta(minutes=1))
    left = with_gate(world, sessions=(before,))
    plan = make(desired_of(world, lease), left, world.recorded(lease))
    assert [type(row) for row in plan.changes] == [KillSessions]
    (receipt,) = proof.receipts(plan, desired_of(world, lease), world.recorded(lease), left, None)
    assert receipt.verdict is Verdict.REVOKED_BUT_EFFECTIVE
    marked = replace(left, sessions=(before._replace(status="KILLED"),))
    (receipt,) = proof.receipts(plan, desired_of(world, lease), world.recorded(lease), marked, None)
    assert receipt.verdict is Verdict.ENDED


def test_equal_bounds_make_one_profile_and_an_unused_one_goes(world: Any) -> None:
    limits = SessionLimits(idle=timedelta(minutes=15))
    leases = [
        world.lease(
            name,
            grantee=f"JITU_{name.upper()}",
            ending=Ending(temporary_user=f"JITU_{name.upper()}"),
            session=limits,
        )
        for name in ("a", "b")
    ]
    old = {
        "JITP_S9": Profile("JITP_S9", None, None, 9),
        "JITP_OF_A_DBA": Profile("JITP_OF_A_DBA", None, None, None),
    }
    plan = make(desired_of(world, *leases), with_gate(world, profiles=old), world.ledger())
    assert steps(plan).count("CreateProfile") == 1
    dropped = [row.name for row in plan.changes if isinstance(row, DropProfile)]
    assert dropped == ["JITP_S9"]


def test_bounds_without_the_parameter_are_told(world: Any) -> None:
    lease = replace(temporary(world), session=SessionLimits(per_user=2))
    now = with_gate(world, resource_limit=False)
    assert rules(make(desired_of(world, lease), now, world.ledger())) == [
        "profile.resource-limit-off"
    ]


def test_a_proxy_right_of_a_lease_is_no_standing_access(world: Any) -> None:
    lease = as_proxy(world)
    now = with_gate(world, [HeldGrant(AS_HR)])
    plan = make(desired_of(world, lease), now, world.recorded(lease))
    assert plan.drift == ()
    assert not [row for row in plan.changes if type(row).__name__ == "Revoke"]
