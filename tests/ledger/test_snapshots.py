"""The last snapshot of a target in the ledger: what goes in comes out, and nothing else is believed."""

from __future__ import annotations

import json
import subprocess
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.ledger import layout, snapshots
from reconciler.ledger.store import Entry, Ledger
from reconciler.model.classification import Column, ColumnPattern
from reconciler.model.errors import LedgerError
from reconciler.model.identities import ColumnView, Ending, Profile
from reconciler.model.ledger import CommitKind, Event
from reconciler.model.logon_networks import LogonNetwork
from reconciler.model.privileges import Entitlement, Kind, Privilege, on_object
from reconciler.model.snapshot import (
    DatabaseIdentity,
    DatabaseObject,
    DatabaseSession,
    DeadlineJob,
    DeadlineRun,
    Dependency,
    HeldGrant,
    LogonCheck,
    RoleAccount,
    Snapshot,
    UserAccount,
)

AT = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
SIMPLE = Snapshot(
    "prod",
    AT,
    DatabaseIdentity("FREE", 42, "FREEPDB1", 23, "23.26.1.0.0"),
    "RECONCILER",
    grants=frozenset({HeldGrant(Entitlement("ALICE", on_object("SELECT", "HR", "PAYROLL")), "HR")}),
    users={"ALICE": UserAccount("ALICE", "OPEN", last_login=AT)},
    sizes={("HR", "PAYROLL"): 12},
)

# names as a dictionary can hold them: line breaks and quotes of JSON included
NAME = st.text(st.characters(exclude_characters='"\0', codec="utf-8"), min_size=1, max_size=6)
TEXT = st.text(st.characters(codec="utf-8"), max_size=6)
INSTANT = st.integers(0, 10**15).map(lambda number: AT + timedelta(microseconds=number))
SECOND = INSTANT.map(lambda at: at.replace(microsecond=0))
NUMBER = st.integers(0, 10**12)
PRIVILEGE = st.builds(Privilege, st.sampled_from(Kind), NAME, TEXT, TEXT, TEXT, TEXT)
ENTITLEMENT = st.builds(Entitlement, NAME, PRIVILEGE, st.booleans(), st.booleans())
ENDING = st.builds(Ending, TEXT, TEXT, st.lists(ENTITLEMENT, max_size=2).map(tuple))
USER = st.builds(
    UserAccount,
    NAME,
    TEXT,
    st.booleans(),
    st.booleans(),
    st.none() | SECOND,
    TEXT,
    st.booleans(),
    st.booleans(),
)
JOB = st.builds(
    DeadlineJob,
    NAME,
    st.none() | INSTANT,
    st.booleans(),
    TEXT,
    TEXT,
    NUMBER,
    st.booleans(),
    ENDING,
)
LIMIT = st.none() | NUMBER
NETWORKS = st.lists(st.builds(LogonNetwork, TEXT, TEXT, TEXT), max_size=3).map(tuple)


def sets(values: st.SearchStrategy[object]) -> st.SearchStrategy[frozenset[object]]:
    return st.frozensets(values, max_size=3)


def named(values: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    return st.lists(values, max_size=3).map(lambda rows: {row.name: row for row in rows})  # type: ignore[attr-defined]


SNAPSHOTS = st.builds(
    Snapshot,
    target=NAME,
    at=SECOND,
    database=st.builds(DatabaseIdentity, TEXT, NUMBER, TEXT, st.sampled_from([19, 23]), TEXT),
    account=NAME,
    grants=sets(st.builds(HeldGrant, ENTITLEMENT, TEXT, st.booleans())),
    users=named(USER),
    roles=named(st.builds(RoleAccount, NAME, st.booleans(), st.booleans(), TEXT)),
    created_roles=sets(NAME),
    not_default=sets(st.tuples(NAME, NAME)),
    deadlines=named(JOB),
    deadline_runs=st.lists(st.builds(DeadlineRun, NAME, INSTANT, st.booleans()), max_size=2).map(
        tuple
    ),
    sessions=st.just((DatabaseSession(1, 2, 3, "ALICE", "ACTIVE", "laptop", "sqlplus", AT),)),
    system_privileges=sets(NAME),
    jobs_can_run=st.booleans(),
    has_gate=st.booleans(),
    column_views=named(
        st.builds(ColumnView, NAME, TEXT, TEXT, st.lists(TEXT, max_size=3).map(tuple))
    ),
    profiles=named(st.builds(Profile, NAME, LIMIT, LIMIT, LIMIT)),
    resource_limit=st.booleans(),
    logon_check=st.sampled_from(LogonCheck),
    logon_networks=st.dictionaries(NAME, NETWORKS, max_size=2),
    reader=TEXT,
    objects=sets(st.builds(DatabaseObject, NAME, NAME, NAME)),
    known_schemas=sets(NAME),
    columns=st.dictionaries(st.tuples(NAME, NAME), sets(NAME), max_size=3),
    described_schemas=sets(NAME),
    sizes=st.dictionaries(st.tuples(NAME, NAME), NUMBER, max_size=3),
    dependencies=sets(st.builds(Dependency, NAME, NAME, NAME, NAME, NAME)),
    classified_columns=sets(st.builds(Column, NAME, NAME, NAME)),
    classified_patterns=sets(st.builds(ColumnPattern, NAME, NAME, NAME)),
    round_trips=NUMBER,
)


def lines(data: bytes) -> list[list[str]]:
    return [json.loads(row) for row in data.decode().removesuffix("\n").split("\n")]


@given(SNAPSHOTS)
def test_a_snapshot_comes_back_as_it_was_kept(snapshot: Snapshot) -> None:
    assert snapshots.decode(snapshots.encode(snapshot)) == snapshots.kept(snapshot)


@given(SNAPSHOTS, st.randoms())
def test_the_same_snapshot_has_the_same_bytes_in_whatever_order_it_was_read(
    snapshot: Snapshot, shuffled: object
) -> None:
    mappings = {
        field.name: dict(
            shuffled.sample(sorted(value.items(), key=str), len(value))  # type: ignore[attr-defined]
        )
        for field in fields(snapshot)
        if isinstance(value := getattr(snapshot, field.name), dict)
    }
    assert snapshots.encode(replace(snapshot, **mappings)) == snapshots.encode(snapshot)


def test_what_the_strategy_makes_is_every_field_there_is() -> None:
    """A new field of the snapshot needs a fact of its own, or a word on why it is left out."""
    made = {*SNAPSHOTS.wrapped_strategy.kwargs}  # type: ignore[attr-defined]
    assert made == {field.name for field in fields(Snapshot)}


def test_sessions_last_logons_runs_and_costs_are_nobodys_business() -> None:
    seen = replace(
        SIMPLE,
        sessions=(DatabaseSession(1, 2, 3, "ALICE", "ACTIVE", "laptop", "sqlplus", AT),),
        deadline_runs=(DeadlineRun("JIT_X", AT, succeeded=True),),
        round_trips=9,
    )
    data = snapshots.encode(seen)
    assert data == snapshots.encode(SIMPLE) == snapshots.encode(snapshots.kept(seen))
    assert b"laptop" not in data
    assert snapshots.decode(data).users["ALICE"].last_login is None


def test_a_grant_is_one_short_line_and_the_lines_are_sorted() -> None:
    first, *rest = snapshots.encode(SIMPLE).decode().splitlines()
    assert first == '["at","2026-11-20T14:00:00Z"]'
    assert rest == sorted(rest)
    assert '["grant","ALICE","object","SELECT","HR","PAYROLL","","","HR"]' in rest


def test_only_another_content_or_a_day_is_news() -> None:
    recorded = snapshots.encode(SIMPLE)
    later = replace(SIMPLE, at=AT + timedelta(hours=23, minutes=59))
    assert snapshots.news(None, SIMPLE) == recorded
    assert snapshots.news(recorded, later) is None
    changed = replace(later, sizes={})
    assert snapshots.news(recorded, changed) == snapshots.encode(changed)
    next_day = replace(SIMPLE, at=AT + timedelta(hours=24))
    assert snapshots.news(recorded, next_day) == snapshots.encode(next_day)


@pytest.mark.parametrize("first", [b"", b"[]", b"nonsense", b'["at",5]', b'{"at":"x"}'])
def test_a_recorded_snapshot_whose_instant_nobody_can_read_is_recorded_again(first: bytes) -> None:
    said = snapshots.encode(SIMPLE).partition(b"\n")[2]
    assert snapshots.news(first + b"\n" + said, SIMPLE) == snapshots.encode(SIMPLE)


def changed(old: str, new: str) -> bytes:
    data = snapshots.encode(SIMPLE)
    assert data.count(old.encode()) == 1
    return data.replace(old.encode(), new.encode())


DAMAGED = {
    "nothing": b"",
    "no JSON": b"not JSON\n",
    "no end": snapshots.encode(SIMPLE)[:-1],
    "an empty line": snapshots.encode(SIMPLE) + b"\n",
    "cut in the middle": snapshots.encode(SIMPLE)[:200],
    "no UTF-8": snapshots.encode(SIMPLE).replace(b"ALICE", b"\xff"),
    "another format": changed('["format","1"]', '["format","2"]'),
    "no format": changed('["format","1"]\n', ""),
    "no target": changed('["target","prod"]\n', ""),
    "a fact of nobody's": changed('["target","prod"]', '["password","x"]\n["target","prod"]'),
    "an instant without a zone": changed("2026-11-20T14:00:00Z", "2026-11-20T14:00:00"),
    "an instant that does not come first": changed('["at",', '["when",'),
    "a number for a text": changed('["grant","ALICE"', '["grant",5'),
    "an object for a fact": changed('["target","prod"]', '{"target":"prod"}'),
    "an empty fact": changed('["target","prod"]', '[]\n["target","prod"]'),
    "a grant twice": changed(
        '["grant","ALICE","object","SELECT","HR","PAYROLL","","","HR"]',
        '["grant","ALICE","object","SELECT","HR","PAYROLL","","","HR"]\n'
        '["grant","ALICE","object","SELECT","HR","PAYROLL","","","HR"]',
    ),
    "a grant of no kind": changed('"ALICE","object"', '"ALICE","everything"'),
    "a grant with too much": changed('"","","HR"]', '"","","HR","o","x"]'),
    "a flag of nobody's": changed('"","","HR"]', '"","","HR","z"]'),
    "two facts on a line": changed('["target","prod"]\n', '["target","prod"],'),
    "a size that is no number": changed('"PAYROLL","12"]', '"PAYROLL","many"]'),
    "a size in another spelling": changed('"PAYROLL","12"]', '"PAYROLL","+12"]'),
    "lines in another order": changed('["target","prod"]\n', "") + b'["target","prod"]\n',
}


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    subprocess.run(["git", "-C", str(tmp_path), "init", "-q", "-b", "main"], check=True)
    return Ledger(tmp_path, actor="tester")


def record(ledger: Ledger, data: bytes, target: str = "prod") -> str:
    events = [Event("snapshot", AT)]
    return ledger.append(
        Entry(CommitKind.SYNC, target, "run-1", AT, "looked", events, snapshot=data)
    )


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_snapshot_is_an_error_with_its_place(ledger: Ledger, data: bytes) -> None:
    record(ledger, data)
    with pytest.raises(LedgerError) as refused:
        ledger.snapshot("prod")
    assert refused.value.rule == "ledger.damaged"
    assert "state/prod/snapshot.jsonl" in refused.value.message


def test_a_snapshot_of_another_target_is_not_believed(ledger: Ledger) -> None:
    record(ledger, snapshots.encode(SIMPLE), target="dev")
    with pytest.raises(LedgerError, match="it is about prod"):
        ledger.snapshot("dev")


def test_the_last_snapshot_is_read_with_its_instant_and_its_commit(ledger: Ledger) -> None:
    assert ledger.snapshot("prod") is None
    record(ledger, snapshots.encode(SIMPLE))
    newer = replace(SIMPLE, at=AT + timedelta(days=2))
    commit = record(ledger, snapshots.encode(newer))
    found = ledger.snapshot("prod")
    assert found is not None
    assert (found.snapshot, found.at, found.commit) == (snapshots.kept(newer), newer.at, commit)
    assert ledger.snapshot("dev") is None


def test_a_snapshot_alone_is_no_knowledge_of_what_was_granted(ledger: Ledger) -> None:
    """Else a ledger that was lost would seem to know after the first run, and give used-up durations again."""
    record(ledger, snapshots.encode(SIMPLE))
    assert ledger.targets() == ()
    events = [Event("drift", AT)]
    ledger.append(Entry(CommitKind.DRIFT, "prod", "run-2", AT, "drift", events, drift=b"{}\n"))
    assert ledger.targets() == ("prod",)


def test_git_sees_one_changed_grant_as_one_changed_line(ledger: Ledger, tmp_path: Path) -> None:
    privilege = on_object("SELECT", "HR", "PAYROLL")
    many = frozenset(HeldGrant(Entitlement(f"U{row}", privilege), "HR") for row in range(500))
    record(ledger, snapshots.encode(replace(SIMPLE, grants=many)))
    one = HeldGrant(Entitlement("BOB", privilege), "HR")
    record(ledger, snapshots.encode(replace(SIMPLE, grants=many | {one})))
    shown = subprocess.run(
        ["git", "-C", str(tmp_path), "diff", "--numstat", "audit~1", "audit", "--", layout.snapshot("prod")],
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    assert shown.stdout.split()[:2] == ["1", "0"]
