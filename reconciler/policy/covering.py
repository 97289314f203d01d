"""Which policies are about a target."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.documents import AccessRequest, Documents, Policy, Target


def covering(target: Target, documents: Documents) -> tuple[Policy, ...]:
    """The policies that select the target, by name."""
    return tuple(
        policy for _, policy in sorted(documents.policies.items()) if policy.targets.selects(target)
    )


def is_among(person: str, names: Iterable[str], documents: Documents) -> bool:
    """Whether the names of people and teams mean the person."""
    return any(
        name == person or (name in documents.teams and person in documents.teams[name].members)
        for name in names
    )


def kind_of(request: AccessRequest, documents: Documents) -> str:
    """Whether the requester is `human` or `service`; empty for somebody without a document."""
    person = documents.people.get(request.requester)
    return person.kind if person else ""
