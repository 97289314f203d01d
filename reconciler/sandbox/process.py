"""Starts, asks and stops sandbox processes; each belongs to one directory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from reconciler.sandbox import control
from reconciler.sandbox.control import ControlError
from reconciler.sandbox.engine.faults import Fault
from reconciler.sandbox.engine.instance import DEFAULT_PDBS, Instance
from reconciler.sandbox.engine.scheduler import Scheduler
from reconciler.sandbox.host import (
    STATE_FILE,
    AlreadyRunningError,
    Settings,
    owning,
)
from reconciler.sandbox.server import SandboxServer, running

LOG_FILE = "server.log"
_START_SECONDS = 60.0
_STARTING_SECONDS = 40.0  # from the launch until the directory is held
_STOP_SECONDS = 30.0
_PAUSE = 0.02


class SandboxError(Exception):
    """A sandbox could not be started, reached or stopped."""


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """Where a sandbox listens. `line` is what the command line prints about it."""

    address: str
    port: int
    pid: int
    line: str
    was_running: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """What a sandbox says of itself. `round_trips` counts calls per session user since the start or reset."""

    pid: int
    port: int
    release: int
    pdbs: tuple[str, ...]
    tls: bool
    now: datetime
    sessions: tuple[Mapping[str, Any], ...]
    round_trips: Mapping[str, int]
    faults: tuple[Mapping[str, Any], ...]


# --- starting --------------------------------------------------------------------------------------------------------------------


def start(
    directory: str | os.PathLike[str],
    port: int = 0,
    release: int | None = None,
    password: str = "sandbox",  # noqa: S107 - of a database that serves loopback only
    *,
    sample: bool = False,
    pdbs: Sequence[str] = DEFAULT_PDBS,
    tls: bool = False,
) -> RunningSandbox:
    """Starts a process of its own for the directory and waits until it accepts connections; one that runs already is left as it is.

    An existing instance keeps its release, PDBs and passwords; `sample` counts for a new one only. Raises SandboxError.
    """
    folder = Path(directory).absolute()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if is_running(folder):
        return _wait_for_state(folder, was_running=True)
    (folder / STATE_FILE).unlink(missing_ok=True)
    settings = Settings(port, release, password, sample, tuple(pdbs), tls)
    _launch(folder, settings)
    return _wait_for_state(folder, was_running=False)


def _launch(folder: Path, settings: Settings) -> None:
    """The launched process forks at once and its first half ends, so that no child of ours remains to be waited for."""
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    log = os.open(folder / LOG_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        launched = subprocess.run(
            [sys.executable, "-m", "reconciler.sandbox.host", str(folder)],
            input=settings.to_json() + "\n",
            text=True,
            stdout=log,
            stderr=log,
            cwd="/",
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            close_fds=True,
            start_new_session=True,
            check=False,
            timeout=_START_SECONDS,
        )
    finally:
        os.close(log)
    if launched.returncode:
        raise SandboxError(f"the sandbox did not start; see {folder / LOG_FILE}")


def _wait_for_state(folder: Path, *, was_running: bool) -> RunningSandbox:
    end = time.monotonic() + _START_SECONDS
    seen_running = was_running
    while time.monotonic() < end:
        state = _read_state(folder)
        if state is not None and "error" in state:
            raise SandboxError(f"the sandbox did not start: {state['error']}")
        if state is not None:
            port = state["port"]
            return RunningSandbox(
                f"127.0.0.1:{port}", port, state["pid"], state["line"], was_running
            )
        alive = is_running(folder)
        if seen_running and not alive:
            break
        seen_running = seen_running or alive
        if not seen_running and time.monotonic() > end - _START_SECONDS + _STARTING_SECONDS:
            break
        time.sleep(_PAUSE)
    raise SandboxError(f"the sandbox did not start: {_last_log_line(folder)}")


def _last_log_line(folder: Path) -> str:
    lines = (folder / LOG_FILE).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else f"see {folder / LOG_FILE}"


def _read_state(folder: Path) -> dict[str, Any] | None:
    try:
        state: dict[str, Any] = json.loads((folder / STATE_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return state


def is_running(directory: str | os.PathLike[str]) -> bool:
    """Whether a process holds the directory. Files that a killed process left behind do not count."""
    folder = Path(directory)
    if not folder.is_dir():
        return False
    try:
        with owning(folder):
            return False
    except AlreadyRunningError:
        return True


# --- asking ----------------------------------------------------------------------------------------------------------------------


def _ask(directory: str | os.PathLike[str], command: str, **arguments: Any) -> dict[str, Any]:
    folder = Path(directory).absolute()
    state = _read_state(folder) if is_running(folder) else None
    if state is None:
        raise SandboxError(f"no sandbox runs in {folder}")
    try:
        return control.request(Path(state["socket"]), command, **arguments)
    except ControlError as error:
        raise SandboxError(str(error)) from error
    except OSError as error:
        raise SandboxError(f"the sandbox in {folder} does not answer: {error.strerror}") from error


def status(directory: str | os.PathLike[str]) -> Status:
    answer = _ask(directory, "status")
    return Status(
        pid=answer["pid"],
        port=answer["port"],
        release=answer["release"],
        pdbs=tuple(answer["pdbs"]),
        tls=answer["tls"],
        now=datetime.fromisoformat(answer["now"]),
        sessions=tuple(answer["sessions"]),
        round_trips=answer["round_trips"],
        faults=tuple(answer["faults"]),
    )


def clock(directory: str | os.PathLike[str]) -> datetime:
    """The time of the database, aware."""
    return datetime.fromisoformat(_ask(directory, "clock")["now"])


def advance(directory: str | os.PathLike[str], seconds: float) -> datetime:
    """Lets so many seconds pass; jobs that are due on the way run before it returns. Gives the new time."""
    return datetime.fromisoformat(_ask(directory, "advance", seconds=seconds)["now"])


def reset(directory: str | os.PathLike[str], *, sample: bool | None = None) -> None:
    """Makes the database fresh, with the sample again if it was started so (or as `sample` says). Open sessions die.

    SYS and SYSTEM get the password that the process was started with.
    """
    _ask(directory, "reset", **({} if sample is None else {"sample": sample}))


def set_faults(
    directory: str | os.PathLike[str], faults: Iterable[Fault | Mapping[str, Any]] = ()
) -> None:
    """Replaces the ordered faults; without any, nothing breaks any more."""
    orders = [fault.to_mapping() if isinstance(fault, Fault) else dict(fault) for fault in faults]
    _ask(directory, "faults", faults=orders)


# --- stopping --------------------------------------------------------------------------------------------------------------------


def stop(directory: str | os.PathLike[str]) -> bool:
    """Stops the sandbox of the directory and waits until its process is gone. False if none ran. Raises SandboxError."""
    folder = Path(directory).absolute()
    if not is_running(folder):
        return False
    state = _read_state(folder)
    try:
        _ask(folder, "stop")
    except SandboxError:
        if state is None:
            raise
        os.kill(state["pid"], signal.SIGTERM)
    end = time.monotonic() + _STOP_SECONDS
    while is_running(folder):
        if time.monotonic() > end:
            raise SandboxError(f"the sandbox in {folder} does not stop")
        time.sleep(_PAUSE)
    return True


# --- in this process -------------------------------------------------------------------------------------------------------------


@contextmanager
def serve_in_thread(instance: Instance, *, jobs: bool = True) -> Iterator[SandboxServer]:
    """Serves an instance from threads of this process, its jobs running in real time unless told otherwise. `port` of what it gives is the
    port. The instance is closed at the end.
    """
    scheduler = Scheduler(instance)
    if jobs:
        scheduler.start()
    try:
        with running(instance) as server:
            yield server
    finally:
        instance.close()
        scheduler.stop()
