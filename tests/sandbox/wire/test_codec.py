"""Laws of the codec. Where a test decodes, it follows the protocol's description anew instead of calling the code under test."""

from __future__ import annotations

import datetime as dt
import decimal
import struct
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.sandbox.seam import OracleError
from reconciler.sandbox.wire.codec import numbers, values
from reconciler.sandbox.wire.codec.packets import DataFlags, Framer, PacketType
from reconciler.sandbox.wire.codec.primitives import (
    MalformedRequest,
    NeedMore,
    Reader,
    byte_string,
    two_length,
    ub,
)

INTEGERS = st.integers(min_value=-(2**63) + 1, max_value=2**63 - 1)
MOMENTS = st.datetimes(min_value=dt.datetime(1, 1, 1), max_value=dt.datetime(9999, 12, 31))  # noqa: DTZ001 - dates of a database have no zone


@given(INTEGERS)
def test_integers_survive(number: int) -> None:
    assert Reader(ub(number)).ub() == number


@given(INTEGERS)
def test_integers_are_a_length_with_sign_and_big_endian_bytes(number: int) -> None:
    data = ub(number)
    assert data[0] & 0x7F in (0, 1, 2, 4, 8)
    assert len(data) == 1 + (data[0] & 0x7F)
    assert int.from_bytes(data[1:], "big") == abs(number)
    assert bool(data[0] & 0x80) == (number < 0)


def test_integers_of_three_bytes_are_read() -> None:
    assert Reader(b"\x03\x01\x00\x00").ub() == 65536


def test_integers_that_are_too_wide_are_refused() -> None:
    with pytest.raises(MalformedRequest):
        Reader(b"\x09" + bytes(9)).ub()


@given(st.binary(min_size=1, max_size=100_000))
def test_byte_strings_survive(data: bytes) -> None:
    assert Reader(byte_string(data)).byte_string() == data
    assert Reader(two_length(data)).two_length() == data


def test_nothing_and_null_are_none() -> None:
    assert Reader(b"\x00").byte_string() is None
    assert Reader(b"\xff").byte_string() is None
    assert Reader(b"\x00").two_length() is None


@given(st.binary(min_size=1, max_size=70_000), st.lists(st.integers(1, 30_000), max_size=8))
def test_byte_strings_are_read_however_they_are_cut(data: bytes, cuts: list[int]) -> None:
    written = byte_string(data)
    reader, start = Reader(), 0
    for size in cuts:
        piece = written[start : start + size]
        if start + size >= len(written):
            break
        reader.feed(piece)
        start += size
        with pytest.raises(NeedMore):
            reader.byte_string()
        reader.position = 0
    reader.feed(written[start:])
    assert reader.byte_string() == data
    assert reader.remaining == 0


def as_number(data: bytes) -> Decimal:
    """NUMBER by the book: sum of base-100 digits."""
    assert data[0] == len(data) - 1 <= 21
    body = data[1:]
    if body == b"\x80":
        return Decimal(0)
    positive = body[0] >= 0x80
    exponent = body[0] - 193 if positive else (255 - body[0]) - 193
    digits = list(body[1:])
    if not positive and digits[-1] == 102:
        digits.pop()
    with decimal.localcontext(decimal.Context(prec=200)):
        total = Decimal(0)
        for place, digit in enumerate(digits):
            pair = digit - 1 if positive else 101 - digit
            assert 0 <= pair <= 99
            total += Decimal(pair).scaleb(2 * (exponent - place))
        return total if positive else -total


NUMBERS = st.one_of(
    st.integers(-(10**38) + 1, 10**38 - 1),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30, places=8),
    st.builds(
        lambda mantissa, exponent: Decimal(mantissa).scaleb(exponent),
        st.integers(-(10**20), 10**20),
        st.integers(-100, 100),
    ),
)  # fmt: skip


@given(NUMBERS)
def test_numbers_of_up_to_38_digits_are_exact(number: int | Decimal) -> None:
    data = numbers.encode(number)
    assert as_number(data) == number
    assert numbers.decode(data[1:]) == number


@given(NUMBERS, NUMBERS)
def test_encoded_numbers_sort_like_numbers(first: int | Decimal, second: int | Decimal) -> None:
    assert (numbers.encode(first)[1:] < numbers.encode(second)[1:]) == (first < second)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e120, max_value=1e120))
def test_floats_become_the_number_they_show(number: float) -> None:
    expected = Decimal(repr(number))
    if abs(expected) < Decimal("1e-130"):
        expected = Decimal(0)
    assert as_number(numbers.encode(number)) == expected


def test_longer_numbers_are_rounded_to_38_digits() -> None:
    assert as_number(numbers.encode(Decimal("1." + "3" * 60))) == Decimal("1." + "3" * 37)
    assert as_number(numbers.encode(10**40 - 1)) == 10**40


@pytest.mark.parametrize("number", [10**126, -(10**126), Decimal("NaN"), float("inf")])
def test_what_a_number_cannot_hold_is_a_numeric_overflow(number: Decimal | float) -> None:
    with pytest.raises(OracleError) as caught:
        numbers.encode(number)
    assert caught.value.code == 1426


@given(st.binary(max_size=30))
def test_any_bytes_are_a_number_or_refused(data: bytes) -> None:
    try:
        numbers.decode(data)
    except MalformedRequest:
        return
    assert 1 <= len(data) <= 21


@given(MOMENTS)
def test_dates_and_timestamps_survive(moment: dt.datetime) -> None:
    data = values.encode_timestamp(moment)
    assert data[0] == len(data) - 1 == (11 if moment.microsecond else 7)
    assert values.decode_datetime(data[1:]) == moment
    assert values.decode_datetime(values.encode_date(moment)[1:]) == moment.replace(microsecond=0)


def test_a_date_by_the_book() -> None:
    encoded = values.encode_date(dt.date(2024, 1, 31))
    assert encoded == bytes((7, 120, 124, 1, 31, 1, 1, 1))


@given(
    st.datetimes(min_value=dt.datetime(2, 1, 1), max_value=dt.datetime(9998, 12, 31)),  # noqa: DTZ001
    st.integers(-12 * 60, 14 * 60),
)
def test_instants_keep_their_offset(moment: dt.datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=dt.timezone(dt.timedelta(minutes=minutes)))
    data = values.encode_timestamp_tz(aware)
    decoded = values.decode_datetime(data[1:])
    assert decoded == aware
    assert decoded.utcoffset() == aware.utcoffset()
    assert data[1] >= 0 and data[12] & 0x80 == 0  # noqa: PT018 - no zone by name


@given(st.timedeltas(min_value=dt.timedelta(days=-(10**6)), max_value=dt.timedelta(days=10**6)))
def test_intervals_survive(interval: dt.timedelta) -> None:
    data = values.encode_interval_ds(interval)
    assert values.decode_interval_ds(data[1:]) == interval
    signs = {part - 60 >= 0 for part in data[5:8] if part != 60}
    assert len(signs) <= 1, "all fields have the sign of the interval"


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_doubles_survive_and_sort(first: float, second: float) -> None:
    encoded = values.encode_binary_double(first), values.encode_binary_double(second)
    assert struct.pack(">d", values.decode_binary_float(encoded[0][1:])) == struct.pack(">d", first)
    if first != second:
        assert (encoded[0] < encoded[1]) == (first < second)


@given(st.text(max_size=400))
def test_text_is_utf8_with_a_length(text: str) -> None:
    assert (Reader(values.encode_text(text)).byte_string() or b"").decode() == text


@given(st.binary(max_size=14))
def test_any_bytes_are_a_date_or_refused(data: bytes) -> None:
    try:
        decoded = values.decode_datetime(data)
    except MalformedRequest:
        return
    assert isinstance(decoded, dt.datetime)


@given(st.binary(max_size=5000), st.integers(64, 1000), st.data())
def test_messages_survive_any_cut_into_packets_and_reads(
    message: bytes, sdu: int, data: st.DataObject
) -> None:
    sender, receiver = Framer(), Framer()
    sender.sdu, sender.wide, receiver.wide = sdu, True, True
    stream = sender.data(message, DataFlags.END_OF_RESPONSE)
    cut = data.draw(st.integers(0, len(stream)))
    packets = []
    for piece in (stream[:cut], stream[cut:]):
        receiver.feed(piece)
        while (packet := receiver.next_packet()) is not None:
            packets.append(packet)
    assert b"".join(packet.payload for packet in packets) == message
    assert all(packet.type == PacketType.DATA for packet in packets)
    assert all(len(packet.body) + 8 <= sdu for packet in packets)
    flags = [packet.data_flags for packet in packets]
    assert flags == [0] * (len(packets) - 1) + [DataFlags.END_OF_RESPONSE]


@pytest.mark.parametrize("length", [0, 7, 1 << 30])
def test_a_stream_that_is_not_one_of_packets_is_refused(length: int) -> None:
    framer = Framer()
    framer.wide = True
    framer.feed(length.to_bytes(4, "big") + b"\6\0\0\0")
    with pytest.raises(MalformedRequest):
        framer.next_packet()
