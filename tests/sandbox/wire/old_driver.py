"""What an older major of the driver is asked to do. Run as a script by an interpreter that has it: old_driver.py DSN"""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
import threading

import oracledb

DSN = sys.argv[1]
CREDENTIALS = {"user": "scott", "password": "tiger", "dsn": DSN}


def error_of(function, *arguments, **named):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN003, ANN201
    try:
        function(*arguments, **named)
    except oracledb.Error as error:
        return error.args[0]
    raise AssertionError("no error")


def logon() -> None:
    assert error_of(oracledb.connect, **{**CREDENTIALS, "password": "x"}).code == 1017
    oracledb.connect(user="scott", password="tiger", newpassword="lion", dsn=DSN).close()
    with oracledb.connect(user="scott", password="lion", dsn=DSN) as connection:
        connection.changepassword("lion", "tiger")


def queries(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    cursor.prefetchrows = cursor.arraysize = 5000
    rows = cursor.execute("select * from demo_rows(12345)").fetchall()
    assert len(rows) == 12345
    assert rows[9][:3] == (9, "name-000009", -1.875)
    assert rows[0][3] == dt.datetime(2024, 1, 31, 10, 20, 30)  # noqa: DTZ001 - dates of a database have no zone
    text = "é" * 50000
    for number in range(3):
        row = cursor.execute("select :a, :b from dual", a=number, b=text).fetchone()
        assert row == (number, text)
    rows = cursor.execute("select * from demo_long").fetchall()
    assert [len(row[1] or "") for row in rows] == [70000, 0, 5]
    row = cursor.execute("select * from demo_lob").fetchone()
    assert (row[1].read(), row[2].read()) == ("héllo " * 20000, b"\1\2\3" * 9000)
    assert error_of(cursor.execute, "select * from nope").offset == 14


def changes(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    rows = [(1, "a"), (1, "dup"), (2, "b"), (3, None)]
    cursor.executemany(
        "insert into t1 values (:1, :2)", rows, batcherrors=True, arraydmlrowcounts=True
    )
    assert [(e.offset, e.code) for e in cursor.getbatcherrors()] == [(1, 1), (3, 1400)]
    assert cursor.getarraydmlrowcounts() == [1, 0, 1, 0]
    ids, values = cursor.var(int), cursor.var(str)
    sql = "update t1 set val = 'new' where id <= :lim returning id, val into :o, :p"
    for limit, expected in ((2, [1, 2]), (1, [1])):
        cursor.execute(sql, lim=limit, o=ids, p=values)
        assert ids.getvalue() == expected
    connection.rollback()
    connection.module, connection.action = "m", "a"
    assert cursor.execute("select * from attributes").fetchone()[:2] == ("m", "a")


def blocks(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    o, s = cursor.var(int), cursor.var(str, 100)
    for number in (4, 5):
        s.setvalue(0, "hi")
        cursor.execute("begin :o := :i * 10; :s := :s || '!'; end;", o=o, i=number, s=s)
        assert (o.getvalue(), s.getvalue()) == (number * 10, "hi!")
    texts = [f"grant {number}" for number in range(3000)]
    sent = cursor.arrayvar(oracledb.DB_TYPE_VARCHAR, texts, 32767)
    codes = cursor.arrayvar(oracledb.DB_TYPE_NUMBER, 3000)
    messages = cursor.arrayvar(oracledb.DB_TYPE_VARCHAR, 3000, 4000)
    for _ in range(2):
        cursor.execute(
            "begin apply(:texts, :codes, :messages); end;",
            texts=sent,
            codes=codes,
            messages=messages,
        )
        assert codes.getvalue() == [len(text) for text in texts]
        assert messages.getvalue() == [text.upper() for text in texts]
    opened = cursor.var(oracledb.DB_TYPE_CURSOR)
    for _ in range(2):
        cursor.execute("begin open :rc for select * from demo_rows(250); end;", rc=opened)
        assert len(opened.getvalue().fetchall()) == 250


def breaks(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    connection.call_timeout = 1000
    assert error_of(cursor.execute, "begin sleep(600); end;").full_code == "DPY-4024"
    connection.call_timeout = 0
    threading.Timer(2.0, connection.cancel).start()
    assert error_of(cursor.execute, "begin sleep(600); end;").code == 1013
    assert cursor.execute("select 1 from dual").fetchone() == (1,)
    assert error_of(cursor.execute, "begin drop_me; end;").full_code == "DPY-4011"


async def asynchronous() -> None:
    async with oracledb.connect_async(**CREDENTIALS) as connection:
        assert len(await connection.fetchall("select * from demo_rows(3000)")) == 3000
        pipeline = oracledb.create_pipeline()
        for number in range(20):
            pipeline.add_fetchone("select :x from dual", [number])
        results = await connection.run_pipeline(pipeline)
        assert [result.rows for result in results] == [[(number,)] for number in range(20)]


def main() -> None:
    logon()
    with oracledb.connect(**CREDENTIALS) as connection:
        queries(connection)
        changes(connection)
        blocks(connection)
        breaks(connection)
    asyncio.run(asynchronous())
    sys.stdout.write(f"all done with {oracledb.__version__}\n")


main()
