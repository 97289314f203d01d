"""DROP USER: who may, what blocks it, and everything that goes with a user."""

from __future__ import annotations

import sqlite3

from reconciler.sandbox.engine.access import cascade
from reconciler.sandbox.engine.access.checks import require_system_privilege
from reconciler.sandbox.engine.access.errors import error
from reconciler.sandbox.engine.access.scope import atomic, everywhere, here, oracle_script
from reconciler.sandbox.engine.access.user_syntax import UserStatement
from reconciler.sandbox.engine.context import Container, SessionView


def drop(session: SessionView, statement: UserStatement) -> None:
    """DROP USER, all or nothing."""
    release, name = session.instance.release, statement.name
    require_system_privilege(session, "DROP USER")
    row = session.container.catalog.execute(
        "SELECT common, oracle_maintained FROM users WHERE name = ?", (name,)
    ).fetchone()
    if row is None:
        if statement.if_clause:
            return
        raise error(release, 1918, name)
    common, maintained = row
    if maintained and not oracle_script(session):
        raise error(release, 28014)
    if common and not session.container.is_root:
        raise error(release, 65066)
    scope = everywhere(session) if common else here(session)
    _check_not_connected(session, scope.containers, name)
    if not statement.cascade and any(
        _owns_something(item.catalog, name) for item in scope.containers
    ):
        raise error(release, 1922, name)
    with atomic(scope.containers):
        for container in scope.containers:
            _forget_objects(container.catalog, name)
            forget_principal(container.catalog, name)
            _forget_user(container.catalog, name)
    session.instance.jobs_changed()


def _check_not_connected(
    session: SessionView, containers: tuple[Container, ...], name: str
) -> None:
    names = {container.name for container in containers}
    for other in session.instance.sessions():
        if name in (other.user, other.proxy_user) and other.container.name in names:
            raise error(session.instance.release, 1940)


def _owns_something(catalog: sqlite3.Connection, name: str) -> bool:
    owned = catalog.execute("SELECT 1 FROM objects WHERE owner = ? LIMIT 1", (name,)).fetchone()
    jobs = catalog.execute("SELECT 1 FROM jobs WHERE owner = ? LIMIT 1", (name,)).fetchone()
    return owned is not None or jobs is not None


def _forget_objects(catalog: sqlite3.Connection, name: str) -> None:
    mine = "IN (SELECT object_id FROM objects WHERE owner = ?)"
    catalog.execute(
        "UPDATE objects SET status = 'INVALID' WHERE owner <> ? AND type NOT IN ('TABLE', 'SYNONYM') AND object_id IN"
        f" (SELECT object_id FROM dependencies WHERE referenced_id {mine})",
        (name, name),
    )
    for table in ("object_grants", "column_grants", "columns", "dependencies", "code_role_grants"):
        catalog.execute(f"DELETE FROM {table} WHERE object_id {mine}", (name,))
    catalog.execute(f"DELETE FROM dependencies WHERE referenced_id {mine}", (name,))
    catalog.execute("DELETE FROM objects WHERE owner = ?", (name,))
    catalog.execute("DELETE FROM jobs WHERE owner = ?", (name,))


def forget_principal(catalog: sqlite3.Connection, name: str) -> None:
    """Deletes all grants to a user or role, and object grants that hung on them."""
    touched = catalog.execute(
        "SELECT g.object_id, iif(o.type = 'USER', o.name, o.owner) FROM"
        " (SELECT object_id FROM object_grants WHERE :name IN (grantee, grantor)"
        " UNION SELECT object_id FROM column_grants WHERE :name IN (grantee, grantor)) g"
        " JOIN objects o ON o.object_id = g.object_id",
        {"name": name},
    ).fetchall()
    for table in ("object_grants", "column_grants"):
        catalog.execute(f"DELETE FROM {table} WHERE ? IN (grantee, grantor)", (name,))
    for object_id, owner in touched:
        cascade.delete_unsupported(catalog, object_id, owner)
    for table in ("system_grants", "role_grants", "schema_grants", "administrative_grants"):
        catalog.execute(f"DELETE FROM {table} WHERE grantee = ?", (name,))


def _forget_user(catalog: sqlite3.Connection, name: str) -> None:
    catalog.execute("DELETE FROM schema_grants WHERE schema = ?", (name,))
    catalog.execute(
        "DELETE FROM object_grants WHERE object_id IN"
        " (SELECT object_id FROM objects WHERE owner = 'SYS' AND name = ? AND namespace = 50)",
        (name,),
    )
    catalog.execute(
        "DELETE FROM objects WHERE owner = 'SYS' AND name = ? AND namespace = 50", (name,)
    )
    for table in ("proxies", "proxy_roles"):
        catalog.execute(f"DELETE FROM {table} WHERE ? IN (client, proxy)", (name,))
    for table in ("user_default_roles", "quotas", "password_history"):
        catalog.execute(f"DELETE FROM {table} WHERE user_name = ?", (name,))
    catalog.execute(
        "DELETE FROM audit_enabled WHERE entity = ? AND option <> 'BY GRANTED ROLE'", (name,)
    )
    catalog.execute("DELETE FROM users WHERE name = ?", (name,))
