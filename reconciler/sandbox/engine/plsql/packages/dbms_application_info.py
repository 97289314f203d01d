"""DBMS_APPLICATION_INFO: module, action and client info of the session."""

from __future__ import annotations

from reconciler.sandbox.engine.plsql.packages.supplied import (
    Arguments,
    by_name,
    procedure,
    required,
)
from reconciler.sandbox.engine.plsql.runtime import Execution
from reconciler.sandbox.engine.plsql.types import TEXT


def _set_module(run: Execution, given: Arguments) -> None:
    run.session.set_attributes({"module": given["MODULE_NAME"], "action": given["ACTION_NAME"]})


def _set_action(run: Execution, given: Arguments) -> None:
    run.session.set_attributes({"action": given["ACTION_NAME"]})


def _set_client_info(run: Execution, given: Arguments) -> None:
    run.session.set_attributes({"client_info": given["CLIENT_INFO"]})


def _read_module(run: Execution, given: Arguments) -> None:
    given["MODULE_NAME"] = run.session.attributes["module"]
    given["ACTION_NAME"] = run.session.attributes["action"]


def _read_client_info(run: Execution, given: Arguments) -> None:
    given["CLIENT_INFO"] = run.session.attributes["client_info"]


_NAME = "DBMS_APPLICATION_INFO."
ROUTINES = by_name(
    procedure(
        _NAME + "SET_MODULE",
        _set_module,
        required("MODULE_NAME", TEXT),
        required("ACTION_NAME", TEXT),
    ),
    procedure(_NAME + "SET_ACTION", _set_action, required("ACTION_NAME", TEXT)),
    procedure(_NAME + "SET_CLIENT_INFO", _set_client_info, required("CLIENT_INFO", TEXT)),
    procedure(
        _NAME + "READ_MODULE",
        _read_module,
        required("MODULE_NAME", TEXT, "OUT"),
        required("ACTION_NAME", TEXT, "OUT"),
    ),
    procedure(_NAME + "READ_CLIENT_INFO", _read_client_info, required("CLIENT_INFO", TEXT, "OUT")),
)
