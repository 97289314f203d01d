"""The closed set of steps a plan can hold. Typed effects, not SQL: the oracle room renders them, the digest is made over them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, assert_never

from reconciler.model import names
from reconciler.model.diagnostics import Origin
from reconciler.model.identities import ROLE_ONLY, ColumnView, Ending, Profile
from reconciler.model.instants import format_duration, format_instant
from reconciler.model.privileges import Entitlement, line


class Cause(enum.StrEnum):
    """Why a change is in the plan."""

    LEASE_START = "lease-start"
    LEASE_EDIT = "lease-edit"
    LEASE_END = "lease-end"
    EXTENSION = "extension"
    REPAIR = "repair"  # something of ours was missing or wrong in the database
    ORPHAN = "orphan"
    STANDING = "standing"
    STANDING_REMOVED = "standing-removed"
    ROTATION = "rotation"
    DRIFT = "drift"  # the database holds what nobody wrote down, or lost what we granted


@dataclass(frozen=True, slots=True)
class CreateLeaseRole:
    lease_id: str
    role: str
    cause: Cause = Cause.LEASE_START
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class ArmDeadline:
    """Creates the job that ends the lease. `end` is None only while a duration waits for its activation; `duration` then says how long after the plan's
    instant it ends."""

    lease_id: str
    role: str
    end: datetime | None
    duration: timedelta | None = None
    cause: Cause = Cause.LEASE_START
    origin: Origin | None = None
    ending: Ending = ROLE_ONLY


@dataclass(frozen=True, slots=True)
class MoveDeadline:
    lease_id: str
    role: str
    old_end: datetime | None
    new_end: datetime
    cause: Cause = Cause.EXTENSION
    origin: Origin | None = None
    ending: Ending = ROLE_ONLY


@dataclass(frozen=True, slots=True)
class DropDeadline:
    lease_id: str
    role: str
    cause: Cause = Cause.LEASE_END
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class DropLeaseRole:
    lease_id: str
    role: str
    cause: Cause = Cause.LEASE_END
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class CreateTemporaryUser:
    """Makes the user locked, with a password that only its requester can open. `profile` is empty for the default one."""

    lease_id: str
    user: str
    profile: str = ""
    cause: Cause = Cause.LEASE_START
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class UnlockTemporaryUser:
    """The last step of a lease's start."""

    lease_id: str
    user: str
    cause: Cause = Cause.LEASE_START
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class LockTemporaryUser:
    """The first step of a lease's end: whoever is thrown out can't come back."""

    lease_id: str
    user: str
    cause: Cause = Cause.LEASE_END
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class KillSessions:
    """Ends the sessions of `user`, on all instances; with `client`, the sessions of `client` that `user` logged on to as a proxy."""

    lease_id: str
    user: str
    client: str = ""
    cause: Cause = Cause.LEASE_END
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class DropTemporaryUser:
    """Never with CASCADE: what the user owns blocks the drop and is reported."""

    lease_id: str
    user: str
    cause: Cause = Cause.LEASE_END
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class RotatePassword:
    """Gives a service account a new password, sealed to the keys of `person`. Sessions go on; logons with the old one fail, unless the account's
    profile has a rollover time."""

    user: str
    person: str
    due: datetime
    lease_id: str = ""
    cause: Cause = Cause.ROTATION
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class CreateProfile:
    profile: Profile
    lease_id: str = ""
    cause: Cause = Cause.LEASE_START
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class SetProfile:
    """Puts a temporary user under the profile that its lease asks for; empty for the default one. Open sessions keep their limits."""

    lease_id: str
    user: str
    profile: str
    cause: Cause = Cause.REPAIR
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class SetReadOnly:
    """Lets a temporary user change nothing, whatever he is granted."""

    lease_id: str
    user: str
    cause: Cause = Cause.LEASE_START
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class SetLogonNetworks:
    """Says from which client networks, in CIDR form, a temporary user may log on, instead of those said before. Open sessions go on."""

    lease_id: str
    user: str
    networks: tuple[str, ...]
    cause: Cause = Cause.LEASE_START
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class ClearLogonNetworks:
    """Forgets the client networks of a temporary user who is gone."""

    user: str
    lease_id: str = ""
    cause: Cause = Cause.ORPHAN
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class DropProfile:
    """A profile of ours that no lease uses any more."""

    name: str
    lease_id: str = ""
    cause: Cause = Cause.LEASE_END
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class CreateColumnView:
    """Makes the view, or makes it again as it was written; who holds privileges on it keeps them (CREATE OR REPLACE VIEW)."""

    view: ColumnView
    lease_id: str = ""
    cause: Cause = Cause.LEASE_START
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class DropColumnView:
    """A view of ours that nobody may read any more."""

    name: str
    lease_id: str = ""
    cause: Cause = Cause.LEASE_END
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    entitlement: Entitlement
    cause: Cause
    lease_id: str = ""
    origin: Origin | None = None


class Cascade(NamedTuple):
    """A grant that Oracle takes along, because `grantor` made it through the grant option that goes. `kept` says that the grantee keeps the access: it is
    granted by the owner before, or held otherwise."""

    entitlement: Entitlement
    grantor: str
    kept: bool


@dataclass(frozen=True, slots=True)
class Revoke:
    """`grantor` is who made the grant: empty for system privileges and roles, which have none. `cascades` are the grants that go along."""

    entitlement: Entitlement
    cause: Cause
    grantor: str = ""
    lease_id: str = ""
    origin: Origin | None = None
    cascades: tuple[Cascade, ...] = ()


@dataclass(frozen=True, slots=True)
class Narrow:
    """Revokes a whole privilege and grants back the smaller part at once, because Oracle has no other way (columns, an option alone): for a
    moment the access is gone. `revoke` is what goes (columns left out), `keep` what comes back, `grantor` and `cascades` as in
    Revoke."""

    revoke: Entitlement
    keep: tuple[Entitlement, ...]
    cause: Cause
    lease_id: str = ""
    origin: Origin | None = None
    grantor: str = ""
    cascades: tuple[Cascade, ...] = ()


Change = (
    CreateLeaseRole
    | ArmDeadline
    | MoveDeadline
    | DropDeadline
    | DropLeaseRole
    | CreateTemporaryUser
    | UnlockTemporaryUser
    | LockTemporaryUser
    | KillSessions
    | DropTemporaryUser
    | RotatePassword
    | CreateProfile
    | SetProfile
    | SetLogonNetworks
    | ClearLogonNetworks
    | SetReadOnly
    | DropProfile
    | CreateColumnView
    | DropColumnView
    | Grant
    | Revoke
    | Narrow
)


def effect_line(change: Change) -> str:
    """What the change does, on one line without times of day that differ from run to run and without its place in a file: the plan's digest is made of
    these."""
    match change:
        case CreateLeaseRole(lease_id=lease, role=role):
            return f"create-role\t{role}\t{lease}"
        case ArmDeadline(lease_id=lease, role=role, end=end, duration=duration, ending=ending):
            when = format_instant(end) if end else f"+{format_duration(duration or timedelta())}"
            return _joined("arm-deadline", role, lease, when, *_ending_fields(ending))
        case MoveDeadline(lease_id=lease, role=role, new_end=end, ending=ending):
            when = format_instant(end)
            return _joined("move-deadline", role, lease, when, *_ending_fields(ending))
        case DropDeadline(lease_id=lease, role=role):
            return f"drop-deadline\t{role}\t{lease}"
        case DropLeaseRole(lease_id=lease, role=role):
            return f"drop-role\t{role}\t{lease}"
        case CreateTemporaryUser(lease_id=lease, user=user, profile=profile):
            return _joined("create-user", user, lease, profile)
        case UnlockTemporaryUser(lease_id=lease, user=user):
            return _joined("unlock-user", user, lease)
        case LockTemporaryUser(lease_id=lease, user=user):
            return _joined("lock-user", user, lease)
        case KillSessions(lease_id=lease, user=user, client=client):
            return _joined("kill-sessions", user, lease, client)
        case DropTemporaryUser(lease_id=lease, user=user):
            return _joined("drop-user", user, lease)
        case RotatePassword(user=user, person=person, due=due):
            return _joined("rotate-password", user, person, format_instant(due))
        case CreateProfile(profile=profile):
            return _joined("create-profile", profile.name)
        case SetReadOnly(lease_id=lease, user=user):
            return _joined("set-read-only", user, lease)
        case SetProfile(lease_id=lease, user=user, profile=name):
            return _joined("set-profile", user, lease, name)
        case SetLogonNetworks(lease_id=lease, user=user, networks=networks):
            return _joined("set-networks", user, lease, *networks)
        case ClearLogonNetworks(user=user):
            return _joined("clear-networks", user)
        case DropProfile(name=name):
            return _joined("drop-profile", name)
        case CreateColumnView(view=view):
            return _joined("create-view", view.name, view.owner, view.object, *view.columns)
        case DropColumnView(name=name):
            return _joined("drop-view", name)
        case Grant(entitlement=entitlement):
            return f"grant\t{line(entitlement)}"
        case Revoke(entitlement=entitlement, grantor=grantor):
            return f"revoke\t{line(entitlement)}\t{grantor}"
        case Narrow(revoke=revoke, keep=keep, grantor=grantor):
            return "\t".join(("narrow", line(revoke), grantor, *sorted(map(line, keep))))
        case _:
            assert_never(change)


def _joined(*fields: str) -> str:
    return "\t".join(fields)


def _ending_fields(ending: Ending) -> tuple[str, ...]:
    """Nothing for a lease that ends with its role, so that its digest says no more than it must."""
    if not any(ending):
        return ()
    return (ending.temporary_user, ending.kill_sessions_of, *map(line, ending.direct))


def cascade_lines(change: Change) -> list[str]:
    """What goes along with the change: the digest covers it, and the effect of the change itself is the same without."""
    cascades = change.cascades if isinstance(change, Revoke | Narrow) else ()
    return [f"cascade\t{line(row.entitlement)}\t{row.grantor}" for row in cascades]


def is_removal(change: Change) -> bool:
    """Whether the removal brake counts it: revokes of standing access. Ends and edits of leases don't count."""
    return isinstance(change, Revoke | Narrow) and change.cause in (
        Cause.STANDING_REMOVED,
        Cause.DRIFT,
    )


def is_clean_up(change: Change) -> bool:
    """Whether it takes away what column views leave: the view, and what its owner could read for it."""
    if isinstance(change, DropColumnView):
        return True
    return isinstance(change, Revoke) and change.entitlement.grantee == names.GATE_SCHEMA
