"""Lease records and intents as JSON, for the state files of the ledger. Same value, same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from reconciler.model import names
from reconciler.model.break_glass import Opening, is_lease
from reconciler.model.identities import ColumnView, Ending
from reconciler.model.instants import format_duration, format_instant, parse_duration, parse_instant
from reconciler.model.leases import EndReason, LeaseRecord, RecordStatus
from reconciler.model.ledger import OpenIntent
from reconciler.model.privileges import Entitlement, from_json, line, to_json


def dump(value: Any) -> bytes:
    """Readable JSON with sorted keys and a closing line break. Names of files that are no UTF-8 are escaped, so that they can be read back."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1) + "\n"
    return text.encode("utf-8", "backslashreplace")


def record_to_json(record: LeaseRecord) -> dict[str, Any]:
    return {
        "lease": record.id,
        "target": record.target,
        "status": record.status.value,
        "grantee": record.grantee,
        "requester": record.requester,
        "first_start": format_instant(record.first_start),
        "end": format_instant(record.end),
        "entitlements": entitlements_to_json(record.entitlements),
        "path": record.path,
        "ended_at": format_instant(record.ended_at) if record.ended_at else None,
        "end_reason": record.end_reason.value if record.end_reason else None,
        **({"ending": record.ending.to_json()} if any(record.ending) else {}),
        **({"views": [view.to_json() for view in record.views]} if record.views else {}),
        **({"extensions": record.extensions} if record.extensions else {}),
    }


def record_from_json(parts: dict[str, Any]) -> LeaseRecord:
    """Raises KeyError, TypeError or ValueError for anything `record_to_json` would not write: whoever can push the branch must not get another lease's user, or
    anybody's rights, taken away."""
    record = LeaseRecord(
        id=parts["lease"],
        target=parts["target"],
        status=RecordStatus(parts["status"]),
        grantee=parts["grantee"],
        requester=parts["requester"],
        first_start=parse_instant(parts["first_start"]),
        end=parse_instant(parts["end"]),
        entitlements=frozenset(map(from_json, parts["entitlements"])),
        path=parts["path"],
        ended_at=_instant(parts["ended_at"]),
        end_reason=EndReason(parts["end_reason"]) if parts["end_reason"] else None,
        ending=Ending.from_json(parts.get("ending", {})),
        views=tuple(map(ColumnView.from_json, parts.get("views", ()))),
        extensions=count_from_json(parts.get("extensions", 0)),
    )
    if names.lease_id_of_role(names.lease_role(record.id)) != record.id:
        raise ValueError(f"{record.id!r} is no lease")
    grantees = {row.grantee for row in record.ending.direct}
    grantees |= {record.ending.temporary_user, record.ending.kill_sessions_of} - {""}
    if not record.ending.fits(record.id) or not grantees <= {record.grantee}:
        raise ValueError(f"{record.id} cannot end as it says")
    return record


def count_from_json(value: Any) -> int:
    """A number of times; raises ValueError for anything else."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{value!r} is no number of times")
    return value


def opening_to_json(opening: Opening) -> dict[str, Any]:
    return {
        "lease": opening.lease,
        "target": opening.target,
        "document": opening.document,
        "seal": opening.seal,
        "person": opening.person,
        "user": opening.user,
        "opened_by": opening.opened_by,
        "opened_at": format_instant(opening.opened_at),
        "duration": format_duration(opening.duration),
        "reason": opening.reason,
        "ticket": opening.ticket,
    }


def opening_from_json(parts: dict[str, Any]) -> Opening:
    """Raises KeyError, TypeError or ValueError for anything `opening_to_json` would not write."""
    if not all(isinstance(value, str) for value in parts.values()):
        raise TypeError("an opening is made of texts")
    opening = Opening(
        **{
            **parts,
            "opened_at": parse_instant(parts["opened_at"]),
            "duration": parse_duration(parts["duration"]),
        }
    )
    if not is_lease(opening.lease):
        raise ValueError(f"{opening.lease} is no lease of an opening")
    return opening


def intent_to_json(intent: OpenIntent) -> dict[str, Any]:
    return {
        "run": intent.run_id,
        "at": format_instant(intent.at),
        "plan": intent.plan_digest,
        "effects": list(intent.effects),
    }


def intent_from_json(parts: dict[str, Any]) -> OpenIntent:
    return OpenIntent(
        parts["run"], parse_instant(parts["at"]), parts["plan"], tuple(parts["effects"])
    )


def entitlements_to_json(entitlements: Iterable[Entitlement]) -> list[dict[str, object]]:
    return [to_json(entitlement) for entitlement in sorted(entitlements, key=line)]


def granted_to_lines(granted: Iterable[Entitlement]) -> bytes:
    """One JSON line an entitlement, sorted, so that git shows small differences small."""
    rows = (
        json.dumps(row, sort_keys=True, ensure_ascii=False) + "\n"
        for row in entitlements_to_json(granted)
    )
    return "".join(rows).encode()


def granted_from_lines(data: bytes) -> frozenset[Entitlement]:
    return frozenset(from_json(json.loads(row)) for row in data.decode().split("\n") if row)


def instants_to_json(instants: Mapping[str, datetime]) -> dict[str, str]:
    return {name: format_instant(at) for name, at in instants.items()}


def instants_from_json(parts: dict[str, str]) -> dict[str, datetime]:
    """Raises ValueError, TypeError or AttributeError for anything `instants_to_json` would not write."""
    return {name: parse_instant(at) for name, at in parts.items()}


def _instant(text: str | None) -> datetime | None:
    return parse_instant(text) if text else None
