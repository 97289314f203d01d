"""Policies applied to access requests: the room's entry. Without a policy for a target nobody may ask for anything on it (fail closed).

Of several policies for a target every rule holds: a denial anywhere wins, and the smallest cap decides. Caps count from the first start of a request, and
are applied again whenever its end moves. The verdict depends on documents (and, for changes, on the time of the change), never on the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from reconciler.model.diagnostics import Diagnostic, ordered
from reconciler.model.documents import AccessRequest, Documents, Policy, Target
from reconciler.model.instants import format_instant
from reconciler.model.policies import PolicyException
from reconciler.policy.asked import asked_for
from reconciler.policy.covering import covering
from reconciler.policy.exceptions import (
    HOURS,
    TOO_LONG,
    Found,
    is_excepted,
    lifted_by,
    settle,
)
from reconciler.policy.hours import all_open, in_words, in_zone, is_open, next_open
from reconciler.policy.lengths import Cap, cap_for, caps_of, check_extension, check_length
from reconciler.policy.limits import activate_within, limits_for
from reconciler.policy.notice import check_notice, keeps_start, least_notice
from reconciler.policy.requirements import MAX_TICKET_LENGTH, check_requirements
from reconciler.policy.rules import check_forbidden, check_rules

__all__ = [
    "MAX_TICKET_LENGTH",
    "NEVER",
    "Cap",
    "activate_within",
    "cap_for",
    "check_changed",
    "check_extension",
    "check_request",
    "covering",
    "exception_ended",
    "least_notice",
    "limits_for",
    "opens_at",
]

NEVER = datetime.max.replace(tzinfo=UTC)
"""In the place of an instant that does not come."""


def check_request(request: AccessRequest, documents: Documents) -> tuple[Diagnostic, ...]:
    """Everything about the request that the policies of its targets do not allow, each with the policy's place, and a notice for each exception that it
    rests on. Nothing about one that was ended by an edit: it asks for nothing any more, and a policy that became stricter must not stand in the way of its
    end.

    A request with `until` but no `start` has no length yet: `check_extension` judges it when its first start is known. Hours are held against written starts
    only: without one, `opens_at` says when it may begin.
    """
    if request.ended:
        return ()
    found: list[Diagnostic] = []
    for target in documents.targets.values():
        if not request.targets.selects(target):
            continue
        policies = covering(target, documents)
        if not policies:
            found.append(_uncovered(request, target))
        judged = _judge(request, target, policies, documents)
        found.extend(_smallest_cap_only(settle(judged, request, documents)))
    return ordered(found)


def check_changed(
    request: AccessRequest,
    changed_at: datetime,
    documents: Documents,
    before: AccessRequest | None = None,
) -> tuple[Diagnostic, ...]:
    """What only counts for a request that is new or edited: its end must come after the edit, an `until` without `start`, which
    counts from the merge, must be within the cap of the edit, and the notice that policies want must be kept. `changed_at` is the time of the commit, so the
    verdict on a commit stays. `before` is what an edited request said until now: when its start, its access and for whom it is stay, no notice is needed again.
    """
    if request.ended:
        return ()
    end = _known_end(request)
    if end is not None and end <= changed_at:
        return (_past(request, end, changed_at),)
    keeps = before is not None and keeps_start(request, before)
    found: list[Diagnostic] = []
    for target in documents.targets.values():
        if request.targets.selects(target):
            policies = covering(target, documents)
            judged = [*_held_to(request, changed_at, target, policies, documents)]
            judged += [] if keeps else check_notice(request, changed_at, policies)
            found.extend(_smallest_cap_only(settle(judged, request, documents)))
    return ordered(found)


def opens_at(
    request: AccessRequest, target: Target, documents: Documents, at: datetime
) -> datetime | None:
    """For a request without a written start: None if it may begin on the target at `at`, or else the next instant at which the hours of all policies let it
    begin; NEVER when they never do. A written start was judged when the request was."""
    if request.window.start is not None:
        return None
    hours = tuple(
        policy.hours
        for policy in covering(target, documents)
        if policy.hours and not is_excepted(HOURS, policy.name, request, documents, at)
    )
    if all_open(hours, at):
        return None
    return next_open(hours, at) or NEVER


def exception_ended(
    request: AccessRequest, target: Target, documents: Documents, at: datetime
) -> Diagnostic | None:
    """The finding against access that begins at `at`, after the end of an exception that it rests on; None when nothing is against it. The documents stay
    valid: only what begins is judged here."""
    window = request.window
    begun = request
    if window.start is None:  # one with `until` alone has a length from now on
        begun = replace(request, window=replace(window, start=at))
    for one in _judge(begun, target, covering(target, documents), documents):
        exception = lifted_by(one, request, documents)
        is_of_document = window.start is not None or one.finding.rule != HOURS
        if is_of_document and exception is not None and exception.until <= at:
            return _ended(request, target, one, exception, at)
    return None


def _ended(
    request: AccessRequest, target: Target, one: Found, exception: PolicyException, at: datetime
) -> Diagnostic:
    return Diagnostic(
        "policy.exception-ended",
        f"access to {target.name} would begin at {format_instant(at)}, but the exception from {one.finding.rule} is for access that begins before"
        f" {format_instant(exception.until)}",
        request.window.origin,
        hint=f"{exception.owner} may renew the exception. Without it: {one.finding.message}",
        related=(exception.origin, *one.finding.related),
    )


def _judge(
    request: AccessRequest, target: Target, policies: tuple[Policy, ...], documents: Documents
) -> Iterator[Found]:
    """What the policies that cover the target say of the request, before exceptions."""
    asked = asked_for(request, target, documents)
    yield from check_length(request, caps_of(request, target, policies, documents, asked))
    for policy in policies:
        yield from check_requirements(request, policy, documents)
        yield from check_forbidden(policy, asked)
        yield from _check_hours(request, policy, policies)
    yield from check_rules(request, target, policies, documents, asked)


def _check_hours(
    request: AccessRequest, policy: Policy, policies: tuple[Policy, ...]
) -> Iterator[Found]:
    """Whether a written start is within the policy's hours; what would pass has to be within those of all policies."""
    start = request.window.start
    if policy.hours is None or start is None or is_open(policy.hours, start):
        return
    following = next_open(tuple(one.hours for one in policies if one.hours), start)
    finding = Diagnostic(
        HOURS,
        f"the start {in_zone(policy.hours, start)} is not within the hours of policy {policy.name}: {in_words(policy.hours)}",
        request.window.origin,
        hint=f"The next start that would pass: {in_zone(policy.hours, following)}."
        if following
        else "No start would pass: the hours of the policies for this target never meet.",
        related=(policy.hours.origin,),
    )
    yield Found(finding, (policy.name,))


def _held_to(
    request: AccessRequest,
    changed_at: datetime,
    target: Target,
    policies: tuple[Policy, ...],
    documents: Documents,
) -> Iterator[Found]:
    """For a request with `until` alone, which counts from the merge: a finding for each cap that it is longer than, that of the smallest first."""
    until = request.window.until
    if until is None or request.window.start is not None:
        return
    for cap in caps_of(request, target, policies, documents):
        finding = check_extension(changed_at, until, cap, request.window.origin)
        if finding is not None:
            yield Found(finding, (cap.policy,))


def _smallest_cap_only(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Without what larger caps say: whoever keeps the smallest keeps them all."""
    was_told = False
    for one in found:
        if one.rule != TOO_LONG or not was_told:
            yield one
        was_told = was_told or one.rule == TOO_LONG


def _known_end(request: AccessRequest) -> datetime | None:
    window = request.window
    if window.until is not None:
        return window.until
    if window.start is not None and window.duration is not None:
        return window.start + window.duration
    return None


def _past(request: AccessRequest, end: datetime, changed_at: datetime) -> Diagnostic:
    return Diagnostic(
        "window.past",
        f"the window ends at {format_instant(end)}, before this change was written ({format_instant(changed_at)})",
        request.window.origin,
        hint="Give it an end in the future; a lease that has ended does not come back, so a new request needs a new name.",
    )


def _uncovered(request: AccessRequest, target: Target) -> Diagnostic:
    return Diagnostic(
        "policy.none",
        f"no policy covers {target.name}, so nobody may ask for access to it",
        request.targets.origin,
        hint="Write a policy whose `targets` select it.",
        related=(target.origin,),
    )
