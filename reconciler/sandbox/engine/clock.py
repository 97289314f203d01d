"""The database clock: real time plus an offset that only ever grows, so that tests can let hours pass at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def stored(instant: datetime) -> str:
    """An aware instant as the catalog stores it: UTC, microseconds, without a zone."""
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def parsed(text: str) -> datetime:
    """The aware UTC instant behind a catalog text."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class DatabaseClock:
    """UTC time of the database. Moving it is thread-safe; it never goes back by itself or by order.

    `real_time` is the source of real instants (aware); tests may give their own.
    """

    def __init__(
        self,
        offset: timedelta = timedelta(0),
        real_time: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._offset = offset
        self._real_time = real_time
        self._lock = threading.Lock()

    @property
    def offset(self) -> timedelta:
        """How far the database is ahead of real time."""
        return self._offset

    def now(self) -> datetime:
        return self._real_time() + self._offset

    def move_to(self, instant: datetime) -> None:
        """Sets the clock forward to `instant` (aware); an instant that has passed changes nothing."""
        with self._lock:
            ahead = instant - self.now()
            if ahead > timedelta(0):
                self._offset += ahead
