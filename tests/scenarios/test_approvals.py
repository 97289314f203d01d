"""Access begins when the right people approved what was merged, and the proof of that is in the ledger."""

from __future__ import annotations

import json

import pytest

from tests.scenarios.reviewed import ask, begin, cap, merge, propose, reviewed, signed
from tests.scenarios.world import POLICY, World, can

ROLE = "JIT_PAYROLL_FIX"


@pytest.fixture
def strict(world: World) -> World:
    begin(world)
    return world


def test_an_approved_request_is_granted_and_the_ledger_says_who_approved_it(strict: World) -> None:
    reviewed(strict, ask(), "carol")
    found = strict.reconcile()
    assert strict.role_exists(ROLE)
    assert can(strict.log_on("ALICE"), "SELECT * FROM hr.payroll")
    assert found["exit_code"] == 0
    kinds = strict.ledger_kinds()
    assert kinds == ["approval", "intent", "outcome"], "evidence before the first statement"
    intents = [row for row in strict.events() if row["type"] == "intent"]
    assert intents[0]["approved"]["payroll-fix"]["by"] == ["carol"]
    assert "Approved-By: carol" in strict.git("log", "audit", "--format=%B")
    strict.assert_converged()


def test_p30_a_request_that_nobody_approved_is_not_in_force(strict: World) -> None:
    reviewed(strict, ask())
    ran = strict.run("reconcile")
    assert ran.code == 4
    assert "approval.missing" in ran.err
    assert "1 of data: bob or carol" in ran.err or "1 of data: bob, carol" in ran.err
    assert not strict.role_exists(ROLE)


def test_a_review_judges_by_policies_that_are_in_force(strict: World) -> None:
    """A policy that was merged without approval changes nothing about who must approve, neither in a run nor in what reviewers are told."""
    reviewed(strict, {"grants/policies/cap.yaml": cap("[{preApproved: true}]")})
    assert strict.run("reconcile").code == 4
    propose(strict, ask())
    told = strict.run("review", "--base", "main", "--head", "change")
    assert told.code == 0, told.err
    assert "1 of data" in told.out


def test_p12_a_review_shows_statements_without_any_database_credential(strict: World) -> None:
    strict.reconcile()
    propose(strict, ask())
    strict.password = ""
    told = strict.run("review", "--base", "main", "--head", "change", "--output", "markdown")
    assert told.code == 0, told.err
    assert 'GRANT SELECT ON "HR"."PAYROLL" TO "JIT_PAYROLL_FIX"' in told.out
    assert "1 of data: bob or carol" in told.out or "1 of data: bob, carol" in told.out


def test_p32_who_is_missing_is_named_step_by_step(strict: World) -> None:
    both = "[{steps: [{all: [{count: 1, of: [owners]}, {count: 1, of: [dave]}]}]}]"
    reviewed(strict, {"grants/policies/cap.yaml": cap(both)}, "dave")
    reviewed(strict, ask(), "carol")
    ran = strict.run("reconcile")
    assert ran.code == 4
    assert "missing: 1 of dave: dave" in ran.err
    assert "1 of data" not in ran.err


def test_p30_a_policy_that_approves_in_advance_is_recorded_as_such(strict: World) -> None:
    low = "[{upTo: 500, preApproved: true}, {steps: [{count: 1, of: [owners]}]}]"
    reviewed(strict, {"grants/policies/cap.yaml": cap(low)}, "dave")
    reviewed(strict, ask())
    strict.reconcile()
    assert strict.role_exists(ROLE)
    told = strict.run("audit verify").out
    assert "2 approved, 1 of these in advance" in told


def test_p25_a_duration_counts_from_activation_however_long_reviews_took(strict: World) -> None:
    head = propose(strict, ask())
    strict.advance("2h")
    merge(strict, [signed("carol", head)])
    before = strict.now()
    strict.reconcile()
    record = json.loads(strict.git("show", "audit:state/prod/leases/pa/payroll-fix.json"))
    assert record["first_start"] >= before


def test_access_waits_for_the_notice_that_policy_wants_after_the_merge(strict: World) -> None:
    wait = cap().replace("  approvals:", "  notice: {least: 2h}\n  approvals:")
    reviewed(strict, {"grants/policies/cap.yaml": wait}, "dave")
    reviewed(strict, ask(), "carol")
    ran = strict.run("reconcile")
    assert ran.code == 0, ran.err
    assert "policy.waits-for-notice" in ran.err
    assert not strict.role_exists(ROLE)
    strict.advance("3h")
    strict.reconcile()
    assert strict.role_exists(ROLE)


def test_an_exception_is_for_whom_it_names_and_only_until_its_end(strict: World) -> None:
    longer = cap() + (
        "  exceptions: [{rules: [policy.too-long], requests: [payroll-fix], owner: carol,"
        " reason: The year ends, until: 2099-01-01T00:00:00Z}]\n"
    )
    reviewed(strict, {"grants/policies/cap.yaml": longer}, "dave")
    reviewed(
        strict, ask(window="{duration: 20h}") | ask(name="other", window="{duration: 20h}"), "carol"
    )
    ran = strict.run("reconcile")
    assert strict.role_exists(ROLE)
    assert not strict.role_exists("JIT_OTHER")
    assert "policy.too-long" in ran.err


def test_policies_that_stop_asking_are_approved_themselves_and_then_the_merge_is_enough(
    strict: World,
) -> None:
    nobody = {"grants/policies/cap.yaml": POLICY, "grants/policies/guard.yaml": None}
    reviewed(strict, nobody, "dave")
    reviewed(strict, ask())
    strict.reconcile()
    assert strict.role_exists(ROLE)
    assert strict.run("audit verify").code == 0
    reviewed(strict, {"grants/policies/cap.yaml": cap()})
    reviewed(strict, ask(name="later"))
    assert strict.run("reconcile").code == 4
    assert not strict.role_exists("JIT_LATER")
    assert strict.run("audit verify").code == 0
