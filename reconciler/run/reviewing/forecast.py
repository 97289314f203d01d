"""Where leases will stand later, if what was proposed is merged now and nothing else changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from reconciler.model.leases import Lease, Phase
from reconciler.model.review import ForecastRow
from reconciler.model.snapshot import RecordedSnapshot
from reconciler.run.reviewing.plans import TargetPlans


def forecast(
    planned: Mapping[str, tuple[RecordedSnapshot, TargetPlans] | None], at: datetime
) -> tuple[ForecastRow, ...]:
    """Every lease that is known of the targets, those that are in force now and those of the change, at the instant `at` (UTC), by target, end and name."""
    rows = [
        row
        for found in planned.values()
        if found is not None
        for lease in found[1].desired.leases
        for row in _row(lease, found[1].snapshot.at, at)
    ]
    return tuple(sorted(rows, key=lambda row: (row.target, row.end, row.lease_id)))


def _row(lease: Lease, now: datetime, at: datetime) -> Iterator[ForecastRow]:
    """A duration that waits for its activation counts from now. What ends already is over."""
    start = lease.start or now
    end = lease.end or (start + lease.duration if lease.duration else None)
    if end is None:
        return
    if lease.phase is Phase.ENDING or end <= at:
        state = "over"
    elif start > at:
        state = "not begun"
    else:
        state = "in force"
    yield ForecastRow(lease.target, lease.id, state, start, end)
