"""Who has to approve: the chains of a policy, and what those of a policy for documents may not have."""

from __future__ import annotations

from reconciler.documents.loader import Path
from reconciler.documents.parts import items
from reconciler.documents.reader import Reader
from reconciler.model.policies import (
    OWNERS,
    Approvals,
    Chain,
    Escalation,
    EvidenceKind,
    Requirement,
    Step,
)


def read_approvals(reader: Reader, path: Path) -> Approvals | None:
    """None where the policy asks for none."""
    if reader.at(path) is None:
        return None
    chains = tuple(_chain(reader, item) for item in items(reader, (*path, "chains")))
    _check_order(reader, (*path, "chains"), chains)
    within = (*path, "activateWithin")
    return Approvals(
        evidence=EvidenceKind(reader.text((*path, "evidence"))),
        chains=chains,
        origin=reader.origin(path),
        activate_within=None if reader.at(within) is None else reader.duration(within),
    )


def _chain(reader: Reader, path: Path) -> Chain:
    bound = reader.at((*path, "upTo"))
    return Chain(
        up_to=None if bound is None else int(bound),
        steps=tuple(_step(reader, item) for item in items(reader, (*path, "steps"))),
        origin=reader.origin(path),
    )


def _step(reader: Reader, path: Path) -> Step:
    places = items(reader, (*path, "all")) or (path,)
    escalate = (*path, "escalate")
    return Step(
        requirements=tuple(_requirement(reader, place) for place in places),
        origin=reader.origin(path),
        escalation=Escalation(
            reader.duration((*escalate, "after")), reader.texts((*escalate, "to"))
        )
        if reader.at(escalate)
        else None,
    )


def _requirement(reader: Reader, path: Path) -> Requirement:
    return Requirement(
        count=int(reader.at((*path, "count"))),
        of=reader.texts((*path, "of")),
        origin=reader.origin(path),
    )


def _check_order(reader: Reader, path: Path, chains: tuple[Chain, ...]) -> None:
    """For any number of points one chain must be the first that reaches so far."""
    highest = -1
    last = len(chains) - 1
    for index, chain in enumerate(chains):
        if chain.up_to is None:
            if index < last:
                reader.fail(
                    "policy.chain-order",
                    "only the last chain goes without `upTo`; those after this one would never be asked",
                    (*path, index),
                )
            continue
        place = (*path, index, "upTo")
        if index == last:
            reader.fail(
                "policy.chain-order",
                "the last chain has no `upTo`: it is for everything above the others",
                place,
                "Remove it, or add a chain for what has more points.",
            )
        elif chain.up_to <= highest:
            reader.fail(
                "policy.chain-order",
                f"`upTo` rises from chain to chain; {chain.up_to} is not more than {highest}",
                place,
            )
        highest = max(highest, chain.up_to)


def check_guard(reader: Reader, path: Path) -> None:
    """A document has no risk and reaches no data: there is one chain, of people who are named."""
    chains = items(reader, (*path, "chains"))
    if len(chains) > 1:
        reader.fail(
            "policy.guard-chains",
            "a policy for documents has one chain: documents have no risk that would choose among several",
            chains[1],
            "Keep the strictest one, or write a policy for each set of kinds.",
        )
    for chain in chains:
        if "preApproved" in reader.at(chain):
            reader.fail(
                "policy.guard-pre-approved",
                "changes of documents are never approved in advance",
                (*chain, "preApproved"),
                "Name the people who approve, or remove the policy.",
            )
        for step in items(reader, (*chain, "steps")):
            for place in items(reader, (*step, "all")) or (step,):
                _refuse_owners(reader, (*place, "of"))


def _refuse_owners(reader: Reader, path: Path) -> None:
    names = reader.texts(path)
    if OWNERS in names:
        reader.fail(
            "policy.guard-owners",
            f"a document reaches no data, so `{OWNERS}` is nobody here",
            (*path, names.index(OWNERS)),
            "Name people and teams.",
        )
