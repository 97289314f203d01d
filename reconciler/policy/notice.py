"""How long before its start a request must be merged. Judged for new and edited requests only, from the time of the change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from reconciler.model.diagnostics import Diagnostic, Origin
from reconciler.model.documents import AccessRequest, Documents, Policy, Target
from reconciler.model.instants import format_duration, format_instant
from reconciler.model.policies import Notice
from reconciler.policy.covering import covering
from reconciler.policy.exceptions import Found, is_excepted

TOO_SHORT = "policy.notice-too-short"
TOO_LONG = "policy.notice-too-long"

_NOWHERE = Origin("")


def check_notice(
    request: AccessRequest, changed_at: datetime, policies: tuple[Policy, ...]
) -> Iterator[Found]:
    """Findings about a written start that comes too soon or too late after the change; without one, access begins when the notice is over."""
    start = request.window.start
    for policy in policies:
        if start is None or policy.notice is None:
            continue
        ahead = start - changed_at
        if ahead < policy.notice.least:
            yield Found(
                _too_short(request, policy, policy.notice, changed_at, ahead), (policy.name,)
            )
        elif policy.notice.most is not None and ahead > policy.notice.most:
            found = _too_long(request, policy, policy.notice, changed_at, policy.notice.most)
            yield Found(found, (policy.name,))


def _too_short(
    request: AccessRequest, policy: Policy, notice: Notice, changed_at: datetime, ahead: timedelta
) -> Diagnostic:
    earliest = format_instant(changed_at + notice.least)
    when = f"{format_duration(ahead)} after" if ahead >= timedelta(0) else "before"
    return Diagnostic(
        TOO_SHORT,
        f"the start is {when} this change ({format_instant(changed_at)});"
        f" policy {policy.name} wants {format_duration(notice.least)} at the least",
        request.window.origin,
        hint=f"`start: {earliest}` would pass if it is merged at once; without `start` access begins {format_duration(notice.least)} after the merge.",
        related=(notice.origin,),
    )


def _too_long(
    request: AccessRequest, policy: Policy, notice: Notice, changed_at: datetime, most: timedelta
) -> Diagnostic:
    return Diagnostic(
        TOO_LONG,
        f"the start is more than {format_duration(most)} after this change ({format_instant(changed_at)}), the most that policy {policy.name} allows",
        request.window.origin,
        hint=f"`start: {format_instant(changed_at + most)}` is the latest; ask again nearer to the time for a later one.",
        related=(notice.origin,),
    )


def keeps_start(request: AccessRequest, before: AccessRequest) -> bool:
    """Whether an edit leaves alone when the access begins, whose it is and what it is, so that the notice that was given for it still holds."""
    return not before.ended and _what_begins(request) == _what_begins(before)


def _what_begins(request: AccessRequest) -> tuple[object, ...]:
    """What notice is given of, wherever it stands in the document."""
    return (
        request.window.start,
        request.requester,
        request.identity,
        request.user,
        request.client,
        request.targets.names,
        request.targets.labels,
        tuple(replace(item, origin=_NOWHERE) for item in request.access),
    )


def least_notice(
    request: AccessRequest, target: Target, documents: Documents, begins: datetime | None = None
) -> timedelta:
    """How long after the merge access without a written start begins on the target: the longest of what the policies want at the least. `begins` as in
    `exceptions.settle`."""
    wanted = (
        policy.notice.least
        for policy in covering(target, documents)
        if policy.notice is not None
        and not is_excepted(TOO_SHORT, policy.name, request, documents, begins)
    )
    return max(wanted, default=timedelta(0))
