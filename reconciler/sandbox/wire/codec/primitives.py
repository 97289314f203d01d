"""Integers and byte strings as TTC writes them.

A *universal integer* is a length byte, whose top bit is the sign, and that many big-endian bytes. A *byte string* is a length byte and
the bytes, or FE and chunks.
"""

from __future__ import annotations

NULL_LENGTHS = (0, 255)
CHUNKED = 254
LONGEST_INLINE = 252
CHUNK = 32767

_SMALL = (b"\0", *(bytes((1, number)) for number in range(1, 256)))


class NeedMore(Exception):  # noqa: N818 - not an error: the rest is still on its way
    """The buffer ends before the value does."""


class MalformedRequest(Exception):  # noqa: N818 - reads as what it is
    """The bytes can't be what the protocol allows at this place."""


class Reader:
    """Reads from a buffer that may still grow. A read that finds too little raises NeedMore and leaves the position anywhere:
    the caller sets it back to where its value began and tries again after `feed`.
    """

    __slots__ = ("_buffer", "_chunked", "position")

    def __init__(self, data: bytes = b"") -> None:
        self._buffer = bytearray(data)
        # Chunked strings met since the last `settle`, complete or not: start -> (chunks, end, complete). A string of
        # many packets is thus copied once, not once per packet.
        self._chunked: dict[int, tuple[list[bytes], int, bool]] = {}
        self.position = 0

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def settle(self) -> None:
        """Promises not to go back behind the current position."""
        self._chunked.clear()

    @property
    def remaining(self) -> int:
        return len(self._buffer) - self.position

    def __len__(self) -> int:
        return len(self._buffer)

    def peek(self) -> int:
        """The next byte, which stays unread."""
        if self.position >= len(self._buffer):
            raise NeedMore
        return self._buffer[self.position]

    def head(self, length: int) -> bytes:
        """The first bytes of the buffer, read or not, for diagnosis."""
        return bytes(self._buffer[:length])

    def raw(self, length: int) -> bytes:
        if length < 0:
            raise MalformedRequest("a negative length")
        end = self.position + length
        if end > len(self._buffer):
            raise NeedMore
        data = bytes(self._buffer[self.position : end])
        self.position = end
        return data

    def skip(self, length: int) -> None:
        if self.position + length > len(self._buffer):
            raise NeedMore
        self.position += length

    def u8(self) -> int:
        position = self.position
        if position >= len(self._buffer):
            raise NeedMore
        self.position = position + 1
        return self._buffer[position]

    def u16(self) -> int:
        return int.from_bytes(self.raw(2), "big")

    def u32(self) -> int:
        return int.from_bytes(self.raw(4), "big")

    def ub(self) -> int:
        """A universal integer of any width."""
        length = self.u8()
        if length == 0:
            return 0
        width = length & 0x7F
        if width > 8:
            raise MalformedRequest(f"an integer of {width} bytes")
        number = int.from_bytes(self.raw(width), "big")
        return -number if length & 0x80 else number

    def skip_ub(self, count: int) -> None:
        for _ in range(count):
            self.ub()

    def byte_string(self) -> bytes | None:
        """A byte string; None when the client wrote NULL."""
        start = self.position
        length = self.u8()
        if length in NULL_LENGTHS:
            return None
        if length != CHUNKED:
            return self.raw(length)
        return self._chunks(start)

    def _chunks(self, start: int) -> bytes:
        chunks, position, complete = self._chunked.get(start, ([], self.position, False))
        self.position = position
        while not complete:
            mark = self.position
            try:
                size = self.ub()
                if size:
                    chunks.append(self.raw(size))
                else:
                    complete = True
            except NeedMore:
                self._chunked[start] = (chunks, mark, False)
                raise
        self._chunked[start] = (chunks, self.position, True)
        return b"".join(chunks)

    def two_length(self) -> bytes | None:
        """A byte string behind a universal integer that says whether there is one."""
        return self.byte_string() if self.ub() else None

    def text(self) -> str:
        """A `two_length` string as UTF-8, "" for none."""
        return decode_text(self.two_length() or b"")


def decode_text(data: bytes) -> str:
    """UTF-8, refused as a malformed request where it is none."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise MalformedRequest("text that is not UTF-8") from error


def ub(number: int) -> bytes:
    """A universal integer. Widths 3 and 5 to 7 are avoided: not every client reads them."""
    if 0 <= number < 256:
        return _SMALL[number]
    sign = 0
    if number < 0:
        number, sign = -number, 0x80
    width = next(width for width in (1, 2, 4, 8) if number < 1 << (8 * width))
    return bytes((sign | width,)) + number.to_bytes(width, "big")


def byte_string(data: bytes) -> bytes:
    length = len(data)
    if length <= LONGEST_INLINE:
        return bytes((length,)) + data
    parts = [bytes((CHUNKED,))]
    for start in range(0, length, CHUNK):
        chunk = data[start : start + CHUNK]
        parts += (ub(len(chunk)), chunk)
    parts.append(b"\0")
    return b"".join(parts)


def two_length(data: bytes) -> bytes:
    return ub(len(data)) + byte_string(data) if data else b"\0"


def two_length_text(text: str) -> bytes:
    return two_length(text.encode())
