"""CREATE and DROP VIEW."""

from __future__ import annotations

import json

from reconciler.sandbox.engine.access import checks, view_grants
from reconciler.sandbox.engine.access.checks import ObjectRow
from reconciler.sandbox.engine.sql import ast
from reconciler.sandbox.engine.sql.ddl_support import (
    Ddl,
    add_object,
    catalog_change,
    remove_object,
    require_create,
    write_column,
)
from reconciler.sandbox.engine.sql.lexer import TokenKind
from reconciler.sandbox.engine.sql.queries import parse_query
from reconciler.sandbox.engine.sql.query_translation import translate_query
from reconciler.sandbox.engine.sql.scope import Scope
from reconciler.sandbox.engine.sql.statement_context import Context, Statement
from reconciler.sandbox.engine.sql.table_definitions import parse_columns
from reconciler.sandbox.seam import Column, OracleError


def create_view(ddl: Ddl, *, replace: bool, force: bool) -> None:
    """CREATE VIEW, from behind the word VIEW. The owner's own rights count, roles do not."""
    lenient = ddl.accept_if_exists("NOT", "EXISTS")
    owner, name = ddl.new_name()
    aliases = parse_columns(ddl.cursor) if ddl.cursor.current.is_symbol("(") else []
    ddl.cursor.expect_word("AS")
    start = ddl.cursor.position
    query = parse_query(ddl.cursor)
    if any(token.kind is TokenKind.BIND for token in ddl.cursor.tokens):
        raise OracleError(1027, "bind variables not allowed for data definition operations")
    text = ddl.text_from(start)
    read_only = _restriction(ddl)
    ddl.finish()
    require_create(ddl.session, owner, "VIEW")
    existing = checks.find_object(ddl.catalog, owner, name)
    if existing is not None and lenient:
        return
    if existing is not None and not (replace and existing.type == "VIEW"):
        raise OracleError(955, "name is already used by an existing object")
    columns, references, valid = _described(ddl, owner, query, aliases, force=force)
    facts = {"columns": [column.name for column in columns], "read_only": read_only}
    with catalog_change(ddl.catalog):
        object_id = _store(ddl, owner, name, existing, text, json.dumps(facts, sort_keys=True))
        if not valid:
            ddl.catalog.execute(
                "UPDATE objects SET status = 'INVALID' WHERE object_id = ?", (object_id,)
            )
        for position, column in enumerate(columns, 1):
            write_column(ddl.catalog, object_id, position, column)
        ddl.catalog.executemany(
            "INSERT OR IGNORE INTO dependencies VALUES (?, ?)",
            [(object_id, reference) for reference in sorted(references)],
        )
        view_grants.check_replaced(ddl.catalog, ddl.session.instance.release, object_id, owner)


def _restriction(ddl: Ddl) -> bool:
    """WITH READ ONLY; WITH CHECK OPTION means the same here, where views are never changed through."""
    if not ddl.cursor.accept_word("WITH"):
        return False
    if ddl.cursor.accept_word("READ"):
        ddl.cursor.expect_word("ONLY")
    else:
        ddl.cursor.expect_word("CHECK")
        ddl.cursor.expect_word("OPTION")
    if ddl.cursor.accept_word("CONSTRAINT"):
        ddl.cursor.identifier()
    return True


def _described(
    ddl: Ddl, owner: str, query: ast.Query, aliases: list[str], *, force: bool
) -> tuple[tuple[Column, ...], set[int], bool]:
    """Columns of the view, what it refers to, and whether it is valid."""
    statement = Statement(ddl.session)
    user = None if owner == checks.SYS else owner
    try:
        found = translate_query(Context(statement, Scope(), user=user, schema=owner), query)
    except OracleError:
        if not force:
            raise
        return (), set(), False
    if not aliases:
        _require_names(query)
    names = aliases or list(found.names)
    if len(names) != len(found.names):
        raise OracleError(1730, "invalid number of column names specified")
    if len(set(names)) < len(names):
        raise OracleError(957, "duplicate column name")
    columns = tuple(
        fragment.column(name) for name, fragment in zip(names, found.columns, strict=True)
    )
    return columns, statement.references, True


def _require_names(query: ast.Query) -> None:
    body = query.body
    while isinstance(body, ast.SetOperation | ast.Query):
        body = body.left if isinstance(body, ast.SetOperation) else body.body
    for item in body.items:
        if item.alias is None and not isinstance(item.expression, ast.Name | ast.Star):
            raise OracleError(998, "must name this expression with a column alias")


def _store(
    ddl: Ddl, owner: str, name: str, existing: ObjectRow | None, text: str, facts: str
) -> int:
    """The row of `objects`: replacing keeps the id and with it the grants."""
    if existing is None:
        return add_object(ddl, owner, name, "VIEW", source=text, facts=json.loads(facts))
    ddl.catalog.execute(
        "UPDATE objects SET source = ?, details = ?, status = 'VALID', last_ddl_time = ? WHERE object_id = ?",
        (text, facts, ddl.now(), existing.object_id),
    )
    for table in ("columns", "dependencies"):
        ddl.catalog.execute(f"DELETE FROM {table} WHERE object_id = ?", (existing.object_id,))
    return existing.object_id


def drop_view(ddl: Ddl) -> None:
    """DROP VIEW, from behind the word VIEW."""
    lenient = ddl.accept_if_exists("EXISTS")
    name = ddl.cursor.name()
    ddl.cursor.accept_words("CASCADE", "CONSTRAINTS")
    ddl.finish()
    obj = ddl.existing(name, "VIEW")
    if obj is None:
        if lenient:
            return
        owner = name.parts[0].name if len(name.parts) > 1 else None
        raise checks.missing(ddl.session, owner, name.last)
    checks.require_object(ddl.session, obj, "DROP")
    with catalog_change(ddl.catalog):
        invalidate_dependents(ddl, obj)
        remove_object(ddl.catalog, obj.object_id)


def invalidate_dependents(ddl: Ddl, obj: ObjectRow) -> None:
    """Marks views that read the object INVALID; they are judged anew when they are used."""
    ddl.catalog.execute(
        "UPDATE objects SET status = 'INVALID' WHERE type = 'VIEW' AND object_id IN"
        " (SELECT object_id FROM dependencies WHERE referenced_id = ?)",
        (obj.object_id,),
    )
