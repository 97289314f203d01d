"""Proof about temporary users, proxies and sessions: what is left of them after an end, and what is missing of a lease in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from reconciler.model import names
from reconciler.model.leases import Lease
from reconciler.model.privileges import Privilege, role
from reconciler.model.results import AccessPath
from reconciler.model.snapshot import DatabaseSession
from reconciler.planning.effective import Explanations
from reconciler.planning.holdings import Holdings
from reconciler.planning.lease_identities import (
    is_alive,
    is_blocked,
    is_held,
    opened_before,
    proxied_sessions,
)


def is_there(lease: Lease, after: Holdings, explained: Explanations) -> bool:
    """Whether its user, or a right that no role holds, is there after its end. A right that something else wants may stay."""
    if lease.ending.temporary_user in after.snapshot.users:
        return True
    return any(
        is_held(right, after) and (right.grantee, right.privilege) not in explained
        for right in lease.ending.direct
    )


def note(lease: Lease, after: Holdings) -> str:
    """What the end left although nobody can use it."""
    user = lease.ending.temporary_user
    if not is_blocked(lease, after.snapshot) or after.of(user):
        return ""
    return f"{names.display(user)} is locked and has no rights, but it could not be dropped yet"


def sessions_of(
    lease: Lease, sessions: Mapping[str, Sequence[DatabaseSession]]
) -> tuple[DatabaseSession, ...]:
    """The live sessions that may be of the lease; for a proxy those of its client."""
    if not lease.ending.direct:
        return tuple(sessions.get(lease.grantee, ()))
    clients = {right.privilege.owner for right in lease.ending.direct}
    return tuple(row for name in sorted(clients) for row in sessions.get(name, ()) if row.proxied)


def surviving_sessions(
    lease: Lease, ended_at: datetime | None, after: Holdings
) -> Iterator[AccessPath]:
    """Sessions that had to end with the lease and live on. Through whom a proxied one came Oracle does not tell, so each that may be of the lease counts."""
    snapshot = after.snapshot
    for right in lease.ending.direct:
        for row in proxied_sessions(right, snapshot, lease.start, ended_at):
            yield _path(right.privilege, row)
    user = lease.ending.kill_sessions_of
    for row in opened_before(user, ended_at, snapshot) if user else ():
        yield _path(role(lease.role), row)
    for row in snapshot.sessions:
        if row.user == lease.ending.temporary_user and is_alive(row):
            yield _path(role(lease.role), row)


def _path(privilege: Privilege, row: DatabaseSession) -> AccessPath:
    return AccessPath(privilege, (session_step(row),))


def session_step(row: DatabaseSession) -> str:
    """A session as the step of a path."""
    return f"session {row.sid},{row.serial},@{row.instance} opened before the end"


def force_problems(lease: Lease, holdings: Holdings) -> Iterator[str]:
    """What is missing of an active lease besides what its role holds."""
    user = lease.ending.temporary_user
    account = holdings.snapshot.users.get(user)
    if user and account is None:
        yield f"user {names.display(user)} is not there"
    if account is not None and account.is_locked and not account.locked_later:
        yield f"user {names.display(user)} is {account.status}"
    if account is not None and lease.session.read_only and not account.read_only:
        yield f"user {names.display(user)} is not read only"
    for right in lease.ending.direct:
        if not is_held(right, holdings):
            yield f"{names.display(right.grantee)} may not {right.privilege}"
    grantee = lease.grantee
    if not lease.ending.direct and lease.role not in holdings.roles_of(grantee):
        yield f"{names.display(grantee)} does not have its role"
