"""INSERT, UPDATE, DELETE and MERGE: rows are computed by SQLite, fitted to their columns here, and written one by one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from reconciler.sandbox.engine.access.checks import ObjectRow
from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.sql import ast, change_ast, segments
from reconciler.sandbox.engine.sql.bridge import failure, rows, run
from reconciler.sandbox.engine.sql.constraints import check_children, check_rows, violated_unique
from reconciler.sandbox.engine.sql.conversions import to_text
from reconciler.sandbox.engine.sql.expressions import parse_expression_text
from reconciler.sandbox.engine.sql.fragments import NULL, Fragment, convert
from reconciler.sandbox.engine.sql.query_translation import translate_query
from reconciler.sandbox.engine.sql.row_limits import NO_LIMIT, conjuncts, limit_text, mentions
from reconciler.sandbox.engine.sql.scope import Scope, invalid_identifier
from reconciler.sandbox.engine.sql.sources import add_source, table_range
from reconciler.sandbox.engine.sql.statement_context import Context, Statement
from reconciler.sandbox.engine.sql.storing import fit
from reconciler.sandbox.engine.sql.tables import (
    TABLE_TYPES,
    TableColumn,
    details,
    find_table,
    load_columns,
    require,
)
from reconciler.sandbox.engine.sql.translation import translate_condition, translate_value
from reconciler.sandbox.engine.sql.values import TEXT_TYPES, decoder
from reconciler.sandbox.seam import OracleError, Outcome


@dataclass(slots=True)
class Target:
    """The table a statement changes. `segment` is its SQLite table."""

    statement: Statement
    obj: ObjectRow
    columns: tuple[TableColumn, ...]
    segment: str
    name: str

    @property
    def session(self) -> SessionView:
        return self.statement.session

    def column(self, name: ast.Name) -> TableColumn:
        """Raises ORA-00904."""
        for column in self.columns:
            if column.name == name.last:
                return column
        raise invalid_identifier(name)

    def context(self) -> Context:
        """Expressions over a row of the table, which SQLite knows as `t`."""
        scope = Scope([table_range(self.obj, self.columns, "t", self.name, self.obj.owner)])
        return Context(self.statement, scope)

    def fit(self, value: Any, column: TableColumn, *, update: bool = False) -> Any:
        try:
            return fit(value, column, (self.obj.owner, self.obj.name))
        except OracleError as error:
            if update and error.code == 1400:
                place = error.message.removeprefix("cannot insert NULL into ")
                raise OracleError(1407, f"cannot update {place} to NULL") from None
            raise


def run_change(statement: Statement, change: change_ast.DataChange) -> Outcome:
    """Runs one statement, all of it or nothing. The transaction is opened and stays open."""
    match change:
        case change_ast.Insert():
            return _insert(statement, change)
        case change_ast.Update():
            return _update(statement, change)
        case change_ast.Delete():
            return _delete(statement, change)
        case change_ast.Merge():
            from reconciler.sandbox.engine.sql.merge import merge

            return merge(statement, change)


def open_target(
    statement: Statement, table: ast.TableRef, privilege: str, columns: Sequence[str] = ()
) -> Target:
    """The table, once the session may change it. Raises ORA-00942, ORA-01031, ORA-41900, ORA-01732 for a view."""
    session = statement.session
    obj = find_table(session, table.name)
    require(session, obj, privilege, tuple(columns), start=table.name.start)
    if obj.type not in TABLE_TYPES or obj.type == "MATERIALIZED VIEW":
        raise OracleError(1732, "data manipulation operation not legal on this view")
    if details(obj).get("read_only"):
        raise OracleError(
            12081, f'update operation not allowed on table "{obj.owner}"."{obj.name}"'
        )
    known = load_columns(session.container.catalog, obj.object_id)
    alias = table.alias.name if table.alias else table.name.last
    return Target(statement, obj, known, "", alias)


@contextmanager
def changing(target: Target) -> Iterator[None]:
    """Opens the transaction and makes the statement atomic."""
    session = target.session
    session.begin()
    data = session.data()
    data.execute("SAVEPOINT ora_statement")
    try:
        target.segment = segments.ensure(session, target.obj, target.columns)
        yield
    except BaseException as error:
        if data.in_transaction:
            data.execute("ROLLBACK TO ora_statement")
            data.execute("RELEASE ora_statement")
        if isinstance(error, sqlite3.IntegrityError):
            raise violated_unique(target.obj, error, target.columns) from error
        if isinstance(error, sqlite3.Error):
            raise failure(session, data, error) from error
        raise
    data.execute("RELEASE ora_statement")


# --- INSERT ------------------------------------------------------------------------------------------------------------------------


def _insert(statement: Statement, change: change_ast.Insert) -> Outcome:
    listed = tuple(identifier.name for identifier in change.columns)
    target = open_target(statement, change.table, "INSERT", listed)
    columns = insert_columns(target, change.columns)
    with changing(target):
        selects = [_values_select(target, columns, values) for values in change.rows]
        if change.query is not None:
            selects = [_query_select(target, columns, change.query)]
        new = [
            row for select in selects for row in rows(target.session, select, statement.parameters)
        ]
        rowids = [insert_row(target, row) for row in new]
        check_rows(target.session, target.obj, target.columns, rowids)
        returned = returning(target, change.returning, rowids)
    return Outcome(row_count=len(rowids), returned=returned)


def insert_columns(target: Target, names: Sequence[ast.Identifier]) -> list[TableColumn]:
    """The listed columns, or all. Raises ORA-00904, ORA-00957 for one listed twice, ORA-32795 for a generated identity."""
    found = [target.column(ast.Name((name,))) for name in names] or list(target.columns)
    if len({column.name for column in found}) < len(found):
        raise OracleError(957, "duplicate column name")
    always = details(target.obj).get("identity_always")
    if always in {column.name for column in found}:
        raise OracleError(32795, "cannot insert into a generated always identity column")
    return found


def _default(target: Target, column: TableColumn) -> Fragment:
    if not column.default_text:
        return NULL
    context = Context(target.statement, user=target.obj.owner, schema=target.obj.owner)
    return translate_value(context, parse_expression_text(column.default_text))


def complete_row(
    target: Target, columns: Sequence[TableColumn], values: Sequence[Fragment]
) -> list[Fragment]:
    """Values for all columns of the table in order, defaults for those not listed. Raises ORA-00947, ORA-00913, ORA-00932."""
    if len(values) < len(columns):
        raise OracleError(947, "not enough values")
    if len(values) > len(columns):
        raise OracleError(913, "too many values")
    given = {column.position: value for column, value in zip(columns, values, strict=True)}
    found = []
    for column in target.columns:
        value = given.get(column.position)
        found.append(
            convert(_default(target, column) if value is None else value, column.column.type)
        )
    return found


def value_or_default(
    target: Target, context: Context, column: TableColumn, node: ast.Expression
) -> Fragment:
    if isinstance(node, ast.Default):
        return _default(target, column)
    return translate_value(context, node)


def _values_select(
    target: Target, columns: Sequence[TableColumn], values: Sequence[ast.Expression]
) -> str:
    if len(values) != len(columns):
        complete_row(target, columns, [NULL] * len(values))
    target.statement.sequences.clear()  # a new row may draw anew
    context = Context(target.statement)
    given = [
        value_or_default(target, context, column, node)
        for column, node in zip(columns, values, strict=True)
    ]
    return f"SELECT {', '.join(item.sql for item in complete_row(target, columns, given))}"


def _query_select(target: Target, columns: Sequence[TableColumn], query: ast.Query) -> str:
    found = translate_query(Context(target.statement), query)
    given = [
        Fragment(f"s.c{index}", column.type, column.size)
        for index, column in enumerate(found.columns, 1)
    ]
    listed = ", ".join(item.sql for item in complete_row(target, columns, given))
    return f"SELECT {listed} FROM ({found.sql}) AS s"


def insert_row(target: Target, values: Sequence[Any]) -> int:
    """Writes one row; gives SQLite's number of it."""
    fitted = [
        target.fit(value, column) for value, column in zip(values, target.columns, strict=True)
    ]
    marks = ", ".join("?" * len(fitted))
    listed = ", ".join(column.stored for column in target.columns)
    sql = f"INSERT INTO {target.segment} ({listed}) VALUES ({marks})"
    return int(target.session.data().execute(sql, fitted).lastrowid or 0)


# --- UPDATE and DELETE -------------------------------------------------------------------------------------------------------------


def _reads_columns(node: object) -> bool:
    """Whether an expression names anything that could be a column."""
    if isinstance(node, ast.Name):
        return True
    if isinstance(node, tuple):
        return any(_reads_columns(item) for item in node)
    fields = getattr(node, "__dataclass_fields__", None)
    return fields is not None and any(_reads_columns(getattr(node, name)) for name in fields)


def _require_reading(target: Target, table: ast.TableRef, *nodes: object) -> None:
    """SQL92_SECURITY, on by default: conditions and right sides that read the table need SELECT on it."""
    row = target.session.container.catalog.execute(
        "SELECT value FROM parameters WHERE name = 'sql92_security'"
    ).fetchone()
    if (row is None or str(row[0]).upper() == "TRUE") and _reads_columns(nodes):
        require(target.session, target.obj, "SELECT", start=table.name.start)


def assigned(target: Target, assignments: Sequence[change_ast.Assignment]) -> list[TableColumn]:
    """The columns of SET. Raises ORA-00904, and ORA-00957 for one set twice."""
    found = [target.column(name) for item in assignments for name in item.columns]
    if len({column.name for column in found}) < len(found):
        raise OracleError(957, "duplicate column name")
    return found


def assigned_values(
    target: Target, context: Context, assignments: Sequence[change_ast.Assignment]
) -> list[Fragment]:
    """Right sides in the types of their columns."""
    found = []
    for item in assignments:
        if len(item.columns) > 1:
            found += _row_values(context, item)
            continue
        column = target.column(item.columns[0])
        value = value_or_default(target, context, column, item.value)
        found.append(convert(value, column.column.type))
    return found


def _row_values(context: Context, item: change_ast.Assignment) -> list[Fragment]:
    """(a, b) = (SELECT x, y ...): one scalar subquery a column."""
    query = item.value.query if isinstance(item.value, ast.ScalarQuery) else None
    if query is None or not isinstance(query.body, ast.Select):
        raise OracleError(3001, "unimplemented feature: SET of several columns from this subquery")
    if len(query.body.items) != len(item.columns):
        raise OracleError(947, "not enough values")
    found = []
    for part in query.body.items:
        single = replace(query, body=replace(query.body, items=(part,)))
        found.append(translate_value(context, ast.ScalarQuery(single)))
    return found


def _where(context: Context, node: ast.Expression | None) -> str:
    conditions = conjuncts(node)
    limits = [limit_text(context, item) for item in conditions if mentions(item, "ROWNUM")]
    tests = [
        translate_condition(context, item) for item in conditions if not mentions(item, "ROWNUM")
    ]
    where = f" WHERE {' AND '.join(tests)}" if tests else ""
    return where + (f" LIMIT min({', '.join(limits)}, {NO_LIMIT})" if limits else "")


def _update(statement: Statement, change: change_ast.Update) -> Outcome:
    names = [name.last for item in change.assignments for name in item.columns]
    target = open_target(statement, change.table, "UPDATE", names)
    columns = assigned(target, change.assignments)
    values = [item.value for item in change.assignments]
    _require_reading(target, change.table, change.where, tuple(values))
    with changing(target):
        context = target.context()
        listed = ", ".join(
            item.sql for item in assigned_values(target, context, change.assignments)
        )
        sql = f"SELECT t.rowid, {listed} FROM {target.segment} AS t{_where(context, change.where)}"
        new = list(rows(target.session, sql, statement.parameters))
        update_rows(target, columns, new)
        rowids = [row[0] for row in new]
        returned = returning(target, change.returning, rowids)
    return Outcome(row_count=len(new), returned=returned)


def update_rows(
    target: Target, columns: Sequence[TableColumn], new: Sequence[Sequence[Any]]
) -> None:
    """Writes rows given as row number and values of the columns. Keys may pass through duplicates on the way."""
    data = target.session.data()
    listed = ", ".join(f"{column.stored} = ?" for column in columns)
    sql = f"UPDATE {target.segment} SET {listed} WHERE rowid = ?"
    fitted = [
        [
            *(
                target.fit(value, column, update=True)
                for value, column in zip(row[1:], columns, strict=True)
            ),
            row[0],
        ]
        for row in new
    ]
    unique = {
        name
        for constraint in details(target.obj).get("constraints", ())
        if constraint["type"] in "PU"
        for name in constraint["columns"]
    }
    if len(fitted) > 1 and unique & {column.name for column in columns}:
        # SQLite checks uniqueness row by row, Oracle at the end of the statement: keys go through NULL.
        blank = ", ".join(f"{column.stored} = NULL" for column in columns if column.name in unique)
        data.executemany(
            f"UPDATE {target.segment} SET {blank} WHERE rowid = ?", [[row[-1]] for row in fitted]
        )
    data.executemany(sql, fitted)
    check_rows(target.session, target.obj, target.columns, [row[0] for row in new])
    check_children(target.session, target.obj, target.columns)


def _delete(statement: Statement, change: change_ast.Delete) -> Outcome:
    target = open_target(statement, change.table, "DELETE")
    _require_reading(target, change.table, change.where)
    with changing(target):
        where = _where(target.context(), change.where)
        sql = f"SELECT t.rowid FROM {target.segment} AS t{where}"
        rowids = [row[0] for row in rows(target.session, sql, statement.parameters)]
        returned = returning(target, change.returning, rowids)
        delete_rows(target, rowids)
    return Outcome(row_count=len(rowids), returned=returned)


def delete_rows(target: Target, rowids: Sequence[int]) -> None:
    target.session.data().executemany(
        f"DELETE FROM {target.segment} WHERE rowid = ?", [[rowid] for rowid in rowids]
    )
    check_children(target.session, target.obj, target.columns)


# --- RETURNING ---------------------------------------------------------------------------------------------------------------------


def returning(
    target: Target, clause: change_ast.Returning | None, rowids: Sequence[int]
) -> list[list[Any]]:
    """Per expression the values of the rows, as the binds of INTO want them."""
    if clause is None:
        return []
    targets = clause.into.targets
    if len(targets) > len(clause.expressions):
        raise OracleError(947, "not enough values")
    if len(targets) < len(clause.expressions):
        raise OracleError(913, "too many values")
    context = target.context()
    found = [translate_value(context, node) for node in clause.expressions]
    listed = ", ".join(item.sql for item in found)
    sql = f"SELECT t.rowid, {listed} FROM {target.segment} AS t WHERE t.rowid IN (SELECT value FROM json_each(:touched))"
    parameters = {**target.statement.parameters, "touched": json.dumps(list(rowids))}
    by_row = {row[0]: row[1:] for row in run(target.session, sql, parameters)}
    return [
        [_returned(target, item, by_row[rowid][index], targets[index]) for rowid in rowids]
        for index, item in enumerate(found)
    ]


def _returned(target: Target, fragment: Fragment, stored: Any, into: ast.Expression) -> Any:
    decode = decoder(fragment.type)
    value = stored if stored is None or decode is None else decode(stored)
    binds = target.statement.binds
    index = into.index if isinstance(into, ast.BindRef) else len(binds)
    if index < len(binds) and binds[index].type in TEXT_TYPES:
        return to_text(target.session, value)
    return value


def source_text(target: Target, scope: Scope, source: ast.Source) -> str:
    """A source of MERGE, read with the session's rights."""
    return add_source(Context(target.statement, scope), scope, source)
