"""One session on a target: logging on, running statements, and counting what goes over the network."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import oracledb

from reconciler.model import names, releases
from reconciler.model.documents import Target
from reconciler.model.errors import DatabaseError
from reconciler.oracle.driver_errors import CONNECTION_LOST, TIMEOUT, lost, translate

CONNECT_SECONDS = 10.0
LOGON_SECONDS = 30.0
STATEMENT_SECONDS = 60.0
MODULE = "RECONCILER"
"""V$SESSION.MODULE of every session of ours: the lock names its holder by it."""


class Session:
    """A session of the reconciler's account. Use as a context manager.

    `account` is the account as the dictionary spells it, `user` who logged on: the account, or the one that reads in its place. `release` is the major number
    (19, 21, 23), `warning` what the server said at the logon (a password in its grace time), empty as a rule. `round_trips` counts the calls made since the
    logon. Every method raises DatabaseError for what the driver raises. A call that takes longer than `statement_seconds` is broken off.
    """

    def __init__(
        self,
        connection: oracledb.Connection,
        target: Target,
        statement_seconds: float,
        user: str = "",
    ) -> None:
        self._connection = connection
        self._connection.call_timeout = int(statement_seconds * 1000)
        self._lost = False
        self.statement_seconds = statement_seconds
        self.target = target.name
        self.account = target.user
        self.user = user or target.user
        self.version = connection.version
        self.release = int(self.version.partition(".")[0])
        self.warning = str(connection.warning or "")
        self.round_trips = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the session. A connection that is gone already counts as closed."""
        with contextlib.suppress(oracledb.Error, OSError):
            self._connection.close()

    def describe_work(self, action: str, client_info: str) -> None:
        """What V$SESSION shows of us from the next call on; neither may be empty. No round trip of its own."""
        with self._call():
            self._connection.action = action[:32]
            self._connection.clientinfo = client_info[:64]

    def query(
        self,
        sql: str,
        binds: Mapping[str, Any] | None = None,
        *,
        expect: int,
        seconds: float = 0.0,
    ) -> list[tuple[Any, ...]]:
        """All rows. Costs one round trip while there are no more than `expect` of them. `seconds` sets another limit of time."""
        with self._call(seconds), self._connection.cursor() as cursor:
            cursor.prefetchrows = cursor.arraysize = expect + 1
            self.round_trips += 1
            cursor.execute(sql, dict(binds or {}))
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            self.round_trips += len(rows) // (expect + 1)
            return rows

    def call(self, block: str, binds: Mapping[str, Any] | None = None) -> None:
        """Runs one PL/SQL block or DDL statement: one round trip."""
        with self._call(), self._connection.cursor() as cursor:
            self.round_trips += 1
            cursor.execute(block, dict(binds or {}))

    def call_returning(
        self, block: str, binds: Mapping[str, Any], out: Mapping[str, type], *, seconds: float
    ) -> dict[str, Any]:
        """Runs one PL/SQL block and gives the values of its `out` binds (`int` or `str`)."""
        with self._call(seconds), self._connection.cursor() as cursor:
            variables = {name: cursor.var(kind) for name, kind in out.items()}
            self.round_trips += 1
            cursor.execute(block, {**binds, **variables})
            return {name: variable.getvalue() for name, variable in variables.items()}

    def call_with_arrays(
        self,
        block: str,
        *,
        texts: Mapping[str, Sequence[str]],
        numbers: Mapping[str, Sequence[int]],
        numbers_out: str,
        texts_out: str,
        seconds: float,
    ) -> tuple[list[int], list[str]]:
        """Runs one PL/SQL block over index-by tables of equal length: one round trip."""
        with self._call(seconds), self._connection.cursor() as cursor:
            count = len(next(iter(texts.values())))
            binds: dict[str, Any] = {
                name: cursor.arrayvar(oracledb.DB_TYPE_VARCHAR, list(values), _longest(values))
                for name, values in texts.items()
            }
            binds |= {
                name: cursor.arrayvar(oracledb.DB_TYPE_NUMBER, list(values))
                for name, values in numbers.items()
            }
            binds[numbers_out] = cursor.arrayvar(oracledb.DB_TYPE_NUMBER, count)
            binds[texts_out] = cursor.arrayvar(oracledb.DB_TYPE_VARCHAR, count, 2000)
            self.round_trips += 1
            cursor.execute(block, binds)
            return (
                [int(value) for value in binds[numbers_out].getvalue()],
                [str(value or "") for value in binds[texts_out].getvalue()],
            )

    @contextlib.contextmanager
    def _call(self, seconds: float = 0.0) -> Iterator[None]:
        """Around everything the driver does: translates its errors and, with `seconds`, sets another limit for this call.

        A connection that was lost is not touched again: the driver crashes the interpreter when a limit is set on one.
        """
        if self._lost:
            raise lost(self.target)
        if seconds:
            self._connection.call_timeout = int(seconds * 1000)
        try:
            yield
        except (oracledb.Error, OSError) as error:
            found = translate(error, self.target)
            self._lost = found.rule == CONNECTION_LOST or not self._connection.is_healthy()
            raise found from None
        except BaseException:
            self._lost = True  # broken off in the middle of an answer
            raise
        finally:
            if seconds and not self._lost:
                self._connection.call_timeout = int(self.statement_seconds * 1000)


def _longest(values: Sequence[str]) -> int:
    return max((len(value.encode()) for value in values), default=1) or 1


def connect(
    target: Target,
    *,
    environment: Mapping[str, str],
    only_reads: bool = False,
    statement_seconds: float = STATEMENT_SECONDS,
    connect_seconds: float = CONNECT_SECONDS,
    logon_seconds: float = LOGON_SECONDS,
) -> Session:
    """Logs on to the target with the password that `environment` holds under the target's variable. With `only_reads` as the account for that, where the target
    has one and its password is there.

    Raises DatabaseError: `target.no-password`, `target.no-wallet`, `target.wrong-password`, `target.locked`, `target.down`, `target.old-release` and so on.
    Nothing is tried twice: a wrong password tried again would lock the account.
    """
    user, password_env = _account(target, environment, only_reads=only_reads)
    arguments = _logon_arguments(target, environment, connect_seconds)
    arguments |= {"user": _logon_name(user), "password": _secret(target, password_env, environment)}
    try:
        connection = _connect_within(logon_seconds, arguments, target.name)
    except (oracledb.Error, OSError) as error:
        raise translate(error, target.name, connecting=True) from None
    connection.module = MODULE
    connection.client_identifier = f"reconciler {target.name}"[:64]
    session = Session(connection, target, statement_seconds, user)
    try:
        releases.of(session.release, target.name)
    except DatabaseError:
        session.close()
        raise
    return session


def _logon_arguments(
    target: Target, environment: Mapping[str, str], connect_seconds: float
) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "dsn": target.dsn,
        "tcp_connect_timeout": connect_seconds,
        "retry_count": 0,
        "program": "reconciler",
    }
    if target.wallet_env:
        directory = environment.get(target.wallet_env, "")
        if not directory:
            raise DatabaseError(
                "target.no-wallet",
                f"{target.name}: the variable {target.wallet_env} with the wallet's directory is not set",
                hint=f"set {target.wallet_env} to the directory that holds ewallet.pem",
                origin=target.origin,
            )
        arguments |= {"wallet_location": directory, "config_dir": directory}
    return arguments


def _account(
    target: Target, environment: Mapping[str, str], *, only_reads: bool
) -> tuple[str, str]:
    """Who logs on, and the variable with the password."""
    reader = target.reader
    if only_reads and reader is not None and environment.get(reader.password_env):
        return reader.user, reader.password_env
    return target.user, target.password_env


def _secret(target: Target, variable: str, environment: Mapping[str, str]) -> str:
    password = environment.get(variable, "")
    if not password:
        raise DatabaseError(
            "target.no-password",
            f"{target.name}: the variable {variable} with the password is not set",
            hint=f"set {variable} from your secret store",
            origin=target.origin,
        )
    return password


def _logon_name(user: str) -> str:
    """Folded by the server like any identifier, so that a name in another spelling needs its quotes."""
    return user if names.display(user) == user else names.quote(user)


def _connect_within(
    seconds: float, arguments: Mapping[str, Any], target: str
) -> oracledb.Connection:
    """Logs on in a thread of its own: the driver has a limit for the TCP connection, but none for a listener that accepts and then says
    nothing. A logon that succeeds after the limit is closed at once."""
    outcome: list[oracledb.Connection | BaseException] = []
    guard, abandoned = threading.Lock(), threading.Event()

    def work() -> None:
        try:
            result: oracledb.Connection | BaseException = oracledb.connect(**arguments)
        except BaseException as error:  # noqa: BLE001 - carried over to the waiting thread
            result = error
        with guard:
            outcome.append(result)
            if abandoned.is_set() and isinstance(result, oracledb.Connection):
                result.close()

    thread = threading.Thread(target=work, name=f"logon {target}", daemon=True)
    thread.start()
    try:
        thread.join(seconds)
    finally:
        with guard:
            if not outcome:
                abandoned.set()
    if not outcome or abandoned.is_set():
        raise DatabaseError(
            TIMEOUT,
            f"{target}: the logon did not finish within {seconds:g} seconds",
            hint="the listener accepts connections but the database does not answer: look at its alert log",
        )
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]
