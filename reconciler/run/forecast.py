"""Plans that no run will carry out: from the snapshot in the ledger instead of a database, and for a later instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from reconciler.desired.objects import reading
from reconciler.model import names
from reconciler.model.diagnostics import Diagnostic, Severity, ordered
from reconciler.model.documents import Target
from reconciler.model.errors import InvalidInputError
from reconciler.model.instants import (
    InvalidTimeError,
    format_instant,
    parse_duration,
    parse_instant,
)
from reconciler.model.leases import Lease
from reconciler.model.snapshot import RecordedSnapshot
from reconciler.run.target import Survey, planned
from reconciler.run.workspace import Workspace

_LATER = frozenset({"lease.lapsed", "deadline.missed"})
"""Findings about what no run did in time: at a later instant they would be about runs and deadlines that are still to come."""


def offline(workspace: Workspace, target: Target) -> tuple[Survey, RecordedSnapshot]:
    """The plan from the snapshot in the ledger, as of its instant. No database and no password is needed; live sessions are not known.

    Raises LedgerError; InvalidInputError when no run has kept a snapshot of the target yet.
    """
    recorded = workspace.ledger.snapshot(target.name)
    if recorded is None:
        raise InvalidInputError(
            "snapshot.none",
            f"the ledger has no snapshot of {target.name}",
            hint="a run keeps one: reconciler reconcile --target "
            f"{target.name}; in a fresh clone, git fetch origin audit brings those of the others",
        )
    found = planned(workspace, target, recorded.snapshot)
    wanted = reading(workspace.documents, target).schemas
    return _with_unread(found, wanted - recorded.snapshot.known_schemas), recorded


def _with_unread(found: Survey, schemas: frozenset[str]) -> Survey:
    """A document that names a schema for the first time has patterns that stand for nothing yet: that is no mistake of its author's."""
    if not schemas:
        return found
    shown = ", ".join(map(names.display, sorted(schemas)))
    finding = Diagnostic(
        "snapshot.not-read",
        f"the snapshot of {found.target.name} does not have the objects of {shown}, which no document named when it was made:"
        " what documents name in there is not checked, and patterns stand for nothing",
        severity=Severity.WARNING,
        hint="a plan with the database tells; from the next run on the snapshot has them",
    )
    findings = [
        replace(row, severity=Severity.WARNING) if row.rule == "lease.nothing" else row
        for row in found.plan.findings
    ]
    return replace(found, plan=replace(found.plan, findings=ordered((*findings, finding))))


def instant_of(text: str, now: datetime) -> datetime:
    """What --at says: an instant, or `+14d` for so long after `now`, the clock of the database. Raises InvalidInputError, also for what is over by then."""
    try:
        at = now + parse_duration(text[1:]) if text.startswith("+") else parse_instant(text)
    except InvalidTimeError as error:
        hint = "for example --at 2027-01-31T18:00:00Z or --at +14d"
        raise InvalidInputError("forecast.instant", f"--at: {error}", hint=hint) from None
    except OverflowError:
        raise InvalidInputError("forecast.instant", f"--at {text} is out of range") from None
    if at < now:
        raise InvalidInputError(
            "forecast.past",
            f"--at: {format_instant(at)} is in the past; the clock of the database was at {format_instant(now)}",
            hint="what happened is in the ledger: git log audit",
        )
    return at


def forecast(workspace: Workspace, found: Survey, at: datetime) -> Survey:
    """What a run at a later instant would do, if nothing changed until then and no run came before it. Raises LedgerError."""
    later = planned(workspace, found.target, replace(found.snapshot, at=at))
    over = [lease for lease in later.desired.lapsed if _is_to_come(lease, found)]
    known = set(found.plan.findings)
    findings = [row for row in later.plan.findings if row.rule not in _LATER or row in known]
    findings += map(_over, over)
    return replace(later, plan=replace(later.plan, findings=ordered(findings)))


def _is_to_come(lease: Lease, found: Survey) -> bool:
    return all(row.id != lease.id for row in found.desired.lapsed)


def _over(lease: Lease) -> Diagnostic:
    until = f" at {format_instant(lease.end)}" if lease.end else ""
    return Diagnostic(
        "forecast.over",
        f"lease {lease.id} is over by then{until}: a run before grants it, and its deadline ends it",
        lease.origin,
        Severity.NOTICE,
    )
