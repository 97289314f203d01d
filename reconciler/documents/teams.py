"""Teams that include other teams: in which order they can be looked at, who belongs to them in the end, and who includes whom in a circle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from reconciler.model.documents import Team

_SHOWN = 20
"""Most names of a circle that are told; of a longer one the rest is `...`."""


@dataclass(frozen=True, slots=True)
class Nesting:
    """`order`: the teams, each after those it includes, as far as there is no circle. `cycles`: of teams that are in a circle the names from each round
    to itself. Of circles that hang together not every team need be there; one that is not includes one that is."""

    order: tuple[str, ...]
    cycles: Mapping[str, tuple[str, ...]]


@dataclass(slots=True)
class _Walk:
    """A walk into the depth without recursion, since depth is the author's choice. `path` leads to the team that is looked at, with its index in it."""

    teams: Mapping[str, Team]
    order: list[str] = field(default_factory=list)
    cycles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    path: dict[str, int] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)

    def from_team(self, first: str) -> None:
        waiting: list[tuple[str, bool]] = [(first, False)]
        while waiting:
            name, left = waiting.pop()
            if left:
                self.path.popitem()
                self.done.add(name)
                self.order.append(name)
            elif name in self.path:
                self._close(name)
            elif name not in self.done:
                self.path[name] = len(self.path)
                waiting.append((name, True))
                included = self.teams[name].includes
                waiting.extend((one, False) for one in reversed(included) if one in self.teams)

    def _close(self, name: str) -> None:
        circle = tuple(self.path)[self.path[name] :]
        if circle[-1] in self.cycles:
            return
        for index, member in enumerate(circle):
            if member not in self.cycles:
                self.cycles[member] = _round(circle, index)


def _round(circle: tuple[str, ...], first: int) -> tuple[str, ...]:
    size = len(circle)
    shown = [circle[(first + step) % size] for step in range(min(size, _SHOWN))]
    return (*shown, *(("...",) if size > _SHOWN else ()), circle[first])


def nesting(teams: Mapping[str, Team]) -> Nesting:
    """Names of teams that do not exist are passed over."""
    walk = _Walk(teams)
    for name in sorted(teams):
        walk.from_team(name)
    return Nesting(tuple(walk.order), dict(sorted(walk.cycles.items())))


def closed(teams: Mapping[str, Team], order: tuple[str, ...]) -> Iterator[Team]:
    """Those of the teams that include others, with all their members: first their own, then those of the others. `order` has included ones first."""
    members: dict[str, tuple[str, ...]] = {}
    for name in order:
        team = teams[name]
        everybody = dict.fromkeys(team.members)
        for one in team.includes:
            everybody.update(dict.fromkeys(members.get(one, ())))
        members[name] = tuple(everybody)
        if team.includes:
            yield replace(team, members=members[name])
