"""What patterns over objects stand for: the objects of the dictionary, never more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.model.classification import ColumnPattern
from reconciler.model.documents import (
    Access,
    AccessRequest,
    Documents,
    ManyObjectsAccess,
    ObjectAccess,
    ObjectPattern,
    StandingGrant,
    Target,
)
from reconciler.model.snapshot import DatabaseObject, Reading

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


@dataclass(frozen=True, slots=True)
class Objects:
    """The objects of the schemas that documents name, and the labels of the target."""

    target: str = ""
    known: tuple[DatabaseObject, ...] = ()
    labels: Mapping[str, tuple[ObjectPattern, ...]] = field(default_factory=dict)


def reading(documents: Documents, target: Target) -> Reading:
    """The schemas and tables that the documents name for the target, and what reviews of access to it need to know: the objects of the schemas that its
    scope names (a pull request may be the first to ask for some of them), sizes and views of its whole scope, and the columns that the documents classify.
    The owner of a classified column is looked into as well, unless any owner may have such a column: then the scope
    says what anybody could be given."""
    schemas = {pattern for pattern in target.scope.schemas if "*" not in pattern}
    tables: set[tuple[str, str]] = set()
    for item in _items(documents, target):
        match item:
            case ObjectAccess(owner=owner, object=name, columns=columns):
                schemas.add(owner)
                if columns:
                    tables.add((owner, name))
            case ManyObjectsAccess(pattern=pattern, label=label):
                patterns = (pattern,) if pattern else target.object_labels.get(label, ())
                schemas |= {found.owner for found in patterns}
            case _:
                pass
    classified = _classified(documents, target)
    owners = {pattern.owner for pattern in classified} - {"*"}
    described = schemas | owners | set(target.scope.schemas)
    return Reading(frozenset(schemas), frozenset(tables), frozenset(described), classified)


def _classified(documents: Documents, target: Target) -> frozenset[ColumnPattern]:
    return frozenset(
        pattern
        for row in documents.classifications.values()
        if row.targets.selects(target)
        for pattern in row.columns
    )


def _items(documents: Documents, target: Target) -> Iterator[Access]:
    asking: tuple[AccessRequest | StandingGrant, ...] = (
        *documents.requests.values(),
        *documents.standing.values(),
    )
    for document in asking:
        if document.targets.selects(target):
            yield from document.access
    for glass in documents.break_glass.values():
        if target.name in glass.targets:
            yield from glass.access
    for bundle in documents.bundles.values():
        yield from bundle.access


def matching(item: ManyObjectsAccess, objects: Objects) -> tuple[DatabaseObject, ...]:
    """The objects that the item stands for, ordered. A materialized view and its table share a name and their grants, and come once."""
    patterns = (item.pattern,) if item.pattern else objects.labels.get(item.label, ())
    wanted = frozenset(item.privileges)
    found = {
        (row.owner, row.name): row
        for row in sorted(objects.known)
        if wanted <= TAKES.get(row.type, frozenset())
        and (not item.types or row.type in item.types)
        and any(pattern.covers(row.owner, row.name) for pattern in patterns)
    }
    return tuple(found.values())
