"""DBMS_STATS, as far as it counts the rows of tables: NUM_ROWS and LAST_ANALYZED of DBA_TABLES, which are empty until somebody asks for them. No job
gathers them by itself here, and nothing is known of columns and indexes.
"""

from __future__ import annotations

from typing import Any

from reconciler.sandbox.engine.access import checks
from reconciler.sandbox.engine.access.checks import ObjectRow
from reconciler.sandbox.engine.clock import stored
from reconciler.sandbox.engine.plsql.packages.supplied import (
    Arguments,
    by_name,
    optional,
    procedure,
    required,
)
from reconciler.sandbox.engine.plsql.runtime import Execution
from reconciler.sandbox.engine.plsql.types import NUMBER, TEXT
from reconciler.sandbox.engine.sql import segments
from reconciler.sandbox.engine.sql.lexer import TokenKind, tokenize
from reconciler.sandbox.engine.sql.tables import details, load_columns
from reconciler.sandbox.seam import OracleError

_TABLES = ("TABLE", "MATERIALIZED VIEW")


def _folded(text: str) -> str:
    """A name as the package takes it: folded unless it is in double quotes."""
    found = [t.value for t in tokenize(text) if t.kind in (TokenKind.WORD, TokenKind.QUOTED)]
    if len(found) != 1:
        raise OracleError(20001, f"{text} is an invalid identifier")
    return found[0]


def _owner(run: Execution, given: Arguments) -> str:
    """The schema; none means the current one."""
    return _folded(given["OWNNAME"]) if given["OWNNAME"] else run.session.current_schema


def _may_analyze(run: Execution, owner: str) -> bool:
    session = run.session
    return owner == session.current_user or checks.has_system_privilege(session, "ANALYZE ANY")


def _table(run: Execution, given: Arguments) -> ObjectRow:
    owner, name = _owner(run, given), _folded(given["TABNAME"])
    found = checks.find_object(run.session.container.catalog, owner, name)
    if found is None or found.type not in _TABLES or not _may_analyze(run, owner):
        raise OracleError(
            20000,
            f'Unable to analyze TABLE "{owner}"."{name}", insufficient privileges or does not exist',
        )
    return found


def _store(run: Execution, table: ObjectRow, rows: int | None) -> None:
    facts: dict[str, Any] = details(table)
    facts |= {"num_rows": rows, "analyzed": stored(run.session.instance.now())}
    if rows is None:
        del facts["num_rows"], facts["analyzed"]
    segments.save_details(run.session.container.catalog, table.object_id, facts)


def _gather(run: Execution, table: ObjectRow) -> None:
    session = run.session
    columns = load_columns(session.container.catalog, table.object_id)
    source = segments.source(session, table, columns)
    (rows,) = session.data().execute(f"SELECT count(*) FROM {source}").fetchone()
    _store(run, table, int(rows))


def _gather_table(run: Execution, given: Arguments) -> None:
    run.session.commit()
    _gather(run, _table(run, given))


def _gather_schema(run: Execution, given: Arguments) -> None:
    """Every table of the schema."""
    owner = _owner(run, given)
    if not _may_analyze(run, owner):
        raise OracleError(20000, f"Insufficient privileges to analyze an object in Schema {owner}")
    run.session.commit()
    catalog = run.session.container.catalog
    query = "SELECT name FROM objects WHERE owner = ? AND type IN (?, ?) ORDER BY name"
    for (name,) in catalog.execute(query, (owner, *_TABLES)).fetchall():
        found = checks.find_object(catalog, owner, name)
        if found is not None:
            _gather(run, found)


def _set_table(run: Execution, given: Arguments) -> None:
    """Statistics that somebody says: without a number they stay as they are."""
    table = _table(run, given)
    run.session.commit()
    if given["NUMROWS"] is not None:
        _store(run, table, int(given["NUMROWS"]))


def _delete_table(run: Execution, given: Arguments) -> None:
    table = _table(run, given)
    run.session.commit()
    if "num_rows" in details(table):
        _store(run, table, None)


_OWNER, _NAME = required("OWNNAME", TEXT), required("TABNAME", TEXT)
_SAMPLE = (optional("PARTNAME", None, TEXT), optional("ESTIMATE_PERCENT", None, NUMBER))
_STORED = (
    optional("PARTNAME", None, TEXT),
    optional("STATTAB", None, TEXT),
    optional("STATID", None, TEXT),
)
ROUTINES = by_name(
    procedure("DBMS_STATS.GATHER_TABLE_STATS", _gather_table, _OWNER, _NAME, *_SAMPLE),
    procedure("DBMS_STATS.GATHER_SCHEMA_STATS", _gather_schema, _OWNER, _SAMPLE[1]),
    procedure(
        "DBMS_STATS.SET_TABLE_STATS",
        _set_table,
        _OWNER,
        _NAME,
        *_STORED,
        optional("NUMROWS", None, NUMBER),
        optional("NUMBLKS", None, NUMBER),
        optional("AVGRLEN", None, NUMBER),
    ),
    procedure("DBMS_STATS.DELETE_TABLE_STATS", _delete_table, _OWNER, _NAME, *_STORED),
)
