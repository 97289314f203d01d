"""Which separations of duties hold on a target: those of the policies that select it, with their bundles opened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from reconciler.desired.access import expand
from reconciler.desired.objects import Objects
from reconciler.model import names
from reconciler.model.documents import Bundle, Documents, Target
from reconciler.model.identities import ColumnView
from reconciler.model.pattern_match import ANY, QUOTA
from reconciler.model.policies import AccessPattern, PatternKind
from reconciler.model.privileges import Kind, Privilege, on_column
from reconciler.model.separations import SeparationRule, Separations, Side


def resolve(documents: Documents, target: Target, objects: Objects) -> Separations:
    """The rules by policy and name. Nothing when no policy of the target separates anything."""
    rules = tuple(
        SeparationRule(
            policy.name,
            row,
            _side(row.one, documents, objects),
            _side(row.other, documents, objects),
        )
        for _, policy in sorted(documents.policies.items())
        if policy.targets.selects(target)
        for row in policy.separations
    )
    return Separations(rules, _persons(documents)) if rules else Separations()


def _persons(documents: Documents) -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, person in sorted(documents.people.items()):
        for user in person.users:
            found[user].append(name)
    return {user: tuple(people) for user, people in found.items()}


def _side(patterns: Iterable[AccessPattern], documents: Documents, objects: Objects) -> Side:
    """One alternative for each pattern, and for each bundle that one names; a bundle that comes to nothing is nothing to hold."""
    found: list[tuple[AccessPattern, ...]] = []
    for row in patterns:
        if row.kind is not PatternKind.BUNDLE:
            found.append((row,))
            continue
        for name, bundle in sorted(documents.bundles.items()):
            if names.matches(row.name, name):
                found.append(tuple(_of_bundle(bundle, documents, objects)))
    return tuple(row for row in found if row)


def _of_bundle(bundle: Bundle, documents: Documents, objects: Objects) -> Iterator[AccessPattern]:
    """All that the bundle lists, each as a pattern that only this meets."""
    expansion = expand(bundle.access, documents.bundles, objects)
    for wanted in expansion.privileges:
        yield from _exactly(wanted.privilege, expansion.views)


def _exactly(privilege: Privilege, views: Mapping[str, ColumnView]) -> Iterator[AccessPattern]:
    view = views.get(privilege.object) if privilege.owner == names.GATE_SCHEMA else None
    if view is not None:
        for column in view.columns:
            yield from _exactly(on_column(privilege.name, view.owner, view.object, column), {})
        return
    name, owner, object_name, column = privilege[1:5]
    match privilege.kind:
        case Kind.ROLE:
            yield AccessPattern(PatternKind.ROLE, name)
        case Kind.PROXY:
            yield AccessPattern(PatternKind.PROXY, owner)
        case Kind.QUOTA:
            yield AccessPattern(PatternKind.PRIVILEGE, QUOTA)
        case Kind.SCHEMA:
            yield AccessPattern(PatternKind.PRIVILEGE, name, owner, ANY)
        case Kind.SYSTEM | Kind.OBJECT | Kind.COLUMN:
            yield AccessPattern(PatternKind.PRIVILEGE, name, owner, object_name, column)
        case _:
            assert_never(privilege.kind)
