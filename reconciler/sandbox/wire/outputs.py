"""Values that go out through binds: of PL/SQL blocks and of RETURNING."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.sandbox.seam import OracleError, OracleType, Outcome, internal_error
from reconciler.sandbox.wire.codec import values
from reconciler.sandbox.wire.codec.primitives import ub
from reconciler.sandbox.wire.cursors import Cursors
from reconciler.sandbox.wire.lobs import Lobs
from reconciler.sandbox.wire.messages.binds import NATIONAL_FORM, BindMetadata
from reconciler.sandbox.wire.messages.describe import description
from reconciler.sandbox.wire.messages.rows import Encoder, encoder_of

# Every value is followed by its actual length when it was cut off, else by 0.
_WHOLE = b"\0"
_ROW = b"\x07"
_TEXT = (OracleType.VARCHAR2, OracleType.CHAR, OracleType.LONG)


class Outputs:
    """Encodes values that leave through binds, and nested cursors and LOBs wherever they occur."""

    def __init__(self, cursors: Cursors, lobs: Lobs, field_version: int) -> None:
        self._cursors = cursors
        self._lobs = lobs
        self._field_version = field_version

    def special_encoder(self, kind: OracleType) -> Encoder | None:
        """Encoders that hand out something of the session: locators and cursors."""
        if kind in (OracleType.CLOB, OracleType.BLOB):
            return self._lobs.encode
        return self.cursor if kind is OracleType.CURSOR else None

    def cursor(self, outcome: Outcome | None) -> bytes:
        """A REF CURSOR value: its description and the id to fetch from; id 0 for one that is not open."""
        if outcome is None or outcome.columns is None:
            return b"\x01" + description((), self._field_version) + ub(0)
        cursor = self._cursors.open(None)
        cursor.open_result(outcome.columns, outcome.rows or iter(()))
        cursor.described = outcome.columns
        return b"\x01" + description(outcome.columns, self._field_version) + ub(cursor.id)

    def _encoder(self, bind: BindMetadata) -> Encoder:
        if bind.type in _TEXT:
            if bind.charset_form == NATIONAL_FORM:
                return values.encode_national_text
            return values.encode_text
        if bind.type is OracleType.ROWID:
            return values.encode_text
        if bind.type is OracleType.LONG_RAW:
            return values.encode_raw
        return self.special_encoder(bind.type) or encoder_of(bind.type)

    def _value(self, bind: BindMetadata, encode: Encoder, value: Any) -> bytes:
        if value is None and bind.type is not OracleType.CURSOR:
            return values.NULL + _WHOLE
        try:
            return encode(value) + _WHOLE
        except (TypeError, ValueError, AttributeError, ArithmeticError) as error:
            what = f"a {type(value).__name__} for a bind of type {bind.type.name}"
            raise internal_error(what) from error

    def _list(self, bind: BindMetadata, items: Sequence[Any]) -> bytes:
        encode = self._encoder(bind)
        return ub(len(items)) + b"".join(self._value(bind, encode, item) for item in items)

    def block_row(self, binds: Sequence[BindMetadata], out: Mapping[int, Any]) -> bytes:
        """OUT and IN OUT values of one run of a block; b"" when there are none."""
        if not out:
            return b""
        parts = [_ROW]
        for position in sorted(out):
            bind = binds[position]
            if bind.is_array:
                parts.append(self._array(bind, out[position] or ()))
            else:
                parts.append(self._value(bind, self._encoder(bind), out[position]))
        return b"".join(parts)

    def _array(self, bind: BindMetadata, items: Sequence[Any]) -> bytes:
        if len(items) > bind.max_elements:
            raise OracleError(
                6513, "PL/SQL: index for PL/SQL table out of range for host language array"
            )
        return self._list(bind, items)

    def returning_row(
        self, binds: Sequence[BindMetadata], returned: Sequence[Sequence[Any]]
    ) -> bytes:
        """RETURNING values of one iteration: for each bind those of all rows it touched."""
        lists = returned or [()] * len(binds)
        return _ROW + b"".join(
            self._list(bind, items) for bind, items in zip(binds, lists, strict=True)
        )
