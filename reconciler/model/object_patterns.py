"""What kinds of objects take which privileges, and so what a pattern over objects can stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.model.documents import ManyObjectsAccess, ObjectPattern

_TABLE = frozenset(
    (
        "ALTER", "DEBUG", "DELETE", "FLASHBACK", "INDEX", "INSERT", "ON COMMIT REFRESH", "QUERY REWRITE", "READ", "REFERENCES", "SELECT", "UPDATE",
    )
)  # fmt: skip
_CODE = frozenset({"EXECUTE", "DEBUG"})
TAKES: Mapping[str, frozenset[str]] = {
    "TABLE": _TABLE,
    "VIEW": frozenset(
        (
            "DEBUG", "DELETE", "FLASHBACK", "INSERT", "MERGE VIEW", "READ", "REFERENCES", "SELECT", "UNDER", "UPDATE",
        )
    ),
    "MATERIALIZED VIEW": frozenset(
        {"DELETE", "INSERT", "ON COMMIT REFRESH", "QUERY REWRITE", "READ", "SELECT", "UPDATE"}
    ),
    "SEQUENCE": frozenset({"ALTER", "KEEP SEQUENCE", "SELECT"}),
    "PROCEDURE": _CODE,
    "FUNCTION": _CODE,
    "PACKAGE": _CODE,
    "TYPE": _CODE | {"UNDER"},
    "LIBRARY": frozenset({"EXECUTE"}),
    "OPERATOR": frozenset({"EXECUTE"}),
    "INDEXTYPE": frozenset({"EXECUTE"}),
}  # fmt: skip
"""Privileges by type of object (SQL Language Reference, GRANT, table of object privileges): what a pattern can stand for."""


def patterns_of(
    item: ManyObjectsAccess, labels: Mapping[str, tuple[ObjectPattern, ...]]
) -> tuple[ObjectPattern, ...]:
    """The pattern of the item, or those that the target's documents put under its label."""
    return (item.pattern,) if item.pattern else labels.get(item.label, ())


def takes(item: ManyObjectsAccess, object_type: str) -> bool:
    """Whether an object of this type can be among those that the item stands for."""
    wanted = frozenset(item.privileges)
    return wanted <= TAKES.get(object_type, frozenset()) and (
        not item.types or object_type in item.types
    )


def is_covered(patterns: Iterable[ObjectPattern], owner: str, name: str) -> bool:
    return any(pattern.covers(owner, name) for pattern in patterns)
