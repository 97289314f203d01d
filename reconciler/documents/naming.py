"""Which people, teams and bundles a document names, and where: apart from the parts that requests are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from reconciler.documents.loaded import Loaded
from reconciler.documents.loader import Path
from reconciler.model import names
from reconciler.model.break_glass import BreakGlass
from reconciler.model.classification import Classification
from reconciler.model.diagnostics import Origin
from reconciler.model.documents import Person, Policy, StandingGrant, Target, Team
from reconciler.model.policies import OWNER_LABEL, OWNERS

_PERSON = ("Person",)
_TEAM = ("Team",)
_SOMEBODY = ("Person", "Team")
_BUNDLE = ("Bundle",)
_BUNDLE_PREFIX = "bundle:"


class Naming(NamedTuple):
    """A name that a document uses; it must be that of a document of one of the kinds."""

    name: str
    kinds: tuple[str, ...]
    origin: Origin


def names_used(loaded: Loaded) -> Iterator[Naming]:
    match loaded.document:
        case Policy() as policy:
            yield from _in_policy(policy, loaded)
        case Classification(owners=owners):
            yield from _listed(owners, _SOMEBODY, loaded, ("owners",))
        case Target() as target:
            yield from _in_target(target, loaded)
        case Person() as person:
            for index, absence in enumerate(person.absences):
                yield from _listed(
                    absence.deputies, _PERSON, loaded, ("absences", index, "deputies")
                )
        case Team() as team:
            yield from _listed(_own_members(team, loaded), _PERSON, loaded, ("members",))
            yield from _listed(team.includes, _TEAM, loaded, ("includes",))
        case StandingGrant(owner=owner):
            yield Naming(owner, _SOMEBODY, loaded.at("owner"))
        case BreakGlass() as glass:
            yield from _listed(glass.openers, _SOMEBODY, loaded, ("openers",))
            yield from _listed(glass.reviewers, _SOMEBODY, loaded, ("reviewers",))
        case _:
            pass


def _listed(
    found: Iterable[str], kinds: tuple[str, ...], loaded: Loaded, path: Path
) -> Iterator[Naming]:
    for index, name in enumerate(found):
        yield Naming(name, kinds, loaded.at(*path, index))


def _own_members(team: Team, loaded: Loaded) -> tuple[str, ...]:
    """Without those of included teams, which come after them and are judged where they are members."""
    own = sum(1 for path in loaded.places if len(path) == 2 and path[0] == "members")
    return team.members[:own]


def _in_target(target: Target, loaded: Loaded) -> Iterator[Naming]:
    owner = target.labels.get(OWNER_LABEL)
    if owner is not None:
        yield Naming(owner, _SOMEBODY, loaded.at("labels", OWNER_LABEL))
    written = {
        names.parse(str(path[1])): path
        for path in loaded.places
        if len(path) == 2 and path[0] == "schemaOwners"
    }
    for schema, owners in target.schema_owners.items():
        yield from _listed(owners, _SOMEBODY, loaded, written[schema])


def _in_policy(policy: Policy, loaded: Loaded) -> Iterator[Naming]:
    yield from _listed(policy.requesters, _SOMEBODY, loaded, ("requesters",))
    for index, rule in enumerate(policy.rules):
        yield from _listed(rule.requesters, _SOMEBODY, loaded, ("rules", index, "requesters"))
        texts = [pattern.text for pattern in rule.access]
        yield from _bundles(texts, loaded, ("rules", index, "access"))
    yield from _bundles(policy.forbidden, loaded, ("forbidden",))
    for index, exception in enumerate(policy.exceptions):
        at: Path = ("exceptions", index)
        yield Naming(exception.owner, _SOMEBODY, loaded.at(*at, "owner"))
        yield from _listed(exception.requesters, _SOMEBODY, loaded, (*at, "requesters"))
    for index, separation in enumerate(policy.separations):
        for part, patterns in (("one", separation.one), ("other", separation.other)):
            texts = [pattern.text for pattern in patterns]
            yield from _bundles(texts, loaded, ("separations", index, part))
    yield from _in_approvals(policy, loaded)


def _bundles(texts: Iterable[str], loaded: Loaded, path: Path) -> Iterator[Naming]:
    for index, text in enumerate(texts):
        if text.startswith(_BUNDLE_PREFIX) and "*" not in text:
            name = text.removeprefix(_BUNDLE_PREFIX)
            yield Naming(name, _BUNDLE, loaded.at(*path, index))


def _in_approvals(policy: Policy, loaded: Loaded) -> Iterator[Naming]:
    if policy.approvals is None:
        return
    for number, chain in enumerate(policy.approvals.chains):
        for index, step in enumerate(chain.steps):
            path: Path = ("approvals", "chains", number, "steps", index)
            several = (*path, "all") in loaded.places
            for which, requirement in enumerate(step.requirements):
                of: Path = (*path, "all", which, "of") if several else (*path, "of")
                for naming in _listed(requirement.of, _SOMEBODY, loaded, of):
                    if naming.name != OWNERS:
                        yield naming
            if step.escalation:
                yield from _listed(step.escalation.to, _SOMEBODY, loaded, (*path, "escalate", "to"))
