"""The `access` list of requests, standing grants and bundles."""

from __future__ import annotations

from reconciler.documents.loader import Path
from reconciler.documents.reader import Reader
from reconciler.model import names
from reconciler.model.documents import (
    Access,
    BundleAccess,
    ObjectAccess,
    RoleAccess,
    SystemAccess,
)

WITH_COLUMNS = frozenset({"INSERT", "UPDATE", "REFERENCES"})
"""Object privileges that take a column list in Oracle."""


def read_access(reader: Reader, path: Path) -> tuple[Access, ...]:
    return tuple(_item(reader, (*path, index)) for index in range(len(reader.at(path))))


def _item(reader: Reader, path: Path) -> Access:
    origin = reader.origin(path)
    item = reader.at(path)
    with_option = item.get("withOption", False) is True
    if "bundle" in item:
        return BundleAccess(reader.text((*path, "bundle")), origin)
    if "role" in item:
        return RoleAccess(_role(reader, (*path, "role")), with_option, origin)
    if "system" in item:
        return SystemAccess(reader.text((*path, "system")), with_option, origin)
    owner, name = reader.qualified((*path, "on"))
    privileges = reader.texts((*path, "privileges"))
    columns = reader.oracle_names((*path, "columns"))
    if columns:
        _check_columns(reader, path, privileges)
    return ObjectAccess(privileges, owner, name, columns, with_option, origin)


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


def _check_columns(reader: Reader, path: Path, privileges: tuple[str, ...]) -> None:
    for index, privilege in enumerate(privileges):
        if privilege in WITH_COLUMNS:
            continue
        reads = privilege in ("SELECT", "READ")
        reader.fail(
            "access.columns-not-possible",
            f"Oracle has no column list for {privilege}; only INSERT, UPDATE and REFERENCES take one",
            (*path, "privileges", index),
            f"Ask for {privilege} on a view that shows only these columns."
            if reads
            else f"Move {privilege} to an item without `columns`.",
        )
