"""The deadline ends a lease inside the database, whatever became of everything outside."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import oracledb
import pytest

from reconciler.model.snapshot import Snapshot
from reconciler.oracle import deadline
from reconciler.oracle.observe import observe


def as_reconciler(database: Any, *statements: str) -> None:
    with database.session() as session:
        for statement in statements:
            session.call(statement)


def snapshot_of(database: Any) -> Snapshot:
    with database.session() as session:
        return observe(session, database.target)


def start_lease(database: Any, end: datetime) -> None:
    as_reconciler(
        database,
        'CREATE ROLE "JIT_FIX"',
        deadline.arm_statement("JIT_FIX", "fix", "hr-prod", end),
        "GRANT SELECT ON HR.JOBS TO JIT_FIX",
        "GRANT UPDATE (SALARY) ON HR.EMPLOYEES TO JIT_FIX",
        "GRANT HR_READER TO JIT_FIX",
        "GRANT CREATE TABLE TO JIT_FIX",
        "GRANT JIT_FIX TO APP_ALICE",
    )


def has_ended(found: Snapshot) -> bool:
    return "JIT_FIX" not in found.roles and "JIT_FIX" not in found.deadlines


def test_nothing_happens_before_the_end(database: Any) -> None:
    start_lease(database, database.now() + timedelta(hours=1))
    database.let_time_pass(database.now() + timedelta(minutes=59))
    found = snapshot_of(database)
    assert "JIT_FIX" in found.roles
    assert found.deadlines["JIT_FIX"].failures == 0
    assert found.deadline_runs == ()


def test_at_the_end_the_lease_is_gone_and_its_run_is_on_record(database: Any) -> None:
    end = database.now() + timedelta(hours=1)
    start_lease(database, end)
    database.let_time_pass(end)
    found = snapshot_of(database)
    assert has_ended(found)
    assert not any(held.entitlement.grantee == "JIT_FIX" for held in found.grants)
    (run,) = found.deadline_runs
    assert (run.name, run.succeeded, run.error) == ("JIT_FIX", True, 0)
    assert end <= run.at < end + timedelta(seconds=30)


def test_an_open_session_loses_the_privileges_at_once_but_keeps_a_role_inside_the_lease(
    database: Any,
) -> None:
    """Why privileges are better asked for than roles, and why a receipt lists live sessions."""
    end = database.now() + timedelta(hours=1)
    start_lease(database, end)
    with database.as_user("APP_ALICE", "alice") as alice, alice.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM HR.JOBS")
        database.let_time_pass(end)
        with pytest.raises(oracledb.DatabaseError, match=r"ORA-00942|ORA-01031|ORA-41900"):
            cursor.execute("SELECT COUNT(*) FROM HR.JOBS")
        cursor.execute("SELECT COUNT(*) FROM HR.EMPLOYEES")  # through HR_READER, enabled at logon
        assert [live.user for live in snapshot_of(database).sessions] == ["APP_ALICE"]
    with (
        database.as_user("APP_ALICE", "alice") as again,
        again.cursor() as cursor,
        pytest.raises(oracledb.DatabaseError, match=r"ORA-00942|ORA-01031|ORA-41900"),
    ):
        cursor.execute("SELECT COUNT(*) FROM HR.EMPLOYEES")


def test_one_privilege_that_cannot_be_revoked_does_not_keep_the_lease_alive(database: Any) -> None:
    """A grant by another grantor: the account's own REVOKE of it is ORA-01927."""
    end = database.now() + timedelta(hours=1)
    start_lease(database, end)
    database.run(
        "GRANT SELECT ON HR.JOBS TO APP_BOB WITH GRANT OPTION", "GRANT CREATE SESSION TO APP_BOB"
    )
    with database.as_user("APP_BOB", "bob") as bob, bob.cursor() as cursor:
        cursor.execute("GRANT SELECT ON HR.JOBS TO JIT_FIX")
    database.let_time_pass(end)
    found = snapshot_of(database)
    assert has_ended(found)
    assert not any(held.entitlement.grantee == "JIT_FIX" for held in found.grants)


def test_a_privilege_somebody_added_to_the_role_ends_with_it(database: Any) -> None:
    end = database.now() + timedelta(hours=1)
    start_lease(database, end)
    extra = ["GRANT DELETE ON HR.JOBS TO JIT_FIX", "GRANT CREATE VIEW TO JIT_FIX"]
    if database.release >= 23:
        extra.append("GRANT SELECT ANY TABLE ON SCHEMA HR TO JIT_FIX")
    database.run(*extra, "GRANT JIT_FIX TO APP_BOB")
    database.let_time_pass(end)
    found = snapshot_of(database)
    assert has_ended(found)
    assert not any(
        "JIT_FIX" in (held.entitlement.grantee, held.entitlement.privilege.name)
        for held in found.grants
    )


def test_a_run_that_could_not_drop_the_role_fails_and_is_tried_again(database: Any) -> None:
    end = database.now() + timedelta(hours=1)
    start_lease(database, end)
    database.run("REVOKE JIT_FIX FROM RECONCILER")
    database.let_time_pass(end)
    found = snapshot_of(database)
    (run,) = found.deadline_runs
    assert not run.succeeded
    assert found.deadlines["JIT_FIX"].enabled
    assert found.deadlines["JIT_FIX"].failures == 1
    assert not any(
        held.entitlement.grantee == "JIT_FIX" and held.entitlement.privilege.object
        for held in found.grants
    )
    database.run("GRANT JIT_FIX TO RECONCILER WITH ADMIN OPTION")
    database.let_time_pass(end + timedelta(minutes=1, seconds=1))
    assert has_ended(snapshot_of(database))
