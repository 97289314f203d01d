"""Where the wire meets the engine: the values both sides agree on, and the calls the wire makes.

The wire turns bytes into these values and back; the engine never sees a byte of the protocol. Engine calls block and may come
from any thread; the engine does its own locking.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable


class OracleType(enum.IntEnum):
    """Type numbers as the wire writes them."""

    VARCHAR2 = 1
    NUMBER = 2
    BINARY_INTEGER = 3
    LONG = 8
    ROWID = 11
    DATE = 12
    RAW = 23
    LONG_RAW = 24
    CHAR = 96
    BINARY_FLOAT = 100
    BINARY_DOUBLE = 101
    CURSOR = 102
    CLOB = 112
    BLOB = 113
    JSON = 119
    TIMESTAMP = 180
    TIMESTAMP_TZ = 181
    INTERVAL_YM = 182
    INTERVAL_DS = 183
    TIMESTAMP_LTZ = 231
    BOOLEAN = 252


class Release(enum.IntEnum):
    """Releases the stand-in can be."""

    R19 = 19
    R23 = 23


class OracleError(Exception):
    """What the server answers instead of a result.

    `message` is the server's text without the leading `ORA-nnnnn: `; further lines of a stack are part of it, complete with their own
    numbers. `offset` is the byte position in the statement that the driver shows, 0 when there is none. `fatal` ends the session once
    the error has been sent.
    """

    def __init__(self, code: int, message: str, *, offset: int = 0, fatal: bool = False) -> None:
        super().__init__(f"ORA-{code:05d}: {message}")
        self.code = code
        self.message = message
        self.offset = offset
        self.fatal = fatal

    @property
    def text(self) -> str:
        """The whole text as the server sends it, without a closing line break."""
        return f"ORA-{self.code:05d}: {self.message}"


def internal_error(what: str) -> OracleError:
    """A bug of the stand-in, as the client sees it. Not ORA-00600, at which drivers give up their connection."""
    return OracleError(7445, f"exception encountered: core dump [sandbox] [{what}]")


class ConnectionDropped(Exception):  # noqa: N818 - an order to the wire, not an error of the statement
    """The engine orders the wire to close the socket without an answer (fault injection, KILL SESSION IMMEDIATE)."""


class StatementKind(enum.Enum):
    """What the first keyword makes of a statement, as drivers decide it too."""

    QUERY = "query"
    DML = "dml"
    DDL = "ddl"
    PLSQL = "plsql"
    OTHER = "other"  # COMMIT, ROLLBACK, SAVEPOINT, SET ROLE, EXPLAIN, LOCK ...


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a query's description. `size` is in characters for text, in bytes for RAW, else 0."""

    name: str
    type: OracleType
    size: int = 0
    precision: int = 0
    scale: int = 0
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement text with what the wire must know before it can read the binds.

    `bind_names` are in wire order: one per occurrence in SQL, one per distinct name in PL/SQL; upper case unless quoted. `returning_from` is
    the index of the first bind of RETURNING ... INTO, None without that clause; those binds carry no value on the wire.
    """

    text: str
    kind: StatementKind
    bind_names: tuple[str, ...]
    returning_from: int | None = None


@dataclass(slots=True)
class Bind:
    """One bind of one execution.

    `value` is a Python value as listed at `Outcome.rows`; for a PL/SQL array (`is_array`) a list of them. `size` is the buffer size in
    bytes the client announced; a longer OUT value is ORA-06502.
    """

    name: str
    type: OracleType
    value: Any = None
    is_array: bool = False
    size: int = 0
    max_elements: int = 0


@dataclass(slots=True)
class Outcome:
    """What an execution gave.

    `rows` yields tuples aligned with `columns`: str, int, Decimal, float, bytes, bool, datetime (naive for DATE and TIMESTAMP, aware
    for TIMESTAMP_TZ), timedelta (INTERVAL_DS) or None; for CURSOR a nested Outcome. `out` maps the position of a PL/SQL bind that the
    block may have written to its value (list for an array); those of them in `out_only` the block never reads, so that clients don't send
    them again. `returned` holds, per RETURNING bind in order, the list of values. `row_count` is the
    number of rows a DML touched.
    """

    columns: tuple[Column, ...] | None = None
    rows: Iterator[tuple[Any, ...]] | None = None
    row_count: int = 0
    out: Mapping[int, Any] = field(default_factory=dict)
    out_only: frozenset[int] = frozenset()
    returned: Sequence[Sequence[Any]] = ()
    warning: OracleError | None = None


@dataclass(frozen=True, slots=True)
class Verifier:
    """What is stored of a password: enough to check it and to run both handshakes, never the password itself."""

    salt_12c: bytes
    iterations: int
    verifier_12c: bytes
    salt_11g: bytes
    verifier_11g: bytes


@dataclass(frozen=True, slots=True)
class Logon:
    """A logon whose handshake is done. `password_ok` is the verdict of the handshake; the engine decides what the client is told,
    because a locked account answers ORA-28000 and a wrong password counts towards FAILED_LOGIN_ATTEMPTS.

    `user` is the name as the client wrote it (folding is the engine's), `client_user` the part in brackets of a proxy logon. A logon with a
    `new_password` says the old one too, which the handshake has found right.
    """

    service: str
    user: str
    password_ok: bool
    client_user: str | None = None
    sysdba: bool = False
    new_password: str | None = field(default=None, repr=False)
    old_password: str | None = field(default=None, repr=False)
    program: str = ""
    machine: str = ""
    os_user: str = ""
    terminal: str = ""
    process: str = ""
    address: str = "127.0.0.1"
    port: int = 0
    protocol: str = "tcp"
    driver: str = ""


class EngineSession(Protocol):
    """One database session, as the wire drives it. Calls of one session never overlap, but `cancel` and `close` may come meanwhile."""

    @property
    def sid(self) -> int: ...
    @property
    def serial(self) -> int: ...
    @property
    def user(self) -> str: ...
    @property
    def current_schema(self) -> str: ...
    @property
    def in_transaction(self) -> bool: ...
    @property
    def container(self) -> str:
        """Name of the container the session is in, such as FREEPDB1 or CDB$ROOT."""
        ...

    def begin_call(self) -> None:
        """Called before each round trip is served. Raises what a killed, timed-out or fault-injected session must answer: OracleError or
        ConnectionDropped. Counts the round trip.
        """
        ...

    def prepare(self, text: str) -> Prepared:
        """Raises OracleError only for text that cannot be tokenised."""
        ...

    def describe(self, prepared: Prepared) -> tuple[Column, ...]:
        """Columns of a query without running it (parse-only and describe-only calls)."""
        ...

    def execute(self, prepared: Prepared, binds: Sequence[Bind]) -> Outcome: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...

    def cancel(self) -> None:
        """Makes the call that runs in another thread raise ORA-01013 as soon as it can."""
        ...

    def close(self) -> None:
        """Rolls back and forgets the session. May be called twice."""
        ...

    def set_attributes(self, attributes: Mapping[str, str | None]) -> None:
        """End-to-end attributes: client_identifier, module, action, client_info, dbop."""
        ...

    def set_current_schema(self, schema: str) -> None: ...
    def change_password(self, new_password: str, old_password: str) -> None:
        """Changes the password of the session's user. The old one is the right one: the wire has checked it."""
        ...


@runtime_checkable
class WarnsAtLogon(Protocol):
    """What an EngineSession may offer besides: something to tell at a successful logon, such as ORA-28002."""

    @property
    def logon_warning(self) -> OracleError | None: ...


class Engine(Protocol):
    """A whole instance: a root container and pluggable databases behind service names."""

    @property
    def release(self) -> Release: ...

    def has_service(self, service: str) -> bool:
        """Whether the listener knows the service name (any case)."""
        ...

    def verifier(self, service: str, user: str) -> Verifier | None:
        """None for an unknown user: the wire then plays the handshake with made-up values and reports password_ok=False."""
        ...

    def logon(self, logon: Logon) -> EngineSession:
        """Opens the session or raises OracleError (01017, 01045, 28000, 28001, 28150, 01035, ...)."""
        ...
