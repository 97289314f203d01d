from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import oracledb
import pytest

INSERT = "insert into t1 values (:1, :2)"


def test_a_change_opens_a_transaction_that_rollback_and_commit_end(
    connection: oracledb.Connection, engine: Any, session: Any
) -> None:
    cursor = connection.cursor()
    cursor.execute(INSERT, [1, "one"])
    assert cursor.rowcount == 1
    assert connection.transaction_in_progress
    connection.rollback()
    assert not connection.transaction_in_progress
    assert engine.table == {}
    cursor.execute(INSERT, [1, "one"])
    connection.commit()
    assert not connection.transaction_in_progress
    assert cursor.execute("select * from t1").fetchall() == [(1, "one")]


def test_autocommit_is_honoured_on_every_path(
    connection: oracledb.Connection, session: Any
) -> None:
    connection.autocommit = True
    cursor = connection.cursor()
    for number in range(3):  # the first is an execute, the others re-executions
        cursor.execute(INSERT, [number, "x"])
        assert not connection.transaction_in_progress
    cursor.execute("begin insert into t1 values (:1, :2); end;", [9, "x"])
    assert session.commits == 4


def test_a_failed_statement_is_not_committed(
    connection: oracledb.Connection, session: Any, failing: Callable[..., Any]
) -> None:
    connection.autocommit = True
    failing(connection.cursor().execute, INSERT, [1, None])
    assert session.commits == 0


def test_many_rows_are_inserted_in_linear_time(
    connection: oracledb.Connection, engine: Any
) -> None:
    cursor = connection.cursor()
    started = time.monotonic()
    cursor.executemany(INSERT, [(number, f"val {number}") for number in range(20000)])
    assert cursor.rowcount == 20000
    assert len(engine.table) == 20000
    assert time.monotonic() - started < 60


def test_batch_errors_and_row_counts(connection: oracledb.Connection, engine: Any) -> None:
    engine.table[1] = "there"
    cursor = connection.cursor()
    rows = [(31, "a"), (1, "dup"), (32, "b"), (33, None)]
    cursor.executemany(INSERT, rows, batcherrors=True, arraydmlrowcounts=True)
    errors = [(error.offset, error.code) for error in cursor.getbatcherrors()]
    assert errors == [(1, 1), (3, 1400)]
    assert cursor.getbatcherrors()[0].message.startswith("ORA-00001: unique constraint")
    assert cursor.getarraydmlrowcounts() == [1, 0, 1, 0]
    assert cursor.rowcount == 2


def test_hundreds_of_batch_errors(connection: oracledb.Connection, engine: Any) -> None:
    cursor = connection.cursor()
    rows = [(number, None if number % 2 else "x") for number in range(1200)]
    cursor.executemany(INSERT, rows, batcherrors=True)
    assert [error.offset for error in cursor.getbatcherrors()] == list(range(1, 1200, 2))


def test_batch_errors_are_not_committed_by_autocommit(
    connection: oracledb.Connection, session: Any
) -> None:
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.executemany(INSERT, [(1, "a"), (1, "dup")], batcherrors=True)
    assert session.commits == 0
    assert connection.transaction_in_progress


def test_without_batch_errors_the_first_error_ends_the_batch(
    connection: oracledb.Connection, engine: Any
) -> None:
    cursor = connection.cursor()
    with pytest.raises(oracledb.IntegrityError):
        cursor.executemany(INSERT, [(1, "a"), (1, "dup"), (2, "b")])
    assert engine.table == {1: "a"}


def test_a_statement_goes_on_after_an_error(connection: oracledb.Connection, engine: Any) -> None:
    cursor = connection.cursor()
    for _ in range(3):
        cursor.execute(INSERT, [1, "a"])
        with pytest.raises(oracledb.IntegrityError):
            cursor.execute(INSERT, [1, "again"])
        cursor.execute("delete from t1")
    assert cursor.rowcount == 1


def test_returning_into_gives_a_list_per_execution(
    connection: oracledb.Connection, engine: Any
) -> None:
    engine.table.update(dict.fromkeys(range(5), "old"))
    cursor = connection.cursor()
    ids, values = cursor.var(int), cursor.var(str)
    sql = "update t1 set val = 'new' where id <= :lim returning id, val into :o, :p"
    for limit in (3, 1, -1):
        cursor.execute(sql, lim=limit, o=ids, p=values)
        assert ids.getvalue() == list(range(limit + 1))
        assert values.getvalue() == ["new"] * (limit + 1)
    connection.rollback()


def test_returning_into_over_many_executions(connection: oracledb.Connection, engine: Any) -> None:
    engine.table.update(dict.fromkeys(range(5), "old"))
    cursor = connection.cursor()
    ids = cursor.var(int, arraysize=3)
    values = cursor.var(str, arraysize=3)
    cursor.setinputsizes(None, ids, values)
    sql = "update t1 set val = 'new' where id <= :lim returning id, val into :o, :p"
    cursor.executemany(sql, [(0,), (2,), (-5,)])
    assert ids.values == [[0], [0, 1, 2], []]
    connection.rollback()


def test_statements_that_define_things_run_again_and_again(
    connection: oracledb.Connection, session: Any
) -> None:
    cursor = connection.cursor()
    for _ in range(3):
        cursor.execute("grant create session to bob")
    assert session.statements.count("grant create session to bob") == 3


def test_a_compilation_error_is_a_warning(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    cursor.execute("create or replace procedure bad as begin x; end;")
    assert cursor.warning.full_code == "DPY-7000"
    cursor.execute("begin null; end;")
    assert cursor.warning is None


def test_other_warnings_arrive_with_their_number(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    cursor.execute("alter user scott account unlock")
    assert cursor.warning.code == 28002


def test_ping(connection: oracledb.Connection, session: Any) -> None:
    before = session.calls
    connection.ping()
    assert session.calls == before + 1


def test_attributes_travel_in_front_of_the_next_call(connection: oracledb.Connection) -> None:
    connection.module, connection.action = "mod1", "act1"
    connection.clientinfo, connection.client_identifier, connection.dbop = "ci", "žid", "op"
    connection.current_schema = "HR"
    row = connection.cursor().execute("select * from attributes").fetchone()
    assert row == ("mod1", "act1", "ci", "žid", "op", "HR")
    connection.module = None
    connection.action = "act2"
    row = connection.cursor().execute("select * from attributes").fetchone()
    assert row[:2] == (None, "act2")


def test_an_empty_attribute_is_none_whatever_travels_with_it(
    connection: oracledb.Connection,
) -> None:
    query = "select * from attributes"
    connection.module, connection.action, connection.clientinfo = "mod1", "act1", "ci"
    assert connection.cursor().execute(query).fetchone()[:3] == ("mod1", "act1", "ci")
    connection.action = ""
    assert connection.cursor().execute(query).fetchone()[:3] == ("mod1", None, "ci")
    connection.module, connection.action, connection.clientinfo = None, "", "ci2"
    connection.client_identifier, connection.dbop = "", ""
    row = connection.cursor().execute(query).fetchone()
    assert row[:5] == (None, None, "ci2", None, None)
    connection.module = ""
    connection.commit()
    assert connection.cursor().execute(query).fetchone()[:3] == (None, None, "ci2")


def test_the_driver_learns_of_a_schema_that_a_statement_changed(
    connection: oracledb.Connection,
) -> None:
    connection.cursor().execute("alter session set current_schema = scott")
    assert connection.current_schema == "SCOTT" or connection.current_schema is None
    connection.cursor().execute("alter session set current_schema = hr")
    assert connection.current_schema == "HR"


def test_a_piggyback_that_fails_fails_the_call_behind_it(
    connection: oracledb.Connection, failing: Callable[..., Any]
) -> None:
    connection.current_schema = "NOBODY"
    assert failing(connection.cursor().execute, "select 1 from dual").code == 1435
    connection.current_schema = "HR"
    assert connection.cursor().execute("select 1 from dual").fetchone() == (1,)


def test_a_pool_shares_few_sessions(dsn: str, engine: Any) -> None:
    pool = oracledb.create_pool(
        user="scott", password="tiger", dsn=dsn, min=1, max=2, ping_interval=0
    )
    for number in range(10):
        with pool.acquire() as connection:
            assert connection.cursor().execute(f"select {number} from dual").fetchone() == (number,)
    pool.close()
    assert len(engine.sessions) <= 2


def test_a_bug_in_the_engine_is_an_internal_error_and_not_a_lost_connection(
    connection: oracledb.Connection, failing: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    error = failing(connection.cursor().execute, "begin crash; end;")
    assert error.code == 7445
    assert "a bug in the engine" in error.message
    assert "Traceback" in caplog.text
    assert connection.cursor().execute("select 1 from dual").fetchone() == (1,)


def test_an_application_context_is_refused_honestly(
    connection: oracledb.Connection, failing: Callable[..., Any]
) -> None:
    if not hasattr(connection, "set_app_context"):
        pytest.skip("this driver has no application contexts")
    connection.set_app_context("CLIENTCONTEXT", k="v")
    assert failing(connection.cursor().execute, "select 1 from dual").code == 3001
