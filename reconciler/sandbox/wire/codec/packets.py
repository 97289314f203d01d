"""Packets: the frame around messages.

An 8-byte head holds length, type and flags. The length is 16 bits wide until ACCEPT has been sent, 32 bits afterwards.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from reconciler.sandbox.wire.codec.primitives import MalformedRequest

HEAD = 8
DATA_HEAD = HEAD + 2
_LONGEST_PACKET = 1 << 22


class PacketType(enum.IntEnum):
    CONNECT = 1
    ACCEPT = 2
    REFUSE = 4
    DATA = 6
    MARKER = 12


class DataFlags(enum.IntFlag):
    NONE = 0
    END_OF_FILE = 0x0040
    END_OF_RESPONSE = 0x2000


class Marker(enum.IntEnum):
    BREAK = 1
    RESET = 2
    INTERRUPT = 3


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet as it came. `body` is what follows the head, the data flags of a DATA packet included."""

    type: int
    body: bytes

    @property
    def data_flags(self) -> int:
        return int.from_bytes(self.body[:2], "big")

    @property
    def payload(self) -> bytes:
        """What a DATA packet carries."""
        return self.body[2:]


class Framer:
    """Cuts a byte stream into packets and wraps messages into them."""

    __slots__ = ("_buffer", "sdu", "wide")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.sdu = 8192
        self.wide = False  # whether lengths have 32 bits

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def next_packet(self) -> Packet | None:
        """The next whole packet. Raises MalformedRequest when the stream can't be one of packets."""
        buffer = self._buffer
        if len(buffer) < HEAD:
            return None
        length = int.from_bytes(buffer[: 4 if self.wide else 2], "big")
        if not HEAD <= length <= _LONGEST_PACKET:
            raise MalformedRequest(f"a packet of {length} bytes")
        if len(buffer) < length:
            return None
        packet = Packet(buffer[4], bytes(buffer[HEAD:length]))
        del buffer[:length]
        return packet

    def _head(self, length: int, packet_type: PacketType) -> bytes:
        size = length.to_bytes(4, "big") if self.wide else length.to_bytes(2, "big") + b"\0\0"
        return size + bytes((packet_type, 0, 0, 0))

    def wrap(self, packet_type: PacketType, body: bytes) -> bytes:
        return self._head(len(body) + HEAD, packet_type) + body

    def marker(self, kind: Marker) -> bytes:
        return self.wrap(PacketType.MARKER, bytes((1, 0, kind)))

    def data(self, message: bytes, flags: DataFlags = DataFlags.NONE) -> bytes:
        """A message in as many DATA packets as the session data unit asks for; the flags are set on the last."""
        room = self.sdu - DATA_HEAD
        view = memoryview(message)
        full = self._head(self.sdu, PacketType.DATA) + b"\0\0"
        last = max((len(message) - 1) // room, 0) * room
        parts: list[bytes | memoryview] = []
        for start in range(0, last, room):
            parts += (full, view[start : start + room])
        head = self._head(len(message) - last + DATA_HEAD, PacketType.DATA)
        parts += (head + int(flags).to_bytes(2, "big"), view[last:])
        return b"".join(parts)
