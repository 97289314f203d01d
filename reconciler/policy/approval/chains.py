"""Which approvals are needed: the chain of each policy that the risk picks, with people in the place of teams and owners.

Services never approve. Whoever is asked for and cannot be found makes a group that nobody can meet (fail closed).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from reconciler.model.approvals import NeededChain, NeededGroup, NeededStep
from reconciler.model.classification import Reached
from reconciler.model.documents import AccessRequest, Documents, Policy, Target
from reconciler.model.instants import format_duration
from reconciler.model.policies import OWNERS, Approvals, Chain, Requirement, Step
from reconciler.model.risk import Risk
from reconciler.policy.approval.owners import Area, owned_areas
from reconciler.policy.caps import covering


def needed(
    request: AccessRequest,
    target: Target,
    documents: Documents,
    risk: Risk,
    reached: Iterable[Reached],
    opened_at: datetime | None,
) -> tuple[NeededChain, ...]:
    """One chain for each policy that covers the target and asks for approvals, by the name of the policy; all of them are needed.

    `opened_at` (UTC) is when the change was proposed, from a clock that a service vouches for; without one nothing ever escalates.
    """
    areas = owned_areas(request, target, documents, reached)
    return tuple(
        _picked(policy, policy.approvals, risk.total, _People(documents, areas), opened_at)
        for policy in covering(target, documents)
        if policy.approvals is not None
    )


def needed_for_document(
    kind: str, documents: Documents, opened_at: datetime | None
) -> tuple[NeededChain, ...]:
    """The chains of the policies that guard documents of the kind, by name. Such a policy has one chain, whatever the risk."""
    people = _People(documents, (Area((), f"{kind} documents"),))
    return tuple(
        _chain(policy.name, policy.approvals, policy.approvals.chains[-1], people, opened_at)
        for _, policy in sorted(documents.policies.items())
        if kind in policy.documents and policy.approvals is not None
    )


def all_approvers(policy: Policy, documents: Documents, areas: Sequence[Area]) -> frozenset[str]:
    """Everybody whom the policy may ask for an approval of anything, also after a time."""
    if policy.approvals is None:
        return frozenset()
    people = _People(documents, areas)
    found: set[str] = set()
    for chain in policy.approvals.chains:
        for step in _chain(policy.name, policy.approvals, chain, people, None).steps:
            found |= step.escalated.union(*(group.people for group in step.groups))
    return frozenset(found)


def humans(names: Iterable[str], documents: Documents) -> frozenset[str]:
    """The people among the names and in the teams among them, without services and without names that are nobody's."""
    return frozenset(
        name
        for name in documents.members(names)
        if name in documents.people and documents.people[name].kind == "human"
    )


class _People:
    """Resolves names of requirements; `areas` are those whose owners count as owners."""

    def __init__(self, documents: Documents, areas: Sequence[Area]) -> None:
        self._documents = documents
        self._areas = areas

    def among(self, names: Iterable[str]) -> frozenset[str]:
        return humans(names, self._documents)

    def groups(self, requirement: Requirement) -> list[NeededGroup]:
        if OWNERS not in requirement.of:
            return [self._group(requirement.count, requirement.of)]
        return [self._of_area(requirement, area) for area in self._areas]

    def _of_area(self, requirement: Requirement, area: Area) -> NeededGroup:
        names: list[str] = []
        for name in requirement.of:
            names.extend(area.owners if name == OWNERS else (name,))
        if not names:
            words = f"{requirement.count} of the owners of {area.place}, who are nobody"
            return NeededGroup(requirement.count, frozenset(), words)
        return self._group(requirement.count, tuple(dict.fromkeys(names)))

    def _group(self, count: int, names: Sequence[str]) -> NeededGroup:
        people = self.among(names)
        nobody = "" if people else ", who are nobody"
        return NeededGroup(count, people, f"{count} of {_either(names)}{nobody}")


def _picked(
    policy: Policy,
    approvals: Approvals,
    points: int,
    people: _People,
    opened_at: datetime | None,
) -> NeededChain:
    for chain in approvals.chains:
        if chain.up_to is None or points <= chain.up_to:
            return _chain(policy.name, approvals, chain, people, opened_at)
    words = f"1 of nobody, since policy {policy.name} has no chain for {points} points of risk"
    step = NeededStep((NeededGroup(1, frozenset(), words),))
    return NeededChain(policy.name, approvals.evidence, (step,), approvals.origin)


def _chain(
    policy: str, approvals: Approvals, chain: Chain, people: _People, opened_at: datetime | None
) -> NeededChain:
    steps = tuple(_step(step, people, opened_at) for step in chain.steps)
    return NeededChain(policy, approvals.evidence, steps, chain.origin)


def _step(step: Step, people: _People, opened_at: datetime | None) -> NeededStep:
    """Groups in the order of their words, each once; of the same people the higher number counts."""
    found: dict[tuple[frozenset[str], str], NeededGroup] = {}
    for requirement in step.requirements:
        for group in people.groups(requirement):
            who = group.words.partition(" of ")[2]
            same = found.setdefault((group.people, who), group)
            found[group.people, who] = max(same, group, key=lambda one: one.least)
    groups = tuple(sorted(found.values(), key=lambda group: group.words))
    escalation = step.escalation
    if escalation is None:
        return NeededStep(groups)
    return NeededStep(
        groups,
        people.among(escalation.to),
        None if opened_at is None else opened_at + escalation.after,
        format_duration(escalation.after),
    )


def _either(names: Sequence[str]) -> str:
    """`payroll`, `payroll or carol`, `payroll, carol or erin`."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
