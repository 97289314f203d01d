"""Cost of the audit branch: one commit a phase, whatever the number of events. The reference writes the same bytes as one blob, tree and commit."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pygit2

from reconciler.ledger import layout
from reconciler.ledger.store import Entry, Ledger
from reconciler.model.ledger import CommitKind, Event
from tests.benchmarks.figures import Figure, ratio, wall_seconds

EVENTS = 10_000
RUNS = 200
AT = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder)
        subprocess.run(["git", "-C", folder, "init", "-q", "-b", "main"], check=True)
        ledger = Ledger(repository, actor="benchmark")
        seconds = wall_seconds(lambda: ledger.append(entry("large", EVENTS)))
        reference = wall_seconds(lambda: plain(ledger, "large"))
        yield ratio(f"ledger: one commit of {EVENTS} events", seconds, reference, 10)
        first = wall_seconds(lambda: [ledger.append(entry(f"a{row}", 3)) for row in range(RUNS)])
        for row in range(8 * RUNS):
            ledger.append(entry(f"b{row}", 3))
        later = wall_seconds(lambda: [ledger.append(entry(f"c{row}", 3)) for row in range(RUNS)])
        yield ratio(f"ledger: a commit after {9 * RUNS} others, by one after few", later, first, 2)


def entry(run_id: str, events: int) -> Entry:
    data = {"change": "grant", "grantee": "ALICE", "privilege": "SELECT on HR.EMPLOYEES"}
    rows = [Event("done", AT, {**data, "number": number}) for number in range(events)]
    return Entry(CommitKind.OUTCOME, "prod", run_id, AT, f"{events} changes done", rows)


def plain(ledger: Ledger, run_id: str) -> None:
    """The journal that was written last, in a commit of its own branch."""
    tip = ledger.tip()
    assert tip is not None
    blob = tip.tree / layout.journal("prod", AT, run_id)
    assert isinstance(blob, pygit2.Blob)
    repository = ledger.repository
    builder = repository.TreeBuilder()
    builder.insert("journal", repository.create_blob(blob.data + b"\n"), pygit2.enums.FileMode.BLOB)
    who = pygit2.Signature("benchmark", "benchmark@localhost", int(AT.timestamp()), 0)
    repository.create_commit("refs/heads/plain", who, who, "plain", builder.write(), [])
