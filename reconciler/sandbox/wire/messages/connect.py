"""CONNECT and its answers: the first packets of a connection, before any TTC message."""

from __future__ import annotations

import re
import secrets
import struct
from dataclasses import dataclass

from reconciler.sandbox.wire.codec.packets import HEAD
from reconciler.sandbox.wire.codec.primitives import MalformedRequest, NeedMore, Reader
from reconciler.sandbox.wire.profiles import END_OF_RESPONSE, Profile

UNKNOWN_SERVICE = 12514
END_OF_RESPONSE_SINCE = 319
_SMALLEST_SDU = 512
_LARGEST_SDU = 2097152
_DEFAULT_SDU = 8192
_SERVICE = re.compile(r"\(\s*(?:SERVICE_NAME|SID)\s*=\s*([^()]*?)\s*\)", re.IGNORECASE)
# First byte: 0x80 and 0x40 answer the client's own bits, 0x04 and 0x01 say that native encryption is neither asked for nor
# offered; 0x10 would demand it.
_NSI_FLAGS = 0xC5


@dataclass(frozen=True, slots=True)
class Connect:
    """`descriptor` is None when the client sends it in the packets that follow, `descriptor_length` bytes of it."""

    version: int
    sdu: int
    descriptor_length: int
    descriptor: bytes | None


def parse_connect(body: bytes) -> Connect:
    reader = Reader(body)
    try:
        version, _lowest, _options, small_sdu = (reader.u16() for _ in range(4))
        reader.skip(8)
        length, offset = reader.u16(), reader.u16()
        reader.skip(30)
        sdu = reader.u32() if reader.remaining >= 4 else small_sdu
    except NeedMore as error:
        raise MalformedRequest("a CONNECT packet that is too short") from error
    start = offset - HEAD
    inline = body[start : start + length] if start >= 0 else b""
    return Connect(
        version=version,
        sdu=min(max(sdu or _DEFAULT_SDU, _SMALLEST_SDU), _LARGEST_SDU),
        descriptor_length=length,
        descriptor=inline if len(inline) == length else None,
    )


def service_of(descriptor: bytes) -> str:
    """The service name in a connect descriptor, as written; "" without one."""
    found = _SERVICE.search(descriptor.decode(errors="replace"))
    return found.group(1) if found else ""


def accept_flags(profile: Profile, connect: Connect) -> int:
    """What is offered to this client: old ones don't know the end-of-response message."""
    if connect.version < END_OF_RESPONSE_SINCE:
        return profile.accept_flags & ~END_OF_RESPONSE
    return profile.accept_flags


def accept(profile: Profile, connect: Connect) -> bytes:
    """Body of ACCEPT. Out-of-band breaks are not offered, so that clients send markers."""
    flags = accept_flags(profile, connect)
    body = struct.pack(
        ">HHHHHHHBB8xIIBI",
        min(connect.version, profile.protocol_version),
        1,
        0,
        0,
        0x0100,
        0,
        61 if flags else 45,
        _NSI_FLAGS,
        0,
        connect.sdu,
        connect.sdu,
        0,
        flags,
    )
    return body + (secrets.token_bytes(16) if flags else b"")


def refuse(code: int) -> bytes:
    """Body of REFUSE with a listener's error number."""
    text = (
        f"(DESCRIPTION=(TMP=)(VSNNUM=0)(ERR={code})(ERROR_STACK=(ERROR=(CODE={code})(EMFI=4))))"
    ).encode("ascii")
    return b"\x22\0" + len(text).to_bytes(2, "big") + text
