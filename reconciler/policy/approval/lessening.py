"""Edits of requests that give nobody anything more, so that nobody has to approve them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from reconciler.model.documents import AccessRequest, Documents, Window
from reconciler.policy.approval.digests import access_digest


def gives_no_more(
    before: AccessRequest | None,
    after: AccessRequest | None,
    earlier: Documents,
    documents: Documents,
) -> bool:
    """Whether `after` (in `documents`; None: the request goes) lets nobody do what `before` (in `earlier`; None: there was none) did not.

    An end gives nothing, whatever else is written beside it. What was ended and is not any more is as good as new.
    """
    if after is None or after.ended:
        return True
    if before is None or before.ended:
        return False
    told = (before.reason, before.ticket) == (after.reason, after.ticket)
    as_long = replace(after, window=before.window)
    same = access_digest(before, earlier) == access_digest(as_long, documents)
    return told and same and _ends_no_later(before.window, after.window)


def access_of(request: AccessRequest, documents: Documents) -> str:
    """The digest of what reviewers see of a request besides its time, which policy bounds by itself and which may be shortened without them."""
    window = replace(request.window, start=None, until=None, duration=timedelta(0))
    return access_digest(replace(request, window=window, ended=False), documents)


def _ends_no_later(before: Window, after: Window) -> bool:
    """Whether the window begins as before and ends then or earlier; other forms of one end cannot be compared without a clock."""
    if before.start != after.start:
        return False
    if before.until is not None and after.until is not None:
        return after.until <= before.until
    if before.duration is not None and after.duration is not None:
        return after.duration <= before.duration
    return False
