"""Openings of break-glass access on the audit branch."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pygit2
import pytest

from reconciler.ledger import codec, layout
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
    ledger.append(entry("second"))
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
