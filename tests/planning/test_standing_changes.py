"""What a plan does for standing access, by mode, and what it never does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.changes import Cascade, Cause, Grant, Narrow, Revoke
from reconciler.model.diagnostics import Origin, Severity
from reconciler.model.documents import Mode, Scope
from reconciler.model.plan import Drift, DriftKind
from reconciler.model.privileges import (
    Entitlement,
    Kind,
    on_object,
    on_schema,
    on_user,
    role,
    system,
)
from reconciler.model.snapshot import RoleAccount, UserAccount
from reconciler.planning.plan import make

HERE = Origin("grants/standing/base.yaml", 7, 3)


@pytest.fixture(scope="session")
def plan(world: Any) -> Any:
    def make_plan(
        rows: Any = (),
        standing: Any = (),
        granted: Any = (),
        mode: Any = Mode.AUTHORITATIVE,
        scope: Any = None,
        removals: Any = None,
        **snapshot: Any,
    ) -> Any:
        target = world.target(mode, scope or world.EVERYTHING, removals or world.UNLIMITED)
        return make(
            world.desired(standing=standing, target=target),
            world.snapshot(rows, **snapshot),
            world.ledger(granted),
        )

    return make_plan


def rules(plan: Any) -> Any:
    return [(found.rule, found.severity) for found in plan.findings]


class TestModes:
    def test_observe_reports_both_ways_and_changes_nothing(self, world: Any, plan: Any) -> None:
        wanted = Entitlement("ALICE", world.SELECT)
        found = plan([world.row("BOB", world.UPDATE)], [wanted], mode=Mode.OBSERVE)
        assert found.changes == ()
        assert found.drift == (
            Drift(DriftKind.UNEXPECTED, Entitlement("BOB", world.UPDATE), "HR"),
            Drift(DriftKind.MISSING, wanted, origin=HERE),
        )

    def test_p15_observe_says_what_we_granted_once_and_nobody_wants(
        self, world: Any, plan: Any
    ) -> None:
        held = Entitlement("BOB", world.UPDATE)
        assert (
            len(plan([world.row("BOB", world.UPDATE)], granted=[held], mode=Mode.OBSERVE).drift)
            == 1
        )

    @pytest.mark.parametrize("mode", [Mode.ADDITIVE, Mode.AUTHORITATIVE])
    def test_what_is_wanted_and_not_held_is_granted(self, world: Any, plan: Any, mode: Any) -> None:
        wanted = Entitlement("ALICE", world.SELECT)
        found = plan(standing=[wanted], mode=mode)
        assert (found.changes, found.drift) == ((Grant(wanted, Cause.STANDING, "", HERE),), ())

    @pytest.mark.parametrize("mode", [Mode.ADDITIVE, Mode.AUTHORITATIVE])
    def test_what_we_granted_and_lost_is_drift_and_granted_again(
        self, world: Any, plan: Any, mode: Any
    ) -> None:
        wanted = Entitlement("ALICE", world.SELECT)
        found = plan(standing=[wanted], granted=[wanted], mode=mode)
        assert found.changes == (Grant(wanted, Cause.DRIFT, "", HERE),)
        assert found.drift == (Drift(DriftKind.MISSING, wanted, "", HERE),)

    @pytest.mark.parametrize("mode", [Mode.ADDITIVE, Mode.AUTHORITATIVE])
    def test_what_we_granted_and_nobody_wants_any_more_is_revoked(
        self, world: Any, plan: Any, mode: Any
    ) -> None:
        held = Entitlement("ALICE", world.SELECT)
        found = plan([world.row("ALICE", world.SELECT)], granted=[held], mode=mode)
        assert (found.changes, found.drift) == ((Revoke(held, Cause.STANDING_REMOVED, "HR"),), ())

    def test_p10_additive_leaves_what_we_did_not_grant(self, world: Any, plan: Any) -> None:
        found = plan([world.row("ALICE", world.SELECT)], mode=Mode.ADDITIVE)
        assert (found.changes, found.drift) == ((), ())

    def test_authoritative_revokes_what_is_unexpected(self, world: Any, plan: Any) -> None:
        found = plan([world.row("ALICE", world.SELECT), world.row("HR_READER", world.SESSION)])
        assert found.changes == (
            Revoke(Entitlement("ALICE", world.SELECT), Cause.DRIFT, "HR"),
            Revoke(Entitlement("HR_READER", world.SESSION), Cause.DRIFT),
        )
        assert [found.kind for found in found.drift] == [DriftKind.UNEXPECTED] * 2

    def test_schema_privileges_are_managed_by_their_schema(self, world: Any, plan: Any) -> None:
        held = on_schema("SELECT ANY TABLE", "HR")
        assert plan([world.row("ALICE", held, grantor="")]).changes == (
            Revoke(Entitlement("ALICE", held), Cause.DRIFT),
        )


class TestOptions:
    def test_an_option_that_is_wanted_and_not_held_is_granted(self, world: Any, plan: Any) -> None:
        wanted = Entitlement("ALICE", world.READER, True)
        assert plan([world.row("ALICE", world.READER)], [wanted]).changes == (
            Grant(wanted, Cause.STANDING, "", HERE),
        )

    def test_an_option_we_granted_and_that_was_lost_alone_is_no_missing_entitlement(
        self, world: Any, plan: Any
    ) -> None:
        wanted = Entitlement("ALICE", world.READER, True)
        assert plan([world.row("ALICE", world.READER)], [wanted], [wanted]).drift == ()

    def test_p5_an_option_that_is_too_much_is_narrowed(self, world: Any, plan: Any) -> None:
        wanted = Entitlement("ALICE", world.SESSION)
        found = plan([world.row("ALICE", world.SESSION, option=True)], [wanted])
        assert found.changes == (
            Narrow(wanted._replace(with_option=True), (wanted,), Cause.DRIFT, "", HERE, ""),
        )

    def test_additive_leaves_an_option_that_we_did_not_grant(self, world: Any, plan: Any) -> None:
        wanted = Entitlement("ALICE", world.SESSION)
        rows = [world.row("ALICE", world.SESSION, option=True)]
        assert plan(rows, [wanted], [wanted], mode=Mode.ADDITIVE).is_empty

    def test_additive_takes_an_option_that_we_granted(self, world: Any, plan: Any) -> None:
        wanted = Entitlement("ALICE", world.SESSION)
        rows = [world.row("ALICE", world.SESSION, option=True)]
        found = plan(rows, [wanted], [wanted._replace(with_option=True)], mode=Mode.ADDITIVE)
        assert [change.cause for change in found.changes] == [Cause.STANDING_REMOVED]

    def test_more_than_wanted_by_an_inherited_row_is_left(self, world: Any, plan: Any) -> None:
        wanted = Entitlement("ALICE", world.SESSION)
        assert plan(
            [world.row("ALICE", world.SESSION, option=True, inherited=True)], [wanted]
        ).is_empty


class TestColumns:
    def test_a_grant_on_the_whole_object_covers_its_columns(self, world: Any, plan: Any) -> None:
        wanted = [Entitlement("ALICE", world.UPDATE), Entitlement("ALICE", world.SALARY)]
        rows = [world.row("ALICE", world.UPDATE), world.row("ALICE", world.SALARY)]
        assert plan(rows, wanted).is_empty
        assert plan(rows[:1], wanted[1:], mode=Mode.ADDITIVE).is_empty
        assert plan(rows, wanted[:1]).is_empty

    def test_the_whole_object_and_its_column_need_one_grant(self, world: Any, plan: Any) -> None:
        wanted = [Entitlement("ALICE", world.UPDATE), Entitlement("ALICE", world.SALARY)]
        assert [change.entitlement for change in plan([], wanted).changes] == wanted[:1]

    def test_another_column_is_added_without_a_gap(self, world: Any, plan: Any) -> None:
        wanted = [Entitlement("ALICE", world.SALARY), Entitlement("ALICE", world.PHONE)]
        found = plan([world.row("ALICE", world.SALARY)], wanted)
        assert found.changes == (Grant(wanted[1], Cause.STANDING, "", HERE),)

    def test_p5_a_column_fewer_is_narrowed(self, world: Any, plan: Any) -> None:
        wanted = Entitlement("ALICE", world.PHONE)
        found = plan([world.row("ALICE", world.SALARY), world.row("ALICE", world.PHONE)], [wanted])
        assert found.changes == (
            Narrow(Entitlement("ALICE", world.UPDATE), (wanted,), Cause.DRIFT, "", HERE, "HR"),
        )

    def test_p5_the_whole_object_is_narrowed_to_columns(self, world: Any, plan: Any) -> None:
        wanted = Entitlement("ALICE", world.PHONE)
        found = plan([world.row("ALICE", world.UPDATE)], [wanted])
        assert found.changes == (
            Narrow(Entitlement("ALICE", world.UPDATE), (wanted,), Cause.DRIFT, "", HERE, "HR"),
        )

    def test_all_columns_fewer_are_revoked(self, world: Any, plan: Any) -> None:
        found = plan([world.row("ALICE", world.SALARY), world.row("ALICE", world.PHONE)])
        assert [change.entitlement.privilege for change in found.changes] == [
            world.PHONE,
            world.SALARY,
        ]

    def test_additive_gives_back_the_columns_that_are_not_ours(self, world: Any, plan: Any) -> None:
        ours = Entitlement("ALICE", world.SALARY)
        rows = [world.row("ALICE", world.SALARY), world.row("ALICE", world.PHONE)]
        found = plan(rows, granted=[ours], mode=Mode.ADDITIVE)
        kept = (Entitlement("ALICE", world.PHONE),)
        assert found.changes == (
            Narrow(
                Entitlement("ALICE", world.UPDATE), kept, Cause.STANDING_REMOVED, "", None, "HR"
            ),
        )


class TestGrantors:
    def test_columns_by_another_grantor_stay_without_a_gap(self, world: Any, plan: Any) -> None:
        ours = Entitlement("ALICE", world.SALARY)
        rows = [world.row("ALICE", world.SALARY), world.row("ALICE", world.PHONE, grantor="BOB")]
        found = plan(rows, granted=[ours], mode=Mode.ADDITIVE)
        assert found.changes == (Revoke(ours, Cause.STANDING_REMOVED, "HR"),)

    def test_each_grantor_we_can_act_for_is_revoked_on_its_own(self, world: Any, plan: Any) -> None:
        rows = [
            world.row("ALICE", world.SELECT),
            world.row("ALICE", world.SELECT, grantor=world.ACCOUNT),
        ]
        assert [change.grantor for change in plan(rows).changes] == ["HR", world.ACCOUNT]

    def test_another_grantors_row_is_an_error_not_a_change(self, world: Any, plan: Any) -> None:
        found = plan([world.row("ALICE", world.SELECT, grantor="BOB")])
        assert (found.changes, rules(found)) == ((), [("revoke.other-grantor", Severity.ERROR)])
        assert len(found.drift) == 1

    def test_another_grantors_row_beside_ours_warns_in_additive_mode(
        self, world: Any, plan: Any
    ) -> None:
        rows = [world.row("ALICE", world.SELECT), world.row("ALICE", world.SELECT, grantor="BOB")]
        found = plan(rows, granted=[Entitlement("ALICE", world.SELECT)], mode=Mode.ADDITIVE)
        assert (len(found.changes), rules(found)) == (
            1,
            [("revoke.other-grantor", Severity.WARNING)],
        )

    def test_what_would_be_lost_with_a_grant_option_and_is_wanted_is_granted_first(
        self, world: Any, plan: Any
    ) -> None:
        bob = world.row("BOB", world.SELECT, option=True)
        alice = world.row("ALICE", world.SELECT, grantor="BOB", option=True)
        carol = world.row("CAROL", world.SELECT, grantor="ALICE")
        wanted = Entitlement("CAROL", world.SELECT)
        found = plan([bob, alice, carol], [wanted])
        along = (
            Cascade(alice.entitlement, "BOB", False),
            Cascade(carol.entitlement, "ALICE", True),
        )
        assert found.changes == (
            Grant(wanted, Cause.STANDING, "", HERE),
            Revoke(bob.entitlement, Cause.DRIFT, "HR", cascades=along),
        )
        assert found.findings == ()
        after = world.execute(found.changes, world.snapshot([bob, alice, carol]))
        assert [row.entitlement for row in after.grants] == [wanted]

    def test_what_is_wanted_with_an_option_that_a_role_cannot_have_is_not_taken(
        self, world: Any, plan: Any
    ) -> None:
        rows = [world.row("HR_READER", world.SELECT)]
        found = plan(rows, [Entitlement("HR_READER", world.SELECT, True)])
        assert (found.changes, found.drift) == ((), ())
        assert rules(found) == [("privilege.not-to-roles", Severity.ERROR)]

    def test_p4_a_whole_privilege_is_left_when_a_column_that_goes_with_it_carries_somebody_elses(
        self, world: Any, plan: Any
    ) -> None:
        """REVOKE knows no columns: it takes BOB's column with its option along, and what CAROL has through that."""
        column = world.SALARY._replace(name="UPDATE")
        table = column._replace(kind=Kind.OBJECT, column="")
        rows = [
            world.row("BOB", table),
            world.row("BOB", column, option=True),
            world.row("CAROL", column, grantor="BOB"),
        ]
        only_bob = replace(world.EVERYTHING, grantees=("BOB",))
        found = plan(rows, [Entitlement("BOB", column, True)], scope=only_bob)
        assert found.changes == ()
        assert [row.rule for row in found.findings] == ["revoke.cascades"]

    def test_a_grant_option_on_which_something_hangs_that_is_not_ours_is_left(
        self, world: Any, plan: Any
    ) -> None:
        rows = [
            world.row("BOB", world.SELECT, option=True),
            world.row("ALICE", world.SELECT, grantor="BOB"),
        ]
        found = plan(rows, granted=[Entitlement("BOB", world.SELECT, True)], mode=Mode.ADDITIVE)
        assert (found.changes, rules(found)) == ((), [("revoke.cascades", Severity.ERROR)])

    def test_p3_what_goes_along_counts_for_the_brake(self, world: Any, plan: Any) -> None:
        users = ["ALICE", "CAROL", "HR_READER"]
        rows = [
            world.row("BOB", world.SELECT, option=True),
            *(world.row(name, world.SELECT, grantor="BOB") for name in users),
        ]
        strict = replace(world.UNLIMITED, count=3)
        found = plan(rows, removals=strict)
        assert [(row.limit, row.found) for row in found.brakes] == [("target count", "4")]
        assert plan(rows, removals=replace(strict, count=4)).brakes == ()

    def test_what_goes_along_and_is_wanted_needs_no_word(self, world: Any, plan: Any) -> None:
        rows = [
            world.row("BOB", world.SELECT, option=True),
            world.row("ALICE", world.SELECT, grantor="BOB"),
        ]
        found = plan(
            rows,
            [Entitlement("ALICE", world.SELECT)],
            [Entitlement("BOB", world.SELECT, True)],
            mode=Mode.ADDITIVE,
        )
        assert ([type(change) for change in found.changes], rules(found)) == ([Grant, Revoke], [])


class TestNeverTouched:
    """P2, P4: rows that are no business of ours, in the mode that takes most."""

    @pytest.mark.parametrize("grantee", ["SYS", "SYSTEM", "PUBLIC", "XDB", "DBA", "RECONCILER"])
    def test_p2_protected_grantees(self, world: Any, plan: Any, grantee: Any) -> None:
        found = plan([world.row(grantee, world.SELECT), world.row(grantee, world.SESSION)])
        assert (found.changes, found.drift) == ((), ())

    def test_p2_rows_inherited_from_the_root(self, world: Any, plan: Any) -> None:
        found = plan([world.row("ALICE", world.SESSION, inherited=True)])
        assert (found.changes, found.drift, found.findings) == ((), (), ())

    def test_p2_a_row_inherited_beside_one_of_our_own(self, world: Any, plan: Any) -> None:
        own, common = (
            world.row("ALICE", world.SESSION, inherited=found) for found in (False, True)
        )
        assert plan([own, common]).changes == (Revoke(own.entitlement, Cause.DRIFT),)

    def test_p2_the_owners_own_objects(self, world: Any, plan: Any) -> None:
        assert plan([world.row("HR", world.SELECT, grantor="SYS")]).is_empty

    def test_p2_rights_on_users_that_oracle_grants_by_itself(self, world: Any, plan: Any) -> None:
        row = world.row("ALICE", on_user("INHERIT PRIVILEGES", "BOB"), grantor="BOB")
        assert plan([row]).is_empty

    def test_p2_unlimited_tablespace_that_came_with_dba(self, world: Any, plan: Any) -> None:
        dba, space = (
            world.row("ALICE", role("DBA")),
            world.row("ALICE", system("UNLIMITED TABLESPACE")),
        )
        assert plan([dba, space], [dba.entitlement]).is_empty
        assert not plan([space]).is_empty

    def test_p2_roles_of_leases_and_what_they_hold(self, world: Any, plan: Any) -> None:
        lease = world.lease()
        snapshot = world.in_force(lease)
        assert make(world.desired(lease), snapshot, world.recorded(lease)).drift == ()

    def test_a_user_with_a_name_like_a_lease_role_is_a_user(self, world: Any, plan: Any) -> None:
        users = {**world.snapshot().users, "JIT_MAN": UserAccount("JIT_MAN", "OPEN")}
        assert len(plan([world.row("JIT_MAN", world.SESSION)], users=users).changes) == 1

    def test_p2_a_role_that_its_creator_alone_administers_is_left_with_a_warning(
        self, world: Any, plan: Any
    ) -> None:
        found = plan([world.row("HR", world.READER, option=True)])
        assert (found.changes, rules(found)) == (
            (),
            [("standing.role-administrator", Severity.WARNING)],
        )
        assert len(found.drift) == 1

    def test_an_administrator_beside_one_that_stays_is_revoked(self, world: Any, plan: Any) -> None:
        rows = [world.row(user, world.READER, option=True) for user in ("HR", "ALICE")]
        assert len(plan(rows, [rows[0].entitlement]).changes) == 1
        rows.append(world.row("SYS", world.READER, option=True))
        assert len(plan(rows).changes) == 2

    def test_p2_a_role_never_loses_all_its_administrators(self, world: Any, plan: Any) -> None:
        rows = [world.row(user, world.READER, option=True) for user in ("HR", "ALICE")]
        found = plan(rows)
        assert (found.changes, len(found.findings), len(found.drift)) == ((), 2, 2)

    def test_a_role_that_we_granted_with_the_option_is_ours_to_take(
        self, world: Any, plan: Any
    ) -> None:
        row = world.row("ALICE", world.READER, option=True)
        assert plan([row], granted=[row.entitlement]).changes == (
            Revoke(row.entitlement, Cause.STANDING_REMOVED),
        )

    def test_a_role_wanted_without_the_option_is_narrowed(self, world: Any, plan: Any) -> None:
        row = world.row("ALICE", world.READER, option=True)
        assert [
            type(change) for change in plan([row], [Entitlement("ALICE", world.READER)]).changes
        ] == [Narrow]

    def test_in_additive_mode_a_creators_role_needs_no_word(self, world: Any, plan: Any) -> None:
        assert plan([world.row("HR", world.READER, option=True)], mode=Mode.ADDITIVE).findings == ()

    @pytest.mark.parametrize(
        "scope",
        [
            Scope((), ("*",), ("*",), ("*",)),
            Scope(("BOB", "A*E2"), ("*",), ("*",), ("*",)),
            Scope(("*",), ("PAY*",), ("HR_W*",), ("CREATE *",)),
        ],
    )
    def test_p4_what_is_outside_the_scope(self, world: Any, plan: Any, scope: Any) -> None:
        rows = [
            world.row("ALICE", found)
            for found in (world.SELECT, world.SALARY, world.READER, system("DROP USER"))
        ]
        found = plan(rows, scope=scope, granted=[row.entitlement for row in rows])
        assert (found.changes, found.drift) == ((), ())


class TestRefusals:
    def refused(self, found: Any, rule: Any) -> None:
        assert (found.changes, found.drift) == ((), ())
        assert [(problem.rule, problem.origin, problem.severity) for problem in found.findings] == [
            (rule, HERE, Severity.ERROR)
        ]

    def test_unknown_grantee(self, world: Any, plan: Any) -> None:
        self.refused(plan(standing=[Entitlement("GHOST", world.SELECT)]), "grantee.unknown")

    @pytest.mark.parametrize("grantee", ["SYS", "PUBLIC", "RECONCILER", "XDB", "DBA"])
    def test_p2_protected_grantee(self, world: Any, plan: Any, grantee: Any) -> None:
        self.refused(plan(standing=[Entitlement(grantee, world.SELECT)]), "grantee.protected")

    def test_a_lease_role_as_grantee(self, world: Any, plan: Any) -> None:
        roles = {**world.snapshot().roles, "JIT_FIX": RoleAccount("JIT_FIX")}
        found = plan(
            standing=[Entitlement("JIT_FIX", world.SELECT)], roles=roles, created_roles=frozenset()
        )
        assert {problem.rule for problem in found.findings} == {
            "grantee.protected",
            "lease-role.foreign",
        }

    def test_a_lease_role_as_privilege(self, world: Any) -> None:
        lease = world.lease()
        desired = world.desired(lease, standing=[Entitlement("BOB", role("JIT_FIX"))])
        found = make(desired, world.in_force(lease), world.recorded(lease))
        self.refused(found, "role.unknown")

    def test_outside_the_scope(self, world: Any, plan: Any) -> None:
        scope = Scope(("ALICE",), (), (), ())
        self.refused(
            plan(standing=[Entitlement("ALICE", world.SELECT)], scope=scope), "scope.outside"
        )

    def test_unknown_role(self, world: Any, plan: Any) -> None:
        self.refused(plan(standing=[Entitlement("ALICE", role("NO_SUCH"))]), "role.unknown")

    def test_index_to_a_role(self, world: Any, plan: Any) -> None:
        self.refused(
            plan(standing=[Entitlement("HR_READER", on_object("INDEX", "HR", "T"))]),
            "privilege.not-to-roles",
        )

    def test_index_to_a_user_is_fine(self, world: Any, plan: Any) -> None:
        assert (
            len(plan(standing=[Entitlement("ALICE", on_object("INDEX", "HR", "T"))]).changes) == 1
        )

    def test_the_admin_option_may_go_to_a_role(self, world: Any, plan: Any) -> None:
        assert len(plan(standing=[Entitlement("HR_READER", world.SESSION, True)]).changes) == 1

    def test_p8_one_bad_entry_stops_only_itself(self, world: Any, plan: Any) -> None:
        good = Entitlement("ALICE", world.SELECT)
        found = plan(standing=[Entitlement("GHOST", world.SELECT), good])
        assert [change.entitlement for change in found.changes] == [good]


def test_p3_a_plan_over_the_limit_carries_its_brakes(world: Any) -> None:
    from reconciler.model.documents import RemovalLimits

    rows = [world.row("ALICE", on_object("SELECT", "HR", f"T{number}")) for number in range(3)]
    desired = world.desired(target=world.target(removals=RemovalLimits(count=2)))
    plan = make(desired, world.snapshot(rows), world.ledger())
    assert [brake.limit for brake in plan.brakes] == ["target count"]
    assert len(plan.changes) == 3


def test_the_digest_covers_target_database_and_effects_and_not_the_instant(world: Any) -> None:
    desired = world.desired(standing=[Entitlement("ALICE", world.SELECT)])
    snapshot = world.snapshot()
    digest = make(desired, snapshot, world.ledger()).digest
    assert digest.startswith("sha256:")
    assert (
        make(replace(desired, at=world.NOW + world.HOUR), snapshot, world.ledger()).digest == digest
    )
    other = replace(snapshot, database=replace(snapshot.database, dbid=43))
    assert make(desired, other, world.ledger()).digest != digest
    more = world.desired(standing=[Entitlement("ALICE", world.UPDATE)])
    assert make(more, snapshot, world.ledger()).digest != digest
