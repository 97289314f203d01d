"""Answers about effective access as JSON values; `schemas/output/who.schema.json` and `why.schema.json` describe them."""

from __future__ import annotations

from typing import Any

from reconciler.model import names
from reconciler.model.access import EVERYBODY, Answer, Explanation, Holder, Way
from reconciler.model.instants import format_instant
from reconciler.model.privileges import Privilege, to_json
from reconciler.render import as_json

LIMITS = (
    "SYSDBA and its kin",
    "views and code that lend their owner's rights",
    "other people's passwords",
    "row policies and redaction",
)
"""What no answer takes into account."""


def question(privilege: Privilege, grantee: str = "") -> dict[str, Any]:
    parts = {
        "text": str(privilege),
        "kind": privilege.kind.value,
        "privilege": privilege.name,
        "owner": privilege.owner,
        "object": privilege.object,
        "column": privilege.column,
        "on": privilege.on,
    }
    return ({"grantee": grantee} if grantee else {}) | parts


def answer(found: Answer) -> dict[str, Any]:
    return {
        "target": found.target,
        "failed": False,
        "at": format_instant(found.at),
        "answered": found.answered,
        "complete": found.complete,
        "holders": [holder(row) for row in found.holders],
        "findings": as_json.diagnostics(found.findings),
    }


def holder(found: Holder) -> dict[str, Any]:
    kind = "role" if found.is_role else "user"
    return {
        "name": found.name,
        "kind": "everybody" if found.name == EVERYBODY else kind,
        "oracle_maintained": found.oracle_maintained,
        "status": found.status,
        "can_log_on": found.can_log_on,
        "enabling": found.enabling.value,
        "has": found.has.value,
        "ways": [way(row) for row in found.ways],
    }


def way(found: Way) -> dict[str, Any]:
    """One way. `steps` are for people, the other fields for programs."""
    held = found.held
    return {
        "steps": steps(found),
        "through": list(found.through),
        "grant": to_json(held.entitlement) if held else None,
        "grantor": held.grantor if held else "",
        "view": found.view,
        "columns": list(found.columns),
        "client": found.client,
        "enabling": found.enabling.value,
        "role_to_enable": found.role,
        "explained_by": _explanation(found.explained_by),
    }


def steps(found: Way) -> list[str]:
    """The way as people write its steps: the grantee, whom it logs on as, PUBLIC and roles, the grant at the end."""
    client = [f"logged on as {names.display(found.client)}"] if found.client else []
    passed = [
        EVERYBODY if step == EVERYBODY else f"role {names.display(step)}" for step in found.through
    ]
    end = found.end if found.held else "owns it"
    return [names.display(found.grantee), *client, *passed, end]


def _explanation(found: Explanation | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "kind": found.kind.value,
        "name": found.name,
        "end": format_instant(found.end) if found.end else None,
    }
