"""Materialized views: a table with the rows of a query as they were when it was made, which nothing here refreshes.

Options that would refresh it by itself or on commit are refused. The privileges are those of its table, as Oracle's are.
"""

from __future__ import annotations

from reconciler.sandbox.engine.access import checks
from reconciler.sandbox.engine.sql import ast, change_ast, segments
from reconciler.sandbox.engine.sql.ddl_support import (
    Ddl,
    catalog_change,
    require_create,
    require_free,
)
from reconciler.sandbox.engine.sql.dml import run_change
from reconciler.sandbox.engine.sql.queries import parse_query
from reconciler.sandbox.engine.sql.statement_context import Statement
from reconciler.sandbox.engine.sql.table_ddl import columns_of_query, create_segment, remove_table
from reconciler.sandbox.engine.sql.table_definitions import Definitions
from reconciler.sandbox.engine.sql.tables import details
from reconciler.sandbox.engine.sql.view_ddl import invalidate_dependents
from reconciler.sandbox.seam import OracleError

_TYPE = "MATERIALIZED VIEW"


def create_materialized_view(ddl: Ddl) -> None:
    """CREATE MATERIALIZED VIEW, from behind those words."""
    lenient = ddl.accept_if_exists("NOT", "EXISTS")
    owner, name = ddl.new_name()
    deferred = _options(ddl)
    ddl.cursor.expect_word("AS")
    start = ddl.cursor.position
    query = parse_query(ddl.cursor)
    ddl.finish()
    require_create(ddl.session, owner, _TYPE)
    if lenient and checks.find_object(ddl.catalog, owner, name) is not None:
        return
    require_free(ddl.catalog, owner, name)
    definitions = Definitions()
    definitions.columns = columns_of_query(ddl, query, definitions)
    with catalog_change(ddl.catalog):
        create_segment(ddl, owner, name, definitions, {})
        if not deferred:
            target = ast.TableRef(ast.Name((ast.Identifier(owner), ast.Identifier(name))))
            run_change(Statement(ddl.session), change_ast.Insert(target, query=query))
        ddl.catalog.execute(
            "UPDATE objects SET type = ?, source = ? WHERE owner = ? AND name = ? AND namespace = 1",
            (_TYPE, ddl.text_from(start), owner, name),
        )


def _options(ddl: Ddl) -> bool:
    """Says whether the rows come later (BUILD DEFERRED)."""
    cursor, deferred = ddl.cursor, False
    while not cursor.at_end and not cursor.current.is_word("AS"):
        if cursor.accept_word("BUILD"):
            deferred = cursor.expect_word("IMMEDIATE", "DEFERRED") == "DEFERRED"
        elif cursor.accept_words("NEVER", "REFRESH") or cursor.accept_words("ON", "DEMAND"):
            continue
        elif cursor.accept_word("REFRESH"):
            cursor.accept_word("COMPLETE", "FORCE")
        elif cursor.accept_words("DISABLE", "QUERY", "REWRITE"):
            continue
        else:
            cursor.fail(3001, f"unimplemented feature: {cursor.current.value} of a materialized view")  # fmt: skip
    return deferred


def drop_materialized_view(ddl: Ddl) -> None:
    """DROP MATERIALIZED VIEW, from behind those words."""
    lenient = ddl.accept_if_exists("EXISTS")
    name = ddl.cursor.name()
    ddl.cursor.accept_words("PRESERVE", "TABLE") and ddl.cursor.fail(
        3001, "unimplemented feature: PRESERVE TABLE"
    )
    ddl.finish()
    obj = ddl.existing(name, _TYPE)
    if obj is None:
        if lenient:
            return
        shown = ".".join(f'"{part.name}"' for part in name.parts)
        raise OracleError(12003, f"materialized view {shown} does not exist")
    checks.require_object(ddl.session, obj, "DROP")
    with catalog_change(ddl.catalog):
        invalidate_dependents(ddl, obj)
        remove_table(ddl, obj)
    segments.discard(ddl.session, str(details(obj)["segment"]))
