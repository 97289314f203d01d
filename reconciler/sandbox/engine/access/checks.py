"""May this session do that? Every answer is read from the catalog anew, so that a revoke counts at the next statement."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from reconciler.sandbox.engine.access.errors import error
from reconciler.sandbox.engine.context import Note, SessionView
from reconciler.sandbox.seam import OracleError, Release

SYS = "SYS"
PUBLIC = "PUBLIC"
_SYNONYM_DEPTH = 32

_TABLE_LIKE = frozenset({"TABLE", "VIEW", "MATERIALIZED VIEW"})
_CODE = frozenset({"PROCEDURE", "FUNCTION", "PACKAGE", "PACKAGE BODY", "TYPE", "TYPE BODY"})
_ANY_ON_TABLES = {
    "SELECT": ("SELECT ANY TABLE", "READ ANY TABLE"),
    "READ": ("READ ANY TABLE", "SELECT ANY TABLE"),
    "INSERT": ("INSERT ANY TABLE",),
    "UPDATE": ("UPDATE ANY TABLE",),
    "DELETE": ("DELETE ANY TABLE",),
    "ALTER": ("ALTER ANY TABLE",),
    "DROP": ("DROP ANY TABLE",),
    "COMMENT": ("COMMENT ANY TABLE",),
    "INDEX": ("CREATE ANY INDEX",),
    "FLASHBACK": ("FLASHBACK ANY TABLE",),
    "UNDER": ("UNDER ANY VIEW", "UNDER ANY TABLE"),
    "MERGE VIEW": ("MERGE ANY VIEW",),
}
_DICTIONARY_PRIVILEGES = ("SELECT ANY DICTIONARY",)
_GRANTS_THAT_DO = {
    "SELECT": ("SELECT", "READ"),
    "READ": ("READ", "SELECT"),
    "LOCK": ("SELECT", "INSERT", "UPDATE", "DELETE", "ALTER"),
}
_CHANGES = frozenset({"INSERT", "UPDATE", "DELETE", "ALTER", "DROP", "INDEX", "LOCK"})
_COLUMN_PRIVILEGES = frozenset({"INSERT", "UPDATE", "REFERENCES"})


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """One row of the catalog's objects."""

    object_id: int
    owner: str
    name: str
    type: str
    status: str
    source: str | None
    details: str | None
    oracle_maintained: bool


_OBJECT = (
    "SELECT object_id, owner, name, type, status, source, details, oracle_maintained"
    " FROM objects WHERE owner = ? AND name = ? AND namespace = 1"
)


def find_object(
    catalog: sqlite3.Connection, owner: str, name: str, namespace: int = 1
) -> ObjectRow | None:
    """The object of that exact name, a synonym not followed."""
    query = (
        _OBJECT
        if namespace == 1
        else _OBJECT.replace("namespace = 1", f"namespace = {namespace:d}")
    )
    row = catalog.execute(query, (owner, name)).fetchone()
    if row is None:
        return None
    return ObjectRow(row[0], row[1], row[2], row[3], row[4], row[5], row[6], bool(row[7]))


def synonym_target(source: str) -> tuple[str, str]:
    """Owner and name in a synonym's source `OWNER.NAME`; parts with a dot in them are in double quotes."""
    if not source.startswith('"'):
        owner, _, name = source.partition(".")
    else:
        owner, _, name = source[1:].partition('".')
    return owner, name.strip('"')


def resolve(
    session: SessionView, owner: str | None, name: str, *, schema: str | None = None
) -> ObjectRow | None:
    """The object a name means, synonyms followed: in `owner` if given, else in `schema` (the current schema by default), then
    among the public synonyms. None if there is none; a loop of synonyms is ORA-01775.
    """
    catalog = session.container.catalog
    row = find_object(catalog, owner or schema or session.current_schema, name)
    if row is None and owner is None:
        row = find_object(catalog, PUBLIC, name)
    for _ in range(_SYNONYM_DEPTH):
        if row is None or row.type != "SYNONYM":
            return row
        target_owner, target_name = synonym_target(row.source or "")
        row = find_object(catalog, target_owner, target_name)
    raise OracleError(1775, "looping chain of synonyms")


def missing(session: SessionView, owner: str | None, name: str) -> OracleError:
    """ORA-00942 for a name that means nothing, or nothing the session may know of."""
    if session.instance.release < Release.R23:
        return OracleError(942, "table or view does not exist")
    schema = owner or session.current_schema
    return OracleError(942, f'table or view "{schema}"."{name}" does not exist')


def _grantees(session: SessionView, user: str | None) -> tuple[str, ...]:
    """Whose grants count: as another user without roles, as the session with what it has enabled."""
    if user is not None:
        return (user, PUBLIC)
    return (session.current_user, PUBLIC, *session.roles)


def all_powerful(session: SessionView, user: str | None = None) -> bool:
    """Whether SYS acts (or the given user is SYS): no privilege is looked at."""
    if user is not None:
        return user == SYS
    return session.current_user == SYS or (
        session.is_sysdba and session.current_user == session.user
    )


def _holds_system(
    catalog: sqlite3.Connection, grantees: Collection[str], privileges: Sequence[str]
) -> bool:
    if not privileges:
        return False
    marks = ",".join("?" * len(privileges))
    names = ",".join("?" * len(grantees))
    return (
        catalog.execute(
            f"SELECT 1 FROM system_grants WHERE grantee IN ({names}) AND privilege IN ({marks}) LIMIT 1",
            (*grantees, *privileges),
        ).fetchone()
        is not None
    )


def has_system_privilege(session: SessionView, privilege: str, *, user: str | None = None) -> bool:
    """Whether the privilege is held now, directly, through PUBLIC or an enabled role. `user` asks for another user without roles."""
    if all_powerful(session, user):
        return True
    return _holds_system(session.container.catalog, _grantees(session, user), (privilege,))


def require_system_privilege(session: SessionView, *any_of: str) -> None:
    """Raises ORA-01031 unless one of the privileges is held; ORA-28194 if a read-only user is about to create something."""
    if any(privilege.startswith("CREATE ") for privilege in any_of):
        require_writable(session)
    if all_powerful(session, None):
        return
    catalog, grantees = session.container.catalog, _grantees(session, None)
    if not _holds_system(catalog, grantees, any_of):
        raise error(session.instance.release, 1031)
    if session.notes is not None:
        used = next(name for name in any_of if _holds_system(catalog, grantees, (name,)))
        session.notes.append(Note(used, session.current_user))


def require_inheriting(session: SessionView, owner: str) -> None:
    """Raises ORA-06598 unless the owner of invoker-rights code may run it with the rights of the session's user: Oracle's own users may,
    holders of INHERIT ANY PRIVILEGES, and those to whom (or to PUBLIC) that user gave INHERIT PRIVILEGES.
    """
    user, catalog = session.current_user, session.container.catalog
    if owner == user:
        return
    row = catalog.execute(
        "SELECT 1 FROM users WHERE name = :owner AND oracle_maintained UNION ALL"
        " SELECT 1 FROM system_grants WHERE privilege = 'INHERIT ANY PRIVILEGES' AND grantee IN (:owner, 'PUBLIC') UNION ALL"
        " SELECT 1 FROM objects o JOIN object_grants g ON g.object_id = o.object_id WHERE o.owner = 'SYS' AND o.name = :user"
        " AND o.type = 'USER' AND g.privilege = 'INHERIT PRIVILEGES' AND g.grantee IN (:owner, 'PUBLIC')",
        {"owner": owner, "user": user},
    ).fetchone()
    if row is None:
        raise OracleError(6598, "insufficient INHERIT PRIVILEGES privilege")


def require_writable(session: SessionView) -> None:
    """Raises ORA-28194 in a session of a user who was made READ ONLY (from release 23 on), whosever rights the changing code has."""
    if session.read_only:
        raise error(session.instance.release, 28194)


def _any_privileges(obj: ObjectRow, privilege: str, release: Release) -> tuple[str, ...]:
    """System privileges that stand in for an object privilege on this object."""
    if obj.owner == SYS:
        readable = privilege in ("SELECT", "READ") and obj.type in _TABLE_LIKE
        return _DICTIONARY_PRIVILEGES if readable else ()
    if obj.type == "SEQUENCE":
        verb = {"SELECT": "SELECT", "ALTER": "ALTER", "DROP": "DROP"}.get(privilege)
        return (f"{verb} ANY SEQUENCE",) if verb else ()
    if obj.type in _CODE:
        if privilege in ("EXECUTE", "DEBUG"):
            suffix = (
                "TYPE" if obj.type.startswith("TYPE") and privilege == "EXECUTE" else "PROCEDURE"
            )
            return (f"{privilege} ANY {suffix}",)
        suffix = "TYPE" if obj.type.startswith("TYPE") else "PROCEDURE"
        return (f"{privilege} ANY {suffix}",) if privilege in ("ALTER", "DROP") else ()
    if obj.type not in _TABLE_LIKE:
        return (f"{privilege} ANY {obj.type}",) if privilege in ("ALTER", "DROP") else ()
    if obj.type == "MATERIALIZED VIEW" and privilege in ("DROP", "ALTER"):
        return (f"{privilege} ANY {obj.type}",)
    if obj.type == "VIEW" and privilege == "DROP":
        return ("DROP ANY VIEW",)
    if privilege == "LOCK" and release < Release.R23:
        return ("LOCK ANY TABLE", "SELECT ANY TABLE")
    return _ANY_ON_TABLES.get(privilege, (f"{privilege} ANY TABLE",))


def _visible_through(obj: ObjectRow) -> tuple[str, ...]:
    """System privileges that let a holder know that the object exists, whatever he may do with it."""
    if obj.owner == SYS:
        return _DICTIONARY_PRIVILEGES
    if obj.type in _TABLE_LIKE:
        names = {name for group in _ANY_ON_TABLES.values() for name in group} | {"LOCK ANY TABLE"}
        return tuple(sorted(names - {"MERGE ANY VIEW"}))
    if obj.type == "SEQUENCE":
        return ("SELECT ANY SEQUENCE", "ALTER ANY SEQUENCE", "DROP ANY SEQUENCE")
    if obj.type in _CODE:
        return ("EXECUTE ANY PROCEDURE", "DEBUG ANY PROCEDURE", "ALTER ANY PROCEDURE")
    return ()


def _schema_privileges(
    catalog: sqlite3.Connection, grantees: Collection[str], schema: str
) -> set[str]:
    names = ",".join("?" * len(grantees))
    rows = catalog.execute(
        f"SELECT privilege FROM schema_grants WHERE grantee IN ({names}) AND schema = ?",
        (*grantees, schema),
    )
    return {row[0] for row in rows}


def _object_privileges(
    catalog: sqlite3.Connection, grantees: Collection[str], obj: ObjectRow
) -> set[str]:
    holders = set(grantees)
    rows = catalog.execute(
        "SELECT grantee, privilege FROM object_grants WHERE object_id = ?", (obj.object_id,)
    )
    return {privilege for grantee, privilege in rows if grantee in holders}


def _column_privileges(
    catalog: sqlite3.Connection, grantees: Collection[str], obj: ObjectRow
) -> set[tuple[str, str]]:
    holders = set(grantees)
    rows = catalog.execute(
        "SELECT grantee, privilege, column_name FROM column_grants WHERE object_id = ?",
        (obj.object_id,),
    )
    return {(privilege, column) for grantee, privilege, column in rows if grantee in holders}


def may(
    session: SessionView,
    obj: ObjectRow,
    privilege: str,
    columns: Sequence[str] = (),
    *,
    user: str | None = None,
) -> bool:
    """Whether the privilege on the object is held (for INSERT, UPDATE and REFERENCES at least on the given columns).

    LOCK is what FOR UPDATE and LOCK TABLE need: any privilege on the rows but READ.
    """
    if all_powerful(session, user) or obj.owner == (user or session.current_user):
        return True
    catalog, grantees = session.container.catalog, _grantees(session, user)
    wanted = _GRANTS_THAT_DO.get(privilege, (privilege,))
    if privilege == "SELECT" and obj.type == "SEQUENCE":
        wanted = ("SELECT",)
    if not _object_privileges(catalog, grantees, obj).isdisjoint(wanted):
        return True
    if privilege in _COLUMN_PRIVILEGES:
        held = _column_privileges(catalog, grantees, obj)
        if columns and all((privilege, column) in held for column in columns):
            return True
    instead = _any_privileges(obj, privilege, session.instance.release)
    if _holds_system(catalog, grantees, instead):
        return True
    if session.instance.release < Release.R23 or obj.owner == SYS:
        return False
    return not _schema_privileges(catalog, grantees, obj.owner).isdisjoint(instead)


def may_see(session: SessionView, obj: ObjectRow, *, user: str | None = None) -> bool:
    """Whether the session may know of the object: any privilege at all on it, its columns, its schema or all schemas."""
    if all_powerful(session, user) or obj.owner == (user or session.current_user):
        return True
    catalog, grantees = session.container.catalog, _grantees(session, user)
    if _object_privileges(catalog, grantees, obj) or _column_privileges(catalog, grantees, obj):
        return True
    if _holds_system(catalog, grantees, _visible_through(obj)):
        return True
    if session.instance.release < Release.R23 or obj.owner == SYS:
        return False
    return bool(_schema_privileges(catalog, grantees, obj.owner))


def require_object(
    session: SessionView,
    obj: ObjectRow,
    privilege: str,
    columns: Sequence[str] = (),
    *,
    user: str | None = None,
) -> None:
    """Raises ORA-00942 if there is no privilege at all on the object, ORA-01031 (from 23 on ORA-41900) if there is another one.

    `user` checks as that user without roles: the owner of a view or of definer-rights code. A change of any object by a read-only user
    is ORA-28194.
    """
    if privilege in _CHANGES:
        require_writable(session)
    note_object(session, obj, privilege, user=user)
    if may(session, obj, privilege, columns, user=user):
        return
    if not may_see(session, obj, user=user):
        raise missing(session, obj.owner, obj.name)
    if session.instance.release < Release.R23:
        raise error(session.instance.release, 1031)
    raise OracleError(41900, f'missing {privilege} privilege on "{obj.owner}"."{obj.name}"')


def note_object(
    session: SessionView, obj: ObjectRow, privilege: str, *, user: str | None = None
) -> None:
    """Tells the auditing of the running statement that it needs the privilege on the object."""
    if session.notes is None:
        return
    used = _system_privilege_used(session, obj, privilege, user)
    session.notes.append(Note(privilege, session.current_user, obj.owner, obj.name, used))


def _system_privilege_used(
    session: SessionView, obj: ObjectRow, privilege: str, user: str | None
) -> str | None:
    """The system privilege that allows it; None if ownership or a privilege on the object itself does."""
    if all_powerful(session, user) or obj.owner == (user or session.current_user):
        return None
    catalog, grantees = session.container.catalog, _grantees(session, user)
    wanted = _GRANTS_THAT_DO.get(privilege, (privilege,))
    if not _object_privileges(catalog, grantees, obj).isdisjoint(wanted):
        return None
    instead = _any_privileges(obj, privilege, session.instance.release)
    return next((name for name in instead if _holds_system(catalog, grantees, (name,))), None)
