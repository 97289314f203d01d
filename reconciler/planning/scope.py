"""The allow list of a target: what it covers, and what is left alone even inside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from reconciler.model import names
from reconciler.model.documents import Scope
from reconciler.model.privileges import OWNED_BY_SYS, Kind, Privilege
from reconciler.model.snapshot import HeldGrant
from reconciler.planning.column_views import Views, base_of
from reconciler.planning.holdings import Holdings


class ScopeFilter:
    """Answers for one target; remembers each name, because a snapshot repeats them a hundred thousand times.

    A privilege on one of the column `views` is about what the view shows.
    """

    def __init__(self, scope: Scope, views: Views | None = None) -> None:
        self._scope = scope
        self.views: Views = views or {}
        self._grantees: dict[str, bool] = {}
        self._subjects: dict[tuple[Kind, str, str], bool] = {}

    def covers(self, grantee: str, privilege: Privilege) -> bool:
        return self.covers_grantee(grantee) and self.covers_privilege(privilege)

    def covers_grantee(self, grantee: str) -> bool:
        known = self._grantees.get(grantee)
        if known is None:
            known = self._grantees[grantee] = _any_matches(self._scope.grantees, grantee)
        return known

    def covers_privilege(self, privilege: Privilege) -> bool:
        privilege = base_of(privilege, self.views)
        name = _subject_name(privilege)
        key = (privilege.kind, privilege.on, name)
        known = self._subjects.get(key)
        if known is None:
            known = self._subjects[key] = _any_matches(self._patterns(privilege), name)
        return known

    def _patterns(self, privilege: Privilege) -> Iterable[str]:
        match privilege.kind:
            case Kind.SYSTEM:
                return self._scope.system
            case Kind.ROLE:
                return self._scope.roles
            case Kind.OBJECT | Kind.COLUMN | Kind.SCHEMA:
                return self._patterns_of_objects(privilege.on)
            case Kind.PROXY:
                return self._scope.users
            case Kind.QUOTA:
                return self._scope.tablespaces
            case _:
                assert_never(privilege.kind)

    def _patterns_of_objects(self, on: str) -> Iterable[str]:
        match on:
            case "DIRECTORY":
                return self._scope.directories
            case "EDITION":
                return self._scope.editions
            case "USER":
                return self._scope.users
            case _:
                return self._scope.schemas


def _subject_name(privilege: Privilege) -> str:
    """What the patterns of the allow list are about."""
    if privilege.kind is Kind.QUOTA or privilege.on in OWNED_BY_SYS:
        return privilege.object
    return privilege.owner or privilege.name


def managed_rows(holdings: Holdings, scope: ScopeFilter) -> list[HeldGrant]:
    """The rows of standing access that a target's scope lets us manage. Rows that nobody granted by hand, and those of lease roles, are left out."""
    rows: list[HeldGrant] = []
    for grantee, held in holdings.by_grantee.items():
        if (
            scope.covers_grantee(grantee)
            and not holdings.is_protected(grantee)
            and not holdings.is_of_lease(grantee)
        ):
            rows += _managed(grantee, held, holdings, scope)
    return rows


def _managed(
    grantee: str, held: Iterable[HeldGrant], holdings: Holdings, scope: ScopeFilter
) -> Iterable[HeldGrant]:
    dba = "DBA" in holdings.roles_of(grantee)
    for row in held:
        privilege = row.entitlement.privilege
        if row.inherited or privilege.owner == grantee or not scope.covers_privilege(privilege):
            continue
        if dba and privilege.name == "UNLIMITED TABLESPACE":
            continue
        if privilege.kind is Kind.ROLE and holdings.is_lease_role(privilege.name):
            continue
        yield row


def _any_matches(patterns: Iterable[str], name: str) -> bool:
    return any(names.matches(pattern, name) for pattern in patterns)
