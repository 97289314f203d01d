"""What a pull request changes, and what its reviewers are told of it. Texts are as documents and databases have them: who prints them escapes them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from reconciler.model.approvals import Verdict
from reconciler.model.classification import Reached
from reconciler.model.diagnostics import Diagnostic, has_errors
from reconciler.model.exit_codes import ExitCode, worst
from reconciler.model.privileges import Privilege
from reconciler.model.results import AccessPath


class Action(enum.StrEnum):
    """What happens to a file."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class DocumentChange(NamedTuple):
    """A file that a pull request or a merge touches. `path` is from the root of the repository; `kind` that of the document in it, empty for a file that
    is no document or does not tell. A file whose kind changes is two changes: one document goes and another comes."""

    path: str
    kind: str
    action: Action


class Overlap(NamedTuple):
    """Another lease of the same grantee that gives some of the same. `end` is UTC, None when it is not known."""

    lease_id: str
    privileges: tuple[Privilege, ...]
    end: datetime | None


@dataclass(frozen=True, slots=True)
class AccessDifference:
    """What access comes to in effect. `gained`: nothing else gives it to the grantee. `held`: something else does, and goes on doing so when this ends,
    unless `explained_by` names a lease that ends too. `overlaps` are other leases that give some of it."""

    gained: tuple[Privilege, ...] = ()
    held: tuple[AccessPath, ...] = ()
    overlaps: tuple[Overlap, ...] = ()

    @property
    def left_after(self) -> tuple[AccessPath, ...]:
        """What stays after the end although no document wants it: the receipt would say so."""
        return tuple(path for path in self.held if not path.explained_by)


@dataclass(frozen=True, slots=True)
class Times:
    """From when to when. `start` is None when access begins as soon as it is merged and run, `end` when it then counts from there or never comes;
    `length` is None when it has no end. UTC."""

    start: datetime | None = None
    end: datetime | None = None
    length: timedelta | None = None


@dataclass(frozen=True, slots=True)
class AccessReview:
    """One document that gives access, on one target. `kind` is AccessRequest, StandingGrant or BreakGlass; `person` who asks or answers for it;
    `grantees` who gets it in the database. `edits` say what is different from before. `difference` is None without a
    snapshot. `ends_only`: nobody gets anything by it. `begins` says what access without a written start waits for, `at_end` what goes when it ends."""

    kind: str
    name: str
    target: str
    path: str
    action: Action
    person: str
    grantees: tuple[str, ...]
    reason: str
    ticket: str
    access: tuple[str, ...]
    times: Times
    verdict: Verdict
    begins: str = ""
    edits: tuple[str, ...] = ()
    at_end: tuple[str, ...] = ()
    difference: AccessDifference | None = None
    reached: tuple[Reached, ...] = ()
    findings: tuple[Diagnostic, ...] = ()
    statements: tuple[str, ...] = ()
    ends_only: bool = False
    review_by: str = ""


@dataclass(frozen=True, slots=True)
class DocumentReview:
    """A changed document that gives no access by itself, and who has to approve it."""

    change: DocumentChange
    name: str
    verdict: Verdict


class ForecastRow(NamedTuple):
    """Where a lease will stand. `state` is `not begun`, `in force` or `over`."""

    target: str
    lease_id: str
    state: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class TargetReview:
    """What the change does to one target. `snapshot_at` is when the database was last looked at (its own clock), None when the ledger has no snapshot: then
    nothing is known about it. `statements` run because of the change, `rest` are those of them that belong to no document that is reviewed by itself; `spared`
    no longer run because of it. `digest` covers the database and the effects
    of what runs."""

    target: str
    snapshot_at: datetime | None = None
    database: str = ""
    digest: str = ""
    statements: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()
    findings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """All that reviewers see. `base` and `head` are commits, `at` when it was made (UTC). `invalid` are findings in documents, `refused` what no review can
    mend, `remarks` what else is to be known. `digest` covers every byte of the changed files and the effects on all targets."""

    base: str
    head: str
    at: datetime
    changes: tuple[DocumentChange, ...]
    digest: str
    invalid: tuple[Diagnostic, ...] = ()
    refused: tuple[Diagnostic, ...] = ()
    remarks: tuple[Diagnostic, ...] = ()
    access: tuple[AccessReview, ...] = ()
    documents: tuple[DocumentReview, ...] = ()
    targets: tuple[TargetReview, ...] = ()
    forecast_at: datetime | None = None
    forecast: tuple[ForecastRow, ...] = ()

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        return (*(row.verdict for row in self.access), *(row.verdict for row in self.documents))

    @property
    def missing(self) -> tuple[str, ...]:
        """Who still has to approve, each group once."""
        return tuple(dict.fromkeys(line for row in self.verdicts for line in row.missing))

    def exit_code(self, *, require_approval: bool) -> ExitCode:
        """Approvals that are missing are no failure, unless they are required."""
        codes = [ExitCode.INVALID] if has_errors(self.invalid) else []
        open_or_barred = any(not verdict.is_approved for verdict in self.verdicts)
        if has_errors(self.refused) or (require_approval and open_or_barred):
            codes.append(ExitCode.REFUSED)
        return worst(codes)
