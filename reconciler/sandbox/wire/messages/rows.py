"""Rows of a result, encoded a column at a time: a million rows go out in one response, and this is where the time is spent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain, repeat
from typing import Any

from reconciler.sandbox.seam import Column, OracleError, OracleType, internal_error
from reconciler.sandbox.wire.codec import numbers, values

Encoder = Callable[[Any], bytes]

_ROW = b"\x07"
_MEMORY = 32768
_LONGEST_REMEMBERED = 128

_ENCODERS: dict[OracleType, Encoder] = {
    OracleType.VARCHAR2: values.encode_text,
    OracleType.CHAR: values.encode_text,
    OracleType.LONG: values.encode_long,
    OracleType.LONG_RAW: values.encode_long_raw,
    OracleType.RAW: values.encode_raw,
    OracleType.NUMBER: numbers.encode,
    OracleType.BINARY_INTEGER: numbers.encode,
    OracleType.DATE: values.encode_date,
    OracleType.TIMESTAMP: values.encode_timestamp,
    OracleType.TIMESTAMP_LTZ: values.encode_timestamp,
    OracleType.TIMESTAMP_TZ: values.encode_timestamp_tz,
    OracleType.BINARY_DOUBLE: values.encode_binary_double,
    OracleType.BINARY_FLOAT: values.encode_binary_float,
    OracleType.INTERVAL_DS: values.encode_interval_ds,
    OracleType.BOOLEAN: values.encode_boolean,
    OracleType.ROWID: values.encode_rowid,
}
# Types whose equal values have equal bytes. Not so: aware datetimes of different zones, 0.0 and -0.0.
_MEMORABLE = frozenset(
    (
        OracleType.VARCHAR2,
        OracleType.CHAR,
        OracleType.NUMBER,
        OracleType.DATE,
        OracleType.RAW,
        OracleType.BOOLEAN,
    )
)


class _Remembering(dict[Any, bytes]):
    """Value -> bytes, filled as values are met, up to a limit."""

    def __init__(self, encode: Encoder) -> None:
        super().__init__({None: values.NULL})
        self._encode = encode

    def __missing__(self, value: Any) -> bytes:
        data = self._encode(value)
        if len(self) < _MEMORY and len(data) <= _LONGEST_REMEMBERED:
            self[value] = data
        return data


def encoder_of(kind: OracleType) -> Encoder:
    """The encoder of non-NULL values. Raises ORA-03115 for types without one; LOBs and cursors have theirs elsewhere."""
    encode = _ENCODERS.get(kind)
    if encode is None:
        raise OracleError(3115, f"unsupported network datatype or representation ({kind.name})")
    return encode


def null_of(kind: OracleType) -> bytes:
    if kind in (OracleType.LONG, OracleType.LONG_RAW):
        return values.NULL_LONG
    return values.NULL


class RowEncoder:
    """Encodes the rows of one open cursor. `special` gives encoders by column position where the type's own does not do."""

    def __init__(self, columns: Sequence[Column], special: dict[int, Encoder]) -> None:
        self._columns = tuple(columns)
        self._encoders = [
            self._column_encoder(column, special.get(position))
            for position, column in enumerate(columns)
        ]

    @staticmethod
    def _column_encoder(column: Column, special: Encoder | None) -> Encoder:
        if special is None and column.type in _MEMORABLE:
            return _Remembering(encoder_of(column.type)).__getitem__
        encode = special or encoder_of(column.type)
        null = null_of(column.type)
        return lambda value: null if value is None else encode(value)

    def encode(self, rows: Sequence[Sequence[Any]]) -> bytes:
        """Row messages. Raises ORA-07445 when a value is not of its column's type."""
        try:
            encoded = [
                map(encode, column)
                for encode, column in zip(self._encoders, zip(*rows, strict=True), strict=True)
            ]
            return b"".join(
                chain.from_iterable(zip(repeat(_ROW, len(rows)), *encoded, strict=True))
            )
        except (TypeError, ValueError, AttributeError, ArithmeticError) as error:
            raise self._diagnosis(rows) from error

    def _diagnosis(self, rows: Iterable[Sequence[Any]]) -> OracleError:
        for row in rows:
            if len(row) != len(self._columns):
                return internal_error(
                    f"a row of {len(row)} values for {len(self._columns)} columns"
                )
            for column, encode, value in zip(self._columns, self._encoders, row, strict=True):
                try:
                    encode(value)
                except (TypeError, ValueError, AttributeError, ArithmeticError):
                    kind = type(value).__name__
                    return internal_error(f"a {kind} in {column.type.name} column {column.name}")
        return internal_error("rows that can't be encoded")
