"""What access comes to in effect, for reviewers: what somebody gains by it, and what he has anyway and keeps when it ends."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from reconciler.model import names
from reconciler.model.access import Enabling, Way
from reconciler.model.privileges import Entitlement, Kind, Privilege, role
from reconciler.model.results import AccessPath
from reconciler.model.review import AccessDifference, Overlap
from reconciler.planning.column_views import Views
from reconciler.planning.effective import Access, Explanations, Search
from reconciler.planning.effective_answers import ordered_ways
from reconciler.planning.effective_notes import has_option, opened


@dataclass(frozen=True, slots=True)
class Asked:
    """What one document gives one grantee. `through` is the lease's role, empty for access without one."""

    grantee: str
    entitlements: Collection[Entitlement]
    through: str = ""


def difference(
    asked: Asked, access: Access, explained: Explanations, views: Views, at: datetime
) -> AccessDifference:
    """The difference that it makes in the database that `access` is about, at the instant `at` (UTC). Roles count as what they give."""
    gained: list[Privilege] = []
    held: list[AccessPath] = []
    wanted = sorted(set(_spelt_out(asked, access, views)), key=lambda row: (row.privilege, *row))
    for entitlement in wanted:
        way = _other_way(entitlement, asked, access, explained)
        if way is None:
            gained.append(entitlement.privilege)
        else:
            steps = (*map(names.display, way.through), way.end)
            by = way.explained_by.name if way.explained_by else ""
            held.append(AccessPath(entitlement.privilege, steps, by))
    privileges = {row.privilege for row in wanted}
    return AccessDifference(
        tuple(dict.fromkeys(gained)),
        tuple(held),
        tuple(_overlaps(asked, privileges, access, at)),
    )


def _spelt_out(asked: Asked, access: Access, views: Views) -> Iterator[Entitlement]:
    """Roles opened, and views of columns too. A role that gives nothing, or that the database does not have, stands for itself; the one that only marks for
    the audit gives nothing on purpose."""
    for entitlement in asked.entitlements:
        if entitlement.privilege == role(names.AUDIT_ROLE):
            continue
        if entitlement.privilege.kind is not Kind.ROLE:
            yield from opened(entitlement, views)
            continue
        inside = list(_inside(entitlement.privilege.name, access))
        yield from inside
        if not inside or entitlement.options:
            yield entitlement


def _inside(name: str, access: Access) -> Iterator[Entitlement]:
    for route in access.routes(name):
        for row in access.holdings.of(route[-1]):
            if row.entitlement.privilege.kind is not Kind.ROLE:
                yield row.entitlement._replace(grantee=name)


def _other_way(
    entitlement: Entitlement, asked: Asked, access: Access, explained: Explanations
) -> Way | None:
    """The best way by which every new session of the grantee has all of it without what is asked for."""
    search = Search(access, access.giving(entitlement.privilege), explained)
    is_role = asked.grantee in access.holdings.snapshot.roles
    fit = (
        way
        for way in search.ways(asked.grantee, with_public=not is_role)
        if way.is_whole
        and way.enabling is Enabling.AT_LOGON
        and asked.through not in way.through
        and (way.held is None or has_option(way.held.entitlement, entitlement))
    )
    return next(iter(ordered_ways(fit)), None)


def _overlaps(
    asked: Asked, privileges: Collection[Privilege], access: Access, at: datetime
) -> Iterable[Overlap]:
    """Other leases of the grantee that are in force and give some of the same."""
    holdings = access.holdings
    for name in sorted(holdings.roles_of(asked.grantee) - {asked.through}):
        lease_id = names.lease_id_of_role(name)
        job = holdings.snapshot.deadlines.get(name)
        end = job.end if job is not None else None
        if not lease_id or (end is not None and end <= at):
            continue
        same = {row.privilege for row in _inside(name, access)} & set(privileges)
        if same:
            yield Overlap(lease_id, tuple(sorted(same)), end)
