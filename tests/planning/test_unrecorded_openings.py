"""Break-glass access that the ledger at hand does not know: left in force while its own deadline is near, and told as an error."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.model.leases import RecordStatus
from reconciler.planning.plan import make

NEAR = timedelta(hours=1)


def opened(world: Any, **job: Any) -> Any:
    """A snapshot with the role and the deadline of an opening."""
    lease = world.lease("bg-rescue-1", end=world.NOW + NEAR)
    snapshot = world.in_force(lease)
    deadline = replace(snapshot.deadlines["JIT_BG_RESCUE_1"], **job)
    return replace(snapshot, deadlines={"JIT_BG_RESCUE_1": deadline})


def test_p33_it_is_left_and_told(world: Any) -> None:
    plan = make(world.desired(), opened(world), world.ledger())
    assert plan.is_empty
    (found,) = plan.findings
    assert (found.rule, found.is_error) == ("break-glass.unrecorded", True)


@pytest.mark.parametrize(
    "job",
    [
        {"enabled": False},
        {"intact": False},
        {"end": None},
    ],
)
def test_p33_without_a_deadline_that_will_end_it_soon_nothing_protects_it(
    world: Any, job: dict[str, Any]
) -> None:
    plan = make(world.desired(), opened(world, **job), world.ledger())
    assert not plan.is_empty


def test_p33_an_opening_of_another_target_in_the_same_database_is_that_ones_business(
    world: Any,
) -> None:
    plan = make(world.desired(), opened(world, target="hr-copy"), world.ledger())
    assert (plan.is_empty, plan.findings) == (True, ())


def test_p33_a_name_like_an_openings_with_a_far_deadline_is_an_orphan(world: Any) -> None:
    snapshot = opened(world, end=world.NOW + timedelta(hours=5))
    plan = make(world.desired(), snapshot, world.ledger())
    assert [row.rule for row in plan.findings] == ["lease-role.orphan"]
    assert not plan.is_empty


def test_p33_one_that_has_ended_by_the_ledger_does_not_come_back_this_way(world: Any) -> None:
    record = world.record(world.lease("bg-rescue-1"), status=RecordStatus.ENDED)
    plan = make(world.desired(), opened(world), world.ledger(leases={"bg-rescue-1": record}))
    assert [row.rule for row in plan.findings] == ["lease-role.orphan"]
    assert not plan.is_empty
