"""Triggers that fire after a logon: ON DATABASE for everybody, ON SCHEMA for one user. No other trigger is known.

They run with their owner's rights. An error of one refuses the logon, except to those who could not mend it otherwise: holders of ADMINISTER
DATABASE TRIGGER (for ON DATABASE), of ALTER ANY TRIGGER and the owner (for ON SCHEMA), and SYSDBA. That exemption is Oracle's note "ADMINISTER
DATABASE TRIGGER Privilege Causes Logon Trigger to Skip Errors"; not verified on a real database here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.sandbox.engine.access import checks
from reconciler.sandbox.engine.plsql import nodes, units
from reconciler.sandbox.engine.plsql.errors import CompileError, compilation_failed
from reconciler.sandbox.engine.plsql.parser import parse_block
from reconciler.sandbox.engine.plsql.routines import BlockRoutine, Rights
from reconciler.sandbox.engine.plsql.runtime import Execution, Frame
from reconciler.sandbox.seam import OracleError, Release

if TYPE_CHECKING:
    from reconciler.sandbox.engine.session import Session

_NOT_HERE = OracleError(3001, "unimplemented feature: triggers other than AFTER LOGON")


@dataclass(frozen=True, slots=True)
class LogonTrigger:
    """What stands before the body. `schema` is the user of ON SCHEMA, None for ON DATABASE; `body` begins with DECLARE or BEGIN."""

    owner: str | None
    name: str
    on_schema: bool
    schema: str | None
    condition: str | None
    enabled: bool
    body: str


def parse(source: str) -> LogonTrigger:
    """Reads the text from TRIGGER on. Raises CompileError for what is no trigger, ORA-03001 for one that is not known here."""
    parser = units.parser_of(source)
    head = parser.head()
    if not parser.accept_words("AFTER", "LOGON") or not parser.accept_word("ON"):
        raise _NOT_HERE
    schema, on_schema = None, False
    if not parser.accept_word("DATABASE") and not parser.accept_words("PLUGGABLE", "DATABASE"):
        on_schema = True
        if not parser.accept_word("SCHEMA"):
            schema = parser.identifier()
            parser.expect_symbol(".")
            parser.expect_word("SCHEMA")
    enabled = parser.accept_word("ENABLE", "DISABLE") != "DISABLE"
    condition = None
    if parser.accept_word("WHEN"):
        parser.expect_symbol("(")
        inner = parser.until_closing()
        condition = source[inner[0].start : inner[-1].end] if inner else parser.fail("<condition>")
    if not parser.is_word("DECLARE", "BEGIN"):
        raise OracleError(3001, "unimplemented feature: triggers without a block")
    return LogonTrigger(
        head.owner, head.name, on_schema, schema, condition, enabled, source[parser.at :]
    )


def facts(trigger: LogonTrigger, owner: str) -> dict[str, Any]:
    """What the catalog keeps of it besides the text."""
    schema = (trigger.schema or owner) if trigger.on_schema else None
    return {"event": "LOGON", "schema": schema, "enabled": trigger.enabled}


def require_create(session: Session, trigger: LogonTrigger, owner: str) -> None:
    """Raises ORA-01031 without the right to watch the whole database or somebody else's logons."""
    if not trigger.on_schema:
        checks.require_system_privilege(session, "ADMINISTER DATABASE TRIGGER")
    elif trigger.schema not in (None, owner):
        checks.require_system_privilege(session, "CREATE ANY TRIGGER")


def compile_trigger(session: Session, owner: str, source: str) -> BlockRoutine:
    """Compiles the body with the rights of its owner; lines count from its first one, as Oracle's do. Raises CompileError or ORA-06550."""
    from reconciler.sandbox.engine.plsql.compiler import Compiler

    trigger = parse(source)
    unit = f"{owner}.{trigger.name}"
    try:
        block = parse_block(trigger.body)
    except CompileError as error:
        raise compilation_failed([(error, "")], trigger.body) from None
    node = nodes.Subprogram(trigger.name, (), None, block, 0)
    with session.definer_rights(owner):
        compiler = Compiler(session, trigger.body, unit=unit)
        routine = compiler.unit_routine(node, unit, Rights(owner, trigger.name))
        compiler.fail_on_errors()
    return routine


def fire_logon(session: Session) -> None:
    """Fires what waits for the logon of this session, in the order of creation, and commits what it did. Raises the error that refuses the
    logon: ORA-04088 above that of the trigger, or ORA-04098 for a trigger that does not compile.
    """
    rows = session.container.catalog.execute(
        "SELECT owner, source, json_extract(details, '$.schema') FROM objects WHERE type = 'TRIGGER'"
        " AND json_extract(details, '$.event') = 'LOGON' AND json_extract(details, '$.enabled') ORDER BY object_id"
    ).fetchall()
    for owner, source, schema in rows:
        if schema not in (None, session.user):
            continue
        try:
            _fire(session, owner, source)
            session.commit()
        except OracleError:
            session.rollback()
            if not _exempt(session, owner, on_database=schema is None):
                raise


def _fire(session: Session, owner: str, source: str) -> None:
    trigger = parse(source)
    shown = f"{owner}.{trigger.name}"
    try:
        routine = compile_trigger(session, owner, source)
    except (OracleError, CompileError):
        raise OracleError(4098, f"trigger '{shown}' is invalid and failed re-validation") from None
    try:
        if _wanted(session, owner, trigger.condition):
            routine.call(Frame(0, None, Execution(session)), [])
    except OracleError as error:
        if error.fatal:
            raise
        raise OracleError(
            4088,
            f"error during execution of trigger '{shown}'\n{_recursive(session)}\n{error.text}",
        ) from None


def _recursive(session: Session) -> str:
    if session.instance.release < Release.R23:
        return "ORA-00604: error occurred at recursive SQL level 1"
    return "ORA-00604: Error occurred at recursive SQL level 1. Check subsequent errors."


def _wanted(session: Session, owner: str, condition: str | None) -> bool:
    if condition is None:
        return True
    with session.definer_rights(owner):
        outcome = session.execute_sql(f"SELECT 1 FROM dual WHERE {condition}")
        return next(outcome.rows or iter(()), None) is not None


def _exempt(session: Session, owner: str, *, on_database: bool) -> bool:
    if session.is_sysdba or (not on_database and session.user == owner):
        return True
    privilege = "ADMINISTER DATABASE TRIGGER" if on_database else "ALTER ANY TRIGGER"
    return checks.has_system_privilege(session, privilege)


def set_enabled(session: Session, found: checks.ObjectRow, *, enabled: bool) -> None:
    """ALTER TRIGGER ... ENABLE or DISABLE."""
    details = json.loads(found.details or "{}") | {"enabled": enabled}
    session.container.catalog.execute(
        "UPDATE objects SET details = ? WHERE object_id = ?",
        (json.dumps(details), found.object_id),
    )
