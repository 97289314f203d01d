"""The cursors a client holds open in its session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.seam import Column, OracleError, OracleType, Prepared
from reconciler.sandbox.wire.messages.binds import BindMetadata
from reconciler.sandbox.wire.messages.execute import KnownCursor
from reconciler.sandbox.wire.messages.responses import DIRECTION_OUT
from reconciler.sandbox.wire.messages.rows import RowEncoder

_HIGHEST_ID = 65535
LOB_TYPES = (OracleType.CLOB, OracleType.BLOB)


@dataclass(slots=True)
class Cursor:
    """One open cursor. `prepared` is None for a REF CURSOR, whose text the client never sees.

    `directions` is empty until the first execution has shown them. `sent` counts the rows fetched since the last execution.
    """

    id: int
    prepared: Prepared | None
    binds: tuple[BindMetadata, ...] = ()
    directions: tuple[int, ...] = ()
    row_counts: bool = False
    columns: tuple[Column, ...] | None = None
    described: tuple[Column, ...] | None = None
    rows: Iterator[tuple[Any, ...]] | None = None
    encoder: RowEncoder | None = None
    defines: tuple[BindMetadata, ...] = ()
    sent: int = 0

    def open_result(self, columns: tuple[Column, ...], rows: Iterator[tuple[Any, ...]]) -> None:
        self.close_result()
        self.columns, self.rows = columns, rows

    def close_result(self) -> None:
        """Lets go of the rows, and of what the engine holds open for them."""
        close = getattr(self.rows, "close", None)
        if close is not None:
            close()
        self.rows, self.encoder, self.sent = None, None, 0

    @property
    def has_lobs(self) -> bool:
        return any(column.type in LOB_TYPES for column in self.columns or ())

    @property
    def sends(self) -> tuple[int, ...]:
        """Positions of binds whose values travel when the cursor runs again."""
        returning = self.prepared.returning_from if self.prepared else None
        last = len(self.binds) if returning is None else min(returning, len(self.binds))
        return tuple(
            position
            for position in range(last)
            if not self.directions or self.directions[position] != DIRECTION_OUT
        )


class Cursors:
    """The cursors of one session, by id."""

    def __init__(self) -> None:
        self._open: dict[int, Cursor] = {}
        self._last = 0

    def __len__(self) -> int:
        return len(self._open)

    def open(self, prepared: Prepared | None) -> Cursor:
        """A new cursor under an id that is free. Raises ORA-01000 when there is none."""
        for _ in range(_HIGHEST_ID):
            self._last = self._last % _HIGHEST_ID + 1
            if self._last not in self._open:
                cursor = Cursor(self._last, prepared)
                self._open[cursor.id] = cursor
                return cursor
        raise OracleError(1000, "maximum open cursors exceeded")

    def reopen(self, cursor_id: int, prepared: Prepared) -> Cursor:
        """A new statement under an id that the client already uses."""
        self.close(cursor_id)
        cursor = Cursor(cursor_id, prepared)
        self._open[cursor_id] = cursor
        return cursor

    def get(self, cursor_id: int) -> Cursor | None:
        return self._open.get(cursor_id)

    def known(self, cursor_id: int) -> KnownCursor | None:
        cursor = self._open.get(cursor_id)
        if cursor is None or cursor.prepared is None:
            return None
        return KnownCursor(cursor.prepared, cursor.binds, cursor.sends)

    def close(self, cursor_id: int) -> None:
        cursor = self._open.pop(cursor_id, None)
        if cursor is not None:
            cursor.close_result()

    def close_all(self) -> None:
        for cursor_id in list(self._open):
            self.close(cursor_id)
