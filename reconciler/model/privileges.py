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
    PROXY = "proxy"
    QUOTA = "quota"


class Privilege(NamedTuple):
    """One right. `name` is the privilege (`SELECT`, `CREATE SESSION`) or, for Kind.ROLE, the role; unused parts are empty text.

    `owner`/`object`: the object, for OBJECT and COLUMN (`owner` alone: the schema, for SCHEMA, and the client that a proxy may act as, for PROXY;
    `object` alone: the tablespace, for QUOTA, whose `name` is the number of bytes or UNLIMITED). `column`: for COLUMN only. `on`: what stands after ON for
    objects that SQL does not address as OWNER.NAME (`ON_KINDS`), empty for the others.
    """

    kind: Kind
    name: str
    owner: str = ""
    object: str = ""
    column: str = ""
    on: str = ""

    def __str__(self) -> str:
        match self.kind:
            case Kind.SYSTEM:
                return self.name
            case Kind.ROLE:
                return f"role {names.display(self.name)}"
            case Kind.SCHEMA:
                return f"{self.name} on schema {names.display(self.owner)}"
            case Kind.PROXY:
                return f"{self.name} {names.display(self.owner)}"
            case Kind.QUOTA:
                size = f" {readable_size(self.name)}" if self.name else ""
                return f"quota{size} on {names.display(self.object)}"
            case Kind.OBJECT | Kind.COLUMN:
                column = f" ({names.display(self.column)})" if self.column else ""
                return f"{self.name}{column} on {self.place}"
            case _:
                assert_never(self.kind)

    @property
    def place(self) -> str:
        """The object as people write it: `HR.EMPLOYEES`, `DIRECTORY DUMP_DIR`."""
        if self.on in OWNED_BY_SYS:
            return f"{self.on} {names.display(self.object)}"
        qualified = f"{names.display(self.owner)}.{names.display(self.object)}"
        return f"{self.on} {qualified}" if self.on else qualified


OWNED_BY_SYS = frozenset({"DIRECTORY", "EDITION", "USER"})
"""Objects without a schema: the dictionary has them as SYS's (GRANT, on_object_clause)."""

ON_KINDS = OWNED_BY_SYS | {
    "MINING MODEL",
    "SQL TRANSLATION PROFILE",
    "JAVA SOURCE",
    "JAVA RESOURCE",
}
"""The words that GRANT wants after ON for some kinds of objects; DBA_TAB_PRIVS.TYPE has the same ones."""


def system(name: str) -> Privilege:
    return Privilege(Kind.SYSTEM, name)


def role(name: str) -> Privilege:
    return Privilege(Kind.ROLE, name)


def on_object(name: str, owner: str, object_name: str, on: str = "") -> Privilege:
    return Privilege(Kind.OBJECT, name, owner, object_name, on=on)


def on_directory(name: str, directory: str) -> Privilege:
    return on_object(name, "SYS", directory, "DIRECTORY")


def on_user(name: str, user: str) -> Privilege:
    """A right on a user, such as TRANSLATE SQL; the user is its grantor (GRANT, ON USER)."""
    return on_object(name, "SYS", user, "USER")


def on_column(name: str, owner: str, object_name: str, column: str) -> Privilege:
    return Privilege(Kind.COLUMN, name, owner, object_name, column)


def on_schema(name: str, schema: str) -> Privilege:
    return Privilege(Kind.SCHEMA, name, schema)


def proxy(client: str) -> Privilege:
    """The right to log on as `client` with one's own password: ALTER USER client GRANT CONNECT THROUGH grantee."""
    return Privilege(Kind.PROXY, "CONNECT THROUGH", client)


def quota(size: str, tablespace: str) -> Privilege:
    """`size` in bytes as a number, or UNLIMITED."""
    return Privilege(Kind.QUOTA, size, object=tablespace)


UNLIMITED = "UNLIMITED"
_UNITS = (("T", 1 << 40), ("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10))


def readable_size(size: str) -> str:
    """A quota as ALTER USER takes it, in its largest whole unit: 104857600 is 100M."""
    if size == UNLIMITED:
        return size
    number = int(size)
    for unit, amount in _UNITS:
        if number and number % amount == 0:
            return f"{number // amount}{unit}"
    return size


def size_in_bytes(text: str) -> str:
    """`100M` as a number of bytes, UNLIMITED as it is. Raises ValueError."""
    if text.upper() == UNLIMITED:
        return UNLIMITED
    amounts = dict(_UNITS)
    unit = text[-1:].upper()
    number = text[:-1] if unit in amounts else text
    return str(int(number) * amounts.get(unit, 1))


_WITH_ADMIN = (Kind.SYSTEM, Kind.ROLE, Kind.SCHEMA)


class Entitlement(NamedTuple):
    """A privilege held by a grantee. `with_option`: ADMIN OPTION for system privileges, roles and schema privileges, GRANT OPTION for the others.
    `with_second_option`: DELEGATE OPTION for roles, HIERARCHY OPTION for objects; no other kind has one."""

    grantee: str
    privilege: Privilege
    with_option: bool = False
    with_second_option: bool = False

    def __str__(self) -> str:
        options = [f"with {word.lower()} option" for word in self.options]
        return " ".join((f"{names.display(self.grantee)}: {self.privilege}", *options))

    @property
    def options(self) -> tuple[str, ...]:
        """The words before OPTION in the GRANT statement, in Oracle's order."""
        kind = self.privilege.kind
        second = "DELEGATE" if kind is Kind.ROLE else "HIERARCHY"
        first = "ADMIN" if kind in _WITH_ADMIN else "GRANT"
        given = ((second, self.with_second_option), (first, self.with_option))
        return tuple(word for word, has in given if has)


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
            ("on", privilege.on),
            ("with_option", entitlement.with_option),
            ("with_second_option", entitlement.with_second_option),
        )
        if value
    }
    return parts


def from_json(parts: dict[str, object]) -> Entitlement:
    """The inverse of `to_json`. Raises KeyError or ValueError for anything else."""
    privilege = Privilege(
        Kind(str(parts["kind"])),
        str(parts["privilege"]),
        str(parts.get("owner", "")),
        str(parts.get("object", "")),
        str(parts.get("column", "")),
        str(parts.get("on", "")),
    )
    return Entitlement(
        str(parts["grantee"]),
        privilege,
        parts.get("with_option") is True,
        parts.get("with_second_option") is True,
    )


def line(entitlement: Entitlement) -> str:
    """One tab-separated line that identifies the entitlement; digests are made over sorted lines. Names cannot hold a tab: the
    loader refuses control characters, and one in the dictionary is escaped here."""
    return "\t".join(
        part.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
        for part in (
            entitlement.grantee,
            *entitlement.privilege,
            "option" if entitlement.with_option else "",
            "second-option" if entitlement.with_second_option else "",
        )
    )
