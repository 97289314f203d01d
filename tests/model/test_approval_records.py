"""From when an approved request's time to begin counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.model.approvals import ApprovalRecord
from reconciler.model.policies import EvidenceKind

SEEN = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
MERGED = SEEN - timedelta(hours=3)


@pytest.mark.parametrize(("merged", "counts"), [(MERGED, MERGED), (None, SEEN)])
def test_it_counts_from_the_merge_where_a_service_vouches_for_it_else_from_when_it_was_seen(
    merged: datetime | None, counts: datetime
) -> None:
    record = ApprovalRecord(
        request="fix",
        path="grants/requests/fix.yaml",
        blob="0" * 40,
        commit="1" * 40,
        seen_at=SEEN,
        merged_at=merged,
        by=("bob",),
        risk=10,
        access="sha256:0",
        kind=EvidenceKind.SIGNATURES if merged is None else EvidenceKind.GITHUB,
    )
    assert record.approved_at == counts
