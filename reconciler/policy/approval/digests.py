"""Digests of what was decided on: the rules, and the access. Equal values give equal digests, whatever the order of mappings and wherever files lie."""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from reconciler.model.documents import AccessRequest, Documents, ManyObjectsAccess, Target
from reconciler.policy.approval.owners import opened


def policy_digest(documents: Documents) -> str:
    """`sha256:...` of the rules by which approvals are judged: policies, people, teams and classifications."""
    return _policy_digest(_Rules(documents))


def access_digest(request: AccessRequest, documents: Documents) -> str:
    """`sha256:...` of what the request comes to: for whom, as whom, what, when and where, with bundles and labels of objects opened.

    The order of its access has no meaning, and neither have its reason and its ticket, which grant nothing.
    """
    targets = [
        target for _, target in sorted(documents.targets.items()) if request.targets.selects(target)
    ]
    access = {_text(item) for item in opened(request.access, documents)}
    value = {
        "requester": request.requester,
        "identity": request.identity,
        "user": request.user,
        "client": request.client,
        "session": request.session,
        "access": access,
        "window": request.window,
        "targets": [(target.name, _labelled(request, target, documents)) for target in targets],
    }
    return _digest("reconciler access 1", value)


class _Rules:
    """Documents that are the same when they hold the very same mappings, so that the digest of many requests' rules is made once."""

    def __init__(self, documents: Documents) -> None:
        self.parts = (
            documents.policies,
            documents.people,
            documents.teams,
            documents.classifications,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Rules) and all(
            mine is theirs for mine, theirs in zip(self.parts, other.parts, strict=True)
        )

    def __hash__(self) -> int:
        return hash(tuple(map(id, self.parts)))


@lru_cache(maxsize=4)
def _policy_digest(rules: _Rules) -> str:
    return _digest("reconciler policy 1", rules.parts)


def _labelled(
    request: AccessRequest, target: Target, documents: Documents
) -> Mapping[str, set[str]]:
    """What the labels of objects that the request names stand for on the target."""
    return {
        item.label: {_text(pattern) for pattern in target.object_labels.get(item.label, ())}
        for item in opened(request.access, documents)
        if isinstance(item, ManyObjectsAccess) and item.label
    }


def _digest(purpose: str, value: object) -> str:
    return "sha256:" + hashlib.sha256(f"{purpose}\n{_text(value)}".encode()).hexdigest()


def _text(value: object) -> str:
    return _written(_plain(value))


def _written(plain: object) -> str:
    return json.dumps(plain, ensure_ascii=True, separators=(",", ":"))


def _plain(value: object) -> Any:
    """The value as JSON can say it, in one way only. Raises TypeError for a type whose meaning is not known here."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str(value.value) if isinstance(value, enum.Enum) else value
    if isinstance(value, datetime):
        return {"instant": value.astimezone(UTC).isoformat()}
    if isinstance(value, timedelta):
        return {"microseconds": value // timedelta(microseconds=1)}
    if isinstance(value, date | time):
        return {type(value).__name__: value.isoformat()}
    if is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: getattr(value, field.name) for field in fields(value)}
        return _record(type(value).__name__, parts)
    return _several(value)


def _several(value: object) -> Any:
    if isinstance(value, Mapping):
        pairs = [[_plain(key), _plain(inner)] for key, inner in value.items()]
        return {"mapping": sorted(pairs, key=_written)}
    if isinstance(value, set | frozenset):
        return {"set": sorted(map(_plain, value), key=_written)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _record(type(value).__name__, value._asdict())
    if isinstance(value, tuple | list):
        return list(map(_plain, value))
    raise TypeError(f"no digest for {type(value).__name__}")


def _record(name: str, parts: Mapping[str, object]) -> Any:
    """Places of documents are not part of what they mean."""
    kept = {key: _plain(inner) for key, inner in parts.items() if not is_place(key)}
    return {name: dict(sorted(kept.items()))}


def is_place(field: str) -> bool:
    """Whether a field of that name holds where something is written: an Origin."""
    return field == "origin" or field.endswith("_origin")
