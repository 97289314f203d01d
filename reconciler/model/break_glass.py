"""Access prepared for an emergency: what its document says, and what the ledger keeps of each time it was opened."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from reconciler.model.diagnostics import Origin

if TYPE_CHECKING:
    from reconciler.model.documents import Access

LONGEST = timedelta(hours=4)
"""No document of break-glass access may ask for more."""

PREFIX = "bg-"
"""First letters of every lease that an opening makes; no request may be called so."""


@dataclass(frozen=True, slots=True)
class Review:
    """What somebody else found about one opening afterwards."""

    lease: str
    by: str
    on: date
    findings: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class BreakGlass:
    """`openers` and `reviewers` are people and teams. `users` maps a person to the database user who gets the access; for whoever is not in it, it is his
    only one. `seal` is the SHA-256 (hex) of the one-time code that opens it. `notify` is what has to be told to whom at once."""

    name: str
    origin: Origin
    reason: str
    openers: tuple[str, ...]
    users: Mapping[str, str]
    targets: tuple[str, ...]
    targets_origin: Origin
    access: tuple[Access, ...]
    longest: timedelta
    notify: str
    reviewers: tuple[str, ...]
    seal: str
    seal_origin: Origin
    reviews: tuple[Review, ...] = ()

    def review_of(self, opening: Opening) -> Review | None:
        """The review that settles the opening: by somebody who neither opened it nor was it opened for, not before the day it was opened."""
        for found in self.reviews:
            other = found.by not in (opening.person, opening.opened_by)
            if found.lease == opening.lease and other and found.on >= opening.opened_at.date():
                return found
        return None


@dataclass(frozen=True, slots=True)
class Opening:
    """One use of a seal on one target. `person` is who got the access, `opened_by` the person who ran the command where git's address tells, else empty.
    `opened_at` is UTC, from the database clock."""

    lease: str
    target: str
    document: str
    seal: str
    person: str
    user: str
    opened_by: str
    opened_at: datetime
    duration: timedelta
    reason: str
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Openings:
    """All openings that the ledger knows, on every target."""

    known: tuple[Opening, ...] = field(default=())

    def of_seal(self, seal: str) -> tuple[Opening, ...]:
        return tuple(row for row in self.known if row.seal == seal)

    def next_lease(self, document: str) -> str:
        """`bg-<document>-<n>`, with a number that was never used."""
        used = [_number(row) for row in self.known if row.document == document]
        return f"{PREFIX}{document}-{max(used, default=0) + 1}"


def _number(opening: Opening) -> int:
    return int(opening.lease.rpartition("-")[2])


def is_lease(lease_id: str) -> bool:
    """Whether the id is one of an opening."""
    return re.fullmatch(rf"{PREFIX}[a-z0-9]+(-[a-z0-9]+)*-[0-9]+", lease_id) is not None


def document_of(lease_id: str) -> str:
    """The name of the document that the opening's lease belongs to."""
    return lease_id.removeprefix(PREFIX).rpartition("-")[0]


def digest_of(code: str) -> str:
    """What the seal of a code is. Blanks and line ends around the code do not count."""
    return hashlib.sha256(code.strip().encode()).hexdigest()


def fits(code: str, seal: str) -> bool:
    """Whether the code breaks the seal, compared in constant time."""
    return hmac.compare_digest(digest_of(code), seal.lower())
