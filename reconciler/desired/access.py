"""What the access of a document comes to: bundles opened, patterns spelt out, one privilege a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from reconciler.desired.objects import Objects, matching
from reconciler.model import names
from reconciler.model.diagnostics import Diagnostic, Origin, Severity
from reconciler.model.documents import (
    Access,
    Bundle,
    BundleAccess,
    ManyObjectsAccess,
    ObjectAccess,
    ProxyAccess,
    QuotaAccess,
    RoleAccess,
    SchemaAccess,
    SystemAccess,
)
from reconciler.model.identities import THROUGH_VIEWS, ColumnView, column_view
from reconciler.model.privileges import (
    UNLIMITED,
    Entitlement,
    Kind,
    Privilege,
    on_column,
    on_object,
    on_schema,
    proxy,
    quota,
    role,
    system,
)


@dataclass(frozen=True, slots=True)
class WantedPrivilege:
    """A privilege and the item of the document that asks for it; for a bundle, the line that names the bundle."""

    privilege: Privilege
    with_option: bool
    origin: Origin
    with_second_option: bool = False

    def of(self, grantee: str) -> Entitlement:
        return Entitlement(grantee, self.privilege, self.with_option, self.with_second_option)


@dataclass(frozen=True, slots=True)
class Expansion:
    """`findings` not empty means the access can't be known in full and nothing of it may be used. `notes` are about items that come to nothing. `views` are the
    column views that the privileges name, by name."""

    privileges: tuple[WantedPrivilege, ...]
    findings: tuple[Diagnostic, ...] = ()
    notes: tuple[Diagnostic, ...] = ()
    views: Mapping[str, ColumnView] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Expanding:
    bundles: Mapping[str, Bundle]
    objects: Objects
    findings: list[Diagnostic] = field(default_factory=list)
    notes: list[Diagnostic] = field(default_factory=list)
    views: dict[str, ColumnView] = field(default_factory=dict)


_NO_OBJECTS = Objects()


def expand(
    access: Iterable[Access], bundles: Mapping[str, Bundle], objects: Objects = _NO_OBJECTS
) -> Expansion:
    """Each privilege once, with the options that any item asks for. `objects` are those that patterns may stand for."""
    work = _Expanding(bundles, objects)
    wanted: dict[Privilege, WantedPrivilege] = {}
    for item in access:
        for privilege, option, second in _privileges(item, work, ()):
            found = WantedPrivilege(privilege, option, item.origin, second)
            key = without_size(privilege)
            wanted[key] = stronger(wanted.get(key), found)
    return Expansion(tuple(wanted.values()), tuple(work.findings), tuple(work.notes), work.views)


def without_size(privilege: Privilege) -> Privilege:
    """The privilege as that of which there is one: a user has one quota on a tablespace."""
    return privilege._replace(name="") if privilege.kind is Kind.QUOTA else privilege


def stronger(before: WantedPrivilege | None, found: WantedPrivilege) -> WantedPrivilege:
    """What gives both: of two quotas the larger one, of options all. The first is kept, with its place, when it gives as much."""
    if before is None:
        return found
    if found.privilege.kind is Kind.QUOTA:
        return max(before, found, key=_size)
    option = before.with_option or found.with_option
    second = before.with_second_option or found.with_second_option
    if option and found.privilege.kind is Kind.ROLE:
        second = False  # the admin option allows what the delegate option does, and more
    if (before.with_option, before.with_second_option) == (option, second):
        return before
    return WantedPrivilege(found.privilege, option, found.origin, second)


def _size(wanted: WantedPrivilege) -> tuple[bool, int]:
    name = wanted.privilege.name
    return name == UNLIMITED, 0 if name == UNLIMITED else int(name)


_Asked = tuple[Privilege, bool, bool]
"""A privilege, with its option, with its second option."""


def _privileges(item: Access, work: _Expanding, inside: tuple[str, ...]) -> Iterator[_Asked]:
    match item:
        case SystemAccess(privilege=name, with_option=option):
            yield system(name), option, False
        case RoleAccess(role=name, with_option=option, with_delegate=delegate):
            yield role(name), option, delegate and not option
        case SchemaAccess(privileges=listed, schema=schema, with_option=option):
            for name in listed:
                yield on_schema(name, schema), option, False
        case QuotaAccess(size=size, tablespace=tablespace):
            yield quota(size, tablespace), False, False
        case ProxyAccess(client=client):
            yield proxy(client), False, False
        case ObjectAccess():
            for privilege in _on_object(item, work):
                yield privilege, item.with_option, item.with_hierarchy
        case ManyObjectsAccess():
            yield from _on_many(item, work)
        case BundleAccess(bundle=name):
            problem = _problem(name, work.bundles, inside)
            if problem:
                work.findings.append(Diagnostic("bundle.unusable", problem, item.origin))
                return
            for part in work.bundles[name].access:
                yield from _privileges(part, work, (*inside, name))
        case _:
            assert_never(item)


def _on_object(item: ObjectAccess, work: _Expanding) -> Iterator[Privilege]:
    for name in item.privileges:
        if not item.columns:
            yield on_object(name, item.owner, item.object, item.on)
        elif name in THROUGH_VIEWS:
            view = column_view(item.owner, item.object, item.columns)
            work.views[view.name] = view
            yield on_object(name, names.GATE_SCHEMA, view.name)
        else:
            for column in item.columns:
                yield on_column(name, item.owner, item.object, column)


def _on_many(item: ManyObjectsAccess, work: _Expanding) -> Iterator[_Asked]:
    found = matching(item, work.objects)
    if not found:
        work.notes.append(_nothing(item, work.objects))
    for row in found:
        for name in item.privileges:
            yield on_object(name, row.owner, row.name), item.with_option, item.with_hierarchy


def _nothing(item: ManyObjectsAccess, objects: Objects) -> Diagnostic:
    types: Sequence[str] = item.types
    kinds = f" of type {' or '.join(types)}" if types else ""
    unknown = item.label and item.label not in objects.labels
    return Diagnostic(
        "wildcard.nothing",
        f"there is no label {item.label} on {objects.target}"
        if unknown
        else f"{item.subject} stands for nothing on {objects.target}: no object{kinds} matches that takes {', '.join(item.privileges)}",
        item.origin,
        Severity.WARNING,
        hint="`objectLabels` of the target lists what a label stands for."
        if item.label
        else "Compare with the objects of the schema.",
    )


def _problem(name: str, bundles: Mapping[str, Bundle], inside: tuple[str, ...]) -> str:
    if name in inside:
        return f"bundle {name} contains itself: {' > '.join((*inside, name))}"
    if name not in bundles:
        return f"there is no bundle {name}"
    return ""
