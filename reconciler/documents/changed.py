"""What a pull request does to the documents: what it adds, changes and removes, and what they say before and after.

`after` is what the protected branch will say once the change is merged: its newest commit with the files that the change touches. Most changes touch requests
only. Then of all requests these alone are read, and the price does not grow with the repository.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pygit2
from pygit2.enums import FileMode

from reconciler.documents.build import LoadResult, kind_of, load
from reconciler.documents.entries import FOLDER, SourceFile, is_document
from reconciler.documents.schema import Schemas
from reconciler.documents.source import (
    entries,
    grants_of,
    open_repository,
    read_entry,
    resolve,
)
from reconciler.model.approvals import Held
from reconciler.model.diagnostics import Diagnostic, Origin, Severity
from reconciler.model.documents import Documents
from reconciler.model.errors import GitError
from reconciler.model.review import Action, DocumentChange

_REQUESTS = f"{FOLDER}/requests"
_NARROW = frozenset({"AccessRequest", "StandingGrant"})
"""Kinds that no other document refers to, so that a change of them leaves the meaning of all others as it is."""

_TREE_ENTRY = re.compile(rb"[0-7]+ ([^\0]+)\0.{20}", re.DOTALL)
_SUBTREE = b"40000 "


@dataclass(frozen=True, slots=True)
class Changed:
    """`base` is the newest commit of the protected branch, `fork` where the change left it, `head` its own newest commit. `blobs` are the ids
    of the changed files as `head` has them, empty for one that is gone. `is_narrow`: `before` and `after` have those requests only that changed. `findings` are
    about the change itself."""

    base: str
    fork: str
    head: str
    changes: tuple[DocumentChange, ...]
    blobs: Mapping[str, str]
    before: LoadResult
    after: LoadResult
    findings: tuple[Diagnostic, ...]
    is_narrow: bool

    def judged(self) -> Documents:
        """The documents as they will be, under the rules, people, teams and classifications that are in force now: a change never brings its own."""
        now = self.before.documents
        return replace(
            self.after.documents,
            policies=now.policies,
            people=now.people,
            teams=now.teams,
            classifications=now.classifications,
        )

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(change.path for change in self.changes)


def read_change(
    repository: Path, base: str, head: str | None, held: Mapping[str, Held] | None = None
) -> Changed:
    """The change that leads from `base` to `head` (None: what is checked out). `held` are files whose last change nobody approved: what they said before is
    what counts. Raises GitError: git.unknown-ref, git.unrelated and those of opening."""
    opened = open_repository(repository)
    trunk, tip = resolve(opened, base), resolve(opened, head or "HEAD")
    fork = _fork(opened, trunk, tip)
    paths = _touched(fork.tree, tip.tree)
    changes = tuple(sorted(_changes(paths, fork.tree, tip.tree)))
    narrow = all(row.kind in _NARROW or not row.path.startswith(f"{FOLDER}/") for row in changes)
    kept = {path for path in paths if path.startswith(f"{FOLDER}/")}
    if narrow:
        before = dict(_entries(trunk, without=_REQUESTS))
        twins = _twins(trunk, {_stem(path) for path in kept})
        before |= _at(trunk.tree, (path for path in (*kept, *twins) if path not in before))
    else:
        before = dict(_entries(trunk))
    before = _in_force(opened, before, held or {})
    after = {path: entry for path, entry in before.items() if path not in kept}
    after |= _at(tip.tree, kept)
    schemas = Schemas()
    return Changed(
        base=str(trunk.id),
        fork=str(fork.id),
        head=str(tip.id),
        changes=changes,
        blobs={path: _id(_find(tip.tree, path)) for path in sorted(paths)},
        before=load(_Entries(str(trunk.id), before), schemas),
        after=load(_Entries(str(tip.id), after), schemas),
        findings=tuple(_outdated(kept, fork, trunk, base)),
        is_narrow=narrow,
    )


def _in_force(
    repository: pygit2.Repository, found: Mapping[str, pygit2.Object], held: Mapping[str, Held]
) -> dict[str, pygit2.Object]:
    """The files, those that are as they were refused in the state that was approved."""
    entries = dict(found)
    for path, row in held.items():
        if _content(entries.get(path)) != row.refused:
            continue
        entries.pop(path, None)
        approved = repository.get(row.approved) if row.approved else None
        if isinstance(approved, pygit2.Blob):
            entries[path] = approved
    return entries


def _content(entry: pygit2.Object | None) -> str:
    """As `Held` names it: `mode:id` for what is no regular file."""
    if entry is None or entry.filemode == FileMode.BLOB:
        return _id(entry)
    return f"{int(entry.filemode):o}:{entry.id}"


def _fork(repository: pygit2.Repository, base: pygit2.Commit, head: pygit2.Commit) -> pygit2.Commit:
    fork: pygit2.Oid | None = repository.merge_base(base.id, head.id)  # the stubs know no None
    if fork is None:
        shallow = "The clone is shallow; fetch the whole history (fetch-depth: 0)."
        raise GitError(
            "git.unrelated",
            f"commit {str(head.id)[:12]} and commit {str(base.id)[:12]} have no history in common",
            hint=shallow if repository.is_shallow else "Name the branch that the change goes to.",
        )
    return repository[fork].peel(pygit2.Commit)


def _touched(before: pygit2.Tree, after: pygit2.Tree) -> frozenset[str]:
    """Paths that differ. A renamed file is one that goes and one that comes. Folders that are equal are not looked into, as libgit2's own difference
    does."""
    found: set[str] = set()
    waiting: list[tuple[str, pygit2.Tree | None, pygit2.Tree | None]] = [("", before, after)]
    while waiting:
        prefix, *both = waiting.pop()
        old, new = ({row.name: row for row in tree or ()} for tree in both)
        for name in old.keys() | new.keys():
            sides = (old.get(name), new.get(name))
            if _what(sides[0]) == _what(sides[1]):
                continue
            one, other = (row if isinstance(row, pygit2.Tree) else None for row in sides)
            if one is not None or other is not None:
                waiting.append((f"{prefix}{name}/", one, other))
            if any(row is not None and not isinstance(row, pygit2.Tree) for row in sides):
                found.add(f"{prefix}{name}")
    return frozenset(found)


def _what(entry: pygit2.Object | None) -> tuple[object, int] | None:
    return (entry.id, entry.filemode) if entry is not None else None


def _changes(
    paths: Iterable[str], before: pygit2.Tree, after: pygit2.Tree
) -> Iterator[DocumentChange]:
    for path in paths:
        old, new = _find(before, path), _find(after, path)
        old_kind, new_kind = _kind(path, old), _kind(path, new)
        if old is not None and new is not None and old_kind == new_kind:
            yield DocumentChange(path, new_kind, Action.CHANGED)
            continue
        if old is not None:
            yield DocumentChange(path, old_kind, Action.REMOVED)
        if new is not None:
            yield DocumentChange(path, new_kind, Action.ADDED)


def _kind(path: str, entry: pygit2.Object | None) -> str:
    if entry is None or not path.startswith(f"{FOLDER}/") or not is_document(path):
        return ""
    file = read_entry(path, entry)
    return kind_of(file) if isinstance(file, SourceFile) else ""


def _find(tree: pygit2.Tree, path: str) -> pygit2.Object | None:
    """The file, or None for none and for a folder."""
    try:
        found = tree[path]
    except KeyError:
        return None
    return None if isinstance(found, pygit2.Tree) else found


def _id(entry: pygit2.Object | None) -> str:
    return "" if entry is None else str(entry.id)


def _at(tree: pygit2.Tree, paths: Iterable[str]) -> dict[str, pygit2.Object]:
    found = {path: _find(tree, path) for path in paths}
    return {path: entry for path, entry in found.items() if entry is not None}


def _entries(commit: pygit2.Commit, without: str = "") -> Iterator[tuple[str, pygit2.Object]]:
    folder = grants_of(commit)
    if folder is not None:
        yield from entries(folder, FOLDER, without)


@dataclass(frozen=True, slots=True)
class _Entries:
    """Chosen files of a commit."""

    commit: str
    found: Mapping[str, pygit2.Object]
    is_complete: bool = True

    def files(self) -> Iterator[SourceFile | Diagnostic]:
        for path, entry in sorted(self.found.items()):
            file = read_entry(path, entry)
            if file is not None:
                yield file


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


def _twins(commit: pygit2.Commit, names: Iterable[str]) -> Iterator[str]:
    """Paths of requests that have one of the names, which are those of the files: two requests of one name are both refused. Looks at the bytes of trees
    and at no document: making an object of each entry would cost more than all the rest."""
    wanted = {f"{name}{suffix}".encode() for name in names for suffix in (".yaml", ".yml")}
    folder = grants_of(commit)
    root = folder["requests"] if folder is not None and "requests" in folder else None
    waiting = [(_REQUESTS, root)] if isinstance(root, pygit2.Tree) else []
    while waiting:
        path, tree = waiting.pop()
        raw = tree.read_raw()
        for name in wanted.intersection(_TREE_ENTRY.findall(raw)):
            yield f"{path}/{name.decode()}"
        if _SUBTREE in raw:
            waiting += [(f"{path}/{row.name}", row) for row in tree if isinstance(row, pygit2.Tree)]


def _outdated(
    paths: Iterable[str], fork: pygit2.Commit, base: pygit2.Commit, name: str
) -> Iterator[Diagnostic]:
    """Files that changed on the protected branch too: what is merged will be neither of the two."""
    if fork.id == base.id:
        return
    for path in sorted(paths):
        old, new = _find(fork.tree, path), _find(base.tree, path)
        if (old and old.id) != (new and new.id):
            yield Diagnostic(
                "change.outdated",
                f"{path} has changed on {name} since this change left it",
                Origin(path),
                Severity.WARNING,
                hint=f"bring the change up to {name}, so that reviewers see what will be merged",
            )
