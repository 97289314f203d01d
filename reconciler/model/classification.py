"""Sensitive columns: which they are, how sensitive, whose, and how a request reaches them."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from reconciler.model import names
from reconciler.model.diagnostics import Origin

if TYPE_CHECKING:
    from reconciler.model.documents import TargetSelector


class Level(enum.StrEnum):
    """How sensitive data is, from the least to the most."""

    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"

    @property
    def rank(self) -> int:
        return list(Level).index(self)


class ColumnPattern(NamedTuple):
    """Columns by owner, table and name, each in the dictionary's spelling; `*` stands for any run of characters."""

    owner: str
    table: str
    column: str

    def __str__(self) -> str:
        return f"{self.owner}.{self.table}.{self.column}"


@dataclass(frozen=True, slots=True)
class Classification:
    """`owners` are the people and teams who decide about the data; empty leaves that to the schema and the target. `category` says what it is, such
    as `pay`."""

    name: str
    origin: Origin
    targets: TargetSelector
    level: Level
    category: str
    owners: tuple[str, ...]
    columns: tuple[ColumnPattern, ...]


class Column(NamedTuple):
    """A column of a table or view, in the dictionary's spelling; `name` is `*` when the columns of the object are not known."""

    owner: str
    table: str
    name: str

    def __str__(self) -> str:
        return f"{self.owner}.{self.table}.{self.name}"


def covering(patterns: Iterable[ColumnPattern]) -> Callable[[Column], bool]:
    """Whether one of the patterns covers a column. Exact names are looked up, so that many patterns cost little a column."""
    exact: set[tuple[str, ...]] = set()
    by_owner: dict[str, list[ColumnPattern]] = {}
    for pattern in patterns:
        if any("*" in part for part in pattern):
            owner = "*" if "*" in pattern.owner else pattern.owner
            by_owner.setdefault(owner, []).append(pattern)
        else:
            exact.add(pattern)

    def covers(column: Column) -> bool:
        if column in exact:
            return True
        candidates = (*by_owner.get(column.owner, ()), *by_owner.get("*", ()))
        return any(all(map(names.matches, pattern, column)) for pattern in candidates)

    return covers


class Reached(NamedTuple):
    """A classified column that some access reaches. `through` are the steps, such as ("role HR_READER", "view HR.EMP_PUBLIC"), empty for access to the table
    itself. `certain` is false where the dictionary was not known, so that it may be reached. `writes`: it can be changed, not only seen."""

    column: Column
    level: Level
    category: str
    classification: str
    owners: tuple[str, ...]
    through: tuple[str, ...] = ()
    certain: bool = True
    writes: bool = False


class DescribedColumn(NamedTuple):
    """A column of a table as the dictionary describes it. `type` is DATA_TYPE, `length` the characters that fit in, 0 for what is no text; `comment` is
    whatever somebody wrote about it."""

    column: Column
    type: str
    length: int = 0
    comment: str = ""


class Confidence(enum.StrEnum):
    """How sure a proposal is."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        return list(Confidence).index(self)


class Proposal(NamedTuple):
    """A column that may hold sensitive data, told from the dictionary alone. `reason` says by what, in words of ours, not of the dictionary's."""

    column: Column
    type: str
    level: Level
    category: str
    confidence: Confidence
    reason: str
