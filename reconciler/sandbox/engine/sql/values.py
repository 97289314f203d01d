"""Oracle values in Python and in SQLite.

In Python: str (never empty: '' is NULL), int or Decimal (NUMBER), float (BINARY_FLOAT and BINARY_DOUBLE), bytes (RAW), bool, OracleDate (DATE),
naive datetime (TIMESTAMP), aware datetime (TIMESTAMP WITH TIME ZONE), timedelta (INTERVAL DAY TO SECOND), YearMonth, None.

In SQLite: text as is; NUMBER as INTEGER, or REAL of at most 15 digits (more is refused, not rounded); DATE 'YYYY-MM-DD HH:MM:SS'; TIMESTAMP with
'.ffffff' behind; TIMESTAMP WITH TIME ZONE the same in UTC followed by ' +HH:MM', the offset it is shown in, so that the first 26 characters sort
and compare; INTERVAL DAY TO SECOND as seconds, INTERVAL YEAR TO MONTH as months; RAW as BLOB; BOOLEAN as 0 or 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation, Overflow
from typing import Any

from reconciler.sandbox.seam import OracleError, OracleType

ARITHMETIC = Context(prec=38, rounding=ROUND_HALF_UP, Emax=125, Emin=-130)
INSTANT_LENGTH = (
    26  # of a stored TIMESTAMP, and of the part of a TIMESTAMP WITH TIME ZONE that compares
)

_TOO_LARGE = Decimal(10) ** 126

TEXT_TYPES = frozenset(
    {OracleType.VARCHAR2, OracleType.CHAR, OracleType.LONG, OracleType.CLOB, OracleType.ROWID}
)
NUMBER_TYPES = frozenset(
    {
        OracleType.NUMBER,
        OracleType.BINARY_INTEGER,
        OracleType.BINARY_FLOAT,
        OracleType.BINARY_DOUBLE,
    }
)
ZONED_TYPES = frozenset({OracleType.TIMESTAMP_TZ, OracleType.TIMESTAMP_LTZ})
INSTANT_TYPES = frozenset({OracleType.DATE, OracleType.TIMESTAMP}) | ZONED_TYPES
BYTES_TYPES = frozenset({OracleType.RAW, OracleType.LONG_RAW, OracleType.BLOB})


class OracleDate(datetime):
    """A DATE: to the second and without a zone. A class of its own because DATE and TIMESTAMP calculate and print differently."""


@dataclass(frozen=True, slots=True, order=True)
class YearMonth:
    """INTERVAL YEAR TO MONTH."""

    months: int


def oracle_date(moment: datetime) -> OracleDate:
    """The DATE with the fields of a datetime; fraction and zone are dropped."""
    return OracleDate(
        moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second
    )


def _encode_number(value: int | Decimal) -> int | float:
    if not -_TOO_LARGE < value < _TOO_LARGE:
        raise OracleError(1426, "numeric overflow")
    if isinstance(value, Decimal):
        if value != value.to_integral_value():
            real = float(value)
            if Decimal(repr(real)) == value and len(value.normalize().as_tuple().digits) <= 15:
                return real
            return _refuse_number(value)
        value = int(value)
    if -(2**63) <= value < 2**63:
        return value
    real = float(value)
    return real if Decimal(repr(real)) == value else _refuse_number(value)


def _refuse_number(value: int | Decimal) -> float:
    raise OracleError(
        3001, f"unimplemented feature: NUMBER with more than 15 significant digits ({value:.40g})"
    )


def rounded(value: Any) -> Any:
    """A calculated number as it can be stored: fractions keep 15 digits. Everything else is left as it is."""
    if isinstance(value, Decimal) and value != value.to_integral_value():
        return Decimal(f"{value:.15g}")
    if isinstance(value, int | Decimal) and not -(2**63) <= value < 2**63:
        return Decimal(f"{Decimal(value):.15g}")
    return value


def encode_instant(value: datetime) -> str:
    """The stored form of DATE, TIMESTAMP or TIMESTAMP WITH TIME ZONE."""
    if isinstance(value, OracleDate):
        return value.isoformat(" ")
    if value.tzinfo is None:
        return value.isoformat(" ", "microseconds")
    offset = value.utcoffset() or timedelta(0)
    return f"{value.astimezone(UTC).replace(tzinfo=None).isoformat(' ', 'microseconds')} {format_offset(offset)}"


def format_offset(offset: timedelta) -> str:
    """`+HH:MM`."""
    minutes = round(offset.total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def encode(value: Any) -> Any:
    """A Python value as SQLite stores it. Raises ORA-03001 for numbers that would lose digits."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | Decimal):
        return _encode_number(value)
    if isinstance(value, datetime):
        return encode_instant(value)
    if isinstance(value, timedelta):
        seconds = value / timedelta(seconds=1)
        return int(seconds) if seconds.is_integer() else seconds
    if isinstance(value, YearMonth):
        return value.months
    return value


def decode_number(stored: Any) -> Any:
    """A stored NUMBER. Dictionary views give whole numbers beyond 64 bits as digits; other text is left to whoever converts it."""
    if isinstance(stored, float):
        return plain_number(Decimal(f"{stored:.15g}"))
    if isinstance(stored, str) and len(stored) > 18 and stored.isdecimal():
        return int(stored)
    return stored


def plain_number(value: Decimal) -> int | Decimal:
    """An int if the number is whole, else the shortest Decimal."""
    if value == value.to_integral_value():
        return int(value)
    return value.normalize(ARITHMETIC)


def decode_date(stored: str) -> OracleDate:
    return OracleDate.fromisoformat(stored[:19])


def decode_timestamp(stored: str) -> datetime:
    return datetime.fromisoformat(stored[:INSTANT_LENGTH])


def decode_zoned(stored: str) -> datetime:
    instant = datetime.fromisoformat(stored[:INSTANT_LENGTH]).replace(tzinfo=UTC)
    offset = stored[INSTANT_LENGTH + 1 :]
    if offset in ("", "+00:00"):
        return instant
    return instant.astimezone(timezone(parse_offset(offset)))


def parse_offset(text: str) -> timedelta:
    """From `+HH:MM`. Raises ValueError for anything else."""
    hours, _, minutes = text[1:].partition(":")
    size = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if text[:1] not in "+-" or size > timedelta(hours=15):
        raise ValueError(text)
    return -size if text[0] == "-" else size


def _decode_interval(stored: float) -> timedelta:
    return timedelta(microseconds=round(stored * 1_000_000))


def _decode_bytes(stored: Any) -> bytes:
    return stored if isinstance(stored, bytes) else bytes.fromhex(str(stored))


_DECODERS: dict[OracleType, Callable[[Any], Any]] = {
    OracleType.NUMBER: decode_number,
    OracleType.BINARY_INTEGER: decode_number,
    OracleType.BINARY_FLOAT: float,
    OracleType.BINARY_DOUBLE: float,
    OracleType.DATE: decode_date,
    OracleType.TIMESTAMP: decode_timestamp,
    OracleType.TIMESTAMP_TZ: decode_zoned,
    OracleType.TIMESTAMP_LTZ: decode_zoned,
    OracleType.INTERVAL_DS: _decode_interval,
    OracleType.INTERVAL_YM: YearMonth,
    OracleType.RAW: _decode_bytes,
    OracleType.LONG_RAW: _decode_bytes,
    OracleType.BLOB: _decode_bytes,
    OracleType.BOOLEAN: bool,
}


def decoder(oracle_type: OracleType | None) -> Callable[[Any], Any] | None:
    """What turns a stored value (never NULL) of that type into Python; None if the stored form is the Python form."""
    return None if oracle_type is None else _DECODERS.get(oracle_type)


def type_of(value: Any) -> OracleType | None:
    """The Oracle type of a Python value; None for NULL."""
    if value is None or value == "":
        return None
    for python_type, oracle_type in _TYPES_OF_PYTHON:
        if isinstance(value, python_type):
            if isinstance(value, datetime) and value.tzinfo is not None:
                return OracleType.TIMESTAMP_TZ
            return oracle_type
    raise OracleError(932, f"inconsistent datatypes: {type(value).__name__} is no SQL value")


_TYPES_OF_PYTHON: tuple[tuple[type, OracleType], ...] = (
    (str, OracleType.VARCHAR2),
    (bool, OracleType.BOOLEAN),
    (int, OracleType.NUMBER),
    (Decimal, OracleType.NUMBER),
    (float, OracleType.BINARY_DOUBLE),
    (OracleDate, OracleType.DATE),
    (datetime, OracleType.TIMESTAMP),
    (timedelta, OracleType.INTERVAL_DS),
    (YearMonth, OracleType.INTERVAL_YM),
    (bytes, OracleType.RAW),
)


def from_client(value: Any, oracle_type: OracleType) -> Any:
    """A bind's value as the engine calculates with it: DATE binds become OracleDate."""
    if isinstance(value, datetime) and oracle_type is OracleType.DATE:
        return oracle_date(value)
    return None if value == "" else value


def parse_number(text: str) -> int | Decimal:
    """A number as an implicit conversion reads it. Raises ORA-01722."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        raise OracleError(1722, "invalid number") from None
    if not number.is_finite() or "_" in text:
        raise OracleError(1722, "invalid number")
    try:
        return plain_number(ARITHMETIC.create_decimal(number))
    except Overflow:
        raise OracleError(1426, "numeric overflow") from None


def format_number(value: float | Decimal) -> str:
    """A number as an implicit conversion writes it: no leading zero, at most 40 characters."""
    number = value if isinstance(value, Decimal) else Decimal(repr(value))
    if number == number.to_integral_value():
        return str(int(number)) if abs(number) < Decimal(10) ** 40 else f"{number:.32E}"
    plain = format(number.normalize(ARITHMETIC), "f")
    if plain.startswith("0."):
        return plain[1:]
    return "-" + plain[2:] if plain.startswith("-0.") else plain


def format_interval(value: timedelta, days: int = 2) -> str:
    """`+DD HH:MM:SS.ffffff`."""
    sign = "-" if value < timedelta(0) else "+"
    size = abs(value)
    hours, rest = divmod(size.seconds, 3600)
    return (
        f"{sign}{size.days:0{days}d} {hours:02d}:{rest // 60:02d}:{rest % 60:02d}"
        f".{size.microseconds:06d}"
    )


def format_year_month(value: YearMonth) -> str:
    """`+YY-MM`."""
    sign = "-" if value.months < 0 else "+"
    return f"{sign}{abs(value.months) // 12:02d}-{abs(value.months) % 12:02d}"
