from __future__ import annotations

import asyncio
import time
from typing import Any

import oracledb
import pytest

from reconciler.sandbox.seam import Release

CREDENTIALS = {"user": "scott", "password": "tiger"}


def test_the_asynchronous_driver_works(dsn: str) -> None:
    async def work() -> None:
        async with oracledb.connect_async(**CREDENTIALS, dsn=dsn) as connection:
            cursor = connection.cursor()
            await cursor.execute("select * from demo_rows(3000)")
            assert len(await cursor.fetchall()) == 3000
            await connection.execute("begin null; end;")
            await connection.ping()
            assert await connection.fetchone("select :x from dual", [9]) == (9,)
            await connection.execute("insert into t1 values (:1, :2)", [1, "x"])
            await connection.commit()
            await connection.execute("delete from t1")
            await connection.rollback()
            assert await connection.fetchall("select * from t1") == [(1, "x")]

    asyncio.run(work())


def test_lobs_and_arrays_work_asynchronously(dsn: str) -> None:
    async def work() -> None:
        async with oracledb.connect_async(**CREDENTIALS, dsn=dsn) as connection:
            rows = await connection.fetchall("select * from demo_lob")
            assert await rows[0][1].read() == "héllo " * 20000
            cursor = connection.cursor()
            texts = cursor.arrayvar(oracledb.DB_TYPE_VARCHAR, ["a", "bb"] * 500, 32767)
            codes = cursor.arrayvar(oracledb.DB_TYPE_NUMBER, 1000)
            messages = cursor.arrayvar(oracledb.DB_TYPE_VARCHAR, 1000, 100)
            await cursor.execute(
                "begin apply(:texts, :codes, :messages); end;",
                texts=texts, codes=codes, messages=messages,
            )  # fmt: skip
            assert codes.getvalue() == [1, 2] * 500

    asyncio.run(work())


def test_an_asynchronous_pool_serves_many_tasks(dsn: str) -> None:
    async def work() -> None:
        pool = oracledb.create_pool_async(**CREDENTIALS, dsn=dsn, min=1, max=4, increment=1)

        async def one(number: int) -> Any:
            async with pool.acquire() as connection:
                return await connection.fetchone(f"select {number} from dual")

        rows = await asyncio.gather(*(one(number) for number in range(20)))
        await pool.close()
        assert rows == [(number,) for number in range(20)]

    asyncio.run(work())


def test_an_asynchronous_call_times_out(dsn: str) -> None:
    async def work() -> None:
        async with oracledb.connect_async(**CREDENTIALS, dsn=dsn) as connection:
            connection.call_timeout = 200
            with pytest.raises(oracledb.Error, match="DPY-4024"):
                await connection.execute("begin sleep(20); end;")
            connection.call_timeout = 0
            assert await connection.fetchone("select 1 from dual") == (1,)

    asyncio.run(work())


def test_a_pipeline_gives_every_result(dsn: str) -> None:
    async def work() -> None:
        async with oracledb.connect_async(**CREDENTIALS, dsn=dsn) as connection:
            pipeline = oracledb.create_pipeline()
            pipeline.add_execute("delete from t1")
            pipeline.add_executemany("insert into t1 values (:1, :2)", [(1, "a"), (2, "b")])
            pipeline.add_fetchall("select * from t1")
            pipeline.add_commit()
            pipeline.add_fetchone("select 7 from dual")
            pipeline.add_fetchmany("select * from demo_rows(5)", num_rows=2)
            results = await connection.run_pipeline(pipeline)
            assert results[2].rows == [(1, "a"), (2, "b")]
            assert results[4].rows == [(7,)]
            assert len(results[5].rows) == 2
            assert not connection.transaction_in_progress

    asyncio.run(work())


def test_a_pipeline_goes_on_or_stops_at_an_error_as_asked(dsn: str, engine: Any) -> None:
    async def work() -> None:
        async with oracledb.connect_async(**CREDENTIALS, dsn=dsn) as connection:
            pipeline = oracledb.create_pipeline()
            pipeline.add_fetchone("select 6 from dual")
            pipeline.add_fetchone("select * from nope")
            pipeline.add_fetchone("select 7 from dual")
            pipeline.add_execute("begin null; end;")
            results = await connection.run_pipeline(pipeline, continue_on_error=True)
            assert results[1].error.code == 942
            assert results[2].rows == [(7,)]
            (session,) = engine.sessions.values()
            session.statements.clear()
            with pytest.raises(oracledb.Error, match="ORA-00942"):
                await connection.run_pipeline(pipeline)
            if (
                engine.release is Release.R23
            ):  # where there is no real pipeline, the driver stops by itself
                assert "begin null; end;" not in session.statements
            assert await connection.fetchone("select 1 from dual") == (1,)

    asyncio.run(work())


def test_a_long_pipeline_is_quick(dsn: str) -> None:
    async def work() -> None:
        async with oracledb.connect_async(**CREDENTIALS, dsn=dsn) as connection:
            pipeline = oracledb.create_pipeline()
            for number in range(200):
                pipeline.add_fetchone("select :x from dual", [number])
            started = time.monotonic()
            results = await connection.run_pipeline(pipeline)
            assert [result.rows for result in results] == [[(number,)] for number in range(200)]
            assert time.monotonic() - started < 60

    asyncio.run(work())
