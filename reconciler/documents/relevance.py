"""Which findings are about which targets, so that a run on one target is not judged by what is wrong elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from reconciler.model.classification import Classification
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.documents import AccessRequest, Documents, Policy, StandingGrant


def about_targets(
    found: Iterable[Diagnostic], documents: Documents, names: Collection[str]
) -> tuple[Diagnostic, ...]:
    """The findings without those in documents that are about other targets only. A document that selects no target at all stays: its target may be
    misspelt. `documents` are those that could be read, right or wrong; `names` are known targets."""
    wanted = [documents.targets[name] for name in names]
    others = [target for name, target in documents.targets.items() if name not in names]
    selecting: tuple[AccessRequest | StandingGrant | Policy | Classification, ...] = (
        *documents.requests.values(),
        *documents.standing.values(),
        *documents.policies.values(),
        *documents.classifications.values(),
    )
    elsewhere = {target.origin.path for target in others}
    elsewhere |= {
        row.origin.path
        for row in selecting
        if any(map(row.targets.selects, others)) and not any(map(row.targets.selects, wanted))
    }
    return tuple(row for row in found if row.origin is None or row.origin.path not in elsewhere)
