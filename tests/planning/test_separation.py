"""What no one may hold together, by any way and over all users of a person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model import names
from reconciler.model.access_patterns import parse
from reconciler.model.changes import Grant
from reconciler.model.diagnostics import Origin, Severity
from reconciler.model.documents import Mode
from reconciler.model.identities import ColumnView, Ending
from reconciler.model.ledger import LedgerState
from reconciler.model.policies import Separation
from reconciler.model.privileges import (
    Entitlement,
    Kind,
    on_column,
    on_directory,
    on_object,
    on_schema,
    proxy,
    role,
    system,
)
from reconciler.model.separations import SeparationRule, Separations
from reconciler.model.snapshot import DatabaseObject, UserAccount
from reconciler.planning.holdings import index
from reconciler.planning.leases import plan_leases
from reconciler.planning.plan import make

RULE_AT = Origin("grants/policies/sod.yaml", 9, 5)
PAY = on_object("UPDATE", "HR", "PAYROLL")
APPROVE = on_object("EXECUTE", "FIN", "APPROVE_RUN")
PERSONS = {"ALICE": ("alice",), "ALICE_ADMIN": ("alice",), "BOB": ("bob",)}


def side(*patterns: Any) -> Any:
    """Each text is an alternative; a tuple of texts is one with all of them."""
    rows = (row if isinstance(row, tuple) else (row,) for row in patterns)
    return tuple(tuple(parse(text) for text in row) for row in rows)


def rule(
    one: Any = ("UPDATE on HR.PAYROLL",), other: Any = ("EXECUTE on FIN.APPROVE*",), **changes: Any
) -> Any:
    first, second = side(*one), side(*other)
    flat = [tuple(pattern for row in found for pattern in row) for found in (first, second)]
    base = Separation("pay-and-approve", flat[0], flat[1], "four eyes", RULE_AT)
    return SeparationRule("sod", replace(base, **changes), first, second)


def wanted(world: Any, *leases: Any, rules: Any = None, **more: Any) -> Any:
    separations = Separations(tuple(rules or (rule(),)), PERSONS)
    target = world.target(Mode.ADDITIVE)
    return replace(world.desired(*leases, target=target, **more), separations=separations)


def database(world: Any, *rows: Any, **more: Any) -> Any:
    base = world.snapshot(rows, **more)
    there = {name: UserAccount(name, "OPEN") for name in ("ALICE_ADMIN", "FIN", "HR_APP")}
    return replace(base, users={**there, **base.users})


def plan(world: Any, desired: Any, snapshot: Any, ledger: Any = None) -> Any:
    return make(desired, snapshot, ledger or world.ledger())


def rules_of(found: Any) -> list[str]:
    return [row.rule for row in found.findings if row.rule.startswith("policy.")]


def refused(world: Any, holds: Any, asks: Any = (PAY,), rules: Any = None, **more: Any) -> bool:
    """Whether Alice's lease is refused when the database has the rows."""
    lease = world.lease(privileges=asks)
    found = plan(world, wanted(world, lease, rules=rules), database(world, *holds, **more))
    errors = [row.rule for row in found.findings if row.is_error]
    assert errors in ([], ["policy.separation"])
    assert bool(errors) is not any(isinstance(change, Grant) for change in found.changes)
    return bool(errors)


class TestLeases:
    def test_who_holds_one_side_does_not_get_the_other(self, world: Any) -> None:
        lease = world.lease(privileges=(PAY,))
        snapshot = database(
            world, world.row("ALICE", role("HR_READER")), world.row("HR_READER", APPROVE)
        )
        found = plan(world, wanted(world, lease), snapshot)
        (finding,) = found.findings
        assert (finding.rule, finding.severity) == ("policy.separation", Severity.ERROR)
        assert finding.origin == lease.origin
        assert finding.related == (RULE_AT,)
        assert finding.message == (
            "lease fix would let alice hold both sides of pay-and-approve of policy sod (four eyes) on hr-prod:"
            " UPDATE on HR.PAYROLL; and EXECUTE on FIN.APPROVE_RUN through role HR_READER"
        )
        assert finding.hint == (
            "it would pass without UPDATE on HR.PAYROLL, or once alice does not have:"
            " EXECUTE on FIN.APPROVE_RUN through role HR_READER"
        )
        assert found.changes == ()

    def test_who_holds_one_side_may_have_more_of_it(self, world: Any) -> None:
        assert not refused(world, [world.row("ALICE", PAY)])
        assert not refused(world, [world.row("BOB", APPROVE)])

    def test_both_sides_in_one_lease_are_refused(self, world: Any) -> None:
        lease = world.lease(privileges=(PAY, APPROVE))
        found = plan(world, wanted(world, lease), database(world))
        assert found.findings[0].hint == (
            "ask for one side only, and leave the other to somebody else:"
            " UPDATE on HR.PAYROLL, or EXECUTE on FIN.APPROVE*"
        )
        assert found.changes == ()

    def test_the_other_side_may_be_held_by_another_user_of_the_same_person(
        self, world: Any
    ) -> None:
        assert refused(world, [world.row("ALICE_ADMIN", APPROVE)])

    def test_a_lease_in_force_counts_with_its_end(self, world: Any) -> None:
        first = world.lease("approve", privileges=(APPROVE,))
        second = world.lease("pay", privileges=(PAY,))
        snapshot = world.in_force(first, database(world))
        found = plan(world, wanted(world, first, second), snapshot, world.recorded(first))
        assert "through lease approve until 2026-11-20T15:00:00Z" in found.findings[0].message
        assert not any(getattr(row, "lease_id", "") == "pay" for row in found.changes)

    def test_it_counts_also_while_its_role_is_gone(self, world: Any) -> None:
        first = world.lease("approve", privileges=(APPROVE,))
        second = world.lease("pay", privileges=(PAY,))
        ledger = world.recorded(first)
        found = plan(world, wanted(world, first, second), database(world), ledger)
        assert [row.origin.path for row in found.findings] == ["grants/requests/pay.yaml"]
        assert "by lease approve until" in found.findings[0].message

    def test_of_two_new_leases_the_first_by_name_is_granted(self, world: Any) -> None:
        one, two = world.lease("a", privileges=(PAY,)), world.lease("b", privileges=(APPROVE,))
        found = plan(world, wanted(world, two, one), database(world))
        assert [row.origin.path for row in found.findings] == ["grants/requests/b.yaml"]
        assert {getattr(row, "lease_id", "") for row in found.changes} == {"a"}

    def test_a_lease_that_cannot_be_granted_is_in_nobodys_way(self, world: Any) -> None:
        one = world.lease("a", grantee="NOBODY", privileges=(PAY,))
        two = world.lease("b", privileges=(APPROVE,))
        found = plan(world, wanted(world, one, two), database(world))
        assert {row.rule for row in found.findings} == {"lease.unknown-user"}

    def test_a_lease_that_starts_later_does_not_count_yet(self, world: Any) -> None:
        from reconciler.model.leases import Phase

        later = world.lease("a", privileges=(PAY,), phase=Phase.PENDING)
        now = world.lease("b", privileges=(APPROVE,))
        assert rules_of(plan(world, wanted(world, later, now), database(world))) == []

    def test_an_edit_that_widens_is_not_followed_and_the_lease_goes_on(self, world: Any) -> None:
        before = world.lease(privileges=(PAY, world.SELECT))
        edited = world.lease(privileges=(PAY, APPROVE), end=world.NOW + 2 * world.HOUR)
        snapshot = world.in_force(before, database(world))
        for ledger in (world.recorded(before), world.recorded(edited), world.ledger()):
            found = plan(world, wanted(world, edited), snapshot, ledger)
            assert "policy.separation" in rules_of(found)
            assert [type(change).__name__ for change in found.changes] == ["MoveDeadline", "Revoke"]
            (kept,) = found.leases
            assert {row.privilege for row in kept.entitlements} == {PAY}
            assert kept.end == edited.end

    def test_what_is_not_there_is_not_what_is_held_back(self, world: Any) -> None:
        gone = on_object("SELECT", "OE", "GONE")
        before = world.lease(privileges=(PAY,))
        edited = world.lease(privileges=(PAY, APPROVE, gone))
        snapshot = world.in_force(before, database(world))
        users = {**snapshot.users, "OE": UserAccount("OE", "OPEN")}
        snapshot = replace(snapshot, known_schemas=frozenset({"OE"}), users=users)
        found = plan(world, wanted(world, edited), snapshot, world.recorded(before))
        assert {row.privilege for row in found.leases[0].entitlements} == {PAY, gone}

    def test_what_somebody_took_from_a_lease_is_not_given_back_against_the_rules(
        self, world: Any
    ) -> None:
        lease = world.lease(privileges=(PAY, APPROVE))
        half = world.lease(privileges=(PAY,))
        snapshot = world.in_force(half, database(world))
        found = plan(world, wanted(world, lease), snapshot, world.recorded(lease))
        assert sorted(rules_of(found)) == ["policy.separation", "policy.separation-held"]
        assert found.changes == ()
        nobody = plan(world, wanted(world, lease), database(world), world.recorded(lease))
        assert found.changes == nobody.changes

    def test_a_lease_in_force_is_left_whatever_the_rules_say_by_now(self, world: Any) -> None:
        lease = world.lease(privileges=(PAY, APPROVE))
        snapshot = world.in_force(lease, database(world))
        found = plan(world, wanted(world, lease), snapshot, world.recorded(lease))
        assert rules_of(found) == ["policy.separation-held"]
        assert found.changes == ()
        assert found.leases == (lease,)

    def test_the_user_of_a_temporary_lease_is_the_requesters(self, world: Any) -> None:
        user = names.lease_user("fix")
        lease = world.lease(grantee=user, privileges=(PAY,), ending=Ending(temporary_user=user))
        snapshot = database(world, world.row("ALICE", APPROVE), has_gate=True)
        assert "policy.separation" in rules_of(plan(world, wanted(world, lease), snapshot))

    def test_p35_a_proxy_holds_what_its_client_does(self, world: Any) -> None:
        right = Entitlement("ALICE", proxy("HR_APP"))
        lease = world.lease(privileges=(), ending=Ending(direct=(right,)))
        rows = [world.row("HR_APP", PAY), world.row("ALICE", APPROVE)]
        scope = replace(world.EVERYTHING, users=("*",))
        desired = wanted(world, lease)
        desired = replace(desired, target=replace(desired.target, scope=scope))
        found = plan(world, desired, database(world, *rows, has_gate=True))
        (message,) = (row.message for row in found.findings if row.is_error)
        assert "UPDATE on HR.PAYROLL through CONNECT THROUGH HR_APP" in message
        held = database(world, *rows, world.row("ALICE", proxy("HR_APP")), has_gate=True)
        again = plan(world, desired, held, world.recorded(lease))
        assert rules_of(again) == ["policy.separation-held"]

    def test_break_glass_is_told_and_not_held_back(self, world: Any) -> None:
        lease = world.lease("bg-payroll-1", privileges=(PAY,))
        found = plan(world, wanted(world, lease), database(world, world.row("ALICE", APPROVE)))
        (finding,) = found.findings
        assert (finding.rule, finding.severity) == ("policy.separation-held", Severity.WARNING)
        assert any(isinstance(change, Grant) for change in found.changes)

    def test_without_rules_nothing_is_asked(self, world: Any) -> None:
        lease = world.lease(privileges=(PAY, APPROVE))
        assert rules_of(plan(world, world.desired(lease), database(world))) == []

    def test_leases_can_be_planned_by_themselves(self, world: Any) -> None:
        lease = world.lease(privileges=(PAY, APPROVE))
        found = plan_leases(wanted(world, lease), index(database(world)), world.ledger())
        assert [row.rule for row in found.findings] == ["policy.separation"]


class TestWaysOfHolding:
    @pytest.mark.parametrize(
        "privilege",
        [
            APPROVE,
            system("EXECUTE ANY PROCEDURE"),
            on_schema("EXECUTE ANY PROCEDURE", "FIN"),
        ],
    )
    def test_a_right_on_it_and_any_privileges(self, world: Any, privilege: Any) -> None:
        for holder in ("ALICE", "PUBLIC"):
            assert refused(world, [world.row(holder, privilege)])
        through = [world.row("ALICE", role("HR_WRITER")), world.row("HR_WRITER", role("HR_READER"))]
        assert refused(world, [*through, world.row("HR_READER", privilege)])

    @pytest.mark.parametrize(
        "privilege",
        [
            on_schema("EXECUTE ANY PROCEDURE", "HR"),
            on_object("DEBUG", "FIN", "APPROVE_RUN"),
            on_object("EXECUTE", "FIN", "REPORT"),
            on_object("EXECUTE", "HR", "APPROVE_RUN"),
            system("CREATE SESSION"),
            on_directory("EXECUTE", "APPROVED"),
        ],
    )
    def test_anything_else_is_not_it(self, world: Any, privilege: Any) -> None:
        assert not refused(world, [world.row("ALICE", privilege)])

    def test_a_part_of_the_columns_is_holding(self, world: Any) -> None:
        approve = [world.row("ALICE", APPROVE)]
        assert refused(world, approve, (on_column("UPDATE", "HR", "PAYROLL", "NET"),))
        some = [rule(("UPDATE on HR.PAYROLL.NET",))]
        assert not refused(world, approve, (on_column("UPDATE", "HR", "PAYROLL", "TAX"),), some)
        assert refused(world, approve, (PAY,), some)

    def test_a_column_view_shows_what_it_shows(self, world: Any) -> None:
        view = ColumnView("HR$PAYROLL$0123456789ABCDEF", "HR", "PAYROLL", ("NET",))
        on_view = on_object("SELECT", names.GATE_SCHEMA, view.name)
        unknown = on_object("SELECT", names.GATE_SCHEMA, "OTHER")
        views = {"column_views": {view.name: view}}
        reads = [rule(("EXECUTE on FIN.*",), ("SELECT on HR.PAYROLL.NET",))]
        asks = (APPROVE,)
        assert refused(world, [world.row("ALICE", on_view)], asks, reads, **views)
        lease = world.lease(privileges=asks)
        other = database(world, world.row("ALICE", unknown), **views)
        assert rules_of(plan(world, wanted(world, lease, rules=reads), other)) == []

    def test_who_may_log_on_as_a_holder_holds(self, world: Any) -> None:
        rows = [world.row("HR_APP", APPROVE), world.row("ALICE", proxy("HR_APP"))]
        assert refused(world, rows)
        lease = world.lease(grantee="BOB", privileges=(PAY,))
        as_bob = [world.row("ALICE", APPROVE), world.row("ALICE", proxy("BOB"))]
        found = plan(world, wanted(world, lease), database(world, *as_bob))
        assert "let alice hold both" in found.findings[0].message

    def test_the_owner_of_the_schema_holds(self, world: Any) -> None:
        lease = world.lease(grantee="FIN", privileges=(PAY,))
        found = plan(world, wanted(world, lease), database(world))
        assert "user FIN hold both" in found.findings[0].message
        assert "owner of schema FIN" in found.findings[0].message
        known = {"known_schemas": frozenset({"FIN"})}
        assert rules_of(plan(world, wanted(world, lease), database(world, **known))) == []
        there = {"objects": frozenset({DatabaseObject("FIN", "APPROVE_RUN", "PROCEDURE")})}
        found = plan(world, wanted(world, lease), database(world, **known, **there))
        assert rules_of(found) == ["policy.separation"]

    def test_roles_clients_options_and_system_privileges_can_be_sides(self, world: Any) -> None:
        reader = [world.row("ALICE", role("HR_READER"))]
        assert refused(world, reader, rules=[rule(other=("role:HR_*",))])
        client = [world.row("ALICE", proxy("HR_APP"))]
        assert refused(world, client, rules=[rule(other=("proxy:HR_APP",))])
        option = [world.row("ALICE", system("CREATE VIEW"), option=True)]
        assert refused(world, option, rules=[rule(other=("WITH ADMIN OPTION",))])
        any_of = [world.row("ALICE", system("SELECT ANY TABLE"))]
        assert refused(world, any_of, rules=[rule(other=("* ANY *",))])
        assert refused(world, any_of, rules=[rule(other=("SELECT",))])
        in_schema = [world.row("ALICE", on_schema("SELECT ANY TABLE", "HR"))]
        assert refused(world, in_schema, rules=[rule(other=("SELECT",))])

    def test_a_role_that_is_asked_for_gives_what_is_in_it(self, world: Any) -> None:
        rows = [world.row("HR_WRITER", PAY), world.row("ALICE", APPROVE)]
        lease = world.lease(privileges=(role("HR_WRITER"),))
        found = plan(world, wanted(world, lease), database(world, *rows))
        assert "UPDATE on HR.PAYROLL through role HR_WRITER; and" in found.findings[0].message

    def test_any_privileges_stop_at_oracles_own_schemas(self, world: Any) -> None:
        rows = [world.row("ALICE", system("EXECUTE ANY PROCEDURE"))]
        assert not refused(world, rows, rules=[rule(other=("EXECUTE on XDB.SECRET",))])

    def test_a_bundle_is_held_with_all_it_lists(self, world: Any) -> None:
        both = [rule(other=(("EXECUTE on FIN.APPROVE_RUN", "SELECT on FIN.RUNS"),))]
        select = world.row("ALICE", on_object("SELECT", "FIN", "RUNS"))
        assert not refused(world, [world.row("ALICE", APPROVE)], rules=both)
        assert refused(world, [world.row("ALICE", APPROVE), select], rules=both)
        many = tuple(f"SELECT on FIN.T{number}" for number in range(5))
        rows = [world.row("ALICE", on_object("SELECT", "FIN", f"T{n}")) for n in range(5)]
        lease = world.lease(privileges=(PAY,))
        desired = wanted(world, lease, rules=[rule(other=(many,))])
        assert "and 2 more" in plan(world, desired, database(world, *rows)).findings[0].message


class TestStandingGrants:
    def test_a_new_one_is_not_granted(self, world: Any) -> None:
        new = Entitlement("ALICE", PAY)
        desired = wanted(world, standing=(new,))
        found = plan(world, desired, database(world, world.row("ALICE", APPROVE)))
        (finding,) = found.findings
        assert finding.rule == "policy.separation"
        assert finding.message.startswith("standing grant base would let alice")
        assert finding.origin == Origin("grants/standing/base.yaml", 7, 3)
        assert found.changes == ()

    def test_one_to_a_role_counts_for_everybody_who_has_it(self, world: Any) -> None:
        new = Entitlement("HR_READER", PAY)
        rows = [
            world.row("ALICE", role("HR_READER"), option=True),
            world.row("BOB", role("HR_READER")),
            world.row("BOB", role("HR_WRITER")),
            world.row("HR_WRITER", role("HR_READER")),
            world.row("SYS", role("HR_READER")),
            world.row("SYS", APPROVE),
            world.row("BOB", APPROVE),
        ]
        desired = wanted(world, standing=(new,))
        found = plan(world, desired, database(world, *rows))
        assert ["let bob hold" in row.message for row in found.findings] == [True]

    def test_the_second_of_two_is_refused(self, world: Any) -> None:
        desired = wanted(
            world, standing=(Entitlement("ALICE", PAY), Entitlement("ALICE_ADMIN", APPROVE))
        )
        found = plan(world, desired, database(world))
        assert rules_of(found) == ["policy.separation"]
        assert "UPDATE on HR.PAYROLL by standing grant base" in found.findings[0].message
        assert len(found.changes) == 1

    def test_one_that_is_held_or_ours_is_not_new(self, world: Any) -> None:
        mine, lost = Entitlement("ALICE", PAY), Entitlement("ALICE", APPROVE)
        desired = wanted(world, standing=(mine, lost))
        ledger = LedgerState(world.TARGET, {}, frozenset({lost}))
        found = plan(world, desired, database(world, world.row("ALICE", PAY)), ledger)
        assert rules_of(found) == ["policy.separation-held"]
        assert [change.entitlement for change in found.changes] == [lost]

    def test_a_lease_comes_before_a_standing_grant(self, world: Any) -> None:
        lease = world.lease(privileges=(APPROVE,))
        desired = wanted(world, lease, standing=(Entitlement("ALICE", PAY),))
        found = plan(world, desired, database(world))
        assert [row.origin.path for row in found.findings] == ["grants/standing/base.yaml"]
        assert "by lease fix until" in found.findings[0].message


class TestWhoHoldsBothAlready:
    def test_is_named_once_for_each_rule_and_nothing_changes(self, world: Any) -> None:
        rows = [
            world.row("ALICE", PAY),
            world.row("ALICE_ADMIN", APPROVE),
            world.row("ALICE_ADMIN", PAY),
        ]
        rules = [rule(), rule(name="again", reason="")]
        found = plan(world, wanted(world, rules=rules), database(world, *rows))
        assert [(row.rule, row.severity, row.origin) for row in found.findings] == [
            ("policy.separation-held", Severity.WARNING, RULE_AT)
        ] * 2
        assert (
            "alice already holds both sides of again of policy sod on" in found.findings[0].message
        )
        assert found.changes == ()

    def test_a_user_who_is_nobodys_counts_for_himself(self, world: Any) -> None:
        rows = [world.row("HR_APP", PAY), world.row("HR_APP", APPROVE)]
        (finding,) = plan(world, wanted(world), database(world, *rows)).findings
        assert finding.message.startswith("user HR_APP already holds")

    def test_oracles_own_accounts_are_not_named(self, world: Any) -> None:
        rows = [world.row("SYSTEM", PAY), world.row("SYSTEM", APPROVE)]
        assert rules_of(plan(world, wanted(world), database(world, *rows))) == []

    def test_what_everybody_has_everybody_holds(self, world: Any) -> None:
        rows = [world.row("PUBLIC", PAY), world.row("PUBLIC", APPROVE)]
        found = plan(world, wanted(world), database(world, *rows))
        assert {row.message.split(" already")[0] for row in found.findings} == {
            "alice", "bob", "user CAROL", "user FIN", "user HR", "user HR_APP",
        }  # fmt: skip
        assert "UPDATE on HR.PAYROLL through PUBLIC" in found.findings[0].message

    def test_a_lease_may_give_no_more_to_whoever_holds_both(self, world: Any) -> None:
        rows = [world.row("ALICE", PAY), world.row("ALICE", APPROVE)]
        lease = world.lease(privileges=(on_column("UPDATE", "HR", "PAYROLL", "NET"),))
        desired = wanted(world, lease)
        found = plan(world, desired, database(world, *rows))
        assert sorted(rules_of(found)) == ["policy.separation", "policy.separation-held"]


def test_a_quota_is_no_place_of_a_schema(world: Any) -> None:
    assert PAY.kind is Kind.OBJECT
    from reconciler.model.privileges import quota

    rows = [world.row("ALICE", quota("1024", "APPROVE"))]
    assert not refused(world, rows)
