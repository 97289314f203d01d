"""What replies are made of besides rows and descriptions. Every function gives one whole message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.sandbox.seam import OracleError
from reconciler.sandbox.wire.codec.primitives import byte_string, two_length_text, ub

NO_DATA_FOUND = OracleError(1403, "no data found")
ARRAY_ERRORS = OracleError(24381, "error(s) in array DML")
END_OF_RESPONSE = b"\x1d"

DIRECTION_OUT, DIRECTION_IN, DIRECTION_IN_OUT = 16, 32, 48

_TRANSACTION_OPEN = 0x02
_COMPILATION_WARNING = 0x20
_CURRENT_SCHEMA = 168
_QUERY = 3


def call_status(*, in_transaction: bool) -> int:
    return _TRANSACTION_OPEN if in_transaction else 0x01


def status(flags: int) -> bytes:
    """The answer to a simple call. `flags` is a `call_status`."""
    return b"\x09" + ub(flags) + b"\0"


def parameters(row_counts: Sequence[int] | None = None) -> bytes:
    """Return parameters; `row_counts` per iteration only when the client asked for them."""
    body = b"\x08" + ub(6) + bytes(6) + b"\0" + b"\0" + b"\0"
    if row_counts is None:
        return body
    return body + ub(len(row_counts)) + b"".join(map(ub, row_counts))


def schema_changed(schema: str) -> bytes:
    """A piggyback of the server: the statement changed the current schema."""
    return (
        b"\x17\x05"
        + ub(1)
        + b"\x10"
        + ub(1)
        + b"\x16"
        + two_length_text(schema)
        + b"\0"
        + ub(_CURRENT_SCHEMA)
        + b"\0"
    )


def row_header(columns: int, rows: int) -> bytes:
    return b"\x06\x22" + ub(columns) + b"\0" + ub(rows) + b"\0\0\0"


def io_vector(directions: Sequence[int]) -> bytes:
    """The direction of each bind."""
    count = len(directions)
    return b"\x0b\0" + ub(count & 0xFF) + ub(count >> 8) + ub(1) + b"\0\0\0" + bytes(directions)


def warning(problem: OracleError) -> bytes:
    """A warning beside success, other than that of a compilation, which is a flag of the result."""
    text = problem.text.encode()
    return b"\x0f" + ub(problem.code) + ub(len(text)) + b"\0" + byte_string(text)


@dataclass(frozen=True, slots=True)
class BatchError:
    """One failed iteration of an array DML."""

    iteration: int
    error: OracleError


def _batch(errors: Sequence[BatchError]) -> bytes:
    if not errors:
        return b"\0\0\0"
    count = ub(len(errors))
    # Any byte but FE says that the array is not chunked.
    packed = b"\x01"
    texts = [item.error.text.encode() for item in errors]
    return b"".join(
        (
            count + packed,
            *(ub(item.error.code) for item in errors),
            count + packed,
            *(ub(item.iteration) for item in errors),
            count + packed,
            *(ub(len(text)) + byte_string(text) + b"\0\0" for text in texts),
        )
    )


def result(
    flags: int,
    field_version: int,
    *,
    error: OracleError | None = None,
    cursor_id: int = 0,
    row_count: int = 0,
    query: bool = False,
    compilation_failed: bool = False,
    batch_errors: Sequence[BatchError] = (),
) -> bytes:
    """The error block that ends a call, successful or not. `flags` is a `call_status`."""
    code = error.code if error else 0
    offset = min(error.offset, 0x7FFF) if error else 0
    parts = [
        b"\x04" + ub(flags) + b"\0" + ub(row_count & 0xFFFFFFFF) + ub(code & 0xFFFF) + b"\0\0",
        ub(cursor_id) + ub(offset),
        bytes((_QUERY if query else 0, 0, 0, 0, 0)),
        bytes((_COMPILATION_WARNING if compilation_failed else 0,)),
        bytes(5),  # rowid
        bytes(
            6
        ),  # operating system error, statement and call number, padding, iterations, logical rowid
        _batch(batch_errors),
        ub(code) + ub(row_count),
        b"\0\0" if field_version >= 14 else b"",
    ]
    if error:
        parts.append(byte_string((error.text + "\n").encode()))
    return b"".join(parts)
