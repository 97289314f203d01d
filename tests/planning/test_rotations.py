"""Which passwords a plan makes anew, and whose it never touches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.changes import Cause, RotatePassword
from reconciler.model.desired import DueRotation
from reconciler.model.diagnostics import Origin
from reconciler.model.snapshot import UserAccount
from reconciler.planning.holdings import index
from reconciler.planning.rotations import plan_rotations

HERE = Origin("grants/people/etl.yaml", 8, 3)


def planned(world: Any, *users: str, services: Any = ("*",), **parts: Any) -> Any:
    """The changes and findings for rotations that are due for the users."""
    target = world.target(scope=replace(world.EVERYTHING, services=services))
    due = tuple(DueRotation(user, "etl", world.NOW, HERE) for user in users)
    desired = replace(world.desired(target=target), rotations=due)
    snapshot = world.snapshot(**({"has_gate": True} | parts))
    temporary = {"JITU_FIX": UserAccount("JITU_FIX", "OPEN")}
    return plan_rotations(desired, index(replace(snapshot, users=snapshot.users | temporary)))


def test_a_password_that_is_due_is_made_anew(world: Any) -> None:
    changes, findings = planned(world, "ALICE", "BOB")
    assert changes == (
        RotatePassword("ALICE", "etl", world.NOW, cause=Cause.ROTATION, origin=HERE),
        RotatePassword("BOB", "etl", world.NOW, cause=Cause.ROTATION, origin=HERE),
    )
    assert findings == ()


@pytest.mark.parametrize(
    ("user", "rule"),
    [
        ("GHOST", "rotation.unknown-user"),
        ("SYS", "rotation.protected-user"),
        ("XDB", "rotation.protected-user"),
        ("RECONCILER", "rotation.protected-user"),
        ("JITU_FIX", "rotation.protected-user"),
        ("CAROL", "scope.outside"),
    ],
)
def test_one_that_is_not_ours_to_change_is_refused_and_stops_no_other(
    world: Any, user: str, rule: str
) -> None:
    services = ("ALICE", "SYS", "XDB", "RECONCILER", "JITU_*", "GHOST")
    changes, findings = planned(world, user, "ALICE", services=services)
    assert [row.user for row in changes] == ["ALICE"]
    assert [(row.rule, row.origin, row.is_error) for row in findings] == [(rule, HERE, True)]


def test_without_the_gatekeeper_none_can_be_made(world: Any) -> None:
    changes, findings = planned(world, "ALICE", has_gate=False)
    assert (changes, [row.rule for row in findings]) == ((), ["gate.missing"])
    assert f"reconciler bootstrap {world.TARGET} --gate --print-sql" in findings[0].hint
