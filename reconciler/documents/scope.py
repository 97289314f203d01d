"""Whether a target's allow list covers what a document asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.model import names
from reconciler.model.diagnostics import Diagnostic, Origin
from reconciler.model.documents import (
    Access,
    ObjectAccess,
    RoleAccess,
    SystemAccess,
    Target,
)

NEVER_CHANGED = frozenset({"PUBLIC", "SYS", "SYSTEM"})
"""Grantees that no scope can open."""


def outside_scope(
    target: Target,
    grantees: Iterable[tuple[str, Origin]],
    access: Iterable[tuple[Access, Origin]],
) -> Iterator[Diagnostic]:
    """A finding for each grantee and each item that the target's scope does not allow."""
    scope = target.scope
    for grantee, origin in grantees:
        if grantee in NEVER_CHANGED or grantee == target.user:
            yield Diagnostic(
                "scope.protected-grantee",
                f"{names.display(grantee)} is never changed on {target.name}",
                origin,
            )
        elif not _covered(grantee, scope.grantees):
            yield _outside(target, "grantees", f"the grantee {names.display(grantee)}", origin)
    for item, origin in access:
        match item:
            case ObjectAccess() if not _covered(item.owner, scope.schemas):
                yield _outside(target, "schemas", f"the schema {names.display(item.owner)}", origin)
            case RoleAccess() if not _covered(item.role, scope.roles):
                yield _outside(target, "roles", f"the role {names.display(item.role)}", origin)
            case SystemAccess() if not _covered(item.privilege, scope.system):
                yield _outside(target, "system", f"the privilege {item.privilege}", origin)
            case _:
                pass


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
