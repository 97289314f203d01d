"""A scripted engine behind the real server: a handful of statements with known outcomes, so that every feature of the wire can be
reached by a real driver without the database behind it.
"""

from __future__ import annotations

import datetime as dt
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import oracledb
import pytest

from reconciler.sandbox import verifier as verifiers
from reconciler.sandbox.engine.sql.lexer import prepare
from reconciler.sandbox.seam import (
    Bind,
    Column,
    ConnectionDropped,
    Logon,
    OracleError,
    OracleType,
    Outcome,
    Prepared,
    Release,
    StatementKind,
    Verifier,
)
from reconciler.sandbox.server import SandboxServer, running

SERVICE = "FREEPDB1"
NUMBER = Column("N", OracleType.NUMBER)
ZONE = dt.timezone(dt.timedelta(hours=5, minutes=30))

DEMO_COLUMNS = (
    Column("ID", OracleType.NUMBER, precision=9, nullable=False),
    Column("NAME", OracleType.VARCHAR2, 30),
    Column("AMT", OracleType.NUMBER, precision=10, scale=3),
    Column("D", OracleType.DATE),
    Column("TS", OracleType.TIMESTAMP, scale=6),
    Column("TSTZ", OracleType.TIMESTAMP_TZ, scale=6),
    Column("MAYBE", OracleType.VARCHAR2, 1),
    Column("R", OracleType.RAW, 16),
)
TYPE_COLUMNS = (
    Column("BD", OracleType.BINARY_DOUBLE),
    Column("BF", OracleType.BINARY_FLOAT),
    Column("DS", OracleType.INTERVAL_DS),
    Column("B", OracleType.BOOLEAN),
    Column("RID", OracleType.ROWID),
    Column("C", OracleType.CHAR, 3),
)
TYPE_ROWS = [
    (
        1.5,
        -0.25,
        dt.timedelta(days=1, hours=2, seconds=3, microseconds=4),
        True,
        "AAAR3sAAEAAAACXAAA",
        "abc",
    ),
    (-1e300, 2.0, -dt.timedelta(days=3, minutes=5), False, "AAAR3sAAEAAAACXAAB", "x  "),
    (None, None, None, None, None, None),
]
LONG_ROWS = [(1, "l" * 70000), (2, None), (3, "short")]
LOB_ROWS = [(1, "héllo " * 20000, b"\1\2\3" * 9000), (2, None, None), (3, "a\U0001f600b", b"")]


def demo_rows(count: int) -> Iterator[tuple[Any, ...]]:
    base = dt.datetime(2024, 1, 31, 10, 20, 30)  # noqa: DTZ001 - dates of a database have no zone
    for i in range(count):
        moment = base + dt.timedelta(seconds=i)
        yield (
            i,
            f"name-{i:06d}",
            Decimal(i) / 8 - 3,
            moment,
            moment.replace(microsecond=i % 1000000),
            moment.replace(microsecond=123456, tzinfo=ZONE),
            None if i % 3 else "x",
            bytes((i % 256,)),
        )


def _query(columns: Sequence[Column], rows: Any) -> Outcome:
    return Outcome(columns=tuple(columns), rows=iter(rows))


class ScriptedSession:
    def __init__(self, engine: ScriptedEngine, logon: Logon, sid: int) -> None:
        self.engine = engine
        self.logon = logon
        self.sid, self.serial = sid, sid * 7 + 1
        self.user = self.current_schema = (logon.client_user or logon.user).upper()
        self.container = "FREEPDB1"
        self._in_transaction = False
        self.attributes: dict[str, str | None] = {}
        self.statements: list[str] = []
        self.executions: list[list[Bind]] = []
        self.calls = self.commits = self.rollbacks = self.closes = 0
        self.killed = False
        self._cancelled = threading.Event()
        self._undo: dict[int, Any] | None = None

    @property
    def in_transaction(self) -> bool:
        if self.closes:
            raise RuntimeError("the session is closed")
        return self._in_transaction

    @property
    def logon_warning(self) -> OracleError | None:
        return self.engine.logon_warning

    def begin_call(self) -> None:
        self.calls += 1
        self._cancelled.clear()
        if self.killed:
            self.close()
            raise OracleError(28, "your session has been killed", fatal=True)

    def prepare(self, text: str) -> Prepared:
        return prepare(text)

    def describe(self, prepared: Prepared) -> tuple[Column, ...]:
        outcome = self.execute(prepared, [Bind(n, OracleType.NUMBER) for n in prepared.bind_names])
        assert outcome.columns is not None
        return outcome.columns

    def cancel(self) -> None:
        self._cancelled.set()

    def close(self) -> None:
        self.closes += 1
        self.rollback()

    def commit(self) -> None:
        self.commits += 1
        self._undo, self._in_transaction = None, False

    def rollback(self) -> None:
        self.rollbacks += 1
        if self._undo is not None:
            self.engine.table = self._undo
        self._undo, self._in_transaction = None, False

    def set_attributes(self, attributes: Mapping[str, str | None]) -> None:
        self.attributes.update(attributes)

    def set_current_schema(self, schema: str) -> None:
        if schema.upper() == "NOBODY":
            raise OracleError(1435, "user does not exist")
        self.current_schema = schema

    def change_password(self, new_password: str, old_password: str) -> None:
        self.engine.users[self.user] = verifiers.make(new_password)

    def execute(self, prepared: Prepared, binds: Sequence[Bind]) -> Outcome:
        self.statements.append(prepared.text)
        self.executions.append(list(binds))
        text = re.sub(r"\s+", " ", prepared.text.strip()).lower()
        for pattern, action in SCRIPT:
            found = re.fullmatch(pattern, text)
            if found:
                return action(self, found, list(binds))
        if prepared.kind is StatementKind.QUERY and " nope" in text:
            offset = text.index("nope")
            raise OracleError(
                942, f'table or view "{self.user}"."NOPE" does not exist', offset=offset
            )
        raise OracleError(900, "invalid SQL statement")

    def wait(self, seconds: float) -> None:
        if self._cancelled.wait(seconds):
            raise OracleError(1013, "user requested cancel of current operation")

    def change(self) -> dict[int, Any]:
        if self._undo is None:
            self._undo = dict(self.engine.table)
        self._in_transaction = True
        return self.engine.table


def _echo(session: ScriptedSession, _: re.Match[str], binds: list[Bind]) -> Outcome:
    columns = [Column(f":{bind.name}", bind.type, bind.size) for bind in binds]
    return _query(columns, [tuple(bind.value for bind in binds)])


def _insert(session: ScriptedSession, _: re.Match[str], binds: list[Bind]) -> Outcome:
    key, text = binds[0].value, binds[1].value
    if key in session.engine.table:
        raise OracleError(1, "unique constraint (SCOTT.T1_PK) violated")
    if text is None:
        raise OracleError(1400, 'cannot insert NULL into ("SCOTT"."T1"."VAL")')
    session.change()[key] = text
    return Outcome(row_count=1)


def _update_returning(session: ScriptedSession, _: re.Match[str], binds: list[Bind]) -> Outcome:
    assert all(bind.value is None for bind in binds[1:])
    hit = sorted(key for key in session.engine.table if key <= binds[0].value)
    table = session.change()
    for key in hit:
        table[key] = "new"
    return Outcome(row_count=len(hit), returned=(hit, ["new"] * len(hit)))


def _delete(session: ScriptedSession, _: re.Match[str], binds: list[Bind]) -> Outcome:
    count = len(session.engine.table)
    session.change().clear()
    return Outcome(row_count=count)


def _table(session: ScriptedSession, _: re.Match[str], binds: list[Bind]) -> Outcome:
    columns = (Column("ID", OracleType.NUMBER), Column("VAL", OracleType.VARCHAR2, 50))
    return _query(columns, sorted(session.engine.table.items()))


def _sleeping(session: ScriptedSession, seconds: float) -> Outcome:
    session.wait(seconds)
    return Outcome()


def _slow_rows(session: ScriptedSession) -> Iterator[tuple[Any, ...]]:
    for i in range(1000):
        session.wait(0.02)
        yield (i,)


def _kill(session: ScriptedSession, found: re.Match[str], _: list[Bind]) -> Outcome:
    session.engine.sessions[int(found[1])].killed = True
    return Outcome()


def _raising(error: BaseException) -> Callable[..., Outcome]:
    def action(*_: Any) -> Outcome:
        raise error

    return action


def _set_schema(session: ScriptedSession, found: re.Match[str], _: list[Bind]) -> Outcome:
    session.current_schema = found[1].upper()
    return Outcome()


def _arrays(session: ScriptedSession, _: re.Match[str], binds: list[Bind]) -> Outcome:
    texts = binds[0].value
    codes = [None if text is None else len(text) for text in texts]
    messages = [None if text is None else text.upper() for text in texts]
    return Outcome(out={1: codes, 2: messages}, out_only=frozenset((1, 2)))


def _in_out(session: ScriptedSession, _: re.Match[str], binds: list[Bind]) -> Outcome:
    values = {bind.name: bind.value for bind in binds}
    positions = {bind.name: position for position, bind in enumerate(binds)}
    out = {positions["O"]: values["I"] * 10, positions["S"]: values["S"] + "!"}
    return Outcome(out=out, out_only=frozenset((positions["O"],)))


def _out_types(session: ScriptedSession, _: re.Match[str], binds: list[Bind]) -> Outcome:
    values = [
        dt.datetime(2024, 5, 6, 7, 8, 9),  # noqa: DTZ001 - dates of a database have no zone
        dt.datetime(2024, 5, 6, 7, 8, 9, 123456),  # noqa: DTZ001 - dates of a database have no zone
        dt.timedelta(hours=5),
        1.25,
        True,
        b"\xca\xfe",
        "ž" * 40000,
        "národní",
        None,
        "clob text",
    ]
    return Outcome(out=dict(enumerate(values)), out_only=frozenset(range(len(values))))


def _copy(session: ScriptedSession, _: re.Match[str], binds: list[Bind]) -> Outcome:
    return Outcome(out={0: binds[1].value}, out_only=frozenset((0,)))


def _ref_cursor(session: ScriptedSession, _: re.Match[str], binds: list[Bind]) -> Outcome:
    return Outcome(out={0: _query(DEMO_COLUMNS, demo_rows(250))}, out_only=frozenset((0,)))


def _nested(session: ScriptedSession, _: re.Match[str], binds: list[Bind]) -> Outcome:
    columns = (NUMBER, Column("C", OracleType.CURSOR))
    return _query(columns, [(i, _query((NUMBER,), [(i,), (i + 1,)])) for i in range(3)])


def _attributes(session: ScriptedSession, _: re.Match[str], binds: list[Bind]) -> Outcome:
    names = ("module", "action", "client_info", "client_identifier", "dbop")
    row = (*(session.attributes.get(name) for name in names), session.current_schema)
    columns = [Column(name.upper(), OracleType.VARCHAR2, 64) for name in (*names, "schema")]
    return _query(columns, [row])


def _bad_row(session: ScriptedSession, _: re.Match[str], binds: list[Bind]) -> Outcome:
    return _query((NUMBER,), [(1,), ("not a number",)])


SCRIPT: list[tuple[str, Callable[[ScriptedSession, re.Match[str], list[Bind]], Outcome]]] = [
    (r"select (\d+) from dual", lambda s, m, b: _query((NUMBER,), [(int(m[1]),)])),
    (r"select (:\w+,? ?)+ from dual.*", _echo),
    (r"select \* from demo_rows\((\d+)\)", lambda s, m, b: _query(DEMO_COLUMNS, demo_rows(int(m[1])))),
    (r"select \* from demo_types", lambda s, m, b: _query(TYPE_COLUMNS, TYPE_ROWS)),
    (r"select \* from demo_long", lambda s, m, b: _query((NUMBER, Column("TXT", OracleType.LONG)), LONG_ROWS)),
    (
        r"select \* from demo_lob",
        lambda s, m, b: _query(
            (NUMBER, Column("C", OracleType.CLOB), Column("B", OracleType.BLOB)), LOB_ROWS
        ),
    ),
    (r"select \* from demo_nested", _nested),
    (r"select \* from attributes", _attributes),
    (r"select \* from bad_row", _bad_row),
    (r"select \* from slow_rows", lambda s, m, b: _query((NUMBER,), _slow_rows(s))),
    (r"select \* from t1", _table),
    (r"insert into t1 values \(:1, :2\)", _insert),
    (r"delete from t1", _delete),
    (r"update t1 set val = 'new' where id <= :lim returning id, val into :o, :p", _update_returning),
    (r"create or replace procedure bad .*", lambda s, m, b: Outcome(warning=OracleError(24344, "success with compilation error"))),
    (r"alter user .*", lambda s, m, b: Outcome(warning=OracleError(28002, "the password will expire within 7 days"))),
    (r"alter session set time_zone.*", lambda s, m, b: Outcome()),
    (r"alter session set current_schema = (\w+)", _set_schema),
    (r"grant .*|revoke .*|create .*|drop .*", lambda s, m, b: Outcome()),
    (r"begin null; end;", lambda s, m, b: Outcome()),
    (r"begin :o := :i \* 10; :s := :s \|\| '!'; end;", _in_out),
    (r"begin apply\(:texts, :codes, :messages\); end;", _arrays),
    (r"begin types\(.*\); end;", _out_types),
    (r"begin :x := :y; end;", _copy),
    (r"begin open :rc for .*", _ref_cursor),
    (r"begin insert into t1 values \(:1, :2\); end;", _insert),
    (r"begin sleep\((\d+)\); end;", lambda s, m, b: _sleeping(s, float(m[1]))),
    (r"begin raise_application_error\(-20001, 'boom'\); end;", _raising(OracleError(20001, "boom\nORA-06512: at line 1"))),
    (r"begin drop_me; end;", _raising(ConnectionDropped())),
    (r"begin kill_me; end;", _raising(OracleError(28, "your session has been killed", fatal=True))),
    (r"begin crash; end;", _raising(RuntimeError("a bug in the engine"))),
    (r"begin kill\((\d+)\); end;", _kill),
]  # fmt: skip


class ScriptedEngine:
    """Implements `seam.Engine`."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.users: dict[str, Verifier] = {
            "SCOTT": verifiers.make("tiger"),
            "ALICE": verifiers.make("wonder"),
        }
        self.sessions: dict[int, ScriptedSession] = {}
        self.logons: list[Logon] = []
        self.table: dict[int, Any] = {}
        self.logon_warning: OracleError | None = None

    def has_service(self, service: str) -> bool:
        return service.upper() == SERVICE

    def verifier(self, service: str, user: str) -> Verifier | None:
        return self.users.get(user.upper())

    def logon(self, logon: Logon) -> ScriptedSession:
        self.logons.append(logon)
        if not logon.password_ok:
            raise OracleError(1017, "invalid credential or not authorized; logon denied")
        if logon.client_user and logon.client_user.upper() != "APP":
            raise OracleError(28150, "proxy not authorized to connect as client")
        if logon.new_password is not None:
            self.users[logon.user.upper()] = verifiers.make(logon.new_password)
        session = ScriptedSession(self, logon, len(self.logons) + 100)
        self.sessions[session.sid] = session
        return session


@pytest.fixture
def scripted() -> type[ScriptedEngine]:
    return ScriptedEngine


@pytest.fixture(params=[Release.R23, Release.R19], ids=["23", "19"])
def engine(request: pytest.FixtureRequest) -> ScriptedEngine:
    return ScriptedEngine(request.param)


@pytest.fixture
def server(engine: ScriptedEngine) -> Iterator[SandboxServer]:
    with running(engine) as server:
        yield server


@pytest.fixture
def dsn(server: SandboxServer) -> str:
    return f"127.0.0.1:{server.port}/{SERVICE}"


@pytest.fixture
def connection(dsn: str) -> Iterator[oracledb.Connection]:
    with oracledb.connect(user="scott", password="tiger", dsn=dsn) as connection:
        yield connection


@pytest.fixture
def session(engine: ScriptedEngine, connection: oracledb.Connection) -> ScriptedSession:
    """The engine's side of `connection`."""
    return engine.sessions[connection.session_id]


@pytest.fixture
def failing() -> Callable[..., Any]:
    """Calls and gives the driver's error; fails when there is none."""

    def call(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        with pytest.raises(oracledb.Error) as caught:
            function(*arguments, **named)
        return caught.value.args[0]

    return call


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline, "did not happen in time"
            time.sleep(0.01)

    return wait
