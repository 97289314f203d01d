"""Errors of PL/SQL: what the compiler reports, what the runtime raises, and the names that handlers use."""

from __future__ import annotations

from bisect import bisect_right

from reconciler.sandbox.seam import OracleError

PREDEFINED = {
    "ACCESS_INTO_NULL": 6530,
    "CASE_NOT_FOUND": 6592,
    "COLLECTION_IS_NULL": 6531,
    "CURSOR_ALREADY_OPEN": 6511,
    "DUP_VAL_ON_INDEX": 1,
    "INVALID_CURSOR": 1001,
    "INVALID_NUMBER": 1722,
    "LOGIN_DENIED": 1017,
    "NO_DATA_FOUND": 1403,
    "NOT_LOGGED_ON": 1012,
    "PROGRAM_ERROR": 6501,
    "ROWTYPE_MISMATCH": 6504,
    "STORAGE_ERROR": 6500,
    "SUBSCRIPT_BEYOND_COUNT": 6533,
    "SUBSCRIPT_OUTSIDE_LIMIT": 6532,
    "SYS_INVALID_ROWID": 1410,
    "TIMEOUT_ON_RESOURCE": 51,
    "TOO_MANY_ROWS": 1422,
    "VALUE_ERROR": 6502,
    "ZERO_DIVIDE": 1476,
}

_TEXTS = {
    1: "unique constraint violated",
    51: "timeout occurred while waiting for a resource",
    1001: "invalid cursor",
    1012: "not logged on",
    1017: "invalid username/password; logon denied",
    1403: "no data found",
    1410: "invalid ROWID",
    1422: "exact fetch returns more than requested number of rows",
    1476: "divisor is equal to zero",
    1722: "invalid number",
    6500: "PL/SQL: storage error",
    6501: "PL/SQL: program error",
    6502: "PL/SQL: numeric or value error",
    6504: "PL/SQL: Return types of Result Set variables or query do not match",
    6510: "PL/SQL: unhandled user-defined exception",
    6511: "PL/SQL: cursor already open",
    6530: "Reference to uninitialized composite",
    6531: "Reference to uninitialized collection",
    6532: "Subscript outside of limit",
    6533: "Subscript beyond count",
    6592: "CASE not found while executing CASE statement",
}

UNCATCHABLE = frozenset(
    {28, 1013}
)  # a killed session and a cancelled call end whatever handlers say


class CompileError(Exception):
    """One thing the compiler objects to, at a position of the text."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


class UserException(OracleError):  # noqa: N818 - PL/SQL's own word
    """A declared exception without an error number of its own; `identity` tells it from its namesakes."""

    def __init__(self, identity: object) -> None:
        super().__init__(6510, _TEXTS[6510])
        self.identity = identity


def predefined(code: int) -> OracleError:
    """The error behind a predefined exception or a number without further text."""
    return OracleError(
        code, _TEXTS.get(code, f"Message {code} not found; product=RDBMS; facility=ORA")
    )


def message_of(code: int) -> str:
    """What SQLERRM(n) says for an error number without its context."""
    text = _TEXTS.get(code)
    if text is not None:
        return f"ORA-{code:05d}: {text}"
    if 20000 <= code <= 20999:
        return f"ORA-{code:05d}: "
    return f"ORA-{code:05d}: Message {code} not found;  product=RDBMS; facility=ORA"


def value_error(detail: str = "") -> OracleError:
    """ORA-06502 with what was wrong."""
    return OracleError(6502, _TEXTS[6502] + (f": {detail}" if detail else ""))


def undeclared(name: str, at: int) -> CompileError:
    return CompileError(f"PLS-00201: identifier '{name}' must be declared", at)


class Positions:
    """Lines and columns (both from 1) of positions in a text."""

    def __init__(self, text: str) -> None:
        self._starts = [0] + [index + 1 for index, char in enumerate(text) if char == "\n"]

    def line(self, at: int) -> int:
        return bisect_right(self._starts, at)

    def column(self, at: int) -> int:
        return at - self._starts[self.line(at) - 1] + 1


def compilation_failed(errors: list[tuple[CompileError, str]], text: str) -> OracleError:
    """ORA-06550 with all messages; each error comes with what is ignored for it ("Statement", "Item", "")."""
    positions = Positions(text)
    lines: list[str] = []
    for error, ignored in errors:
        where = f"line {positions.line(error.at)}, column {positions.column(error.at)}:"
        lines += [f"ORA-06550: {where}", error.message]
        if ignored:
            lines += [f"ORA-06550: {where}", f"PL/SQL: {ignored} ignored"]
    return OracleError(6550, "\n".join(lines).removeprefix("ORA-06550: "))


def with_trace(error: OracleError, place: str) -> OracleError:
    """The same error with one more line of the call stack."""
    error.message = f"{error.message}\nORA-06512: at {place}"
    error.args = (error.text,)
    return error
