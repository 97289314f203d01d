"""DBMS_LOCK: user locks between sessions. Timeouts and sleeps are in real seconds."""

from __future__ import annotations

from typing import Any

from reconciler.sandbox.engine import locks
from reconciler.sandbox.engine.plsql.packages.supplied import (
    Arguments,
    SuppliedRoutine,
    by_name,
    function,
    optional,
    procedure,
    required,
)
from reconciler.sandbox.engine.plsql.runtime import Execution
from reconciler.sandbox.engine.plsql.types import BOOLEAN, INTEGER, NUMBER, TEXT
from reconciler.sandbox.seam import OracleError

_MAX_WAIT = 32_767  # seconds; also the constant MAXWAIT, which means for ever
_SUCCESS, _TIMEOUT, _PARAMETER_ERROR, _ALREADY_HELD, _ILLEGAL_HANDLE = 0, 1, 3, 4, 5


def _allocate_unique(run: Execution, given: Arguments) -> None:
    """Commits, as Oracle's does."""
    name = given["LOCKNAME"]
    if name is None or len(name) > 128 or name.upper().startswith("ORA$"):
        raise OracleError(20000, "ORU-10003: Unable to find or insert lock")
    given["LOCKHANDLE"] = run.session.instance.locks.allocate(name)
    run.session.commit()


def _number(handle: Any) -> int | None:
    """The lock behind an id (0 to 1073741823) or a handle; None for neither."""
    text = str(handle)
    if not text.isdigit():
        return None
    number = int(text[:10]) if len(text) > 10 else int(text)
    return number if number <= 1_999_999_999 else None


def _request(run: Execution, given: Arguments) -> int:
    session = run.session
    number, mode, timeout = _number(given["LOCKHANDLE"]), given["LOCKMODE"], given["TIMEOUT"]
    if number is None:
        return _ILLEGAL_HANDLE
    if mode not in range(locks.NULL_MODE, locks.X + 1) or timeout is None or timeout < 0:
        return _PARAMETER_ERROR
    manager, holder = session.instance.locks, (session.sid, session.serial)
    if manager.holds(number, holder):
        return _ALREADY_HELD
    until_commit = given["RELEASE_ON_COMMIT"] is True
    taken = session.wait_until(
        lambda: manager.try_request(number, mode, holder, until_commit=until_commit),
        None if timeout >= _MAX_WAIT else float(timeout),
    )
    return _SUCCESS if taken else _TIMEOUT


def _convert(run: Execution, given: Arguments) -> int:
    session = run.session
    number, mode = _number(given["LOCKHANDLE"]), given["LOCKMODE"]
    manager, holder = session.instance.locks, (session.sid, session.serial)
    if number is None:
        return _ILLEGAL_HANDLE
    if mode not in range(locks.NULL_MODE, locks.X + 1):
        return _PARAMETER_ERROR
    if not manager.holds(number, holder):
        return 4
    taken = session.wait_until(
        lambda: manager.try_request(number, mode, holder), float(given["TIMEOUT"])
    )
    return _SUCCESS if taken else _TIMEOUT


def _release(run: Execution, given: Arguments) -> int:
    session = run.session
    number = _number(given["LOCKHANDLE"])
    if number is None:
        return _ILLEGAL_HANDLE
    if not session.instance.locks.release(number, (session.sid, session.serial)):
        return 4
    session.instance.notify()
    return _SUCCESS


def sleep(run: Execution, given: Arguments) -> None:
    seconds = given["SECONDS"]
    if seconds is None or seconds < 0:
        raise OracleError(6502, "PL/SQL: numeric or value error")
    run.session.sleep(float(seconds))


_HANDLE = required("LOCKHANDLE", TEXT, aliases=("ID",))
_CONSTANTS = {
    "NL_MODE": locks.NULL_MODE,
    "SS_MODE": locks.SS,
    "SX_MODE": locks.SX,
    "S_MODE": locks.S,
    "SSX_MODE": locks.SSX,
    "X_MODE": locks.X,
    "MAXWAIT": _MAX_WAIT,
}


def _constant(name: str, value: int) -> SuppliedRoutine:
    """A constant of the package: reads like a function without arguments."""
    return function(f"DBMS_LOCK.{name}", lambda _run, _given: value)


ROUTINES = by_name(
    *(_constant(name, value) for name, value in _CONSTANTS.items()),
    procedure(
        "DBMS_LOCK.ALLOCATE_UNIQUE",
        _allocate_unique,
        required("LOCKNAME", TEXT),
        required("LOCKHANDLE", TEXT, "OUT"),
        optional("EXPIRATION_SECS", 864_000, INTEGER),
    ),
    function(
        "DBMS_LOCK.REQUEST",
        _request,
        _HANDLE,
        optional("LOCKMODE", locks.X, INTEGER),
        optional("TIMEOUT", _MAX_WAIT, INTEGER),
        optional("RELEASE_ON_COMMIT", default=False, kind=BOOLEAN),
    ),
    function(
        "DBMS_LOCK.CONVERT",
        _convert,
        _HANDLE,
        required("LOCKMODE", INTEGER),
        optional("TIMEOUT", _MAX_WAIT, NUMBER),
    ),
    function("DBMS_LOCK.RELEASE", _release, _HANDLE),
    procedure("DBMS_LOCK.SLEEP", sleep, required("SECONDS", NUMBER)),
)
