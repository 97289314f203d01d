"""The documents under `grants/` as typed values. Every name is already in the dictionary's exact spelling."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from reconciler.model import names
from reconciler.model.break_glass import BreakGlass
from reconciler.model.classification import Classification
from reconciler.model.diagnostics import Origin
from reconciler.model.identities import NO_LIMITS, IdentityKind, SessionLimits
from reconciler.model.policies import OWNER_LABEL
from reconciler.model.policies import Policy as Policy  # noqa: PLC0414 - a document like the others


class Mode(enum.StrEnum):
    """What the reconciler may do inside a target's scope."""

    OBSERVE = "observe"
    ADDITIVE = "additive"
    AUTHORITATIVE = "authoritative"


class Auditing(enum.StrEnum):
    """What a target does to know whether access was used."""

    OFF = "off"  # nothing is read
    EXISTING = "existing"  # what the target's own audit policies record is read
    PER_LEASE = "per-lease"  # besides, each lease holds the role that an audit policy follows


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
    """Privileges on one object; `columns` only with INSERT, UPDATE and REFERENCES. `on` is the kind of an object that SQL does not address as
    OWNER.NAME (`privileges.ON_KINDS`), empty for the others; what has no schema belongs to SYS, as in the dictionary."""

    privileges: tuple[str, ...]
    owner: str
    object: str
    columns: tuple[str, ...]
    with_option: bool
    origin: Origin
    on: str = ""
    with_hierarchy: bool = False


@dataclass(frozen=True, slots=True)
class ObjectPattern:
    """Objects of one schema whose name matches `name`, where `*` stands for any run of characters unless the name is `exact`."""

    owner: str
    name: str
    exact: bool = False

    def __str__(self) -> str:
        name = names.display(self.name) if self.exact else self.name
        return f"{names.display(self.owner)}.{name}"

    def covers(self, owner: str, name: str) -> bool:
        if owner != self.owner:
            return False
        return name == self.name if self.exact else names.matches(self.name, name)


@dataclass(frozen=True, slots=True)
class ManyObjectsAccess:
    """Privileges on the objects that the dictionary has: those that match `pattern`, or those that the target's documents put under `label`.

    `types` are object types of the dictionary; empty means those that take all of the privileges."""

    privileges: tuple[str, ...]
    pattern: ObjectPattern | None
    label: str
    types: tuple[str, ...]
    with_option: bool
    origin: Origin
    with_hierarchy: bool = False

    @property
    def subject(self) -> str:
        """What the document says after `on`, for messages."""
        return str(self.pattern) if self.pattern else f"label {self.label}"


@dataclass(frozen=True, slots=True)
class SchemaAccess:
    """ANY privileges on whatever one schema holds now and later (release 23 and later)."""

    privileges: tuple[str, ...]
    schema: str
    with_option: bool
    origin: Origin


@dataclass(frozen=True, slots=True)
class RoleAccess:
    role: str
    with_option: bool
    origin: Origin
    with_delegate: bool = False


@dataclass(frozen=True, slots=True)
class SystemAccess:
    privilege: str
    with_option: bool
    origin: Origin


@dataclass(frozen=True, slots=True)
class QuotaAccess:
    """Space in a tablespace; `size` in bytes as a number, or UNLIMITED."""

    tablespace: str
    size: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class ProxyAccess:
    """The right to log on as `client` with one's own password."""

    client: str
    origin: Origin


Access = (
    BundleAccess
    | ObjectAccess
    | ManyObjectsAccess
    | SchemaAccess
    | RoleAccess
    | SystemAccess
    | QuotaAccess
    | ProxyAccess
)


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
    """`user` is the database user who gets the access: an existing one, or the one that the lease makes. For a proxy identity it is who logs on, and
    `client` as whom. `ended` is the early end that a reviewed edit asks for."""

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
    identity: IdentityKind = IdentityKind.EXISTING
    client: str = ""
    session: SessionLimits = NO_LIMITS


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
    and schema privileges, `roles` for roles, `system` for system privileges, `directories`, `editions` and `tablespaces` for these, `users` for rights on
    a user and for clients that a proxy may act as, `services` for passwords that are rotated. An empty list matches nothing.
    """

    grantees: tuple[str, ...]
    schemas: tuple[str, ...]
    roles: tuple[str, ...]
    system: tuple[str, ...]
    directories: tuple[str, ...] = ()
    editions: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    tablespaces: tuple[str, ...] = ()
    services: tuple[str, ...] = ()


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
class ReadAccount:
    """An account that may only read; `password_env` names the environment variable with its password."""

    user: str
    password_env: str


@dataclass(frozen=True, slots=True)
class Target:
    """`dsn` is an Easy Connect string or a connect descriptor without credentials; `password_env` names the environment variable with the password of `user`.

    `wallet_env` names the variable with the directory of `ewallet.pem` for TLS. `object_labels` are the objects that requests name by a label. `reader` is
    the account of jobs that only look, None when those use `user` too. `schema_owners` are the people and teams that own the data of a schema.
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
    object_labels: Mapping[str, tuple[ObjectPattern, ...]] = field(default_factory=dict)
    audit: Auditing = Auditing.EXISTING
    reader: ReadAccount | None = None
    schema_owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def owners_of(self, schema: str) -> tuple[str, ...]:
        """The people and teams that own the data of a schema: those named for it, or else the one that the label `owner` names."""
        if schema in self.schema_owners:
            return self.schema_owners[schema]
        owner = self.labels.get(OWNER_LABEL, "")
        return (owner,) if owner else ()

    @property
    def own_accounts(self) -> tuple[str, ...]:
        """The reconciler's own users on this target: nothing of theirs is ever changed."""
        return (self.user,) if self.reader is None else (self.user, self.reader.user)


@dataclass(frozen=True, slots=True)
class Rotation:
    """When the passwords of a service's database users are made anew: on the day `first` at 00:00 UTC, and `every` so often after it."""

    every: timedelta
    first: date
    targets: TargetSelector
    origin: Origin


@dataclass(frozen=True, slots=True)
class Absence:
    """From the day `start` up to and including `end` (UTC) the deputies approve in the person's place."""

    start: date
    end: date
    deputies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """`users` are the database users that are this person's; `logins` maps a service such as `github` to a login name.
    `public_keys` are age recipients or SSH public keys, to which passwords are sealed; `signing_keys` are the SSH public keys of signed reviews."""

    name: str
    origin: Origin
    display_name: str
    email: str
    kind: str
    users: tuple[str, ...]
    logins: Mapping[str, str]
    public_keys: tuple[str, ...] = ()
    rotation: Rotation | None = None
    signing_keys: tuple[str, ...] = ()
    absences: tuple[Absence, ...] = ()


@dataclass(frozen=True, slots=True)
class Team:
    """`members` are all of its people, those of the teams it includes too; `includes` names these teams."""

    name: str
    origin: Origin
    members: tuple[str, ...]
    includes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyCase:
    """A request that nobody made, and what policy must say of it. `rules` are ids of findings that must be among those of a denial. `approvals` are
    the groups that
    must be asked for, in the words of reviews (`1 of payroll`); None: not looked at. The bounds of the risk are points."""

    name: str
    origin: Origin
    request: AccessRequest
    allowed: bool
    rules: tuple[str, ...] = ()
    approvals: tuple[str, ...] | None = None
    risk_at_least: int | None = None
    risk_at_most: int | None = None


@dataclass(frozen=True, slots=True)
class PolicyTest:
    """Example cases that are kept beside the policies and hold them to what was meant."""

    name: str
    origin: Origin
    cases: tuple[PolicyCase, ...]


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
    break_glass: Mapping[str, BreakGlass] = field(default_factory=dict)
    classifications: Mapping[str, Classification] = field(default_factory=dict)
    policy_tests: Mapping[str, PolicyTest] = field(default_factory=dict)

    def members(self, names: Iterable[str]) -> frozenset[str]:
        """The people among the names, and those of the teams among them."""
        found: set[str] = set()
        for name in names:
            team = self.teams.get(name)
            found |= set(team.members) if team else {name}
        return frozenset(found)
