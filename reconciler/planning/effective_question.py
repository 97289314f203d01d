"""Questions as people type them: `SELECT HR.EMPLOYEES.SALARY`, `CREATE SESSION`, `SELECT ANY TABLE ON SCHEMA HR`, `READ DIRECTORY DUMPS`, `ROLE HR_READER`,
`CONNECT THROUGH HR_APP`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from reconciler.model import names
from reconciler.model.names import InvalidNameError
from reconciler.model.privileges import (
    ON_KINDS,
    OWNED_BY_SYS,
    Kind,
    Privilege,
    on_column,
    on_object,
    on_schema,
    proxy,
    role,
    system,
)
from reconciler.model.snapshot import Snapshot
from reconciler.planning.effective_giving import is_oracles

_WORD = re.compile(r'(?:"[^"]*"|[^\s"])+')
_PART = re.compile(r'"[^"]*"|[^".]+')
_OBJECT_PRIVILEGES = frozenset(
    {
        "ALTER", "DEBUG", "DELETE", "DEQUEUE", "ENQUEUE", "EXECUTE", "FLASHBACK", "FLASHBACK ARCHIVE", "INDEX", "INHERIT PRIVILEGES",
        "INHERIT REMOTE PRIVILEGES", "INSERT", "KEEP SEQUENCE", "MERGE VIEW", "ON COMMIT REFRESH", "QUERY REWRITE", "READ", "REFERENCES",
        "SELECT", "SIGN", "TRANSLATE SQL", "UNDER", "UPDATE", "USE", "WRITE",
    }
)  # fmt: skip
"""SQL Language Reference, GRANT, table of object privileges. Others count as known where a grant of them is seen."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A word of the question that the database does not know. `rule` says what sort, `known` are the words it could have been. `certain`: the name is not
    there, and not only without any grant."""

    rule: str
    message: str
    word: str
    known: Collection[str]
    certain: bool = True


def parse(words: Sequence[str]) -> Privilege:
    """The privilege that is asked about. Names fold as in documents, quoted ones are kept. Raises InvalidNameError."""
    parts = [word for text in words for word in _WORD.findall(text)]
    if any('"' in _WORD.sub("", text) for text in words):
        raise InvalidNameError("a double quote is missing")
    if not parts:
        raise InvalidNameError("no privilege was named")
    upper = [part.upper() for part in parts]
    if upper[0] == "ROLE" and len(parts) == 2:
        return role(names.parse(parts[1]))
    if upper[:2] == ["CONNECT", "THROUGH"] and len(parts) == 3:
        return proxy(names.parse(parts[2]))
    for kind in (*sorted(ON_KINDS), "SCHEMA"):
        at = _after(upper, kind.split())
        if at is not None:
            return _on_kind(kind, _privilege(upper[: at - len(kind.split())]), parts[at])
    if _parts(parts[-1])[1:]:
        return _on_object(_privilege(upper[:-1]), parts[-1])
    return system(_privilege(upper))


def _after(upper: Sequence[str], kind: Sequence[str]) -> int | None:
    """Where the name stands, when the last words are the kind and one name, and a privilege stands before them."""
    at = len(upper) - 1
    return at if at > len(kind) and list(upper[at - len(kind) : at]) == list(kind) else None


def _privilege(upper: Sequence[str]) -> str:
    found = upper[:-1] if upper and upper[-1] == "ON" else upper
    name = " ".join(found)
    if not name:
        raise InvalidNameError("no privilege was named; write it before the object")
    if not re.fullmatch(r"[A-Z][A-Z0-9_ ]*", name):
        raise InvalidNameError(f"{name!r} is no privilege")
    return name


def _on_kind(kind: str, privilege: str, name: str) -> Privilege:
    if kind == "SCHEMA":
        return on_schema(privilege, names.parse(name))
    if kind in OWNED_BY_SYS:
        return on_object(privilege, "SYS", names.parse(name), kind)
    owner, object_name = names.parse_qualified(name)
    return on_object(privilege, owner, object_name, kind)


def _on_object(privilege: str, text: str) -> Privilege:
    found = [names.parse(part) for part in _parts(text)]
    if len(found) == 3:
        return on_column(privilege, *found)
    if len(found) == 2:
        return on_object(privilege, *found)
    raise InvalidNameError(f"{text!r}: write OWNER.OBJECT or OWNER.OBJECT.COLUMN")


def _parts(text: str) -> list[str]:
    """The parts between dots; dots in double quotes don't count."""
    if '"' not in text:
        return text.split(".")
    parts = _PART.findall(text)
    if ".".join(parts) != text:
        raise InvalidNameError(f"{text!r}: write OWNER.OBJECT or OWNER.OBJECT.COLUMN")
    return parts


def unknown(privilege: Privilege, grantee: str, snapshot: Snapshot) -> Iterator[Unknown]:
    """What of the question the database does not know; `grantee` is empty when it asks for everybody."""
    if grantee and grantee != "PUBLIC" and not _is_account(grantee, snapshot):
        known = [*snapshot.users, *snapshot.roles]
        message = f"{names.display(grantee)} is no user or role of {snapshot.target}"
        yield Unknown("access.unknown-grantee", message, grantee, known)
    match privilege.kind:
        case Kind.ROLE:
            yield from _unknown_role(privilege, snapshot)
        case Kind.SYSTEM | Kind.SCHEMA:
            yield from _unknown_system(privilege, snapshot)
        case Kind.OBJECT | Kind.COLUMN:
            yield from _unknown_object(privilege, snapshot)
        case Kind.PROXY | Kind.QUOTA:
            pass
        case _:
            assert_never(privilege.kind)
    if privilege.kind in (Kind.SCHEMA, Kind.PROXY) and privilege.owner not in snapshot.users:
        yield _unknown_schema(privilege, snapshot)


def _is_account(name: str, snapshot: Snapshot) -> bool:
    return name in snapshot.users or name in snapshot.roles


def _unknown_role(privilege: Privilege, snapshot: Snapshot) -> Iterator[Unknown]:
    if privilege.name not in snapshot.roles:
        message = f"{names.display(privilege.name)} is no role of {snapshot.target}"
        yield Unknown("access.unknown-role", message, privilege.name, snapshot.roles)


def _unknown_system(privilege: Privilege, snapshot: Snapshot) -> Iterator[Unknown]:
    known = snapshot.system_privileges
    if not known or privilege.name in known:
        return
    what = "is no system privilege of"
    verb, _, object_name = privilege.name.rpartition(" ")
    if verb in _OBJECT_PRIVILEGES:
        what = f"names no schema: ask for {verb} OWNER.{object_name}. It is no system privilege of"
    if privilege.kind is Kind.SYSTEM and privilege.name in _OBJECT_PRIVILEGES:
        what = "is a privilege on objects; name one as OWNER.OBJECT after it. It is no system privilege of"
    message = f"{privilege.name} {what} {snapshot.target}"
    yield Unknown("access.unknown-privilege", message, privilege.name, known)


def _unknown_object(privilege: Privilege, snapshot: Snapshot) -> Iterator[Unknown]:
    seen = [row.entitlement.privilege for row in snapshot.grants]
    objects = [row for row in seen if row.kind in (Kind.OBJECT, Kind.COLUMN)]
    known = _OBJECT_PRIVILEGES | {row.name for row in objects}
    if privilege.name not in known:
        message = f"{privilege.name} is no privilege on objects"
        yield Unknown("access.unknown-privilege", message, privilege.name, known)
    if privilege.on in OWNED_BY_SYS:
        yield from _unknown_of_sys(privilege, snapshot, objects)
        return
    if privilege.owner not in snapshot.users:
        yield _unknown_schema(privilege, snapshot)
        return
    if not is_oracles(privilege.owner, snapshot):
        granted = {row.object for row in objects if row.owner == privilege.owner}
        yield from _not_there(privilege, snapshot, granted)


def _unknown_of_sys(
    privilege: Privilege, snapshot: Snapshot, objects: Sequence[Privilege]
) -> Iterator[Unknown]:
    """Directories and editions are known by the grants on them alone."""
    users = privilege.on == "USER"
    known = (
        set(snapshot.users) if users else {row.object for row in objects if row.on == privilege.on}
    )
    if privilege.object not in known:
        what = "there is no" if users else "nobody was given anything on"
        message = f"{what} {privilege.place} in {snapshot.target}"
        yield Unknown("access.unknown-object", message, privilege.object, known, certain=users)


def _not_there(privilege: Privilege, snapshot: Snapshot, granted: set[str]) -> Iterator[Unknown]:
    """Without the dictionary's objects of the schema only those that somebody was given something on are known."""
    objects = {row.name: row.type for row in snapshot.objects if row.owner == privilege.owner}
    known = granted | objects.keys()
    read = privilege.owner in snapshot.known_schemas
    if privilege.object not in known:
        what = "there is no" if read else "nobody was given anything on"
        message = f"{what} {privilege.place} in {snapshot.target}"
        yield Unknown("access.unknown-object", message, privilege.object, known, certain=read)
    elif objects.get(privilege.object) == "SYNONYM":
        message = f"{privilege.place} is a synonym; grants are on the object that it stands for"
        yield Unknown("access.synonym", message, privilege.object, ())
    columns = snapshot.columns.get((privilege.owner, privilege.object))
    if privilege.column and columns and privilege.column not in columns:
        message = f"{privilege.place} has no column {names.display(privilege.column)}"
        yield Unknown("access.unknown-column", message, privilege.column, columns)


def _unknown_schema(privilege: Privilege, snapshot: Snapshot) -> Unknown:
    message = f"{names.display(privilege.owner)} is no schema of {snapshot.target}"
    return Unknown("access.unknown-schema", message, privilege.owner, snapshot.users)
