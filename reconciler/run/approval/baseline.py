"""Where policy began to ask for approvals on a branch. What was there by then needs no evidence; everything after it does."""

from __future__ import annotations

from pathlib import Path

import pygit2

from reconciler.approvals import history
from reconciler.documents.approved import (
    OverlaidSource,
    asks_for_approvals,
    in_requests,
    policy_trees,
)
from reconciler.documents.build import UNKNOWN_KIND, LoadResult, load
from reconciler.documents.source import GitSource


def baseline(repository: Path, commit: str) -> str | None:
    """Where judging begins: the oldest commit at which policies ask for approvals and can be read, for nothing could be approved under policies with errors.
    None where there is none. Raises GitError, and InvalidInputError when policies want evidence from several places."""
    oldest = first_with_approvals(repository, commit)
    if oldest is None:
        return None
    opened = history.open_repository(repository)
    for candidate in (oldest, *history.first_parent_line(opened, oldest, commit)):
        source = GitSource.open(repository, candidate)
        if can_judge(load(OverlaidSource(source, {}, ()))):
            return candidate
    return None


def can_judge(found: LoadResult) -> bool:
    """Whether the documents tell who approves: no policy, and nothing that may be one, has errors."""
    in_doubt = found.left_out.get(UNKNOWN_KIND, {}).values()
    if found.left_out.get("Policy") or not all(in_requests(origin.path) for origin in in_doubt):
        return False
    return any(policy.approvals is not None for policy in found.documents.policies.values())


def first_with_approvals(repository: Path, commit: str) -> str | None:
    """The oldest commit of the first-parent line at which some policy asks for approvals; None when none ever did. That none does any more counts for nothing:
    whoever took the policies away had to be allowed to.

    Told from the files outside the folder of requests, each looked at once.
    """
    opened = pygit2.Repository(str(repository))
    known: dict[str, bool] = {}
    found: str | None = None
    waiting: str | None = commit
    while waiting is not None:
        current = opened[pygit2.Oid(hex=waiting)].peel(pygit2.Commit)
        if any(asks_for_approvals(opened, tree, known) for tree in policy_trees(current)):
            found = waiting
        waiting = str(current.parent_ids[0]) if current.parent_ids else None
    return found
