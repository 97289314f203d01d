"""Evidence of reviews on the audit branch: what is written is read again, and what nobody here would write is not believed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.ledger import evidence, layout
from reconciler.ledger.remote import Remote
from reconciler.ledger.store import Entry, Ledger
from reconciler.model.approvals import (
    ApprovalRecord,
    ApprovalsState,
    ChangeSet,
    Contributor,
    Held,
    Opinion,
    Review,
)
from reconciler.model.errors import LedgerError
from reconciler.model.ledger import CommitKind
from reconciler.model.policies import EvidenceKind

AT = datetime(2026, 11, 20, 14, tzinfo=UTC)
OBJECT = "0123456789abcdef0123456789abcdef01234567"
OTHER = OBJECT[::-1]
STATE = ApprovalsState(OBJECT, OTHER, {"grants/a.yaml": Held(OTHER, "", OTHER, ("missing: bob",))})
RECORD = ApprovalRecord(
    "payroll-fix",
    "grants/requests/payroll-fix.yaml",
    OBJECT,
    OTHER,
    AT,
    None,
    ("bob",),
    40,
    "sha256:1",
    EvidenceKind.SIGNATURES,
)
objects = st.text("0123456789abcdef", min_size=40, max_size=40)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
instants = st.integers(946_684_800, 4_102_444_800).map(
    lambda second: datetime.fromtimestamp(second, UTC)
)
changes = st.builds(
    ChangeSet,
    kind=st.sampled_from(EvidenceKind),
    commit=objects,
    parent=objects,
    head=st.one_of(st.just(""), objects),
    number=st.integers(0, 10**6),
    url=texts,
    opened_at=st.none() | instants,
    merged_at=st.none() | instants,
    merged_by=texts,
    contributors=st.lists(st.builds(Contributor, texts, texts), max_size=3).map(tuple),
    reviews=st.lists(
        st.builds(Review, texts, st.sampled_from(Opinion), instants, texts, texts, texts),
        max_size=3,
    ).map(tuple),
    files=st.dictionaries(texts, texts, max_size=3),
    problems=st.lists(texts, max_size=2).map(tuple),
)


@given(changes)
def test_a_change_is_read_as_it_was_written(change: ChangeSet) -> None:
    written = evidence.dump(evidence.change_to_json(change))
    assert evidence.change_from_json(json.loads(written)) == change
    assert evidence.dump(evidence.change_to_json(change)) == written


def test_state_and_approvals_are_read_as_they_were_written() -> None:
    assert evidence.state_from_json(evidence.state_to_json(STATE)) == STATE
    link = replace(STATE, held={"x": Held(f"120000:{OBJECT}", OBJECT, OTHER, ())})
    assert evidence.state_from_json(evidence.state_to_json(link)) == link
    for record in (RECORD, replace(RECORD, merged_at=AT, by=())):
        assert evidence.record_from_json(evidence.record_to_json(record)) == record


def _state(**changes: Any) -> Any:
    return evidence.state_to_json(STATE) | changes


def _held(**changes: Any) -> Any:
    value = evidence.state_to_json(STATE)
    value["held"]["grants/a.yaml"] |= changes
    return value


@pytest.mark.parametrize(
    "value",
    [
        _state(judged="HEAD"),
        _state(baseline=""),
        _state(held=[]),
        _held(approved="../../etc/passwd"),
        _held(refused=7),
        _held(commit=""),
        {"baseline": OBJECT, "judged": OTHER},
        [],
        None,
    ],
)
def test_a_state_that_nobody_here_wrote_stops_everything(
    repository: Path, append: Callable[[Ledger, dict[str, bytes | None]], str], value: Any
) -> None:
    ledger = Ledger(repository, actor="ci")
    append(ledger, {layout.approvals_state(): evidence.dump(value)})
    with pytest.raises(LedgerError) as raised:
        evidence.state(ledger)
    assert raised.value.rule == "ledger.damaged"


@pytest.mark.parametrize(
    "changes",
    [{"blob": ""}, {"kind": "hearsay"}, {"seen_at": "yesterday"}, {"risk": None}, {"by": 1}],
)
def test_an_approval_that_nobody_here_wrote_is_no_approval(
    repository: Path,
    append: Callable[[Ledger, dict[str, bytes | None]], str],
    changes: dict[str, Any],
) -> None:
    ledger = Ledger(repository, actor="ci")
    value = evidence.record_to_json(RECORD) | changes
    append(ledger, {layout.approval("payroll-fix"): evidence.dump(value)})
    with pytest.raises(LedgerError):
        evidence.approval(ledger, "payroll-fix")


def test_evidence_is_no_target(
    repository: Path, append: Callable[[Ledger, dict[str, bytes | None]], str]
) -> None:
    ledger = Ledger(repository, actor="ci")
    commit = append(
        ledger, {layout.approvals_state(): evidence.dump(evidence.state_to_json(STATE))}
    )
    assert ledger.targets() == ()
    assert evidence.state(ledger) == STATE
    assert evidence.approval(ledger, "nobodys") is None
    assert evidence.evidence(ledger, OBJECT) is None
    subject = _git(repository, "log", "-1", "--format=%s", commit)
    assert subject == "approval: 1 of 1 changed documents approved"


def test_the_ledger_of_an_earlier_commit_is_as_it_was(
    repository: Path, append: Callable[[Ledger, dict[str, bytes | None]], str]
) -> None:
    ledger = Ledger(repository, actor="ci")
    first = append(ledger, {layout.approvals_state(): evidence.dump(evidence.state_to_json(STATE))})
    later = replace(STATE, judged=OBJECT, held={})
    append(ledger, {layout.approvals_state(): evidence.dump(evidence.state_to_json(later))})
    assert evidence.state(ledger) == later
    assert evidence.state(ledger.as_of(first)) == STATE


def test_two_runs_that_judge_the_same_merges_both_go_on(
    repository: Path,
    tmp_path: Path,
    append: Callable[[Ledger, dict[str, bytes | None]], str],
) -> None:
    origin = tmp_path / "origin.git"
    subprocess.run(["git", "init", "-q", "--bare", str(origin)], check=True)
    _git(repository, "remote", "add", "origin", str(origin))
    mine = Ledger(repository, actor="me")
    append(mine, {"state/hr-prod/x": b"1\n"})
    Remote(repository).push(mine)
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "-b", "audit", str(origin), str(clone)], check=True)
    _git(clone, "config", "user.name", "T")
    _git(clone, "config", "user.email", "t@example.org")
    state = {layout.approvals_state(): evidence.dump(evidence.state_to_json(STATE))}
    theirs = Ledger(clone, actor="other")
    append(theirs, state)
    Remote(clone).push(theirs)

    append(mine, state)
    mine.append(Entry(CommitKind.SYNC, "hr-dev", "run-2", AT, "something", ()))
    Remote(repository).push(mine)

    subjects = _git(origin, "log", "--format=%s", "audit").splitlines()
    assert subjects[0] == "sync(hr-dev): something"
    assert sum(row.startswith("approval:") for row in subjects) == 2, "one a state, none twice"
    assert evidence.state(mine) == STATE


@pytest.fixture
def append() -> Callable[[Ledger, dict[str, bytes | None]], str]:
    def write(ledger: Ledger, files: dict[str, bytes | None]) -> str:
        summary = "1 of 1 changed documents approved"
        return ledger.append(
            Entry(CommitKind.APPROVAL, layout.APPROVALS, "run-1", AT, summary, (), files=files)
        )

    return write


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "grants"
    folder.mkdir()
    _git(folder, "init", "-q", "-b", "main")
    _git(folder, "config", "user.name", "T")
    _git(folder, "config", "user.email", "t@example.org")
    return folder
