"""One run on one target: observe, plan, intent, execute, observe again, prove, outcome."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.desired import break_glass
from reconciler.desired import leases as desired_leases
from reconciler.desired.break_glass import with_openings
from reconciler.desired.objects import reading
from reconciler.ledger import codec
from reconciler.model.changes import Grant, Revoke, effect_line
from reconciler.model.desired import Desired
from reconciler.model.diagnostics import Diagnostic, has_errors, ordered
from reconciler.model.documents import Mode, Target
from reconciler.model.errors import LedgerError, RefusedError
from reconciler.model.exit_codes import ExitCode, worst
from reconciler.model.ledger import CommitKind, Event, LedgerState
from reconciler.model.plan import Plan
from reconciler.model.privileges import Entitlement
from reconciler.model.results import Execution, Receipt, Status, Verdict
from reconciler.model.snapshot import Snapshot
from reconciler.model.usage import Usage
from reconciler.oracle import execute, observe
from reconciler.oracle.session import Session, connect
from reconciler.planning import packing, proof
from reconciler.planning import plan as planning
from reconciler.planning.own_rights import OwnRights
from reconciler.run import journal, record, rights, sealing, usage
from reconciler.run.admission import admitted
from reconciler.run.book import Book, Publish, counted, with_description
from reconciler.run.ordered import Ordered
from reconciler.run.resolution import Dictionary, readable, settle, settled
from reconciler.run.restrict import (
    end_what_was_removed,
    hold_back_removals,
    keep_doubtful_leases,
    lapse_durations_of_a_lost_ledger,
    with_openings_in_error,
)
from reconciler.run.workspace import Workspace

Progress = Callable[[int, int], None]
"""Called with changes done and changes in all."""

Refresh = Callable[[], None]
"""Brings the ledger up to what the others have published; called once the target is locked, because who held the lock before has just written."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What one look at a target gave: everything that is needed to print a plan."""

    target: Target
    desired: Desired
    state: LedgerState
    snapshot: Snapshot
    plan: Plan
    ordered: Ordered | None = None

    @property
    def exit_code(self) -> ExitCode:
        """For read-only commands: drift that nobody may repair counts as a change."""
        codes = [ExitCode.INVALID] if has_errors(self.plan.findings) else []
        if any(row.rule == break_glass.UNREVIEWED for row in self.plan.findings):
            codes.append(ExitCode.PARTIAL)
        if self.plan.brakes:
            codes.append(ExitCode.REFUSED)
        if self.target.mode is Mode.OBSERVE and self.plan.drift:
            codes.append(ExitCode.CHANGES)
        return worst(codes)


Narrow = Callable[[Survey], Survey]
"""Makes of what was seen the part that a command ordered."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a run did to a target. `commits` are the ledger commits it wrote, as (kind, id)."""

    survey: Survey
    execution: Execution | None = None
    receipts: tuple[Receipt, ...] = ()
    unproved: tuple[Diagnostic, ...] = ()
    usages: tuple[Usage, ...] = ()
    commits: tuple[tuple[CommitKind, str], ...] = ()
    round_trips: int = 0
    seconds: float = 0.0

    @property
    def exit_code(self) -> ExitCode:
        codes = [self.survey.exit_code]
        if self.execution is not None and self.execution.interrupted:
            codes.append(
                ExitCode.INTERRUPTED
                if self.execution.interrupted == "interrupted"
                else ExitCode.FAILURE
            )
        failed = self.execution is not None and bool(self.execution.failed)
        if (
            failed
            or self.unproved
            or any(found.verdict is not Verdict.ENDED for found in self.receipts)
        ):
            codes.append(ExitCode.PARTIAL)
        return worst(codes)


def survey(workspace: Workspace, target: Target, session: Session) -> Survey:
    """Reads the target and plans. Changes nothing. Raises DatabaseError, LedgerError, RefusedError for a database that can be no target."""
    snapshot = observe.observe(session, target, reading(workspace.documents, target))
    rights.refuse_root(snapshot)
    return planned(workspace, target, snapshot)


def planned(workspace: Workspace, target: Target, snapshot: Snapshot) -> Survey:
    """Plans from what was read. Raises LedgerError."""
    state = settled(workspace.ledger.read(target.name), snapshot)
    desired = wanted(workspace, target, snapshot, state)
    plan = hold_back_removals(planning.make(desired, snapshot, state), workspace.left_out)
    return Survey(target, desired, state, snapshot, plan)


def wanted(workspace: Workspace, target: Target, snapshot: Snapshot, state: LedgerState) -> Desired:
    """What documents and ledger want of the target. Raises LedgerError."""
    wanted = desired_leases.resolve(
        with_openings(workspace.documents, state.openings.values(), state.leases),
        target,
        snapshot.at,
        state,
        workspace.cap_of,
        workspace.ledger.elsewhere(_without_memory(workspace, target, state), target.name),
        snapshot.objects,
    )
    begun = {row.id for row in state.leases.values() if row.end_reason is not None}
    left_out = with_openings_in_error(workspace.left_out, state.openings.values())
    desired = keep_doubtful_leases(wanted, left_out, begun)
    if workspace.new_ledger:
        desired = lapse_durations_of_a_lost_ledger(desired, snapshot)
    desired = end_what_was_removed(desired, state, snapshot)
    desired = admitted(desired, workspace.documents, target, state, snapshot)
    unreviewed = break_glass.findings(workspace.documents, state.openings)
    return replace(desired, findings=ordered((*desired.findings, *unreviewed)))


def _without_memory(workspace: Workspace, target: Target, state: LedgerState) -> list[str]:
    """The requests of the target that only say how long, and that its ledger does not know."""
    return [
        request.name
        for request in workspace.documents.requests.values()
        if request.name not in state.leases
        and request.window.start is None
        and request.window.until is None
        and request.targets.selects(target)
    ]


def look(workspace: Workspace, target: Target, environment: Mapping[str, str]) -> Survey:
    """`survey` on a session of its own."""
    with connect(target, environment=environment, only_reads=True) as session:
        return survey(workspace, target, session)


def reconcile(
    workspace: Workspace,
    target: Target,
    environment: Mapping[str, str],
    *,
    progress: Progress,
    refresh: Refresh,
    publish: Publish,
    expected_digest: str = "",
    current: Workspace | None = None,
    lock_seconds: int = 60,
    narrow: Narrow | None = None,
) -> Result:
    """Makes the target match, proves it, and writes the ledger. With `expected_digest` nothing runs unless the plan made now has that digest; with
    `current`, unless the documents that are in force by now want all of it too. With `narrow` only what it leaves of the survey runs.

    Raises RefusedError, DatabaseError, LedgerError. A failure after the intent leaves it open for the next run to resolve.
    """
    started = time.monotonic()
    run_name = secrets.token_hex(3)
    with (
        connect(target, environment=environment) as session,
        rights.locked(
            session,
            target.name,
            run_id=run_name,
            timeout=lock_seconds,
            look=lambda: _plan_and_snapshot(survey(workspace, target, session)),
        ),
    ):
        refresh()
        found = survey(workspace, target, session)
        found = narrow(found) if narrow is not None else found
        _refuse_moved_plan(found.plan, expected_digest)
        if current is not None:
            _refuse_stale_plan(found, current)
        run_id = f"{found.plan.at.strftime('%Y%m%dT%H%M%SZ')}-{run_name}"
        people = workspace.documents.people
        book = Book(workspace.ledger, target.name, run_id, found.plan, publish, people)
        result = _work(book, found, session, progress)
        with contextlib.suppress(LedgerError):  # the command publishes again at its end, and tells
            publish()
        return replace(result, round_trips=session.round_trips, seconds=time.monotonic() - started)


def _work(book: Book, found: Survey, session: Session, progress: Progress) -> Result:
    """What a run does once it has its plan."""
    _write_resolution(book, found)
    if found.ordered is None:
        _write_drift(book, found)
    if found.plan.brakes:
        return Result(found, commits=tuple(book.commits))
    own = rights.check(found.plan, found.snapshot)
    found = replace(found, plan=rights.with_findings(found.plan, own))
    execution, after = _carry_out(book, found, session, progress, own)
    others = found.ordered.others if found.ordered else ()
    seen = replace(found.plan, leases=(*found.plan.leases, *others))
    receipts = proof.receipts(seen, found.desired, found.state, after, execution)
    unproved = proof.unproved(found.plan, found.desired, after, execution)
    usages = usage.of_ended(found, after, receipts, session)
    _write_outcome(book, found, execution, after, (receipts, unproved, usages))
    return Result(found, execution, receipts, unproved, usages, tuple(book.commits))


def _plan_and_snapshot(found: Survey) -> tuple[Plan, Snapshot]:
    return found.plan, found.snapshot


def _refuse_moved_plan(plan: Plan, expected_digest: str) -> None:
    if expected_digest and plan.digest != expected_digest:
        raise RefusedError(
            "plan.moved",
            f"{plan.target}: the plan is no longer the one that was saved ({expected_digest[:19]}..., now {plan.digest[:19]}...)",
            hint="documents, ledger or database changed since; make and review a new plan",
        )


def _refuse_stale_plan(found: Survey, current: Workspace) -> None:
    """A plan may wait for its approval while what it would do is taken back."""
    name = found.target.name
    target = current.documents.targets.get(name)
    wanted = planned(current, target, found.snapshot).plan.changes if target else ()
    effects = set(map(effect_line, wanted))
    stale = [row for row in map(effect_line, found.plan.changes) if row not in effects]
    if stale:
        raise RefusedError(
            "plan.stale",
            f"{name}: {len(stale)} changes of the saved plan are not wanted any more by {current.commit[:12]},"
            f" the first of them: {readable(stale[0])}",
            hint="make and review a new plan",
        )


def _write_resolution(book: Book, found: Survey) -> None:
    """A run that was killed left an intent; this run says what became of it before it does anything else."""
    open_intent = found.state.open_intent
    if open_intent is None:
        return
    event = journal.resolved(open_intent, found.snapshot)
    summary = (
        f"run {open_intent.run_id} left no outcome: {len(event.data['in_force'])} of {len(open_intent.effects)} "
        "planned changes are in force"
    )
    entry = book.entry(CommitKind.SYNC, summary, [event])
    granted = codec.granted_to_lines(found.state.granted)
    book.write(replace(entry, granted=granted, closes_intent=True))


def _write_drift(book: Book, found: Survey) -> None:
    drift = found.plan.drift
    if journal.drift_digest(drift) == found.state.drift_digest:
        return
    summary = (
        f"{counted(len(drift), 'difference')} nobody planned" if drift else "no difference any more"
    )
    events = journal.drift(drift, found.plan.at) or [Event("drift-gone", found.plan.at)]
    entry = book.entry(CommitKind.DRIFT, summary, events)
    book.write(replace(entry, drift=journal.drift_state(drift)))


def _carry_out(
    book: Book, found: Survey, session: Session, progress: Progress, own: OwnRights
) -> tuple[Execution | None, Snapshot]:
    """Intent, statements that the account has the right to, and the dictionary afterwards."""
    plan = found.plan
    if plan.is_empty:
        return None, found.snapshot
    opened = journal.open_intent(plan, book.run_id)
    summary = f"{counted(len(plan.changes), 'change')} planned"
    events = [found.ordered.event] if found.ordered else []
    events.append(journal.intent(plan, book.ledger.actor))
    entry = book.entry(CommitKind.INTENT, summary, events)
    if found.ordered is not None:
        entry = replace(entry, leases=found.ordered.begun, openings=found.ordered.openings)
    secret = sealing.seal(plan, book.people)
    book.sealed = secret.files
    book.write(replace(entry, intent=opened, sealed=secret.files))
    units = packing.pack(rights.allowed(plan, own))
    execution = execute.execute(
        session,
        units,
        target=plan.target,
        at=plan.at,
        progress=progress,
        passwords=secret.in_clear,
    )
    execution = rights.with_blocked(execution, plan, own)
    return execution, observe.observe(session, found.target)


def _write_outcome(
    book: Book,
    found: Survey,
    execution: Execution | None,
    after: Snapshot,
    proofs: tuple[tuple[Receipt, ...], tuple[Diagnostic, ...], tuple[Usage, ...]],
) -> None:
    """The outcome of what ran, or a sync commit when only the ledger was behind."""
    plan, state = found.plan, found.state
    receipts, unproved, usages = proofs
    records = record.records(plan, found.desired.lapsed, state, after, receipts)
    if found.ordered is not None:
        records = found.ordered.records(records, with_begun=execution is None)
    granted = _granted(found, execution, after)
    seen = with_description(after, found.snapshot)
    if execution is None and not records:
        book.write_snapshot(seen)
        return
    changed = {row.id for row in records}
    events = journal.outcome(plan, execution, after.at) if execution else []
    events += [found.ordered.event] if found.ordered and not execution else []
    events += [journal.receipt(row) for row in receipts if row.lease_id in changed or execution]
    events += [journal.usage(row) for row in usages]
    events += [journal.lease(row, after.at) for row in records]
    events += [
        Event("unproved", after.at, {"rule": row.rule, "message": row.message}) for row in unproved
    ]
    kind = CommitKind.OUTCOME if execution else CommitKind.SYNC
    summary = _summary(execution, receipts, len(records))
    book.write(
        replace(
            book.with_snapshot(book.entry(kind, summary, events), seen),
            leases=records,
            granted=codec.granted_to_lines(granted) if granted != state.granted else None,
            closes_intent=execution is not None,
            drift=_drift_left(plan, execution),
            sealed=sealing.settled(execution, book.sealed),
            rotated=sealing.rotated(execution, state.rotated, after.at),
        )
    )


def _granted(found: Survey, execution: Execution | None, after: Snapshot) -> frozenset[Entitlement]:
    """The standing entitlements that are ours now. Changes without an outcome, which a call that never answered leaves, are looked up."""
    if execution is None:
        return found.state.granted
    told = {row.change for row in execution.outcomes}
    untold = [effect_line(change) for change in found.plan.changes if change not in told]
    granted = record.granted(found.state, execution.outcomes, after.grants)
    return settle(granted, untold, Dictionary(after))


def _drift_left(plan: Plan, execution: Execution | None) -> bytes | None:
    """The drift file without what this run repaired; None if it repaired none."""
    repaired = {
        row.change.entitlement
        for row in (execution.outcomes if execution else ())
        if isinstance(row.change, Grant | Revoke) and row.status in (Status.DONE, Status.ALREADY)
    }
    left = tuple(row for row in plan.drift if row.entitlement not in repaired)
    return journal.drift_state(left) if len(left) < len(plan.drift) else None


def _summary(execution: Execution | None, receipts: Sequence[Receipt], records: int) -> str:
    parts = []
    if execution is not None:
        failed = len(execution.failed)
        parts.append(
            f"{counted(len(execution.outcomes) - failed, 'change')} done"
            + (f", {failed} not" if failed else "")
        )
    if receipts:
        proved = sum(row.verdict is Verdict.ENDED for row in receipts)
        parts.append(f"{proved} of {counted(len(receipts), 'end')} proved")
    return "; ".join(parts) or f"{counted(records, 'lease')} recorded"


def all_findings(workspace: Workspace, surveys: Sequence[Survey]) -> tuple[Diagnostic, ...]:
    """Findings about the documents and about each target's plan, once each."""
    return ordered(
        [*workspace.findings, *(row for found in surveys for row in found.plan.findings)]
    )
