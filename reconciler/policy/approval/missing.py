"""Who is missing, in lines that name exactly those who could still approve, and say why others cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from reconciler.model.approvals import NeededChain, NeededGroup, NeededStep
from reconciler.model.instants import format_instant
from reconciler.policy.approval.people import Roster
from reconciler.policy.approval.seats import Seating


class _Deputy(NamedTuple):
    """Somebody who may sit in the place of `principal`, and when, in words."""

    name: str
    principal: str
    words: str


@dataclass(frozen=True, slots=True)
class Gaps:
    """What a seating leaves open. `forbidden` are those who may not approve the change, with what they are; `opened_at` is when it was proposed (UTC)."""

    chain: NeededChain
    seating: Seating
    roster: Roster
    forbidden: Mapping[str, str]
    opened_at: datetime | None

    def lines(self) -> Iterator[str]:
        """`2 of dba: erin, frank (alice is the requester)`, one for each group that is not full, in the order of the steps."""
        for number, step in enumerate(self.chain.steps):
            if not step.groups:
                yield f"step {number + 1} of policy {self.chain.policy} asks for nobody, so nobody can approve it"
            for index, group in enumerate(step.groups):
                seated = self.seating.seated(number, index)
                if seated < group.least:
                    taken = self.seating.principals(number, index)
                    yield self._line(step, group, seated, taken)

    def _line(
        self, step: NeededStep, group: NeededGroup, seated: int, taken: Mapping[str, str]
    ) -> str:
        more = group.least - seated
        reasons = {name: self._reason(name, taken) for name in sorted(group.people)}
        able = [name for name, reason in reasons.items() if not reason]
        deputies = list(self._deputies(group, taken))
        escalated = self._escalated(step, group)
        parts = [", ".join(able), *(deputy.words for deputy in deputies)]
        if escalated and step.escalates_at is not None:
            parts.append(f"{', '.join(escalated)} from {format_instant(step.escalates_at)}")
        seats = len({*able, *(deputy.principal for deputy in deputies), *escalated})
        people = len({*able, *(deputy.name for deputy in deputies), *escalated})
        words = f"{group.words}, {more} more" if seated else group.words
        names = "; ".join(filter(None, parts)) or "nobody"
        why = ", ".join(filter(None, reasons.values()))
        few = "; too few can approve" if 0 < min(seats, people) < more else ""
        return f"{words}: {names}{f' ({why})' if why else ''}{few}"

    def _reason(self, name: str, taken: Mapping[str, str]) -> str:
        """Why the person cannot take a seat of a group any more, empty when he can. `taken` are its seats, by whose they are, with who sits there."""
        if name in self.forbidden:
            return f"{name} is {self.forbidden[name]}"
        for option in self.seating.taken:
            if option.person == name:
                group = self.chain.steps[option.step].groups[option.group]
                return f"{name} counts for {group.words}"
        if name in taken:
            return f"{taken[name]} counts in the place of {name}"
        return self.roster.unable(name)

    def _deputies(self, group: NeededGroup, taken: Mapping[str, str]) -> Iterator[_Deputy]:
        """Deputies of those who are away, unless that was over before the change was proposed; none stands in for somebody who may not approve."""
        for name in sorted(group.people - self.forbidden.keys() - taken.keys()):
            for absence in self.roster.absences(name):
                if self.opened_at is not None and absence.end < self.opened_at.date():
                    continue
                for deputy in absence.deputies:
                    if self._is_human(deputy) and not self._reason(deputy, {}):
                        days = f"{absence.start} to {absence.end}"
                        yield _Deputy(deputy, name, f"{deputy} for {name} from {days}")

    def _escalated(self, step: NeededStep, group: NeededGroup) -> list[str]:
        if step.escalates_at is None:
            return []
        return [
            name for name in sorted(step.escalated - group.people) if not self._reason(name, {})
        ]

    def _is_human(self, name: str) -> bool:
        return name in self.roster.people and not self.roster.is_service(name)
