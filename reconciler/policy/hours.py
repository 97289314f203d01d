"""When access may begin, on the clocks of a time zone: whether an instant is within the hours, and which is the next one that is.

Only beginnings are held to hours; access that has begun goes on until its end. Instants are UTC and passed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from reconciler.model.instants import format_instant
from reconciler.model.policies import Hours

_HORIZON = timedelta(days=400)
"""Hours repeat every week, but for changes of the clocks, which repeat every year."""
_DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def is_open(hours: Hours, at: datetime) -> bool:
    """Whether access may begin at the instant. At the ends of the calendar, where the zone's clocks show no time any more, it may not."""
    try:
        local = at.astimezone(ZoneInfo(hours.zone))
    except OverflowError:
        return False
    return local.weekday() in hours.days and hours.start <= local.time() < hours.end


def all_open(hours: Iterable[Hours], at: datetime) -> bool:
    return all(is_open(one, at) for one in hours)


def next_open(hours: tuple[Hours, ...], at: datetime) -> datetime | None:
    """The first instant from `at` on that is within all of the hours, None if there is none within 400 days."""
    try:
        last = at + _HORIZON
        while at < last:
            closed = [one for one in hours if not is_open(one, at)]
            if not closed:
                return at
            following = _next_beginning(closed[0], at)
            if following is None:
                return None
            at = following
    except OverflowError:
        return None  # the calendar ends in 9999
    return None


def _next_beginning(hours: Hours, at: datetime) -> datetime | None:
    """The first instant after `at` at which these hours begin; within eight days, or never."""
    first = at.astimezone(ZoneInfo(hours.zone)).date()
    for number in range(-1, 9):
        beginnings = _beginnings(hours, first + timedelta(days=number))
        found = min((row for row in beginnings if row > at and is_open(hours, row)), default=None)
        if found is not None:
            return found
    return None


def _beginnings(hours: Hours, day: date) -> Iterator[datetime]:
    """Where hours can begin on a day: when the clocks show their start, twice when they are put back over it, and when the clocks change."""
    zone = ZoneInfo(hours.zone)
    for fold in (0, 1):
        yield datetime.combine(day, hours.start, zone).replace(fold=fold).astimezone(UTC)
    yield from _clock_changes(hours.zone, day)


@lru_cache(maxsize=4096)
def _clock_changes(zone: str, day: date) -> tuple[datetime, ...]:
    """The instant of that day at which the clocks of the zone are changed, to the second."""
    clocks = ZoneInfo(zone)
    low = datetime.combine(day, datetime.min.time(), clocks).astimezone(UTC)
    high = low + timedelta(days=1, hours=2)
    before = low.astimezone(clocks).utcoffset()
    if high.astimezone(clocks).utcoffset() == before:
        return ()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(clocks).utcoffset() == before:
            low = middle
        else:
            high = middle
    return (high,)


def in_words(hours: Hours) -> str:
    """`Mon, Tue 07:00-19:00 Europe/Berlin`."""
    days = ", ".join(_DAY_NAMES[day] for day in sorted(hours.days))
    end = "24:00" if hours.end == time.max else f"{hours.end:%H:%M}"
    return f"{days} {hours.start:%H:%M}-{end} {hours.zone}"


def in_zone(hours: Hours, at: datetime) -> str:
    """An instant in UTC and on the clocks of the hours: `2026-11-23T06:00:00Z (Mon 2026-11-23 07:00 Europe/Berlin)`."""
    local = at.astimezone(ZoneInfo(hours.zone))
    shown = f"{_DAY_NAMES[local.weekday()]} {local:%Y-%m-%d %H:%M}"
    return f"{format_instant(at)} ({shown} {hours.zone})"
