"""The lease part of a plan: ends first, then what runs already, then what is new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace

from reconciler.model.changes import Change, CreateProfile
from reconciler.model.desired import Desired
from reconciler.model.diagnostics import Diagnostic, Severity
from reconciler.model.documents import Mode
from reconciler.model.instants import format_instant
from reconciler.model.leases import Lease, Phase
from reconciler.model.ledger import LedgerState
from reconciler.model.privileges import Entitlement
from reconciler.planning import logon_networks
from reconciler.planning.column_views import known_views
from reconciler.planning.holdings import Holdings
from reconciler.planning.identity_admission import Rivals
from reconciler.planning.lease_admission import (
    account_notes,
    grant_problems,
    held_by_protected,
    role_problems,
    there,
)
from reconciler.planning.lease_changes import ActiveLease
from reconciler.planning.lease_ends import (
    blocked_drop,
    end_of_lease,
    end_of_orphan,
    foreign_roles,
    foreign_users,
    orphan_roles,
    overdue,
    unrecorded_openings,
)
from reconciler.planning.lease_identities import unused_profiles
from reconciler.planning.scope import ScopeFilter
from reconciler.planning.separation import Separating
from reconciler.planning.standing import other_grantor


@dataclass(slots=True)
class LeasePlan:
    """`held_back` are leases in force without the part of them that may not be granted, by id."""

    ends: list[Change] = field(default_factory=list)
    edits: list[Change] = field(default_factory=list)
    starts: list[Change] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)
    held_back: dict[str, Lease] = field(default_factory=dict)

    @property
    def changes(self) -> list[Change]:
        return [*self.ends, *self.edits, *self.starts]


def plan_leases(
    desired: Desired, holdings: Holdings, ledger: LedgerState, separating: Separating | None = None
) -> LeasePlan:
    """`separating` are the separations of duties, by themselves when they are not shared with the rest of a plan."""
    plan = LeasePlan()
    _plan_ends(plan, desired, holdings, ledger)
    separating = separating or Separating(desired, holdings, ledger)
    _plan_active(plan, desired, holdings, ledger, separating)
    plan.edits, plan.starts = _without_twins(plan.edits), _without_twins(plan.starts)
    plan.ends += unused_profiles(desired.leases, holdings.snapshot, plan.changes)
    plan.findings += foreign_roles(desired, holdings, ledger)
    plan.findings += foreign_users(desired, holdings, ledger)
    plan.findings += unrecorded_openings(desired, holdings, ledger)
    plan.ends += logon_networks.leftovers(desired.leases, holdings.snapshot)
    plan.findings += logon_networks.warnings(holdings.snapshot)
    if desired.target.mode is Mode.OBSERVE:
        plan.findings += _only_observed(plan.changes, desired)
        plan.ends, plan.edits, plan.starts = [], [], []
    return plan


def _plan_ends(plan: LeasePlan, desired: Desired, holdings: Holdings, ledger: LedgerState) -> None:
    for lease in _of_phase(desired, Phase.ENDING):
        plan.ends += end_of_lease(lease, holdings)
        plan.findings += overdue(lease, desired, holdings)
        plan.findings += blocked_drop(lease, holdings)
    for name in orphan_roles(desired, holdings, ledger):
        plan.ends += end_of_orphan(name, desired.target.name, holdings)
        plan.findings.append(
            Diagnostic(
                "lease-role.orphan",
                f"{name} is explained by no document and no ledger entry and is ended",
                severity=Severity.WARNING,
            )
        )


def _plan_active(
    plan: LeasePlan,
    desired: Desired,
    holdings: Holdings,
    ledger: LedgerState,
    separating: Separating,
) -> None:
    scope = ScopeFilter(desired.target.scope, known_views(desired, holdings.snapshot))
    leaving = {lease.role for lease in _of_phase(desired, Phase.ENDING)}
    leaving |= set(orphan_roles(desired, holdings, ledger))
    joining: dict[str, set[str]] = defaultdict(set)
    rivals = Rivals(desired, ledger)
    for whole in _of_phase(desired, Phase.ACTIVE):
        lease, absent = there(whole, holdings)
        active = ActiveLease(lease, ledger.leases.get(lease.id), desired.at, holdings)
        refused = role_problems(lease, holdings, ledger)
        ended = [] if refused else _ended_before(active)
        if refused or ended:
            plan.findings += refused or ended
            plan.ends += end_of_lease(lease, holdings) if ended else ()
            continue
        roles = (holdings.roles_of(lease.grantee) - leaving) | joining[lease.grantee]
        problems = grant_problems(lease, holdings, scope, roles, rivals)
        if not problems:
            admitted, refused = separating.judge(lease)
            if admitted is None:
                problems = refused
            elif refused:
                plan.findings += refused
                plan.held_back[lease.id] = _without(
                    whole, lease.entitlements - admitted.entitlements
                )
                active = replace(active, lease=admitted)
        if not problems and not lease.ending.direct:
            joining[lease.grantee].add(lease.role)
        plan.findings += absent
        _plan_one(plan, active, problems)


def _without(lease: Lease, held_back: Collection[Entitlement]) -> Lease:
    return replace(lease, entitlements=lease.entitlements.difference(held_back))


def _plan_one(plan: LeasePlan, active: ActiveLease, problems: list[Diagnostic]) -> None:
    found = active.privileges()
    changes = active.changes_when_blocked(found) if problems else active.changes(found)
    (plan.starts if active.record is None else plan.edits).extend(changes)
    plan.findings += problems or account_notes(active.lease, active.holdings)
    plan.findings += (other_grantor(row, Severity.WARNING) for row in found.foreign)
    plan.findings += held_by_protected(active.lease, active.holdings)


def _of_phase(desired: Desired, phase: Phase) -> list[Lease]:
    return sorted(
        (lease for lease in desired.leases if lease.phase is phase), key=lambda lease: lease.id
    )


def _ended_before(active: ActiveLease) -> list[Diagnostic]:
    """A lease that the ledger does not know, although its deadline has come: a killed run granted it and it has ended, so it never comes back."""
    lease, snapshot = active.lease, active.holdings.snapshot
    if active.record is not None:
        return []
    ends = [run.at for run in snapshot.deadline_runs if run.name == lease.role and run.succeeded]
    job = snapshot.deadlines.get(lease.role)
    if lease.end is None and job is not None and job.end is not None and job.end <= active.at:
        ends.append(job.end)
    if not ends:
        return []
    return [
        Diagnostic(
            "lease.never-comes-back",
            f"lease {lease.id} was granted by a run that the ledger does not know, ended at"
            f" {format_instant(min(ends))} and never comes back",
            lease.origin,
            hint="open a new request with a new name",
        )
    ]


def _without_twins(changes: list[Change]) -> list[Change]:
    """Leases with equal limits share a profile, which is made once."""
    made: set[str] = set()
    found: list[Change] = []
    for change in changes:
        if isinstance(change, CreateProfile):
            if change.profile.name in made:
                continue
            made.add(change.profile.name)
        found.append(change)
    return found


def _only_observed(changes: Iterable[Change], desired: Desired) -> Iterator[Diagnostic]:
    lease_ids = sorted({getattr(change, "lease_id", "") for change in changes})
    for lease_id in lease_ids:
        yield Diagnostic(
            "lease.observed-target",
            f"lease {lease_id} needs changes, but target {desired.target.name} is only observed",
            desired.target.origin,
            Severity.WARNING,
            hint="its deadline still ends it; nothing else will",
        )
