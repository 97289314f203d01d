"""Carrying out changes on a database: few round trips, an outcome for each change, and nothing granted without its deadline."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from reconciler.model import names, privileges
from reconciler.model.changes import (
    ArmDeadline,
    Cause,
    Change,
    CreateLeaseRole,
    DropDeadline,
    DropLeaseRole,
    Grant,
    MoveDeadline,
    Narrow,
    Revoke,
)
from reconciler.model.errors import DatabaseError
from reconciler.model.privileges import Entitlement, Privilege
from reconciler.model.results import Execution, Status
from reconciler.oracle.execute import INTERRUPTED, Progress, execute
from reconciler.oracle.observe import observe
from reconciler.oracle.session import connect
from reconciler.oracle.units import SingleChange
from reconciler.planning import packing
from reconciler.sandbox.engine.faults import Fault

SELECT = privileges.on_object("SELECT", "HR", "EMPLOYEES")
MISSING = privileges.on_object("SELECT", "HR", "NO_SUCH_TABLE")


def nothing(done: int, total: int) -> None:
    """No progress to show."""


def grant(grantee: str, privilege: Privilege) -> Grant:
    return Grant(Entitlement(grantee, privilege), Cause.STANDING)


def run(
    database: Any,
    changes: Sequence[Change],
    *,
    progress: Progress = nothing,
    batch_size: int = 300,
) -> Execution:
    with database.session() as session:
        return execute(
            session,
            packing.pack(changes),
            target="hr-prod",
            at=database.now(),
            progress=progress,
            batch_size=batch_size,
        )


def held(database: Any, grantee: str) -> set[Privilege]:
    with database.session() as session:
        found = observe(session, database.target).grants
    return {row.entitlement.privilege for row in found if row.entitlement.grantee == grantee}


def statuses(execution: Execution) -> dict[Change, Status]:
    return {outcome.change: outcome.status for outcome in execution.outcomes}


def lease(database: Any, lease_id: str, grantee: str, wanted: Iterable[Privilege]) -> list[Change]:
    role = names.lease_role(lease_id)
    end = database.now() + timedelta(hours=1)
    return [
        CreateLeaseRole(lease_id, role),
        ArmDeadline(lease_id, role, end),
        *(Grant(Entitlement(role, what), Cause.LEASE_START, lease_id) for what in wanted),
        Grant(Entitlement(grantee, privileges.role(role)), Cause.LEASE_START, lease_id),
    ]


def test_a_lease_starts_with_its_deadline_armed(database: Any) -> None:
    found = run(
        database, lease(database, "fix", "APP_ALICE", [SELECT, privileges.role("HR_READER")])
    )
    assert {outcome.status for outcome in found.outcomes} == {Status.DONE}
    assert not found.interrupted
    assert held(database, "JIT_FIX") == {SELECT, privileges.role("HR_READER")}
    with database.session() as session:
        after = observe(session, database.target)
    job = after.deadlines["JIT_FIX"]
    arm = found.outcomes[1].change
    assert isinstance(arm, ArmDeadline)
    assert arm.end is not None
    assert job.is_armed_for(arm.end)
    assert (job.lease_id, job.target) == ("fix", "hr-prod")
    with database.as_user("APP_ALICE", "alice") as alice, alice.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM HR.EMPLOYEES")
        assert cursor.fetchone() == (0,)


def test_a_deadline_moves_and_goes(database: Any) -> None:
    run(database, lease(database, "fix", "APP_ALICE", [SELECT]))
    later = database.now() + timedelta(hours=3)
    run(database, [MoveDeadline("fix", "JIT_FIX", None, later)])
    with database.session() as session:
        assert observe(session, database.target).deadlines["JIT_FIX"].is_armed_for(later)
    ended = run(database, [DropLeaseRole("fix", "JIT_FIX"), DropDeadline("fix", "JIT_FIX")])
    assert {outcome.status for outcome in ended.outcomes} == {Status.DONE}
    again = run(database, [DropLeaseRole("fix", "JIT_FIX"), DropDeadline("fix", "JIT_FIX")])
    assert {outcome.status for outcome in again.outcomes} == {Status.ALREADY}
    with database.session() as session:
        after = observe(session, database.target)
    assert "JIT_FIX" not in after.deadlines
    assert "JIT_FIX" not in after.roles


def test_grants_that_fit_share_statements_and_one_round_trip(database: Any) -> None:
    changes = [
        grant(who, what)
        for who in ("APP_ALICE", "APP_BOB")
        for what in (SELECT, privileges.system("CREATE TABLE"))
    ]
    found = run(database, changes)
    assert (found.statements, found.round_trips) == (2, 1)
    assert set(statuses(found).values()) == {Status.DONE}
    assert {SELECT, privileges.system("CREATE TABLE")} <= held(database, "APP_BOB")


def test_a_failure_stops_its_own_change_only(database: Any) -> None:
    good, bad, other = (
        grant("APP_ALICE", SELECT),
        grant("NOBODY", SELECT),
        grant("APP_BOB", MISSING),
    )
    found = run(database, [good, bad, other])
    assert statuses(found) == {good: Status.DONE, bad: Status.FAILED, other: Status.FAILED}
    by_change = {outcome.change: outcome for outcome in found.outcomes}
    assert by_change[bad].ora == 1917
    assert by_change[other].ora == 942
    assert "ORA-00942" in by_change[other].message
    assert all(outcome.hint for outcome in found.failed)
    assert found.round_trips == 2
    assert SELECT in held(database, "APP_ALICE")


def test_revoking_what_is_gone_is_success(database: Any) -> None:
    changes = [
        Revoke(Entitlement("APP_BOB", what), Cause.STANDING_REMOVED)
        for what in (
            SELECT,
            MISSING,
            privileges.system("CREATE TABLE"),
            privileges.role("HR_READER"),
        )
    ]
    found = run(database, changes)
    assert [outcome.status for outcome in found.outcomes] == [Status.ALREADY] * 4
    assert {outcome.ora for outcome in found.outcomes} == {1927, 942, 1952, 1951}


def test_narrowing_leaves_the_smaller_part(database: Any) -> None:
    database.run("GRANT UPDATE ON HR.EMPLOYEES TO APP_BOB")
    keep = Entitlement("APP_BOB", privileges.on_column("UPDATE", "HR", "EMPLOYEES", "NAME"))
    whole = Entitlement("APP_BOB", privileges.on_object("UPDATE", "HR", "EMPLOYEES"))
    found = run(database, [Narrow(whole, (keep,), Cause.DRIFT)])
    assert [outcome.status for outcome in found.outcomes] == [Status.DONE]
    assert held(database, "APP_BOB") == {keep.privilege}


def test_narrowing_that_could_not_revoke_does_not_grant(database: Any) -> None:
    keep = Entitlement("APP_BOB", privileges.on_column("UPDATE", "HR", "EMPLOYEES", "NAME"))
    found = run(database, [Narrow(Entitlement("APP_BOB", MISSING), (keep,), Cause.DRIFT)])
    assert [outcome.status for outcome in found.outcomes] == [Status.FAILED]
    assert found.statements == 1
    assert held(database, "APP_BOB") == set()


def test_a_lease_whose_deadline_cannot_be_armed_gets_nothing(database: Any) -> None:
    database.run("REVOKE CREATE JOB FROM RECONCILER")
    changes = lease(database, "fix", "APP_ALICE", [SELECT])
    found = run(database, changes)
    assert [outcome.status for outcome in found.outcomes] == [
        Status.DONE,
        Status.FAILED,
        Status.SKIPPED,
        Status.SKIPPED,
    ]
    assert held(database, "JIT_FIX") == set()
    assert privileges.role("JIT_FIX") not in held(database, "APP_ALICE")


def test_ten_thousand_grants_cost_at_most_sixty_round_trips(database: Any) -> None:
    database.run(
        *(f"CREATE ROLE ROLE_{number}" for number in range(10)),
        *(f"CREATE TABLE HR.T{number} (ID NUMBER)" for number in range(1000)),
    )
    changes = [
        grant(f"ROLE_{role}", privileges.on_object("SELECT", "HR", f"T{table}"))
        for table in range(1000)
        for role in range(10)
    ]
    seen: list[tuple[int, int]] = []
    found = run(database, changes, progress=lambda done, total: seen.append((done, total)))
    assert len(found.outcomes) == 10_000
    assert not found.failed
    assert found.round_trips <= 60
    assert seen[-1] == (10_000, 10_000)


def test_ten_thousand_statements_that_nothing_packs_cost_at_most_sixty_round_trips(
    database: Any,
) -> None:
    database.run(
        *(f"CREATE ROLE ROLE_{number}" for number in range(100)),
        *(f"CREATE TABLE HR.T{number} (ID NUMBER)" for number in range(100)),
    )
    changes = [
        grant(f"ROLE_{role}", privileges.on_object("SELECT", "HR", f"T{table}"))
        for table in range(100)
        for role in range(100)
    ]
    with database.session() as session:
        found = execute(
            session,
            [SingleChange((change,), 0) for change in changes],
            target="hr-prod",
            at=database.now(),
            progress=nothing,
        )
        assert found.statements == 10_000
        assert found.round_trips == session.round_trips <= 60
    assert not found.failed


def test_an_interrupt_lets_the_batch_in_flight_finish(database: Any) -> None:
    changes = [
        grant("APP_BOB", what) for what in (SELECT, privileges.on_object("SELECT", "HR", "JOBS"))
    ]

    def interrupt(done: int, total: int) -> None:
        signal.raise_signal(signal.SIGINT)

    found = run(database, changes, progress=interrupt, batch_size=1)
    assert found.interrupted == INTERRUPTED
    assert [outcome.status for outcome in found.outcomes] == [Status.DONE]
    assert len(held(database, "APP_BOB")) == 1
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_lost_connection_keeps_the_outcomes_so_far(database: Any) -> None:
    changes = [
        grant("APP_BOB", what) for what in (SELECT, privileges.on_object("SELECT", "HR", "JOBS"))
    ]

    def kill(done: int, total: int) -> None:
        for sid, serial in database.rows(
            "SELECT sid, serial# FROM v$session WHERE username = 'RECONCILER'"
        ):
            database.run(f"ALTER SYSTEM KILL SESSION '{sid},{serial}' IMMEDIATE")

    found = run(database, changes, progress=kill, batch_size=1)
    assert "connection was lost" in found.interrupted
    assert len(found.outcomes) == 1
    assert len(held(database, "APP_BOB")) == 1


def test_a_statement_that_no_text_exists_for_fails_alone(database: Any) -> None:
    good, bad = grant("APP_BOB", SELECT), grant("APP_BOB", privileges.system("no such words"))
    assert statuses(run(database, [good, bad])) == {good: Status.DONE, bad: Status.FAILED}


def both_on_hr() -> list[Change]:
    tables = ("EMPLOYEES", "JOBS")
    return [grant("APP_BOB", privileges.on_object("SELECT", "HR", table)) for table in tables]


def with_fault(database: Any, **fault: Any) -> None:
    database.instance.faults.set((Fault.from_mapping({"user": "RECONCILER", **fault}),))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_batch_whose_answer_is_lost_is_not_reported_as_done_and_is_found_by_the_next_run(
    database: Any,
) -> None:
    with database.session() as session:
        with_fault(database, kind="drop-after")
        found = execute(
            session,
            packing.pack(both_on_hr()),
            target="hr-prod",
            at=database.now(),
            progress=nothing,
        )
    assert found.outcomes == ()
    assert "connection was lost" in found.interrupted
    database.instance.faults.set(())
    assert len(held(database, "APP_BOB")) == 2


def test_a_killed_session_ends_the_run_instead_of_counting_as_a_failed_change(
    database: Any,
) -> None:
    with database.session() as session:
        with_fault(database, kind="kill", call=2)
        found = execute(
            session,
            packing.pack(both_on_hr()),
            target="hr-prod",
            at=database.now(),
            progress=nothing,
            batch_size=1,
        )
        with pytest.raises(DatabaseError) as lost:
            session.query("SELECT 1 FROM dual", expect=1)
    assert lost.value.rule == "target.connection-lost"
    assert [outcome.status for outcome in found.outcomes] == [Status.DONE]
    assert "connection was lost" in found.interrupted


def test_a_call_that_takes_too_long_is_broken_off(database: Any, password: str) -> None:
    environment = {"HR_PROD_PASSWORD": password}
    with connect(database.target, environment=environment, statement_seconds=0.3) as session:
        with_fault(database, kind="delay", seconds=5.0)
        found = execute(
            session,
            packing.pack(both_on_hr()[:1]),
            target="hr-prod",
            at=database.now(),
            progress=nothing,
        )
        assert "did not answer in time" in found.interrupted
        assert found.outcomes == ()
        assert session.query("SELECT 1 FROM dual", expect=1) == [(1,)]
