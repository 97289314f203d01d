"""What the identity that a request asks for means for its lease."""

from __future__ import annotations

from typing import assert_never

from reconciler.desired.access import WantedPrivilege
from reconciler.model import names
from reconciler.model.documents import AccessRequest, Auditing, Target
from reconciler.model.identities import LOG_ON, Ending, IdentityKind
from reconciler.model.leases import LeaseRecord
from reconciler.model.privileges import Entitlement, proxy, role


def ending_of(request: AccessRequest) -> Ending:
    """What goes with the lease besides its role."""
    match request.identity:
        case IdentityKind.TEMPORARY:
            return Ending(temporary_user=request.user)
        case IdentityKind.PROXY:
            return Ending(direct=(Entitlement(request.user, proxy(request.client)),))
        case IdentityKind.EXISTING:
            return Ending(kill_sessions_of=request.user if request.session.kill else "")
        case _:
            assert_never(request.identity)


def ending_in_force(request: AccessRequest, record: LeaseRecord) -> Ending:
    """What goes with a lease that was granted: for whom it is never changes, whether sessions end with it may."""
    if is_somebody_else(request, record):
        return record.ending
    kill = ending_of(request).kill_sessions_of
    return record.ending._replace(kill_sessions_of=kill)


def is_somebody_else(request: AccessRequest, record: LeaseRecord) -> bool:
    """Whether the document names another identity than the one that the lease was granted to."""
    return _identity(request.user, ending_of(request)) != _identity(record.grantee, record.ending)


def _identity(grantee: str, ending: Ending) -> tuple[str, str, tuple[Entitlement, ...]]:
    return grantee, ending.temporary_user, ending.direct


def shown(grantee: str, ending: Ending) -> str:
    """Who has the access: `ALICE`, `ALICE as HR_APP`."""
    clients = [names.display(found.privilege.owner) for found in ending.direct]
    return " as ".join((names.display(grantee), *clients))


def always_held(request: AccessRequest) -> tuple[WantedPrivilege, ...]:
    """What the role of a lease holds besides the access that its document asks for."""
    if request.identity is not IdentityKind.TEMPORARY:
        return ()
    return (WantedPrivilege(LOG_ON, with_option=False, origin=request.user_origin),)


def watched_by(target: Target, request: AccessRequest) -> tuple[WantedPrivilege, ...]:
    """The role that puts the holder of a lease under the target's audit policy for leases, for as long as the lease role is his."""
    if target.audit is not Auditing.PER_LEASE:
        return ()
    return (WantedPrivilege(role(names.AUDIT_ROLE), with_option=False, origin=request.origin),)
