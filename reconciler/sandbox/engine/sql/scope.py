"""What names mean inside a query block: the tables in FROM with their aliases, and the blocks around."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reconciler.sandbox.engine.sql.ast import Name
from reconciler.sandbox.engine.sql.fragments import Fragment
from reconciler.sandbox.seam import OracleError, OracleType, Release


@dataclass(slots=True)
class Range:
    """One source of a block. `name` is what qualifies its columns, `owner` and `table` the object behind it when it has no alias."""

    name: str | None
    columns: dict[str, Fragment]
    owner: str | None = None
    rowid: str | None = None
    hidden: set[str] = field(default_factory=set)  # joined by USING: not found unqualified

    def is_called(self, parts: Sequence[str]) -> bool:
        if len(parts) == 1:
            return self.name == parts[0]
        return self.name == parts[1] and self.owner == parts[0]


@dataclass(slots=True)
class Scope:
    """The sources of one block; `merged` are the columns that USING made one."""

    ranges: list[Range] = field(default_factory=list)
    parent: Scope | None = None
    merged: dict[str, Fragment] = field(default_factory=dict)
    pseudo: dict[str, Fragment] = field(default_factory=dict)

    def column(self, name: Name, release: Release) -> tuple[Fragment, Scope] | None:
        """The column a name means and the scope it was found in; None if no block around has it. Raises ORA-00918."""
        scope: Scope | None = self
        parts = [part.name for part in name.parts]
        while scope is not None:
            found = scope.own_column(parts, name, release)
            if found is not None:
                return found, scope
            scope = scope.parent
        return None

    def own_column(self, parts: list[str], name: Name, release: Release) -> Fragment | None:
        """The same in this block alone."""
        *qualifier, column = parts
        if not qualifier and not name.parts[0].quoted and column in self.pseudo:
            return self.pseudo[column]
        if not qualifier and column in self.merged:
            return self.merged[column]
        found: list[tuple[Range, Fragment]] = []
        for source in self.ranges:
            if qualifier and not source.is_called(qualifier):
                continue
            if not qualifier and column in source.hidden:
                continue
            if column == "ROWID" and source.rowid and not name.parts[-1].quoted:
                found.append((source, Fragment(source.rowid, OracleType.ROWID, 18, nullable=False)))
            elif column in source.columns:
                found.append((source, source.columns[column]))
        if len(found) > 1:
            raise _ambiguous(name, [item.name or "" for item, _ in found], release)
        return found[0][1] if found else None

    def star(self, qualifier: Name | None) -> Iterator[tuple[str, Fragment]]:
        """The columns of `*` or `qualifier.*`. Raises ORA-00904 if there is no such source."""
        if qualifier is None:
            yield from self.merged.items()
            for source in self.ranges:
                for name, fragment in source.columns.items():
                    if name not in source.hidden:
                        yield name, fragment
            return
        parts = [part.name for part in qualifier.parts]
        for source in self.ranges:
            if source.is_called(parts):
                yield from source.columns.items()
                return
        raise invalid_identifier(qualifier)


def _ambiguous(name: Name, sources: list[str], release: Release) -> OracleError:
    message = "column ambiguously defined"
    if release >= Release.R23:
        where = " and ".join(sources[:2])
        message = f"{name.last}: column ambiguously specified - appears in {where}"
    return OracleError(918, message, offset=max(name.start, 0))


def invalid_identifier(name: Name) -> OracleError:
    """ORA-00904 with every part of the name in quotes."""
    text = ".".join(f'"{part.name}"' for part in name.parts)
    return OracleError(904, f"{text}: invalid identifier", offset=max(name.start, 0))
