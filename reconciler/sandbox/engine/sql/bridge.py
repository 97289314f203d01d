"""Oracle's functions inside SQLite, and SQLite's errors as Oracle's.

The functions are registered once per connection. The main one is `ora(name, tags, ...)`, which calls a scalar function by name, the tags saying
the types of result and arguments. An OracleError raised inside one is kept and comes out of `run` as itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.sql import (
    arithmetic,
    conversions,
    date_functions,
    sequences,
    text_functions,
)
from reconciler.sandbox.engine.sql.functions import FUNCTIONS
from reconciler.sandbox.engine.sql.row_limits import limit
from reconciler.sandbox.engine.sql.rowids import rowid_text
from reconciler.sandbox.engine.sql.values import (
    YearMonth,
    decode_date,
    decode_number,
    decode_timestamp,
    decode_zoned,
    decoder,
    encode,
    oracle_date,
    rounded,
)
from reconciler.sandbox.seam import OracleError, OracleType, internal_error

_DECODERS: Mapping[str, Callable[[Any], Any]] = {
    "N": decode_number,
    "F": float,
    "D": decode_date,
    "T": decode_timestamp,
    "Z": decode_zoned,
    "I": decoder(OracleType.INTERVAL_DS) or float,
    "Y": YearMonth,
    "L": bool,
}


def _to_date(session: SessionView, value: Any) -> Any:
    moment = conversions.to_instant(session, value)
    return None if moment is None else oracle_date(moment)


def _to_timestamp(session: SessionView, value: Any) -> Any:
    if isinstance(value, str):
        return date_functions.to_timestamp(session, value)
    return value.fromisoformat(value.isoformat()).replace(tzinfo=None) if value else None


def _to_zoned(session: SessionView, value: Any) -> Any:
    if isinstance(value, str):
        return date_functions.to_timestamp_tz(session, value)
    return conversions.to_zoned(session, value) if value else None


def _binary_float(_session: SessionView, value: Any) -> Any:
    number = conversions.to_number(value)
    return None if number is None else float(number)


# Operators and conversions, besides the functions users can name.
_OPERATORS: Mapping[str, Callable[..., Any]] = {
    **FUNCTIONS,
    "+": arithmetic.add,
    "-": arithmetic.subtract,
    "*": arithmetic.multiply,
    "/": arithmetic.divide,
    "**": arithmetic.power,
    "||": arithmetic.concatenate,
    "#NEGATE": lambda _session, value: arithmetic.negate(value),
    "#DATE": _to_date,
    "#TIMESTAMP": _to_timestamp,
    "#ZONED": _to_zoned,
    "#FLOAT": _binary_float,
    "#LIKE": text_functions.like,
    "#TRIM": text_functions.trim,
    "#AT": date_functions.at_time_zone,
    "#EXTRACT": date_functions.extract,
    "#TEXT": conversions.to_text,
    "#ROWID": lambda _session, object_id, row: rowid_text(object_id, row),
}


class _Bridge:
    """What the registered functions of one connection share: the session, the last failure, the CURRVALs of the session."""

    def __init__(self, session: SessionView) -> None:
        self.session = session
        self.failure: OracleError | None = None
        self.current_values: dict[int, int] = {}

    def call(self, name: str, tags: str, *arguments: Any) -> Any:
        try:
            values = [
                argument if argument is None or tag not in _DECODERS else _DECODERS[tag](argument)
                for tag, argument in zip(tags[1:], arguments, strict=True)
            ]
            return encode(rounded(_OPERATORS[name](self.session, *values)))
        except OracleError as error:
            self.failure = error
            raise
        except (ArithmeticError, OverflowError, ValueError) as error:
            self.failure = OracleError(1428, "argument is out of range")
            raise self.failure from error

    def sequence(self, what: str, object_id: int) -> int:
        try:
            return sequences.draw(self.session, object_id, what, self.current_values)
        except OracleError as error:
            self.failure = error
            raise

    def single(self, value: Any, count: int) -> Any:
        """The value of a scalar subquery; SQLite may hand a constant even when there is no row."""
        if count > 1:
            self.failure = OracleError(1427, "single-row subquery returns more than one row")
            raise self.failure
        return value if count else None

    def take_failure(self) -> str | None:
        """The last failure as `code message` and forget it."""
        failure, self.failure = self.failure, None
        return None if failure is None else f"{failure.code} {failure.message}"


class _ListAgg:
    """LISTAGG: rows sorted by the keys of WITHIN GROUP, of which each comes with a direction: a ascending, d descending, upper case nulls first."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, tuple[Any, ...]]] = []
        self.separator = ""
        self.directions = ""
        self.distinct = False

    def step(self, value: Any, separator: Any, directions: str, distinct: int, *keys: Any) -> None:
        self.separator, self.directions, self.distinct = separator or "", directions, bool(distinct)
        if value is not None:
            self.rows.append((str(value), keys))

    def finalize(self) -> str | None:
        for index in reversed(range(len(self.directions))):
            direction = self.directions[index]
            descending = direction in "dD"
            null_first = direction.isupper()
            present = [row for row in self.rows if row[1][index] is not None]
            absent = [row for row in self.rows if row[1][index] is None]
            present.sort(key=lambda row: row[1][index], reverse=descending)
            self.rows = absent + present if null_first else present + absent
        values: Any = (value for value, _ in self.rows)
        if self.distinct:
            values = dict.fromkeys(values)
        return self.separator.join(values) or None


def _plain(value: Any) -> Any:
    """A sum or average without the noise of binary fractions."""
    if isinstance(value, float):
        return encode(decode_number(value))
    return value


def connect(session: SessionView) -> sqlite3.Connection:
    """The session's connection with the functions registered."""
    connection = session.data()
    try:
        connection.execute("SELECT ora_failure()").close()
    except sqlite3.OperationalError:
        _register(connection, _Bridge(session))
    return connection


def _register(connection: sqlite3.Connection, bridge: _Bridge) -> None:
    connection.create_function("ora_failure", 0, bridge.take_failure)
    connection.create_function("ora", -1, bridge.call)
    connection.create_function("ora_sequence", 2, bridge.sequence)
    connection.create_function("ora_single", 2, bridge.single)
    connection.create_function("ora_limit", 2, limit, deterministic=True)
    connection.create_function("ora_plain", 1, _plain, deterministic=True)
    connection.create_aggregate("ora_listagg", -1, _ListAgg)  # type: ignore[arg-type]


def failure(
    session: SessionView, connection: sqlite3.Connection, error: sqlite3.Error
) -> OracleError:
    """The Oracle error behind a SQLite error."""
    text = str(error)
    if "user-defined" in text:
        row = connection.execute("SELECT ora_failure()").fetchone()
        if row and row[0]:
            code, _, message = str(row[0]).partition(" ")
            return OracleError(int(code), message)
    if text == "interrupted":
        session.check_cancelled()
        return OracleError(1013, "user requested cancel of current operation")
    if "locked" in text:
        return OracleError(30006, "resource busy; acquire with WAIT timeout expired")
    if "too many" in text or "too large" in text or "parser stack" in text:
        return OracleError(3001, f"unimplemented feature: statement of this size ({text})")
    return internal_error(text)


def run(
    session: SessionView, sql: str, parameters: Mapping[str, Any] | None = None
) -> sqlite3.Cursor:
    """Runs one statement on the session's rows. Raises OracleError."""
    connection = connect(session)
    try:
        return connection.execute(sql, parameters or {})
    except sqlite3.Error as error:
        raise failure(session, connection, error) from error


def fetch(session: SessionView, cursor: sqlite3.Cursor, size: int) -> list[tuple[Any, ...]]:
    """The next rows of a cursor. Raises OracleError."""
    try:
        return cursor.fetchmany(size)
    except sqlite3.Error as error:
        raise failure(session, cursor.connection, error) from error


def rows(
    session: SessionView, sql: str, parameters: Mapping[str, Any] | None = None
) -> Iterator[tuple[Any, ...]]:
    """All rows of a statement, in batches."""
    cursor = run(session, sql, parameters)
    while batch := fetch(session, cursor, 500):
        yield from batch
