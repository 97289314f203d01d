"""Whether the access of a lease was used: what a target's unified audit trail and LAST_LOGIN say of one lease."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from reconciler.model.privileges import Entitlement


class Use(enum.StrEnum):
    """`unknown` is what remains when nothing recorded the access, or nobody lets us read the record."""

    USED = "used"
    NOT_USED = "not-used"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Watched:
    """A lease whose use is asked for. `since` and `until` bound its window (UTC, both included); `entitlements` are the lease role's."""

    lease_id: str
    target: str
    grantee: str
    role: str
    entitlements: frozenset[Entitlement]
    since: datetime
    until: datetime


class AuditRow(NamedTuple):
    """Equal rows of the trail in the window of one lease, counted. `code` is 0 for success, else the ORA- number; `privileges` are the system
    privileges that were used; `proxy` is who logged on for `user`. Instants in UTC. All text comes from outside: other clients wrote it."""

    lease_id: str
    user: str
    proxy: str
    action: str
    schema: str
    object: str
    code: int
    privileges: tuple[str, ...]
    host: str
    address: str
    program: str
    times: int
    first: datetime
    last: datetime


class AuditOption(NamedTuple):
    """One thing that one enabled policy records. `applies` is the ENABLED_OPTION (`BY USER`, `EXCEPT USER`, `BY GRANTED ROLE`), `entity` the user or
    role it names; `type` the AUDIT_OPTION_TYPE. Policies with a condition, and those for failures only, are left out: they prove no silence."""

    policy: str
    applies: str
    entity: str
    type: str
    option: str
    schema: str
    object: str


@dataclass(frozen=True, slots=True)
class Trail:
    """What could be read. `unreadable` says why nothing could, `hint` what a DBA can run about it; both empty otherwise. `cut` says that there was
    more than is read."""

    rows: tuple[AuditRow, ...] = ()
    options: tuple[AuditOption, ...] = ()
    unreadable: str = ""
    hint: str = ""
    cut: bool = False


class Source(NamedTuple):
    """From where somebody worked: parts that the trail does not say are empty."""

    host: str
    address: str
    program: str
    proxy: str
    times: int


class Touched(NamedTuple):
    """An action on an object that the lease gives a right to; `object` is empty for system privileges."""

    action: str
    object: str
    times: int


class Refused(NamedTuple):
    """Attempts in the window that ended with an ORA- error, whatever they were for."""

    ora: int
    action: str
    object: str
    times: int


@dataclass(frozen=True, slots=True)
class Usage:
    """The answer for one lease. `count` are audited successes that one of its privileges covers: when the user holds the same right by another way, too,
    the trail cannot tell by which. `reason` says why the answer is `unknown`, or what limits it. `last_login` is the user's, whenever it was."""

    lease_id: str
    target: str
    grantee: str
    use: Use
    reason: str
    hint: str
    since: datetime
    until: datetime
    read_at: datetime
    count: int = 0
    first: datetime | None = None
    last: datetime | None = None
    sources: tuple[Source, ...] = ()
    touched: tuple[Touched, ...] = ()
    refused: tuple[Refused, ...] = ()
    last_login: datetime | None = None
