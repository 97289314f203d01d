"""What the ledger says of one target, and the events that are appended to it."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from reconciler.model.break_glass import Opening
from reconciler.model.instants import format_instant
from reconciler.model.leases import LeaseRecord
from reconciler.model.privileges import Entitlement


class CommitKind(enum.StrEnum):
    """The kinds of ledger commits; never mixed in one."""

    INTENT = "intent"
    OUTCOME = "outcome"
    DRIFT = "drift"
    SYNC = "sync"
    APPROVAL = "approval"  # evidence of reviews, and the judgement on it


@dataclass(frozen=True, slots=True)
class OpenIntent:
    """A run that wrote its intent and no outcome: it was killed, or it is running now. `effects` are the effect lines of its plan."""

    run_id: str
    at: datetime
    plan_digest: str
    effects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LedgerState:
    """The ledger's view of one target. `granted` are the standing entitlements that we granted and did not revoke. `drift_digest` is that of the drift last
    recorded, empty for none, so that lasting drift is not recorded again each run. `openings` are those of break-glass access, by
    lease. `rotated` says when the password of a service account was last made anew, by user."""

    target: str
    leases: Mapping[str, LeaseRecord] = field(default_factory=dict)
    granted: frozenset[Entitlement] = frozenset()
    open_intent: OpenIntent | None = None
    drift_digest: str = ""
    openings: Mapping[str, Opening] = field(default_factory=dict)
    rotated: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a journal. `data` holds JSON values only, never a secret. `at` is from the database clock, UTC."""

    type: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)

    def to_line(self) -> str:
        """One line of JSON with sorted keys: the same event gives the same bytes."""
        return json.dumps(
            {"type": self.type, "at": format_instant(self.at), **self.data},
            sort_keys=True,
            ensure_ascii=False,
            separators=(",", ":"),
        )
