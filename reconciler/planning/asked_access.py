"""What a request asks for: bundles opened, and the rights that come to it through the roles and clients that it names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, assert_never

from reconciler.model import names
from reconciler.model.documents import (
    Access,
    AccessRequest,
    Bundle,
    BundleAccess,
    Documents,
    ManyObjectsAccess,
    ObjectAccess,
    ProxyAccess,
    QuotaAccess,
    RoleAccess,
    SchemaAccess,
    SystemAccess,
)
from reconciler.model.identities import IdentityKind
from reconciler.model.privileges import Privilege, on_column, on_object, on_schema, system
from reconciler.model.privileges import role as role_of
from reconciler.planning import effective


class Held(NamedTuple):
    """A right that the request brings, and the steps to it in words, such as `role HR_READER`; none for one that it names itself."""

    privilege: Privilege
    through: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """`rights` are those on columns, objects, schemas and the whole database that the request names; a list of columns is a right on each of them, also for
    SELECT, which gives them through a view. `many` are its patterns over objects. `clients` are who it lets somebody log on as."""

    rights: tuple[Privilege, ...] = ()
    many: tuple[ManyObjectsAccess, ...] = ()
    roles: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()


def asked(request: AccessRequest, documents: Documents) -> Asked:
    """What the request names, each once and in order. A bundle that is not there gives nothing: the request is refused for that."""
    items = list(_opened(request.access, documents.bundles, ()))
    clients = {item.client for item in items if isinstance(item, ProxyAccess)}
    if request.identity is IdentityKind.PROXY:
        clients.add(request.client)
    return Asked(
        tuple(sorted({right for item in items for right in _rights(item)})),
        tuple(item for item in items if isinstance(item, ManyObjectsAccess)),
        tuple(sorted({item.role for item in items if isinstance(item, RoleAccess)})),
        tuple(sorted(clients)),
    )


def _opened(
    access: Iterable[Access], bundles: Mapping[str, Bundle], inside: tuple[str, ...]
) -> Iterator[Access]:
    for item in access:
        if not isinstance(item, BundleAccess):
            yield item
        elif item.bundle in bundles and item.bundle not in inside:
            yield from _opened(bundles[item.bundle].access, bundles, (*inside, item.bundle))


def _rights(item: Access) -> Iterator[Privilege]:
    match item:
        case SystemAccess(privilege=name):
            yield system(name)
        case SchemaAccess(privileges=listed, schema=schema):
            for name in listed:
                yield on_schema(name, schema)
        case ObjectAccess():
            yield from _on_object(item)
        case ManyObjectsAccess() | RoleAccess() | ProxyAccess() | QuotaAccess() | BundleAccess():
            return
        case _:
            assert_never(item)


def _on_object(item: ObjectAccess) -> Iterator[Privilege]:
    for name in item.privileges:
        if not item.columns:
            yield on_object(name, item.owner, item.object, item.on)
        for column in item.columns:
            yield on_column(name, item.owner, item.object, column)


def held(found: Asked, access: effective.Access) -> Iterator[Held]:
    """All rights that the request brings, as far as they are known: those it names, and those of its roles and clients in the database. One on a column
    view is one on each column that the view shows."""
    for right in found.rights:
        yield Held(right)
    views = access.holdings.snapshot.column_views
    for row in _through_others(found, access):
        view = views.get(row.privilege.object)
        if row.privilege.owner != names.GATE_SCHEMA or view is None or not view.object:
            yield row
            continue
        steps = (*row.through, f"view {row.privilege.place}")
        for column in view.columns:
            name = row.privilege.name
            yield Held(on_column(name, view.owner, view.object, column), steps)


def _through_others(found: Asked, access: effective.Access) -> Iterator[Held]:
    for name in found.roles:
        yield from _of_role(name, access, ())
    for client in found.clients:
        steps = (client_step(client),)
        for row in access.holdings.of(client):
            yield Held(row.entitlement.privilege, steps)
        for name in sorted(access.holdings.roles_of(client)):
            yield from _of_role(name, access, steps)


def _of_role(name: str, access: effective.Access, before: tuple[str, ...]) -> Iterator[Held]:
    for route in access.routes(name):
        steps = (*before, *(str(role_of(step)) for step in route))
        for row in access.holdings.of(route[-1]):
            yield Held(row.entitlement.privilege, steps)


def client_step(client: str) -> str:
    return f"proxy {names.display(client)}"


def unknown_steps(found: Asked, access: effective.Access) -> tuple[str, ...]:
    """The roles and clients of which it is not known what they have, in the words of `Held.through`."""
    snapshot = access.holdings.snapshot
    return (
        *(str(role_of(name)) for name in found.roles if name not in snapshot.roles),
        *(client_step(name) for name in found.clients if name not in snapshot.users),
    )
