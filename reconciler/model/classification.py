"""Sensitive columns: which they are, how sensitive, whose, and how a request reaches them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

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
