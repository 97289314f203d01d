"""DBMS_UTILITY: the error being handled, and hundredths of a second."""

from __future__ import annotations

import time

from reconciler.sandbox.engine.plsql.packages.supplied import Arguments, by_name, function
from reconciler.sandbox.engine.plsql.runtime import Execution


def _error_stack(run: Execution, _given: Arguments) -> str | None:
    return f"{run.error.text}\n" if run.error is not None else None


def _error_backtrace(run: Execution, _given: Arguments) -> str | None:
    return f"{run.backtrace}\n" if run.backtrace else None


def _get_time(_run: Execution, _given: Arguments) -> int:
    return int(time.monotonic() * 100) % 2**31


ROUTINES = by_name(
    function("DBMS_UTILITY.FORMAT_ERROR_STACK", _error_stack),
    function("DBMS_UTILITY.FORMAT_ERROR_BACKTRACE", _error_backtrace),
    function("DBMS_UTILITY.GET_TIME", _get_time),
)
