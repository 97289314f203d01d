"""What Oracle, or our own rules, would refuse to grant: found before the first statement, with the place in the document."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model import names
from reconciler.model.diagnostics import Diagnostic, Origin
from reconciler.model.privileges import Entitlement, Kind, Privilege
from reconciler.planning import column_views, existence
from reconciler.planning.holdings import Holdings
from reconciler.planning.scope import ScopeFilter

NOT_TO_ROLES = frozenset({"REFERENCES", "INDEX", "UNLIMITED TABLESPACE"})
"""ORA-01931: Oracle gives these to users alone."""


def standing_problems(
    entitlement: Entitlement, origin: Origin | None, holdings: Holdings, scope: ScopeFilter
) -> Iterator[Diagnostic]:
    """Why a standing entitlement can't be granted; nothing when it can."""
    grantee, privilege = entitlement.grantee, entitlement.privilege
    shown = names.display(grantee)
    snapshot = holdings.snapshot
    if holdings.is_protected(grantee) or holdings.is_lease_role(grantee):
        yield Diagnostic("grantee.protected", f"{shown} is never changed", origin)
    elif grantee not in snapshot.users and grantee not in snapshot.roles:
        message = f"{shown} is no user or role of {snapshot.target}"
        yield Diagnostic("grantee.unknown", message, origin)
    if not scope.covers(grantee, privilege):
        yield Diagnostic(
            "scope.outside",
            f"{entitlement} is outside the scope of {snapshot.target}",
            origin,
            hint="add the grantee and the subject to the target's scope, or leave it out here",
        )
    yield from _to_itself(entitlement, origin, holdings)
    to_role = grantee in snapshot.roles
    yield from privilege_problems(entitlement, origin, holdings, to_role=to_role)
    yield from column_views.problems(privilege, origin, scope.views, holdings)


def _to_itself(
    entitlement: Entitlement, origin: Origin | None, holdings: Holdings
) -> Iterator[Diagnostic]:
    """Grants that would lead back to where they start."""
    grantee, privilege = entitlement.grantee, entitlement.privilege
    shown = names.display(grantee)
    if privilege.kind is Kind.ROLE and grantee in holdings.role_closure([privilege.name]):
        yield Diagnostic(
            "role.circular",
            f"{privilege} leads back to {shown}, and Oracle refuses circles of roles (ORA-01934)",
            origin,
        )
    elif privilege.kind is Kind.PROXY and privilege.owner == grantee:
        yield Diagnostic("proxy.itself", f"{shown} can log on as {shown} without a proxy", origin)
    elif privilege.owner == grantee and privilege.kind is not Kind.SCHEMA:
        yield Diagnostic(
            "object.own",
            f"{shown} owns {privilege.place} and so has every privilege on it (ORA-01749)",
            origin,
            hint="leave it out",
        )


def privilege_problems(
    entitlement: Entitlement, origin: Origin | None, holdings: Holdings, *, to_role: bool
) -> Iterator[Diagnostic]:
    """What is wrong with the privilege itself, whoever gets it."""
    privilege = entitlement.privilege
    yield from existence.problems(privilege, origin, holdings)
    if _is_oracles(privilege, holdings):
        yield Diagnostic(
            "object.oracle-maintained",
            f"{privilege}: grants on objects of Oracle's own schemas are not observed",
            origin,
            hint="grant it by hand, or through a role that Oracle supplies",
        )
    if _is_of_own_account(privilege, holdings):
        yield Diagnostic(
            "object.own-account",
            f"{privilege}: what belongs to {names.display(privilege.owner or privilege.object)} is the reconciler's own, and nobody gets rights on it",
            origin,
            hint="whoever may alter its deadline jobs could keep access for ever, and run code in its name",
        )
    if _is_of_a_lease(privilege, holdings):
        message = f"{privilege}: nobody else works as the temporary user of a lease"
        yield Diagnostic("name.reserved", message, origin)
    if to_role and privilege.on == "USER":
        message = f"{privilege}: Oracle gives rights on users to users, not to roles (ORA-31707)"
        yield Diagnostic("privilege.not-to-roles", message, origin)
    if to_role and privilege.kind in (Kind.PROXY, Kind.QUOTA):
        message = f"{privilege}: only a user can have it, not a role"
        yield Diagnostic("privilege.not-to-roles", message, origin)
    if to_role and privilege.name in NOT_TO_ROLES and privilege.kind is not Kind.ROLE:
        message = f"{privilege}: Oracle gives it to users, not to roles (ORA-01931)"
        yield Diagnostic("privilege.not-to-roles", message, origin)
    by_option = privilege.kind in (Kind.OBJECT, Kind.COLUMN) and entitlement.with_option
    if to_role and by_option:
        message = f"{privilege}: a role cannot have the grant option (ORA-01926)"
        yield Diagnostic("privilege.not-to-roles", message, origin)


def _is_oracles(privilege: Privilege, holdings: Holdings) -> bool:
    """Whether the object is one of Oracle's own; directories and editions are SYS's, whoever made them."""
    if privilege.on in ("DIRECTORY", "EDITION"):
        return False
    owner = privilege.object if privilege.on == "USER" else privilege.owner
    user = holdings.snapshot.users.get(owner)
    return owner == "SYS" or bool(user and user.oracle_maintained)


def _is_of_own_account(privilege: Privilege, holdings: Holdings) -> bool:
    owner = privilege.object if privilege.on == "USER" else privilege.owner
    return bool(owner) and owner in (holdings.snapshot.account, holdings.snapshot.reader)


def _is_of_a_lease(privilege: Privilege, holdings: Holdings) -> bool:
    return privilege.kind is Kind.PROXY and holdings.is_of_lease(privilege.owner)
