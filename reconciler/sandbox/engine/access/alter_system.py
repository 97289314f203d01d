"""ALTER SYSTEM."""

from __future__ import annotations

import re
import sqlite3

from reconciler.sandbox.engine.access.checks import require_system_privilege
from reconciler.sandbox.engine.access.syntax import Cursor
from reconciler.sandbox.engine.context import Container, SessionView
from reconciler.sandbox.engine.sql.lexer import TokenKind
from reconciler.sandbox.seam import OracleError, Release

_SESSION_ID = re.compile(r"\s*(\d+)\s*,\s*(\d+)\s*(?:,\s*@\s*(\d+)\s*)?")
_THIS_INSTANCE = 1
_WITHOUT_EFFECT = (
    "FLUSH SHARED_POOL",
    "FLUSH BUFFER_CACHE",
    "FLUSH PASSWORDFILE_METADATA_CACHE",
    "CHECKPOINT",
    "REGISTER",
    "SWITCH LOGFILE",
)
_BOOLEANS = frozenset(
    {
        "resource_limit",
        "deferred_segment_creation",
        "os_roles",
        "remote_os_roles",
        "sec_case_sensitive_logon",
        "sql92_security",
    }
)
_NUMBERS = frozenset(
    {
        "ddl_lock_timeout", "job_queue_processes", "license_max_sessions", "max_idle_blocker_time", "max_idle_time", "open_cursors",
        "sec_max_failed_login_attempts",
    }
)  # fmt: skip
_STATIC = frozenset(
    {
        "audit_trail", "common_user_prefix", "compatible", "db_name", "enable_pluggable_database", "os_authent_prefix", "os_roles",
        "processes", "remote_login_passwordfile", "remote_os_roles", "sessions",
    }
)  # fmt: skip


def parse_and_run(session: SessionView, cursor: Cursor) -> None:
    """Executes the statement."""
    cursor.expect("ALTER")
    cursor.expect("SYSTEM")
    if cursor.accept("KILL", "SESSION"):
        _kill(session, cursor)
    elif cursor.accept("DISCONNECT", "SESSION"):
        _disconnect(session, cursor)
    elif cursor.accept("CANCEL", "SQL"):
        _cancel(session, cursor)
    elif cursor.accept("SET"):
        _set(session, cursor)
    elif cursor.at("RESET"):
        raise OracleError(3001, "unimplemented feature")
    elif cursor.at("ENABLE", "RESTRICTED") or cursor.at("DISABLE", "RESTRICTED"):
        _restrict(session, cursor)
    else:
        _without_effect(session, cursor)


def _without_effect(session: SessionView, cursor: Cursor) -> None:
    for command in _WITHOUT_EFFECT:
        if cursor.accept(*command.split()):
            cursor.end()
            require_system_privilege(session, "ALTER SYSTEM")
            return
    raise OracleError(2065, "illegal option for ALTER SYSTEM")


def _session_id(cursor: Cursor) -> tuple[int, int]:
    match = (
        _SESSION_ID.fullmatch(cursor.string(26)) if cursor.token.kind is TokenKind.STRING else None
    )
    if match is None or int(match[3] or _THIS_INSTANCE) != _THIS_INSTANCE:
        raise OracleError(26, "missing or invalid session ID")
    return int(match[1]), int(match[2])


def _kill(session: SessionView, cursor: Cursor) -> None:
    sid, serial = _session_id(cursor)
    immediate = False
    while not cursor.at_end:
        newer = session.instance.release >= Release.R23
        if cursor.accept("IMMEDIATE") or (newer and cursor.accept("FORCE")):
            immediate = True
        elif newer and cursor.accept("TIMEOUT"):
            if cursor.advance().kind is not TokenKind.NUMBER:
                raise cursor.fail(922)
        elif not cursor.accept("NOREPLAY"):
            cursor.end()
    require_system_privilege(session, "ALTER SYSTEM")
    session.instance.kill_session(sid, serial, immediate=immediate, by=session)


def _disconnect(session: SessionView, cursor: Cursor) -> None:
    sid, serial = _session_id(cursor)
    immediate = cursor.accept("IMMEDIATE")
    if not immediate and not cursor.accept("POST_TRANSACTION"):
        raise cursor.fail(905)
    immediate = cursor.accept("IMMEDIATE") or immediate
    cursor.accept("NOREPLAY")
    cursor.end()
    require_system_privilege(session, "ALTER SYSTEM")
    if immediate:
        session.instance.kill_session(sid, serial, immediate=True, by=session)
    else:
        session.instance.disconnect_session(sid, serial, by=session)


def _cancel(session: SessionView, cursor: Cursor) -> None:
    """CANCEL SQL 'sid, serial#[, @inst][, sql_id]': the running statement ends with ORA-01013, the session stays (18c and later)."""
    if cursor.token.kind is not TokenKind.STRING:
        raise OracleError(26, "missing or invalid session ID")
    parts = [part.strip() for part in cursor.advance().value.split(",")]
    match = _SESSION_ID.fullmatch(",".join(parts[: 3 if parts[2:3] and parts[2][:1] == "@" else 2]))
    cursor.end()
    if match is None or int(match[3] or _THIS_INSTANCE) != _THIS_INSTANCE:
        raise OracleError(26, "missing or invalid session ID")
    require_system_privilege(session, "ALTER SYSTEM")
    session.instance.cancel_statement(int(match[1]), int(match[2]), by=session)


def _restrict(session: SessionView, cursor: Cursor) -> None:
    restricted = cursor.advance().value == "ENABLE"
    cursor.expect("RESTRICTED")
    cursor.expect("SESSION")
    cursor.end()
    require_system_privilege(session, "ALTER SYSTEM", "RESTRICTED SESSION")
    session.container.catalog.execute(
        "INSERT OR REPLACE INTO settings VALUES ('restricted_session', ?)", (str(int(restricted)),)
    )


def is_restricted(catalog: sqlite3.Connection) -> bool:
    """Whether only holders of RESTRICTED SESSION may log on."""
    row = catalog.execute("SELECT value FROM settings WHERE name = 'restricted_session'").fetchone()
    return row is not None and row[0] == "1"


def _set(session: SessionView, cursor: Cursor) -> None:
    assignments: list[tuple[str, str]] = []
    scope = "BOTH"
    while not cursor.at_end:
        if cursor.accept("SCOPE"):
            cursor.expect_symbol("=", 927)
            scope = cursor.advance().value
        elif cursor.at_any("COMMENT", "SID", "CONTAINER") and cursor.peek().is_symbol("="):
            cursor.advance()
            cursor.advance()
            cursor.advance()
        elif cursor.accept("DEFERRED"):
            continue
        else:
            assignments.append(_assignment(cursor))
            cursor.accept_symbol(",")
    if not assignments or scope not in ("BOTH", "MEMORY", "SPFILE"):
        raise OracleError(2065, "illegal option for ALTER SYSTEM")
    require_system_privilege(session, "ALTER SYSTEM")
    checked = [(name, _checked(session, name, value, scope)) for name, value in assignments]
    if scope == "SPFILE":
        return
    for container in _affected(session):
        container.catalog.executemany(
            "UPDATE parameters SET value = ? WHERE name = ?",
            [(value, name) for name, value in checked],
        )
    session.instance.jobs_changed()


def _assignment(cursor: Cursor) -> tuple[str, str]:
    if not cursor.token.is_identifier:
        cursor.end()
    name = cursor.advance().value.lower()
    cursor.expect_symbol("=", 927)
    value = cursor.token
    if value.kind not in (TokenKind.WORD, TokenKind.QUOTED, TokenKind.STRING, TokenKind.NUMBER):
        raise cursor.fail(922)
    cursor.advance()
    return name, value.value


def _checked(session: SessionView, name: str, value: str, scope: str) -> str:
    known = session.container.catalog.execute("SELECT 1 FROM parameters WHERE name = ?", (name,))
    if known.fetchone() is None:
        raise OracleError(2065, "illegal option for ALTER SYSTEM")
    if name in _STATIC and scope != "SPFILE":
        raise OracleError(2095, "specified initialization parameter cannot be modified")
    if name in _BOOLEANS:
        if value.upper() not in ("TRUE", "FALSE"):
            raise OracleError(922, "missing or invalid option")
        return value.upper()
    if name in _NUMBERS and not value.isdigit():
        raise OracleError(2097, "parameter cannot be modified because specified value is invalid")
    return value


def _affected(session: SessionView) -> tuple[Container, ...]:
    """A value set in the root holds in the pluggable databases too."""
    if not session.container.is_root:
        return (session.container,)
    others = [item for item in session.instance.containers.values() if not item.is_root]
    return (session.container, *others)
