"""What reviewers see of a pull request: composed from the documents, the rules of the protected branch, and the last snapshots in the ledger. No database is
looked at."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from reconciler.documents.changed import Changed
from reconciler.ledger.store import Ledger
from reconciler.model.approvals import ChangeSet
from reconciler.model.changes import Change
from reconciler.model.diagnostics import Diagnostic, Origin, ordered
from reconciler.model.documents import AccessRequest, Documents, StandingGrant, Target
from reconciler.model.review import AccessReview, DocumentReview, Review, TargetReview
from reconciler.model.snapshot import RecordedSnapshot
from reconciler.policy.approval.mixing import mixed
from reconciler.policy.caps import check_changed, check_request
from reconciler.run.reviewing.access import Reviewer
from reconciler.run.reviewing.forecast import forecast
from reconciler.run.reviewing.judgement import Judgement
from reconciler.run.reviewing.plans import Comparison, TargetPlans, plans
from reconciler.run.workspace import targets_gone

_SEPARATION = "policy.separation"
_GIVES_ACCESS = frozenset({"AccessRequest", "StandingGrant", "BreakGlass"})


@dataclass(frozen=True, slots=True)
class Question:
    """`at` is the instant of the review (UTC), `forecast_at` one to look ahead to, None for none. `evidence` are the reviews so far, None when nobody was
    asked."""

    repository: Path
    changed: Changed
    ledger: Ledger
    at: datetime
    forecast_at: datetime | None = None
    evidence: ChangeSet | None = None


Planned = Mapping[str, tuple[RecordedSnapshot, TargetPlans] | None]


def review(question: Question) -> Review:
    """Raises LedgerError."""
    changed, ledger = question.changed, question.ledger
    documents = changed.judged()
    comparison = Comparison(question.repository, changed, documents, ledger, question.at)
    planned = plans(comparison, _concerned(changed, documents), ledger.snapshot)
    judgement = Judgement(
        documents, changed.before.documents, changed.base, changed.head, question.evidence
    )
    reviewer = Reviewer(changed, documents, judgement, planned, ledger, question.at)
    access = reviewer.all()
    targets = tuple(_target(name, found, access) for name, found in planned.items())
    refused = (
        *mixed(changed.changes),
        *_denied(changed, documents, question.at),
        *_held_apart(access),
    )
    return Review(
        base=changed.base,
        head=changed.head,
        at=question.at,
        changes=changed.changes,
        digest=_digest(changed, targets),
        invalid=ordered((*_invalid(changed), *_gone(question, documents))),
        refused=ordered(refused),
        remarks=ordered((*changed.findings, *_unknown(targets))),
        access=access,
        documents=tuple(_others(changed, judgement)),
        targets=targets,
        forecast_at=question.forecast_at,
        forecast=forecast(planned, question.forecast_at) if question.forecast_at else (),
    )


def _concerned(changed: Changed, documents: Documents) -> dict[str, Target]:
    """The targets that the change may do something to: those that its documents select, or all when it changes what others refer to."""
    if not changed.is_narrow:
        return dict(documents.targets)
    selecting = [
        row.targets
        for side in (changed.before.documents, documents)
        for row in _selecting(side)
        if row.origin.path in changed.paths
    ]
    return {
        name: target
        for name, target in documents.targets.items()
        if any(row.selects(target) for row in selecting)
    }


def _selecting(documents: Documents) -> tuple[AccessRequest | StandingGrant, ...]:
    return (*documents.requests.values(), *documents.standing.values())


def _target(
    name: str,
    found: tuple[RecordedSnapshot, TargetPlans] | None,
    reviewed: tuple[AccessReview, ...],
) -> TargetReview:
    if found is None:
        return TargetReview(name)
    recorded, plan = found
    return TargetReview(
        target=name,
        snapshot_at=recorded.at,
        database=str(plan.snapshot.database),
        digest=plan.digest,
        statements=plan.statements(plan.runs),
        rest=plan.statements([row for row in plan.runs if not _is_of(row, reviewed)]),
        spared=plan.statements(plan.spared),
        findings=tuple(row for row in plan.findings if row.origin is None),
    )


def _is_of(change: Change, reviewed: tuple[AccessReview, ...]) -> bool:
    """Whether one of the reviewed documents has the change among its statements."""
    path = change.origin.path if change.origin else ""
    return any(
        row.name == change.lease_id if row.kind == "AccessRequest" else row.path == path
        for row in reviewed
    )


def _digest(changed: Changed, targets: tuple[TargetReview, ...]) -> str:
    """`sha256:...` over every byte of the changed files, and over what runs on each target."""
    lines = ["review/v1"]
    lines += (f"{path}\t{blob}" for path, blob in sorted(changed.blobs.items()))
    lines += (f"{row.target}\t{row.digest}" for row in targets)
    text = "\n".join(lines).encode("utf-8", "surrogateescape")
    return "sha256:" + hashlib.sha256(text).hexdigest()


def _invalid(changed: Changed) -> Iterator[Diagnostic]:
    """What is wrong with the documents because of the change, or in its files."""
    known = frozenset(changed.before.findings)
    for found in changed.after.findings:
        places = (found.origin, *found.related)
        if found not in known or any(place and place.path in changed.paths for place in places):
            yield found


def _gone(question: Question, documents: Documents) -> list[Diagnostic]:
    kinds = {change.kind for change in question.changed.changes}
    if "Target" not in kinds:
        return []
    return targets_gone(question.ledger, documents, question.changed.after.left_out)


def _denied(changed: Changed, documents: Documents, at: datetime) -> Iterator[Diagnostic]:
    """What the policies of the protected branch do not allow."""
    for name, request in documents.requests.items():
        if request.origin.path in changed.paths:
            before = changed.before.documents.requests.get(name)
            yield from check_request(request, documents)
            if not _only_ends(request, before):
                yield from check_changed(request, at, documents, before)


def _held_apart(access: tuple[AccessReview, ...]) -> Iterator[Diagnostic]:
    """What policy does not allow because of what somebody holds already, as far as the last snapshot knows."""
    for row in access:
        yield from (found for found in row.findings if found.is_error and found.rule == _SEPARATION)


def _only_ends(request: AccessRequest, before: AccessRequest | None) -> bool:
    return before is not None and request.ended


def _others(changed: Changed, judgement: Judgement) -> Iterator[DocumentReview]:
    """Changed documents that give no access by themselves."""
    for change in changed.changes:
        if change.kind and change.kind not in _GIVES_ACCESS:
            name = change.path.rpartition("/")[2].rpartition(".")[0]
            yield DocumentReview(change, name, judgement.of_document(change.path, change.kind))


def _unknown(targets: tuple[TargetReview, ...]) -> Iterator[Diagnostic]:
    for row in targets:
        if row.snapshot_at is None:
            yield Diagnostic(
                "review.no-snapshot",
                f"the ledger has no snapshot of {row.target}: what would run there, who has the access already and what would fail is not known",
                Origin(""),
                hint=f"the next run on {row.target} records one; is the audit branch fetched here?",
            )
