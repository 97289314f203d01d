"""What a request would count to on a target, against the limits of its policies. The ledger's leases come in; nothing is read here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from reconciler.model.diagnostics import Diagnostic
from reconciler.model.documents import AccessRequest, Documents, Target
from reconciler.model.instants import format_duration
from reconciler.model.leases import LeaseRecord
from reconciler.policy.lengths import length_of
from reconciler.policy.limits import limits_for

WEEK = timedelta(days=7)


def check_counts(
    request: AccessRequest,
    target: Target,
    documents: Documents,
    records: Iterable[LeaseRecord],
    at: datetime,
    waiting: int = 0,
) -> Iterator[Diagnostic]:
    """Findings if the request, beginning at the instant `at` (UTC), would be one lease too many or too much for a week. `records` are the leases on the
    target that the ledger knows, `waiting` is how many other new ones the same person asks for."""
    limits = limits_for(request, target, documents)
    related = (limits.origin,) if limits.origin else ()
    own = [row for row in records if row.requester == request.requester and row.id != request.name]
    running = sum(not row.is_closed and row.end > at for row in own)
    if limits.concurrent is not None and running + waiting + 1 > limits.concurrent:
        yield Diagnostic(
            "policy.too-many-leases",
            f"{request.requester} would have {running + waiting + 1} leases on {target.name} at the same time;"
            f" policy allows {limits.concurrent}",
            request.origin,
            hint="hand one back first: reconciler done LEASE",
            related=related,
        )
    length = length_of(request)
    if limits.hours_a_week is None or length is None:
        return
    granted = sum((_length(row) for row in own if at - WEEK <= row.first_start <= at), timedelta())
    if granted + length > limits.hours_a_week:
        left = max(limits.hours_a_week - granted, timedelta())
        yield Diagnostic(
            "policy.too-much-a-week",
            f"{request.requester} had {format_duration(granted)} on {target.name} in the last seven days and asks for {format_duration(length)};"
            f" policy allows {format_duration(limits.hours_a_week)} a week",
            request.window.origin,
            hint=f"{format_duration(left)} would pass now" if left else "ask again in some days",
            related=related,
        )


def _length(record: LeaseRecord) -> timedelta:
    """How long a lease was granted for; one that ended early, how long it was there."""
    return max(min(record.ended_at or record.end, record.end) - record.first_start, timedelta())
