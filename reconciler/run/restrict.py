"""What a run may not do on doubtful knowledge: take away what documents in error may want, or grant what a lost ledger may have ended."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from reconciler.model.break_glass import Opening
from reconciler.model.changes import is_clean_up, is_removal
from reconciler.model.desired import Desired
from reconciler.model.diagnostics import Diagnostic, Severity, ordered
from reconciler.model.leases import EndReason, Lease, Phase
from reconciler.model.ledger import LedgerState
from reconciler.model.plan import Plan, digest_of
from reconciler.model.snapshot import Snapshot

LeftOut = Mapping[str, frozenset[str]]
"""Names of documents in error, by kind; kind "" for a file that does not tell its kind."""

_ABOUT_STANDING = frozenset({"StandingGrant", "Bundle", "Team", ""})
"""Kinds of documents that say what standing access is wanted."""


def keep_doubtful_leases(
    desired: Desired, left_out: LeftOut, begun: Collection[str] = ()
) -> Desired:
    """A granted lease whose own document is in error goes on as the ledger knows it, until its recorded end, instead of ending early. `begun` are the leases
    whose end has begun: nothing keeps those."""
    unreadable = left_out.get("AccessRequest", frozenset()) | left_out.get("", frozenset())
    unreadable = unreadable.difference(begun)
    if not unreadable:
        return desired
    return replace(desired, leases=tuple(_kept(lease, unreadable) for lease in desired.leases))


def with_openings_in_error(left_out: LeftOut, openings: Iterable[Opening]) -> LeftOut:
    """Break-glass leases whose document is in error go on as well."""
    broken = left_out.get("BreakGlass", frozenset())
    leases = frozenset(row.lease for row in openings if row.document in broken)
    if not leases:
        return left_out
    return {**left_out, "AccessRequest": left_out.get("AccessRequest", frozenset()) | leases}


def _kept(lease: Lease, unreadable: frozenset[str]) -> Lease:
    if lease.id in unreadable and lease.end_reason is EndReason.DOCUMENT_REMOVED:
        return replace(lease, phase=Phase.ACTIVE, end_reason=None)
    return lease


def lapse_durations_of_a_lost_ledger(desired: Desired, snapshot: Snapshot) -> Desired:
    """For a ledger that knows nothing although deadlines have run in the database: it was lost, or not fetched. Which durations were used up nobody can
    tell any more, so those that are not running lapse; a written start or end needs no memory."""
    if not snapshot.deadline_runs:
        return desired
    in_doubt = [lease for lease in desired.leases if _is_in_doubt(lease, snapshot)]
    lapsed = (replace(row, phase=Phase.CLOSED, end_reason=EndReason.LAPSED) for row in in_doubt)
    names = ", ".join(lease.id for lease in in_doubt) or "none"
    finding = Diagnostic(
        "ledger.lost",
        f"{desired.target.name}: deadlines of leases have run here, and the ledger knows of no lease; requests that are not granted for that: {names}",
        hint="bring the audit branch back before the next run; if it is gone for good, new requests need new names",
    )
    return replace(
        desired,
        leases=tuple(lease for lease in desired.leases if lease not in in_doubt),
        lapsed=(*desired.lapsed, *lapsed),
        findings=ordered((*desired.findings, finding)),
    )


def end_what_was_removed(desired: Desired, state: LedgerState, snapshot: Snapshot) -> Desired:
    """A lease that was seen in force and whose role, or temporary user, is gone before its end was taken away by somebody outside, on purpose or with the
    whole database: that closes it, and nothing grants it again (docs/adr/0010). A lease that the ledger does not know yet was never seen in force."""
    removed = {
        lease.id
        for lease in desired.leases
        if lease.phase is Phase.ACTIVE and lease.id in state.leases and _is_gone(lease, snapshot)
    }
    if not removed:
        return desired
    leases = tuple(
        replace(lease, phase=Phase.ENDING, end_reason=EndReason.REMOVED_OUTSIDE)
        if lease.id in removed
        else lease
        for lease in desired.leases
    )
    findings = [_removed(lease, snapshot) for lease in leases if lease.id in removed]
    return replace(desired, leases=leases, findings=ordered((*desired.findings, *findings)))


def _is_gone(lease: Lease, snapshot: Snapshot) -> bool:
    user = lease.ending.temporary_user
    return lease.role not in snapshot.roles or bool(user and user not in snapshot.users)


def _removed(lease: Lease, snapshot: Snapshot) -> Diagnostic:
    gone = f"role {lease.role}" if lease.role not in snapshot.roles else "temporary user"
    return Diagnostic(
        "lease.removed-outside",
        f"lease {lease.id}: its {gone} is gone from {lease.target} before its end, and it was not the reconciler that dropped it;"
        " the lease is closed",
        lease.origin,
        Severity.WARNING,
        hint="find out who dropped it and why; who needs the access asks with a new request",
    )


def _is_in_doubt(lease: Lease, snapshot: Snapshot) -> bool:
    waits = lease.phase is Phase.ACTIVE and lease.start is None and lease.end is None
    return waits and lease.role not in snapshot.roles


def hold_back_removals(plan: Plan, left_out: LeftOut) -> Plan:
    """The plan without revokes of standing access while a document that may want that access is in error."""
    if _ABOUT_STANDING.isdisjoint(left_out):
        return plan
    held = sum(is_removal(row) and not is_clean_up(row) for row in plan.changes)
    if not held:
        return plan
    changes = tuple(row for row in plan.changes if not (is_removal(row) or is_clean_up(row)))
    finding = Diagnostic(
        "documents.incomplete",
        f"{plan.target}: {held} revokes held back, because documents are in error",
        severity=Severity.WARNING,
        hint="mend the documents named above; the revokes follow with the next run",
    )
    return replace(
        plan,
        changes=changes,
        brakes=(),
        findings=(*plan.findings, finding),
        digest=digest_of(plan.target, plan.database, changes),
    )
