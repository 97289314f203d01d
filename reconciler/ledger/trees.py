"""Writing a few paths into a git tree without a work tree or an index."""

from __future__ import annotations

from collections.abc import Mapping

import pygit2
from pygit2.enums import FileMode

Updates = Mapping[str, bytes | None]
"""Path -> new content, None to remove it."""


def read_blob(tree: pygit2.Tree | None, path: str) -> bytes | None:
    """The content of one file, None if there is none."""
    if tree is None:
        return None
    try:
        found = tree[path]
    except KeyError:
        return None
    return found.data if isinstance(found, pygit2.Blob) else None


def read_subtree(tree: pygit2.Tree | None, path: str) -> pygit2.Tree | None:
    """The folder at a path, None if there is none."""
    if tree is None:
        return None
    try:
        found = tree[path]
    except KeyError:
        return None
    return found if isinstance(found, pygit2.Tree) else None


def write(repository: pygit2.Repository, base: pygit2.Tree | None, updates: Updates) -> pygit2.Oid:
    """The id of the tree that is `base` with the updates applied; untouched folders are shared with it."""
    nested: dict[str, dict[str, bytes | None]] = {}
    files: dict[str, bytes | None] = {}
    for path, content in updates.items():
        head, _, rest = path.partition("/")
        if rest:
            nested.setdefault(head, {})[rest] = content
        else:
            files[head] = content
    builder = repository.TreeBuilder(base) if base is not None else repository.TreeBuilder()
    for name, content in files.items():
        if content is not None:
            builder.insert(name, repository.create_blob(content), FileMode.BLOB)
        elif builder.get(name) is not None:
            builder.remove(name)
    for name, inner in nested.items():
        subtree = write(repository, read_subtree(base, name), inner)
        if len(_tree(repository, subtree)):
            builder.insert(name, subtree, FileMode.TREE)
        elif builder.get(name) is not None:
            builder.remove(name)
    return builder.write()


def _tree(repository: pygit2.Repository, oid: pygit2.Oid) -> pygit2.Tree:
    return repository[oid].peel(pygit2.Tree)
