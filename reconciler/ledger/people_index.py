"""An index of leases by requester, so that the history of one person can be read without all records of a target.

`state/<target>/people/<requester>.json` holds a line of facts for each lease of theirs. It is written together with the records and could be made again from
them; a ledger that was written before there was an index is read in full.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pygit2

from reconciler.ledger import codec, layout, records, trees
from reconciler.model.instants import format_instant, parse_instant
from reconciler.model.leases import EndReason, LeaseRecord, PastLease, RecordStatus

Index = dict[str, PastLease]


def past(record: LeaseRecord) -> PastLease:
    return PastLease(
        record.id,
        record.first_start,
        record.end,
        record.status,
        record.ended_at,
        record.end_reason,
        record.extensions,
    )


def updates(
    tree: pygit2.Tree | None, target: str, written: Iterable[LeaseRecord]
) -> dict[str, bytes | None]:
    """The files of the index that change with the records. The first ones written to an older ledger bring all of its records along. Raises what reading a
    damaged state file raises."""
    new = {record.id: record for record in written}
    if not new:
        return {}
    if trees.read_subtree(tree, layout.people(target)) is None:
        everything = {record.id: record for record in records.every(tree, target)} | new
        changed = _by_requester(everything.values())
    else:
        changed = _changed(tree, target, new.values())
    return {
        layout.person(target, name): _dumped(name, found) if found else None
        for name, found in sorted(changed.items())
    }


def _changed(
    tree: pygit2.Tree | None, target: str, new: Collection[LeaseRecord]
) -> dict[str, Index]:
    """The indexes of those whose leases are written; a lease whose requester was corrected moves."""
    known = [records.of(tree, target, record.id) for record in new]
    before = [record for record in known if record is not None]
    people = {row.requester for row in (*before, *new)} - {""}
    changed = {name: _read(tree, target, name) for name in people}
    for record in before:
        changed.get(record.requester, {}).pop(record.id, None)
    for record in new:
        if record.requester:
            changed[record.requester][record.id] = past(record)
    return changed


def history(tree: pygit2.Tree | None, target: str, requester: str) -> tuple[PastLease, ...]:
    """The leases of the requester on the target, by name. Raises what reading a damaged state file raises."""
    if trees.read_subtree(tree, layout.people(target)) is not None:
        found = _read(tree, target, requester)
    else:
        found = _by_requester(records.every(tree, target)).get(requester, {})
    return tuple(found[lease_id] for lease_id in sorted(found))


def _by_requester(leases: Iterable[LeaseRecord]) -> dict[str, Index]:
    found: defaultdict[str, Index] = defaultdict(dict)
    for record in leases:
        if record.requester:
            found[record.requester][record.id] = past(record)
    return found


def _read(tree: pygit2.Tree | None, target: str, requester: str) -> Index:
    data = trees.read_blob(tree, layout.person(target, requester))
    if data is None:
        return {}
    parts = json.loads(data)
    if parts["requester"] != requester:
        raise ValueError(f"the index of {requester} is about {parts['requester']}")
    return {name: _from_json(name, row) for name, row in parts["leases"].items()}


def _dumped(requester: str, found: Index) -> bytes:
    leases = {name: _to_json(row) for name, row in found.items()}
    return codec.dump({"requester": requester, "leases": leases})


def _to_json(row: PastLease) -> dict[str, Any]:
    return {
        "first_start": format_instant(row.first_start),
        "end": format_instant(row.end),
        "status": row.status.value,
        "ended_at": format_instant(row.ended_at) if row.ended_at else None,
        "end_reason": row.end_reason.value if row.end_reason else None,
        "extensions": row.extensions,
    }


def _from_json(name: str, parts: Mapping[str, Any]) -> PastLease:
    """Raises KeyError, TypeError or ValueError for anything that `_to_json` would not write."""
    return PastLease(
        name,
        parse_instant(parts["first_start"]),
        parse_instant(parts["end"]),
        RecordStatus(parts["status"]),
        parse_instant(parts["ended_at"]) if parts["ended_at"] else None,
        EndReason(parts["end_reason"]) if parts["end_reason"] else None,
        codec.count_from_json(parts["extensions"]),
    )
