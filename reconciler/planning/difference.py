"""The difference between entitlements that are wanted and rows that are held, in Oracle's terms.

Oracle revokes a privilege on an object as a whole (all columns, by one grantor), cannot take back an option alone, and takes with a grant option all that
was granted through it. So a surplus becomes a revoke, or a narrowing that grants the wanted part back at once, and what is wanted but would be
lost on the way is granted first.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.model.changes import Cascade
from reconciler.model.privileges import UNLIMITED, Entitlement, Kind, Privilege
from reconciler.model.snapshot import HeldGrant
from reconciler.planning.holdings import Holdings, subject

Key = tuple[str, Privilege]
"""A grantee and a privilege, whatever the option."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Takes `surplus` away by revoking `revoke` as a whole and granting `keep` again."""

    revoke: Entitlement
    keep: tuple[Entitlement, ...]
    grantor: str
    surplus: tuple[HeldGrant, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """All parts ordered. `not_held` are the entitlements of `missing` that nothing gives now; the rest of `missing` would be lost with a revoke, or lacks
    its option. `foreign` is surplus that only another grantor can revoke, `cascading` surplus that goes with the grant options that are revoked.
    `entangled` are rows that may not be taken and would go along: what they hang on is not taken either. `carried` are all rows that go along with a revoke or
    a narrowing, by what it takes and from which grantor."""

    missing: tuple[Entitlement, ...] = ()
    not_held: frozenset[Entitlement] = frozenset()
    revoke: tuple[HeldGrant, ...] = ()
    narrow: tuple[Narrowing, ...] = ()
    foreign: tuple[HeldGrant, ...] = ()
    cascading: tuple[HeldGrant, ...] = ()
    entangled: tuple[HeldGrant, ...] = ()
    carried: Mapping[tuple[Entitlement, str], tuple[Cascade, ...]] = field(default_factory=dict)


class Coverage:
    """Answers whether a set of entitlements gives one: a whole object covers its columns, with an option covers without, the admin option of a role
    covers its delegate option, a larger quota covers a smaller one."""

    def __init__(self, entitlements: Iterable[Entitlement]) -> None:
        self._options: dict[Key, int] = {}
        self._quotas: dict[Key, float] = {}
        for entitlement in entitlements:
            grantee, privilege, option, second = entitlement
            if privilege.kind is Kind.QUOTA:
                key = _key(entitlement)
                self._quotas[key] = max(_bytes(privilege), self._quotas.get(key, 0))
            else:
                key = (grantee, privilege)
                given = _options(privilege, option, second) if option or second else 0
                self._options[key] = given | self._options.get(key, 0)

    def covers(self, entitlement: Entitlement) -> bool:
        if self.has(entitlement):
            return True
        grantee, privilege, option, _ = entitlement
        return privilege.kind is Kind.COLUMN and self.has(
            Entitlement(grantee, subject(privilege), option)
        )

    def has(self, entitlement: Entitlement) -> bool:
        """`covers`, without looking at the whole object when the entitlement is about a column."""
        grantee, privilege, option, second = entitlement
        if privilege.kind is Kind.QUOTA:
            held = self._quotas.get(_key(entitlement))
            return held is not None and held >= _bytes(privilege)
        given = self._options.get((grantee, privilege))
        if given is None:
            return False
        if not (option or second):
            return True
        needed = _options(privilege, option, second)
        return given & needed == needed

    def has_any_of(self, entitlement: Entitlement) -> bool:
        """Whether the privilege is there at all, whatever its options or its size."""
        privilege = entitlement.privilege
        if privilege.kind is Kind.QUOTA:
            return _key(entitlement) in self._quotas
        return self.covers(Entitlement(entitlement.grantee, privilege))


_FIRST, _SECOND = 1, 2


def _options(privilege: Privilege, option: bool, second: bool) -> int:
    """Who administers a role may grant it to program units too, which is all that the delegate option allows (GRANT, WITH ADMIN OPTION)."""
    second = second or (option and privilege.kind is Kind.ROLE)
    return _FIRST * option + _SECOND * second


def _bytes(privilege: Privilege) -> float:
    return math.inf if privilege.name == UNLIMITED else int(privilege.name or 0)


def difference(
    wanted: Collection[Entitlement],
    rows: Collection[HeldGrant],
    holdings: Holdings,
    is_ours: Callable[[HeldGrant], bool],
) -> Difference:
    """What to do so that the grantees of `wanted` hold it and `rows` hold nothing more.

    `rows` are what may be changed. Surplus rows for which `is_ours` says no are left alone. Rows outside `rows` count as held.
    """
    wanting = Coverage(wanted)
    surplus = [row for row in rows if not wanting.covers(row.entitlement) and is_ours(row)]
    spared = _Spared(holdings, wanting, frozenset(surplus))
    revocable, entangled = spared.sort_out([row for row in surplus if holdings.can_revoke(row)])
    revoke, narrow, gone = _removals(wanted, revocable, surplus, holdings)
    cascading = spared.surely_lost_with(gone)
    kept = Coverage(entitlement for narrowing in narrow for entitlement in narrowing.keep)
    missing, not_held = _missing(wanted, kept, gone | spared.lost_with(gone), holdings)
    return Difference(
        missing=tuple(sorted(missing)),
        not_held=frozenset(not_held),
        revoke=tuple(sorted(revoke)),
        narrow=tuple(sorted(narrow, key=lambda found: (found.revoke, found.grantor))),
        foreign=tuple(
            sorted(row for row in surplus if not holdings.can_revoke(row) and row not in cascading)
        ),
        cascading=tuple(sorted(cascading & set(surplus) - gone)),
        entangled=tuple(sorted(entangled)),
        carried=_carried(revoke, narrow, spared, wanting),
    )


def _carried(
    revoke: Iterable[HeldGrant],
    narrow: Iterable[Narrowing],
    spared: _Spared,
    wanting: Coverage,
) -> Mapping[tuple[Entitlement, str], tuple[Cascade, ...]]:
    """What goes along with each. What is wanted is kept: it is among the missing, and granted before."""
    taken = [(row.entitlement, row.grantor) for row in revoke]
    taken += [(found.revoke, found.grantor) for found in narrow]
    carried = {}
    for entitlement, grantor in taken:
        row = HeldGrant(entitlement, grantor)
        surely = spared.surely_lost_with([row])
        lost = [
            Cascade(found.entitlement, found.grantor, wanting.has_any_of(found.entitlement))
            for found in sorted(spared.lost_with([row]))
            if found in surely or wanting.has_any_of(found.entitlement)
        ]
        if lost:
            carried[entitlement, grantor] = tuple(lost)
    return carried


def _removals(
    wanted: Iterable[Entitlement],
    revocable: Collection[HeldGrant],
    surplus: Collection[HeldGrant],
    holdings: Holdings,
) -> tuple[list[HeldGrant], list[Narrowing], set[HeldGrant]]:
    """Revokes, narrowings, and every row that goes with them (also those that come back)."""
    revoke: list[HeldGrant] = []
    narrow: list[Narrowing] = []
    gone: set[HeldGrant] = set()
    wanted_of = _by_key(wanted) if revocable else {}
    surplus_rows = set(surplus)
    reachable = _reachable(revocable, holdings)
    for key, by_grantor in _by_key_and_grantor(revocable).items():
        rows = [row for row in reachable[key] if row.grantor in by_grantor]
        gone.update(rows)
        left = (row.entitlement for row in rows if row not in surplus_rows)
        keep = _without_covered({*wanted_of.get(key, ()), *left})
        for grantor, extra in by_grantor.items():
            if keep:
                theirs = [row.entitlement for row in rows if row.grantor == grantor]
                narrow.append(Narrowing(_whole(theirs), keep, grantor, tuple(sorted(extra))))
            else:
                revoke += extra
    return revoke, narrow, gone


def _whole(entitlements: Sequence[Entitlement]) -> Entitlement:
    """What one REVOKE takes of rows of one key and grantor."""
    grantee, privilege, _, _ = entitlements[0]
    is_quota = privilege.kind is Kind.QUOTA
    return Entitlement(
        grantee,
        privilege if is_quota else subject(privilege),
        any(entitlement.with_option for entitlement in entitlements),
        any(entitlement.with_second_option for entitlement in entitlements),
    )


def _by_key_and_grantor(rows: Iterable[HeldGrant]) -> Mapping[Key, Mapping[str, list[HeldGrant]]]:
    found: dict[Key, dict[str, list[HeldGrant]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        found[_key(row.entitlement)][row.grantor].append(row)
    return found


def _reachable(rows: Iterable[HeldGrant], holdings: Holdings) -> Mapping[Key, list[HeldGrant]]:
    """By key, all rows of the same grantees that a REVOKE can reach, whatever their column and grantor."""
    found: dict[Key, list[HeldGrant]] = defaultdict(list)
    for grantee in {row.entitlement.grantee for row in rows}:
        for row in holdings.of(grantee):
            if not row.inherited:
                found[_key(row.entitlement)].append(row)
    return found


def _key(entitlement: Entitlement) -> Key:
    return entitlement.grantee, subject(entitlement.privilege)


def _by_key(entitlements: Iterable[Entitlement]) -> Mapping[Key, list[Entitlement]]:
    found: dict[Key, list[Entitlement]] = defaultdict(list)
    for entitlement in entitlements:
        found[_key(entitlement)].append(entitlement)
    return found


def _without_covered(entitlements: Collection[Entitlement]) -> tuple[Entitlement, ...]:
    """Without those that another of them gives already: one statement must not name a privilege twice."""
    return tuple(
        sorted(
            entitlement
            for entitlement in entitlements
            if not Coverage(other for other in entitlements if other != entitlement).covers(
                entitlement
            )
        )
    )


class _Spared:
    """Finds what Oracle takes along: the rows that were granted through a grant option that goes, in the same statement and at any depth."""

    def __init__(
        self, holdings: Holdings, wanting: Coverage, surplus: frozenset[HeldGrant]
    ) -> None:
        self._holdings = holdings
        self._wanting = wanting
        self._surplus = surplus
        self._granted_by: dict[Key, list[HeldGrant]] | None = None

    def lost_with(self, gone: Iterable[HeldGrant]) -> set[HeldGrant]:
        """All that may go along. Whether Oracle spares what somebody granted who keeps the option from another grantor is not verified, so this counts it."""
        return self._lost_with(gone, frozenset())

    def surely_lost_with(self, gone: Iterable[HeldGrant]) -> set[HeldGrant]:
        """What goes along whatever Oracle does about those who keep the option, because documents want them to have it."""
        may_go = self.lost_with(gone)
        return self._lost_with(gone, frozenset(self._keys_kept(may_go))) if may_go else may_go

    def _keys_kept(self, rows: Iterable[HeldGrant]) -> Iterator[Key]:
        return (
            _key(row.entitlement)
            for row in rows
            if row.entitlement.with_option and self._wanting.covers(row.entitlement)
        )

    def _lost_with(self, gone: Iterable[HeldGrant], stopping: frozenset[Key]) -> set[HeldGrant]:
        waiting = {_key(row.entitlement) for row in gone if row.entitlement.with_option}
        reached = set(waiting)
        lost: set[HeldGrant] = set()
        while waiting:
            for row in self._rows_granted_by(waiting.pop()):
                lost.add(row)
                key = _key(row.entitlement)
                if row.entitlement.with_option and key not in reached | stopping:
                    reached.add(key)
                    waiting.add(key)
        return lost

    def _rows_granted_by(self, key: Key) -> Iterable[HeldGrant]:
        if self._granted_by is None:
            self._granted_by = defaultdict(list)
            for row in self._holdings.snapshot.grants:
                if row.grantor:
                    self._granted_by[row.grantor, subject(row.entitlement.privilege)].append(row)
        return self._granted_by.get(key, ())

    def sort_out(self, revocable: list[HeldGrant]) -> tuple[list[HeldGrant], set[HeldGrant]]:
        """What can be revoked without taking along what may not be taken and is not granted again either; and the rows that forbid the rest."""
        if not revocable:
            return revocable, set()
        reachable = _reachable(revocable, self._holdings)
        if not any(row.entitlement.with_option for rows in reachable.values() for row in rows):
            return revocable, set()
        entangled: set[HeldGrant] = set()
        free: list[HeldGrant] = []
        for key, by_grantor in _by_key_and_grantor(revocable).items():
            lost = self.lost_with(row for row in reachable[key] if row.grantor in by_grantor)
            others = {row for row in lost - self._surplus if not self._wanting.covers(row[0])}
            entangled |= others
            if not others:
                free += (row for rows in by_grantor.values() for row in rows)
        return free, entangled


def _missing(
    wanted: Iterable[Entitlement],
    kept: Coverage,
    gone: Collection[HeldGrant],
    holdings: Holdings,
) -> tuple[list[Entitlement], list[Entitlement]]:
    by_grantee: dict[str, list[Entitlement]] = defaultdict(list)
    for entitlement in wanted:
        by_grantee[entitlement.grantee].append(entitlement)
    missing: list[Entitlement] = []
    not_held: list[Entitlement] = []
    for grantee, entitlements in by_grantee.items():
        rows = holdings.of(grantee)
        now = Coverage(row.entitlement for row in rows)
        then = Coverage(row.entitlement for row in rows if row not in gone) if gone else now
        wanting = Coverage(entitlements)
        for entitlement in entitlements:
            if then.covers(entitlement) or kept.covers(entitlement):
                continue
            if _covered_by_whole(entitlement, wanting):
                continue
            missing.append(entitlement)
            if not now.has_any_of(entitlement):
                not_held.append(entitlement)
    return missing, not_held


def _covered_by_whole(entitlement: Entitlement, wanting: Coverage) -> bool:
    """Whether the whole object is wanted as well, so that its column needs no grant of its own."""
    privilege = entitlement.privilege
    return privilege.kind is Kind.COLUMN and wanting.covers(
        entitlement._replace(privilege=subject(privilege))
    )
