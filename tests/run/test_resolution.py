"""What a run without an outcome did, is read from the dictionary: what is in force, and which standing grants are ours because of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from reconciler.model.changes import (
    ArmDeadline,
    Cause,
    Change,
    ClearLogonNetworks,
    CreateLeaseRole,
    DropDeadline,
    DropLeaseRole,
    Grant,
    MoveDeadline,
    Narrow,
    Revoke,
    SetLogonNetworks,
    effect_line,
)
from reconciler.model.logon_networks import networks_of
from reconciler.model.privileges import Entitlement, on_column, on_object, role
from reconciler.model.snapshot import (
    DatabaseIdentity,
    DeadlineJob,
    HeldGrant,
    RoleAccount,
    Snapshot,
)
from reconciler.run.resolution import Dictionary, settle

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
SELECT = Entitlement("DAVE", on_object("SELECT", "HR", "JOBS"))
EMAIL, SALARY = (
    Entitlement("DAVE", on_column("UPDATE", "HR", "EMPLOYEES", name))
    for name in ("EMAIL", "SALARY")
)
WHOLE = Entitlement("DAVE", on_object("UPDATE", "HR", "EMPLOYEES"))
NARROW = Narrow(WHOLE, (EMAIL,), Cause.STANDING_REMOVED, grantor="HR")


def dictionary(
    *held: Entitlement, roles: Iterable[str] = (), jobs: Iterable[DeadlineJob] = ()
) -> Dictionary:
    return Dictionary(
        Snapshot(
            "prod",
            AT,
            DatabaseIdentity("FREE", 1, "FREEPDB1", 23, "23.4.0"),
            "RECONCILER",
            grants=frozenset(HeldGrant(row, "HR") for row in held),
            roles={name: RoleAccount(name) for name in roles},
            deadlines={job.name: job for job in jobs},
        )
    )


def in_force(change: Change, found: Dictionary) -> bool:
    return found.is_in_force(effect_line(change))


def settled(granted: Iterable[Entitlement], change: Change, *held: Entitlement) -> set[Entitlement]:
    return set(settle(frozenset(granted), [effect_line(change)], dictionary(*held)))


def test_a_grant_is_in_force_when_it_is_held_with_at_least_its_option() -> None:
    with_option = SELECT._replace(with_option=True)
    assert in_force(Grant(SELECT, Cause.STANDING), dictionary(SELECT))
    assert in_force(Grant(SELECT, Cause.STANDING), dictionary(with_option))
    assert not in_force(Grant(with_option, Cause.STANDING), dictionary(SELECT))
    assert not in_force(Grant(SELECT, Cause.STANDING), dictionary())


def test_a_revoke_is_in_force_when_that_grantors_grant_is_gone() -> None:
    assert in_force(Revoke(SELECT, Cause.DRIFT, "HR"), dictionary())
    assert in_force(Revoke(SELECT, Cause.DRIFT, "SYS"), dictionary(SELECT))
    assert not in_force(Revoke(SELECT, Cause.DRIFT, "HR"), dictionary(SELECT))


def test_a_narrowing_is_in_force_when_exactly_the_rest_is_held() -> None:
    assert in_force(NARROW, dictionary(EMAIL, SELECT))
    assert not in_force(NARROW, dictionary(EMAIL, SALARY))
    assert not in_force(NARROW, dictionary())


def test_roles_and_deadlines_are_looked_up() -> None:
    job = DeadlineJob("JIT_FIX", AT, enabled=True)
    there = dictionary(roles=["JIT_FIX"], jobs=[job])
    assert in_force(CreateLeaseRole("fix", "JIT_FIX"), there)
    assert not in_force(DropLeaseRole("fix", "JIT_FIX"), there)
    assert not in_force(DropDeadline("fix", "JIT_FIX"), there)
    assert in_force(ArmDeadline("fix", "JIT_FIX", AT), there)
    assert in_force(ArmDeadline("fix", "JIT_FIX", None, timedelta(hours=4)), there)
    assert not in_force(MoveDeadline("fix", "JIT_FIX", AT, AT + timedelta(hours=1)), there)
    gone = dictionary()
    assert in_force(DropLeaseRole("fix", "JIT_FIX"), gone)
    assert in_force(DropDeadline("fix", "JIT_FIX"), gone)
    assert not in_force(ArmDeadline("fix", "JIT_FIX", AT), gone)
    assert not in_force(ArmDeadline("fix", "JIT_FIX", None, timedelta(hours=4)), gone)


def test_what_was_granted_is_ours_and_what_was_not_is_not() -> None:
    assert settled([], Grant(SELECT, Cause.STANDING), SELECT) == {SELECT}
    assert settled([], Grant(SELECT, Cause.STANDING)) == set()


def test_what_was_revoked_is_ours_no_more() -> None:
    assert settled([SELECT, EMAIL], Revoke(SELECT, Cause.STANDING_REMOVED, "HR"), EMAIL) == {EMAIL}
    assert settled([SELECT], Revoke(SELECT, Cause.STANDING_REMOVED, "HR"), SELECT) == {SELECT}


def test_of_a_narrowing_that_died_half_way_only_the_rest_stays_ours() -> None:
    assert settled([EMAIL, SALARY, SELECT], NARROW) == {EMAIL, SELECT}
    assert settled([EMAIL, SALARY], NARROW, EMAIL) == {EMAIL}
    assert settled([EMAIL, SALARY], NARROW, EMAIL, SALARY) == {EMAIL, SALARY}


def test_what_a_lease_gives_is_no_standing_grant() -> None:
    to_role = SELECT._replace(grantee="JIT_FIX")
    to_user = Entitlement("ALICE", role("JIT_FIX"))
    for entitlement in (to_role, to_user):
        change = Grant(entitlement, Cause.LEASE_START, lease_id="fix")
        assert settled([], change, entitlement) == set()


def test_client_networks_are_in_force_when_exactly_these_are_there() -> None:
    snapshot = Snapshot(
        "prod",
        AT,
        DatabaseIdentity("FREE", 1, "FREEPDB1", 23, "23.4.0"),
        "RECONCILER",
        logon_networks={"JITU_FIX": networks_of(["10.1.0.0/16", "2001:db8::/32"])},
    )
    found = Dictionary(snapshot)
    both = SetLogonNetworks("fix", "JITU_FIX", ("10.1.0.0/16", "2001:db8::/32"))
    assert in_force(both, found)
    assert not in_force(SetLogonNetworks("fix", "JITU_FIX", ("10.1.0.0/16",)), found)
    assert not in_force(ClearLogonNetworks("JITU_FIX"), found)
    assert in_force(ClearLogonNetworks("JITU_GONE"), found)
