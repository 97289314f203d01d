"""What a target's data dictionary said at one instant of the database clock."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from reconciler.model.classification import Column, ColumnPattern
from reconciler.model.identities import ROLE_ONLY, ColumnView, Ending, Profile
from reconciler.model.logon_networks import LogonNetwork
from reconciler.model.privileges import Entitlement


@dataclass(frozen=True, slots=True)
class DatabaseIdentity:
    """Which database answered: an approval binds to it. `release` is the major number (19, 21, 23)."""

    name: str
    dbid: int
    container: str
    release: int
    version: str

    def __str__(self) -> str:
        return f"{self.name}/{self.container} (DBID {self.dbid}, {self.version})"


class HeldGrant(NamedTuple):
    """One row of a DBA_*_PRIVS view. `grantor` is empty where Oracle records none; `inherited` rows come from the root of a CDB and can't be
    revoked in a PDB."""

    entitlement: Entitlement
    grantor: str = ""
    inherited: bool = False


class DatabaseObject(NamedTuple):
    """One object of a schema. `type` is OBJECT_TYPE of DBA_OBJECTS."""

    owner: str
    name: str
    type: str


class Dependency(NamedTuple):
    """A view or materialized view, and one thing that its query reads. `referenced_type` is REFERENCED_TYPE of DBA_DEPENDENCIES: TABLE, VIEW or
    MATERIALIZED VIEW."""

    owner: str
    name: str
    referenced_owner: str
    referenced_name: str
    referenced_type: str


class Reading(NamedTuple):
    """What documents name, so that observing reads what there is of it: the objects of `schemas`, the columns of `tables` (owner and name), sizes and views
    of the schemas that match one of `described` (an exact name, or one with `*` for any run of characters), and the columns that match one of
    `classified`."""

    schemas: frozenset[str] = frozenset()
    tables: frozenset[tuple[str, str]] = frozenset()
    described: frozenset[str] = frozenset()
    classified: frozenset[ColumnPattern] = frozenset()


@dataclass(frozen=True, slots=True)
class UserAccount:
    """`status` is ACCOUNT_STATUS. `last_login` is LAST_LOGIN of DBA_USERS in UTC, to the second; None for a user who never logged on. `profile` limits the
    sessions. `locked_later` says of a locked account that it was not made so, `read_only` that he can change nothing (release 23 and later)."""

    name: str
    status: str
    oracle_maintained: bool = False
    common: bool = False
    last_login: datetime | None = None
    profile: str = ""
    locked_later: bool = False
    read_only: bool = False

    @property
    def is_locked(self) -> bool:
        return "LOCKED" in self.status


@dataclass(frozen=True, slots=True)
class RoleAccount:
    name: str
    oracle_maintained: bool = False
    common: bool = False
    authentication: str = "NONE"


@dataclass(frozen=True, slots=True)
class DeadlineJob:
    """A scheduler job in the reconciler's own schema that ends a lease. `end` is when it first runs (UTC); `target` and `lease_id` come from its comment,
    empty when the comment is not ours. `failures` counts runs that failed. `intact` says that it still does what we wrote, as often as we wrote; `ending` is
    what it takes besides the role."""

    name: str
    end: datetime | None
    enabled: bool
    lease_id: str = ""
    target: str = ""
    failures: int = 0
    intact: bool = True
    ending: Ending = ROLE_ONLY

    @property
    def is_armed(self) -> bool:
        """Whether it will run and end a lease."""
        return self.enabled and self.intact

    def is_armed_for(self, end: datetime) -> bool:
        """Whether it will end the lease at `end`, to the second: the ledger keeps whole seconds, the scheduler fractions."""
        return self.is_armed and self.end is not None and abs(self.end - end) < timedelta(seconds=1)


class DeadlineRun(NamedTuple):
    """One run of a deadline job, from DBA_SCHEDULER_JOB_RUN_DETAILS. `at` is its actual start (UTC)."""

    name: str
    at: datetime
    succeeded: bool
    error: int = 0


class LogonCheck(enum.StrEnum):
    """Whether a database looks at the client networks of temporary users."""

    MISSING = "missing"  # it is not installed
    ACTIVE = "active"
    DISABLED = "disabled"  # its trigger does not fire
    INVALID = "invalid"  # its trigger does not compile, and keeps everybody out but administrators
    NO_TABLE = "no-table"  # its trigger has no networks to look at, and keeps temporary users out


class DatabaseSession(NamedTuple):
    """One live session of a grantee. `proxied` says that somebody else logged on as the user; `proxy_user` is who, where that is known: V$SESSION does not
    tell."""

    instance: int
    sid: int
    serial: int
    user: str
    status: str
    machine: str
    program: str
    logon: datetime | None
    proxy_user: str = ""
    proxied: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`account` is the reconciler's own user, `reader` the one that jobs use which only look, empty without one.
    `grants` holds every role and system grant, and the grants on objects of customer schemas, PUBLIC's included.
    `created_roles` are the roles the account holds WITH ADMIN OPTION: those it created. `jobs_can_run` is false when JOB_QUEUE_PROCESSES is 0, so
    that no deadline would run. `not_default` are (grantee, role) pairs that a logon does not enable. `has_gate` says that the account may use the
    gatekeeper package. `column_views` are the views in the gatekeeper's schema and `profiles` those named JITP_*, by name. `resource_limit` is the
    parameter: without it profiles bound no session. `logon_networks` are those that users may log on from, by user and in order.
    `objects` are those of the schemas in `known_schemas`, without Oracle's own and what Oracle makes by itself; `columns` those of the tables that were
    asked for, by owner and name. `round_trips` is what reading cost.

    For reviews: `described_schemas` are the patterns of the schemas whose `sizes` and `dependencies` were read. `sizes` are rows of tables by owner and
    name as the optimizer's statistics have them; a table without statistics is missing. `dependencies` are those of views in these schemas, and of views
    elsewhere that read something in them directly; `column_views` are not among them. `classified_columns` are the columns of tables and views that match
    one of `classified_patterns`, which are the patterns that were looked for.
    """

    target: str
    at: datetime
    database: DatabaseIdentity
    account: str
    grants: frozenset[HeldGrant] = frozenset()
    users: Mapping[str, UserAccount] = field(default_factory=dict)
    roles: Mapping[str, RoleAccount] = field(default_factory=dict)
    created_roles: frozenset[str] = frozenset()
    not_default: frozenset[tuple[str, str]] = frozenset()
    deadlines: Mapping[str, DeadlineJob] = field(default_factory=dict)
    deadline_runs: tuple[DeadlineRun, ...] = ()
    sessions: tuple[DatabaseSession, ...] = ()
    system_privileges: frozenset[str] = frozenset()
    jobs_can_run: bool = True
    has_gate: bool = False
    column_views: Mapping[str, ColumnView] = field(default_factory=dict)
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    resource_limit: bool = True
    logon_check: LogonCheck = LogonCheck.MISSING
    logon_networks: Mapping[str, tuple[LogonNetwork, ...]] = field(default_factory=dict)
    reader: str = ""
    objects: frozenset[DatabaseObject] = frozenset()
    known_schemas: frozenset[str] = frozenset()
    columns: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    described_schemas: frozenset[str] = frozenset()
    sizes: Mapping[tuple[str, str], int] = field(default_factory=dict)
    dependencies: frozenset[Dependency] = frozenset()
    classified_columns: frozenset[Column] = frozenset()
    classified_patterns: frozenset[ColumnPattern] = frozenset()
    round_trips: int = 0


@dataclass(frozen=True, slots=True)
class RecordedSnapshot:
    """The last snapshot of a target in the ledger, as of `at` (the database clock, UTC). `commit` is the ledger commit it was read from."""

    snapshot: Snapshot
    at: datetime
    commit: str
