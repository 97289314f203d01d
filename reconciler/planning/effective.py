"""Effective access: every way in which a grantee has a privilege, whoever gave it.

Ways: granted to the grantee, through roles in roles, through PUBLIC, by a system-wide or schema-wide ANY privilege, by owning the object, by a view that
shows its columns. `effective_giving` says which grant gives what.

Not covered: rights that stored code with definer's rights lends, and SYSDBA. `paths` leaves out what a grantee may do logged on as another user, too;
`effective_answers` does not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.model import names
from reconciler.model.access import Enabling, Explanation, WantedBy, Way
from reconciler.model.identities import ColumnView
from reconciler.model.leases import Lease, Phase
from reconciler.model.privileges import Entitlement, Kind, Privilege, proxy, role
from reconciler.model.results import AccessPath
from reconciler.model.snapshot import HeldGrant, Snapshot
from reconciler.planning.effective_giving import Given, Giving, Subject, is_owned, subject_of
from reconciler.planning.holdings import PUBLIC, Holdings, index, subject

Explanations = Mapping[tuple[str, Privilege], Explanation]
"""The standing grant or active lease that wants a grantee to have a privilege."""

ENABLING: Mapping[str, Enabling] = {
    "PASSWORD": Enabling.PASSWORD,
    "APPLICATION": Enabling.APPLICATION,
    "EXTERNAL": Enabling.OUTSIDE,
    "GLOBAL": Enabling.OUTSIDE,
}
"""What a role asks for by its DBA_ROLES.AUTHENTICATION_TYPE, beyond a grant. A logon leaves such roles out (ALTER USER, DEFAULT ROLE)."""
_Found = tuple[tuple[str, ...], HeldGrant, Given]


def explanations(standing: Mapping[Entitlement, str], leases: Iterable[Lease]) -> Explanations:
    """What standing grants and active leases want, by grantee and privilege."""
    found = {
        (held.grantee, held.privilege): Explanation(WantedBy.STANDING, name)
        for held, name in standing.items()
    }
    for lease in leases:
        if lease.phase is Phase.ACTIVE:
            wanting = Explanation(WantedBy.LEASE, lease.id, lease.end)
            found[lease.grantee, role(lease.role)] = wanting
            found |= {(held.grantee, held.privilege): wanting for held in lease.entitlements}
    return found


def paths(
    grantee: str,
    wanted: Iterable[Privilege],
    snapshot: Snapshot | Holdings | Access,
    explained: Explanations | None = None,
) -> tuple[AccessPath, ...]:
    """All paths, ordered. For many grantees of one snapshot pass one `Access` in its place.

    A path is explained by what wants its first step: a role that somebody was given on purpose may hold what it holds.
    """
    access = _access(snapshot)
    found = {
        _path(way)
        for privilege in wanted
        for way in Search(access, access.giving(privilege), explained or {}).ways(grantee)
    }
    return tuple(sorted(found, key=lambda path: (path.privilege, path.through, path.explained_by)))


def _access(found: Snapshot | Holdings | Access) -> Access:
    if isinstance(found, Access):
        return found
    return Access(found if isinstance(found, Holdings) else index(found))


def _path(way: Way) -> AccessPath:
    steps = (*map(names.display, way.through), way.end)
    return AccessPath(way.privilege, steps, way.explained_by.name if way.explained_by else "")


class Access:
    """One snapshot, with what was looked up in it: questions about it share their routes and rows.

    Of objects whose type the snapshot does not have `effective_giving.any_privileges` says what counts.
    """

    def __init__(self, holdings: Holdings) -> None:
        self.holdings = holdings
        self._types: Mapping[tuple[str, str], str] | None = None
        self._views: dict[tuple[str, str], list[ColumnView]] = defaultdict(list)
        for _, view in sorted(holdings.snapshot.column_views.items()):
            self._views[view.owner, view.object].append(view)
        self._rows: dict[str, Mapping[Subject, Sequence[HeldGrant]]] = {}
        self._routes: dict[str, tuple[tuple[str, ...], ...]] = {}
        self._about: Mapping[Subject, Sequence[HeldGrant]] | None = None

    def giving(self, wanted: Privilege) -> Giving:
        """Which grants give the privilege in this database."""
        views = self._views.get((wanted.owner, wanted.object), ())
        object_type = self.type_of(wanted.owner, wanted.object)
        return Giving.of(wanted, self.holdings.snapshot, object_type, views)

    def type_of(self, owner: str, object_name: str) -> str:
        """The type of an object, empty when the snapshot does not have it."""
        if self._types is None:
            objects = sorted(self.holdings.snapshot.objects)
            self._types = {(row.owner, row.name): row.type for row in objects}
        return self._types.get((owner, object_name), "")

    def rows_of(self, holder: str, giving: Giving) -> Iterator[tuple[HeldGrant, Given]]:
        """The holder's own grants that give it, unordered."""
        if holder not in self._rows:
            self._rows[holder] = _by_subject(self.holdings.of(holder))
        return _giving_rows(self._rows[holder], giving)

    def holders(self, giving: Giving) -> set[str]:
        """Who holds a grant that gives it, itself or through roles; PUBLIC counts as one."""
        waiting = [row.entitlement.grantee for row, _ in _giving_rows(self.by_subject(), giving)]
        found: set[str] = set()
        while waiting:
            holder = waiting.pop()
            if holder not in found:
                found.add(holder)
                waiting += [row.entitlement.grantee for row in self.holdings.holders_of(holder)]
        return found

    def by_subject(self) -> Mapping[Subject, Sequence[HeldGrant]]:
        """All grants of the snapshot by what they are about."""
        if self._about is None:
            self._about = _by_subject(self.holdings.snapshot.grants)
        return self._about

    def proxies_of(self, client: str) -> set[str]:
        """The users who may log on as the client with passwords of their own."""
        rows = self.by_subject().get(subject_of(proxy(client)), ())
        return {row.entitlement.grantee for row in rows}

    def clients_of(self, user: str) -> set[str]:
        """The users that this one may log on as with its own password."""
        return {
            row.entitlement.privilege.owner
            for row in self.holdings.of(user)
            if row.entitlement.privilege.kind is Kind.PROXY
        }

    def routes(self, first: str) -> tuple[tuple[str, ...], ...]:
        """From a role to itself and to each role nested in it, by the shortest way, of several the first by name; nearest first."""
        if first not in self._routes:
            self._routes[first] = tuple(self._routes_through(first))
        return self._routes[first]

    def _routes_through(self, first: str) -> Iterator[tuple[str, ...]]:
        reached = {first}
        nearest: list[tuple[str, ...]] = [(first,)]
        while nearest:
            further: list[tuple[str, ...]] = []
            for route in nearest:
                yield route
                for inner in sorted(self.holdings.roles_of(route[-1]) - reached):
                    reached.add(inner)
                    further.append((*route, inner))
            nearest = further


def _by_subject(rows: Iterable[HeldGrant]) -> Mapping[Subject, Sequence[HeldGrant]]:
    found: defaultdict[Subject, list[HeldGrant]] = defaultdict(list)
    for row in rows:
        found[subject_of(row.entitlement.privilege)].append(row)
    return found


def _giving_rows(
    rows: Mapping[Subject, Sequence[HeldGrant]], giving: Giving
) -> Iterator[tuple[HeldGrant, Given]]:
    for place in giving.subjects:
        for row in rows.get(place, ()):
            given = giving.given_by(row.entitlement.privilege)
            if given is not None:
                yield row, given


class Search:
    """The ways to one privilege. What lies behind a role is looked up once, however many grantees have it."""

    def __init__(self, access: Access, giving: Giving, explained: Explanations) -> None:
        self._access = access
        self._giving = giving
        self._explained = explained
        self._behind: dict[str, tuple[_Found, ...]] = {}

    def ways(self, grantee: str, *, with_public: bool = True) -> Iterator[Way]:
        """All ways of the grantee, unordered; without PUBLIC's only its own.

        Of several routes from one first role to the same grant there is the shortest, so that every grant that would have to go shows.
        """
        wanted = self._giving.wanted
        if is_owned(wanted, grantee):
            yield Way(grantee, wanted)
        for start in (grantee, PUBLIC) if with_public and grantee != PUBLIC else (grantee,):
            for row, given in self._access.rows_of(start, self._giving):
                yield self._way(grantee, start, (), row, given)
            for first in sorted(self._access.holdings.roles_of(start)):
                for route, row, given in self._through(first):
                    yield self._way(grantee, start, route, row, given)

    def _through(self, first: str) -> tuple[_Found, ...]:
        if first not in self._behind:
            self._behind[first] = tuple(
                (route, row, given)
                for route in self._access.routes(first)
                for row, given in self._access.rows_of(route[-1], self._giving)
            )
        return self._behind[first]

    def _way(
        self, grantee: str, start: str, route: tuple[str, ...], row: HeldGrant, given: Given
    ) -> Way:
        first = role(route[0]) if route else row.entitlement.privilege
        enabling = self._enabling(start, route[0]) if route else Enabling.AT_LOGON
        return Way(
            grantee,
            self._giving.wanted,
            route if start == grantee else (start, *route),
            row,
            given.columns,
            given.view,
            enabling,
            route[0] if route and enabling is not Enabling.AT_LOGON else "",
            self._explanation(start, first),
        )

    def _enabling(self, holder: str, first: str) -> Enabling:
        """A role within a role is enabled with it; only what is granted to the user can be left out by a logon."""
        snapshot = self._access.holdings.snapshot
        if holder in snapshot.roles:
            return Enabling.AT_LOGON
        account = snapshot.roles.get(first)
        if account is not None and account.authentication in ENABLING:
            return ENABLING[account.authentication]
        not_default = (holder, first) in snapshot.not_default
        return Enabling.SET_ROLE if not_default else Enabling.AT_LOGON

    def _explanation(self, holder: str, first: Privilege) -> Explanation | None:
        by_name = self._explained.get((holder, first))
        return by_name or self._explained.get((holder, subject(first)))
