"""Letting a step finish before the user's interrupt counts."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class Interrupt:
    """`requested` becomes true at the first SIGINT or SIGTERM."""

    def __init__(self) -> None:
        self._event = threading.Event()

    @property
    def requested(self) -> bool:
        return self._event.is_set()

    def request(self) -> None:
        self._event.set()

    def wait(self, seconds: float) -> None:
        """Waits so long, or until it is requested."""
        self._event.wait(seconds)


@contextlib.contextmanager
def deferred() -> Iterator[Interrupt]:
    """While it holds, the first SIGINT or SIGTERM is only noted; a second one raises KeyboardInterrupt at once. Outside the main thread, where signals
    don't arrive, nothing changes."""
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return

    def note(_number: int, _frame: FrameType | None) -> None:
        if interrupt.requested:
            raise KeyboardInterrupt
        interrupt.request()

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
