"""What reviewers should know of the access that a plan gives: that somebody has it already, and what comes along with it. One line each, never an error."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.model import names
from reconciler.model.access import EVERYBODY, Enabling, WantedBy, Way
from reconciler.model.changes import Cause, Change, DropLeaseRole, Grant, Narrow, Revoke
from reconciler.model.desired import Desired
from reconciler.model.diagnostics import Diagnostic, Origin, Severity
from reconciler.model.identities import is_through_view
from reconciler.model.instants import format_instant
from reconciler.model.leases import Lease
from reconciler.model.privileges import Entitlement, Kind, Privilege, on_column, role
from reconciler.planning.column_views import Views, known_views
from reconciler.planning.effective import Access, Explanations, Search, explanations
from reconciler.planning.effective_answers import ordered_ways
from reconciler.planning.effective_powers import powers_of, reach_of, shortened
from reconciler.planning.holdings import Holdings, subject

_NEW = (Cause.LEASE_START, Cause.LEASE_EDIT, Cause.STANDING)
_SHOWN = 3


@dataclass(slots=True)
class _Asked:
    """What one document gives one grantee by this plan. `through` is the lease's role, empty for a standing grant."""

    words: str
    grantee: str
    through: str = ""
    origin: Origin | None = None
    entitlements: list[Entitlement] = field(default_factory=list)


def access_notes(
    changes: Collection[Change], desired: Desired, holdings: Holdings
) -> Iterator[Diagnostic]:
    """`access.already-held` and `access.role-also-gives`, for the leases and standing grants whose privileges the plan grants for the first time.

    What the plan takes away does not count as held.
    """
    asked = _asked(changes, desired, known_views(desired, holdings.snapshot))
    if not asked:
        return
    access = Access(holdings)
    explained = explanations(desired.explanations, desired.leases)
    held = _Held(access, explained, _Leaving.of(changes))
    for row in asked:
        yield from _already_held(row, held)
        yield from _also_gives(row, access)


def _asked(changes: Collection[Change], desired: Desired, views: Views) -> list[_Asked]:
    leases = {lease.id: lease for lease in desired.leases}
    found: dict[tuple[str, str], _Asked] = {}
    for change in changes:
        if not isinstance(change, Grant) or change.cause not in _NEW:
            continue
        lease = leases.get(change.lease_id)
        if lease is not None and change.entitlement.privilege == role(lease.role):
            continue
        row = _document(change, lease, desired)
        asked = found.setdefault((row.words, row.grantee), row)
        asked.entitlements += opened(change.entitlement, views)
    return list(found.values())


def opened(entitlement: Entitlement, views: Views) -> list[Entitlement]:
    """What is asked for through a column view: the columns that it shows. Anything else is itself."""
    privilege = entitlement.privilege
    view = views.get(privilege.object) if is_through_view(entitlement) else None
    if view is None:
        return [entitlement]
    return [
        entitlement._replace(privilege=on_column(privilege.name, view.owner, view.object, column))
        for column in view.columns
    ]


def _document(change: Grant, lease: Lease | None, desired: Desired) -> _Asked:
    if lease is not None:
        return _Asked(f"lease {lease.id}", lease.grantee, lease.role, lease.origin)
    name = desired.explanations.get(change.entitlement, "")
    words = f"standing grant {name}" if name else "standing grant"
    return _Asked(words, change.entitlement.grantee, "", change.origin)


@dataclass(frozen=True, slots=True)
class _Leaving:
    """What the plan takes away: grants by grantee and subject, and lease roles."""

    grants: frozenset[tuple[str, Privilege]]
    roles: frozenset[str]

    @classmethod
    def of(cls, changes: Collection[Change]) -> _Leaving:
        revoked = [row.entitlement for row in changes if isinstance(row, Revoke)]
        revoked += [row.revoke for row in changes if isinstance(row, Narrow)]
        return cls(
            frozenset((row.grantee, subject(row.privilege)) for row in revoked),
            frozenset(row.role for row in changes if isinstance(row, DropLeaseRole)),
        )

    def stays(self, way: Way) -> bool:
        holder = way.grantee
        for step in way.through:
            if step != EVERYBODY and (step in self.roles or (holder, role(step)) in self.grants):
                return False
            holder = step
        return way.held is None or not self._takes(holder, way.held.entitlement.privilege)

    def _takes(self, holder: str, privilege: Privilege) -> bool:
        return (holder, subject(privilege)) in self.grants


class _Held:
    """What grantees have by other ways than the one that is asked for; each privilege is looked up once."""

    def __init__(self, access: Access, explained: Explanations, leaving: _Leaving) -> None:
        self._access = access
        self._explained = explained
        self._leaving = leaving
        self._searches: dict[Privilege, Search] = {}

    def best(self, asked: _Asked, entitlement: Entitlement) -> Way | None:
        """The best way that gives all of the entitlement to every new session, None without one."""
        privilege = entitlement.privilege
        if privilege not in self._searches:
            giving = self._access.giving(privilege)
            self._searches[privilege] = Search(self._access, giving, self._explained)
        is_role = asked.grantee in self._access.holdings.snapshot.roles
        ways = self._searches[privilege].ways(asked.grantee, with_public=not is_role)
        fit = (
            way
            for way in ways
            if way.is_whole
            and way.enabling is Enabling.AT_LOGON
            and not _is_the_same(asked, way)
            and (way.held is None or has_option(way.held.entitlement, entitlement))
            and self._leaving.stays(way)
        )
        return next(iter(ordered_ways(fit)), None)


def _is_the_same(asked: _Asked, way: Way) -> bool:
    """Whether it is the way that is asked for: the lease's own role, or the grantee's own grant, which the plan gives again for a reason of its own."""
    if asked.through:
        return asked.through in way.through
    if way.held is None or way.through:
        return False
    return subject(way.held.entitlement.privilege) == subject(way.privilege)


def has_option(held: Entitlement, wanted: Entitlement) -> bool:
    """Whether what is held has all options of what is wanted."""
    if not (wanted.with_option or wanted.with_second_option):
        return True
    return held.privilege == wanted.privilege and (
        (held.with_option or not wanted.with_option)
        and (held.with_second_option or not wanted.with_second_option)
    )


def _already_held(asked: _Asked, held: _Held) -> Iterator[Diagnostic]:
    found: Mapping[str, list[str]] = defaultdict(list)
    number = 0
    for entitlement in sorted(asked.entitlements):
        way = held.best(asked, entitlement)
        if way is not None:
            number += 1
            found[_by(way)].append(str(entitlement.privilege))
    if not number:
        return
    parts = [f"{shortened(what, _SHOWN)} {by}" for by, what in sorted(found.items())]
    of_all = "" if number == len(asked.entitlements) else f"{number} of {len(asked.entitlements)}: "
    yield Diagnostic(
        "access.already-held",
        f"{asked.words}: {names.display(asked.grantee)} has already {of_all}{shortened(parts, _SHOWN)}",
        asked.origin,
        Severity.NOTICE,
        hint="ask for less, if the other way is to stay",
    )


def _by(way: Way) -> str:
    """How somebody has it, in words that follow the privilege."""
    if way.held is None:
        return "as the owner"
    wanting = way.explained_by
    because = ""
    if wanting is not None and wanting.kind is WantedBy.LEASE:
        until = f" until {format_instant(wanting.end)}" if wanting.end else ""
        because = f" (lease {wanting.name}{until})"
    steps = [step if step == EVERYBODY else names.display(step) for step in way.through]
    given = way.held.entitlement.privilege
    last = [way.end] if given != way.privilege or not steps else []
    return f"through {' -> '.join([*steps, *last])}{because}"


def _also_gives(asked: _Asked, access: Access) -> Iterator[Diagnostic]:
    for privilege in sorted(row.privilege for row in asked.entitlements):
        more = ""
        if privilege.kind is Kind.ROLE:
            powers = powers_of(privilege.name, access)
            more = f"also gives {shortened(powers, 2 * _SHOWN)}" if powers else ""
        else:
            more = reach_of(privilege, access.holdings.snapshot)
        if more:
            yield Diagnostic(
                "access.role-also-gives",
                f"{asked.words}: {privilege} {more}",
                asked.origin,
                Severity.WARNING,
                hint="ask for the privileges on objects that are needed, if that is too much",
            )
