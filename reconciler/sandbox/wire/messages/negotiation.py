"""The protocol and data types messages, by which both sides learn of each other's capabilities."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.sandbox.wire.codec.primitives import MalformedRequest, Reader, byte_string
from reconciler.sandbox.wire.profiles import CHARSET, NATIONAL_CHARSET, Profile

_FIELD_VERSION_OFFSET = 7
_TIME_ZONE_OFFSET = 1
_ZONE_UTC = bytes.fromhex("800000003c3c3c80000000")
_BANNER = b"x86_64/Linux 2.4.xx\0"


@dataclass(frozen=True, slots=True)
class DataTypesRequest:
    """`wants_time_zone`: the reply must carry a time zone because the request did."""

    field_version: int
    wants_time_zone: bool


def read_protocol_request(reader: Reader) -> None:
    """Reads over accepted versions and driver name; the message type has been read. Neither changes the answer."""
    for _ in ("versions", "driver name"):
        while reader.u8():
            pass


def protocol_reply(profile: Profile) -> bytes:
    # The national charset is looked up at 6 + fdo[5] + fdo[6] + 3.
    fdo = bytes(9) + NATIONAL_CHARSET.to_bytes(2, "big") + b"\0"
    return (
        b"\x01\x06\0"
        + _BANNER
        + CHARSET.to_bytes(2, "little")
        + b"\x01"
        + b"\0\0"
        + len(fdo).to_bytes(2, "big")
        + fdo
        + byte_string(profile.compile_capabilities)
        + byte_string(profile.runtime_capabilities)
    )


def read_data_types_request(reader: Reader) -> DataTypesRequest:
    """Reads what follows the message type."""
    reader.skip(5)
    compile_capabilities = reader.byte_string() or b""
    runtime_capabilities = reader.byte_string() or b""
    if len(compile_capabilities) <= _FIELD_VERSION_OFFSET:
        raise MalformedRequest("capabilities without a field version")
    time_zone = (
        len(runtime_capabilities) > _TIME_ZONE_OFFSET
        and runtime_capabilities[_TIME_ZONE_OFFSET] & 1 == 1
    )
    if time_zone:
        reader.skip(len(_ZONE_UTC))
    while reader.u16():
        if reader.u16():
            reader.skip(4)
    return DataTypesRequest(compile_capabilities[_FIELD_VERSION_OFFSET], time_zone)


def data_types_reply(request: DataTypesRequest) -> bytes:
    """An empty list: every type is kept as the client represents it."""
    return b"\x02" + (_ZONE_UTC if request.wants_time_zone else b"") + b"\0\0"
