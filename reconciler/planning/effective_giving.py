"""Which grants give a privilege: the same one, one on the whole or on a part, a system-wide or schema-wide ANY privilege, one on a view that shows it.

READ and SELECT count as one, because the data can be read with either. A grant on the whole object gives its columns, and one on a column gives a part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from reconciler.model import names
from reconciler.model.identities import ColumnView
from reconciler.model.privileges import OWNED_BY_SYS, Kind, Privilege, on_object
from reconciler.model.snapshot import Snapshot

Subject = tuple[Kind, str, str]
"""What a grant is about: grants with another subject never give the same privilege, so that rows are looked up by it."""

READING = ("SELECT", "READ")
_BY_OBJECT = (Kind.OBJECT, Kind.COLUMN)

_ON_TABLES: Mapping[str, tuple[str, ...]] = {
    "SELECT": ("SELECT ANY TABLE", "READ ANY TABLE"),
    "READ": ("SELECT ANY TABLE", "READ ANY TABLE"),
    "INSERT": ("INSERT ANY TABLE",),
    "UPDATE": ("UPDATE ANY TABLE",),
    "DELETE": ("DELETE ANY TABLE",),
    "DROP": ("DROP ANY TABLE",),  # no privilege on objects; what it does to them counts
    "ALTER": ("ALTER ANY TABLE",),
    "INDEX": ("CREATE ANY INDEX",),
    "FLASHBACK": ("FLASHBACK ANY TABLE",),
    "UNDER": ("UNDER ANY VIEW",),
    "MERGE VIEW": ("MERGE ANY VIEW",),
    "QUERY REWRITE": ("GLOBAL QUERY REWRITE",),
    "ON COMMIT REFRESH": ("ON COMMIT REFRESH",),
}
_ON_CODE: Mapping[str, tuple[str, ...]] = {
    "EXECUTE": ("EXECUTE ANY PROCEDURE",),
    "DEBUG": ("DEBUG ANY PROCEDURE",),
}
_ON_TYPES: Mapping[str, tuple[str, ...]] = {
    "EXECUTE": ("EXECUTE ANY TYPE",),
    "DEBUG": ("DEBUG ANY PROCEDURE",),
    "UNDER": ("UNDER ANY TYPE",),
}
_ON_USERS: Mapping[str, tuple[str, ...]] = {
    "INHERIT PRIVILEGES": ("INHERIT ANY PRIVILEGES",),
    "INHERIT REMOTE PRIVILEGES": ("INHERIT ANY REMOTE PRIVILEGES",),
    "TRANSLATE SQL": ("TRANSLATE ANY SQL",),
}
_UNTYPED: Mapping[str, tuple[str, ...]] = {
    **_ON_TABLES,
    **_ON_CODE,
    "EXECUTE": (
        "EXECUTE ANY PROCEDURE",
        "EXECUTE ANY TYPE",
        "EXECUTE ANY LIBRARY",
        "EXECUTE ANY OPERATOR",
        "EXECUTE ANY INDEXTYPE",
    ),
    "UNDER": ("UNDER ANY VIEW", "UNDER ANY TYPE"),
}
OBJECT_RIGHTS = tuple(_UNTYPED)
"""The rights on objects that an ANY privilege can stand in for."""

_BY_TYPE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "": _UNTYPED,
    "TABLE": _ON_TABLES,
    "VIEW": _ON_TABLES,
    "MATERIALIZED VIEW": _ON_TABLES,
    "PROCEDURE": _ON_CODE,
    "FUNCTION": _ON_CODE,
    "PACKAGE": _ON_CODE,
    "JAVA SOURCE": _ON_CODE,
    "JAVA RESOURCE": _ON_CODE,
    "TYPE": _ON_TYPES,
    "USER": _ON_USERS,
    "DIRECTORY": {},
    "EDITION": {},
}


def any_privileges(privilege: Privilege, object_type: str = "") -> tuple[str, ...]:
    """The system privileges that stand in for one on an object of this type (SQL Language Reference, GRANT, table of system privileges).

    Types without an entry follow the names: SELECT on a SEQUENCE is SELECT ANY SEQUENCE. Of an object whose type is not known those for tables, views,
    code and types count, those for sequences and what is rarer do not.
    """
    if privilege.kind not in _BY_OBJECT:
        return ()
    found = privilege.on or object_type
    if found in _BY_TYPE:
        return _BY_TYPE[found].get(privilege.name, ())
    return (f"{privilege.name} ANY {found}",)


def subject_of(privilege: Privilege) -> Subject:
    """What a grant of the privilege is about."""
    match privilege.kind:
        case Kind.OBJECT | Kind.COLUMN:
            if privilege.on in OWNED_BY_SYS:
                return Kind.OBJECT, privilege.on, privilege.object
            return Kind.OBJECT, f".{privilege.owner}", privilege.object
        case Kind.SYSTEM | Kind.ROLE:
            return privilege.kind, privilege.name, ""
        case Kind.SCHEMA | Kind.PROXY:
            return privilege.kind, privilege.owner, ""
        case Kind.QUOTA:
            return privilege.kind, privilege.object, ""
        case _:
            assert_never(privilege.kind)


def is_owned(privilege: Privilege, grantee: str) -> bool:
    """Whether the grantee owns the object or the schema, and so needs no grant."""
    kinds = (*_BY_OBJECT, Kind.SCHEMA)
    owned = privilege.kind in kinds and privilege.on not in OWNED_BY_SYS
    return owned and bool(privilege.owner) and privilege.owner == grantee


def is_oracles(owner: str, snapshot: Snapshot) -> bool:
    """Whether a schema is one of Oracle's own: ANY privileges stop at SYS, since release 23 at every schema that is dictionary-protected (ALTER USER).

    Unverified which of the others they reach before 23; grants on their objects are not observed either, so nothing is said of them.
    """
    user = snapshot.users.get(owner)
    return owner == "SYS" or (user is not None and user.oracle_maintained)


def _system_wide(wanted: Privilege, snapshot: Snapshot, object_type: str) -> tuple[str, ...]:
    match wanted.kind:
        case Kind.SYSTEM | Kind.SCHEMA:
            return (wanted.name,)
        case Kind.QUOTA:
            return ("UNLIMITED TABLESPACE",)
        case Kind.ROLE | Kind.PROXY:
            return ()
        case Kind.OBJECT | Kind.COLUMN:
            if wanted.on in OWNED_BY_SYS or not is_oracles(wanted.owner, snapshot):
                return any_privileges(wanted, object_type)
            of_dictionary = wanted.owner == "SYS" and wanted.name in READING
            return ("SELECT ANY DICTIONARY",) if of_dictionary else ()
        case _:
            assert_never(wanted.kind)


def _schema_wide(wanted: Privilege, object_type: str) -> tuple[str, ...]:
    """Privileges that do it when they are granted on the schema of what is wanted. Refused on SYS (ORA-41905)."""
    if wanted.kind is Kind.SCHEMA:
        return (wanted.name,)
    return any_privileges(wanted, object_type) if wanted.on not in OWNED_BY_SYS else ()


def _reading(view: ColumnView) -> Privilege:
    return on_object("SELECT", names.GATE_SCHEMA, view.name)


@dataclass(frozen=True, slots=True)
class Given:
    """How much of what is wanted a grant gives: `columns` empty for all of it; `view` when through a view that shows it."""

    columns: tuple[str, ...] = ()
    view: bool = False


@dataclass(frozen=True, slots=True)
class Giving:
    """The grants that give the wanted privilege. `subjects` are where to look for them."""

    wanted: Privilege
    subjects: tuple[Subject, ...]
    _system: tuple[str, ...]
    _schema: tuple[str, ...]
    _views: Sequence[ColumnView]

    @classmethod
    def of(
        cls,
        wanted: Privilege,
        snapshot: Snapshot,
        object_type: str = "",
        views: Sequence[ColumnView] = (),
    ) -> Giving:
        """`views` are those that show columns of the wanted object."""
        system = _system_wide(wanted, snapshot, object_type)
        schema = _schema_wide(wanted, object_type)
        shown = tuple(views) if wanted.name in READING and wanted.kind in _BY_OBJECT else ()
        subjects = [subject_of(wanted)]
        subjects += [(Kind.SYSTEM, name, "") for name in system]
        subjects += [(Kind.SCHEMA, wanted.owner, "")] if schema else []
        subjects += [subject_of(_reading(view)) for view in shown]
        return cls(wanted, tuple(dict.fromkeys(subjects)), system, schema, shown)

    def given_by(self, held: Privilege) -> Given | None:
        """What the grant gives of the wanted privilege, None for nothing."""
        wanted = self.wanted
        match held.kind:
            case Kind.SYSTEM:
                return Given() if held.name in self._system else None
            case Kind.ROLE | Kind.PROXY:
                return Given() if held == wanted else None
            case Kind.QUOTA:
                same = wanted.kind is Kind.QUOTA and held.object == wanted.object
                return Given() if same else None
            case Kind.SCHEMA:
                same = held.owner == wanted.owner and held.name in self._schema
                return Given() if same else None
            case Kind.OBJECT | Kind.COLUMN:
                return self._given_by_object(held)
            case _:
                assert_never(held.kind)

    def _given_by_object(self, held: Privilege) -> Given | None:
        wanted = self.wanted
        if subject_of(held) != subject_of(wanted):
            return self._given_by_view(held)
        same_right = held.name == wanted.name or (
            wanted.name in READING and held.name in READING and wanted.on not in OWNED_BY_SYS
        )
        if not same_right or (held.column and wanted.column and held.column != wanted.column):
            return None
        return Given((held.column,) if held.column and not wanted.column else ())

    def _given_by_view(self, held: Privilege) -> Given | None:
        shown = [view for view in self._views if subject_of(_reading(view)) == subject_of(held)]
        if held.name not in READING or not shown:
            return None
        if not self.wanted.column:
            return Given(shown[0].columns, view=True)
        return Given(view=True) if self.wanted.column in shown[0].columns else None
