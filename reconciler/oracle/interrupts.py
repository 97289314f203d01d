"""Letting a step finish before the user's interrupt counts."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType


@dataclass(slots=True)
class Interrupt:
    """`requested` becomes true at the first SIGINT or SIGTERM."""

    requested: bool = False


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
        interrupt.requested = True

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
