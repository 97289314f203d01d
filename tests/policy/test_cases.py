"""Cases kept beside policies say what was meant; what came is told with what was expected."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.model.classification import Column, Level, Reached
from reconciler.model.documents import AccessRequest, PolicyCase, Target, TargetSelector
from reconciler.model.risk import RequesterHistory, TargetFacts
from reconciler.policy.cases import CaseResult, run_case
from tests.policy.rule_papers import (
    DAY,
    HERE,
    HOUR,
    approvals,
    at,
    chain,
    documents,
    exception,
    policy,
    request,
    step,
    target,
    window,
)

TWO_STEPS = approvals(
    chain(up_to=50, line=61), chain(step(1, "payroll"), step(1, "erin", "bob"), line=62)
)
KNOWN = documents(policy(approvals=TWO_STEPS))
LONG = request(window=window(duration=20 * DAY))


def case(asking: AccessRequest, allowed: bool = True, **more: Any) -> PolicyCase:
    return PolicyCase(
        "what was meant", at(9, "grants/policies/tests.yaml"), asking, allowed, **more
    )


def ran(asking: AccessRequest, allowed: bool = True, **more: Any) -> CaseResult:
    return run_case(case(asking, allowed, **more), KNOWN)


def test_a_case_that_holds_has_no_problem() -> None:
    result = ran(request(), risk_at_least=49, risk_at_most=49, approvals=())
    assert (result.is_ok, result.problems, result.allowed) == (True, (), True)
    assert result.risk.total == 49
    assert result.approvals == ()


def test_a_denial_is_held_to_the_rules_that_it_must_be_by() -> None:
    result = ran(LONG, allowed=False, rules=("policy.too-long",))
    assert result.is_ok
    assert result.denials == ("policy.too-long",)
    other = ran(LONG, allowed=False, rules=("policy.ticket", "policy.too-long"))
    assert other.problems == ("expected a denial by policy.ticket, came policy.too-long",)


def test_another_verdict_than_the_one_that_was_meant_is_told_with_its_rules() -> None:
    assert ran(LONG).problems == ("expected allow, came deny (policy.too-long)",)
    result = ran(request(), allowed=False, rules=("policy.too-long",))
    assert result.problems == (
        "expected deny, came allow",
        "expected a denial by policy.too-long, came none",
    )


def test_an_exception_allows_what_it_excepts() -> None:
    excepting = documents(policy(exceptions=(exception("policy.too-long"),)))
    result = run_case(case(LONG), excepting)
    assert result.is_ok
    assert [one.rule for one in result.findings] == ["policy.exception"]


RISKY = request(window=window(duration=5 * DAY))


def test_the_groups_that_are_asked_for_are_those_of_the_chain_that_the_risk_picks() -> None:
    result = ran(RISKY, approvals=("1 of payroll", "1 of erin or bob"))
    assert result.is_ok
    assert result.approvals == ("1 of erin or bob", "1 of payroll")
    assert ran(RISKY, approvals=()).problems == (
        "expected approvals none, came 1 of erin or bob, 1 of payroll",
    )
    assert ran(request(), approvals=("1 of payroll",)).problems == (
        "expected approvals 1 of payroll, came none",
    )


def test_approvals_and_risk_are_looked_at_only_when_the_case_says_something_of_them() -> None:
    assert ran(RISKY).is_ok


def test_a_risk_outside_of_its_bounds_is_told_with_its_points() -> None:
    assert ran(request(), risk_at_least=50).problems == ("expected a risk of at least 50, came 49",)
    (problem,) = ran(request(), risk_at_most=48).problems
    assert problem.startswith("expected a risk of at most 48, came 49 (environment 30, ")


def test_of_several_targets_the_riskiest_counts_and_all_approvals_are_needed() -> None:
    both = TargetSelector(("hr-prod", "hr-dev"), {}, HERE)
    known = documents(
        policy(approvals=approvals(chain(step(1, "payroll")))),
        policy(
            "dev",
            targets=TargetSelector(("hr-dev",), {}, HERE),
            approvals=approvals(chain(step(1, "erin"))),
        ),
        targets={"hr-prod": target(), "hr-dev": target("hr-dev", labels={"env": "dev"})},
    )
    result = run_case(case(request(targets=both)), known)
    assert result.risk.total == 49
    assert result.approvals == ("1 of erin", "1 of payroll")


@pytest.mark.parametrize("allowed", [True, False])
def test_a_case_on_no_target_is_never_allowed(allowed: bool) -> None:
    nowhere = request(targets=TargetSelector(("gone",), {}, HERE))
    result = ran(nowhere, allowed)
    assert result.denials == ("case.no-target",)
    assert result.is_ok is not allowed


def test_what_documents_say_of_the_data_counts_and_that_no_database_was_asked_does_not() -> None:
    salary = Reached(Column("HR", "EMPLOYEES", "SALARY"), Level.RESTRICTED, "pay", "pay", ("erin",))

    def facts_of(request: AccessRequest, target: Target) -> TargetFacts:
        history = RequesterHistory(granted=1)
        return TargetFacts(reached=(salary,), history=history, known=False)

    owners = documents(policy(approvals=approvals(chain(step(1, "owners")))))
    result = run_case(case(request()), owners, facts_of)
    assert result.risk.total == 49 - 5 + 40
    assert "unknown-dictionary" not in {one.factor for one in result.risk.points}
    assert result.approvals == ("1 of erin",)


def test_p28_a_case_gives_the_same_whenever_it_is_run() -> None:
    """Its start may be long ago."""
    past = request(window=window(datetime(2001, 1, 1, tzinfo=UTC), duration=4 * HOUR))
    assert ran(past) == ran(past)
    assert ran(past).is_ok
