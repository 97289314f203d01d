"""What was said of a change, sorted: approvals that may count, objections that stand, and what does not count at all, with the reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from reconciler.model.approvals import ChangeSet, NotCounted, Opinion, Review
from reconciler.model.instants import format_instant
from reconciler.policy.approval.people import Roster

_STRENGTH = {Opinion.APPROVED: 0, Opinion.DISMISSED: 1, Opinion.CHANGES_REQUESTED: 2}
"""Of opinions given at the same instant the strongest is the last."""

_SHORT = 12


class Spoken(NamedTuple):
    """A review, and the person who gave it."""

    person: str
    review: Review


@dataclass(frozen=True, slots=True)
class Opinions:
    """`approvals` may count when they are asked for; `objections` are requests for changes that nothing withdrew."""

    approvals: tuple[Spoken, ...] = ()
    objections: tuple[Spoken, ...] = ()
    not_counted: tuple[NotCounted, ...] = ()


def barred(changes: ChangeSet, roster: Roster, excluded: Mapping[str, str]) -> Mapping[str, str]:
    """Who may not approve this change, and what he is: those who are excluded, and whoever wrote a part of it, under whatever name he is written down."""
    found: dict[str, str] = {}
    for name, why in sorted(excluded.items()):
        for same in sorted(roster.same_human(name)):
            found.setdefault(same, why if same == name else f"the same person as {name}, {why}")
    for contributor in changes.contributors:
        for name in sorted(roster.behind(contributor)):
            for same in sorted(roster.same_human(name)):
                found.setdefault(same, "an author of the change")
    return found


def sift(changes: ChangeSet, roster: Roster, forbidden: Mapping[str, str]) -> Opinions:
    """Of each person, over all of his logins, the latest opinion is what holds. A comment says nothing; a request for changes holds until the same person
    approves, or until it is dismissed. Only reviews of the merged head approve."""
    sifting = _Sifting(changes, roster, forbidden)
    spoken: defaultdict[str, list[Review]] = defaultdict(list)
    for review in sorted(set(changes.reviews), key=_in_order):
        if review.opinion is not Opinion.COMMENTED and (person := sifting.speaker(review)):
            spoken[person].append(review)
    for person, reviews in sorted(spoken.items()):
        sifting.weigh(person, reviews)
    return Opinions(tuple(sifting.approvals), tuple(sifting.objections), tuple(sifting.not_counted))


def _in_order(review: Review) -> tuple[object, ...]:
    return (review.at, _STRENGTH.get(review.opinion, -1), review)


@dataclass(slots=True)
class _Sifting:
    changes: ChangeSet
    roster: Roster
    forbidden: Mapping[str, str]
    approvals: list[Spoken] = field(default_factory=list)
    objections: list[Spoken] = field(default_factory=list)
    not_counted: list[NotCounted] = field(default_factory=list)

    def speaker(self, review: Review) -> str:
        """The person whose opinion it is; empty when it proves nothing, and then it is among those that do not count."""
        names = self.roster.with_login(review.login)
        person = names[0] if len(names) == 1 else ""
        for rule, message in self._faults(review, names):
            self.not_counted.append(NotCounted(review, person, rule, message))
            return ""
        return person

    def _faults(self, review: Review, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        login = review.login
        if review.problem:
            yield (
                "approval.bad-signature",
                f"the review of {login} proves nothing: {review.problem}",
            )
        if not names:
            yield from self._unknown(login)
        if len(names) > 1:
            yield "approval.unknown-login", f"the login {login} is that of {_and(names)}"
        if len(names) == 1 and self.roster.is_service(names[0]):
            yield "approval.service", f"{names[0]} is a service; services do not approve"
        if len(names) == 1 and names[0] in self.forbidden:
            yield "approval.self", f"{names[0]} is {self.forbidden[names[0]]}"
        merged = self.changes.merged_at
        if merged is not None and review.at > merged:
            at = format_instant(review.at)
            yield "approval.late", f"given at {at}, after the merge at {format_instant(merged)}"

    def _unknown(self, login: str) -> Iterator[tuple[str, str]]:
        for contributor in self.changes.contributors:
            if contributor.login and contributor.login.casefold() == login.casefold():
                yield "approval.self", f"{login} is an author of the change"
        yield (
            "approval.unknown-login",
            f"{login} is the login of nobody among the people of the protected branch",
        )

    def weigh(self, person: str, reviews: list[Review]) -> None:
        """`reviews` are all proven opinions of the person, in their order."""
        last = max(
            (at for at, row in enumerate(reviews) if row.opinion is not Opinion.APPROVED),
            default=-1,
        )
        for review in reviews[:last]:
            if review.opinion is Opinion.APPROVED:
                at = format_instant(reviews[last].at)
                self._refuse(person, review, "approval.superseded", f"{person} withdrew it at {at}")
        if last >= 0 and reviews[last].opinion is Opinion.DISMISSED:
            self._refuse(
                person, reviews[last], "approval.dismissed", f"what {person} said was dismissed"
            )
        elif last >= 0 and last == len(reviews) - 1:
            self.objections.append(Spoken(person, reviews[last]))
        self._approved(person, reviews[last + 1 :])

    def _approved(self, person: str, reviews: Iterable[Review]) -> None:
        for review in reviews:
            if self.changes.head and review.commit == self.changes.head:
                self.approvals.append(Spoken(person, review))
                continue
            seen = review.commit[:_SHORT] or "no commit"
            self._refuse(
                person,
                review,
                "approval.stale",
                f"{person} looked at {seen}, and the merged head is {self.changes.head[:_SHORT] or 'not known'}",
            )

    def _refuse(self, person: str, review: Review, rule: str, message: str) -> None:
        self.not_counted.append(NotCounted(review, person, rule, message))


def _and(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
