"""Plans and results as JSON values: the machine-readable output and the saved plan.

`schemas/output/` describes them; a new key goes into the schema with it, a key that goes or changes its meaning raises
`format_version`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from reconciler.model.changes import (
    ArmDeadline,
    Cascade,
    Change,
    CreateColumnView,
    CreateLeaseRole,
    CreateProfile,
    DropColumnView,
    DropDeadline,
    DropLeaseRole,
    DropProfile,
    Grant,
    MoveDeadline,
    Narrow,
    Revoke,
    SetLogonNetworks,
    effect_line,
)
from reconciler.model.diagnostics import Diagnostic, Origin
from reconciler.model.instants import format_instant
from reconciler.model.plan import Brake, Drift, Plan
from reconciler.model.privileges import to_json
from reconciler.model.results import ChangeOutcome, Execution


def origin(found: Origin | None) -> dict[str, Any] | None:
    return {"path": found.path, "line": found.line, "column": found.column} if found else None


def diagnostic(found: Diagnostic) -> dict[str, Any]:
    return {
        "rule": found.rule,
        "severity": found.severity.value,
        "message": found.message,
        "hint": found.hint,
        "origin": origin(found.origin),
        "related": [origin(row) for row in found.related],
    }


def diagnostics(found: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    return [diagnostic(row) for row in found]


def error(found: Sequence[Diagnostic], exit_code: int) -> dict[str, Any]:
    """What ended a command, which is the last of the findings, and all of them."""
    cause = found[-1]
    return {
        "rule": cause.rule,
        "message": cause.message,
        "hint": cause.hint,
        "exit_code": exit_code,
        "findings": diagnostics(found),
    }


def _cascade(found: Cascade) -> dict[str, Any]:
    return {
        "entitlement": to_json(found.entitlement),
        "grantor": found.grantor,
        "kept": found.kept,
    }


def change(found: Change) -> dict[str, Any]:
    """`effect` is what the digest covers."""
    kind, *parts = effect_line(found).split("\t")
    row: dict[str, Any] = {
        "kind": kind,
        "cause": found.cause.value,
        "lease": found.lease_id,
        "origin": origin(found.origin),
        "effect": parts,
    }
    if isinstance(found, Revoke | Narrow):
        row["cascades"] = [_cascade(along) for along in found.cascades]
    match found:
        case Grant(entitlement=entitlement) | Revoke(entitlement=entitlement):
            row["entitlement"] = to_json(entitlement)
        case Narrow(revoke=revoke, keep=keep):
            row |= {"entitlement": to_json(revoke), "keep": [to_json(kept) for kept in keep]}
        case CreateLeaseRole() | ArmDeadline() | MoveDeadline() | DropDeadline() | DropLeaseRole():
            row["role"] = found.role
        case CreateColumnView(view=view):
            row["view"] = {
                "name": view.name,
                "owner": view.owner,
                "object": view.object,
                "columns": list(view.columns),
            }
        case DropColumnView(name=name):
            row["view"] = {"name": name}
        case CreateProfile(profile=profile):
            row["profile"] = profile.name
        case DropProfile(name=name):
            row["profile"] = name
        case SetLogonNetworks(user=user, networks=networks):
            row |= {"user": user, "networks": list(networks)}
        case _:
            row["user"] = found.user
    return row


def drift(found: Drift) -> dict[str, Any]:
    return {
        "kind": found.kind.value,
        "entitlement": to_json(found.entitlement),
        "grantor": found.grantor,
        "origin": origin(found.origin),
    }


def brake(found: Brake) -> dict[str, Any]:
    return {
        "limit": found.limit,
        "allowed": found.allowed,
        "found": found.found,
        "grantee": found.grantee,
    }


def plan(found: Plan, statements: Sequence[str]) -> dict[str, Any]:
    """One target's plan and the SQL that it comes to. `at` is information: the digest does not cover it."""
    return {
        "target": found.target,
        "mode": found.mode.value,
        "commit": found.commit,
        "at": format_instant(found.at),
        "database": {
            "name": found.database.name,
            "dbid": found.database.dbid,
            "container": found.database.container,
            "version": found.database.version,
        },
        "digest": found.digest,
        "changes": [change(row) for row in found.changes],
        "statements": list(statements),
        "drift": [drift(row) for row in found.drift],
        "brakes": [brake(row) for row in found.brakes],
        "findings": diagnostics(found.findings),
    }


def outcome(found: ChangeOutcome) -> dict[str, Any]:
    return change(found.change) | {
        "status": found.status.value,
        "ora": found.ora,
        "message": found.message,
        "hint": found.hint,
    }


def execution(found: Execution | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "outcomes": [outcome(row) for row in found.outcomes],
        "statements": found.statements,
        "round_trips": found.round_trips,
        "interrupted": found.interrupted,
    }
