"""What Oracle's numbers mean for a change."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reconciler.model import privileges
from reconciler.model.changes import (
    ArmDeadline,
    Cause,
    Change,
    CreateColumnView,
    CreateLeaseRole,
    DropDeadline,
    DropLeaseRole,
    Grant,
    MoveDeadline,
    Narrow,
    Revoke,
)
from reconciler.model.identities import column_view
from reconciler.model.names import GATE_SCHEMA
from reconciler.model.privileges import Entitlement
from reconciler.model.results import Status
from reconciler.oracle import outcomes
from reconciler.oracle.batch import NOT_RUN, StepResult

END = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
HELD = Entitlement("JIT_FIX", privileges.on_object("SELECT", "HR", "EMPLOYEES"))
CREATE = CreateLeaseRole("fix", "JIT_FIX")
ARM = ArmDeadline("fix", "JIT_FIX", END)
MOVE = MoveDeadline("fix", "JIT_FIX", None, END)
DROP_JOB = DropDeadline("fix", "JIT_FIX")
DROP_ROLE = DropLeaseRole("fix", "JIT_FIX")
GRANT = Grant(HELD, Cause.LEASE_START, "fix")
REVOKE = Revoke(HELD, Cause.DRIFT, "HR")
NOT_RUN_STEP = StepResult(NOT_RUN, "")
NARROW = Narrow(HELD, (), Cause.DRIFT)


def status(change: Change, *numbers: int) -> Status:
    return outcomes.of_change(change, [StepResult(ora, f"ORA-{ora:05d}") for ora in numbers]).status


@pytest.mark.parametrize(
    ("change", "numbers"),
    [
        (REVOKE, (1927, 1951, 1952, 25709, 942, 4042, 1917, 1918, 1919)),
        (CREATE, (1921,)),
        (DROP_ROLE, (1919,)),
        (DROP_JOB, (27475, 27476)),
    ],
)
def test_already_so_is_success(change: Change, numbers: tuple[int, ...]) -> None:
    assert {status(change, number) for number in numbers} == {Status.ALREADY}


@pytest.mark.parametrize(
    ("change", "number"),
    [
        (GRANT, 1917),
        (GRANT, 942),
        (REVOKE, 1031),
        (CREATE, 1031),
        (DROP_ROLE, 1924),
        (MOVE, 27476),
        (NARROW, 942),
    ],
)
def test_everything_else_has_failed_and_says_what_to_do(change: Change, number: int) -> None:
    found = outcomes.of_change(change, [StepResult(number, "text")])
    assert (found.status, found.ora, found.message) == (Status.FAILED, number, "text")
    assert found.hint


def test_a_deadline_job_that_exists_is_a_failure_because_its_end_may_be_another() -> None:
    assert status(ARM, 27477) is Status.FAILED


def test_narrowing_has_failed_when_the_grant_back_failed() -> None:
    assert status(NARROW, 0, 942) is Status.FAILED
    assert status(NARROW, 1031, NOT_RUN) is Status.FAILED
    assert status(NARROW, 1927, 0) is Status.DONE


@pytest.mark.parametrize("failing", [CREATE, ARM, MOVE])
def test_a_lease_whose_role_or_deadline_failed_gets_no_grants(failing: Change) -> None:
    dependencies = outcomes.Dependencies()
    dependencies.note(outcomes.of_change(failing, [StepResult(1031, "no")]))
    assert dependencies.reason_to_skip(GRANT)
    assert dependencies.reason_to_skip(ARM)
    assert not dependencies.reason_to_skip(Grant(HELD, Cause.LEASE_START, "another"))
    assert not dependencies.reason_to_skip(Grant(HELD, Cause.STANDING))
    assert not dependencies.reason_to_skip(REVOKE)


def test_a_lease_whose_role_could_not_be_dropped_keeps_its_deadline() -> None:
    dependencies = outcomes.Dependencies()
    dependencies.note(outcomes.of_change(DROP_ROLE, [StepResult(1031, "no")]))
    assert dependencies.reason_to_skip(DROP_JOB)


def test_p35_nothing_is_granted_on_a_column_view_that_could_not_be_made() -> None:
    dependencies = outcomes.Dependencies()
    view, other = column_view("HR", "EMPLOYEES", ["ID"]), column_view("HR", "JOBS", ["ID"])
    made = CreateColumnView(view, "fix")
    dependencies.note(outcomes.of_change(made, [StepResult(1720, "ORA-01720"), NOT_RUN_STEP]))

    def on(name: str) -> Grant:
        held = Entitlement("ALICE", privileges.on_object("SELECT", GATE_SCHEMA, name))
        return Grant(held, Cause.STANDING)

    assert dependencies.reason_to_skip(on(view.name)) == f"view {view.name} could not be made"
    assert dependencies.reason_to_skip(on(other.name)) == ""
    assert dependencies.reason_to_skip(GRANT) == ""


def test_what_was_already_so_stops_nothing() -> None:
    dependencies = outcomes.Dependencies()
    dependencies.note(outcomes.of_change(CREATE, [StepResult(1921, "exists")]))
    dependencies.note(outcomes.of_change(DROP_ROLE, [StepResult(1919, "gone")]))
    assert not dependencies.reason_to_skip(GRANT)
    assert not dependencies.reason_to_skip(DROP_JOB)
