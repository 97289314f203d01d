"""The leases of one requester, read from an index that is written with the records."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pygit2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.ledger import codec, layout, people_index, records, trees
from reconciler.ledger.store import Entry, Ledger
from reconciler.model.errors import LedgerError
from reconciler.model.leases import EndReason, LeaseRecord, RecordStatus
from reconciler.model.ledger import CommitKind
from reconciler.model.names import lease_role
from reconciler.model.privileges import Entitlement, on_object

AT = datetime(2026, 12, 1, 14, 0, tzinfo=UTC)
SELECT = on_object("SELECT", "HR", "EMPLOYEES")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return Ledger(tmp_path, actor="ci")


def record(name: str = "fix", requester: str = "alice", **changes: object) -> LeaseRecord:
    held = frozenset({Entitlement(lease_role(name), SELECT)})
    base = LeaseRecord(
        name,
        "prod",
        RecordStatus.GRANTED,
        "ALICE",
        requester,
        AT,
        AT + timedelta(hours=4),
        held,
        f"grants/requests/{name}.yaml",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def append(ledger: Ledger, *leases: LeaseRecord) -> None:
    ledger.append(Entry(CommitKind.OUTCOME, "prod", "run-1", AT, "x", [], leases=leases))


def names(ledger: Ledger, requester: str = "alice") -> list[str]:
    return [row.id for row in ledger.history("prod", requester)]


def put(ledger: Ledger, path: str, data: bytes | None) -> None:
    """Writes a file of the branch by hand."""
    repository, tip = ledger.repository, ledger.tip()
    tree = trees.write(repository, tip.tree if tip else None, {path: data})
    by = ledger._signature(AT)
    parents = [tip.id] if tip else []
    repository.create_commit(ledger.reference, by, by, "by hand", tree, parents)


def forget_index(ledger: Ledger) -> None:
    """Makes the ledger one that was written before there was an index."""
    tip = ledger.tip()
    folder = trees.read_subtree(tip.tree if tip else None, layout.people("prod"))
    for entry in folder or ():
        put(ledger, f"{layout.people('prod')}/{entry.name}", None)
    tip = ledger.tip()
    assert trees.read_subtree(tip.tree if tip else None, layout.people("prod")) is None


def test_an_empty_ledger_knows_nobody(ledger: Ledger) -> None:
    assert ledger.history("prod", "alice") == ()
    append(ledger)
    assert ledger.history("prod", "alice") == ()


def test_all_of_a_lease_that_judging_needs_is_kept(ledger: Ledger) -> None:
    ended = record(
        status=RecordStatus.ENDED,
        ended_at=AT + timedelta(hours=1),
        end_reason=EndReason.REVOKED,
        extensions=2,
    )
    append(ledger, ended, record("b"), record("c", "bob"))
    assert ledger.history("prod", "alice") == (
        people_index.past(record("b")),
        people_index.past(ended),
    )
    assert names(ledger, "bob") == ["c"]
    assert names(ledger, "carol") == []
    assert ledger.history("other", "alice") == ()


def test_the_last_word_on_a_lease_takes_the_place_of_the_one_before(ledger: Ledger) -> None:
    append(ledger, record())
    append(ledger, record(extensions=1), record("b"))
    assert [(row.id, row.extensions) for row in ledger.history("prod", "alice")] == [
        ("b", 0),
        ("fix", 1),
    ]


def test_a_lease_whose_requester_was_corrected_moves(ledger: Ledger) -> None:
    append(ledger, record(), record("b"))
    append(ledger, record(requester="bob"))
    assert (names(ledger, "alice"), names(ledger, "bob")) == (["b"], ["fix"])
    append(ledger, record("b", requester=""))
    assert names(ledger, "alice") == []


def test_a_ledger_without_an_index_is_read_in_full(ledger: Ledger) -> None:
    append(ledger, record(), record("b", "bob"), record("c", ""))
    forget_index(ledger)
    assert (names(ledger), names(ledger, "bob"), names(ledger, "carol")) == (["fix"], ["b"], [])


def test_the_first_records_written_to_an_older_ledger_bring_the_others_along(
    ledger: Ledger,
) -> None:
    append(ledger, record(), record("b", "bob"), record("old", "bob"))
    forget_index(ledger)
    append(ledger, record("b", "carol"))
    tip = ledger.tip()
    assert trees.read_subtree(tip.tree if tip else None, layout.people("prod")) is not None
    assert [names(ledger, name) for name in ("alice", "bob", "carol")] == [["fix"], ["old"], ["b"]]


def test_a_name_from_a_damaged_document_is_no_path(ledger: Ledger) -> None:
    hostile = "../../granted"
    append(ledger, record(requester=hostile))
    assert names(ledger, hostile) == ["fix"]
    assert ledger.read("prod").granted == frozenset()


DAMAGE: dict[str, Any] = {
    "no-json": b"{",
    "no-object": b"[]",
    "about-another": {"requester": "bob"},
    "negative": {"leases": {"fix": {"extensions": -1}}},
    "no-number": {"leases": {"fix": {"extensions": True}}},
    "no-instant": {"leases": {"fix": {"end": "tomorrow"}}},
    "no-status": {"leases": {"fix": {"status": "unheard-of"}}},
}


@pytest.mark.parametrize("name", sorted(DAMAGE))
def test_a_damaged_index_is_not_guessed_at(ledger: Ledger, name: str) -> None:
    append(ledger, record())
    path = layout.person("prod", "alice")
    tip = ledger.tip()
    parts = json.loads(trees.read_blob(tip.tree if tip else None, path) or b"")
    damage = DAMAGE[name]
    if isinstance(damage, dict):
        lease = damage.get("leases", {}).get("fix", {})
        parts["requester"] = damage.get("requester", "alice")
        parts["leases"]["fix"] |= lease
        damage = json.dumps(parts).encode()
    put(ledger, path, damage)
    with pytest.raises(LedgerError, match="the leases of alice on prod"):
        ledger.history("prod", "alice")
    with pytest.raises(LedgerError, match="the leases of prod"):
        append(ledger, record("b"))


def test_a_folder_in_the_place_of_a_record_is_damage(ledger: Ledger) -> None:
    append(ledger, record())
    forget_index(ledger)
    put(ledger, f"{layout.leases('prod')}/fi/folder.json/x", b"{}")
    with pytest.raises(LedgerError):
        ledger.history("prod", "alice")
    with pytest.raises(LedgerError):
        ledger.read("prod")


def test_records_from_before_extensions_were_counted_are_read(ledger: Ledger) -> None:
    parts = codec.record_to_json(record())
    assert "extensions" not in parts
    assert codec.record_from_json(parts).extensions == 0
    assert codec.record_from_json(codec.record_to_json(record(extensions=3))).extensions == 3


STEPS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["alice", "bob", ""])), max_size=6
)


@given(STEPS, st.integers(0, 6))
def test_the_index_says_what_the_records_say(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str]], without: int
) -> None:
    """The first ones are written as they were before there was an index."""
    repository = pygit2.init_repository(str(tmp_path_factory.mktemp("ledger")), bare=True)
    tree: pygit2.Tree | None = None
    for number, (name, requester) in enumerate(steps):
        row = record(name, requester, extensions=number)
        files: dict[str, bytes | None] = {
            layout.lease("prod", name): codec.dump(codec.record_to_json(row))
        }
        if number >= without:
            files |= people_index.updates(tree, "prod", [row])
        tree = repository[trees.write(repository, tree, files)].peel(pygit2.Tree)
    kept = list(records.every(tree, "prod"))
    for requester in ("alice", "bob"):
        mine = sorted((row for row in kept if row.requester == requester), key=lambda row: row.id)
        found = people_index.history(tree, "prod", requester)
        assert found == tuple(map(people_index.past, mine))
