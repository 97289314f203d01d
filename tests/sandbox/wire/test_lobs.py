from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import oracledb
import pytest

from reconciler.sandbox.server import SandboxServer

CLOB, BLOB = "héllo " * 20000, b"\1\2\3" * 9000


def test_lobs_are_read_through_their_locators(connection: oracledb.Connection) -> None:
    rows = connection.cursor().execute("select * from demo_lob").fetchall()
    assert [(c and c.read(), b and b.read()) for _, c, b in rows] == [
        (CLOB, BLOB),
        (None, None),
        ("a\U0001f600b", None),
    ] or rows[2][2].size() == 0
    assert rows[0][1].size() == len(CLOB)
    assert rows[0][1].read(3, 4) == "llo "
    assert rows[0][2].read(2, 3) == b"\2\3\1"
    assert rows[0][1].getchunksize() > 0


def test_lobs_come_inside_the_rows_when_the_driver_wants_them_so(
    connection: oracledb.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oracledb.defaults, "fetch_lobs", False)
    for _ in range(2):
        rows = connection.cursor().execute("select * from demo_lob").fetchall()
        assert rows[:2] == [(1, CLOB, BLOB), (2, None, None)]
        assert rows[2][1] == "a\U0001f600b"


def test_a_temporary_lob_is_created_written_bound_and_freed(
    connection: oracledb.Connection, session: Any, server: SandboxServer
) -> None:
    lob = connection.createlob(oracledb.DB_TYPE_CLOB)
    lob.write("žluť " * 10000)
    lob.write("X", offset=1)
    assert lob.size() == 50000
    connection.cursor().execute("select :c from dual", c=lob).fetchall()
    assert session.executions[-1][0].value == "Xluť " + "žluť " * 9999
    lob.trim(3)
    assert lob.read() == "Xlu"
    lob.open()
    assert lob.isopen()
    lob.close()
    assert not lob.isopen()


def test_lobs_the_driver_let_go_are_forgotten(
    connection: oracledb.Connection, server: SandboxServer
) -> None:
    (held,) = server.connections
    for _ in range(5):
        connection.cursor().execute("select * from demo_lob").fetchall()
    gc.collect()
    connection.ping()
    assert len(held._service._lobs) <= 5


@pytest.mark.parametrize("text", ["short", "é" * 200_000])
def test_text_bound_as_a_clob_arrives_whole(
    connection: oracledb.Connection, session: Any, text: str
) -> None:
    cursor = connection.cursor()
    out = cursor.var(oracledb.DB_TYPE_CLOB)
    cursor.setinputsizes(x=out, y=oracledb.DB_TYPE_CLOB)
    cursor.execute("begin :x := :y; end;", x=out, y=text)
    assert session.executions[-1][1].value == text
    assert out.getvalue().read() == text


def test_a_locator_that_is_unknown_is_an_error(
    connection: oracledb.Connection, dsn: str, failing: Callable[..., Any]
) -> None:
    lob = connection.createlob(oracledb.DB_TYPE_BLOB)
    lob.write(b"x")
    with oracledb.connect(user="scott", password="tiger", dsn=dsn) as other:
        cursor = other.cursor()
        error = failing(cursor.execute, "select :b from dual", b=lob)
        assert error.full_code == "ORA-22275"
