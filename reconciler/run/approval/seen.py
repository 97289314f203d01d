"""What reviewers of a change saw of the documents that a request rests on: bundles, and targets with their labels.

After a merge that is what the reviewed head has. What was squashed or rebased has no head in git; then it is what the protected branch said when the first
approval of the head was given, with what the change itself brought.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from reconciler.approvals import history
from reconciler.documents.approved import OverlaidSource, in_requests
from reconciler.documents.build import load
from reconciler.documents.entries import FOLDER
from reconciler.documents.schema import Schemas
from reconciler.documents.source import GitSource
from reconciler.model.approvals import ChangeSet, Held, Opinion
from reconciler.model.documents import AccessRequest, BundleAccess, Documents, ManyObjectsAccess


def rests_on_others(request: AccessRequest) -> bool:
    """Whether other documents say what the request comes to: bundles, labels of objects, labels of targets."""
    labelled = any(isinstance(row, ManyObjectsAccess) and row.label for row in request.access)
    bundled = any(isinstance(row, BundleAccess) for row in request.access)
    return labelled or bundled or bool(request.targets.labels)


def seen(
    folder: Path, change: ChangeSet, held: Mapping[str, Held], rules: Documents, schemas: Schemas
) -> Documents:
    """The rules with bundles and targets as reviewers saw them; just the rules where nobody reviewed. Raises GitError."""
    repository = history.open_repository(folder)
    parents = history.commit_of(repository, change.commit).parent_ids
    brought: Mapping[str, str] = {}
    if change.head and change.head in map(str, parents[1:]):
        looked_at = change.head
    else:
        at = _first_approval(change)
        if at is None:
            return rules
        looked_at = _stood_at(folder, change.parent, at)
        brought = _brought(folder, change)
    there = history.blob_ids(repository, looked_at, held)
    kept = {path: row.approved for path, row in held.items() if there[path] == row.refused}
    source = OverlaidSource(GitSource.of_history(folder, looked_at), {**kept, **brought}, ())
    found = load(source, schemas).documents
    return replace(rules, bundles=found.bundles, targets=found.targets)


def _first_approval(change: ChangeSet) -> datetime | None:
    given = [
        row.at
        for row in change.reviews
        if row.opinion is Opinion.APPROVED and row.commit == change.head and not row.problem
    ]
    return min(given, default=None) if change.head else None


def _stood_at(folder: Path, commit: str, at: datetime) -> str:
    """Where the protected branch stood at the instant, by the times of its commits, which the forge wrote that merged them."""
    repository = history.open_repository(folder)
    found = history.commit_of(repository, commit)
    while found.parent_ids and history.committed_at(found) > at:
        found = history.commit_of(repository, str(found.parent_ids[0]))
    return str(found.id)


def _brought(folder: Path, change: ChangeSet) -> dict[str, str]:
    """The files that were reviewed and came as they were, but for requests."""
    paths = [row for row in change.files if row.startswith(f"{FOLDER}/") and not in_requests(row)]
    merged = history.blob_ids(history.open_repository(folder), change.commit, paths)
    return {path: blob for path, blob in merged.items() if change.files[path] == blob}
