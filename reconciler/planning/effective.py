"""Effective access: every way in which a grantee has a privilege, whoever gave it.

Ways: granted to the grantee, through roles in roles, through PUBLIC, by a system-wide or schema-wide ANY privilege, by owning the object.
READ and SELECT count as one, because the data can be read with either; a grant on the whole object gives its columns, and one on a column gives a part of the
whole.

Not covered: rights that stored code with definer's rights lends, and ANY privileges on sequences (the type of an object is not known here).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never

from reconciler.model import names
from reconciler.model.leases import Lease, Phase
from reconciler.model.privileges import Entitlement, Kind, Privilege, role
from reconciler.model.results import AccessPath
from reconciler.model.snapshot import HeldGrant, Snapshot
from reconciler.planning.holdings import PUBLIC, Holdings, index, subject

Explanations = Mapping[tuple[str, Privilege], str]
"""The standing grant or active lease that wants a grantee to have a privilege."""

_READING = ("SELECT", "READ")
_ANY: Mapping[str, tuple[str, ...]] = {
    "SELECT": ("SELECT ANY TABLE", "READ ANY TABLE"),
    "READ": ("SELECT ANY TABLE", "READ ANY TABLE"),
    "INSERT": ("INSERT ANY TABLE",),
    "UPDATE": ("UPDATE ANY TABLE",),
    "DELETE": ("DELETE ANY TABLE",),
    "ALTER": ("ALTER ANY TABLE",),
    "INDEX": ("CREATE ANY INDEX",),
    "EXECUTE": (
        "EXECUTE ANY PROCEDURE",
        "EXECUTE ANY TYPE",
        "EXECUTE ANY LIBRARY",
        "EXECUTE ANY OPERATOR",
        "EXECUTE ANY INDEXTYPE",
    ),
    "DEBUG": ("DEBUG ANY PROCEDURE",),
    "FLASHBACK": ("FLASHBACK ANY TABLE",),
    "UNDER": ("UNDER ANY VIEW", "UNDER ANY TYPE"),
    "MERGE VIEW": ("MERGE ANY VIEW",),
    "QUERY REWRITE": ("GLOBAL QUERY REWRITE",),
}


def explanations(standing: Mapping[Entitlement, str], leases: Iterable[Lease]) -> Explanations:
    """What standing grants and active leases want, by grantee and privilege."""
    found = {(held.grantee, held.privilege): name for held, name in standing.items()}
    for lease in leases:
        if lease.phase is Phase.ACTIVE:
            found[lease.grantee, role(lease.role)] = lease.id
    return found


def paths(
    grantee: str,
    wanted: Iterable[Privilege],
    snapshot: Snapshot | Holdings,
    explained: Explanations | None = None,
) -> tuple[AccessPath, ...]:
    """All paths, ordered. For many grantees of one snapshot pass `holdings.index(snapshot)` in its place.

    A path is explained by what wants its first step: a role that somebody was given on purpose may hold what it holds.
    """
    holdings = snapshot if isinstance(snapshot, Holdings) else index(snapshot)
    search = _Search(grantee, holdings, explained or {})
    found = {path for privilege in wanted for path in search.paths_to(privilege)}
    return tuple(sorted(found, key=lambda path: (path.privilege, path.through, path.explained_by)))


@dataclass(frozen=True, slots=True)
class _Search:
    grantee: str
    holdings: Holdings
    explained: Explanations

    def paths_to(self, privilege: Privilege) -> Iterator[AccessPath]:
        if privilege.owner and privilege.owner == self.grantee:
            yield AccessPath(privilege, (f"owner of schema {names.display(privilege.owner)}",))
        giving = _Giving(privilege, self.holdings)
        for route in self.routes():
            for row in self.holdings.of(route[-1]):
                if giving.gives(row.entitlement.privilege):
                    yield self._path(privilege, route, row)

    def routes(self) -> Iterator[tuple[str, ...]]:
        """From the grantee and from PUBLIC to each holder of rows. The shortest to each role for each first step, so that every grant that would have to
        go shows."""
        for start in (self.grantee, PUBLIC):
            yield (start,)
            for first in sorted(self.holdings.roles_of(start)):
                yield from self._routes_through((start, first))

    def _routes_through(self, first: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        reached = set(first)
        waiting = [first]
        while waiting:
            route = waiting.pop(0)
            yield route
            for inner in sorted(self.holdings.roles_of(route[-1]) - reached):
                reached.add(inner)
                waiting.append((*route, inner))

    def _path(self, wanted: Privilege, route: tuple[str, ...], row: HeldGrant) -> AccessPath:
        holder, *roles = route
        steps = [names.display(step) for step in ([PUBLIC] if holder == PUBLIC else []) + roles]
        first = role(roles[0]) if roles else row.entitlement.privilege
        return AccessPath(wanted, (*steps, _shown(row)), self._explanation(holder, first))

    def _explanation(self, holder: str, first: Privilege) -> str:
        by_name = self.explained.get((holder, first), "")
        return by_name or self.explained.get((holder, subject(first)), "")


@dataclass(frozen=True, slots=True)
class _Giving:
    """Which privileges give the wanted one, or a part of it."""

    wanted: Privilege
    holdings: Holdings

    def gives(self, held: Privilege) -> bool:
        wanted = self.wanted
        match held.kind:
            case Kind.SYSTEM:
                return held.name in self._system_wide()
            case Kind.ROLE | Kind.PROXY:
                return held == wanted
            case Kind.QUOTA:
                return held.kind == wanted.kind and held.object == wanted.object
            case Kind.SCHEMA:
                return held.owner == wanted.owner and held.name in (*self._any(), wanted.name)
            case Kind.OBJECT | Kind.COLUMN:
                same_object = (held.owner, held.object) == (wanted.owner, wanted.object)
                return same_object and self._same_right(held) and self._same_column(held)
            case _:
                assert_never(held.kind)

    def _any(self) -> tuple[str, ...]:
        by_object = self.wanted.kind in (Kind.OBJECT, Kind.COLUMN)
        return _ANY.get(self.wanted.name, ()) if by_object else ()

    def _system_wide(self) -> tuple[str, ...]:
        match self.wanted.kind:
            case Kind.SYSTEM | Kind.SCHEMA:
                return (self.wanted.name,)
            case Kind.ROLE | Kind.PROXY | Kind.QUOTA:
                return ()
            case Kind.OBJECT | Kind.COLUMN:
                return () if self._is_oracles() else self._any()
            case _:
                assert_never(self.wanted.kind)

    def _is_oracles(self) -> bool:
        owner = self.holdings.snapshot.users.get(self.wanted.owner)
        return self.wanted.owner == "SYS" or (owner is not None and owner.oracle_maintained)

    def _same_right(self, held: Privilege) -> bool:
        if self.wanted.name in _READING:
            return held.name in _READING
        return held.name == self.wanted.name

    def _same_column(self, held: Privilege) -> bool:
        return not (held.column and self.wanted.column) or held.column == self.wanted.column


def _shown(row: HeldGrant) -> str:
    privilege = row.entitlement.privilege
    by_other = row.grantor not in ("", privilege.owner)
    return f"{privilege}, granted by {names.display(row.grantor)}" if by_other else str(privilege)
