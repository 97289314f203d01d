"""Breaks, timeouts, and sessions that end from the server's side."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import oracledb
import pytest

ONE = "select 1 from dual"
# A driver gives the answer to its break as long as the call had: short timeouts lose the connection (DPY-4011) on a busy machine.


def works(connection: oracledb.Connection) -> bool:
    return connection.cursor().execute(ONE).fetchone() == (1,)


def test_a_call_that_takes_too_long_is_broken_off(
    connection: oracledb.Connection, failing: Callable[..., Any]
) -> None:
    connection.call_timeout = 1000
    started = time.monotonic()
    error = failing(connection.cursor().execute, "begin sleep(600); end;")
    assert error.full_code == "DPY-4024"
    assert time.monotonic() - started < 60
    connection.call_timeout = 0
    assert works(connection)


@contextmanager
def cancelling(connection: oracledb.Connection, session: Any, text: str) -> Iterator[None]:
    """Cancels from another thread as soon as the server runs the statement: a cancel before that would be forgotten."""

    def cancel() -> None:
        while text not in session.statements:
            time.sleep(0.01)
        connection.cancel()

    thread = threading.Thread(target=cancel, daemon=True)
    thread.start()
    yield
    thread.join()


def test_a_call_is_cancelled_from_another_thread(
    connection: oracledb.Connection, session: Any, failing: Callable[..., Any]
) -> None:
    block = "begin sleep(600); end;"
    with cancelling(connection, session, block):
        error = failing(connection.cursor().execute, block)
    assert error.code == 1013
    assert works(connection)


def test_fetching_is_cancelled_between_rows(
    connection: oracledb.Connection, session: Any, failing: Callable[..., Any]
) -> None:
    cursor, query = connection.cursor(), "select * from slow_rows"
    cursor.prefetchrows = cursor.arraysize = 1000
    with cancelling(connection, session, query):
        error = failing(lambda: cursor.execute(query).fetchall())
    assert error.code == 1013
    assert works(connection)


def test_an_array_execution_is_cancelled_between_iterations(
    connection: oracledb.Connection, engine: Any, failing: Callable[..., Any]
) -> None:
    # The driver runs a block once before the others: a timeout that came with its answer would cross it, and hit the next call.
    connection.call_timeout = 2500
    error = failing(connection.cursor().executemany, "begin sleep(1); end;", 50)
    assert error.full_code == "DPY-4024"
    connection.call_timeout = 0
    assert works(connection)


def test_a_break_while_nothing_runs_is_answered_too(connection: oracledb.Connection) -> None:
    for _ in range(3):
        connection.cancel()
        try:
            assert works(connection)
        except oracledb.DatabaseError as error:
            assert error.args[0].code == 1013
    assert works(connection)


def test_many_breaks_in_a_row(connection: oracledb.Connection, failing: Callable[..., Any]) -> None:
    connection.call_timeout = 500
    for _ in range(10):
        assert (
            failing(connection.cursor().execute, "begin sleep(600); end;").full_code == "DPY-4024"
        )
    connection.call_timeout = 0
    assert works(connection)


def test_a_dropped_connection_is_recoverable(
    connection: oracledb.Connection, failing: Callable[..., Any]
) -> None:
    error = failing(connection.cursor().execute, "begin drop_me; end;")
    assert (error.full_code, error.isrecoverable) == ("DPY-4011", True)
    assert not connection.is_healthy()


def test_an_error_that_ends_the_session_is_sent_before_the_end(
    connection: oracledb.Connection,
    failing: Callable[..., Any],
    session: Any,
    eventually: Callable[[Callable[[], bool]], None],
) -> None:
    error = failing(connection.cursor().execute, "begin kill_me; end;")
    assert error.full_code == "DPY-4011"
    eventually(lambda: session.closes > 0)


def test_a_killed_session_notices_at_its_next_call(
    dsn: str, connection: oracledb.Connection, failing: Callable[..., Any]
) -> None:
    with oracledb.connect(user="scott", password="tiger", dsn=dsn) as killer:
        killer.cursor().execute(f"begin kill({connection.session_id}); end;")
    error = failing(connection.cursor().execute, ONE)
    assert error.full_code == "DPY-4011"


CLIENT = """
import sys, oracledb
connection = oracledb.connect(user="scott", password="tiger", dsn=sys.argv[1])
connection.cursor().execute("begin sleep(600); end;")
"""


def test_a_client_that_goes_away_stops_its_call(
    dsn: str, engine: Any, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    client = subprocess.Popen([sys.executable, "-c", CLIENT, dsn])

    def sleeps() -> bool:
        return any("sleep" in t for s in engine.sessions.values() for t in s.statements)

    eventually(sleeps)
    client.kill()
    client.wait()
    (session,) = engine.sessions.values()
    eventually(lambda: session.closes > 0)


def test_other_sessions_go_on_while_one_is_busy(
    dsn: str, connection: oracledb.Connection, engine: Any, eventually: Callable[..., None]
) -> None:
    def sleep() -> None:
        with pytest.raises(oracledb.DatabaseError, match="ORA-01013"):
            connection.cursor().execute("begin sleep(600); end;")

    thread = threading.Thread(target=sleep, daemon=True)
    thread.start()
    eventually(
        lambda: "begin sleep(600); end;" in engine.sessions[connection.session_id].statements
    )
    with oracledb.connect(user="scott", password="tiger", dsn=dsn) as other:
        assert works(other)
    assert thread.is_alive()
    connection.cancel()
    thread.join()
