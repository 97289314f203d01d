"""The events of a run, as the ledger's journal holds them. JSON values only; nothing secret."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from reconciler.model.approvals import ApprovalRecord
from reconciler.model.changes import effect_line
from reconciler.model.instants import format_instant
from reconciler.model.leases import LeaseRecord
from reconciler.model.ledger import Event, OpenIntent
from reconciler.model.plan import Drift, Plan
from reconciler.model.privileges import line, to_json
from reconciler.model.results import AccessPath, Execution, Receipt
from reconciler.model.snapshot import Snapshot
from reconciler.model.usage import Usage
from reconciler.run.resolution import Dictionary, readable


def intent(plan: Plan, actor: str, approvals: Iterable[ApprovalRecord] = ()) -> Event:
    """Written before the first statement. `approvals` are those of the leases that it begins."""
    data = {
        "target": plan.target,
        "commit": plan.commit,
        "plan": plan.digest,
        "database": str(plan.database),
        "actor": actor,
        "effects": [readable(effect_line(change)) for change in plan.changes],
    }
    approved = {
        row.request: {"by": list(row.by), "commit": row.commit, "risk": row.risk}
        for row in approvals
    }
    return Event("intent", plan.at, data | ({"approved": approved} if approved else {}))


def outcome(plan: Plan, execution: Execution, at: datetime) -> list[Event]:
    """One event a change, and one for the run."""
    events = [
        Event(
            "change",
            at,
            {
                "effect": readable(effect_line(found.change)),
                "cause": found.change.cause.value,
                "status": found.status.value,
            }
            | ({"ora": found.ora, "message": found.message} if found.ora or found.message else {}),
        )
        for found in execution.outcomes
    ]
    done = {
        "plan": plan.digest,
        "statements": execution.statements,
        "round_trips": execution.round_trips,
        "failed": len(execution.failed),
    }
    return [
        *events,
        Event(
            "executed",
            at,
            done | ({"interrupted": execution.interrupted} if execution.interrupted else {}),
        ),
    ]


def resolved(open_intent: OpenIntent, snapshot: Snapshot) -> Event:
    """What became of a run that left an intent and no outcome, as the dictionary says it."""
    dictionary = Dictionary(snapshot)
    effects = [(readable(effect), dictionary.is_in_force(effect)) for effect in open_intent.effects]
    data = {
        "run": open_intent.run_id,
        "plan": open_intent.plan_digest,
        "in_force": [effect for effect, in_force in effects if in_force],
        "not_in_force": [effect for effect, in_force in effects if not in_force],
    }
    return Event("intent-resolved", snapshot.at, data)


def receipt(found: Receipt) -> Event:
    return Event("receipt", found.verified_at, receipt_to_json(found))


def receipt_to_json(found: Receipt) -> dict[str, Any]:
    """The public JSON form of a receipt."""
    lag = found.lag
    return {
        "lease": found.lease_id,
        "target": found.target,
        "grantee": found.grantee,
        "role": found.role,
        "verdict": found.verdict.value,
        "reason": found.reason.value,
        "ended_by": found.ended_by.value,
        "due": format_instant(found.due) if found.due else None,
        "ended_at": format_instant(found.ended_at) if found.ended_at else None,
        "verified_at": format_instant(found.verified_at),
        "lag_seconds": lag.total_seconds() if lag is not None else None,
        "entitlements": [
            to_json(entitlement) for entitlement in sorted(found.entitlements, key=line)
        ],
        **({"note": found.note} if found.note else {}),
        "paths": [_path(path) for path in found.paths],
        "sessions": [
            {
                "instance": s.instance,
                "sid": s.sid,
                "serial": s.serial,
                "user": s.user,
                "proxy": s.proxy_user,
                "machine": s.machine,
                "program": s.program,
                "status": s.status,
            }
            for s in found.sessions
        ],
    }


def _path(path: AccessPath) -> dict[str, Any]:
    return {
        "privilege": str(path.privilege),
        "through": list(path.through),
        "explained_by": path.explained_by,
    }


def usage(found: Usage) -> Event:
    """Whether the lease was used, as far as could be known when it ended."""
    return Event("usage", found.read_at, usage_to_json(found))


def usage_to_json(found: Usage) -> dict[str, Any]:
    """The public JSON form of a usage."""
    return {
        "lease": found.lease_id,
        "target": found.target,
        "grantee": found.grantee,
        "use": found.use.value,
        "reason": found.reason,
        "hint": found.hint,
        "since": format_instant(found.since),
        "until": format_instant(found.until),
        "read_at": format_instant(found.read_at),
        "count": found.count,
        "first": format_instant(found.first) if found.first else None,
        "last": format_instant(found.last) if found.last else None,
        "sources": [row._asdict() for row in found.sources],
        "touched": [row._asdict() for row in found.touched],
        "refused": [row._asdict() for row in found.refused],
        "last_login": format_instant(found.last_login) if found.last_login else None,
    }


def lease(record: LeaseRecord, at: datetime) -> Event:
    """A lease's new standing."""
    data = {
        "lease": record.id,
        "status": record.status.value,
        "grantee": record.grantee,
        "requester": record.requester,
        "first_start": format_instant(record.first_start),
        "end": format_instant(record.end),
        "document": record.path,
    }
    return Event("lease", at, data)


def drift(found: Iterable[Drift], at: datetime) -> list[Event]:
    return [
        Event(
            "drift",
            at,
            {
                "kind": row.kind.value,
                "entitlement": to_json(row.entitlement),
                "grantor": row.grantor,
            }
            | ({"document": str(row.origin)} if row.origin else {}),
        )
        for row in found
    ]


def drift_digest(found: Iterable[Drift]) -> str:
    """Tells lasting drift from new drift; empty for none."""
    lines = sorted(f"{row.kind.value}\t{line(row.entitlement)}\t{row.grantor}" for row in found)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest() if lines else ""


def drift_state(found: tuple[Drift, ...]) -> bytes:
    """The drift file of the ledger; empty removes it."""
    digest = drift_digest(found)
    if not digest:
        return b""
    rows = [
        {"kind": row.kind.value, "entitlement": to_json(row.entitlement), "grantor": row.grantor}
        for row in found
    ]
    return (
        json.dumps({"digest": digest, "drift": rows}, sort_keys=True, ensure_ascii=False, indent=1)
        + "\n"
    ).encode()


def open_intent(plan: Plan, run_id: str) -> OpenIntent:
    return OpenIntent(
        run_id,
        plan.at,
        plan.digest,
        tuple(effect_line(change) for change in plan.changes),
    )
