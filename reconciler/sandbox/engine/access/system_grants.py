"""GRANT and REVOKE of system privileges and roles."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.sandbox.engine.access import principals
from reconciler.sandbox.engine.access.checks import (
    all_powerful,
    has_system_privilege,
    require_system_privilege,
)
from reconciler.sandbox.engine.access.errors import error
from reconciler.sandbox.engine.access.grant_syntax import ALL, GrantStatement, Item
from reconciler.sandbox.engine.access.scope import Scope, atomic, grant_scope
from reconciler.sandbox.engine.access.syntax import first_duplicate
from reconciler.sandbox.engine.catalog.privileges import (
    ADMINISTRATIVE,
    NOT_FOR_ROLES,
    system_privileges,
)
from reconciler.sandbox.engine.context import Container, SessionView
from reconciler.sandbox.seam import OracleError


@dataclass(frozen=True, slots=True)
class _Items:
    """The list of a statement, sorted out: system privileges, roles, and whether it said ALL PRIVILEGES."""

    privileges: tuple[str, ...]
    roles: tuple[str, ...]
    everything: bool


def run(session: SessionView, statement: GrantStatement) -> None:
    """Executes a parsed statement without ON clause, all or nothing."""
    scope = grant_scope(session, statement.container)
    items = _sort_out(session, statement.items, revoke=statement.revoke)
    _check_rights(session, items)
    if statement.option == "DELEGATE" and items.privileges:
        raise error(session.instance.release, 1939)
    duplicate = first_duplicate(statement.grantees)
    if duplicate is not None:
        raise error(session.instance.release, 1700)
    with atomic(scope.containers):
        if statement.passwords:
            _set_passwords(session, statement)
        for grantee in statement.grantees:
            kind = _check_grantee(session, grantee)
            if statement.revoke:
                _revoke(session, scope, items, grantee)
            else:
                _check_grant(session, scope, items, grantee, kind)
                _grant(scope, items, grantee, kind, statement.option)


def _sort_out(session: SessionView, items: tuple[Item, ...], *, revoke: bool) -> _Items:
    known = system_privileges(session.instance.release)
    privileges: list[str] = []
    roles: list[str] = []
    everything = False
    for item in items:
        if item.name == ALL and not item.quoted:
            everything = True
            privileges += [name for name, row in known.items() if row.in_all_privileges]
        elif item.name in known and not item.quoted:
            privileges.append(item.name)
        else:
            _check_role_exists(session, item, revoke=revoke)
            roles.append(item.name)
    if first_duplicate([item.name for item in items]) is not None:
        raise error(session.instance.release, 1711)
    return _Items(tuple(dict.fromkeys(privileges)), tuple(roles), everything)


def _check_role_exists(session: SessionView, item: Item, *, revoke: bool) -> None:
    """Whoever may not grant any role does not learn whether this one exists. REVOKE ALL without PRIVILEGES looks for a role of that name,
    and says so differently.
    """
    if principals.role_exists(session.container.catalog, item.name):
        return
    revoke_all = revoke and item.name == "ALL" and not item.quoted
    known = has_system_privilege(session, "GRANT ANY ROLE") and not revoke_all
    raise error(session.instance.release, 1919 if known else 1924, item.name)


def _check_rights(session: SessionView, items: _Items) -> None:
    for role in items.roles:
        check_role_power(session, role)
    administrative = ADMINISTRATIVE.intersection(items.privileges)
    if administrative and not all_powerful(session):
        raise error(session.instance.release, 1031)
    ordinary = [name for name in items.privileges if name not in ADMINISTRATIVE]
    if not ordinary or has_system_privilege(session, "GRANT ANY PRIVILEGE"):
        return
    grantees = {session.current_user, principals.PUBLIC, *session.roles}
    for privilege in ordinary:
        rows = session.container.catalog.execute(
            "SELECT grantee FROM system_grants WHERE privilege = ? AND admin = 1", (privilege,)
        )
        if grantees.isdisjoint(row[0] for row in rows):
            raise error(session.instance.release, 1031)


def check_role_power(session: SessionView, role: str) -> None:
    """Raises unless the session may grant and revoke the role: GRANT ANY ROLE, or the role itself, directly, with ADMIN OPTION."""
    catalog, release = session.container.catalog, session.instance.release
    if has_system_privilege(session, "GRANT ANY ROLE"):
        return
    rows = catalog.execute(
        "SELECT admin FROM role_grants WHERE grantee = ? AND role = ?", (session.current_user, role)
    ).fetchall()
    if any(row[0] for row in rows):
        return
    raise error(release, 1932 if rows or role in session.roles else 1924, role)


def _set_passwords(session: SessionView, statement: GrantStatement) -> None:
    """GRANT ... IDENTIFIED BY makes users that are missing and resets the passwords of the others."""
    from reconciler.sandbox.engine.access import users

    for name, password in zip(statement.grantees, statement.passwords, strict=True):
        if principals.user_exists(session.container.catalog, name):
            if name == session.current_user:
                raise error(session.instance.release, 1749)
            users.alter_password(session, name, password)
        else:
            require_system_privilege(session, "CREATE USER")
            users.create_with_password(session, name, password)


def _check_grantee(session: SessionView, grantee: str) -> str:
    kind = principals.kind_of(session.container.catalog, grantee)
    if kind is None:
        raise error(session.instance.release, 1917, grantee)
    if grantee == session.current_user:
        raise error(session.instance.release, 1749)
    return kind


def _check_grant(
    session: SessionView, scope: Scope, items: _Items, grantee: str, kind: str
) -> None:
    release, catalog = session.instance.release, session.container.catalog
    if scope.common and not principals.is_common(catalog, grantee):
        raise error(release, 65030)
    if kind == "ROLE" and not items.everything:
        for privilege in items.privileges:
            if privilege in NOT_FOR_ROLES:
                raise error(release, 1931, privilege)
    if kind == "USER" and not {"KEEP DATE TIME", "KEEP SYSGUID"}.isdisjoint(items.privileges):
        row = catalog.execute(
            "SELECT oracle_maintained FROM users WHERE name = ?", (grantee,)
        ).fetchone()
        if row[0] and not items.everything:
            raise error(release, 28034, items.privileges[0])
    for role in items.roles:
        _check_role_grant(session, scope, role, grantee, kind)


def _check_role_grant(
    session: SessionView, scope: Scope, role: str, grantee: str, kind: str
) -> None:
    release, catalog = session.instance.release, session.container.catalog
    (authentication,) = catalog.execute(
        "SELECT authentication FROM roles WHERE name = ?", (role,)
    ).fetchone()
    if authentication == "GLOBAL":
        raise error(release, 28021)
    if scope.common and not principals.is_common(catalog, role):
        raise error(release, 65032)
    if kind != "ROLE":
        return
    if authentication != "NONE":
        raise OracleError(28405, "cannot grant secure role to a role")
    if grantee in principals.closure(catalog, (role,)):
        raise error(release, 1934)


def _grant(scope: Scope, items: _Items, grantee: str, kind: str, option: str | None) -> None:
    admin = int(option == "ADMIN")
    for container in scope.containers:
        inherited = scope.inherited(container)
        for privilege in items.privileges:
            if kind == "ROLE" and privilege in NOT_FOR_ROLES:
                continue
            grant_system(container, grantee, privilege, admin, scope, inherited)
        for role in items.roles:
            grant_role(
                container, grantee, role, scope, admin=admin, delegate=int(option == "DELEGATE")
            )
            if role == "DBA" and kind == "USER":
                grant_system(container, grantee, "UNLIMITED TABLESPACE", 0, scope, inherited)


def grant_system(
    container: Container, grantee: str, privilege: str, admin: int, scope: Scope, inherited: int
) -> None:
    """Adds the grant, or the option to an existing one; an option once held stays."""
    if privilege in ADMINISTRATIVE:
        container.catalog.execute(
            "INSERT OR IGNORE INTO administrative_grants VALUES (?, ?, ?)",
            (grantee, privilege, int(scope.common)),
        )
        return
    container.catalog.execute(
        "INSERT INTO system_grants VALUES (?, ?, ?, ?, ?) ON CONFLICT (grantee, privilege, common)"
        " DO UPDATE SET admin = max(admin, excluded.admin)",
        (grantee, privilege, admin, int(scope.common), inherited),
    )


def grant_role(
    container: Container, grantee: str, role: str, scope: Scope, *, admin: int, delegate: int = 0
) -> None:
    """Adds the grant, or the options to an existing one; an option once held stays."""
    container.catalog.execute(
        "INSERT INTO role_grants VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (grantee, role, common)"
        " DO UPDATE SET admin = max(admin, excluded.admin), delegate = max(delegate, excluded.delegate)",
        (grantee, role, admin, delegate, int(scope.common), scope.inherited(container)),
    )


def _revoke(session: SessionView, scope: Scope, items: _Items, grantee: str) -> None:
    is_role = principals.role_exists(session.container.catalog, grantee)
    for privilege in items.privileges:
        if not (items.everything and is_role and privilege in NOT_FOR_ROLES):
            _revoke_system(session, scope, privilege, grantee)
    for role in items.roles:
        _revoke_role(session, scope, role, grantee)


def _revoke_system(session: SessionView, scope: Scope, privilege: str, grantee: str) -> None:
    release, catalog = session.instance.release, session.container.catalog
    if privilege in ADMINISTRATIVE:
        _revoke_administrative(session, scope, privilege, grantee)
        return
    scopes = {
        row[0]
        for row in catalog.execute(
            "SELECT common FROM system_grants WHERE grantee = ? AND privilege = ?",
            (grantee, privilege),
        )
    }
    if not scopes:
        raise error(release, 1952, grantee)
    if int(scope.common) not in scopes:
        raise error(release, 65092, grantee)
    for container in scope.containers:
        container.catalog.execute(
            "DELETE FROM system_grants WHERE grantee = ? AND privilege = ? AND common = ?",
            (grantee, privilege, int(scope.common)),
        )


def _revoke_administrative(
    session: SessionView, scope: Scope, privilege: str, grantee: str
) -> None:
    if grantee == "SYS":
        raise error(session.instance.release, 1998)
    for container in scope.containers:
        done = container.catalog.execute(
            "DELETE FROM administrative_grants WHERE grantee = ? AND privilege = ?",
            (grantee, privilege),
        )
        if not done.rowcount and container is session.container:
            raise error(session.instance.release, 1952, grantee)


def _revoke_role(session: SessionView, scope: Scope, role: str, grantee: str) -> None:
    release, catalog = session.instance.release, session.container.catalog
    scopes = {
        row[0]
        for row in catalog.execute(
            "SELECT common FROM role_grants WHERE grantee = ? AND role = ?", (grantee, role)
        )
    }
    if not scopes or (int(scope.common) not in scopes and not scope.common):
        raise error(release, 1951, role, grantee)
    if int(scope.common) not in scopes:
        raise error(release, 31708, role)
    for container in scope.containers:
        container.catalog.execute(
            "DELETE FROM role_grants WHERE grantee = ? AND role = ? AND common = ?",
            (grantee, role, int(scope.common)),
        )
        if role == "DBA":
            container.catalog.execute(
                "DELETE FROM system_grants WHERE grantee = ? AND privilege = 'UNLIMITED TABLESPACE' AND common = ?",
                (grantee, int(scope.common)),
            )
