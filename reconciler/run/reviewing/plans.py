"""What a pull request does to a target, from the last snapshot in the ledger: the plan with it, less the plan without it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

from reconciler.desired.admission import WEEK
from reconciler.documents.build import LoadResult
from reconciler.documents.changed import Changed
from reconciler.ledger.store import Ledger
from reconciler.model import names
from reconciler.model.changes import Change, effect_line
from reconciler.model.desired import Desired
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.documents import Documents, Target
from reconciler.model.leases import Lease, Phase
from reconciler.model.ledger import LedgerState
from reconciler.model.plan import Plan, digest_of
from reconciler.model.snapshot import RecordedSnapshot, Snapshot
from reconciler.oracle.statements import render_unit
from reconciler.planning import own_rights, packing
from reconciler.planning import plan as planning
from reconciler.planning.effective import Explanations, explanations
from reconciler.planning.known import Known
from reconciler.run.forecast import unread
from reconciler.run.resolution import settled
from reconciler.run.restrict import hold_back_removals
from reconciler.run.target import wanted
from reconciler.run.workspace import Workspace

Recorded = Callable[[str], RecordedSnapshot | None]
"""The last snapshot of a target by its name."""


@dataclass(frozen=True)
class TargetPlans:
    """One target with and without the change, at one instant. `runs` are the changes that the pull request brings, `spared` those that it saves, both in the
    order they would run. `state` is what the ledger knows of the leases that matter."""

    target: Target
    snapshot: Snapshot
    state: LedgerState
    desired: Desired
    plan: Plan
    runs: tuple[Change, ...]
    spared: tuple[Change, ...]
    findings: tuple[Diagnostic, ...]

    @cached_property
    def access(self) -> Known:
        return Known.of(self.snapshot)

    @cached_property
    def explained(self) -> Explanations:
        return explanations(self.desired.explanations, self.desired.leases)

    @property
    def digest(self) -> str:
        return digest_of(self.target.name, self.snapshot.database, self.runs)

    def lease(self, lease_id: str) -> Lease | None:
        return next((row for row in self.desired.leases if row.id == lease_id), None)

    def statements(self, changes: Sequence[Change]) -> tuple[str, ...]:
        """The SQL of the changes, in the order it runs."""
        return tuple(
            statement
            for unit in packing.pack(changes)
            for statement in render_unit(unit, target=self.target.name, at=self.snapshot.at)
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """Plans targets with and without a change. `documents` are those after it, under the rules that are in force."""

    repository: Path
    changed: Changed
    documents: Documents
    ledger: Ledger
    at: datetime

    def of(self, target: Target, recorded: RecordedSnapshot) -> TargetPlans:
        """Raises LedgerError."""
        snapshot = replace(recorded.snapshot, at=self.at)
        live = _live(snapshot)
        counted = self._counted(target) if self.changed.is_narrow else frozenset()
        only = sorted(self._changed_requests() | live | counted) if self.changed.is_narrow else None
        state = settled(self.ledger.read(target.name, only), snapshot)
        doubtful = (
            (live | counted) - self._changed_requests() if self.changed.is_narrow else frozenset()
        )
        after = self._workspace(self.changed.after, self.documents, doubtful)
        before = self._workspace(self.changed.before, self.changed.before.documents, doubtful)
        desired, plan = self._plan(after, target, snapshot, state)
        known = before.documents.targets.get(target.name)
        old = self._plan(before, known, snapshot, state)[1] if known is not None else None
        runs = _beyond(plan.changes, old.changes if old else ())
        not_read = unread(self.documents, target, recorded.snapshot)
        return TargetPlans(
            target=target,
            snapshot=snapshot,
            state=state,
            desired=desired,
            plan=plan,
            runs=runs,
            spared=_beyond(old.changes if old else (), plan.changes),
            findings=(
                *_new(plan.findings, old.findings if old else (), self.changed.paths),
                *own_rights.check(runs, snapshot).findings,
                *([not_read] if not_read else ()),
            ),
        )

    def _changed_requests(self) -> frozenset[str]:
        """Names of the requests that were read because they changed, right or wrong."""
        both = (self.changed.before, self.changed.after)
        return frozenset(
            name
            for side in both
            for name in (*side.well_formed.requests, *side.left_out.get("AccessRequest", ()))
        )

    def _counted(self, target: Target) -> frozenset[str]:
        """Leases that count for the limits of those who ask: in force, or of the last seven days."""
        people = {
            request.requester
            for request in self.documents.requests.values()
            if request.origin.path in self.changed.paths and request.targets.selects(target)
        }
        return frozenset(
            row.id
            for name in people
            for row in self.ledger.history(target.name, name)
            if (row.ended_at or row.end) > self.at - WEEK
        )

    def _workspace(
        self, loaded: LoadResult, documents: Documents, doubtful: Iterable[str]
    ) -> Workspace:
        """`doubtful` are leases in force whose documents were not read: they go on as the ledger knows them."""
        left_out = {kind: frozenset(found) for kind, found in loaded.left_out.items() if found}
        requests = left_out.get("AccessRequest", frozenset()).union(doubtful)
        return Workspace(
            repository=self.repository,
            commit=documents.commit,
            documents=documents,
            findings=(),
            left_out={**left_out, "AccessRequest": requests} if requests else left_out,
            ledger=self.ledger,
            well_formed=loaded.well_formed,
        )

    def _plan(
        self, workspace: Workspace, target: Target, snapshot: Snapshot, state: LedgerState
    ) -> tuple[Desired, Plan]:
        desired = _begun(wanted(workspace, target, snapshot, state), self.changed.paths)
        plan = hold_back_removals(planning.make(desired, snapshot, state), workspace.left_out)
        return desired, plan


def _live(snapshot: Snapshot) -> frozenset[str]:
    """The leases that are in force in the database, as far as their roles and deadlines tell."""
    by_role = (names.lease_id_of_role(role) for role in snapshot.roles)
    by_job = (job.lease_id for job in snapshot.deadlines.values())
    return frozenset(name for name in (*by_role, *by_job) if name)


def _begun(desired: Desired, paths: frozenset[str]) -> Desired:
    """Leases of changed documents as if their start had come, so that what they will do shows."""
    leases = tuple(
        replace(lease, phase=Phase.ACTIVE)
        if lease.phase is Phase.PENDING and lease.origin and lease.origin.path in paths
        else lease
        for lease in desired.leases
    )
    return replace(desired, leases=leases)


def _beyond(changes: Iterable[Change], others: Iterable[Change]) -> tuple[Change, ...]:
    effects = set(map(effect_line, others))
    return tuple(change for change in changes if effect_line(change) not in effects)


def _new(
    findings: Iterable[Diagnostic], before: Iterable[Diagnostic], paths: frozenset[str]
) -> tuple[Diagnostic, ...]:
    """Findings that the change brings, and all those in its own files."""
    known = frozenset(before)
    return tuple(
        row for row in findings if row not in known or (row.origin and row.origin.path in paths)
    )


def plans(
    comparison: Comparison, targets: Mapping[str, Target], recorded: Recorded
) -> dict[str, tuple[RecordedSnapshot, TargetPlans] | None]:
    """The plans of each target by its name; None for one that the ledger has no snapshot of. Raises LedgerError."""
    found: dict[str, tuple[RecordedSnapshot, TargetPlans] | None] = {}
    for name, target in sorted(targets.items()):
        snapshot = recorded(name)
        found[name] = (snapshot, comparison.of(target, snapshot)) if snapshot else None
    return found
