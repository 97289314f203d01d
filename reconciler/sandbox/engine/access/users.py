"""CREATE USER and ALTER USER."""

from __future__ import annotations

import sqlite3

from reconciler.sandbox.engine.access import limits, passwords, principals
from reconciler.sandbox.engine.access.checks import has_system_privilege, require_system_privilege
from reconciler.sandbox.engine.access.errors import error
from reconciler.sandbox.engine.access.scope import (
    Scope,
    atomic,
    change_scope,
    creation_scope,
    oracle_script,
)
from reconciler.sandbox.engine.access.user_syntax import ProxyClause, UserClauses, UserStatement
from reconciler.sandbox.engine.clock import stored
from reconciler.sandbox.engine.context import Container, SessionView
from reconciler.sandbox.seam import OracleError

_NO_GRANT_TO_PUBLIC = frozenset({"SYS", "SYSTEM"})


def create(session: SessionView, statement: UserStatement) -> None:
    """CREATE USER, all or nothing."""
    release, name, clauses = session.instance.release, statement.name, statement.clauses
    require_system_privilege(session, "CREATE USER")
    scope = creation_scope(session, clauses.container, name)
    if principals.kind_of(session.container.catalog, name) is not None:
        if statement.if_clause and principals.user_exists(session.container.catalog, name):
            return
        raise error(release, 1920, name)
    _check_names(session, clauses)
    if clauses.password is not None:
        profile = clauses.profile or limits.DEFAULT_PROFILE
        passwords.check_new(
            session.container.catalog, release, name, clauses.password,
            profile=profile, verify=passwords.verify_in(session),
        )  # fmt: skip
    with atomic(scope.containers):
        for container in scope.containers:
            _insert(session, container, scope, name, clauses)
            _apply(session, container, name, clauses)
        _set_password(session, scope, name, clauses)


def create_with_password(session: SessionView, name: str, password: str) -> None:
    """The user that GRANT ... IDENTIFIED BY makes. The caller has checked the right to."""
    clauses = UserClauses(authentication="PASSWORD", password=password)
    create(session, UserStatement("CREATE", name, clauses))


def alter_password(session: SessionView, name: str, password: str) -> None:
    """The new password that GRANT ... IDENTIFIED BY sets."""
    clauses = UserClauses(authentication="PASSWORD", password=password)
    alter(session, UserStatement("ALTER", name, clauses))


def _insert(
    session: SessionView, container: Container, scope: Scope, name: str, clauses: UserClauses
) -> None:
    now = stored(session.instance.now())
    maintained = int(scope.common and oracle_script(session))
    catalog = container.catalog
    catalog.execute(
        "INSERT INTO users (user_id, name, authentication, created, common, oracle_maintained)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            principals.next_id(catalog),
            name,
            clauses.authentication,
            now,
            int(scope.common),
            maintained,
        ),
    )
    row = catalog.execute(
        "INSERT INTO objects (owner, name, type, namespace, created, last_ddl_time, oracle_maintained)"
        " VALUES ('SYS', ?, 'USER', 50, ?, ?, ?) RETURNING object_id",
        (name, now, now, maintained),
    ).fetchone()
    if name not in _NO_GRANT_TO_PUBLIC:
        catalog.execute(
            "INSERT INTO object_grants (grantee, object_id, privilege, grantor) VALUES ('PUBLIC', ?, 'INHERIT PRIVILEGES', ?)",
            (row[0], name),
        )


def alter(session: SessionView, statement: UserStatement) -> None:
    """ALTER USER, all or nothing."""
    if not statement.also:
        _alter_one(session, statement, statement.name)
        return
    with atomic((session.container,)):
        for name in (statement.name, *statement.also):
            _alter_one(session, statement, name)


def _alter_one(session: SessionView, statement: UserStatement, name: str) -> None:
    release, clauses = session.instance.release, statement.clauses
    _check_right_to_alter(session, name, clauses)
    if name == principals.PUBLIC and clauses.quotas:
        raise error(release, 1568)
    catalog = session.container.catalog
    row = catalog.execute("SELECT common FROM users WHERE name = ?", (name,)).fetchone()
    if row is None:
        if statement.if_clause:
            return
        raise error(release, 1918, name)
    scope = _alter_scope(session, clauses, common=bool(row[0]))
    _check_names(session, clauses)
    _check_default_roles(session, name, clauses)
    if clauses.password is not None:
        _check_password_change(session, name, clauses)
    with atomic(scope.containers):
        for container in scope.containers:
            _apply(session, container, name, clauses)
        for clause in clauses.proxies:
            _apply_proxy(session, name, clause)
        _set_password(session, scope, name, clauses)


def _check_right_to_alter(session: SessionView, name: str, clauses: UserClauses) -> None:
    own_password = UserClauses(
        authentication="PASSWORD", password=clauses.password, old_password=clauses.old_password
    )
    if name == session.current_user and clauses == own_password:
        return
    require_system_privilege(session, "ALTER USER")
    if name == "SYS" and session.current_user != "SYS":
        raise error(session.instance.release, 1031)


def _root_wide(clauses: UserClauses) -> bool:
    """Whether the clauses change what a common user has only once for all containers."""
    return clauses.authentication is not None or clauses.expire or clauses.lock is not None


def _alter_scope(session: SessionView, clauses: UserClauses, *, common: bool) -> Scope:
    release = session.instance.release
    if clauses.container == "ALL" and session.container.is_root and not common:
        raise error(release, 65050)
    scope = change_scope(session, clauses.container, common=common)
    if common and not scope.common and _root_wide(clauses):
        raise error(release, 65066)
    return scope


def _check_names(session: SessionView, clauses: UserClauses) -> None:
    release, catalog = session.instance.release, session.container.catalog
    wanted = {
        clauses.default_tablespace: ("PERMANENT", 12910, "cannot specify temporary tablespace as default tablespace"),
        clauses.temporary_tablespace: ("TEMPORARY", 10615, "Invalid tablespace type for temporary tablespace"),
    }  # fmt: skip
    for tablespace, (contents, code, message) in wanted.items():
        if tablespace is not None and _contents(session, catalog, tablespace) != contents:
            raise OracleError(code, message)
    for tablespace in clauses.quotas:
        if _contents(session, catalog, tablespace) != "PERMANENT":
            raise OracleError(30041, "Cannot grant quota on the tablespace")
    if clauses.profile is not None:
        query = "SELECT 1 FROM profiles WHERE name = ? LIMIT 1"
        if catalog.execute(query, (clauses.profile,)).fetchone() is None:
            raise error(release, 2380, clauses.profile)


def _contents(session: SessionView, catalog: sqlite3.Connection, tablespace: str) -> str:
    row = catalog.execute(
        "SELECT contents FROM tablespaces WHERE name = ?", (tablespace,)
    ).fetchone()
    if row is None:
        raise error(session.instance.release, 959, tablespace)
    return str(row[0])


def _check_default_roles(session: SessionView, name: str, clauses: UserClauses) -> None:
    if clauses.default_roles is None:
        return
    release, catalog = session.instance.release, session.container.catalog
    held = principals.granted_roles(catalog, name) | principals.granted_roles(
        catalog, principals.PUBLIC
    )
    secret = held - principals.without_secret(catalog, held)
    mode, roles = clauses.default_roles
    for role in roles:
        if not principals.role_exists(catalog, role):
            raise error(release, 1919, role)
        if role not in held or (mode == "LIST" and role in secret):
            raise error(release, 1955, role)


def _check_password_change(session: SessionView, name: str, clauses: UserClauses) -> None:
    release, catalog = session.instance.release, session.container.catalog
    assert clauses.password is not None
    profile = clauses.profile or limits.profile_of(catalog, name)
    if not has_system_privilege(session, "ALTER USER"):
        function = limits.text_limit(catalog, profile, "PASSWORD_VERIFY_FUNCTION")
        if clauses.old_password is None and function not in ("NULL", limits.UNLIMITED):
            raise OracleError(28221, "REPLACE not specified")
    if clauses.old_password is not None and not passwords.is_current(
        catalog, name, clauses.old_password
    ):
        raise OracleError(28008, "invalid old password")
    passwords.check_new(
        catalog, release, name, clauses.password,
        profile=profile, verify=passwords.verify_in(session), old=clauses.old_password,
    )  # fmt: skip
    passwords.check_reuse(catalog, release, name, clauses.password, session.instance.now())


def _set_password(session: SessionView, scope: Scope, name: str, clauses: UserClauses) -> None:
    now = session.instance.now()
    if clauses.password is not None:
        passwords.store(scope.containers, name, clauses.password, now, expired=clauses.expire)


def _apply(session: SessionView, container: Container, name: str, clauses: UserClauses) -> None:
    now = stored(session.instance.now())
    changes: dict[str, object] = {}
    if clauses.authentication not in (None, "PASSWORD"):
        changes |= {"authentication": clauses.authentication, "verifier": None}
    if clauses.default_tablespace is not None:
        changes["default_tablespace"] = clauses.default_tablespace
    if clauses.temporary_tablespace is not None:
        changes["temporary_tablespace"] = clauses.temporary_tablespace
    if clauses.profile is not None:
        changes["profile"] = clauses.profile
    if clauses.expire:
        changes |= {"expired": 1, "expiry_date": now}
    if clauses.lock is True:
        changes |= {"locked": 1, "lock_kind": "ADMIN", "lock_date": now}
    if clauses.lock is False:
        changes |= {"locked": 0, "lock_kind": None, "lock_date": None, "failed_logins": 0}
        changes["unlocked"] = now
    if clauses.read_only is not None:
        changes["read_only"] = int(clauses.read_only)
    if clauses.editions:
        changes["editions_enabled"] = 1
    if clauses.proxy_only is not None:
        changes["proxy_only"] = int(clauses.proxy_only)
    if clauses.default_roles is not None:
        changes["default_roles"] = clauses.default_roles[0]
        _replace_default_roles(container.catalog, name, clauses.default_roles[1])
    if changes:
        assignments = ", ".join(f"{column} = ?" for column in changes)
        container.catalog.execute(
            f"UPDATE users SET {assignments} WHERE name = ?", (*changes.values(), name)
        )
    _apply_quotas(container.catalog, name, clauses.quotas)


def _replace_default_roles(catalog: sqlite3.Connection, name: str, roles: tuple[str, ...]) -> None:
    catalog.execute("DELETE FROM user_default_roles WHERE user_name = ?", (name,))
    catalog.executemany(
        "INSERT OR IGNORE INTO user_default_roles VALUES (?, ?)", [(name, role) for role in roles]
    )


def _apply_quotas(catalog: sqlite3.Connection, name: str, quotas: dict[str, int]) -> None:
    """A quota of 0 takes the row away, as the dictionary shows it."""
    for tablespace, size in quotas.items():
        catalog.execute(
            "DELETE FROM quotas WHERE user_name = ? AND tablespace = ?", (name, tablespace)
        )
        if size:
            catalog.execute("INSERT INTO quotas VALUES (?, ?, ?)", (name, tablespace, size))


def _apply_proxy(session: SessionView, client: str, clause: ProxyClause) -> None:
    release, catalog = session.instance.release, session.container.catalog
    kind = principals.kind_of(catalog, clause.proxy)
    if kind == "ROLE":
        raise error(release, 28155, clause.proxy)
    if kind != "USER":
        raise error(release, 1918, clause.proxy)
    key = (client, clause.proxy)
    for role in clause.roles:
        if not principals.role_exists(catalog, role):
            raise error(release, 1919, role)
        if role not in principals.granted_roles(catalog, client):
            raise error(release, 1924, role)
    deleted = catalog.execute("DELETE FROM proxies WHERE client = ? AND proxy = ?", key).rowcount
    catalog.execute("DELETE FROM proxy_roles WHERE client = ? AND proxy = ?", key)
    if clause.revoke:
        if not deleted:
            raise error(release, 28154, client)
        return
    catalog.execute(
        "INSERT INTO proxies VALUES (?, ?, ?, ?)",
        (*key, int(clause.authentication_required), clause.roles_clause),
    )
    catalog.executemany(
        "INSERT INTO proxy_roles VALUES (?, ?, ?)", [(*key, role) for role in clause.roles]
    )
