"""The judgement on one document of a change: do the reviews of it meet every chain that is asked for?

One person counts once in a chain, however many steps and groups he is in: four eyes are those of two people. A review may count in each of several chains.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.model.approvals import (
    ChangeSet,
    Counted,
    NeededChain,
    NeededGroup,
    NeededStep,
    NotCounted,
    Review,
    Verdict,
)
from reconciler.model.documents import Documents
from reconciler.model.instants import format_instant
from reconciler.model.policies import EvidenceKind
from reconciler.model.risk import Risk
from reconciler.policy.approval.digests import policy_digest
from reconciler.policy.approval.missing import Gaps
from reconciler.policy.approval.opinions import Opinions, Spoken, barred, sift
from reconciler.policy.approval.people import Roster, roster_of
from reconciler.policy.approval.seats import Option, Seating, seat

_OUT_OF_ORDER = "approval.out-of-order"
_TELLING = (_OUT_OF_ORDER, "approval.not-yet", "approval.surplus", "approval.not-asked")
"""Reasons why an approval counts in no chain; of several the first is told."""


def judge(
    path: str,
    chains: tuple[NeededChain, ...],
    changes: ChangeSet,
    documents: Documents,
    excluded: Mapping[str, str],
    risk: Risk,
) -> Verdict:
    """`documents` are those of the protected branch before the change; `excluded` are people who may not approve it, with what they are in words
    (`the requester`). Without chains nothing is needed: no policy asks, and what that means is for the caller."""
    digest = policy_digest(documents)
    if not chains:
        return Verdict(path, risk=risk, policy_digest=digest)
    roster = roster_of(documents, changes.kind)
    forbidden = barred(changes, roster, excluded)
    opinions = sift(changes, roster, forbidden)
    judged = [
        _judge_chain(_Case(chain, changes, documents, forbidden), opinions) for chain in chains
    ]
    counted = tuple(dict.fromkeys(row for one in judged for row in one.counted))
    told = _told([row for one in judged for row in one.not_counted], counted)
    return Verdict(
        path=path,
        counted=counted,
        not_counted=tuple(sorted((*opinions.not_counted, *told), key=_by_time)),
        missing=tuple(dict.fromkeys(line for one in judged for line in one.missing)),
        refusals=(*_refused(changes), *dict.fromkeys(r for one in judged for r in one.refusals)),
        chains=chains,
        risk=risk,
        policy_digest=digest,
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    counted: tuple[Counted, ...] = ()
    not_counted: tuple[NotCounted, ...] = ()
    missing: tuple[str, ...] = ()
    refusals: tuple[tuple[str, str], ...] = ()


class _Case:
    """One chain, and what it is judged with."""

    def __init__(
        self,
        chain: NeededChain,
        changes: ChangeSet,
        documents: Documents,
        forbidden: Mapping[str, str],
    ) -> None:
        self.chain = chain
        self.changes = changes
        self.roster: Roster = roster_of(documents, chain.evidence)
        self.forbidden = forbidden

    def options(self, spoken: Spoken) -> Iterator[Option]:
        """Every seat that the person could take with the review."""
        for number, step in enumerate(self.chain.steps):
            for index, group in enumerate(step.groups):
                for principal in self._principals(spoken, step, group):
                    yield Option(
                        spoken.review.at, number, index, spoken.person, principal, spoken.review
                    )

    def _principals(self, spoken: Spoken, step: NeededStep, group: NeededGroup) -> Iterator[str]:
        person, at = spoken.person, spoken.review.at
        if person in group.people or (
            person in step.escalated and step.escalates_at is not None and at >= step.escalates_at
        ):
            yield person
        for name in sorted(group.people - self.forbidden.keys() - {person}):
            if self.roster.is_deputy(person, name, at):
                yield name

    def missing(self, seating: Seating) -> tuple[str, ...]:
        opened = self.changes.opened_at
        return tuple(Gaps(self.chain, seating, self.roster, self.forbidden, opened).lines())


def _judge_chain(case: _Case, opinions: Opinions) -> _Judged:
    chain = case.chain
    if case.changes.kind is not chain.evidence:
        return _Judged(missing=case.missing(Seating()), refusals=(_other_evidence(case),))
    options = [option for spoken in opinions.approvals for option in case.options(spoken)]
    least = [[group.least for group in step.groups] for step in chain.steps]
    seating = seat(least, options)
    refusals, ignored = _objections(case, opinions.objections)
    return _Judged(
        counted=tuple(_counted(option) for option in seating.taken),
        not_counted=(*ignored, *_unused(case, opinions.approvals, seating)),
        missing=case.missing(seating),
        refusals=refusals,
    )


def _counted(option: Option) -> Counted:
    deputy_for = "" if option.principal == option.person else option.principal
    return Counted(option.review, option.person, deputy_for)


def _refused(changes: ChangeSet) -> Iterator[tuple[str, str]]:
    for problem in changes.problems:
        yield "approval.evidence", problem
    if not changes.head:
        yield (
            "approval.direct-push",
            f"commit {changes.commit[:12]} came to the branch without a review: it was pushed, not merged",
        )


def _other_evidence(case: _Case) -> tuple[str, str]:
    wanted = {
        EvidenceKind.GITHUB: "reviews at GitHub",
        EvidenceKind.SIGNATURES: "signed reviews",
    }
    chain = case.chain
    message = f"policy {chain.policy} asks for {wanted[chain.evidence]}; what is there are {wanted[case.changes.kind]}"
    return "approval.no-evidence", message


def _objections(
    case: _Case, objections: Sequence[Spoken]
) -> tuple[tuple[tuple[str, str], ...], tuple[NotCounted, ...]]:
    """Those of people who are asked stop the change; those of others do not count."""
    refusals: list[tuple[str, str]] = []
    ignored: list[NotCounted] = []
    for person, review in objections:
        at = format_instant(review.at)
        if any(case.options(Spoken(person, review))):
            message = f"{person} asked for changes at {at}; {person} has to approve, or that has to be dismissed"
            refusals.append(("approval.changes-requested", message))
        else:
            message = f"{person} asked for changes at {at}, and is not among those who are asked"
            ignored.append(NotCounted(review, person, "approval.not-asked", message))
    return tuple(refusals), tuple(ignored)


def _unused(case: _Case, approvals: Sequence[Spoken], seating: Seating) -> Iterator[NotCounted]:
    seated = {option.person for option in seating.taken}
    for spoken in approvals:
        if spoken.person not in seated:
            rule, message = _why_unused(case, spoken, seating)
            yield NotCounted(spoken.review, spoken.person, rule, message)


def _why_unused(case: _Case, spoken: Spoken, seating: Seating) -> tuple[str, str]:
    policy, person = case.chain.policy, spoken.person
    steps = [option.step for option in case.options(spoken)]
    if not steps:
        return _why_not_asked(case, spoken)
    early = [step for step in steps if step >= seating.complete]
    if not early or not _is_early(min(early), spoken.review, seating):
        return "approval.surplus", f"policy {policy} has all the approvals that {person} could give"
    at = format_instant(spoken.review.at)
    before = " and ".join(group.words for group in case.chain.steps[min(early) - 1].groups)
    return (
        _OUT_OF_ORDER,
        f"given at {at}, before step {min(early)} of policy {policy} was complete ({before}); {person} has to approve again after it",
    )


def _is_early(step: int, review: Review, seating: Seating) -> bool:
    """Whether the review came before the step could be approved."""
    if step > seating.complete:
        return True
    return seating.since is not None and review.at < seating.since


def _why_not_asked(case: _Case, spoken: Spoken) -> tuple[str, str]:
    person = spoken.person
    for step in case.chain.steps:
        if person in step.escalated:
            return "approval.not-yet", _not_yet(person, step)
        for name in sorted(name for group in step.groups for name in group.people):
            if any(person in absence.deputies for absence in case.roster.absences(name)):
                return "approval.not-asked", _no_deputy(case, person, name)
    return "approval.not-asked", f"{person} is not among those who are asked"


def _not_yet(person: str, step: NeededStep) -> str:
    if step.escalates_at is not None:
        return f"{person} may approve only from {format_instant(step.escalates_at)} on"
    return f"{person} may approve only once {step.escalates_after} have passed, which no clock vouches for"


def _no_deputy(case: _Case, person: str, name: str) -> str:
    if name in case.forbidden:
        return f"{person} stands in for {name}, who is {case.forbidden[name]}"
    days = ", ".join(
        f"{absence.start} to {absence.end}"
        for absence in case.roster.absences(name)
        if person in absence.deputies
    )
    return f"{person} stands in for {name} only from {days}"


def _told(rows: Sequence[NotCounted], counted: Sequence[Counted]) -> Iterator[NotCounted]:
    """One reason a review. What counts in another chain is told only if it has to be given again."""
    reviews = {row.review for row in counted}
    found: dict[Review, NotCounted] = {}
    for row in rows:
        if row.review in reviews and row.rule != _OUT_OF_ORDER:
            continue
        known = found.setdefault(row.review, row)
        found[row.review] = min(known, row, key=lambda one: _TELLING.index(one.rule))
    yield from found.values()


def _by_time(row: NotCounted) -> tuple[object, ...]:
    return (row.review.at, row.review, row.rule, row.message)
