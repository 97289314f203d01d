"""Scheduler jobs as rows of the catalog: made, changed, claimed and finished. Running them is the scheduler's part."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.sandbox.engine.calendar import Repetition
from reconciler.sandbox.engine.clock import parsed, stored

NAMESPACE = 60
_COLUMNS = (
    "owner, name, creator, type, action, start_date, repeat_interval, end_date, next_run, enabled, auto_drop, drop_deferred, state,"
    " run_count, failure_count, max_runs, max_failures"
)


@dataclass(frozen=True, slots=True)
class Job:
    """One job. Instants are aware; `enabled`, `auto_drop`, `drop_deferred` as the dictionary shows them."""

    owner: str
    name: str
    creator: str
    type: str
    action: str
    start_date: datetime | None
    repeat_interval: str | None
    end_date: datetime | None
    next_run: datetime | None
    enabled: bool
    auto_drop: bool
    drop_deferred: bool
    state: str
    run_count: int
    failure_count: int
    max_runs: int | None
    max_failures: int | None

    @property
    def key(self) -> tuple[str, str]:
        return self.owner, self.name

    @property
    def is_running(self) -> bool:
        return self.state == "RUNNING"


def _instant(text: str | None) -> datetime | None:
    return parsed(text) if text else None


def _job(row: tuple[object, ...]) -> Job:
    values = dict(zip(_COLUMNS.replace(" ", "").split(","), row, strict=True))
    for name in ("start_date", "end_date", "next_run"):
        values[name] = _instant(values[name])  # type: ignore[arg-type]
    for name in ("enabled", "auto_drop", "drop_deferred"):
        values[name] = bool(values[name])
    return Job(**values)  # type: ignore[arg-type]


def find(catalog: sqlite3.Connection, owner: str, name: str) -> Job | None:
    row = catalog.execute(
        f"SELECT {_COLUMNS} FROM jobs WHERE owner = ? AND name = ?", (owner, name)
    ).fetchone()
    return _job(row) if row else None


def next_due(catalog: sqlite3.Connection) -> Job | None:
    """The enabled job that is to run next, whenever that is; None if nothing waits or jobs may not run here."""
    if not may_run(catalog):
        return None
    row = catalog.execute(
        f"SELECT {_COLUMNS} FROM jobs WHERE enabled = 1 AND state <> 'RUNNING' AND next_run IS NOT NULL"
        " AND owner IN (SELECT name FROM users) ORDER BY next_run, owner, name LIMIT 1"
    ).fetchone()
    return _job(row) if row else None


def may_run(catalog: sqlite3.Connection) -> bool:
    """False with JOB_QUEUE_PROCESSES = 0, a disabled scheduler, or in restricted mode."""
    from reconciler.sandbox.engine.access.alter_system import is_restricted

    row = catalog.execute(
        "SELECT value FROM parameters WHERE name = 'job_queue_processes'"
    ).fetchone()
    disabled = catalog.execute(
        "SELECT value FROM settings WHERE name = 'scheduler.scheduler_disabled'"
    ).fetchone()
    if row is not None and str(row[0]) == "0":
        return False
    return not (disabled and disabled[0] == "TRUE") and not is_restricted(catalog)


def update(
    catalog: sqlite3.Connection, owner: str, name: str, values: Mapping[str, object]
) -> None:
    assignments = ", ".join(f"{column} = ?" for column in values)
    plain = [stored(value) if isinstance(value, datetime) else value for value in values.values()]
    catalog.execute(
        f"UPDATE jobs SET {assignments} WHERE owner = ? AND name = ?", (*plain, owner, name)
    )


def insert(catalog: sqlite3.Connection, values: Mapping[str, object], now: datetime) -> None:
    """A new job with its row among the objects."""
    plain = [stored(value) if isinstance(value, datetime) else value for value in values.values()]
    marks = ", ".join("?" * len(values))
    catalog.execute(f"INSERT INTO jobs ({', '.join(values)}) VALUES ({marks})", plain)
    catalog.execute(
        "INSERT INTO objects (owner, name, type, namespace, created, last_ddl_time) VALUES (?, ?, 'JOB', ?, ?, ?)",
        (values["owner"], values["name"], NAMESPACE, stored(now), stored(now)),
    )


def delete(catalog: sqlite3.Connection, owner: str, name: str) -> None:
    catalog.execute("DELETE FROM jobs WHERE owner = ? AND name = ?", (owner, name))
    catalog.execute(
        "DELETE FROM objects WHERE owner = ? AND name = ? AND namespace = ?",
        (owner, name, NAMESPACE),
    )


def recover(catalog: sqlite3.Connection) -> None:
    """After a start nothing runs yet: jobs whose run was cut off are due again."""
    catalog.execute("UPDATE jobs SET state = 'SCHEDULED' WHERE state = 'RUNNING'")


def first_run(job: Job, now: datetime) -> datetime | None:
    """When a job that is enabled now runs first: at its start, or the next time its interval gives; overdue one-shot jobs run at once."""
    start = job.start_date or now
    if start > now or not job.repeat_interval:
        return None if job.end_date and start > job.end_date else start
    return _within(job, start if job.run_count == 0 else _repetition(job).after(start, now))


def _repetition(job: Job) -> Repetition:
    return Repetition.parse(job.repeat_interval or "")


def _within(job: Job, instant: datetime) -> datetime | None:
    return None if job.end_date and instant > job.end_date else instant


def finish(
    catalog: sqlite3.Connection, job: Job, due: datetime, now: datetime, *, failed: bool
) -> None:
    """Notes a run and what comes next: the next run, the end of the job, or its disappearance."""
    current = find(catalog, *job.key)
    if current is None:
        return
    failures = current.failure_count + failed
    update(catalog, *job.key, {"run_count": current.run_count + 1, "failure_count": failures})
    following = None
    if current.repeat_interval and current.enabled:
        anchor = current.start_date or due
        following = _within(current, _repetition(current).after(anchor, max(due, now)))
    done = current.max_runs is not None and current.run_count + 1 >= current.max_runs
    broken = current.max_failures is not None and failures >= current.max_failures
    if current.drop_deferred:
        delete(catalog, *job.key)
    elif following is not None and not done and not broken:
        update(catalog, *job.key, {"state": "SCHEDULED", "next_run": following})
    elif not current.repeat_interval and current.enabled and current.next_run not in (None, due):
        update(catalog, *job.key, {"state": "SCHEDULED"})  # given a new start while it ran
    elif current.auto_drop and not broken:
        delete(catalog, *job.key)
    else:
        state = _last_state(current, failed=failed, broken=broken)
        update(catalog, *job.key, {"state": state, "enabled": 0, "next_run": None})


def _last_state(job: Job, *, failed: bool, broken: bool) -> str:
    if broken:
        return "BROKEN"
    if not job.enabled:
        return "DISABLED"
    if job.repeat_interval:
        return "COMPLETED"
    return "FAILED" if failed else "SUCCEEDED"
