from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.sandbox.engine.sql.lexer import prepare
from reconciler.sandbox.seam import Column, OracleError, OracleType
from reconciler.sandbox.wire.cursors import Cursors
from reconciler.sandbox.wire.messages.binds import BindMetadata
from reconciler.sandbox.wire.messages.rows import RowEncoder

SELECT = prepare("select 1 from dual")


def test_ids_are_never_zero_and_never_taken_twice() -> None:
    cursors = Cursors()
    ids = [cursors.open(SELECT).id for _ in range(65535)]
    assert sorted(ids) == list(range(1, 65536))
    with pytest.raises(OracleError, match="ORA-01000"):
        cursors.open(SELECT)
    cursors.close(77)
    assert cursors.open(SELECT).id == 77


def test_closing_lets_go_of_the_rows() -> None:
    closed = []

    def rows() -> Iterator[tuple[Any, ...]]:
        try:
            yield (1,)
            yield (2,)
        finally:
            closed.append(True)

    cursors = Cursors()
    cursor = cursors.open(SELECT)
    cursor.open_result((Column("N", OracleType.NUMBER),), rows())
    assert cursor.rows is not None
    next(cursor.rows)
    cursors.close(cursor.id)
    assert closed == [True]
    assert cursors.known(cursor.id) is None


def test_binds_that_only_go_out_are_not_sent_again() -> None:
    cursor = Cursors().open(prepare("begin p(:a, :b, :c); end;"))
    cursor.binds = (BindMetadata(OracleType.NUMBER),) * 3
    assert cursor.sends == (0, 1, 2)
    cursor.directions = (32, 16, 48)
    assert cursor.sends == (0, 2)


def test_returning_binds_are_never_sent() -> None:
    cursor = Cursors().open(prepare("update t set a = :a returning b, c into :b, :c"))
    cursor.binds = (BindMetadata(OracleType.NUMBER),) * 3
    assert cursor.sends == (0,)


COLUMNS = (Column("A", OracleType.NUMBER), Column("B", OracleType.TIMESTAMP))


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("x", None), "a str in NUMBER column A"),
        ((1, "now"), "a str in TIMESTAMP column B"),
        ((1,), "a row of 1 values for 2 columns"),
    ],
)
def test_a_row_that_does_not_fit_its_columns_is_diagnosed(row: tuple[Any, ...], told: str) -> None:
    with pytest.raises(OracleError, match=told):
        RowEncoder(COLUMNS, {}).encode([(1, None), row])


def test_equal_values_of_different_types_do_not_mix() -> None:
    encoder = RowEncoder((Column("A", OracleType.BINARY_DOUBLE),), {})
    assert encoder.encode([(0.0,)]) != encoder.encode([(-0.0,)])
