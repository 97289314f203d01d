"""A policy as a typed value: rules for requests, or, with `documents`, who approves changes of documents (a guard)."""

from __future__ import annotations

import re
from datetime import time, timedelta

from reconciler.documents.approvals import check_guard, read_approvals
from reconciler.documents.loader import Path
from reconciler.documents.parts import SPEC, items, name_of, reason, refuse_twins, selector_at
from reconciler.documents.patterns import read_patterns
from reconciler.documents.reader import Reader
from reconciler.documents.suggestions import did_you_mean
from reconciler.model.documents import TargetSelector
from reconciler.model.instants import format_duration
from reconciler.model.policies import (
    Effect,
    Hours,
    Limits,
    Notice,
    Policy,
    PolicyException,
    RiskWeights,
    Rule,
    Separation,
)
from reconciler.model.policies import PatternKind as Kind

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MIDNIGHT = "24:00"


def policy(reader: Reader) -> Policy:
    return _guard(reader) if reader.at((*SPEC, "documents")) else _for_requests(reader)


def _guard(reader: Reader) -> Policy:
    """It selects no target, so that no request is judged by it."""
    check_guard(reader, (*SPEC, "approvals"))
    return Policy(
        name=name_of(reader),
        origin=reader.origin(),
        targets=TargetSelector((), {}, reader.origin((*SPEC, "documents"))),
        max_duration=timedelta(0),
        requesters=(),
        ticket_pattern="",
        min_reason_length=1,
        forbidden=(),
        approvals=read_approvals(reader, (*SPEC, "approvals")),
        documents=reader.texts((*SPEC, "documents")),
    )


def _for_requests(reader: Reader) -> Policy:
    minimum = reader.at((*SPEC, "minReasonLength"))
    return Policy(
        name=name_of(reader),
        origin=reader.origin(),
        targets=selector_at(reader, (*SPEC, "targets")),
        max_duration=reader.duration((*SPEC, "maxDuration")),
        requesters=reader.texts((*SPEC, "requesters")),
        ticket_pattern=_ticket_pattern(reader),
        min_reason_length=1 if minimum is None else int(minimum),
        forbidden=_forbidden(reader),
        rules=_rules(reader, (*SPEC, "rules")),
        hours=_hours(reader, (*SPEC, "hours")),
        notice=_notice(reader, (*SPEC, "notice")),
        limits=_limits(reader, (*SPEC, "limits")),
        exceptions=tuple(_exception(reader, item) for item in items(reader, (*SPEC, "exceptions"))),
        separations=_separations(reader, (*SPEC, "separations")),
        risk=_risk(reader, (*SPEC, "risk")),
        approvals=read_approvals(reader, (*SPEC, "approvals")),
    )


def _ticket_pattern(reader: Reader) -> str:
    path = (*SPEC, "ticketPattern")
    pattern = reader.text(path)
    if "--" in pattern:
        # inside a class Python reserves it, and says so on stderr
        reader.fail("policy.ticket-pattern", "not a pattern: `--`", path, "Write `-{2}`.")
        return pattern
    try:
        re.compile(pattern)
    except re.error as error:
        reader.fail("policy.ticket-pattern", f"not a pattern: {error.msg}", path)
    return pattern


def _forbidden(reader: Reader) -> tuple[str, ...]:
    """The patterns as texts; roles in the dictionary's spelling."""
    return tuple(
        f"role:{pattern.name}" if pattern.kind is Kind.ROLE else pattern.text
        for pattern in read_patterns(reader, (*SPEC, "forbidden"))
    )


def _rules(reader: Reader, path: Path) -> tuple[Rule, ...]:
    refuse_twins(reader, path, "rule")
    return tuple(_rule(reader, item) for item in items(reader, path))


def _rule(reader: Reader, path: Path) -> Rule:
    effect = Effect(reader.text((*path, "effect")))
    cap = (*path, "maxDuration")
    if effect is Effect.DENY and reader.at(cap) is not None:
        reader.fail(
            "policy.deny-with-cap",
            "a rule that denies has no `maxDuration`: it denies access of any length",
            cap,
            "Write a rule with `effect: allow` and this cap for what may be had for a short time.",
        )
    return Rule(
        name=reader.text((*path, "name")),
        effect=effect,
        access=read_patterns(reader, (*path, "access")),
        origin=reader.origin(path),
        requesters=reader.texts((*path, "requesters")),
        kinds=reader.texts((*path, "kinds")),
        identities=reader.texts((*path, "identities")),
        max_duration=_optional_duration(reader, cap),
    )


def _optional_duration(reader: Reader, path: Path) -> timedelta | None:
    return None if reader.at(path) is None else reader.duration(path)


def _hours(reader: Reader, path: Path) -> Hours | None:
    if reader.at(path) is None:
        return None
    start, end = _time(reader.text((*path, "from"))), _time(reader.text((*path, "to")))
    if end <= start:
        reader.fail(
            "policy.hours-order",
            "`to` is not after `from`",
            (*path, "to"),
            f"Hours lie within one day, which ends at {_MIDNIGHT}.",
        )
    return Hours(
        zone=_zone(reader, (*path, "zone")),
        days=frozenset(_DAYS.index(day) for day in reader.texts((*path, "days"))),
        start=start,
        end=end,
        origin=reader.origin(path),
    )


def _time(text: str) -> time:
    """`24:00` is after every other time of the day."""
    return time.max if text == _MIDNIGHT else time.fromisoformat(text)


def _zone(reader: Reader, path: Path) -> str:
    import zoneinfo

    name = reader.text(path)
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        known = zoneinfo.available_timezones()
        hint = did_you_mean(name, known) or "Write an IANA name such as `Europe/Berlin`, or UTC."
        reader.fail(
            "policy.zone",
            f"there is no time zone `{name}`",
            path,
            hint if known else "This machine has no time zones; install the package tzdata.",
        )
    return name


def _notice(reader: Reader, path: Path) -> Notice | None:
    if reader.at(path) is None:
        return None
    before = len(reader.findings)
    least = _optional_duration(reader, (*path, "least")) or timedelta(0)
    most = _optional_duration(reader, (*path, "most"))
    if most is not None and len(reader.findings) == before and most <= least:
        reader.fail(
            "policy.notice-order",
            f"`most` ({format_duration(most)}) is not longer than `least` ({format_duration(least)}), so no request could keep both",
            (*path, "most"),
        )
    return Notice(least, most, reader.origin(path))


def _limits(reader: Reader, path: Path) -> Limits:
    given = reader.at(path)
    if given is None:
        return Limits()
    concurrent, extensions = given.get("concurrent"), given.get("extensions")
    return Limits(
        concurrent=None if concurrent is None else int(concurrent),
        extensions=None if extensions is None else int(extensions),
        hours_a_week=_optional_duration(reader, (*path, "hoursAWeek")),
        origin=reader.origin(path),
    )


def _exception(reader: Reader, path: Path) -> PolicyException:
    return PolicyException(
        rules=reader.texts((*path, "rules")),
        requests=reader.texts((*path, "requests")),
        requesters=reader.texts((*path, "requesters")),
        owner=reader.text((*path, "owner")),
        reason=reason(reader, (*path, "reason")),
        until=reader.instant((*path, "until")),
        origin=reader.origin(path),
    )


def _separations(reader: Reader, path: Path) -> tuple[Separation, ...]:
    refuse_twins(reader, path, "separation")
    return tuple(
        Separation(
            name=reader.text((*item, "name")),
            one=read_patterns(reader, (*item, "one")),
            other=read_patterns(reader, (*item, "other")),
            reason=reason(reader, (*item, "reason")),
            origin=reader.origin(item),
        )
        for item in items(reader, path)
    )


def _risk(reader: Reader, path: Path) -> RiskWeights:
    def points(key: str) -> dict[str, int]:
        given = (reader.at(path) or {}).get(key) or {}
        return {name: int(number) for name, number in sorted(given.items())}

    return RiskWeights(factors=points("factors"), labels=points("labels"))
