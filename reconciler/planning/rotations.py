"""New passwords for service accounts."""

from __future__ import annotations

from reconciler.model import names
from reconciler.model.changes import RotatePassword
from reconciler.model.desired import Desired, DueRotation
from reconciler.model.diagnostics import Diagnostic
from reconciler.planning.holdings import Holdings


def plan_rotations(
    desired: Desired, holdings: Holdings
) -> tuple[tuple[RotatePassword, ...], tuple[Diagnostic, ...]]:
    """The rotations that can be carried out, and why the others can't."""
    services = desired.target.scope.services
    problems = {row: _problem(row, holdings, services) for row in desired.rotations}
    changes = (
        RotatePassword(row.user, row.person, row.due, origin=row.origin)
        for row, problem in problems.items()
        if problem is None
    )
    return tuple(changes), tuple(found for found in problems.values() if found)


def _problem(row: DueRotation, holdings: Holdings, services: tuple[str, ...]) -> Diagnostic | None:
    snapshot, shown = holdings.snapshot, names.display(row.user)
    about = f"password of {shown} on {snapshot.target}"
    if not snapshot.has_gate:
        return Diagnostic(
            "gate.missing",
            f"{about}: the gatekeeper package is not installed there, or the account may not use it",
            row.origin,
            hint=f"a DBA installs it: reconciler bootstrap {snapshot.target} --gate --print-sql",
        )
    if row.user not in snapshot.users:
        return Diagnostic("rotation.unknown-user", f"{about}: there is no such user", row.origin)
    if holdings.is_protected(row.user) or holdings.is_of_lease(row.user):
        message = f"{about}: {shown} is never changed"
        return Diagnostic("rotation.protected-user", message, row.origin)
    if not any(names.matches(pattern, row.user) for pattern in services):
        return Diagnostic(
            "scope.outside",
            f"{about}: {shown} is outside the scope of {snapshot.target}",
            row.origin,
            hint="add the user to `scope.services` of the target, or leave the target out of the rotation",
        )
    return None
