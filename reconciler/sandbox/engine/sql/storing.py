"""Values on their way into a column: rounding, lengths and NOT NULL."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from reconciler.sandbox.engine.sql.tables import TableColumn
from reconciler.sandbox.engine.sql.values import decode_number, encode
from reconciler.sandbox.seam import OracleError, OracleType


def fit(value: Any, column: TableColumn, table: tuple[str, str]) -> Any:
    """A stored value as the column keeps it. `table` is owner and name, for messages.

    Raises ORA-01400 for NULL, ORA-12899 for text and ORA-01438 for numbers that are too large.
    """
    if value is None or value == "":
        if not column.column.nullable:
            place = f'("{table[0]}"."{table[1]}"."{column.name}")'
            raise OracleError(1400, f"cannot insert NULL into {place}")
        return None
    kind = column.column.type
    if kind in (OracleType.VARCHAR2, OracleType.CHAR):
        return _fit_text(str(value), column, table)
    if kind is OracleType.NUMBER:
        return _fit_number(value, column)
    if kind is OracleType.RAW and len(value) > column.column.size:
        raise _too_large(len(value), column, table)
    return value


def _fit_text(value: str, column: TableColumn, table: tuple[str, str]) -> str:
    size = column.column.size
    if len(value) > size or len(value.encode()) > max(size, 4000):
        raise _too_large(len(value), column, table)
    return value.ljust(size) if column.column.type is OracleType.CHAR else value


def _too_large(actual: int, column: TableColumn, table: tuple[str, str]) -> OracleError:
    place = f'"{table[0]}"."{table[1]}"."{column.name}"'
    return OracleError(
        12899,
        f"value too large for column {place} (actual: {actual}, maximum: {column.column.size})",
    )


def _fit_number(value: Any, column: TableColumn) -> Any:
    precision, scale = column.column.precision, column.column.scale
    if scale == -127:
        return value
    number = Decimal(decode_number(value)).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
    if precision and abs(number) >= Decimal(10) ** (precision - scale):
        raise OracleError(1438, "value larger than specified precision allowed for this column")
    return encode(number)
