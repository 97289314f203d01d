"""Which approvals fill which places of a chain, so that as much of it as can be is met.

A place is a seat in a group of a step. One person takes one seat in a chain, one seat is held for one person (by himself or his deputy), a group has as
many seats as people it asks for, and what was approved before the step before was complete does not count. Who takes which seat is a
question of flow: taking the first that fits would refuse chains that can be met, and refuse them because somebody approved once more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from reconciler.model.approvals import Review

_Steps = Sequence[Sequence[int]]
"""For each step, how many people each of its groups asks for."""


class Option(NamedTuple):
    """An approval that could fill a seat: `review` by `person` (given at `at`) in a group, in the place of `principal`, who may be himself."""

    at: datetime
    step: int
    group: int
    person: str
    principal: str
    review: Review


@dataclass(frozen=True, slots=True)
class Seating:
    """`taken` by step, group and person. The first `complete` steps are met, the last of them since `since` (None: none is)."""

    taken: tuple[Option, ...] = ()
    complete: int = 0
    since: datetime | None = None

    def seated(self, step: int, group: int) -> int:
        return len(self.principals(step, group))

    def principals(self, step: int, group: int) -> Mapping[str, str]:
        """Whose seats of the group are taken, with who sits there."""
        return {
            option.principal: option.person
            for option in self.taken
            if (option.step, option.group) == (step, group)
        }


def seat(steps: _Steps, options: Iterable[Option]) -> Seating:
    """The seating that completes most steps, and then has most seats of the next one taken; of equal ones the earliest."""
    ordered = sorted(set(options), key=_in_order)
    for complete in range(len(steps), 0, -1):
        found = _complete(steps, ordered, complete)
        if found is not None:
            return found
    found = _seating(steps, ordered, (), 0)
    assert found is not None
    return found


def _complete(steps: _Steps, options: Sequence[Option], complete: int) -> Seating | None:
    """The fullest seating that completes so many steps. None does better than one that disregards the order of steps: when that is reached, it is found."""
    bound = _seating(steps, options, (), complete)
    if bound is None:
        return None
    best: Seating | None = None
    for instants in _instants(steps, options, complete, ()):
        found = _seating(steps, options, instants, complete)
        if found is not None and (best is None or len(found.taken) > len(best.taken)):
            best = found
            if len(best.taken) == len(bound.taken):
                break
    return best


def _instants(
    steps: _Steps, options: Sequence[Option], complete: int, chosen: tuple[datetime, ...]
) -> Iterator[tuple[datetime, ...]]:
    """Instants at which the first steps may have become complete, one for each, in rising order. A step becomes complete with an approval that was the first
    of its kind since the step before was: whoever approves once more only moves the end."""
    step = len(chosen)
    if step == complete:
        yield chosen
        return
    first: dict[object, datetime] = {}
    for option in options:
        if option.step == step and _in_time(option, chosen):
            first.setdefault(option[1:5], option.at)
    for at in sorted(set(first.values())):
        more = (*chosen, at)
        if _seating(steps, options, more, step + 1):
            yield from _instants(steps, options, complete, more)


def _seating(
    steps: _Steps, options: Sequence[Option], instants: tuple[datetime, ...], complete: int
) -> Seating | None:
    """The fullest seating when the first steps were complete at these instants; None when the first `complete` steps were not."""
    network = _Network()
    usable: dict[tuple[int, int, str, str], Option] = {}
    for option in options:
        if option.step <= complete and _in_time(option, instants):
            usable.setdefault(option[1:5], option)
    for step, group, person, principal in usable:
        network.add(("person", person), ("seat", step, group, principal))
        network.add(("seat", step, group, principal), ("group", step, group))
        network.add(_SOURCE, ("person", person))
    places = [(step, group) for step in range(complete) for group in range(len(steps[step]))]
    needed = sum(steps[step][group] for step, group in places)
    if network.fill(places, steps) < needed:
        return None
    if complete < len(steps):
        network.fill([(complete, group) for group in range(len(steps[complete]))], steps)
    taken = [option for key, option in usable.items() if network.flows(*key)]
    return Seating(
        tuple(sorted(taken, key=lambda option: option[1:5])),
        complete,
        instants[-1] if instants else None,
    )


def _in_time(option: Option, instants: tuple[datetime, ...]) -> bool:
    """Not before the step before was complete, and not after the step itself was."""
    step = option.step
    if 0 < step <= len(instants) and option.at < instants[step - 1]:
        return False
    return step >= len(instants) or option.at <= instants[step]


def _in_order(option: Option) -> tuple[object, ...]:
    """By time; of one person's seats first those that he fills for himself."""
    stands_in = option.principal != option.person
    return (option.at, option.person, option.step, option.group, stands_in, *option[4:])


_Node = tuple[object, ...]
_SOURCE: _Node = ("source",)
_SINK: _Node = ("sink",)


@dataclass(slots=True)
class _Network:
    """Flow of persons to seats to groups, each edge with what it can still take. The flow into groups that are full already never shrinks."""

    left: dict[_Node, dict[_Node, int]] = field(default_factory=dict)

    def add(self, start: _Node, end: _Node, capacity: int = 1) -> None:
        self.left.setdefault(start, {})[end] = capacity
        self.left.setdefault(end, {}).setdefault(start, 0)

    def fill(self, places: Sequence[tuple[int, int]], steps: _Steps) -> int:
        """Opens the groups, and gives the number of seats that people could be brought to."""
        for step, group in places:
            self.add(("group", step, group), _SINK, steps[step][group])
        brought = 0
        while path := self._path():
            for start, end in path:
                self.left[start][end] -= 1
                self.left[end][start] += 1
            brought += 1
        return brought

    def flows(self, step: int, group: int, person: str, principal: str) -> bool:
        return self.left["seat", step, group, principal]["person", person] == 1

    def _path(self) -> list[tuple[_Node, _Node]]:
        """The edges of a shortest way from the source to the sink, none if there is no way."""
        came: dict[_Node, _Node] = {_SOURCE: _SOURCE}
        waiting = deque([_SOURCE])
        while waiting:
            here = waiting.popleft()
            if here == _SINK:
                return _edges(came)
            for there, capacity in self.left.get(here, {}).items():
                if capacity and there not in came:
                    came[there] = here
                    waiting.append(there)
        return []


def _edges(came: Mapping[_Node, _Node]) -> list[tuple[_Node, _Node]]:
    found: list[tuple[_Node, _Node]] = []
    node = _SINK
    while node != _SOURCE:
        found.append((came[node], node))
        node = came[node]
    return found
