"""What makes an active lease true: its role, its deadline, its privileges, and last the role to its grantee.

The same steps start a lease, finish one that a killed run left half made, follow an edit, and repair what somebody broke.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.model.changes import (
    ArmDeadline,
    Cause,
    Change,
    CreateLeaseRole,
    Grant,
    MoveDeadline,
    Narrow,
    Revoke,
)
from reconciler.model.leases import Lease, LeaseRecord
from reconciler.model.privileges import Entitlement, role
from reconciler.model.snapshot import HeldGrant
from reconciler.planning.difference import Difference, Narrowing, difference
from reconciler.planning.holdings import Holdings
from reconciler.planning.lease_identities import Making


@dataclass(frozen=True, slots=True)
class ActiveLease:
    """A lease that must be in force at `at`, and what the ledger says of it, None when nothing was granted yet."""

    lease: Lease
    record: LeaseRecord | None
    at: datetime
    holdings: Holdings

    @property
    def start_or_repair(self) -> Cause:
        return Cause.LEASE_START if self.record is None else Cause.REPAIR

    @property
    def role_exists(self) -> bool:
        return self.lease.role in self.holdings.snapshot.roles

    def privileges(self) -> Difference:
        rows = self.holdings.of(self.lease.role)
        return difference(self.lease.entitlements, rows, self.holdings, _all_ours)

    def changes(self, found: Difference) -> Iterator[Change]:
        """All that is missing and nothing that is too much, in order."""
        if not self.role_exists:
            lease = self.lease
            yield CreateLeaseRole(lease.id, lease.role, self.start_or_repair, lease.origin)
        identity = Making(self.lease, self.holdings, self.start_or_repair)
        yield from identity.profile()
        yield from self.deadline()
        yield from identity.account()
        yield from self.surplus(found)
        for entitlement in found.missing:
            yield self._grant(entitlement, self._cause_of_missing(entitlement))
        yield from self._role_to_grantee()
        yield from identity.rights()
        yield from identity.unlock()

    def changes_when_blocked(self, found: Difference) -> Iterator[Change]:
        """What still happens when the lease can't be granted: a role that is there keeps its deadline and loses what is too much."""
        if self.role_exists:
            yield from self.deadline()
            yield from self.surplus(found)
            yield from self._other_holders()

    def deadline(self) -> Iterator[Change]:
        lease = self.lease
        job = self.holdings.snapshot.deadlines.get(lease.role)
        if job is None:
            yield ArmDeadline(
                lease.id,
                lease.role,
                lease.end,
                lease.duration,
                self.start_or_repair,
                lease.origin,
                lease.ending,
            )
            return
        end = self._due(job.end)
        if not job.is_armed_for(end) or job.ending != lease.ending:
            yield MoveDeadline(
                lease.id,
                lease.role,
                job.end,
                end,
                self._cause_of_move(end),
                lease.origin,
                lease.ending,
            )

    def _due(self, armed: datetime | None) -> datetime:
        """The end to arm. A duration that a killed run already started keeps the end it was armed with, so that killing a run lengthens nothing."""
        if self.lease.end is not None:
            return self.lease.end
        if self.lease.duration is None:
            raise ValueError(f"lease {self.lease.id} has neither an end nor a duration")
        latest = self.at + self.lease.duration
        return latest if armed is None else min(armed, latest)

    def _cause_of_move(self, end: datetime) -> Cause:
        if self.record is None or abs(end - self.record.end) < timedelta(seconds=1):
            return Cause.REPAIR
        return Cause.EXTENSION if end > self.record.end else Cause.LEASE_EDIT

    def surplus(self, found: Difference) -> Iterator[Change]:
        lease = self.lease
        for narrowing in found.narrow:
            yield Narrow(
                narrowing.revoke,
                narrowing.keep,
                self._cause_of_narrowing(narrowing),
                lease.id,
                lease.origin,
                narrowing.grantor,
            )
        for row in found.revoke:
            cause = self._cause_of_surplus(row)
            yield Revoke(row.entitlement, cause, row.grantor, lease.id, lease.origin)

    def _role_to_grantee(self) -> Iterator[Change]:
        """Nobody gets the role of a proxy: it only marks the lease in the dictionary."""
        wanted = Entitlement(self.lease.grantee, role(self.lease.role))
        stronger = wanted._replace(with_option=True)
        held = {row.entitlement for row in self.holdings.holders_of(self.lease.role)}
        yield from self._other_holders()
        if self.lease.ending.direct:
            return
        if stronger in held:
            cause, lease = Cause.REPAIR, self.lease
            yield Narrow(stronger, (wanted,), cause, lease.id, lease.origin)
        elif wanted not in held:
            yield self._grant(wanted, self.start_or_repair)

    def _other_holders(self) -> Iterator[Change]:
        for row in sorted(self.holdings.holders_of(self.lease.role)):
            grantee = row.entitlement.grantee
            if grantee == self._holder or self.holdings.is_protected(grantee):
                continue
            if self.holdings.can_revoke(row):
                lease = self.lease
                yield Revoke(row.entitlement, Cause.REPAIR, "", lease.id, lease.origin)

    @property
    def _holder(self) -> str:
        """Who is to have the role; nobody for a proxy."""
        return "" if self.lease.ending.direct else self.lease.grantee

    def _grant(self, entitlement: Entitlement, cause: Cause) -> Grant:
        return Grant(entitlement, cause, self.lease.id, self.lease.origin)

    def _cause_of_missing(self, entitlement: Entitlement) -> Cause:
        if self.record is None:
            return Cause.LEASE_START
        return Cause.REPAIR if entitlement in self.record.entitlements else Cause.LEASE_EDIT

    def _cause_of_surplus(self, row: HeldGrant) -> Cause:
        if self.record is not None and row.entitlement in self.record.entitlements:
            return Cause.LEASE_EDIT
        return Cause.REPAIR

    def _cause_of_narrowing(self, narrowing: Narrowing) -> Cause:
        causes = {self._cause_of_surplus(row) for row in narrowing.surplus}
        return Cause.REPAIR if Cause.REPAIR in causes else Cause.LEASE_EDIT


def _all_ours(_row: HeldGrant) -> bool:
    return True
