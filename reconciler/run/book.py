"""The ledger commits of one run, and the snapshot that goes with its last one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.ledger import snapshots
from reconciler.ledger.store import Entry, Ledger
from reconciler.model.documents import Person
from reconciler.model.ledger import CommitKind, Event
from reconciler.model.plan import Plan
from reconciler.model.snapshot import Snapshot

Publish = Callable[[], None]
"""Brings the ledger's new commits to where the others see them; called before the first statement and before the target is unlocked."""


_BEHIND = frozenset({"break-glass.unrecorded", "ledger.lost"})
"""Findings that say that there is a newer ledger somewhere else."""


@dataclass(slots=True)
class Book:
    """Writes this run's ledger commits."""

    ledger: Ledger
    target: str
    run_id: str
    plan: Plan
    publish: Publish
    people: Mapping[str, Person] = field(default_factory=dict)
    sealed: Mapping[str, bytes] = field(default_factory=dict)
    commits: list[tuple[CommitKind, str]] = field(default_factory=list)

    def write(self, entry: Entry) -> None:
        """Appends one commit; an intent is published at once, because a runner that dies takes its clone with it."""
        self.commits.append((entry.kind, self.ledger.append(entry)))
        if entry.kind is CommitKind.INTENT:
            self.publish()

    def entry(self, kind: CommitKind, summary: str, events: Sequence[Event]) -> Entry:
        """A commit of this run that changes nothing in the state yet."""
        trailers = {
            "Source-Commit": self.plan.commit,
            "Plan-SHA256": self.plan.digest.removeprefix("sha256:"),
            "Database": str(self.plan.database),
        }
        return Entry(kind, self.target, self.run_id, self.plan.at, summary, events, trailers)

    def with_snapshot(self, entry: Entry, seen: Snapshot) -> Entry:
        """The commit with what was seen last, when it differs from what is recorded."""
        file = snapshots.news(self.ledger.snapshot_file(self.target), seen)
        if file is None:
            return entry
        event = _kept(file, seen)
        return replace(entry, events=(*entry.events, event), snapshot=file)

    def write_snapshot(self, seen: Snapshot) -> None:
        """What was seen, in a commit of its own: the ledger was behind the database in this alone. Nothing when it was not, and nothing when the database
        knows more than this ledger: a commit would stand in the way of those that are still to be brought here."""
        if any(row.rule in _BEHIND for row in self.plan.findings):
            return
        grants = counted(len(seen.grants), "grant")
        summary = f"snapshot for reviews: {grants} to {counted(len(seen.users), 'user')} and {counted(len(seen.roles), 'role')}"
        entry = self.with_snapshot(self.entry(CommitKind.SYNC, summary, ()), seen)
        if entry.snapshot is not None:
            self.write(entry)


def _kept(file: bytes, seen: Snapshot) -> Event:
    """Which snapshot it was: the next one takes its place, and the journal stays."""
    data = {"sha256": hashlib.sha256(file).hexdigest(), "grants": len(seen.grants)}
    return Event("snapshot", seen.at, data)


def with_description(after: Snapshot, before: Snapshot) -> Snapshot:
    """What was seen after execution, with what no statement of a run changes and is therefore read once: objects, sizes, views and columns."""
    return replace(
        after,
        objects=before.objects,
        known_schemas=before.known_schemas,
        columns=before.columns,
        described_schemas=before.described_schemas,
        sizes=before.sizes,
        dependencies=before.dependencies,
        classified_columns=before.classified_columns,
        classified_patterns=before.classified_patterns,
    )


def counted(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")
