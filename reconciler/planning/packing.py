"""Packs changes into as few statements as Oracle allows, in waves that can each be sent in one go.

One GRANT or REVOKE takes one object, many privileges and many grantees; system privileges and roles go together without an object. A statement is all or
nothing, so execution splits a unit that failed into one statement a change, to find the culprit and do the rest.

A wave needs nothing of a later wave. Within a wave order does not matter, except that a unit may be one of several for the same lease.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.model import names
from reconciler.model.changes import (
    ArmDeadline,
    Cause,
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
from reconciler.model.privileges import Entitlement, Kind, Privilege
from reconciler.planning.holdings import subject

MAX_GRANTEES = 100
MAX_PRIVILEGES = 100
"""With names of 128 bytes, both at their most still fit the 32,767 bytes that EXECUTE IMMEDIATE takes."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What is sent as one piece: grants, or revokes, that one statement can say (all privileges to all grantees), or one change of another kind."""

    wave: int
    changes: tuple[Change, ...]


def pack(changes: Sequence[Change]) -> list[Unit]:
    """The units in the order to send them; each change is in exactly one."""
    waves: dict[int, list[Change]] = defaultdict(list)
    for change in changes:
        waves[wave_of(change)].append(change)
    return [unit for wave in sorted(waves) for unit in _pack_wave(wave, waves[wave])]


class Wave(enum.IntEnum):
    """Ends of leases (lock, kill, revoke, drop), then running and new leases, then standing access, then what nobody uses any more."""

    LOCK = enum.auto()
    KILL_LOCKED = enum.auto()
    TAKE = enum.auto()
    TAKE_ROLE = enum.auto()
    KILL = enum.auto()
    DROP_USER = enum.auto()
    DROP_ROLE = enum.auto()
    DROP_DEADLINE = enum.auto()
    MAKE = enum.auto()
    ARM = enum.auto()
    MAKE_USER = enum.auto()
    LIMIT_USER = enum.auto()
    LEASE_REVOKE = enum.auto()
    LEASE_NARROW = enum.auto()
    LEASE_GRANT = enum.auto()
    GIVE_ROLE = enum.auto()
    UNLOCK = enum.auto()
    GRANT = enum.auto()
    NARROW = enum.auto()
    REVOKE = enum.auto()
    ROTATE = enum.auto()
    CLEAN_UP = enum.auto()
    CLEAN_UP_BELOW = enum.auto()


def wave_of(change: Change) -> int:
    """When the change runs: a `Wave`."""
    match change:
        case Revoke(entitlement=Entitlement(grantee=names.GATE_SCHEMA)):
            return Wave.CLEAN_UP_BELOW
        case Revoke(cause=Cause.LEASE_END | Cause.ORPHAN, entitlement=entitlement):
            itself = _is_lease_role_itself(change, entitlement.privilege)
            return Wave.TAKE_ROLE if itself else Wave.TAKE
        case Grant(entitlement=entitlement) if change.lease_id:
            itself = _is_lease_role_itself(change, entitlement.privilege)
            return Wave.GIVE_ROLE if itself else Wave.LEASE_GRANT
        case Revoke():
            return Wave.LEASE_REVOKE if change.lease_id else Wave.REVOKE
        case Narrow():
            return Wave.LEASE_NARROW if change.lease_id else Wave.NARROW
        case KillSessions(user=user):
            temporary = user.startswith(names.USER_PREFIX)
            return Wave.KILL_LOCKED if temporary else Wave.KILL
        case _:
            return _WAVES[type(change)]


_WAVES: Mapping[type[Change], Wave] = {
    LockTemporaryUser: Wave.LOCK,
    DropTemporaryUser: Wave.DROP_USER,
    DropLeaseRole: Wave.DROP_ROLE,
    DropDeadline: Wave.DROP_DEADLINE,
    CreateLeaseRole: Wave.MAKE,
    MoveDeadline: Wave.MAKE,
    CreateProfile: Wave.MAKE,
    CreateColumnView: Wave.MAKE,
    ArmDeadline: Wave.ARM,
    CreateTemporaryUser: Wave.MAKE_USER,
    SetProfile: Wave.LIMIT_USER,
    SetReadOnly: Wave.LIMIT_USER,
    SetLogonNetworks: Wave.LIMIT_USER,
    UnlockTemporaryUser: Wave.UNLOCK,
    Grant: Wave.GRANT,
    RotatePassword: Wave.ROTATE,
    DropColumnView: Wave.CLEAN_UP,
    DropProfile: Wave.CLEAN_UP,
    ClearLogonNetworks: Wave.CLEAN_UP,
}


def _is_lease_role_itself(change: Grant | Revoke, privilege: Privilege) -> bool:
    return privilege.kind is Kind.ROLE and privilege.name == names.lease_role(change.lease_id)


def _pack_wave(wave: int, changes: Sequence[Change]) -> Iterator[Unit]:
    groups: dict[tuple[object, ...], list[Grant | Revoke]] = {}
    for change in changes:
        if isinstance(change, Grant | Revoke) and _shares_statements(change):
            groups.setdefault(_together(change), []).append(change)
        else:
            yield Unit(wave, (change,))
    for group in groups.values():
        yield from _pack_group(wave, group)


def _shares_statements(change: Grant | Revoke) -> bool:
    """Proxy rights and quotas are given by a call each, the others by GRANT."""
    return change.entitlement.privilege.kind not in (Kind.PROXY, Kind.QUOTA)


def _together(change: Grant | Revoke) -> tuple[object, ...]:
    """Changes that may share a statement have this in common."""
    privilege = change.entitlement.privilege
    kind = "schema" if privilege.kind is Kind.SCHEMA else privilege.on
    where = (kind, privilege.owner, privilege.object)
    if isinstance(change, Grant):
        return ("grant", *where, change.entitlement.options)
    return ("revoke", *where, change.grantor)


def _pack_group(wave: int, group: Sequence[Grant | Revoke]) -> Iterator[Unit]:
    by_grantee: dict[str, dict[Privilege, list[Grant | Revoke]]] = {}
    for change in group:
        by_privilege = by_grantee.setdefault(change.entitlement.grantee, {})
        by_privilege.setdefault(_named(change), []).append(change)
    same: dict[tuple[Privilege, ...], list[str]] = defaultdict(list)
    for grantee, of_grantee in by_grantee.items():
        ordered = tuple(sorted(of_grantee))
        for start in range(0, len(ordered), MAX_PRIVILEGES):
            same[ordered[start : start + MAX_PRIVILEGES]].append(grantee)
    for privileges, grantees in same.items():
        for start in range(0, len(grantees), MAX_GRANTEES):
            some = tuple(sorted(grantees)[start : start + MAX_GRANTEES])
            covered = tuple(
                change
                for grantee in some
                for privilege in privileges
                for change in by_grantee[grantee][privilege]
            )
            yield Unit(wave, covered)


def _named(change: Grant | Revoke) -> Privilege:
    """The privilege as the statement names it."""
    privilege = change.entitlement.privilege
    return privilege if isinstance(change, Grant) else subject(privilege)
