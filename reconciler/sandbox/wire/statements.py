"""Runs statements of a session and turns their outcomes into replies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from reconciler.sandbox.seam import (
    Bind,
    EngineSession,
    OracleError,
    OracleType,
    Outcome,
    Prepared,
    StatementKind,
    internal_error,
)
from reconciler.sandbox.wire.cursors import LOB_TYPES, Cursor, Cursors
from reconciler.sandbox.wire.lobs import Lobs
from reconciler.sandbox.wire.messages import responses
from reconciler.sandbox.wire.messages.binds import BoundCursor, Locator
from reconciler.sandbox.wire.messages.describe import describe
from reconciler.sandbox.wire.messages.execute import Execute, ExecuteFlags, Fetch, Options
from reconciler.sandbox.wire.messages.responses import BatchError
from reconciler.sandbox.wire.messages.rows import Encoder, RowEncoder
from reconciler.sandbox.wire.outputs import Outputs

_BLOCK = 2000
_COMPILATION_ERROR = 24344
_CANCELLED = 1013
_INLINE = (OracleType.LONG, OracleType.LONG_RAW)


class StatementFailed(Exception):  # noqa: N818 - carries the error
    """An OracleError with the cursor it happened on and the iterations done before it."""

    def __init__(self, error: OracleError, cursor_id: int, row_count: int) -> None:
        super().__init__(str(error))
        self.error = error
        self.cursor_id = cursor_id
        self.row_count = row_count


@dataclass(slots=True)
class _Iterations:
    """What the iterations of an execution gave so far."""

    outcomes: list[Outcome] = field(default_factory=list)
    errors: list[BatchError] = field(default_factory=list)
    row_counts: list[int] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(self.row_counts)


class Statements:
    """The statement calls of one session. `interrupted` tells between two steps whether the client has sent a break."""

    def __init__(
        self,
        session: EngineSession,
        field_version: int,
        cursors: Cursors,
        lobs: Lobs,
        interrupted: Callable[[], bool],
    ) -> None:
        self._session = session
        self._field_version = field_version
        self._cursors = cursors
        self._lobs = lobs
        self._outputs = Outputs(cursors, lobs, field_version)
        self._interrupted = interrupted

    def fetch(self, call: Fetch) -> bytes:
        """Raises OracleError, StatementFailed."""
        cursor = self._cursors.get(call.cursor_id)
        if cursor is None:
            raise OracleError(1001, "invalid cursor")
        if cursor.rows is None:
            raise OracleError(1002, "fetch out of sequence")
        return self._on(cursor, lambda _: self._rows(cursor, call.rows_wanted), _Iterations())

    def execute(self, call: Execute) -> bytes:
        """Raises OracleError, StatementFailed."""
        if call.prepare_error is not None:
            raise call.prepare_error
        if call.flags & ExecuteFlags.SCROLLABLE:
            raise OracleError(3001, "unimplemented feature (scrollable cursors)")
        cursor = self._cursor_of(call)
        return self._on(cursor, lambda done: self._perform(cursor, call, done), _Iterations())

    def _on(self, cursor: Cursor, work: Callable[[_Iterations], bytes], done: _Iterations) -> bytes:
        try:
            return work(done)
        except OracleError as error:
            raise StatementFailed(error, cursor.id, done.total) from error

    def _cursor_of(self, call: Execute) -> Cursor:
        known = self._cursors.get(call.cursor_id)
        if call.prepared is None:
            if known is None:
                raise OracleError(1001, "invalid cursor")
            return known
        if known is not None:
            return self._cursors.reopen(known.id, call.prepared)
        return self._cursors.open(call.prepared)

    def _perform(self, cursor: Cursor, call: Execute, done: _Iterations) -> bytes:
        if call.binds is not None:
            cursor.binds, cursor.directions = call.binds, ()
        if not call.again:
            cursor.row_counts = bool(call.flags & ExecuteFlags.ROW_COUNTS)
        if not call.options & Options.EXECUTE:
            return self._parse_or_define(cursor, call)
        prepared = cursor.prepared
        if prepared is None:
            raise OracleError(1003, "no statement parsed")
        self._check_binds(prepared, cursor)
        if prepared.kind is StatementKind.QUERY:
            return self._query(cursor, prepared, call)
        self._run_all(cursor, prepared, call, done)
        if call.options & Options.COMMIT and not done.errors:
            self._session.commit()
        if prepared.kind is StatementKind.PLSQL:
            return self._block_reply(cursor, call, done)
        return self._dml_reply(cursor, prepared, call, done)

    @staticmethod
    def _check_binds(prepared: Prepared, cursor: Cursor) -> None:
        names, binds = len(prepared.bind_names), len(cursor.binds)
        if binds < names:
            raise OracleError(1008, "not all variables bound")
        if binds > names:
            raise OracleError(1036, "illegal variable name/number")

    def _parse_or_define(self, cursor: Cursor, call: Execute) -> bytes:
        if call.defines:
            cursor.defines, cursor.encoder = call.defines, None
        if call.options & Options.FETCH and cursor.rows is not None:
            return self._rows(cursor, call.rows_wanted)
        body = b""
        prepared = cursor.prepared
        if call.sql is not None and prepared and prepared.kind is StatementKind.QUERY:
            cursor.columns = cursor.described = self._session.describe(prepared)
            body = describe(cursor.columns, self._field_version)
        return body + self._end(cursor)

    def _query(self, cursor: Cursor, prepared: Prepared, call: Execute) -> bytes:
        outcome = self._run(cursor, prepared, call.rows[0] if call.rows else [])
        if outcome.columns is None or outcome.rows is None:
            raise internal_error("a query without columns")
        cursor.open_result(outcome.columns, outcome.rows)
        body = b""
        if not call.again or cursor.described != outcome.columns:
            if cursor.described != outcome.columns:
                cursor.defines = ()  # else they hold on, and the client relies on it
            cursor.described = outcome.columns
            body = describe(outcome.columns, self._field_version)
        if call.options & Options.COMMIT:
            self._session.commit()
        if call.options & Options.FETCH and (cursor.defines or not cursor.has_lobs):
            return body + self._rows(cursor, call.rows_wanted)
        return body + self._end(cursor)

    def _run(self, cursor: Cursor, prepared: Prepared, row: Sequence[Any]) -> Outcome:
        values = row or [None] * len(cursor.binds)
        binds = [
            Bind(name, bind.type, self._bound(value), bind.is_array, bind.size, bind.max_elements)
            for name, bind, value in zip(prepared.bind_names, cursor.binds, values, strict=True)
        ]
        return self._session.execute(prepared, binds)

    def _bound(self, value: Any) -> Any:
        """A cursor bound by the client only receives: what it held before is of no interest."""
        if isinstance(value, Locator):
            return self._lobs.value(value.data)
        return None if isinstance(value, BoundCursor) else value

    def _check_interrupt(self) -> None:
        if self._interrupted():
            raise OracleError(_CANCELLED, "user requested cancel of current operation")

    def _run_all(
        self, cursor: Cursor, prepared: Prepared, call: Execute, done: _Iterations
    ) -> None:
        keep_going = bool(call.options & Options.BATCH_ERRORS)
        for index, row in enumerate(call.rows):
            self._check_interrupt()
            try:
                outcome = self._run(cursor, prepared, row)
            except OracleError as error:
                if not keep_going or error.fatal or error.code == _CANCELLED:
                    raise
                done.errors.append(BatchError(index, error))
                done.row_counts.append(0)
            else:
                done.outcomes.append(outcome)
                plsql = prepared.kind is StatementKind.PLSQL
                done.row_counts.append(1 if plsql else outcome.row_count)

    def _directions(self, cursor: Cursor, call: Execute, directions: tuple[int, ...]) -> bytes:
        """The I/O vector, when the client does not know it yet."""
        if not directions or (call.again and directions == cursor.directions):
            return b""
        cursor.directions = directions
        return responses.io_vector(directions)

    def _block_reply(self, cursor: Cursor, call: Execute, done: _Iterations) -> bytes:
        positions = range(len(cursor.binds))
        written = {position for outcome in done.outcomes for position in outcome.out}
        unread = [outcome.out_only for outcome in done.outcomes]
        only_out = written.intersection(*unread) if unread else set()
        directions = tuple(
            responses.DIRECTION_IN
            if position not in written
            else responses.DIRECTION_OUT
            if position in only_out
            else responses.DIRECTION_IN_OUT
            for position in positions
        )
        body = [self._directions(cursor, call, directions)]
        for outcome in done.outcomes:
            out = {position: outcome.out.get(position) for position in written}
            body.append(self._outputs.block_row(cursor.binds, out))
        return b"".join(body) + self._dml_end(cursor, done)

    def _dml_reply(
        self, cursor: Cursor, prepared: Prepared, call: Execute, done: _Iterations
    ) -> bytes:
        first = prepared.returning_from
        if first is None:
            return self._dml_end(cursor, done)
        directions = tuple(
            responses.DIRECTION_OUT if position >= first else responses.DIRECTION_IN
            for position in range(len(cursor.binds))
        )
        body = [self._directions(cursor, call, directions)]
        body += (
            self._outputs.returning_row(cursor.binds[first:], outcome.returned)
            for outcome in done.outcomes
        )
        return b"".join(body) + self._dml_end(cursor, done)

    def _dml_end(self, cursor: Cursor, done: _Iterations) -> bytes:
        warnings = [outcome.warning for outcome in done.outcomes if outcome.warning]
        body = responses.parameters(done.row_counts if cursor.row_counts else None)
        other = [warning for warning in warnings if warning.code != _COMPILATION_ERROR]
        return (
            body
            + b"".join(map(responses.warning, other))
            + self._result(
                cursor,
                error=responses.ARRAY_ERRORS if done.errors else None,
                row_count=done.total,
                compilation_failed=len(other) < len(warnings),
                batch_errors=done.errors,
            )
        )

    def _end(self, cursor: Cursor) -> bytes:
        return responses.parameters() + self._result(cursor)

    def _result(self, cursor: Cursor, **more: Any) -> bytes:
        flags = responses.call_status(in_transaction=self._session.in_transaction)
        return responses.result(
            flags,
            self._field_version,
            cursor_id=cursor.id,
            query=cursor.columns is not None,
            **more,
        )

    def _rows(self, cursor: Cursor, wanted: int) -> bytes:
        """Up to `wanted` rows. The last batch, even an empty one, says that there are no more."""
        assert cursor.rows is not None  # callers have looked
        encoder = cursor.encoder or self._row_encoder(cursor)
        cursor.encoder = encoder
        parts = []
        left = wanted
        while left > 0:
            self._check_interrupt()
            block = list(islice(cursor.rows, min(left, _BLOCK)))
            if not block:
                break
            parts.append(encoder.encode(block))
            left -= len(block)
        cursor.sent += wanted - left
        if parts:
            parts.insert(0, responses.row_header(len(cursor.columns or ()), wanted - left))
        parts.append(responses.parameters())
        ended = responses.NO_DATA_FOUND if left > 0 else None
        parts.append(self._result(cursor, error=ended, row_count=cursor.sent))
        return b"".join(parts)

    def _row_encoder(self, cursor: Cursor) -> RowEncoder:
        columns = list(cursor.columns or ())
        for position, define in enumerate(cursor.defines[: len(columns)]):
            # A LOB that the client has defined as LONG travels inside the row.
            if columns[position].type in LOB_TYPES and define.type in _INLINE:
                columns[position] = replace(columns[position], type=define.type)
        special: dict[int, Encoder] = {}
        for position, column in enumerate(columns):
            encode = self._outputs.special_encoder(column.type)
            if encode is not None:
                special[position] = encode
        return RowEncoder(columns, special)
