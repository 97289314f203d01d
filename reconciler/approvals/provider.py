"""The seam behind which evidence is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from reconciler.model.approvals import ChangeSet


class Provider(Protocol):
    """Where the evidence of reviews comes from."""

    def changes(self, parent: str, commits: Sequence[str]) -> tuple[ChangeSet, ...]:
        """How the commits got onto the protected branch, oldest first.

        `commits` are those of its first-parent line after `parent` (`history.first_parent_line`), without a gap; an empty `parent` is the branch before its
        first commit. Each of them is in exactly one change set: consecutive ones that came as one (a rebased pull request) share it. The `parent` of each
        set is the last commit of the one before.

        Raises ApprovalError when the evidence cannot be read, GitError for commits that are not in the repository. What is read and is wrong is no error but
        a problem of the change set, or of one review.
        """
        ...
