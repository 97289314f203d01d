"""Jobs and the movable clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.sandbox.engine.calendar import Repetition
from reconciler.sandbox.seam import OracleError

CREATE = """
    BEGIN
      DBMS_SCHEDULER.CREATE_JOB(
        job_name => '{name}', job_type => 'PLSQL_BLOCK', job_action => q'[{action}]',
        start_date => SYSTIMESTAMP + NUMTODSINTERVAL({minutes}, 'MINUTE'),
        repeat_interval => {repeat}, enabled => {enabled}, auto_drop => {auto_drop});
    END;"""
NOTE = "BEGIN INSERT INTO hr.runs VALUES (SYS_EXTRACT_UTC(SYSTIMESTAMP)); END;"


@pytest.fixture
def owner(database: Any, system: Any) -> Any:
    """HR, with a table that jobs write the time of their run into."""
    hr = database.connect("HR")
    hr.execute("CREATE TABLE runs (at TIMESTAMP)")
    return hr


def create(
    connection: Any,
    *,
    name: str = "J",
    action: str = NOTE,
    minutes: float = 60,
    repeat: str = "NULL",
    enabled: str = "TRUE",
    auto_drop: str = "TRUE",
) -> datetime:
    """Makes a job and gives the time it is due."""
    connection.execute(
        CREATE.format(
            name=name, action=action, minutes=minutes, repeat=repeat, enabled=enabled, auto_drop=auto_drop,
        )
    )  # fmt: skip
    row = connection.rows(
        "SELECT SYS_EXTRACT_UTC(start_date) FROM user_scheduler_jobs WHERE job_name = :n", n=name
    )
    return row[0][0].replace(tzinfo=UTC)


def runs(connection: Any) -> list[datetime]:
    return [
        row[0].replace(tzinfo=UTC) for row in connection.rows("SELECT at FROM hr.runs ORDER BY at")
    ]


def state(connection: Any, name: str = "J") -> str | None:
    found = connection.rows("SELECT state FROM user_scheduler_jobs WHERE job_name = :n", n=name)
    return found[0][0] if found else None


def test_a_job_never_runs_before_its_start(database: Any, owner: Any) -> None:
    due = create(owner)
    database.scheduler.advance_to(due - timedelta(milliseconds=50))
    assert runs(owner) == []
    assert state(owner) == "SCHEDULED"


def test_a_one_shot_job_runs_once_at_its_time_and_is_dropped(database: Any, owner: Any) -> None:
    due = create(owner)
    database.scheduler.advance(timedelta(hours=5))
    (at,) = runs(owner)
    assert timedelta(0) <= at - due < timedelta(seconds=5)
    assert state(owner) is None
    database.scheduler.advance(timedelta(hours=5))
    assert len(runs(owner)) == 1


def test_a_repeating_job_runs_once_per_due_time(database: Any, owner: Any) -> None:
    due = create(owner, repeat="'FREQ=MINUTELY;INTERVAL=10'")
    database.scheduler.advance_to(due + timedelta(minutes=35))
    offsets = [round((at - due) / timedelta(minutes=1)) for at in runs(owner)]
    assert offsets == [0, 10, 20, 30]


def test_advancing_in_two_steps_is_advancing_once(
    open_database: Callable[[], Any],
) -> None:
    counts = []
    for steps in ([150], [70, 80], [61, 59, 30]):
        database = open_database()
        hr = database.connect("HR")
        if not counts:
            hr.execute("CREATE TABLE runs (at TIMESTAMP)")
        hr.execute("DELETE FROM hr.runs")
        hr.session.commit()
        due = create(hr, name=f"J{len(steps)}", repeat="'FREQ=MINUTELY;INTERVAL=30'")
        for minutes in steps:
            database.scheduler.advance(timedelta(minutes=minutes))
        counts.append([round((at - due) / timedelta(minutes=1)) for at in runs(hr)])
        hr.execute(f"BEGIN DBMS_SCHEDULER.DROP_JOB('J{len(steps)}'); END;")
    assert counts == [[0, 30, 60, 90]] * 3


def test_jobs_run_in_the_order_they_are_due(database: Any, owner: Any) -> None:
    owner.execute("CREATE TABLE trace (n NUMBER GENERATED ALWAYS AS IDENTITY, who VARCHAR2(5))")
    for name, minutes in (("C", 30), ("A", 20), ("B", 10)):
        create(
            owner, name=name, minutes=minutes, action=f"INSERT INTO trace (who) VALUES ('{name}');"
        )
    database.scheduler.advance(timedelta(hours=1))
    assert [row[0] for row in owner.rows("SELECT who FROM trace ORDER BY n")] == ["B", "A", "C"]


def test_a_failed_run_is_logged_and_undone(database: Any, owner: Any) -> None:
    create(
        owner,
        action="INSERT INTO hr.runs VALUES (SYSDATE); RAISE_APPLICATION_ERROR(-20001, 'no');",
        auto_drop="FALSE",
    )
    database.scheduler.advance(timedelta(hours=2))
    assert runs(owner) == []
    log = owner.rows("SELECT status, error#, additional_info FROM user_scheduler_job_run_details")
    assert log[0][:2] == ("FAILED", 20001)
    assert log[0][2].startswith("ORA-20001: no")
    assert state(owner) == "FAILED"


def test_a_job_that_fails_too_often_is_broken(database: Any, owner: Any) -> None:
    create(owner, action="RAISE NO_DATA_FOUND;", repeat="'FREQ=HOURLY'", enabled="FALSE")
    owner.execute(
        "BEGIN DBMS_SCHEDULER.SET_ATTRIBUTE('J', 'max_failures', 2); DBMS_SCHEDULER.ENABLE('J'); END;"
    )
    database.scheduler.advance(timedelta(hours=10))
    assert owner.rows("SELECT failure_count, state FROM user_scheduler_jobs") == [(2, "BROKEN")]


def test_a_job_that_drops_itself_deferred_runs_to_its_end(database: Any, owner: Any) -> None:
    create(
        owner,
        action=f"BEGIN DBMS_SCHEDULER.DROP_JOB(job_name => 'J', defer => TRUE); {NOTE[6:-4]} END;",
        repeat="'FREQ=MINUTELY'",
    )
    database.scheduler.advance(timedelta(hours=2))
    assert len(runs(owner)) == 1
    assert state(owner) is None


def test_a_disabled_job_waits_until_it_is_enabled(database: Any, owner: Any) -> None:
    create(owner, enabled="FALSE")
    database.scheduler.advance(timedelta(hours=2))
    assert runs(owner) == []
    owner.execute("BEGIN DBMS_SCHEDULER.ENABLE('J'); END;")
    assert database.scheduler.run_due() == 1


def test_moving_the_start_moves_the_run(database: Any, owner: Any) -> None:
    create(owner)
    owner.execute(
        "BEGIN DBMS_SCHEDULER.SET_ATTRIBUTE('J', 'start_date', SYSTIMESTAMP + INTERVAL '3' HOUR); END;"
    )
    database.scheduler.advance(timedelta(hours=2))
    assert runs(owner) == []
    database.scheduler.advance(timedelta(hours=2))
    assert len(runs(owner)) == 1


def test_no_job_runs_without_job_processes(database: Any, system: Any, owner: Any) -> None:
    create(owner)
    system.execute("ALTER SYSTEM SET job_queue_processes = 0")
    database.scheduler.advance(timedelta(hours=2))
    assert runs(owner) == []
    system.execute("ALTER SYSTEM SET job_queue_processes = 10")
    assert database.scheduler.run_due() == 1


def test_a_job_has_the_default_roles_of_its_owner(database: Any, system: Any, owner: Any) -> None:
    for statement in (
        "CREATE TABLE system.secrets (n NUMBER)",
        "CREATE ROLE r",
        "GRANT INSERT ON system.secrets TO r",
        "GRANT r TO hr",
    ):
        system.execute(statement)
    create(owner, action="INSERT INTO system.secrets VALUES (1);")
    database.scheduler.advance(timedelta(hours=2))
    assert system.rows("SELECT COUNT(*) FROM system.secrets") == [(1,)]


def test_the_deadline_of_a_lease_ends_it_without_anybody_connected(
    open_database: Callable[[], Any],
) -> None:
    database = open_database()
    system = database.connect("SYSTEM")
    for statement in (
        "CREATE ROLE jit_x",
        "GRANT SELECT, UPDATE ON hr.employees TO jit_x",
        "GRANT CREATE TABLE TO jit_x",
        "GRANT jit_x TO bob",
    ):
        system.execute(statement)
    action = """
        DECLARE n NUMBER;
        BEGIN
          FOR r IN (SELECT owner, table_name, privilege FROM dba_tab_privs WHERE grantee = 'JIT_X') LOOP
            BEGIN
              EXECUTE IMMEDIATE 'REVOKE ' || r.privilege || ' ON ' || DBMS_ASSERT.ENQUOTE_NAME(r.owner, FALSE) || '.'
                || DBMS_ASSERT.ENQUOTE_NAME(r.table_name, FALSE) || ' FROM ' || DBMS_ASSERT.ENQUOTE_NAME('JIT_X', FALSE);
            EXCEPTION WHEN OTHERS THEN IF SQLCODE <> -1927 THEN RAISE; END IF; END;
          END LOOP;
          EXECUTE IMMEDIATE 'DROP ROLE ' || DBMS_ASSERT.ENQUOTE_NAME('JIT_X', FALSE);
          SELECT COUNT(*) INTO n FROM dba_roles WHERE role = 'JIT_X';
          IF n = 0 THEN DBMS_SCHEDULER.DROP_JOB(job_name => 'END_X', defer => TRUE); END IF;
        END;"""
    create(
        system, name="END_X", action=action, repeat="'FREQ=MINUTELY;INTERVAL=1'", auto_drop="FALSE"
    )
    bob = database.connect("BOB")
    assert len(bob.rows("SELECT * FROM hr.employees")) == 3
    database.scheduler.advance(timedelta(hours=2))
    assert bob.fails("SELECT * FROM hr.employees").code == 942
    again = open_database()
    assert again.connect("SYSTEM").rows("SELECT COUNT(*) FROM dba_roles WHERE role = 'JIT_X'") == [
        (0,)
    ]
    assert state(again.connect("SYSTEM"), "END_X") is None


def test_jobs_survive_a_restart_and_run_when_overdue(open_database: Callable[[], Any]) -> None:
    database = open_database()
    hr = database.connect("HR")
    hr.execute("CREATE TABLE runs (at TIMESTAMP)")
    due = create(hr)
    database.instance.move_clock(due + timedelta(hours=3))
    again = open_database()
    assert again.scheduler.run_due() == 1
    assert len(runs(again.connect("HR"))) == 1


def eventually(condition: Callable[[], bool]) -> None:
    """Waits in real time, far longer than it takes."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.05)


def test_real_time_runs_jobs_too(database: Any, owner: Any) -> None:
    database.scheduler.start()
    try:
        create(owner, minutes=0.01)
        eventually(lambda: bool(runs(owner)))
        assert len(runs(owner)) == 1
    finally:
        database.instance.close()
        database.scheduler.stop()


REFUSED = [
    ("DBMS_SCHEDULER.CREATE_JOB('taken', 'PLSQL_BLOCK', 'NULL;')", 27477),
    ("DBMS_SCHEDULER.DROP_JOB('missing')", 27475),
    ("DBMS_SCHEDULER.ENABLE('missing')", 27476),
    ("DBMS_SCHEDULER.SET_ATTRIBUTE('missing', 'comments', 'x')", 27476),
    ("DBMS_SCHEDULER.SET_ATTRIBUTE('taken', 'nonsense', 'x')", 27469),
    ("DBMS_SCHEDULER.SET_ATTRIBUTE('taken', 'repeat_interval', 'FREQ=SOMETIMES')", 27412),
    ("DBMS_SCHEDULER.CREATE_JOB('a b', 'PLSQL_BLOCK', 'NULL;')", 27452),
    ("DBMS_SCHEDULER.CREATE_JOB('system.j', 'PLSQL_BLOCK', 'NULL;')", 27486),
    ("DBMS_SCHEDULER.STOP_JOB('taken')", 27366),
    ("DBMS_SCHEDULER.CREATE_JOB('x', 'EXECUTABLE', '/bin/true')", 3001),
]


@pytest.mark.parametrize(("call", "code"), REFUSED)
def test_dbms_scheduler_refuses(owner: Any, call: str, code: int) -> None:
    owner.execute("BEGIN DBMS_SCHEDULER.CREATE_JOB('taken', 'PLSQL_BLOCK', 'NULL;'); END;")
    assert owner.fails(f"BEGIN {call}; END;").code == code


def test_create_job_is_needed(database: Any) -> None:
    block = "BEGIN DBMS_SCHEDULER.CREATE_JOB('j', 'PLSQL_BLOCK', 'NULL;'); END;"
    assert database.connect("BOB").fails(block).code == 27486


def test_run_job_runs_now_in_this_session(owner: Any) -> None:
    create(owner)
    owner.execute("BEGIN DBMS_SCHEDULER.RUN_JOB('J'); END;")
    assert len(runs(owner)) == 1
    assert state(owner) == "SCHEDULED"


NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@given(
    unit=st.sampled_from(["SECONDLY", "MINUTELY", "HOURLY", "DAILY"]),
    interval=st.integers(1, 99),
    passed=st.timedeltas(timedelta(0), timedelta(days=400)),
)
def test_the_next_run_is_the_first_of_the_series_that_is_later(
    unit: str, interval: int, passed: timedelta
) -> None:
    series = Repetition.parse(f"FREQ={unit};INTERVAL={interval}")
    found = series.after(NOON, NOON + passed)
    assert found > NOON + passed
    assert found - series.every <= NOON + passed
    assert (found - NOON) % series.every == timedelta(0)


@pytest.mark.parametrize(
    "text", ["", "DAILY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;FREQ=DAILY", "FREQ=DAILY;INTERVAL=x"]
)
def test_what_is_no_repeat_interval_is_refused(text: str) -> None:
    with pytest.raises(OracleError) as caught:
        Repetition.parse(text)
    assert caught.value.code == 27412


def test_the_end_of_the_instance_cuts_off_a_job_which_is_due_again_after_the_start(
    open_database: Callable[[], Any],
) -> None:
    database = open_database()
    owner = database.connect("HR")
    database.scheduler.start()
    create(owner, minutes=0, action="DBMS_SESSION.SLEEP(600);", auto_drop="FALSE")
    eventually(lambda: state(owner) == "RUNNING")
    began = time.monotonic()
    database.instance.close()
    database.scheduler.stop()
    assert time.monotonic() - began < 60
    assert state(open_database().connect("HR")) == "SCHEDULED"


def test_a_running_job_can_be_stopped(database: Any, system: Any, owner: Any) -> None:
    database.scheduler.start()
    try:
        create(owner, minutes=0, action="DBMS_SESSION.SLEEP(600);", auto_drop="FALSE")
        eventually(lambda: state(owner) == "RUNNING")
        assert owner.fails("BEGIN DBMS_SCHEDULER.DROP_JOB('J'); END;").code == 27478
        owner.execute("BEGIN DBMS_SCHEDULER.STOP_JOB('J'); END;")
        eventually(lambda: state(owner) != "RUNNING")
        assert owner.rows("SELECT status FROM user_scheduler_job_run_details") == [("FAILED",)]
    finally:
        database.instance.close()
        database.scheduler.stop()


def test_a_scheduler_that_wakes_up_after_its_database_was_closed_finds_nothing_to_do(
    database: Any, owner: Any
) -> None:
    create(owner, minutes=0, action="NULL;")
    scheduler = database.scheduler
    database.instance.close()
    assert scheduler.run_due() == 0


def test_a_job_is_never_seen_running_without_the_session_to_stop_it_by(
    database: Any, owner: Any
) -> None:
    create(owner, minutes=0, action="DBMS_SESSION.SLEEP(600);", auto_drop="FALSE")
    with (
        database.instance.lock
    ):  # what the thread of the scheduler does before the one of the job begins
        claimed = database.scheduler._claim(database.instance.now())
    assert state(owner) == "RUNNING"
    owner.execute("BEGIN DBMS_SCHEDULER.STOP_JOB('J'); END;")
    assert database.scheduler._run(claimed).code == 28
    assert owner.rows("SELECT status FROM user_scheduler_job_run_details") == [("FAILED",)]
