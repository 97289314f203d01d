"""A snapshot with what questions about data ask for besides grants: the views over each table, and the classified columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from reconciler.model import names
from reconciler.model.classification import Column, ColumnPattern
from reconciler.model.documents import Target
from reconciler.model.pattern_match import ANY, covers_column, is_exact
from reconciler.model.snapshot import DatabaseIdentity, Snapshot
from reconciler.planning.effective import Access
from reconciler.planning.holdings import Holdings, index

Place = tuple[str, str]
"""Owner and name of a table or view."""

Views = Sequence[tuple[Place, tuple[str, ...]]]
"""Views, each with the steps from it down to a table, in words."""


class Known(Access):
    """`views` are those that read each table or view, themselves or through others, nearest first. The gatekeeper's views are left out: what they show is
    known to the column."""

    def __init__(self, holdings: Holdings) -> None:
        super().__init__(holdings)
        self.views: Mapping[Place, Views] = _views_over(holdings.snapshot)
        self._columns: defaultdict[str, list[Column]] = defaultdict(list)
        for column in sorted(holdings.snapshot.classified_columns):
            self._columns[column.owner].append(column)

    @classmethod
    def of(cls, snapshot: Snapshot) -> Known:
        return cls(index(snapshot))

    @classmethod
    def nothing(cls, target: Target) -> Known:
        """What is known of a target that nobody has looked at."""
        nobody = DatabaseIdentity("", 0, "", 0, "")
        return cls.of(Snapshot(target.name, datetime.min.replace(tzinfo=UTC), nobody, target.user))

    def classified(self, pattern: ColumnPattern) -> list[Column]:
        """The columns that the pattern covers, of those that were looked for."""
        if is_exact(pattern):
            column = Column(*pattern)
            return [column] if column in self.holdings.snapshot.classified_columns else []
        owners = (pattern.owner,) if ANY not in pattern.owner else tuple(self._columns)
        listed = (column for owner in owners for column in self._columns.get(owner, ()))
        return [column for column in listed if covers_column(pattern, column)]


def _views_over(snapshot: Snapshot) -> Mapping[Place, Views]:
    readers: defaultdict[Place, list[Place]] = defaultdict(list)
    gates = snapshot.column_views
    for row in sorted(snapshot.dependencies):
        gate = gates.get(row.name) if row.owner == names.GATE_SCHEMA else None
        if gate is None or not gate.object:
            readers[row.referenced_owner, row.referenced_name].append((row.owner, row.name))
    return {place: tuple(_upwards(place, readers)) for place in sorted(readers)}


def _upwards(
    place: Place, readers: Mapping[Place, Iterable[Place]]
) -> Iterator[tuple[Place, tuple[str, ...]]]:
    seen = {place}
    nearest: list[tuple[Place, tuple[str, ...]]] = [(place, ())]
    while nearest:
        further: list[tuple[Place, tuple[str, ...]]] = []
        for below, steps in nearest:
            for view in readers.get(below, ()):
                if view not in seen:
                    seen.add(view)
                    step = f"view {'.'.join(map(names.display, view))}"
                    further.append((view, (step, *steps)))
        yield from further
        nearest = further
