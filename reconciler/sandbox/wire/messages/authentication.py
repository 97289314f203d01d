"""The two authentication functions: what a client says of itself, and the key-value lists that answer it."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.sandbox.wire.codec.primitives import (
    MalformedRequest,
    Reader,
    decode_text,
    two_length_text,
    ub,
)

PHASE_ONE = 118
PHASE_TWO = 115
_MOST_PAIRS = 10_000


class LogonMode(enum.IntFlag):
    LOGON = 0x1
    CHANGE_PASSWORD = 0x2
    SYSDBA = 0x20
    SYSOPER = 0x40
    WITH_PASSWORD = 0x100


@dataclass(frozen=True, slots=True)
class AuthRequest:
    """One authentication call. `pairs` keeps the last value of a repeated key."""

    phase: int
    user: str
    mode: LogonMode
    pairs: Mapping[str, str]


def read_auth_request(reader: Reader, phase: int) -> AuthRequest:
    """Reads what follows the function header."""
    reader.u8()
    reader.ub()
    mode = reader.ub()
    reader.u8()
    count = reader.ub()
    if not 0 <= count <= _MOST_PAIRS:
        raise MalformedRequest(f"{count} key-value pairs in a logon")
    reader.skip(2)
    user = decode_text(reader.byte_string() or b"")
    pairs: dict[str, str] = {}
    for _ in range(count):
        key = reader.text()
        pairs[key.rstrip("\0")] = reader.text()
        reader.ub()
    return AuthRequest(phase, user, LogonMode(mode), pairs)


def key_values(items: Iterable[tuple[str, str, int]]) -> bytes:
    """A parameter message of (key, value, flags)."""
    rows = [
        two_length_text(key) + two_length_text(value) + ub(flags) for key, value, flags in items
    ]
    return b"\x08" + ub(len(rows)) + b"".join(rows)
