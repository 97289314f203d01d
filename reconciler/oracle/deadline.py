"""The deadline: the job inside Oracle that ends a lease even if nothing outside is alive.

The job has the role's name and lives in the schema of the reconciler's account. It first runs at the lease's end and then every minute until the role
is gone: a one-shot job would count as completed after a run that failed. Its action needs nothing but the dictionary and the account's direct
grants, so it also ends a lease whose role somebody added privileges to.

Not yet seen on a real database: that START_DATE keeps fractions of a second, that a running job may drop itself with `defer`, and that a PLSQL_BLOCK
job runs with the account's direct grants although its DEFAULT ROLE is NONE.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from reconciler.model import names
from reconciler.model.identities import ROLE_ONLY, Ending
from reconciler.model.instants import format_instant
from reconciler.oracle import gate, texts

JOB_TYPE = "PLSQL_BLOCK"
REPEAT_INTERVAL = "FREQ=MINUTELY;INTERVAL=1"
MAX_ACTION_BYTES = 4000
"""What DBA_SCHEDULER_JOBS.JOB_ACTION holds."""


class TooLongError(ValueError):
    """An end that needs more statements than a job holds."""


def action(role: str, ending: Ending = ROLE_ONLY) -> str:
    """The PL/SQL block the job runs. Raises InvalidNameError, TooLongError."""
    text = texts.filled(
        texts.without_comments(texts.load("deadline_action", 0)),
        {
            "  :first:\n": _tried(_first_statements(ending)),
            "  :last:\n": _tried(_last_statements(ending)),
            ":proxies:": _proxies(ending),
            ":user:": names.literal(ending.temporary_user) if ending.temporary_user else "NULL",
            ":role:": names.literal(names.check(role)),
        },
    )
    if len(text.encode()) > MAX_ACTION_BYTES:
        raise TooLongError(
            f"the end of {role} needs {len(text.encode())} bytes of PL/SQL;"
            f" a job of Oracle holds {MAX_ACTION_BYTES}"
        )
    return text


def _first_statements(ending: Ending) -> Iterator[str]:
    """Lock, then kill, then what is held outside the role: whoever is thrown out must not come back."""
    if ending.temporary_user:
        yield gate.lock_user(ending.temporary_user)
        yield gate.kill_sessions(ending.temporary_user)
    for entitlement in ending.direct:
        client, proxy = entitlement.privilege.owner, entitlement.grantee
        yield gate.revoke_proxy(client, proxy)
        yield gate.kill_proxy_sessions(client, proxy)


def _last_statements(ending: Ending) -> Iterator[str]:
    """When the privileges are gone."""
    if ending.kill_sessions_of:
        yield gate.kill_sessions(ending.kill_sessions_of)
    if ending.temporary_user:
        yield gate.drop_user(ending.temporary_user)


def _proxies(ending: Ending) -> str:
    """Looks whether a proxy right is still there: the job goes on until it is gone too."""
    rows = ((right.privilege.owner, right.grantee) for right in ending.direct)
    return "".join(
        f"\n    UNION ALL SELECT client FROM dba_proxies WHERE client = {client} AND proxy = {proxy}"  # noqa: S608 - literals
        for client, proxy in (map(names.literal, row) for row in rows)
    )


def _tried(statements: Iterable[str]) -> str:
    return "".join(f"  try({names.literal(statement)});\n" for statement in statements)


def arm_statement(
    role: str,
    lease_id: str,
    target: str,
    end: datetime,
    ending: Ending = ROLE_ONLY,
) -> str:
    """Creates the job, enabled, with its first run at `end` (aware). ORA-27477 when there is one already, whatever its end."""
    return _block(
        "DBMS_SCHEDULER.CREATE_JOB(\n"
        f"    job_name => {_job_name(role)},\n"
        f"    job_type => {names.literal(JOB_TYPE)},\n"
        f"    job_action => {names.literal(action(role, ending))},\n"
        f"    start_date => {_instant(end)},\n"
        f"    repeat_interval => {names.literal(REPEAT_INTERVAL)},\n"
        "    enabled => TRUE,\n"
        "    auto_drop => FALSE,\n"
        f"    comments => {_comment(lease_id, target, end, ending)})"
    )


def move_statement(
    role: str,
    lease_id: str,
    target: str,
    end: datetime,
    ending: Ending = ROLE_ONLY,
) -> str:
    """Gives the job another first run, and makes it again what `arm_statement` makes, if somebody changed or disabled it. ORA-27475 or ORA-27476
    when there is none."""
    name = _job_name(role)
    return _block(
        f"DBMS_SCHEDULER.SET_ATTRIBUTE({name}, 'job_type', {names.literal(JOB_TYPE)})",
        f"DBMS_SCHEDULER.SET_ATTRIBUTE({name}, 'job_action', {names.literal(action(role, ending))})",
        f"DBMS_SCHEDULER.SET_ATTRIBUTE({name}, 'repeat_interval', {names.literal(REPEAT_INTERVAL)})",
        f"DBMS_SCHEDULER.SET_ATTRIBUTE({name}, 'start_date', {_instant(end)})",
        f"DBMS_SCHEDULER.SET_ATTRIBUTE({name}, 'comments', {_comment(lease_id, target, end, ending)})",
        f"DBMS_SCHEDULER.ENABLE({name})",
    )


def drop_statement(role: str) -> str:
    """Drops the job, also while it runs. ORA-27475 or ORA-27476 when there is none."""
    return _block(f"DBMS_SCHEDULER.DROP_JOB(job_name => {_job_name(role)}, force => TRUE)")


def _block(*calls: str) -> str:
    return "BEGIN\n" + "".join(f"  {call};\n" for call in calls) + "END;"


def _job_name(role: str) -> str:
    return names.literal(names.quote(role))


def _instant(instant: datetime) -> str:
    """With its zone and to the microsecond, so that the dictionary gives back exactly this instant."""
    text = instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f +00:00")
    return f"TO_TIMESTAMP_TZ({names.literal(text)}, 'YYYY-MM-DD HH24:MI:SS.FF6 TZH:TZM')"


def _comment(lease_id: str, target: str, end: datetime, ending: Ending) -> str:
    """Which lease the job is for: read back by `rows.row_to_deadline`."""
    fields: dict[str, object] = {"lease": lease_id, "target": target, "end": format_instant(end)}
    if any(ending):
        fields["ending"] = ending.to_json()
    return names.literal(json.dumps(fields, separators=(",", ":")))
