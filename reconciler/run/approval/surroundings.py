"""What the ledger tells about targets and requesters, for the risk of a request. Nothing else is asked, so that the same question has the same answer later."""

from __future__ import annotations

from reconciler.ledger.store import Ledger
from reconciler.model.leases import EndReason
from reconciler.model.risk import RequesterHistory
from reconciler.model.snapshot import Snapshot
from reconciler.run.approval.judging import Surroundings


def of_ledger(ledger: Ledger) -> Surroundings:
    """The last snapshot of each target and the history of each requester, as they are at the tip; each is read once."""
    snapshots: dict[str, Snapshot | None] = {}
    histories: dict[tuple[str, str], RequesterHistory] = {}

    def snapshot(target: str) -> Snapshot | None:
        if target not in snapshots:
            recorded = ledger.snapshot(target)
            snapshots[target] = recorded.snapshot if recorded else None
        return snapshots[target]

    def history(target: str, requester: str) -> RequesterHistory:
        key = (target, requester)
        if key not in histories:
            histories[key] = _history(ledger, target, requester)
        return histories[key]

    return Surroundings(snapshot, history)


def _history(ledger: Ledger, target: str, requester: str) -> RequesterHistory:
    rows = [row for row in ledger.read(target).leases.values() if row.requester == requester]
    revoked = {EndReason.REVOKED, EndReason.EMERGENCY}
    return RequesterHistory(len(rows), sum(row.end_reason in revoked for row in rows))
