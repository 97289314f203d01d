"""Runs scheduler jobs when the database clock says so: in real time by a thread, and step by step when the clock is moved."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reconciler.sandbox.engine import jobs
from reconciler.sandbox.engine.access import principals
from reconciler.sandbox.engine.access.logon import Identity
from reconciler.sandbox.engine.clock import stored
from reconciler.sandbox.engine.context import Container
from reconciler.sandbox.engine.session import Session
from reconciler.sandbox.seam import OracleError

if TYPE_CHECKING:
    from reconciler.sandbox.engine.instance import Instance

_LONGEST_NAP = 60.0  # seconds; a wake-up without work costs nothing


@dataclass(frozen=True, slots=True)
class Due:
    """A job that is to run, and when it was to."""

    container: Container
    job: jobs.Job
    at: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job marked as running, with the session it is to run in: whoever sees that it runs can stop it by its session."""

    due: Due
    session: Session


class Scheduler:
    """The jobs of all containers of an instance. `start` makes real time count; without it only `advance_to` and `run_due` run jobs."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._runs: set[threading.Thread] = set()
        self._stopping = False
        instance.on_jobs_changed = self._wake.set
        instance.run_job = self.run

    # --- real time ---------------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begins to run jobs in real time, overdue ones at once."""
        self._thread = threading.Thread(target=self._loop, name="scheduler", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread; jobs that run are killed with their sessions by the instance."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        for run in list(self._runs):
            run.join(timeout=5)

    def _loop(self) -> None:
        while not self._stopping:
            self._wake.clear()
            with self._instance.lock:
                while (claimed := self._claim(self._instance.now())) is not None:
                    self._start_run(claimed)
                nap = self._time_to_next()
            self._wake.wait(nap)

    def _start_run(self, claimed: Claimed) -> None:
        """Each run has its own thread, so that a job that sleeps holds up no other."""

        def work() -> None:
            try:
                self._run(claimed)
            finally:
                self._runs.discard(threading.current_thread())
                self._wake.set()

        thread = threading.Thread(target=work, name=f"job {claimed.due.job.name}", daemon=True)
        self._runs.add(thread)
        thread.start()

    def _time_to_next(self) -> float:
        due = self._next()
        if due is None:
            return _LONGEST_NAP
        return min(max((due.at - self._instance.now()).total_seconds(), 0.0), _LONGEST_NAP)

    # --- movable time ------------------------------------------------------------------------------------------------------------

    def advance_to(self, instant: datetime) -> None:
        """Lets time pass until `instant` (aware): each job that is due on the way runs at its time, in order."""
        while True:
            with self._instance.lock:
                due = self._next()
                if due is None or due.at > instant:
                    break
                self._instance.move_clock(due.at)
                claimed = self._claim(max(due.at, self._instance.now()))
            if claimed is not None:
                self._run(claimed)
        with self._instance.lock:
            self._instance.move_clock(instant)
        self._wake.set()

    def advance(self, duration: timedelta) -> None:
        self.advance_to(self._instance.now() + duration)

    def run_due(self) -> int:
        """Runs what is due now, in this thread. Says how many jobs ran."""
        count = 0
        while True:
            with self._instance.lock:
                claimed = self._claim(self._instance.now())
            if claimed is None:
                return count
            self._run(claimed)
            count += 1

    # --- choosing ----------------------------------------------------------------------------------------------------------------

    def _next(self) -> Due | None:
        if self._instance.closed:  # before the thread was told to stop
            return None
        found = [
            Due(container, job, job.next_run)
            for container in self._instance.containers.values()
            if (job := jobs.next_due(container.catalog)) is not None and job.next_run is not None
        ]
        return min(found, key=lambda due: (due.at, due.container.name, due.job.key), default=None)

    def _claim(self, now: datetime) -> Claimed | None:
        """The next job that is due, marked as running so that nobody else runs it."""
        due = self._next()
        if due is None or due.at > now:
            return None
        claim(due, self._instance.now())
        return Claimed(due, _job_session(self._instance, due))

    # --- running -----------------------------------------------------------------------------------------------------------------

    def run(self, due: Due) -> OracleError | None:
        """Runs a job that is marked as running in a session of its owner, and notes the result. Gives the error it failed with."""
        with self._instance.lock:
            if self._instance.closed:
                return None
            return self._run(Claimed(due, _job_session(self._instance, due)))

    def _run(self, claimed: Claimed) -> OracleError | None:
        due, session = claimed.due, claimed.session
        with self._instance.lock:
            if self._instance.closed:
                return None
            try:
                error = run_action(session, due.job)
            finally:
                session.close()
            # A reset meanwhile has put other containers in the place of the job's.
            current = self._instance.containers.get(due.container.name)
            if current is due.container and not self._instance.closed:
                record(self._instance, due, error)
            return error


def claim(due: Due, now: datetime) -> None:
    values = {"state": "RUNNING", "last_start": stored(now)}
    jobs.update(due.container.catalog, *due.job.key, values)


def _job_session(instance: Instance, due: Due) -> Session:
    """The owner's session with the owner's default roles, which a job has without any logon."""
    owner = due.job.owner
    roles = principals.default_roles(due.container.catalog, owner)
    identity = Identity(owner, None, roles, is_sysdba=False, schema=owner)
    attributes = {
        "client_identifier": None,
        "module": "DBMS_SCHEDULER",
        "action": due.job.name,
        "client_info": None,
        "program": "oracle (J000)",
        "machine": "localhost",
        "os_user": "oracle",
        "terminal": "UNKNOWN",
        "process": None,
        "address": None,
        "port": "0",
        "driver": None,
        "service": "SYS$USERS",
        "logon_time": stored(instance.now()),
    }
    session = instance.open_session(due.container, identity, attributes)
    session.active = True
    return session


def run_action(session: Session, job: jobs.Job) -> OracleError | None:
    """Does what the job says and commits; an error rolls back and is returned."""
    action = job.action.strip()
    text = f"BEGIN {action}{'' if action.endswith(';') else ';'} END;"
    try:
        session.execute_sql(text)
    except OracleError as error:
        session.rollback()
        return error
    session.commit()
    return None


def record(instance: Instance, due: Due, error: OracleError | None) -> None:
    """Writes the run into the log and moves the job on."""
    now = instance.now()
    catalog = due.container.catalog
    row = catalog.execute(
        "SELECT last_start FROM jobs WHERE owner = ? AND name = ?", due.job.key
    ).fetchone()
    started = row[0] if row and row[0] else stored(now)
    catalog.execute(
        "INSERT INTO job_runs (log_date, owner, name, status, error, requested_start, actual_start, seconds, info)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            stored(now), *due.job.key, "FAILED" if error else "SUCCEEDED", error.code if error else 0,
            stored(due.at), started, _seconds(started, now), error.text if error else None,
        ),
    )  # fmt: skip
    jobs.finish(catalog, due.job, due.at, now, failed=error is not None)


def _seconds(started: str, now: datetime) -> float:
    from reconciler.sandbox.engine.clock import parsed

    return max((now - parsed(started)).total_seconds(), 0.0)
