"""What all ways to show a review share: the verdict in a few words, instants in the reviewer's zone, ages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo

from reconciler.model.diagnostics import Diagnostic, Severity
from reconciler.model.instants import format_duration
from reconciler.model.results import AccessPath
from reconciler.model.review import AccessReview, Action, Review, TargetReview, Times
from reconciler.render.terminal import counted

OLD = timedelta(days=1)
"""A snapshot that is older is said to be so before anything else."""

_KINDS = {
    "AccessRequest": "access",
    "StandingGrant": "standing access",
    "BreakGlass": "break-glass access",
}


def headline(review: Review) -> str:
    """The verdict in a few words."""
    wrong = sum(found.is_error for found in review.invalid)
    if wrong:
        return f"{counted(wrong, 'error')} in the documents"
    refused = sum(found.is_error for found in review.refused)
    if refused:
        return f"refused by policy, for {counted(refused, 'reason')}"
    if any(verdict.refusals for verdict in review.verdicts):
        return "reviews so far cannot approve this"
    if review.missing:
        missing = len(review.missing)
        return "1 approval is missing" if missing == 1 else f"{missing} approvals are missing"
    if any(verdict.counted for verdict in review.verdicts):
        return "approved"
    return "no approval is needed"


def findings(review: Review) -> tuple[Diagnostic, ...]:
    """All findings of a review, each once: errors of documents, what is refused, what else is to be known, and what would fail. That is only a warning: the
    database may have changed since it was looked at."""
    certain = dict.fromkeys((*review.invalid, *review.refused, *review.remarks))
    predicted = [found for row in review.access for found in row.findings]
    predicted += (found for row in review.targets for found in row.findings)
    softened = (
        replace(found, severity=Severity.WARNING) if found.is_error else found
        for found in predicted
        if found not in certain
    )
    return tuple(dict.fromkeys((*certain, *softened)))


def what_happens(row: AccessReview) -> str:
    """`new access`, `standing access changed`, `break-glass access removed`."""
    kind = _KINDS[row.kind]
    if row.action is Action.ADDED and not row.ends_only:
        return f"new {kind}"
    if row.ends_only:
        return f"{kind} ends" if row.kind == "AccessRequest" else f"{kind} removed"
    return f"{kind} changed"


def span(times: Times, zone: tzinfo, begins: str = "") -> str:
    """From when to when in UTC and in the zone, and how long; empty without an end."""
    length = f"for {format_duration(times.length)}" if times.length else ""
    if times.start is not None:
        until = f" until {instant(times.end, zone)}" if times.end else ""
        return f"from {instant(times.start, zone)}{until}" + (f", {length[4:]}" if length else "")
    at_once = begins or "as soon as it is merged and run"
    if times.end is not None:
        return f"{at_once}, until {instant(times.end, zone)}"
    return f"{at_once}, {length}" if length else ""


def instant(at: datetime, zone: tzinfo) -> str:
    """`Tue 2026-12-01 09:00 UTC (10:00 CET)`; the day is told again where it is another one."""
    utc, there = at.astimezone(UTC), at.astimezone(zone)
    text = f"{utc:%a %Y-%m-%d} {_clock(utc)} UTC"
    if there.utcoffset() == timedelta(0):
        return text
    day = "" if there.date() == utc.date() else f"{there:%a %Y-%m-%d} "
    return f"{text} ({day}{_clock(there)} {there.tzname() or zone})"


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"


def age(length: timedelta) -> str:
    """`3 hours`, in the largest unit that fits; what has not come yet is `0 minutes` old."""
    seconds = max(int(length.total_seconds()), 0)
    for size, unit in ((86400, "day"), (3600, "hour")):
        if seconds >= size:
            return counted(seconds // size, unit)
    return counted(seconds // 60, "minute")


def snapshot_words(row: TargetReview, now: datetime, zone: tzinfo) -> str:
    """How old the knowledge of a database is."""
    if row.snapshot_at is None:
        return "no snapshot: what would happen in the database is not known"
    return f"as it was {age(now - row.snapshot_at)} ago, {instant(row.snapshot_at, zone)}"


def is_old(row: TargetReview, now: datetime) -> bool:
    return row.snapshot_at is None or now - row.snapshot_at > OLD


_LONGEST_SHOWN = 5


def statement_lines(statement: str, *, whole: bool) -> Iterator[str]:
    """A statement as SQL*Plus would take it. Unless the `whole` is wanted, a long block is only named: it is the program's own, the same for every lease."""
    lines = statement.split("\n")
    if not whole and len(lines) > _LONGEST_SHOWN:
        yield f"-- here a block of {len(lines)} lines, which makes or moves the job that ends the lease"
        return
    yield from lines[:-1]
    yield lines[-1] if statement.endswith(";") else f"{lines[-1]};"


OWN_GRANT = "a grant of its own"


def path_words(path: AccessPath) -> str:
    """The steps of a way to access; a grant of one's own has none."""
    own = path.through == (str(path.privilege),)
    return OWN_GRANT if own else " -> ".join(path.through)


def listed(words: Iterable[str], most: int) -> Iterator[str]:
    """The first words, and how many more there are."""
    everything = list(words)
    yield from everything[:most]
    if len(everything) > most:
        yield f"and {len(everything) - most} more"
