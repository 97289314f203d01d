"""Evidence in git alone: signed `Reviewed-by` trailers of the merges on the protected branch."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pygit2

from reconciler.approvals import history
from reconciler.approvals.provider import Provider
from reconciler.approvals.statements import TRAILER, review_of
from reconciler.model.approvals import ChangeSet, Review
from reconciler.model.documents import Person
from reconciler.model.instants import format_instant
from reconciler.model.policies import EvidenceKind

_CLOCKS_DIFFER = timedelta(minutes=5)
_MOST_REVIEWS = 200


class SignedEvidence(Provider):
    """Reads the merges of a repository. `people` are those whose keys count: of the protected branch before the change. A change may bring or take away
    a key, so ask for one commit at a time, each with the people of its parent."""

    def __init__(self, repository: Path | str, people: Mapping[str, Person]) -> None:
        """Raises GitError git.not-a-repository."""
        self._repository = history.open_repository(repository)
        self._people = people

    def changes(self, parent: str, commits: Sequence[str]) -> tuple[ChangeSet, ...]:
        """One change set for each commit: a merge of two is a reviewed change, its second parent the head; anything else is a direct push. Raises
        GitError."""
        return tuple(
            self._change(before, after) for before, after in itertools.pairwise((parent, *commits))
        )

    def under_review(self, parent: str, head: str, trailers: Sequence[str] = ()) -> ChangeSet:
        """The change that `head` would be on `parent`, with the reviews that were signed so far. Raises GitError."""
        return self._merged(
            parent, head, head, tuple(self._review(line) for line in trailers[:_MOST_REVIEWS])
        )

    def _change(self, parent: str, commit: str) -> ChangeSet:
        found = history.commit_of(self._repository, commit)
        parents = [str(row) for row in found.parent_ids]
        made_here = history.contributors([found])
        if parents[:1] != ([parent] if parent else []):
            return ChangeSet(
                EvidenceKind.SIGNATURES,
                commit,
                parent,
                contributors=made_here,
                problems=(f"commit {commit[:12]} does not follow {parent[:12] or 'nothing'}",),
            )
        if len(parents) < 2:
            return ChangeSet(EvidenceKind.SIGNATURES, commit, parent, contributors=made_here)
        reviews = tuple(self._review(line) for line in _trailers(found))
        merged = self._merged(parent, parents[1], commit, reviews)
        if len(parents) == 2:
            return merged
        return _with_problem(
            merged, f"commit {commit[:12]} merges {len(parents) - 1} branches at once"
        )

    def _merged(
        self, parent: str, head: str, commit: str, reviews: tuple[Review, ...]
    ) -> ChangeSet:
        base, problems = self._fork(parent, head)
        branch = list(history.between(self._repository, parent, head))
        return ChangeSet(
            EvidenceKind.SIGNATURES,
            commit,
            parent,
            head=head,
            contributors=history.contributors(branch),
            reviews=(*reviews, *_misplaced(branch)),
            files=history.changed_files(self._repository, base, head),
            problems=problems,
        )

    def _fork(self, parent: str, head: str) -> tuple[str, tuple[str, ...]]:
        """The commit where the branch left, against which it was read, and why that does not tell what was read."""
        base = history.fork_of(self._repository, parent, head)
        if not base:
            return base, (f"{head[:12]} has no commit in common with the protected branch",)
        if base == head:
            return base, (
                f"{head[:12]} was on the protected branch before: its reviews were given for another change",
            )
        new = {row.id for row in history.between(self._repository, parent, head)}
        if any(row.id not in new for row in history.between(self._repository, base, head)):
            return base, (
                f"{head[:12]} left the protected branch at several commits, so that it is not clear against what it was read; rebase it",
            )
        return base, ()

    def _review(self, line: str) -> Review:
        review = review_of(line, self._people)
        looked_at = history.find(self._repository, review.commit)
        if review.problem or looked_at is None:
            return review
        committed = history.committed_at(looked_at)
        if review.at >= committed - _CLOCKS_DIFFER:
            return review
        problem = (
            f"skewed clock: it says {format_instant(review.at)}, before the commit was made"
            f" ({format_instant(committed)})"
        )
        return review._replace(problem=problem)


def _trailers(commit: pygit2.Commit) -> list[str]:
    """The lines of the message that say to be reviews, wherever they stand: `git merge -m` makes a paragraph of each."""
    start = f"{TRAILER}:".casefold()
    lines = history.text_of(commit).split("\n")
    found = [line.rstrip("\r") for line in lines if line.casefold().startswith(start)]
    return found[:_MOST_REVIEWS]


def _misplaced(commits: Sequence[pygit2.Commit]) -> list[Review]:
    """Signed reviews in the messages of the branch itself: whoever wrote the branch put them there, and they cannot be of its head."""
    found = []
    for commit in commits:
        for line in _trailers(commit):
            if "signature=" not in line:
                continue  # projects that review by mail collect names like this
            review = review_of(line, {})
            problem = f"it stands in the message of commit {str(commit.id)[:12]}, not of the merge"
            found.append(review._replace(problem=problem))
    return found[:_MOST_REVIEWS]


def _with_problem(change: ChangeSet, problem: str) -> ChangeSet:
    return replace(change, problems=(*change.problems, problem))
