"""A review as JSON, as schemas/output/review.schema.json describes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from reconciler.model.approvals import NeededChain, Verdict
from reconciler.model.classification import Reached
from reconciler.model.instants import format_duration, format_instant
from reconciler.model.results import AccessPath
from reconciler.model.review import AccessDifference, AccessReview, Review, TargetReview
from reconciler.render import as_json


def review(found: Review, verdict: str) -> dict[str, Any]:
    """`verdict` is the headline."""
    return {
        "base": found.base,
        "head": found.head,
        "at": format_instant(found.at),
        "digest": found.digest,
        "verdict": verdict,
        "missing": list(found.missing),
        "changes": [
            {"path": row.path, "kind": row.kind, "action": row.action.value}
            for row in found.changes
        ],
        "findings": as_json.diagnostics(found.invalid),
        "refused": as_json.diagnostics(found.refused),
        "remarks": as_json.diagnostics(found.remarks),
        "access": [_access(row) for row in found.access],
        "documents": [
            {
                "path": row.change.path,
                "kind": row.change.kind,
                "action": row.change.action.value,
                "approval": _verdict(row.verdict),
            }
            for row in found.documents
        ],
        "targets": [_target(row) for row in found.targets],
        "forecast": _forecast(found),
    }


def _access(row: AccessReview) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "name": row.name,
        "target": row.target,
        "path": row.path,
        "action": row.action.value,
        "ends_only": row.ends_only,
        "person": row.person,
        "grantees": list(row.grantees),
        "reason": row.reason,
        "ticket": row.ticket,
        "access": list(row.access),
        "start": _instant(row.times.start),
        "end": _instant(row.times.end),
        "length": format_duration(row.times.length) if row.times.length else None,
        "begins": row.begins,
        "review_by": row.review_by or None,
        "edits": list(row.edits),
        "at_end": list(row.at_end),
        "effect": _difference(row.difference) if row.difference else None,
        "sensitive": [_reached(one) for one in row.reached],
        "risk": {
            "total": row.verdict.risk.total,
            "points": [
                {"factor": point.factor, "points": point.points, "reason": point.reason}
                for point in row.verdict.risk.points
            ],
        },
        "approval": _verdict(row.verdict),
        "findings": as_json.diagnostics(row.findings),
        "statements": list(row.statements),
    }


def _instant(at: datetime | None) -> str | None:
    return format_instant(at) if at else None


def _difference(found: AccessDifference) -> dict[str, Any]:
    return {
        "gained": list(map(str, found.gained)),
        "held": [_path(path) for path in found.held],
        "left_after": [_path(path) for path in found.left_after],
        "overlaps": [
            {
                "lease": row.lease_id,
                "privileges": list(map(str, row.privileges)),
                "end": _instant(row.end),
            }
            for row in found.overlaps
        ],
    }


def _path(path: AccessPath) -> dict[str, Any]:
    return {
        "privilege": str(path.privilege),
        "through": list(path.through),
        "explained_by": path.explained_by or None,
    }


def _reached(row: Reached) -> dict[str, Any]:
    return {
        "column": str(row.column),
        "level": row.level.value,
        "category": row.category,
        "classification": row.classification,
        "through": list(row.through),
        "certain": row.certain,
        "writes": row.writes,
    }


def _verdict(found: Verdict) -> dict[str, Any]:
    return {
        "approved": found.is_approved,
        "missing": list(found.missing),
        "refusals": [{"rule": rule, "message": message} for rule, message in found.refusals],
        "counted": [
            {
                "person": row.person,
                "deputy_for": row.deputy_for or None,
                "at": format_instant(row.review.at),
            }
            for row in found.counted
        ],
        "not_counted": [{"rule": row.rule, "message": row.message} for row in found.not_counted],
        "chains": [_chain(chain) for chain in found.chains],
    }


def _chain(chain: NeededChain) -> dict[str, Any]:
    return {
        "policy": chain.policy,
        "evidence": chain.evidence.value,
        "steps": [
            [
                {"words": group.words, "least": group.least, "people": sorted(group.people)}
                for group in step.groups
            ]
            for step in chain.steps
        ],
    }


def _target(row: TargetReview) -> dict[str, Any]:
    return {
        "target": row.target,
        "snapshot_at": _instant(row.snapshot_at),
        "database": row.database or None,
        "digest": row.digest or None,
        "statements": list(row.statements),
        "spared": list(row.spared),
        "findings": as_json.diagnostics(row.findings),
    }


def _forecast(found: Review) -> dict[str, Any] | None:
    if found.forecast_at is None:
        return None
    rows = [
        {
            "target": row.target,
            "lease": row.lease_id,
            "state": row.state,
            "start": format_instant(row.start),
            "end": format_instant(row.end),
        }
        for row in found.forecast
    ]
    return {"at": format_instant(found.forecast_at), "leases": rows}
