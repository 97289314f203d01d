"""What a plan does for leases that end, for roles that nothing explains, and for leases that overlap."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.model.changes import (
    Cause,
    DropDeadline,
    DropLeaseRole,
    Revoke,
)
from reconciler.model.documents import RemovalLimits
from reconciler.model.leases import EndReason, Phase, RecordStatus
from reconciler.model.privileges import Entitlement, role
from reconciler.model.snapshot import DeadlineJob, RoleAccount
from reconciler.planning.plan import make

JIT = role("JIT_FIX")


def kinds(plan: Any) -> Any:
    return [type(change).__name__ for change in plan.changes]


def causes(plan: Any) -> Any:
    return {change.cause for change in plan.changes}


def rules(plan: Any) -> Any:
    return [found.rule for found in plan.findings]


class TestEnd:
    def test_what_the_role_really_holds_goes_then_its_holders_then_the_role_then_the_deadline(
        self, world: Any
    ) -> None:
        lease = world.lease(phase=Phase.ENDING)
        snapshot = world.in_force(lease)
        snapshot = world.grant(
            Entitlement("JIT_FIX", world.UPDATE), world.grant(Entitlement("BOB", JIT), snapshot)
        )
        plan = make(world.desired(lease), snapshot, world.recorded(lease))
        assert plan.changes == (
            Revoke(
                Entitlement("JIT_FIX", world.SELECT), Cause.LEASE_END, "HR", "fix", lease.origin
            ),
            Revoke(
                Entitlement("JIT_FIX", world.UPDATE), Cause.LEASE_END, "HR", "fix", lease.origin
            ),
            Revoke(Entitlement("ALICE", JIT), Cause.LEASE_END, "", "fix", lease.origin),
            Revoke(Entitlement("BOB", JIT), Cause.LEASE_END, "", "fix", lease.origin),
            DropLeaseRole("fix", "JIT_FIX", Cause.LEASE_END, lease.origin),
            DropDeadline("fix", "JIT_FIX", Cause.LEASE_END, lease.origin),
        )
        assert world.execute(plan.changes, snapshot) == world.snapshot()

    def test_rows_that_cannot_be_revoked_go_with_the_role(self, world: Any) -> None:
        lease = world.lease(phase=Phase.ENDING)
        extra = {
            world.row("JIT_FIX", world.UPDATE, grantor="BOB"),
            world.row("PUBLIC", JIT),
            world.row("BOB", JIT, inherited=True),
        }
        snapshot = world.in_force(lease)
        plan = make(
            world.desired(lease),
            replace(snapshot, grants=snapshot.grants | extra),
            world.recorded(lease),
        )
        assert kinds(plan) == ["Revoke", "Revoke", "DropLeaseRole", "DropDeadline"]

    def test_what_its_deadline_has_cleaned_needs_no_change(self, world: Any) -> None:
        lease = world.lease(phase=Phase.ENDING)
        plan = make(world.desired(lease), world.snapshot(), world.recorded(lease))
        assert (plan.changes, plan.findings, plan.leases) == ((), (), (lease,))

    def test_p18_a_lease_that_is_revoked_but_effective_stays_in_the_plan_without_changes(
        self, world: Any
    ) -> None:
        lease = world.lease(phase=Phase.ENDING)
        record = world.record(lease, status=RecordStatus.REVOKED_BUT_EFFECTIVE)
        assert make(
            world.desired(lease), world.snapshot(), world.ledger(leases={"fix": record})
        ).is_empty

    def test_p23_twenty_adjacent_leases_end_in_one_plan(self, world: Any) -> None:
        leases = [world.lease(f"fix-{number}", phase=Phase.ENDING) for number in range(20)]
        snapshot = world.snapshot()
        for lease in leases:
            snapshot = world.in_force(lease, snapshot)
        plan = make(world.desired(*leases), snapshot, world.recorded(*leases))
        after = world.execute(plan.changes, snapshot)
        assert after == world.snapshot()
        assert make(world.desired(*leases), after, world.recorded(*leases)).is_empty

    def test_p3_ends_do_not_trip_the_brake(self, world: Any) -> None:
        leases = [world.lease(f"fix-{number}", phase=Phase.ENDING) for number in range(20)]
        snapshot = world.snapshot()
        for lease in leases:
            snapshot = world.in_force(lease, snapshot)
        target = world.target(removals=RemovalLimits(0, 0.0, 0, 0.0))
        assert (
            make(world.desired(*leases, target=target), snapshot, world.recorded(*leases)).brakes
            == ()
        )

    @pytest.mark.parametrize(
        ("late", "reason", "expected"),
        [
            (5, EndReason.EXPIRED, ["deadline.missed"]),
            (4, EndReason.EXPIRED, []),
            (5, EndReason.ENDED_BY_EDIT, []),
        ],
    )
    def test_p17_a_deadline_that_did_not_end_the_lease_is_an_error(
        self, world: Any, late: Any, reason: Any, expected: Any
    ) -> None:
        lease = world.lease(
            phase=Phase.ENDING, end=world.NOW - timedelta(minutes=late), end_reason=reason
        )
        plan = make(world.desired(lease), world.in_force(lease), world.recorded(lease))
        assert rules(plan) == expected
        assert len(plan.changes) == 4

    def test_a_deadline_that_is_not_its_own_is_left(self, world: Any) -> None:
        lease = world.lease(phase=Phase.ENDING)
        job = DeadlineJob("JIT_FIX", world.NOW, True, "fix", "hr-copy")
        assert make(
            world.desired(lease), world.snapshot(deadlines={"JIT_FIX": job}), world.recorded(lease)
        ).is_empty


class TestOrphans:
    def test_a_role_of_ours_that_nothing_explains_is_ended(self, world: Any) -> None:
        snapshot = world.in_force(world.lease("gone"))
        plan = make(world.desired(), snapshot, world.ledger())
        assert causes(plan) == {Cause.ORPHAN}
        assert rules(plan) == ["lease-role.orphan"]
        assert world.execute(plan.changes, snapshot) == world.snapshot()

    @pytest.mark.parametrize("status", [RecordStatus.ENDED, RecordStatus.GRANTED])
    def test_a_role_that_the_ledger_calls_granted_is_no_orphan(
        self, world: Any, status: Any
    ) -> None:
        lease = world.lease("gone")
        ledger = world.ledger(leases={"gone": world.record(lease, status=status)})
        plan = make(world.desired(), world.in_force(lease), ledger)
        assert plan.is_empty is (status is RecordStatus.GRANTED)

    def test_a_role_of_another_target_in_the_same_database_is_left(self, world: Any) -> None:
        snapshot = world.in_force(world.lease("gone"))
        job = replace(snapshot.deadlines["JIT_GONE"], target="hr-copy")
        assert make(
            world.desired(), replace(snapshot, deadlines={"JIT_GONE": job}), world.ledger()
        ).is_empty

    def test_a_role_without_deadline_is_an_orphan_too(self, world: Any) -> None:
        snapshot = replace(world.in_force(world.lease("gone")), deadlines={})
        assert kinds(make(world.desired(), snapshot, world.ledger())) == [
            "Revoke",
            "Revoke",
            "DropLeaseRole",
        ]

    def test_a_role_like_a_leases_that_we_did_not_make_is_reported_and_left(
        self, world: Any
    ) -> None:
        roles = {**world.snapshot().roles, "JIT_THEIRS": RoleAccount("JIT_THEIRS")}
        rows = [world.row("JIT_THEIRS", world.SELECT), world.row("ALICE", role("JIT_THEIRS"))]
        plan = make(world.desired(), world.snapshot(rows, roles=roles), world.ledger())
        assert (plan.changes, plan.drift, rules(plan)) == ((), (), ["lease-role.foreign"])

    def test_created_roles_with_other_names_are_left(self, world: Any) -> None:
        snapshot = world.snapshot(
            [world.row("HR_READER", world.SELECT)],
            created_roles=frozenset({"HR_READER", "JIT_", "JIT_NO_ROLE_AT_ALL"}),
        )
        assert make(
            world.desired(standing=[Entitlement("HR_READER", world.SELECT)]),
            snapshot,
            world.ledger(),
        ).is_empty

    @pytest.mark.parametrize(
        ("job", "dropped"),
        [
            (DeadlineJob("JIT_GONE", None, True, "gone", "hr-prod"), True),
            (DeadlineJob("JIT_GONE", None, True, "gone", "hr-copy"), False),
            (DeadlineJob("JIT_GONE", None, True, "", "hr-prod"), False),
            (DeadlineJob("JIT_GONE", None, True, "other", "hr-prod"), False),
        ],
    )
    def test_a_deadline_without_role_and_lease_is_dropped_if_it_is_ours(
        self, world: Any, job: Any, dropped: Any
    ) -> None:
        plan = make(world.desired(), world.snapshot(deadlines={"JIT_GONE": job}), world.ledger())
        assert plan.changes == (
            (DropDeadline("gone", "JIT_GONE", Cause.ORPHAN),) if dropped else ()
        )


class TestOverlaps:
    """P20: two leases on one entitlement; what happens to one leaves the other working."""

    @pytest.mark.parametrize("fate", ["end", "early end", "extension", "edit", "role lost"])
    @pytest.mark.parametrize("same_user", [True, False])
    def test_p20_the_other_lease_is_untouched(self, world: Any, fate: Any, same_user: Any) -> None:
        one, two = world.lease("one"), world.lease("two", grantee="ALICE" if same_user else "BOB")
        snapshot = world.in_force(two, world.in_force(one))
        changed = {
            "end": replace(one, phase=Phase.ENDING, end_reason=EndReason.EXPIRED),
            "early end": replace(one, phase=Phase.ENDING, end_reason=EndReason.ENDED_BY_EDIT),
            "extension": replace(one, end=one.end + world.HOUR),
            "edit": replace(one, entitlements=frozenset({Entitlement("JIT_ONE", world.UPDATE)})),
            "role lost": one,
        }[fate]
        if fate == "role lost":
            snapshot = world.apply(DropLeaseRole("one", "JIT_ONE"), snapshot)
        plan = make(world.desired(changed, two), snapshot, world.recorded(one, two))
        assert {change.lease_id for change in plan.changes} == {"one"}
        after = world.execute(plan.changes, snapshot)
        assert {
            row
            for row in after.grants
            if "JIT_TWO" in (row.entitlement.grantee, row.entitlement.privilege.name)
        } == {
            row
            for row in snapshot.grants
            if "JIT_TWO" in (row.entitlement.grantee, row.entitlement.privilege.name)
        }
        assert after.deadlines["JIT_TWO"] == snapshot.deadlines["JIT_TWO"]


def test_the_order_is_ends_then_running_then_new_then_standing(world: Any) -> None:
    ending, running, new = (
        world.lease("z-end", phase=Phase.ENDING),
        world.lease("m-run"),
        world.lease("a-new"),
    )
    snapshot = world.in_force(
        running, world.in_force(ending, world.snapshot([world.row("BOB", world.UPDATE)]))
    )
    snapshot = replace(snapshot, deadlines={"JIT_Z_END": snapshot.deadlines["JIT_Z_END"]})
    desired = world.desired(new, running, ending, standing=[Entitlement("ALICE", world.SESSION)])
    plan = make(desired, snapshot, world.recorded(ending, running))
    seen = list(dict.fromkeys(change.lease_id for change in plan.changes))
    assert seen == ["z-end", "m-run", "a-new", ""]
    assert kinds(plan)[-2:] == ["Grant", "Revoke"]
