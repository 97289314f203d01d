"""Was it used: asks the audit trail about leases that end in a run, or that are active now, and the ledger about those that ended before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from reconciler.ledger import history
from reconciler.ledger.store import Ledger
from reconciler.model.documents import Auditing
from reconciler.model.leases import Lease, LeaseRecord, Phase
from reconciler.model.results import Receipt, Verdict
from reconciler.model.snapshot import Snapshot
from reconciler.model.usage import Trail, Usage, Use, Watched
from reconciler.oracle import usage as trail
from reconciler.oracle.session import Session
from reconciler.planning import usage as judgement
from reconciler.planning.holdings import index
from reconciler.run import journal

if TYPE_CHECKING:
    from reconciler.run.target import Survey

_OFF = "the target document says `audit: off`"


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one lease's use, as the ledger keeps it. `source` is `ledger` or `trail`."""

    source: str
    data: Mapping[str, Any]


def of_ended(
    found: Survey, after: Snapshot, receipts: Iterable[Receipt], session: Session
) -> tuple[Usage, ...]:
    """The use of the leases that ended in this run or since the last one. Roles and policies are looked up as they were before the run. Never raises for the
    database's sake."""
    if found.target.audit is Auditing.OFF:
        return ()
    leases = {lease.id: lease for lease in (*found.desired.leases, *found.plan.leases)}
    watched = [
        _ended(row, found, leases.get(row.lease_id))
        for row in receipts
        if row.verdict is not Verdict.NOT_ENDED and _is_news(row, found)
    ]
    return _ask(watched, session, found.snapshot, after)


def of_active(found: Survey, session: Session) -> tuple[Usage, ...]:
    """The use so far of the leases whose role is there now."""
    watched = [
        Watched(
            lease.id,
            lease.target,
            lease.grantee,
            lease.role,
            lease.entitlements,
            _start(lease, found) or found.snapshot.at,
            found.snapshot.at,
        )
        for lease in found.plan.leases
        if lease.phase in (Phase.ACTIVE, Phase.ENDING) and lease.role in found.snapshot.roles
    ]
    if found.target.audit is Auditing.OFF:
        return _judge(watched, Trail(unreadable=_OFF), found.snapshot, found.snapshot)
    return _ask(watched, session, found.snapshot, found.snapshot)


def recorded(ledger: Ledger, target: str) -> dict[str, Told]:
    """The last word of the ledger on each lease of the target."""
    rows = history.events_of(ledger, target, "usage")
    return {row["lease"]: Told("ledger", _without_envelope(row)) for row in rows}


def told(found: Usage) -> Told:
    return Told("trail", journal.usage_to_json(found))


def untold(record: LeaseRecord, reason: str) -> Told:
    """For a lease that ended without anybody asking."""
    until = record.ended_at or record.end
    found = Usage(
        record.id, record.target, record.grantee, Use.UNKNOWN, reason, "",
        min(record.first_start, until), until, until,
    )  # fmt: skip
    return Told("ledger", journal.usage_to_json(found))


def _without_envelope(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in ("type", "at")}


def _is_news(row: Receipt, found: Survey) -> bool:
    """An end that the ledger has already was asked about when it was written."""
    before = found.state.leases.get(row.lease_id)
    return before is None or before.ended_at is None


def _ended(row: Receipt, found: Survey, lease: Lease | None) -> Watched:
    until = row.ended_at or row.verified_at
    before = found.state.leases.get(row.lease_id)
    start = before.first_start if before else _start(lease, found) if lease else None
    return Watched(
        row.lease_id,
        row.target,
        row.grantee,
        row.role,
        frozenset(row.entitlements),
        min(start or row.due or until, until),
        until,
    )


def _start(lease: Lease, found: Survey) -> datetime | None:
    record = found.state.leases.get(lease.id)
    return record.first_start if record else lease.start


def _ask(
    watched: Sequence[Watched], session: Session, before: Snapshot, after: Snapshot
) -> tuple[Usage, ...]:
    if not watched:
        return ()
    return _judge(watched, trail.read(session, watched), before, after)


def _judge(
    watched: Iterable[Watched], answer: Trail, before: Snapshot, after: Snapshot
) -> tuple[Usage, ...]:
    holdings = index(before)
    return tuple(
        judgement.judge(
            row,
            answer,
            holdings,
            read_at=after.at,
            last_login=_last_login(row.grantee, after) or _last_login(row.grantee, before),
        )
        for row in watched
    )


def _last_login(user: str, snapshot: Snapshot) -> datetime | None:
    account = snapshot.users.get(user)
    return account.last_login if account else None
