"""Openings of break-glass access on the audit branch."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pygit2
import pytest

from reconciler.ledger import codec, layout
from reconciler.ledger.remote import Remote
from reconciler.ledger.store import Entry, Ledger
from reconciler.model.errors import LedgerError
from reconciler.model.ledger import CommitKind
from tests.model.test_break_glass import OPENING


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    pygit2.init_repository(str(tmp_path), bare=True)
    return Ledger(tmp_path, actor="tester")


def entry(target: str = "prod", **changes: object) -> Entry:
    opening = replace(OPENING, target=target)
    base = Entry(CommitKind.INTENT, target, "run-1", OPENING.opened_at, "opened", [])
    return replace(base, openings=[opening], **changes)  # type: ignore[arg-type]


def test_what_is_written_is_read_and_nothing_else_of_the_state_changes(ledger: Ledger) -> None:
    ledger.append(entry())
    ledger.append(entry("second"))  # one command, two targets
    state = ledger.read("prod")
    assert state.openings == {"bg-rescue-1": OPENING}
    assert (state.leases, state.open_intent) == ({}, None)
    assert {row.target for row in ledger.openings().known} == {"prod", "second"}
    assert len(ledger.openings().of_seal(OPENING.seal)) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"target": "other"},
        {"lease": "payroll-fix"},
        {"duration": "for ever"},
        {"opened_at": "yesterday"},
        {"more": 1},
        {"person": ["alice"]},
        {"seal": None},
    ],
)
def test_a_damaged_opening_stops_the_target(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, change: dict[str, object]
) -> None:
    """A seal that is taken for whole because its record cannot be read would open twice."""
    parts = json.dumps(codec.opening_to_json(OPENING) | change)
    monkeypatch.setattr(codec, "opening_to_json", lambda _: json.loads(parts))
    ledger.append(entry())
    with pytest.raises(LedgerError, match="cannot be read"):
        ledger.read("prod")


def test_the_place_is_the_targets_own() -> None:
    assert layout.opening("prod", "bg-rescue-1") == "state/prod/break-glass/bg-rescue-1.json"


def test_p33_two_runs_on_two_targets_do_not_break_one_seal(tmp_path: Path) -> None:
    """Their targets have locks and states of their own, so nothing else makes them meet. The first one may open on further targets."""
    pygit2.init_repository(str(tmp_path), bare=True)
    first, second = (Ledger(tmp_path, actor=name) for name in ("one", "two"))
    for ledger in (first, second):
        assert ledger.openings().known == ()
    first.append(entry("prod"))
    with pytest.raises(LedgerError, match="broke the seal"):
        second.append(entry("second"))
    first.append(entry("third"))
    assert {row.target for row in first.openings().known} == {"prod", "third"}


def test_p33_two_clones_do_not_break_one_seal_and_what_the_slower_one_did_is_not_lost(
    tmp_path: Path,
) -> None:
    shared = tmp_path / "shared"
    pygit2.init_repository(str(shared), bare=True)
    clones = []
    for name in ("one", "two"):
        made = pygit2.clone_repository(str(shared), str(tmp_path / name))
        clones.append((Ledger(made.path, actor=name), Remote(tmp_path / name)))
    (first, to_first), (second, to_second) = clones
    first.append(entry("prod"))
    second.append(entry("second"))
    to_first.push(first)
    with pytest.raises(LedgerError, match="broke the seal"):
        to_second.push(second)
    assert [row.target for row in second.openings().known] == ["second"]
