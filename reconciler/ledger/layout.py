"""Where things are on the audit branch. Journals are never changed once written; state files are the last word and could be derived from them."""

from __future__ import annotations

from datetime import UTC, datetime

BRANCH = "audit"
STATES = "state"


def journal(target: str, at: datetime, run_id: str) -> str:
    """Sharded by target, year and month: no folder grows for ever."""
    month = at.astimezone(UTC).strftime("%Y/%m")
    return f"audit/{target}/{month}/{run_id}.jsonl"


def state(target: str) -> str:
    return f"{STATES}/{target}"


def leases(target: str) -> str:
    return f"{state(target)}/leases"


def lease(target: str, lease_id: str) -> str:
    return f"{leases(target)}/{lease_id[:2]}/{lease_id}.json"


def sealed(target: str, lease_id: str) -> str:
    return f"{state(target)}/sealed/{lease_id}.age"


def granted(target: str) -> str:
    return f"{state(target)}/granted.jsonl"


def intent(target: str) -> str:
    return f"{state(target)}/intent.json"


def drift(target: str) -> str:
    return f"{state(target)}/drift.json"
