"""Instants and durations as documents write them. Nothing here is lenient: what is not exactly right is an error (fail closed on time)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta


class InvalidTimeError(ValueError):
    """A text that is no instant or duration."""


_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})\Z"
)
_DURATION = re.compile(
    r"(?=[0-9])(?:(?P<d>[0-9]{1,4})d)?(?:(?P<h>[0-9]{1,5})h)?(?:(?P<m>[0-9]{1,6})m)?(?:(?P<s>[0-9]{1,7})s)?\Z"
)


def parse_instant(text: str) -> datetime:
    """`2026-11-20T14:00:00Z` or with an offset such as `+01:00`; seconds may be left out. Aware, in UTC.

    Raises InvalidTimeError for anything else: a missing zone, words, a date that does not exist.
    """
    if not _INSTANT.match(text):
        raise InvalidTimeError(
            f"{text!r} is not an instant with a time zone; write 2026-11-20T14:00:00Z"
        )
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidTimeError(f"{text!r} does not exist: {error}") from None


def parse_duration(text: str) -> timedelta:
    """`4h`, `90m`, `1h30m`, `2d`. Always more than zero. Raises InvalidTimeError."""
    match = _DURATION.match(text)
    if not match:
        raise InvalidTimeError(f"{text!r} is not a duration; write 30m, 4h, 1h30m or 2d")
    days, hours, minutes, seconds = (int(match[part] or 0) for part in "dhms")
    duration = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if duration <= timedelta(0):
        raise InvalidTimeError(f"{text!r}: a duration must be longer than zero")
    return duration


def format_instant(instant: datetime) -> str:
    """UTC with seconds, `2026-11-20T14:00:00Z`; fractions of a second are cut."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def format_duration(duration: timedelta) -> str:
    """`1h30m`: the inverse of parse_duration, to the second. Negative durations get a minus sign."""
    total = int(duration.total_seconds())
    sign, total = ("-", -total) if total < 0 else ("", total)
    days, rest = divmod(total, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = [
        f"{value}{unit}"
        for value, unit in ((days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s"))
        if value
    ]
    return sign + ("".join(parts) or "0s")
