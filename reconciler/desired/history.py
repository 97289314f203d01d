"""What the ledger knows of a requester on a target, as one value."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.leases import EndReason, LeaseRecord, PastLease, RecordStatus
from reconciler.model.risk import RequesterHistory

_TAKEN_AWAY = (EndReason.REVOKED, EndReason.EMERGENCY)


def summed(leases: Iterable[LeaseRecord | PastLease]) -> RequesterHistory:
    """From the leases of one requester. One that lapsed was never granted."""
    granted = [row for row in leases if row.status is not RecordStatus.LAPSED]
    return RequesterHistory(
        granted=len(granted),
        revoked=sum(row.end_reason in _TAKEN_AWAY for row in granted),
        extended=sum(row.extensions for row in granted),
    )
