"""What the ledger knows of a requester."""

from __future__ import annotations

from typing import Any

from reconciler.desired.history import summed
from reconciler.model.leases import EndReason, PastLease, RecordStatus
from reconciler.model.risk import RequesterHistory


def test_grants_what_was_taken_away_and_extensions_are_counted(papers: Any) -> None:
    ended = {"status": RecordStatus.ENDED, "ended_at": papers.NOW}
    records = [
        papers.record("running", extensions=2),
        papers.record("done", **ended, end_reason=EndReason.DONE),
        papers.record("revoked", **ended, end_reason=EndReason.REVOKED, extensions=1),
        papers.record("stopped", **ended, end_reason=EndReason.EMERGENCY),
        papers.record("never", status=RecordStatus.LAPSED, end_reason=EndReason.LAPSED),
    ]
    assert summed(records) == RequesterHistory(granted=4, revoked=2, extended=3)
    assert summed([]) == RequesterHistory()


def test_the_index_of_people_gives_the_same(papers: Any) -> None:
    row = PastLease("a", papers.NOW, papers.NOW, RecordStatus.GRANTED, extensions=1)
    assert summed([row]) == RequesterHistory(granted=1, extended=1)
