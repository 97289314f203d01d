"""What a plan does for leases: starts, repairs, edits, extensions, refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.model.changes import (
    ArmDeadline,
    Cause,
    CreateLeaseRole,
    Grant,
    MoveDeadline,
    Narrow,
    Revoke,
)
from reconciler.model.documents import Mode, Scope
from reconciler.model.leases import Phase
from reconciler.model.privileges import Entitlement, on_object, role, system
from reconciler.model.snapshot import DeadlineJob, DeadlineRun, RoleAccount, UserAccount
from reconciler.planning.plan import make

JIT = role("JIT_FIX")


def kinds(plan: Any) -> Any:
    return [type(change).__name__ for change in plan.changes]


def causes(plan: Any) -> Any:
    return {change.cause for change in plan.changes}


def rules(plan: Any) -> Any:
    return [found.rule for found in plan.findings]


class TestStart:
    def test_role_deadline_privileges_and_last_the_role_to_the_grantee(self, world: Any) -> None:
        lease = world.lease(privileges=[world.SELECT, world.SALARY, world.READER])
        plan = make(world.desired(lease), world.snapshot(), world.ledger())
        assert plan.changes[:2] == (
            CreateLeaseRole("fix", "JIT_FIX", Cause.LEASE_START, lease.origin),
            ArmDeadline("fix", "JIT_FIX", lease.end, None, Cause.LEASE_START, lease.origin),
        )
        assert [change.entitlement for change in plan.changes[2:-1]] == sorted(lease.entitlements)
        assert plan.changes[-1] == Grant(
            Entitlement("ALICE", JIT), Cause.LEASE_START, "fix", lease.origin
        )
        assert (plan.findings, plan.brakes, plan.drift) == ((), (), ())

    def test_p25_a_waiting_duration_is_armed_as_a_duration(self, world: Any) -> None:
        lease = world.lease(start=None, end=None, duration=world.HOUR)
        plan = make(world.desired(lease), world.snapshot(), world.ledger())
        assert plan.changes[1] == ArmDeadline(
            "fix", "JIT_FIX", None, world.HOUR, Cause.LEASE_START, lease.origin
        )

    def test_p25_the_same_waiting_duration_has_the_same_digest_at_another_hour(
        self, world: Any
    ) -> None:
        lease = world.lease(start=None, end=None, duration=world.HOUR)
        later = world.desired(lease, at=world.NOW + world.HOUR)
        digests = {
            make(found, world.snapshot(), world.ledger()).digest
            for found in (world.desired(lease), later)
        }
        assert len(digests) == 1

    def test_a_pending_lease_gets_nothing(self, world: Any) -> None:
        lease = world.lease(phase=Phase.PENDING, start=world.NOW + world.HOUR)
        assert make(world.desired(lease), world.snapshot(), world.ledger()).is_empty

    def test_an_only_observed_target_gets_nothing_and_says_so(self, world: Any) -> None:
        lease = world.lease()
        desired = world.desired(
            lease, world.lease("done", phase=Phase.ENDING), target=world.target(Mode.OBSERVE)
        )
        snapshot = world.in_force(world.lease("done"))
        plan = make(desired, snapshot, world.ledger())
        assert plan.is_empty
        assert rules(plan) == ["lease.observed-target", "lease.observed-target"]

    @pytest.mark.parametrize("made", range(5))
    def test_p9_a_partly_made_lease_is_completed(self, world: Any, made: Any) -> None:
        lease = world.lease(privileges=[world.SELECT, world.UPDATE])
        whole = make(world.desired(lease), world.snapshot(), world.ledger())
        half = world.execute(whole.changes[:made], world.snapshot())
        rest = make(world.desired(lease), half, world.ledger())
        assert rest.changes == whole.changes[made:]

    def test_p25_a_killed_run_does_not_lengthen_a_waiting_duration(self, world: Any) -> None:
        lease = world.lease(start=None, end=None, duration=world.HOUR)
        half = world.execute(
            [
                CreateLeaseRole("fix", "JIT_FIX"),
                ArmDeadline("fix", "JIT_FIX", world.NOW + world.HOUR),
            ],
            world.snapshot(),
        )
        later = world.desired(lease, at=world.NOW + timedelta(minutes=30))
        assert kinds(make(later, half, world.ledger())) == ["Grant", "Grant"]

    def test_a_waiting_duration_never_gets_more_than_it_asks_for(self, world: Any) -> None:
        lease = world.lease(start=None, end=None, duration=world.HOUR)
        half = world.execute(
            [ArmDeadline("fix", "JIT_FIX", world.NOW + 9 * world.HOUR)], world.snapshot()
        )
        plan = make(world.desired(lease), half, world.ledger())
        assert plan.changes[1].new_end == world.NOW + world.HOUR

    def test_p17_a_deadline_that_somebody_changed_is_made_again(self, world: Any) -> None:
        lease = world.lease()
        job = DeadlineJob("JIT_FIX", lease.end, True, "fix", world.TARGET, intact=False)
        before = replace(world.in_force(lease), deadlines={"JIT_FIX": job})
        (change,) = make(world.desired(lease), before, world.recorded(lease)).changes
        assert (change.old_end, change.new_end) == (lease.end, lease.end)

    def test_a_waiting_duration_with_a_deadline_without_end_is_armed_anew(self, world: Any) -> None:
        lease = world.lease(start=None, end=None, duration=world.HOUR)
        job = DeadlineJob("JIT_FIX", None, False, "fix", world.TARGET)
        plan = make(
            world.desired(lease), world.snapshot(deadlines={"JIT_FIX": job}), world.ledger()
        )
        assert plan.changes[1].new_end == world.NOW + world.HOUR

    @pytest.mark.parametrize("role_there", [True, False])
    def test_a_waiting_duration_whose_deadline_has_come_never_comes_back(
        self, world: Any, role_there: Any
    ) -> None:
        lease = world.lease(start=None, end=None, duration=world.HOUR)
        half = (
            world.in_force(lease)
            if role_there
            else world.execute(
                [ArmDeadline("fix", "JIT_FIX", world.NOW + world.HOUR)], world.snapshot()
            )
        )
        plan = make(world.desired(lease, at=world.NOW + world.HOUR), half, world.ledger())
        assert rules(plan) == ["lease.never-comes-back"]
        assert world.execute(plan.changes, half) == world.snapshot()

    def test_a_lease_that_only_the_deadline_remembers_never_comes_back(self, world: Any) -> None:
        run = DeadlineRun("JIT_FIX", world.NOW, True)
        plan = make(
            world.desired(world.lease()), world.snapshot(deadline_runs=(run,)), world.ledger()
        )
        assert (plan.changes, rules(plan)) == ((), ["lease.never-comes-back"])

    @pytest.mark.parametrize("run", [("JIT_FIX", False), ("JIT_OTHER", True)])
    def test_a_failed_run_or_that_of_another_deadline_is_no_end(self, world: Any, run: Any) -> None:
        runs = (DeadlineRun(run[0], world.NOW, run[1]),)
        assert (
            len(
                make(
                    world.desired(world.lease()), world.snapshot(deadline_runs=runs), world.ledger()
                ).changes
            )
            == 4
        )

    def test_a_lease_without_end_and_duration_is_refused(self, world: Any) -> None:
        lease = world.lease(start=None, end=None)
        job = DeadlineJob("JIT_FIX", world.NOW + world.HOUR, True, "fix", world.TARGET)
        with pytest.raises(ValueError, match="neither an end nor a duration"):
            make(world.desired(lease), world.snapshot(deadlines={"JIT_FIX": job}), world.ledger())


class TestRefusals:
    def refused(
        self, world: Any, rule: Any, lease: Any = None, snapshot: Any = None, target: Any = None
    ) -> None:
        lease = lease or world.lease()
        plan = make(
            world.desired(lease, target=target), snapshot or world.snapshot(), world.ledger()
        )
        assert plan.changes == ()
        assert set(rules(plan)) == {rule}
        assert all(found.is_error and found.origin == lease.origin for found in plan.findings)

    def test_unknown_user(self, world: Any) -> None:
        self.refused(world, "lease.unknown-user", world.lease(grantee="GHOST"))

    def test_p17_nothing_is_granted_where_no_deadline_could_run(self, world: Any) -> None:
        stopped = replace(world.snapshot(), jobs_can_run=False)
        self.refused(world, "deadline.cannot-run", snapshot=stopped)

    def test_a_role_is_no_user(self, world: Any) -> None:
        self.refused(world, "lease.unknown-user", world.lease(grantee="HR_READER"))

    @pytest.mark.parametrize("grantee", ["SYS", "SYSTEM", "PUBLIC", "XDB", "RECONCILER"])
    def test_p2_protected_users(self, world: Any, grantee: Any) -> None:
        self.refused(world, "lease.protected-user", world.lease(grantee=grantee))

    def test_unknown_role(self, world: Any) -> None:
        self.refused(world, "role.unknown", world.lease(privileges=[role("NO_SUCH")]))

    def test_unknown_system_privilege(self, world: Any) -> None:
        self.refused(world, "system.unknown", world.lease(privileges=[system("CREATE SESION")]))

    @pytest.mark.parametrize(
        "privilege",
        [
            system("UNLIMITED TABLESPACE"),
            on_object("INDEX", "HR", "T"),
            on_object("REFERENCES", "HR", "T"),
        ],
    )
    def test_privileges_that_roles_cannot_have(self, world: Any, privilege: Any) -> None:
        self.refused(world, "privilege.not-to-roles", world.lease(privileges=[privilege]))

    def test_the_grant_option_cannot_go_to_a_role(self, world: Any) -> None:
        lease = replace(
            world.lease(), entitlements=frozenset({Entitlement("JIT_FIX", world.SELECT, True)})
        )
        self.refused(world, "privilege.not-to-roles", lease)

    @pytest.mark.parametrize("owner", ["SYS", "XDB"])
    def test_objects_of_oracles_own_schemas(self, world: Any, owner: Any) -> None:
        self.refused(
            world,
            "object.oracle-maintained",
            world.lease(privileges=[on_object("EXECUTE", owner, "P")]),
        )

    @pytest.mark.parametrize(
        "scope",
        [Scope(("BOB",), ("HR",), (), ()), Scope(("ALICE",), ("PAYROLL",), (), ())],
        ids=["grantee", "schema"],
    )
    def test_p4_outside_the_scope(self, world: Any, scope: Any) -> None:
        self.refused(world, "scope.outside", target=world.target(scope=scope))

    def test_a_user_with_the_name_of_the_role(self, world: Any) -> None:
        users = {**world.snapshot().users, "JIT_FIX": UserAccount("JIT_FIX", "OPEN")}
        self.refused(world, "lease-role.name-taken", snapshot=world.snapshot(users=users))

    def test_a_deadline_of_another_target(self, world: Any) -> None:
        job = DeadlineJob("JIT_FIX", world.NOW, True, "fix", "hr-copy")
        self.refused(world, "deadline.foreign", snapshot=world.snapshot(deadlines={"JIT_FIX": job}))

    def test_a_job_that_is_not_ours(self, world: Any) -> None:
        job = DeadlineJob("JIT_FIX", world.NOW, True)
        self.refused(world, "deadline.foreign", snapshot=world.snapshot(deadlines={"JIT_FIX": job}))

    def test_a_role_somebody_else_made_is_left_untouched(self, world: Any) -> None:
        roles = {**world.snapshot().roles, "JIT_FIX": RoleAccount("JIT_FIX")}
        self.refused(
            world,
            "lease-role.foreign",
            snapshot=world.snapshot([world.row("JIT_FIX", world.UPDATE)], roles=roles),
        )

    def test_a_privilege_of_an_unknown_list_is_left_to_oracle(self, world: Any) -> None:
        snapshot = world.snapshot(system_privileges=frozenset())
        plan = make(
            world.desired(world.lease(privileges=[system("NEW IN 26AI")])), snapshot, world.ledger()
        )
        assert (len(plan.changes), plan.findings) == (4, ())

    def test_a_running_lease_that_is_refused_keeps_its_deadline_and_loses_what_is_too_much(
        self, world: Any
    ) -> None:
        lease = world.lease(privileges=[world.SELECT, role("NO_SUCH")])
        snapshot = world.in_force(world.lease(privileges=[world.SELECT, world.UPDATE]))
        snapshot = world.grant(Entitlement("CAROL", JIT), replace(snapshot, deadlines={}))
        plan = make(world.desired(lease), snapshot, world.recorded(lease))
        assert kinds(plan) == ["ArmDeadline", "Revoke", "Revoke"]
        assert [change.entitlement.grantee for change in plan.changes[1:]] == ["JIT_FIX", "CAROL"]


class TestRoleLimit:
    def plan(self, world: Any, *leases: Any, snapshot: Any, ledger: Any = None) -> Any:
        desired = world.desired(*leases, target=world.target(Mode.ADDITIVE))
        return make(desired, snapshot, ledger or world.ledger())

    def crowded(self, world: Any, count: Any) -> Any:
        names = [f"R{number}" for number in range(count)]
        roles = world.snapshot().roles | {name: RoleAccount(name) for name in names}
        rows = [
            world.row("ALICE", role("R0")),
            *(world.row("R0", role(name)) for name in names[1:]),
        ]
        return world.snapshot([*rows, world.row("ALICE", role("DBA"))], roles=roles)

    def test_the_148th_enabled_role_is_granted(self, world: Any) -> None:
        assert rules(self.plan(world, world.lease(), snapshot=self.crowded(world, 147))) == []

    def test_the_149th_is_not(self, world: Any) -> None:
        plan = self.plan(world, world.lease(), snapshot=self.crowded(world, 148))
        assert (plan.changes, rules(plan)) == ((), ["lease.role-limit"])

    def test_roles_inside_the_lease_count(self, world: Any) -> None:
        lease = world.lease(privileges=[world.READER])
        assert rules(self.plan(world, lease, snapshot=self.crowded(world, 147))) == [
            "lease.role-limit"
        ]

    def test_of_two_new_leases_only_the_one_that_fits_is_granted(self, world: Any) -> None:
        plan = self.plan(
            world, world.lease("b"), world.lease("a"), snapshot=self.crowded(world, 147)
        )
        assert {change.lease_id for change in plan.changes} == {"a"}

    def test_a_lease_that_ends_makes_room_for_one_that_starts(self, world: Any) -> None:
        old = world.lease("old", phase=Phase.ENDING)
        snapshot = world.in_force(old, self.crowded(world, 147))
        plan = self.plan(
            world, old, world.lease("new"), snapshot=snapshot, ledger=world.recorded(old)
        )
        assert rules(plan) == []
        assert {change.lease_id for change in plan.changes} == {"old", "new"}

    def test_an_orphan_that_is_ended_makes_room_too(self, world: Any) -> None:
        snapshot = world.in_force(world.lease("gone"), self.crowded(world, 147))
        plan = self.plan(world, world.lease("new"), snapshot=snapshot)
        assert rules(plan) == ["lease-role.orphan"]
        assert {change.lease_id for change in plan.changes} == {"gone", "new"}


class TestNotes:
    def test_a_locked_account_is_granted_with_a_warning(self, world: Any) -> None:
        users = {**world.snapshot().users, "ALICE": UserAccount("ALICE", "EXPIRED & LOCKED")}
        plan = make(world.desired(world.lease()), world.snapshot(users=users), world.ledger())
        assert (len(plan.changes), rules(plan)) == (4, ["lease.account-locked"])

    def test_a_grantee_with_a_list_of_default_roles_must_set_the_role(self, world: Any) -> None:
        snapshot = world.snapshot(not_default=frozenset({("ALICE", "HR_READER")}))
        assert rules(make(world.desired(world.lease()), snapshot, world.ledger())) == [
            "lease.set-role"
        ]

    @pytest.mark.parametrize(
        ("pair", "expected"), [("JIT_FIX", ["lease.set-role"]), ("HR_READER", [])]
    )
    def test_once_granted_only_the_role_itself_counts(
        self, world: Any, pair: Any, expected: Any
    ) -> None:
        lease = world.lease()
        snapshot = replace(world.in_force(lease), not_default=frozenset({("ALICE", pair)}))
        assert rules(make(world.desired(lease), snapshot, world.recorded(lease))) == expected


class TestRunning:
    def test_p1_nothing_to_do(self, world: Any) -> None:
        lease = world.lease(privileges=[world.SELECT, world.SALARY, world.READER])
        assert make(world.desired(lease), world.in_force(lease), world.recorded(lease)).is_empty

    def test_fractions_of_a_second_do_not_move_a_deadline(self, world: Any) -> None:
        lease = world.lease(end=world.NOW + world.HOUR + timedelta(milliseconds=900))
        snapshot = world.in_force(replace(lease, end=world.NOW + world.HOUR))
        assert make(world.desired(lease), snapshot, world.recorded(lease)).is_empty

    def test_p17_a_missing_deadline_is_armed_again(self, world: Any) -> None:
        lease = world.lease()
        plan = make(
            world.desired(lease),
            replace(world.in_force(lease), deadlines={}),
            world.recorded(lease),
        )
        assert plan.changes == (
            ArmDeadline("fix", "JIT_FIX", lease.end, None, Cause.REPAIR, lease.origin),
        )

    @pytest.mark.parametrize("broken", [{"enabled": False}, {"end": None}, {"end": "late"}])
    def test_p17_a_broken_deadline_is_repaired(self, world: Any, broken: Any) -> None:
        lease = world.lease()
        snapshot = world.in_force(lease)
        if broken.get("end"):
            broken = {"end": world.NOW + 9 * world.HOUR}
        job = replace(snapshot.deadlines["JIT_FIX"], **broken)
        plan = make(
            world.desired(lease),
            replace(snapshot, deadlines={"JIT_FIX": job}),
            world.recorded(lease),
        )
        assert plan.changes == (
            MoveDeadline("fix", "JIT_FIX", job.end, lease.end, Cause.REPAIR, lease.origin),
        )

    @pytest.mark.parametrize(("later", "cause"), [(1, Cause.EXTENSION), (-0.5, Cause.LEASE_EDIT)])
    def test_p26_another_end_moves_the_deadline_and_nothing_else(
        self, world: Any, later: Any, cause: Any
    ) -> None:
        lease = world.lease()
        moved = replace(lease, end=lease.end + later * world.HOUR)
        plan = make(world.desired(moved), world.in_force(lease), world.recorded(lease))
        assert plan.changes == (
            MoveDeadline("fix", "JIT_FIX", lease.end, moved.end, cause, lease.origin),
        )

    def test_p26_an_extension_comes_before_all_else_of_the_lease(self, world: Any) -> None:
        lease = world.lease()
        moved = replace(
            lease,
            end=lease.end + world.HOUR,
            entitlements=world.lease(privileges=[world.SALARY]).entitlements,
        )
        plan = make(world.desired(moved), world.in_force(lease), world.recorded(lease))
        assert kinds(plan) == ["MoveDeadline", "Revoke", "Grant"]
        assert {change.cause for change in plan.changes[1:]} == {Cause.LEASE_EDIT}

    def test_a_lost_role_is_made_again(self, world: Any) -> None:
        lease = world.lease()
        plan = make(world.desired(lease), world.snapshot(), world.recorded(lease))
        assert (kinds(plan), causes(plan)) == (
            ["CreateLeaseRole", "ArmDeadline", "Grant", "Grant"],
            {Cause.REPAIR},
        )

    def test_a_lost_privilege_is_granted_again(self, world: Any) -> None:
        lease = world.lease()
        snapshot = world.revoke(Entitlement("JIT_FIX", world.SELECT), "HR", world.in_force(lease))
        plan = make(world.desired(lease), snapshot, world.recorded(lease))
        assert plan.changes == (
            Grant(Entitlement("JIT_FIX", world.SELECT), Cause.REPAIR, "fix", lease.origin),
        )

    def test_what_somebody_added_to_the_role_is_taken_away(self, world: Any) -> None:
        lease = world.lease()
        snapshot = world.grant(Entitlement("JIT_FIX", world.UPDATE), world.in_force(lease))
        plan = make(world.desired(lease), snapshot, world.recorded(lease))
        assert plan.changes == (
            Revoke(Entitlement("JIT_FIX", world.UPDATE), Cause.REPAIR, "HR", "fix", lease.origin),
        )

    def test_what_another_grantor_added_is_reported(self, world: Any) -> None:
        lease = world.lease()
        snapshot = world.in_force(lease)
        snapshot = replace(
            snapshot, grants=snapshot.grants | {world.row("JIT_FIX", world.UPDATE, grantor="BOB")}
        )
        plan = make(world.desired(lease), snapshot, world.recorded(lease))
        assert (plan.changes, rules(plan)) == ((), ["revoke.other-grantor"])

    def test_somebody_else_who_has_the_role_loses_it(self, world: Any) -> None:
        lease = world.lease()
        snapshot = world.grant(Entitlement("CAROL", JIT), world.in_force(lease))
        plan = make(world.desired(lease), snapshot, world.recorded(lease))
        assert plan.changes == (
            Revoke(Entitlement("CAROL", JIT), Cause.REPAIR, "", "fix", lease.origin),
        )

    @pytest.mark.parametrize(
        "row", [("XDB", False), ("CAROL", True)], ids=["protected", "inherited"]
    )
    def test_holders_that_cannot_be_changed_are_left(self, world: Any, row: Any) -> None:
        lease = world.lease()
        snapshot = world.in_force(lease)
        snapshot = replace(
            snapshot, grants=snapshot.grants | {world.row(row[0], JIT, inherited=row[1])}
        )
        assert make(world.desired(lease), snapshot, world.recorded(lease)).is_empty

    def test_the_admin_option_on_the_role_is_taken_from_the_grantee(self, world: Any) -> None:
        lease = world.lease()
        snapshot = world.grant(Entitlement("ALICE", JIT, True), world.in_force(lease))
        plan = make(world.desired(lease), snapshot, world.recorded(lease))
        held = Entitlement("ALICE", JIT)
        assert plan.changes == (
            Narrow(held._replace(with_option=True), (held,), Cause.REPAIR, "fix", lease.origin),
        )
        assert make(
            world.desired(lease), world.execute(plan.changes, snapshot), world.recorded(lease)
        ).is_empty

    @pytest.mark.parametrize(("known", "cause"), [(True, Cause.LEASE_EDIT), (False, Cause.REPAIR)])
    def test_p5_fewer_columns_are_narrowed_with_a_gap(
        self, world: Any, known: Any, cause: Any
    ) -> None:
        before, after = (
            world.lease(privileges=[world.SALARY, world.PHONE]),
            world.lease(privileges=[world.PHONE]),
        )
        plan = make(
            world.desired(after), world.in_force(before), world.recorded(before if known else after)
        )
        whole, kept = Entitlement("JIT_FIX", world.UPDATE), Entitlement("JIT_FIX", world.PHONE)
        assert plan.changes == (Narrow(whole, (kept,), cause, "fix", after.origin, "HR"),)
