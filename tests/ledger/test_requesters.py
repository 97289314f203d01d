"""The leases of a person are found without reading everybody's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pygit2
import pytest

from reconciler.ledger import codec, layout, trees
from reconciler.ledger.store import Entry, Ledger
from reconciler.model.errors import LedgerError
from reconciler.model.leases import LeaseRecord, RecordStatus
from reconciler.model.ledger import CommitKind

NOW = datetime(2026, 11, 20, 14, tzinfo=UTC)


def record(name: str, requester: str = "alice") -> LeaseRecord:
    return LeaseRecord(
        id=name,
        target="prod",
        status=RecordStatus.GRANTED,
        grantee=requester.upper(),
        requester=requester,
        first_start=NOW,
        end=NOW + timedelta(hours=1),
        entitlements=frozenset(),
        path=f"grants/requests/{name}.yaml",
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    pygit2.init_repository(str(tmp_path), bare=True)
    return Ledger(tmp_path, actor="tester")


def append(ledger: Ledger, *leases: LeaseRecord) -> None:
    ledger.append(Entry(CommitKind.OUTCOME, "prod", "run-1", NOW, "Ran", [], leases=leases))


def write(ledger: Ledger, files: Iterable[tuple[str, bytes | None]]) -> None:
    """Past the ledger's own way of writing, as an older version or somebody else would."""
    tip = ledger.tip()
    who = pygit2.Signature("Tester", "tester@example.org", 1, 0)
    tree = trees.write(ledger.repository, tip.tree if tip else None, dict(files))
    parents = [tip.id] if tip else []
    ledger.repository.create_commit(ledger.reference, who, who, "By hand", tree, parents)


def names(ledger: Ledger, requester: str) -> list[str]:
    return [row.id for row in ledger.leases_of("prod", requester)]


def test_each_person_has_the_own_leases(ledger: Ledger) -> None:
    assert names(ledger, "alice") == []
    append(ledger, record("b"), record("x", "bob"))
    append(ledger, record("a"))
    assert names(ledger, "alice") == ["a", "b"]
    assert names(ledger, "bob") == ["x"]
    assert names(ledger, "carol") == []
    assert ledger.leases_of("other", "alice") == []


def test_a_lease_that_is_written_again_is_listed_once(ledger: Ledger) -> None:
    append(ledger, record("a"))
    append(ledger, replace(record("a"), status=RecordStatus.ENDED, ended_at=NOW))
    (found,) = ledger.leases_of("prod", "alice")
    assert found.status is RecordStatus.ENDED


def test_a_lease_that_becomes_somebody_elses_is_not_the_first_ones_any_more(ledger: Ledger) -> None:
    append(ledger, record("a"))
    append(ledger, record("a", "bob"))
    assert (names(ledger, "alice"), names(ledger, "bob")) == ([], ["a"])


def test_leases_from_before_there_were_lists_are_found_and_listed_with_the_next_run(
    ledger: Ledger,
) -> None:
    old = record("old")
    write(ledger, [(layout.lease("prod", "old"), codec.dump(codec.record_to_json(old)))])
    assert names(ledger, "alice") == ["old"]
    append(ledger, record("new"))
    assert names(ledger, "alice") == ["new", "old"]


def test_a_damaged_record_is_an_error(ledger: Ledger) -> None:
    append(ledger, record("a"))
    write(ledger, [(layout.lease("prod", "a"), b"{}")])
    with pytest.raises(LedgerError) as caught:
        ledger.leases_of("prod", "alice")
    assert caught.value.rule == "ledger.damaged"
    write(ledger, [(layout.requester("prod", "alice"), None)])
    with pytest.raises(LedgerError):
        append(ledger, record("b"))
