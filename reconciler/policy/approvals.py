"""Approvals: which are needed, whether reviews meet them, and who can never give them. The entry to import from.

Everything is judged by documents of the protected branch before the change, and by instants of the evidence, so that a verdict can be repeated years later.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.model import names
from reconciler.model.documents import AccessRequest, Documents
from reconciler.policy.approval.chains import needed, needed_for_document
from reconciler.policy.approval.digests import access_digest, policy_digest
from reconciler.policy.approval.judgement import judge

__all__ = [
    "access_digest",
    "excluded_for",
    "judge",
    "needed",
    "needed_for_document",
    "policy_digest",
]


def excluded_for(request: AccessRequest, documents: Documents) -> Mapping[str, str]:
    """The people who may not approve the request whatever a policy says, each with what he is: the requester, and whoever gets the access or is the one as
    whom a proxy logs on."""
    found = {
        person.name: f"the owner of {names.display(user)}, who gets the access"
        for _, person in sorted(documents.people.items())
        for user in (request.client, request.user)
        if user in person.users
    }
    return {**found, request.requester: "the requester"}
