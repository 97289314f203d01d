"""What GRANT and REVOKE name after ON, and which privileges each kind of object has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.sandbox.engine.access import principals
from reconciler.sandbox.engine.access.checks import ObjectRow, find_object, resolve
from reconciler.sandbox.engine.access.checks import missing as missing_object
from reconciler.sandbox.engine.access.errors import error
from reconciler.sandbox.engine.access.grant_syntax import GrantStatement
from reconciler.sandbox.engine.access.syntax import QualifiedName
from reconciler.sandbox.engine.context import Container, SessionView
from reconciler.sandbox.seam import OracleError, Release

_WITH_A_WORD = {
    "MINING MODEL": 40203,
    "SQL TRANSLATION PROFILE": 24252,
}  # and the error for one that is missing
NAMESPACES = {"OBJECT": 1, "DIRECTORY": 9, "USER": 50, "EDITION": 64} | dict.fromkeys(
    _WITH_A_WORD, 1
)

_TABLE = (
    "ALTER", "DELETE", "INDEX", "INSERT", "SELECT", "UPDATE", "REFERENCES", "READ", "ON COMMIT REFRESH", "QUERY REWRITE",
    "DEBUG", "FLASHBACK",
)  # fmt: skip
_VIEW = (
    "DELETE", "INSERT", "SELECT", "UPDATE", "REFERENCES", "READ", "ON COMMIT REFRESH", "QUERY REWRITE", "DEBUG", "FLASHBACK",
    "MERGE VIEW", "UNDER",
)  # fmt: skip
_CODE = ("EXECUTE", "DEBUG")
_PRIVILEGES = {
    "TABLE": _TABLE,
    "VIEW": _VIEW,
    "MATERIALIZED VIEW": _TABLE,
    "SEQUENCE": ("ALTER", "SELECT"),
    "PROCEDURE": _CODE,
    "FUNCTION": _CODE,
    "PACKAGE": _CODE,
    "TYPE": ("EXECUTE", "DEBUG", "UNDER"),
    "LIBRARY": ("EXECUTE",),
    "OPERATOR": ("EXECUTE",),
    "INDEXTYPE": ("EXECUTE",),
    "JOB": ("ALTER",),
    "DIRECTORY": ("EXECUTE", "READ", "WRITE"),
    "USER": ("INHERIT PRIVILEGES", "INHERIT REMOTE PRIVILEGES", "TRANSLATE SQL"),
    "EDITION": ("USE",),
    "MINING MODEL": ("ALTER", "SELECT"),
    "SQL TRANSLATION PROFILE": ("ALTER", "USE"),
}
_NOT_IN_ALL = {"SEQUENCE": ("KEEP SEQUENCE",), "TABLE": ("SIGN",)}
_WRONG = {
    "SEQUENCE": 2205,
    "PROCEDURE": 2225,
    "FUNCTION": 2225,
    "PACKAGE": 2225,
    "TYPE": 2305,
    "DIRECTORY": 22928,
}
_FOR_OTHER_TYPES = frozenset({"ALTER", "INDEX", "EXECUTE"})


@dataclass(frozen=True, slots=True)
class GrantTarget:
    """One object of the ON clause. `base_grantor` is whose grants need no grant option: the owner; the user himself for ON USER."""

    kind: str
    row: ObjectRow
    base_grantor: str

    @property
    def namespace(self) -> int:
        return NAMESPACES[self.kind]

    @property
    def all_privileges(self) -> tuple[str, ...]:
        """What ALL means for this type."""
        return _PRIVILEGES.get(self.row.type, ())


def find(session: SessionView, statement: GrantStatement) -> tuple[GrantTarget, ...]:
    """The objects named after ON. Raises the error Oracle has for a missing one, which depends on the privilege."""
    assert statement.target is not None
    kind, names = statement.target.kind, statement.target.names
    if kind == "OBJECT":
        return (_object(session, statement, names[0]),)
    if kind in _WITH_A_WORD:
        return (_worded(session, kind, names[0]),)
    return tuple(_special(session, statement, kind, name.name) for name in names)


def _object(session: SessionView, statement: GrantStatement, name: QualifiedName) -> GrantTarget:
    schema = name.owner or session.current_schema
    if schema == "SYS" and name.name.startswith(("V$", "GV$")):
        raise OracleError(2030, "can only select from fixed tables/views")
    row = resolve(session, name.owner, name.name)
    if row is None or row.type in _WITH_A_WORD:
        raise missing(session, statement)
    return GrantTarget("OBJECT", row, row.owner)


def _worded(session: SessionView, kind: str, name: QualifiedName) -> GrantTarget:
    """An object whose kind stands before its name."""
    row = resolve(session, name.owner, name.name)
    if row is None or row.type != kind:
        shown = f'"{name.owner or session.current_schema}"."{name.name}"'
        raise OracleError(
            _WITH_A_WORD[kind], f"{kind.lower().replace('sql', 'SQL')} {shown} does not exist"
        )
    return GrantTarget(kind, row, row.owner)


def _special(session: SessionView, statement: GrantStatement, kind: str, name: str) -> GrantTarget:
    catalog, release = session.container.catalog, session.instance.release
    row = find_object(catalog, "SYS", name, NAMESPACES[kind])
    if kind == "USER":
        if row is None or not principals.user_exists(catalog, name):
            raise error(release, 31707, statement.items[0].name)
        return GrantTarget(kind, row, name)
    if row is None and kind == "DIRECTORY":
        raise error(release, 22930)
    if row is None:
        raise OracleError(38802, "edition does not exist")
    return GrantTarget(kind, row, "SYS")


def missing(session: SessionView, statement: GrantStatement) -> OracleError:
    """The error for an object that does not exist or may not be known of."""
    assert statement.target is not None
    if statement.target.kind == "DIRECTORY":
        return error(session.instance.release, 22930)
    if {item.name for item in statement.items} <= {"EXECUTE", "DEBUG"}:
        return error(session.instance.release, 4042)
    name = statement.target.names[0]
    return missing_object(session, name.owner, name.name)


def id_in(container: Container, target: GrantTarget) -> int:
    """The object's number in that container."""
    row = find_object(container.catalog, target.row.owner, target.row.name, target.namespace)
    assert (
        row is not None
    )  # common objects are in every container, others are changed only where they were found
    return row.object_id


def check_privileges(session: SessionView, target: GrantTarget, names: Sequence[str]) -> None:
    """Raises the type's own error for a privilege that objects of this type do not have."""
    release, kind = session.instance.release, target.row.type
    valid = {*_PRIVILEGES.get(kind, ()), *_NOT_IN_ALL.get(kind, ())}
    if release < Release.R23:
        valid.discard("SIGN")
    for name in names:
        if name in valid:
            continue
        if kind == "VIEW" and name in _FOR_OTHER_TYPES:
            raise error(release, 2204)
        if kind in ("TABLE", "MATERIALIZED VIEW") and name == "EXECUTE":
            raise error(release, 2224)
        raise error(release, _WRONG.get(kind, 990))


def check_columns(session: SessionView, target: GrantTarget, columns: Sequence[str]) -> None:
    """Raises ORA-00904 for a column that the table or view does not have."""
    if not columns:
        return
    if target.row.type not in ("TABLE", "VIEW", "MATERIALIZED VIEW"):
        raise error(session.instance.release, 990)
    rows = session.container.catalog.execute(
        "SELECT name FROM columns WHERE object_id = ?", (target.row.object_id,)
    )
    known = {row[0] for row in rows}
    for column in columns:
        if column not in known:
            raise error(session.instance.release, 904, column)
