"""Packs changes into as few statements as Oracle allows, in waves that can each be sent in one go.

One GRANT or REVOKE takes one object, many privileges and many grantees; system privileges and roles go together without an object. A statement is all or
nothing, so execution splits a unit that failed into one statement a change, to find the culprit and do the rest.

A wave needs nothing of a later wave. Within a wave order does not matter, except that a unit may be one of several for the same lease.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from reconciler.model import names
from reconciler.model.changes import (
    ArmDeadline,
    Cause,
    Change,
    CreateLeaseRole,
    DropDeadline,
    DropLeaseRole,
    Grant,
    MoveDeadline,
    Narrow,
    Revoke,
)
from reconciler.model.privileges import Kind, Privilege
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


def wave_of(change: Change) -> int:
    """Ends of leases, then running and new leases, then standing access."""
    match change:
        case Revoke(cause=Cause.LEASE_END | Cause.ORPHAN, entitlement=entitlement):
            return 1 if _is_lease_role_itself(change, entitlement.privilege) else 0
        case DropLeaseRole():
            return 2
        case DropDeadline():
            return 3
        case CreateLeaseRole() | MoveDeadline():
            return 4
        case ArmDeadline():
            return 5
        case Revoke() if change.lease_id:
            return 6
        case Narrow() if change.lease_id:
            return 7
        case Grant(entitlement=entitlement) if change.lease_id:
            return 9 if _is_lease_role_itself(change, entitlement.privilege) else 8
        case Grant():
            return 10
        case Narrow():
            return 11
        case Revoke():
            return 12
        case _:
            assert_never(change)


def _is_lease_role_itself(change: Grant | Revoke, privilege: Privilege) -> bool:
    return privilege.kind is Kind.ROLE and privilege.name == names.lease_role(change.lease_id)


def _pack_wave(wave: int, changes: Sequence[Change]) -> Iterator[Unit]:
    groups: dict[tuple[object, ...], list[Grant | Revoke]] = {}
    for change in changes:
        if isinstance(change, Grant | Revoke):
            groups.setdefault(_together(change), []).append(change)
        else:
            yield Unit(wave, (change,))
    for group in groups.values():
        yield from _pack_group(wave, group)


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
