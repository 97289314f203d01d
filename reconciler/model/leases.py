"""Leases: one access request on one target, with a start and an end."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.model import names
from reconciler.model.diagnostics import Origin
from reconciler.model.identities import NO_LIMITS, ROLE_ONLY, ColumnView, Ending, SessionLimits
from reconciler.model.privileges import Entitlement


class Phase(enum.StrEnum):
    """Where a lease stands at one instant, from documents and ledger alone."""

    PENDING = "pending"  # starts later
    ACTIVE = "active"  # must be in force now
    ENDING = "ending"  # must not be in force any more, and no receipt closed it yet
    CLOSED = "closed"  # ended with a receipt, or lapsed: never comes back


class EndReason(enum.StrEnum):
    """Why a lease must end."""

    EXPIRED = "expired"
    ENDED_BY_EDIT = "ended-by-edit"
    DOCUMENT_REMOVED = "document-removed"
    LAPSED = "lapsed"  # its window was over before it was ever granted
    ORPHAN = "orphan"  # a lease role that no document and no ledger entry explains
    DONE = "done"  # the requester handed it back by command
    REVOKED = "revoked"  # an operator ended it by command
    EMERGENCY = "emergency-stop"  # an operator ended all of a person or of a target
    REMOVED_OUTSIDE = "removed-outside"  # somebody took its role away in the database


BY_COMMAND = frozenset({EndReason.DONE, EndReason.REVOKED, EndReason.EMERGENCY})
"""Ends that no document asked for, so that documents may go on asking for the lease until somebody edits them."""


@dataclass(frozen=True, slots=True)
class Lease:
    """What documents and ledger say of one lease.

    `start` and `end` are UTC; both are None only for a duration that counts from an activation that has not happened (`duration` then says how long).
    `entitlements` are what the lease role must hold (their grantee is the role). `origin` is the request document, None when it is gone.
    """

    id: str
    target: str
    phase: Phase
    grantee: str
    requester: str
    entitlements: frozenset[Entitlement]
    start: datetime | None
    end: datetime | None
    duration: timedelta | None = None
    end_reason: EndReason | None = None
    origin: Origin | None = None
    ending: Ending = ROLE_ONLY
    session: SessionLimits = NO_LIMITS

    @property
    def role(self) -> str:
        return names.lease_role(self.id)


class RecordStatus(enum.StrEnum):
    """What the ledger knows of a lease."""

    GRANTED = "granted"
    ENDED = "ended"
    LAPSED = "lapsed"
    REVOKED_BUT_EFFECTIVE = "revoked-but-effective"
    NOT_PROVED = (
        "not-proved"  # given up because its target is gone; only its deadline could have ended it
    )


@dataclass(frozen=True, slots=True)
class LeaseRecord:
    """The ledger's last word on one lease. `first_start` never changes once written: caps count from it. Instants in UTC. `views` are the column views
    that its entitlements name, because the views themselves go. `extensions` counts how often an edit moved its end later."""

    id: str
    target: str
    status: RecordStatus
    grantee: str
    requester: str
    first_start: datetime
    end: datetime
    entitlements: frozenset[Entitlement]
    path: str
    ended_at: datetime | None = None
    end_reason: EndReason | None = None
    ending: Ending = ROLE_ONLY
    views: tuple[ColumnView, ...] = ()
    extensions: int = 0

    @property
    def is_closed(self) -> bool:
        return self.status in (RecordStatus.ENDED, RecordStatus.LAPSED, RecordStatus.NOT_PROVED)


@dataclass(frozen=True, slots=True)
class PastLease:
    """What the ledger's index of people keeps of a lease, in force or over."""

    id: str
    first_start: datetime
    end: datetime
    status: RecordStatus
    ended_at: datetime | None = None
    end_reason: EndReason | None = None
    extensions: int = 0
