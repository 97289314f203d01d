"""Makes the plan of one target: what is wanted, what is there, what we did before -> the changes in their order."""

from __future__ import annotations

from reconciler.model.desired import Desired
from reconciler.model.diagnostics import ordered
from reconciler.model.ledger import LedgerState
from reconciler.model.plan import Plan, digest_of
from reconciler.model.snapshot import Snapshot
from reconciler.planning import brake
from reconciler.planning.column_views import known_views, plan_views
from reconciler.planning.effective_notes import access_notes
from reconciler.planning.holdings import index
from reconciler.planning.leases import plan_leases
from reconciler.planning.rotations import plan_rotations
from reconciler.planning.separation import Separating
from reconciler.planning.standing import plan_standing


def make(desired: Desired, snapshot: Snapshot, ledger: LedgerState) -> Plan:
    """Ends of leases, edits and repairs of running ones, new leases, standing grants, narrowings, standing revokes, in this order; around them the column
    views that they need and leave.

    The same arguments give the same plan and digest. When `brakes` is not empty none of the changes may run.
    """
    holdings = index(snapshot)
    separating = Separating(desired, holdings, ledger)
    leases = plan_leases(desired, holdings, ledger, separating)
    standing = plan_standing(desired, holdings, ledger, separating)
    rotations, not_rotated = plan_rotations(desired, holdings)
    access = (*leases.changes, *standing.changes)
    views = plan_views(desired, holdings, access)
    changes = (*views.made, *access, *views.cleaned_up, *rotations)
    target = desired.target
    notes = access_notes(access, desired, holdings)
    released = brake.lifted(access, standing.held, target, desired.at, standing.cascading)
    return Plan(
        target=target.name,
        mode=target.mode,
        commit=desired.commit,
        at=desired.at,
        database=snapshot.database,
        changes=changes,
        drift=standing.drift,
        leases=tuple(leases.held_back.get(row.id, row) for row in desired.leases),
        brakes=brake.check(access, standing.held, target.removals, desired.at, standing.cascading),
        findings=ordered(
            (
                *desired.findings,
                *leases.findings,
                *standing.findings,
                *views.findings,
                *released,
                *notes,
                *not_rotated,
                *separating.findings,
            )
        ),
        digest=digest_of(target.name, snapshot.database, changes),
        views=known_views(desired, snapshot),
    )
