"""From the answers of somebody who asks to access on the database, and to more time while he works."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.model.exit_codes import ExitCode
from reconciler.model.instants import format_instant, parse_instant
from tests.scenarios.world import World, can

TOTALS = "SELECT COUNT(*) FROM hr.payroll"
ASKED = (
    "--requester", "alice", "--target", "prod", "--privilege", "SELECT on HR.PAYROLL",
    "--reason", "Payroll totals are wrong", "--for", "4h",
)  # fmt: skip
LEASE = "hr-payroll-alice"


@pytest.fixture(autouse=True)
def nobody_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())


def merge(world: World, command: str, *arguments: str) -> None:
    """What somebody proposes by a command is reviewed and merged."""
    ran = world.run(command, *arguments, "--output", "json")
    assert ran.code == ExitCode.OK, ran.err
    world.git("merge", "-q", ran.json["branch"])


def deadline(world: World) -> str:
    """When the job in the database ends the lease, UTC."""
    rows = world.as_dba(
        "SELECT TO_CHAR(SYS_EXTRACT_UTC(next_run_date), 'YYYY-MM-DD\"T\"HH24:MI:SS') FROM dba_scheduler_jobs"
        " WHERE job_name = 'JIT_HR_PAYROLL_ALICE'"
    )
    return f"{rows[0][0]}Z"


def later(instant: str, **by: int) -> str:
    return format_instant(parse_instant(instant) + timedelta(**by))


def test_what_request_wrote_is_granted_and_ends(world: World) -> None:
    merge(world, "request", *ASKED)
    assert world.reconcile()["failed"] is False
    session = world.log_on("ALICE")
    assert can(session, TOTALS)
    world.advance("241m")
    world.reconcile()
    assert not can(session, TOTALS)


def test_p26_an_extension_moves_the_deadline_and_the_open_session_never_notices(
    world: World,
) -> None:
    merge(world, "request", *ASKED)
    world.reconcile()
    session = world.log_on("ALICE")
    assert can(session, TOTALS)
    before = deadline(world)

    merge(world, "extend", LEASE, "--for", "2h", "--reason", "The repair is still running")
    effects = world.effects()
    assert [row.split()[0] for row in effects] == ["move-deadline"], effects
    world.reconcile()
    assert deadline(world) == later(before, hours=2)
    assert can(session, TOTALS)

    world.advance("301m")  # an hour after the first end
    assert can(session, TOTALS)
    world.reconcile()
    assert can(session, TOTALS)
    world.advance("61m")
    assert not can(session, TOTALS)


def test_p26_until_an_instant_is_exactly_until_then(world: World) -> None:
    merge(world, "request", *ASKED)
    world.reconcile()
    wanted = later(deadline(world), minutes=95)
    merge(world, "extend", LEASE, "--until", wanted, "--reason", "The repair is still running")
    world.reconcile()
    assert deadline(world) == wanted


def test_p26_the_cap_counts_from_the_first_start_over_every_extension(world: World) -> None:
    """The policy allows 12 hours; the third extension would be the first that is too long."""
    merge(world, "request", *ASKED)
    world.reconcile()
    for _ in range(2):
        merge(world, "extend", LEASE, "--for", "4h", "--reason", "Still running")
        world.reconcile()
        world.advance("3h")
    ran = world.run("extend", LEASE, "--for", "1m", "--reason", "Still running")
    assert ran.code == ExitCode.REFUSED
    assert "policy.too-long" in ran.err
    assert "12h" in ran.err


def test_a_lease_that_has_ended_is_not_extended(world: World) -> None:
    merge(world, "request", *ASKED)
    world.reconcile()
    assert world.run("done", LEASE).code == ExitCode.OK
    ran = world.run("extend", LEASE, "--for", "1h", "--reason", "I need it again")
    assert ran.code == ExitCode.REFUSED
    assert f"error extend.ended: {LEASE} has ended on prod at " in ran.err
    assert "(done), and a lease that has ended never comes back" in ran.err
    assert "ask again with reconciler request" in ran.err


def test_a_name_that_the_ledger_knows_is_not_proposed_again(world: World) -> None:
    """Its document is gone, and the lease has ended: the name stays used."""
    merge(world, "request", *ASKED)
    world.reconcile()
    world.git("rm", "-q", "-r", "grants/requests")
    world.git("commit", "-q", "-m", "Take the request back")
    world.reconcile()
    world.git("branch", "-q", "-D", f"reconciler/request-{LEASE}")
    ran = world.run("request", *ASKED, "--dry-run")
    assert f"metadata: {{name: {LEASE}-2}}\n" in ran.out
    assert world.run("request", *ASKED, "--name", LEASE).code == ExitCode.INVALID
    assert "its document is gone" in world.run("extend", LEASE, "--for", "1h", "--reason", "x").err


def test_an_extension_before_the_start_is_an_edit_like_any_other(world: World) -> None:
    start = format_instant(datetime.now(UTC) + timedelta(hours=2))
    merge(world, "request", *ASKED, "--start", start)
    world.reconcile()
    merge(world, "extend", LEASE, "--for", "1h", "--reason", "It takes longer")
    world.advance("3h")
    world.reconcile()
    assert deadline(world) == later(start, hours=5)
