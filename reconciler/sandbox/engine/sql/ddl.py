"""Which DDL statement a text is, and running it between two commits."""

from __future__ import annotations

from reconciler.sandbox.engine.access.checks import require_writable
from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.sql import materialized_views, named_objects, schema_ddl
from reconciler.sandbox.engine.sql.alter_table import alter_table
from reconciler.sandbox.engine.sql.cursor import TokenCursor
from reconciler.sandbox.engine.sql.ddl_support import Ddl
from reconciler.sandbox.engine.sql.table_ddl import create_table, drop_table, truncate_table
from reconciler.sandbox.engine.sql.view_ddl import create_view, drop_view
from reconciler.sandbox.seam import OracleError, Outcome

_NOT_HERE = frozenset(
    """CLUSTER CONTEXT DATABASE DIMENSION DOMAIN EDITION FLASHBACK INDEXTYPE JAVA LIBRARY LOCKDOWN MATERIALIZED OPERATOR OUTLINE
    PLUGGABLE PROPERTY RESTORE TYPE TEMPORARY GLOBAL PRIVATE BITMAP VECTOR LINK RESOURCE SESSION SYSTEM VIEW INDEX SYNONYM""".split()  # noqa: SIM905
)


def run_ddl(session: SessionView, text: str) -> Outcome:
    """Runs one DDL statement on tables, views, sequences, synonyms, indexes or directories.

    The open transaction is committed first, even if the statement then fails. Raises ORA-28194 for a read-only user, ORA-00901, ORA-00940,
    ORA-00950 for no statement at all, ORA-03001 for one that is not supported.
    """
    session.commit()
    require_writable(session)
    ddl = Ddl(session, text, TokenCursor.of(text))
    try:
        _run(ddl)
    except RecursionError:
        session.rollback()
        raise OracleError(3001, "unimplemented feature: deeply nested expression") from None
    except BaseException:
        session.rollback()
        raise
    session.commit()
    return Outcome()


def _run(ddl: Ddl) -> None:
    cursor = ddl.cursor
    if cursor.accept_word("CREATE"):
        _create(ddl)
    elif cursor.accept_word("ALTER"):
        _alter(ddl)
    elif cursor.accept_word("DROP"):
        _drop(ddl)
    elif cursor.accept_word("TRUNCATE"):
        cursor.expect_word(
            "TABLE",
            code=3290,
            message="Invalid truncate command - missing CLUSTER or TABLE keyword",
        )
        truncate_table(ddl)
    elif cursor.accept_word("COMMENT"):
        schema_ddl.comment(ddl)
    elif cursor.accept_word("RENAME"):
        schema_ddl.rename(ddl)
    elif cursor.current.is_word("PURGE", "ANALYZE", "AUDIT", "NOAUDIT", "GRANT", "REVOKE"):
        cursor.fail(3001, f"unimplemented feature: {cursor.current.value}")
    else:
        cursor.fail(900, "invalid SQL statement")


def _create(ddl: Ddl) -> None:
    cursor = ddl.cursor
    replace = cursor.accept_words("OR", "REPLACE")
    force = False
    while word := cursor.accept_word("FORCE", "NO", "NOFORCE", "EDITIONABLE", "NONEDITIONABLE"):
        force = word == "FORCE" and not cursor.peek(-2).is_word("NO")
    if cursor.accept_word("TABLE"):
        _refuse_replace(ddl, replace)
        create_table(ddl)
    elif cursor.accept_word("VIEW"):
        create_view(ddl, replace=replace, force=force)
    elif cursor.accept_word("SEQUENCE"):
        _refuse_replace(ddl, replace)
        schema_ddl.create_sequence(ddl)
    elif cursor.accept_words("PUBLIC", "SYNONYM"):
        schema_ddl.create_synonym(ddl, replace=replace, public=True)
    elif cursor.accept_word("SYNONYM"):
        schema_ddl.create_synonym(ddl, replace=replace, public=False)
    elif cursor.accept_words("UNIQUE", "INDEX"):
        schema_ddl.create_index(ddl, unique=True)
    elif cursor.accept_word("INDEX"):
        schema_ddl.create_index(ddl, unique=False)
    elif cursor.accept_word("DIRECTORY"):
        schema_ddl.create_directory(ddl, replace=replace)
    else:
        _create_rarer(ddl, replace=replace)


def _create_rarer(ddl: Ddl, *, replace: bool) -> None:
    cursor = ddl.cursor
    if cursor.accept_word("TYPE"):
        named_objects.create_type(ddl, replace=replace)
    elif kind := cursor.accept_word(*named_objects.OPAQUE):
        named_objects.create_opaque(ddl, kind, replace=replace)
    elif cursor.accept_words("MATERIALIZED", "VIEW") and not cursor.current.is_word("LOG"):
        _refuse_replace(ddl, replace)
        materialized_views.create_materialized_view(ddl)
    elif cursor.accept_word("EDITION"):
        _refuse_replace(ddl, replace)
        named_objects.create_edition(ddl)
    else:
        _unknown(ddl, 901, "invalid CREATE command")


def _refuse_replace(ddl: Ddl, replace: bool) -> None:
    if replace:
        ddl.cursor.fail(922, "missing or invalid option")


def _unknown(ddl: Ddl, code: int, message: str) -> None:
    word = ddl.cursor.current
    if word.is_word(*_NOT_HERE):
        ddl.cursor.fail(3001, f"unimplemented feature: {word.value}")
    ddl.cursor.fail(code, message)


def _alter(ddl: Ddl) -> None:
    cursor = ddl.cursor
    if cursor.accept_word("TABLE"):
        alter_table(ddl)
    elif cursor.accept_word("SEQUENCE"):
        schema_ddl.alter_sequence(ddl)
    else:
        _unknown(ddl, 940, "invalid ALTER command")


def _drop(ddl: Ddl) -> None:
    cursor = ddl.cursor
    if cursor.accept_word("TABLE"):
        drop_table(ddl)
    elif cursor.accept_word("VIEW"):
        drop_view(ddl)
    elif cursor.accept_word("SEQUENCE"):
        schema_ddl.drop_sequence(ddl)
    elif cursor.accept_words("PUBLIC", "SYNONYM"):
        schema_ddl.drop_synonym(ddl, public=True)
    elif cursor.accept_word("SYNONYM"):
        schema_ddl.drop_synonym(ddl, public=False)
    elif cursor.accept_word("INDEX"):
        schema_ddl.drop_index(ddl)
    elif cursor.accept_word("DIRECTORY"):
        schema_ddl.drop_directory(ddl)
    elif kind := cursor.accept_word("TYPE", *named_objects.OPAQUE):
        named_objects.drop_named(ddl, kind)
    elif cursor.accept_words("MATERIALIZED", "VIEW"):
        materialized_views.drop_materialized_view(ddl)
    elif cursor.accept_word("EDITION"):
        named_objects.drop_edition(ddl)
    else:
        _unknown(ddl, 950, "invalid DROP option")
