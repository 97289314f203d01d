"""Constraints of a table after its rows changed: CHECK and foreign keys; unique keys are watched by SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from reconciler.sandbox.engine.access.checks import ObjectRow, find_object
from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.sql import segments
from reconciler.sandbox.engine.sql.bridge import run
from reconciler.sandbox.engine.sql.expressions import parse_expression_text
from reconciler.sandbox.engine.sql.scope import Scope
from reconciler.sandbox.engine.sql.sources import table_range
from reconciler.sandbox.engine.sql.statement_context import Context, Statement
from reconciler.sandbox.engine.sql.tables import TableColumn, details, load_columns
from reconciler.sandbox.engine.sql.translation import translate_condition
from reconciler.sandbox.seam import OracleError

_TOUCHED = "rowid IN (SELECT value FROM json_each(:touched))"


def check_rows(
    session: SessionView, obj: ObjectRow, columns: Sequence[TableColumn], rowids: Sequence[int]
) -> None:
    """CHECK constraints and foreign keys of the rows just written. Raises ORA-02290 or ORA-02291."""
    for constraint in details(obj).get("constraints", ()):
        if constraint["type"] == "C":
            _check_condition(session, obj, tuple(columns), constraint, rowids)
        elif constraint["type"] == "R":
            _check_parent(session, obj, columns, constraint, rowids)


def _check_condition(
    session: SessionView,
    obj: ObjectRow,
    columns: tuple[TableColumn, ...],
    constraint: dict[str, Any],
    rowids: Sequence[int],
) -> None:
    statement = Statement(session)
    scope = Scope([table_range(obj, columns, "t", obj.name)])
    test = translate_condition(
        Context(statement, scope, user=obj.owner, schema=obj.owner),
        parse_expression_text(constraint["condition"]),
    )
    table = segments.source(session, obj, columns)
    sql = f"SELECT 1 FROM {table} AS t WHERE t.{_TOUCHED} AND NOT {test} LIMIT 1"
    parameters = {**statement.parameters, "touched": json.dumps(list(rowids))}
    if run(session, sql, parameters).fetchone():
        name = f"{obj.owner}.{constraint['name']}"
        raise OracleError(2290, f"check constraint ({name}) violated")


def _check_parent(
    session: SessionView,
    obj: ObjectRow,
    columns: Sequence[TableColumn],
    constraint: dict[str, Any],
    rowids: Sequence[int],
) -> None:
    parent = find_object(session.container.catalog, *constraint["references"])
    if parent is None:
        return
    theirs = load_columns(session.container.catalog, parent.object_id)
    match = _match(columns, constraint["columns"], theirs, constraint["referenced_columns"])
    present = " AND ".join(
        f"child.{_stored(columns, name)} IS NOT NULL" for name in constraint["columns"]
    )
    sql = (
        f"SELECT 1 FROM {segments.source(session, obj, columns)} AS child WHERE child.{_TOUCHED} AND {present}"
        f" AND NOT EXISTS (SELECT 1 FROM {segments.source(session, parent, theirs)} AS parent WHERE {match}) LIMIT 1"
    )
    if run(session, sql, {"touched": json.dumps(list(rowids))}).fetchone():
        name = f"{obj.owner}.{constraint['name']}"
        raise OracleError(2291, f"integrity constraint ({name}) violated - parent key not found")


def _stored(columns: Sequence[TableColumn], name: str) -> str:
    return next(column.stored for column in columns if column.name == name)


def _match(
    child: Sequence[TableColumn],
    child_names: Iterable[str],
    parent: Sequence[TableColumn],
    parent_names: Iterable[str],
) -> str:
    pairs = zip(child_names, parent_names, strict=True)
    return " AND ".join(
        f"child.{_stored(child, ours)} = parent.{_stored(parent, theirs)}" for ours, theirs in pairs
    )


def children(catalog: sqlite3.Connection, obj: ObjectRow) -> list[tuple[ObjectRow, dict[str, Any]]]:
    """Tables with a foreign key to this one, with the constraint."""
    rows = catalog.execute(
        "SELECT o.owner, o.name, c.value FROM objects o, json_each(o.details, '$.constraints') c"
        " WHERE o.type = 'TABLE' AND o.details LIKE '%references%' AND json_extract(c.value, '$.type') = 'R'"
    ).fetchall()
    found = []
    for owner, name, text in rows:
        constraint = json.loads(text)
        child = find_object(catalog, owner, name)
        if constraint["references"] == [obj.owner, obj.name] and child is not None:
            found.append((child, constraint))
    return found


def check_children(session: SessionView, obj: ObjectRow, columns: Sequence[TableColumn]) -> None:
    """After a delete or a change of keys: no child may be left without a parent. Raises ORA-02292."""
    catalog = session.container.catalog
    for child, constraint in children(catalog, obj):
        theirs = load_columns(catalog, child.object_id)
        match = _match(theirs, constraint["columns"], columns, constraint["referenced_columns"])
        present = " AND ".join(
            f"child.{_stored(theirs, name)} IS NOT NULL" for name in constraint["columns"]
        )
        sql = (
            f"SELECT 1 FROM {segments.source(session, child, theirs)} AS child WHERE {present}"
            f" AND NOT EXISTS (SELECT 1 FROM {segments.source(session, obj, columns)} AS parent WHERE {match}) LIMIT 1"
        )
        if run(session, sql).fetchone():
            name = f"{child.owner}.{constraint['name']}"
            raise OracleError(2292, f"integrity constraint ({name}) violated - child record found")


def violated_unique(
    obj: ObjectRow, error: sqlite3.IntegrityError, columns: Sequence[TableColumn]
) -> OracleError:
    """ORA-00001 with the constraint whose columns SQLite names."""
    named = {part.strip().rsplit(".", 1)[-1] for part in str(error).partition(":")[2].split(",")}
    names = {column.name for column in columns if column.stored in named}
    for constraint in details(obj).get("constraints", ()):
        if constraint["type"] in "PU" and set(constraint["columns"]) == names:
            return OracleError(1, f"unique constraint ({obj.owner}.{constraint['name']}) violated")
    return OracleError(1, f"unique constraint on {obj.owner}.{obj.name} violated")
