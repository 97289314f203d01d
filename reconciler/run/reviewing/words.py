"""Requests, their edits and their ends in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from reconciler.model import names
from reconciler.model.documents import (
    Access,
    AccessRequest,
    BundleAccess,
    Documents,
    ManyObjectsAccess,
    ObjectAccess,
    ProxyAccess,
    QuotaAccess,
    RoleAccess,
    SchemaAccess,
    SystemAccess,
)
from reconciler.model.identities import IdentityKind
from reconciler.model.instants import format_duration, format_instant
from reconciler.model.privileges import on_object, readable_size


def access_words(item: Access) -> str:
    """`SELECT, UPDATE (SALARY) on HR.EMPLOYEES with grant option`."""
    match item:
        case BundleAccess(bundle=name):
            return f"bundle {name}"
        case ObjectAccess(privileges=given, columns=columns):
            place = on_object("", item.owner, item.object, item.on).place
            shown = f" ({', '.join(map(names.display, columns))})" if columns else ""
            return f"{', '.join(given)}{shown} on {place}{_options(item, 'grant')}"
        case ManyObjectsAccess(privileges=given, types=types):
            which = f" ({', '.join(types)})" if types else ""
            return f"{', '.join(given)} on {item.subject}{which}{_options(item, 'grant')}"
        case SchemaAccess(privileges=given, schema=schema):
            on = f"on schema {names.display(schema)}"
            return f"{', '.join(given)} {on}{_options(item, 'admin')}"
        case RoleAccess(role=role):
            delegate = " with delegate option" if item.with_delegate else ""
            return f"role {names.display(role)}{_options(item, 'admin')}{delegate}"
        case SystemAccess(privilege=name):
            return f"{name}{_options(item, 'admin')}"
        case QuotaAccess(tablespace=tablespace, size=size):
            return f"quota {readable_size(size)} on {names.display(tablespace)}"
        case ProxyAccess(client=client):
            return f"CONNECT THROUGH {names.display(client)}"
        case _:
            assert_never(item)


def _options(
    item: ObjectAccess | ManyObjectsAccess | SchemaAccess | RoleAccess | SystemAccess, name: str
) -> str:
    hierarchy = isinstance(item, ObjectAccess | ManyObjectsAccess) and item.with_hierarchy
    option = f" with {name} option" if item.with_option else ""
    return option + (" with hierarchy option" if hierarchy else "")


def bundle_words(item: Access, documents: Documents) -> Iterator[str]:
    """The item in words; a bundle with what is in it, so that nobody has to look it up."""
    words = access_words(item)
    bundle = documents.bundles.get(item.bundle) if isinstance(item, BundleAccess) else None
    inside = "; ".join(map(access_words, bundle.access)) if bundle else ""
    yield f"{words}: {inside}" if inside else words


def grantee_words(request: AccessRequest) -> str:
    """Who works in the database: `ALICE`, `ALICE as HR_APP`, `JITU_FIX, made for this lease`."""
    user = names.display(request.user)
    match request.identity:
        case IdentityKind.TEMPORARY:
            return f"{user}, made for this lease"
        case IdentityKind.PROXY:
            return f"{user} as {names.display(request.client)}"
        case IdentityKind.EXISTING:
            return user
        case _:
            assert_never(request.identity)


def end_words(request: AccessRequest) -> Iterator[str]:
    """What goes at the end, and by whose hand."""
    role, user = names.display(names.lease_role(request.name)), names.display(request.user)
    yield f"The job {role} inside the database takes the rights away, even if nothing outside is alive"
    match request.identity:
        case IdentityKind.TEMPORARY:
            yield f"{user} is locked, the sessions are killed, and the user is dropped"
        case IdentityKind.PROXY:
            client = names.display(request.client)
            yield f"{user} cannot log on as {client} any more, and such sessions are killed"
        case IdentityKind.EXISTING if request.session.kill:
            yield f"All sessions of {user} are killed"
        case IdentityKind.EXISTING:
            yield f"Sessions of {user} go on without these rights"
        case _:
            assert_never(request.identity)


def edit_words(old: AccessRequest, new: AccessRequest, documents: Documents) -> Iterator[str]:
    """What an edit changes, one sentence each."""
    if new.ended and not old.ended:
        yield "Ends now, before its time"
        return
    if old.ended and not new.ended:
        yield "`ended` is taken back; a lease that has ended does not come back"
    yield from _window_words(old, new)
    before = {words for item in old.access for words in bundle_words(item, documents)}
    after = {words for item in new.access for words in bundle_words(item, documents)}
    yield from (f"More access: {words}" for words in sorted(after - before))
    yield from (f"Less access: {words}" for words in sorted(before - after))
    pairs = (
        ("Requester", old.requester, new.requester),
        ("Database user", grantee_words(old), grantee_words(new)),
        ("Targets", _targets(old), _targets(new)),
        ("Reason", old.reason, new.reason),
        ("Ticket", old.ticket or "none", new.ticket or "none"),
    )
    yield from (f"{what}: {one} -> {two}" for what, one, two in pairs if one != two)
    if old.session != new.session:
        yield "Limits of its sessions change"


def _window_words(old: AccessRequest, new: AccessRequest) -> Iterator[str]:
    one, two = old.window, new.window
    if one.start != two.start:
        was = format_instant(one.start) if one.start else "at once"
        now = format_instant(two.start) if two.start else "at once"
        yield f"Starts {now} instead of {was}"
    if one.until and two.until and one.until != two.until:
        longer = two.until > one.until
        by = format_duration(abs(two.until - one.until))
        yield f"{'Extension' if longer else 'Shorter'} by {by}: until {format_instant(two.until)}"
    elif one.duration and two.duration and one.duration != two.duration:
        longer = two.duration > one.duration
        by = format_duration(abs(two.duration - one.duration))
        lasts = f"{format_duration(two.duration)} instead of {format_duration(one.duration)}"
        yield f"{'Extension' if longer else 'Shorter'} by {by}: {lasts}"
    elif (one.until, one.duration) != (two.until, two.duration):
        end = format_instant(two.until) if two.until else format_duration(two.duration)  # type: ignore[arg-type]
        yield f"Its end is written in another way: {end}"


def _targets(request: AccessRequest) -> str:
    chosen = request.targets
    labels = (f"{key}={value}" for key, value in sorted(chosen.labels.items()))
    return ", ".join((*chosen.names, *labels))
