"""Exception handlers at run time: which one takes an error, and what SQLCODE and SQLERRM say inside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reconciler.sandbox.engine.plsql.errors import UNCATCHABLE, UserException
from reconciler.sandbox.engine.plsql.runtime import Frame, Leaving, Run
from reconciler.sandbox.engine.plsql.scope import ExceptionName
from reconciler.sandbox.seam import OracleError

Matches = Callable[[OracleError], bool]


def matcher(names: Sequence[ExceptionName | int]) -> Matches:
    """Whether an error is one of the names, or any at all without names (OTHERS)."""
    if not names:
        return lambda error: error.code not in UNCATCHABLE
    codes = {name if isinstance(name, int) else name.code for name in names}
    identities = [name for name in names if isinstance(name, ExceptionName)]

    def matches(error: OracleError) -> bool:
        if isinstance(error, UserException):
            return any(error.identity is name for name in identities)
        return error.code in codes and error.code not in UNCATCHABLE

    return matches


def handle(
    frame: Frame, error: OracleError, handlers: Sequence[tuple[Matches, Run]]
) -> Leaving | None:
    """Runs the first handler that takes the error; without one the error goes on to the block around."""
    if error.fatal:
        raise error
    for matches, body in handlers:
        if matches(error):
            run = frame.run
            outer, outer_trace = run.error, run.backtrace
            place = run.place(frame)
            run.error, run.backtrace = error, f"{run.trace_of(error)}ORA-06512: at {place}"
            try:
                return body(frame)
            finally:
                run.error, run.backtrace = outer, outer_trace
    raise error
