"""Which leases each person has had on a target: one small file a person, so that nobody has to read all leases that ever were. The records are the last word;
this only says where to look."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import pygit2

from reconciler.ledger import layout, trees
from reconciler.model.leases import LeaseRecord


def lease_ids(tree: pygit2.Tree, target: str, requester: str) -> tuple[str, ...] | None:
    """The leases of the person, those that are somebody else's by now among them; None when no such files were ever written for the target."""
    if trees.read_subtree(tree, layout.requesters(target)) is None:
        return None
    data = trees.read_blob(tree, layout.requester(target, requester)) or b""
    return tuple(data.decode().splitlines())


def updates(
    tree: pygit2.Tree | None,
    target: str,
    written: Iterable[LeaseRecord],
    known: Iterable[LeaseRecord],
) -> Iterator[tuple[str, bytes]]:
    """The files that change with the records that are written. The first time all that are `known` are listed; else nobody looks at them."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    folder = trees.read_subtree(tree, layout.requesters(target))
    for record in (*written, *(known if folder is None else ())):
        found[record.requester].add(record.id)
    for requester, ids in sorted(found.items()):
        path = layout.requester(target, requester)
        before = trees.read_blob(tree, path) or b""
        listed = ids.union(before.decode().splitlines())
        after = "".join(f"{lease_id}\n" for lease_id in sorted(listed)).encode()
        if after != before:
            yield path, after
