"""Parser of INSERT, UPDATE, DELETE and MERGE."""

from __future__ import annotations

from reconciler.sandbox.engine.sql.ast import (
    Expression,
    Identifier,
    Name,
    ScalarQuery,
    TableRef,
)
from reconciler.sandbox.engine.sql.change_ast import (
    Assignment,
    DataChange,
    Delete,
    Insert,
    Merge,
    Returning,
    Update,
)
from reconciler.sandbox.engine.sql.cursor import TokenCursor
from reconciler.sandbox.engine.sql.expressions import parse_expression, parse_expressions
from reconciler.sandbox.engine.sql.queries import (
    parse_into,
    parse_query,
    parse_source,
    query_follows,
    table_alias,
)


def parse_data_change(cursor: TokenCursor) -> DataChange:
    """One statement that changes rows, from its first keyword."""
    word = cursor.expect_word("INSERT", "UPDATE", "DELETE", "MERGE", code=900, message=_NO_SQL)
    if word == "INSERT":
        return _insert(cursor)
    if word == "UPDATE":
        return _update(cursor)
    return _delete(cursor) if word == "DELETE" else _merge(cursor)


_NO_SQL = "invalid SQL statement"


def _table(cursor: TokenCursor, *stop: str) -> TableRef:
    """A table name with its alias; the words in `stop` are never an alias."""
    if cursor.current.is_symbol("("):
        cursor.fail(3001, "unimplemented feature: changes through a subquery")
    name = cursor.name()
    if cursor.current.is_symbol("@"):
        cursor.fail(3001, "unimplemented feature: database links")
    return TableRef(name, None if cursor.current.is_word(*stop) else table_alias(cursor))


def _insert(cursor: TokenCursor) -> Insert:
    if cursor.current.is_word("ALL", "FIRST"):
        cursor.fail(3001, "unimplemented feature: multi-table INSERT")
    cursor.expect_word("INTO", code=925, message="missing INTO keyword")
    table = _table(cursor, "VALUES", "SELECT", "WITH")
    columns: tuple[Identifier, ...] = ()
    if cursor.current.is_symbol("(") and not query_follows(cursor):
        columns = _columns(cursor)
    if not cursor.accept_word("VALUES"):
        if not (cursor.current.is_word("SELECT", "WITH") or cursor.current.is_symbol("(")):
            cursor.fail(926, "missing VALUES keyword")
        return Insert(table, columns, query=parse_query(cursor), returning=_returning(cursor))
    rows = [_values(cursor)]
    while cursor.accept_symbol(","):
        rows.append(_values(cursor))
    return Insert(table, columns, tuple(rows), returning=_returning(cursor))


def _columns(cursor: TokenCursor) -> tuple[Identifier, ...]:
    cursor.expect_symbol("(")
    found = [_column(cursor).parts[-1]]
    while cursor.accept_symbol(","):
        found.append(_column(cursor).parts[-1])
    cursor.expect_symbol(")")
    return tuple(found)


def _column(cursor: TokenCursor) -> Name:
    return cursor.name(code=904, message=": invalid identifier")


def _values(cursor: TokenCursor) -> tuple[Expression, ...]:
    cursor.expect_symbol("(")
    found = parse_expressions(cursor)
    cursor.expect_symbol(")")
    return found


def _update(cursor: TokenCursor) -> Update:
    table = _table(cursor)
    cursor.expect_word("SET", code=971, message="missing SET keyword")
    assignments = _assignments(cursor)
    where = parse_expression(cursor) if cursor.accept_word("WHERE") else None
    return Update(table, assignments, where, _returning(cursor))


def _assignments(cursor: TokenCursor) -> tuple[Assignment, ...]:
    found = [_assignment(cursor)]
    while cursor.accept_symbol(","):
        found.append(_assignment(cursor))
    return tuple(found)


def _assignment(cursor: TokenCursor) -> Assignment:
    if cursor.accept_symbol("("):
        columns = [_column(cursor)]
        while cursor.accept_symbol(","):
            columns.append(_column(cursor))
        cursor.expect_symbol(")")
        cursor.expect_symbol("=")
        value = parse_expression(cursor)
        if not isinstance(value, ScalarQuery):
            cursor.fail(1767, "UPDATE ... SET expression must be a subquery")
        return Assignment(tuple(columns), value)
    column = _column(cursor)
    cursor.expect_symbol("=")
    return Assignment((column,), parse_expression(cursor))


def _delete(cursor: TokenCursor) -> Delete:
    cursor.accept_word("FROM")
    table = _table(cursor)
    where = parse_expression(cursor) if cursor.accept_word("WHERE") else None
    return Delete(table, where, _returning(cursor))


def _returning(cursor: TokenCursor) -> Returning | None:
    if not cursor.accept_word("RETURNING", "RETURN"):
        if cursor.current.is_word("LOG"):
            cursor.fail(3001, "unimplemented feature: LOG ERRORS")
        return None
    expressions = parse_expressions(cursor)
    into = parse_into(cursor)
    if into is None:
        return cursor.fail(925, "missing INTO keyword")
    return Returning(expressions, into)


def _merge(cursor: TokenCursor) -> Merge:
    cursor.expect_word("INTO", code=925, message="missing INTO keyword")
    table = _table(cursor, "USING")
    cursor.expect_word("USING")
    source = parse_source(cursor)
    cursor.expect_word("ON", code=969, message="missing ON keyword")
    cursor.expect_symbol("(")
    on = parse_expression(cursor)
    cursor.expect_symbol(")")
    parts = _MergeParts()
    while cursor.accept_word("WHEN"):
        _branch(cursor, parts)
    if not (parts.assignments or parts.insert_values):
        cursor.fail(905, "missing keyword")
    return Merge(
        table,
        source,
        on,
        parts.assignments,
        parts.update_where,
        parts.delete_where,
        parts.insert_columns,
        parts.insert_values,
        parts.insert_where,
    )


class _MergeParts:
    """Branches of a MERGE as they are read."""

    def __init__(self) -> None:
        self.assignments: tuple[Assignment, ...] = ()
        self.update_where: Expression | None = None
        self.delete_where: Expression | None = None
        self.insert_columns: tuple[Identifier, ...] = ()
        self.insert_values: tuple[Expression, ...] = ()
        self.insert_where: Expression | None = None


def _branch(cursor: TokenCursor, parts: _MergeParts) -> None:
    if cursor.accept_word("NOT"):
        _phrase(cursor, "MATCHED", "THEN", "INSERT")
        if cursor.current.is_symbol("("):
            parts.insert_columns = _columns(cursor)
        cursor.expect_word("VALUES", code=926, message="missing VALUES keyword")
        parts.insert_values = _values(cursor)
        if cursor.accept_word("WHERE"):
            parts.insert_where = parse_expression(cursor)
        return
    _phrase(cursor, "MATCHED", "THEN", "UPDATE", "SET")
    parts.assignments = _assignments(cursor)
    if cursor.accept_word("WHERE"):
        parts.update_where = parse_expression(cursor)
    if cursor.accept_word("DELETE"):
        cursor.expect_word("WHERE")
        parts.delete_where = parse_expression(cursor)


def _phrase(cursor: TokenCursor, *words: str) -> None:
    for word in words:
        cursor.expect_word(word)
