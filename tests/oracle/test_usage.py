"""Reading the audit trail: one round trip, and no harm when it cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciler.model.errors import DatabaseError
from reconciler.model.usage import Watched
from reconciler.oracle import usage
from reconciler.oracle.session import Session

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def watched(name: str = "fix", user: str = "ALICE") -> Watched:
    return Watched(name, "prod", user, "JIT_FIX", frozenset(), NOW - timedelta(hours=1), NOW)


class Refusing:
    """A session whose every query fails."""

    account, release = "RECONCILER", 19

    def __init__(self, error: DatabaseError) -> None:
        self.error = error

    def query(self, *_: Any, **__: Any) -> Any:
        raise self.error


def test_nothing_is_asked_about_no_leases() -> None:
    assert usage.read(Refusing(DatabaseError("x", "x")), ()).unreadable == ""  # type: ignore[arg-type]


@pytest.mark.parametrize("ora", [942, 1031])
def test_a_missing_right_is_said_with_the_grants_that_mend_it(ora: int) -> None:
    found = usage.read(Refusing(DatabaseError("x", "no", ora=ora)), [watched()])  # type: ignore[arg-type]
    assert found.unreadable == f"RECONCILER may not read the audit trail (ORA-{ora:05d})"
    assert found.hint == usage.grants("RECONCILER")


def test_another_error_is_said_as_it_is() -> None:
    found = usage.read(Refusing(DatabaseError("target.timeout", "prod: too slow")), [watched()])  # type: ignore[arg-type]
    assert found.unreadable == "the audit trail could not be read: prod: too slow"
    assert found.hint == ""


@pytest.fixture
def audited(database: Any) -> Any:
    database.run(
        "CREATE AUDIT POLICY watch ACTIONS ALL", "AUDIT POLICY watch BY app_alice, app_bob"
    )
    with database.as_user("APP_ALICE", "alice") as alice, alice.cursor() as cursor:
        cursor.execute("SELECT 1 FROM dual")
    return database


@pytest.fixture
def session(audited: Any) -> Iterator[Session]:
    with audited.session() as found:
        yield found


def window(name: str, user: str) -> Watched:
    now = datetime.now(UTC)
    return Watched(name, "prod", user, "JIT_X", frozenset(), now - timedelta(hours=1), now + timedelta(hours=1))  # fmt: skip


def test_all_leases_are_one_query(session: Session) -> None:
    before = session.round_trips
    found = usage.read(session, [window("a", "APP_ALICE"), window("b", "APP_BOB")])
    assert session.round_trips - before == 1
    assert {(row.lease_id, row.action) for row in found.rows} >= {("a", "LOGON"), ("a", "SELECT")}
    assert {row.lease_id for row in found.rows} == {"a"}
    assert {(row.entity, row.option) for row in found.options} == {
        ("APP_ALICE", "ALL"), ("APP_BOB", "ALL"),
    }  # fmt: skip
    assert not found.cut


def test_more_than_is_read_is_said(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "MAX_ROWS", 1)
    found = usage.read(session, [window("a", "APP_ALICE")])
    assert found.cut
    assert len(found.rows) == 1


def test_very_many_leases_are_a_few_queries(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "MAX_LEASES", 2)
    before = session.round_trips
    found = usage.read(session, [window(f"l{number}", "APP_ALICE") for number in range(5)])
    assert session.round_trips - before == 3
    assert {row.lease_id for row in found.rows} == {f"l{number}" for number in range(5)}
