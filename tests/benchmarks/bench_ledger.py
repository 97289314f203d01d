"""Cost of the audit branch: one commit a phase, whatever the number of events, and the last snapshot of a target. The reference writes the same bytes as one
blob, tree and commit; for reading and writing a snapshot it is JSON of the same grants without a check."""

from __future__ import annotations

import json
import subprocess
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pygit2

from reconciler.ledger import layout, snapshots
from reconciler.ledger.store import Entry, Ledger
from reconciler.model.ledger import CommitKind, Event
from reconciler.model.privileges import Entitlement, on_object
from reconciler.model.snapshot import DatabaseIdentity, HeldGrant, Snapshot
from tests.benchmarks.figures import Figure, beside, megabytes, ratio, wall_seconds

EVENTS = 10_000
RUNS = 200
GRANTS = 100_000
SNAPSHOTS = 10
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
        yield from snapshot_figures(ledger)


def snapshot_figures(ledger: Ledger) -> Iterator[Figure]:
    """A snapshot with many grants, and one that has one grant more."""
    snapshot = holding(range(GRANTS))
    rows = [list(map(str, grant.entitlement.privilege)) for grant in snapshot.grants]
    seconds, reference = beside(lambda: json.dumps(rows), lambda: snapshots.encode(snapshot))
    yield ratio(
        f"ledger: a snapshot of {GRANTS} grants as bytes, by plain JSON", seconds, reference, 15
    )
    data, text = snapshots.encode(snapshot), json.dumps(rows)
    seconds, reference = beside(lambda: json.loads(text), lambda: snapshots.decode(data))
    yield ratio("ledger: the snapshot read strictly, by plain JSON", seconds, reference, 60)
    yield megabytes("ledger: the snapshot in git", len(zlib.compress(data)) / 1e6, 2)
    yield from packed(ledger, snapshot)


def packed(ledger: Ledger, snapshot: Snapshot) -> Iterator[Figure]:
    """What git keeps of ten snapshots that differ in a grant each."""
    size, before = 0.0, packs(ledger)
    for row in range(SNAPSHOTS):
        one_more = snapshot.grants | holding([GRANTS + row]).grants
        data = snapshots.encode(replace(snapshot, grants=one_more))
        ledger.append(Entry(CommitKind.SYNC, "prod", f"s{row}", AT, "seen", [], snapshot=data))
        size += len(zlib.compress(data))
    kept = packs(ledger) - before
    name = f"ledger: {SNAPSHOTS} snapshots that differ in a grant, packed, by one"
    yield Figure(name, kept / (size / SNAPSHOTS), "x", 3)


def packs(ledger: Ledger) -> int:
    """Bytes that the repository takes once git has packed it."""
    folder = Path(ledger.repository.path)
    subprocess.run(["git", "-C", str(folder), "gc", "-q", "--prune=now"], check=True)
    return sum(path.stat().st_size for path in folder.glob("objects/pack/*.pack"))


def holding(numbers: Iterable[int]) -> Snapshot:
    database = DatabaseIdentity("FREE", 1, "FREEPDB1", 23, "23.26.1.0.0")
    words = ("SELECT", "INSERT", "UPDATE", "DELETE")
    grants = (
        HeldGrant(
            Entitlement(
                f"USER_{number % 5000:04}",
                on_object(words[number % 4], "HR", f"TABLE_{number // 5000}_{number % 4}"),
            ),
            "HR",
        )
        for number in numbers
    )
    return Snapshot("prod", AT, database, "RECONCILER", grants=frozenset(grants))


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
