"""What a benchmark says, and how it measures: ratios to a reference loop of the same run, counts, and peaks of memory.

Milliseconds depend on the machine and on what else it does; ratios hold.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. `bound` is the most it may be, None for a figure that only informs."""

    name: str
    value: float
    unit: str
    bound: float | None = None
    detail: str = ""

    @property
    def is_broken(self) -> bool:
        return self.bound is not None and self.value > self.bound

    def line(self) -> str:
        """For the moment it is measured: with what it was made from."""
        return f"{self.short()}  {self.detail}".rstrip()

    def short(self) -> str:
        bound = "" if self.bound is None else f"<= {self.bound:g}"
        mark = "BROKEN" if self.is_broken else "ok" if bound else ""
        shown = (
            f"{self.value:.0f}"
            if self.value >= 100 or self.value.is_integer()
            else f"{self.value:.2f}"
        )
        return f"{self.name:58} {shown:>8} {self.unit:12} {bound:9} {mark}".rstrip()


def ratio(
    name: str, seconds: float, reference: float, bound: float | None = None, note: str = ""
) -> Figure:
    """How many times as long as the reference something took."""
    detail = f"{seconds * 1000:.0f} ms against {reference * 1000:.0f} ms"
    return Figure(name, seconds / reference, "x", bound, f"{detail}; {note}" if note else detail)


def round_trips(name: str, count: int, bound: int) -> Figure:
    return Figure(name, float(count), "round trips", bound)


def megabytes(name: str, value: float, bound: float) -> Figure:
    return Figure(name, value, "MB", bound)


def processor_seconds(work: Callable[[], object]) -> float:
    """Processor time of this process, without what garbage others left."""
    gc.collect()
    begun = time.process_time()
    work()
    return time.process_time() - begun


def beside(reference: Callable[[], object], work: Callable[[], object]) -> tuple[float, float]:
    """Processor time of the work, and of the reference before and after it: other jobs change the speed of a machine within a second."""
    before = processor_seconds(reference)
    taken = processor_seconds(work)
    return taken, (before + processor_seconds(reference)) / 2


def wall_seconds(work: Callable[[], object]) -> float:
    gc.collect()
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


@dataclass(frozen=True, slots=True)
class Ran:
    """What a process cost, wall time and the most memory it had at once, and what it gave."""

    seconds: float
    megabytes: float
    code: int
    out: str
    err: str


def run_process(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> Ran:
    """Runs this interpreter with the arguments, from the root of the source tree."""
    with TemporaryFile("w+", encoding="utf-8") as out, TemporaryFile("w+", encoding="utf-8") as err:
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdout=out,
            stderr=err,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - begun
        out.seek(0)
        err.seek(0)
        return Ran(
            seconds, megabytes_of(usage.ru_maxrss), process.returncode, out.read(), err.read()
        )


def megabytes_of(maxrss: int) -> float:
    """The system's peak figure, which is in bytes on macOS and in KiB elsewhere."""
    return maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def fastest(runs: Iterable[Ran]) -> Ran:
    """The run that others disturbed least."""
    return min(runs, key=lambda ran: ran.seconds)
