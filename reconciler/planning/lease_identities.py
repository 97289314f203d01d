"""Temporary users, proxies and bounds on sessions: what a lease is made of besides its role, and how that ends.

A temporary user is made locked and unlocked when all is granted. He ends the other way round: locked, sessions ended, everything taken, dropped. A drop that
is blocked (ORA-01922 objects, ORA-01940 sessions) leaves him locked and with nothing, and every later run tries again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from reconciler.model.changes import (
    Cause,
    Change,
    CreateProfile,
    CreateTemporaryUser,
    DropProfile,
    DropTemporaryUser,
    Grant,
    KillSessions,
    LockTemporaryUser,
    Revoke,
    SetProfile,
    SetReadOnly,
    UnlockTemporaryUser,
)
from reconciler.model.diagnostics import Origin
from reconciler.model.identities import Ending, Profile, profile_of
from reconciler.model.leases import Lease, Phase
from reconciler.model.privileges import Entitlement, Kind, role
from reconciler.model.snapshot import DatabaseSession, HeldGrant, Snapshot, UserAccount
from reconciler.planning import logon_networks
from reconciler.planning.holdings import Holdings

_OUR_PROFILES = re.compile(r"JITP_[ILS]\d+(_[LS]\d+)*\Z")


@dataclass(frozen=True, slots=True)
class Making:
    """The steps that make an active lease's identity what it should be, at its start or as a repair."""

    lease: Lease
    holdings: Holdings
    cause: Cause

    @property
    def _account(self) -> UserAccount | None:
        return self.holdings.snapshot.users.get(self.lease.ending.temporary_user)

    @property
    def _profile(self) -> Profile | None:
        return profile_of(self.lease.session)

    def profile(self) -> Iterator[Change]:
        wanted, lease = self._profile, self.lease
        if wanted and self.holdings.snapshot.profiles.get(wanted.name) != wanted:
            yield CreateProfile(wanted, lease.id, self.cause, lease.origin)

    def account(self) -> Iterator[Change]:
        """The user, still locked, with nothing but what the lease gives. Bounds on the sessions of a lease in force can be changed, not lifted: a document
        that says nothing of them may be one that can't be read."""
        lease, account = self.lease, self._account
        user = lease.ending.temporary_user
        name = self._profile.name if self._profile else ""
        if not user:
            return
        if account is None:
            yield CreateTemporaryUser(lease.id, user, name, self.cause, lease.origin)
        if lease.session.read_only and not (account and account.read_only):
            yield SetReadOnly(lease.id, user, self.cause, lease.origin)
        yield from logon_networks.changes(lease, self.holdings.snapshot, self.cause)
        if account is None:
            return
        if name and account.profile != name:
            yield SetProfile(lease.id, user, name, Cause.REPAIR, lease.origin)
        for row in _besides_role(user, lease.role, self.holdings):
            yield Revoke(row.entitlement, Cause.REPAIR, row.grantor, lease.id, lease.origin)

    def rights(self) -> Iterator[Change]:
        """What no role can hold."""
        for right in self.lease.ending.direct:
            if not is_held(right, self.holdings):
                yield Grant(right, self.cause, self.lease.id, self.lease.origin)

    def unlock(self) -> Iterator[Change]:
        """Not after somebody locked the account on purpose: that is his to undo."""
        lease, account = self.lease, self._account
        user = lease.ending.temporary_user
        if user and (account is None or (account.is_locked and not account.locked_later)):
            yield UnlockTemporaryUser(lease.id, user, self.cause, lease.origin)


@dataclass(frozen=True, slots=True)
class Leaving:
    """The steps that leave nothing of a lease's identity. `start` and `over` bound when its sessions were opened, as far as that is known."""

    lease_id: str
    role: str
    ending: Ending
    holdings: Holdings
    cause: Cause
    origin: Origin | None = None
    start: datetime | None = None
    over: datetime | None = None

    @property
    def _snapshot(self) -> Snapshot:
        return self.holdings.snapshot

    def first(self) -> Iterator[Change]:
        """Before anything is revoked: whoever is thrown out must not come back."""
        user = self.ending.temporary_user
        account = self._snapshot.users.get(user)
        if account is None:
            return
        if not account.is_locked:
            yield LockTemporaryUser(self.lease_id, user, self.cause, self.origin)
        if not account.is_locked or any(row.user == user for row in self._snapshot.sessions):
            yield KillSessions(self.lease_id, user, "", self.cause, self.origin)

    def taken(self) -> Iterator[Change]:
        """What is held outside the role, and the sessions that live on it."""
        user = self.ending.temporary_user
        for row in _besides_role(user, self.role, self.holdings) if user else ():
            yield Revoke(row.entitlement, self.cause, row.grantor, self.lease_id, self.origin)
        for right in self.ending.direct:
            yield from self._proxy(right)

    def _proxy(self, right: Entitlement) -> Iterator[Change]:
        held = is_held(right, self.holdings)
        if held:
            yield Revoke(right, self.cause, "", self.lease_id, self.origin)
        sessions = proxied_sessions(right, self._snapshot, self.start, self.over)
        if other_proxies(right, self.holdings):
            return  # the gatekeeper would refuse: nothing tells their sessions apart
        if held or sessions:
            client = right.privilege.owner
            yield KillSessions(self.lease_id, right.grantee, client, self.cause, self.origin)

    def last(self) -> Iterator[Change]:
        """When the privileges are gone."""
        user = self.ending.kill_sessions_of
        due = self.role in self._snapshot.roles or opened_before(user, self.over, self._snapshot)
        if user and user in self._snapshot.users and due:
            yield KillSessions(self.lease_id, user, "", self.cause, self.origin)
        temporary = self.ending.temporary_user
        if temporary in self._snapshot.users:
            yield DropTemporaryUser(self.lease_id, temporary, self.cause, self.origin)


def is_held(right: Entitlement, holdings: Holdings) -> bool:
    return any(row.entitlement == right for row in holdings.of(right.grantee))


def other_proxies(right: Entitlement, holdings: Holdings) -> frozenset[str]:
    """Who else may log on as the client: V$SESSION does not tell whose a proxied session is."""
    return holdings.proxies.get(right.privilege.owner, frozenset()) - {right.grantee}


def is_alive(session: DatabaseSession) -> bool:
    """A session that is marked for kill can do nothing any more (ALTER SYSTEM KILL SESSION)."""
    return session.status != "KILLED"


def proxied_sessions(
    right: Entitlement, snapshot: Snapshot, start: datetime | None, over: datetime | None
) -> list[DatabaseSession]:
    """The live sessions of the client that may have come through the proxy: opened while the right was there, as far as that is known."""
    client = right.privilege.owner
    return [
        row
        for row in snapshot.sessions
        if row.proxied and row.user == client and is_alive(row) and _within(row.logon, start, over)
    ]


def _within(logon: datetime | None, start: datetime | None, over: datetime | None) -> bool:
    if logon is None:
        return True
    return (start is None or logon >= start) and (over is None or logon <= over)


def opened_before(user: str, over: datetime | None, snapshot: Snapshot) -> list[DatabaseSession]:
    """Live sessions of the user that were opened before the end."""
    return [
        row
        for row in snapshot.sessions
        if row.user == user and is_alive(row) and _within(row.logon, None, over)
    ]


def _besides_role(user: str, lease_role: str, holdings: Holdings) -> list[HeldGrant]:
    """What a temporary user holds besides the role of the lease: nobody but the reconciler gives to him."""
    return sorted(
        row
        for row in holdings.of(user)
        if row.entitlement.privilege != role(lease_role) and holdings.can_revoke(row)
    )


def is_blocked(lease: Lease, snapshot: Snapshot) -> bool:
    """Whether all of a temporary lease has ended but the drop of its user."""
    account = snapshot.users.get(lease.ending.temporary_user)
    return account is not None and account.is_locked and lease.role not in snapshot.roles


def unused_profiles(
    leases: Iterable[Lease], snapshot: Snapshot, changes: Sequence[Change]
) -> Iterator[DropProfile]:
    """Profiles of ours that no lease asks for and no user has when the changes are done."""
    if not snapshot.has_gate:
        return
    dropped = {row.user: row.lease_id for row in changes if isinstance(row, DropTemporaryUser)}
    moved = {row.user for row in changes if isinstance(row, SetProfile)}
    active = [profile_of(lease.session) for lease in leases if lease.phase is Phase.ACTIVE]
    needed = {profile.name for profile in active if profile}
    leaving = dropped.keys() | moved
    needed |= {row.profile for name, row in snapshot.users.items() if name not in leaving}
    for name in sorted(snapshot.profiles.keys() - needed):
        if _OUR_PROFILES.match(name):
            last = [dropped[user] for user in dropped if _has(snapshot, user, name)]
            yield DropProfile(name, min(last, default=""))


def _has(snapshot: Snapshot, user: str, profile: str) -> bool:
    account = snapshot.users.get(user)
    return account is not None and account.profile == profile


def rights_of_leases(leases: Iterable[Lease], snapshot: Snapshot) -> frozenset[Entitlement]:
    """Entitlements of users that leases hold outside their roles: not for standing access to judge."""
    of_leases = {right for lease in leases for right in lease.ending.direct}
    of_jobs = {right for job in snapshot.deadlines.values() for right in job.ending.direct}
    return frozenset(right for right in of_leases | of_jobs if right.privilege.kind is Kind.PROXY)
