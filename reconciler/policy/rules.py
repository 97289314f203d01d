"""Allow and deny rules. A denial wins; where any policy for a target has rules, what none of them allows is denied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from reconciler.model.diagnostics import Diagnostic, Origin
from reconciler.model.documents import AccessRequest, Documents, Policy, Target
from reconciler.model.policies import AccessPattern, Effect, PatternKind, Rule
from reconciler.policy.asked import Asked
from reconciler.policy.covering import is_among, kind_of
from reconciler.policy.exceptions import Found
from reconciler.policy.matching import covered, forbidden_pattern, touches

_SHOWN = 6
"""Patterns that a hint lists."""


class Ruled(NamedTuple):
    """A rule and the policy that it stands in."""

    rule: Rule
    policy: Policy

    def __str__(self) -> str:
        return f"rule {self.rule.name} of policy {self.policy.name}"


def meets(rule: Rule, request: AccessRequest, documents: Documents) -> bool:
    """Whether the conditions of the rule meet the request. Whoever has no document is nobody to allow anything to, and of any kind for a denial."""
    kind = kind_of(request, documents)
    return (
        (not rule.requesters or is_among(request.requester, rule.requesters, documents))
        and (not rule.identities or request.identity.value in rule.identities)
        and (not rule.kinds or (kind in rule.kinds if kind else rule.effect is Effect.DENY))
    )


def rules_for(
    request: AccessRequest, policies: Iterable[Policy], documents: Documents
) -> tuple[Ruled, ...]:
    """The rules of the policies whose conditions meet the request."""
    return tuple(
        Ruled(rule, policy)
        for policy in policies
        for rule in policy.rules
        if meets(rule, request, documents)
    )


def allows(one: Ruled, asked: Asked) -> bool:
    return one.rule.effect is Effect.ALLOW and covered(one.rule.access, asked)


def check_rules(
    request: AccessRequest,
    target: Target,
    policies: tuple[Policy, ...],
    documents: Documents,
    asked: tuple[Asked, ...],
) -> Iterator[Found]:
    """Findings about what is denied on the target, or allowed by no rule; nothing where no policy has rules."""
    ruling = tuple(policy for policy in policies if policy.rules)
    if not ruling:
        return
    meeting = rules_for(request, ruling, documents)
    hint = _what_would_pass(meeting, request)
    for one in asked:
        denials = list(_denials(meeting, one))
        yield from (_denied(one, denial, pattern, hint) for denial, pattern in denials)
        if not denials and not any(allows(ruled, one) for ruled in meeting):
            yield _not_allowed(one, target, ruling, hint)


def _denials(meeting: Iterable[Ruled], asked: Asked) -> Iterator[tuple[Ruled, AccessPattern]]:
    for one in meeting:
        if one.rule.effect is Effect.DENY:
            touching = next((row for row in one.rule.access if touches(row, asked)), None)
            if touching is not None:
                yield one, touching


def _denied(asked: Asked, denial: Ruled, pattern: AccessPattern, hint: str) -> Found:
    finding = Diagnostic(
        "policy.denied",
        f"{denial} denies {words(asked)} (`{pattern.text}`)",
        asked.origin,
        hint=f"Ask for something that `{pattern.text}` does not touch. {hint}",
        related=(denial.rule.origin,),
    )
    return Found(finding, (denial.policy.name,))


def _not_allowed(asked: Asked, target: Target, ruling: tuple[Policy, ...], hint: str) -> Found:
    finding = Diagnostic(
        "policy.no-rule",
        f"no rule allows {words(asked)} on {target.name}",
        asked.origin,
        hint=hint,
        related=tuple(policy.origin for policy in ruling),
    )
    return Found(finding, tuple(policy.name for policy in ruling))


def words(asked: Asked) -> str:
    """What is asked for with its options, and the bundle that it is part of."""
    inside = f" (bundle {asked.bundles[0].text})" if asked.bundles else ""
    return " ".join((str(asked), *asked.options)) + inside


def _what_would_pass(meeting: Iterable[Ruled], request: AccessRequest) -> str:
    allowing = [one for one in meeting if one.rule.effect is Effect.ALLOW]
    who = f"{request.requester} with the identity `{request.identity.value}`"
    if not allowing:
        return f"No rule allows anything to {who}."
    listed = [f"`{pattern.text}` ({one})" for one in allowing for pattern in one.rule.access]
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return f"Allowed to {who}: {', '.join(listed[:_SHOWN])}{more}."


def check_forbidden(policy: Policy, asked: Iterable[Asked]) -> Iterator[Found]:
    """What the policy forbids to everybody, one finding for each thing that is asked for."""
    for one in asked:
        text = _first_touching(policy.forbidden, one._replace(origin=_NOWHERE))
        if text is not None:
            yield _forbidden(policy, one, text, forbidden_pattern(text))


_NOWHERE = Origin("")


@lru_cache(maxsize=8192)
def _first_touching(forbidden: tuple[str, ...], asked: Asked) -> str | None:
    """Requests ask for the same things over and over."""
    return next((text for text in forbidden if touches(forbidden_pattern(text), asked)), None)


def _forbidden(policy: Policy, asked: Asked, text: str, pattern: AccessPattern) -> Found:
    """A pattern without a place is about the privilege wherever it holds, so the message names the privilege alone."""
    is_name = pattern.kind is PatternKind.PRIVILEGE and not pattern.owner
    finding = Diagnostic(
        "policy.forbidden",
        f"policy {policy.name} forbids {_privilege(asked) if is_name else words(asked)} (`{text}`)",
        asked.origin,
        related=(policy.origin,),
    )
    return Found(finding, (policy.name,))


def _privilege(asked: Asked) -> str:
    return "CONNECT THROUGH" if asked.kind is PatternKind.PROXY else asked.name.text
