"""Values of PL/SQL at run time: how they compare, combine and turn into text and numbers.

Scalars are those of `sql.values`. What differs from SQL: text that is no number is ORA-06502, and composite values exist.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.plsql.errors import value_error
from reconciler.sandbox.engine.sql import arithmetic, conversions
from reconciler.sandbox.engine.sql.values import parse_number
from reconciler.sandbox.seam import OracleError, OracleType


class Record:
    """A record or a row: fields by name, in order."""

    __slots__ = ("fields",)

    def __init__(self, fields: dict[str, Any]) -> None:
        self.fields = fields

    def copy(self) -> Record:
        return Record({name: copied(value) for name, value in self.fields.items()})


class Collection:
    """An associative array, nested table or varray. `keyed` collections (INDEX BY) grow by assignment, the others by EXTEND."""

    __slots__ = ("elements", "keyed", "limit")

    def __init__(
        self, elements: dict[Any, Any], *, keyed: bool = True, limit: int | None = None
    ) -> None:
        self.elements = elements
        self.keyed = keyed
        self.limit = limit

    def copy(self) -> Collection:
        copies = {key: copied(value) for key, value in self.elements.items()}
        return Collection(copies, keyed=self.keyed, limit=self.limit)

    def keys(self) -> list[Any]:
        """Indexes in order; the usual dense array is in order already."""
        found = list(self.elements)
        if all(left < right for left, right in pairwise(found)):
            return found
        return sorted(found)

    def first(self) -> Any:
        return min(self.elements, default=None)

    def last(self) -> Any:
        return max(self.elements, default=None)

    def after(self, key: Any) -> Any:
        if self.elements and isinstance(key, int) and key + 1 in self.elements:
            return key + 1
        return min((other for other in self.elements if other > key), default=None)

    def before(self, key: Any) -> Any:
        return max((other for other in self.elements if other < key), default=None)

    def to_list(self) -> list[Any]:
        """Elements in index order, as a bind array takes them; gaps are NULL."""
        if not self.elements:
            return []
        get = self.elements.get
        if all(isinstance(key, int) for key in self.elements):
            return [get(key) for key in range(1, max(self.elements) + 1)]
        return [self.elements[key] for key in self.keys()]


def copied(value: Any) -> Any:
    """Composite values are assigned by value."""
    return value.copy() if isinstance(value, (Record, Collection)) else value


def is_number(value: Any) -> bool:
    return isinstance(value, (int, Decimal, float)) and not isinstance(value, bool)


def wrong_type() -> OracleError:
    return OracleError(6550, "PLS-00382: expression is of wrong type")


def to_number(value: Any) -> Any:
    """Raises ORA-06502 for text that is no number."""
    if value is None or is_number(value):
        return value
    if not isinstance(value, str):
        raise wrong_type()
    try:
        return parse_number(value)
    except OracleError:
        raise value_error("character to number conversion error") from None


def to_text(value: Any, session: SessionView) -> str | None:
    """A scalar as text, by the formats of the session."""
    if value is None or type(value) is str:
        return value
    if isinstance(value, (Record, Collection)):
        raise wrong_type()
    return conversions.to_text(session, value)


def to_moment(text: str, kind: OracleType, session: SessionView) -> Any:
    """Text as a date, timestamp or interval, by the formats of the session."""
    from reconciler.sandbox.engine.sql import functions

    function = {
        OracleType.DATE: "TO_DATE",
        OracleType.TIMESTAMP: "TO_TIMESTAMP",
        OracleType.TIMESTAMP_TZ: "TO_TIMESTAMP_TZ",
        OracleType.TIMESTAMP_LTZ: "TO_TIMESTAMP_TZ",
    }.get(kind, "TO_DSINTERVAL")
    return functions.call(session, function, text)


def compare(left: Any, right: Any, session: SessionView) -> int:
    """-1, 0 or 1 for two values that are not NULL, converted as Oracle converts them: text becomes a number or date beside one."""
    if type(left) is not type(right):
        left, right = _comparable(left, right, session)
    if left == right:
        return 0
    return -1 if left < right else 1


def _comparable(left: Any, right: Any, session: SessionView) -> tuple[Any, Any]:
    if is_number(left) or is_number(right):
        return to_number(left), to_number(right)
    if isinstance(left, datetime) or isinstance(right, datetime):
        one, two = conversions.to_instant(session, left), conversions.to_instant(session, right)
        assert one is not None
        assert two is not None
        if (one.tzinfo is None) != (two.tzinfo is None):
            return conversions.to_zoned(session, one), conversions.to_zoned(session, two)
        return one, two
    raise OracleError(6550, "PLS-00306: wrong number or types of arguments in call to '='")


_OPERATIONS: dict[str, Callable[[SessionView, Any, Any], Any]] = {
    "+": arithmetic.add,
    "-": arithmetic.subtract,
    "*": arithmetic.multiply,
    "/": arithmetic.divide,
    "**": arithmetic.power,
}


def calculate(operator: str, left: Any, right: Any, session: SessionView) -> Any:
    """`left operator right` for + - * / **; NULL if one of them is."""
    if type(left) is int and type(right) is int:
        if operator == "+":
            return left + right
        if operator == "-":
            return left - right
    return as_plsql(_OPERATIONS[operator], session, left, right)


def as_plsql(function: Callable[..., Any], *arguments: Any) -> Any:
    """Calls a function of SQL; its ORA-01722 is VALUE_ERROR here."""
    try:
        return function(*arguments)
    except OracleError as error:
        if error.code == 1722:
            raise value_error("character to number conversion error") from None
        raise
