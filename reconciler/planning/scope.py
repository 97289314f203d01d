"""The allow list of a target: what it covers, and what is left alone even inside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from reconciler.model import names
from reconciler.model.documents import Scope
from reconciler.model.privileges import Kind, Privilege
from reconciler.model.snapshot import HeldGrant
from reconciler.planning.holdings import Holdings


class ScopeFilter:
    """Answers for one target; remembers each name, because a snapshot repeats them a hundred thousand times."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._grantees: dict[str, bool] = {}
        self._subjects: dict[tuple[Kind, str], bool] = {}

    def covers(self, grantee: str, privilege: Privilege) -> bool:
        return self.covers_grantee(grantee) and self.covers_privilege(privilege)

    def covers_grantee(self, grantee: str) -> bool:
        known = self._grantees.get(grantee)
        if known is None:
            known = self._grantees[grantee] = _any_matches(self._scope.grantees, grantee)
        return known

    def covers_privilege(self, privilege: Privilege) -> bool:
        name = privilege.owner or privilege.name
        known = self._subjects.get((privilege.kind, name))
        if known is None:
            known = _any_matches(self._patterns(privilege.kind), name)
            self._subjects[privilege.kind, name] = known
        return known

    def _patterns(self, kind: Kind) -> Iterable[str]:
        match kind:
            case Kind.SYSTEM:
                return self._scope.system
            case Kind.ROLE:
                return self._scope.roles
            case Kind.OBJECT | Kind.COLUMN | Kind.SCHEMA:
                return self._scope.schemas
            case Kind.PROXY | Kind.QUOTA:
                return ()
            case _:
                assert_never(kind)


def managed_rows(holdings: Holdings, scope: ScopeFilter) -> list[HeldGrant]:
    """The rows of standing access that a target's scope lets us manage. Rows that nobody granted by hand, and those of lease roles, are left out."""
    rows: list[HeldGrant] = []
    for grantee, held in holdings.by_grantee.items():
        if (
            scope.covers_grantee(grantee)
            and not holdings.is_protected(grantee)
            and not holdings.is_lease_role(grantee)
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
        if privilege.name in _ON_USERS or (dba and privilege.name == "UNLIMITED TABLESPACE"):
            continue
        if privilege.kind is Kind.ROLE and holdings.is_lease_role(privilege.name):
            continue
        yield row


_ON_USERS = frozenset({"INHERIT PRIVILEGES", "INHERIT REMOTE PRIVILEGES", "TRANSLATE SQL"})
"""Rights on a user, which Oracle grants by itself to PUBLIC when the user is created."""


def _any_matches(patterns: Iterable[str], name: str) -> bool:
    return any(names.matches(pattern, name) for pattern in patterns)
