"""When a request holds. Rules on instants alone; every instant is in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.model.documents import Window


@dataclass(frozen=True, slots=True)
class Interval:
    """`end` is None only while a duration waits for its activation; then `start` is None too and `length` says how long it will be."""

    start: datetime | None
    end: datetime | None
    length: timedelta


def interval(window: Window, at: datetime, first_start: datetime | None) -> Interval:
    """The window as instants. `first_start` is when the ledger saw the lease start, None before.

    A window without start begins at once; a duration without start counts from the activation.
    """
    start = window.start or first_start
    if window.until is not None:
        start = start or at
        return Interval(start, window.until, window.until - start)
    duration = window.duration
    if duration is None:
        raise ValueError("a window has either an end or a duration")
    if start is None:
        return Interval(None, None, duration)
    return Interval(start, start + duration, duration)


def asks_beyond(window: Window, first_start: datetime, instant: datetime) -> bool:
    """Whether the window, as it is written now, would still run after `instant`."""
    end = interval(window, first_start, first_start).end
    return end is not None and end > instant
