"""How risky a request is, as points that each say why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from reconciler.model.classification import Reached


class RiskPoint(NamedTuple):
    """`factor` is its stable name, such as `environment` or `sensitive-columns`; `reason` is one line for reviewers."""

    factor: str
    points: int
    reason: str


@dataclass(frozen=True, slots=True)
class Risk:
    """Points by falling weight."""

    points: tuple[RiskPoint, ...] = ()

    @property
    def total(self) -> int:
        return sum(point.points for point in self.points)


@dataclass(frozen=True, slots=True)
class RequesterHistory:
    """What the ledger knows of a requester on a target: leases granted, those taken away by an operator or by an emergency stop, and extensions."""

    granted: int = 0
    revoked: int = 0
    extended: int = 0


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """What is known about one request on one target besides documents. `reached` are the classified columns; `rows` the sizes of tables by owner and name,
    in rows as the optimizer's statistics have them; `powers` are strong rights that asked-for roles bring along, such as `SELECT ANY TABLE`.
    `known` is false when no dictionary was at hand: what is unknown counts as risk."""

    reached: tuple[Reached, ...] = ()
    rows: Mapping[tuple[str, str], int] = field(default_factory=dict)
    powers: tuple[str, ...] = ()
    history: RequesterHistory = field(default_factory=RequesterHistory)
    known: bool = True
