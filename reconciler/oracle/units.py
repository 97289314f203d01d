"""What execution needs to know of a packed statement. The planning room packs; this room only sees the shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from reconciler.model.changes import Change


class StatementUnit(Protocol):
    """Changes that are carried out together: many grants, or many revokes, in one statement, or one change. A wave needs nothing of a later one."""

    @property
    def changes(self) -> tuple[Change, ...]: ...

    @property
    def wave(self) -> int: ...


@dataclass(frozen=True, slots=True)
class SingleChange:
    """A unit of one change."""

    changes: tuple[Change, ...]
    wave: int


def split(unit: StatementUnit) -> list[StatementUnit]:
    """One unit a change, in order: for when the statement failed, which Oracle does as a whole."""
    return [SingleChange((change,), unit.wave) for change in unit.changes]
