"""The `access` list of requests, standing grants and bundles."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconciler.documents.loader import Path
from reconciler.documents.reader import Reader
from reconciler.model import names
from reconciler.model.diagnostics import Origin
from reconciler.model.documents import (
    Access,
    BundleAccess,
    ManyObjectsAccess,
    ObjectAccess,
    ObjectPattern,
    ProxyAccess,
    QuotaAccess,
    RoleAccess,
    SchemaAccess,
    SystemAccess,
)
from reconciler.model.identities import THROUGH_VIEWS
from reconciler.model.privileges import OWNED_BY_SYS, size_in_bytes

WITH_COLUMNS = frozenset({"INSERT", "UPDATE", "REFERENCES"})
"""Object privileges that take a column list in Oracle."""


def read_access(reader: Reader, path: Path) -> tuple[Access, ...]:
    """None where the document needs none."""
    return tuple(_item(reader, (*path, index)) for index in range(len(reader.at(path) or ())))


def _item(reader: Reader, path: Path) -> Access:
    origin = reader.origin(path)
    item = reader.at(path)
    with_option = item.get("withOption", False) is True
    if "bundle" in item:
        return BundleAccess(reader.text((*path, "bundle")), origin)
    if "role" in item:
        role = _role(reader, (*path, "role"))
        return RoleAccess(role, with_option, origin, item.get("withDelegate", False) is True)
    if "system" in item:
        return SystemAccess(reader.text((*path, "system")), with_option, origin)
    if "quota" in item:
        return _quota(reader, path, origin)
    if "proxy" in item:
        return ProxyAccess(reader.oracle_name((*path, "proxy")), origin)
    if "schema" in item:
        schema = reader.oracle_name((*path, "schema"))
        _check_not_gate(reader, (*path, "schema"), schema)
        return SchemaAccess(reader.texts((*path, "privileges")), schema, with_option, origin)
    _check_privileges(reader, path, item)
    if "on" in item:
        return _on_objects(reader, path, origin)
    return _on_named_kind(reader, path, origin)


def _quota(reader: Reader, path: Path, origin: Origin) -> QuotaAccess:
    quota = (*path, "quota")
    size = size_in_bytes(reader.text((*quota, "size")))
    if size == "0":
        reader.fail(
            "access.no-quota",
            "a quota of 0 is none",
            (*quota, "size"),
            "Leave the item out: a user without one has no quota.",
        )
    return QuotaAccess(reader.oracle_name((*quota, "tablespace")), size, origin)


def _on_objects(reader: Reader, path: Path, origin: Origin) -> Access:
    """Privileges on one object, or on those that a pattern or a label stands for."""
    item = reader.at(path)
    privileges = reader.texts((*path, "privileges"))
    options = item.get("withOption", False) is True, item.get("withHierarchy", False) is True
    types = reader.texts((*path, "types"))
    label = item["on"]["label"] if isinstance(item["on"], dict) else ""
    pattern = None if label else object_pattern(reader, (*path, "on"))
    columns = reader.oracle_names((*path, "columns"))
    if pattern is not None and pattern.exact:
        if types:
            reader.fail(
                "access.types-of-one-object",
                "`types` chooses among the objects of a pattern, and `on` names a single object",
                (*path, "types"),
                "Remove it.",
            )
        if columns:
            _check_columns(reader, path, privileges, with_option=any(options))
        return ObjectAccess(
            privileges, pattern.owner, pattern.name, columns, options[0], origin, "", options[1]
        )
    if columns:
        reader.fail(
            "access.columns-of-many-objects",
            "`columns` are those of one object, and `on` stands for several",
            (*path, "columns"),
            "Write an item for each table.",
        )
    return ManyObjectsAccess(privileges, pattern, label, types, options[0], origin, options[1])


_QUALIFIED_PATTERN = re.compile(r'("[^"]*"|[^".]+)\.([A-Za-z0-9_$#*]*\*[A-Za-z0-9_$#*]*)\Z')


def object_pattern(reader: Reader, path: Path) -> ObjectPattern:
    """`HR.EMP*`, or one object as `HR.EMPLOYEES`. Without quotes a pattern is folded like a name; an asterisk in quotes is part of the name."""
    parts = _QUALIFIED_PATTERN.match(reader.text(path))
    try:
        pattern = (
            ObjectPattern(names.parse(parts[1]), parts[2].upper())
            if parts
            else ObjectPattern(*reader.qualified(path), exact=True)
        )
    except names.InvalidNameError as error:
        reader.fail("name.invalid", str(error), path)
        return ObjectPattern("", "")
    _check_not_gate(reader, path, pattern.owner)
    return pattern


_ON = {
    "directory": "DIRECTORY",
    "edition": "EDITION",
    "onUser": "USER",
    "miningModel": "MINING MODEL",
    "translationProfile": "SQL TRANSLATION PROFILE",
    "javaSource": "JAVA SOURCE",
    "javaResource": "JAVA RESOURCE",
}
"""Kinds of objects that SQL does not address as OWNER.NAME, by the key that names one."""


def _on_named_kind(reader: Reader, path: Path, origin: Origin) -> ObjectAccess:
    item = reader.at(path)
    key = next(key for key in _ON if key in item)
    on = _ON[key]
    without_schema = on in OWNED_BY_SYS
    subject = (
        ("SYS", reader.oracle_name((*path, key)))
        if without_schema
        else reader.qualified((*path, key))
    )
    privileges = reader.texts((*path, "privileges"))
    with_option = item.get("withOption", False) is True
    return ObjectAccess(privileges, *subject, (), with_option, origin, on)


_VALID = {
    "directory": ("READ", "WRITE", "EXECUTE"),
    "edition": ("USE",),
    "onUser": ("INHERIT PRIVILEGES", "INHERIT REMOTE PRIVILEGES", "TRANSLATE SQL"),
    "miningModel": ("ALTER", "SELECT"),
    "translationProfile": ("ALTER", "USE"),
    "javaSource": ("EXECUTE", "DEBUG"),
    "javaResource": ("EXECUTE", "DEBUG"),
}
"""What can be granted on each kind (SQL Language Reference, GRANT, table of object privileges)."""
_ELSEWHERE = frozenset(
    {"WRITE", "INHERIT PRIVILEGES", "INHERIT REMOTE PRIVILEGES", "TRANSLATE SQL"}
)
"""Object privileges that no object of a schema takes."""


def _check_privileges(reader: Reader, path: Path, item: Mapping[str, object]) -> None:
    key = next((key for key in _VALID if key in item), "on")
    valid = _VALID.get(key, ())
    for index, privilege in enumerate(reader.texts((*path, "privileges"))):
        if privilege in valid or (key == "on" and privilege not in _ELSEWHERE):
            continue
        fits = [f"`{name}`" for name, listed in _VALID.items() if privilege in listed]
        reader.fail(
            "access.privilege-of-another-kind",
            f"Oracle has no {privilege} privilege for `{key}`",
            (*path, "privileges", index),
            f"Possible here: {', '.join(valid)}." if valid else f"It goes with {', '.join(fits)}.",
        )


def _role(reader: Reader, path: Path) -> str:
    role = reader.oracle_name(path)
    if role.startswith(names.LEASE_PREFIX):
        reader.fail(
            "name.reserved",
            f"{names.display(role)} looks like the role of an access request; those are never granted by name",
            path,
            "Ask for the privileges themselves.",
        )
    return role


def _check_columns(
    reader: Reader, path: Path, privileges: tuple[str, ...], *, with_option: bool
) -> None:
    for index, privilege in enumerate(privileges):
        if privilege not in WITH_COLUMNS | THROUGH_VIEWS:
            reader.fail(
                "access.columns-not-possible",
                f"Oracle has no column list for {privilege}",
                (*path, "privileges", index),
                f"Move {privilege} to an item without `columns`.",
            )
        elif privilege in THROUGH_VIEWS and with_option:
            reader.fail(
                "access.no-option-on-columns",
                f"{privilege} on columns is given through a view of the reconciler's own, and cannot be passed on",
                (*path, "privileges", index),
                f"Leave `withOption` and `withHierarchy` out, or move {privilege} to an item of its own.",
            )


def _check_not_gate(reader: Reader, path: Path, owner: str) -> None:
    if owner == names.GATE_SCHEMA:
        reader.fail(
            "name.reserved",
            f"{owner} is the gatekeeper's own schema; nothing in it is granted by name",
            path,
            "For some columns of a table name the table, with `columns`.",
        )
