"""Evidence of reviews on the audit branch: how far the protected branch was judged, and for each change what was said of it and what came of that.

Reading is strict: whoever can push the branch must not be able to write an approval that nothing but this reading believes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from reconciler.ledger import codec, layout
from reconciler.ledger.store import Ledger
from reconciler.model.approvals import (
    ApprovalRecord,
    ApprovalsState,
    ChangeSet,
    Contributor,
    Held,
    Opinion,
    Review,
    Verdict,
)
from reconciler.model.errors import LedgerError
from reconciler.model.instants import format_instant, parse_instant
from reconciler.model.policies import EvidenceKind

T = TypeVar("T")
_OBJECT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_FILE = re.compile(r"([0-7]{1,6}:)?[0-9a-f]{40}([0-9a-f]{24})?")
_DAMAGE = (KeyError, TypeError, ValueError, AttributeError, RecursionError)


def state(ledger: Ledger) -> ApprovalsState | None:
    """How far the branch was judged, None before the first time. Raises LedgerError."""
    return _read(ledger, layout.approvals_state(), state_from_json)


def approval(ledger: Ledger, request: str) -> ApprovalRecord | None:
    """How the request was approved, None when it never was. Raises LedgerError."""
    return _read(ledger, layout.approval(request), record_from_json)


def approved(ledger: Ledger) -> tuple[str, ...]:
    """The names of the requests that the ledger has an approval of."""
    return tuple(sorted(ledger.names(layout.approvals())))


def evidence(ledger: Ledger, commit: str) -> Mapping[str, Any] | None:
    """What was recorded of the change that ends with the commit: `change`, `seen_at`, `verdicts` as JSON values. Raises LedgerError."""
    return _read(ledger, layout.evidence(commit), dict)


def _read(ledger: Ledger, path: str, decode: Callable[[Any], T]) -> T | None:
    data = ledger.file(path, layout.APPROVALS)
    if data is None:
        return None
    try:
        return decode(json.loads(data))
    except _DAMAGE as error:
        raise LedgerError(
            "ledger.damaged",
            f"{path} on {ledger.reference} cannot be read: {error}",
            hint="compare with the last good commit of the branch; nothing is granted until it reads",
        ) from None


def state_to_json(value: ApprovalsState) -> dict[str, Any]:
    return {
        "baseline": value.baseline,
        "judged": value.judged,
        "held": {
            path: {
                "refused": row.refused,
                "approved": row.approved,
                "commit": row.commit,
                "why": list(row.why),
            }
            for path, row in sorted(value.held.items())
        },
    }


def state_from_json(parts: Any) -> ApprovalsState:
    held = {str(path): _held(row) for path, row in parts["held"].items()}
    return ApprovalsState(_object(parts["baseline"]), _object(parts["judged"]), held)


def _held(row: Any) -> Held:
    refused, approved = (_file(row[key]) for key in ("refused", "approved"))
    return Held(refused, approved, _object(row["commit"]), tuple(map(str, row["why"])))


def record_to_json(value: ApprovalRecord) -> dict[str, Any]:
    return {
        "request": value.request,
        "path": value.path,
        "blob": value.blob,
        "commit": value.commit,
        "seen_at": format_instant(value.seen_at),
        "merged_at": _instant(value.merged_at),
        "by": list(value.by),
        "risk": value.risk,
        "access": value.access,
        "kind": value.kind.value,
    }


def record_from_json(parts: Any) -> ApprovalRecord:
    return ApprovalRecord(
        request=str(parts["request"]),
        path=str(parts["path"]),
        blob=_object(parts["blob"]),
        commit=_object(parts["commit"]),
        seen_at=parse_instant(parts["seen_at"]),
        merged_at=_at(parts["merged_at"]),
        by=tuple(map(str, parts["by"])),
        risk=int(parts["risk"]),
        access=str(parts["access"]),
        kind=EvidenceKind(parts["kind"]),
    )


def change_to_json(value: ChangeSet) -> dict[str, Any]:
    return {
        "kind": value.kind.value,
        "commit": value.commit,
        "parent": value.parent,
        "head": value.head,
        "number": value.number,
        "url": value.url,
        "opened_at": _instant(value.opened_at),
        "merged_at": _instant(value.merged_at),
        "merged_by": value.merged_by,
        "contributors": [row._asdict() for row in value.contributors],
        "reviews": [
            {**row._asdict(), "opinion": row.opinion.value, "at": format_instant(row.at)}
            for row in value.reviews
        ],
        "files": dict(sorted(value.files.items())),
        "problems": list(value.problems),
    }


def change_from_json(parts: Any) -> ChangeSet:
    """Raises KeyError, TypeError or ValueError for anything `change_to_json` would not write."""
    return ChangeSet(
        kind=EvidenceKind(parts["kind"]),
        commit=_object(parts["commit"]),
        parent=_object(parts["parent"]),
        head=_object(parts["head"]) if parts["head"] else "",
        number=int(parts["number"]),
        url=str(parts["url"]),
        opened_at=_at(parts["opened_at"]),
        merged_at=_at(parts["merged_at"]),
        merged_by=str(parts["merged_by"]),
        contributors=tuple(
            Contributor(row["login"], row["email"]) for row in parts["contributors"]
        ),
        reviews=tuple(_review(row) for row in parts["reviews"]),
        files={str(path): str(blob) for path, blob in parts["files"].items()},
        problems=tuple(map(str, parts["problems"])),
    )


def _review(row: Any) -> Review:
    return Review(
        str(row["login"]),
        Opinion(row["opinion"]),
        parse_instant(row["at"]),
        str(row["commit"]),
        str(row["problem"]),
        str(row["proof"]),
    )


def verdict_to_json(value: Verdict) -> dict[str, Any]:
    """The public form of a judgement: everything that it rests on besides the change itself."""
    return {
        "path": value.path,
        "approved": value.is_approved,
        "pre_approved": value.is_pre_approved,
        "by": [_counted(row.person, row.deputy_for) for row in value.counted],
        "not_counted": [
            {"login": row.review.login, "person": row.person, "rule": row.rule, "why": row.message}
            for row in value.not_counted
        ],
        "missing": list(value.missing),
        "refusals": [{"rule": rule, "why": why} for rule, why in value.refusals],
        "asked": [
            {
                "policy": chain.policy,
                "place": str(chain.origin),
                "steps": [[group.words for group in step.groups] for step in chain.steps],
            }
            for chain in value.chains
        ],
        "risk": [point._asdict() for point in value.risk.points],
        "policy_digest": value.policy_digest,
    }


def _counted(person: str, deputy_for: str) -> dict[str, str]:
    return {"person": person, **({"deputy_for": deputy_for} if deputy_for else {})}


def dump(value: Any) -> bytes:
    return codec.dump(value)


def _object(text: Any) -> str:
    if not isinstance(text, str) or not _OBJECT.fullmatch(text):
        raise ValueError(f"{text!r} names no object of git")
    return text


def _file(text: Any) -> str:
    """The blob of a file, empty for none; what is no regular file has its mode before it."""
    if text == "":
        return ""
    if not isinstance(text, str) or not _FILE.fullmatch(text):
        raise ValueError(f"{text!r} names no file of git")
    return text


def _instant(at: datetime | None) -> str | None:
    return format_instant(at) if at else None


def _at(text: Any) -> datetime | None:
    return parse_instant(text) if text else None
