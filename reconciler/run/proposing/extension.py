"""Another end for a lease that goes on: an edit of its request's window, counted from the first start that the ledger keeps.

The edit is only proposed. Merged, it moves the deadline in the database; nothing is revoked, and an open session never notices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.documents import branch
from reconciler.documents.edit import NotEditableError, with_window
from reconciler.documents.suggestions import did_you_mean
from reconciler.model.break_glass import is_lease
from reconciler.model.diagnostics import Diagnostic, Severity
from reconciler.model.documents import AccessRequest
from reconciler.model.errors import InvalidInputError, RefusedError
from reconciler.model.instants import format_duration, format_instant
from reconciler.model.leases import LeaseRecord, RecordStatus
from reconciler.policy import caps
from reconciler.run.proposing.proposal import Change, Desk, message
from reconciler.run.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Wish:
    """Exactly one of `by` (so much longer) and `until` (an instant, UTC)."""

    lease: str
    reason: str
    by: timedelta | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """The edit, and what is worth knowing about it. `ends` says in words how long the lease holds then."""

    change: Change
    ends: str
    findings: tuple[Diagnostic, ...]


def extend(workspace: Workspace, desk: Desk, wish: Wish, author: tuple[str, str]) -> Extension:
    """Raises InvalidInputError for a lease that nobody knows or a window that cannot be edited, RefusedError for one that has ended or that policy does not
    allow to go on, LedgerError."""
    request = _request(workspace, wish.lease)
    records = _records(workspace, request)
    live = _live(request, records, desk.at)
    field, value, ends = _window(request, live, wish)
    path = request.origin.path
    data = _edited(workspace, path, field, value)
    judged = desk.judge(path, data, before=request)
    errors = [*judged.errors, *_over_caps(workspace, judged.request or request, live)]
    if errors:
        raise _refused(wish.lease, errors)
    trailers = {"Lease": wish.lease, "Reason": wish.reason}
    text = message(f"Extend {wish.lease}", f"{wish.lease} holds {ends}.", trailers)
    change = Change(path, data, f"reconciler/extend-{wish.lease}", text, author)
    notes = [row for row in judged.findings if not row.is_error]
    return Extension(change, ends, (*notes, *_over_elsewhere(request, records, live)))


def _request(workspace: Workspace, lease: str) -> AccessRequest:
    if is_lease(lease):
        raise RefusedError(
            "extend.break-glass",
            f"{lease} is an opening of break-glass access, which is never extended",
            hint="ask for the rest with reconciler request",
        )
    requests = workspace.well_formed.requests
    found = requests.get(lease)
    if found is not None:
        return found
    if lease in workspace.left_out.get("AccessRequest", frozenset()):
        raise InvalidInputError(
            "extend.has-errors",
            f"the request {lease} has errors",
            hint="reconciler validate names them",
        )
    recorded = [
        workspace.ledger.read(name).leases.get(lease) for name in workspace.ledger.targets()
    ]
    hint = did_you_mean(lease, requests) or "reconciler status --all lists the leases"
    if any(recorded):
        hint = "its document is gone; what is to go on needs a new request"
    raise InvalidInputError("lease.unknown", f"no request is called {lease!r}", hint=hint)


def _records(workspace: Workspace, request: AccessRequest) -> Mapping[str, LeaseRecord | None]:
    """What the ledger knows of the lease, by target; None where it has not begun."""
    targets = sorted(workspace.documents.targets.items())
    return {
        name: workspace.ledger.read(name).leases.get(request.name)
        for name, target in targets
        if request.targets.selects(target)
    }


def _live(
    request: AccessRequest, records: Mapping[str, LeaseRecord | None], at: datetime
) -> tuple[LeaseRecord, ...]:
    """The records that go on. Raises RefusedError when there is nothing that could."""
    if request.ended:
        raise _has_ended(request, "by an edit of its document")
    known = [row for row in records.values() if row is not None]
    live = tuple(row for row in known if _why_over(row, at) is None)
    if known and not live and len(known) == len(records):
        raise _has_ended(
            request, "; ".join(f"on {row.target} {_why_over(row, at)}" for row in known)
        )
    return live


def _why_over(record: LeaseRecord, at: datetime) -> str | None:
    """When and why the lease is over, None while it goes on."""
    reason = f" ({record.end_reason.value})" if record.end_reason else ""
    if record.is_closed or record.status is RecordStatus.REVOKED_BUT_EFFECTIVE:
        return f"at {format_instant(record.ended_at or record.end)}{reason}"
    if record.end <= at:
        return f"at {format_instant(record.end)} (expired)"
    return f"by order{reason}" if record.end_reason else None


def _has_ended(request: AccessRequest, how: str) -> RefusedError:
    return RefusedError(
        "extend.ended",
        f"{request.name} has ended {how}, and a lease that has ended never comes back",
        hint="ask again with reconciler request; the new lease gets a name of its own",
        origin=request.origin,
    )


def _window(
    request: AccessRequest, live: tuple[LeaseRecord, ...], wish: Wish
) -> tuple[str, str, str]:
    """The field of the window to edit, its new value, and both in words. Raises InvalidInputError."""
    window = request.window
    if window.until is not None:
        until = wish.until if wish.until is not None else window.until + (wish.by or timedelta(0))
        _must_be_later(request, until, window.until)
        return "until", format_instant(until), f"until {format_instant(until)}"
    duration = window.duration or timedelta(0)
    start = window.start or max((row.first_start for row in live), default=None)
    if wish.until is None:
        longer = duration + (wish.by or timedelta(0))
    elif start is None:
        raise InvalidInputError(
            "extend.not-begun",
            f"{request.name} has not begun, and its {format_duration(duration)} count from its start, which nobody knows yet",
            origin=window.origin,
            hint="say how much longer with --for",
        )
    else:
        _must_be_later(request, wish.until, start + duration)
        longer = wish.until - start
    since = (
        f" from {format_instant(start)}, until {format_instant(start + longer)}"
        if start
        else " from its start"
    )
    return "duration", format_duration(longer), f"for {format_duration(longer)}{since}"


def _must_be_later(request: AccessRequest, until: datetime, now: datetime) -> None:
    if until > now:
        return
    raise InvalidInputError(
        "extend.not-later",
        f"{request.name} ends at {format_instant(now)}; {format_instant(until)} is not later",
        origin=request.window.origin,
        hint=f"reconciler done {request.name} ends it now; for another earlier end edit its window",
    )


def _edited(workspace: Workspace, path: str, field: str, value: str) -> bytes:
    try:
        data = branch.read(workspace.repository, workspace.commit, path) or b""
        return with_window(data, path, field, value)
    except NotEditableError as error:
        raise InvalidInputError(
            "document.by-hand",
            f"{path} cannot be edited by a program: {error}",
            hint=f"write `{field}: {value}` into its window by hand",
        ) from None


def _over_caps(
    workspace: Workspace, request: AccessRequest, live: tuple[LeaseRecord, ...]
) -> list[Diagnostic]:
    """What policies say of the new end, counted from the first start on each target."""
    found = []
    for record in live:
        window = request.window
        end = window.until or (window.start or record.first_start) + (
            window.duration or timedelta(0)
        )
        cap = caps.cap_for(request, workspace.documents.targets[record.target], workspace.documents)
        found.append(caps.check_extension(record.first_start, end, cap, window.origin))
    return [row for row in found if row is not None]


def _refused(lease: str, errors: list[Diagnostic]) -> RefusedError:
    message = f"{lease} cannot go on so long"
    hint = "nothing was written"
    last = Diagnostic("extend.refused", message, hint=hint)
    return RefusedError(
        "extend.refused", message, hint=hint, findings=(*dict.fromkeys(errors), last)
    )


def _over_elsewhere(
    request: AccessRequest, records: Mapping[str, LeaseRecord | None], live: tuple[LeaseRecord, ...]
) -> list[Diagnostic]:
    going_on = {row.target for row in live}
    over = sorted(name for name, row in records.items() if row is not None and name not in going_on)
    if not over:
        return []
    return [
        Diagnostic(
            "extend.elsewhere-over",
            f"{request.name} has ended on {', '.join(over)} and stays so there",
            request.targets.origin,
            Severity.NOTICE,
        )
    ]
