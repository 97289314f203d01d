"""Privileges and entitlements as values.

They are named tuples of interned strings: sets of a million compare and hash at C speed (docs/adr/0006).
"""

from __future__ import annotations

import enum
from typing import NamedTuple, assert_never

from reconciler.model import names


class Kind(enum.StrEnum):
    """What sort of right it is, and so which statement gives it and which view shows it."""

    SYSTEM = "system"
    ROLE = "role"
    OBJECT = "object"
    COLUMN = "column"
    SCHEMA = "schema"


class Privilege(NamedTuple):
    """One right. `name` is the privilege (`SELECT`, `CREATE SESSION`) or, for Kind.ROLE, the role; unused parts are empty text.

    `owner`/`object`: the object, for OBJECT and COLUMN (`owner` alone: the schema, for SCHEMA). `column`: for COLUMN only.
    """

    kind: Kind
    name: str
    owner: str = ""
    object: str = ""
    column: str = ""

    def __str__(self) -> str:
        match self.kind:
            case Kind.SYSTEM:
                return self.name
            case Kind.ROLE:
                return f"role {names.display(self.name)}"
            case Kind.SCHEMA:
                return f"{self.name} on schema {names.display(self.owner)}"
            case Kind.OBJECT | Kind.COLUMN:
                on = f"{names.display(self.owner)}.{names.display(self.object)}"
                column = f" ({names.display(self.column)})" if self.column else ""
                return f"{self.name}{column} on {on}"
            case _:
                assert_never(self.kind)


def system(name: str) -> Privilege:
    return Privilege(Kind.SYSTEM, name)


def role(name: str) -> Privilege:
    return Privilege(Kind.ROLE, name)


def on_object(name: str, owner: str, object_name: str) -> Privilege:
    return Privilege(Kind.OBJECT, name, owner, object_name)


def on_column(name: str, owner: str, object_name: str, column: str) -> Privilege:
    return Privilege(Kind.COLUMN, name, owner, object_name, column)


def on_schema(name: str, schema: str) -> Privilege:
    return Privilege(Kind.SCHEMA, name, schema)


class Entitlement(NamedTuple):
    """A privilege held by a grantee. `with_option`: ADMIN OPTION for system and role, GRANT OPTION for the others."""

    grantee: str
    privilege: Privilege
    with_option: bool = False

    def __str__(self) -> str:
        option = ""
        if self.with_option:
            option = (
                " with admin option"
                if self.privilege.kind in (Kind.SYSTEM, Kind.ROLE)
                else " with grant option"
            )
        return f"{names.display(self.grantee)}: {self.privilege}{option}"


def to_json(entitlement: Entitlement) -> dict[str, object]:
    """The public JSON form; empty parts are left out."""
    privilege = entitlement.privilege
    parts: dict[str, object] = {
        "grantee": entitlement.grantee,
        "kind": privilege.kind.value,
        "privilege": privilege.name,
    }
    parts |= {
        key: value
        for key, value in (
            ("owner", privilege.owner),
            ("object", privilege.object),
            ("column", privilege.column),
        )
        if value
    }
    return parts | ({"with_option": True} if entitlement.with_option else {})


def from_json(parts: dict[str, object]) -> Entitlement:
    """The inverse of `to_json`. Raises KeyError or ValueError for anything else."""
    privilege = Privilege(
        Kind(str(parts["kind"])),
        str(parts["privilege"]),
        str(parts.get("owner", "")),
        str(parts.get("object", "")),
        str(parts.get("column", "")),
    )
    return Entitlement(str(parts["grantee"]), privilege, parts.get("with_option") is True)


def line(entitlement: Entitlement) -> str:
    """One tab-separated line that identifies the entitlement; digests are made over sorted lines. Names cannot hold a tab: the
    loader refuses control characters, and one in the dictionary is escaped here."""
    return "\t".join(
        part.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
        for part in (
            entitlement.grantee,
            *entitlement.privilege,
            "option" if entitlement.with_option else "",
        )
    )
