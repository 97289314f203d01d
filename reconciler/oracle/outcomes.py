"""What the numbers of Oracle mean for a change, and which changes must not run after one that failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from reconciler.model import names
from reconciler.model.changes import (
    ArmDeadline,
    Change,
    ClearLogonNetworks,
    CreateColumnView,
    CreateLeaseRole,
    CreateProfile,
    CreateTemporaryUser,
    DropColumnView,
    DropDeadline,
    DropLeaseRole,
    DropProfile,
    DropTemporaryUser,
    Grant,
    KillSessions,
    LockTemporaryUser,
    MoveDeadline,
    Narrow,
    Revoke,
    RotatePassword,
    SetLogonNetworks,
    SetProfile,
    SetReadOnly,
    UnlockTemporaryUser,
)
from reconciler.model.privileges import Entitlement, Kind, Privilege
from reconciler.model.results import ChangeOutcome, Status
from reconciler.oracle import hints
from reconciler.oracle.batch import NOT_RUN, StepResult

_NOT_HELD = frozenset({1927, 1951, 1952, 25709})
_SUBJECT_GONE = frozenset({942, 1917, 1918, 1919, 4042, 22930})
_JOB_GONE = frozenset({27475, 27476})
_ROLE_EXISTS = frozenset({1921})
_ROLE_GONE = frozenset({1919})
PASSING = frozenset({54, 1940, 4020, 4021})
"""Refused for the moment: somebody is connected, holds a lock, or runs the code that a grant is about."""

_USER_GONE = frozenset({1918, 20018})  # the second is the gatekeeper's
_PROFILE_EXISTS = frozenset({2379})
_PROFILE_GONE = frozenset({2380})


def of_change(change: Change, steps: Sequence[StepResult]) -> ChangeOutcome:
    """The outcome of a change that ran as these steps.

    "Already so" is success. ORA-01927 can also mean that somebody else made the grant: the snapshot after the run tells. A deadline job that exists already is
    a failure, because its end is not known to be the right one.
    """
    already = _already(change)
    failed = [step for step in steps if step.ora not in already | {0, NOT_RUN}]
    if failed:
        step = failed[0]
        ora = max(step.ora, 0)
        hint = hints.for_ora(ora) if ora else ""
        return ChangeOutcome(change, Status.FAILED, ora, step.message, hint)
    settled = [step for step in steps if step.ora in already]
    if settled and not isinstance(change, Narrow):
        return ChangeOutcome(change, Status.ALREADY, settled[0].ora, settled[0].message)
    return ChangeOutcome(change, Status.DONE)


def _already(change: Change) -> frozenset[int]:
    match change:
        case Revoke():
            return _NOT_HELD | _SUBJECT_GONE
        case Narrow():
            return _NOT_HELD
        case CreateLeaseRole():
            return _ROLE_EXISTS
        case DropLeaseRole():
            return _ROLE_GONE
        case DropDeadline():
            return _JOB_GONE
        case CreateProfile():
            return _PROFILE_EXISTS
        case DropProfile():
            return _PROFILE_GONE
        case LockTemporaryUser() | DropTemporaryUser() | KillSessions():
            return _USER_GONE
        case DropColumnView():
            return _SUBJECT_GONE
        case Grant() | ArmDeadline() | MoveDeadline() | CreateColumnView():
            return frozenset()
        case CreateTemporaryUser() | UnlockTemporaryUser() | RotatePassword():
            return frozenset()
        case SetProfile() | SetReadOnly() | SetLogonNetworks() | ClearLogonNetworks():
            return frozenset()
    assert_never(change)


class Dependencies:
    """Remembers failures that later changes of the same lease depend on.

    A lease whose role or deadline failed gets no grants: access without a deadline is what must not be. A lease whose role, user or
    proxy right could not be taken keeps its deadline, which then goes on trying. Nothing is granted on a column view that could not be made as it should be.
    """

    def __init__(self) -> None:
        self._not_ready: set[str] = set()
        self._not_gone: set[str] = set()
        self._not_made: set[str] = set()

    def note(self, outcome: ChangeOutcome) -> None:
        if outcome.status not in (Status.FAILED, Status.SKIPPED):
            return
        match outcome.change:
            case CreateLeaseRole() | ArmDeadline() | MoveDeadline():
                self._not_ready.add(outcome.change.lease_id)
            case CreateTemporaryUser() | SetProfile() | SetReadOnly() | SetLogonNetworks():
                self._not_ready.add(outcome.change.lease_id)
            case DropLeaseRole() | DropTemporaryUser():
                self._not_gone.add(outcome.change.lease_id)
            case Revoke(entitlement=Entitlement(privilege=Privilege(kind=Kind.PROXY))):
                self._not_gone.add(outcome.change.lease_id)
            case CreateColumnView(view=view):
                self._not_made.add(view.name)
            case _:
                pass

    def reason_to_skip(self, change: Change) -> str:
        """Empty when the change may run."""
        match change:
            case (
                CreateLeaseRole()
                | ArmDeadline()
                | CreateTemporaryUser()
                | SetProfile()
                | SetReadOnly()
                | SetLogonNetworks()
                | Grant()
                | UnlockTemporaryUser()
            ) if change.lease_id in self._not_ready:
                return f"the role, the deadline or the user of lease {change.lease_id} failed"
            case DropDeadline() if change.lease_id in self._not_gone:
                return f"lease {change.lease_id} is not gone yet, so its deadline stays"
            case DropProfile() if change.lease_id in self._not_gone:
                return f"the user of lease {change.lease_id} is still there and has the profile"
            case Grant(
                entitlement=Entitlement(privilege=Privilege(owner=names.GATE_SCHEMA, object=name))
            ) if name in self._not_made:
                return f"view {name} could not be made"
            case _:
                return ""


def skipped(change: Change, reason: str) -> ChangeOutcome:
    return ChangeOutcome(
        change, Status.SKIPPED, message=reason, hint="runs again with the next run"
    )
