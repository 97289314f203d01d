"""Exceptions and weights that name something that there is not, or that nobody answers for."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.diagnostics import Diagnostic, Severity
from reconciler.model.documents import Documents, Policy
from reconciler.model.instants import format_instant
from reconciler.model.policies import PolicyException
from reconciler.model.suggestions import nearest
from reconciler.policy.exceptions import EXCEPTABLE
from reconciler.policy.risk import FACTORS
from reconciler.policy.selecting import targets_of


def find(documents: Documents) -> Iterator[Diagnostic]:
    for _, policy in sorted(documents.policies.items()):
        for exception in policy.exceptions:
            yield from _unknown_rules(exception)
            yield from _unknown_requests(exception, documents)
            yield from _owner(exception, documents)
            yield from _over(exception, documents)
        yield from _unknown_factors(policy)
        yield from _unknown_labels(policy, documents)


def _unknown_rules(exception: PolicyException) -> Iterator[Diagnostic]:
    for rule in exception.rules:
        if rule not in EXCEPTABLE:
            yield Diagnostic(
                "policy.exception-rule",
                f"nothing can be excepted from `{rule}`",
                exception.origin,
                hint=f"Rules that an exception may name: {', '.join(sorted(EXCEPTABLE))}.",
            )


def _unknown_requests(exception: PolicyException, documents: Documents) -> Iterator[Diagnostic]:
    """Only warnings: an exception may be merged before the request that needs it."""
    for name in exception.requests:
        if name not in documents.requests:
            near = nearest(name, documents.requests)
            yield Diagnostic(
                "policy.exception-request",
                f"there is no request `{name}` to except",
                exception.origin,
                Severity.WARNING,
                hint=f"Did you mean `{near}`?" if near else "It holds once the request is there.",
            )


def _owner(exception: PolicyException, documents: Documents) -> Iterator[Diagnostic]:
    """Somebody has to answer for it, and say why."""
    people = documents.members((exception.owner,)) & documents.people.keys()
    if not any(documents.people[name].kind == "human" for name in people):
        yield Diagnostic(
            "policy.exception-owner",
            f"nobody answers for the exception: `{exception.owner}` is no person and no team of people",
            exception.origin,
            hint="Name a person or a team as `owner`.",
        )
    if not exception.reason.strip():
        yield Diagnostic(
            "policy.exception-reason",
            "the exception has no reason",
            exception.origin,
            hint="Say why these requests need not keep the rules.",
        )


def _over(exception: PolicyException, documents: Documents) -> Iterator[Diagnostic]:
    """When all requests that it names begin after its end, by what they say themselves."""
    named = [documents.requests[name] for name in exception.requests if name in documents.requests]
    starts = [request.window.start for request in named]
    if named and all(start is not None and start >= exception.until for start in starts):
        yield Diagnostic(
            "policy.exception-over",
            f"the requests of the exception begin after its end ({format_instant(exception.until)}), so it excepts nothing",
            exception.origin,
            Severity.WARNING,
            hint="Take it away, or let its owner renew it.",
            related=tuple(request.origin for request in named),
        )


def _unknown_factors(policy: Policy) -> Iterator[Diagnostic]:
    for factor in sorted(policy.risk.factors):
        if factor not in FACTORS:
            near = nearest(factor, FACTORS)
            yield Diagnostic(
                "policy.unknown-factor",
                f"policy {policy.name} weighs `{factor}`, which is no factor of risk",
                policy.origin,
                hint=f"Did you mean `{near}`?" if near else f"Factors: {', '.join(FACTORS)}.",
            )


def _unknown_labels(policy: Policy, documents: Documents) -> Iterator[Diagnostic]:
    known = {
        f"{key}={value}"
        for target in targets_of(policy, documents)
        for key, value in target.labels.items()
    }
    for label in sorted(policy.risk.labels):
        if label not in known:
            near = nearest(label, known)
            yield Diagnostic(
                "policy.unknown-label",
                f"policy {policy.name} weighs the label `{label}`, which none of its targets has",
                policy.origin,
                Severity.WARNING,
                hint=f"Did you mean `{near}`?"
                if near
                else "Labels are written `key=value`, as on the targets.",
            )
