"""Policies applied to access requests. Without a policy for a target nobody may ask for anything on it (fail closed).

Of several policies for a target every rule holds, so the smallest `maxDuration` decides. Caps count from the first start of a request, and
are applied again whenever its end moves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import assert_never

from reconciler.model import names
from reconciler.model.diagnostics import Diagnostic, Origin, ordered
from reconciler.model.documents import (
    Access,
    AccessRequest,
    BundleAccess,
    Documents,
    ManyObjectsAccess,
    ObjectAccess,
    Policy,
    ProxyAccess,
    QuotaAccess,
    RoleAccess,
    SchemaAccess,
    SystemAccess,
    Target,
)
from reconciler.model.identities import IdentityKind
from reconciler.model.instants import format_duration, format_instant

MAX_TICKET_LENGTH = 64
"""Longer tickets match no pattern. Together with the form that the schema asks of patterns it bounds the time of a match."""

_ROLE = "role:"
_PROXY = "CONNECT THROUGH"
"""A proxy has all rights of its client, which documents do not list: what a policy can forbid is the proxy itself."""


@dataclass(frozen=True, slots=True)
class Cap:
    """The longest time that a request may hold on a target, and the policy that says so.

    `duration` is None when no policy covers the target: then nothing may be granted there.
    """

    duration: timedelta | None = None
    policy: str = ""
    origin: Origin | None = None


def covering(target: Target, documents: Documents) -> tuple[Policy, ...]:
    """The policies that select the target, by name."""
    return tuple(
        policy for _, policy in sorted(documents.policies.items()) if policy.targets.selects(target)
    )


def cap_for(request: AccessRequest, target: Target, documents: Documents) -> Cap:
    """The smallest cap of the policies that cover the target; no duration if none does, or the request does not name the target."""
    policies = covering(target, documents) if request.targets.selects(target) else ()
    if not policies:
        return Cap()
    strictest = min(policies, key=lambda policy: (policy.max_duration, policy.name))
    return Cap(strictest.max_duration, strictest.name, strictest.origin)


def check_request(request: AccessRequest, documents: Documents) -> tuple[Diagnostic, ...]:
    """Everything about the request that the policies of its targets do not allow, each with the policy's place. Nothing about one that was ended by an
    edit: it asks for nothing any more, and a policy that became stricter must not stand in the way of its end.

    A request with `until` but no `start` has no length yet: `check_extension` judges it when its first start is known.
    """
    if request.ended:
        return ()
    found: list[Diagnostic] = []
    concerned: dict[str, Policy] = {}
    for target in documents.targets.values():
        if not request.targets.selects(target):
            continue
        policies = covering(target, documents)
        if not policies:
            found.append(_uncovered(request, target))
        concerned.update({policy.name: policy for policy in policies})
        found.extend(_check_length(request, cap_for(request, target, documents)))
    wanted = [(item.origin, _wanted(item, documents)) for item in request.access]
    if request.identity is IdentityKind.PROXY:
        wanted.append((request.user_origin, (_PROXY,)))
    for policy in concerned.values():
        found.extend(_check(request, policy, documents))
        found.extend(_check_access(wanted, policy))
    return ordered(found)


def check_extension(
    first_start: datetime, end: datetime, cap: Cap, origin: Origin | None = None
) -> Diagnostic | None:
    """A finding if a lease that first began at `first_start` may not last until `end`. `origin` is the place of the window."""
    length = end - first_start
    if cap.duration is not None and length <= cap.duration:
        return None
    if cap.duration is None or cap.origin is None:
        return Diagnostic("policy.none", "no policy covers the target any more", origin)
    latest = format_instant(first_start + cap.duration)
    return Diagnostic(
        "policy.too-long",
        f"the end is {format_duration(length)} after the first start {format_instant(first_start)};"
        f" policy {cap.policy} allows {format_duration(cap.duration)}",
        origin,
        hint=f"It may end at {latest} at the latest; for longer access write a new request.",
        related=(cap.origin,),
    )


def check_changed(
    request: AccessRequest, changed_at: datetime, documents: Documents
) -> tuple[Diagnostic, ...]:
    """What only counts for a request that is new or edited: its end must come after the edit, and an `until` without `start`, which
    counts from the merge, must be within the cap of the edit. `changed_at` is the time of the commit, so the verdict on a commit stays.
    """
    if request.ended:
        return ()
    end = _known_end(request)
    if end is not None and end <= changed_at:
        return (
            Diagnostic(
                "window.past",
                f"the window ends at {format_instant(end)}, before this change was written ({format_instant(changed_at)})",
                request.window.origin,
                hint="Give it an end in the future; a lease that has ended does not come back, so a new request needs a new name.",
            ),
        )
    if request.window.start is not None or end is None:
        return ()
    caps = [cap_for(request, target, documents) for target in documents.targets.values()]
    findings = [
        check_extension(changed_at, end, cap, request.window.origin)
        for cap in caps
        if cap.duration is not None
    ]
    return ordered(finding for finding in findings if finding)


def _known_end(request: AccessRequest) -> datetime | None:
    window = request.window
    if window.until is not None:
        return window.until
    if window.start is not None and window.duration is not None:
        return window.start + window.duration
    return None


def _length(request: AccessRequest) -> timedelta | None:
    window = request.window
    if window.duration is not None:
        return window.duration
    if window.start is not None and window.until is not None:
        return window.until - window.start
    return None


def _uncovered(request: AccessRequest, target: Target) -> Diagnostic:
    return Diagnostic(
        "policy.none",
        f"no policy covers {target.name}, so nobody may ask for access to it",
        request.targets.origin,
        hint="Write a policy whose `targets` select it.",
        related=(target.origin,),
    )


def _check_length(request: AccessRequest, cap: Cap) -> Iterator[Diagnostic]:
    length = _length(request)
    if length is None or cap.duration is None or cap.origin is None or length <= cap.duration:
        return
    longest = format_duration(cap.duration)
    passes = f"`duration: {longest}`"
    if request.window.start is not None and request.window.until is not None:
        passes = f"`until: {format_instant(request.window.start + cap.duration)}`"
    yield Diagnostic(
        "policy.too-long",
        f"{format_duration(length)} is longer than the {longest} that policy {cap.policy} allows",
        request.window.origin,
        hint=f"{passes} would pass.",
        related=(cap.origin,),
    )


def _check(request: AccessRequest, policy: Policy, documents: Documents) -> Iterator[Diagnostic]:
    if policy.requesters and not _may_ask(request.requester, policy, documents):
        yield Diagnostic(
            "policy.requester",
            f"policy {policy.name} does not let {request.requester} ask",
            request.origin,
            hint=f"Those who may: {', '.join(policy.requesters)}.",
            related=(policy.origin,),
        )
    if len(request.reason) < policy.min_reason_length:
        yield Diagnostic(
            "policy.reason",
            f"the reason has {len(request.reason)} characters; policy {policy.name} wants at least {policy.min_reason_length}",
            request.origin,
            hint="Say what is to be done, and why it needs this access.",
            related=(policy.origin,),
        )
    yield from _check_ticket(request, policy)


def _may_ask(requester: str, policy: Policy, documents: Documents) -> bool:
    return any(
        name == requester
        or (name in documents.teams and requester in documents.teams[name].members)
        for name in policy.requesters
    )


def _check_ticket(request: AccessRequest, policy: Policy) -> Iterator[Diagnostic]:
    if not policy.ticket_pattern:
        return
    ticket = request.ticket
    if len(ticket) <= MAX_TICKET_LENGTH and re.fullmatch(policy.ticket_pattern, ticket):
        return
    yield Diagnostic(
        "policy.ticket",
        f"the ticket {ticket} does not have the form that policy {policy.name} asks for"
        if ticket
        else f"policy {policy.name} asks for a ticket",
        request.origin,
        hint=f"Form: {policy.ticket_pattern}",
        related=(policy.origin,),
    )


def _check_access(
    wanted: Iterable[tuple[Origin, tuple[str, ...]]], policy: Policy
) -> Iterator[Diagnostic]:
    for origin, privileges in wanted:
        for name in privileges:
            forbidden = next((one for one in policy.forbidden if _forbids(one, name)), None)
            if forbidden is not None:
                yield Diagnostic(
                    "policy.forbidden",
                    f"policy {policy.name} forbids {name} (`{forbidden}`)",
                    origin,
                    related=(policy.origin,),
                )


def _wanted(item: Access, documents: Documents) -> tuple[str, ...]:
    """Names of the privileges, `role:NAME` for roles."""
    match item:
        case SystemAccess(privilege=name):
            return (name,)
        case RoleAccess(role=role):
            return (_ROLE + role,)
        case ObjectAccess() | ManyObjectsAccess() | SchemaAccess():
            return item.privileges
        case QuotaAccess():
            return ("QUOTA",)
        case ProxyAccess():
            return (_PROXY,)
        case BundleAccess(bundle=name):
            bundle = documents.bundles.get(name)
            inner = bundle.access if bundle else ()
            return tuple(wanted for one in inner for wanted in _wanted(one, documents))
        case _:
            assert_never(item)


@lru_cache(maxsize=4096)
def _forbids(forbidden: str, wanted: str) -> bool:
    if forbidden.startswith(_ROLE) != wanted.startswith(_ROLE):
        return False
    if "*" not in forbidden:
        return forbidden == wanted
    return names.matches(forbidden, wanted)
