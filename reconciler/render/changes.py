"""Each change in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import assert_never

from reconciler.model.changes import (
    ArmDeadline,
    Change,
    ClearLogonNetworks,
    CreateColumnView,
    CreateLeaseRole,
    CreateProfile,
    CreateTemporaryUser,
    DropColumnView,
    DropDeadline,
    DropLeaseRole,
    DropProfile,
    DropTemporaryUser,
    Grant,
    KillSessions,
    LockTemporaryUser,
    MoveDeadline,
    Narrow,
    Revoke,
    RotatePassword,
    SetLogonNetworks,
    SetProfile,
    SetReadOnly,
    UnlockTemporaryUser,
)
from reconciler.model.identities import ColumnView
from reconciler.model.instants import format_duration, format_instant
from reconciler.model.names import GATE_SCHEMA, display
from reconciler.model.privileges import Entitlement, Kind


def change_line(change: Change) -> tuple[str, str]:
    """Sign and words of one change: `+` gives or makes, `-` takes away, `~` changes."""
    match change:
        case CreateLeaseRole(role=role, lease_id=lease):
            return "+", f"lease role {display(role)} for {lease}"
        case ArmDeadline(end=end, duration=duration, role=role):
            words = f"deadline job {display(role)} in the database: ends it at"
            return "+", f"{words} {_first_run(end, duration)}"
        case MoveDeadline(old_end=old, new_end=new, role=role):
            return "~", f"deadline job {display(role)}: {_moved(old, new)}"
        case DropDeadline(role=role):
            return "-", f"drop deadline job {display(role)}"
        case DropLeaseRole(role=role):
            return "-", f"drop lease role {display(role)}"
        case Grant(entitlement=entitlement):
            return "+", f"grant {entitlement}"
        case Revoke(entitlement=entitlement, grantor=grantor):
            by = f" (granted by {display(grantor)})" if grantor else ""
            return "-", f"revoke {entitlement}{by}"
        case Narrow(revoke=revoke, keep=keep):
            kept = ", ".join(map(_without_grantee, keep))
            gap = " (gap: revoked and granted again at once)"
            return "~", f"narrow {revoke} to {kept}" + ("" if _is_quota(revoke) else gap)
        case _:
            return _gatekeeper_line(change)


def cascade_lines(change: Change) -> list[tuple[str, str]]:
    """Sign and words of each grant that Oracle takes along with the change; `=` when its grantee keeps the access."""
    cascades = change.cascades if isinstance(change, Revoke | Narrow) else ()
    return [
        (
            "=" if row.kept else "-",
            f"takes along {row.entitlement} (granted by {display(row.grantor)})"
            + ("; granted by the owner before, so that there is no gap" if row.kept else ""),
        )
        for row in cascades
    ]


def _without_grantee(entitlement: Entitlement) -> str:
    return str(entitlement).removeprefix(f"{display(entitlement.grantee)}: ")


def _is_quota(entitlement: Entitlement) -> bool:
    return entitlement.privilege.kind is Kind.QUOTA


_Gatekeeper = (
    CreateTemporaryUser
    | UnlockTemporaryUser
    | LockTemporaryUser
    | KillSessions
    | DropTemporaryUser
    | RotatePassword
    | CreateProfile
    | SetProfile
    | SetReadOnly
    | SetLogonNetworks
    | ClearLogonNetworks
    | DropProfile
    | CreateColumnView
    | DropColumnView
)


def _gatekeeper_line(change: _Gatekeeper) -> tuple[str, str]:
    """The changes that the gatekeeper package carries out."""
    match change:
        case CreateTemporaryUser(user=user, profile=profile):
            limits = f" with profile {display(profile)}" if profile else ""
            return "+", f"temporary user {display(user)}{limits}, locked; its password is sealed"
        case UnlockTemporaryUser(user=user):
            return "~", f"temporary user {display(user)}: unlocked"
        case LockTemporaryUser(user=user):
            return "~", f"temporary user {display(user)}: locked"
        case KillSessions(user=user, client=client):
            through = f"{display(client)} through {display(user)}" if client else display(user)
            return "-", f"kill sessions of {through}, on all instances"
        case DropTemporaryUser(user=user):
            return "-", f"drop temporary user {display(user)}"
        case RotatePassword(user=user, person=person, due=due):
            words = f"password of {display(user)}: made anew and sealed to {person}"
            return "~", f"{words}, due {format_instant(due)}"
        case CreateProfile(profile=limits_of):
            return "+", f"profile {display(limits_of.name)}"
        case SetReadOnly(user=user):
            return "~", f"temporary user {display(user)}: read only"
        case SetProfile(user=user, profile=name):
            return "~", f"temporary user {display(user)}: profile {display(name or 'DEFAULT')}"
        case SetLogonNetworks(user=user, networks=networks):
            return "~", f"temporary user {display(user)}: logs on from {', '.join(networks)} only"
        case ClearLogonNetworks(user=user):
            return "-", f"drop client networks of {display(user)}, who is gone"
        case DropProfile(name=name):
            return "-", f"drop profile {display(name)}"
        case CreateColumnView(view=view):
            return "+", f"view {_shown(view)}"
        case DropColumnView(name=name):
            return "-", f"drop view {display(GATE_SCHEMA)}.{display(name)}"
        case _:
            assert_never(change)


def _first_run(end: datetime | None, duration: timedelta | None) -> str:
    if end:
        return format_instant(end)
    return f"{format_duration(duration)} after activation" if duration else "?"


def _moved(old: datetime | None, new: datetime) -> str:
    if old == new:
        return f"made again what it was, for {format_instant(new)}"
    return f"{format_instant(old) if old else 'none'} -> {format_instant(new)}"


def _shown(view: ColumnView) -> str:
    columns = ", ".join(map(display, view.columns))
    on = f"{display(view.owner)}.{display(view.object)}"
    return f"{display(GATE_SCHEMA)}.{display(view.name)} of {on} ({columns})"
