"""What a request asks for on one target, as values that access patterns can be held against: bundles are opened, wildcards and labels stay sets of names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, assert_never

from reconciler.model import names
from reconciler.model.diagnostics import Origin
from reconciler.model.documents import (
    Access,
    AccessRequest,
    BundleAccess,
    Documents,
    ManyObjectsAccess,
    ObjectAccess,
    ObjectPattern,
    ProxyAccess,
    QuotaAccess,
    RoleAccess,
    SchemaAccess,
    SystemAccess,
    Target,
)
from reconciler.model.identities import IdentityKind
from reconciler.model.policies import PatternKind
from reconciler.model.privileges import OWNED_BY_SYS
from reconciler.policy.globs import ANYTHING, Glob

GRANT_OPTION = "WITH GRANT OPTION"
ADMIN_OPTION = "WITH ADMIN OPTION"
PROXY = "CONNECT THROUGH"
QUOTA = "QUOTA"


class Place(NamedTuple):
    """Columns of objects of schemas."""

    owner: Glob
    object: Glob
    column: Glob

    def covers(self, other: Place) -> bool:
        return (
            self.owner.covers(other.owner)
            and self.object.covers(other.object)
            and self.column.covers(other.column)
        )

    def meets(self, other: Place) -> bool:
        return (
            self.owner.meets(other.owner)
            and self.object.meets(other.object)
            and self.column.meets(other.column)
        )


EVERYWHERE = Place(ANYTHING, ANYTHING, ANYTHING)


class Asked(NamedTuple):
    """One thing that is asked for. `name` is the privilege, the role or the client of a proxy. `place` is where an object privilege or a schema privilege
    holds, None for what has no place, such as system privileges. `options` are the words of `access_patterns.OPTIONS` that are asked with it. `bundles`
    are those that it came out of, the outermost first. `origin` is the place in the document that asks. `on` is the kind of an object that has no schema.
    """

    kind: PatternKind
    name: Glob
    origin: Origin
    place: Place | None = None
    options: tuple[str, ...] = ()
    bundles: tuple[Glob, ...] = ()
    on: str = ""
    is_schema: bool = False

    def __str__(self) -> str:
        """As an access pattern says it: `SELECT on HR.EMPLOYEES.SALARY`, `role:HR_READER`."""
        if self.kind is not PatternKind.PRIVILEGE:
            shown = self.name.text if self.kind is PatternKind.BUNDLE else _shown(self.name)
            return shown if self.kind is PatternKind.OPTION else f"{self.kind.value}:{shown}"
        if self.place is None:
            return self.name.text
        owner, name, column = map(_shown, self.place)
        if self.is_schema:
            return f"{self.name.text} on schema {owner}"
        if self.on in OWNED_BY_SYS:
            return f"{self.name.text} on {self.on} {name}"
        dotted = f"{owner}.{name}" if self.place.column == ANYTHING else f"{owner}.{name}.{column}"
        return f"{self.name.text} on {dotted}"


def _shown(glob: Glob) -> str:
    return glob.text if glob.is_wild else names.display(glob.text)


def asked_for(request: AccessRequest, target: Target, documents: Documents) -> tuple[Asked, ...]:
    """Everything that the request asks for on the target, the client of a proxy too, in the order of the document."""
    found = list(opened(request.access, target, documents))
    if request.identity is IdentityKind.PROXY:
        found.append(_proxy(request.client, request.user_origin))
    return tuple(found)


def opened(access: Iterable[Access], target: Target, documents: Documents) -> Iterator[Asked]:
    """The things that the items of a document come to on the target. A bundle that there is not comes out as itself, so that only those may ask for it who
    may ask for whatever it would hold."""
    for item in access:
        for found in _opened(item, target, documents, ()):
            yield found._replace(origin=item.origin)


def _opened(
    item: Access, target: Target, documents: Documents, inside: tuple[Glob, ...]
) -> Iterator[Asked]:
    match item:
        case BundleAccess(bundle=name):
            yield from _of_bundle(name, item.origin, target, documents, inside)
        case ObjectAccess():
            yield from _on_object(item, inside)
        case ManyObjectsAccess():
            yield from _on_many(item, target, inside)
        case SchemaAccess():
            place = Place(Glob(item.schema, exact=True), ANYTHING, ANYTHING)
            options = (ADMIN_OPTION,) if item.with_option else ()
            for name in item.privileges:
                privilege = _privilege(name, item.origin, place, options, inside)
                yield privilege._replace(is_schema=True)
        case RoleAccess():
            options = (ADMIN_OPTION,) if item.with_option or item.with_delegate else ()
            role = Glob(item.role, exact=True)
            yield Asked(PatternKind.ROLE, role, item.origin, None, options, inside)
        case SystemAccess():
            options = (ADMIN_OPTION,) if item.with_option else ()
            yield _privilege(item.privilege, item.origin, None, options, inside)
        case QuotaAccess():
            yield _privilege(QUOTA, item.origin, None, (), inside)
        case ProxyAccess(client=client):
            yield _proxy(client, item.origin, inside)
        case _:
            assert_never(item)


def _of_bundle(
    name: str, origin: Origin, target: Target, documents: Documents, inside: tuple[Glob, ...]
) -> Iterator[Asked]:
    glob = Glob(name, exact=True)
    if glob in inside:
        return  # it is being opened already
    within = (*inside, glob)
    bundle = documents.bundles.get(name)
    if bundle is None:
        yield Asked(PatternKind.BUNDLE, glob, origin, bundles=within)
    for inner in bundle.access if bundle else ():
        yield from _opened(inner, target, documents, within)


def _on_object(item: ObjectAccess, inside: tuple[Glob, ...]) -> Iterator[Asked]:
    """With a column list each column is a thing of its own: another rule may allow it."""
    options = (GRANT_OPTION,) if item.with_option or item.with_hierarchy else ()
    owner, name = Glob(item.owner, exact=True), Glob(item.object, exact=True)
    columns = [Glob(column, exact=True) for column in item.columns] or [ANYTHING]
    for privilege in item.privileges:
        for column in columns:
            place = Place(owner, name, column)
            yield _privilege(privilege, item.origin, place, options, inside)._replace(on=item.on)


def _on_many(item: ManyObjectsAccess, target: Target, inside: tuple[Glob, ...]) -> Iterator[Asked]:
    options = (GRANT_OPTION,) if item.with_option or item.with_hierarchy else ()
    for place in _places(item, target):
        for privilege in item.privileges:
            yield _privilege(privilege, item.origin, place, options, inside)


def _places(item: ManyObjectsAccess, target: Target) -> tuple[Place, ...]:
    """A label that the target does not have could stand for anything."""
    if item.pattern is not None:
        return (_place_of(item.pattern),)
    if item.label not in target.object_labels:
        return (EVERYWHERE,)
    return tuple(map(_place_of, target.object_labels[item.label]))


def _place_of(pattern: ObjectPattern) -> Place:
    return Place(Glob(pattern.owner, exact=True), Glob(pattern.name, pattern.exact), ANYTHING)


def _privilege(
    name: str,
    origin: Origin,
    place: Place | None,
    options: tuple[str, ...],
    inside: tuple[Glob, ...],
) -> Asked:
    return Asked(
        PatternKind.PRIVILEGE, Glob(name, exact=True), origin, place, options, bundles=inside
    )


def _proxy(client: str, origin: Origin, inside: tuple[Glob, ...] = ()) -> Asked:
    return Asked(PatternKind.PROXY, Glob(client, exact=True), origin, bundles=inside)
