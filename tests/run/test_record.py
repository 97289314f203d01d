"""What the ledger keeps is what the dictionary said afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from reconciler.model.changes import Cause, Grant, Narrow, Revoke
from reconciler.model.diagnostics import Origin
from reconciler.model.documents import Mode
from reconciler.model.identities import column_view
from reconciler.model.leases import EndReason, Lease, LeaseRecord, Phase, RecordStatus
from reconciler.model.ledger import LedgerState
from reconciler.model.names import GATE_SCHEMA
from reconciler.model.plan import Plan
from reconciler.model.privileges import Entitlement, on_column, on_object, role
from reconciler.model.results import ChangeOutcome, EndedBy, Receipt, Status, Verdict
from reconciler.model.snapshot import (
    DatabaseIdentity,
    DeadlineJob,
    DeadlineRun,
    HeldGrant,
    RoleAccount,
    Snapshot,
)
from reconciler.run import record

AT = datetime(2026, 12, 1, 14, 0, tzinfo=UTC)
END = AT + timedelta(hours=4)
DATABASE = DatabaseIdentity("FREE", 1, "FREEPDB1", 23, "23.26.1.0.0")
SELECT = Entitlement("JIT_FIX", on_object("SELECT", "HR", "PAYROLL"))


def lease(phase: Phase = Phase.ACTIVE, **changes: object) -> Lease:
    found = Lease(
        "fix",
        "prod",
        phase,
        "ALICE",
        "alice",
        frozenset({SELECT}),
        AT,
        END,
        origin=Origin("grants/fix.yaml", 1, 1),
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def plan(*leases: Lease) -> Plan:
    return Plan("prod", Mode.ADDITIVE, "c0ffee", AT, DATABASE, (), (), leases, (), (), "sha256:0")


def snapshot(*, with_role: bool, end: datetime | None = END) -> Snapshot:
    roles = {"JIT_FIX": RoleAccount("JIT_FIX")} if with_role else {}
    deadlines = (
        {"JIT_FIX": DeadlineJob("JIT_FIX", end, enabled=True, lease_id="fix", target="prod")}
        if end
        else {}
    )
    return Snapshot(
        "prod",
        AT,
        DATABASE,
        "RECONCILER",
        roles=roles,
        created_roles=frozenset(roles),
        deadlines=deadlines,
    )


def granted_record() -> LeaseRecord:
    return LeaseRecord(
        "fix",
        "prod",
        RecordStatus.GRANTED,
        "ALICE",
        "alice",
        AT,
        END,
        frozenset({SELECT}),
        "grants/fix.yaml",
    )


def receipt(verdict: Verdict) -> Receipt:
    return Receipt(
        "fix",
        "prod",
        "ALICE",
        "JIT_FIX",
        EndReason.EXPIRED,
        EndedBy.DEADLINE,
        END,
        END,
        END,
        verdict,
        (SELECT,),
    )


def test_a_lease_is_granted_when_its_role_is_there() -> None:
    assert record.records(plan(lease()), (), LedgerState("prod"), snapshot(with_role=True), ()) == (
        granted_record(),
    )


def test_a_lease_whose_role_could_not_be_made_is_not_recorded() -> None:
    assert (
        record.records(plan(lease()), (), LedgerState("prod"), snapshot(with_role=False), ()) == ()
    )


def test_an_activation_is_recorded_with_the_end_that_the_database_holds() -> None:
    floating = lease(start=None, end=None, duration=timedelta(hours=2))
    armed = snapshot(with_role=True, end=AT + timedelta(hours=2))
    (found,) = record.records(plan(floating), (), LedgerState("prod"), armed, ())
    assert (found.first_start, found.end) == (AT, AT + timedelta(hours=2))


def test_an_extension_keeps_the_first_start() -> None:
    before = LedgerState(
        "prod", {"fix": replace(granted_record(), first_start=AT - timedelta(hours=1))}
    )
    later = END + timedelta(hours=1)
    (found,) = record.records(
        plan(lease(end=later)), (), before, snapshot(with_role=True, end=later), ()
    )
    assert (found.first_start, found.end) == (AT - timedelta(hours=1), later)


def test_an_extension_whose_deadline_did_not_move_is_not_recorded() -> None:
    before = LedgerState("prod", {"fix": granted_record()})
    extended = lease(end=END + timedelta(hours=1))
    assert record.records(plan(extended), (), before, snapshot(with_role=True), ()) == ()


def test_a_deadline_that_somebody_moved_away_does_not_lengthen_a_lease() -> None:
    far = snapshot(with_role=True, end=END + timedelta(days=900))
    (found,) = record.records(plan(lease()), (), LedgerState("prod"), far, ())
    assert found.end == END


def test_an_activation_by_a_killed_run_started_when_its_deadline_tells() -> None:
    floating = lease(start=None, end=None, duration=timedelta(hours=4))
    armed = snapshot(with_role=True, end=AT + timedelta(hours=3))
    (found,) = record.records(plan(floating), (), LedgerState("prod"), armed, ())
    assert (found.first_start, found.end) == (AT - timedelta(hours=1), AT + timedelta(hours=3))


def test_somebody_elses_role_or_deadline_of_that_name_is_not_recorded_as_a_lease() -> None:
    ours = snapshot(with_role=True)
    others_job = replace(ours.deadlines["JIT_FIX"], target="other")
    for foreign in (
        replace(ours, created_roles=frozenset()),
        replace(ours, deadlines={"JIT_FIX": others_job}),
    ):
        assert record.records(plan(lease()), (), LedgerState("prod"), foreign, ()) == ()


def test_nothing_is_written_when_nothing_differs() -> None:
    state = LedgerState("prod", {"fix": granted_record()})
    assert record.records(plan(lease()), (), state, snapshot(with_role=True), ()) == ()


def test_only_a_receipt_ends_a_lease() -> None:
    state = LedgerState("prod", {"fix": granted_record()})
    ending = plan(lease(Phase.ENDING, end_reason=EndReason.EXPIRED))
    gone = snapshot(with_role=False, end=None)
    assert record.records(ending, (), state, gone, ()) == ()
    (begun,) = record.records(ending, (), state, gone, (receipt(Verdict.NOT_ENDED),))
    assert begun == replace(granted_record(), end_reason=EndReason.EXPIRED)
    assert not begun.is_closed
    (ended,) = record.records(ending, (), state, gone, (receipt(Verdict.ENDED),))
    assert (ended.status, ended.ended_at, ended.end_reason) == (
        RecordStatus.ENDED,
        END,
        EndReason.EXPIRED,
    )
    (loud,) = record.records(ending, (), state, gone, (receipt(Verdict.REVOKED_BUT_EFFECTIVE),))
    assert loud.status is RecordStatus.REVOKED_BUT_EFFECTIVE
    assert not loud.is_closed


def test_an_end_that_only_the_job_log_remembers_is_recorded_before_the_log_is_purged() -> None:
    floating = lease(start=None, end=None, duration=timedelta(hours=4))
    run = DeadlineRun("JIT_FIX", AT - timedelta(hours=1), succeeded=True)
    gone = replace(snapshot(with_role=False, end=None), deadline_runs=(run,))
    (found,) = record.records(plan(floating), (), LedgerState("prod"), gone, ())
    assert (found.status, found.first_start, found.end, found.ended_at) == (
        RecordStatus.ENDED,
        AT - timedelta(hours=5),
        AT - timedelta(hours=1),
        AT - timedelta(hours=1),
    )
    failed = replace(gone, deadline_runs=(run._replace(succeeded=False),))
    assert record.records(plan(floating), (), LedgerState("prod"), failed, ()) == ()


def test_an_orphan_gets_a_record_of_its_own() -> None:
    (found,) = record.records(
        plan(), (), LedgerState("prod"), snapshot(with_role=False), (receipt(Verdict.ENDED),)
    )
    assert (found.id, found.is_closed) == ("fix", True)


def test_a_lapsed_request_is_closed_once() -> None:
    over = lease(start=AT - timedelta(days=2), end=AT - timedelta(days=1))
    (found,) = record.records(plan(), (over,), LedgerState("prod"), snapshot(with_role=False), ())
    assert found.status is RecordStatus.LAPSED
    assert (
        record.records(
            plan(), (over,), LedgerState("prod", {"fix": found}), snapshot(with_role=False), ()
        )
        == ()
    )


def outcome(change: Grant | Revoke | Narrow, status: Status = Status.DONE) -> ChangeOutcome:
    return ChangeOutcome(change, status)


def test_standing_entitlements_are_ours_from_their_grant_to_their_revoke() -> None:
    reader = Entitlement("APP", role("HR_READER"))
    state = LedgerState("prod", granted=frozenset({reader}))
    select = Entitlement("APP", on_object("SELECT", "HR", "JOBS"))
    assert record.granted(state, [outcome(Grant(select, Cause.STANDING))], ()) == {reader, select}
    assert record.granted(state, [outcome(Grant(select, Cause.STANDING), Status.FAILED)], ()) == {
        reader
    }
    assert (
        record.granted(state, [outcome(Revoke(reader, Cause.STANDING_REMOVED), Status.ALREADY)], ())
        == set()
    )
    assert record.granted(
        state, [outcome(Grant(SELECT, Cause.LEASE_START, lease_id="fix"))], ()
    ) == {reader}


def test_narrowing_forgets_the_columns_that_went() -> None:
    first, second = (
        Entitlement("APP", on_column("UPDATE", "HR", "EMPLOYEES", name))
        for name in ("SALARY", "EMAIL")
    )
    other = Entitlement("APP", on_column("UPDATE", "HR", "JOBS", "EMAIL"))
    state = LedgerState("prod", granted=frozenset({first, second, other}))
    narrow = Narrow(
        Entitlement("APP", on_object("UPDATE", "HR", "EMPLOYEES")),
        (second,),
        Cause.STANDING_REMOVED,
    )
    assert record.granted(state, [outcome(narrow)], ()) == {second, other}


def test_what_the_dictionary_still_has_stays_ours_whatever_its_revoke_reported() -> None:
    reader = Entitlement("APP", role("HR_READER"))
    state = LedgerState("prod", granted=frozenset({reader}))
    gone = [outcome(Revoke(reader, Cause.STANDING_REMOVED), Status.ALREADY)]
    assert record.granted(state, gone, {HeldGrant(reader)}) == {reader}


def test_p35_what_column_views_showed_is_kept_with_the_lease() -> None:
    view = column_view("HR", "PAYROLL", ["NET"])
    held = Entitlement("JIT_FIX", on_object("SELECT", GATE_SCHEMA, view.name))
    planned = replace(
        plan(lease(entitlements=frozenset({held, SELECT}))), views={view.name: view, "OTHER": view}
    )
    after = snapshot(with_role=True)
    (found,) = record.records(planned, (), LedgerState("prod"), after, ())
    assert found.views == (view,)
    state = LedgerState("prod", {"fix": found})
    assert record.records(planned, (), state, after, ()) == ()


def test_p26_an_end_that_an_edit_moves_later_is_counted() -> None:
    state = LedgerState("prod", {"fix": replace(granted_record(), extensions=1)})
    ends = {END: 1, END - timedelta(hours=1): 1, END + timedelta(hours=1): 2}
    for end, extensions in ends.items():
        edited = lease(end=end)
        found = record.records(plan(edited), (), state, snapshot(with_role=True, end=end), ())
        kept = {row.id: row for row in found}.get("fix", state.leases["fix"])
        assert (kept.end, kept.extensions) == (end, extensions)


def test_a_receipt_keeps_how_often_a_lease_was_extended() -> None:
    state = LedgerState("prod", {"fix": replace(granted_record(), extensions=2)})
    ending = lease(Phase.ENDING, end_reason=EndReason.EXPIRED)
    told = receipt(Verdict.ENDED)
    (ended,) = record.records(plan(ending), (), state, snapshot(with_role=False), (told,))
    assert (ended.status, ended.extensions) == (RecordStatus.ENDED, 2)
