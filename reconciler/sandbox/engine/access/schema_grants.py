"""GRANT and REVOKE ... ON SCHEMA (release 23 and later)."""

from __future__ import annotations

from reconciler.sandbox.engine.access import principals
from reconciler.sandbox.engine.access.checks import has_system_privilege
from reconciler.sandbox.engine.access.errors import error
from reconciler.sandbox.engine.access.grant_syntax import ALL, GrantStatement
from reconciler.sandbox.engine.access.scope import Scope, atomic, grant_scope
from reconciler.sandbox.engine.access.syntax import first_duplicate
from reconciler.sandbox.engine.catalog.privileges import system_privileges
from reconciler.sandbox.engine.context import SessionView


def run(session: SessionView, statement: GrantStatement) -> None:
    """Executes a parsed statement with ON SCHEMA, all or nothing."""
    assert statement.target is not None
    release, catalog = session.instance.release, session.container.catalog
    schema = statement.target.names[0].name
    privileges = _privileges(session, statement)
    if not principals.user_exists(catalog, schema):
        raise error(release, 1918, schema)
    if schema == "SYS":
        raise error(release, 41905)
    if statement.option == "DELEGATE":
        raise error(release, 1939)
    scope = grant_scope(session, statement.container)
    _check_rights(session, privileges, schema)
    with atomic(scope.containers):
        for grantee in statement.grantees:
            if principals.kind_of(catalog, grantee) is None:
                raise error(release, 1917, grantee)
            if grantee == session.current_user:
                raise error(release, 1749)
            for privilege in privileges:
                if statement.revoke:
                    _revoke(session, scope, (grantee, privilege, schema))
                else:
                    _grant(scope, (grantee, privilege, schema), admin=statement.option == "ADMIN")


def _privileges(session: SessionView, statement: GrantStatement) -> tuple[str, ...]:
    release = session.instance.release
    allowed = [name for name, row in system_privileges(release).items() if row.on_schema]
    names = [item.name for item in statement.items]
    if names == [ALL]:
        return tuple(allowed)
    for item in statement.items:
        if item.quoted or item.name not in allowed:
            raise error(release, 990)
    if first_duplicate(names) is not None:
        raise error(release, 1711)
    return tuple(names)


def _check_rights(session: SessionView, privileges: tuple[str, ...], schema: str) -> None:
    if session.current_user == schema:
        return
    for powerful in ("GRANT ANY SCHEMA PRIVILEGE", "GRANT ANY PRIVILEGE"):
        if has_system_privilege(session, powerful):
            return
    holders = {session.current_user, principals.PUBLIC, *session.roles}
    for privilege in privileges:
        rows = session.container.catalog.execute(
            "SELECT grantee FROM schema_grants WHERE privilege = ? AND schema = ? AND admin = 1",
            (privilege, schema),
        )
        if holders.isdisjoint(row[0] for row in rows):
            raise error(session.instance.release, 1031)


def _grant(scope: Scope, key: tuple[str, str, str], *, admin: bool) -> None:
    for container in scope.containers:
        container.catalog.execute(
            "INSERT INTO schema_grants VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (grantee, privilege, schema)"
            " DO UPDATE SET admin = max(admin, excluded.admin)",
            (*key, int(admin), int(scope.common), scope.inherited(container)),
        )


def _revoke(session: SessionView, scope: Scope, key: tuple[str, str, str]) -> None:
    for container in scope.containers:
        done = container.catalog.execute(
            "DELETE FROM schema_grants WHERE grantee = ? AND privilege = ? AND schema = ? AND common = ?",
            (*key, int(scope.common)),
        )
        if not done.rowcount:
            raise error(session.instance.release, 25709, key[0])
