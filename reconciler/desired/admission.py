"""What policy counts while access runs: how many leases at once, hours a week, extensions, when access may begin, and exceptions that are over.

Judged for leases that are not granted yet, at the instant of the run, and for extensions. A lease that was granted is never touched: of an extension that is
refused the recorded end stays. Break-glass access is its own document's business, and counts for nobody's limits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from reconciler.model.break_glass import is_lease
from reconciler.model.desired import Desired
from reconciler.model.diagnostics import Diagnostic, Origin, Severity, ordered
from reconciler.model.documents import AccessRequest
from reconciler.model.instants import format_duration, format_instant
from reconciler.model.leases import Lease, LeaseRecord, Phase, RecordStatus
from reconciler.model.ledger import LedgerState
from reconciler.model.policies import Limits

WEEK = timedelta(days=7)
_NEVER = datetime.max.replace(tzinfo=UTC)
_SECOND = timedelta(seconds=1)  # the ledger keeps whole seconds


@dataclass(frozen=True, slots=True)
class Rules:
    """What policy says of requests on the target. `opens_at`: None when a request without a written start may begin at the instant, else when it may, the
    greatest instant for never. `exception_ended`: what is against access that begins at the instant, None for nothing."""

    limits_for: Callable[[AccessRequest], Limits]
    opens_at: Callable[[AccessRequest, datetime], datetime | None]
    exception_ended: Callable[[AccessRequest, datetime], Diagnostic | None]


def admit(
    desired: Desired,
    requests: Mapping[str, AccessRequest],
    ledger: LedgerState,
    rules: Rules,
    begun: Collection[str] = (),
) -> Desired:
    """What is wanted without the leases that may not begin now, and with the recorded ends of those that may not be extended. `requests` are by name; a lease
    without one is left as it is. `begun` are leases that are in force although the ledger does not know them."""
    work = _Admission(desired, requests, ledger, rules, frozenset(begun))
    judged = dict(work.judged())
    return replace(
        desired,
        leases=tuple(
            lease
            for lease in (judged.get(row.id, row) for row in desired.leases)
            if lease is not None
        ),
        findings=ordered((*desired.findings, *work.findings)),
    )


@dataclass(slots=True)
class _Admission:
    desired: Desired
    requests: Mapping[str, AccessRequest]
    ledger: LedgerState
    rules: Rules
    begun: frozenset[str]
    findings: list[Diagnostic] = field(default_factory=list)
    admitted: list[Lease] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        return self.desired.at

    def judged(self) -> Iterator[tuple[str, Lease | None]]:
        """The leases that are not as they were, by id: None for one that does not begin. First come those that asked to begin first, then by name."""
        active = [row for row in self.desired.leases if row.phase is Phase.ACTIVE]
        for lease in sorted(active, key=lambda row: (row.start or self.at, row.id)):
            request = self.requests.get(lease.id)
            if request is None or is_lease(lease.id):
                continue
            record = self.ledger.leases.get(lease.id)
            if record is not None:
                yield lease.id, self._extended(lease, record, request)
            elif lease.id not in self.begun:
                yield lease.id, self._new(lease, request)

    def _new(self, lease: Lease, request: AccessRequest) -> Lease | None:
        opens = self.rules.opens_at(request, self.at)
        if opens is not None:
            return self._waiting(lease, opens)
        ended = self.rules.exception_ended(request, lease.start or self.at)
        limits = self.rules.limits_for(request)
        found = [ended] if ended else []
        found += self._too_many(lease, limits)
        found += self._too_long(lease, _asked(lease, self.at), limits)
        self.findings += found
        if found:
            return None
        self.admitted.append(lease)
        return lease

    def _waiting(self, lease: Lease, opens: datetime) -> Lease | None:
        """Not granted now; shown with the start that the hours would give it."""
        if opens >= _NEVER:
            self.findings.append(_never_opens(lease))
            return None
        self.findings.append(_waits(lease, opens))
        end = lease.end or opens + (lease.duration or timedelta(0))
        return replace(lease, phase=Phase.PENDING, start=opens, end=end, duration=None)

    def _extended(self, lease: Lease, record: LeaseRecord, request: AccessRequest) -> Lease:
        if lease.end is None or lease.end < record.end + _SECOND:
            return lease
        limits = self.rules.limits_for(request)
        found = list(_too_often(lease, record, limits))
        found += self._too_long(lease, lease.end - record.end, limits)
        self.findings += found
        return replace(lease, end=record.end) if found else lease

    def _too_many(self, lease: Lease, limits: Limits) -> Iterator[Diagnostic]:
        if limits.concurrent is None:
            return
        running = sorted(
            self._running(lease.requester), key=lambda row: (row.end or _NEVER, row.id)
        )
        if len(running) < limits.concurrent:
            return
        first = running[0] if running else None
        ends = f" {first.id} ends at {format_instant(first.end)}." if first and first.end else ""
        shown = f": {', '.join(sorted(row.id for row in running))}" if running else ""
        yield Diagnostic(
            "policy.concurrent",
            f"{lease.id} would be lease {len(running) + 1} of {lease.requester} at one time on {lease.target};"
            f" policy allows {limits.concurrent}{shown}",
            lease.origin,
            hint=f"it is granted once fewer of them are in force.{ends}",
            related=_places(limits),
        )

    def _running(self, requester: str) -> list[Lease]:
        known = self.ledger.leases.keys() | self.begun
        in_force = [row for row in self.desired.leases if row.id in known]
        return [
            row
            for row in (*in_force, *self.admitted)
            if row.phase is Phase.ACTIVE and row.requester == requester and not is_lease(row.id)
        ]

    def _too_long(self, lease: Lease, asked: timedelta, limits: Limits) -> Iterator[Diagnostic]:
        if limits.hours_a_week is None:
            return
        granted = self._granted(lease.requester)
        if granted + asked <= limits.hours_a_week:
            return
        left = limits.hours_a_week - granted
        passes = (
            f"{format_duration(left)} would pass now"
            if left >= _SECOND
            else "nothing passes until what was granted is more than seven days old"
        )
        yield Diagnostic(
            "policy.hours-a-week",
            f"{lease.id} asks for {format_duration(asked)}; {lease.requester} was granted {format_duration(granted)} on {lease.target} in the seven"
            f" days before {format_instant(self.at)}, and policy allows {format_duration(limits.hours_a_week)} a week",
            lease.origin,
            hint=passes,
            related=_places(limits),
        )

    def _granted(self, requester: str) -> timedelta:
        """What was granted in the seven days before now, each lease with all that is still to come of it."""
        total = timedelta(0)
        for record in self.ledger.leases.values():
            if record.requester == requester and not is_lease(record.id):
                total += _in_week(record, self.at)
        unrecorded = [row for row in self.desired.leases if row.id in self.begun]
        for lease in (*unrecorded, *self.admitted):
            if lease.requester == requester and lease.id not in self.ledger.leases:
                total += _asked(lease, self.at)
        return total


def _in_week(record: LeaseRecord, at: datetime) -> timedelta:
    if record.status is RecordStatus.LAPSED:
        return timedelta(0)
    end = min(record.end, record.ended_at or record.end)
    return max(timedelta(0), end - max(record.first_start, at - WEEK))


def _asked(lease: Lease, at: datetime) -> timedelta:
    if lease.end is None:
        return lease.duration or timedelta(0)
    return lease.end - (lease.start or at)


def _places(limits: Limits) -> tuple[Origin, ...]:
    return (limits.origin,) if limits.origin else ()


def _too_often(lease: Lease, record: LeaseRecord, limits: Limits) -> Iterator[Diagnostic]:
    if limits.extensions is None or record.extensions < limits.extensions:
        return
    times = "once" if limits.extensions == 1 else f"{limits.extensions} times"
    yield Diagnostic(
        "policy.extensions",
        f"{lease.id} was extended {record.extensions} times on {lease.target}; policy allows it"
        f" {times if limits.extensions else 'never'}, so it ends at {format_instant(record.end)}",
        lease.origin,
        hint="write the old end back; who needs longer access asks with a new request",
        related=_places(limits),
    )


def _waits(lease: Lease, opens: datetime) -> Diagnostic:
    too_late = lease.end is not None and lease.end <= opens
    return Diagnostic(
        "policy.waits-for-hours",
        f"{lease.id} waits for the hours in which policy lets access to {lease.target} begin: from {format_instant(opens)}"
        + (", when its window is over" if too_late else ""),
        lease.origin,
        Severity.WARNING if too_late else Severity.NOTICE,
        hint="give it a later end" if too_late else "the first run from then on grants it",
    )


def _never_opens(lease: Lease) -> Diagnostic:
    return Diagnostic(
        "policy.waits-for-hours",
        f"{lease.id}: the hours of the policies for {lease.target} never let access begin",
        lease.origin,
        hint="the hours of these policies have no time in common; somebody has to change one of them",
    )
