"""How things stand on a target: every lease with its state, as `status` shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.model.leases import EndReason, Lease, LeaseRecord, Phase, RecordStatus
from reconciler.model.snapshot import Snapshot
from reconciler.run.target import Survey


@dataclass(frozen=True, slots=True)
class LeaseStanding:
    """One row. `state` is one of pending, due (must be granted, is not yet), active, due-to-end (over, but the database still holds it), ended,
    lapsed, not-proved (its target was given up), revoked-but-effective. `armed` says whether the deadline job stands, None when there is nothing to arm.
    Instants in UTC."""

    lease: str
    target: str
    grantee: str
    state: str
    start: datetime | None
    end: datetime | None
    left: timedelta | None
    armed: bool | None
    document: str


def standings(found: Survey, *, with_closed: bool) -> tuple[LeaseStanding, ...]:
    """Open leases, and the closed ones too if wanted; by state of urgency, then by end and name."""
    rows = [
        _open(lease, found.snapshot, found.state.leases.get(lease.id))
        for lease in found.plan.leases
    ]
    if with_closed:
        rows += _closed(found)
    order = (
        "revoked-but-effective",
        "due-to-end",
        "active",
        "due",
        "pending",
        "not-proved",
        "ended",
        "lapsed",
    )
    last = datetime.max.replace(tzinfo=found.snapshot.at.tzinfo)
    return tuple(sorted(rows, key=lambda row: (order.index(row.state), row.end or last, row.lease)))


def _open(lease: Lease, snapshot: Snapshot, record: LeaseRecord | None) -> LeaseStanding:
    job = snapshot.deadlines.get(lease.role)
    exists = lease.role in snapshot.roles or _lives_outside_role(lease, snapshot)
    end = (job.end if job else None) or lease.end
    state = _state(lease, record, exists=exists)
    left = end - snapshot.at if end and state == "active" else None
    start = lease.start or (record.first_start if record else None)
    document = str(lease.origin) if lease.origin else record.path if record else ""
    armed = bool(job and job.is_armed) if exists else None
    return LeaseStanding(
        lease.id, lease.target, lease.grantee, state, start, end, left, armed, document
    )


def _lives_outside_role(lease: Lease, snapshot: Snapshot) -> bool:
    """Whether access of the lease is in force that its role does not hold: the role of a proxy only marks it."""
    user = snapshot.users.get(lease.ending.temporary_user)
    usable = user is not None and not user.is_locked
    return usable or any(row.entitlement in lease.ending.direct for row in snapshot.grants)


def _state(lease: Lease, record: LeaseRecord | None, *, exists: bool) -> str:
    if record is not None and record.status is RecordStatus.REVOKED_BUT_EFFECTIVE:
        return "revoked-but-effective"
    if lease.phase is Phase.PENDING:
        return "pending"
    if lease.phase is Phase.ENDING:
        return "due-to-end" if exists or lease.end_reason is EndReason.ORPHAN else "ended"
    return "active" if exists else "due"


def _closed(found: Survey) -> Iterator[LeaseStanding]:
    shown = {lease.id for lease in found.plan.leases}
    for record in found.state.leases.values():
        if record.is_closed and record.id not in shown:
            yield LeaseStanding(
                record.id,
                record.target,
                record.grantee,
                record.status.value,
                record.first_start,
                record.ended_at,
                None,
                None,
                record.path,
            )
