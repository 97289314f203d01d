from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import oracledb
import pytest


def test_values_of_the_common_types_arrive_as_they_are(connection: oracledb.Connection) -> None:
    rows = connection.cursor().execute("select * from demo_rows(10)").fetchall()
    moment = dt.datetime(2024, 1, 31, 10, 20, 39)  # noqa: DTZ001 - dates of a database have no zone
    assert rows[9][:5] == (9, "name-000009", -1.875, moment, moment.replace(microsecond=9))
    assert rows[9][5] == moment.replace(
        microsecond=123456
    )  # drivers give local time without a zone
    assert [row[6] for row in rows[:4]] == ["x", None, None, "x"]
    assert rows[9][7] == b"\x09"


def test_values_of_the_rarer_types_arrive_as_they_are(connection: oracledb.Connection) -> None:
    rows = connection.cursor().execute("select * from demo_types").fetchall()
    assert rows == [
        (1.5, -0.25, dt.timedelta(days=1, hours=2, seconds=3, microseconds=4), True, "AAAR3sAAEAAAACXAAA", "abc"),
        (-1e300, 2.0, -dt.timedelta(days=3, minutes=5), False, "AAAR3sAAEAAAACXAAB", "x  "),
        (None,) * 6,
    ]  # fmt: skip


def test_columns_are_described(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    cursor.execute("select * from demo_rows(1)")
    described = [(c.name, c.type_code, c.precision, c.scale, c.null_ok) for c in cursor.description]
    assert described[:4] == [
        ("ID", oracledb.DB_TYPE_NUMBER, 9, 0, False),
        ("NAME", oracledb.DB_TYPE_VARCHAR, None, None, True),
        ("AMT", oracledb.DB_TYPE_NUMBER, 10, 3, True),
        ("D", oracledb.DB_TYPE_DATE, None, None, True),
    ]
    assert cursor.description[1].internal_size == 30


@pytest.mark.parametrize(("arraysize", "prefetch"), [(100, 2), (5000, 0), (7, 7), (1, 20000)])
def test_every_row_comes_once_whatever_the_batches(
    connection: oracledb.Connection, arraysize: int, prefetch: int
) -> None:
    cursor = connection.cursor()
    cursor.arraysize, cursor.prefetchrows = arraysize, prefetch
    count = 12345 if arraysize > 1 else 345
    rows = cursor.execute(f"select * from demo_rows({count})").fetchall()
    assert [row[0] for row in rows] == list(range(count))
    assert cursor.rowcount == count


def test_batches_end_where_the_rows_end(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    cursor.prefetchrows, cursor.arraysize = 0, 7
    cursor.execute("select * from demo_rows(20)")
    assert [len(cursor.fetchmany()) for _ in range(4)] == [7, 7, 6, 0]
    cursor.execute("select * from demo_rows(0)")
    assert cursor.fetchall() == []


def test_many_rows_come_in_one_response(connection: oracledb.Connection, session: Any) -> None:
    cursor = connection.cursor()
    cursor.prefetchrows = cursor.arraysize = 1_000_000
    before = session.calls
    assert len(cursor.execute("select * from demo_rows(50000)").fetchall()) == 50000
    assert session.calls == before + 1


@pytest.mark.parametrize(
    "value",
    [
        0,
        1,
        -1,
        7,
        99,
        100,
        101,
        -255,
        10**10,
        10**18 + 7,
        -(10**18),
        10**37,
        10**125,
        "0.1",
        "-0.1",
        "123.456",
        "-99999.00001",
        "1e-20",
        "12345678901234567890.12345",
        "0.001",
    ],
)
def test_numbers_survive_the_way_there_and_back(
    connection: oracledb.Connection, value: Any
) -> None:
    number = Decimal(value)
    cursor = connection.cursor()
    cursor.outputtypehandler = lambda cursor, metadata: cursor.var(
        Decimal, arraysize=cursor.arraysize
    )
    (got,) = cursor.execute("select :n from dual", n=number).fetchone()
    assert Decimal(got) == number


def test_binds_work_by_name_by_position_and_empty(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    moment = dt.datetime(2024, 5, 6, 7, 8, 9)  # noqa: DTZ001 - dates of a database have no zone
    sql = "select :a, :b, :c, :d from dual"
    assert cursor.execute(sql, a=5, b="žluť", c=None, d=moment).fetchone() == (
        5,
        "žluť",
        None,
        moment,
    )
    assert cursor.execute("select :1, :2, :1 from dual", [1, "x", 1]).fetchone() == (1, "x", 1)


def test_every_bind_type_reaches_the_engine_as_its_python_value(
    connection: oracledb.Connection, session: Any, engine: Any
) -> None:
    moment = dt.datetime(2024, 5, 6, 7, 8, 9, 123456)  # noqa: DTZ001 - dates of a database have no zone
    cursor = connection.cursor()
    cursor.setinputsizes(
        tz=oracledb.DB_TYPE_TIMESTAMP_TZ,
        ts=oracledb.DB_TYPE_TIMESTAMP,
        bd=oracledb.DB_TYPE_BINARY_DOUBLE,
        ds=oracledb.DB_TYPE_INTERVAL_DS,
        r=oracledb.DB_TYPE_RAW,
        n=oracledb.DB_TYPE_NVARCHAR,
        d=oracledb.DB_TYPE_DATE,
    )
    values = {
        "tz": moment,
        "ts": moment,
        "bd": -2.5,
        "ds": dt.timedelta(days=-1, seconds=5),
        "r": b"\x00\xff",
        "n": "žluť",
        "d": moment,
    }
    sql = "select :tz, :ts, :bd, :ds, :r, :n, :d from dual"
    cursor.execute(sql, values)
    sent = {bind.name.lower(): bind.value for bind in session.executions[-1]}
    assert sent == {
        **values,
        "tz": moment.replace(tzinfo=dt.UTC),
        "d": moment.replace(microsecond=0),
    }


@pytest.mark.parametrize("length", [1, 252, 253, 4000, 4001, 32767, 32768, 100_000, 3_000_000])
def test_strings_of_any_length_are_bound_and_fetched(
    connection: oracledb.Connection, length: int
) -> None:
    text = "é" * (length // 2) + "x" * (length % 2)
    assert connection.cursor().execute("select :s from dual", s=text).fetchone() == (text,)


def test_long_binds_travel_after_the_short_ones(
    connection: oracledb.Connection, session: Any
) -> None:
    long, short = "l" * 40000, "s"
    connection.cursor().execute("select :a, :b, :c from dual", a=long, b=short, c=7).fetchall()
    assert [bind.value for bind in session.executions[-1]] == [long, short, 7]


def test_a_long_column_comes_whole(connection: oracledb.Connection) -> None:
    rows = connection.cursor().execute("select * from demo_long").fetchall()
    assert rows == [(1, "l" * 70000), (2, None), (3, "short")]


def test_a_statement_runs_again_on_its_open_cursor(
    connection: oracledb.Connection, session: Any
) -> None:
    cursor = connection.cursor()
    for number in range(5):
        assert cursor.execute("select :x from dual", x=number).fetchone() == (number,)
    cursor.prefetchrows = 0
    for number in range(5):
        assert cursor.execute("select :x from dual", x=number).fetchone() == (number,)
    for text in ("a", "b" * 5000, None, "c"):  # types and sizes change
        assert cursor.execute("select :x from dual", x=text).fetchone() == (text,)


def test_columns_that_changed_are_described_again(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    assert cursor.execute("select :x from dual", x=1).fetchone() == (1,)
    assert cursor.execute("select :x from dual", x="one").fetchone() == ("one",)
    assert cursor.description[0].type_code is oracledb.DB_TYPE_VARCHAR


def test_more_statements_than_the_driver_caches(connection: oracledb.Connection) -> None:
    for number in range(60):
        assert connection.cursor().execute(f"select {number} from dual").fetchone() == (number,)


def test_parsing_describes_without_running(connection: oracledb.Connection, session: Any) -> None:
    cursor = connection.cursor()
    cursor.parse("select * from demo_rows(3)")
    assert [column.name for column in cursor.description][:2] == ["ID", "NAME"]
    assert len(cursor.execute("select * from demo_rows(3)").fetchall()) == 3


def test_an_error_names_the_place_in_the_statement(
    connection: oracledb.Connection, failing: Callable[..., Any]
) -> None:
    error = failing(connection.cursor().execute, "select * from nope")
    assert (error.code, error.offset) == (942, 14)
    assert error.message.startswith('ORA-00942: table or view "SCOTT"."NOPE" does not exist')


def test_too_few_binds_are_an_error(
    connection: oracledb.Connection, failing: Callable[..., Any]
) -> None:
    assert failing(connection.cursor().execute, "select :a, :b from dual", a=1).full_code in (
        "DPY-4010",
        "ORA-01008",
    )


def test_text_that_cannot_be_tokenised_is_an_error(
    connection: oracledb.Connection, failing: Callable[..., Any]
) -> None:
    error = failing(connection.cursor().execute, "select 'open from dual where x = :x", x="1")
    assert error.full_code in ("ORA-01756", "DPY-2041")
    assert connection.cursor().execute("select 1 from dual").fetchone() == (1,)


def test_a_value_that_is_not_of_its_column_is_told_by_name(
    connection: oracledb.Connection, failing: Callable[..., Any]
) -> None:
    error = failing(lambda: connection.cursor().execute("select * from bad_row").fetchall())
    assert error.code == 7445
    assert "a str in NUMBER column N" in error.message
    assert connection.cursor().execute("select 1 from dual").fetchone() == (1,)


def test_nested_cursors_are_fetched(connection: oracledb.Connection) -> None:
    rows = connection.cursor().execute("select * from demo_nested").fetchall()
    assert [(n, c.fetchall()) for n, c in rows] == [(i, [(i,), (i + 1,)]) for i in range(3)]


def test_a_cursor_that_scrolls_is_refused_honestly(
    connection: oracledb.Connection, failing: Callable[..., Any]
) -> None:
    cursor = connection.cursor(scrollable=True)
    error = failing(cursor.execute, "select * from demo_rows(5)")
    assert error.code == 3001


def test_data_frames_end(connection: oracledb.Connection) -> None:
    for count in (0, 1, 1000, 2500):
        frame = connection.fetch_df_all(f"select * from demo_rows({count})", arraysize=500)
        assert frame.num_rows() == count
