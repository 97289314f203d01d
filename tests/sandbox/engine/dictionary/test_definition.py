"""How the text of a definition becomes columns and SQLite."""

from __future__ import annotations

import pytest

from reconciler.sandbox.engine.dictionary.definition import (
    Definition,
    column_texts,
    expand,
    select,
)
from reconciler.sandbox.seam import Column, OracleType, Release


def columns(text: str, release: Release = Release.R19) -> list[Column]:
    return [item.column for item in column_texts(text, release)]


def test_columns_have_types_sizes_and_nullability() -> None:
    assert columns("A VARCHAR2(128) NOT NULL, B NUMBER(5,2)\nC NUMBER, D TIMESTAMP_TZ(9)") == [
        Column("A", OracleType.VARCHAR2, size=128, nullable=False),
        Column("B", OracleType.NUMBER, precision=5, scale=2),
        Column("C", OracleType.NUMBER, scale=-127),
        Column("D", OracleType.TIMESTAMP_TZ, scale=9),
    ]


def test_columns_of_later_releases_are_left_out() -> None:
    text = "A NUMBER\nB NUMBER @21 = 1"
    assert [column.name for column in columns(text, Release.R19)] == ["A"]
    assert [column.name for column in columns(text, Release.R23)] == ["A", "B"]


def test_a_column_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(ValueError, match="not a column"):
        columns("A NUMBRE(")


def test_macros_nest() -> None:
    assert expand("yes(a AND flag(b) = 'Y')") == (
        "CASE WHEN a AND CASE WHEN b THEN 'Y' ELSE 'N' END = 'Y' THEN 'YES' ELSE 'NO' END"
    )


def test_columns_without_expression_show_null() -> None:
    assert select(Definition("X", "A NUMBER\nB NUMBER = t.b", "FROM t"), Release.R19) == (
        'SELECT NULL AS "A", t.b AS "B" FROM t'
    )


def test_a_view_without_rows_is_empty() -> None:
    assert select(Definition("X", "A NUMBER"), Release.R19) == 'SELECT NULL AS "A" WHERE 0'
