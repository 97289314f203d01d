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
from reconciler.model.object_patterns import is_covered, patterns_of, takes
from reconciler.model.snapshot import DatabaseObject, Reading


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
            case ManyObjectsAccess():
                schemas |= {found.owner for found in patterns_of(item, target.object_labels)}
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
    patterns = patterns_of(item, objects.labels)
    found = {
        (row.owner, row.name): row
        for row in sorted(objects.known)
        if takes(item, row.type) and is_covered(patterns, row.owner, row.name)
    }
    return tuple(found.values())
