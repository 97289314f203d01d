"""Column values other than NUMBER, between Python and bytes. Encoders write the length byte; decoders get the bytes behind it."""

from __future__ import annotations

import struct
from datetime import UTC, date, datetime, timedelta, timezone

from reconciler.sandbox.wire.codec.primitives import MalformedRequest, byte_string, ub

NULL = b"\0"
# A fetched LONG is followed by an indicator (-1: NULL) and a return code (1405: fetched column value is NULL).
NULL_LONG = b"\0\x81\x01\x02\x05\x7d"
_PRESENT_LONG = b"\0\0"
_HOUR_BIAS, _MINUTE_BIAS = 20, 60
_NAMED_ZONE = 0x80
_DURATION_BIAS = 1 << 31
_CLOCK_BIAS = 60
_MINUTE = timedelta(minutes=1)
_ROWID_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def encode_text(value: str) -> bytes:
    data = value.encode()
    length = len(data)
    return bytes((length,)) + data if length <= 252 else byte_string(data)


def encode_national_text(value: str) -> bytes:
    return byte_string(value.encode("utf-16-be"))


def encode_long(value: str) -> bytes:
    return byte_string(value.encode()) + _PRESENT_LONG


def encode_raw(value: bytes) -> bytes:
    return byte_string(value)


def encode_long_raw(value: bytes) -> bytes:
    return byte_string(value) + _PRESENT_LONG


def _clock(value: datetime) -> tuple[int, ...]:
    return (
        value.year // 100 + 100,
        value.year % 100 + 100,
        value.month,
        value.day,
        value.hour + 1,
        value.minute + 1,
        value.second + 1,
    )


def encode_date(value: date) -> bytes:
    """DATE; a time zone, if there is one, is left out and the local clock kept."""
    if isinstance(value, datetime):
        return bytes((7, *_clock(value)))
    return bytes(
        (7, value.year // 100 + 100, value.year % 100 + 100, value.month, value.day, 1, 1, 1)
    )


def encode_timestamp(value: datetime) -> bytes:
    """TIMESTAMP without a zone; whole seconds are sent as a DATE, as real servers do."""
    if not value.microsecond:
        return bytes((7, *_clock(value)))
    return bytes((11, *_clock(value))) + (value.microsecond * 1000).to_bytes(4, "big")


def encode_timestamp_tz(value: datetime) -> bytes:
    """TIMESTAMP WITH TIME ZONE of an aware datetime: the clock in UTC, then the offset."""
    offset = value.utcoffset()
    if offset is None:
        raise ValueError("a TIMESTAMP WITH TIME ZONE needs an aware datetime")
    instant = value.astimezone(UTC)
    minutes = offset // _MINUTE
    hours, rest = divmod(abs(minutes), 60)
    if minutes < 0:
        hours, rest = -hours, -rest
    nanoseconds = (instant.microsecond * 1000).to_bytes(4, "big")
    return (
        bytes((13, *_clock(instant)))
        + nanoseconds
        + bytes((hours + _HOUR_BIAS, rest + _MINUTE_BIAS))
    )


def encode_interval_ds(value: timedelta) -> bytes:
    """INTERVAL DAY TO SECOND; every field of a negative interval is negative."""
    sign = -1 if value < timedelta() else 1
    size = abs(value)
    hours, rest = divmod(size.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return (
        b"\x0b"
        + (_DURATION_BIAS + sign * size.days).to_bytes(4, "big")
        + bytes(_CLOCK_BIAS + sign * part for part in (hours, minutes, seconds))
        + (_DURATION_BIAS + sign * size.microseconds * 1000).to_bytes(4, "big")
    )


def _ordered(data: bytes) -> bytes:
    """IEEE bytes made to sort as numbers do: sign bit flipped, all bits of a negative number inverted."""
    if data[0] & 0x80:
        return bytes(byte ^ 0xFF for byte in data)
    return bytes((data[0] | 0x80,)) + data[1:]


def _unordered(data: bytes) -> bytes:
    if data[0] & 0x80:
        return bytes((data[0] & 0x7F,)) + data[1:]
    return bytes(byte ^ 0xFF for byte in data)


def encode_binary_double(value: float) -> bytes:
    return b"\x08" + _ordered(struct.pack(">d", value))


def encode_binary_float(value: float) -> bytes:
    return b"\x04" + _ordered(struct.pack(">f", value))


def encode_boolean(value: bool) -> bytes:
    return b"\x02\x01\x01" if value else b"\x01\x00"


def encode_rowid(value: str) -> bytes:
    """A ROWID column: the four numbers behind the 18 base-64 digits."""
    if len(value) != 18:
        raise ValueError("a ROWID has 18 digits")
    data_object, file, block, slot = (
        _base64(value[start:end]) for start, end in ((0, 6), (6, 9), (9, 15), (15, 18))
    )
    return b"\x0d" + ub(data_object) + ub(file) + b"\0" + ub(block) + ub(slot)


def _base64(digits: str) -> int:
    number = 0
    for digit in digits:
        number = number * 64 + _ROWID_DIGITS.index(digit)
    return number


def decode_datetime(data: bytes) -> datetime:
    """DATE (7 bytes), TIMESTAMP (11) or TIMESTAMP WITH TIME ZONE (13, aware). Nanoseconds are cut to microseconds."""
    if len(data) not in (7, 11, 13):
        raise MalformedRequest(f"a date of {len(data)} bytes")
    microsecond = int.from_bytes(data[7:11], "big") // 1000
    year = (data[0] - 100) * 100 + data[1] - 100
    try:
        moment = datetime(  # noqa: DTZ001 - the zone follows, where the type has one
            year, data[2], data[3], data[4] - 1, data[5] - 1, data[6] - 1, microsecond
        )
        if len(data) < 13:
            return moment
        if data[11] & _NAMED_ZONE:
            raise MalformedRequest("a time zone by name")
        offset = timedelta(hours=data[11] - _HOUR_BIAS, minutes=data[12] - _MINUTE_BIAS)
        return moment.replace(tzinfo=UTC).astimezone(timezone(offset))
    except (ValueError, OverflowError) as error:
        raise MalformedRequest("a date that is none") from error


def decode_interval_ds(data: bytes) -> timedelta:
    if len(data) != 11:
        raise MalformedRequest(f"an interval of {len(data)} bytes")
    nanoseconds = int.from_bytes(data[7:11], "big") - _DURATION_BIAS
    try:
        return timedelta(
            days=int.from_bytes(data[:4], "big") - _DURATION_BIAS,
            hours=data[4] - _CLOCK_BIAS,
            minutes=data[5] - _CLOCK_BIAS,
            seconds=data[6] - _CLOCK_BIAS,
            microseconds=int(nanoseconds / 1000),
        )
    except OverflowError as error:
        raise MalformedRequest("an interval out of range") from error


def decode_binary_float(data: bytes) -> float:
    """BINARY_DOUBLE (8 bytes) or BINARY_FLOAT (4)."""
    if len(data) not in (4, 8):
        raise MalformedRequest(f"a binary float of {len(data)} bytes")
    value: float = struct.unpack(">d" if len(data) == 8 else ">f", _unordered(data))[0]
    return value
