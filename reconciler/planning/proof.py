"""Success is proved, not assumed: what the dictionary says after execution, held against what had to end and what had to be in force."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.model.changes import (
    Cause,
    Change,
    DropLeaseRole,
    DropTemporaryUser,
    Grant,
    Narrow,
    Revoke,
)
from reconciler.model.desired import Desired
from reconciler.model.diagnostics import Diagnostic, ordered
from reconciler.model.identities import ColumnView, Ending
from reconciler.model.leases import EndReason, Lease, Phase, RecordStatus
from reconciler.model.ledger import LedgerState
from reconciler.model.plan import Plan
from reconciler.model.privileges import Entitlement, Kind, Privilege
from reconciler.model.results import AccessPath, EndedBy, Execution, Receipt, Status, Verdict
from reconciler.model.snapshot import DatabaseSession, DeadlineRun, HeldGrant, Snapshot
from reconciler.planning import column_views, identity_proof
from reconciler.planning.difference import Coverage
from reconciler.planning.effective import Access, Explanations, explanations, paths
from reconciler.planning.holdings import Holdings, index, subject
from reconciler.planning.lease_identities import is_alive

_SECOND = timedelta(seconds=1)


def receipts(
    plan: Plan,
    desired: Desired,
    ledger: LedgerState,
    after: Snapshot,
    execution: Execution | None,
) -> tuple[Receipt, ...]:
    """One for every lease of the plan that had to end, orphans included, by lease id.

    `plan` was made before execution, `after` read when it was over; `execution` is
    None when nothing was executed."""
    explained = explanations(desired.explanations, plan.leases)
    evidence = _evidence(plan, after, execution)
    proof = _Proof(plan.target, ledger, Access(index(after)), explained, evidence, plan.views)
    ending = [lease for lease in plan.leases if lease.phase is Phase.ENDING]
    leases = sorted([*ending, *_orphans(plan, evidence)], key=lambda lease: lease.id)
    return tuple(proof.receipt(lease) for lease in leases)


def unproved(
    plan: Plan, desired: Desired, after: Snapshot, execution: Execution | None = None
) -> tuple[Diagnostic, ...]:
    """What should be in force and is not: each active lease with an armed deadline, its role and all privileges, and each grant that reported success. And
    what should be gone: each revoke that did, because Oracle says "does not exist" of what it may not show."""
    holdings = index(after)
    findings: list[Diagnostic] = []
    for lease in plan.leases:
        if lease.phase is Phase.ACTIVE:
            findings += _deadline_problems(lease, desired.at, holdings)
            findings += _force_problems(lease, holdings)
    outcomes = _outcomes(execution).items()
    done = [row for row, status in outcomes if isinstance(row, Grant) and status is Status.DONE]
    findings += _grant_problems(done, plan, holdings)
    taken = (row for row, status in outcomes if status in (Status.DONE, Status.ALREADY))
    findings += (_left(found, plan) for row in taken for found in _left_of(row, holdings))
    findings += column_views.unproved(execution.outcomes if execution else (), after)
    return ordered(findings)


def _left_of(change: Change, holdings: Holdings) -> Iterator[Entitlement]:
    """What the dictionary still has of what the change took away. Ends of leases have receipts for that."""
    match change:
        case Revoke(cause=Cause.LEASE_END | Cause.ORPHAN):
            return
        case Revoke(entitlement=entitlement, grantor=grantor):
            if HeldGrant(entitlement, grantor) in holdings.snapshot.grants:
                yield entitlement
        case Narrow(revoke=revoke, keep=keep, grantor=grantor):
            taken = subject(revoke.privilege)
            for row in holdings.of(revoke.grantee):
                same = row.grantor == grantor and subject(row[0].privilege) == taken
                if same and not row.inherited and row.entitlement not in keep:
                    yield row.entitlement
        case _:
            return


def _left(entitlement: Entitlement, plan: Plan) -> Diagnostic:
    return Diagnostic(
        "revoke.not-in-effect",
        f"{entitlement} was to be revoked on {plan.target} and is still in the dictionary",
        hint="does the account still have GRANT ANY OBJECT PRIVILEGE? Compare its grants with the script that makes it",
    )


def _outcomes(execution: Execution | None) -> Mapping[Change, Status]:
    if execution is None:
        return {}
    return {outcome.change: outcome.status for outcome in execution.outcomes}


def _deadline_problems(lease: Lease, at: datetime, holdings: Holdings) -> Iterator[Diagnostic]:
    job = holdings.snapshot.deadlines.get(lease.role)
    if job is None:
        if lease.role in holdings.snapshot.roles:
            yield _problem("deadline.missing", lease, "there is no deadline that ends it")
        return
    if not job.enabled:
        yield _problem("deadline.disabled", lease, "its deadline is disabled")
    if not job.intact:
        yield _problem("deadline.altered", lease, "its deadline was changed by somebody else")
    if job.ending != lease.ending:
        yield _problem("deadline.altered", lease, "its deadline would not end all of it")
    if job.failures:
        yield _problem("deadline.failing", lease, f"its deadline failed {job.failures} times")
    latest = lease.end or at + (lease.duration or timedelta())
    if job.end is None or job.end >= latest + _SECOND:
        yield _problem("deadline.late", lease, "its deadline comes after its end")


def _force_problems(lease: Lease, holdings: Holdings) -> Iterator[Diagnostic]:
    if lease.role not in holdings.snapshot.roles:
        yield _problem("lease.not-in-force", lease, f"role {lease.role} is not there")
        return
    for message in identity_proof.force_problems(lease, holdings):
        yield _problem("lease.not-in-force", lease, message)
    held = Coverage(row.entitlement for row in holdings.of(lease.role))
    for entitlement in sorted(lease.entitlements):
        if not held.covers(entitlement):
            message = f"its role does not hold {entitlement.privilege}"
            yield _problem("lease.not-in-force", lease, message)


def _problem(rule: str, lease: Lease, message: str) -> Diagnostic:
    return Diagnostic(rule, f"lease {lease.id} on {lease.target}: {message}", lease.origin)


def _grant_problems(
    changes: Collection[Grant], plan: Plan, holdings: Holdings
) -> Iterator[Diagnostic]:
    grantees = {change.entitlement.grantee for change in changes}
    held = Coverage(row.entitlement for grantee in grantees for row in holdings.of(grantee))
    for change in changes:
        if not held.covers(change.entitlement):
            message = (
                f"{change.entitlement} was granted on {plan.target} and is not in the dictionary"
            )
            yield Diagnostic("grant.not-in-dictionary", message, change.origin)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What plan, execution and dictionary say of each lease, indexed once: many leases end together, after a night or an outage.

    `revoked` is by lease id, `dropped` has the ids of the leases whose role went in this run, `runs` is by job, `sessions` by user and by proxy user."""

    revoked: Mapping[str, Sequence[Entitlement]]
    dropped: frozenset[str]
    runs: Mapping[str, Sequence[DeadlineRun]]
    sessions: Mapping[str, Sequence[DatabaseSession]]


def _evidence(plan: Plan, after: Snapshot, execution: Execution | None) -> _Evidence:
    revoked: defaultdict[str, list[Entitlement]] = defaultdict(list)
    for change in plan.changes:
        if isinstance(change, Revoke):
            revoked[change.lease_id].append(change.entitlement)
    runs: defaultdict[str, list[DeadlineRun]] = defaultdict(list)
    for run in after.deadline_runs:
        runs[run.name].append(run)
    sessions: defaultdict[str, list[DatabaseSession]] = defaultdict(list)
    for session in sorted(after.sessions):
        for user in {session.user, session.proxy_user} - {""}:
            sessions[user].append(session)
    dropped = frozenset(
        change.lease_id
        for change, status in _outcomes(execution).items()
        if isinstance(change, DropLeaseRole | DropTemporaryUser) and status is Status.DONE
    )
    return _Evidence(revoked, dropped, runs, sessions)


def _orphans(plan: Plan, evidence: _Evidence) -> list[Lease]:
    """The lease roles that the plan ends without a lease, as leases: what is known of them is what they hold."""
    users = {row.lease_id: row.user for row in plan.changes if isinstance(row, DropTemporaryUser)}
    return [
        _orphan(change, plan.target, evidence.revoked.get(change.lease_id, ()), users)
        for change in plan.changes
        if isinstance(change, DropLeaseRole) and change.cause is Cause.ORPHAN
    ]


def _orphan(
    dropped: DropLeaseRole,
    target: str,
    revoked: Sequence[Entitlement],
    users: Mapping[str, str],
) -> Lease:
    rights = tuple(held for held in revoked if held.privilege.kind is Kind.PROXY)
    holders = sorted(held.grantee for held in revoked if held.grantee != dropped.role)
    return Lease(
        id=dropped.lease_id,
        target=target,
        phase=Phase.ENDING,
        grantee=holders[0] if holders else "",
        requester="",
        entitlements=frozenset(held for held in revoked if held.grantee == dropped.role),
        start=None,
        end=None,
        end_reason=EndReason.ORPHAN,
        ending=Ending(users.get(dropped.lease_id, ""), "", rights),
    )


@dataclass(frozen=True, slots=True)
class _Ending:
    """Who ended it and when, as far as that is known."""

    by: EndedBy
    at: datetime | None


@dataclass(frozen=True, slots=True)
class _Proof:
    target: str
    ledger: LedgerState
    access: Access
    explained: Explanations
    evidence: _Evidence
    views: Mapping[str, ColumnView]

    @property
    def after(self) -> Holdings:
        return self.access.holdings

    def receipt(self, lease: Lease) -> Receipt:
        snapshot = self.after.snapshot
        entitlements = self._entitlements(lease)
        privileges = {entitlement.privilege for entitlement in entitlements}
        sought = column_views.opened(privileges, self.views, snapshot)
        known = lease.grantee in snapshot.users or not lease.ending.temporary_user
        left = paths(lease.grantee, sought, self.access, self.explained) if known else ()
        there = self._is_there(lease)
        ending = _Ending(EndedBy.RECONCILER, None) if there else self._ending(lease)
        sessions = identity_proof.sessions_of(lease, self.evidence.sessions)
        if not there:
            left += _still_enabled(privileges, sessions, ending.at, left)
            left += tuple(identity_proof.surviving_sessions(lease, ending.at, self.after))
        unexplained = any(not path.explained_by for path in left)
        verdict = Verdict.REVOKED_BUT_EFFECTIVE if unexplained else Verdict.ENDED
        return Receipt(
            lease_id=lease.id,
            target=self.target,
            grantee=lease.grantee,
            role=lease.role,
            reason=lease.end_reason or EndReason.EXPIRED,
            ended_by=ending.by,
            due=lease.end,
            verified_at=snapshot.at,
            ended_at=ending.at,
            verdict=Verdict.NOT_ENDED if there else verdict,
            entitlements=entitlements,
            paths=left,
            sessions=sessions,
            note=identity_proof.note(lease, self.after),
        )

    def _entitlements(self, lease: Lease) -> tuple[Entitlement, ...]:
        """What the lease gave: what was written, and what its role was found to hold."""
        revoked = self.evidence.revoked.get(lease.id, ())
        held = {found for found in revoked if found.grantee == lease.role}
        return tuple(sorted({*held, *lease.entitlements, *lease.ending.direct}))

    def _is_there(self, lease: Lease) -> bool:
        return bool(
            lease.role in self.after.snapshot.roles
            or self.after.of(lease.role)
            or self.after.holders_of(lease.role)
            or identity_proof.is_there(lease, self.after, self.explained)
        )

    def _ending(self, lease: Lease) -> _Ending:
        record = self.ledger.leases.get(lease.id)
        run = self._deadline_run(lease)
        if lease.id in self.evidence.dropped:
            return _Ending(EndedBy.RECONCILER, self.after.snapshot.at)
        if run is not None:
            return _Ending(EndedBy.DEADLINE, run.at)
        if record is not None and record.status is RecordStatus.REVOKED_BUT_EFFECTIVE:
            return _Ending(EndedBy.RECONCILER, record.ended_at)
        return _Ending(EndedBy.OUTSIDE, None)

    def _deadline_run(self, lease: Lease) -> DeadlineRun | None:
        """The first run of the lease's deadline that succeeded at or after the due end, to the second."""
        runs = (
            run
            for run in self.evidence.runs.get(lease.role, ())
            if run.succeeded and (lease.end is None or run.at > lease.end - _SECOND)
        )
        return min(runs, key=lambda run: run.at, default=None)


def _still_enabled(
    privileges: Iterable[Privilege],
    sessions: Iterable[DatabaseSession],
    ended_at: datetime | None,
    left: Iterable[AccessPath],
) -> tuple[AccessPath, ...]:
    """A role that the lease role held stays enabled in sessions that were open at the end, until they end or run SET ROLE (SQL Language Reference,
    REVOKE). Whether a session has it enabled can't be seen from outside, so each such session counts, unless something explains the role anyway."""
    explained = {path.privilege: path.explained_by for path in left if path.explained_by}
    return tuple(
        AccessPath(
            privilege,
            (identity_proof.session_step(session),),
            explained.get(privilege, ""),
        )
        for privilege in sorted(privileges)
        if privilege.kind is Kind.ROLE
        for session in filter(is_alive, sessions)
        if session.logon is None or ended_at is None or session.logon <= ended_at
    )
