"""The description of a query's columns."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.sandbox.seam import Column, OracleType
from reconciler.sandbox.wire.codec.primitives import byte_string, two_length_text, ub
from reconciler.sandbox.wire.profiles import CHARSET

_TEXT = (OracleType.VARCHAR2, OracleType.CHAR)
_WITH_CHARSET = (*_TEXT, OracleType.LONG, OracleType.CLOB)
_DEFAULT_TEXT = 4000
_DEFAULT_RAW = 2000
# Drivers take a column of buffer size 0 as always NULL, except LONG and LONG RAW.
_BUFFER_SIZES = {
    OracleType.NUMBER: 22,
    OracleType.BINARY_INTEGER: 22,
    OracleType.DATE: 7,
    OracleType.TIMESTAMP: 11,
    OracleType.TIMESTAMP_TZ: 13,
    OracleType.TIMESTAMP_LTZ: 11,
    OracleType.BINARY_FLOAT: 4,
    OracleType.BINARY_DOUBLE: 8,
    OracleType.INTERVAL_DS: 11,
    OracleType.INTERVAL_YM: 5,
    OracleType.BOOLEAN: 1,
    OracleType.ROWID: 10,
    OracleType.CURSOR: 4,
    OracleType.CLOB: 4000,
    OracleType.BLOB: 4000,
    OracleType.LONG: 0,
    OracleType.LONG_RAW: 0,
}
_UNCONSTRAINED_SCALE = -127
# What real servers send here changes with the statement; drivers read over it.
_SIGNATURE = bytes(23)
_DESCRIBED_AT = bytes((120, 124, 1, 1, 1, 1, 1))


def _buffer_size(column: Column) -> int:
    if column.type in _TEXT:
        return column.size or _DEFAULT_TEXT
    if column.type is OracleType.RAW:
        return column.size or _DEFAULT_RAW
    return _BUFFER_SIZES.get(column.type, column.size)


def _scale(column: Column) -> int:
    if column.type is OracleType.NUMBER and not column.precision and not column.scale:
        return _UNCONSTRAINED_SCALE
    return column.scale


def _column(column: Column, position: int, field_version: int) -> bytes:
    with_charset = column.type in _WITH_CHARSET
    parts = [
        bytes((column.type, 0, column.precision & 0xFF, _scale(column) & 0xFF)),
        ub(_buffer_size(column)),
        b"\0\0\0\0",
        ub(CHARSET if with_charset else 0),
        b"\x01" if with_charset else b"\0",
        ub(_buffer_size(column) if column.type in _TEXT else 0),
        b"\0" if field_version >= 8 else b"",
        bytes((column.nullable, min(len(column.name), 255))),
        two_length_text(column.name),
        b"\0\0",
        ub(position),
        b"\0",
        b"\0\0" if field_version >= 17 else b"",
        b"\0" if field_version >= 20 else b"",
        b"\0\0\0" if field_version >= 24 else b"",
    ]
    return b"".join(parts)


def description(columns: Sequence[Column], field_version: int) -> bytes:
    """The body that describe messages and REF CURSOR values share."""
    parts = [ub(sum(map(_buffer_size, columns))), ub(len(columns))]
    if columns:
        parts.append(b"\x82")
    parts += [_column(column, index, field_version) for index, column in enumerate(columns)]
    parts += (ub(len(_DESCRIBED_AT)), byte_string(_DESCRIBED_AT), b"\0\0\0\0\0")
    return b"".join(parts)


def describe(columns: Sequence[Column], field_version: int) -> bytes:
    """A describe message."""
    return b"\x10" + byte_string(_SIGNATURE) + description(columns, field_version)
