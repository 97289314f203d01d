"""What documents say about each other: names that must exist, and access that a target's scope must allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.documents.break_glass import check_reviews, chosen_users
from reconciler.documents.identities import (
    check_identity,
    creating_access,
    grantees_of,
    wanted_of,
)
from reconciler.documents.loaded import Loaded
from reconciler.documents.naming import Naming, names_used
from reconciler.documents.scope import outside_scope
from reconciler.documents.suggestions import did_you_mean
from reconciler.model.break_glass import BreakGlass
from reconciler.model.classification import Classification
from reconciler.model.diagnostics import Diagnostic, Origin
from reconciler.model.documents import (
    Access,
    AccessRequest,
    Bundle,
    BundleAccess,
    Documents,
    ManyObjectsAccess,
    Mode,
    ObjectAccess,
    Person,
    Policy,
    PolicyTest,
    Rotation,
    SchemaAccess,
    StandingGrant,
    SystemAccess,
    Target,
    TargetSelector,
    Team,
)
from reconciler.model.policies import OWNERS

NOT_FOR_ROLES = frozenset(
    {
        "INDEX",
        "REFERENCES",
        "SYSASM",
        "SYSBACKUP",
        "SYSDBA",
        "SYSDG",
        "SYSKM",
        "SYSOPER",
        "SYSRAC",
        "UNLIMITED TABLESPACE",
    }
)
"""What Oracle gives to no role (ORA-01931). A lease is a role, so a request cannot ask for it."""

LeftOut = Mapping[str, Mapping[str, Origin]]
"""Documents that exist but have errors, by kind and name."""


@dataclass(frozen=True, slots=True)
class References:
    """Checks one document at a time against all that are well formed. `left_out` are those that are there but cannot be used."""

    documents: Documents
    left_out: LeftOut

    def check(self, loaded: Loaded) -> Iterator[Diagnostic]:
        """Findings about the names that the document uses."""
        for naming in names_used(loaded):
            yield from self._named(naming)
        match loaded.document:
            case AccessRequest() as request:
                yield from self._request(request, loaded)
            case StandingGrant() as grant:
                yield from self._standing(grant, loaded)
            case BreakGlass() as glass:
                yield from self._break_glass(glass, loaded)
            case Policy(targets=selector) | Classification(targets=selector):
                yield from self._no_targets(selector, loaded)
            case Person(rotation=Rotation(targets=selector)):
                yield from self._no_targets(selector, loaded, "rotation")
            case PolicyTest() as test:
                for index, case in enumerate(test.cases):
                    yield from self._case(case.request, loaded, ("cases", index, "request"))
            case Bundle() | Target() | Person() | Team():
                pass

    def _case(
        self, request: AccessRequest, loaded: Loaded, inside: tuple[str | int, ...]
    ) -> Iterator[Diagnostic]:
        """What a case names must exist; what it asks for need not be possible, since it may show that policy refuses it."""
        yield from self._person(request.requester, loaded.at(*inside, "requester"))
        yield from self._bundles(request.access)
        for target in self._targets(request.targets, loaded, *inside):
            if isinstance(target, Diagnostic):
                yield target
            else:
                yield from _unknown_labels(target, self.expanded(request.access))

    def _no_targets(
        self, selector: TargetSelector, loaded: Loaded, *inside: str
    ) -> Iterator[Diagnostic]:
        for found in self._targets(selector, loaded, *inside):
            if isinstance(found, Diagnostic):
                yield found

    def _request(self, request: AccessRequest, loaded: Loaded) -> Iterator[Diagnostic]:
        yield from self._person(request.requester, loaded.at("requester"))
        yield from check_identity(request, self.documents.people.get(request.requester))
        yield from self._bundles(request.access)
        for target in self._targets(request.targets, loaded):
            if isinstance(target, Diagnostic):
                yield target
            elif target.mode is Mode.OBSERVE:
                yield Diagnostic(
                    "request.target-observed",
                    f"nothing can be granted on {target.name}: its mode is observe",
                    request.targets.origin,
                    related=(target.origin,),
                )
            else:
                wanted = wanted_of(request, self.expanded(request.access))
                yield from outside_scope(target, grantees_of(request), wanted)
                yield from _unknown_labels(target, self.expanded(request.access))
        for item, origin in self.expanded(request.access):
            yield from _not_for_roles(item, origin)
        yield from creating_access(request, self.expanded(request.access))

    def _standing(self, grant: StandingGrant, loaded: Loaded) -> Iterator[Diagnostic]:
        yield from self._bundles(grant.access)
        grantees = tuple(
            (name, loaded.at("grantees", index)) for index, name in enumerate(grant.grantees)
        )
        for target in self._targets(grant.targets, loaded):
            if isinstance(target, Diagnostic):
                yield target
            else:
                yield from outside_scope(target, grantees, self.expanded(grant.access))
                yield from _unknown_labels(target, self.expanded(grant.access))

    def _break_glass(self, glass: BreakGlass, loaded: Loaded) -> Iterator[Diagnostic]:
        yield from self._bundles(glass.access)
        chosen = chosen_users(glass, loaded, self.documents)
        yield from chosen.findings
        selector = TargetSelector(glass.targets, {}, glass.targets_origin)
        for target in self._targets(selector, loaded):
            if isinstance(target, Diagnostic):
                yield target
            elif target.mode is Mode.OBSERVE:
                yield Diagnostic(
                    "break-glass.target-observed",
                    f"nothing can be granted on {target.name}: its mode is observe",
                    glass.targets_origin,
                    related=(target.origin,),
                )
            else:
                yield from outside_scope(target, chosen.places, self.expanded(glass.access))
        for item, origin in self.expanded(glass.access):
            yield from _not_for_roles(item, origin)
        yield from check_reviews(glass, loaded, self.documents)

    def expanded(self, access: Iterable[Access]) -> tuple[tuple[Access, Origin], ...]:
        """Items with bundles replaced by what they hold; each with the place in the document that asks for it."""
        found: list[tuple[Access, Origin]] = []
        for item in access:
            if isinstance(item, BundleAccess):
                bundle = self.documents.bundles.get(item.bundle)
                found.extend((inner, item.origin) for inner in (bundle.access if bundle else ()))
            else:
                found.append((item, item.origin))
        return tuple(found)

    def _bundles(self, access: Iterable[Access]) -> Iterator[Diagnostic]:
        for item in access:
            if isinstance(item, BundleAccess):
                known = {"Bundle": self.documents.bundles}
                missing = self._missing(item.bundle, known, item.origin)
                if missing:
                    yield missing

    def _targets(
        self, selector: TargetSelector, loaded: Loaded, *inside: str | int
    ) -> Iterator[Target | Diagnostic]:
        """The targets that are selected, and a finding for each that cannot be; `inside` is where in the spec the selector stands."""
        targets = self.documents.targets
        for index, name in enumerate(selector.names):
            missing = self._missing(name, {"Target": targets}, loaded.at(*inside, "targets", index))
            yield missing or targets[name]
        if selector.labels:
            selected = [target for _, target in sorted(targets.items()) if selector.selects(target)]
            yield from selected
            if not selected:
                labels = ", ".join(f"{key}={value}" for key, value in selector.labels.items())
                yield Diagnostic(
                    "reference.no-target",
                    f"no target has the labels {labels}",
                    selector.origin,
                    hint="Compare with `labels` of the targets.",
                )

    def _person(self, name: str, origin: Origin) -> Iterator[Diagnostic]:
        missing = self._missing(name, {"Person": self.documents.people}, origin)
        if missing:
            yield missing

    def _named(self, naming: Naming) -> Iterator[Diagnostic]:
        if naming.name == OWNERS and "Person" in naming.kinds:
            yield Diagnostic(
                "reference.owners",
                f"`{OWNERS}` has a meaning only in `of` of approvals",
                naming.origin,
                hint="Name a person or a team.",
            )
            return
        usable = {
            "Person": self.documents.people,
            "Team": self.documents.teams,
            "Bundle": self.documents.bundles,
        }
        known: dict[str, Mapping[str, object]] = {kind: usable[kind] for kind in naming.kinds}
        missing = self._missing(naming.name, known, naming.origin)
        if missing:
            yield missing

    def _missing(
        self, name: str, known: Mapping[str, Mapping[str, object]], origin: Origin
    ) -> Diagnostic | None:
        """A finding if no document of the kinds has the name; `known` has those that are usable, by kind."""
        if any(name in documents for documents in known.values()):
            return None
        what = " or ".join(kind.lower() for kind in known)
        broken = [
            self.left_out[kind][name] for kind in known if name in self.left_out.get(kind, {})
        ]
        if broken:
            return Diagnostic(
                "reference.has-errors",
                f"the {what} `{name}` has errors of its own",
                origin,
                related=tuple(broken),
            )
        return Diagnostic(
            f"reference.unknown-{what.replace(' ', '-')}",
            f"there is no {what} `{name}`",
            origin,
            hint=did_you_mean(name, [one for documents in known.values() for one in documents]),
        )


def _not_for_roles(item: Access, origin: Origin) -> Iterator[Diagnostic]:
    hint = "If it is needed, write a standing grant for the user."
    match item:
        case ObjectAccess(on="USER"):
            yield Diagnostic(
                "access.not-for-roles",
                "Oracle grants rights on a user to no role (ORA-31707), and a request is carried by a role of its own",
                origin,
                hint=hint,
            )
            return
        case ObjectAccess() | ManyObjectsAccess() | SchemaAccess():
            wanted: tuple[str, ...] = item.privileges
        case SystemAccess():
            wanted = (item.privilege,)
        case _:
            wanted = ()
    for privilege in wanted:
        if privilege in NOT_FOR_ROLES:
            yield Diagnostic(
                "access.not-for-roles",
                f"Oracle grants {privilege} to no role (ORA-01931), and a request is carried by a role of its own",
                origin,
                hint=hint,
            )


def _unknown_labels(
    target: Target, access: Iterable[tuple[Access, Origin]]
) -> Iterator[Diagnostic]:
    """A label that stands for nothing because the target's document does not have it."""
    for item, origin in access:
        if (
            isinstance(item, ManyObjectsAccess)
            and item.label
            and item.label not in target.object_labels
        ):
            yield Diagnostic(
                "reference.unknown-label",
                f"{target.name} has no object label `{item.label}`",
                origin,
                hint=did_you_mean(item.label, target.object_labels)
                or "`objectLabels` of the target lists what a label stands for.",
                related=(target.origin,),
            )
