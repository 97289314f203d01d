"""Ending leases, and lease roles that nothing explains.

What ends is what the role really holds, read from the snapshot, not what a document says: privileges first, because open sessions lose them at once, then
the role from whoever has it, then the role, then its deadline.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from reconciler.model import break_glass, names
from reconciler.model.changes import Cause, Change, DropDeadline, DropLeaseRole, Revoke
from reconciler.model.desired import Desired
from reconciler.model.diagnostics import Diagnostic, Origin, Severity
from reconciler.model.instants import format_instant
from reconciler.model.leases import EndReason, Lease, Phase
from reconciler.model.ledger import LedgerState
from reconciler.model.snapshot import DeadlineJob
from reconciler.planning.holdings import Holdings

DEADLINE_GRACE = timedelta(minutes=5)
"""How late a deadline may be before the reconciler, ending the lease in its place, calls it missed."""


def end_of_lease(lease: Lease, holdings: Holdings) -> Iterator[Change]:
    yield from end_of_role(lease.role, lease.target, holdings, Cause.LEASE_END, lease.origin)


def end_of_role(
    role: str, target: str, holdings: Holdings, cause: Cause, origin: Origin | None = None
) -> Iterator[Change]:
    """The steps that leave nothing of a lease role, its holders and its deadline; none when nothing is left."""
    lease_id = names.lease_id_of_role(role) or ""
    snapshot = holdings.snapshot
    if role in snapshot.roles:
        for row in sorted(holdings.of(role)):
            if holdings.can_revoke(row):
                yield Revoke(row.entitlement, cause, row.grantor, lease_id, origin)
        for row in sorted(holdings.holders_of(role)):
            if not holdings.is_protected(row.entitlement.grantee) and not row.inherited:
                yield Revoke(row.entitlement, cause, "", lease_id, origin)
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
        and not _is_unrecorded_opening(role, desired, holdings)
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


def _is_unrecorded_opening(role: str, desired: Desired, holdings: Holdings) -> bool:
    """Break-glass access may be opened while the ledger cannot be published. Its role is left in force while its deadline is armed and near: an emergency
    must not be ended by a run that has not heard of it, and without a near deadline it is an orphan like any other."""
    job = holdings.snapshot.deadlines.get(role)
    if not break_glass.is_lease(names.lease_id_of_role(role) or ""):
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
        if role not in explained and _is_unrecorded_opening(role, desired, holdings)
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
