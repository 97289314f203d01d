"""What a target says of itself when it is examined, and what that means: values only, the rules are in `reconciler.planning.health`."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


class Level(enum.StrEnum):
    """How bad it is. Unknown is never ok: what could not be read may be anything."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding of an examination. `name` is a stable id; `hint` says what to do next and is empty when all is well."""

    name: str
    level: Level
    message: str
    hint: str = ""


class View(enum.StrEnum):
    """What is read on its own, so that one missing right hides no more than it must. The values are what the right is granted on; `own` needs none."""

    DATABASE = "V_$DATABASE"
    INSTANCE = "V_$INSTANCE"
    CONTAINER = "V_$PDBS"
    PARAMETER = "V_$PARAMETER"
    OPTION = "V_$OPTION"


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """What was read. A fact is None when its view could not be read (`unreadable` has the GRANT for each such view) or does not say.

    `clock` is the database's, `before` and `after` are this machine's around the reading, all UTC. `protocol` is the NETWORK_PROTOCOL of the session.
    `open_mode` and `role` are of V$DATABASE, which speaks for the whole container database; `container_mode` and `container_restricted` of V$PDBS, None in a
    non-CDB. `logins` is of V$INSTANCE. `account_status` and `password_days`, the days until the password expires (None: never), are of USER_USERS.
    `default_roles` counts the account's own roles that its logon enables.
    """

    account: str
    container: str
    release: int
    version: str
    clock: datetime
    before: datetime
    after: datetime
    protocol: str
    account_status: str
    password_days: int | None
    default_roles: int
    scheduler_disabled: str
    open_mode: str | None = None
    role: str | None = None
    logins: str | None = None
    container_mode: str | None = None
    container_restricted: str | None = None
    job_queue_processes: int | None = None
    resource_limit: bool | None = None
    unified_auditing: bool | None = None
    unreadable: Mapping[View, str] = field(default_factory=dict)
