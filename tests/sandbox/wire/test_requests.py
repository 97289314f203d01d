"""Requests are read from bytes that come in any pieces, and each byte only once."""

from __future__ import annotations

import pytest

from reconciler.sandbox.engine.sql.lexer import prepare
from reconciler.sandbox.seam import OracleType, Prepared
from reconciler.sandbox.wire.codec.primitives import MalformedRequest, Reader, byte_string, ub
from reconciler.sandbox.wire.messages.calls import SimpleCall, UnsupportedCall
from reconciler.sandbox.wire.messages.execute import Execute, KnownCursor, Options
from reconciler.sandbox.wire.messages.requests import Request, read_request
from reconciler.sandbox.wire.messages.resume import UnsupportedRequest


class Context:
    """A connection that has agreed on the newest field version and has no cursor open."""

    field_version = 24
    longest_string = 32767

    def prepare(self, sql: str) -> Prepared:
        return prepare(sql)

    def known_cursor(self, cursor_id: int) -> KnownCursor | None:
        return None


def execute(sql: str, binds: list[bytes], rows: bytes, iterations: int, options: int) -> bytes:
    """An execute as field version 24 writes it."""
    head = (
        b"\x03\x5e\x01" + ub(0) + ub(options) + ub(0) + b"\x01" + ub(len(sql)) + b"\x01" + ub(13)
        + b"\0\0" + ub(0) + ub(1) + ub(0) + b"\x01" + ub(len(binds)) + bytes(5) + b"\0" + ub(0)
        + ub(0) + bytes(3) + ub(0) + b"\0" + ub(0) + ub(0) + b"\0" + ub(0) + b"\0"
        + b"\0" + ub(0) + b"\0" + ub(0) + b"\0" + b"\0" + ub(0)
    )  # fmt: skip
    extra = [1, iterations, *[0] * 11]
    return head + byte_string(sql.encode()) + b"".join(map(ub, extra)) + b"".join(binds) + rows


def bind(kind: OracleType, size: int, *, elements: int = 0) -> bytes:
    flags = 0x41 if elements else 0x01
    return (
        bytes((kind, flags, 0, 0)) + ub(size) + ub(elements) + bytes(4) + ub(0) + b"\1" + bytes(2)
    )


def parse(data: bytes, piece: int) -> Request:
    reader = Reader()
    parsing = read_request(reader, Context())
    for start in range(0, len(data), piece):
        reader.feed(data[start : start + piece])
        try:
            next(parsing)
        except StopIteration as end:
            assert start + piece >= len(data), "complete too early"
            request: Request = end.value
            return request
    raise AssertionError("never complete")


BLOCK = "begin p(:a, :b); end;"
TEXTS = [f"text {number}" for number in range(100)]
ARRAY = (
    b"\x07"
    + ub(len(TEXTS))
    + b"".join(byte_string(t.encode()) for t in TEXTS)
    + byte_string(b"\xc1\x08")
)
REQUEST = execute(
    BLOCK,
    [bind(OracleType.VARCHAR2, 32767, elements=100), bind(OracleType.NUMBER, 22)],
    ARRAY,
    1,
    0x429,
)


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 100, 10_000])
def test_a_request_is_the_same_in_pieces_of_any_size(piece: int) -> None:
    call = parse(REQUEST, piece).call
    assert isinstance(call, Execute)
    assert call.sql == BLOCK
    assert call.rows == [[TEXTS, 7]]
    assert call.options & Options.EXECUTE


def test_every_prefix_of_a_request_is_incomplete() -> None:
    for length in range(len(REQUEST)):
        reader = Reader(REQUEST[:length])
        assert next(read_request(reader, Context())) is None


class CountingReader(Reader):
    """Counts the bytes it copies."""

    copied = 0

    def raw(self, length: int) -> bytes:
        data = super().raw(length)
        self.copied += len(data)
        return data


def copied_for(data: bytes) -> int:
    """Bytes copied while a request comes in packets of the usual size."""
    reader = CountingReader()
    parsing = read_request(reader, Context())
    for start in range(0, len(data), 8182):
        reader.feed(data[start : start + 8182])
        next(parsing, None)
    return reader.copied


def test_every_element_of_a_large_array_is_read_once() -> None:
    count = 50_000
    row = b"\x07" + ub(count) + byte_string(b"grant select on hr.t to r") * count
    binds = [bind(OracleType.VARCHAR2, 32767, elements=count)]
    data = execute("begin p(:a); end;", binds, row, 1, 0x429)
    assert copied_for(data) < 1.1 * len(data)


def test_every_row_of_a_large_batch_is_read_once() -> None:
    count = 50_000
    rows = (b"\x07" + byte_string(b"one") + byte_string(b"two")) * count
    binds = [bind(OracleType.VARCHAR2, 3), bind(OracleType.VARCHAR2, 3)]
    data = execute("insert into t values (:1, :2)", binds, rows, count, 0x8029)
    assert copied_for(data) < 1.1 * len(data)


def test_every_part_of_a_huge_value_is_read_once() -> None:
    value = byte_string(b"x" * 20_000_000)
    binds = [bind(OracleType.NUMBER, 22), bind(OracleType.LONG, 20_000_000)]
    data = execute("select :n, :a from dual", binds, b"\x07" + b"\x01\x80" + value, 0, 0x8029)
    assert copied_for(data) < 1.1 * len(data)


def test_bytes_left_over_are_refused() -> None:
    with pytest.raises(MalformedRequest, match="1 bytes left over"):
        parse(b"\x03\x93\x01\x00" + b"\x00", 100)


def test_a_ping_is_read() -> None:
    assert parse(b"\x03\x93\x01\x00", 100) == Request(SimpleCall.PING)


def test_the_token_of_a_pipeline_is_read() -> None:
    assert parse(b"\x03\x0e\x05\x01\x09", 100) == Request(SimpleCall.COMMIT, token=9)


def test_an_unknown_function_is_told_by_number() -> None:
    assert parse(b"\x03\x79\x01\x00" + bytes(40), 100) == Request(UnsupportedCall(0x79))


@pytest.mark.parametrize("data", [b"\x63", b"\x11\xf0\x01\x00", b"\x1a\xa3\x01"])
def test_what_cannot_be_read_is_unsupported(data: bytes) -> None:
    with pytest.raises(UnsupportedRequest):
        parse(data, 100)


def test_binds_of_unknown_types_are_unsupported() -> None:
    data = execute("begin p(:a); end;", [bind(OracleType.JSON, 10)], b"\x07\x00", 1, 0x429)
    with pytest.raises(UnsupportedRequest, match="JSON"):
        parse(data, 10_000)
