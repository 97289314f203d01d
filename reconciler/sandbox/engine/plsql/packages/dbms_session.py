"""DBMS_SESSION: roles, identifier and sleep of the own session."""

from __future__ import annotations

from reconciler.sandbox.engine.plsql.packages.dbms_lock import sleep
from reconciler.sandbox.engine.plsql.packages.supplied import (
    Arguments,
    by_name,
    function,
    procedure,
    required,
)
from reconciler.sandbox.engine.plsql.runtime import Execution
from reconciler.sandbox.engine.plsql.types import NUMBER, TEXT
from reconciler.sandbox.seam import OracleError


def _set_role(run: Execution, given: Arguments) -> None:
    if run.session.in_definer_rights_code:
        raise OracleError(6565, "cannot execute SET ROLE from within stored procedure")
    run.session.execute_sql(f"SET ROLE {given['ROLE_CMD'] or 'NONE'}")


def _is_role_enabled(run: Execution, given: Arguments) -> bool:
    return (given["ROLENAME"] or "").upper() in run.session.roles


def _set_identifier(run: Execution, given: Arguments) -> None:
    run.session.set_attributes({"client_identifier": given["CLIENT_ID"]})


def _clear_identifier(run: Execution, _given: Arguments) -> None:
    run.session.set_attributes({"client_identifier": None})


def _unique_session_id(run: Execution, _given: Arguments) -> str:
    return f"{run.session.sid:04X}{run.session.serial:04X}0001"


ROUTINES = by_name(
    procedure("DBMS_SESSION.SLEEP", sleep, required("SECONDS", NUMBER)),
    procedure("DBMS_SESSION.SET_ROLE", _set_role, required("ROLE_CMD", TEXT)),
    function("DBMS_SESSION.IS_ROLE_ENABLED", _is_role_enabled, required("ROLENAME", TEXT)),
    procedure("DBMS_SESSION.SET_IDENTIFIER", _set_identifier, required("CLIENT_ID", TEXT)),
    procedure("DBMS_SESSION.CLEAR_IDENTIFIER", _clear_identifier),
    function("DBMS_SESSION.UNIQUE_SESSION_ID", _unique_session_id),
)
