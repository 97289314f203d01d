"""Changes as SQL text. What `plan` prints is what runs: both come from here.

No text reaches SQL except through the model's quoting functions and the list of words a privilege may be made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import assert_never

from reconciler.model import names
from reconciler.model.changes import (
    ArmDeadline,
    Change,
    CreateLeaseRole,
    DropDeadline,
    DropLeaseRole,
    Grant,
    MoveDeadline,
    Narrow,
    Revoke,
)
from reconciler.model.privileges import ON_KINDS, OWNED_BY_SYS, Entitlement, Kind, Privilege
from reconciler.oracle import deadline
from reconciler.oracle.units import StatementUnit

_PRIVILEGE = re.compile(r"[A-Z][A-Z0-9_]*(?: [A-Z0-9_]+)*\Z")


class UnrenderableError(ValueError):
    """A change no statement exists for; a planning mistake, not the user's."""


def render(change: Change, *, target: str, at: datetime) -> tuple[str, ...]:
    """The statements of one change, in the order they run. `at` is the plan's instant: a duration that waits for its activation counts from it.

    Raises InvalidNameError for a name no identifier can have, UnrenderableError.
    """
    match change:
        case CreateLeaseRole(role=role):
            return (f"CREATE ROLE {names.quote(role)}",)
        case DropLeaseRole(role=role):
            return (f"DROP ROLE {names.quote(role)}",)
        case ArmDeadline(role=role, lease_id=lease):
            return (deadline.arm_statement(role, lease, target, end_of(change, at)),)
        case MoveDeadline(role=role, lease_id=lease, new_end=end):
            return (deadline.move_statement(role, lease, target, end),)
        case DropDeadline(role=role):
            return (deadline.drop_statement(role),)
        case Grant(entitlement=entitlement):
            return (_grant([entitlement]),)
        case Revoke(entitlement=entitlement):
            return (_revoke([entitlement]),)
        case Narrow(revoke=revoke, keep=keep):
            return (_revoke([revoke]), *(_grant(part) for part in _by_statement(keep)))
    assert_never(change)


def end_of(change: ArmDeadline, at: datetime) -> datetime:
    """When the lease ends: written down, or its duration after `at`. Raises UnrenderableError when neither is there (never "no end")."""
    if change.end is not None:
        return change.end
    if change.duration is None:
        raise UnrenderableError(f"the deadline of lease {change.lease_id} has no end")
    return at + change.duration


def render_unit(unit: StatementUnit, *, target: str, at: datetime) -> tuple[str, ...]:
    """The statements of a unit: one for packed grants or revokes, those of `render` for a single change."""
    changes = unit.changes
    if len(changes) == 1:
        return render(changes[0], target=target, at=at)
    if all(isinstance(change, Grant) for change in changes):
        return (_grant([change.entitlement for change in changes if isinstance(change, Grant)]),)
    if all(isinstance(change, Revoke) for change in changes):
        return (_revoke([change.entitlement for change in changes if isinstance(change, Revoke)]),)
    raise UnrenderableError("only grants, or only revokes, go into one statement")


def _grant(entitlements: Sequence[Entitlement]) -> str:
    options = {entitlement.options for entitlement in entitlements}
    if len(options) != 1:
        raise UnrenderableError("one statement cannot grant with and without its option")
    text = f"GRANT {_privileges(entitlements)}{_on(entitlements)} TO {_grantees(entitlements)}"
    return text + "".join(f" WITH {word} OPTION" for word in options.pop())


def _revoke(entitlements: Sequence[Entitlement]) -> str:
    """Without columns: Oracle takes a column privilege back from all columns at once (ORA-01750 otherwise)."""
    whole = [
        entitlement._replace(privilege=_whole(entitlement.privilege))
        for entitlement in entitlements
    ]
    return f"REVOKE {_privileges(whole)}{_on(whole)} FROM {_grantees(whole)}"


def _whole(privilege: Privilege) -> Privilege:
    if privilege.kind is Kind.COLUMN:
        return privilege._replace(kind=Kind.OBJECT, column="")
    return privilege


def _privileges(entitlements: Sequence[Entitlement]) -> str:
    """The list after GRANT or REVOKE. Raises UnrenderableError unless every grantee is to have every privilege in it: a statement has no other
    meaning."""
    privileges = list(dict.fromkeys(entitlement.privilege for entitlement in entitlements))
    grantees = {entitlement.grantee for entitlement in entitlements}
    pairs = {(entitlement.grantee, entitlement.privilege) for entitlement in entitlements}
    if len(pairs) != len(privileges) * len(grantees):
        raise UnrenderableError("one statement gives every privilege in it to every grantee")
    return ", ".join(_words(privileges))


def _words(privileges: Iterable[Privilege]) -> list[str]:
    columns: dict[str, list[str]] = {}
    words: dict[str, str] = {}
    for privilege in privileges:
        match privilege.kind:
            case Kind.ROLE:
                word = names.quote(privilege.name)
                words[word] = word
            case Kind.COLUMN:
                columns.setdefault(system_privilege(privilege.name), []).append(
                    names.quote(privilege.column)
                )
                words[f"{privilege.name} ()"] = ""
            case Kind.SYSTEM | Kind.OBJECT | Kind.SCHEMA:
                word = system_privilege(privilege.name)
                words[word] = word
            case Kind.PROXY | Kind.QUOTA:
                raise UnrenderableError(f"{privilege} is not given by GRANT")
    for keyword, listed in columns.items():
        words[f"{keyword} ()"] = f"{keyword} ({', '.join(listed)})"
    return list(words.values())


def system_privilege(name: str) -> str:
    """A privilege is words of the language, not an identifier: it cannot be quoted, so it must look like one."""
    if not _PRIVILEGE.match(name):
        raise UnrenderableError(f"{name!r} does not look like the name of a privilege")
    return name


def _on(entitlements: Sequence[Entitlement]) -> str:
    places = {_place(entitlement.privilege) for entitlement in entitlements}
    if len(places) != 1:
        raise UnrenderableError("one statement is about one object")
    return places.pop()


def _place(privilege: Privilege) -> str:
    match privilege.kind:
        case Kind.SYSTEM | Kind.ROLE | Kind.PROXY | Kind.QUOTA:
            return ""
        case Kind.SCHEMA:
            return f" ON SCHEMA {names.quote(privilege.owner)}"
        case Kind.OBJECT | Kind.COLUMN:
            return f" ON {_object(privilege)}"
    assert_never(privilege.kind)


def _object(privilege: Privilege) -> str:
    """What stands after ON. Raises UnrenderableError for a kind of object that GRANT has no words for."""
    if not privilege.on:
        return names.quote_qualified(privilege.owner, privilege.object)
    if privilege.on not in ON_KINDS:
        raise UnrenderableError(f"{privilege.on!r} is no kind of object")
    if privilege.on in OWNED_BY_SYS:
        return f"{privilege.on} {names.quote(privilege.object)}"
    return f"{privilege.on} {names.quote_qualified(privilege.owner, privilege.object)}"


def _grantees(entitlements: Sequence[Entitlement]) -> str:
    return ", ".join(
        names.quote(grantee)
        for grantee in dict.fromkeys(entitlement.grantee for entitlement in entitlements)
    )


def _by_statement(keep: Sequence[Entitlement]) -> list[list[Entitlement]]:
    """What a narrowing grants back, as few statements as its options and grantees allow."""
    groups: dict[tuple[str, tuple[str, ...], str], list[Entitlement]] = {}
    for entitlement in keep:
        key = (entitlement.grantee, entitlement.options, _place(entitlement.privilege))
        groups.setdefault(key, []).append(entitlement)
    return list(groups.values())
