"""Texts to syntax: the entries other rooms use.

`parse_query` and `parse_change` read a whole statement and refuse what follows it; the functions that take a cursor stop where their
construct ends, for parsers of larger languages.
"""

from __future__ import annotations

from reconciler.sandbox.engine.sql.ast import Query
from reconciler.sandbox.engine.sql.change_ast import DataChange
from reconciler.sandbox.engine.sql.changes import parse_data_change
from reconciler.sandbox.engine.sql.cursor import TokenCursor
from reconciler.sandbox.engine.sql.queries import parse_query as parse_query_at
from reconciler.sandbox.seam import OracleError


def _finish(cursor: TokenCursor) -> None:
    if not cursor.at_end:
        cursor.fail(933, "SQL command not properly ended")


def parse_query(text: str) -> Query:
    """A query statement. Raises OracleError with the position of the first token that does not fit."""
    try:
        cursor = TokenCursor.of(text)
        query = parse_query_at(cursor)
    except RecursionError:
        raise OracleError(3001, "unimplemented feature: deeply nested expression") from None
    _finish(cursor)
    return query


def parse_change(text: str) -> DataChange:
    """An INSERT, UPDATE, DELETE or MERGE statement."""
    try:
        cursor = TokenCursor.of(text)
        change = parse_data_change(cursor)
    except RecursionError:
        raise OracleError(3001, "unimplemented feature: deeply nested expression") from None
    _finish(cursor)
    return change
