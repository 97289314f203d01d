"""The documents of a commit with some files in the state in which they were approved, and reading only the requests that are asked about."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pygit2
from pygit2.enums import FileMode

from reconciler.documents.entries import FOLDER, SourceFile, is_document, refuse_name
from reconciler.documents.loader import DocumentError, parse
from reconciler.documents.source import GitSource
from reconciler.model.diagnostics import Diagnostic

REQUESTS = f"{FOLDER}/requests"
"""The folder of access requests. There may be very many, and nothing else may lie there, so judging a change reads only those that it is about."""

_NOT_FOLLOWED = tuple(f"{int(mode):o}:" for mode in (FileMode.LINK, FileMode.COMMIT))

Blobs = Mapping[str, str]
"""Blob ids by path, empty where the file is not there; `mode:id` for what is no regular file."""


class OverlaidSource:
    """The files of a commit, those of `blobs` in the state that is given there. With `requests` only these files are read of the folder of requests."""

    is_complete = True

    def __init__(
        self, source: GitSource, blobs: Blobs, requests: Collection[str] | None = None
    ) -> None:
        self._source = source
        self._blobs = blobs
        self._requests = requests

    @property
    def commit(self) -> str:
        return self._source.commit

    def files(self) -> Iterator[SourceFile | Diagnostic]:
        for found in self._found():
            path = found.path if isinstance(found, SourceFile) else _path(found)
            if path not in self._blobs:
                yield found
        for path, blob in sorted(self._blobs.items()):
            wanted = self._requests is None or path in self._requests or not in_requests(path)
            is_file = blob and ":" not in blob  # a link or a submodule is `mode:id`
            if is_file and wanted and is_document(path) and path.startswith(f"{FOLDER}/"):
                yield self._source.blob(path, blob)

    def _found(self) -> Iterator[SourceFile | Diagnostic]:
        if self._requests is None:
            yield from self._source.files()
            return
        yield from self._source.files(without=REQUESTS)
        for path in sorted(self._requests):
            found = self._source.file(path)
            if found is not None:
                yield found


def hinders(path: str, blob: str) -> bool:
    """Whether the file (`mode:id` for what is no regular one) is an error wherever it lies under `grants/`, though it is no document: a link, a submodule, a
    name that cannot be shown or would be overlooked. While there is one nothing is judged, so it must not get there without an approval."""
    return blob.startswith(_NOT_FOLLOWED) or refuse_name(path) is not None


def in_requests(path: str) -> bool:
    return path.startswith(f"{REQUESTS}/")


def _path(found: Diagnostic) -> str:
    return found.origin.path if found.origin else ""


def _policy_trees(commit: pygit2.Commit) -> Iterator[pygit2.Object]:
    """What may hold policies: everything under `grants/` but the folder of requests."""
    if FOLDER not in commit.tree:
        return
    folder = commit.tree[FOLDER]
    for entry in folder if isinstance(folder, pygit2.Tree) else ():
        if f"{FOLDER}/{entry.name}" != REQUESTS:
            yield entry


def _asks_for_approvals(entry: pygit2.Object, known: dict[str, bool]) -> bool:
    """Whether a file, or one in a folder, is a policy with `approvals`, right or wrong as the rest of it may be. `known` keeps what was looked at.

    Without recursion, since depth is the author's choice.
    """
    waiting, seen = [entry], set()
    while waiting:
        found = waiting.pop()
        key = str(found.id)
        if key in seen or known.get(key) is False:
            continue
        seen.add(key)
        if isinstance(found, pygit2.Tree):
            waiting.extend(found)
        elif known.get(key) or (isinstance(found, pygit2.Blob) and _asks(found.data)):
            known[key] = known[str(entry.id)] = True
            return True
    known.update(dict.fromkeys(seen, False))
    return False


def _asks(data: bytes) -> bool:
    """A file that cannot be parsed counts when it looks like one: judging must begin too early rather than too late."""
    if b"approvals" not in data or b"Policy" not in data:
        return False
    try:
        root = parse(data, "").root
    except DocumentError:
        return True
    spec = root.get("spec") if isinstance(root, dict) else None
    return isinstance(spec, dict) and root.get("kind") == "Policy" and "approvals" in spec


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
        if any(_asks_for_approvals(tree, known) for tree in _policy_trees(current)):
            found = waiting
        waiting = str(current.parent_ids[0]) if current.parent_ids else None
    return found
