"""DBMS_OUTPUT: lines a block leaves for its client to fetch."""

from __future__ import annotations

from reconciler.sandbox.engine.plsql.packages.supplied import (
    Arguments,
    by_name,
    optional,
    procedure,
    required,
)
from reconciler.sandbox.engine.plsql.runtime import Execution
from reconciler.sandbox.engine.plsql.types import INTEGER, TEXT
from reconciler.sandbox.engine.plsql.values import Collection
from reconciler.sandbox.seam import OracleError

_LONGEST_LINE = 32_767


def _enable(run: Execution, _given: Arguments) -> None:
    run.session.packages.output_enabled = True


def _disable(run: Execution, _given: Arguments) -> None:
    packages = run.session.packages
    packages.output_enabled = False
    packages.output.clear()
    packages.open_line = ""


def _put(run: Execution, given: Arguments) -> None:
    packages = run.session.packages
    if packages.output_enabled:
        packages.open_line += given["A"] or ""
        if len(packages.open_line) > _LONGEST_LINE:
            raise OracleError(
                20000, "ORU-10028: line length overflow, limit of 32767 bytes per line"
            )


def _new_line(run: Execution, _given: Arguments) -> None:
    packages = run.session.packages
    if packages.output_enabled:
        packages.output.append(packages.open_line)
        packages.open_line = ""


def _put_line(run: Execution, given: Arguments) -> None:
    _put(run, given)
    _new_line(run, given)


def _get_line(run: Execution, given: Arguments) -> None:
    output = run.session.packages.output
    given["STATUS"] = 0 if output else 1
    given["LINE"] = (output.pop(0) or None) if output else None


def _get_lines(run: Execution, given: Arguments) -> None:
    output = run.session.packages.output
    wanted = max(int(given["NUMLINES"] or 0), 0)
    taken, output[:] = output[:wanted], output[wanted:]
    given["LINES"] = Collection({index: line or None for index, line in enumerate(taken, 1)})
    given["NUMLINES"] = len(taken)


_LINE = required("A", TEXT)
ROUTINES = by_name(
    procedure("DBMS_OUTPUT.ENABLE", _enable, optional("BUFFER_SIZE", 20_000, INTEGER)),
    procedure("DBMS_OUTPUT.DISABLE", _disable),
    procedure("DBMS_OUTPUT.PUT", _put, _LINE),
    procedure("DBMS_OUTPUT.PUT_LINE", _put_line, _LINE),
    procedure("DBMS_OUTPUT.NEW_LINE", _new_line),
    procedure(
        "DBMS_OUTPUT.GET_LINE",
        _get_line,
        required("LINE", TEXT, "OUT"),
        required("STATUS", INTEGER, "OUT"),
    ),
    procedure(
        "DBMS_OUTPUT.GET_LINES",
        _get_lines,
        required("LINES", mode="OUT"),
        required("NUMLINES", INTEGER, "IN OUT"),
    ),
)
