"""What git says about the way from one commit of the protected branch to another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pygit2
from pygit2.enums import FileMode, SortMode

from reconciler.model.approvals import Contributor
from reconciler.model.errors import GitError

_WEB_FLOW = "noreply@github.com"
"""GitHub itself, as committer of what it merges."""
_CO_AUTHOR = re.compile(r"co-authored-by:[^<>\n]*<([^<>\s]{1,254})>\s*\Z", re.IGNORECASE)


def open_repository(path: Path | str) -> pygit2.Repository:
    """Raises GitError git.not-a-repository."""
    try:
        found = pygit2.discover_repository(str(path))
        if found is not None:
            return pygit2.Repository(found)
    except pygit2.GitError as error:
        raise GitError("git.not-readable", f"git cannot open {path}: {error}") from None
    raise GitError(
        "git.not-a-repository",
        f"{path} is not in a git repository",
        hint="Run the command inside the grants repository, or name it with --repo.",
    )


def find(repository: pygit2.Repository, commit: str) -> pygit2.Commit | None:
    """The commit of that full id; None when it is not here, or no commit."""
    try:
        found: object = repository.get(pygit2.Oid(hex=commit))
    except ValueError:
        return None
    return found if isinstance(found, pygit2.Commit) else None


def commit_of(repository: pygit2.Repository, commit: str) -> pygit2.Commit:
    """Raises GitError git.unknown-commit."""
    found = find(repository, commit)
    if found is None:
        hint = "Fetch it first (git fetch)."
        if repository.is_shallow:
            hint = "The clone is shallow; fetch the whole history (fetch-depth: 0)."
        raise GitError(
            "git.unknown-commit",
            f"there is no commit {commit[:40]!r} in this repository",
            hint=hint,
        )
    return found


def first_parent_line(
    repository: pygit2.Repository, since: str | None, until: str
) -> tuple[str, ...]:
    """The commits that the protected branch stood at after `since`, up to `until`, oldest first; without `since` all of them.

    Raises GitError git.history-rewritten when `since` is not on that line: the branch was forced back, or what it was got merged into something else;
    git.unknown-commit for `until`, and for a line that a shallow clone cuts off.
    """
    if since is not None and find(repository, since) is None and not repository.is_shallow:
        raise _rewritten(since, until)
    line: list[str] = []
    commit = commit_of(repository, until)
    while str(commit.id) != since:
        line.append(str(commit.id))
        if not commit.parent_ids and repository.is_shallow:
            raise _cut_off(commit)
        if not commit.parent_ids and since is None:
            break
        if not commit.parent_ids:
            raise _rewritten(since or "", until)
        commit = commit_of(repository, str(commit.parent_ids[0]))
    return tuple(reversed(line))


def _cut_off(commit: pygit2.Commit) -> GitError:
    return GitError(
        "git.unknown-commit",
        f"the clone is cut off at {str(commit.id)[:12]}, so that it does not tell what was before",
        hint="Fetch the whole history (git fetch --unshallow; in a workflow fetch-depth: 0).",
    )


def _rewritten(since: str, until: str) -> GitError:
    return GitError(
        "git.history-rewritten",
        f"commit {since[:12]}, which the branch stood at, is not on the first-parent line of {until[:12]}",
        hint="The protected branch was forced, or merged into another one instead of the other way round. Find out who did it; "
        "put the branch back to where it was, and protect it from force pushes.",
    )


def changed_files(repository: pygit2.Repository, before: str, after: str) -> Mapping[str, str]:
    """The blob ids at `after` of the files that differ between two commits, by path; empty for those that are gone. An empty `before` is no file at all.

    What is no regular file is `mode:id` (a link, a submodule, a program), so that a file that became a link of the same bytes is not taken for the same.
    """
    new = commit_of(repository, after).tree
    old = commit_of(repository, before).tree if before else None
    difference = (
        new.diff_to_tree(old, swap=True) if old is not None else new.diff_to_tree(swap=True)
    )
    files: dict[str, str] = {}
    for delta in difference.deltas:
        files.setdefault(_path(delta.old_file), "")
        if delta.status_char() != "D":
            files[_path(delta.new_file)] = _content(int(delta.new_file.mode), delta.new_file.id)
    return dict(sorted(files.items()))


def blob_ids(repository: pygit2.Repository, commit: str, paths: Iterable[str]) -> Mapping[str, str]:
    """The blob ids of files at a commit, as `changed_files` gives them; empty for those that are not there."""
    tree = commit_of(repository, commit).tree
    found: dict[str, str] = {}
    for path in paths:
        try:
            entry = tree[path]
        except KeyError:
            found[path] = ""
        else:
            found[path] = _content(int(entry.filemode), entry.id)
    return found


def _path(file: pygit2.DiffFile) -> str:
    return file.raw_path.decode("utf-8", "surrogateescape")


def _content(mode: int, blob: object) -> str:
    return str(blob) if mode == FileMode.BLOB else f"{mode:o}:{blob}"


def between(repository: pygit2.Repository, before: str, after: str) -> Iterator[pygit2.Commit]:
    """The commits that `after` reaches and `before` does not. An empty `before` reaches nothing."""
    walker = repository.walk(commit_of(repository, after).id, SortMode.NONE)
    if before:
        walker.hide(commit_of(repository, before).id)
    yield from walker


def contributors(commits: Iterable[pygit2.Commit]) -> tuple[Contributor, ...]:
    """Authors, committers and co-authors, by e-mail address in small letters."""
    found: set[Contributor] = set()
    for commit in commits:
        for signature in (commit.author, commit.committer):
            found |= by_email(signature.raw_email.decode("utf-8", "replace"))
        found |= co_authors(text_of(commit))
    return tuple(sorted(found))


def by_email(email: str) -> frozenset[Contributor]:
    """The contributor of that address; nobody for an empty one and for GitHub's own."""
    key = email.strip().casefold()
    return frozenset() if key in ("", _WEB_FLOW) else frozenset({Contributor(email=key)})


def co_authors(message: str) -> frozenset[Contributor]:
    """Those of `Co-authored-by: Name <address>` lines anywhere in a message; lines of another form name nobody."""
    found: set[Contributor] = set()
    for line in message.splitlines():
        match = _CO_AUTHOR.match(line.strip())
        if match:
            found |= by_email(match[1])
    return frozenset(found)


def text_of(commit: pygit2.Commit) -> str:
    """The message, with what is no UTF-8 replaced."""
    return commit.raw_message.decode("utf-8", "replace")


def committed_at(commit: pygit2.Commit) -> datetime:
    """The committer's time, UTC: a claim of whoever made the commit."""
    return datetime.fromtimestamp(commit.commit_time, UTC)


def fork_of(repository: pygit2.Repository, parent: str, head: str) -> str:
    """The commit where `head` left `parent`, the last one if there are several; empty when they have none in common."""
    if not parent:
        return ""
    common = cast(
        "pygit2.Oid | None",
        repository.merge_base(commit_of(repository, parent).id, commit_of(repository, head).id),
    )
    return "" if common is None else str(common)
