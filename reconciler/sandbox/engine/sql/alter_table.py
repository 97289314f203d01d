"""ALTER TABLE: columns, constraints and names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler.sandbox.engine.access import checks
from reconciler.sandbox.engine.access.checks import ObjectRow
from reconciler.sandbox.engine.sql import segments
from reconciler.sandbox.engine.sql.bridge import run
from reconciler.sandbox.engine.sql.constraints import check_rows, children
from reconciler.sandbox.engine.sql.datatypes import parse_type, to_column
from reconciler.sandbox.engine.sql.ddl_support import (
    NAMESPACE_INDEX,
    Ddl,
    catalog_change,
    remove_object,
    require_free,
    touch,
    write_column,
)
from reconciler.sandbox.engine.sql.expressions import parse_expression_text
from reconciler.sandbox.engine.sql.fragments import convert
from reconciler.sandbox.engine.sql.statement_context import Context, Statement
from reconciler.sandbox.engine.sql.table_ddl import add_constraint
from reconciler.sandbox.engine.sql.table_definitions import (
    ColumnDefinition,
    Definitions,
    parse_column_clauses,
    parse_columns,
    parse_definition,
    parse_definitions,
)
from reconciler.sandbox.engine.sql.tables import TableColumn, details, find_table, load_columns
from reconciler.sandbox.engine.sql.translation import translate_value
from reconciler.sandbox.seam import OracleError


def alter_table(ddl: Ddl) -> None:
    """ALTER TABLE, from behind the word TABLE."""
    name = ddl.cursor.name()
    obj = find_table(ddl.session, name)
    if obj.type != "TABLE":
        raise checks.missing(ddl.session, obj.owner, obj.name)
    checks.require_object(ddl.session, obj, "ALTER")
    with catalog_change(ddl.catalog):
        _alter(ddl, obj)
        touch(ddl, obj.object_id)


def _alter(ddl: Ddl, obj: ObjectRow) -> None:
    cursor = ddl.cursor
    if cursor.accept_word("ADD"):
        _add(ddl, obj)
    elif cursor.accept_word("MODIFY"):
        _modify(ddl, obj)
    elif cursor.accept_word("DROP"):
        _drop(ddl, obj)
    elif cursor.accept_words("RENAME", "COLUMN"):
        _rename_column(ddl, obj)
    elif cursor.accept_words("RENAME", "TO"):
        new = cursor.identifier().name
        ddl.finish()
        rename_object(ddl, obj, new)
    elif cursor.accept_word("READ"):
        read_only = cursor.expect_word("ONLY", "WRITE") == "ONLY"
        ddl.finish()
        segments.save_details(ddl.catalog, obj.object_id, details(obj) | {"read_only": read_only})
    else:
        cursor.fail(3001, f"unimplemented feature: ALTER TABLE {cursor.current.value}")


def _live_segment(ddl: Ddl, facts: dict[str, Any]) -> str | None:
    """The table's rows, ready to be changed; None if it has none."""
    segment = str(facts["segment"])
    if not segments.exists(ddl.session, segment):
        return None
    ddl.session.begin()
    return segment


def _add(ddl: Ddl, obj: ObjectRow) -> None:
    if ddl.cursor.current.is_symbol("("):
        found = parse_definitions(ddl)
    else:
        found = Definitions()
        parse_definition(ddl, found)
    ddl.finish()
    facts = details(obj)
    segment = _live_segment(ddl, facts)
    existing = {column.name for column in load_columns(ddl.catalog, obj.object_id)}
    for item in found.columns:
        if item.column.name in existing:
            raise OracleError(1430, "column being added already exists in table")
        if item.identity:
            raise OracleError(3001, "unimplemented feature: adding an identity column")
        position = facts["next_position"]
        facts["next_position"] = position + 1
        write_column(ddl.catalog, obj.object_id, position, item.column, item.default_text)
        if segment is not None:
            _add_stored(ddl, obj, segment, TableColumn(position, item.column, item.default_text))
    for constraint in found.constraints:
        if constraint.type == "N":
            _require_no_nulls(ddl, obj, segment, constraint.columns, 1758, _NEEDS_EMPTY)
        entry = add_constraint(ddl, obj, constraint, facts)
        segments.save_details(ddl.catalog, obj.object_id, facts)
        if segment is not None and entry is not None:
            _enforce(ddl, obj, segment, entry)
    segments.save_details(ddl.catalog, obj.object_id, facts)


_NEEDS_EMPTY = "table must be empty to add mandatory (NOT NULL) column"


def _add_stored(ddl: Ddl, obj: ObjectRow, segment: str, column: TableColumn) -> None:
    ddl.session.data().execute(f'ALTER TABLE main."{segment}" ADD COLUMN {column.stored}')
    if column.default_text:
        statement = Statement(ddl.session)
        context = Context(statement, user=obj.owner, schema=obj.owner)
        value = translate_value(context, parse_expression_text(column.default_text))
        sql = convert(value, column.column.type).sql
        run(
            ddl.session,
            f'UPDATE main."{segment}" SET {column.stored} = {sql}',
            statement.parameters,
        )


def _require_no_nulls(
    ddl: Ddl, obj: ObjectRow, segment: str | None, names: list[str], code: int, message: str
) -> None:
    if segment is None:
        return
    for column in load_columns(ddl.catalog, obj.object_id):
        if column.name in names:
            sql = f'SELECT 1 FROM main."{segment}" WHERE {column.stored} IS NULL LIMIT 1'
            if run(ddl.session, sql).fetchone():
                raise OracleError(code, message)


def _enforce(ddl: Ddl, obj: ObjectRow, segment: str, entry: dict[str, Any]) -> None:
    """Applies a new constraint to the rows that are there."""
    columns = load_columns(ddl.catalog, obj.object_id)
    if entry["type"] in "PU":
        segments.add_unique(ddl.session, segment, entry, columns)
        if entry["type"] == "P":
            message = "column contains NULL values; cannot alter to NOT NULL"
            _require_no_nulls(ddl, obj, segment, entry["columns"], 1449, message)
        return
    changed = checks.find_object(ddl.catalog, obj.owner, obj.name)
    rowids = [row[0] for row in run(ddl.session, f'SELECT rowid FROM main."{segment}"')]
    try:
        check_rows(ddl.session, changed or obj, columns, rowids)
    except OracleError as error:
        place = f"({obj.owner}.{entry['name']})"
        if error.code == 2290:
            raise OracleError(
                2293, f"cannot validate {place} - check constraint violated"
            ) from None
        raise OracleError(2298, f"cannot validate {place} - parent keys not found") from None


def _modify(ddl: Ddl, obj: ObjectRow) -> None:
    bracketed = ddl.cursor.accept_symbol("(") is not None
    while True:
        _modify_column(ddl, obj)
        if not (bracketed and ddl.cursor.accept_symbol(",")):
            break
    if bracketed:
        ddl.cursor.expect_symbol(")")
    ddl.finish()


def _modify_column(ddl: Ddl, obj: ObjectRow) -> None:
    cursor = ddl.cursor
    column = _column(ddl, obj, cursor.identifier().name)
    new = replace(column.column)
    clauses = ("DEFAULT", "NOT", "NULL", "CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "REFERENCES")
    if cursor.current.is_identifier and not cursor.current.is_word(*clauses):
        new = to_column(column.name, parse_type(cursor), nullable=column.column.nullable)
    found = Definitions()
    definition = ColumnDefinition(new, column.default_text)
    parse_column_clauses(ddl, definition, found)
    facts = details(obj)
    segment = _live_segment(ddl, facts)
    if segment is not None:
        _require_convertible(ddl, segment, column, definition)
    ddl.catalog.execute(
        "UPDATE columns SET type = ?, size = ?, precision = ?, scale = ?, default_text = ?"
        " WHERE object_id = ? AND position = ?",
        (
            *(int(new.type), new.size, new.precision, new.scale, definition.default_text),
            *(obj.object_id, column.position),
        ),
    )
    for constraint in found.constraints:
        if constraint.type == "N":
            _require_no_nulls(
                ddl,
                obj,
                segment,
                [column.name],
                2296,
                f"cannot enable ({obj.owner}.) - null values found",
            )
        if constraint.type == "":
            ddl.catalog.execute(
                "UPDATE columns SET nullable = 1 WHERE object_id = ? AND position = ?",
                (obj.object_id, column.position),
            )
        entry = add_constraint(ddl, obj, constraint, facts)
        segments.save_details(ddl.catalog, obj.object_id, facts)
        if segment is not None and entry is not None:
            _enforce(ddl, obj, segment, entry)


def _require_convertible(
    ddl: Ddl, segment: str, old: TableColumn, definition: ColumnDefinition
) -> None:
    new = definition.column
    data = f'FROM main."{segment}" WHERE {old.stored} IS NOT NULL'
    if not run(ddl.session, f"SELECT 1 {data} LIMIT 1").fetchone():
        return
    if new.type is not old.column.type:
        raise OracleError(1439, "column to be modified must be empty to change datatype")
    if new.size < old.column.size:
        longest = run(ddl.session, f"SELECT max(length({old.stored})) {data}").fetchone()[0]
        if longest > new.size:
            raise OracleError(1441, "cannot decrease column length because some value is too big")
    narrower = (new.precision - new.scale, new.scale) < (
        old.column.precision - old.column.scale,
        old.column.scale,
    )
    if new.scale != -127 and (old.column.scale == -127 or narrower):
        raise OracleError(
            1440, "column to be modified must be empty to decrease precision or scale"
        )


def _column(ddl: Ddl, obj: ObjectRow, name: str) -> TableColumn:
    for column in load_columns(ddl.catalog, obj.object_id):
        if column.name == name:
            return column
    raise OracleError(904, f'"{name}": invalid identifier')


def _drop(ddl: Ddl, obj: ObjectRow) -> None:
    cursor = ddl.cursor
    facts = details(obj)
    if cursor.accept_word("COLUMN"):
        names = [cursor.identifier().name]
    elif cursor.current.is_symbol("("):
        names = parse_columns(cursor)
    else:
        return _drop_constraint(ddl, obj, facts)
    cursor.accept_words("CASCADE", "CONSTRAINTS")
    ddl.finish()
    for name in names:
        column = _column(ddl, obj, name)
        if any(name in item["columns"] for item in facts["constraints"]):
            raise OracleError(3001, "unimplemented feature: dropping a column with constraints")
        for table in ("columns", "column_grants"):
            key = "name" if table == "columns" else "column_name"
            ddl.catalog.execute(
                f"DELETE FROM {table} WHERE object_id = ? AND {key} = ?",
                (obj.object_id, column.name),
            )
    if not load_columns(ddl.catalog, obj.object_id):
        raise OracleError(12983, "cannot drop all columns in a table")
    return None


def _drop_constraint(ddl: Ddl, obj: ObjectRow, facts: dict[str, Any]) -> None:
    cursor = ddl.cursor
    if cursor.accept_words("PRIMARY", "KEY"):
        wanted = next((item["name"] for item in facts["constraints"] if item["type"] == "P"), None)
    else:
        cursor.expect_word("CONSTRAINT")
        wanted = cursor.identifier().name
    cursor.accept_word("CASCADE")
    ddl.finish()
    entry = next((item for item in facts["constraints"] if item["name"] == wanted), None)
    if entry is None:
        raise OracleError(2443, "Cannot drop constraint  - nonexistent constraint")
    if entry["type"] in "PU" and children(ddl.catalog, obj):
        raise OracleError(2273, "this unique/primary key is referenced by some foreign keys")
    facts["constraints"].remove(entry)
    segments.save_details(ddl.catalog, obj.object_id, facts)
    if entry["type"] in "PU":
        index = checks.find_object(ddl.catalog, obj.owner, str(wanted), NAMESPACE_INDEX)
        if index is not None:
            remove_object(ddl.catalog, index.object_id)
        segment = _live_segment(ddl, facts)
        if segment is not None:
            segments.drop_unique(ddl.session, segment, str(wanted))


def _rename_column(ddl: Ddl, obj: ObjectRow) -> None:
    old = _column(ddl, obj, ddl.cursor.identifier().name)
    ddl.cursor.expect_word("TO")
    new = ddl.cursor.identifier().name
    ddl.finish()
    if any(column.name == new for column in load_columns(ddl.catalog, obj.object_id)):
        raise OracleError(957, "duplicate column name")
    facts = details(obj)
    if any(item["type"] == "C" for item in facts["constraints"]) or children(ddl.catalog, obj):
        raise OracleError(
            3001,
            "unimplemented feature: renaming a column of a table with CHECK or referenced keys",
        )
    for item in facts["constraints"]:
        item["columns"] = [new if name == old.name else name for name in item["columns"]]
    segments.save_details(ddl.catalog, obj.object_id, facts)
    for table, key in (("columns", "name"), ("column_grants", "column_name")):
        ddl.catalog.execute(
            f"UPDATE {table} SET {key} = ? WHERE object_id = ? AND {key} = ?",
            (new, obj.object_id, old.name),
        )


def rename_object(ddl: Ddl, obj: ObjectRow, new: str) -> None:
    """Gives a table, view or sequence another name in its schema; foreign keys follow."""
    require_free(ddl.catalog, obj.owner, new)
    for child, constraint in children(ddl.catalog, obj):
        facts = details(child)
        for item in facts["constraints"]:
            if item["name"] == constraint["name"]:
                item["references"] = [obj.owner, new]
        segments.save_details(ddl.catalog, child.object_id, facts)
    ddl.catalog.execute("UPDATE objects SET name = ? WHERE object_id = ?", (new, obj.object_id))
