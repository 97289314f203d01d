"""P18: a lease has ended when the dictionary says so, and is in force when the dictionary says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.model.changes import Cause, DropLeaseRole, Grant, Narrow, Revoke
from reconciler.model.documents import Mode
from reconciler.model.leases import EndReason, Phase, RecordStatus
from reconciler.model.privileges import Entitlement, on_column, on_object, role
from reconciler.model.results import AccessPath, EndedBy, Status, Verdict
from reconciler.model.snapshot import DatabaseSession, DeadlineRun, RoleAccount
from reconciler.planning.plan import make
from reconciler.planning.proof import receipts, unproved

MINUTE = timedelta(minutes=1)


class Proof:
    """One run for one ending lease: plan, execute on the model, prove."""

    def __init__(
        self,
        world: Any,
        before: Any = None,
        lease: Any = None,
        *,
        standing: Any = (),
        others: Any = (),
        record: Any = None,
    ) -> None:
        self.world = world
        self.lease = lease or world.lease(phase=Phase.ENDING, end=world.NOW - MINUTE)
        self.before = before if before is not None else world.in_force(self.lease)
        target = world.target(Mode.ADDITIVE)
        self.desired = world.desired(self.lease, *others, standing=standing, target=target)
        self.ledger = world.recorded(self.lease, *others)
        if record:
            self.ledger = world.ledger(leases={self.lease.id: record})
        self.plan = make(self.desired, self.before, self.ledger)

    def run(self, **after: Any) -> Any:
        now = replace(
            self.world.execute(self.plan.changes, self.before), at=self.world.NOW + MINUTE, **after
        )
        return self.prove(now, self.world.all_done(self.plan.changes))

    def prove(self, after: Any, execution: Any = None) -> Any:
        (receipt,) = receipts(self.plan, self.desired, self.ledger, after, execution)
        return receipt


class TestReceipts:
    def test_ended_by_the_reconciler(self, world: Any) -> None:
        proof = Proof(world)
        receipt = proof.run()
        assert (receipt.verdict, receipt.ended_by, receipt.reason) == (
            Verdict.ENDED,
            EndedBy.RECONCILER,
            EndReason.EXPIRED,
        )
        assert (receipt.due, receipt.ended_at, receipt.verified_at) == (
            world.NOW - MINUTE,
            world.NOW + MINUTE,
            world.NOW + MINUTE,
        )
        assert receipt.lag == 2 * MINUTE
        assert (receipt.lease_id, receipt.target, receipt.grantee, receipt.role) == (
            "fix",
            world.TARGET,
            "ALICE",
            "JIT_FIX",
        )
        assert receipt.entitlements == tuple(proof.lease.entitlements)
        assert (receipt.paths, receipt.sessions) == ((), ())

    def test_what_was_found_on_the_role_is_proved_too(self, world: Any) -> None:
        lease = world.lease(phase=Phase.ENDING)
        before = world.grant(Entitlement("JIT_FIX", world.UPDATE), world.in_force(lease))
        before = replace(before, grants=before.grants | {world.row("ALICE", world.UPDATE)})
        receipt = Proof(world, before, lease).run()
        assert Entitlement("JIT_FIX", world.UPDATE) in receipt.entitlements
        assert receipt.verdict is Verdict.REVOKED_BUT_EFFECTIVE

    def test_p29_ended_by_the_deadline_with_its_lag(self, world: Any) -> None:
        runs = (
            DeadlineRun("JIT_FIX", world.NOW - 2 * MINUTE, True),
            DeadlineRun("JIT_FIX", world.NOW - MINUTE, False, 4021),
            DeadlineRun("JIT_FIX", world.NOW + MINUTE, True),
            DeadlineRun("JIT_FIX", world.NOW - MINUTE / 2, True),
            DeadlineRun("JIT_OTHER", world.NOW - MINUTE, True),
        )
        receipt = Proof(world, world.snapshot()).run(deadline_runs=runs)
        assert (receipt.verdict, receipt.ended_by) == (Verdict.ENDED, EndedBy.DEADLINE)
        assert (receipt.ended_at, receipt.lag) == (world.NOW - MINUTE / 2, MINUTE / 2)

    def test_a_run_within_the_second_of_the_end_has_no_negative_lag(self, world: Any) -> None:
        runs = (DeadlineRun("JIT_FIX", world.NOW - MINUTE - timedelta(milliseconds=400), True),)
        receipt = Proof(world, world.snapshot()).run(deadline_runs=runs)
        assert (receipt.ended_by, receipt.lag) == (EndedBy.DEADLINE, timedelta(0))

    def test_a_deadline_that_was_faster_than_our_drop(self, world: Any) -> None:
        proof = Proof(world)
        execution = world.all_done(proof.plan.changes)
        outcomes = tuple(replace(found, status=Status.ALREADY) for found in execution.outcomes)
        runs = (DeadlineRun("JIT_FIX", world.NOW, True),)
        receipt = proof.prove(
            world.snapshot(deadline_runs=runs), replace(execution, outcomes=outcomes)
        )
        assert receipt.ended_by is EndedBy.DEADLINE

    def test_p21_removed_by_somebody_else(self, world: Any) -> None:
        receipt = Proof(world, world.snapshot()).run()
        assert (receipt.verdict, receipt.ended_by, receipt.ended_at, receipt.lag) == (
            Verdict.ENDED,
            EndedBy.OUTSIDE,
            None,
            None,
        )

    def test_not_ended_when_the_role_is_still_there(self, world: Any) -> None:
        proof = Proof(world)
        receipt = proof.prove(proof.before)
        assert (receipt.verdict, receipt.ended_at) == (Verdict.NOT_ENDED, None)
        assert receipt.paths == (AccessPath(world.SELECT, ("JIT_FIX", "SELECT on HR.EMPLOYEES")),)

    @pytest.mark.parametrize("row", ["privilege", "holder", "role"])
    def test_not_ended_when_anything_of_it_is_left(self, world: Any, row: Any) -> None:
        left = {
            "privilege": {"grants": frozenset({world.row("JIT_FIX", world.SELECT)})},
            "holder": {"grants": frozenset({world.row("BOB", role("JIT_FIX"))})},
            "role": {"roles": {"JIT_FIX": RoleAccount("JIT_FIX")}},
        }[row]
        assert Proof(world).prove(world.snapshot(**left)).verdict is Verdict.NOT_ENDED

    def test_p18_a_path_that_nobody_explains_is_revoked_but_effective(self, world: Any) -> None:
        lease = world.lease(phase=Phase.ENDING)
        before = world.in_force(lease, world.snapshot([world.row("PUBLIC", world.SELECT)]))
        receipt = Proof(world, before, lease).run()
        assert receipt.verdict is Verdict.REVOKED_BUT_EFFECTIVE
        assert receipt.paths == (AccessPath(world.SELECT, ("PUBLIC", "SELECT on HR.EMPLOYEES")),)

    def test_p18_a_path_that_a_standing_grant_wants_is_explained(self, world: Any) -> None:
        lease = world.lease(phase=Phase.ENDING)
        before = world.in_force(lease, world.snapshot([world.row("ALICE", world.SELECT)]))
        receipt = Proof(world, before, lease, standing=[Entitlement("ALICE", world.SELECT)]).run()
        assert (receipt.verdict, [path.explained_by for path in receipt.paths]) == (
            Verdict.ENDED,
            ["base"],
        )

    def test_p20_a_path_through_another_lease_is_explained(self, world: Any) -> None:
        lease, other = world.lease(phase=Phase.ENDING), world.lease("other")
        before = world.in_force(other, world.in_force(lease))
        receipt = Proof(world, before, lease, others=[other]).run()
        assert (receipt.verdict, [path.explained_by for path in receipt.paths]) == (
            Verdict.ENDED,
            ["other"],
        )

    def test_a_revoked_lease_whose_path_went_is_ended_when_it_was_ended(self, world: Any) -> None:
        lease = world.lease(phase=Phase.ENDING)
        record = world.record(
            lease, status=RecordStatus.REVOKED_BUT_EFFECTIVE, ended_at=world.NOW - MINUTE
        )
        receipt = Proof(world, world.snapshot(), lease, record=record).run()
        assert (receipt.verdict, receipt.ended_by, receipt.ended_at) == (
            Verdict.ENDED,
            EndedBy.RECONCILER,
            world.NOW - MINUTE,
        )

    def test_p16_live_sessions_of_the_grantee_and_through_proxies_are_listed(
        self, world: Any
    ) -> None:
        alice = DatabaseSession(1, 20, 1, "ALICE", "ACTIVE", "laptop", "sqlplus", world.NOW)
        proxied = DatabaseSession(
            1, 10, 1, "HR_APP", "INACTIVE", "laptop", "sqlplus", None, "ALICE"
        )
        other = DatabaseSession(1, 30, 1, "BOB", "ACTIVE", "laptop", "sqlplus", world.NOW)
        assert Proof(world).run(sessions=(alice, other, proxied)).sessions == (proxied, alice)

    @pytest.mark.parametrize(
        ("minutes", "counts"), [(-5, True), (1, True), (2, False), (None, True)]
    )
    def test_a_role_of_the_lease_may_still_be_enabled_in_sessions_from_before_the_end(
        self, world: Any, minutes: int | None, counts: bool
    ) -> None:
        """The reconciler ends it one minute after NOW; a session whose logon is unknown counts."""
        logon = None if minutes is None else world.NOW + minutes * MINUTE
        session = DatabaseSession(1, 20, 7, "ALICE", "ACTIVE", "laptop", "sqlplus", logon)
        lease = world.lease(phase=Phase.ENDING, privileges=(role("HR_READER"), world.SELECT))
        receipt = Proof(world, lease=lease).run(sessions=(session,))
        found = [(path.privilege, path.through) for path in receipt.paths]
        through = ("session 20,7,@1 opened before the end",)
        assert found == ([(role("HR_READER"), through)] if counts else [])
        wanted = Verdict.REVOKED_BUT_EFFECTIVE if counts else Verdict.ENDED
        assert receipt.verdict is wanted

    def test_an_early_end_has_no_lag(self, world: Any) -> None:
        lease = world.lease(phase=Phase.ENDING, end_reason=EndReason.ENDED_BY_EDIT)
        receipt = Proof(world, lease=lease).run()
        assert (receipt.reason, receipt.lag) == (EndReason.ENDED_BY_EDIT, None)

    def test_nothing_executed_proves_what_is_there(self, world: Any) -> None:
        proof = Proof(world, world.snapshot())
        assert proof.prove(world.snapshot()).verdict is Verdict.ENDED

    def test_a_run_without_ends_has_no_receipts(self, world: Any) -> None:
        lease = world.lease()
        desired = world.desired(lease)
        plan = make(desired, world.in_force(lease), world.recorded(lease))
        assert receipts(plan, desired, world.recorded(lease), world.in_force(lease), None) == ()

    def test_an_orphan_has_a_receipt_of_what_it_held(self, world: Any) -> None:
        before = world.in_force(world.lease("gone", grantee="BOB"))
        desired = world.desired(target=world.target(Mode.ADDITIVE))
        plan = make(desired, before, world.ledger())
        after = world.execute(plan.changes, before)
        (receipt,) = receipts(plan, desired, world.ledger(), after, world.all_done(plan.changes))
        assert (receipt.lease_id, receipt.grantee, receipt.reason) == (
            "gone",
            "BOB",
            EndReason.ORPHAN,
        )
        assert receipt.entitlements == (Entitlement("JIT_GONE", world.SELECT),)
        assert (receipt.verdict, receipt.ended_by, receipt.due, receipt.lag) == (
            Verdict.ENDED,
            EndedBy.RECONCILER,
            None,
            None,
        )

    def test_an_orphan_that_nobody_had_has_no_grantee_and_no_sessions(self, world: Any) -> None:
        before = world.revoke(
            Entitlement("ALICE", role("JIT_GONE")), "", world.in_force(world.lease("gone"))
        )
        desired = world.desired()
        plan = make(desired, before, world.ledger())
        after = replace(
            world.execute(plan.changes, before),
            sessions=(DatabaseSession(1, 1, 1, "ALICE", "ACTIVE", "laptop", "sqlplus", None),),
        )
        (receipt,) = receipts(plan, desired, world.ledger(), after, world.all_done(plan.changes))
        assert (receipt.grantee, receipt.sessions) == ("", ())

    def test_receipts_come_by_lease(self, world: Any) -> None:
        leases = [world.lease(name, phase=Phase.ENDING) for name in ("b", "a")]
        desired = world.desired(*leases)
        plan = make(desired, world.snapshot(), world.recorded(*leases))
        assert [
            found.lease_id
            for found in receipts(plan, desired, world.recorded(*leases), world.snapshot(), None)
        ] == ["a", "b"]


class TestUnproved:
    def test_a_revoke_of_an_end_that_the_dictionary_contradicts_is_the_receipts_matter(
        self, world: Any
    ) -> None:
        """It says `not-ended`; the same is not told twice."""
        proof = Proof(world)
        execution = world.all_done(proof.plan.changes)
        still_there = proof.before
        assert unproved(proof.plan, proof.desired, still_there, execution) == ()
        assert proof.prove(still_there, execution).verdict is Verdict.NOT_ENDED

    def problems(self, world: Any, after: Any, lease: Any = None, execution: Any = None) -> Any:
        lease = lease or world.lease()
        desired = world.desired(lease)
        plan = make(desired, world.snapshot(), world.ledger())
        return [found.rule for found in unproved(plan, desired, after, execution)]

    def contradicted(self, world: Any, change: Any, *rows: Any) -> Any:
        """What is unproved when the change was reported done and the dictionary holds the rows."""
        plan = make(world.desired(), world.snapshot(), world.ledger())
        done = world.all_done([change])
        found = unproved(plan, world.desired(), world.snapshot(rows), done)
        return [row.rule for row in found]

    def test_a_revoke_is_believed_only_when_the_dictionary_agrees(self, world: Any) -> None:
        held = world.row("BOB", world.SELECT)
        revoke = Revoke(held.entitlement, Cause.DRIFT, held.grantor)
        assert self.contradicted(world, revoke, held) == ["revoke.not-in-effect"]
        assert self.contradicted(world, revoke) == []
        other = held._replace(grantor="CAROL")
        assert self.contradicted(world, revoke, other) == [], "somebody else's grant stays"

    def test_a_narrowing_is_believed_only_when_what_goes_is_gone(self, world: Any) -> None:
        gone, kept = (
            world.row("BOB", on_column("UPDATE", "HR", "EMPLOYEES", name))
            for name in ("SALARY", "EMAIL")
        )
        whole = Entitlement("BOB", on_object("UPDATE", "HR", "EMPLOYEES"))
        narrow = Narrow(whole, (kept.entitlement,), Cause.DRIFT, grantor=kept.grantor)
        assert self.contradicted(world, narrow, gone, kept) == ["revoke.not-in-effect"]
        assert self.contradicted(world, narrow, kept) == []

    @pytest.mark.parametrize("waiting", [False, True])
    def test_p17_a_run_that_did_all_leaves_nothing_unproved(self, world: Any, waiting: Any) -> None:
        lease = world.lease(start=None, end=None, duration=world.HOUR) if waiting else world.lease()
        plan = make(world.desired(lease), world.snapshot(), world.ledger())
        after = world.execute(plan.changes, world.snapshot())
        assert self.problems(world, after, lease, world.all_done(plan.changes)) == []

    @pytest.mark.parametrize("phase", [Phase.PENDING, Phase.ENDING])
    def test_only_active_leases_must_be_in_force(self, world: Any, phase: Any) -> None:
        assert self.problems(world, world.snapshot(), world.lease(phase=phase)) == []

    def test_p17_no_deadline(self, world: Any) -> None:
        after = replace(world.in_force(world.lease()), deadlines={})
        assert self.problems(world, after) == ["deadline.missing"]

    @pytest.mark.parametrize(
        ("broken", "rule"),
        [
            ({"enabled": False}, "deadline.disabled"),
            ({"intact": False}, "deadline.altered"),
            ({"failures": 2}, "deadline.failing"),
            ({"end": None}, "deadline.late"),
            ({"end": 1}, "deadline.late"),
        ],
    )
    def test_p17_a_deadline_that_will_not_end_it_in_time(
        self, world: Any, broken: Any, rule: Any
    ) -> None:
        lease = world.lease()
        if broken.get("end"):
            broken = {"end": lease.end + timedelta(seconds=1)}
        after = world.in_force(lease)
        job = replace(after.deadlines["JIT_FIX"], **broken)
        assert self.problems(world, replace(after, deadlines={"JIT_FIX": job})) == [rule]

    def test_no_role(self, world: Any) -> None:
        assert self.problems(world, world.snapshot()) == ["lease.not-in-force"]

    def test_the_grantee_does_not_have_it(self, world: Any) -> None:
        after = world.revoke(
            Entitlement("ALICE", role("JIT_FIX")), "", world.in_force(world.lease())
        )
        assert self.problems(world, after) == ["lease.not-in-force"]

    def test_a_privilege_is_missing(self, world: Any) -> None:
        after = world.in_force(world.lease(privileges=[world.UPDATE]))
        assert self.problems(world, after, world.lease(privileges=[world.SALARY])) == []
        assert self.problems(
            world, after, world.lease(privileges=[world.SALARY, world.SELECT])
        ) == ["lease.not-in-force"]

    @pytest.mark.parametrize(
        ("status", "rules"), [(Status.DONE, ["grant.not-in-dictionary"]), (Status.FAILED, [])]
    )
    def test_a_grant_that_reported_success_must_be_in_the_dictionary(
        self, world: Any, status: Any, rules: Any
    ) -> None:
        grant = Grant(Entitlement("BOB", world.SELECT), "standing")
        execution = world.all_done([grant, DropLeaseRole("x", "JIT_X")])
        outcomes = tuple(replace(found, status=status) for found in execution.outcomes)
        after = world.in_force(world.lease())
        assert self.problems(world, after, execution=replace(execution, outcomes=outcomes)) == rules
