"""Where things are on the audit branch. Journals are never changed once written; state files are the last word and could be derived from them."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

BRANCH = "audit"
STATES = "state"
APPROVALS = "_approvals"
"""In the place of a target: evidence of reviews is about the repository. No target can be called so."""


def journals(target: str) -> str:
    """The folder of all journals of a target."""
    return f"audit/{target}"


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


def people(target: str) -> str:
    return f"{state(target)}/people"


def person(target: str, requester: str) -> str:
    """The leases of one requester. A record may name whom it likes; a path may not."""
    return f"{people(target)}/{quote(requester, safe='')}.json"


def sealed(target: str, name: str) -> str:
    """A sealed password: `name` is a lease's id, or from `service` or `next_of_service`."""
    return f"{state(target)}/sealed/{name}.age"


def service(user: str) -> str:
    """A user's name may hold anything but a double quote; a path may not."""
    return f"services/{quote(user, safe='')}"


def next_of_service(user: str) -> str:
    """The password that is about to be set."""
    return f"{service(user)}.next"


def rotated(target: str) -> str:
    return f"{state(target)}/rotated.json"


def openings(target: str) -> str:
    return f"{state(target)}/break-glass"


def opening(target: str, lease_id: str) -> str:
    return f"{openings(target)}/{lease_id}.json"


def granted(target: str) -> str:
    return f"{state(target)}/granted.jsonl"


def intent(target: str) -> str:
    return f"{state(target)}/intent.json"


def drift(target: str) -> str:
    return f"{state(target)}/drift.json"


def approvals_state() -> str:
    return f"{state(APPROVALS)}/state.json"


def approvals() -> str:
    """The folder of what approved each request."""
    return f"{state(APPROVALS)}/requests"


def approval(request: str) -> str:
    return f"{approvals()}/{request[:2]}/{request}.json"


def evidence(commit: str) -> str:
    """Of the change whose last commit on the protected branch it is."""
    return f"{state(APPROVALS)}/evidence/{commit[:2]}/{commit}.json"


SNAPSHOT = "snapshot.jsonl"


def snapshot(target: str) -> str:
    """What the database held when somebody last looked; it says nothing of what was granted."""
    return f"{state(target)}/{SNAPSHOT}"
