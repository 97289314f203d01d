"""Evidence from GitHub: the pull request that a commit of the protected branch came with, and its reviews."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from reconciler.approvals import history
from reconciler.approvals.github_client import GitHub, login_of, text_of
from reconciler.approvals.provider import Provider
from reconciler.model.approvals import ChangeSet, Contributor, Opinion, Review
from reconciler.model.policies import EvidenceKind

if TYPE_CHECKING:
    from github.Commit import Commit
    from github.File import File
    from github.PullRequest import PullRequest
    from github.PullRequestReview import PullRequestReview

_MOST_FILES = 3000
_MOST_COMMITS = 250
"""GitHub lists no more of a pull request."""
_WEB_FLOW = "web-flow"
_AIMED_ANEW = frozenset({"base_ref_changed", "automatic_base_change_succeeded"})
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_OPINIONS = {
    "APPROVED": Opinion.APPROVED,
    "CHANGES_REQUESTED": Opinion.CHANGES_REQUESTED,
    "DISMISSED": Opinion.DISMISSED,
    "COMMENTED": Opinion.COMMENTED,
}


class _Merged(NamedTuple):
    """A merged pull request, and the commit that the branch stood at after it."""

    number: int
    commit: str


class GitHubEvidence(Provider):
    """Asks GitHub about the commits of the protected branch, which are in the repository at `path` too."""

    def __init__(self, github: GitHub, path: Path | str) -> None:
        """Raises GitError git.not-a-repository."""
        self._github = github
        self._repository = history.open_repository(path)

    def changes(self, parent: str, commits: Sequence[str]) -> tuple[ChangeSet, ...]:
        """One change set for each pull request; a commit that came with none is a direct push. Raises ApprovalError, GitError."""
        merged = {commit: self._merged_with(commit) for commit in commits}
        found: list[ChangeSet] = []
        waiting: list[str] = []
        for commit in commits:
            waiting.append(commit)
            ends = next((row for row in merged[commit] if row.commit == commit), None)
            if ends is None:
                continue
            *before, _ = waiting
            own = _of_the_same(before, merged, ends.number)
            for other in before[: len(before) - own]:
                found.append(self._pushed(parent, other))
                parent = other
            found.append(self._change(parent, commit, ends.number))
            parent, waiting = commit, []
        for commit in waiting:
            found.append(self._pushed(parent, commit))
            parent = commit
        return tuple(found)

    def under_review(self, number: int) -> ChangeSet:
        """An open pull request as it is now; its `commit` is its head. Raises ApprovalError."""
        with self._github.asking(f"pull request {number}"):
            pull = self._github.repository.get_pull(number)
            return self._read(pull, pull.base.sha, pull.head.sha)

    def _merged_with(self, commit: str) -> tuple[_Merged, ...]:
        """The pull requests that brought the commit, those into the protected branch first."""
        settings = self._github.settings
        with self._github.asking(f"the pull request of commit {commit[:12]}"):
            from github.PaginatedList import PaginatedList
            from github.PullRequest import PullRequest

            listed = PaginatedList(
                PullRequest,
                self._github.api.requester,
                f"/repos/{settings.repository}/commits/{commit}/pulls",
                None,
            )
            rows = [row for row in listed if row.merged_at is not None]
            rows.sort(key=lambda row: (row.base.ref != settings.branch, row.number))
            return tuple(_Merged(row.number, row.merge_commit_sha or "") for row in rows)

    def _pushed(self, parent: str, commit: str) -> ChangeSet:
        found = history.commit_of(self._repository, commit)
        return ChangeSet(
            EvidenceKind.GITHUB, commit, parent, contributors=history.contributors([found])
        )

    def _change(self, parent: str, commit: str, number: int) -> ChangeSet:
        with self._github.asking(f"pull request {number}"):
            pull = self._github.repository.get_pull(number)
            found = self._read(pull, parent, commit)
            if found.merged_at is None:  # reviews could not be told from later ones
                raise TypeError("an answer lacks the time of the merge")
        landed = history.commit_of(self._repository, commit)
        return replace(found, problems=(*found.problems, *_how(landed, found.head)))

    def _read(self, pull: PullRequest, parent: str, commit: str) -> ChangeSet:
        commits = list(pull.get_commits())
        files = list(pull.get_files())
        reviews = [row for row in pull.get_reviews() if row.state != "PENDING"]
        aimed_at = _last_aimed(pull)
        return ChangeSet(
            EvidenceKind.GITHUB,
            commit,
            parent,
            head=text_of(pull.head.sha),
            number=pull.number,
            url=pull.html_url,
            opened_at=_opened_at(pull, commits, reviews),
            merged_at=pull.merged_at,
            merged_by=login_of(pull.merged_by),
            contributors=_contributors(pull, commits),
            reviews=tuple(_review(row, aimed_at) for row in reviews),
            files=_files(files),
            problems=(*_too_many(pull, commits, files), *_where_it_goes(pull, self._github)),
        )


def _of_the_same(
    commits: Sequence[str], merged: dict[str, tuple[_Merged, ...]], number: int
) -> int:
    """How many of the last commits came with that pull request."""
    count = 0
    for commit in reversed(commits):
        if number not in {row.number for row in merged[commit]}:
            break
        count += 1
    return count


def _last_aimed(pull: PullRequest) -> datetime:
    """When the pull request was last aimed at another branch than before: what it shows as its change is another one since then."""
    moved = [row.created_at for row in pull.get_issue_events() if text_of(row.event) in _AIMED_ANEW]
    return max(moved, default=_NEVER)


def _review(review: PullRequestReview, aimed_at: datetime) -> Review:
    opinion = _OPINIONS.get(text_of(review.state), Opinion.COMMENTED)
    login = login_of(review.user)
    at = cast("datetime | None", review.submitted_at) or _NEVER
    problem = ""
    if not login:
        problem = "the account that gave it is gone"
    elif at <= aimed_at:
        problem = "it was given before the pull request was aimed at another branch, when it showed another change"
    return Review(login, opinion, at, review.commit_id or "", problem)


def _contributors(pull: PullRequest, commits: Iterable[Commit]) -> tuple[Contributor, ...]:
    found = {Contributor(login=login_of(pull.user))}
    for commit in commits:
        made = commit.commit
        for user, by in ((commit.author, made.author), (commit.committer, made.committer)):
            email = (by.email or "").strip().casefold()
            login = login_of(user)
            if login != _WEB_FLOW and history.by_email(email or "nobody"):
                found.add(Contributor(login, email))
        found |= history.co_authors(made.message)
    return tuple(sorted(found - {Contributor()}))


def _files(files: Iterable[File]) -> dict[str, str]:
    """The blob ids as they were reviewed; empty for what was taken away, or renamed."""
    found: dict[str, str] = {}
    for file in files:
        if file.status == "renamed" and file.previous_filename:
            found.setdefault(file.previous_filename, "")
        is_gone = text_of(file.status) == "removed"
        found[text_of(file.filename)] = "" if is_gone else text_of(file.sha)
    return dict(sorted(found.items()))


def _opened_at(
    pull: PullRequest, commits: Sequence[Commit], reviews: Sequence[PullRequestReview]
) -> datetime:
    """From when on the head certainly was there to be looked at, by GitHub's clock: from the first word on it, be it a comment. Before that there is nothing
    but what the head says of itself, which its author wrote."""
    head = pull.head.sha
    said = [row.submitted_at for row in reviews if row.commit_id == head]
    made = [row.commit.committer.date for row in commits if row.sha == head]
    return max(pull.created_at, min(said) if said else max(made, default=pull.created_at))


def _too_many(
    pull: PullRequest, commits: Sequence[Commit], files: Sequence[File]
) -> tuple[str, ...]:
    problems = []
    if pull.commits > _MOST_COMMITS or len(commits) < pull.commits:
        problems.append(
            f"GitHub lists {len(commits)} of the {pull.commits} commits of pull request {pull.number}, so that not all who wrote it are known; split it"
        )
    if pull.changed_files > _MOST_FILES or len(files) < pull.changed_files:
        problems.append(
            f"GitHub lists {len(files)} of the {pull.changed_files} files of pull request {pull.number}, so that not all that was read is known; split it"
        )
    return tuple(problems)


def _where_it_goes(pull: PullRequest, github: GitHub) -> tuple[str, ...]:
    settings = github.settings
    into = pull.base.repo.full_name
    if into.casefold() != settings.repository.casefold():
        return (f"pull request {pull.number} is for the repository {into}",)
    if pull.base.ref != settings.branch:
        return (
            f"pull request {pull.number} is for the branch {pull.base.ref}, not for {settings.branch}",
        )
    return ()


def _how(landed: object, head: str) -> tuple[str, ...]:
    """A merge must be of what was reviewed; what a squash or a rebase made is told by the bytes of its files."""
    import pygit2

    assert isinstance(landed, pygit2.Commit)
    parents = [str(row) for row in landed.parent_ids]
    if len(parents) > 2:
        return (f"commit {str(landed.id)[:12]} merges {len(parents) - 1} branches at once",)
    if len(parents) == 2 and parents[1] != head:
        return (
            f"commit {str(landed.id)[:12]} merges {parents[1][:12]}, and {head[:12]} was reviewed",
        )
    return ()
