"""Policies as values: who may ask for what, when and how long, what adds to the risk, who has to approve, and what no one may hold together.

Several policies may cover one target. Then every rule of each of them holds: a denial anywhere wins, the smallest cap decides, and the approvals that
each of them asks for are all needed.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from reconciler.model.diagnostics import Origin

if TYPE_CHECKING:
    from reconciler.model.documents import TargetSelector

OWNERS = "owners"
"""In the place of a name: those who own the data that a request reaches. No team and no person may be called so."""

OWNER_LABEL = "owner"
"""The label of a target whose value is the person or team that owns its data."""


class Effect(enum.StrEnum):
    ALLOW = "allow"
    DENY = "deny"


class PatternKind(enum.StrEnum):
    """What an access pattern is about."""

    PRIVILEGE = (
        "privilege"  # `SELECT`, `* ANY *`, `UPDATE on HR.*`, `SELECT on HR.EMPLOYEES.SALARY`
    )
    ROLE = "role"  # `role:HR_*`
    BUNDLE = "bundle"  # `bundle:payroll-support`
    PROXY = "proxy"  # `proxy:HR_APP`; CONNECT THROUGH is any of them
    OPTION = "option"  # `WITH GRANT OPTION`, `WITH ADMIN OPTION`


class AccessPattern(NamedTuple):
    """Something that may be asked for, in the dictionary's spelling, where `*` stands for any run of characters. Empty `owner`: on anything, or on nothing
    in particular. `text` is what the document says."""

    kind: PatternKind
    name: str
    owner: str = ""
    object: str = ""
    column: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """Part of a policy: when all of its conditions meet a request, each access of it that one of the patterns covers is allowed or denied.
    An empty condition meets every request. A cap holds for the requests that the rule allows something to."""

    name: str
    effect: Effect
    access: tuple[AccessPattern, ...]
    origin: Origin
    requesters: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()  # human, service
    identities: tuple[str, ...] = ()  # existing, temporary, proxy
    max_duration: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Hours:
    """When access may begin: on `days` (0 is Monday) from `start` until before `end` on the clocks of `zone` (an IANA name)."""

    zone: str
    days: frozenset[int]
    start: time
    end: time
    origin: Origin


@dataclass(frozen=True, slots=True)
class Notice:
    """How long before its start a request must be merged: `least` at the least, `most` at the most. Without a written start it begins `least` after
    the merge."""

    least: timedelta
    most: timedelta | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one requester may have on a target; None is no limit. `hours_a_week` counts what was granted in the seven days before, and what
    is asked for."""

    concurrent: int | None = None
    extensions: int | None = None
    hours_a_week: timedelta | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class PolicyException:
    """Why some requests need not keep some rules (ids of findings such as `policy.too-long`). It is for access that begins before `until` (UTC), so that
    the verdict on a document does not change because time passes."""

    rules: tuple[str, ...]
    requests: tuple[str, ...]
    requesters: tuple[str, ...]
    owner: str
    reason: str
    until: datetime
    origin: Origin


@dataclass(frozen=True, slots=True)
class Separation:
    """Two sets of access that no one may hold together, in effect and over all database users of a person."""

    name: str
    one: tuple[AccessPattern, ...]
    other: tuple[AccessPattern, ...]
    reason: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class RiskWeights:
    """Points of risk that a policy sets in the place of the usual ones, by the name of the factor (`policy.risk.FACTORS`), and `labels`: points by
    `key=value` of a target's labels."""

    factors: Mapping[str, int] = field(default_factory=dict)
    labels: Mapping[str, int] = field(default_factory=dict)


class EvidenceKind(enum.StrEnum):
    """Where the proof of a review comes from."""

    GITHUB = "github"  # reviews of the pull request, from GitHub's API
    SIGNATURES = "signatures"  # signed Reviewed-by trailers of the merge


@dataclass(frozen=True, slots=True)
class Requirement:
    """So many different people of those named: people, teams, or OWNERS, which means so many of each owner."""

    count: int
    of: tuple[str, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who else may approve once the step has waited so long."""

    after: timedelta
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """Every requirement must be met; approvals of the next step count only from then on."""

    requirements: tuple[Requirement, ...]
    origin: Origin
    escalation: Escalation | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """Who approves what has at most `up_to` points of risk (None: any number). Without steps it is approved in advance, and recorded as such."""

    up_to: int | None
    steps: tuple[Step, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Approvals:
    """`chains` by rising risk; the last one has no bound. `activate_within`: an approval lapses when access did not begin so long after the merge, or after
    the written start if that is later."""

    evidence: EvidenceKind
    chains: tuple[Chain, ...]
    origin: Origin
    activate_within: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules for requests on the targets it selects. Of several policies that select a target the strictest value of each cap holds.

    With `documents` (names of kinds) it says instead who approves changes of such documents; then it selects no target and `max_duration` is zero.
    `rules`: if any policy that covers a target has some, what no rule allows is denied there.
    """

    name: str
    origin: Origin
    targets: TargetSelector
    max_duration: timedelta
    requesters: tuple[str, ...]
    ticket_pattern: str
    min_reason_length: int
    forbidden: tuple[str, ...]
    rules: tuple[Rule, ...] = ()
    hours: Hours | None = None
    notice: Notice | None = None
    limits: Limits = field(default_factory=Limits)
    exceptions: tuple[PolicyException, ...] = ()
    separations: tuple[Separation, ...] = ()
    risk: RiskWeights = field(default_factory=RiskWeights)
    approvals: Approvals | None = None
    documents: tuple[str, ...] = ()
