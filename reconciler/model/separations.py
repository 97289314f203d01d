"""The separations of duties that hold on one target, with what their bundles come to there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.policies import AccessPattern, Separation

Side = tuple[tuple[AccessPattern, ...], ...]
"""Alternatives: one of them is held by who holds something of each of its patterns. A bundle is one alternative with all that it lists; a pattern of any
other sort is one of its own."""


@dataclass(frozen=True, slots=True)
class SeparationRule:
    """`policy` is the name of the policy that has the rule."""

    policy: str
    separation: Separation
    one: Side
    other: Side


@dataclass(frozen=True, slots=True)
class Separations:
    """`persons` are the people of each database user, by name; a user who is nobody's counts for himself."""

    rules: tuple[SeparationRule, ...] = ()
    persons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
