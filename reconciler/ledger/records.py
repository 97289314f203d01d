"""The lease records of a target, one file each."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator

import pygit2

from reconciler.ledger import codec, layout, trees
from reconciler.model.leases import LeaseRecord


def every(
    tree: pygit2.Tree | None, target: str, only: Collection[str] | None = None
) -> Iterator[LeaseRecord]:
    """All lease records of a target, or those of `only` these leases. Raises KeyError, TypeError or ValueError for a damaged one."""
    for name, data in _files(tree, target) if only is None else _named(tree, target, only):
        record = codec.record_from_json(json.loads(data))
        if (record.target, f"{record.id}.json") != (target, name):
            raise ValueError(f"{name} is about {record.id} on {record.target}")
        yield record


def of(tree: pygit2.Tree | None, target: str, lease_id: str) -> LeaseRecord | None:
    """The record of one lease, None without one."""
    return next(every(tree, target, (lease_id,)), None)


def _files(tree: pygit2.Tree | None, target: str) -> Iterator[tuple[str, bytes]]:
    for shard in trees.read_subtree(tree, layout.leases(target)) or ():
        for entry in shard if isinstance(shard, pygit2.Tree) else ():
            if not isinstance(entry, pygit2.Blob):
                raise TypeError(f"{entry.name} is no file")
            yield str(entry.name), entry.data


def _named(
    tree: pygit2.Tree | None, target: str, names: Collection[str]
) -> Iterator[tuple[str, bytes]]:
    for lease_id in names:
        data = trees.read_blob(tree, layout.lease(target, lease_id))
        if data is not None:
            yield f"{lease_id}.json", data
