"""Documents, one instant and the ledger -> every lease of a target and where it stands.

The rules, each tested by name:

* The start is the written one; an `until` without start begins at once; a duration without start counts from the activation that the ledger recorded.
* A first start never changes. A later end is an extension: allowed while the recorded end is ahead and within the cap counted from the first start.
* A lease whose recorded end has passed, that was ended by an edit, or whose document is gone, is ending until a receipt closes it. An end that was
  begun goes on, whatever the document says by then.
* A closed lease never comes back, and not on another target either: a duration that was used up elsewhere (before a target was added, or got another
  name) lapses. A request that was over before it was granted lapses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reconciler.desired import rotations, separations, standing
from reconciler.desired.access import Expansion, expand
from reconciler.desired.identities import (
    always_held,
    ending_in_force,
    ending_of,
    is_somebody_else,
    shown,
    watched_by,
)
from reconciler.desired.objects import Objects
from reconciler.desired.windows import Interval, asks_beyond, interval
from reconciler.model import names
from reconciler.model.desired import Desired
from reconciler.model.diagnostics import Diagnostic, Severity, ordered
from reconciler.model.documents import AccessRequest, Documents, Mode, Target
from reconciler.model.identities import ColumnView
from reconciler.model.instants import format_duration, format_instant
from reconciler.model.leases import (
    BY_COMMAND,
    EndReason,
    Lease,
    LeaseRecord,
    Phase,
    RecordStatus,
)
from reconciler.model.ledger import LedgerState
from reconciler.model.privileges import Entitlement
from reconciler.model.snapshot import DatabaseObject

_USED_UP = {
    EndReason.EXPIRED,
    EndReason.ENDED_BY_EDIT,
    EndReason.REMOVED_OUTSIDE,
    *BY_COMMAND,
}
_NOT_ASKED = {EndReason.REMOVED_OUTSIDE, *BY_COMMAND}
"""Ends that the document did not ask for: that it goes on asking is nobody's mistake."""

CapOf = Callable[[AccessRequest, Target], timedelta | None]
"""The longest a request may hold on a target, None where no policy covers it: then nothing is granted or extended there."""


def resolve(
    documents: Documents,
    target: Target,
    at: datetime,
    ledger: LedgerState,
    cap_of: CapOf,
    elsewhere: Iterable[LeaseRecord] = (),
    objects: Iterable[DatabaseObject] = (),
) -> Desired:
    """What is wanted of `target` at the instant `at` (UTC, from the database clock). `elsewhere` are the records of other targets about requests that this
    one does not know, `objects` those that patterns may stand for."""
    used_up = {row.id: row for row in elsewhere if row.end_reason in _USED_UP and row.is_closed}
    known = Objects(target.name, tuple(objects), target.object_labels)
    run = _Run(documents, target, at, cap_of, used_up, known)
    requests = {
        request.name: request
        for request in documents.requests.values()
        if request.targets.selects(target)
    }
    for name in sorted(requests.keys() | ledger.leases.keys()):
        request, record = requests.get(name), ledger.leases.get(name)
        if record is not None and record.status is RecordStatus.NOT_PROVED:
            # the target is there again, so its end can be proved now
            run.leases.append(_from_record(record, record.end_reason or EndReason.REVOKED, request))
        elif request is None:
            if record is not None and not record.is_closed:
                run.leases.append(_without_document(record, at))
        elif record is None:
            _never_granted(run, request)
        elif record.is_closed:
            run.findings += _comes_back(request, record, record.ended_at or record.end, at)
        else:
            _granted(run, request, record)
    wanted = standing.resolve(documents, target, at, known)
    return Desired(
        target=target,
        commit=documents.commit,
        at=at,
        leases=tuple(run.leases),
        standing=wanted.origins,
        explanations=wanted.explanations,
        findings=ordered((*run.findings, *wanted.findings)),
        lapsed=tuple(run.lapsed),
        views={**_recorded_views(ledger), **run.views, **wanted.views},
        rotations=rotations.due(documents, target, at, ledger.rotated),
        separations=separations.resolve(documents, target, known),
    )


def _recorded_views(ledger: LedgerState) -> dict[str, ColumnView]:
    """The column views of leases that are not over: their documents may be gone, and their ends are still to be proved."""
    records = (record for record in ledger.leases.values() if not record.is_closed)
    return {view.name: view for record in records for view in record.views}


@dataclass(slots=True)
class _Run:
    documents: Documents
    target: Target
    at: datetime
    cap_of: CapOf
    used_up: Mapping[str, LeaseRecord]
    objects: Objects
    leases: list[Lease] = field(default_factory=list)
    lapsed: list[Lease] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)
    views: dict[str, ColumnView] = field(default_factory=dict)


def _without_document(record: LeaseRecord, at: datetime) -> Lease:
    reason = EndReason.EXPIRED if record.end <= at else EndReason.DOCUMENT_REMOVED
    return _from_record(record, record.end_reason or reason)


def _from_record(
    record: LeaseRecord, reason: EndReason, request: AccessRequest | None = None
) -> Lease:
    return Lease(
        id=record.id,
        target=record.target,
        phase=Phase.ENDING,
        grantee=record.grantee,
        requester=record.requester,
        entitlements=record.entitlements,
        start=record.first_start,
        end=record.end,
        end_reason=reason,
        origin=request.origin if request else None,
        ending=record.ending,
    )


def ending_now(
    record: LeaseRecord, reason: EndReason, request: AccessRequest | None = None
) -> Lease:
    """The lease of an open record, ordered to end whatever its document says; an end that was begun keeps its reason."""
    return _from_record(record, record.end_reason or reason, request)


def not_recorded(
    documents: Documents, target: Target, request: AccessRequest, at: datetime
) -> Lease:
    """The lease that the request asks for on a target whose ledger does not know it, right or wrong as the request may be."""
    expansion = expand(request.access, documents.bundles, Objects(target.name))
    entitlements = _of_role(target, request, expansion)
    return _lease(target, request, Phase.ACTIVE, entitlements, interval(request.window, at, None))


def _never_granted(run: _Run, request: AccessRequest) -> None:
    held = interval(request.window, run.at, None)
    expansion = _expanded(run, request)
    entitlements, findings = _of_role(run.target, request, expansion), list(expansion.findings)
    if request.ended:
        run.lapsed.append(_lapsed(run, request, entitlements, held))
        return
    if held.end is not None and held.end <= run.at:
        run.lapsed.append(_lapsed(run, request, entitlements, held))
        run.findings.append(_lapsed_finding(request, held.end))
        return
    used_up = run.used_up.get(request.name) if held.start is None else None
    if used_up is not None:
        held = interval(request.window, run.at, used_up.first_start)
        run.lapsed.append(_lapsed(run, request, entitlements, held))
        run.findings.append(_used_up(request, used_up))
        return
    findings += _observed(run.target, request) + _over_cap(run, request, held.length)
    if request.access and not expansion.privileges and not findings:
        findings.append(_nothing_to_grant(run, request))
    run.findings += findings
    if findings:
        return
    pending = held.start is not None and held.start > run.at
    phase = Phase.PENDING if pending else Phase.ACTIVE
    run.leases.append(_lease(run.target, request, phase, entitlements, held))


def _lease(
    target: Target,
    request: AccessRequest,
    phase: Phase,
    entitlements: frozenset[Entitlement],
    held: Interval,
    end_reason: EndReason | None = None,
) -> Lease:
    return Lease(
        id=request.name,
        target=target.name,
        phase=phase,
        grantee=request.user,
        requester=request.requester,
        entitlements=entitlements,
        start=held.start,
        end=held.end,
        duration=None if held.end else held.length,
        end_reason=end_reason,
        origin=request.origin,
        ending=ending_of(request),
        session=request.session,
    )


def _lapsed(
    run: _Run, request: AccessRequest, entitlements: frozenset[Entitlement], held: Interval
) -> Lease:
    return _lease(run.target, request, Phase.CLOSED, entitlements, held, EndReason.LAPSED)


def _granted(run: _Run, request: AccessRequest, record: LeaseRecord) -> None:
    """The ledger says it was granted and no receipt has closed it."""
    if record.status is RecordStatus.REVOKED_BUT_EFFECTIVE:
        run.findings += _comes_back(request, record, record.ended_at or record.end, run.at)
        run.leases.append(_from_record(record, record.end_reason or EndReason.EXPIRED, request))
        return
    if record.end <= run.at:
        run.findings += _comes_back(request, record, record.end, record.end)
        run.leases.append(_from_record(record, EndReason.EXPIRED, request))
        return
    if record.end_reason is not None:
        run.findings += _comes_back(request, record, run.at, run.at)
        run.leases.append(_from_record(record, record.end_reason, request))
        return
    if request.ended:
        run.leases.append(_from_record(record, EndReason.ENDED_BY_EDIT, request))
        return
    end = _end_in_force(run, request, record)
    if end <= run.at:
        run.leases.append(_from_record(record, EndReason.ENDED_BY_EDIT, request))
        return
    fixed = _immutable(request, record)
    expansion = _expanded(run, request)
    run.findings += (*fixed, *expansion.findings)
    wanted = _of_role(run.target, request, expansion)
    run.leases.append(
        Lease(
            id=record.id,
            target=run.target.name,
            phase=Phase.ACTIVE,
            grantee=record.grantee,
            requester=request.requester,
            entitlements=record.entitlements if fixed or expansion.findings else wanted,
            start=record.first_start,
            end=end,
            origin=request.origin,
            ending=ending_in_force(request, record),
            session=request.session,
        )
    )


def _end_in_force(run: _Run, request: AccessRequest, record: LeaseRecord) -> datetime:
    """The document's end, unless it is an extension that the cap forbids; then the recorded one."""
    end = interval(request.window, run.at, record.first_start).end or record.end
    if end < record.end + timedelta(seconds=1):  # the ledger keeps whole seconds
        return end
    findings = _over_cap(run, request, end - record.first_start)
    run.findings += findings
    return record.end if findings else end


def _expanded(run: _Run, request: AccessRequest) -> Expansion:
    """What the access of the request comes to on the target, told where it comes to nothing."""
    expansion = expand(request.access, run.documents.bundles, run.objects)
    run.views |= expansion.views
    if not request.ended:
        run.findings += expansion.notes
    return expansion


def _of_role(
    target: Target, request: AccessRequest, expansion: Expansion
) -> frozenset[Entitlement]:
    """What the role of the lease holds: what the document asks for, and what belongs to every such lease."""
    role = names.lease_role(request.name)
    held = (*always_held(request), *watched_by(target, request), *expansion.privileges)
    return frozenset(wanted.of(role) for wanted in held)


def _over_cap(run: _Run, request: AccessRequest, length: timedelta) -> list[Diagnostic]:
    cap = run.cap_of(request, run.target)
    if cap is None:
        message = f"{request.name}: no policy covers {run.target.name}"
        return [Diagnostic("lease.no-policy", message, request.window.origin)]
    if length <= cap:
        return []
    return [
        Diagnostic(
            "lease.over-cap",
            f"{request.name} asks for {format_duration(length)} from its first start;"
            f" policy allows {format_duration(cap)} on {run.target.name}",
            request.window.origin,
            hint="shorten the window, or ask for a new lease when this one has ended",
        )
    ]


def _observed(target: Target, request: AccessRequest) -> list[Diagnostic]:
    if target.mode is not Mode.OBSERVE:
        return []
    message = f"{request.name}: target {target.name} is only observed, nothing is granted there"
    return [Diagnostic("lease.observed-target", message, request.targets.origin)]


def _nothing_to_grant(run: _Run, request: AccessRequest) -> Diagnostic:
    message = f"{request.name} comes to nothing on {run.target.name}, so it is not granted there"
    hint = "ask for objects that exist"
    return Diagnostic("lease.nothing", message, request.origin, hint=hint)


def _lapsed_finding(request: AccessRequest, end: datetime) -> Diagnostic:
    return Diagnostic(
        "lease.lapsed",
        f"{request.name} was over at {format_instant(end)}, before it was ever granted",
        request.window.origin,
        Severity.NOTICE,
        hint="a new request with a new name is needed",
    )


def _used_up(request: AccessRequest, record: LeaseRecord) -> Diagnostic:
    return Diagnostic(
        "lease.used-up",
        f"{request.name} ended on {record.target} at {format_instant(record.ended_at or record.end)}; its time is not given again elsewhere",
        request.window.origin,
        Severity.WARNING,
        hint="a new request with a new name is needed",
    )


def _immutable(request: AccessRequest, record: LeaseRecord) -> list[Diagnostic]:
    if not is_somebody_else(request, record):
        return []
    return [
        Diagnostic(
            "lease.immutable",
            f"{request.name} was granted to {shown(record.grantee, record.ending)}"
            f" and cannot change to {shown(request.user, ending_of(request))}",
            request.user_origin,
            hint="end this lease and open a new request",
        )
    ]


def _comes_back(
    request: AccessRequest, record: LeaseRecord, ended_at: datetime, asked_after: datetime
) -> list[Diagnostic]:
    """The finding for a document that asks for a lease that has ended: its window runs on after `asked_after`, or it is somebody else's request
    under an old name."""
    runs_on = asks_beyond(request.window, record.first_start, asked_after)
    other = is_somebody_else(request, record)
    if request.ended or not (runs_on or other):
        return []
    if not other and record.end_reason in _NOT_ASKED:
        return [_still_asks(request, record, ended_at)]
    return [
        Diagnostic(
            "lease.never-comes-back",
            f"{request.name} ended at {format_instant(ended_at)} and never comes back",
            request.window.origin,
            hint="open a new request with a new name",
        )
    ]


def _still_asks(request: AccessRequest, record: LeaseRecord, ended_at: datetime) -> Diagnostic:
    by_command = record.end_reason in BY_COMMAND
    how = "by command" if by_command else "outside, by somebody who took its role away"
    return Diagnostic(
        "lease.never-comes-back",
        f"{request.name} was ended {how} on {record.target} at {format_instant(ended_at)} and never comes back; its document still asks for it",
        request.window.origin,
        Severity.WARNING,
        hint="merge the branch that the command left, or write `ended: true` into the request"
        if by_command
        else "write `ended: true` into the request; who needs the access asks with a new one",
    )
