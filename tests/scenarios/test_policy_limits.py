"""Policy counts while access runs: leases at once, hours a week, extensions, hours of the day, exceptions that are over. Always on the database's clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.scenarios.world import World, can, request

pytestmark = pytest.mark.parametrize("release", [23], indirect=True)

PAYROLL = "SELECT * FROM hr.payroll"
JOBS = "SELECT * FROM hr.jobs"
ON_JOBS = "[{privileges: [SELECT], on: HR.JOBS}]"


def policy(*lines: str, longest: str = "12h") -> dict[str, str]:
    """The policy of the world with further lines of its spec."""
    text = World.policy(longest) + "".join(f"  {line}\n" for line in lines)
    return {"grants/policies/cap.yaml": text}


def at(world: World, **ahead: float) -> str:
    return f"{datetime.fromisoformat(world.now()) + timedelta(**ahead):%Y-%m-%dT%H:%M:%SZ}"


def refused(world: World, rule: str) -> str:
    """What a run says of the only thing that it refuses."""
    ran = world.run("reconcile")
    assert ran.code == 3, ran.out + ran.err
    assert rule in ran.err
    return ran.err


def test_p24_no_more_leases_at_once_than_policy_allows(world: World) -> None:
    world.merge(policy("limits: {concurrent: 1}"))
    world.merge_request(request("first", window="{duration: 2h}"))
    world.reconcile()
    world.merge_request(request("second", access=ON_JOBS, window="{duration: 2h}"))
    assert "second would be lease 2 of alice at one time on prod; policy allows 1: first" in (
        refused(world, "policy.concurrent")
    )
    assert can(world.log_on("ALICE"), PAYROLL)
    assert not can(world.log_on("ALICE"), JOBS)
    world.merge_request(request("of-bob", requester="bob", window="{duration: 2h}"))
    refused(world, "policy.concurrent")
    assert can(world.log_on("BOB"), PAYROLL)
    world.advance("2h")
    world.reconcile()
    assert can(world.log_on("ALICE"), JOBS)
    world.assert_converged()


def test_p24_hours_a_week_are_counted_from_the_ledger(world: World) -> None:
    world.merge(policy("limits: {hoursAWeek: 6h}"))
    world.merge_request(request("first", window="{duration: 4h}"))
    world.reconcile()
    world.advance("5h")
    world.reconcile()
    world.merge_request(request("second", window="{duration: 3h}"))
    told = refused(world, "policy.hours-a-week")
    assert "second asks for 3h; alice was granted 4h on prod in the seven days before" in told
    assert "2h would pass now" in told
    assert not world.role_exists("JIT_SECOND")
    world.advance("6d23h")
    world.reconcile()
    assert can(world.log_on("ALICE"), PAYROLL)


def test_p26_an_extension_too_many_leaves_the_end_and_the_open_session(world: World) -> None:
    world.merge(policy("limits: {extensions: 1}"))
    start = world.now()
    world.merge_request(request(window=f"{{start: {start}, duration: 2h}}"))
    world.reconcile()
    session = world.log_on("ALICE")
    world.merge_request(request(window=f"{{start: {start}, duration: 3h}}"))
    world.reconcile()
    world.assert_converged()
    world.merge_request(request(window=f"{{start: {start}, duration: 4h}}"))
    told = refused(world, "policy.extensions")
    assert "payroll-fix was extended 1 times on prod; policy allows it once" in told
    assert can(session, PAYROLL)
    world.advance("2h50m")
    refused(world, "policy.extensions")
    assert can(session, PAYROLL)
    world.advance("11m")
    assert not can(session, PAYROLL)


def test_p26_an_end_that_was_only_repaired_counts_as_no_extension(world: World) -> None:
    world.merge(policy("limits: {extensions: 1}"))
    start = world.now()
    world.merge_request(request(window=f"{{start: {start}, duration: 2h}}"))
    world.reconcile()
    world.as_dba("BEGIN DBMS_SCHEDULER.DROP_JOB('RECONCILER.JIT_PAYROLL_FIX', TRUE); END;")
    world.reconcile()
    world.merge_request(request(window=f"{{start: {start}, duration: 3h}}"))
    world.reconcile()
    world.assert_converged()


def test_p25_access_waits_for_the_hours_and_its_duration_counts_from_then(world: World) -> None:
    tomorrow = datetime.fromisoformat(world.now()) + timedelta(days=1)
    day = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[tomorrow.weekday()]
    world.merge(policy(f'hours: {{zone: Etc/UTC, days: [{day}], from: "10:00", to: "12:00"}}'))
    world.merge_request(request(window="{duration: 4h}"))
    ran = world.run("reconcile")
    assert ran.code == 0, ran.out + ran.err
    assert f"begin: from {tomorrow:%Y-%m-%d}T10:00:00Z" in ran.err
    assert not world.role_exists("JIT_PAYROLL_FIX")
    assert "pending" in world.run("status").out
    opening = tomorrow.replace(hour=10, minute=5, second=0)
    wait = opening - datetime.fromisoformat(world.now())
    world.advance(f"{int(wait.total_seconds())}s")
    world.reconcile()
    session = world.log_on("ALICE")
    world.advance("3h50m")
    assert can(session, PAYROLL)
    world.reconcile()
    world.advance("11m")
    assert not can(session, PAYROLL)


def test_p25_access_that_begins_after_its_exception_is_not_granted(world: World) -> None:
    until = at(world, hours=1)
    exception = f"{{rules: [policy.too-long], requests: [payroll-fix], owner: erin, reason: Year end, until: {until}}}"
    lines = ("exceptions:", f"  - {exception.replace('erin', 'carol')}")
    world.merge(policy(*lines, longest="2h"))
    world.merge_request(request(window="{duration: 4h}"))
    assert world.run("validate").code == 0
    world.advance("90m")
    assert "policy.exception-ended" in refused(world, "policy.exception-ended")
    assert not world.role_exists("JIT_PAYROLL_FIX")


def test_p24_a_lease_that_was_granted_is_not_touched_by_new_limits(world: World) -> None:
    world.merge_request(request("first"))
    world.merge_request(request("second", access=ON_JOBS))
    world.reconcile()
    world.merge(policy("limits: {concurrent: 1, extensions: 1, hoursAWeek: 1h}"))
    world.reconcile()
    assert can(world.log_on("ALICE"), PAYROLL)
    assert can(world.log_on("ALICE"), JOBS)
    world.assert_converged()
