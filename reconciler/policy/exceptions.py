"""Exceptions: findings of a policy that are not held against some requests, for a reason, by somebody who answers for it, until an instant.

A policy excepts from its own rules only; what another policy for the same target says still holds. Nothing but findings about requests can be excepted:
not that no policy covers a target, not a window that is over, nothing about approvals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from reconciler.model.diagnostics import Diagnostic, Severity
from reconciler.model.documents import AccessRequest, Documents
from reconciler.model.instants import format_instant
from reconciler.model.policies import PolicyException
from reconciler.policy.covering import is_among

TOO_LONG = "policy.too-long"
HOURS = "policy.hours"

EXCEPTABLE = frozenset(
    {
        TOO_LONG,
        HOURS,
        "policy.requester",
        "policy.reason",
        "policy.ticket",
        "policy.forbidden",
        "policy.denied",
        "policy.no-rule",
        "policy.notice-too-short",
        "policy.notice-too-long",
    }
)
"""Rules that an exception may name."""


class Found(NamedTuple):
    """A finding, and the policies whose rule it is: an exception in one of them is enough."""

    finding: Diagnostic
    policies: tuple[str, ...]


def settle(
    found: Iterable[Found],
    request: AccessRequest,
    documents: Documents,
    begins: datetime | None = None,
) -> Iterator[Diagnostic]:
    """The findings, with notices in the place of those that exceptions lift for access that begins at `begins`; without it, at the request's written start,
    and before any end if it has none."""
    at = begins or request.window.start
    for one in found:
        written = _about(one, request, documents)
        holding = [exception for exception in written if at is None or at < exception.until]
        if holding:
            yield _notice(one.finding, holding[0])
        elif written:
            yield _after_the_end(one.finding, written[-1])
        else:
            yield one.finding


def is_excepted(
    rule: str,
    policy: str,
    request: AccessRequest,
    documents: Documents,
    begins: datetime | None = None,
) -> bool:
    """Whether the policy excepts the request from one of its rules; `begins` as in `settle`."""
    at = begins or request.window.start
    return any(
        at is None or at < exception.until
        for exception in _matching(rule, policy, request, documents)
    )


def lifted_by(one: Found, request: AccessRequest, documents: Documents) -> PolicyException | None:
    """The exception from the finding that holds longest, None if there is none."""
    written = _about(one, request, documents)
    return written[-1] if written else None


def _about(one: Found, request: AccessRequest, documents: Documents) -> list[PolicyException]:
    """Those that were written for the finding, the one that ends last at the end."""
    written = [
        exception
        for policy in one.policies
        for exception in _matching(one.finding.rule, policy, request, documents)
    ]
    return sorted(written, key=lambda exception: (exception.until, exception.origin))


def _matching(
    rule: str, policy: str, request: AccessRequest, documents: Documents
) -> Iterator[PolicyException]:
    if rule not in EXCEPTABLE:
        return
    for exception in documents.policies[policy].exceptions:
        if rule in exception.rules and is_for(exception, request, documents):
            yield exception


def is_for(exception: PolicyException, request: AccessRequest, documents: Documents) -> bool:
    """Whether the request is one of those that are excepted. With both names and requesters it must be among both."""
    if not exception.requests and not exception.requesters:
        return False
    named = not exception.requests or request.name in exception.requests
    asks = not exception.requesters or is_among(request.requester, exception.requesters, documents)
    return named and asks


def _notice(finding: Diagnostic, exception: PolicyException) -> Diagnostic:
    return Diagnostic(
        "policy.exception",
        f"{finding.rule} is not held against this request if access begins before {format_instant(exception.until)}:"
        f" {exception.reason} ({exception.owner} answers for it)",
        finding.origin,
        Severity.NOTICE,
        hint=f"Without the exception: {finding.message}",
        related=(exception.origin,),
    )


def _after_the_end(finding: Diagnostic, exception: PolicyException) -> Diagnostic:
    ended = (
        f"The exception for it is for access that begins before {format_instant(exception.until)}."
    )
    hint = f"{finding.hint} {ended}".strip()
    return replace(finding, hint=hint, related=(*finding.related, exception.origin))
