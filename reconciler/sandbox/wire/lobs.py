"""The LOBs a session has handed out, by locator. All are temporary: the client says when it needs one no longer."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from reconciler.sandbox.seam import OracleError, OracleType
from reconciler.sandbox.wire.codec.primitives import byte_string, ub
from reconciler.sandbox.wire.messages.calls import LOB_DATA, LobCall, LobOperation

CHUNK_SIZE = 8132
_LOCATOR_LENGTH = 40
_BLOB, _CLOB = 0x01, 0x02
_INITIALISED = 0x08
_UTF16 = 0x80
_TEMPORARY = 0x01


def _invalid() -> OracleError:
    return OracleError(22275, "invalid LOB locator specified")


@dataclass(slots=True)
class _Lob:
    """Text is kept as UTF-16, because offsets count its units."""

    is_text: bool
    data: bytearray
    is_open: bool = False

    @property
    def unit(self) -> int:
        return 2 if self.is_text else 1

    @property
    def length(self) -> int:
        return len(self.data) // self.unit


class Lobs:
    """The LOBs of one session."""

    def __init__(self) -> None:
        self._lobs: dict[bytes, _Lob] = {}

    def __len__(self) -> int:
        return len(self._lobs)

    def add(self, value: str | bytes) -> bytes:
        """Keeps a value and gives its locator."""
        is_text = isinstance(value, str)
        data = value.encode("utf-16-be") if isinstance(value, str) else value
        kind = bytes(
            (_CLOB if is_text else _BLOB, _INITIALISED, _UTF16 if is_text else 0, _TEMPORARY)
        )
        locator = (
            (_LOCATOR_LENGTH - 2).to_bytes(2, "big")
            + b"\0\x04"
            + kind
            + secrets.token_bytes(_LOCATOR_LENGTH - 8)
        )
        self._lobs[locator] = _Lob(is_text, bytearray(data))
        return locator

    def encode(self, value: str | bytes) -> bytes:
        """A LOB value of a row: a new locator with its size."""
        locator = self.add(value)
        size = self._lobs[locator].length
        return ub(len(locator)) + ub(size) + ub(CHUNK_SIZE) + byte_string(locator)

    def value(self, locator: bytes) -> str | bytes:
        """What a bound locator stands for. Raises ORA-22275."""
        lob = self._get(locator)
        return lob.data.decode("utf-16-be", "replace") if lob.is_text else bytes(lob.data)

    def free(self, locator: bytes) -> None:
        self._lobs.pop(locator, None)

    def clear(self) -> None:
        self._lobs.clear()

    def _get(self, locator: bytes) -> _Lob:
        lob = self._lobs.get(locator)
        if lob is None:
            raise _invalid()
        return lob

    def operate(self, call: LobOperation) -> bytes:
        """The messages that answer a LOB call, without the closing error block."""
        if call.operation == LobCall.CREATE_TEMPORARY:
            is_text = call.type_number == OracleType.CLOB
            return b"\x08" + self.add("" if is_text else b"") + b"\0\0"
        if call.operation == LobCall.FREE_TEMPORARY:
            self._get(call.locator)
            self.free(call.locator)
            return b"\x08" + call.locator
        lob = self._get(call.locator)
        data, amount, flag = self._operate_on(lob, call)
        parts = [bytes((LOB_DATA,)) + byte_string(data)] if data else []
        parts += (b"\x08", call.locator)
        if call.amount is not None:
            parts.append(ub(amount))
        if flag is not None:
            parts.append(bytes((flag,)))
        return b"".join(parts)

    def _operate_on(self, lob: _Lob, call: LobOperation) -> tuple[bytes, int, bool | None]:
        """(data to send, amount to report, flag to report)."""
        amount = call.amount or 0
        match call.operation:
            case LobCall.READ:
                data = self._read(lob, call.offset, amount)
                return data, len(data) // lob.unit, None
            case LobCall.LENGTH:
                return b"", lob.length, None
            case LobCall.CHUNK_SIZE:
                return b"", CHUNK_SIZE, None
            case LobCall.WRITE:
                self._write(lob, call.offset, call.data)
                return b"", amount, None
            case LobCall.TRIM:
                del lob.data[amount * lob.unit :]
                return b"", amount, None
            case LobCall.OPEN | LobCall.CLOSE:
                lob.is_open = call.operation == LobCall.OPEN
                return b"", amount, None
            case LobCall.IS_OPEN:
                return b"", amount, lob.is_open
            case _:
                raise OracleError(
                    3115,
                    f"unsupported network datatype or representation (LOB {call.operation:#x})",
                )

    @staticmethod
    def _read(lob: _Lob, offset: int, amount: int) -> bytes:
        if offset < 1 or amount < 0:
            raise OracleError(24801, "illegal parameter value in OCI lob function")
        start = (offset - 1) * lob.unit
        return bytes(lob.data[start : start + amount * lob.unit])

    @staticmethod
    def _write(lob: _Lob, offset: int, data: bytes) -> None:
        start = (offset - 1) * lob.unit
        if start < 0 or start > len(lob.data) + (1 << 26):
            raise OracleError(24801, "illegal parameter value in OCI lob function")
        filler = " ".encode("utf-16-be") if lob.is_text else b"\0"
        missing = start - len(lob.data)
        if missing > 0:
            lob.data += filler * (missing // lob.unit)
        lob.data[start : start + len(data)] = data
