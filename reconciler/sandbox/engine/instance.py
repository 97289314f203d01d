"""The instance: containers behind service names, the registry of sessions, the clock, locks, jobs and ordered faults.

State lives in one directory and survives a restart: `instance.json`, and per container a catalog and a file with the rows of its tables.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from reconciler.sandbox.engine import jobs
from reconciler.sandbox.engine.access import logon as logons
from reconciler.sandbox.engine.access.passwords import VerifyHook, verify_in
from reconciler.sandbox.engine.auditing import trail
from reconciler.sandbox.engine.catalog import store
from reconciler.sandbox.engine.client import ClientSession
from reconciler.sandbox.engine.clock import DatabaseClock
from reconciler.sandbox.engine.context import ROOT_CONTAINER, Container, SessionView
from reconciler.sandbox.engine.faults import FaultPlan
from reconciler.sandbox.engine.locks import LockManager
from reconciler.sandbox.engine.plsql import triggers
from reconciler.sandbox.engine.session import Session
from reconciler.sandbox.seam import Logon, OracleError, Release, Verifier

if TYPE_CHECKING:
    from reconciler.sandbox.engine.scheduler import Due

DEFAULT_PDBS = ("FREEPDB1",)
ROOT_SERVICE = "FREE"
_STATE = "instance.json"
_FORMAT = 2
_FIRST_SID = 20
_FIRST_AUDSID = 10_000
_AUDSID_OF_SYSDBA = 2**32 - 1  # Oracle gives all of them the same number


class Instance:
    """Implements the seam's Engine.

    `lock` guards all engine work and is given up while a session waits or sleeps (`wait_until`). A directory that holds an instance is
    opened as it is: its own release and PDBs count, and `password` (of SYS and SYSTEM) is only for a new one. Raises ValueError if the
    directory's instance is of another release.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        release: Release = Release.R23,
        *,
        pdbs: Sequence[str] = DEFAULT_PDBS,
        password: str = "",
        clock: DatabaseClock | None = None,
    ) -> None:
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.lock = threading.RLock()
        self._changed = threading.Condition(self.lock)
        self._given_clock = clock
        self._password = password
        state = self._read_state() or {
            "format": _FORMAT,
            "release": int(release),
            "pdbs": [name.upper() for name in pdbs],
            "clock_offset_seconds": 0.0,
        }
        if state["release"] != int(release):
            raise ValueError(f"the directory holds an instance of release {state['release']}")
        self._release = Release(state["release"])
        self._pdbs = tuple(state["pdbs"])
        self._start(timedelta(seconds=state["clock_offset_seconds"]))

    def _start(self, offset: timedelta) -> None:
        self.clock = self._given_clock or DatabaseClock(offset)
        self.faults = FaultPlan()
        self.locks = LockManager()
        self.round_trips: Counter[str] = Counter()
        self.code_cache: dict[tuple[str, int], tuple[str, Any]] = {}
        self.on_jobs_changed: Callable[[], None] = lambda: None
        self.run_job: Callable[[Due], OracleError | None] = _no_scheduler
        self._sessions: dict[int, Session] = {}
        self._last_serial = 0
        self._closed = False
        self._containers = {
            name: self._open_container(name) for name in (ROOT_CONTAINER, *self._pdbs)
        }
        self._write_state()

    @staticmethod
    def release_of(directory: str | os.PathLike[str]) -> Release | None:
        """The release of the instance in a directory, None if there is no instance yet."""
        path = Path(directory) / _STATE
        if not path.exists():
            return None
        return Release(json.loads(path.read_text(encoding="utf-8"))["release"])

    # --- files -------------------------------------------------------------------------------------------------------------------

    def _read_state(self) -> dict[str, Any] | None:
        path = self.directory / _STATE
        if not path.exists():
            return None
        state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if state.get("format") != _FORMAT:
            raise ValueError(
                f"{path}: written by another version of the sandbox; remove the directory and start it anew"
            )
        return state

    def _write_state(self) -> None:
        state = {
            "format": _FORMAT,
            "release": int(self._release),
            "pdbs": list(self._pdbs),
            "clock_offset_seconds": self.clock.offset.total_seconds(),
        }
        path = self.directory / _STATE
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(state, indent=2) + "\n", encoding="utf-8")
        temporary.replace(path)

    def _open_container(self, name: str) -> Container:
        stem = name.replace("$", "_").lower()
        catalog_path = str(self.directory / f"{stem}.catalog.sqlite")
        data_path = str(self.directory / f"{stem}.data.sqlite")
        if not Path(catalog_path).exists():
            store.create(
                catalog_path,
                name=name,
                release=self._release,
                now=self.now(),
                system_password=self._password,
            )
        catalog = store.connect(catalog_path)
        jobs.recover(catalog)
        return Container(name, catalog, catalog_path, data_path)

    # --- views of the instance ---------------------------------------------------------------------------------------------------

    @property
    def release(self) -> Release:
        return self._release

    @property
    def root(self) -> Container:
        return self._containers[ROOT_CONTAINER]

    @property
    def containers(self) -> Mapping[str, Container]:
        return MappingProxyType(self._containers)

    @property
    def pdbs(self) -> tuple[str, ...]:
        return self._pdbs

    @property
    def closed(self) -> bool:
        return self._closed

    def now(self) -> datetime:
        return self.clock.now()

    def move_clock(self, instant: datetime) -> None:
        """Sets the database clock forward and keeps it for the next start."""
        self.clock.move_to(instant)
        self._write_state()

    # --- the seam's Engine -------------------------------------------------------------------------------------------------------

    def container_of(self, service: str) -> Container | None:
        name = service.upper().partition(".")[0]
        return self._containers.get(ROOT_CONTAINER if name == ROOT_SERVICE else name)

    def has_service(self, service: str) -> bool:
        container = self.container_of(service)
        return container is not None and service.upper() != ROOT_CONTAINER

    def verifier(self, service: str, user: str) -> Verifier | None:
        with self.lock:
            container = self.container_of(service)
            return logons.verifier_for(container, user) if container else None

    def logon(self, logon: Logon) -> ClientSession:
        with self.lock:
            container = self.container_of(logon.service)
            if container is None:
                raise OracleError(
                    12514,
                    "TNS:listener does not currently know of service requested in connect descriptor",
                )
            attributes = Session.attributes_of(logon, self.now())
            try:
                identity = logons.open_session_identity(
                    self, container, logon, verify=self._verifying(container)
                )
                session = self._admitted(container, identity, attributes)
            except OracleError as error:
                trail.record_failed_logon(self, container, logon, attributes, error.code)
                raise
            trail.record_logon(session)
            return ClientSession(session, identity.warning)

    def _admitted(
        self, container: Container, identity: logons.Identity, attributes: dict[str, str | None]
    ) -> Session:
        """The session of a logon that its triggers let pass. Raises the error of one that does not."""
        session = self.open_session(container, identity, attributes)
        try:
            triggers.fire_logon(session)
        except BaseException:
            session.close()
            raise
        return session

    def _verifying(self, container: Container) -> VerifyHook:
        """Runs password verify functions as SYS, for logons that change the password on the way."""

        def verify(function: str, user: str, password: str, old: str | None) -> None:
            identity = logons.Identity("SYS", None, frozenset(), is_sysdba=True, schema="SYS")
            session = self.open_session(container, identity, {})
            try:
                verify_in(session)(function, user, password, old)
            finally:
                session.close()

        return verify

    def open_session(
        self, container: Container, identity: logons.Identity, attributes: dict[str, str | None]
    ) -> Session:
        """Registers a session for somebody whose right to it is settled."""
        sid = _FIRST_SID
        while sid in self._sessions:
            sid += 1
        self._last_serial += 1
        audsid = _AUDSID_OF_SYSDBA if identity.is_sysdba else self._next_audsid()
        session = Session(self, sid, self._last_serial, container, identity, attributes, audsid)
        self._sessions[sid] = session
        return session

    def _next_audsid(self) -> int:
        """The next number of SYS.AUDSES$: audit records of a session are found by it, so that it is never used again."""
        catalog = self.root.catalog
        catalog.execute(
            "INSERT INTO settings VALUES ('audses', '1') ON CONFLICT (name) DO UPDATE SET value = value + 1"
        )
        row = catalog.execute("SELECT value FROM settings WHERE name = 'audses'").fetchone()
        return _FIRST_AUDSID + int(row[0])

    # --- sessions ----------------------------------------------------------------------------------------------------------------

    def sessions(self) -> Sequence[Session]:
        """Sessions by SID. Killed ones whose time is over are forgotten first, as PMON does."""
        for session in list(self._sessions.values()):
            if session.is_gone:
                session.close()
        return [self._sessions[sid] for sid in sorted(self._sessions)]

    def session_closed(self, session: Session) -> None:
        """Forgets a session; called by the session itself."""
        if self._sessions.get(session.sid) is session:
            del self._sessions[session.sid]
        self.locks.release_all(session.sid, session.serial)
        self.notify()

    def _session_in_reach(self, sid: int, serial: int, by: SessionView) -> Session:
        session = self._sessions.get(sid)
        in_reach = session is not None and (
            by.container.is_root or session.container.name == by.container.name
        )
        if session is None or session.serial != serial or not in_reach:
            raise OracleError(30, "User session ID does not exist.")
        return session

    def cancel_statement(self, sid: int, serial: int, *, by: SessionView) -> None:
        session = self._session_in_reach(sid, serial, by)
        if session.active:
            session.cancel()
            self.notify()

    def kill_session(self, sid: int, serial: int, *, immediate: bool, by: SessionView) -> None:
        session = self._session_in_reach(sid, serial, by)
        if session is by:
            raise OracleError(27, "cannot kill current session")
        session.kill(immediate=immediate)
        if immediate:
            session.linger(self.faults.lingering(session.user))
        self.locks.release_all(sid, serial)
        self.notify()

    def disconnect_session(self, sid: int, serial: int, *, by: SessionView) -> None:
        session = self._session_in_reach(sid, serial, by)
        if session.in_transaction:
            session.disconnect_after_transaction()
        else:
            self.kill_session(sid, serial, immediate=False, by=by)

    # --- waiting -----------------------------------------------------------------------------------------------------------------

    def notify(self) -> None:
        """Wakes all who wait: a lock was released, a transaction ended, a session was killed."""
        with self.lock:
            self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Gives up the lock for at most so many real seconds, or until something changed."""
        self._changed.wait(seconds)

    def jobs_changed(self) -> None:
        self.on_jobs_changed()

    # --- life --------------------------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Back to a fresh database: all sessions die, everything stored goes, the clock returns to real time."""
        with self.lock:
            wake, run_job = self.on_jobs_changed, self.run_job
            self._close_all()
            for path in self.directory.glob("*.sqlite*"):
                path.unlink()
            self._start(timedelta(0))
            self.on_jobs_changed, self.run_job = wake, run_job

    def set_password(self, password: str) -> None:
        """The password SYS and SYSTEM get at the next reset, for an instance opened without one."""
        self._password = password

    def close(self) -> None:
        """Ends all sessions and closes the files; the state stays in the directory."""
        with self.lock:
            if not self._closed:
                self._close_all()
                self._closed = True

    def _close_all(self) -> None:
        for session in self.sessions():
            session.kill(immediate=True)
            session.close()
        for container in self._containers.values():
            container.catalog.close()
        self.notify()

    def remove(self) -> None:
        """Closes the instance and deletes its directory."""
        self.close()
        shutil.rmtree(self.directory)


def _no_scheduler(due: Due) -> OracleError | None:
    raise OracleError(27366, f"no scheduler runs here for job {due.job.name}")
