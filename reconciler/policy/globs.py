"""Names with wildcards as sets of names: whether one set lies inside another, and whether two have a name in common."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from reconciler.model import names

_STAR = "*"
_FRESH = "\0"
"""A character that no name holds: it stands for whatever a wildcard may become."""


class Glob(NamedTuple):
    """The names that `text` stands for: `*` is any run of characters, unless `exact` says that it is a character of one name."""

    text: str
    exact: bool = False

    @property
    def is_wild(self) -> bool:
        return not self.exact and _STAR in self.text

    def covers(self, other: Glob) -> bool:
        """Whether every name of the other is one of these. Exact: a wildcard can become a character that nothing but a wildcard matches."""
        if not self.is_wild:
            return not other.is_wild and self.text == other.text
        return self.text == _STAR or _wild_covers(self.text, other)

    def meets(self, other: Glob) -> bool:
        """Whether some name is in both."""
        if not other.is_wild:
            return self.covers(other)
        return other.covers(self) if not self.is_wild else _both_wild(self.text, other.text)


ANYTHING = Glob(_STAR)


@lru_cache(maxsize=1 << 16)
def _wild_covers(pattern: str, other: Glob) -> bool:
    """The same few patterns are held against the same names in every request."""
    inside = other.text.replace(_STAR, _FRESH) if other.is_wild else other.text
    return names.matches(pattern, inside)


@lru_cache(maxsize=4096)
def _both_wild(one: str, other: str) -> bool:
    """Whether some text matches both patterns: row by row, `reached[j]` is whether `one` so far and the first `j` of `other` can match the same text."""
    reached = [True, *(False for _ in other)]
    for column, char in enumerate(other):
        reached[column + 1] = reached[column] and char == _STAR
    for mark in one:
        before, reached = reached, [reached[0] and mark == _STAR]
        for column, char in enumerate(other):
            is_wild = _STAR in (mark, char)
            further = before[column + 1] or reached[column]
            reached.append(further if is_wild else before[column] and mark == char)
    return reached[-1]
