"""Scalar functions over numbers, and those that choose between values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.sql.arithmetic import divide, power
from reconciler.sandbox.engine.sql.conversions import (
    to_instant,
    to_integer,
    to_number,
    to_text,
    to_zoned,
)
from reconciler.sandbox.engine.sql.number_formats import parse_number_model
from reconciler.sandbox.engine.sql.values import plain_number
from reconciler.sandbox.seam import OracleError

Function = Callable[..., Any]


def number_to(rounding: str) -> Function:
    """ROUND and TRUNC of a number: to `places` behind the point."""

    def function(_session: SessionView, value: Any, places: Any = 0) -> Any:
        number, digits = to_number(value), to_integer(places)
        if number is None or digits is None:
            return None
        exact = Decimal(str(number)) if isinstance(number, float) else Decimal(number)
        scaled = exact.scaleb(digits).to_integral_value(rounding).scaleb(-digits)
        return float(scaled) if isinstance(number, float) else plain_number(scaled)

    return function


round_number = number_to(ROUND_HALF_UP)
truncate_number = number_to(ROUND_DOWN)


def mod(_session: SessionView, left: Any, right: Any) -> Any:
    """The remainder with the sign of the left side; MOD(x, 0) is x."""
    first, second = to_number(left), to_number(right)
    if first is None or second is None:
        return None
    if second == 0:
        return first
    if isinstance(first, float) or isinstance(second, float):
        return math.fmod(first, second)
    return plain_number(Decimal(first) % Decimal(second))


def remainder(session: SessionView, left: Any, right: Any) -> Any:
    first, second = to_number(left), to_number(right)
    if first is None or second is None:
        return None
    quotient = divide(session, first, second)
    nearest = Decimal(str(quotient)).to_integral_value()
    return plain_number(Decimal(str(first)) - Decimal(str(second)) * nearest)


def _numeric(change: Callable[[Any], Any]) -> Function:
    def function(_session: SessionView, value: Any) -> Any:
        number = to_number(value)
        return None if number is None else change(number)

    return function


def _whole(rounding: str) -> Callable[[Any], Any]:
    return lambda number: (
        float(Decimal(number).to_integral_value(rounding))
        if isinstance(number, float)
        else int(Decimal(number).to_integral_value(rounding))
    )


def _square_root(number: Any) -> Any:
    if number < 0:
        raise OracleError(1428, f"argument '{number}' is out of range")
    return math.sqrt(number) if isinstance(number, float) else plain_number(Decimal(number).sqrt())


def to_number_function(session: SessionView, value: Any, model: Any = None) -> Any:
    """TO_NUMBER."""
    if model is None or not isinstance(value, str):
        return to_number(value)
    return plain_number(parse_number_model(value, to_text(session, model) or ""))


def _like_first(session: SessionView, first: Any, value: Any) -> Any:
    """A value converted to the type of the first argument, as GREATEST, DECODE and NVL do."""
    if value is None or first is None:
        return value
    if isinstance(first, str):
        return to_text(session, value)
    if isinstance(first, datetime):
        moment = to_instant(session, value)
        return to_zoned(session, moment) if moment and first.tzinfo else moment
    if isinstance(first, int | float | Decimal) and not isinstance(first, bool):
        return to_number(value)
    return value


def _extreme(choose: Callable[[list[Any]], Any]) -> Function:
    def function(session: SessionView, *values: Any) -> Any:
        if any(value is None for value in values):
            return None
        return choose([_like_first(session, values[0], value) for value in values])

    return function


def coalesce(_session: SessionView, *values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def nvl(session: SessionView, value: Any, otherwise: Any) -> Any:
    return _like_first(session, value, otherwise) if value is None else value


def nvl2(_session: SessionView, value: Any, present: Any, absent: Any) -> Any:
    return absent if value is None else present


def nullif(session: SessionView, left: Any, right: Any) -> Any:
    return None if left is not None and left == _like_first(session, left, right) else left


def decode(session: SessionView, value: Any, *pairs: Any) -> Any:
    """DECODE: NULL equals NULL here; an odd last argument is the default."""
    for index in range(0, len(pairs) - 1, 2):
        search = pairs[index]
        if value is None or search is None:
            if value is None and search is None:
                return pairs[index + 1]
        elif _like_first(session, search, value) == search:
            return pairs[index + 1]
    return pairs[-1] if len(pairs) % 2 else None


def bitand(_session: SessionView, left: Any, right: Any) -> int | None:
    first, second = to_integer(left), to_integer(right)
    return None if first is None or second is None else first & second


def _logarithm(_session: SessionView, base: Any, value: Any) -> Any:
    first, second = to_number(base), to_number(value)
    if first is None or second is None:
        return None
    if second <= 0 or first <= 0 or first == 1:
        raise OracleError(1428, "argument is out of range")
    exact = Decimal(str(second)).ln() / Decimal(str(first)).ln()
    return plain_number(exact.quantize(Decimal("1e-30")) if exact else exact)


FUNCTIONS: Mapping[str, Function] = {
    "ABS": _numeric(abs),
    "SIGN": _numeric(lambda number: (number > 0) - (number < 0)),
    "FLOOR": _numeric(_whole(ROUND_FLOOR)),
    "CEIL": _numeric(_whole(ROUND_CEILING)),
    "SQRT": _numeric(_square_root),
    "EXP": _numeric(lambda number: plain_number(Decimal(str(number)).exp())),
    "LN": lambda session, value: _logarithm(session, Decimal(1).exp(), value),
    "LOG": _logarithm,
    "POWER": power,
    "MOD": mod,
    "REMAINDER": remainder,
    "BITAND": bitand,
    "TO_NUMBER": to_number_function,
    "GREATEST": _extreme(max),
    "LEAST": _extreme(min),
    "COALESCE": coalesce,
    "NVL": nvl,
    "NVL2": nvl2,
    "NULLIF": nullif,
    "DECODE": decode,
}
