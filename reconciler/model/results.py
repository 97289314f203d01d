"""What execution and proof gave."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.model.changes import Change
from reconciler.model.leases import EndReason
from reconciler.model.privileges import Entitlement, Privilege
from reconciler.model.snapshot import DatabaseSession


class Status(enum.StrEnum):
    DONE = "done"
    ALREADY = "already"  # Oracle says it was so before: success for a revoke
    FAILED = "failed"
    SKIPPED = "skipped"  # something it depends on failed


@dataclass(frozen=True, slots=True)
class ChangeOutcome:
    """`ora` is Oracle's number, 0 without an error; `message` Oracle's text or why it was skipped; `hint` what to do next."""

    change: Change
    status: Status
    ora: int = 0
    message: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Execution:
    """`outcomes` are in the plan's order. `interrupted` says that the connection or the user ended it early."""

    outcomes: tuple[ChangeOutcome, ...]
    statements: int
    round_trips: int
    interrupted: str = ""

    @property
    def failed(self) -> tuple[ChangeOutcome, ...]:
        return tuple(
            found for found in self.outcomes if found.status in (Status.FAILED, Status.SKIPPED)
        )


@dataclass(frozen=True, slots=True)
class AccessPath:
    """One way a grantee still has a privilege: `through` are the steps from the grantee, such as ("HR_READER", "SELECT on HR.EMPLOYEES") or
    ("PUBLIC", ...); `explained_by` names the standing grant or active lease that wants it, empty when nothing does."""

    privilege: Privilege
    through: tuple[str, ...]
    explained_by: str = ""


class Verdict(enum.StrEnum):
    ENDED = "ended"
    REVOKED_BUT_EFFECTIVE = "revoked-but-effective"
    NOT_ENDED = "not-ended"  # the role or one of its privileges is still there


class EndedBy(enum.StrEnum):
    DEADLINE = "deadline"
    RECONCILER = "reconciler"
    OUTSIDE = "outside"  # somebody else removed it


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof after the end of a lease: access recomputed over every path, live sessions listed. Instants in UTC, from the database clock.

    `note` says what the end left although nobody can use it, such as a locked user whose drop is blocked.
    `lag` is how long after the due end the access really ended, None when that is not known.
    """

    lease_id: str
    target: str
    grantee: str
    role: str
    reason: EndReason
    ended_by: EndedBy
    due: datetime | None
    verified_at: datetime
    ended_at: datetime | None
    verdict: Verdict
    entitlements: tuple[Entitlement, ...]
    paths: tuple[AccessPath, ...] = ()
    sessions: tuple[DatabaseSession, ...] = ()
    note: str = ""

    @property
    def lag(self) -> timedelta | None:
        if self.due is None or self.ended_at is None or self.reason is not EndReason.EXPIRED:
            return None
        return max(self.ended_at - self.due, timedelta(0))
