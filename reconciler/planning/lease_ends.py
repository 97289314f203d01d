"""Ending leases, and lease roles that nothing explains.

What ends is what the role really holds, read from the snapshot, not what a document says: privileges first, because open sessions lose them at once, then
the role from whoever has it, then the role, then its deadline. A temporary user is locked before, and dropped before the role.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from reconciler.model import break_glass, names
from reconciler.model.changes import Cause, Change, DropDeadline, DropLeaseRole, Revoke
from reconciler.model.desired import Desired
from reconciler.model.diagnostics import Diagnostic, Severity
from reconciler.model.identities import ROLE_ONLY
from reconciler.model.instants import format_instant
from reconciler.model.leases import EndReason, Lease, Phase
from reconciler.model.ledger import LedgerState
from reconciler.model.snapshot import DeadlineJob
from reconciler.planning.holdings import Holdings
from reconciler.planning.lease_identities import Leaving, is_blocked

DEADLINE_GRACE = timedelta(minutes=5)
"""How late a deadline may be before the reconciler, ending the lease in its place, calls it missed."""


def end_of_lease(lease: Lease, holdings: Holdings) -> Iterator[Change]:
    """The steps that leave nothing of the lease; none when nothing is left."""
    leaving = Leaving(
        lease.id,
        lease.role,
        lease.ending,
        holdings,
        Cause.LEASE_END,
        lease.origin,
        lease.start,
        _over(lease, holdings),
    )
    yield from _end(leaving, lease.target)


def _over(lease: Lease, holdings: Holdings) -> datetime | None:
    """When the deadline ended it, else when it was due. None while its role is there: then it ends now."""
    snapshot = holdings.snapshot
    if lease.role in snapshot.roles:
        return None
    runs = (run for run in snapshot.deadline_runs if run.name == lease.role and run.succeeded)
    return max((run.at for run in runs), default=lease.end)


def end_of_orphan(role: str, target: str, holdings: Holdings) -> Iterator[Change]:
    """The end of a lease role, or deadline, that nothing explains. What else goes with it the deadline says; a user of that name goes too."""
    snapshot = holdings.snapshot
    lease_id = names.lease_id_of_role(role) or ""
    job = snapshot.deadlines.get(role)
    ending = job.ending if job and is_job_of(job, lease_id, target) else ROLE_ONLY
    user = names.lease_user(lease_id)
    if user in snapshot.users:
        ending = ending._replace(temporary_user=user)
    yield from _end(Leaving(lease_id, role, ending, holdings, Cause.ORPHAN), target)


def _end(leaving: Leaving, target: str) -> Iterator[Change]:
    role, lease_id, cause, origin = leaving.role, leaving.lease_id, leaving.cause, leaving.origin
    holdings = leaving.holdings
    snapshot = holdings.snapshot
    yield from leaving.first()
    if role in snapshot.roles:
        for row in sorted(holdings.of(role)):
            if holdings.can_revoke(row):
                yield Revoke(row.entitlement, cause, row.grantor, lease_id, origin)
        for row in sorted(holdings.holders_of(role)):
            if not holdings.is_protected(row.entitlement.grantee) and not row.inherited:
                yield Revoke(row.entitlement, cause, "", lease_id, origin)
    yield from leaving.taken()
    yield from leaving.last()
    if role in snapshot.roles:
        yield DropLeaseRole(lease_id, role, cause, origin)
    job = snapshot.deadlines.get(role)
    if job is not None and is_job_of(job, lease_id, target):
        yield DropDeadline(lease_id, role, cause, origin)


def is_job_of(job: DeadlineJob, lease_id: str, target: str) -> bool:
    """Whether the job's comment says that it ends this lease of this target."""
    return job.lease_id == lease_id and job.target in ("", target)


def orphan_roles(desired: Desired, holdings: Holdings, ledger: LedgerState) -> list[str]:
    """Roles of leases that neither a running lease nor the ledger explains, made by the account and not for another target; and deadlines left without
    role and lease. Ordered."""
    snapshot = holdings.snapshot
    explained = _explained(desired, ledger)
    found = {
        role
        for role in snapshot.created_roles
        if role in snapshot.roles
        and holdings.is_lease_role(role)
        and role not in explained
        and not of_other_target(role, desired, holdings)
        and not _is_unrecorded_opening(role, desired, holdings, ledger)
    }
    found |= {
        name
        for name, job in snapshot.deadlines.items()
        if name not in explained
        and name not in snapshot.roles
        and job.target == desired.target.name
        and job.lease_id
        and job.lease_id == names.lease_id_of_role(name)
    }
    return sorted(found)


def _is_unrecorded_opening(
    role: str, desired: Desired, holdings: Holdings, ledger: LedgerState
) -> bool:
    """Break-glass access may be opened while the ledger cannot be published. Its role is left in force while its deadline is armed and near: an emergency
    must not be ended by a run that has not heard of it, and without a near deadline it is an orphan like any other."""
    job = holdings.snapshot.deadlines.get(role)
    lease_id = names.lease_id_of_role(role) or ""
    if not break_glass.is_lease(lease_id) or {lease_id} & (ledger.leases.keys() | ledger.openings):
        return False
    return (
        job is not None
        and job.is_armed
        and job.target == desired.target.name
        and job.end is not None
        and job.end - desired.at <= break_glass.LONGEST
    )


def unrecorded_openings(
    desired: Desired, holdings: Holdings, ledger: LedgerState
) -> list[Diagnostic]:
    """Errors for break-glass access that is in force and that this ledger does not know."""
    explained = _explained(desired, ledger)
    return [
        Diagnostic(
            "break-glass.unrecorded",
            f"{role} on {desired.target.name} is break-glass access that the ledger does not know; its deadline ends it",
            hint="whoever opened it pushes the audit branch of his clone; if nobody did, drop the role by hand and look for who made it",
        )
        for role in sorted(holdings.snapshot.created_roles & holdings.snapshot.roles.keys())
        if role not in explained and _is_unrecorded_opening(role, desired, holdings, ledger)
    ]


def of_other_target(role: str, desired: Desired, holdings: Holdings) -> bool:
    job = holdings.snapshot.deadlines.get(role)
    return job is not None and bool(job.target) and job.target != desired.target.name


def foreign_roles(desired: Desired, holdings: Holdings, ledger: LedgerState) -> list[Diagnostic]:
    """Roles that are named like a lease role and were not made by the account."""
    snapshot = holdings.snapshot
    explained = _explained(desired, ledger)
    return [
        Diagnostic(
            "lease-role.foreign",
            f"role {role} of {snapshot.target} has the name of a lease role and was not created by"
            f" {names.display(snapshot.account)}; it is left alone",
            severity=Severity.WARNING,
            hint="drop it by hand if nobody needs it",
        )
        for role in sorted(snapshot.roles)
        if holdings.is_lease_role(role)
        and role not in snapshot.created_roles
        and role not in explained
    ]


def foreign_users(desired: Desired, holdings: Holdings, ledger: LedgerState) -> list[Diagnostic]:
    """Users that are named like those of leases, and that neither a lease, a deadline nor a role shows to be ours."""
    snapshot = holdings.snapshot
    running = (lease for lease in desired.leases if lease.phase in (Phase.ACTIVE, Phase.ENDING))
    known = {lease.ending.temporary_user for lease in running}
    known |= {row.ending.temporary_user for row in ledger.leases.values() if not row.is_closed}
    known |= {job.ending.temporary_user for job in snapshot.deadlines.values()}
    known |= {
        names.lease_user(names.lease_id_of_role(role) or "")
        for role in snapshot.created_roles
        if holdings.is_lease_role(role)
    }
    return [
        Diagnostic(
            "lease-user.foreign",
            f"user {names.display(name)} of {snapshot.target} has the name of a temporary user, and no lease explains it; it is left alone",
            hint=f"find out who made it, then: ALTER USER {names.quote(name)} ACCOUNT LOCK, and DROP USER when nobody needs what it owns",
        )
        for name in sorted(snapshot.users)
        if name.startswith(names.USER_PREFIX) and name not in known
    ]


def blocked_drop(lease: Lease, holdings: Holdings) -> list[Diagnostic]:
    """A temporary user of whom all is gone but himself."""
    snapshot = holdings.snapshot
    if not is_blocked(lease, snapshot):
        return []
    user = names.display(lease.ending.temporary_user)
    return [
        Diagnostic(
            "lease-user.not-dropped",
            f"lease {lease.id}: {user} on {lease.target} is locked and has no rights, but could not be dropped yet; it is tried again",
            lease.origin,
            Severity.WARNING,
            hint=f"if the drop fails with ORA-01922, a DBA moves or drops what {user} owns; with ORA-01940, its sessions are not cleaned up yet",
        )
    ]


def overdue(lease: Lease, desired: Desired, holdings: Holdings) -> list[Diagnostic]:
    """A deadline that should have ended the lease some time ago and did not."""
    if lease.end_reason is not EndReason.EXPIRED or lease.role not in holdings.snapshot.roles:
        return []
    if lease.end is None or desired.at - lease.end < DEADLINE_GRACE:
        return []
    return [
        Diagnostic(
            "deadline.missed",
            f"lease {lease.id} was due at {format_instant(lease.end)} and its deadline did not end it",
            lease.origin,
            hint="look at DBA_SCHEDULER_JOB_RUN_DETAILS: does the scheduler of the database run?",
        )
    ]


def _explained(desired: Desired, ledger: LedgerState) -> set[str]:
    running = {
        lease.role for lease in desired.leases if lease.phase in (Phase.ACTIVE, Phase.ENDING)
    }
    recorded = (record for record in ledger.leases.values() if not record.is_closed)
    return running | {names.lease_role(record.id) for record in recorded}
