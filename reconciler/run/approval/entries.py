"""What judging leaves in the ledger: the evidence of each change with what came of it, and how far the branch was judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from reconciler.ledger import evidence, layout
from reconciler.ledger.store import Entry
from reconciler.model.approvals import ApprovalRecord, ApprovalsState, Verdict
from reconciler.model.instants import format_instant
from reconciler.model.ledger import CommitKind, Event
from reconciler.policy.approval.lessening import access_of
from reconciler.run.approval.judging import Judgement


def state_after(state: ApprovalsState, judged: Sequence[Judgement]) -> ApprovalsState:
    """How far the branch is judged with these judgements, which follow the state."""
    if not judged:
        return state
    newest = judged[-1]
    return ApprovalsState(state.baseline, newest.change.commit, newest.held)


def entry(state: ApprovalsState, judged: Sequence[Judgement], at: datetime, run_id: str) -> Entry:
    """The ledger commit of judging up to `state`. `at` is the clock of the run (UTC): no database is concerned."""
    files: dict[str, bytes | None] = {
        layout.approvals_state(): evidence.dump(evidence.state_to_json(state))
    }
    for row in judged:
        if row.verdicts or not row.asked:
            files[layout.evidence(row.change.commit)] = evidence.dump(evidence_of(row, at))
        for record in records(row, at):
            files[layout.approval(record.request)] = evidence.dump(evidence.record_to_json(record))
    verdicts = [verdict for row in judged for verdict in row.verdicts]
    events = [Event("approval", at, {"commit": row.change.commit, **_told(row)}) for row in judged]
    trailers = {"Source-Commit": state.judged, "Approved-By": ", ".join(approvers(verdicts))}
    return Entry(
        CommitKind.APPROVAL,
        layout.APPROVALS,
        run_id,
        at,
        _summary(state, judged, verdicts),
        events or [Event("approvals-begin", at, {"baseline": state.baseline})],
        trailers,
        files=files,
    )


def evidence_of(judgement: Judgement, at: datetime) -> Mapping[str, Any]:
    """Everything that is needed to judge the change again."""
    return {
        "seen_at": format_instant(at),
        "change": evidence.change_to_json(judgement.change),
        "verdicts": [evidence.verdict_to_json(row) for row in judgement.verdicts],
    }


def records(judgement: Judgement, at: datetime) -> Iterable[ApprovalRecord]:
    """How each approved request of the change is approved now."""
    verdicts = {row.path: row for row in judgement.verdicts}
    change = judgement.change
    for path, request in sorted(judgement.requests.items()):
        verdict = verdicts.get(path, None if judgement.asked else Verdict(path))
        if verdict is None or not verdict.is_approved:
            continue
        yield ApprovalRecord(
            request=request.name,
            path=path,
            blob=judgement.blobs[path],
            commit=change.commit,
            seen_at=at,
            merged_at=change.merged_at,
            by=approvers([verdict]),
            risk=verdict.risk.total,
            access=access_of(request, judgement.documents),
            kind=change.kind,
        )


def approvers(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    """The people whose approvals count, by name."""
    approved = (row for row in verdicts if row.is_approved)
    return tuple(sorted({found.person for row in approved for found in row.counted}))


def _told(judgement: Judgement) -> dict[str, Any]:
    return {
        "approved": sorted(row.path for row in judgement.verdicts if row.is_approved),
        "refused": sorted(row.path for row in judgement.verdicts if not row.is_approved),
        "by": list(approvers(judgement.verdicts)),
    }


def _summary(
    state: ApprovalsState, judged: Sequence[Judgement], verdicts: Sequence[Verdict]
) -> str:
    if not judged:
        return f"approvals are asked for from {state.baseline[:12]} on"
    refused = sum(not row.is_approved for row in verdicts)
    return f"{len(verdicts) - refused} of {len(verdicts)} changed documents approved"
