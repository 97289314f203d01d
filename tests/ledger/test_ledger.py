"""The audit branch: what is appended is read back, nothing is lost when several write, and nothing is guessed when it is damaged."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.ledger import codec, history, layout, trees
from reconciler.ledger.remote import Remote
from reconciler.ledger.store import Entry, Ledger
from reconciler.model.errors import LedgerError
from reconciler.model.identities import column_view
from reconciler.model.leases import EndReason, LeaseRecord, RecordStatus
from reconciler.model.ledger import CommitKind, Event, OpenIntent
from reconciler.model.privileges import Entitlement, Kind, Privilege, on_object

AT = datetime(2026, 12, 1, 14, 0, tzinfo=UTC)


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    path = tmp_path / "grants-repo"
    path.mkdir()
    git(path, "init", "-q", "-b", "main")
    git(path, "config", "user.name", "Tester")
    git(path, "config", "user.email", "tester@example.org")
    return path


def record(
    lease_id: str = "payroll-fix", status: RecordStatus = RecordStatus.GRANTED
) -> LeaseRecord:
    held = Entitlement("JIT_PAYROLL_FIX", on_object("SELECT", "HR", "EMPLOYEES"))
    ended = AT + timedelta(hours=4) if status is RecordStatus.ENDED else None
    return LeaseRecord(
        lease_id,
        "hr-prod",
        status,
        "ALICE",
        "alice",
        AT,
        AT + timedelta(hours=4),
        frozenset({held}),
        "grants/x.yaml",
        ended,
        EndReason.EXPIRED if ended else None,
    )


def entry(run_id: str = "run-1", **changes: object) -> Entry:
    values: dict[str, object] = {
        "kind": CommitKind.OUTCOME,
        "target": "hr-prod",
        "run_id": run_id,
        "at": AT,
        "summary": "1 lease granted",
        "events": [Event("lease-granted", AT, {"lease": "payroll-fix"})],
    }
    return Entry(**(values | changes))  # type: ignore[arg-type]


def test_what_is_appended_is_read_back(repository: Path) -> None:
    ledger = Ledger(repository, actor="ci")
    granted = frozenset({Entitlement("APP", on_object("SELECT", "HR", "JOBS"), with_option=True)})
    intent = OpenIntent("run-1", AT, "sha256:00", ("grant\tX",))
    ledger.append(
        entry(
            leases=[record()],
            granted=codec.granted_to_lines(granted),
            intent=intent,
            drift=b'{"digest": "d1"}',
        )
    )

    state = Ledger(repository, actor="other").read("hr-prod")

    assert state.leases == {"payroll-fix": record()}
    assert state.granted == granted
    assert state.open_intent == intent
    assert state.drift_digest == "d1"
    assert ledger.read("hr-staging").leases == {}


def test_an_outcome_closes_the_intent_and_keeps_the_journal_of_both(repository: Path) -> None:
    ledger = Ledger(repository, actor="ci")
    ledger.append(
        entry(
            kind=CommitKind.INTENT,
            intent=OpenIntent("run-1", AT, "sha256:00", ()),
            events=[Event("intent", AT)],
        )
    )
    ledger.append(entry(closes_intent=True, events=[Event("outcome", AT)]))

    assert ledger.read("hr-prod").open_intent is None
    newest = next(history.records(ledger))
    assert [found["type"] for found in history.events(ledger, newest)] == ["intent", "outcome"]
    assert newest.trailers["Kind"] == "outcome"
    assert newest.at == AT


def test_no_commit_is_lost_when_two_writers_interleave(repository: Path) -> None:
    first, second = Ledger(repository, actor="a"), Ledger(repository, actor="b")
    first.append(entry("run-1", leases=[record("one")]))
    second.append(entry("run-2", target="hr-dev"))
    first.append(entry("run-3", leases=[record("three")]))
    assert sorted(first.read("hr-prod").leases) == ["one", "three"]
    assert len(list(history.records(first))) == 3
    assert git(repository, "rev-list", "--count", "audit") == "3"


def test_a_write_on_a_stale_tip_is_refused_by_git_and_built_again(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, other = Ledger(repository, actor="a"), Ledger(repository, actor="b")
    ledger.append(entry("run-1"))
    real_tip, interleaved = ledger.tip, []

    def tip_then_other_writes() -> object:
        found = real_tip()
        if not interleaved:
            interleaved.append(other.append(entry("run-2", target="hr-dev")))
        return found

    monkeypatch.setattr(ledger, "tip", tip_then_other_writes)
    ledger.append(entry("run-3"))
    assert [found.trailers["Run-Id"] for found in history.records(other)] == [
        "run-3",
        "run-2",
        "run-1",
    ]


def test_a_damaged_state_file_stops_instead_of_being_skipped(repository: Path) -> None:
    ledger = Ledger(repository, actor="a")
    ledger.append(entry(leases=[record()]))
    tip = ledger.tip()
    assert tip is not None
    tree = trees.write(
        ledger.repository,
        tip.tree,
        {"state/hr-prod/leases/pa/payroll-fix.json": b'{"lease": "payroll-fix"}'},
    )
    ledger.repository.create_commit(
        ledger.reference, tip.author, tip.author, "tampered", tree, [tip.id]
    )
    with pytest.raises(LedgerError, match="cannot be read") as raised:
        ledger.read("hr-prod")
    assert raised.value.rule == "ledger.damaged"


def test_text_from_outside_cannot_forge_a_trailer(repository: Path) -> None:
    ledger = Ledger(repository, actor="mallory\nTarget: other\x1b[2J")
    ledger.append(entry(summary="x\n\nKind: intent"))
    found = next(history.records(ledger))
    assert found.trailers["Target"] == "hr-prod"
    assert found.trailers["Kind"] == "outcome"
    assert "\x1b" not in git(repository, "log", "-1", "--format=%B", "audit")


def test_the_same_entry_gives_the_same_commit(tmp_path: Path) -> None:
    ids = set()
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        git(folder, "init", "-q")
        git(folder, "config", "user.name", "T")
        git(folder, "config", "user.email", "t@example.org")
        ids.add(Ledger(folder, actor="ci").append(entry(leases=[record()])))
    assert len(ids) == 1


@pytest.fixture
def shared(tmp_path: Path, repository: Path) -> Path:
    bare = tmp_path / "origin.git"
    subprocess.run(["git", "init", "-q", "--bare", str(bare)], check=True)
    git(repository, "remote", "add", "origin", str(bare))
    return bare


def test_a_rejected_push_is_built_again_on_the_new_tip_and_loses_nothing(
    repository: Path, shared: Path, tmp_path: Path
) -> None:
    mine = Ledger(repository, actor="me")
    mine.append(entry("run-1", leases=[record("one")]))
    Remote(repository).push(mine)

    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "-b", "audit", str(shared), str(clone)], check=True)
    git(clone, "config", "user.name", "Other")
    git(clone, "config", "user.email", "other@example.org")
    theirs = Ledger(clone, actor="other")
    theirs.append(entry("run-2", target="hr-dev"))
    Remote(clone).push(theirs)

    mine.append(entry("run-3", leases=[record("three")]))
    Remote(repository).push(mine)

    assert git(
        shared, "log", "--format=%(trailers:key=Run-Id,valueonly,separator=%x2C)", "audit"
    ).split() == ["run-3", "run-2", "run-1"]
    assert sorted(mine.read("hr-prod").leases) == ["one", "three"]


def test_what_another_run_recorded_of_the_same_target_is_never_overwritten(
    repository: Path, shared: Path, tmp_path: Path
) -> None:
    mine = Ledger(repository, actor="me")
    mine.append(entry("run-1", leases=[record("one")]))
    Remote(repository).push(mine)
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "-b", "audit", str(shared), str(clone)], check=True)
    theirs = Ledger(clone, actor="other")
    theirs.append(entry("run-2", granted=b"theirs\n"))
    Remote(clone).push(theirs)

    mine.append(entry("run-3", granted=b"mine\n"))
    before = git(repository, "rev-parse", "audit")
    with pytest.raises(LedgerError) as raised:
        Remote(repository).push(mine)

    assert raised.value.rule == "ledger.diverged"
    assert git(repository, "rev-parse", "audit") == before, "nothing of ours is lost"
    assert git(shared, "show", "audit:state/hr-prod/granted.jsonl") == "theirs"


def test_an_entry_made_from_a_state_that_another_run_has_changed_is_not_appended(
    repository: Path,
) -> None:
    first, second = Ledger(repository, actor="a"), Ledger(repository, actor="b")
    first.read("hr-prod")
    second.append(entry("run-2", leases=[record("two")]))
    with pytest.raises(LedgerError) as raised:
        first.append(entry("run-1", leases=[record("one")]))
    assert raised.value.rule == "ledger.overtaken"
    assert sorted(first.read("hr-prod").leases) == ["two"]
    first.append(entry("run-3", leases=[record("three")]))
    first.append(entry("run-3", leases=[record("four")]))
    assert sorted(first.read("hr-prod").leases) == ["four", "three", "two"]


def test_what_other_targets_know_of_a_lease_is_found_by_its_name(repository: Path) -> None:
    ledger = Ledger(repository, actor="me")
    assert (ledger.targets(), ledger.elsewhere(["payroll-fix"], "hr-dev")) == ((), [])
    ledger.append(entry(leases=[record()]))
    ledger.append(entry(target="hr-dev", drift=b'{"digest": "d1"}'))
    assert ledger.targets() == ("hr-dev", "hr-prod")
    assert ledger.elsewhere(["other", "payroll-fix"], "hr-dev") == [record()]
    assert ledger.elsewhere(["payroll-fix"], "hr-prod") == []


def test_a_fresh_clone_has_the_ledger_without_the_network(
    repository: Path, shared: Path, tmp_path: Path
) -> None:
    mine = Ledger(repository, actor="me")
    mine.append(entry(leases=[record(status=RecordStatus.ENDED)]))
    Remote(repository).push(mine)
    fresh = tmp_path / "fresh"
    subprocess.run(["git", "clone", "-q", "--no-checkout", str(shared), str(fresh)], check=True)
    shared.rename(tmp_path / "away")
    Remote(fresh).follow()
    assert Ledger(fresh, actor="x").read("hr-prod").leases["payroll-fix"].is_closed


@pytest.mark.parametrize("changed", [{"lease": "other"}, {"target": "hr-dev"}])
def test_a_record_in_the_wrong_place_is_damage(repository: Path, changed: dict[str, str]) -> None:
    ledger = Ledger(repository, actor="me")
    ledger.append(entry(leases=[record()]))
    tip = ledger.tip()
    assert tip is not None
    path = layout.lease("hr-prod", "payroll-fix")
    text = codec.dump(codec.record_to_json(record()) | changed)
    tree = trees.write(ledger.repository, tip.tree, {path: text})
    ledger.repository.create_commit(ledger.reference, tip.author, tip.author, "x", tree, [tip.id])
    with pytest.raises(LedgerError) as raised:
        ledger.read("hr-prod")
    assert raised.value.rule == "ledger.damaged"


def test_fetch_brings_the_ledger_into_a_fresh_clone(
    repository: Path, shared: Path, tmp_path: Path
) -> None:
    mine = Ledger(repository, actor="me")
    mine.append(entry(leases=[record(status=RecordStatus.ENDED)]))
    Remote(repository).push(mine)
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    git(fresh, "init", "-q")
    git(fresh, "remote", "add", "origin", str(shared))
    Remote(fresh).fetch()
    assert Ledger(fresh, actor="x").read("hr-prod").leases["payroll-fix"].is_closed


def test_a_remote_without_a_ledger_yet_is_fine(repository: Path, shared: Path) -> None:
    Remote(repository).fetch()
    assert Ledger(repository, actor="x").tip() is None


def test_diverged_ledgers_stop_the_run(repository: Path, shared: Path, tmp_path: Path) -> None:
    mine = Ledger(repository, actor="me")
    mine.append(entry("run-1"))
    Remote(repository).push(mine)
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "-b", "audit", str(shared), str(clone)], check=True)
    git(clone, "config", "user.name", "Other")
    git(clone, "config", "user.email", "other@example.org")
    theirs = Ledger(clone, actor="other")
    theirs.append(entry("run-2"))
    Remote(clone).push(theirs)
    mine.append(entry("run-3"))
    with pytest.raises(LedgerError) as raised:
        Remote(repository).fetch()
    assert raised.value.rule == "ledger.diverged"


def test_an_unreachable_remote_is_one_clear_error(repository: Path, tmp_path: Path) -> None:
    git(repository, "remote", "add", "origin", str(tmp_path / "nowhere"))
    with pytest.raises(LedgerError) as raised:
        Remote(repository).fetch()
    assert raised.value.rule == "ledger.remote"
    assert raised.value.hint


names = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters='"\0'), min_size=1, max_size=20
)
entitlements = st.builds(
    Entitlement,
    names,
    st.builds(Privilege, st.sampled_from(Kind), names, names, names, st.just("") | names),
    st.booleans(),
)


@given(st.frozensets(entitlements, max_size=8))
def test_granted_entitlements_survive_their_file(granted: frozenset[Entitlement]) -> None:
    assert codec.granted_from_lines(codec.granted_to_lines(granted)) == granted


@given(
    st.frozensets(entitlements, max_size=4),
    st.sampled_from(RecordStatus),
    st.none() | st.sampled_from(EndReason),
    names,
)
def test_lease_records_survive_their_file(
    held: frozenset[Entitlement], status: RecordStatus, reason: EndReason | None, grantee: str
) -> None:
    original = LeaseRecord(
        "a-b",
        "t",
        status,
        grantee,
        "alice",
        AT,
        AT,
        held,
        "grants/é.yaml",
        AT if reason else None,
        reason,
        views=(column_view("HR", "Größe", ["select", "B"]),),
    )
    assert codec.record_from_json(codec.record_to_json(original)) == original


@pytest.mark.parametrize(
    "change",
    [
        {"ending": {"temporary_user": "HR"}},
        {"ending": {"temporary_user": "JITU_PAYROLL_FIX"}},
        {"ending": {"kill_sessions_of": "HR"}},
        {"ending": {"direct": [{"kind": "system", "privilege": "DBA", "grantee": "ALICE"}]}},
        {"ending": {"direct": [{"kind": "proxy", "privilege": "CONNECT THROUGH", "owner": "HR", "grantee": "BOB"}]}},
        {"ending": []},
        {"lease": 'x"'},
        {"lease": "Payroll-Fix"},
        {"lease": "p" * 200},
    ],
    ids=str,
)  # fmt: skip
def test_a_record_that_would_end_something_else_stops_the_target(
    repository: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, object]
) -> None:
    """Whoever can push the branch gets nobody's rights revoked and nobody's sessions ended by an edited record."""
    parts = codec.record_to_json(record()) | change
    monkeypatch.setattr(codec, "record_to_json", lambda _: parts)
    ledger = Ledger(repository, actor="ci")
    written = replace(record(), id=str(parts["lease"]))
    ledger.append(entry(leases=[written]))
    with pytest.raises(LedgerError, match="cannot be read"):
        ledger.read("hr-prod")
