"""The sandbox process itself: one instance, its listener, its scheduler, its control channel, until told to stop.

Started by `process.start` as `python -m reconciler.sandbox.host DIRECTORY` with its settings, the password among them, as one line of JSON on
standard input.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from reconciler.sandbox import tls
from reconciler.sandbox.control import ControlError, ControlServer
from reconciler.sandbox.engine.faults import Fault
from reconciler.sandbox.engine.instance import DEFAULT_PDBS, Instance
from reconciler.sandbox.engine.scheduler import Scheduler
from reconciler.sandbox.sample.loading import load_sample
from reconciler.sandbox.seam import Release
from reconciler.sandbox.server import SandboxServer, serve

LOCK_FILE = "running.lock"
STATE_FILE = "server.json"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """How a sandbox is started. `release` None means what the directory holds, or the newest."""

    port: int = 0
    release: int | None = None
    password: str = "sandbox"  # noqa: S105 - of a database that serves loopback only
    sample: bool = False
    pdbs: tuple[str, ...] = DEFAULT_PDBS
    tls: bool = False

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Settings:
        values = json.loads(text)
        return cls(**{**values, "pdbs": tuple(values["pdbs"])})


_PATIENCE = 2.0
_PAUSE = 0.01


class AlreadyRunningError(Exception):
    """Another process serves the directory."""


@contextmanager
def owning(directory: Path, *, patience: float = 0.0) -> Iterator[None]:
    """Holds the directory's lock. The system releases it with the process, however that ends. Raises AlreadyRunningError.

    Who only asks whether somebody serves the directory holds the lock for a moment, too; who is to serve it waits up to `patience` seconds for that to pass.
    """
    descriptor = os.open(directory / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    end = time.monotonic() + patience
    try:
        while not _locked(descriptor):
            if time.monotonic() >= end:
                raise AlreadyRunningError(str(directory))
            time.sleep(_PAUSE)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class Host:
    """One running sandbox with everything that belongs to it."""

    def __init__(self, directory: Path, settings: Settings) -> None:
        self._directory = directory
        self._settings = settings
        is_new = Instance.release_of(directory) is None
        release = settings.release or Instance.release_of(directory) or Release.R23
        self._instance = Instance(
            directory, Release(release), pdbs=settings.pdbs, password=settings.password
        )
        if is_new and settings.sample:
            load_sample(self._instance)
        self._scheduler = Scheduler(self._instance)
        self._control = ControlServer(directory, self._handle)
        self._server: SandboxServer | None = None
        self._stopped = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self, announce: Callable[[str], None]) -> None:
        """Serves until `stop` or a signal. `announce` gets the line that says where."""
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._stopped.set)
        context = tls.server_context(self._directory) if self._settings.tls else None
        self._server = await serve(self._instance, "127.0.0.1", self._settings.port, tls=context)
        self._scheduler.start()
        await self._control.start()
        self._write_state()
        announce(self._line())
        try:
            await self._stopped.wait()
        finally:
            await self._close()

    async def _close(self) -> None:
        (self._directory / STATE_FILE).unlink(missing_ok=True)
        assert self._server is not None
        await self._server.close()
        await asyncio.to_thread(self._instance.close)
        await asyncio.to_thread(self._scheduler.stop)
        await self._control.close()

    def _line(self) -> str:
        assert self._server is not None
        pdb = self._instance.pdbs[0] if self._instance.pdbs else "FREE"
        return f"listening on 127.0.0.1:{self._server.port}/{pdb}"

    def _write_state(self) -> None:
        assert self._server is not None
        state = {
            "pid": os.getpid(),
            "port": self._server.port,
            "socket": str(self._control.path),
            "line": self._line(),
        }
        temporary = self._directory / f"{STATE_FILE}.new"
        temporary.write_text(json.dumps(state), encoding="utf-8")
        temporary.replace(self._directory / STATE_FILE)

    # --- commands ----------------------------------------------------------------------------------------------------------------

    def _handle(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        commands: Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
            "status": self._status,
            "clock": self._clock,
            "advance": self._advance,
            "faults": self._faults,
            "reset": self._reset,
            "stop": self._stop,
        }
        command = commands.get(str(request.get("command")))
        if command is None:
            raise ControlError(f"unknown command {request.get('command')!r}")
        return command(request)

    def _status(self, _request: Mapping[str, Any]) -> Mapping[str, Any]:
        assert self._server is not None
        instance = self._instance
        with instance.lock:
            sessions = [
                {
                    "sid": session.sid,
                    "serial": session.serial,
                    "user": session.user,
                    "container": session.container.name,
                    "status": session.attributes["status"],
                    "program": session.attributes["program"],
                }
                for session in instance.sessions()
            ]
            return {
                "pid": os.getpid(),
                "port": self._server.port,
                "release": int(instance.release),
                "pdbs": list(instance.pdbs),
                "tls": self._settings.tls,
                "now": instance.now().isoformat(),
                "sessions": sessions,
                "round_trips": dict(instance.round_trips),
                "faults": [fault.to_mapping() for fault in instance.faults.faults],
            }

    def _clock(self, _request: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"now": self._instance.now().isoformat()}

    def _advance(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        seconds = float(request["seconds"])
        if not 0 <= seconds < 10**10:
            raise ControlError("the clock moves forward only, by at most three centuries")
        self._scheduler.advance(timedelta(seconds=seconds))
        return self._clock(request)

    def _faults(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        faults = tuple(Fault.from_mapping(values) for values in request["faults"])
        with self._instance.lock:
            self._instance.faults.set(faults)
        return {"faults": [fault.to_mapping() for fault in faults]}

    def _reset(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        self._instance.reset()
        if request.get("sample", self._settings.sample):
            load_sample(self._instance)
        return self._clock(request)

    def _stop(self, _request: Mapping[str, Any]) -> Mapping[str, Any]:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._stopped.set)
        return {}


def serve_directory(
    directory: Path, settings: Settings, announce: Callable[[str], None] = lambda _line: None
) -> None:
    """Runs a sandbox in this process until it is told to stop. Raises AlreadyRunningError, ValueError, OSError."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    with owning(directory, patience=_PATIENCE):
        (directory / STATE_FILE).unlink(missing_ok=True)

        async def main() -> None:
            await Host(directory, settings).run(announce)

        try:
            asyncio.run(main())
        except Exception as error:
            # Whoever waits for the start reads the reason here, before the lock tells him that nobody runs.
            reason = json.dumps({"error": f"{type(error).__name__}: {error}"})
            (directory / STATE_FILE).write_text(reason, encoding="utf-8")
            raise


def _detach() -> None:
    """Leaves the caller: its session, its streams, its directory. Standard output and error are the log file already."""
    if os.fork():
        os._exit(0)
    os.setsid()
    os.chdir("/")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)


def main() -> None:
    directory = Path(sys.argv[1])
    settings = Settings.from_json(sys.stdin.readline())
    _detach()
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        serve_directory(directory, settings, announce=_log.info)
    except AlreadyRunningError:
        _log.info("another process serves this directory")
    except Exception:  # noqa: BLE001 - goes to the log, the only place that is left
        _log.exception("the sandbox could not run")
        sys.exit(1)


if __name__ == "__main__":
    main()
