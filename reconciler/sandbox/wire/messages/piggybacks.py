"""Piggybacks: small messages that travel in front of a call and are carried out before it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.sandbox.wire.codec.primitives import Reader, decode_text
from reconciler.sandbox.wire.messages.resume import UnsupportedRequest

_ABORT_ON_ERROR = 2


class _Function(enum.IntEnum):
    FREE_LOBS = 96
    CLOSE_CURSORS = 105
    END_TO_END = 135
    SET_SCHEMA = 152
    APPLICATION_CONTEXT = 154
    SESSION_STATE = 176
    PIPELINE_BEGIN = 199
    ALTER_SESSION = 204


@dataclass(frozen=True, slots=True)
class CloseCursors:
    cursor_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EndToEnd:
    """Attributes the client changed, by the names the engine takes; None clears one."""

    attributes: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class SetSchema:
    schema: str


@dataclass(frozen=True, slots=True)
class FreeLobs:
    locators: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class BeginPipeline:
    abort_on_error: bool


@dataclass(frozen=True, slots=True)
class SessionState:
    """Marks the bounds of a request of the application, for the server's own bookkeeping."""


@dataclass(frozen=True, slots=True)
class UnsupportedPiggyback:
    """Read over, but not carried out: the call behind it fails with this description."""

    what: str


Piggyback = (
    CloseCursors
    | EndToEnd
    | SetSchema
    | FreeLobs
    | BeginPipeline
    | SessionState
    | UnsupportedPiggyback
)


def read_piggyback(reader: Reader, field_version: int) -> Piggyback:
    """Reads what follows the message type."""
    function = reader.u8()
    reader.u8()
    if field_version >= 18:
        reader.ub()
    match function:
        case _Function.CLOSE_CURSORS:
            return _close_cursors(reader)
        case _Function.END_TO_END:
            return _end_to_end(reader)
        case _Function.SET_SCHEMA:
            reader.u8()
            return SetSchema(reader.text())
        case _Function.APPLICATION_CONTEXT:
            return _application_context(reader)
        case _Function.SESSION_STATE:
            reader.ub()
            return SessionState()
        case _Function.PIPELINE_BEGIN:
            reader.ub()
            reader.u8()
            return BeginPipeline(reader.u8() == _ABORT_ON_ERROR)
        case _Function.ALTER_SESSION:
            return _alter_session(reader)
        case _Function.FREE_LOBS:
            return _free_lobs(reader)
        case _:
            raise UnsupportedRequest(f"piggyback {function}")


def _close_cursors(reader: Reader) -> CloseCursors:
    reader.u8()
    return CloseCursors(tuple(reader.ub() for _ in range(reader.ub())))


def _announced(reader: Reader) -> tuple[bool, int]:
    return bool(reader.u8()), reader.ub()


def _end_to_end(reader: Reader) -> EndToEnd:
    reader.skip(2)
    reader.ub()
    announced = {name: _announced(reader) for name in ("client_identifier", "module", "action")}
    for _ in range(2):
        _announced(reader)
    announced["client_info"] = _announced(reader)
    for _ in range(2):
        _announced(reader)
    announced["dbop"] = _announced(reader)
    attributes: dict[str, str | None] = {}
    for name, (changed, length) in announced.items():
        if changed:
            attributes[name] = _attribute(reader, length)
    return EndToEnd(attributes)


def _attribute(reader: Reader, length: int) -> str | None:
    """None and "" are announced alike; drivers send a zero byte for the latter, which can't begin anything else here."""
    if not length:
        if reader.peek() == 0:
            reader.u8()
        return None
    return decode_text(reader.byte_string() or b"")


def _application_context(reader: Reader) -> UnsupportedPiggyback:
    reader.u8()
    reader.ub()
    reader.u8()
    count = reader.ub()
    reader.ub()
    reader.u8()
    reader.byte_string()
    _skip_pairs(reader, count)
    return UnsupportedPiggyback("application contexts set by the client")


def _alter_session(reader: Reader) -> UnsupportedPiggyback:
    reader.ub()
    reader.u8()
    _skip_pairs(reader, reader.ub())
    return UnsupportedPiggyback("session settings changed by the driver")


def _skip_pairs(reader: Reader, count: int) -> None:
    for _ in range(count):
        reader.two_length()
        reader.two_length()
        reader.ub()


def _free_lobs(reader: Reader) -> FreeLobs:
    reader.u8()
    length = reader.ub()
    reader.u8()
    reader.skip_ub(3)
    reader.skip(3)
    reader.ub()
    reader.u8()
    reader.skip_ub(3)
    reader.u8()
    for _ in range(3):
        reader.u8()
        reader.ub()
    return FreeLobs(_split_locators(reader.raw(length)))


def _split_locators(data: bytes) -> tuple[bytes, ...]:
    """Each locator begins with the number of bytes that follow its first two."""
    locators = []
    start = 0
    while start + 2 <= len(data):
        end = start + 2 + int.from_bytes(data[start : start + 2], "big")
        locators.append(data[start:end])
        start = end
    return tuple(locators)
