"""Many sessions that do all they can to each other at once: nothing hangs, nothing breaks, nothing is left behind."""

from __future__ import annotations

import contextlib
import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import oracledb
import pytest

from reconciler.sandbox import process
from reconciler.sandbox.engine.instance import Instance

pytestmark = pytest.mark.slow
THREADS = 8
CALLS = 200
TIMEOUT_MS = 5000  # of every call: a session may have to wait for another's transaction
NOT_ORACLES = frozenset({600, 3106, 3113, 3115, 7445})  # what only a bug of ours can answer


class Soak:
    """What the threads share: where to connect, who may be killed, what went wrong."""

    def __init__(self, port: int) -> None:
        self._dsn = f"127.0.0.1:{port}/FREEPDB1"
        self._guard = threading.Lock()
        self._victims: dict[int, int] = {}
        self.errors: Counter[str] = Counter()
        self.broken: list[str] = []

    def connect(self, *, may_be_killed: bool = True) -> oracledb.Connection:
        connection = oracledb.connect(user="SYSTEM", password="pw", dsn=self._dsn)
        connection.call_timeout = TIMEOUT_MS
        if may_be_killed:
            with self._guard:
                self._victims[connection.session_id] = connection.serial_num
        return connection

    def victim(self, chance: random.Random) -> tuple[int, int] | None:
        with self._guard:
            sids = sorted(self._victims)
            if not sids:
                return None
            sid = chance.choice(sids)
            return sid, self._victims.pop(sid)

    def note(self, error: oracledb.Error) -> None:
        (reason,) = error.args
        with self._guard:
            self.errors[reason.full_code] += 1
            if reason.code in NOT_ORACLES:
                self.broken.append(str(error))


class Worker:
    """One thread with one connection, made anew when it is lost."""

    def __init__(self, soak: Soak, number: int) -> None:
        self.soak = soak
        self.number = number
        self.chance = random.Random(number)
        self.connection = soak.connect()
        self.steps: tuple[Callable[[oracledb.Cursor], object], ...] = (
            self.query,
            self.query,
            self.change,
            self.change,
            self.define,
            self.block,
            self.many,
            self.time_out,
            self.cancelled,
            self.kill,
            self.walk_away,
        )

    def run(self) -> None:
        for _ in range(CALLS):
            if not self.connection.is_healthy():
                self.connection = self.soak.connect()
            step = self.chance.choice(self.steps)
            try:
                with self.connection.cursor() as cursor:
                    step(cursor)
                self.end_of_transaction()
            except oracledb.Error as error:
                self.soak.note(error)
        with contextlib.suppress(oracledb.Error):  # it may have been killed meanwhile
            self.connection.close()

    def end_of_transaction(self) -> None:
        match self.chance.randrange(4):
            case 0:
                self.connection.rollback()
            case 1 | 2:
                self.connection.commit()

    def query(self, cursor: oracledb.Cursor) -> None:
        text = self.chance.choice(
            (
                "SELECT COUNT(*) FROM dba_tab_privs",
                "SELECT s.sid, t.n FROM v$session s LEFT JOIN soaked t ON t.n = s.sid",
                "SELECT n, txt FROM soaked ORDER BY n",
                "SELECT username FROM all_users WHERE username LIKE 'SOAK%'",
            )
        )
        cursor.execute(text).fetchmany(3)

    def change(self, cursor: oracledb.Cursor) -> None:
        match self.chance.randrange(3):
            case 0:
                cursor.execute("UPDATE soaked SET txt = 'u' WHERE n = :1", [self.number])
            case 1:
                cursor.execute("DELETE FROM soaked WHERE n > 5000 AND ROWNUM < 5")
            case 2:
                cursor.execute(
                    "INSERT INTO soaked VALUES (:1, 'i')", [5001 + self.chance.randrange(100)]
                )

    def define(self, cursor: oracledb.Cursor) -> None:
        name = f"SOAK{self.chance.randrange(3)}"
        text = self.chance.choice(
            (
                f"CREATE USER {name} IDENTIFIED BY x",
                f"DROP USER {name} CASCADE",
                f"CREATE TABLE t_{name} (a NUMBER PRIMARY KEY)",
                f"INSERT INTO t_{name} VALUES (1)",
                f"DROP TABLE t_{name}",
                f"GRANT SELECT ON soaked TO {name}",
                f"REVOKE SELECT ON soaked FROM {name}",
                f"CREATE OR REPLACE VIEW v_{name} AS SELECT * FROM soaked",
            )
        )
        cursor.execute(text)

    def block(self, cursor: oracledb.Cursor) -> None:
        found = cursor.var(int)
        cursor.execute(
            "BEGIN FOR r IN (SELECT n FROM soaked) LOOP UPDATE soaked SET txt = 'b' WHERE n = r.n; END LOOP;"
            " SELECT COUNT(*) INTO :n FROM dba_users; END;",
            n=found,
        )
        assert found.getvalue() > 0

    def many(self, cursor: oracledb.Cursor) -> None:
        rows = [(5001 + self.chance.randrange(10**6), "m") for _ in range(20)]
        cursor.executemany("INSERT INTO soaked VALUES (:1, :2)", rows, batcherrors=True)

    def time_out(self, cursor: oracledb.Cursor) -> None:
        self.connection.call_timeout = 30
        try:
            cursor.execute("BEGIN DBMS_SESSION.SLEEP(2); END;")
        finally:
            if self.connection.is_healthy():
                self.connection.call_timeout = TIMEOUT_MS

    def cancelled(self, _: oracledb.Cursor) -> None:
        """On a connection of its own that nobody kills: the driver can't cancel what is lost."""
        with self.soak.connect(may_be_killed=False) as own, own.cursor() as cursor:
            cancel = threading.Timer(self.chance.random() / 20, own.cancel)
            cancel.start()
            try:
                cursor.execute("BEGIN DBMS_SESSION.SLEEP(2); END;")
            finally:
                cancel.join()

    def kill(self, cursor: oracledb.Cursor) -> None:
        victim = self.soak.victim(self.chance)
        if victim is not None:
            how = self.chance.choice(("", " IMMEDIATE"))
            cursor.execute(f"ALTER SYSTEM KILL SESSION '{victim[0]},{victim[1]}'{how}")

    def walk_away(self, cursor: oracledb.Cursor) -> None:
        """Logs off with a transaction open."""
        cursor.execute("INSERT INTO soaked VALUES (0, 'lost')")
        self.connection.close()
        self.connection = self.soak.connect()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    instance = Instance(tmp_path / "instance", password="pw")
    yield instance
    instance.close()


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def eventually(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.02)


def test_sessions_that_kill_cancel_and_lock_each_other_leave_nothing_behind(
    instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    threads_before, files_before = threading.active_count(), open_files()
    with process.serve_in_thread(instance) as server:
        soak = Soak(server.port)
        with soak.connect(may_be_killed=False) as first, first.cursor() as cursor:
            cursor.execute("CREATE TABLE soaked (n NUMBER, txt VARCHAR2(10))")
            cursor.executemany("INSERT INTO soaked VALUES (:1, 'x')", [(n,) for n in range(8)])
            first.commit()
        workers = [Worker(soak, number) for number in range(THREADS)]
        threads = [threading.Thread(target=worker.run, daemon=True) for worker in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=300)
        assert not any(thread.is_alive() for thread in threads), "a client hangs"
        assert soak.broken == []
        assert {"DPY-4011", "ORA-01013", "DPY-4024"} <= set(soak.errors)
        eventually(lambda: instance.sessions() == [])
        with soak.connect() as last, last.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM soaked WHERE txt = 'lost'")
            assert cursor.fetchone() == (0,)
    assert [
        record.getMessage() for record in caplog.records if record.levelno > logging.WARNING
    ] == []
    eventually(lambda: threading.active_count() == threads_before)
    assert open_files() <= files_before
