"""The recorder of the unified audit trail: statements, logons and logoffs that an enabled policy covers become rows.

Nothing is done while no policy is enabled. A row holds what Oracle's does; the trail of a container keeps its newest `MAX_ROWS`. Up to release 19 a
policy's users are those of the session; from 21 on the user whose rights apply, so that what a definer's code does counts for its owner.
Parse errors of unknown statements leave no row. Purging (DBMS_AUDIT_MGMT) and fine-grained auditing are not kept.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.sandbox.engine.access.logon import fold
from reconciler.sandbox.engine.auditing import policies as enabled
from reconciler.sandbox.engine.auditing import text as statement_text
from reconciler.sandbox.engine.auditing.policies import Deed, Policy
from reconciler.sandbox.engine.clock import stored
from reconciler.sandbox.engine.context import Container, InstanceView, Note
from reconciler.sandbox.engine.sql import lexer
from reconciler.sandbox.seam import (
    Logon,
    OracleError,
    Outcome,
    Prepared,
    Release,
    StatementKind,
)

if TYPE_CHECKING:
    from reconciler.sandbox.engine.session import Session

MAX_ROWS = 20_000
_TRIM_EVERY = 256
_ACTIONS = {"READ": "SELECT", "LOCK": "SELECT"}
_NOT_IN_HOST = re.compile(r"[()=\s]")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, and from where."""

    user: str
    proxy_user: str | None
    attributes: Mapping[str, str | None]


@dataclass(slots=True)
class AuditState:
    """What a session keeps for auditing: whether a client logged on to it (jobs did not), whether any policy is enabled, and the conditions
    that were asked."""

    connected: bool = False
    evaluating: bool = False
    enabled: bool = False
    enabled_at: tuple[str, int] = (
        "",
        -1,
    )  # container, and its catalog's count of changes, when that was asked
    conditions: dict[tuple[str, str], bool] = field(default_factory=dict)


# --- statements --------------------------------------------------------------------------------------------------------------------


def run(session: Session, prepared: Prepared, work: Callable[[], Outcome]) -> Outcome:
    """Does the work of one statement, and records it if a policy covers it, whether it succeeds or fails."""
    if session.audit.evaluating or not _is_on(session):
        return work()
    container, user, outer = session.container, session.current_user, session.notes
    notes: list[Note] = []
    session.notes = notes
    code = 0
    try:
        outcome = work()
    except OracleError as error:
        code = error.code
        raise
    else:
        return outcome
    finally:
        session.notes = outer
        top = outer is None
        deeds = list(_deeds(session, prepared, notes, user, top=top))
        _record(session, container, deeds, prepared.text, code, top=top)


def _is_on(session: Session) -> bool:
    """Whether any policy is enabled in the container. Asked again only when something in its catalog changed, all of which goes through its one
    connection: most statements must not pay for auditing."""
    state, container = session.audit, session.container
    now = (container.name, container.catalog.total_changes)
    if state.enabled_at != now:
        state.enabled, state.enabled_at = enabled.any_enabled(container.catalog), now
    return state.enabled


def _deeds(
    session: Session, prepared: Prepared, notes: Sequence[Note], user: str, *, top: bool
) -> Iterator[tuple[Deed, str]]:
    """What the statement did, each with the user whose rights applied."""
    objects = [note for note in notes if note.name is not None]
    system = tuple(dict.fromkeys(note.privilege for note in notes if note.name is None))
    if prepared.kind in (StatementKind.QUERY, StatementKind.DML):
        if not top and all((note.schema, note.name) == ("SYS", "DUAL") for note in objects):
            return  # an expression of PL/SQL, which the stand-in computes as a query
        if not objects:
            action = prepared.text.split(None, 1)[0].upper()
            action = "SELECT" if action.startswith(("WITH", "(")) else action
            yield Deed(action, action, privileges=system), user
    else:
        action, verb, schema, name = statement_text.deed_of(prepared.text)
        if action:
            owner = (schema or session.current_schema) if name and _has_schema(action) else schema
            yield Deed(action, verb, owner, name, system), user
        objects = [note for note in objects if note.privilege == "EXECUTE"]
    for note in dict.fromkeys(objects):
        action = _ACTIONS.get(note.privilege, note.privilege)
        used = (note.system_privilege,) if note.system_privilege else ()
        yield Deed(action, action, note.schema, note.name, used), note.user


def _has_schema(action: str) -> bool:
    return not action.endswith(
        (
            " USER",
            " ROLE",
            " PROFILE",
            " TABLESPACE",
            " POLICY",
            " SESSION",
            " SYSTEM",
            " DIRECTORY",
        )
    )


def _record(
    session: Session,
    container: Container,
    deeds: Sequence[tuple[Deed, str]],
    text: str,
    code: int,
    *,
    top: bool,
) -> None:
    by_session = session.instance.release < Release.R23
    policies: dict[str, Sequence[Policy]] = {}
    actor = actor_of(session)
    for deed, current in deeds:
        user = session.user if by_session else current
        if user not in policies:
            policies[user] = enabled.of_user(container.catalog, user)
        covering = [
            policy.name
            for policy in policies[user]
            if policy.covers(container.catalog, deed, failed=code != 0, top=top)
            and _condition_holds(session, policy)
        ]
        if covering:
            extra = {"sql_text": statement_text.without_passwords(text), "current_user": current}
            _write(session.instance, container, actor, deed, code, covering, extra)


def _condition_holds(session: Session, policy: Policy) -> bool:
    """The WHEN condition, asked each time or once a session. One that cannot be evaluated holds: rather a row too many."""
    condition = policy.definition.get("condition")
    if not condition:
        return True
    once = policy.definition.get("evaluate") != "STATEMENT"
    if once and (policy.name, condition) in session.audit.conditions:
        return session.audit.conditions[policy.name, condition]
    session.audit.evaluating = True
    try:
        text = f"SELECT CASE WHEN {condition} THEN 1 ELSE 0 END FROM dual"
        holds = bool(next(session.run(lexer.prepare(text)).rows or iter(()))[0])
    except OracleError:
        holds = True
    finally:
        session.audit.evaluating = False
    session.audit.conditions[policy.name, condition] = holds
    return holds


# --- logons and logoffs ------------------------------------------------------------------------------------------------------------


def actor_of(session: Session) -> Actor:
    return Actor(session.user, session.proxy_user, session.attributes)


def record_logon(session: Session) -> None:
    """Records that a client logged on. Conditions of policies are not asked for logons and logoffs."""
    session.audit.connected = True
    _record_connection(session.instance, session.container, actor_of(session), "LOGON", 0)


def record_failed_logon(
    instance: InstanceView,
    container: Container,
    logon: Logon,
    attributes: Mapping[str, str | None],
    code: int,
) -> None:
    """Records a logon refused with that ORA- number, under the name that was tried."""
    account = fold(logon.user)
    client = None if logon.client_user is None else fold(logon.client_user)
    actor = Actor(client or account, account if client else None, attributes)
    _record_connection(instance, container, actor, "LOGON", code)


def record_logoff(session: Session) -> None:
    """Records the end of a session; a killed one's is a clean-up."""
    if not session.audit.connected:
        return
    action = "LOGOFF BY CLEANUP" if session.killed else "LOGOFF"
    _record_connection(session.instance, session.container, actor_of(session), action, 0)


def _record_connection(
    instance: InstanceView, container: Container, actor: Actor, action: str, code: int
) -> None:
    catalog = container.catalog
    if not enabled.any_enabled(catalog):
        return
    used = ("CREATE SESSION",) if action == "LOGON" and not code else ()
    deed = Deed(action, action, privileges=used)
    asked = replace(deed, action=action.partition(" ")[0])
    covering = [
        policy.name
        for policy in enabled.of_user(catalog, actor.user)
        if policy.covers(catalog, asked, failed=code != 0, top=True)
    ]
    if covering:
        _write(instance, container, actor, deed, code, covering, {"current_user": actor.user})


# --- rows --------------------------------------------------------------------------------------------------------------------------


def _write(
    instance: InstanceView,
    container: Container,
    actor: Actor,
    deed: Deed,
    code: int,
    policies: Sequence[str],
    extra: Mapping[str, str],
) -> None:
    said = actor.attributes
    row = {
        "sessionid": int(said.get("audsid") or 0),
        "os_username": said.get("os_user"),
        "userhost": said.get("machine"),
        "terminal": said.get("terminal"),
        "authentication_type": _authentication(said),
        "dbusername": actor.user,
        "dbproxy_username": actor.proxy_user,
        "client_program_name": (said.get("program") or "")[:48] or None,
        "client_identifier": said.get("client_identifier"),
        "event_timestamp": stored(instance.now()),
        "action_name": deed.action,
        "return_code": code,
        "object_schema": deed.schema,
        "object_name": deed.name,
        "system_privilege_used": ", ".join(deed.privileges) or None,
        "unified_audit_policies": ", ".join(policies),
        **extra,
    }
    cursor = container.catalog.execute(
        "INSERT INTO audit_trail (record) VALUES (?)", (json.dumps(row),)
    )
    _trim(container.catalog, cursor.lastrowid or 0)


def _trim(catalog: sqlite3.Connection, newest: int) -> None:
    if newest % _TRIM_EVERY == 0:
        catalog.execute("DELETE FROM audit_trail WHERE entry_id <= ?", (newest - MAX_ROWS,))


def _authentication(said: Mapping[str, str | None]) -> str:
    """How the client proved who it is, and its address, in the form of AUTHENTICATION_TYPE."""
    address = said.get("address")
    if not address:
        return "(TYPE=(DATABASE));"
    host = _NOT_IN_HOST.sub("", address)
    where = f"(ADDRESS=(PROTOCOL=tcp)(HOST={host})(PORT={said.get('port') or 0}))"
    return f"(TYPE=(DATABASE));(CLIENT ADDRESS=({where}));"
