"""Types of PL/SQL: what a variable takes, and how values are converted on the way in."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.plsql.errors import value_error
from reconciler.sandbox.engine.plsql.values import (
    Collection,
    Record,
    copied,
    to_moment,
    to_number,
    to_text,
    wrong_type,
)
from reconciler.sandbox.engine.sql.conversions import to_zoned
from reconciler.sandbox.engine.sql.values import YearMonth, oracle_date, plain_number, type_of
from reconciler.sandbox.seam import Column, OracleError, OracleType

_MAX_TEXT = 32_767
_PLS_MAX = 2**31 - 1
_WIDE = Context(prec=60)


class PlsqlType(abc.ABC):
    """A type. `oracle_type` is what a value of it is on the wire and in SQL binds."""

    oracle_type: OracleType = OracleType.VARCHAR2

    def initial(self) -> Any:
        """What a variable holds before its first assignment."""
        return None

    @abc.abstractmethod
    def coerce(self, value: Any, session: SessionView) -> Any:
        """The value as this type holds it. Raises ORA-06502 for what does not fit."""


@dataclass(frozen=True, slots=True)
class TextType(PlsqlType):
    """VARCHAR2, CHAR (padded), CLOB (unlimited); `size` in bytes."""

    size: int = _MAX_TEXT
    padded: bool = False
    unlimited: bool = False

    @property
    def oracle_type(self) -> OracleType:  # type: ignore[override]
        return OracleType.CLOB if self.unlimited else OracleType.VARCHAR2

    def coerce(self, value: Any, session: SessionView) -> Any:
        if value is None:
            return None
        text = value if type(value) is str else to_text(value, session)
        if not text:
            return None
        if len(text) > self.size // 4 and not self.unlimited and len(text.encode()) > self.size:
            raise value_error("character string buffer too small")
        return text.ljust(self.size) if self.padded else text


@dataclass(frozen=True, slots=True)
class NumberType(PlsqlType):
    """NUMBER(p, s); without a precision any number."""

    precision: int = 0
    scale: int = 0
    oracle_type = OracleType.NUMBER

    def coerce(self, value: Any, _session: SessionView) -> Any:
        if isinstance(value, (datetime, timedelta, bool, Record, Collection)):
            raise wrong_type()
        number = to_number(value)
        if number is None or not self.precision:
            return number
        exact = Decimal(number) if not isinstance(number, float) else Decimal(repr(number))
        rounded = exact.quantize(Decimal(1).scaleb(-self.scale), ROUND_HALF_UP, _WIDE)
        if rounded and rounded.adjusted() >= self.precision - self.scale:
            raise value_error("number precision too large")
        return plain_number(rounded)


@dataclass(frozen=True, slots=True)
class IntegerType(PlsqlType):
    """PLS_INTEGER and its subtypes."""

    low: int = -_PLS_MAX - 1
    high: int = _PLS_MAX
    oracle_type = OracleType.NUMBER

    def coerce(self, value: Any, _session: SessionView) -> Any:
        if type(value) is int and self.low <= value <= self.high:
            return value
        number = to_number(value)
        if number is None:
            return None
        whole = int(Decimal(number).quantize(Decimal(1), ROUND_HALF_UP, _WIDE))
        if not -_PLS_MAX - 1 <= whole <= _PLS_MAX:
            raise OracleError(1426, "numeric overflow")
        if not self.low <= whole <= self.high:
            raise value_error()
        return whole


@dataclass(frozen=True, slots=True)
class FloatType(PlsqlType):
    oracle_type = OracleType.BINARY_DOUBLE

    def coerce(self, value: Any, _session: SessionView) -> Any:
        number = to_number(value)
        return None if number is None else float(number)


@dataclass(frozen=True, slots=True)
class BooleanType(PlsqlType):
    oracle_type = OracleType.BOOLEAN

    def coerce(self, value: Any, _session: SessionView) -> Any:
        if value is None or isinstance(value, bool):
            return value
        raise wrong_type()


@dataclass(frozen=True, slots=True)
class DateType(PlsqlType):
    """DATE (whole seconds, no zone), TIMESTAMP, TIMESTAMP WITH TIME ZONE."""

    oracle_type: OracleType = OracleType.DATE

    def coerce(self, value: Any, session: SessionView) -> Any:
        if value is None:
            return None
        if isinstance(value, str):
            value = to_moment(value, self.oracle_type, session)
        if not isinstance(value, datetime):
            raise wrong_type()
        if self.oracle_type is OracleType.TIMESTAMP_TZ:
            return to_zoned(session, value)
        if self.oracle_type is OracleType.DATE:
            return oracle_date(value)
        return datetime.fromisoformat(value.replace(tzinfo=None).isoformat())


@dataclass(frozen=True, slots=True)
class IntervalType(PlsqlType):
    oracle_type = OracleType.INTERVAL_DS

    def coerce(self, value: Any, session: SessionView) -> Any:
        if isinstance(value, str):
            value = to_moment(value, OracleType.INTERVAL_DS, session)
        if value is None or isinstance(value, (timedelta, YearMonth)):
            return value
        raise wrong_type()


@dataclass(frozen=True, slots=True)
class RawType(PlsqlType):
    size: int = _MAX_TEXT
    oracle_type = OracleType.RAW

    def coerce(self, value: Any, _session: SessionView) -> Any:
        if isinstance(value, str):
            try:
                value = bytes.fromhex(value if len(value) % 2 == 0 else f"0{value}")
            except ValueError:
                raise value_error("hex to raw conversion error") from None
        if value is not None and not isinstance(value, bytes):
            raise wrong_type()
        if value is not None and len(value) > self.size:
            raise value_error("raw variable length too long")
        return value or None


@dataclass(frozen=True, slots=True)
class AnyType(PlsqlType):
    """Takes every value as it is: fields of query rows, parameters of supplied packages."""

    def coerce(self, value: Any, _session: SessionView) -> Any:
        return copied(value)


@dataclass(frozen=True, slots=True)
class CursorType(PlsqlType):
    """SYS_REFCURSOR and REF CURSOR types."""

    oracle_type = OracleType.CURSOR

    def coerce(self, value: Any, _session: SessionView) -> Any:
        return value


@dataclass(frozen=True, slots=True)
class RecordType(PlsqlType):
    fields: Mapping[str, PlsqlType]

    def initial(self) -> Record:
        return Record({name: kind.initial() for name, kind in self.fields.items()})

    def coerce(self, value: Any, session: SessionView) -> Any:
        if value is None:
            return self.initial()
        if not isinstance(value, Record) or len(value.fields) != len(self.fields):
            raise wrong_type()
        pairs = zip(self.fields.items(), value.fields.values(), strict=True)
        return Record({name: kind.coerce(item, session) for (name, kind), item in pairs})


@dataclass(frozen=True, slots=True)
class CollectionType(PlsqlType):
    """`key` is None for nested tables and varrays, which start NULL; `limit` is a varray's."""

    element: PlsqlType
    key: PlsqlType | None = None
    limit: int | None = None
    name: str = field(default="", compare=False)

    def initial(self) -> Collection | None:
        return Collection({}) if self.key is not None else None

    def of(self, items: list[Any], session: SessionView) -> Collection:
        """A dense collection of these elements, counted from 1."""
        if self.limit is not None and len(items) > self.limit:
            raise OracleError(6532, "Subscript outside of limit")
        coerce = self.element.coerce
        elements = {index: coerce(item, session) for index, item in enumerate(items, 1)}
        return Collection(elements, keyed=self.key is not None, limit=self.limit)

    def coerce(self, value: Any, session: SessionView) -> Any:
        if value is None:
            return self.initial()
        if isinstance(value, list):
            return self.of(value, session)
        if not isinstance(value, Collection):
            raise wrong_type()
        return value.copy()


ANY = AnyType()
TEXT = TextType()
NUMBER = NumberType()
INTEGER = IntegerType()
BOOLEAN = BooleanType()
DATE = DateType()
TIMESTAMP = DateType(OracleType.TIMESTAMP)
TIMESTAMP_TZ = DateType(OracleType.TIMESTAMP_TZ)
CURSOR = CursorType()

_TEXT_WORDS = frozenset({"VARCHAR2", "VARCHAR", "NVARCHAR2", "STRING", "LONG", "ROWID", "UROWID"})
_CHAR_WORDS = frozenset({"CHAR", "NCHAR", "CHARACTER"})
_NUMBER_WORDS = frozenset({"NUMBER", "NUMERIC", "DECIMAL", "DEC", "FLOAT", "REAL"})
_PLAIN: Mapping[str, PlsqlType] = {
    "INTEGER": NumberType(38, 0),
    "INT": NumberType(38, 0),
    "SMALLINT": NumberType(38, 0),
    "PLS_INTEGER": INTEGER,
    "BINARY_INTEGER": INTEGER,
    "SIMPLE_INTEGER": INTEGER,
    "NATURAL": IntegerType(0),
    "NATURALN": IntegerType(0),
    "POSITIVE": IntegerType(1),
    "POSITIVEN": IntegerType(1),
    "SIGNTYPE": IntegerType(-1, 1),
    "BINARY_DOUBLE": FloatType(),
    "BINARY_FLOAT": FloatType(),
    "BOOLEAN": BOOLEAN,
    "DATE": DATE,
    "CLOB": TextType(unlimited=True),
    "NCLOB": TextType(unlimited=True),
    "INTERVAL": IntervalType(),
    "SYS_REFCURSOR": CURSOR,
}
_SUPPLIED: Mapping[str, PlsqlType] = {
    "DBMS_SQL.VARCHAR2A": CollectionType(TextType(_MAX_TEXT), INTEGER),
    "DBMS_SQL.VARCHAR2S": CollectionType(TextType(256), INTEGER),
    "DBMS_SQL.VARCHAR2_TABLE": CollectionType(TextType(4000), INTEGER),
    "DBMS_SQL.NUMBER_TABLE": CollectionType(NUMBER, INTEGER),
    "DBMS_SQL.DATE_TABLE": CollectionType(DATE, INTEGER),
    "DBMS_UTILITY.UNCL_ARRAY": CollectionType(TextType(227), INTEGER),
    "DBMS_OUTPUT.CHARARR": CollectionType(TextType(_MAX_TEXT), INTEGER),
    "ODCIVARCHAR2LIST": CollectionType(TextType(4000), None, 32_767),
    "ODCINUMBERLIST": CollectionType(NUMBER, None, 32_767),
    "DBMS_OUTPUT.DBMSOUTPUT_LINESARRAY": CollectionType(TextType(_MAX_TEXT), None, _PLS_MAX),
    "DBMSOUTPUT_LINESARRAY": CollectionType(TextType(_MAX_TEXT), None, _PLS_MAX),
}


def built_in(
    names: tuple[str, ...], numbers: tuple[int, ...], *, with_time_zone: bool = False
) -> PlsqlType | None:
    """The language's own type or a supplied package's, None for any other name."""
    plain = names[1:] if names[0] in ("SYS", "STANDARD") and len(names) > 1 else names
    supplied = _SUPPLIED.get(".".join(plain))
    if supplied is not None or len(plain) > 1:
        return supplied
    word = plain[0]
    if word in _TEXT_WORDS:
        return TextType(numbers[0] if numbers else _MAX_TEXT)
    if word in _CHAR_WORDS:
        return TextType(numbers[0] if numbers else 1, padded=True)
    if word in _NUMBER_WORDS:
        limited = numbers and word not in ("FLOAT", "REAL")
        return NumberType(*numbers[:2]) if limited else NUMBER
    if word in ("RAW", "LONG RAW", "BLOB"):
        return RawType(numbers[0] if numbers else 2**31)
    if word == "TIMESTAMP":
        return TIMESTAMP_TZ if with_time_zone else TIMESTAMP
    return _PLAIN.get(word)


def of_column(column: Column) -> PlsqlType:
    """The type of a variable declared after a column."""
    if column.type is OracleType.CHAR:
        return TextType(column.size or 1, padded=True)
    if column.type in (OracleType.CLOB, OracleType.JSON, OracleType.LONG):
        return TextType(unlimited=True)
    if column.type is OracleType.NUMBER:
        return NumberType(column.precision, max(column.scale, 0)) if column.precision else NUMBER
    if column.type in (OracleType.RAW, OracleType.BLOB, OracleType.LONG_RAW):
        return RawType(column.size or 2**31)
    if column.type in (OracleType.DATE, OracleType.TIMESTAMP, OracleType.TIMESTAMP_TZ):
        return DateType(column.type)
    return {
        OracleType.TIMESTAMP_LTZ: TIMESTAMP_TZ,
        OracleType.BINARY_INTEGER: INTEGER,
        OracleType.BINARY_DOUBLE: FloatType(),
        OracleType.BINARY_FLOAT: FloatType(),
        OracleType.INTERVAL_DS: IntervalType(),
        OracleType.BOOLEAN: BOOLEAN,
        OracleType.CURSOR: CURSOR,
    }.get(column.type, TextType(column.size or 4000))


def wire_type(value: Any) -> OracleType:
    """What a value of no declared type is in a bind."""
    return type_of(value) or OracleType.VARCHAR2
