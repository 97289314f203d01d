"""A local branch with a proposed change of documents: one commit on top of another, made from git objects, so that neither work tree nor index is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pygit2

from reconciler.model.errors import GitError

_MOST_TWINS = 20


@dataclass(frozen=True, slots=True)
class Proposal:
    """`files` is the new content of files that the commit `base` has, by path. `author` is name and email; `at` the commit's time, UTC."""

    base: str
    files: Mapping[str, bytes]
    message: str
    author: tuple[str, str]
    at: datetime


def read(repository: Path, commit: str, path: str) -> bytes | None:
    """A file as the commit has it, None if it has none. Raises GitError."""
    tree = _open(repository).revparse_single(commit).peel(pygit2.Tree)
    try:
        found = tree[path]
    except KeyError:
        return None
    return found.data if isinstance(found, pygit2.Blob) else None


def work_tree(repository: Path) -> Path:
    """The folder with the files that are checked out. Raises GitError git.bare."""
    found = _open(repository).workdir
    if found is None:
        raise GitError(
            "git.bare",
            f"no files are checked out in {repository}",
            hint="Run the command in a clone with a work tree.",
        )
    return Path(found)


def propose(repository: Path, name: str, proposal: Proposal) -> str:
    """Makes the branch and returns the name it got: a branch of that name with other content stays as it is, and the new one gets a number. One
    that has this content already is taken for this one. Raises GitError when git refuses every name."""
    opened = _open(repository)
    for candidate in (name, *(f"{name}-{number}" for number in range(2, _MOST_TWINS))):
        existing = opened.references.get(f"refs/heads/{candidate}")
        if existing is None:
            return _make(opened, candidate, proposal)
        if _says(existing.peel(pygit2.Commit), proposal):
            return candidate
    raise GitError(
        "git.branches",
        f"there are {_MOST_TWINS} branches {name} already",
        hint="merge or delete some of them",
    )


def _open(repository: Path) -> pygit2.Repository:
    return pygit2.Repository(str(pygit2.discover_repository(str(repository)) or repository))


def _says(commit: pygit2.Commit, proposal: Proposal) -> bool:
    if [str(parent.id) for parent in commit.parents] != [proposal.base]:
        return False
    return all(
        path in commit.tree and commit.tree[path].id == pygit2.hash(content)
        for path, content in proposal.files.items()
    )


def _make(repository: pygit2.Repository, name: str, proposal: Proposal) -> str:
    base = repository[proposal.base].peel(pygit2.Commit)
    index = pygit2.Index()
    index.read_tree(base.tree)
    for path, content in proposal.files.items():
        mode = base.tree[path].filemode
        index.add(pygit2.IndexEntry(path, repository.create_blob(content), mode))
    signature = pygit2.Signature(*proposal.author, int(proposal.at.timestamp()), 0)
    tree = index.write_tree(repository)
    try:
        commit = repository.create_commit(
            None, signature, signature, proposal.message, tree, [base.id]
        )
        repository.references.create(f"refs/heads/{name}", commit)
    except (pygit2.GitError, ValueError, OSError) as error:
        raise GitError(
            "git.branch",
            f"cannot make the branch {name}: {error}",
            hint="write `ended: true` into the requests by hand",
        ) from None
    return name
