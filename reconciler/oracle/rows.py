"""Rows of the queries in `sql/` as values. One function a query; the order of the columns is the query's."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from reconciler.model.privileges import Entitlement, Kind, Privilege
from reconciler.model.snapshot import (
    DatabaseSession,
    DeadlineJob,
    DeadlineRun,
    HeldGrant,
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
}


class Overview(NamedTuple):
    """`at` is the database clock in UTC, `utc_offset` how far the server's own zone is ahead of it; `sizes` are row counts by query."""

    at: datetime
    utc_offset: timedelta
    name: str
    dbid: int
    container: str
    job_processes: int
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
        sizes=sizes,
    )


_FACTS = frozenset({"at", "local", "name", "dbid", "container", "job_processes"})


def _offset(at: datetime, local: datetime) -> timedelta:
    """Zones differ by quarters of an hour; the two clocks were not read in the same microsecond."""
    quarter = timedelta(minutes=15)
    return round((local - at.replace(tzinfo=None)) / quarter) * quarter


def utc(text: str) -> datetime:
    """UTC text as the queries write it. Raises ValueError."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def row_to_grant(row: Row) -> HeldGrant:
    kind, grantee, name, owner, object_name, column, grantor, option, inherited, _ = row
    privilege = Privilege(
        _KINDS[kind],
        sys.intern(name),
        sys.intern(owner or ""),
        sys.intern(object_name or ""),
        sys.intern(column or ""),
    )
    entitlement = Entitlement(sys.intern(grantee), privilege, option == "YES")
    return HeldGrant(entitlement, sys.intern(grantor or ""), inherited == "YES")


def row_to_role_not_default(row: Row) -> tuple[str, str] | None:
    """The (grantee, role) of a role grant that a logon does not enable."""
    if row[0] == "R" and row[9] == "NO":
        return sys.intern(row[1]), sys.intern(row[2])
    return None


def row_to_account(row: Row) -> UserAccount | RoleAccount:
    kind, name, state, maintained, common = row
    if kind == "U":
        return UserAccount(sys.intern(name), state or "", maintained == "Y", common == "YES")
    return RoleAccount(sys.intern(name), maintained == "Y", common == "YES", state or "NONE")


def row_to_deadline(row: Row) -> DeadlineJob:
    name, first_run, enabled, comments, failures, *work = row
    lease_id, target = _lease_of_comment(comments or "")
    return DeadlineJob(
        name=name,
        end=utc(first_run) if first_run else None,
        enabled=enabled == "TRUE",
        lease_id=lease_id,
        target=target,
        failures=int(failures),
        intact=tuple(work) == (deadline.JOB_TYPE, deadline.action(name), deadline.REPEAT_INTERVAL),
    )


def _lease_of_comment(comment: str) -> tuple[str, str]:
    """(lease, target), empty for a comment that is not ours: anybody with the account's rights can write one."""
    try:
        found = json.loads(comment)
    except ValueError:
        return "", ""
    if not isinstance(found, dict):
        return "", ""
    lease, target = found.get("lease"), found.get("target")
    if not isinstance(lease, str) or not isinstance(target, str):
        return "", ""
    return lease, target


def row_to_run(row: Row) -> DeadlineRun | None:
    """None for a run that never started, such as one that was stopped while it waited."""
    name, started, status, error = row
    if not started:
        return None
    return DeadlineRun(name, utc(started), status == "SUCCEEDED", int(error))


def row_to_session(row: Row, utc_offset: timedelta) -> DatabaseSession:
    instance, sid, serial, user, status, machine, program, logon = row
    return DatabaseSession(
        instance=int(instance),
        sid=int(sid),
        serial=int(serial),
        user=sys.intern(user),
        status=status or "",
        machine=machine or "",
        program=program or "",
        logon=utc(logon) - utc_offset if logon else None,
    )
