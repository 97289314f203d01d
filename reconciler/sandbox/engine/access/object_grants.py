"""GRANT and REVOKE of privileges on objects, columns, users, directories and editions."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.sandbox.engine.access import (
    cascade,
    foreign_keys,
    grant_targets,
    principals,
    view_grants,
)
from reconciler.sandbox.engine.access.checks import all_powerful, has_system_privilege, may_see
from reconciler.sandbox.engine.access.errors import error
from reconciler.sandbox.engine.access.grant_syntax import ALL, COLUMN_PRIVILEGES, GrantStatement
from reconciler.sandbox.engine.access.grant_targets import GrantTarget
from reconciler.sandbox.engine.access.scope import Scope, atomic, grant_scope, here
from reconciler.sandbox.engine.access.syntax import first_duplicate
from reconciler.sandbox.engine.clock import stored
from reconciler.sandbox.engine.context import Container, SessionView

_NOT_FOR_ROLES = ("INDEX", "REFERENCES")


@dataclass(frozen=True, slots=True)
class _Wanted:
    privilege: str
    columns: tuple[str, ...]


def run(session: SessionView, statement: GrantStatement) -> None:
    """Executes a parsed statement with an ON clause other than ON SCHEMA, all or nothing."""
    assert statement.target is not None
    scope = grant_scope(session, statement.container) if statement.container else here(session)
    if first_duplicate(statement.grantees) is not None:
        raise error(session.instance.release, 1700)
    if first_duplicate([item.name for item in statement.items]) is not None:
        raise error(session.instance.release, 1711)
    with atomic(scope.containers):
        for target in grant_targets.find(session, statement):
            _check_scope(session, scope, target)
            if statement.revoke:
                _revoke(session, scope, statement, target)
            else:
                _grant(session, scope, statement, target)
            _touch(session, scope, target)


def _check_scope(session: SessionView, scope: Scope, target: GrantTarget) -> None:
    if not scope.common:
        return
    if target.kind == "USER":
        if not principals.is_common(session.container.catalog, target.row.name):
            raise error(session.instance.release, 65037)
    elif not target.row.oracle_maintained:
        raise error(session.instance.release, 65033)


def _touch(session: SessionView, scope: Scope, target: GrantTarget) -> None:
    """Grants count as changes of the object."""
    now = stored(session.instance.now())
    for container in scope.containers:
        container.catalog.execute(
            "UPDATE objects SET last_ddl_time = ? WHERE owner = ? AND name = ? AND namespace = ?",
            (now, target.row.owner, target.row.name, target.namespace),
        )


def _grant(
    session: SessionView, scope: Scope, statement: GrantStatement, target: GrantTarget
) -> None:
    grantor, wanted = _grantable(session, statement, target)
    if target.row.type in ("VIEW", "MATERIALIZED VIEW"):
        catalog, release = session.container.catalog, session.instance.release
        privileges = [item.privilege for item in wanted]
        view_grants.check_passing_on(
            catalog, release, target.row.object_id, target.row.owner, privileges
        )
    for grantee in statement.grantees:
        _check_grantee(session, statement, wanted, grantor, grantee)
        for container in scope.containers:
            _store(container, scope, statement, target, wanted, grantor, grantee)


def _grantable(
    session: SessionView, statement: GrantStatement, target: GrantTarget
) -> tuple[str, tuple[_Wanted, ...]]:
    """The grantor to store, and what of the list he can pass on. Raises if that is not everything that was listed."""
    release = session.instance.release
    everything = statement.items[0].name in ("ALL", ALL) and not statement.items[0].quoted
    columns = statement.items[0].columns
    names = target.all_privileges if everything else tuple(i.name for i in statement.items)
    if everything and columns:
        names = COLUMN_PRIVILEGES
    if not everything:
        grant_targets.check_privileges(session, target, names)
    wanted = tuple(
        _Wanted(name, columns if everything else statement.items[index].columns)
        for index, name in enumerate(names)
    )
    grant_targets.check_columns(session, target, [c for item in wanted for c in item.columns])
    own = _with_own_option(session, target, wanted)
    grantor = _grantor_of_everything(session, target)
    if grantor is not None and (grantor == session.current_user or len(own) < len(wanted)):
        return grantor, wanted
    if len(own) == len(wanted) or (everything and own):
        return session.current_user, own
    if not may_see(session, target.row):
        raise grant_targets.missing(session, statement)
    if everything:
        raise error(release, 1929)
    raise error(release, 1928 if own else 1031)


def _grantor_of_everything(session: SessionView, target: GrantTarget) -> str | None:
    """Who grants if the session may grant all: the owner, also for those who act for him. None for holders of grant options."""
    if session.current_user == target.base_grantor or all_powerful(session):
        return target.base_grantor
    protected = target.row.owner == "SYS" and target.kind == "OBJECT"
    if not protected and has_system_privilege(session, "GRANT ANY OBJECT PRIVILEGE"):
        return target.base_grantor
    return None


def _with_own_option(
    session: SessionView, target: GrantTarget, wanted: Sequence[_Wanted]
) -> tuple[_Wanted, ...]:
    catalog = session.container.catalog
    whole, by_column = cascade.option_holders(catalog, target.row.object_id, target.base_grantor)
    me = {session.current_user, principals.PUBLIC}
    found = []
    for item in wanted:
        on_columns = bool(item.columns) and all(
            not me.isdisjoint(by_column.get((item.privilege, column), set()))
            for column in item.columns
        )
        if on_columns or not me.isdisjoint(whole[item.privilege]):
            found.append(item)
    return tuple(found)


def _check_grantee(
    session: SessionView,
    statement: GrantStatement,
    wanted: Sequence[_Wanted],
    grantor: str,
    grantee: str,
) -> None:
    release, catalog = session.instance.release, session.container.catalog
    kind = principals.kind_of(catalog, grantee)
    if kind is None:
        raise error(release, 1917, grantee)
    if grantee in (session.current_user, grantor):
        raise error(release, 1749)
    if statement.container == "ALL" and not principals.is_common(catalog, grantee):
        raise error(release, 65030)
    if kind != "ROLE":
        return
    if statement.grant_option:
        raise error(release, 1926)
    everything = statement.items[0].name in ("ALL", ALL)
    for item in wanted:
        if item.privilege in _NOT_FOR_ROLES and not everything:
            raise error(release, 1931, item.privilege)


def _store(
    container: Container,
    scope: Scope,
    statement: GrantStatement,
    target: GrantTarget,
    wanted: Sequence[_Wanted],
    grantor: str,
    grantee: str,
) -> None:
    object_id = grant_targets.id_in(container, target)
    to_role = principals.kind_of(container.catalog, grantee) == "ROLE"
    grantable = int(statement.grant_option)
    flags = (int(scope.common), scope.inherited(container))
    for item in wanted:
        if to_role and item.privilege in _NOT_FOR_ROLES:
            continue
        for column in item.columns:
            container.catalog.execute(
                "INSERT INTO column_grants VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (grantee, object_id, column_name, privilege, grantor)"
                " DO UPDATE SET grantable = max(grantable, excluded.grantable)",
                (grantee, object_id, column, item.privilege, grantor, grantable, *flags),
            )
        if not item.columns:
            container.catalog.execute(
                "INSERT INTO object_grants VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (grantee, object_id, privilege, grantor, common) DO UPDATE SET"
                " grantable = max(grantable, excluded.grantable), hierarchy = max(hierarchy, excluded.hierarchy)",
                (grantee, object_id, item.privilege, grantor, grantable,
                 int(statement.hierarchy_option), *flags),
            )  # fmt: skip


def _revoke(
    session: SessionView, scope: Scope, statement: GrantStatement, target: GrantTarget
) -> None:
    release, catalog = session.instance.release, session.container.catalog
    grantors = {session.current_user}
    acting_for = _grantor_of_everything(session, target)
    if acting_for is not None:
        grantors.add(acting_for)
    elif not may_see(session, target.row):
        raise grant_targets.missing(session, statement)
    everything = statement.items[0].name in ("ALL", ALL) and not statement.items[0].quoted
    names = () if everything else tuple(item.name for item in statement.items)
    grant_targets.check_privileges(session, target, names)
    referrers = foreign_keys.referrers(catalog, target.row)
    for grantee in statement.grantees:
        if principals.kind_of(catalog, grantee) is None:
            raise error(release, 1917, grantee)
        if grantee == session.current_user:
            raise error(release, 1749)
        for container in scope.containers:
            _delete(session, container, scope, target, (names, grantors, grantee))
    _end_foreign_keys(session, statement, target, referrers)
    _invalidate_views(catalog, target, statement.grantees)


def _invalidate_views(
    catalog: sqlite3.Connection, target: GrantTarget, losers: Sequence[str]
) -> None:
    """Views of those who lost something are judged anew when they are used next."""
    for loser in losers:
        catalog.execute(
            "UPDATE objects SET status = 'INVALID' WHERE type = 'VIEW' AND owner <> ? AND ? IN (owner, 'PUBLIC')"
            " AND object_id IN (SELECT object_id FROM dependencies WHERE referenced_id = ?)",
            (target.row.owner, loser, target.row.object_id),
        )


def _end_foreign_keys(
    session: SessionView, statement: GrantStatement, target: GrantTarget, referrers: set[str]
) -> None:
    """Foreign keys of those who may no longer refer to the table go only if the statement says so."""
    catalog = session.container.catalog
    for user in sorted(referrers):
        for child_id in foreign_keys.resting_on(catalog, target.row, user):
            if not statement.cascade_constraints:
                raise error(session.instance.release, 1981)
            foreign_keys.drop(catalog, target.row, child_id)


def _delete(
    session: SessionView,
    container: Container,
    scope: Scope,
    target: GrantTarget,
    what: tuple[tuple[str, ...], set[str], str],
) -> None:
    """Deletes the grants of the given privileges (none: all of them) by these grantors to the grantee, and what hung on them."""
    names, grantors, grantee = what
    object_id = grant_targets.id_in(container, target)
    marks = ",".join("?" * len(grantors))
    for name in names or (None,):
        deleted = 0
        for table in ("object_grants", "column_grants"):
            done = container.catalog.execute(
                f"DELETE FROM {table} WHERE object_id = ? AND grantee = ? AND common = ?"
                f" AND grantor IN ({marks}) AND (? IS NULL OR privilege = ?)",
                (object_id, grantee, int(scope.common), *grantors, name, name),
            )
            deleted += done.rowcount
        if not deleted and name is not None:
            raise error(session.instance.release, 1927)
    cascade.delete_unsupported(container.catalog, object_id, target.base_grantor)
