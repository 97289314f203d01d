"""Small temporary tables that give views what is not in the catalog: the session, its roles, all sessions, the instance.

A feed is refreshed when a view that needs it is attached, and written only if it changed, so that attaching is cheap for the same session.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.dictionary import instance_rows
from reconciler.sandbox.engine.dictionary.definition import FEED_PREFIX

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    name: str
    columns: str
    rows: Callable[[SessionView], Sequence[Row]]


def _context(session: SessionView) -> Sequence[Row]:
    everything = session.is_sysdba or session.current_user == "SYS"
    container = session.container
    con_id = instance_rows.container_ids(session.instance)[container.name]
    user = session.current_user
    return [
        (
            user,
            session.user,
            session.current_schema,
            container.is_root,
            everything,
            container.name,
            con_id,
        )
    ]


def _roles(session: SessionView) -> Sequence[Row]:
    return [(role,) for role in sorted(session.roles)]


def _grantees(session: SessionView) -> Sequence[Row]:
    return [(name,) for name in sorted({*session.roles, session.current_user, "PUBLIC"})]


FEEDS: Mapping[str, Feed] = {
    feed.name: feed
    for feed in (
        Feed(
            "context",
            '"user", session_user, schema, is_root, everything, container, con_id',
            _context,
        ),
        Feed("roles", "name PRIMARY KEY", _roles),
        Feed("grantees", "name PRIMARY KEY", _grantees),
        Feed("sessions", instance_rows.SESSION_COLUMNS, instance_rows.sessions),
        Feed("instance", instance_rows.INSTANCE_COLUMNS, instance_rows.instance),
        Feed("containers", instance_rows.CONTAINER_COLUMNS, instance_rows.containers),
        Feed("parameters", instance_rows.PARAMETER_COLUMNS, instance_rows.parameters),
        Feed("nls", "scope, name, value", instance_rows.nls),
    )
}

# Views that only other views read. Roles held through roles, whatever is enabled: what ROLE_* views show.
HELPERS: Mapping[str, str] = {
    "held_roles": """
        WITH RECURSIVE held(name) AS (
            SELECT role FROM cat.role_grants WHERE grantee IN (SELECT name FROM temp."feed$grantees")
            UNION SELECT g.role FROM cat.role_grants g JOIN held h ON g.grantee = h.name)
        SELECT name FROM held UNION SELECT name FROM temp."feed$roles"
        UNION SELECT name FROM cat.roles WHERE (SELECT everything FROM temp."feed$context")""",
    "session_privs": """
        SELECT DISTINCT g.privilege AS name FROM cat.system_grants g WHERE g.grantee IN (SELECT name FROM temp."feed$grantees")
        UNION SELECT m.name FROM cat.system_privilege_map m WHERE (SELECT everything FROM temp."feed$context")""",
    "reach": """
        SELECT DISTINCT t.column2 AS type, '%' AS schema FROM temp."feed$any" t
            JOIN cat.system_grants g ON g.privilege = t.column1 WHERE g.grantee IN (SELECT name FROM temp."feed$grantees")
        UNION SELECT DISTINCT t.column2, g.schema FROM temp."feed$any" t
            JOIN cat.schema_grants g ON g.privilege = t.column1 WHERE g.grantee IN (SELECT name FROM temp."feed$grantees")""",
    "any": """
        VALUES ('SELECT ANY TABLE', 'TABLE'), ('SELECT ANY TABLE', 'VIEW'), ('READ ANY TABLE', 'TABLE'), ('READ ANY TABLE', 'VIEW'),
        ('INSERT ANY TABLE', 'TABLE'), ('INSERT ANY TABLE', 'VIEW'), ('UPDATE ANY TABLE', 'TABLE'), ('UPDATE ANY TABLE', 'VIEW'),
        ('DELETE ANY TABLE', 'TABLE'), ('DELETE ANY TABLE', 'VIEW'), ('ALTER ANY TABLE', 'TABLE'), ('DROP ANY TABLE', 'TABLE'),
        ('LOCK ANY TABLE', 'TABLE'), ('EXECUTE ANY PROCEDURE', 'PROCEDURE'), ('EXECUTE ANY PROCEDURE', 'FUNCTION'),
        ('EXECUTE ANY PROCEDURE', 'PACKAGE'), ('CREATE ANY PROCEDURE', 'PROCEDURE'), ('CREATE ANY PROCEDURE', 'FUNCTION'),
        ('CREATE ANY PROCEDURE', 'PACKAGE'), ('SELECT ANY SEQUENCE', 'SEQUENCE'), ('ALTER ANY SEQUENCE', 'SEQUENCE'),
        ('EXECUTE ANY TYPE', 'TYPE'), ('CREATE ANY DIRECTORY', 'DIRECTORY'), ('DROP ANY DIRECTORY', 'DIRECTORY')""",
    "visible": """
        SELECT object_id FROM cat.objects WHERE owner IN ((SELECT "user" FROM temp."feed$context"), 'PUBLIC')
        UNION SELECT object_id FROM cat.object_grants WHERE grantee IN (SELECT name FROM temp."feed$grantees")
        UNION SELECT object_id FROM cat.column_grants WHERE grantee IN (SELECT name FROM temp."feed$grantees")
        UNION SELECT o.object_id FROM cat.objects o JOIN temp."feed$reach" r ON r.type = o.type AND r.schema IN ('%', o.owner)
            WHERE o.owner <> 'SYS'
        UNION SELECT object_id FROM cat.objects WHERE (SELECT everything FROM temp."feed$context")
            OR EXISTS (SELECT 1 FROM cat.system_grants WHERE privilege = 'SELECT ANY DICTIONARY'
                AND grantee IN (SELECT name FROM temp."feed$grantees"))""",
}


def refresh(session: SessionView, connection: sqlite3.Connection, names: Iterable[str]) -> None:
    """Brings the named feeds up to date on this connection."""
    for name in names:
        feed = FEEDS[name]
        table = f'temp."{FEED_PREFIX}{name}"'
        connection.execute(f"CREATE TABLE IF NOT EXISTS {table} ({feed.columns})")
        rows = [tuple(row) for row in feed.rows(session)]
        if connection.execute(f"SELECT * FROM {table}").fetchall() != rows:
            connection.execute(f"DELETE FROM {table}")
            marks = ", ".join("?" * len(rows[0])) if rows else ""
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
