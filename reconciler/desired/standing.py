"""Standing grants: entitlements without an end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.desired.access import WantedPrivilege, expand, stronger, without_size
from reconciler.desired.objects import Objects
from reconciler.model.diagnostics import Diagnostic, Origin, Severity
from reconciler.model.documents import Documents, StandingGrant, Target
from reconciler.model.identities import ColumnView
from reconciler.model.privileges import Entitlement, Privilege


@dataclass(frozen=True, slots=True)
class Standing:
    """Wanted entitlements with their place and the name of the grant; one for each grantee and privilege, the stronger one. `views` are the column views
    that they name."""

    origins: Mapping[Entitlement, Origin] = field(default_factory=dict)
    explanations: Mapping[Entitlement, str] = field(default_factory=dict)
    findings: tuple[Diagnostic, ...] = ()
    views: Mapping[str, ColumnView] = field(default_factory=dict)


def resolve(
    documents: Documents, target: Target, at: datetime, objects: Objects | None = None
) -> Standing:
    findings: list[Diagnostic] = []
    views: dict[str, ColumnView] = {}
    best: dict[tuple[str, Privilege], tuple[WantedPrivilege, str]] = {}
    for grant in _selecting(documents.standing.values(), target):
        findings += _review_findings(grant, at)
        expansion = expand(grant.access, documents.bundles, objects or Objects(target.name))
        findings += (*expansion.findings, *expansion.notes)
        if expansion.findings:
            continue
        views |= expansion.views
        for grantee in grant.grantees:
            for wanted in expansion.privileges:
                key = (grantee, without_size(wanted.privilege))
                before = best.get(key)
                both = stronger(before[0] if before else None, wanted)
                if before is None or both is not before[0]:
                    best[key] = (both, grant.name)
    found = {wanted.of(key[0]): (wanted.origin, name) for key, (wanted, name) in best.items()}
    return Standing(
        {entitlement: origin for entitlement, (origin, _) in found.items()},
        {entitlement: name for entitlement, (_, name) in found.items()},
        tuple(findings),
        views,
    )


def _selecting(grants: Iterable[StandingGrant], target: Target) -> Iterator[StandingGrant]:
    return (
        grant
        for grant in sorted(grants, key=lambda found: found.name)
        if grant.targets.selects(target)
    )


def _review_findings(grant: StandingGrant, at: datetime) -> Iterator[Diagnostic]:
    if grant.review_by < at.date():
        yield Diagnostic(
            "standing.review-overdue",
            f"standing grant {grant.name} was to be reviewed by {grant.review_by.isoformat()}",
            grant.origin,
            Severity.WARNING,
            hint=f"{grant.owner} confirms it with a later reviewBy, or removes it",
        )
