"""Giving up on a target that is gone: its open leases are recorded as not proved, which is all that anybody can say.

Nothing claims that the access has ended. The deadline in the database ends it if the database still runs, and a target that comes back under its name has
these leases ended and proved by the next run.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from reconciler.desired.leases import not_recorded
from reconciler.ledger.store import Entry
from reconciler.model.documents import AccessRequest, Target
from reconciler.model.errors import DatabaseError, RefusedError
from reconciler.model.leases import LeaseRecord, RecordStatus
from reconciler.model.ledger import CommitKind, Event, LedgerState
from reconciler.oracle.session import connect
from reconciler.run import journal
from reconciler.run.ending import Order, means, unrecorded
from reconciler.run.workspace import Workspace

_GONE = frozenset(
    {"target.down", "target.unknown-service", "target.timeout", "target.connection-lost"}
)
"""Rules of errors that say that no database answers."""


@dataclass(frozen=True, slots=True)
class GivenUp:
    """`not_proved` were granted, `closed` never; `commit` is the ledger commit that says so, empty when there was nothing to say."""

    target: str
    not_proved: tuple[LeaseRecord, ...]
    closed: tuple[LeaseRecord, ...]
    commit: str = ""


def refuse_reachable(target: Target | None, environment: Mapping[str, str]) -> str:
    """Why the target can't be reached, for the ledger. Raises RefusedError when it can: then its leases can be ended and proved. A database that refuses the
    logon is there: a password that is missing or wrong must not close what is in force."""
    if target is None:
        return "there is no document of the target"
    try:
        with connect(target, environment=environment):
            pass
    except DatabaseError as error:
        if error.rule in _GONE:
            return error.message
        raise RefusedError(
            "revoke.answers",
            f"nothing says that target {target.name} is gone: {error.message}",
            hint=f"{error.hint or 'mend that'}; if it is gone for good, remove its document by a reviewed edit",
        ) from None
    raise RefusedError(
        "revoke.reachable",
        f"target {target.name} can be reached, so its leases can be ended and their end proved",
        hint=f"reconciler revoke --all-on {target.name} --reason TEXT, without --unreachable",
    )


def give_up(workspace: Workspace, order: Order, why: str, at: datetime | None = None) -> GivenUp:
    """Records it. There is no database to ask for the time: `at` is this machine's clock, and the journal says so. Raises LedgerError."""
    now = (at or datetime.now(UTC)).replace(microsecond=0)
    name = order.target
    state = workspace.ledger.read(name)
    not_proved = tuple(
        replace(row, status=RecordStatus.NOT_PROVED, end_reason=row.end_reason or order.reason)
        for row in state.leases.values()
        if not row.is_closed and means(order, row)
    )
    target = workspace.documents.targets.get(name)
    closed = _never_granted(workspace, order, target, state, now) if target else ()
    found = GivenUp(name, not_proved, closed)
    if not (not_proved or closed):
        return found
    run_id = f"{now.strftime('%Y%m%dT%H%M%SZ')}-{secrets.token_hex(3)}"
    count = len(not_proved)
    summary = f"{count} {'lease' if count == 1 else 'leases'} given up, their end not proved"
    events = [_event(order, found, why, now)]
    events += [journal.lease(row, now) for row in (*not_proved, *closed)]
    trailers = {"Source-Commit": workspace.commit}
    entry = Entry(CommitKind.SYNC, name, run_id, now, summary, events, trailers)
    commit = workspace.ledger.append(replace(entry, leases=(*not_proved, *closed)))
    return replace(found, commit=commit)


def _never_granted(
    workspace: Workspace,
    order: Order,
    target: Target,
    state: LedgerState,
    now: datetime,
) -> tuple[LeaseRecord, ...]:
    """What was still to come on a target whose document is there, closed."""
    return tuple(
        _closed(workspace, order, target, request, now)
        for request in unrecorded(workspace, target, order, state)
    )


def _closed(
    workspace: Workspace, order: Order, target: Target, request: AccessRequest, now: datetime
) -> LeaseRecord:
    lease = not_recorded(workspace.well_formed, target, request, now)
    start = lease.start or now
    return LeaseRecord(
        id=lease.id,
        target=target.name,
        status=RecordStatus.LAPSED,
        grantee=lease.grantee,
        requester=lease.requester,
        first_start=start,
        end=lease.end or start + (lease.duration or now - now),
        entitlements=lease.entitlements,
        path=request.origin.path,
        ended_at=now,
        end_reason=order.reason,
    )


def _event(order: Order, found: GivenUp, why: str, now: datetime) -> Event:
    name, email = order.author
    data = {
        "reason": order.reason.value,
        "text": order.text,
        "subject": order.subject,
        "not_proved": sorted(row.id for row in found.not_proved),
        "never_starts": sorted(row.id for row in found.closed),
        "unreachable": why,
        "clock": "of the machine that ran the command, not of the database",
        "actor": order.actor,
        "git": f"{name} <{email}>",
    }
    return Event("given-up", now, data)
