"""The calls that run statements: execute (94), re-execute (4), re-execute and fetch (78), fetch (5)."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from reconciler.sandbox.seam import OracleError, Prepared, StatementKind
from reconciler.sandbox.wire.codec.primitives import MalformedRequest, Reader, decode_text
from reconciler.sandbox.wire.messages.binds import (
    BindMetadata,
    RowLayout,
    read_metadata,
    read_rows,
)
from reconciler.sandbox.wire.messages.resume import Parsing, repeated, whole

EXECUTE = 94
REEXECUTE = 4
REEXECUTE_AND_FETCH = 78
FETCH = 5

_COMMIT_REEXECUTE = 0x1
_MOST_ITERATIONS = 1 << 24


class Options(enum.IntFlag):
    """What an execute asks for."""

    NONE = 0
    PARSE = 0x01
    BIND = 0x08
    DEFINE = 0x10
    EXECUTE = 0x20
    FETCH = 0x40
    COMMIT = 0x100
    NOT_PLSQL = 0x8000
    DESCRIBE = 0x20000
    BATCH_ERRORS = 0x80000


class ExecuteFlags(enum.IntFlag):
    NONE = 0
    SCROLLABLE = 0x02
    ROW_COUNTS = 0x4000


@dataclass(frozen=True, slots=True)
class Execute:
    """An execution or a part of one.

    `sql` is None for a cursor that the server already knows. `prepared` is the new statement, or None when `sql` is None or cannot be
    tokenised, and then `prepare_error` says why. `rows` are the binds of each iteration. `binds` is None when the client left
    them as they were.
    """

    cursor_id: int
    options: Options
    flags: ExecuteFlags = ExecuteFlags.NONE
    sql: str | None = None
    prepared: Prepared | None = None
    prepare_error: OracleError | None = None
    rows_wanted: int = 0
    binds: tuple[BindMetadata, ...] | None = None
    defines: tuple[BindMetadata, ...] = ()
    rows: list[list[Any]] = field(default_factory=list)
    again: bool = False


@dataclass(frozen=True, slots=True)
class Fetch:
    cursor_id: int
    rows_wanted: int


@dataclass(frozen=True, slots=True)
class KnownCursor:
    """What a parser must know of an open cursor. `sends` are the positions whose values travel on re-execution."""

    prepared: Prepared
    binds: tuple[BindMetadata, ...]
    sends: tuple[int, ...]


class StatementContext(Protocol):
    """What the bytes of an execute can't be read without."""

    @property
    def field_version(self) -> int: ...
    @property
    def longest_string(self) -> int: ...
    def prepare(self, sql: str) -> Prepared: ...
    def known_cursor(self, cursor_id: int) -> KnownCursor | None: ...


@dataclass(frozen=True, slots=True)
class _Head:
    options: Options
    cursor_id: int
    rows_wanted: int
    bind_count: int
    define_count: int
    sql: str | None
    iterations: int
    flags: ExecuteFlags


def _read_head(reader: Reader, field_version: int) -> _Head:
    options, cursor_id = reader.ub(), reader.ub()
    reader.u8()
    sql_length = reader.ub()
    reader.u8()
    reader.ub()
    reader.skip(2)
    reader.ub()
    rows_wanted = reader.ub()
    reader.ub()
    reader.u8()
    bind_count = reader.ub()
    reader.skip(6)
    define_count = reader.ub()
    _skip_pointers(reader, field_version)
    sql = decode_text(reader.byte_string() or b"") if sql_length else None
    extra = [reader.ub() for _ in range(13)]
    return _Head(
        options=Options(options),
        cursor_id=cursor_id,
        rows_wanted=rows_wanted,
        bind_count=bind_count,
        define_count=define_count,
        sql=sql,
        iterations=extra[1],
        flags=ExecuteFlags(extra[9]),
    )


def _skip_pointers(reader: Reader, field_version: int) -> None:
    """Registration, object list, dead names, row count pointers and SQL signature: nothing the stand-in acts upon."""
    reader.ub()
    reader.skip(3)
    reader.ub()
    reader.u8()
    reader.skip_ub(2)
    reader.u8()
    reader.ub()
    reader.u8()
    if field_version >= 8:
        for _ in range(2):
            reader.u8()
            reader.ub()
        reader.u8()
    if field_version >= 9:
        reader.u8()
        reader.ub()


def read_execute(reader: Reader, context: StatementContext) -> Parsing[Execute]:
    """Reads what follows the function header."""
    head = yield from whole(reader, partial(_read_head, field_version=context.field_version))
    prepared, failure = _prepare(head.sql, context)
    known = context.known_cursor(head.cursor_id)
    statement = prepared or (known.prepared if known and head.sql is None else None)
    read_one = partial(read_metadata, field_version=context.field_version)
    defines = yield from repeated(reader, read_one, head.define_count)
    binds: list[BindMetadata] | None = None
    rows: list[list[Any]] = []
    if head.bind_count and not defines:
        binds = yield from repeated(reader, read_one, head.bind_count)
        layout = _layout(binds, head.options, statement, context.longest_string)
        rows = yield from read_rows(reader, layout, _iterations(head, statement))
    elif head.options & Options.EXECUTE:
        rows = [[] for _ in range(_iterations(head, statement))]
    return Execute(
        cursor_id=head.cursor_id,
        options=head.options,
        flags=head.flags,
        sql=head.sql,
        prepared=prepared,
        prepare_error=failure,
        rows_wanted=head.rows_wanted,
        binds=None if binds is None else tuple(binds),
        defines=tuple(defines),
        rows=rows,
    )


def _prepare(
    sql: str | None, context: StatementContext
) -> tuple[Prepared | None, OracleError | None]:
    if sql is None:
        return None, None
    try:
        return context.prepare(sql), None
    except OracleError as error:
        return None, error


def _layout(
    binds: list[BindMetadata],
    options: Options,
    statement: Prepared | None,
    longest_string: int,
) -> RowLayout:
    """RETURNING binds have metadata but send no value."""
    returning = statement.returning_from if statement else None
    carrying = range(len(binds) if returning is None else min(returning, len(binds)))
    plsql = not options & Options.NOT_PLSQL
    return RowLayout.of(binds, carrying, plsql=plsql, longest_string=longest_string)


def _iterations(head: _Head, statement: Prepared | None) -> int:
    """For a query the count is one of rows to fetch, and its binds are one row."""
    if statement is not None and statement.kind is StatementKind.QUERY:
        return 1
    if not 0 <= head.iterations <= _MOST_ITERATIONS:
        raise MalformedRequest(f"{head.iterations} iterations")
    return max(head.iterations, 1)


def read_reexecute(reader: Reader, context: StatementContext, *, fetch: bool) -> Parsing[Execute]:
    """A cursor that runs again with binds of the same types; those that only go out send nothing."""
    cursor_id, count, _, options = yield from repeated(reader, Reader.ub, 4)
    asked = Options.EXECUTE | (Options.FETCH if fetch else Options.NONE)
    if options & _COMMIT_REEXECUTE:
        asked |= Options.COMMIT
    known = context.known_cursor(cursor_id)
    if known is None:
        reader.skip(reader.remaining)
        return Execute(cursor_id, asked, again=True)
    query = known.prepared.kind is StatementKind.QUERY
    if not 0 <= count <= _MOST_ITERATIONS:
        raise MalformedRequest(f"{count} iterations")
    layout = RowLayout.of(
        known.binds,
        known.sends,
        plsql=known.prepared.kind is StatementKind.PLSQL,
        longest_string=context.longest_string,
    )
    rows = yield from read_rows(reader, layout, 1 if query else max(count, 1))
    return Execute(cursor_id, asked, rows_wanted=count, rows=rows, again=True)


def read_fetch(reader: Reader) -> Fetch:
    return Fetch(reader.ub(), reader.ub())
