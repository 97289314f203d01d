"""A snapshot says what was granted, and costs the same for ten grants as for ten thousand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import pytest

from reconciler.model import privileges
from reconciler.model.errors import DatabaseError
from reconciler.model.privileges import Entitlement
from reconciler.model.snapshot import HeldGrant, Snapshot
from reconciler.oracle import bootstrap
from reconciler.oracle.observe import observe

SysRun = Callable[..., None]
MOST_ROUND_TRIPS = 9


def snapshot_of(database: Any) -> Snapshot:
    with database.session() as session:
        return observe(session, database.target)


def test_every_kind_of_grant_is_seen_as_it_was_made(database: Any) -> None:
    database.run(
        "GRANT SELECT, INSERT ON HR.EMPLOYEES TO APP_BOB",
        "GRANT SELECT ON HR.JOBS TO APP_BOB WITH GRANT OPTION",
        "GRANT UPDATE (NAME, SALARY) ON HR.EMPLOYEES TO APP_BOB",
        "GRANT CREATE TABLE TO APP_BOB WITH ADMIN OPTION",
        "GRANT HR_READER TO APP_BOB",
        "GRANT SELECT ON HR.JOBS TO PUBLIC",
    )
    held = snapshot_of(database).grants
    expected = {
        HeldGrant(Entitlement(grantee, privilege, option), grantor)
        for grantee, privilege, option, grantor in [
            ("APP_BOB", privileges.on_object("SELECT", "HR", "EMPLOYEES"), False, "HR"),
            ("APP_BOB", privileges.on_object("INSERT", "HR", "EMPLOYEES"), False, "HR"),
            ("APP_BOB", privileges.on_object("SELECT", "HR", "JOBS"), True, "HR"),
            ("APP_BOB", privileges.on_column("UPDATE", "HR", "EMPLOYEES", "NAME"), False, "HR"),
            ("APP_BOB", privileges.on_column("UPDATE", "HR", "EMPLOYEES", "SALARY"), False, "HR"),
            ("APP_BOB", privileges.system("CREATE TABLE"), True, ""),
            ("APP_BOB", privileges.role("HR_READER"), False, ""),
        ]
    }
    assert {found for found in held if found.entitlement.grantee == "APP_BOB"} == expected
    of_public = Entitlement("PUBLIC", privileges.on_object("SELECT", "HR", "JOBS"))
    assert HeldGrant(of_public, "HR") in held


def test_schema_privileges_are_seen_where_the_release_has_them(database: Any) -> None:
    if database.release < 23:
        with pytest.raises(Exception, match="ORA-"):
            database.run("GRANT SELECT ANY TABLE ON SCHEMA HR TO APP_BOB")
        return
    database.run("GRANT SELECT ANY TABLE ON SCHEMA HR TO APP_BOB")
    wanted = Entitlement("APP_BOB", privileges.on_schema("SELECT ANY TABLE", "HR"))
    assert HeldGrant(wanted) in snapshot_of(database).grants


def test_identity_clock_and_accounts_are_those_of_the_database(database: Any) -> None:
    found = snapshot_of(database)
    assert found.at.tzinfo is UTC
    assert abs(found.at - database.now()) < timedelta(seconds=5)
    assert found.database.release == database.release
    assert found.database.container == "FREEPDB1"
    assert found.database.dbid > 0
    assert found.account == "RECONCILER"
    assert found.users["APP_ALICE"].status == "OPEN"
    assert found.users["SYS"].oracle_maintained
    assert not found.users["HR"].oracle_maintained
    assert not found.roles["HR_READER"].oracle_maintained
    assert found.created_roles == {"HR_READER"}
    assert {"CREATE SESSION", "GRANT ANY OBJECT PRIVILEGE"} <= found.system_privileges


def test_a_role_that_a_logon_does_not_enable_is_marked(database: Any) -> None:
    database.run("GRANT HR_READER TO APP_BOB", "ALTER USER APP_BOB DEFAULT ROLE NONE")
    found = snapshot_of(database)
    assert ("APP_BOB", "HR_READER") in found.not_default
    assert ("RECONCILER", "HR_READER") in found.not_default


def test_live_sessions_of_watched_users_are_listed(database: Any) -> None:
    with database.as_user("APP_ALICE", "alice"):
        (alice,) = snapshot_of(database).sessions
        assert (alice.user, alice.instance) == ("APP_ALICE", 1)
        assert alice.sid > 0
        assert alice.logon is not None
        assert abs(alice.logon - database.now()) < timedelta(seconds=30)
    assert snapshot_of(database).sessions == ()


def test_round_trips_do_not_grow_with_the_grants(database: Any) -> None:
    before = snapshot_of(database)
    roles = ", ".join(f"ROLE_{number}" for number in range(100))
    database.run(
        *(f"CREATE ROLE ROLE_{number}" for number in range(100)),
        *(f"CREATE TABLE HR.T{number} (ID NUMBER)" for number in range(100)),
        *(f"GRANT SELECT ON HR.T{number} TO {roles}" for number in range(100)),
    )
    calls = database.instance.round_trips["RECONCILER"]
    after = snapshot_of(database)
    assert len(after.grants) - len(before.grants) >= 10_000
    assert after.round_trips == before.round_trips <= MOST_ROUND_TRIPS
    assert (
        database.instance.round_trips["RECONCILER"] - calls <= MOST_ROUND_TRIPS + 5
    )  # + logon, logoff


@pytest.mark.parametrize("view", ["DBA_TAB_PRIVS", "V_$DATABASE", "GV_$SESSION"])
def test_a_view_the_account_cannot_read_is_named_with_the_grant_that_helps(
    database: Any, sys_run: SysRun, view: str
) -> None:
    sys_run(f"REVOKE READ ON SYS.{view} FROM RECONCILER")
    with database.session() as session, pytest.raises(DatabaseError) as refused:
        observe(session, database.target)
    assert refused.value.rule == "target.missing-privilege"
    assert refused.value.hint == f"GRANT READ ON SYS.{view} TO RECONCILER"
    assert view in refused.value.message
    sys_run(refused.value.hint)
    assert snapshot_of(database).grants


def test_the_bootstrap_account_needs_nothing_more_to_observe(database: Any) -> None:
    granted = bootstrap.statements("X", "y", release=database.release)
    assert not any("ANY DICTIONARY" in text or "CATALOG" in text for text in granted)
    assert snapshot_of(database).grants
