"""Who and what a policy is about: its targets, and those who may ask."""

from __future__ import annotations

from reconciler.model.documents import Documents, Policy, Target


def targets_of(policy: Policy, documents: Documents) -> tuple[Target, ...]:
    """The targets that the policy selects, by name."""
    return tuple(
        target for _, target in sorted(documents.targets.items()) if policy.targets.selects(target)
    )


def requesters_of(policy: Policy, documents: Documents) -> frozenset[str]:
    """The people and services whom the policy lets ask."""
    everybody = frozenset(documents.people)
    return everybody & documents.members(policy.requesters) if policy.requesters else everybody
