"""What the ledger tells about targets and requesters, for the risk of a request. Nothing else is asked, so that the same question has the same answer later."""

from __future__ import annotations

from reconciler.desired.history import summed
from reconciler.ledger.store import Ledger
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
            histories[key] = summed(ledger.history(target, requester))
        return histories[key]

    return Surroundings(snapshot, history)
