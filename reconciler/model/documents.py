"""The documents under `grants/` as typed values. Every name is already in the dictionary's exact spelling."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from reconciler.model.diagnostics import Origin


class Mode(enum.StrEnum):
    """What the reconciler may do inside a target's scope."""

    OBSERVE = "observe"
    ADDITIVE = "additive"
    AUTHORITATIVE = "authoritative"


@dataclass(frozen=True, slots=True)
class Window:
    """When a request holds. Exactly one of `until` and `duration`; without `start` a duration counts from activation, which the ledger keeps,
    and an `until` counts from the merge. All instants in UTC."""

    start: datetime | None
    until: datetime | None
    duration: timedelta | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class BundleAccess:
    bundle: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class ObjectAccess:
    """Privileges on one object; `columns` only with INSERT, UPDATE and REFERENCES."""

    privileges: tuple[str, ...]
    owner: str
    object: str
    columns: tuple[str, ...]
    with_option: bool
    origin: Origin


@dataclass(frozen=True, slots=True)
class RoleAccess:
    role: str
    with_option: bool
    origin: Origin


@dataclass(frozen=True, slots=True)
class SystemAccess:
    privilege: str
    with_option: bool
    origin: Origin


Access = BundleAccess | ObjectAccess | RoleAccess | SystemAccess


@dataclass(frozen=True, slots=True)
class TargetSelector:
    """Targets by name, or by labels that must all be equal; never both."""

    names: tuple[str, ...]
    labels: Mapping[str, str]
    origin: Origin

    def selects(self, target: Target) -> bool:
        if self.names:
            return target.name in self.names
        return bool(self.labels) and all(
            target.labels.get(key) == value for key, value in self.labels.items()
        )


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """`user` is the existing database user who gets the access. `ended` is the early end that a reviewed edit asks for."""

    name: str
    origin: Origin
    requester: str
    reason: str
    ticket: str
    targets: TargetSelector
    user: str
    user_origin: Origin
    access: tuple[Access, ...]
    window: Window
    ended: bool


@dataclass(frozen=True, slots=True)
class StandingGrant:
    """Entitlements without an end. `owner` is the person or team that answers for them; `review_by` the day they must be looked at again."""

    name: str
    origin: Origin
    owner: str
    reason: str
    targets: TargetSelector
    grantees: tuple[str, ...]
    access: tuple[Access, ...]
    review_by: date


@dataclass(frozen=True, slots=True)
class Bundle:
    name: str
    origin: Origin
    description: str
    access: tuple[Access, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """The allow list of what the reconciler may manage on a target: patterns (exact names, `*` for any run of characters).

    An entitlement is in scope when its grantee matches `grantees` and its subject matches the list of its kind: `schemas` for objects, columns
    and schema privileges, `roles` for roles, `system` for system privileges. An empty list matches nothing.
    """

    grantees: tuple[str, ...]
    schemas: tuple[str, ...]
    roles: tuple[str, ...]
    system: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemovalLimits:
    """The removal brake: the most revokes (ends of leases don't count) that a plan may hold, as a count and as a share of what is in scope, for the
    target and for each grantee. `release_up_to` lifts the counts to that number until `release_until`, for the written reason."""

    count: int = 20
    share: float = 0.25
    grantee_count: int = 10
    grantee_share: float = 0.5
    release_up_to: int = 0
    release_until: datetime | None = None
    release_reason: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """`dsn` is an Easy Connect string or a connect descriptor without credentials; `password_env` names the environment variable with the password of `user`.

    `wallet_env` names the variable with the directory of `ewallet.pem` for TLS.
    """

    name: str
    origin: Origin
    labels: Mapping[str, str]
    dsn: str
    user: str
    password_env: str
    wallet_env: str
    mode: Mode
    scope: Scope
    removals: RemovalLimits


@dataclass(frozen=True, slots=True)
class Person:
    """`users` are the database users that are this person's; `logins` maps a service such as `github` to a login name."""

    name: str
    origin: Origin
    display_name: str
    email: str
    kind: str
    users: tuple[str, ...]
    logins: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Team:
    name: str
    origin: Origin
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Caps for requests on the targets it selects. Of several policies that select a target the strictest value of each cap holds."""

    name: str
    origin: Origin
    targets: TargetSelector
    max_duration: timedelta
    requesters: tuple[str, ...]
    ticket_pattern: str
    min_reason_length: int
    forbidden: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Documents:
    """Everything that one commit says, by name."""

    commit: str
    requests: Mapping[str, AccessRequest] = field(default_factory=dict)
    standing: Mapping[str, StandingGrant] = field(default_factory=dict)
    bundles: Mapping[str, Bundle] = field(default_factory=dict)
    targets: Mapping[str, Target] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
