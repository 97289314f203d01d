"""Approvals that nobody can give or that nothing ever needs, and documents that decide about access and that nobody has to approve."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.model.diagnostics import Diagnostic, Origin, Severity
from reconciler.model.documents import Documents, Policy, Target
from reconciler.model.policies import OWNER_LABEL, OWNERS, Approvals, Chain, Requirement, Step
from reconciler.policy.approval.chains import humans
from reconciler.policy.approval.owners import Area, areas_of_target
from reconciler.policy.risk import least_risk
from reconciler.policy.selecting import requesters_of, targets_of

DECIDING = (
    "Policy",
    "Person",
    "Team",
    "Target",
    "Bundle",
    "Classification",
    "StandingGrant",
    "BreakGlass",
)
"""Kinds of documents that decide who has access or who may approve it."""

_SHOWN = 3
_NO_DATA = frozenset({"CREATE SESSION"})
"""System privileges that are about nobody's data."""


def find(documents: Documents) -> Iterator[Diagnostic]:
    for _, policy in sorted(documents.policies.items()):
        if policy.approvals is not None:
            yield from _chains(policy, policy.approvals, documents)
            yield from _people(policy, policy.approvals, documents)
    yield from _unguarded(documents)


def _chains(policy: Policy, approvals: Approvals, documents: Documents) -> Iterator[Diagnostic]:
    """Chains that no risk picks, and risk that no chain is for."""
    least = min((least_risk(one, documents) for one in targets_of(policy, documents)), default=0)
    below: float = -1
    for chain in approvals.chains:
        bound = math.inf if chain.up_to is None else chain.up_to
        if bound <= below:
            yield _unreachable(chain, policy, "chains before it take all risk that it is for")
        elif bound < least:
            why = f"every request on the targets has at least {least} points of risk"
            yield _unreachable(chain, policy, why)
        below = max(below, bound)
    if below < math.inf:
        yield Diagnostic(
            "policy.chain-missing",
            f"policy {policy.name} has no chain for more than {below} points of risk, so nobody could approve that",
            approvals.origin,
            hint="Leave `upTo` out of the last chain.",
        )


def _unreachable(chain: Chain, policy: Policy, why: str) -> Diagnostic:
    return Diagnostic(
        "policy.chain-unreachable",
        f"nothing ever needs this chain of policy {policy.name}: {why}",
        chain.origin,
        hint="Order chains by rising `upTo`, each above what requests have at the least; only the last one is without.",
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A requirement as it is asked about one area: of whom, and what the area is when it is about owners."""

    requirement: Requirement
    names: tuple[str, ...]
    people: frozenset[str]
    area: Area | None = None

    @property
    def place(self) -> str:
        return f" for {self.area.place}" if self.area else ""


def _people(policy: Policy, approvals: Approvals, documents: Documents) -> Iterator[Diagnostic]:
    areas = _areas(policy, documents)
    requesters = requesters_of(policy, documents) if not policy.documents else frozenset()
    told: set[tuple[Origin, str]] = set()
    for chain in approvals.chains:
        for step in chain.steps:
            for asked in _asked(step, areas, documents):
                finding = _too_few(policy, asked) or _own(policy, asked, requesters)
                if finding and (asked.requirement.origin, finding.message) not in told:
                    told.add((asked.requirement.origin, finding.message))
                    yield finding


def _asked(step: Step, areas: tuple[Area, ...], documents: Documents) -> Iterator[_Asked]:
    """Whoever a step escalates to may approve in the end, so he counts."""
    later = step.escalation.to if step.escalation else ()
    for requirement in step.requirements:
        others = tuple(name for name in requirement.of if name != OWNERS)
        if OWNERS not in requirement.of:
            yield _Asked(requirement, others, humans((*others, *later), documents))
            continue
        for area in areas:
            people = humans((*area.owners, *others, *later), documents)
            yield _Asked(requirement, (*area.owners, *others), people, area)


def _areas(policy: Policy, documents: Documents) -> tuple[Area, ...]:
    """What has owners, or ought to have, on the policy's targets: schemas, the targets, and classified columns."""
    found: list[Area] = []
    for target in targets_of(policy, documents):
        known = areas_of_target(target)
        found += known if _has_other_data(target) else (row for row in known if row.owners)
        found += (
            Area(classification.owners, f"{classification.name} on {target.name}")
            for _, classification in sorted(documents.classifications.items())
            if classification.owners and classification.targets.selects(target)
        )
    return tuple(found)


def _has_other_data(target: Target) -> bool:
    """Whether something can be asked for on the target that has no owner but the target's own."""
    scope = target.scope
    unowned = set(scope.schemas) - target.schema_owners.keys()
    return bool(unowned or scope.roles or set(scope.system) - _NO_DATA)


def _too_few(policy: Policy, asked: _Asked) -> Diagnostic | None:
    if len(asked.people) >= asked.requirement.count:
        return None
    count = asked.requirement.count
    if not asked.names and asked.area:
        return Diagnostic(
            "policy.no-owner",
            f"policy {policy.name} asks the owners of {asked.area.place}, and it has none",
            asked.requirement.origin,
            hint=f"Give the target the label `{OWNER_LABEL}`, or name the owners of its schemas in `schemaOwners`.",
        )
    who = " or ".join(asked.names)
    return Diagnostic(
        "policy.too-few-people",
        f"policy {policy.name} asks {count} of {who}{asked.place}, and there {_are(len(asked.people))} who can approve",
        asked.requirement.origin,
        hint="Services, and names without a document, approve nothing. Ask fewer, or name more people.",
    )


def _own(policy: Policy, asked: _Asked, requesters: frozenset[str]) -> Diagnostic | None:
    """When somebody who may ask is needed for his own request. It may be meant that he does not ask, unless that goes for everybody."""
    if len(asked.people) > asked.requirement.count:
        return None
    stuck = sorted(requesters & asked.people)
    if not stuck:
        return None
    shown = ", ".join(stuck[:_SHOWN]) + (" ..." if len(stuck) > _SHOWN else "")
    return Diagnostic(
        "policy.own-approval",
        f"policy {policy.name} asks {asked.requirement.count} of {' or '.join(asked.names)}{asked.place};"
        f" nobody approves his own request, so those of {shown} can never be approved",
        asked.requirement.origin,
        Severity.ERROR if requesters <= asked.people else Severity.WARNING,
        hint="Name more people in `of`, or let somebody else ask.",
    )


def _are(number: int) -> str:
    return "is 1 person" if number == 1 else f"are {number} people"


def _unguarded(documents: Documents) -> Iterator[Diagnostic]:
    """Once anything needs approval, whoever may change the rules without one needs none."""
    approving = [
        (policy.documents, policy.approvals)
        for _, policy in sorted(documents.policies.items())
        if policy.approvals is not None
    ]
    guarded = {kind for kinds, _ in approving for kind in kinds}
    missing = [kind for kind in DECIDING if kind not in guarded]
    if approving and missing:
        yield Diagnostic(
            "policy.unguarded",
            f"anybody who can merge may change {'/'.join(missing)} documents without approval, and so decide who has access",
            approving[0][1].origin,
            Severity.WARNING,
            hint=f"Write a policy with `documents: [{', '.join(missing)}]` and `approvals`.",
        )
