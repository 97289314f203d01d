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
from reconciler.model.logon_networks import networks_of
from reconciler.model.privileges import ON_KINDS, OWNED_BY_SYS, Entitlement, Kind, Privilege
from reconciler.oracle import deadline, gate
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
        case ArmDeadline(role=role, lease_id=lease, ending=ending):
            return (deadline.arm_statement(role, lease, target, end_of(change, at), ending),)
        case MoveDeadline(role=role, lease_id=lease, new_end=end, ending=ending):
            return (deadline.move_statement(role, lease, target, end, ending),)
        case DropDeadline(role=role):
            return (deadline.drop_statement(role),)
        case CreateTemporaryUser(user=user, profile=profile):
            return (gate.create_user(user, profile),)
        case RotatePassword(user=user):
            return (gate.set_password(user),)
        case UnlockTemporaryUser(user=user):
            return (gate.unlock_user(user),)
        case LockTemporaryUser(user=user):
            return (gate.lock_user(user),)
        case KillSessions(user=user, client=client):
            killed = gate.kill_proxy_sessions(client, user) if client else gate.kill_sessions(user)
            return (killed,)
        case DropTemporaryUser(user=user):
            return (gate.drop_user(user),)
        case CreateProfile(profile=limits):
            return (gate.create_profile(limits),)
        case SetReadOnly(user=user):
            return (gate.set_read_only(user),)
        case SetProfile(user=user, profile=name):
            return (gate.set_profile(user, name),)
        case SetLogonNetworks(user=user, networks=networks):
            return (gate.set_networks(user, networks_of(networks)),)
        case ClearLogonNetworks(user=user):
            return (gate.clear_networks(user),)
        case DropProfile(name=name):
            return (gate.drop_profile(name),)
        case CreateColumnView(view=view):
            return (_base_of_view(view), gate.create_view(view))
        case DropColumnView(name=name):
            return (gate.drop_view(name),)
        case Grant(entitlement=entitlement):
            return (_grant([entitlement]),)
        case Revoke(entitlement=entitlement):
            return (_revoke([entitlement]),)
        case Narrow(revoke=revoke, keep=keep):
            granted = [_grant(part) for part in _by_statement(keep)]
            if revoke.privilege.kind is Kind.QUOTA:
                return tuple(granted)  # a new quota takes the place of the old one
            return (_revoke([revoke]), *granted)
    assert_never(change)


def _base_of_view(view: ColumnView) -> str:
    """A view can be granted on only if its owner may pass on what it shows (ORA-01720)."""
    on = names.quote_qualified(view.owner, view.object)
    return f"GRANT SELECT ON {on} TO {names.quote(names.GATE_SCHEMA)} WITH GRANT OPTION"


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
    call = _call(entitlements, take=False)
    if call:
        return call
    text = f"GRANT {_privileges(entitlements)}{_on(entitlements)} TO {_grantees(entitlements)}"
    words = options.pop()
    if "ADMIN" in words:
        words = (
            "ADMIN",
        )  # a role takes one of its options in a statement, and this one allows more
    return text + "".join(f" WITH {word} OPTION" for word in words)


def _call(entitlements: Sequence[Entitlement], *, take: bool) -> str:
    """The call of the gatekeeper for rights that ALTER USER gives, empty for those of GRANT. Raises UnrenderableError for more than one."""
    grantee, privilege, *_ = entitlements[0]
    if privilege.kind not in (Kind.PROXY, Kind.QUOTA):
        return ""
    if len(entitlements) != 1:
        raise UnrenderableError(f"{privilege} is given by a call of its own")
    if privilege.kind is Kind.QUOTA:
        return gate.set_quota(grantee, privilege.object, "0" if take else privilege.name)
    change = gate.revoke_proxy if take else gate.grant_proxy
    return change(privilege.owner, grantee)


def _revoke(entitlements: Sequence[Entitlement]) -> str:
    """Without columns: Oracle takes a column privilege back from all columns at once (ORA-01750 otherwise)."""
    call = _call(entitlements, take=True)
    if call:
        return call
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
