"""Documents in error are no decision to take something away."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.model.changes import Cause, DropLeaseRole, Grant, Revoke
from reconciler.model.desired import Desired
from reconciler.model.diagnostics import Origin
from reconciler.model.documents import Mode, RemovalLimits, Scope, Target
from reconciler.model.leases import EndReason, Lease, Phase
from reconciler.model.plan import Brake, Plan, digest_of
from reconciler.model.privileges import Entitlement, on_object
from reconciler.model.snapshot import DatabaseIdentity, DeadlineRun, RoleAccount, Snapshot
from reconciler.run.restrict import (
    hold_back_removals,
    keep_doubtful_leases,
    lapse_durations_of_a_lost_ledger,
)

AT = datetime(2026, 12, 1, tzinfo=UTC)
DATABASE = DatabaseIdentity("FREE", 1, "FREEPDB1", 23, "23.26.1.0.0")
TARGET = Target(
    "prod",
    Origin("t"),
    {},
    "dsn",
    "R",
    "P",
    "",
    Mode.AUTHORITATIVE,
    Scope((), (), (), ()),
    RemovalLimits(),
)
JOBS = Entitlement("APP", on_object("SELECT", "HR", "JOBS"))
GRANT = Grant(JOBS, Cause.STANDING)
REVOKE = Revoke(JOBS, Cause.DRIFT, "HR")
END_OF_LEASE = DropLeaseRole("old", "JIT_OLD")


def ending(lease_id: str, reason: EndReason) -> Lease:
    return Lease(
        lease_id,
        "prod",
        Phase.ENDING,
        "ALICE",
        "alice",
        frozenset(),
        AT,
        AT + timedelta(hours=1),
        end_reason=reason,
    )


def desired() -> Desired:
    return Desired(
        TARGET,
        "c",
        AT,
        (ending("old", EndReason.EXPIRED), ending("fix", EndReason.DOCUMENT_REMOVED)),
    )


def plan() -> Plan:
    changes = (END_OF_LEASE, GRANT, REVOKE)
    return Plan(
        "prod",
        Mode.AUTHORITATIVE,
        "c",
        AT,
        DATABASE,
        changes,
        (),
        (),
        (Brake("count", "1", "2"),),
        (),
        digest_of("prod", DATABASE, changes),
    )


def phases(found: Desired) -> dict[str, Phase]:
    return {lease.id: lease.phase for lease in found.leases}


@pytest.mark.parametrize("kind", ["AccessRequest", ""])
def test_a_lease_whose_own_document_is_unreadable_goes_on_to_its_recorded_end(kind: str) -> None:
    kept = keep_doubtful_leases(desired(), {kind: frozenset({"fix"})})
    assert phases(kept) == {"old": Phase.ENDING, "fix": Phase.ACTIVE}


def test_an_end_by_time_is_never_held_back() -> None:
    kept = keep_doubtful_leases(desired(), {"AccessRequest": frozenset({"old"})})
    assert phases(kept) == {"old": Phase.ENDING, "fix": Phase.ENDING}


@pytest.mark.parametrize(
    "left_out", [{}, {"AccessRequest": frozenset({"other"})}, {"Person": frozenset({"fix"})}]
)
def test_another_documents_error_does_not_keep_a_lease_whose_document_is_gone(
    left_out: dict[str, frozenset[str]],
) -> None:
    assert keep_doubtful_leases(desired(), left_out) == desired()


def test_a_lease_whose_end_has_begun_ends_whatever_becomes_of_its_document() -> None:
    kept = keep_doubtful_leases(desired(), {"AccessRequest": frozenset({"fix"})}, {"fix"})
    assert phases(kept) == {"old": Phase.ENDING, "fix": Phase.ENDING}


def test_a_lost_ledger_lapses_durations_that_do_not_run_and_nothing_else() -> None:
    def active(lease_id: str, **window: object) -> Lease:
        found = replace(ending(lease_id, EndReason.EXPIRED), phase=Phase.ACTIVE, end_reason=None)
        return replace(found, **window)  # type: ignore[arg-type]

    waiting: dict[str, object] = {"start": None, "end": None, "duration": timedelta(hours=4)}
    wanted = replace(
        desired(),
        leases=(active("new", **waiting), active("running", **waiting), active("written")),
    )
    empty = Snapshot("prod", AT, DATABASE, "R", roles={"JIT_RUNNING": RoleAccount("JIT_RUNNING")})
    assert lapse_durations_of_a_lost_ledger(wanted, empty) == wanted, "a database that is new too"
    used = replace(empty, deadline_runs=(DeadlineRun("JIT_OLD", AT, succeeded=True),))
    found = lapse_durations_of_a_lost_ledger(wanted, used)
    assert [lease.id for lease in found.leases] == ["running", "written"]
    assert [(row.id, row.phase) for row in found.lapsed] == [("new", Phase.CLOSED)]
    assert [(row.rule, row.is_error) for row in found.findings] == [("ledger.lost", True)]


@pytest.mark.parametrize("kind", ["StandingGrant", "Bundle", "Team", ""])
def test_a_document_that_may_speak_of_standing_access_holds_back_its_revokes(kind: str) -> None:
    held = hold_back_removals(plan(), {kind: frozenset({"other"})})
    assert held.changes == (END_OF_LEASE, GRANT)
    assert held.digest == digest_of("prod", DATABASE, (END_OF_LEASE, GRANT))
    assert held.brakes == ()
    assert [row.rule for row in held.findings] == ["documents.incomplete"]


@pytest.mark.parametrize(
    "left_out", [{}, {"AccessRequest": frozenset({"x"})}, {"Person": frozenset({"x"})}]
)
def test_other_documents_leave_the_plan_as_it_is(left_out: dict[str, frozenset[str]]) -> None:
    assert hold_back_removals(plan(), left_out) == plan()
