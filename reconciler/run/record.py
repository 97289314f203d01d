"""What the ledger must know after a run, derived from what the dictionary said afterwards, never from what was hoped for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from reconciler.model.changes import Grant, Narrow, Revoke
from reconciler.model.identities import ROLE_ONLY, ColumnView, is_through_view
from reconciler.model.leases import EndReason, Lease, LeaseRecord, Phase, RecordStatus
from reconciler.model.ledger import LedgerState
from reconciler.model.plan import Plan
from reconciler.model.privileges import Entitlement, Kind
from reconciler.model.results import ChangeOutcome, Receipt, Status, Verdict
from reconciler.model.snapshot import HeldGrant, Snapshot


def records(
    plan: Plan,
    lapsed: Iterable[Lease],
    state: LedgerState,
    after: Snapshot,
    receipts: Iterable[Receipt],
) -> tuple[LeaseRecord, ...]:
    """The lease records that differ from the ledger's, by lease id."""
    proofs = {receipt.lease_id: receipt for receipt in receipts}
    found = list(_granted(plan, state, after))
    found += _ended_unrecorded(plan, state, after)
    for receipt in proofs.values():
        if receipt.verdict is not Verdict.NOT_ENDED:
            found.append(_ended(receipt, state, plan))
        elif receipt.lease_id in state.leases:
            found.append(_must_end(receipt, state.leases[receipt.lease_id]))
    found += [_lapsed(lease, plan) for lease in lapsed if lease.id not in state.leases]
    known = (_with_views(record, plan.views) for record in found)
    changed = {record.id: record for record in known if state.leases.get(record.id) != record}
    return tuple(changed[key] for key in sorted(changed))


def _with_views(record: LeaseRecord, views: Mapping[str, ColumnView]) -> LeaseRecord:
    """The record with the column views that its entitlements name, as far as they are known."""
    named = {held.privilege.object for held in record.entitlements if is_through_view(held)}
    found = tuple(views[name] for name in sorted(named) if name in views)
    return replace(record, views=found or record.views)


def _granted(plan: Plan, state: LedgerState, after: Snapshot) -> Iterator[LeaseRecord]:
    """A lease whose role exists is recorded even if some of its privileges failed: what exists must be ended. Somebody else's role of that name is not
    the lease's: recorded, it would be taken for ours from the next run on."""
    for lease in plan.leases:
        before = state.leases.get(lease.id)
        if lease.phase is not Phase.ACTIVE or lease.role not in after.roles:
            continue
        if before is None and not (_is_ours(lease, after) and _was_made(lease, after)):
            continue
        end = _end(lease, plan.at, after)
        path = lease.origin.path if lease.origin else before.path if before else ""
        yield LeaseRecord(
            lease.id,
            plan.target,
            RecordStatus.GRANTED,
            lease.grantee,
            lease.requester,
            before.first_start if before else _first_start(lease, plan.at, end),
            end,
            lease.entitlements,
            path,
            ending=lease.ending,
            extensions=_extensions(before, end),
        )


def _extensions(before: LeaseRecord | None, end: datetime) -> int:
    """How often the end was moved later; to the second, which is what the ledger can hold."""
    if before is None:
        return 0
    return before.extensions + (end >= before.end + timedelta(seconds=1))


def _ended_unrecorded(plan: Plan, state: LedgerState, after: Snapshot) -> Iterator[LeaseRecord]:
    """A lease that a killed run granted and its deadline ended before any record of it. The database forgets its job log in time; without a record the
    lease would come back then."""
    ends = {run.name: run.at for run in after.deadline_runs if run.succeeded}
    for lease in plan.leases:
        known = lease.id in state.leases or lease.role in after.roles
        if lease.phase is not Phase.ACTIVE or known or lease.role not in ends:
            continue
        end = ends[lease.role].replace(microsecond=0)
        yield LeaseRecord(
            lease.id,
            plan.target,
            RecordStatus.ENDED,
            lease.grantee,
            lease.requester,
            lease.start or end - (lease.duration or timedelta(0)),
            end,
            lease.entitlements,
            lease.origin.path if lease.origin else "",
            end,
            EndReason.EXPIRED,
            ending=lease.ending,
        )


def _is_ours(lease: Lease, after: Snapshot) -> bool:
    job = after.deadlines.get(lease.role)
    of_lease = job is None or (job.lease_id, job.target) == (lease.id, lease.target)
    return lease.role in after.created_roles and of_lease


def _was_made(lease: Lease, after: Snapshot) -> bool:
    """A temporary lease is not recorded before its user is there: one that is gone again was dropped by somebody outside, which closes the lease."""
    user = lease.ending.temporary_user
    return not user or user in after.users


def _end(lease: Lease, at: datetime, after: Snapshot) -> datetime:
    """The end that the deadline is armed for, never later than the one that is wanted; to the second, which is what the ledger can hold."""
    wanted = lease.end or at + (lease.duration or timedelta(0))
    deadline = after.deadlines.get(lease.role)
    armed = deadline.end if deadline else None
    return min(wanted, armed or wanted).replace(microsecond=0)


def _first_start(lease: Lease, at: datetime, end: datetime) -> datetime:
    """A duration may have been started by a run that was killed before it could record it; then its armed end tells when that was."""
    if lease.start is not None:
        return lease.start
    return min(at, end - (lease.duration or timedelta(0)))


def _must_end(receipt: Receipt, before: LeaseRecord) -> LeaseRecord:
    """An end that was begun and not finished: with its reason on record no revert makes the lease run again."""
    return replace(before, end_reason=before.end_reason or receipt.reason)


def _ended(receipt: Receipt, state: LedgerState, plan: Plan) -> LeaseRecord:
    status = (
        RecordStatus.ENDED
        if receipt.verdict is Verdict.ENDED
        else RecordStatus.REVOKED_BUT_EFFECTIVE
    )
    ended_at = receipt.ended_at or receipt.verified_at
    before = state.leases.get(receipt.lease_id)
    if before is not None:
        return replace(
            before,
            status=status,
            ended_at=before.ended_at or ended_at,
            end_reason=before.end_reason or receipt.reason,
        )
    lease = next((found for found in plan.leases if found.id == receipt.lease_id), None)
    start = (lease.start if lease else None) or receipt.due or ended_at
    return LeaseRecord(
        receipt.lease_id,
        receipt.target,
        status,
        receipt.grantee,
        lease.requester if lease else "",
        start,
        receipt.due or ended_at,
        frozenset(receipt.entitlements),
        lease.origin.path if lease and lease.origin else "",
        ended_at,
        receipt.reason,
        ending=lease.ending if lease else ROLE_ONLY,
    )


def _lapsed(lease: Lease, plan: Plan) -> LeaseRecord:
    start = lease.start or plan.at
    end = lease.end or start + (lease.duration or timedelta(0))
    return LeaseRecord(
        lease.id,
        plan.target,
        RecordStatus.LAPSED,
        lease.grantee,
        lease.requester,
        start,
        end,
        lease.entitlements,
        lease.origin.path if lease.origin else "",
        plan.at,
        EndReason.LAPSED,
        ending=lease.ending,
    )


def granted(
    state: LedgerState, outcomes: Iterable[ChangeOutcome], held: Collection[HeldGrant]
) -> frozenset[Entitlement]:
    """The standing entitlements that are ours after the run: what we granted before, and what we did now. What the dictionary still has (`held`) stays
    ours, whatever its revoke reported: forgotten, nobody would ever take it."""
    ours = set(state.granted)
    for outcome in outcomes:
        if outcome.status not in (Status.DONE, Status.ALREADY) or outcome.change.lease_id:
            continue
        match outcome.change:
            case Grant(entitlement=entitlement):
                if entitlement.privilege.kind is Kind.QUOTA:
                    ours = {found for found in ours if not _is_replaced(found, entitlement)}
                ours.add(entitlement)
            case Revoke(entitlement=entitlement, grantor=grantor):
                if HeldGrant(entitlement, grantor) not in held:
                    ours.discard(entitlement)
            case Narrow(revoke=revoke, keep=keep, grantor=grantor):
                covered = {found for found in ours if _covered(found, revoke)} - set(keep)
                ours -= {found for found in covered if HeldGrant(found, grantor) not in held}
            case _:
                pass
    return frozenset(ours)


def _covered(found: Entitlement, revoked: Entitlement) -> bool:
    """Whether a whole-object revoke takes the entitlement with it: the same privilege on the same object, any column."""
    mine, gone = found.privilege, revoked.privilege
    if mine.kind is Kind.QUOTA or gone.kind is Kind.QUOTA:
        return _is_replaced(found, revoked)
    return found.grantee == revoked.grantee and (mine.name, mine.owner, mine.object) == (
        gone.name,
        gone.owner,
        gone.object,
    )


def _is_replaced(found: Entitlement, quota: Entitlement) -> bool:
    """Whether the second is a quota of the same user on the same tablespace: there is one, and a new one takes its place."""
    mine, new = found.privilege, quota.privilege
    return new.kind is Kind.QUOTA and (found.grantee, mine.kind, mine.object) == (
        quota.grantee,
        Kind.QUOTA,
        new.object,
    )
