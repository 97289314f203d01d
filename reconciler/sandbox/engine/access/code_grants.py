"""GRANT and REVOKE of roles to program units (code based access control)."""

from __future__ import annotations

import sqlite3

from reconciler.sandbox.engine.access import principals
from reconciler.sandbox.engine.access.checks import ObjectRow, find_object
from reconciler.sandbox.engine.access.errors import error
from reconciler.sandbox.engine.access.grant_syntax import CodeUnit, GrantStatement
from reconciler.sandbox.engine.access.scope import atomic
from reconciler.sandbox.engine.context import SessionView


def run(session: SessionView, statement: GrantStatement) -> None:
    """Executes a parsed statement whose grantees are program units, all or nothing."""
    release, catalog = session.instance.release, session.container.catalog
    if statement.target is not None:
        raise error(release, 991)
    roles = [item.name for item in statement.items]
    for role in roles:
        if not principals.role_exists(catalog, role):
            raise error(release, 1919, role)
    with atomic((session.container,)):
        for unit in statement.units:
            row = _unit(session, unit)
            for role in roles:
                _check_owner_holds(session, row, role)
                _apply(session, statement, row, role)


def roles_of(catalog: sqlite3.Connection, owner: str, name: str) -> frozenset[str]:
    """The roles that a unit runs with besides those of its owner or caller, roles in them included."""
    rows = catalog.execute(
        "SELECT g.role FROM code_role_grants g JOIN objects o ON o.object_id = g.object_id WHERE o.owner = ? AND o.name = ?",
        (owner, name),
    ).fetchall()
    return principals.closure(catalog, {row[0] for row in rows}) if rows else frozenset()


def _unit(session: SessionView, unit: CodeUnit) -> ObjectRow:
    owner = unit.name.owner or session.current_schema
    row = find_object(session.container.catalog, owner, unit.name.name)
    if row is None or row.type != unit.type:
        raise error(session.instance.release, 4042)
    if session.current_user not in (row.owner, "SYS"):
        raise error(session.instance.release, 1031)
    return row


def _check_owner_holds(session: SessionView, row: ObjectRow, role: str) -> None:
    if row.owner != "SYS" and role not in principals.granted_roles(
        session.container.catalog, row.owner
    ):
        raise error(session.instance.release, 28704, role)


def _apply(session: SessionView, statement: GrantStatement, row: ObjectRow, role: str) -> None:
    catalog = session.container.catalog
    if not statement.revoke:
        catalog.execute(
            "INSERT OR IGNORE INTO code_role_grants VALUES (?, ?)", (row.object_id, role)
        )
        return
    done = catalog.execute(
        "DELETE FROM code_role_grants WHERE object_id = ? AND role = ?", (row.object_id, role)
    )
    if not done.rowcount:
        raise error(session.instance.release, 1951, role, f"{row.owner}.{row.name}")
