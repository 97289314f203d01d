"""Policy's limits and times at the instant of a run: the rules of the policy room, the records of the ledger and what is in force in the database."""

from __future__ import annotations

from reconciler.desired import admission
from reconciler.model.desired import Desired
from reconciler.model.documents import Documents, Target
from reconciler.model.ledger import LedgerState
from reconciler.model.snapshot import Snapshot
from reconciler.policy import caps


def admitted(
    desired: Desired, documents: Documents, target: Target, state: LedgerState, snapshot: Snapshot
) -> Desired:
    """What is wanted, without what may not begin now. A lease whose role is there was granted by a run that could not record it, and goes on."""
    begun = [lease.id for lease in desired.leases if lease.role in snapshot.created_roles]
    return admission.admit(desired, documents.requests, state, _rules(documents, target), begun)


def _rules(documents: Documents, target: Target) -> admission.Rules:
    return admission.Rules(
        limits_for=lambda request: caps.limits_for(request, target, documents),
        opens_at=lambda request, at: caps.opens_at(request, target, documents, at),
        exception_ended=lambda request, at: caps.exception_ended(request, target, documents, at),
    )
