"""Where policy began to ask for approvals on a branch. What was there by then needs no evidence; everything after it does."""

from __future__ import annotations

from pathlib import Path

from reconciler.approvals import history
from reconciler.documents.approved import (
    OverlaidSource,
    first_with_approvals,
    in_requests,
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
        source = GitSource.of_history(repository, candidate)
        if can_judge(load(OverlaidSource(source, {}, ()))):
            return candidate
    return None


def can_judge(found: LoadResult) -> bool:
    """Whether the documents tell who approves: some policy asks, and none that may ask something else has errors."""
    asking = any(policy.approvals is not None for policy in found.documents.policies.values())
    return asking and not is_broken(found)


def is_broken(found: LoadResult) -> bool:
    """Whether a policy, or a file that may be one, has errors."""
    in_doubt = found.left_out.get(UNKNOWN_KIND, {}).values()
    return bool(found.left_out.get("Policy")) or not all(
        in_requests(origin.path) for origin in in_doubt
    )
