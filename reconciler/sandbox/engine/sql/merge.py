"""MERGE: source rows are joined to the target once, then updated, deleted or inserted."""

from __future__ import annotations

import json
from typing import Any

from reconciler.sandbox.engine.sql import change_ast
from reconciler.sandbox.engine.sql.bridge import rows
from reconciler.sandbox.engine.sql.constraints import check_rows
from reconciler.sandbox.engine.sql.dml import (
    Target,
    assigned,
    assigned_values,
    changing,
    complete_row,
    delete_rows,
    insert_columns,
    insert_row,
    open_target,
    source_text,
    update_rows,
    value_or_default,
)
from reconciler.sandbox.engine.sql.scope import Scope
from reconciler.sandbox.engine.sql.statement_context import Context, Statement
from reconciler.sandbox.engine.sql.tables import require
from reconciler.sandbox.engine.sql.translation import translate_condition
from reconciler.sandbox.seam import OracleError, Outcome


def merge(statement: Statement, change: change_ast.Merge) -> Outcome:
    """Raises ORA-30926 if two source rows match one target row."""
    names = [name.last for item in change.assignments for name in item.columns]
    target = open_target(statement, change.table, "UPDATE" if names else "INSERT", names)
    if change.insert_values and names:
        listed = tuple(item.name for item in change.insert_columns)
        require(statement.session, target.obj, "INSERT", listed, start=change.table.name.start)
    with changing(target):
        source_scope = Scope()
        source = source_text(target, source_scope, change.source)
        both = Scope([*target.context().scope.ranges, *source_scope.ranges])
        on = translate_condition(Context(statement, both), change.on)
        joined = f"{source} LEFT JOIN {target.segment} AS t ON {on}"
        missing = _missing_rows(target, change, Context(statement, source_scope), joined)
        touched = _update_matched(target, change, Context(statement, both), joined)
        rowids = [insert_row(target, row) for row in missing]
        check_rows(target.session, target.obj, target.columns, rowids)
        _delete_matched(target, change, touched)
    return Outcome(row_count=len(touched) + len(rowids))


def _update_matched(
    target: Target, change: change_ast.Merge, context: Context, joined: str
) -> list[int]:
    if not change.assignments:
        return []
    columns = assigned(target, change.assignments)
    values = assigned_values(target, context, change.assignments)
    where = "t.rowid IS NOT NULL"
    if change.update_where is not None:
        where += f" AND {translate_condition(context, change.update_where)}"
    listed = ", ".join(item.sql for item in values)
    sql = f"SELECT t.rowid, {listed} FROM {joined} WHERE {where}"
    new = list(rows(target.session, sql, target.statement.parameters))
    touched = [row[0] for row in new]
    if len(set(touched)) < len(touched):
        raise OracleError(30926, "unable to get a stable set of rows in the source tables")
    update_rows(target, columns, new)
    return touched


def _missing_rows(
    target: Target, change: change_ast.Merge, context: Context, joined: str
) -> list[tuple[Any, ...]]:
    """The rows to insert, read before the update changes what matches."""
    if not change.insert_values:
        return []
    columns = insert_columns(target, change.insert_columns)
    if len(columns) != len(change.insert_values):
        few = len(change.insert_values) < len(columns)
        raise OracleError(*((947, "not enough values") if few else (913, "too many values")))
    target.statement.sequences.clear()  # a new row may draw anew
    given = [
        value_or_default(target, context, column, node)
        for column, node in zip(columns, change.insert_values, strict=True)
    ]
    where = "t.rowid IS NULL"
    if change.insert_where is not None:
        where += f" AND {translate_condition(context, change.insert_where)}"
    listed = ", ".join(item.sql for item in complete_row(target, columns, given))
    sql = f"SELECT {listed} FROM {joined} WHERE {where}"
    return list(rows(target.session, sql, target.statement.parameters))


def _delete_matched(target: Target, change: change_ast.Merge, touched: list[int]) -> None:
    """DELETE WHERE looks at the updated rows of the target alone."""
    if change.delete_where is None:
        return
    key = "touched"
    target.statement.parameters[key] = json.dumps(touched)
    where = translate_condition(target.context(), change.delete_where)
    sql = (
        f"SELECT t.rowid FROM {target.segment} AS t"
        f" WHERE t.rowid IN (SELECT value FROM json_each(:{key})) AND {where}"
    )
    rowids = [row[0] for row in rows(target.session, sql, target.statement.parameters)]
    delete_rows(target, rowids)
