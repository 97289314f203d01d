"""What a session calls for statements about data."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.sql import ast
from reconciler.sandbox.engine.sql.bridge import fetch, run
from reconciler.sandbox.engine.sql.ddl import run_ddl
from reconciler.sandbox.engine.sql.dml import run_change
from reconciler.sandbox.engine.sql.fragments import Fragment
from reconciler.sandbox.engine.sql.lock_table import lock_table
from reconciler.sandbox.engine.sql.parser import parse_change
from reconciler.sandbox.engine.sql.query_translation import Translated, translate_query
from reconciler.sandbox.engine.sql.reads import check_reads
from reconciler.sandbox.engine.sql.sources import parsed_query
from reconciler.sandbox.engine.sql.statement_context import Context, Statement, Variables
from reconciler.sandbox.engine.sql.values import decoder
from reconciler.sandbox.seam import Bind, Column, OracleError, Outcome, Prepared

_BATCH = 200

parsed_change = lru_cache(maxsize=512)(parse_change)


def describe_query(session: SessionView, prepared: Prepared) -> tuple[Column, ...]:
    """Columns of a query, which is checked but not run."""
    statement = Statement(session, untyped_binds=True)
    return _translate(statement, parsed_query(prepared.text)).described


def run_query(
    session: SessionView,
    prepared: Prepared,
    binds: Sequence[Bind],
    *,
    variables: Variables | None = None,
) -> Outcome:
    """Runs a query; the first rows are fetched at once, so that most errors come from here and not from the iterator.

    `variables` says what names that are no columns mean in a PL/SQL program around: it is asked with the name and gives a Bind, or None.
    An INTO clause must have been taken out.
    """
    query = parsed_query(prepared.text)
    statement = Statement(session, binds, variables)
    translated = _translate(statement, query)
    if query.for_update is not None:
        _begin(session, query.for_update.wait)
    check_reads(session, translated.sql)
    cursor = run(session, translated.sql, statement.parameters)
    first = fetch(session, cursor, _BATCH)
    rows = _rows(session, cursor, first, _decoders(translated.columns))
    return Outcome(columns=translated.described, rows=rows)


def _begin(session: SessionView, wait: str) -> None:
    """Opens the transaction of FOR UPDATE. Raises ORA-00054 after NOWAIT and ORA-30006 after WAIT n, if another session writes so long."""
    limit = "0" if wait == "NOWAIT" else wait.removeprefix("WAIT").strip()
    if not limit.isdigit():
        session.begin()
        return
    try:
        session.begin(float(limit))
    except OracleError as error:
        if error.code == 54 and wait != "NOWAIT":
            raise OracleError(30006, "resource busy; acquire with WAIT timeout expired") from None
        raise


def run_dml(
    session: SessionView,
    prepared: Prepared,
    binds: Sequence[Bind],
    *,
    variables: Variables | None = None,
) -> Outcome:
    """Runs INSERT, UPDATE, DELETE or MERGE in the session's transaction, which it opens. `variables` as in `run_query`."""
    try:
        change = parsed_change(prepared.text)
        if prepared.returning_from is None and getattr(change, "returning", None) is not None:
            # Drivers know the long word only, and take the binds of the short one for values to send.
            raise OracleError(3001, "unimplemented feature: RETURN for RETURNING in a statement")
        return run_change(Statement(session, binds, variables), change)
    except RecursionError:
        raise OracleError(3001, "unimplemented feature: deeply nested expression") from None


def _translate(statement: Statement, query: ast.Query) -> Translated:
    try:
        return translate_query(Context(statement), query)
    except RecursionError:
        raise OracleError(3001, "unimplemented feature: deeply nested expression") from None


def _decoders(columns: Sequence[Fragment]) -> list[tuple[int, Callable[[Any], Any]]]:
    """Position and decoder of the columns whose stored form is not their Python form."""
    found = ((index, decoder(column.type)) for index, column in enumerate(columns))
    return [(index, decode) for index, decode in found if decode is not None]


def _rows(
    session: SessionView,
    cursor: sqlite3.Cursor,
    batch: list[tuple[Any, ...]],
    decoders: list[tuple[int, Callable[[Any], Any]]],
) -> Iterator[tuple[Any, ...]]:
    while batch:
        if not decoders:
            yield from batch
        else:
            for row in batch:
                values = list(row)
                for index, decode in decoders:
                    if values[index] is not None:
                        values[index] = decode(values[index])
                yield tuple(values)
        if len(batch) < _BATCH:
            break
        session.check_cancelled()
        batch = fetch(session, cursor, _BATCH)
    cursor.close()


__all__ = ["describe_query", "lock_table", "run_ddl", "run_dml", "run_query"]
