"""Openings of break-glass access as requests: from there on they are leases like any other, granted, kept, ended and proved in the same way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.model.break_glass import BreakGlass, Opening
from reconciler.model.diagnostics import Diagnostic, Severity
from reconciler.model.documents import AccessRequest, Documents, TargetSelector, Window
from reconciler.model.instants import format_instant
from reconciler.model.leases import LeaseRecord

UNREVIEWED = "break-glass.unreviewed"
"""Rule of the finding that keeps every run red until somebody else has looked at what was done."""


def with_openings(
    documents: Documents, openings: Iterable[Opening], leases: Mapping[str, LeaseRecord]
) -> Documents:
    """The documents with a request for each opening that its document still allows. One whose document was deleted, that is not for an opener's own
    user, or that is on a target which the document does not name, asks for nothing: its lease ends. Nor does one whose end has begun, by the `leases` of
    the ledger: nothing in the document could say so."""
    begun = {row.id for row in leases.values() if row.is_closed or row.end_reason is not None}
    opened = {
        row.lease: request_of(documents.break_glass[row.document], row)
        for row in openings
        if row.lease not in begun and _is_allowed(row, documents)
    }
    if not opened:
        return documents
    return replace(documents, requests={**documents.requests, **opened})


def _is_allowed(opening: Opening, documents: Documents) -> bool:
    """Whoever can push the ledger can write an opening into it; who may have the access, and where, is for reviewed documents to say."""
    glass = documents.break_glass.get(opening.document)
    person = documents.people.get(opening.person)
    if glass is None or person is None or opening.target not in glass.targets:
        return False
    if opening.person not in documents.members(glass.openers):
        return False
    return opening.user in (glass.users.get(opening.person), *person.users)


def request_of(glass: BreakGlass, opening: Opening) -> AccessRequest:
    """What the opening asks for on its target. Its start was the instant of the opening, so neither running again nor editing lengthens it."""
    return AccessRequest(
        name=opening.lease,
        origin=glass.origin,
        requester=opening.person,
        reason=opening.reason,
        ticket=opening.ticket,
        targets=TargetSelector((opening.target,), {}, glass.targets_origin),
        user=opening.user,
        user_origin=glass.origin,
        access=glass.access,
        window=Window(opening.opened_at, None, min(opening.duration, glass.longest), glass.origin),
        ended=False,
    )


def findings(documents: Documents, openings: Mapping[str, Opening]) -> list[Diagnostic]:
    """A warning for each opening that nobody else has reviewed yet."""
    found = []
    for opening in openings.values():
        glass = documents.break_glass.get(opening.document)
        if glass is None or glass.review_of(opening) is None:
            found.append(_unreviewed(opening, glass))
    return found


def _unreviewed(opening: Opening, glass: BreakGlass | None) -> Diagnostic:
    others = {opening.person, opening.opened_by} - {""}
    own = glass and any(row.lease == opening.lease and row.by in others for row in glass.reviews)
    note = " (a review by the one who opened it does not count)" if own else ""
    where = (
        "its document"
        if glass
        else f"the document {opening.document}, which has to come back for that"
    )
    return Diagnostic(
        UNREVIEWED,
        f"break-glass access {opening.lease} was opened on {opening.target} for {opening.person} at"
        f" {format_instant(opening.opened_at)} and is not reviewed{note}: {opening.reason}",
        glass.origin if glass else None,
        Severity.WARNING,
        hint=f"a reviewer adds `{{lease: {opening.lease}, by: NAME, on: YYYY-MM-DD, findings: TEXT}}` to `reviews` of {where}",
    )
