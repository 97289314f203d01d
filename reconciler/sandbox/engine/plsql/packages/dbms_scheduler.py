"""DBMS_SCHEDULER: jobs with a PL/SQL block or a stored procedure, once or repeated."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.sandbox.engine import jobs
from reconciler.sandbox.engine.access import checks
from reconciler.sandbox.engine.calendar import Repetition
from reconciler.sandbox.engine.plsql.packages.supplied import (
    Arguments,
    by_name,
    optional,
    procedure,
    required,
)
from reconciler.sandbox.engine.plsql.runtime import Execution
from reconciler.sandbox.engine.plsql.types import BOOLEAN, INTEGER, TEXT, TIMESTAMP_TZ
from reconciler.sandbox.engine.plsql.values import to_number, to_text
from reconciler.sandbox.seam import OracleError

_NAME = re.compile(r'\s*(?:([A-Za-z][\w$#]*|"[^"]+")\s*\.\s*)?([A-Za-z][\w$#]*|"[^"]+")\s*')
_TYPES = ("PLSQL_BLOCK", "STORED_PROCEDURE")
_LONGEST_ACTION = 4000


# --- names and rights ------------------------------------------------------------------------------------------------------------


def _split(run: Execution, text: str | None) -> tuple[str, str]:
    """Owner and name as the dictionary has them; the current schema owns names without an owner."""
    match = _NAME.fullmatch(text or "")
    if match is None or len(match[2].encode()) > 130:
        raise OracleError(27452, f'"{text}" is an invalid name for a database object.')
    owner, name = (
        part and (part[1:-1] if part[0] == '"' else part.upper()) for part in match.groups()
    )
    return owner or run.session.current_schema, name


def _require_right(run: Execution, owner: str, any_privilege: str = "CREATE ANY JOB") -> None:
    session = run.session
    own = owner == session.current_user and checks.has_system_privilege(session, "CREATE JOB")
    if not own and not checks.has_system_privilege(session, any_privilege):
        raise OracleError(27486, "insufficient privileges")


def _existing(run: Execution, text: str | None, code: int = 27476) -> jobs.Job:
    """The job of that name, if the caller may change it. Raises ORA-27475 or ORA-27476."""
    owner, name = _split(run, text)
    job = jobs.find(run.session.container.catalog, owner, name)
    own = owner == run.session.current_user
    if job is None or not (own or checks.has_system_privilege(run.session, "CREATE ANY JOB")):
        message = (
            f'unknown job "{owner}"."{name}"'
            if code == 27475
            else f'"{owner}"."{name}" does not exist'
        )
        raise OracleError(code, message)
    return job


def _each(names: str | None) -> list[str]:
    return [part.strip() for part in (names or "").split(",")]


def _changed(run: Execution, *, commit: bool = True) -> None:
    if commit:
        run.session.commit()
    run.session.instance.jobs_changed()


# --- making and dropping ---------------------------------------------------------------------------------------------------------


def _create_job(run: Execution, given: Arguments) -> None:
    owner, name = _split(run, given["JOB_NAME"])
    _require_right(run, owner)
    session = run.session
    catalog, now = session.container.catalog, session.instance.now()
    if jobs.find(catalog, owner, name) is not None:
        raise OracleError(27477, f'"{owner}"."{name}" already exists')
    kind, action = (given["JOB_TYPE"] or "").upper(), given["JOB_ACTION"]
    if kind not in _TYPES:
        raise OracleError(3001, f"unimplemented feature: jobs of type {kind or 'NULL'}")
    if not action or len(action.encode()) > _LONGEST_ACTION:
        raise OracleError(27465, "invalid value  for attribute JOB_ACTION")
    if given["NUMBER_OF_ARGUMENTS"]:
        raise OracleError(3001, "unimplemented feature: arguments of jobs")
    if given["REPEAT_INTERVAL"]:
        Repetition.parse(given["REPEAT_INTERVAL"])
    start, end = given["START_DATE"], given["END_DATE"]
    if end is not None and end <= (start or now):
        raise OracleError(27483, f'"{owner}"."{name}" has an invalid END_DATE')
    values: dict[str, Any] = {
        "owner": owner,
        "name": name,
        "creator": session.user,
        "type": kind,
        "action": action,
        "start_date": start,
        "repeat_interval": given["REPEAT_INTERVAL"],
        "end_date": end,
        "auto_drop": int(given["AUTO_DROP"] is not False),
        "comments": given["COMMENTS"],
        "time_zone": _zone(start or now),
    }
    jobs.insert(catalog, values, now)
    if given["ENABLED"]:
        _enable_one(run, owner, name)
    _changed(run)


def _zone(moment: datetime) -> str:
    offset = moment.utcoffset() or timedelta(0)
    sign = "-" if offset < timedelta(0) else "+"
    minutes = int(abs(offset).total_seconds() // 60)
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"


def _drop_job(run: Execution, given: Arguments) -> None:
    """`defer` lets a running job finish first; `force` stops it; without either a running job is ORA-27478."""
    for text in _each(given["JOB_NAME"]):
        job = _existing(run, text, 27475)
        catalog = run.session.container.catalog
        if job.is_running and given["DEFER"]:
            jobs.update(catalog, *job.key, {"drop_deferred": 1})
            continue
        if job.is_running and not given["FORCE"]:
            raise OracleError(27478, f'job "{job.owner}"."{job.name}" is running')
        if job.is_running:
            _stop_one(run, job)
        jobs.delete(catalog, *job.key)
    _changed(run)


# --- changing --------------------------------------------------------------------------------------------------------------------


def _enable_one(run: Execution, owner: str, name: str) -> None:
    catalog = run.session.container.catalog
    job = jobs.find(catalog, owner, name)
    assert job is not None
    if job.enabled:
        return
    following = jobs.first_run(job, run.session.instance.now())
    state = "SCHEDULED" if following is not None else "COMPLETED"
    values = {"enabled": 1, "next_run": following}
    jobs.update(catalog, owner, name, values if job.is_running else {**values, "state": state})


def _enable(run: Execution, given: Arguments) -> None:
    for text in _each(given["NAME"]):
        _enable_one(run, *_existing(run, text).key)
    _changed(run)


def _disable_one(run: Execution, job: jobs.Job) -> None:
    values: dict[str, object] = {"enabled": 0, "next_run": None}
    if not job.is_running:
        values["state"] = "DISABLED"
    jobs.update(run.session.container.catalog, *job.key, values)


def _disable(run: Execution, given: Arguments) -> None:
    for text in _each(given["NAME"]):
        job = _existing(run, text)
        if job.is_running and not given["FORCE"]:
            raise OracleError(27478, f'job "{job.owner}"."{job.name}" is running')
        _disable_one(run, job)
    _changed(run)


def _instant(run: Execution, value: Any) -> Any:
    moment = TIMESTAMP_TZ.coerce(value, run.session)
    return None if moment is None else moment.astimezone(UTC)


def _repeat(run: Execution, value: Any) -> Any:
    text = to_text(value, run.session)
    if text is not None:
        Repetition.parse(text)
    return text


def _text(run: Execution, value: Any) -> Any:
    return to_text(value, run.session)


def _flag(_run: Execution, value: Any) -> Any:
    return int(value if isinstance(value, bool) else str(value).upper() == "TRUE")


def _number(_run: Execution, value: Any) -> Any:
    return to_number(value)


_ATTRIBUTES: dict[str, tuple[str, Callable[[Execution, Any], Any]]] = {
    "START_DATE": ("start_date", _instant),
    "END_DATE": ("end_date", _instant),
    "REPEAT_INTERVAL": ("repeat_interval", _repeat),
    "JOB_ACTION": ("action", _text),
    "JOB_TYPE": ("type", _text),
    "COMMENTS": ("comments", _text),
    "AUTO_DROP": ("auto_drop", _flag),
    "MAX_FAILURES": ("max_failures", _number),
    "MAX_RUNS": ("max_runs", _number),
}


def _set_attribute(run: Execution, given: Arguments) -> None:
    """An enabled job is disabled, changed and enabled again, so that its next run follows the new values."""
    job = _existing(run, given["NAME"])
    attribute = (given["ATTRIBUTE"] or "").upper()
    if attribute not in _ATTRIBUTES:
        raise OracleError(27469, f"{attribute} is not a valid job attribute")
    column, convert = _ATTRIBUTES[attribute]
    value = convert(run, given["VALUE"])
    if value is None and column in ("action", "type"):
        raise OracleError(27465, f"invalid value  for attribute {attribute}")
    values = {column: value}
    if isinstance(given["VALUE"], datetime) and attribute == "START_DATE":
        values["time_zone"] = _zone(given["VALUE"])
    catalog = run.session.container.catalog
    jobs.update(catalog, *job.key, values)
    if job.enabled:
        jobs.update(catalog, *job.key, {"enabled": 0})
        _enable_one(run, *job.key)
    _changed(run)


def _set_attribute_null(run: Execution, given: Arguments) -> None:
    _set_attribute(run, {**given, "VALUE": None})


def _set_scheduler_attribute(run: Execution, given: Arguments) -> None:
    if not checks.has_system_privilege(run.session, "MANAGE SCHEDULER"):
        raise OracleError(27486, "insufficient privileges")
    name = (given["ATTRIBUTE"] or "").lower()
    if name not in (
        "scheduler_disabled",
        "log_history",
        "default_timezone",
        "max_job_slave_processes",
    ):
        raise OracleError(27469, f"{name} is not a valid scheduler attribute")
    run.session.container.catalog.execute(
        "INSERT OR REPLACE INTO settings VALUES (?, ?)",
        (f"scheduler.{name}", (given["VALUE"] or "").upper()),
    )
    _changed(run)


# --- running and stopping --------------------------------------------------------------------------------------------------------


def _run_job(run: Execution, given: Arguments) -> None:
    """Runs the job now, in this session or in one of its own; its error is the caller's."""
    from reconciler.sandbox.engine import scheduler

    session = run.session
    for text in _each(given["JOB_NAME"]):
        job = _existing(run, text, 27475)
        if job.is_running:
            raise OracleError(27478, f'job "{job.owner}"."{job.name}" is running')
        due = scheduler.Due(session.container, job, session.instance.now())
        if given["USE_CURRENT_SESSION"] is False:
            scheduler.claim(due, due.at)
            session.instance.run_job(due)
            continue
        error = scheduler.run_action(session, job)
        if error is not None:
            raise error


def _stop_one(run: Execution, job: jobs.Job) -> None:
    """Kills the session that runs the job."""
    session = run.session
    for other in session.instance.sessions():
        attributes = other.attributes
        if (
            attributes["module"] == "DBMS_SCHEDULER"
            and (other.user, attributes["action"]) == job.key
            and other is not session
        ):
            other.kill(immediate=True)
    session.instance.notify()


def _stop_job(run: Execution, given: Arguments) -> None:
    for text in _each(given["JOB_NAME"]):
        job = _existing(run, text, 27475)
        if not job.is_running:
            raise OracleError(27366, f'job "{job.owner}"."{job.name}" is not running')
        _stop_one(run, job)


_P = "DBMS_SCHEDULER."
ROUTINES = by_name(
    procedure(
        _P + "CREATE_JOB",
        _create_job,
        required("JOB_NAME", TEXT),
        required("JOB_TYPE", TEXT),
        required("JOB_ACTION", TEXT),
        optional("NUMBER_OF_ARGUMENTS", 0, INTEGER),
        optional("START_DATE", None, TIMESTAMP_TZ),
        optional("REPEAT_INTERVAL", None, TEXT),
        optional("END_DATE", None, TIMESTAMP_TZ),
        optional("JOB_CLASS", "DEFAULT_JOB_CLASS", TEXT),
        optional("ENABLED", default=False, kind=BOOLEAN),
        optional("AUTO_DROP", default=True, kind=BOOLEAN),
        optional("COMMENTS", None, TEXT),
    ),
    procedure(
        _P + "DROP_JOB",
        _drop_job,
        required("JOB_NAME", TEXT),
        optional("FORCE", default=False, kind=BOOLEAN),
        optional("DEFER", default=False, kind=BOOLEAN),
        optional("COMMIT_SEMANTICS", "STOP_ON_FIRST_ERROR", TEXT),
    ),
    procedure(_P + "ENABLE", _enable, required("NAME", TEXT)),
    procedure(
        _P + "DISABLE",
        _disable,
        required("NAME", TEXT),
        optional("FORCE", default=False, kind=BOOLEAN),
    ),
    procedure(
        _P + "SET_ATTRIBUTE",
        _set_attribute,
        required("NAME", TEXT),
        required("ATTRIBUTE", TEXT),
        required("VALUE"),
    ),
    procedure(
        _P + "SET_ATTRIBUTE_NULL",
        _set_attribute_null,
        required("NAME", TEXT),
        required("ATTRIBUTE", TEXT),
    ),
    procedure(
        _P + "SET_SCHEDULER_ATTRIBUTE",
        _set_scheduler_attribute,
        required("ATTRIBUTE", TEXT),
        required("VALUE", TEXT),
    ),
    procedure(
        _P + "RUN_JOB",
        _run_job,
        required("JOB_NAME", TEXT),
        optional("USE_CURRENT_SESSION", default=True, kind=BOOLEAN),
    ),
    procedure(
        _P + "STOP_JOB",
        _stop_job,
        required("JOB_NAME", TEXT),
        optional("FORCE", default=False, kind=BOOLEAN),
    ),
)
