"""Binds and defines: their description, and the rows of values that follow it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from reconciler.sandbox.seam import OracleType
from reconciler.sandbox.wire.codec import numbers, values
from reconciler.sandbox.wire.codec.primitives import MalformedRequest, Reader, decode_text
from reconciler.sandbox.wire.messages.resume import Parsing, UnsupportedRequest, repeated, whole

NATIONAL_FORM = 2
ROW = 7
_ARRAY_FLAG = 0x40
_ESCAPE = 0xFD


@dataclass(frozen=True, slots=True)
class BindMetadata:
    """One bind or define as the client announced it. `size` is in bytes."""

    type: OracleType
    is_array: bool = False
    size: int = 0
    max_elements: int = 0
    charset_form: int = 0


@dataclass(frozen=True, slots=True)
class Locator:
    """A LOB bound by its locator; what it holds is looked up when the statement runs."""

    data: bytes


@dataclass(frozen=True, slots=True)
class BoundCursor:
    """A cursor bound by its id, 0 for one that is not open."""

    cursor_id: int


@dataclass(frozen=True, slots=True)
class RowLayout:
    """Which binds carry a value in each row, in the order they travel."""

    metadata: tuple[BindMetadata, ...]
    sent: tuple[int, ...]

    @classmethod
    def of(
        cls,
        metadata: Sequence[BindMetadata],
        carrying: Sequence[int],
        *,
        plsql: bool,
        longest_string: int,
    ) -> RowLayout:
        """In SQL, values that may be longer than a VARCHAR2 come after all others."""
        late = [
            position
            for position in carrying
            if not plsql
            and not metadata[position].is_array
            and metadata[position].size > longest_string
        ]
        early = [position for position in carrying if position not in late]
        return cls(tuple(metadata), (*early, *late))


def read_metadata(reader: Reader, field_version: int) -> BindMetadata:
    """Raises UnsupportedRequest for types without a value codec here."""
    number, flags = reader.u8(), reader.u8()
    reader.skip(2)
    size, max_elements = reader.ub(), reader.ub()
    reader.ub()
    reader.two_length()
    reader.skip_ub(2)
    form = reader.u8()
    reader.ub()
    if field_version >= 8:
        reader.ub()
    try:
        kind = OracleType(number)
    except ValueError as error:
        raise UnsupportedRequest(f"binds of type {number}") from error
    return BindMetadata(kind, bool(flags & _ARRAY_FLAG), size, max_elements, form)


def read_rows(reader: Reader, layout: RowLayout, count: int) -> Parsing[list[list[Any]]]:
    """The rows of binds, as long as the metadata; binds that carry no value are None."""
    if not layout.sent:
        return [[None] * len(layout.metadata) for _ in range(count)]
    decoders = [(position, _decoder(layout.metadata[position])) for position in layout.sent]
    if not any(layout.metadata[position].is_array for position in layout.sent):
        read_row = partial(_scalar_row, decoders=decoders, width=len(layout.metadata))
        return (yield from repeated(reader, read_row, count))
    rows: list[list[Any]] = []
    while len(rows) < count:
        row = yield from _row_with_arrays(reader, layout, decoders)
        rows.append(row)
    return rows


def _row_mark(reader: Reader) -> None:
    if reader.u8() != ROW:
        raise MalformedRequest("binds that do not begin with a row")


def _scalar_row(
    reader: Reader, *, decoders: Sequence[tuple[int, Callable[[Reader], Any]]], width: int
) -> list[Any]:
    _row_mark(reader)
    row: list[Any] = [None] * width
    for position, decode in decoders:
        row[position] = decode(reader)
    return row


def _row_with_arrays(
    reader: Reader, layout: RowLayout, decoders: Sequence[tuple[int, Callable[[Reader], Any]]]
) -> Parsing[list[Any]]:
    yield from whole(reader, _row_mark)
    row: list[Any] = [None] * len(layout.metadata)
    for position, decode in decoders:
        if layout.metadata[position].is_array:
            count = yield from whole(reader, Reader.ub)
            row[position] = yield from repeated(reader, decode, count)
        else:
            row[position] = yield from whole(reader, decode)
    return row


def _decoder(metadata: BindMetadata) -> Callable[[Reader], Any]:
    match metadata.type:
        case OracleType.VARCHAR2 | OracleType.CHAR | OracleType.LONG:
            return _national_text if metadata.charset_form == NATIONAL_FORM else _text
        case OracleType.ROWID:
            return _text
        case OracleType.NUMBER | OracleType.BINARY_INTEGER:
            return _number
        case OracleType.RAW | OracleType.LONG_RAW:
            return Reader.byte_string
        case OracleType.DATE | OracleType.TIMESTAMP | OracleType.TIMESTAMP_LTZ:
            return _moment
        case OracleType.TIMESTAMP_TZ:
            return _moment
        case OracleType.BINARY_DOUBLE | OracleType.BINARY_FLOAT:
            return _binary_float
        case OracleType.INTERVAL_DS:
            return _interval
        case OracleType.BOOLEAN:
            return _boolean
        case OracleType.CURSOR:
            return _cursor
        case OracleType.CLOB | OracleType.BLOB:
            return _locator
        case OracleType.JSON | OracleType.INTERVAL_YM:
            raise UnsupportedRequest(f"binds of type {metadata.type.name}")


def _text(reader: Reader) -> str | None:
    data = reader.byte_string()
    return None if data is None else decode_text(data)


def _national_text(reader: Reader) -> str | None:
    data = reader.byte_string()
    if data is None:
        return None
    try:
        return data.decode("utf-16-be")
    except UnicodeDecodeError as error:
        raise MalformedRequest("text that is not UTF-16") from error


def _number(reader: Reader) -> Any:
    data = reader.byte_string()
    return None if data is None else numbers.decode(data)


def _moment(reader: Reader) -> Any:
    data = reader.byte_string()
    return None if data is None else values.decode_datetime(data)


def _binary_float(reader: Reader) -> float | None:
    data = reader.byte_string()
    return None if data is None else values.decode_binary_float(data)


def _interval(reader: Reader) -> Any:
    data = reader.byte_string()
    return None if data is None else values.decode_interval_ds(data)


def _boolean(reader: Reader) -> bool | None:
    if reader.peek() == _ESCAPE:
        reader.skip(2)
        return None
    data = reader.byte_string()
    return None if data is None else data[-1] == 1


def _cursor(reader: Reader) -> BoundCursor | None:
    """0 for a cursor that is not open, else 1 and the id, all universal integers."""
    return BoundCursor(reader.ub()) if reader.ub() else None


def _locator(reader: Reader) -> Locator | None:
    data = reader.two_length()
    return None if data is None else Locator(data)
