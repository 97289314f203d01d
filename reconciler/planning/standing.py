"""Changes and drift of standing access, by the target's mode."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.model import names
from reconciler.model.changes import Cause, Change, Grant, Narrow, Revoke
from reconciler.model.desired import Desired
from reconciler.model.diagnostics import Diagnostic, Origin, Severity
from reconciler.model.documents import Mode
from reconciler.model.ledger import LedgerState
from reconciler.model.plan import Drift, DriftKind
from reconciler.model.privileges import Entitlement, Kind
from reconciler.model.snapshot import HeldGrant
from reconciler.planning.admission import standing_problems
from reconciler.planning.column_views import known_views
from reconciler.planning.difference import Coverage, Difference, Narrowing, difference
from reconciler.planning.holdings import Holdings
from reconciler.planning.lease_identities import rights_of_leases
from reconciler.planning.scope import ScopeFilter, managed_rows
from reconciler.planning.separation import Separating


@dataclass(frozen=True, slots=True)
class StandingPlan:
    """`changes` are grants, then narrowings, then revokes. `held` counts the rows in scope by grantee: what the brake's shares are of; `cascading` the rows
    that go along with the changes."""

    changes: tuple[Change, ...]
    drift: tuple[Drift, ...]
    findings: tuple[Diagnostic, ...]
    held: Mapping[str, int]
    cascading: Mapping[str, int]


def plan_standing(
    desired: Desired, holdings: Holdings, ledger: LedgerState, separating: Separating
) -> StandingPlan:
    scope = ScopeFilter(desired.target.scope, known_views(desired, holdings.snapshot))
    of_leases = rights_of_leases(desired.leases, holdings.snapshot) - desired.standing.keys()
    rows = [row for row in managed_rows(holdings, scope) if row.entitlement not in of_leases]
    wanted, refused, findings = _admitted(desired, holdings, scope, separating)
    ours = Ours(desired.target.mode, ledger)
    implicit = _last_administrators(rows, wanted, holdings, ours)
    view = _View(desired, ours, implicit, Coverage(refused))
    found = difference(wanted, rows, holdings, view.may_take)
    observing = desired.target.mode is Mode.OBSERVE
    return StandingPlan(
        changes=() if observing else tuple(_changes(found, view)),
        drift=tuple(_drift(found, view, wanted, rows)),
        findings=(*findings, *_findings(found, view)),
        held=Counter(row.entitlement.grantee for row in rows),
        cascading=Counter(row.entitlement.grantee for row in found.cascading),
    )


class Ours:
    """What the ledger says we granted ourselves and did not revoke."""

    def __init__(self, mode: Mode, ledger: LedgerState) -> None:
        self.mode = mode
        self._granted = Coverage(ledger.granted)

    def was_granted(self, entitlement: Entitlement) -> bool:
        return self._granted.has(entitlement)


@dataclass(frozen=True, slots=True)
class _View:
    desired: Desired
    ours: Ours
    implicit: frozenset[HeldGrant]
    refused: Coverage

    def may_take(self, row: HeldGrant) -> bool:
        """Whether a surplus row may be taken away: in authoritative mode each, in additive mode what we granted, else none. What a document wants and cannot
        have in full (with an option, say) is no decision to take what is there."""
        if self.ours.mode is Mode.OBSERVE or row in self.implicit:
            return False
        if self.refused.covers(row.entitlement):
            return False
        return self.ours.mode is Mode.AUTHORITATIVE or self.ours.was_granted(row.entitlement)

    def cause(self, row: HeldGrant) -> Cause:
        if self.ours.was_granted(row.entitlement):
            return Cause.STANDING_REMOVED
        return Cause.DRIFT


def _admitted(
    desired: Desired, holdings: Holdings, scope: ScopeFilter, separating: Separating
) -> tuple[list[Entitlement], list[Entitlement], list[Diagnostic]]:
    """The wanted entitlements that can be granted, the others, and why those can't."""
    wanted: list[Entitlement] = []
    refused: list[Entitlement] = []
    findings: list[Diagnostic] = []
    for entitlement, origin in desired.standing.items():
        problems = list(standing_problems(entitlement, origin, holdings, scope))
        problems = problems or separating.standing_problems(entitlement, origin)
        findings += problems
        (refused if problems else wanted).append(entitlement)
    return wanted, refused, findings


def _last_administrators(
    rows: list[HeldGrant], wanted: list[Entitlement], holdings: Holdings, ours: Ours
) -> frozenset[HeldGrant]:
    """Roles that users hold WITH ADMIN OPTION, as a role's creator does without anybody having granted it, and that nobody would administer any more
    without them. The dictionary does not tell a creator's row from a granted one, so these are left."""
    wanting = Coverage(wanted)
    surplus = {
        row
        for row in rows
        if row.entitlement.privilege.kind is Kind.ROLE
        and row.entitlement.with_option
        and not wanting.covers(row.entitlement)
    }
    administered = {
        row.entitlement.privilege
        for found in {row.entitlement.privilege.name for row in surplus}
        for row in holdings.holders_of(found)
        if row.entitlement.with_option and row not in surplus
    }
    return frozenset(
        row
        for row in surplus
        if row.entitlement.privilege not in administered
        and row.entitlement.grantee in holdings.snapshot.users
        and not wanting.covers(row.entitlement._replace(with_option=False))
        and not ours.was_granted(row.entitlement)
    )


def _changes(found: Difference, view: _View) -> Iterator[Change]:
    for entitlement in found.missing:
        lost = entitlement in found.not_held and view.ours.was_granted(entitlement)
        cause = Cause.DRIFT if lost else Cause.STANDING
        yield Grant(entitlement, cause, origin=view.desired.standing.get(entitlement))
    for narrowing in found.narrow:
        yield Narrow(
            narrowing.revoke,
            narrowing.keep,
            _narrowing_cause(narrowing, view),
            origin=_origin_of(narrowing, view),
            grantor=narrowing.grantor,
            cascades=found.carried.get((narrowing.revoke, narrowing.grantor), ()),
        )
    for row in found.revoke:
        cascades = found.carried.get((row.entitlement, row.grantor), ())
        yield Revoke(row.entitlement, view.cause(row), row.grantor, cascades=cascades)


def _narrowing_cause(narrowing: Narrowing, view: _View) -> Cause:
    causes = {view.cause(row) for row in narrowing.surplus}
    return Cause.DRIFT if Cause.DRIFT in causes else Cause.STANDING_REMOVED


def _origin_of(narrowing: Narrowing, view: _View) -> Origin | None:
    origins = (view.desired.standing.get(entitlement) for entitlement in narrowing.keep)
    return next((origin for origin in origins if origin is not None), None)


def _drift(
    found: Difference, view: _View, wanted: list[Entitlement], rows: list[HeldGrant]
) -> Iterator[Drift]:
    mode = view.desired.target.mode
    if mode is not Mode.ADDITIVE:
        wanting = Coverage(wanted)
        surplus = [
            row
            for row in rows
            if not wanting.covers(row.entitlement) and not view.refused.covers(row.entitlement)
        ]
        for row in sorted(surplus):
            if mode is Mode.OBSERVE or not view.ours.was_granted(row.entitlement):
                yield Drift(DriftKind.UNEXPECTED, row.entitlement, row.grantor)
    for entitlement in found.missing:
        expected = mode is Mode.OBSERVE or view.ours.was_granted(entitlement)
        if entitlement in found.not_held and expected:
            origin = view.desired.standing.get(entitlement)
            yield Drift(DriftKind.MISSING, entitlement, origin=origin)


def _findings(found: Difference, view: _View) -> Iterator[Diagnostic]:
    for row in found.foreign:
        ours = view.ours.was_granted(row.entitlement)
        yield other_grantor(row, Severity.WARNING if ours else Severity.ERROR)
    if view.desired.target.mode is Mode.AUTHORITATIVE:
        for row in sorted(view.implicit):
            yield Diagnostic(
                "standing.role-administrator",
                f"{row.entitlement}: without it nobody would administer the role; left alone",
                severity=Severity.WARNING,
                hint="write it down as a standing grant, or revoke it by hand",
            )
    for row in found.entangled:
        grantor = names.display(row.grantor)
        yield Diagnostic(
            "revoke.cascades",
            f"{row.entitlement}, granted by {grantor}, would go with the grant option on it; the option is left",
            hint=f"revoke it as {grantor} first, or write it down as a standing grant",
        )


def other_grantor(row: HeldGrant, severity: Severity) -> Diagnostic:
    """A row that the account can't revoke."""
    return Diagnostic(
        "revoke.other-grantor",
        f"{row.entitlement} was granted by {row.grantor}; only that user can revoke it",
        severity=severity,
        hint=f"revoke it as {row.grantor}, or take the grant option from {row.grantor}",
    )
