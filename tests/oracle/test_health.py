"""Reading the facts of an examination from a database, view by view."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from reconciler.model.errors import DatabaseError
from reconciler.model.health import View
from reconciler.oracle import health

HIDES = {
    View.DATABASE: ("open_mode", "role"),
    View.INSTANCE: ("logins",),
    View.CONTAINER: ("container_mode", "container_restricted"),
    View.PARAMETER: ("job_queue_processes", "resource_limit"),
}


def test_the_facts_of_a_healthy_database(database: Any) -> None:
    with database.session() as session:
        before = session.round_trips
        found = health.read(session, now=database.now)
        assert session.round_trips - before == 1 + len(View)
    assert (found.account, found.container, found.release) == (
        "RECONCILER",
        "FREEPDB1",
        database.release,
    )
    assert (found.open_mode, found.role) == ("READ WRITE", "PRIMARY")
    assert (found.container_mode, found.container_restricted, found.logins) == (
        "READ WRITE",
        "NO",
        "ALLOWED",
    )
    assert (found.job_queue_processes, found.resource_limit) == (80, True)
    assert (found.unified_auditing, found.scheduler_disabled) == (True, "FALSE")
    assert (found.account_status, found.default_roles, found.protocol) == ("OPEN", 0, "tcp")
    assert found.password_days is not None
    assert found.password_days > 100
    assert found.unreadable == {}
    assert found.before <= found.clock + timedelta(seconds=1)
    assert found.clock <= found.after + timedelta(seconds=1)


@pytest.mark.parametrize("view", HIDES)
def test_a_view_without_a_grant_hides_its_own_facts_only(
    view: View, database: Any, sys_run: Callable[..., None]
) -> None:
    sys_run(f"REVOKE READ ON SYS.{view.value} FROM RECONCILER")
    with database.session() as session:
        found = health.read(session)
    assert found.unreadable == {view: f'GRANT READ ON SYS.{view.value} TO "RECONCILER"'}
    for other, facts in HIDES.items():
        assert all((getattr(found, fact) is None) is (other is view) for fact in facts)


def test_what_was_changed_is_seen(database: Any, sys_run: Callable[..., None]) -> None:
    sys_run(
        "ALTER SYSTEM SET JOB_QUEUE_PROCESSES = 0",
        "ALTER SYSTEM SET RESOURCE_LIMIT = FALSE",
        "BEGIN DBMS_SCHEDULER.SET_SCHEDULER_ATTRIBUTE('SCHEDULER_DISABLED', 'TRUE'); END;",
        "ALTER USER RECONCILER DEFAULT ROLE ALL",
        "CREATE PROFILE STRICT LIMIT PASSWORD_LIFE_TIME 5",
        "ALTER USER RECONCILER PROFILE STRICT",
    )
    with database.session() as session:
        found = health.read(session)
    assert (found.job_queue_processes, found.resource_limit) == (0, False)
    assert (found.scheduler_disabled, found.default_roles) == ("TRUE", 1)


def test_another_error_than_a_missing_right_is_an_error(database: Any) -> None:
    session = database.session()
    session.close()
    with pytest.raises(DatabaseError):
        health.read(session)
