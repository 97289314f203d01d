"""Which columns may hold sensitive data, told from the dictionary: their names, types and comments. No data is looked at (docs/adr/0012).

A name is read in parts, at underscores and digits, and each category of `sensitive_words` has parts that mean it. The type must be one that can hold such
data, and no other part may say that the column is about the data. A comment counts for less than a name: it often says what the column is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from reconciler.model.classification import (
    ColumnPattern,
    Confidence,
    DescribedColumn,
    Proposal,
    covering,
)
from reconciler.policy.sensitive_words import ABOUT_DATA, CATEGORIES, Shape, Words

NAME_PARTS = re.compile(r"[A-Z]{2,}(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
"""Words in a name or a comment: runs of letters, cut where a small one is followed by a capital, as in `birthDate`."""

_SHAPES = {
    Shape.TEXT: (
        "CHAR",
        "VARCHAR",
        "NCHAR",
        "NVARCHAR",
        "CLOB",
        "NCLOB",
        "LONG",
        "JSON",
        "XMLTYPE",
    ),
    Shape.NUMBER: ("NUMBER", "FLOAT", "BINARY_FLOAT", "BINARY_DOUBLE"),
    Shape.INSTANT: ("DATE", "TIMESTAMP"),
    Shape.BYTES: ("RAW", "LONG RAW", "BLOB", "BFILE"),
}
_LONGEST_FLAG = 1  # characters

_Parts = Sequence[str]


def proposals(
    columns: Iterable[DescribedColumn], classified: Iterable[ColumnPattern]
) -> tuple[Proposal, ...]:
    """A proposal for each column that seems to hold sensitive data and that no pattern classifies yet, by category and column."""
    covers = covering(classified)
    found = (_proposal(row) for row in columns if not covers(row.column))
    order = {words.category: number for number, words in enumerate(CATEGORIES)}
    return tuple(
        sorted(
            (row for row in found if row is not None),
            key=lambda row: (order[row.category], row.column),
        )
    )


def shape_of(described: DescribedColumn) -> Shape | None:
    """What values of the column can be; None for types that hold no data of people, and for flags."""
    plain = re.sub(r"\(.*?\)|\d+$", "", described.type).strip()
    shape = next((found for found, types in _SHAPES.items() if plain in types), None)
    if plain.startswith("TIMESTAMP"):
        shape = Shape.INSTANT
    if shape is Shape.TEXT and 0 < described.length <= _LONGEST_FLAG:
        return None
    return shape


def _proposal(described: DescribedColumn) -> Proposal | None:
    """The best of what the categories say."""
    shape = shape_of(described)
    if shape is None:
        return None
    name, comment = _parts(described.column.name), _parts(described.comment)
    found = (
        _judged(described, words, name, comment) for words in CATEGORIES if shape in words.shapes
    )
    return min(
        (row for row in found if row is not None), key=lambda row: row.confidence.rank, default=None
    )


def _judged(
    described: DescribedColumn, words: Words, name: _Parts, comment: _Parts
) -> Proposal | None:
    sure, doubtful = _found(words.sure, name), _found(words.doubtful, name)
    named, told = sure or doubtful, _found(words.sure, comment)
    if not (named or told) or _is_about_data(name, named):
        return None
    reasons = [f"name has {' '.join(named)}"] if named else []
    reasons += [f"comment has {' '.join(told)}"] if told else []
    return Proposal(
        described.column,
        described.type,
        words.level,
        words.category,
        _confidence(sure=bool(sure), named=bool(named), told=bool(told)),
        f"{', '.join(reasons)}; type {described.type} fits",
    )


def _confidence(*, sure: bool, named: bool, told: bool) -> Confidence:
    if sure or (named and told):
        return Confidence.HIGH
    return Confidence.MEDIUM if told else Confidence.LOW


def _parts(text: str) -> list[str]:
    return [part.upper() for part in NAME_PARTS.findall(text)]


def _found(lists: Iterable[_Parts], parts: _Parts) -> _Parts:
    """The longest of the word lists that the parts hold one after the other; empty for none."""
    held = [words for words in lists if _start(words, parts) is not None]
    return max(held, key=len, default=())


def _start(words: _Parts, parts: _Parts) -> int | None:
    """Where the words stand among the parts."""
    for start in range(len(parts) - len(words) + 1):
        if all(map(_is_word, words, parts[start:])):
            return start
    return None


def _is_word(word: str, part: str) -> bool:
    return part in (word, f"{word}S", f"{word}ES")


def _is_about_data(name: _Parts, named: _Parts) -> bool:
    """Whether what is left of the name, without the words that were found in it, says that the column is about the data."""
    start = (_start(named, name) or 0) if named else 0
    left = (*name[:start], *name[start + len(named) :])
    return not ABOUT_DATA.isdisjoint(left)
