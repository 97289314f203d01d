"""Whether an approval is still good when access begins: it lapses with time, and covers only what its reviewers saw."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from reconciler.ledger.store import Entry
from reconciler.model.approvals import ApprovalRecord
from reconciler.model.desired import Desired
from reconciler.model.diagnostics import Diagnostic, Severity, ordered
from reconciler.model.documents import AccessRequest, Documents
from reconciler.model.instants import format_duration, format_instant
from reconciler.model.leases import Lease, LeaseRecord, Phase
from reconciler.model.ledger import LedgerState
from reconciler.model.plan import Plan
from reconciler.policy.approval.lessening import access_of
from reconciler.policy.caps import activate_within, least_notice

RecordOf = Callable[[str], ApprovalRecord | None]
"""How a request was approved; None for one that was there before policy asked."""


def no_record(_: str) -> ApprovalRecord | None:
    """For a run without documents that were reviewed."""
    return None


def approvals_of_new(
    plan: Plan, state: LedgerState, record_of: RecordOf
) -> tuple[ApprovalRecord, ...]:
    """How the leases that the plan begins were approved, by name."""
    begun = (
        row.id for row in plan.leases if row.phase is Phase.ACTIVE and row.id not in state.leases
    )
    found = (record_of(name) for name in sorted(begun))
    return tuple(row for row in found if row is not None)


def with_approvers(entry: Entry, approvals: Iterable[ApprovalRecord]) -> Entry:
    """The entry with a trailer that names everybody whose approval it rests on."""
    people = sorted({person for row in approvals for person in row.by})
    return replace(entry, trailers={**entry.trailers, "Approved-By": ", ".join(people)})


def admit(
    desired: Desired,
    state: LedgerState,
    documents: Documents,
    record_of: RecordOf,
    begun: Collection[str],
) -> Desired:
    """Without the leases that would begin now on an approval that does not cover them any more; those that run get nothing more by it. `begun` are the roles
    of those that a run granted and could not record."""
    work = _Admission(desired, documents, record_of)
    findings: list[Diagnostic] = []
    leases: list[Lease] = []
    for lease in desired.leases:
        known = state.leases.get(lease.id)
        wanted = lease.phase in (Phase.ACTIVE, Phase.PENDING)
        if wanted and known is not None:
            found = [replace(row, severity=Severity.WARNING) for row in work.moved(lease)]
            leases.append(_no_wider(lease, known) if found else lease)
        else:
            begins = wanted and lease.role not in begun
            found = list(work.findings(lease)) if begins else []
            leases += [] if found else [lease]
        findings += found
    if not findings:
        return desired
    return replace(desired, leases=tuple(leases), findings=ordered((*desired.findings, *findings)))


def _no_wider(lease: Lease, known: LeaseRecord) -> Lease:
    """A lease that runs with no more than it has, though what it names comes to more by now. What it lost by that is taken away."""
    return replace(lease, entitlements=lease.entitlements & known.entitlements)


class _Admission:
    def __init__(self, desired: Desired, documents: Documents, record_of: RecordOf) -> None:
        self._desired = desired
        self._documents = documents
        self._record_of = record_of

    def moved(self, lease: Lease) -> Iterator[Diagnostic]:
        """A finding when the request comes to something else than what was approved."""
        for request, record in self._approved(lease):
            if access_of(request, self._documents) != record.access:
                yield self._moved(request, record)

    def findings(self, lease: Lease) -> Iterator[Diagnostic]:
        yield from self.moved(lease)
        for request, record in self._approved(lease):
            yield from self._too_early_or_late(request, record)

    def _approved(self, lease: Lease) -> Iterator[tuple[AccessRequest, ApprovalRecord]]:
        """The request of the lease with its approval, if both are there."""
        request = self._documents.requests.get(lease.id)
        record = self._record_of(lease.id) if request is not None else None
        if request is not None and record is not None:
            yield request, record

    def _too_early_or_late(
        self, request: AccessRequest, record: ApprovalRecord
    ) -> Iterator[Diagnostic]:
        least = least_notice(request, self._desired.target, self._documents)
        if request.window.start is None and self._desired.at < record.approved_at + least:
            yield self._waits(request, record.approved_at + least)
        lapses = self._lapses(request, record)
        if lapses is not None and self._desired.at > lapses:
            yield self._lapsed(request, record, lapses)

    def _lapses(self, request: AccessRequest, record: ApprovalRecord) -> datetime | None:
        within = activate_within(request, self._desired.target, self._documents)
        if within is None:
            return None
        least = least_notice(request, self._desired.target, self._documents)
        return max(record.approved_at + least, request.window.start or record.approved_at) + within

    def _waits(self, request: AccessRequest, until: datetime) -> Diagnostic:
        return Diagnostic(
            "policy.waits-for-notice",
            f"{request.name} waits until {format_instant(until)}: policy wants so much time between the merge and the start",
            request.window.origin,
            Severity.NOTICE,
            hint="nothing to do: the run after that instant grants it",
        )

    def _moved(self, request: AccessRequest, record: ApprovalRecord) -> Diagnostic:
        return Diagnostic(
            "approval.moved",
            f"{request.name} comes to something else by now than what was approved with {record.commit[:12]}: a bundle or a target that it names was changed;"
            " it gets nothing that was not approved",
            request.origin,
            hint="have the request reviewed again: any edit of it, such as of its reason, does",
        )

    def _lapsed(
        self, request: AccessRequest, record: ApprovalRecord, lapses: datetime
    ) -> Diagnostic:
        within = activate_within(request, self._desired.target, self._documents)
        return Diagnostic(
            "approval.lapsed",
            f"{request.name} was approved at {format_instant(record.approved_at)} and did not begin within {format_duration(within or timedelta(0))};"
            f" the approval lapsed at {format_instant(lapses)}",
            request.origin,
            hint="open a new request; an approval is for the work at hand",
        )
