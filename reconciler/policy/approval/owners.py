"""Who owns the data that a request reaches: named for a classification, for a schema, or by the label `owner` of the target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from reconciler.model import names
from reconciler.model.classification import Reached
from reconciler.model.documents import (
    Access,
    AccessRequest,
    BundleAccess,
    Documents,
    ManyObjectsAccess,
    ObjectAccess,
    ProxyAccess,
    QuotaAccess,
    RoleAccess,
    SchemaAccess,
    SystemAccess,
    Target,
)
from reconciler.model.object_patterns import is_covered, patterns_of
from reconciler.model.pattern_match import ANY
from reconciler.model.policies import OWNER_LABEL
from reconciler.model.privileges import role

_NO_DATA = frozenset({"CREATE SESSION"})
"""System privileges that reach nobody's data."""


class Area(NamedTuple):
    """Data with an owner. `owners` are people and teams, empty where none is known; `place` says what it is, such as `FIN on hr-prod`."""

    owners: tuple[str, ...]
    place: str


def owned_areas(
    request: AccessRequest, target: Target, documents: Documents, reached: Iterable[Reached]
) -> tuple[Area, ...]:
    """The areas of the request on the target, one for each distinct set of owners, in a fixed order; never empty.

    Classified columns belong to the owners of their classification, or else of their schema. What is asked for in a schema and is about no classified
    column belongs to the schema's owners, and so does the schema of the client that a proxy logs on as. What names no schema, such as a role, belongs to
    the owner of the target, unless that very role is known to lead to classified columns: then it is known whose data it leads to.

    Each item is looked at by itself: asking for more never asks fewer people.
    """
    rows = tuple(reached)
    found = [_of_column(row, target) for row in rows]
    classified = {row.column.owner for row in rows}
    if request.client and request.client not in classified:
        found.append(_of_schema(request.client, target))
    for item in opened(request.access, documents):
        schemas = _schemas(item, target)
        if schemas is None and not _leads_somewhere(item, rows):
            found.append(_of_target(target))
        told = {row.column.owner for row in rows if _is_about(item, row, target)}
        found.extend(_of_schema(schema, target) for schema in schemas or () if schema not in told)
    return _distinct(found or [_of_target(target)])


def areas_of_target(target: Target) -> tuple[Area, ...]:
    """Every area that the target's own document knows of."""
    found = [_of_schema(schema, target) for schema in target.schema_owners]
    return _distinct([*found, _of_target(target)])


def opened(access: Iterable[Access], documents: Documents) -> Iterator[Access]:
    """The items, with bundles replaced by what they hold. A bundle that there is not stays what it is. Bundles hold no bundles."""
    for item in access:
        if isinstance(item, BundleAccess) and item.bundle in documents.bundles:
            yield from documents.bundles[item.bundle].access
        else:
            yield item


def _leads_somewhere(item: Access, rows: Sequence[Reached]) -> bool:
    """Whether it is a role of which it is certain that it leads to classified columns."""
    if not isinstance(item, RoleAccess):
        return False
    step = str(role(item.role))
    return any(row.certain and row.through[:1] == (step,) for row in rows)


def _is_about(item: Access, row: Reached, target: Target) -> bool:
    """Whether the classified column may be part of what the item names; of a whole schema each of its columns is."""
    owner, table, _ = row.column
    match item:
        case ObjectAccess():
            view = f"view {names.display(item.owner)}.{names.display(item.object)}"
            return (owner, table) in ((item.owner, item.object), (item.owner, ANY)) or (
                view in row.through
            )
        case ManyObjectsAccess():
            return table == ANY or is_covered(patterns_of(item, target.object_labels), owner, table)
        case _:
            return True


def _of_column(row: Reached, target: Target) -> Area:
    place = f"{names.display(row.column.owner)} on {target.name}"
    return Area(row.owners or target.owners_of(row.column.owner), place)


def _of_schema(schema: str, target: Target) -> Area:
    return Area(target.owners_of(schema), f"{names.display(schema)} on {target.name}")


def _of_target(target: Target) -> Area:
    owner = target.labels.get(OWNER_LABEL, "")
    return Area((owner,) if owner else (), target.name)


def _distinct(areas: Iterable[Area]) -> tuple[Area, ...]:
    """One for each set of owners, those without owners by place."""
    found: dict[object, Area] = {}
    for area in sorted(areas):
        found.setdefault(frozenset(area.owners) or area.place, area)
    return tuple(found.values())


def _schemas(item: Access, target: Target) -> tuple[str, ...] | None:
    """The schemas whose data the item is about; None where it does not say. A proxy works with what its client has."""
    match item:
        case ObjectAccess(owner=owner):
            return (owner,)
        case ManyObjectsAccess(pattern=None, label=label):
            return tuple(pattern.owner for pattern in target.object_labels.get(label, ())) or None
        case ManyObjectsAccess(pattern=pattern):
            assert pattern is not None
            return (pattern.owner,)
        case SchemaAccess(schema=schema):
            return (schema,)
        case ProxyAccess(client=client):
            return (client,)
        case QuotaAccess():
            return ()
        case SystemAccess(privilege=privilege) if privilege in _NO_DATA:
            return ()
        case _:
            return None
