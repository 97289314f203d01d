"""What it costs to review a pull request of 10 files, in a repository of 100 requests and in one of 100,000: the price must not grow with the repository."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from reconciler.documents.changed import read_change
from reconciler.ledger import layout, people_index, snapshots
from reconciler.ledger.codec import dump, record_to_json
from reconciler.ledger.store import Entry, Ledger
from reconciler.model.leases import LeaseRecord, RecordStatus
from reconciler.model.ledger import CommitKind
from reconciler.model.privileges import Entitlement, on_object, role
from reconciler.model.snapshot import (
    DatabaseIdentity,
    DatabaseObject,
    HeldGrant,
    RoleAccount,
    Snapshot,
    UserAccount,
)
from reconciler.render.markdown import comment
from reconciler.run.reviewing.review import Question, review
from tests.benchmarks.bench_documents import generated
from tests.benchmarks.figures import Figure, processor_seconds, ratio

CHANGED = 10
FEW, MANY = 100, 100_000
GRANTS = 2_000
NOW = datetime(2026, 11, 20, 14, tzinfo=UTC)
_TARGET = "hr-prod"
_AUTHOR = b"Tester <tester@example.org> 1790000000 +0000"


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        few, many = (repository(Path(folder) / str(count), count) for count in (FEW, MANY))
        for path in (few, many):
            record(path)
        name = f"review of {CHANGED} changed requests: {MANY} requests against {FEW}"
        yield ratio(name, *_beside(partial(judge, many), partial(judge, few)), 2.0)
        yield ratio(
            "  the part of it that reads documents",
            *_beside(
                lambda: read_change(many, "main", "change"),
                lambda: read_change(few, "main", "change"),
            ),
        )
        add_leases(many, MANY)
        name = f"  and with {MANY} ended leases in the ledger, 100 of the requester"
        yield ratio(name, *_beside(partial(judge, many), partial(judge, few)), 2.0)


def _beside(work: Callable[[], object], reference: Callable[[], object]) -> tuple[float, float]:
    """The least of some runs of each, in turns: other jobs change the speed of a machine within a second."""
    pairs = [(processor_seconds(work), processor_seconds(reference)) for _ in range(5)]
    return min(row[0] for row in pairs), min(row[1] for row in pairs)


def judge(folder: Path) -> None:
    """What the command does between its start and its exit."""
    changed = read_change(folder, "main", "change")
    found = review(Question(folder, changed, Ledger.to_read(folder), NOW))
    assert len(found.access) == CHANGED, found
    assert all(row.statements and row.difference for row in found.access), found.invalid
    comment(found, UTC)


def record(folder: Path) -> None:
    """The last snapshot of the target, as a run leaves it."""
    entry = Entry(
        CommitKind.SYNC, _TARGET, "20261120T130000Z-1", NOW, "Snapshot", [], snapshot=snapshot()
    )
    Ledger(folder, actor="tester").append(entry)


def snapshot() -> bytes:
    tables = [f"T{number}" for number in range(GRANTS // 10)]
    roles = [f"R{number}" for number in range(10)]
    grants = [
        HeldGrant(Entitlement(name, on_object("SELECT", "HR", table)), "HR")
        for name in roles
        for table in tables
    ]
    grants += (HeldGrant(Entitlement("ALICE", role(name))) for name in roles)
    users = ("ALICE", "BOB", "CAROL", "HR", "RECONCILER")
    return snapshots.encode(
        Snapshot(
            target=_TARGET,
            at=NOW - timedelta(hours=1),
            database=DatabaseIdentity("CDB1", 42, "HRPDB", 19, "19.21.0.0.0"),
            account="RECONCILER",
            grants=frozenset(grants),
            users={name: UserAccount(name, "OPEN") for name in users},
            roles={name: RoleAccount(name) for name in roles},
            has_gate=True,
            objects=frozenset(DatabaseObject("HR", table, "TABLE") for table in tables),
        )
    )


def add_leases(folder: Path, count: int) -> None:
    """Ended leases of a thousand people, in one commit on top of the audit branch, as runs leave them."""
    files: list[tuple[str, bytes]] = []
    leases: list[LeaseRecord] = []
    for number in range(count):
        lease = LeaseRecord(
            id=f"{number % 100:02d}-{number}",
            target=_TARGET,
            status=RecordStatus.ENDED,
            grantee="BOB",
            requester="alice" if number % 1000 == 0 else f"person-{number % 1000}",
            first_start=NOW - timedelta(days=9),
            end=NOW - timedelta(days=8),
            entitlements=frozenset(),
            path="grants/requests/x.yaml",
            ended_at=NOW - timedelta(days=8),
        )
        files.append((layout.lease(_TARGET, lease.id), dump(record_to_json(lease))))
        leases.append(lease)
    index = people_index.updates(None, _TARGET, leases)
    files += [(path, data) for path, data in index.items() if data is not None]
    _import(folder, _commit(b"audit", b"audit^0", files))


def repository(folder: Path, requests: int) -> Path:
    """A packed repository whose branch `change` adds requests to `main`. git's fast-import makes it in seconds, `git add` would take minutes."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(folder)], check=True)
    source = generated(requests)
    files = [(file.path, file.data) for file in source.contents]
    one = next(data for path, data in files if path.endswith("/request-0.yaml"))
    added = [
        (f"grants/requests/new-{number}.yaml", one.replace(b"request-0", b"new-%d" % number))
        for number in range(CHANGED)
    ]
    stream = _commit(b"main", b"", files) + _commit(b"change", b"main", added)
    _import(folder, stream)
    return folder


def _import(folder: Path, stream: bytes) -> None:
    command = ["git", "-C", str(folder), "fast-import", "--quiet", "--force"]
    subprocess.run(command, input=stream, check=True)


def _commit(branch: bytes, parent: bytes, files: list[tuple[str, bytes]]) -> bytes:
    parts = [b"commit refs/heads/%s\ncommitter %s\ndata 2\nok\n" % (branch, _AUTHOR)]
    if parent:
        parts.append(b"from refs/heads/%s\n" % parent)
    for path, data in files:
        parts.append(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data))
    return b"".join(parts)
