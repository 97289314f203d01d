"""Who holds something that a pattern is about, by any way: grants, roles in roles, PUBLIC, ANY and schema privileges, ownership, column views and proxies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from reconciler.model import names
from reconciler.model.access import EVERYBODY
from reconciler.model.pattern_match import ANY, covers, names_right
from reconciler.model.policies import AccessPattern, PatternKind
from reconciler.model.privileges import Entitlement, Kind, Privilege, on_column, on_object
from reconciler.planning.effective import Access
from reconciler.planning.effective_giving import OBJECT_RIGHTS, Subject, any_privileges, is_oracles
from reconciler.planning.holdings import PUBLIC

Words = Callable[[str], str]
"""A role in words: what leases are behind it, or its name."""


class Subjects:
    """What the grants of a database are about, so that a pattern looks at few of them: those on objects by owner, the others by kind."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._on_objects: defaultdict[str, list[Subject]] = defaultdict(list)
        self._others: defaultdict[Kind, list[Subject]] = defaultdict(list)
        self._sorted_out = False

    def _sort_out(self) -> None:
        if self._sorted_out:
            return
        self._sorted_out = True
        for subject in self.access.by_subject():
            kind, first, _ = subject
            if kind is Kind.OBJECT:
                owner = first[1:] if first.startswith(".") else "SYS"
                self._on_objects[owner].append(subject)
            else:
                self._others[kind].append(subject)

    def of(self, pattern: AccessPattern, wide: Iterable[str]) -> Iterator[Subject]:
        """Where to look for what gives something that the pattern is about; `wide` are the ANY privileges that do."""
        self._sort_out()
        match pattern.kind:
            case PatternKind.ROLE:
                yield from (
                    row for row in self._others[Kind.ROLE] if names.matches(pattern.name, row[1])
                )
            case PatternKind.PROXY:
                yield from self._others[Kind.PROXY]
            case PatternKind.PRIVILEGE if pattern.owner:
                yield from ((Kind.SYSTEM, name, "") for name in wide)
                yield from self._others[Kind.SCHEMA]
                yield from self._placed(pattern)
            case _:
                yield from self.access.by_subject()

    def _placed(self, pattern: AccessPattern) -> Iterator[Subject]:
        for owner, subjects in self._on_objects.items():
            if owner == names.GATE_SCHEMA:
                yield from subjects
            elif names.matches(pattern.owner, owner):
                yield from (row for row in subjects if names.matches(pattern.object, row[2]))


class About:
    """What gives something that one pattern is about, in one database."""

    def __init__(self, pattern: AccessPattern, subjects: Subjects) -> None:
        self._pattern = pattern
        self._subjects = subjects
        self._access = subjects.access
        self._placed = bool(pattern.owner)
        self._wide = frozenset(self._stand_ins())

    def _stand_ins(self) -> Iterator[str]:
        """The ANY privileges that stand in for what the pattern is about."""
        pattern, snapshot = self._pattern, self._access.holdings.snapshot
        out_of_reach = (
            self._placed and ANY not in pattern.owner and is_oracles(pattern.owner, snapshot)
        )
        if pattern.kind is not PatternKind.PRIVILEGE or out_of_reach:
            return
        object_type = self._access.type_of(pattern.owner, pattern.object)
        for right in OBJECT_RIGHTS:
            if names_right(pattern, right):
                yield from any_privileges(
                    on_object(right, pattern.owner, pattern.object), object_type
                )

    def is_given_by(self, entitlement: Entitlement) -> bool:
        """Whether who holds the entitlement holds something that the pattern is about; roles and clients are not opened."""
        privilege = entitlement.privilege
        if any(
            covers(self._pattern, entitlement._replace(privilege=row))
            for row in self._shown(privilege)
        ):
            return True
        if privilege.name not in self._wide:
            return False
        in_schema = privilege.kind is Kind.SCHEMA and (
            not self._placed or names.matches(self._pattern.owner, privilege.owner)
        )
        return in_schema or privilege.kind is Kind.SYSTEM

    def _shown(self, privilege: Privilege) -> Iterator[Privilege]:
        """The privilege, and what it gives of the table below when it is on a column view."""
        yield privilege
        if privilege.owner == names.GATE_SCHEMA:
            view = self._access.holdings.snapshot.column_views.get(privilege.object)
            if view is not None:
                for column in view.columns:
                    yield on_column(privilege.name, view.owner, view.object, column)

    def rows(self) -> Iterator[Entitlement]:
        """The grants of the database that give it, and ownership as a grant to the owner."""
        rows = self._access.by_subject()
        for place in self._subjects.of(self._pattern, self._wide):
            yield from filter(self.is_given_by, (row.entitlement for row in rows.get(place, ())))
        yield from self._owned()

    def _owned(self) -> Iterator[Entitlement]:
        pattern, holdings = self._pattern, self._access.holdings
        if pattern.kind is not PatternKind.PRIVILEGE or not self._placed:
            return
        for user in sorted(holdings.snapshot.users):
            known = holdings.objects.get(user, {})
            unread = pattern.owner == user and user not in holdings.snapshot.known_schemas
            if names.matches(pattern.owner, user) and (
                unread or any(names.matches(pattern.object, name) for name in known)
            ):
                yield Entitlement(user, Privilege(Kind.SCHEMA, OWNER, user))


OWNER = "ownership"


class Condition:
    """Something that a pattern is about, and who holds it. `holders` are users and roles with the way in words."""

    def __init__(self, pattern: AccessPattern, subjects: Subjects, words: Words) -> None:
        self._about = About(pattern, subjects)
        self._access = subjects.access
        self._words = words
        self.holders: dict[str, str] = {}
        rows = sorted(self._about.rows(), key=lambda row: (row.grantee, row.privilege))
        self._spread({row.grantee: _said(row) for row in reversed(rows)})

    def _spread(self, first: dict[str, str]) -> None:
        """To everybody who has a holder as a role, nearest first and then by name, and to the proxies of all of them, one step only."""
        reached: list[str] = []
        nearest = first
        while nearest:
            further: dict[str, str] = {}
            for holder, way in sorted(nearest.items()):
                if holder in self.holders:
                    continue
                self.holders[holder] = way
                reached.append(holder)
                for row in self._access.holdings.holders_of(holder):
                    further.setdefault(
                        row.entitlement.grantee, f"{way} through {self._words(holder)}"
                    )
            nearest = further
        for client in reached:
            for user in sorted(self._access.proxies_of(client)):
                self.holders.setdefault(user, f"{self.holders[client]} as {names.display(client)}")

    def add(self, entitlement: Entitlement, holder: str, by: str) -> None:
        """Counts what `holder` will hold by a document."""
        way = self.given(entitlement)
        if way:
            self._spread({holder: f"{way} by {by}"})

    def given(self, entitlement: Entitlement) -> str:
        """The way in words when the entitlement gives it, itself or as a role or client that does; else empty."""
        privilege = entitlement.privilege
        if self._about.is_given_by(entitlement):
            return str(privilege)
        inner = {Kind.ROLE: privilege.name, Kind.PROXY: privilege.owner}.get(privilege.kind, "")
        if inner in self.holders:
            return f"{self.holders[inner]} through {privilege}"
        return ""

    def held_by(self, users: Iterable[str]) -> str:
        """The way of the first of the users who holds it; one of PUBLIC's is everybody's."""
        for user in (*sorted(users), EVERYBODY):
            if user in self.holders:
                way = self.holders[user]
                return f"{way} through {PUBLIC}" if user == EVERYBODY else way
        return ""


def _said(row: Entitlement) -> str:
    privilege = row.privilege
    if privilege.name == OWNER:
        return f"owner of schema {names.display(privilege.owner)}"
    return str(privilege)


class Side:
    """One set of a separation."""

    def __init__(self, alternatives: Iterable[Iterable[Condition]]) -> None:
        self._alternatives = [tuple(row) for row in alternatives]

    def held(self, users: Iterable[str], new: Iterable[Entitlement] = ()) -> Found | None:
        """How the users hold it when they get the new entitlements as well; what needs the new ones comes first."""
        found = [self._of(row, users, new) for row in self._alternatives]
        return min((row for row in found if row), key=lambda row: not row.is_new, default=None)

    @staticmethod
    def _of(
        conditions: Iterable[Condition], users: Iterable[str], new: Iterable[Entitlement]
    ) -> Found | None:
        ways: list[str] = []
        is_new = False
        for condition in conditions:
            given = next(filter(None, map(condition.given, new)), "")
            way = given or condition.held_by(users)
            if not way:
                return None
            is_new = is_new or bool(given)
            ways.append(way)
        return Found(tuple(ways), is_new)

    def holders(self) -> set[str]:
        """Everybody who may hold it: who holds the first condition of an alternative."""
        return {name for row in self._alternatives for name in row[0].holders}


class Found(NamedTuple):
    """The ways by which a side is held; `is_new` when one of them is by what is about to be given."""

    ways: tuple[str, ...]
    is_new: bool
