"""Where policy began to ask for approvals on a branch. What was there by then needs no evidence; everything after it does."""

from __future__ import annotations

from pathlib import Path

import pygit2

from reconciler.documents.approved import asks_for_approvals, policy_trees


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
