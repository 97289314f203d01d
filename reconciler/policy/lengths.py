"""How long a request may hold: of the caps of policies and of rules that allow something to it the smallest one holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.model.diagnostics import Diagnostic, Origin
from reconciler.model.documents import AccessRequest, Documents, Policy, Target
from reconciler.model.instants import format_duration, format_instant
from reconciler.policy.asked import Asked, asked_for
from reconciler.policy.covering import covering
from reconciler.policy.exceptions import TOO_LONG, Found, is_excepted
from reconciler.policy.rules import allows, rules_for


@dataclass(frozen=True, slots=True)
class Cap:
    """The longest time that a request may hold on a target, and the policy (or the rule in it) that says so.

    `duration` is None when no policy covers the target: then nothing may be granted there. It is timedelta.max when exceptions lift every cap: then the
    end that was written and reviewed is the only one.
    """

    duration: timedelta | None = None
    policy: str = ""
    origin: Origin | None = None
    rule: str = ""

    @property
    def source(self) -> str:
        """Who says so, for messages."""
        return f"rule {self.rule} of policy {self.policy}" if self.rule else f"policy {self.policy}"


def cap_for(request: AccessRequest, target: Target, documents: Documents) -> Cap:
    """The smallest cap that holds for the request on the target; no duration if no policy covers it, or the request does not name the target."""
    policies = covering(target, documents) if request.targets.selects(target) else ()
    if not policies:
        return Cap()
    caps = caps_of(request, target, policies, documents)
    holding = (cap for cap in caps if not is_excepted(TOO_LONG, cap.policy, request, documents))
    return next(holding, Cap(timedelta.max, caps[0].policy, caps[0].origin))


def caps_of(
    request: AccessRequest,
    target: Target,
    policies: tuple[Policy, ...],
    documents: Documents,
    asked: tuple[Asked, ...] | None = None,
) -> list[Cap]:
    """All caps, the smallest first. `asked` is what the request asks for on the target, where that is known already."""
    caps = [Cap(policy.max_duration, policy.name, policy.origin) for policy in policies]
    capped = [
        row for row in rules_for(request, policies, documents) if row.rule.max_duration is not None
    ]
    if capped and asked is None:
        asked = asked_for(request, target, documents)
    caps += [
        Cap(one.rule.max_duration, one.policy.name, one.rule.origin, one.rule.name)
        for one in capped
        if any(allows(one, row) for row in asked or ())
    ]
    return sorted(caps, key=lambda cap: (cap.duration, cap.policy, cap.rule))


def length_of(request: AccessRequest) -> timedelta | None:
    """How long the request holds as it is written; None for one with `until` alone."""
    window = request.window
    if window.duration is not None:
        return window.duration
    if window.start is not None and window.until is not None:
        return window.until - window.start
    return None


def check_length(request: AccessRequest, caps: list[Cap]) -> Iterator[Found]:
    """A finding for each cap that the request is longer than, that of the smallest first."""
    length = length_of(request)
    for cap in caps:
        if length is not None and cap.duration is not None and length > cap.duration:
            yield Found(_too_long(request, length, cap, cap.duration), (cap.policy,))


def _too_long(
    request: AccessRequest, length: timedelta, cap: Cap, longest: timedelta
) -> Diagnostic:
    passes = f"`duration: {format_duration(longest)}`"
    if request.window.start is not None and request.window.until is not None:
        passes = f"`until: {format_instant(request.window.start + longest)}`"
    return Diagnostic(
        TOO_LONG,
        f"{format_duration(length)} is longer than the {format_duration(longest)} that {cap.source} allows",
        request.window.origin,
        hint=f"{passes} would pass.",
        related=(cap.origin,) if cap.origin else (),
    )


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
        TOO_LONG,
        f"the end is {format_duration(length)} after the first start {format_instant(first_start)};"
        f" {cap.source} allows {format_duration(cap.duration)}",
        origin,
        hint=f"It may end at {latest} at the latest; for longer access write a new request.",
        related=(cap.origin,),
    )
