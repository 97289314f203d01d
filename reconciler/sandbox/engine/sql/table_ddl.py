"""CREATE, DROP and TRUNCATE TABLE."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler.sandbox.engine.access import checks
from reconciler.sandbox.engine.access.checks import ObjectRow
from reconciler.sandbox.engine.sql import ast, change_ast, segments, sequences
from reconciler.sandbox.engine.sql.constraints import children
from reconciler.sandbox.engine.sql.ddl_support import (
    NAMESPACE_INDEX,
    Ddl,
    add_object,
    catalog_change,
    next_number,
    remove_object,
    require_create,
    require_free,
    write_column,
)
from reconciler.sandbox.engine.sql.dml import run_change
from reconciler.sandbox.engine.sql.queries import parse_query
from reconciler.sandbox.engine.sql.query_translation import translate_query
from reconciler.sandbox.engine.sql.statement_context import Context, Statement
from reconciler.sandbox.engine.sql.table_definitions import (
    ColumnDefinition,
    Constraint,
    Definitions,
    parse_definitions,
)
from reconciler.sandbox.engine.sql.tables import details, find_table, load_columns
from reconciler.sandbox.engine.sql.view_ddl import invalidate_dependents
from reconciler.sandbox.seam import Column, OracleError, OracleType

# Physical attributes that change nothing that can be seen here; those with a number behind them are `_COUNTED`.
_IGNORED = frozenset(
    """LOGGING NOLOGGING CACHE NOCACHE COMPRESS NOCOMPRESS PARALLEL NOPARALLEL MONITORING NOMONITORING ROWDEPENDENCIES""".split()  # noqa: SIM905
)
_COUNTED = frozenset(("PCTFREE", "PCTUSED", "INITRANS", "MAXTRANS"))


def create_table(ddl: Ddl) -> None:
    """CREATE TABLE, from behind the word TABLE."""
    lenient = ddl.accept_if_exists("NOT", "EXISTS")
    owner, name = ddl.new_name()
    definitions = Definitions()
    if ddl.cursor.current.is_symbol("("):
        definitions = parse_definitions(ddl)
    facts = _options(ddl)
    query = parse_query(ddl.cursor) if ddl.cursor.accept_word("AS") else None
    if query is None and not definitions.columns:
        ddl.cursor.fail(906, "missing left parenthesis")
    ddl.finish()
    require_create(ddl.session, owner, "TABLE")
    if lenient and checks.find_object(ddl.catalog, owner, name) is not None:
        return
    require_free(ddl.catalog, owner, name)
    if query is not None:
        definitions.columns = columns_of_query(ddl, query, definitions)
    with catalog_change(ddl.catalog):
        create_segment(ddl, owner, name, definitions, facts)
        if query is not None:
            target = ast.TableRef(ast.Name((ast.Identifier(owner), ast.Identifier(name))))
            run_change(Statement(ddl.session), change_ast.Insert(target, query=query))


def _options(ddl: Ddl) -> dict[str, Any]:
    cursor = ddl.cursor
    facts: dict[str, Any] = {}
    while not cursor.at_end and not cursor.current.is_word("AS"):
        if cursor.accept_word("TABLESPACE"):
            facts["tablespace"] = _tablespace(ddl, cursor.identifier().name)
        elif cursor.accept_words("SEGMENT", "CREATION"):
            facts["immediate"] = cursor.expect_word("IMMEDIATE", "DEFERRED") == "IMMEDIATE"
        elif cursor.current.is_word(*_COUNTED):
            cursor.position += 2
        elif not cursor.accept_word(*_IGNORED):
            code = (
                (933, "SQL command not properly ended")
                if cursor.current.is_symbol(";")
                else (922, "missing or invalid option")
            )
            cursor.fail(*code)
    return facts


def _tablespace(ddl: Ddl, name: str) -> str:
    found = ddl.catalog.execute("SELECT 1 FROM tablespaces WHERE name = ?", (name,)).fetchone()
    if found is None:
        raise OracleError(959, f"tablespace '{name}' does not exist")
    return name


def columns_of_query(
    ddl: Ddl, query: ast.Query, definitions: Definitions
) -> list[ColumnDefinition]:
    """The columns a table gets from the query behind AS."""
    translated = translate_query(Context(Statement(ddl.session)), query)
    columns = translated.described
    if definitions.columns:
        raise OracleError(1773, "may not specify column datatypes in this CREATE TABLE")
    for item in query.body.items if isinstance(query.body, ast.Select) else ():
        named = item.alias is not None or isinstance(item.expression, ast.Name | ast.Star)
        if not named:
            raise OracleError(998, "must name this expression with a column alias")
    return [ColumnDefinition(_stored_form(column)) for column in columns]


def _stored_form(column: Column) -> Column:
    if column.type is OracleType.CHAR and column.size == 0:
        raise OracleError(1723, "zero-length columns are not allowed")
    if column.type is OracleType.VARCHAR2 and column.size == 0:
        raise OracleError(1723, "zero-length columns are not allowed")
    return column


def create_segment(
    ddl: Ddl, owner: str, name: str, definitions: Definitions, facts: dict[str, Any]
) -> None:
    """The table with its columns and constraints, without rows."""
    names = [item.column.name for item in definitions.columns]
    if len(set(names)) < len(names):
        raise OracleError(957, "duplicate column name")
    immediate = facts.pop("immediate", not segments.is_deferred(ddl.session))
    object_id = add_object(ddl, owner, name, "TABLE")
    facts |= {
        "segment": segments.new_segment(ddl.catalog, object_id),
        "next_position": len(names) + 1,
        "constraints": [],
    }
    if immediate:
        segments.require_quota(ddl.session, owner, facts.get("tablespace"))
    for position, item in enumerate(definitions.columns, 1):
        if item.identity:
            _add_identity(ddl, owner, object_id, item, facts)
        write_column(ddl.catalog, object_id, position, item.column, item.default_text)
    segments.save_details(ddl.catalog, object_id, facts)
    obj = checks.find_object(ddl.catalog, owner, name)
    for constraint in definitions.constraints:
        if obj is not None:
            add_constraint(ddl, obj, constraint, facts)
    segments.save_details(ddl.catalog, object_id, facts)


def _add_identity(
    ddl: Ddl, owner: str, object_id: int, item: ColumnDefinition, facts: dict[str, Any]
) -> None:
    sequence = f"ISEQ$$_{object_id}"
    initial = sequences.dump(sequences.Sequence())
    sequence_id = add_object(ddl, owner, sequence, "SEQUENCE")
    ddl.catalog.execute(
        "UPDATE objects SET details = ? WHERE object_id = ?", (initial, sequence_id)
    )
    item.default_text = f'"{owner}"."{sequence}".NEXTVAL'
    item.column = replace(item.column, nullable=False)
    facts["identity_sequence"] = sequence
    facts["identity_column"], facts["identity_kind"] = item.column.name, item.identity
    if item.identity == "ALWAYS":
        facts["identity_always"] = item.column.name


def add_constraint(
    ddl: Ddl, obj: ObjectRow, constraint: Constraint, facts: dict[str, Any]
) -> dict[str, Any] | None:
    """Writes one constraint into `facts` and the catalog; existing rows are not looked at. None for NULL and NOT NULL."""
    known = {column.name for column in load_columns(ddl.catalog, obj.object_id)}
    for column in constraint.columns:
        if column not in known:
            raise OracleError(904, f'"{column}": invalid identifier')
    if constraint.type in "NP":
        marks = ", ".join("?" * len(constraint.columns))
        ddl.catalog.execute(
            f"UPDATE columns SET nullable = 0 WHERE object_id = ? AND name IN ({marks})",
            (obj.object_id, *constraint.columns),
        )
    if constraint.type in ("", "N"):
        return None
    existing = facts["constraints"]
    if constraint.type == "P" and any(item["type"] == "P" for item in existing):
        raise OracleError(2260, "table can have only one primary key")
    name = constraint.name or f"SYS_C{next_number(ddl.catalog, 'constraints'):07d}"
    if any(item["name"] == name for item in existing):
        raise OracleError(2264, "name already used by an existing constraint")
    entry = constraint.facts(name)
    if constraint.type == "R":
        entry |= _resolved_reference(ddl, obj, constraint)
    if constraint.type in "PU":
        add_index(ddl, obj, name, constraint.columns, unique=True)
    existing.append(entry)
    return entry


def _resolved_reference(ddl: Ddl, obj: ObjectRow, constraint: Constraint) -> dict[str, Any]:
    if constraint.references is None:
        raise OracleError(905, "missing keyword")
    parent = find_table(ddl.session, constraint.references, obj.owner)
    keys = details(parent).get("constraints", [])
    columns = constraint.referenced_columns or next(
        (item["columns"] for item in keys if item["type"] == "P"), []
    )
    if not columns:
        raise OracleError(2268, "referenced table does not have a primary key")
    if parent.object_id != obj.object_id:
        checks.require_object(ddl.session, parent, "REFERENCES", columns, user=obj.owner)
    if len(columns) != len(constraint.columns):
        raise OracleError(2256, "number of referencing columns must match referenced columns")
    if not any(item["type"] in "PU" and set(item["columns"]) == set(columns) for item in keys):
        raise OracleError(2270, "no matching unique or primary key for this column-list")
    return {"references": [parent.owner, parent.name], "referenced_columns": columns}


def add_index(
    ddl: Ddl, table: ObjectRow, name: str, columns: list[str], *, unique: bool, owner: str = ""
) -> None:
    """The object of an index. Raises ORA-00955."""
    schema = owner or table.owner
    require_free(ddl.catalog, schema, name, NAMESPACE_INDEX)
    facts = {"table_id": table.object_id, "columns": columns, "unique": unique}
    add_object(ddl, schema, name, "INDEX", namespace=NAMESPACE_INDEX, facts=facts)


def drop_table(ddl: Ddl) -> None:
    """DROP TABLE, from behind the word TABLE."""
    lenient = ddl.accept_if_exists("EXISTS")
    name = ddl.cursor.name()
    cascade = ddl.cursor.accept_words("CASCADE", "CONSTRAINTS")
    ddl.cursor.accept_word("PURGE")
    ddl.finish()
    obj = ddl.existing(name, "TABLE")
    if obj is None:
        if lenient:
            return
        if ddl.existing(name, "MATERIALIZED VIEW") is not None:
            raise OracleError(12083, f'must use DROP MATERIALIZED VIEW to drop "{name.last}"')
        raise checks.missing(
            ddl.session, name.parts[0].name if len(name.parts) > 1 else None, name.last
        )
    checks.require_object(ddl.session, obj, "DROP")
    referring = [
        (child, item)
        for child, item in children(ddl.catalog, obj)
        if child.object_id != obj.object_id
    ]
    if referring and not cascade:
        raise OracleError(2449, "unique/primary keys in table referenced by foreign keys")
    with catalog_change(ddl.catalog):
        for child, constraint in referring:
            _drop_reference(ddl, child, constraint["name"])
        invalidate_dependents(ddl, obj)
        remove_table(ddl, obj)
    segments.discard(ddl.session, str(details(obj)["segment"]))


def _drop_reference(ddl: Ddl, child: ObjectRow, name: str) -> None:
    facts = details(child)
    facts["constraints"] = [item for item in facts["constraints"] if item["name"] != name]
    segments.save_details(ddl.catalog, child.object_id, facts)


def remove_table(ddl: Ddl, obj: ObjectRow) -> None:
    """The table with its indexes and its identity sequence."""
    rows = ddl.catalog.execute(
        "SELECT object_id FROM objects WHERE type = 'INDEX' AND json_extract(details, '$.table_id') = ?",
        (obj.object_id,),
    ).fetchall()
    sequence = details(obj).get("identity_sequence")
    generated = checks.find_object(ddl.catalog, obj.owner, sequence) if sequence else None
    if generated is not None:
        rows.append((generated.object_id,))
    for (object_id,) in rows:
        remove_object(ddl.catalog, object_id)
    remove_object(ddl.catalog, obj.object_id)


def truncate_table(ddl: Ddl) -> None:
    """TRUNCATE TABLE, from behind the word TABLE."""
    name = ddl.cursor.name()
    for option in (
        ("PURGE", "MATERIALIZED", "VIEW", "LOG"),
        ("DROP", "STORAGE"),
        ("REUSE", "STORAGE"),
    ):
        ddl.cursor.accept_words(*option)
    ddl.cursor.accept_word("CASCADE")
    ddl.finish()
    obj = find_table(ddl.session, name)
    if obj.type != "TABLE":
        raise checks.missing(ddl.session, obj.owner, obj.name)
    checks.require_object(ddl.session, obj, "DROP")
    if any(child.object_id != obj.object_id for child, _ in children(ddl.catalog, obj)):
        raise OracleError(2266, "unique/primary keys in table referenced by enabled foreign keys")
    facts = details(obj)
    old = str(facts["segment"])
    facts["segment"] = segments.new_segment(ddl.catalog, obj.object_id)
    segments.save_details(ddl.catalog, obj.object_id, facts)
    segments.discard(ddl.session, old)
