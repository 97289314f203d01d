from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import oracledb
import pytest

APPLY = "begin apply(:texts, :codes, :messages); end;"


def test_out_and_in_out_binds_over_re_execution(
    connection: oracledb.Connection, session: Any
) -> None:
    cursor = connection.cursor()
    o, s = cursor.var(int), cursor.var(str, 100)
    for number in (4, 5, 6):
        s.setvalue(0, f"hi{number}")
        cursor.execute("begin :o := :i * 10; :s := :s || '!'; end;", o=o, i=number, s=s)
        assert (o.getvalue(), s.getvalue()) == (number * 10, f"hi{number}!")
    assert [bind.name for bind in session.executions[-1]] == ["O", "I", "S"]
    assert session.executions[-1][0].value is None


def arrays(
    connection: oracledb.Connection, texts: list[str], capacity: int | None = None
) -> tuple[list[Any], list[Any]]:
    cursor = connection.cursor()
    room = capacity or max(len(texts), 1)
    sent = cursor.arrayvar(oracledb.DB_TYPE_VARCHAR, texts, 32767)
    codes = cursor.arrayvar(oracledb.DB_TYPE_NUMBER, room)
    messages = cursor.arrayvar(oracledb.DB_TYPE_VARCHAR, room, 4000)
    cursor.execute(APPLY, texts=sent, codes=codes, messages=messages)
    return codes.getvalue(), messages.getvalue()


def test_arrays_go_in_and_come_out(connection: oracledb.Connection, session: Any) -> None:
    codes, messages = arrays(connection, ["grant a", "", "revoke ž"])
    assert codes == [7, None, 8]
    assert messages == ["GRANT A", None, "REVOKE Ž"]
    texts = session.executions[-1][0]
    assert texts.is_array
    assert texts.value == ["grant a", None, "revoke ž"]
    assert texts.max_elements == 3


def test_array_blocks_run_again_with_other_lengths(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    sent = cursor.arrayvar(oracledb.DB_TYPE_VARCHAR, 10, 32767)
    codes = cursor.arrayvar(oracledb.DB_TYPE_NUMBER, 10)
    messages = cursor.arrayvar(oracledb.DB_TYPE_VARCHAR, 10, 4000)
    for texts in (["a", "bb"], ["c"], ["dd"] * 10, ["e" * 300]):
        sent.setvalue(0, texts)
        cursor.execute(APPLY, texts=sent, codes=codes, messages=messages)
        assert codes.getvalue() == [len(text) for text in texts]
        assert messages.getvalue() == [text.upper() for text in texts]


def test_a_large_array_takes_linear_time(connection: oracledb.Connection) -> None:
    texts = [f"grant select on hr.table_{number} to role_{number}" for number in range(50000)]
    started = time.monotonic()
    codes, _ = arrays(connection, texts)
    assert codes == [len(text) for text in texts]
    assert time.monotonic() - started < 60


def test_long_elements_cross_packets(connection: oracledb.Connection) -> None:
    texts = ["x" * 32767, "y" * 20000, "z"]
    codes, messages = arrays(connection, texts)
    assert codes == [32767, 20000, 1]
    assert messages[1] == "Y" * 20000


def test_more_elements_than_the_client_has_room_for_are_an_error(
    connection: oracledb.Connection, failing: Callable[..., Any]
) -> None:
    cursor = connection.cursor()
    sent = cursor.arrayvar(oracledb.DB_TYPE_VARCHAR, ["a", "b"], 100)
    codes = cursor.arrayvar(oracledb.DB_TYPE_NUMBER, 1)
    messages = cursor.arrayvar(oracledb.DB_TYPE_VARCHAR, 5, 100)
    error = failing(cursor.execute, APPLY, texts=sent, codes=codes, messages=messages)
    assert error.code == 6513


def test_out_values_of_every_type(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    kinds = [
        oracledb.DB_TYPE_DATE,
        oracledb.DB_TYPE_TIMESTAMP,
        oracledb.DB_TYPE_INTERVAL_DS,
        oracledb.DB_TYPE_BINARY_DOUBLE,
        oracledb.DB_TYPE_BOOLEAN,
        oracledb.DB_TYPE_RAW,
        oracledb.DB_TYPE_LONG,
        oracledb.DB_TYPE_NVARCHAR,
        oracledb.DB_TYPE_NUMBER,
        oracledb.DB_TYPE_CLOB,
    ]
    variables = [cursor.var(kind) for kind in kinds]
    names = ", ".join(f":{number}" for number in range(1, len(kinds) + 1))
    for _ in range(2):
        cursor.execute(f"begin types({names}); end;", variables)
        values = [variable.getvalue() for variable in variables]
        assert values[:9] == [
            dt.datetime(2024, 5, 6, 7, 8, 9),  # noqa: DTZ001 - dates of a database have no zone
            dt.datetime(2024, 5, 6, 7, 8, 9, 123456),  # noqa: DTZ001 - dates of a database have no zone
            dt.timedelta(hours=5),
            1.25,
            True,
            b"\xca\xfe",
            "ž" * 40000,
            "národní",
            None,
        ]
        assert values[9].read() == "clob text"


@pytest.mark.parametrize("value", [True, False, None])
def test_booleans_go_in_and_come_out(connection: oracledb.Connection, value: Any) -> None:
    cursor = connection.cursor()
    x, y = cursor.var(oracledb.DB_TYPE_BOOLEAN), cursor.var(oracledb.DB_TYPE_BOOLEAN)
    y.setvalue(0, value)
    cursor.execute("begin :x := :y; end;", x=x, y=y)
    assert x.getvalue() is value


def test_a_ref_cursor_is_opened_and_fetched_again_and_again(
    connection: oracledb.Connection,
) -> None:
    cursor = connection.cursor()
    opened = cursor.var(oracledb.DB_TYPE_CURSOR)
    for _ in range(3):
        cursor.execute("begin open :rc for select * from demo_rows(250); end;", rc=opened)
        rows = opened.getvalue().fetchall()
        assert [row[0] for row in rows] == list(range(250))


def test_a_raised_error_comes_with_its_stack(
    connection: oracledb.Connection, failing: Callable[..., Any]
) -> None:
    error = failing(
        connection.cursor().execute, "begin raise_application_error(-20001, 'boom'); end;"
    )
    assert error.code == 20001
    assert error.message.split("\n")[:2] == ["ORA-20001: boom", "ORA-06512: at line 1"]


def test_a_block_over_many_rows_of_binds(connection: oracledb.Connection, engine: Any) -> None:
    cursor = connection.cursor()
    cursor.executemany("begin insert into t1 values (:1, :2); end;", [(n, "p") for n in range(5)])
    assert sorted(engine.table) == [0, 1, 2, 3, 4]


def test_a_block_with_out_binds_over_many_rows(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    out = cursor.var(int, arraysize=4)
    cursor.setinputsizes(out, int)
    cursor.executemany("begin :x := :y; end;", [(None, n) for n in (7, 8, 9, 10)])
    assert [out.getvalue(n) for n in range(4)] == [7, 8, 9, 10]


def test_a_block_without_binds_runs_again(connection: oracledb.Connection, session: Any) -> None:
    cursor = connection.cursor()
    for _ in range(3):
        cursor.execute("begin null; end;")
    assert session.statements.count("begin null; end;") == 3
