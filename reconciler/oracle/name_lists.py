"""Lists of names and patterns as binds of one query: each text of `sql/` stays one statement, however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from reconciler.model.classification import ColumnPattern

MOST_PATTERNS = 200
"""Patterns of one query: each is a SELECT in its text, which the database has to parse."""
NONE = "-"
_ANY = "*"
_COLUMN_PARTS = ("owner", "name", "part")


class NameList(NamedTuple):
    """What takes a placeholder's place in a query, and the binds it names."""

    text: str
    binds: dict[str, str]


def escaped(text: str) -> str:
    """For LIKE with an escape: an underscore would match any character."""
    return text.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")


def of_schemas(patterns: Iterable[str]) -> NameList:
    """Rows with one column, `owner`: patterns for LIKE. Too many of them become one that any schema matches."""
    found = sorted(set(patterns))
    if len(found) > MOST_PATTERNS:
        found = [_ANY]
    return _rows([(pattern,) for pattern in found], _COLUMN_PARTS[:1], "d")


def of_columns(patterns: Iterable[ColumnPattern]) -> NameList:
    """Rows with the columns `owner`, `name` and `part`: patterns for LIKE that cover the given ones, at most MOST_PATTERNS. Where they cover more, because
    there were too many, `classification.covering` tells what was meant."""
    return _rows(_coarse(patterns), _COLUMN_PARTS, "k")


def _coarse(patterns: Iterable[ColumnPattern]) -> Sequence[tuple[str, ...]]:
    """The patterns; too many, then their tables; still too many, then their owners; at last everything."""
    exact = set(patterns)
    for found in (
        exact,
        {ColumnPattern(row.owner, row.table, _ANY) for row in exact},
        {ColumnPattern(row.owner, _ANY, _ANY) for row in exact},
    ):
        if len(found) <= MOST_PATTERNS:
            return sorted(found)
    return [ColumnPattern(_ANY, _ANY, _ANY)]


def _rows(rows: Sequence[tuple[str, ...]], columns: Sequence[str], prefix: str) -> NameList:
    """No row at all would be no SQL, so nothing becomes a name that nothing has."""
    binds: dict[str, str] = {}
    selects = []
    for number, row in enumerate(rows or [(NONE,) * len(columns)]):
        parts = []
        for column, pattern in zip(columns, row, strict=True):
            bind = f"{prefix}{number}_{column}"
            binds[bind] = escaped(pattern).replace(_ANY, "%")
            parts.append(f":{bind} AS {column}")
        selects.append(f"SELECT {', '.join(parts)} FROM dual")  # noqa: S608 - binds alone
    return NameList(" UNION ALL ".join(selects), binds)
