"""CREATE, ALTER and DROP ROLE, and SET ROLE."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from reconciler.sandbox import verifier
from reconciler.sandbox.engine.access import principals
from reconciler.sandbox.engine.access.checks import has_system_privilege, require_system_privilege
from reconciler.sandbox.engine.access.drop_user import forget_principal
from reconciler.sandbox.engine.access.errors import error
from reconciler.sandbox.engine.access.scope import (
    atomic,
    change_scope,
    creation_scope,
    everywhere,
    here,
    oracle_script,
)
from reconciler.sandbox.engine.access.syntax import Cursor, QualifiedName
from reconciler.sandbox.engine.access.system_grants import grant_role
from reconciler.sandbox.engine.context import SessionView


@dataclass(frozen=True, slots=True)
class RoleStatement:
    """CREATE, ALTER or DROP ROLE. `authentication` is NONE, PASSWORD, APPLICATION, EXTERNAL or GLOBAL."""

    verb: str
    name: str
    authentication: str | None = None
    password: str | None = None
    package: QualifiedName | None = None
    container: str | None = None
    if_clause: bool = False


def parse(cursor: Cursor) -> RoleStatement:
    """Reads a statement that begins with CREATE ROLE, ALTER ROLE or DROP ROLE."""
    verb = cursor.advance().value
    cursor.expect("ROLE")
    if_clause = cursor.if_exists(*(("NOT", "EXISTS") if verb == "CREATE" else ("EXISTS",)))
    name = cursor.name(1937)
    if verb == "DROP":
        cursor.end()
        return RoleStatement(verb, name, if_clause=if_clause)
    authentication, password, package = _authentication(cursor)
    if authentication is None and verb == "ALTER":
        raise cursor.fail(922)
    container = cursor.container_clause()
    if not cursor.at_end and cursor.token.is_identifier:
        raise cursor.fail(922)
    cursor.end()
    return RoleStatement(verb, name, authentication, password, package, container, if_clause)


def _authentication(cursor: Cursor) -> tuple[str | None, str | None, QualifiedName | None]:
    if cursor.accept("NOT"):
        cursor.expect("IDENTIFIED", code=922)
        return "NONE", None, None
    if not cursor.accept("IDENTIFIED"):
        return None, None, None
    if cursor.accept("EXTERNALLY"):
        return "EXTERNAL", None, None
    if cursor.accept("GLOBALLY"):
        if cursor.accept("AS"):
            cursor.string(922)
        return "GLOBAL", None, None
    if cursor.accept("USING"):
        return "APPLICATION", None, cursor.qualified_name(922)
    cursor.expect("BY", code=924)
    return "PASSWORD", cursor.password(), None


def run(session: SessionView, statement: RoleStatement) -> None:
    """Executes a parsed statement, all or nothing."""
    {"CREATE": _create, "ALTER": _alter, "DROP": _drop}[statement.verb](session, statement)


def _create(session: SessionView, statement: RoleStatement) -> None:
    release, name = session.instance.release, statement.name
    require_system_privilege(session, "CREATE ROLE")
    scope = creation_scope(session, statement.container, name)
    kind = principals.kind_of(session.container.catalog, name)
    if kind is not None:
        if statement.if_clause and kind == "ROLE":
            return
        raise error(release, 1921, name)
    with atomic(scope.containers):
        for container in scope.containers:
            container.catalog.execute(
                "INSERT INTO roles (role_id, name, common, oracle_maintained) VALUES (?, ?, ?, ?)",
                (
                    principals.next_id(container.catalog), name, int(scope.common),
                    int(scope.common and oracle_script(session)),
                ),
            )  # fmt: skip
            if statement.authentication != "GLOBAL":
                grant_role(container, session.current_user, name, scope, admin=1)
        for container in scope.containers:
            _set_authentication(session, container.catalog, statement)


def _set_authentication(
    session: SessionView, catalog: sqlite3.Connection, statement: RoleStatement
) -> None:
    if statement.authentication is None:
        return
    package = statement.package
    schema = None if package is None else package.owner or session.current_schema
    packed = None
    if statement.password is not None:
        packed = verifier.pack(verifier.make(statement.password))
    catalog.execute(
        "UPDATE roles SET authentication = ?, verifier = ?, package_schema = ?, package_name = ? WHERE name = ?",
        (
            statement.authentication, packed, schema, package.name if package else None,
            statement.name,
        ),
    )  # fmt: skip


def _require_power(session: SessionView, role: str, any_privilege: str) -> None:
    """ADMIN OPTION on the role, or the ANY privilege."""
    if has_system_privilege(session, any_privilege):
        return
    row = session.container.catalog.execute(
        "SELECT max(admin) FROM role_grants WHERE grantee = ? AND role = ?",
        (session.current_user, role),
    ).fetchone()
    if not row[0]:
        raise error(session.instance.release, 1031)


def _alter(session: SessionView, statement: RoleStatement) -> None:
    release, name, catalog = session.instance.release, statement.name, session.container.catalog
    row = catalog.execute("SELECT common FROM roles WHERE name = ?", (name,)).fetchone()
    if row is None:
        if statement.if_clause:
            return
        raise error(release, 1919, name)
    _require_power(session, name, "ALTER ANY ROLE")
    scope = change_scope(session, statement.container, common=bool(row[0]))
    if row[0] and not scope.common:
        raise error(release, 65066)
    if statement.authentication != "NONE" and _granted_to_role(session, name):
        raise error(release, 28404)
    with atomic(scope.containers):
        for container in scope.containers:
            _set_authentication(session, container.catalog, statement)


def _granted_to_role(session: SessionView, name: str) -> bool:
    row = session.container.catalog.execute(
        "SELECT 1 FROM role_grants g JOIN roles r ON r.name = g.grantee WHERE g.role = ? LIMIT 1",
        (name,),
    ).fetchone()
    return row is not None


def _drop(session: SessionView, statement: RoleStatement) -> None:
    release, name, catalog = session.instance.release, statement.name, session.container.catalog
    row = catalog.execute(
        "SELECT common, oracle_maintained FROM roles WHERE name = ?", (name,)
    ).fetchone()
    if row is None:
        if statement.if_clause:
            return
        raise error(release, 1919, name)
    _require_power(session, name, "DROP ANY ROLE")
    common, maintained = row
    if maintained and not oracle_script(session):
        raise error(release, 28014)
    if common and not session.container.is_root:
        raise error(release, 65066)
    scope = everywhere(session) if common else here(session)
    with atomic(scope.containers):
        for container in scope.containers:
            forget_principal(container.catalog, name)
            for table in ("role_grants", "user_default_roles", "proxy_roles", "code_role_grants"):
                container.catalog.execute(f"DELETE FROM {table} WHERE role = ?", (name,))
            container.catalog.execute("DELETE FROM roles WHERE name = ?", (name,))


def parse_and_set(session: SessionView, cursor: Cursor) -> None:
    """SET ROLE: replaces the enabled roles of the session."""
    cursor.expect("SET")
    cursor.expect("ROLE")
    if session.current_user != session.user:
        raise error(session.instance.release, 6565, "SET ROLE")
    if cursor.accept("NONE"):
        wanted: set[str] = set()
    elif cursor.accept("ALL"):
        excluded = cursor.list_of(lambda: cursor.name(1937)) if cursor.accept("EXCEPT") else ()
        wanted = _all_roles(session, excluded)
    else:
        wanted = _listed_roles(session, cursor)
    cursor.end()
    catalog = session.container.catalog
    enabled = principals.closure(catalog, wanted)
    if principals.counted_roles(catalog, enabled) > principals.MAX_ENABLED_ROLES:
        raise error(session.instance.release, 28031, str(principals.MAX_ENABLED_ROLES))
    session.set_roles(enabled)


def _usable(session: SessionView) -> set[str]:
    catalog = session.container.catalog
    return principals.granted_roles(catalog, session.user) | principals.granted_roles(
        catalog, principals.PUBLIC
    )


def _all_roles(session: SessionView, excluded: tuple[str, ...]) -> set[str]:
    usable = _usable(session)
    for role in excluded:
        if role not in usable:
            raise error(session.instance.release, 1924, role)
    return principals.without_secret(session.container.catalog, usable - set(excluded))


def _listed_roles(session: SessionView, cursor: Cursor) -> set[str]:
    wanted: set[str] = set()
    while True:
        role = cursor.name(1937)
        password = None
        if cursor.accept("IDENTIFIED"):
            cursor.expect("BY", code=924)
            password = cursor.password()
        _check_enable(session, role, password)
        wanted.add(role)
        if not cursor.accept_symbol(","):
            return wanted


def _check_enable(session: SessionView, role: str, password: str | None) -> None:
    release = session.instance.release
    row = session.container.catalog.execute(
        "SELECT authentication, verifier FROM roles WHERE name = ?", (role,)
    ).fetchone()
    if row is None or (row[0] != "APPLICATION" and role not in _usable(session)):
        raise error(release, 1924, role)
    if row[0] in ("APPLICATION", "EXTERNAL", "GLOBAL"):
        raise error(release, 28201, role)
    if row[0] == "PASSWORD" and (
        password is None or not verifier.matches(verifier.unpack(row[1]), password)
    ):
        raise error(release, 1979, role)
