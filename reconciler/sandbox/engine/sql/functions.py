"""Oracle's scalar functions as Python functions: FUNCTIONS maps the upper-case name to `function(session, *values)`.

Values are those of `values`: NULL is None, DATE is OracleDate. A wrong number of arguments raises TypeError from Python itself; `call` turns
it into Oracle's errors. What a function gives is `result_type`.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.sql import (
    date_functions,
    number_functions,
    session_functions,
    text_functions,
)
from reconciler.sandbox.engine.sql.text_functions import Function
from reconciler.sandbox.engine.sql.values import INSTANT_TYPES, NUMBER_TYPES
from reconciler.sandbox.seam import OracleError, OracleType

FUNCTIONS: Mapping[str, Function] = {
    **text_functions.FUNCTIONS,
    **number_functions.FUNCTIONS,
    **date_functions.FUNCTIONS,
    **session_functions.FUNCTIONS,
}

# Called without brackets in SQL and PL/SQL.
WITHOUT_ARGUMENTS = frozenset(
    (
        "SYSDATE",
        "SYSTIMESTAMP",
        "CURRENT_TIMESTAMP",
        "LOCALTIMESTAMP",
        "CURRENT_DATE",
        "USER",
        "UID",
        "ORA_LOGIN_USER",
        "ORA_CLIENT_IP_ADDRESS",
    )
)

_RESULTS: Mapping[str, OracleType] = {
    **dict.fromkeys(
        (
            *("LENGTH", "LENGTHB", "INSTR", "ASCII", "REGEXP_INSTR", "REGEXP_COUNT", "UID"),
            *("ABS", "SIGN", "FLOOR", "CEIL", "SQRT", "EXP", "LN", "LOG", "POWER", "MOD"),
            *("REMAINDER", "BITAND", "TO_NUMBER", "MONTHS_BETWEEN"),
        ),
        OracleType.NUMBER,
    ),
    **dict.fromkeys(
        ("SYSDATE", "CURRENT_DATE", "TO_DATE", "ADD_MONTHS", "LAST_DAY", "NEXT_DAY"),
        OracleType.DATE,
    ),
    **dict.fromkeys(
        ("SYSTIMESTAMP", "CURRENT_TIMESTAMP", "TO_TIMESTAMP_TZ", "FROM_TZ"),
        OracleType.TIMESTAMP_TZ,
    ),
    **dict.fromkeys(("LOCALTIMESTAMP", "TO_TIMESTAMP", "SYS_EXTRACT_UTC"), OracleType.TIMESTAMP),
    **dict.fromkeys(("NUMTODSINTERVAL", "TO_DSINTERVAL"), OracleType.INTERVAL_DS),
    **dict.fromkeys(("NUMTOYMINTERVAL", "TO_YMINTERVAL"), OracleType.INTERVAL_YM),
    **dict.fromkeys(("HEXTORAW", "STANDARD_HASH", "SYS_GUID"), OracleType.RAW),
    "REGEXP_LIKE": OracleType.BOOLEAN,
}


@lru_cache(maxsize=256)
def _arity(name: str) -> tuple[int, int]:
    """Fewest and most arguments of a function, the session not counted."""
    parameters = list(inspect.signature(FUNCTIONS[name]).parameters.values())[1:]
    if any(item.kind is inspect.Parameter.VAR_POSITIONAL for item in parameters):
        return len(parameters) - 1, 255
    required = sum(item.default is inspect.Parameter.empty for item in parameters)
    return required, len(parameters)


def check_arity(name: str, count: int) -> None:
    """Raises ORA-00938 or ORA-00939 for a number of arguments that the function does not take."""
    fewest, most = _arity(name)
    if name in ("GREATEST", "LEAST", "COALESCE"):
        fewest = 1 if name != "COALESCE" else 2
    if count < max(fewest, 3 if name == "DECODE" else 0):
        raise OracleError(938, "not enough arguments for function")
    if count > most:
        raise OracleError(939, "too many arguments for function")


def call(session: SessionView, name: str, *values: Any) -> Any:
    """The value of a function. Raises ORA-00904 for an unknown one and what the function itself raises."""
    function = FUNCTIONS.get(name)
    if function is None:
        raise OracleError(904, f'"{name}": invalid identifier')
    check_arity(name, len(values))
    return function(session, *values)


def result_type(name: str, arguments: Sequence[OracleType | None]) -> OracleType | None:
    """Type of a function's value by the types of its arguments; None for NULL alone."""
    fixed = _RESULTS.get(name)
    if fixed is not None:
        return fixed
    first = arguments[0] if arguments else None
    if name in ("TRUNC", "ROUND"):
        return OracleType.DATE if first in INSTANT_TYPES else OracleType.NUMBER
    if name in ("GREATEST", "LEAST", "COALESCE", "NVL", "NULLIF"):
        return _widest([first] if name == "NULLIF" else arguments)
    if name == "NVL2":
        return _widest(arguments[1:])
    if name == "DECODE":
        results = [*arguments[2::2]]
        if len(arguments) % 2 == 0:
            results.append(arguments[-1])
        return _widest(results)
    return OracleType.VARCHAR2


def _widest(types: Sequence[OracleType | None]) -> OracleType | None:
    """The type of the first value that has one, wide enough for all numbers and instants among them."""
    known = [item for item in types if item is not None]
    if not known:
        return None
    if known[0] in NUMBER_TYPES and all(item in NUMBER_TYPES for item in known):
        return max(known, key=lambda item: (item is not OracleType.NUMBER, item))
    if known[0] in INSTANT_TYPES and all(item in INSTANT_TYPES for item in known):
        order = [OracleType.DATE, OracleType.TIMESTAMP, OracleType.TIMESTAMP_TZ]
        return max(known, key=lambda item: order.index(item) if item in order else 2)
    return OracleType.VARCHAR2 if known[0] is OracleType.CHAR else known[0]
