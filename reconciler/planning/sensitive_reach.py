"""Which classified columns some access reaches: by rights on tables and views, ANY privileges, roles, clients and ownership.

Columns that the snapshot knows are asked for one by one, in the words of effective access. Those it does not know are patterns, and reached when a right could
be about something that they cover.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from reconciler.model import names
from reconciler.model.classification import Column, ColumnPattern
from reconciler.model.documents import ManyObjectsAccess, Target
from reconciler.model.object_patterns import is_covered, patterns_of, takes
from reconciler.model.pattern_match import ANY, covers_column, overlap
from reconciler.model.privileges import Kind, Privilege, on_column, on_object
from reconciler.planning.asked_access import Asked, Held, client_step, held, unknown_steps
from reconciler.planning.data_rights import (
    CHANGING,
    ON_OBJECTS,
    RIGHTS,
    THROUGH_A_VIEW,
    WIDE,
    changes,
    given_by,
)
from reconciler.planning.effective_giving import is_oracles, subject_of
from reconciler.planning.known import Known, Place


class Touch(NamedTuple):
    """One way to a column. Not `certain`: something on it is not known."""

    through: tuple[str, ...]
    certain: bool
    writes: bool


class Reach:
    """What the access reaches on a target."""

    def __init__(self, asked: Asked, target: Target, access: Known) -> None:
        self._access = access
        self._asked = asked
        self._held = list(held(asked, access))
        self._unknown = unknown_steps(asked, access)
        self._many = [(item, patterns_of(item, target.object_labels)) for item in asked.many]
        self._by_subject: defaultdict[tuple[Kind, str, str], list[Held]] = defaultdict(list)
        self._names: defaultdict[Place, set[str]] = defaultdict(set)
        for row in self._held:
            self._by_subject[subject_of(row.privilege)].append(row)
            self._note(row.privilege)
        self._everywhere = self._names.get((ANY, ANY), set())
        self._snapshot = access.holdings.snapshot

    def _note(self, privilege: Privilege) -> None:
        """Which names of privileges play a part at which place; ANY as owner or object for wider ones."""
        match privilege.kind:
            case Kind.OBJECT | Kind.COLUMN:
                self._names[privilege.owner, privilege.object].add(privilege.name)
            case Kind.SCHEMA:
                self._names[privilege.owner, ANY].add(privilege.name)
            case Kind.SYSTEM:
                self._names[ANY, ANY].add(privilege.name)
            case _:
                pass

    def touches(self, place: Place) -> bool:
        """Whether it may show or change rows of the table, itself or through a view."""
        return any(
            self._rights(found)
            for found in (place, *(view for view, _ in self._access.views.get(place, ())))
        )

    def _rights(self, place: Place) -> tuple[str, ...]:
        """The rights at a place that are worth a question."""
        owner, name = place
        if owner in self._asked.clients:
            return RIGHTS
        found = {*self._names.get(place, ()), *self._names.get((owner, ANY), ())}
        if self._everywhere and not is_oracles(owner, self._snapshot):
            found |= self._everywhere
        for item in self._standing_for(owner, name):
            found |= set(item.privileges)
        return given_by(found) if found else ()

    def _standing_for(self, owner: str, name: str) -> Iterator[ManyObjectsAccess]:
        for item, patterns in self._many:
            if is_covered(patterns, owner, name):
                kind = self._access.type_of(owner, name)
                if not kind or takes(item, kind):
                    yield item

    def columns(self, pattern: ColumnPattern) -> Iterator[tuple[Column, Touch]]:
        """The columns that the pattern covers and the access reaches, with each way to them."""
        known, certain = self._known(pattern)
        for column in known:
            for touch in self._touches(column):
                yield column, touch
        if not certain:
            yield from self._may_reach(pattern)
        for step in self._unknown:
            for column in known if certain else (_column(pattern),):
                yield column, Touch((step,), certain=False, writes=True)

    def _known(self, pattern: ColumnPattern) -> tuple[list[Column], bool]:
        """The columns that are known to be covered, and whether they are all."""
        if pattern in self._snapshot.classified_patterns:
            return self._access.classified(pattern), True
        listed = (
            Column(owner, table, name)
            for (owner, table), found in self._snapshot.columns.items()
            for name in found
        )
        return [column for column in listed if covers_column(pattern, column)], False

    def _touches(self, column: Column) -> Iterator[Touch]:
        place = (column.owner, column.table)
        for right in self._rights(place):
            wanted = on_column(right, *column)
            for through in self._ways(wanted):
                yield Touch(through, certain=True, writes=right in CHANGING)
        for view, steps in self._access.views.get(place, ()):
            yield from self._through_view(column, view, steps)

    def _ways(self, wanted: Privilege) -> Iterator[tuple[str, ...]]:
        """The steps of each way to the privilege, or to a part of it."""
        giving = self._access.giving(wanted)
        for subject in giving.subjects:
            for row in self._by_subject.get(subject, ()):
                if giving.given_by(row.privilege):
                    yield row.through
        for item in self._standing_for(wanted.owner, wanted.object):
            for name in item.privileges:
                if giving.given_by(on_object(name, wanted.owner, wanted.object)):
                    yield ()
        if wanted.owner in self._asked.clients:
            yield _as_owner(wanted.owner)

    def _through_view(self, column: Column, view: Place, steps: tuple[str, ...]) -> Iterator[Touch]:
        """A view that has a column of that name shows it, as far as anybody can tell without reading the view; another one may show it under another name."""
        has = column.name in self._snapshot.columns.get(view, ())
        for right in self._rights(view):
            if right not in THROUGH_A_VIEW:
                continue
            wanted = on_column(right, *view, column.name) if has else on_object(right, *view)
            for through in self._ways(wanted):
                yield Touch((*through, *steps), certain=has, writes=right in CHANGING)

    def _may_reach(self, pattern: ColumnPattern) -> Iterator[tuple[Column, Touch]]:
        """What the pattern may cover among the tables whose columns are not known."""
        for row in self._held:
            where = self._about(pattern, row.privilege)
            if where is not None:
                yield where, Touch(row.through, certain=False, writes=changes(row.privilege.name))
        yield from self._may_be_many(pattern)
        for client in self._asked.clients:
            if names.matches(pattern.owner, client):
                touch = Touch(_as_owner(client), certain=False, writes=True)
                yield _column(pattern, client), touch
        yield from self._may_through_views(pattern)

    def _may_be_many(self, pattern: ColumnPattern) -> Iterator[tuple[Column, Touch]]:
        for item, patterns in self._many:
            listed = ON_OBJECTS.intersection(item.privileges)
            for one in patterns if listed else ():
                meets = names.matches if one.exact else overlap
                if names.matches(pattern.owner, one.owner) and meets(pattern.table, one.name):
                    touch = Touch((), certain=False, writes=any(map(changes, listed)))
                    yield _column(pattern, one.owner), touch

    def _about(self, pattern: ColumnPattern, right: Privilege) -> Column | None:
        """Where a right and the pattern may meet."""
        match right.kind:
            case Kind.SYSTEM:
                return _column(pattern) if right.name in WIDE else None
            case Kind.SCHEMA:
                meets = right.name in WIDE and names.matches(pattern.owner, right.owner)
                return _column(pattern, right.owner) if meets else None
            case Kind.OBJECT | Kind.COLUMN:
                return self._about_object(pattern, right)
            case _:
                return None

    def _about_object(self, pattern: ColumnPattern, right: Privilege) -> Column | None:
        place = (right.owner, right.object)
        if right.name not in ON_OBJECTS or right.on or place in self._snapshot.columns:
            return None
        if not (
            names.matches(pattern.owner, right.owner) and names.matches(pattern.table, right.object)
        ):
            return None
        if right.column and not names.matches(pattern.column, right.column):
            return None
        return _column(pattern, *place, right.column)

    def _may_through_views(self, pattern: ColumnPattern) -> Iterator[tuple[Column, Touch]]:
        for place, views in self._access.views.items():
            if place in self._snapshot.columns or not all(map(names.matches, pattern, place)):
                continue
            column = _column(pattern, *place)
            for view, steps in views:
                for touch in self._through_view(column, view, steps):
                    yield column, touch._replace(certain=False)


def _as_owner(client: str) -> tuple[str, str]:
    return client_step(client), f"owner of schema {names.display(client)}"


def _column(pattern: ColumnPattern, owner: str = "", table: str = "", name: str = "") -> Column:
    """What is reached of a pattern, as exactly as that is known; `*` where it is not."""
    exact = name or pattern.column
    return Column(owner or pattern.owner, table or pattern.table, ANY if ANY in exact else exact)
