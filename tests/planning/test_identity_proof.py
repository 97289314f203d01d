"""What a plan repairs of temporary users and proxies, what it says of them, and what counts as proof that they are in force or gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.model.changes import (
    Cause,
    CreateProfile,
    DropProfile,
    Revoke,
    SetProfile,
    SetReadOnly,
)
from reconciler.model.identities import Ending, SessionLimits, profile_of
from reconciler.model.leases import Phase
from reconciler.model.privileges import Entitlement, proxy, role, system
from reconciler.model.snapshot import (
    DatabaseIdentity,
    DatabaseSession,
    HeldGrant,
    RoleAccount,
    UserAccount,
)
from reconciler.planning import identity_proof
from reconciler.planning.holdings import Holdings, index
from reconciler.planning.plan import make

USER = "JITU_FIX"
ROLE = "JIT_FIX"
AS_HR = Entitlement("ALICE", proxy("HR"))
FOR_BOB = Entitlement("BOB", proxy("HR"))
PROXY = Ending(direct=(AS_HR,))
BOUND = SessionLimits(idle=timedelta(minutes=15))
READ_ONLY = SessionLimits(read_only=True)
DATABASE_23 = DatabaseIdentity("CDB1", 42, "HRPDB", 23, "23.5.0.0.0")


def temporary(world: Any, **parts: Any) -> Any:
    return world.lease(grantee=USER, ending=Ending(temporary_user=USER), **parts)


def as_proxy(world: Any, name: str = "fix", **parts: Any) -> Any:
    return world.lease(name, **({"privileges": (), "ending": PROXY} | parts))


def with_user(world: Any, rows: Any = (), **account: Any) -> Any:
    """A database in which the user, his role and his deadline are there as his lease has them."""
    lease = temporary(world)
    base = world.snapshot(rows, has_gate=True)
    user = UserAccount(USER, **({"status": "OPEN", "profile": "DEFAULT"} | account))
    base = world.in_force(lease, replace(base, users={**base.users, USER: user}))
    job = replace(base.deadlines[ROLE], ending=lease.ending)
    return replace(base, deadlines={ROLE: job})


def plan_of(world: Any, snapshot: Any, *leases: Any, standing: Any = (), known: Any = ()) -> Any:
    target = world.target(scope=replace(world.EVERYTHING, users=("*",)))
    desired = world.desired(*leases, standing=standing, target=target)
    return make(desired, snapshot, world.recorded(*known))


def rules(plan: Any) -> list[str]:
    return [row.rule for row in plan.findings]


def session(user: str, **parts: Any) -> DatabaseSession:
    return DatabaseSession(1, 7, 9, user, "ACTIVE", "laptop", "sqlplus", None)._replace(**parts)


class TestRepairs:
    def test_a_user_outside_his_profile_is_put_back_under_it(self, world: Any) -> None:
        lease = temporary(world, session=BOUND)
        profile = profile_of(BOUND)
        assert profile
        snapshot = replace(with_user(world), profiles={profile.name: profile})
        plan = plan_of(world, snapshot, lease, known=[lease])
        assert plan.changes == (SetProfile("fix", USER, profile.name, Cause.REPAIR, lease.origin),)
        bound = replace(with_user(world, profile=profile.name), profiles=snapshot.profiles)
        assert plan_of(world, bound, lease, known=[lease]).is_empty

    def test_a_profile_that_somebody_loosened_is_made_again(self, world: Any) -> None:
        lease = temporary(world, session=BOUND)
        profile = profile_of(BOUND)
        assert profile
        loose = {profile.name: replace(profile, idle=None)}
        snapshot = replace(with_user(world, profile=profile.name), profiles=loose)
        (made,) = plan_of(world, snapshot, lease, known=[lease]).changes
        assert isinstance(made, CreateProfile)
        assert made.profile == profile

    def test_a_document_that_says_nothing_of_bounds_lifts_none(self, world: Any) -> None:
        lease = temporary(world)
        snapshot = with_user(world, profile="JITP_I15", read_only=True)
        assert plan_of(world, snapshot, lease, known=[lease]).is_empty

    def test_a_user_who_may_write_and_should_not_is_made_read_only(self, world: Any) -> None:
        lease = temporary(world, session=READ_ONLY)
        snapshot = replace(with_user(world), database=DATABASE_23)
        plan = plan_of(world, snapshot, lease, known=[lease])
        assert [type(row) for row in plan.changes] == [SetReadOnly]
        already = replace(with_user(world, read_only=True), database=DATABASE_23)
        assert plan_of(world, already, lease, known=[lease]).is_empty

    def test_what_somebody_gave_a_temporary_user_beside_his_role_is_taken(self, world: Any) -> None:
        lease = temporary(world)
        given = world.row(USER, system("CREATE TABLE"))
        plan = plan_of(world, with_user(world, [given]), lease, known=[lease])
        assert plan.changes == (Revoke(given.entitlement, Cause.REPAIR, "", "fix", lease.origin),)

    def test_and_at_the_end_it_goes_with_him(self, world: Any) -> None:
        lease = temporary(world, phase=Phase.ENDING)
        given = world.row(USER, system("CREATE TABLE"))
        plan = plan_of(world, with_user(world, [given]), lease, known=[lease])
        taken = [row.entitlement for row in plan.changes if isinstance(row, Revoke)]
        assert given.entitlement in taken

    def test_a_profile_goes_under_the_lease_whose_user_had_it_last(self, world: Any) -> None:
        lease = temporary(world, phase=Phase.ENDING)
        profile = profile_of(BOUND)
        assert profile
        snapshot = replace(with_user(world, profile=profile.name), profiles={profile.name: profile})
        plan = plan_of(world, snapshot, lease, known=[lease])
        assert [row for row in plan.changes if isinstance(row, DropProfile)] == [
            DropProfile(profile.name, "fix")
        ]

    def test_a_profile_that_somebody_elses_user_has_stays(self, world: Any) -> None:
        profile = profile_of(BOUND)
        assert profile
        base = world.snapshot(has_gate=True, profiles={profile.name: profile})
        carol = replace(base.users["CAROL"], profile=profile.name)
        snapshot = replace(base, users={**base.users, "CAROL": carol})
        assert plan_of(world, snapshot).is_empty


class TestRefusals:
    def refused(self, world: Any, lease: Any, rule: str, rows: Any = (), **parts: Any) -> Any:
        standing = parts.pop("standing", ())
        snapshot = world.snapshot(rows, has_gate=True, **parts)
        plan = plan_of(world, snapshot, lease, standing=standing)
        assert [row for row in plan.changes if row.lease_id] == []
        return next(row for row in plan.findings if row.rule == rule)

    def test_a_role_of_the_users_name_stands_in_its_way(self, world: Any) -> None:
        roles = {**world.snapshot().roles, USER: RoleAccount(USER)}
        problem = self.refused(world, temporary(world), "lease-user.name-taken", roles=roles)
        assert f"there is a role {USER}" in problem.message

    def test_a_release_without_read_only_users_makes_none_that_can_write(self, world: Any) -> None:
        lease = temporary(world, session=READ_ONLY)
        problem = self.refused(world, lease, "lease.read-only-not-possible")
        assert "release 19" in problem.message
        snapshot = world.snapshot(has_gate=True, database=DATABASE_23)
        plan = plan_of(world, snapshot, lease)
        assert (rules(plan), bool(plan.changes)) == ([], True)

    @pytest.mark.parametrize("client", ["SYS", "RECONCILER"])
    def test_nobody_works_as_an_account_that_is_never_changed(
        self, world: Any, client: str
    ) -> None:
        lease = as_proxy(world, ending=Ending(direct=(Entitlement("ALICE", proxy(client)),)))
        problem = self.refused(world, lease, "lease.protected-user")
        assert problem.message == f"lease fix: nobody works as {client}"

    def test_nobody_works_as_a_user_who_is_not_there(self, world: Any) -> None:
        lease = as_proxy(world, ending=Ending(direct=(Entitlement("ALICE", proxy("GHOST")),)))
        problem = self.refused(world, lease, "lease.unknown-user")
        assert problem.message == f"lease fix: GHOST is no user of {world.TARGET}"

    def test_p20_a_right_of_a_standing_grant_is_not_put_under_an_end(self, world: Any) -> None:
        problem = self.refused(world, as_proxy(world), "lease.proxy-shared", standing=[AS_HR])
        assert "the standing grant base gives ALICE: CONNECT THROUGH HR" in problem.message

    def test_p20_leases_that_are_over_or_for_others_are_no_rivals(self, world: Any) -> None:
        over = as_proxy(world, "a-over", phase=Phase.ENDING)
        other = as_proxy(world, "b-other", grantee="BOB", ending=Ending(direct=(FOR_BOB,)))
        plan = plan_of(world, world.snapshot(has_gate=True), over, other, as_proxy(world))
        assert "lease.proxy-shared" not in rules(plan)
        assert {row.lease_id for row in plan.changes} >= {"b-other", "fix"}


class TestNotes:
    def test_p22_that_sessions_of_two_proxies_cannot_be_told_apart_is_said(
        self, world: Any
    ) -> None:
        snapshot = world.snapshot([HeldGrant(FOR_BOB)], has_gate=True)
        plan = plan_of(world, snapshot, as_proxy(world), standing=[FOR_BOB])
        (note,) = [row for row in plan.findings if row.rule == "lease.proxies-not-told-apart"]
        assert not note.is_error
        assert "BOB may log on as HR too" in note.message
        assert AS_HR in [getattr(row, "entitlement", None) for row in plan.changes]


def missing(lease: Any, snapshot: Any) -> list[str]:
    return list(identity_proof.force_problems(lease, index(snapshot)))


class TestInForce:
    def test_a_user_with_his_role_who_can_log_on_is_in_force(self, world: Any) -> None:
        assert missing(temporary(world), with_user(world)) == []

    def test_a_user_who_is_not_there_has_nothing(self, world: Any) -> None:
        assert missing(temporary(world), world.snapshot()) == [
            "user JITU_FIX is not there",
            "JITU_FIX does not have its role",
        ]

    def test_one_who_was_left_locked_is_not_in_force_and_one_whom_somebody_locked_is(
        self, world: Any
    ) -> None:
        """What an administrator locks on purpose is no failure of the run."""
        lease = temporary(world)
        assert missing(lease, with_user(world, status="LOCKED")) == ["user JITU_FIX is LOCKED"]
        assert missing(lease, with_user(world, status="LOCKED", locked_later=True)) == []

    def test_one_who_should_only_read_and_may_write_is_not(self, world: Any) -> None:
        lease = temporary(world, session=READ_ONLY)
        assert missing(lease, with_user(world)) == ["user JITU_FIX is not read only"]
        assert missing(lease, with_user(world, read_only=True)) == []

    def test_a_proxy_is_in_force_with_his_right_and_needs_no_role(self, world: Any) -> None:
        held = world.snapshot([HeldGrant(AS_HR)])
        assert missing(as_proxy(world), held) == []
        assert missing(as_proxy(world), world.snapshot()) == ["ALICE may not CONNECT THROUGH HR"]

    def test_an_existing_user_needs_his_role(self, world: Any) -> None:
        lease = world.lease()
        assert missing(lease, world.snapshot()) == ["ALICE does not have its role"]
        assert missing(lease, world.snapshot([world.row("ALICE", role(ROLE))])) == []


class TestLeftOver:
    def left(self, lease: Any, after: Holdings) -> list[tuple[Any, tuple[str, ...]]]:
        paths = identity_proof.surviving_sessions(lease, lease.end, after)
        return [(path.privilege, path.through) for path in paths]

    def test_p22_a_session_of_a_temporary_user_lives_on_until_it_is_killed(
        self, world: Any
    ) -> None:
        lease = temporary(world, phase=Phase.ENDING)
        after = with_user(world)
        living = replace(after, sessions=(session(USER), session("ALICE")))
        assert self.left(lease, index(living)) == [
            (role(ROLE), ("session 7,9,@1 opened before the end",))
        ]
        marked = replace(after, sessions=(session(USER, status="KILLED"),))
        assert self.left(lease, index(marked)) == []
