"""Whether a target's allow list covers what a document asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from reconciler.model import names
from reconciler.model.diagnostics import Diagnostic, Origin
from reconciler.model.documents import (
    Access,
    BundleAccess,
    ManyObjectsAccess,
    ObjectAccess,
    ProxyAccess,
    QuotaAccess,
    RoleAccess,
    SchemaAccess,
    SystemAccess,
    Target,
)
from reconciler.model.privileges import OWNED_BY_SYS

NEVER_CHANGED = frozenset({"PUBLIC", "SYS", "SYSTEM", names.GATE_SCHEMA})
"""Grantees that no scope can open."""


def outside_scope(
    target: Target,
    grantees: Iterable[tuple[str, Origin]],
    access: Iterable[tuple[Access, Origin]],
) -> Iterator[Diagnostic]:
    """A finding for each grantee and each item that the target's scope does not allow."""
    scope = target.scope
    for grantee, origin in grantees:
        if grantee in NEVER_CHANGED or grantee in target.own_accounts:
            yield Diagnostic(
                "scope.protected-grantee",
                f"{names.display(grantee)} is never changed on {target.name}",
                origin,
            )
        elif not _covered(grantee, scope.grantees):
            yield _outside(target, "grantees", f"the grantee {names.display(grantee)}", origin)
    for item, origin in access:
        for part, what, name in _subjects(item, target):
            if not _covered(name, getattr(scope, part)):
                yield _outside(target, part, f"the {what} {_shown(part, name)}", origin)


def _subjects(item: Access, target: Target) -> Iterator[tuple[str, str, str]]:
    """What the item is about: the list of the scope, what it lists, and the name."""
    match item:
        case ObjectAccess(on=on, object=name) if on in OWNED_BY_SYS:
            yield _LISTS[on], on.lower(), name
        case ObjectAccess(owner=owner):
            yield "schemas", "schema", owner
        case SchemaAccess(schema=schema):
            yield "schemas", "schema", schema
        case ManyObjectsAccess(pattern=pattern, label=label):
            patterns = (pattern,) if pattern else target.object_labels.get(label, ())
            for owner in sorted({found.owner for found in patterns}):
                yield "schemas", "schema", owner
        case RoleAccess(role=role):
            yield "roles", "role", role
        case SystemAccess(privilege=privilege):
            yield "system", "privilege", privilege
        case QuotaAccess(tablespace=tablespace):
            yield "tablespaces", "tablespace", tablespace
        case ProxyAccess(client=client):
            yield "users", "user", client
        case BundleAccess():
            return
        case _:
            assert_never(item)


_LISTS = {"DIRECTORY": "directories", "EDITION": "editions", "USER": "users"}


def _shown(part: str, name: str) -> str:
    return name if part == "system" else names.display(name)


def _covered(name: str, patterns: Iterable[str]) -> bool:
    return any(names.matches(pattern, name) for pattern in patterns)


def _outside(target: Target, part: str, what: str, origin: Origin) -> Diagnostic:
    return Diagnostic(
        f"scope.{part}",
        f"{what} is outside the scope of {target.name}",
        origin,
        hint=f"`scope.{part}` of the target lists what is allowed.",
        related=(target.origin,),
    )
