"""+ - * / and || over Oracle values: numbers of 38 digits, dates plus days, timestamps and intervals. NULL in, NULL out (but for ||)."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, timedelta
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any

from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.sql.conversions import to_number, to_text, to_zoned
from reconciler.sandbox.engine.sql.values import (
    ARITHMETIC,
    OracleDate,
    YearMonth,
    oracle_date,
    plain_number,
)
from reconciler.sandbox.seam import OracleError

_SECONDS_PER_DAY = 86400


def add(_session: SessionView, left: Any, right: Any) -> Any:
    """`left + right`. Raises ORA-00975 for date + date, ORA-01722 for text that is no number."""
    if left is None or right is None:
        return None
    if isinstance(left, datetime) and isinstance(right, datetime):
        raise OracleError(975, "date + date not allowed")
    if isinstance(right, datetime):
        left, right = right, left
    if isinstance(left, datetime):
        return _shift(left, right)
    if isinstance(left, timedelta) and isinstance(right, timedelta):
        return left + right
    if isinstance(left, YearMonth) and isinstance(right, YearMonth):
        return YearMonth(left.months + right.months)
    return _calculate("+", left, right)


def subtract(session: SessionView, left: Any, right: Any) -> Any:
    """`left - right`: days between two dates, an interval between timestamps."""
    if left is None or right is None:
        return None
    if isinstance(left, datetime) and isinstance(right, datetime):
        return _difference(session, left, right)
    if isinstance(left, datetime):
        return _shift(left, negate(right))
    if isinstance(left, timedelta) and isinstance(right, timedelta):
        return left - right
    if isinstance(left, YearMonth) and isinstance(right, YearMonth):
        return YearMonth(left.months - right.months)
    return _calculate("-", left, right)


def multiply(_session: SessionView, left: Any, right: Any) -> Any:
    """`left * right`; an interval may be multiplied by a number."""
    if left is None or right is None:
        return None
    if isinstance(right, timedelta | YearMonth):
        left, right = right, left
    if isinstance(left, timedelta):
        return left * float(to_number(right) or 0)
    if isinstance(left, YearMonth):
        return YearMonth(int(left.months * (to_number(right) or 0)))
    return _calculate("*", left, right)


def divide(_session: SessionView, left: Any, right: Any) -> Any:
    """`left / right`. Raises ORA-01476 for zero."""
    if left is None or right is None:
        return None
    if isinstance(left, timedelta):
        return left / float(to_number(right) or 0)
    return _calculate("/", left, right)


def power(_session: SessionView, left: Any, right: Any) -> Any:
    """`left ** right` and POWER."""
    if left is None or right is None:
        return None
    return _calculate("**", left, right)


def negate(value: Any) -> Any:
    """`-value`."""
    if value is None:
        return None
    if isinstance(value, timedelta):
        return -value
    if isinstance(value, YearMonth):
        return YearMonth(-value.months)
    number = to_number(value)
    return None if number is None else -number


def concatenate(session: SessionView, left: Any, right: Any) -> str | None:
    """`left || right`: NULL adds nothing."""
    return ((to_text(session, left) or "") + (to_text(session, right) or "")) or None


def add_months(moment: datetime, months: int) -> OracleDate:
    """ADD_MONTHS: the last day of a month stays the last day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    at_end = moment.day == monthrange(moment.year, moment.month)[1]
    day = last if at_end else min(moment.day, last)
    return oracle_date(moment.replace(year=year, month=month + 1, day=day, tzinfo=None))


def _shift(moment: datetime, amount: Any) -> datetime:
    """A date or timestamp moved; a number moves by days and gives a DATE, as in Oracle."""
    try:
        if isinstance(amount, YearMonth):
            return _shift_months(moment, amount.months)
        if isinstance(amount, timedelta):
            return moment + amount
        days = to_number(amount) or 0
        seconds = int((Decimal(str(days)) * _SECONDS_PER_DAY).to_integral_value("ROUND_HALF_UP"))
        return oracle_date(moment) + timedelta(seconds=seconds)
    except OverflowError:
        raise OracleError(
            1841, "(full) year must be between -4713 and +9999, and not be 0"
        ) from None


def _shift_months(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    try:
        return moment.replace(year=year, month=month + 1)
    except ValueError:
        raise OracleError(1839, "date not valid for month specified") from None


def _difference(session: SessionView, left: datetime, right: datetime) -> Any:
    if isinstance(left, OracleDate) and isinstance(right, OracleDate):
        between = datetime.__sub__(left, right)
        seconds = Decimal(between.days * _SECONDS_PER_DAY + between.seconds)
        return plain_number(ARITHMETIC.divide(seconds, Decimal(_SECONDS_PER_DAY)))
    if (left.tzinfo is None) != (right.tzinfo is None):
        left, right = to_zoned(session, left), to_zoned(session, right)
    return left - right


def _calculate(operator: str, left: Any, right: Any) -> int | Decimal | float | None:
    first, second = to_number(left), to_number(right)
    if first is None or second is None:
        return None
    if isinstance(first, float) or isinstance(second, float):
        return _calculate_binary(operator, float(first), float(second))
    if isinstance(first, int) and isinstance(second, int) and operator in "+-":
        return first + second if operator == "+" else first - second
    operation = {
        "+": ARITHMETIC.add,
        "-": ARITHMETIC.subtract,
        "*": ARITHMETIC.multiply,
        "/": ARITHMETIC.divide,
        "**": ARITHMETIC.power,
    }[operator]
    try:
        return plain_number(operation(Decimal(first), Decimal(second)))
    except (DivisionByZero, ZeroDivisionError):
        raise OracleError(1476, "divisor is equal to zero") from None
    except InvalidOperation:
        if operator == "/":
            raise OracleError(1476, "divisor is equal to zero") from None
        raise OracleError(1428, "argument is out of range") from None
    except Overflow:
        raise OracleError(1426, "numeric overflow") from None


def _calculate_binary(operator: str, left: float, right: float) -> float:
    try:
        if operator == "+":
            return left + right
        if operator == "-":
            return left - right
        if operator == "*":
            return left * right
        return left / right if operator == "/" else left**right
    except ZeroDivisionError:
        raise OracleError(1476, "divisor is equal to zero") from None
    except OverflowError:
        raise OracleError(1426, "numeric overflow") from None
