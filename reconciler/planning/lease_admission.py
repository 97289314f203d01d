"""Why a lease can't be granted, or not be widened, in a database as it is now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from reconciler.model import names
from reconciler.model.diagnostics import Diagnostic, Severity
from reconciler.model.identities import LOG_ON
from reconciler.model.leases import Lease
from reconciler.model.ledger import LedgerState
from reconciler.model.privileges import Kind
from reconciler.planning import column_views, existence
from reconciler.planning.admission import privilege_problems
from reconciler.planning.holdings import Holdings
from reconciler.planning.identity_admission import (
    Rivals,
    account_problem,
    identity_notes,
    identity_problems,
    user_problems,
)
from reconciler.planning.lease_ends import is_job_of
from reconciler.planning.scope import ScopeFilter

ENABLED_ROLES_LIMIT = 148
"""The most user-defined roles a session can have enabled; one more, and the user cannot log on (ORA-28031)."""


def role_problems(lease: Lease, holdings: Holdings, ledger: LedgerState) -> list[Diagnostic]:
    """Why the name of the lease's role or deadline is not ours to use; nothing of the lease may be touched then."""
    snapshot = holdings.snapshot
    role = lease.role
    recorded = lease.id in ledger.leases
    job = snapshot.deadlines.get(role)
    if role in snapshot.users:
        problem, rule = f"there is a user {role}", "lease-role.name-taken"
    elif role in snapshot.roles and role not in snapshot.created_roles and not recorded:
        problem, rule = f"there is a role {role} that was not created here", "lease-role.foreign"
    elif job is not None and not is_job_of(job, lease.id, lease.target):
        whose = f"of target {job.target}" if job.target else "that is not ours"
        problem, rule = f"there is a job {role} {whose}", "deadline.foreign"
    else:
        problem = next(user_problems(lease, holdings, ledger), "")
        rule = "lease-user.name-taken"
    if not problem:
        return []
    return [Diagnostic(rule, f"lease {lease.id}: {problem}", lease.origin)]


def there(lease: Lease, holdings: Holdings) -> tuple[Lease, list[Diagnostic]]:
    """The lease without its privileges on objects and columns that are not there, and what is said about those: each fails alone. A lease that has nothing
    else is left as it is, and so cannot be granted."""
    absent = {
        entitlement: found
        for entitlement in sorted(lease.entitlements)
        if entitlement.privilege.kind in (Kind.OBJECT, Kind.COLUMN)
        and (found := list(existence.problems(entitlement.privilege, lease.origin, holdings)))
    }
    if not absent or len(absent) == len(lease.entitlements):
        return lease, []
    left = replace(lease, entitlements=lease.entitlements - absent.keys())
    return left, [problem for found in absent.values() for problem in found]


def grant_problems(
    lease: Lease, holdings: Holdings, scope: ScopeFilter, roles: Iterable[str], rivals: Rivals
) -> list[Diagnostic]:
    """Why the lease can't be given to its grantee. `roles` are those the grantee will have when the plan has run, without this one."""
    findings = [*_deadline_problems(lease, holdings), *identity_problems(lease, holdings, rivals)]
    temporary = bool(lease.ending.temporary_user)
    if not temporary:
        findings += _grantee_problems(lease, holdings, scope)
    for entitlement in sorted((*lease.entitlements, *lease.ending.direct)):
        needed = temporary and entitlement.privilege == LOG_ON
        if not needed and not scope.covers_privilege(entitlement.privilege):
            findings.append(_outside(lease, str(entitlement.privilege)))
    for entitlement in sorted(lease.entitlements):
        findings += privilege_problems(entitlement, lease.origin, holdings, to_role=True)
        findings += column_views.problems(
            entitlement.privilege, lease.origin, scope.views, holdings
        )
    if findings or lease.ending.direct:
        return findings
    return list(_too_many_roles(lease, holdings, roles))


def _grantee_problems(lease: Lease, holdings: Holdings, scope: ScopeFilter) -> Iterator[Diagnostic]:
    user = names.display(lease.grantee)
    if holdings.is_protected(lease.grantee):
        message = f"lease {lease.id}: {user} is never changed"
        yield Diagnostic("lease.protected-user", message, lease.origin)
    elif lease.grantee not in holdings.snapshot.users:
        message = f"lease {lease.id}: {user} is no user of {holdings.snapshot.target}"
        yield Diagnostic("lease.unknown-user", message, lease.origin)
    if not scope.covers_grantee(lease.grantee):
        yield _outside(lease, user)


def _deadline_problems(lease: Lease, holdings: Holdings) -> Iterator[Diagnostic]:
    if not holdings.snapshot.jobs_can_run:
        yield Diagnostic(
            "deadline.cannot-run",
            f"lease {lease.id}: no deadline could end it on {lease.target}, because JOB_QUEUE_PROCESSES is 0",
            lease.origin,
            hint="ask a DBA to set JOB_QUEUE_PROCESSES above 0; nothing is granted without a deadline that can run",
        )


def _outside(lease: Lease, what: str) -> Diagnostic:
    return Diagnostic(
        "scope.outside",
        f"lease {lease.id}: {what} is outside the scope of {lease.target}",
        lease.origin,
        hint="add it to the target's scope, or ask for something else",
    )


def _too_many_roles(lease: Lease, holdings: Holdings, roles: Iterable[str]) -> Iterator[Diagnostic]:
    inner = {
        entitlement.privilege.name
        for entitlement in lease.entitlements
        if entitlement.privilege.kind is Kind.ROLE
    }
    enabled = holdings.role_closure({*roles, *inner, lease.role})
    own = {role for role in enabled if not holdings.is_protected(role)}
    if len(own) > ENABLED_ROLES_LIMIT:
        yield Diagnostic(
            "lease.role-limit",
            f"lease {lease.id}: {names.display(lease.grantee)} would have {len(own)} roles enabled;"
            f" Oracle allows {ENABLED_ROLES_LIMIT}, and no logon with more",
            lease.origin,
            hint="end other leases first, or put the privileges into fewer roles",
        )


def held_by_protected(lease: Lease, holdings: Holdings) -> Iterator[Diagnostic]:
    """Who holds the lease's role and is never changed: through PUBLIC everybody has the lease."""
    for row in sorted(holdings.holders_of(lease.role)):
        grantee = row.entitlement.grantee
        if holdings.is_protected(grantee) and grantee != holdings.snapshot.account:
            yield Diagnostic(
                "lease-role.held-by-protected",
                f"lease {lease.id}: {names.display(grantee)} has {lease.role} and is never changed",
                lease.origin,
                hint=f"REVOKE {lease.role} FROM {names.display(grantee)} by hand, or end the lease",
            )


def account_notes(lease: Lease, holdings: Holdings) -> Iterator[Diagnostic]:
    """What the grantee must know or do, although the lease can be granted."""
    yield from account_problem(lease, holdings)
    yield from identity_notes(lease, holdings)
    if lease.ending.direct:
        return
    snapshot = holdings.snapshot
    shown = names.display(lease.grantee)
    holds = lease.role in holdings.roles_of(lease.grantee)
    not_default = (lease.grantee, lease.role) in snapshot.not_default
    listed = any(grantee == lease.grantee for grantee, _ in snapshot.not_default)
    if not_default or (listed and not holds):
        yield Diagnostic(
            "lease.set-role",
            f"lease {lease.id}: a logon of {shown} does not enable {lease.role} by itself",
            lease.origin,
            Severity.NOTICE,
            hint=f"{shown} must run SET ROLE ALL, or SET ROLE with {lease.role} in its list",
        )
