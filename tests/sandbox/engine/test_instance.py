"""What an instance keeps, whom it lets in, and how sessions end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox.engine.clock import DatabaseClock
from reconciler.sandbox.engine.instance import Instance
from reconciler.sandbox.seam import ConnectionDropped, Logon, OracleError, Release


def test_a_restart_keeps_users_rows_and_the_clock(open_database: Callable[[], Any]) -> None:
    database = open_database()
    system = database.connect("SYSTEM")
    system.execute("CREATE USER carol IDENTIFIED BY carol")
    system.execute("INSERT INTO hr.employees (id, name) VALUES (9, 'Carol')")
    system.session.commit()
    system.execute("INSERT INTO hr.employees (id, name) VALUES (10, 'Dave')")
    database.scheduler.advance(timedelta(days=3))
    before = database.instance.now()
    again = open_database()
    rows = again.connect("SYSTEM").rows("SELECT name FROM hr.employees WHERE id > 8")
    assert rows == [("Carol",)]
    assert again.connect("SYSTEM").rows("SELECT 1 FROM dba_users WHERE username = 'CAROL'") == [
        (1,)
    ]
    assert before <= again.instance.now() < before + timedelta(minutes=5)


def test_the_release_of_a_directory_does_not_change(tmp_path: Path) -> None:
    Instance(tmp_path, Release.R19, password="x").close()
    assert Instance.release_of(tmp_path) is Release.R19
    with pytest.raises(ValueError, match="release 19"):
        Instance(tmp_path, Release.R23)


def test_services_name_the_root_and_the_pdbs_in_any_case(tmp_path: Path) -> None:
    instance = Instance(tmp_path, Release.R23, pdbs=("HR1", "Oe1"), password="x")
    try:
        names = {"free": "CDB$ROOT", "hr1": "HR1", "OE1": "OE1"}
        for service, container in names.items():
            assert instance.has_service(service)
            session = instance.logon(Logon(service, "system", password_ok=True))
            assert session.container == container
        assert not instance.has_service("FREEPDB1")
        assert not instance.has_service("CDB$ROOT")
    finally:
        instance.close()


def test_reset_is_a_fresh_database(database: Any, system: Any) -> None:
    database.scheduler.advance(timedelta(days=3))
    database.instance.set_password("new")
    database.instance.reset()
    fresh = database.connect("SYSTEM")
    assert fresh.rows("SELECT COUNT(*) FROM dba_users WHERE username = 'HR'") == [(0,)]
    assert abs(database.instance.now() - datetime.now(UTC)) < timedelta(minutes=1)
    with pytest.raises(ConnectionDropped):
        system.execute("SELECT 1 FROM dual")


# --- killing ---------------------------------------------------------------------------------------------------------------------


def kill(system: Any, victim: Any, how: str = "") -> None:
    system.execute(
        f"ALTER SYSTEM KILL SESSION '{victim.session.sid},{victim.session.serial}' {how}"
    )


def statuses(system: Any) -> list[str]:
    return [row[0] for row in system.rows("SELECT status FROM v$session WHERE username = 'HR'")]


def test_a_killed_session_is_told_at_its_next_call(system: Any, hr: Any) -> None:
    kill(system, hr)
    assert statuses(system) == ["KILLED"]
    error = hr.fails("SELECT 1 FROM dual")
    assert (error.code, error.fatal) == (28, True)
    assert statuses(system) == []


def test_a_session_killed_immediately_loses_its_connection(system: Any, hr: Any) -> None:
    kill(system, hr, "IMMEDIATE")
    assert statuses(system) == []
    with pytest.raises(ConnectionDropped):
        hr.execute("SELECT 1 FROM dual")


def test_a_kill_rolls_back_at_once(system: Any, hr: Any) -> None:
    hr.execute("DELETE FROM employees")
    kill(system, hr)
    assert not hr.session.in_transaction
    system.execute("UPDATE hr.employees SET salary = 1")
    assert system.rows("SELECT COUNT(*) FROM hr.employees") == [(3,)]


def test_what_cannot_be_killed(system: Any, hr: Any) -> None:
    own = f"'{system.session.sid},{system.session.serial}'"
    assert system.fails(f"ALTER SYSTEM KILL SESSION {own}").code == 27
    assert system.fails("ALTER SYSTEM KILL SESSION '9999,1'").code == 30
    assert system.fails(f"ALTER SYSTEM KILL SESSION '{hr.session.sid},9999'").code == 30


def test_a_closed_session_is_gone_and_may_be_closed_again(system: Any, hr: Any) -> None:
    hr.session.close()
    hr.session.close()
    assert statuses(system) == []


# --- waiting ---------------------------------------------------------------------------------------------------------------------


def test_a_writer_waits_for_the_transaction_before_it(system: Any, hr: Any) -> None:
    system.execute("UPDATE hr.employees SET salary = salary + 1 WHERE id = 1")
    done = threading.Event()

    def write() -> None:
        hr.execute("UPDATE employees SET salary = salary + 1 WHERE id = 1")
        hr.session.commit()
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert not done.wait(0.3)
    system.session.commit()
    writer.join(timeout=60)
    assert system.rows("SELECT salary FROM hr.employees WHERE id = 1") == [(9002,)]


def test_who_sleeps_holds_up_nobody(system: Any, hr: Any) -> None:
    sleeper = threading.Thread(target=lambda: hr.fails("BEGIN DBMS_SESSION.SLEEP(600); END;"))
    sleeper.start()
    while not hr.session.session.active:
        assert sleeper.is_alive()
        time.sleep(0.01)
    assert system.rows("SELECT 1 FROM dual") == [(1,)]
    assert sleeper.is_alive()
    hr.session.cancel()
    sleeper.join(timeout=60)
    assert not sleeper.is_alive()


# --- transactions ----------------------------------------------------------------------------------------------------------------


def test_ddl_commits_even_when_it_fails(database: Any, system: Any) -> None:
    system.execute("INSERT INTO hr.employees (id) VALUES (50)")
    system.fails("DROP ROLE no_such_role")
    system.execute("ROLLBACK")
    assert database.connect("SYSTEM").rows("SELECT COUNT(*) FROM hr.employees") == [(4,)]


def test_alter_session_does_not_commit(system: Any) -> None:
    system.execute("INSERT INTO hr.employees (id) VALUES (50)")
    system.execute("ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY'")
    system.execute("ROLLBACK")
    assert system.rows("SELECT COUNT(*) FROM hr.employees") == [(3,)]


def test_a_savepoint_takes_back_what_came_after_it(system: Any) -> None:
    system.execute("INSERT INTO hr.employees (id) VALUES (50)")
    system.execute("SAVEPOINT here")
    system.execute("INSERT INTO hr.employees (id) VALUES (51)")
    system.execute("ROLLBACK TO SAVEPOINT here")
    assert system.rows("SELECT COUNT(*) FROM hr.employees") == [(4,)]
    assert system.fails("ROLLBACK TO nowhere").code == 1086


@pytest.mark.parametrize(
    ("statement", "code"), [("EXPLAIN PLAN FOR SELECT 1 FROM dual", 3001), ("FOO BAR", 900)]
)
def test_what_is_not_supported_says_so(system: Any, statement: str, code: int) -> None:
    assert system.fails(statement).code == code


# --- limits ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("limit", "code"), [("IDLE_TIME", 2396), ("CONNECT_TIME", 2399)])
def test_a_session_ends_when_its_profile_says_so(
    database: Any, system: Any, limit: str, code: int
) -> None:
    system.execute(f"CREATE PROFILE short LIMIT {limit} 15")
    system.execute("ALTER USER hr PROFILE short")
    system.execute("ALTER SYSTEM SET resource_limit = FALSE")
    hr = database.connect("HR")
    database.scheduler.advance(timedelta(minutes=20))
    hr.execute("SELECT 1 FROM dual")
    system.execute("ALTER SYSTEM SET resource_limit = TRUE")
    database.scheduler.advance(timedelta(minutes=20))
    assert hr.fails("SELECT 1 FROM dual").code == code


# --- the clock -------------------------------------------------------------------------------------------------------------------


def test_the_clock_goes_forward_only() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    clock = DatabaseClock(real_time=lambda: now)
    clock.move_to(now + timedelta(hours=4))
    assert clock.now() == now + timedelta(hours=4)
    clock.move_to(now)
    assert clock.offset == timedelta(hours=4)


def test_statements_see_the_moved_clock(database: Any, system: Any) -> None:
    database.scheduler.advance(timedelta(days=400))
    (row,) = system.rows("SELECT SYS_EXTRACT_UTC(SYSTIMESTAMP) FROM dual")
    assert row[0].replace(tzinfo=UTC) > datetime.now(UTC) + timedelta(days=399)


def test_an_unknown_service_is_refused(database: Any) -> None:
    with pytest.raises(OracleError) as caught:
        database.connect("SYSTEM", service="NOWHERE")
    assert caught.value.code == 12514
