"""Rows of the queries in `sql/` as values. One function a query; the order of the columns is the query's."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from reconciler.model.classification import Column
from reconciler.model.identities import ROLE_ONLY, ColumnView, Ending, Profile
from reconciler.model.logon_networks import LogonNetwork
from reconciler.model.privileges import ON_KINDS, Entitlement, Kind, Privilege
from reconciler.model.snapshot import (
    DatabaseObject,
    DatabaseSession,
    DeadlineJob,
    DeadlineRun,
    Dependency,
    HeldGrant,
    LogonCheck,
    RoleAccount,
    UserAccount,
)
from reconciler.oracle import deadline

Row = tuple[Any, ...]

_KINDS = {
    "S": Kind.SYSTEM,
    "R": Kind.ROLE,
    "O": Kind.OBJECT,
    "C": Kind.COLUMN,
    "X": Kind.SCHEMA,
    "P": Kind.PROXY,
    "Q": Kind.QUOTA,
}


class Overview(NamedTuple):
    """`at` is the database clock in UTC, `utc_offset` how far the server's own zone is ahead of it; `sizes` are row counts by query."""

    at: datetime
    utc_offset: timedelta
    name: str
    dbid: int
    container: str
    job_processes: int
    resource_limit: bool
    logon_check: LogonCheck
    has_logon_networks: bool
    sizes: dict[str, int]


def rows_to_overview(rows: list[Row]) -> Overview:
    facts = {item: value for item, value in rows if item in _FACTS}
    sizes: dict[str, int] = {}
    for item, value in rows:
        if item not in _FACTS:
            sizes[item] = sizes.get(item, 0) + int(value)
    at = utc(facts["at"])
    return Overview(
        at=at,
        utc_offset=_offset(at, datetime.fromisoformat(facts["local"])),
        name=facts["name"],
        dbid=int(facts["dbid"]),
        container=facts["container"],
        job_processes=int(facts["job_processes"]),
        resource_limit=facts.get("resource_limit", "FALSE").upper() == "TRUE",
        logon_check=_logon_check(facts),
        has_logon_networks="logon_networks" in facts,
        sizes=sizes,
    )


_FACTS = frozenset(
    {
        "at",
        "local",
        "name",
        "dbid",
        "container",
        "job_processes",
        "resource_limit",
        "logon_check",
        "logon_networks",
    }
)


def _logon_check(facts: Mapping[str, str]) -> LogonCheck:
    """What the states of the trigger in DBA_TRIGGERS and DBA_OBJECTS, and whether its table is there, come to. A disabled trigger does nobody harm, whatever
    else is wrong with it."""
    enabled, _, valid = facts.get("logon_check", "").partition(" ")
    if not enabled:
        return LogonCheck.MISSING
    if enabled != "ENABLED":
        return LogonCheck.DISABLED
    if valid != "VALID":
        return LogonCheck.INVALID
    return LogonCheck.ACTIVE if "logon_networks" in facts else LogonCheck.NO_TABLE


def rows_to_networks(rows: Iterable[Row]) -> dict[str, tuple[LogonNetwork, ...]]:
    """By user, each in the order of its text."""
    found: dict[str, list[LogonNetwork]] = {}
    for user, *network in rows:
        found.setdefault(user, []).append(LogonNetwork(*network))
    return {user: tuple(sorted(networks)) for user, networks in sorted(found.items())}


def _offset(at: datetime, local: datetime) -> timedelta:
    """Zones differ by quarters of an hour; the two clocks were not read in the same microsecond."""
    quarter = timedelta(minutes=15)
    return round((local - at.replace(tzinfo=None)) / quarter) * quarter


def utc(text: str) -> datetime:
    """UTC text as the queries write it. Raises ValueError."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def row_to_grant(row: Row) -> HeldGrant:
    kind, grantee, name, owner, object_name, column, grantor, option, inherited, _, second, on = row
    privilege = Privilege(
        _KINDS[kind],
        sys.intern(name),
        sys.intern(owner or ""),
        sys.intern(object_name or ""),
        sys.intern(column or ""),
        sys.intern(on) if on in ON_KINDS else "",
    )
    entitlement = Entitlement(sys.intern(grantee), privilege, option == "YES", second == "YES")
    return HeldGrant(entitlement, sys.intern(grantor or ""), inherited == "YES")


def row_to_role_not_default(row: Row) -> tuple[str, str] | None:
    """The (grantee, role) of a role grant that a logon does not enable."""
    if row[0] == "R" and row[9] == "NO":
        return sys.intern(row[1]), sys.intern(row[2])
    return None


def row_to_account(row: Row, read_only: Collection[str] = ()) -> UserAccount | RoleAccount:
    """Whether a user who is made locked has the second of his making as LOCK_DATE is not verified; one who has none counts as made so."""
    kind, name, state, maintained, common, last_login, profile, locked_later = row
    if kind == "U":
        return UserAccount(
            sys.intern(name),
            state or "",
            maintained == "Y",
            common == "YES",
            utc(last_login) if last_login else None,
            sys.intern(profile or ""),
            locked_later == "YES",
            name in read_only,
        )
    return RoleAccount(sys.intern(name), maintained == "Y", common == "YES", state or "NONE")


_VIEW = re.compile(r'SELECT ((?:"[^"]+",?)+) FROM "([^"]+)"\."([^"]+)"(?: WITH READ ONLY)?\s*\Z')


def row_to_view(row: Row) -> ColumnView:
    """A view of the gatekeeper's; without object and columns when it is not one that the gatekeeper writes. Whether the text in the dictionary ends with the
    view's restriction is not verified, so both are taken."""
    _, name, text, *_ = row
    written = _VIEW.match(text or "")
    if written is None:
        return ColumnView(name, "", "", ())
    columns = tuple(re.findall(r'"([^"]+)"', written[1]))
    return ColumnView(name, written[2], written[3], columns)


def rows_to_profiles(rows: Iterable[Row]) -> dict[str, Profile]:
    """The profiles by name; a limit that is no number (DEFAULT, UNLIMITED) is None."""
    limits: dict[str, dict[str, int | None]] = {}
    for _, name, limit, *_ in rows:
        resource, _, value = limit.partition("=")
        limits.setdefault(name, {})[resource] = int(value) if value.isdecimal() else None
    return {
        name: Profile(
            name, found.get("IDLE_TIME"), found.get("CONNECT_TIME"), found.get("SESSIONS_PER_USER")
        )
        for name, found in sorted(limits.items())
    }


class Objects(NamedTuple):
    """Objects, columns and sizes by owner and name of their table, what views read, and columns that may be classified."""

    objects: frozenset[DatabaseObject]
    columns: dict[tuple[str, str], frozenset[str]]
    sizes: dict[tuple[str, str], int]
    dependencies: frozenset[Dependency]
    classified: tuple[Column, ...]


def rows_to_objects(rows: Iterable[Row]) -> Objects:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row[1:])
    columns: dict[tuple[str, str], set[str]] = {}
    for owner, name, column, *_ in found.get("C", ()):
        columns.setdefault((owner, name), set()).add(column)
    return Objects(
        frozenset(DatabaseObject(*map(sys.intern, row[:3])) for row in found.get("O", ())),
        {table: frozenset(names) for table, names in sorted(columns.items())},
        {(row[0], row[1]): int(row[2]) for row in sorted(found.get("S", ()))},
        frozenset(map(_dependency, found.get("D", ()))),
        tuple(Column(*map(sys.intern, row[:3])) for row in found.get("K", ())),
    )


def _dependency(row: Row) -> Dependency:
    owner, name, kind, other_owner, other_name = map(sys.intern, row)
    return Dependency(owner, name, other_owner, other_name, kind)


def row_to_deadline(row: Row) -> DeadlineJob:
    name, first_run, enabled, comments, failures, *work = row
    lease_id, target, ending = _lease_of_comment(comments or "")
    action = _action(name, ending)
    intact = tuple(work) == (deadline.JOB_TYPE, action, deadline.REPEAT_INTERVAL)
    return DeadlineJob(
        name=name,
        end=utc(first_run) if first_run else None,
        enabled=enabled == "TRUE",
        lease_id=lease_id,
        target=target,
        failures=int(failures),
        intact=intact,
        ending=ending if intact else Ending(temporary_user=ending.temporary_user),
    )


def _action(role: str, ending: Ending) -> str:
    """The block we would have written; empty when there is none."""
    try:
        return deadline.action(role, ending)
    except ValueError:
        return ""


def _lease_of_comment(comment: str) -> tuple[str, str, Ending]:
    """Lease, target and ending, empty for a comment that is not ours: anybody with the account's rights can write one, and an end that no lease of that
    name can have would be carried out."""
    try:
        found = json.loads(comment)
        lease, target = found["lease"], found["target"]
        ending = Ending.from_json(found.get("ending", {}))
    except (ValueError, TypeError, KeyError, AttributeError):
        return "", "", ROLE_ONLY
    if not isinstance(lease, str) or not isinstance(target, str) or not _fits(ending, lease):
        return "", "", ROLE_ONLY
    return lease, target, ending


def _fits(ending: Ending, lease_id: str) -> bool:
    try:
        return ending.fits(lease_id)
    except ValueError:  # no lease has such an id
        return False


def row_to_run(row: Row) -> DeadlineRun | None:
    """None for a run that never started, such as one that was stopped while it waited."""
    name, started, status, error = row
    if not started:
        return None
    return DeadlineRun(name, utc(started), status == "SUCCEEDED", int(error))


def row_to_session(row: Row, utc_offset: timedelta) -> DatabaseSession:
    instance, sid, serial, user, status, machine, program, logon, authentication = row
    return DatabaseSession(
        instance=int(instance),
        sid=int(sid),
        serial=int(serial),
        user=sys.intern(user),
        status=status or "",
        machine=machine or "",
        program=program or "",
        logon=utc(logon) - utc_offset if logon else None,
        proxied=authentication == "PROXY",
    )
