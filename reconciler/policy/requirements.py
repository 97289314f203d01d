"""What a policy asks of every request: who may ask, a reason that says something, a ticket of some form."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.model.diagnostics import Diagnostic
from reconciler.model.documents import AccessRequest, Documents, Policy
from reconciler.policy.covering import is_among
from reconciler.policy.exceptions import Found

MAX_TICKET_LENGTH = 64
"""Longer tickets match no pattern. Together with the form that the schema asks of patterns it bounds the time of a match."""


def check_requirements(
    request: AccessRequest, policy: Policy, documents: Documents
) -> Iterator[Found]:
    if policy.requesters and not is_among(request.requester, policy.requesters, documents):
        yield _found(
            policy,
            Diagnostic(
                "policy.requester",
                f"policy {policy.name} does not let {request.requester} ask",
                request.origin,
                hint=f"Those who may: {', '.join(policy.requesters)}.",
                related=(policy.origin,),
            ),
        )
    if len(request.reason) < policy.min_reason_length:
        yield _found(
            policy,
            Diagnostic(
                "policy.reason",
                f"the reason has {len(request.reason)} characters; policy {policy.name} wants at least {policy.min_reason_length}",
                request.origin,
                hint="Say what is to be done, and why it needs this access.",
                related=(policy.origin,),
            ),
        )
    yield from _check_ticket(request, policy)


def _check_ticket(request: AccessRequest, policy: Policy) -> Iterator[Found]:
    if not policy.ticket_pattern:
        return
    ticket = request.ticket
    if len(ticket) <= MAX_TICKET_LENGTH and re.fullmatch(policy.ticket_pattern, ticket):
        return
    yield _found(
        policy,
        Diagnostic(
            "policy.ticket",
            f"the ticket {ticket} does not have the form that policy {policy.name} asks for"
            if ticket
            else f"policy {policy.name} asks for a ticket",
            request.origin,
            hint=f"Form: {policy.ticket_pattern}",
            related=(policy.origin,),
        ),
    )


def _found(policy: Policy, finding: Diagnostic) -> Found:
    return Found(finding, (policy.name,))
