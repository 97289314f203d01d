"""What the access of a document comes to: bundles opened, one privilege a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never

from reconciler.model.diagnostics import Diagnostic, Origin
from reconciler.model.documents import (
    Access,
    Bundle,
    BundleAccess,
    ObjectAccess,
    RoleAccess,
    SystemAccess,
)
from reconciler.model.privileges import Privilege, on_column, on_object, role, system


@dataclass(frozen=True, slots=True)
class WantedPrivilege:
    """A privilege and the item of the document that asks for it; for a bundle, the line that names the bundle."""

    privilege: Privilege
    with_option: bool
    origin: Origin


@dataclass(frozen=True, slots=True)
class Expansion:
    """`findings` not empty means the access can't be known in full and nothing of it may be used."""

    privileges: tuple[WantedPrivilege, ...]
    findings: tuple[Diagnostic, ...] = ()


def expand(access: Iterable[Access], bundles: Mapping[str, Bundle]) -> Expansion:
    """Each privilege once, with the option when any item asks for it."""
    findings: list[Diagnostic] = []
    wanted: dict[Privilege, WantedPrivilege] = {}
    for item in access:
        for privilege, with_option in _privileges(item, bundles, findings, ()):
            before = wanted.get(privilege)
            if before is None or (with_option and not before.with_option):
                wanted[privilege] = WantedPrivilege(privilege, with_option, item.origin)
    return Expansion(tuple(wanted.values()), tuple(findings))


def _privileges(
    item: Access,
    bundles: Mapping[str, Bundle],
    findings: list[Diagnostic],
    inside: tuple[str, ...],
) -> Iterator[tuple[Privilege, bool]]:
    match item:
        case SystemAccess(privilege=name, with_option=option):
            yield system(name), option
        case RoleAccess(role=name, with_option=option):
            yield role(name), option
        case ObjectAccess():
            yield from ((privilege, item.with_option) for privilege in _on_object(item))
        case BundleAccess(bundle=name):
            problem = _problem(name, bundles, inside)
            if problem:
                findings.append(Diagnostic("bundle.unusable", problem, item.origin))
                return
            for part in bundles[name].access:
                yield from _privileges(part, bundles, findings, (*inside, name))
        case _:
            assert_never(item)


def _on_object(item: ObjectAccess) -> Iterator[Privilege]:
    for name in item.privileges:
        if not item.columns:
            yield on_object(name, item.owner, item.object)
        for column in item.columns:
            yield on_column(name, item.owner, item.object, column)


def _problem(name: str, bundles: Mapping[str, Bundle], inside: tuple[str, ...]) -> str:
    if name in inside:
        return f"bundle {name} contains itself: {' > '.join((*inside, name))}"
    if name not in bundles:
        return f"there is no bundle {name}"
    return ""
