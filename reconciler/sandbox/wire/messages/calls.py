"""Calls other than statements: LOB operations, and the small ones answered by a status."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from reconciler.sandbox.wire.codec.primitives import MalformedRequest, Reader

LOB_OPERATION = 96
LOB_DATA = 14


class SimpleCall(enum.IntEnum):
    """Functions without arguments."""

    LOGOFF = 9
    COMMIT = 14
    ROLLBACK = 15
    PING = 147
    PIPELINE_END = 200


class LobCall(enum.IntEnum):
    LENGTH = 0x0001
    READ = 0x0002
    TRIM = 0x0020
    WRITE = 0x0040
    CREATE_TEMPORARY = 0x0110
    FREE_TEMPORARY = 0x0111
    CHUNK_SIZE = 0x4000
    OPEN = 0x8000
    CLOSE = 0x10000
    IS_OPEN = 0x11000


@dataclass(frozen=True, slots=True)
class LobOperation:
    """`offset` and `amount` count from 1, in characters for CLOB and in bytes for BLOB. `amount` is None when none was sent.

    For CREATE_TEMPORARY `type_number` is the type to create.
    """

    operation: int
    locator: bytes
    offset: int
    type_number: int
    amount: int | None
    data: bytes


@dataclass(frozen=True, slots=True)
class UnsupportedCall:
    """A function that the stand-in does not know; its arguments were not read."""

    function: int


def read_lob_operation(reader: Reader) -> LobOperation:
    """Reads what follows the function header."""
    reader.u8()
    locator_length = reader.ub()
    reader.u8()
    reader.skip_ub(3)
    with_charset = reader.u8()
    reader.skip(2)
    operation = reader.ub()
    reader.skip(2)
    offset, second_offset = reader.ub(), reader.ub()
    with_amount = reader.u8()
    reader.skip(6)
    locator = reader.raw(locator_length)
    if with_charset:
        reader.ub()
    data = _read_lob_data(reader) if operation == LobCall.WRITE else b""
    amount = reader.ub() if with_amount else None
    return LobOperation(operation, locator, offset, second_offset, amount, data)


def _read_lob_data(reader: Reader) -> bytes:
    if reader.u8() != LOB_DATA:
        raise MalformedRequest("a LOB write without data")
    return reader.byte_string() or b""
