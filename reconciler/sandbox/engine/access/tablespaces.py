"""CREATE and DROP TABLESPACE, as far as users and quotas need them: names and kinds, no files."""

from __future__ import annotations

from reconciler.sandbox.engine.access.checks import require_system_privilege
from reconciler.sandbox.engine.access.errors import error
from reconciler.sandbox.engine.access.scope import atomic
from reconciler.sandbox.engine.access.syntax import Cursor
from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.seam import OracleError

_SYSTEM = frozenset({"SYSTEM", "SYSAUX"})
_MAX_NAME_BYTES = 30
_OPTIONS_TEXT = (
    "DATAFILE TEMPFILE SIZE AUTOEXTEND ON OFF NEXT MAXSIZE UNLIMITED EXTENT MANAGEMENT LOCAL DICTIONARY AUTOALLOCATE UNIFORM SEGMENT"
    " SPACE AUTO MANUAL LOGGING NOLOGGING FORCE ONLINE OFFLINE BLOCKSIZE REUSE DEFAULT COMPRESS NOCOMPRESS STORAGE RETENTION GUARANTEE"
    " NOGUARANTEE GROUP ENCRYPTION USING ENCRYPT FLASHBACK K M G T"
)
_OPTIONS = frozenset(_OPTIONS_TEXT.split())


def handles(cursor: Cursor) -> bool:
    """Whether the statement creates, alters or drops a tablespace."""
    if not cursor.at_any("CREATE", "ALTER", "DROP"):
        return False
    ahead = 1
    while cursor.peek(ahead).is_word("BIGFILE", "SMALLFILE", "TEMPORARY", "UNDO"):
        ahead += 1
    return cursor.peek(ahead).is_word("TABLESPACE")


def parse_and_run(session: SessionView, cursor: Cursor) -> None:
    """Executes the statement, all or nothing."""
    verb = cursor.advance().value
    contents = "PERMANENT"
    while not cursor.accept("TABLESPACE"):
        word = cursor.advance().value
        contents = word if word in ("TEMPORARY", "UNDO") else contents
    if_clause = cursor.if_exists(*(("NOT", "EXISTS") if verb == "CREATE" else ("EXISTS",)))
    name = cursor.name(2216)
    if len(name.encode()) > _MAX_NAME_BYTES:
        raise cursor.fail(972, name)
    if verb == "CREATE":
        _skip_options(cursor)
        session.commit()
        _create(session, name, contents, if_clause=if_clause)
    elif verb == "DROP":
        if cursor.accept("INCLUDING"):
            cursor.expect("CONTENTS")
            if cursor.accept("AND"):
                cursor.expect("DATAFILES")
            if cursor.accept("CASCADE"):
                cursor.expect("CONSTRAINTS")
        cursor.end()
        session.commit()
        _drop(session, name, if_clause=if_clause)
    else:
        raise OracleError(3001, "unimplemented feature")


def _skip_options(cursor: Cursor) -> None:
    """Files and storage have no meaning here; words that no CREATE TABLESPACE has are refused."""
    while not cursor.at_end:
        if cursor.token.is_symbol(";"):
            cursor.end()
        token = cursor.advance()
        if token.is_identifier and token.value not in _OPTIONS:
            raise OracleError(2180, "invalid option for CREATE TABLESPACE")


def _row(session: SessionView, name: str) -> str | None:
    row = session.container.catalog.execute(
        "SELECT contents FROM tablespaces WHERE name = ?", (name,)
    ).fetchone()
    return None if row is None else str(row[0])


def _create(session: SessionView, name: str, contents: str, *, if_clause: bool) -> None:
    require_system_privilege(session, "CREATE TABLESPACE")
    if _row(session, name) is not None:
        if if_clause:
            return
        raise error(session.instance.release, 1543, name)
    with atomic((session.container,)):
        session.container.catalog.execute("INSERT INTO tablespaces VALUES (?, ?)", (name, contents))


def _drop(session: SessionView, name: str, *, if_clause: bool) -> None:
    release = session.instance.release
    require_system_privilege(session, "DROP TABLESPACE")
    if _row(session, name) is None:
        if if_clause:
            return
        raise error(release, 959, name)
    if name in _SYSTEM:
        raise error(release, 1550)
    if name == "USERS":
        raise OracleError(12919, "Can not drop the default permanent tablespace")
    if name == "TEMP":
        raise OracleError(12906, "cannot drop default temporary tablespace")
    with atomic((session.container,)):
        session.container.catalog.execute("DELETE FROM tablespaces WHERE name = ?", (name,))
        session.container.catalog.execute("DELETE FROM quotas WHERE tablespace = ?", (name,))
