"""What the reconciler's own account may do decides what a run tries: known and told before the intent, not found out statement by statement."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace

from reconciler.model import names
from reconciler.model.changes import Change
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.errors import RefusedError
from reconciler.model.plan import Plan
from reconciler.model.results import ChangeOutcome, Execution, Status
from reconciler.model.snapshot import Snapshot
from reconciler.oracle import lock
from reconciler.oracle.session import Session
from reconciler.planning import containers, own_rights
from reconciler.planning.own_rights import OwnRights

_COMPARE = "the script of reconciler bootstrap has all that the account needs"


def refuse_root(snapshot: Snapshot) -> None:
    """Raises RefusedError `target.root-container`."""
    found = containers.problem(snapshot)
    if found is not None:
        raise RefusedError(found.rule, found.message, hint=found.hint)


def check(plan: Plan, snapshot: Snapshot) -> OwnRights:
    """What of the plan the account can't do. Raises RefusedError `rights.missing` when that is all of it: then there is nothing to begin."""
    found = own_rights.check(plan.changes, snapshot)
    if found.blocked and len(found.blocked) == len(set(plan.changes)):
        raise _refused(snapshot, found.findings)
    return found


def allowed(plan: Plan, rights: OwnRights) -> tuple[Change, ...]:
    return tuple(change for change in plan.changes if change not in rights.blocked)


def with_findings(plan: Plan, rights: OwnRights) -> Plan:
    """The plan with what is missing among its findings; what was approved, and so its digest, is the same."""
    return replace(plan, findings=(*plan.findings, *rights.findings))


def with_blocked(execution: Execution, plan: Plan, rights: OwnRights) -> Execution:
    """The execution with an outcome for each change that was not tried, in the plan's order."""
    if not rights.blocked:
        return execution
    told = {outcome.change: outcome for outcome in execution.outcomes}
    told |= {
        change: ChangeOutcome(
            change, Status.SKIPPED, message=why, hint="runs when the right is there"
        )
        for change, why in rights.blocked.items()
    }
    ordered = tuple(told[change] for change in dict.fromkeys(plan.changes) if change in told)
    return replace(execution, outcomes=ordered)


@contextlib.contextmanager
def locked(
    session: Session,
    target: str,
    *,
    run_id: str,
    timeout: int,
    look: Callable[[], tuple[Plan, Snapshot]],
) -> Iterator[None]:
    """`lock.hold`, but an account without the right to lock is told everything that it lacks at once, for what `look` finds would be done.

    Raises RefusedError `rights.missing`, and what `lock.hold` and `look` raise.
    """
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(lock.hold(session, target, run_id=run_id, timeout=timeout))
        except lock.NotAllowedError as error:
            plan, snapshot = look()
            missing = own_rights.check(plan.changes, snapshot).findings
            raise _refused(snapshot, (*error.diagnostics(), *missing)) from None
        yield


def _refused(snapshot: Snapshot, findings: tuple[Diagnostic, ...]) -> RefusedError:
    account = names.display(snapshot.account)
    return RefusedError(
        own_rights.RULE,
        f"{snapshot.target}: {account} may do nothing of what is due; nothing was begun",
        hint=_COMPARE,
        findings=findings,
    )
