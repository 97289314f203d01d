"""The audit branch as a list, newest first."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pygit2
from pygit2.enums import SortMode

from reconciler.ledger import layout, trees
from reconciler.ledger.store import Ledger


@dataclass(frozen=True, slots=True)
class Record:
    """One ledger commit. `at` is the run's instant on the database clock, UTC."""

    commit: str
    at: datetime
    summary: str
    trailers: Mapping[str, str]


def records(ledger: Ledger, *, target: str = "", limit: int = 0) -> Iterator[Record]:
    """Commits of the branch, newest first; of one target only when it is named."""
    tip = ledger.tip()
    if tip is None:
        return
    found = 0
    for commit in ledger.repository.walk(tip.id, SortMode.TOPOLOGICAL):
        record = _record(commit)
        if target and record.trailers.get("Target") != target:
            continue
        yield record
        found += 1
        if found == limit:
            return


def events(ledger: Ledger, record: Record) -> tuple[dict[str, Any], ...]:
    """The journal of the run a commit belongs to, as it stood at that commit."""
    commit = ledger.repository[record.commit].peel(pygit2.Commit)
    path = layout.journal(record.trailers["Target"], record.at, record.trailers["Run-Id"])
    data = trees.read_blob(commit.tree, path) or b""
    return tuple(json.loads(row) for row in data.decode().split("\n") if row)


def events_of(ledger: Ledger, target: str, event_type: str) -> Iterator[dict[str, Any]]:
    """All events of one type on a target, oldest first, from the journals as they are at the tip."""
    tip = ledger.tip()
    folder = trees.read_subtree(tip.tree if tip else None, layout.journals(target))
    mark = f'"type":{json.dumps(event_type)}'.encode()
    for data in _journals(folder):
        if mark in data:
            rows = (json.loads(row) for row in data.decode().split("\n") if row)
            yield from (row for row in rows if row["type"] == event_type)


def _journals(folder: pygit2.Tree | None) -> Iterator[bytes]:
    """The files below a folder by name, which is by time."""
    for entry in sorted(folder or (), key=lambda entry: entry.name or ""):
        if isinstance(entry, pygit2.Tree):
            yield from _journals(entry)
        elif isinstance(entry, pygit2.Blob):
            yield entry.data


def _record(commit: pygit2.Commit) -> Record:
    summary, _, body = commit.message.partition("\n")
    trailers = dict(row.split(": ", 1) for row in body.splitlines() if ": " in row)
    return Record(
        str(commit.id), datetime.fromtimestamp(commit.commit_time, UTC), summary, trailers
    )
