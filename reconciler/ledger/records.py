"""The lease records of a target, one file each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import pygit2

from reconciler.ledger import codec, layout, trees
from reconciler.model.leases import LeaseRecord


def every(tree: pygit2.Tree | None, target: str) -> Iterator[LeaseRecord]:
    """All lease records of a target. Raises KeyError, TypeError or ValueError for a damaged one."""
    for shard in trees.read_subtree(tree, layout.leases(target)) or ():
        for entry in shard if isinstance(shard, pygit2.Tree) else ():
            if not isinstance(entry, pygit2.Blob):
                raise TypeError(f"{entry.name} is no file")
            record = codec.record_from_json(json.loads(entry.data))
            if (record.target, f"{record.id}.json") != (target, entry.name):
                raise ValueError(f"{entry.name} is about {record.id} on {record.target}")
            yield record


def some(tree: pygit2.Tree | None, target: str, lease_ids: Iterable[str]) -> Iterator[LeaseRecord]:
    """The records of these leases, of those that have one. Raises KeyError, TypeError or ValueError for a damaged one."""
    for lease_id in lease_ids:
        record = of(tree, target, lease_id)
        if record is not None:
            if (record.target, record.id) != (target, lease_id):
                raise ValueError(f"{lease_id} is about {record.id} on {record.target}")
            yield record


def of(tree: pygit2.Tree | None, target: str, lease_id: str) -> LeaseRecord | None:
    """The record of one lease, None without one."""
    data = trees.read_blob(tree, layout.lease(target, lease_id))
    return codec.record_from_json(json.loads(data)) if data else None
