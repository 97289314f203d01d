"""Policies that contradict themselves or each other are found by documents alone, each at its place and with a hint."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from reconciler.model.diagnostics import Diagnostic, Origin, Severity
from reconciler.model.documents import Bundle, TargetSelector, Team
from reconciler.model.policies import (
    Approvals,
    EvidenceKind,
    Policy,
    RiskWeights,
    Separation,
)
from reconciler.policy.contradiction.approvals import DECIDING
from reconciler.policy.contradictions import contradictions
from reconciler.policy.exceptions import EXCEPTABLE
from reconciler.policy.risk import FACTORS
from tests.policy.rule_papers import (
    DAY,
    HERE,
    HOUR,
    MONDAY,
    allow,
    approvals,
    asking,
    at,
    chain,
    deny,
    documents,
    exception,
    hours,
    notice,
    patterns,
    person,
    policy,
    request,
    select,
    step,
    target,
    window,
)

READS = allow("reads", "SELECT on HR.*", line=20)
ALL = allow("all", "*", "role:*", line=22)
GUARD = policy(
    "guard",
    targets=TargetSelector((), {}, HERE),
    max_duration=timedelta(0),
    documents=DECIDING,
    approvals=approvals(chain(step(1, "erin"))),
)


def found(*policies: Policy, **more: Any) -> list[Diagnostic]:
    known = documents(*policies, **more)
    return [one for one in contradictions(known) if one.rule != "policy.unguarded"]


def rules(*policies: Policy, **more: Any) -> list[str]:
    return sorted(one.rule for one in found(*policies, **more))


def only(*policies: Policy, **more: Any) -> Diagnostic:
    (one,) = found(*policies, **more)
    assert one.origin is not None
    assert one.hint
    return one


def test_policies_that_fit_together_have_no_finding() -> None:
    sound = policy(
        requesters=("payroll",),
        rules=(READS, deny("no-pay", "SELECT on HR.PAYROLL")),
        hours=hours(),
        notice=notice(HOUR, 30 * DAY),
        exceptions=(exception("policy.too-long", requests=()),),
        separations=(Separation("s", patterns("SELECT"), patterns("UPDATE"), "Why", at(45)),),
        risk=RiskWeights(factors={"reads": 1}, labels={"env=prod": 9}),
        approvals=approvals(
            chain(up_to=40), chain(step(1, "payroll"), step(1, "erin")), activate_within=DAY
        ),
    )
    assert contradictions(documents(sound, GUARD)) == ()


# Rules


@pytest.mark.parametrize(
    "denial",
    [
        deny("never", "SELECT"),
        deny("never", "S*", "UPDATE"),
        deny("never", "SELECT on HR.*"),
        deny("never", "SELECT", kinds=("human", "service")),
        deny("never", "SELECT", identities=("existing", "temporary", "proxy")),
        deny("never", "SELECT", requesters=("alice", "bob", "erin", "robot")),
    ],
)
def test_an_allowance_that_a_denial_swallows_is_told(denial: Any) -> None:
    one = only(policy(rules=(READS, ALL, denial)))
    assert (one.rule, one.origin, one.related) == (
        "policy.rule-swallowed",
        READS.origin,
        (denial.origin,),
    )


@pytest.mark.parametrize(
    "denial",
    [
        deny("never", "SELECT on HR.PAY*"),
        deny("never", "SELECT", kinds=("service",)),
        deny("never", "SELECT", identities=("existing",)),
        deny("never", "SELECT", requesters=("payroll",)),
        deny("never", "UPDATE"),
    ],
)
def test_a_denial_that_leaves_something_contradicts_nothing(denial: Any) -> None:
    assert rules(policy(rules=(READS, ALL, denial))) == []


def test_a_denial_for_the_same_people_swallows_what_is_allowed_to_them() -> None:
    mine = replace(READS, requesters=("alice",))
    denial = deny("never", "SELECT", requesters=("payroll",))
    assert rules(policy(rules=(mine, ALL, denial))) == ["policy.rule-swallowed"]


def test_denials_and_what_is_forbidden_in_another_policy_swallow_too() -> None:
    everywhere = TargetSelector((), {"env": "prod"}, HERE)
    denying = policy("estate", targets=everywhere, rules=(deny("never", "SELECT"),))
    assert rules(policy(rules=(READS, ALL)), denying) == ["policy.rule-swallowed"]
    forbidding = policy("estate", targets=everywhere, forbidden=("SELECT",))
    assert rules(policy(rules=(READS, ALL)), forbidding) == ["policy.rule-swallowed"]


def test_a_denial_on_some_of_the_targets_leaves_the_others() -> None:
    both = TargetSelector(("hr-prod", "hr-dev"), {}, HERE)
    targets = {"hr-prod": target(), "hr-dev": target("hr-dev")}
    allowing = policy("all", targets=both, rules=(READS, ALL))
    assert rules(allowing, policy(forbidden=("SELECT",)), targets=targets) == []


def test_a_bundle_with_one_thing_that_is_denied_can_never_be_had() -> None:
    bundles = {"pay": Bundle("pay", HERE, "", (select("A"), select("B", "DELETE")))}
    mine = allow("bundle", "bundle:pay", "WITH GRANT OPTION", line=21)
    denial = deny("never", "DELETE")
    assert only(policy(rules=(mine, ALL, denial)), bundles=bundles).origin == mine.origin
    assert rules(policy(rules=(mine, ALL, deny("x", "UPDATE"))), bundles=bundles) == []
    several = allow("bundles", "bundle:p*")
    assert rules(policy(rules=(several, ALL, denial)), bundles=bundles) == []


@pytest.mark.parametrize(
    "conditions",
    [
        {"requesters": ("robot",), "kinds": ("human",)},
        {"kinds": ("service",), "requesters": ("payroll",)},
        {"identities": ("temporary",)},
        {"requesters": ("nobody",)},
    ],
)
def test_a_rule_whose_conditions_nobody_meets_is_told(conditions: dict[str, Any]) -> None:
    mine = replace(READS, **conditions)
    one = only(policy(rules=(mine, ALL)))
    assert (one.rule, one.origin) == ("policy.rule-for-nobody", mine.origin)


def test_a_rule_for_people_whom_the_policy_does_not_let_ask_is_for_nobody() -> None:
    mine = replace(READS, requesters=("erin",))
    one = only(policy(requesters=("payroll",), rules=(mine, ALL)))
    assert one.rule == "policy.rule-for-nobody"


def test_whoever_has_a_key_can_have_a_temporary_user() -> None:
    keyed = {"alice": person("alice", public_keys=("age1x",), users=())}
    mine = replace(READS, identities=("temporary",))
    assert rules(policy(rules=(mine, ALL)), people=keyed) == []
    existing = replace(READS, identities=("existing", "proxy"))
    assert rules(policy(rules=(existing, ALL)), people=keyed) == ["policy.rule-for-nobody"]


def test_p24_a_cap_of_a_rule_above_that_of_its_policy_is_told() -> None:
    mine = replace(READS, max_duration=8 * DAY)
    one = only(policy(rules=(mine,)))
    assert (one.rule, one.origin) == ("policy.rule-cap", mine.origin)
    assert one.message == "rule reads allows 8d, but its policy 7d: the smaller one holds"
    assert rules(policy(rules=(replace(READS, max_duration=7 * DAY),))) == []


def test_a_policy_for_no_target_is_told() -> None:
    elsewhere = TargetSelector((), {"env": "none"}, at(5))
    one = only(policy(targets=elsewhere))
    assert (one.rule, one.origin) == ("policy.no-target", at(5))


def test_denials_alone_deny_everything() -> None:
    denying = policy("denying", rules=(deny("never", "DELETE"),))
    one = only(denying)
    assert (one.rule, one.origin) == ("policy.nothing-allowed", denying.origin)
    assert "hr-prod" in one.message
    assert rules(denying, policy(rules=(READS,))) == []


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("SELECT on HR.*", "SELECT on HR.PAYROLL", True),
        ("UPDATE on HR.PAY*", "UPDATE on *.*ROLL", True),
        ("SELECT on HR.PAYROLL", "SELECT ANY TABLE", True),
        ("role:HR_*", "role:*_READER", True),
        ("UPDATE on HR.PAYROLL", "EXECUTE on FIN.APPROVE*", False),
        ("UPDATE on HR.PAYROLL.NET", "UPDATE on HR.PAYROLL.IBAN", False),
        ("role:HR_READER", "SELECT", False),
    ],
)
def test_a_separation_of_what_can_be_the_same_is_told(one: str, other: str, overlap: bool) -> None:
    apart = Separation("pay", patterns("INSERT", one), patterns(other), "Why", at(45))
    assert rules(policy(separations=(apart,))) == (["policy.separation-overlap"] if overlap else [])


# Times


@pytest.mark.parametrize(
    "never", [hours(days=()), hours(start=time(9), end=time(9)), hours(start=time(9), end=time(8))]
)
def test_hours_that_never_begin_are_told(never: Any) -> None:
    one = only(policy(hours=never))
    assert (one.rule, one.origin) == ("policy.hours-never", never.origin)


def test_hours_of_two_policies_that_never_meet_are_told_once() -> None:
    targets = {name: target(name) for name in ("hr-prod", "hr-other")}
    everywhere = TargetSelector((), {"env": "prod"}, HERE)
    weekend = policy("a", targets=everywhere, hours=hours(days=(5, 6)))
    week = policy("b", targets=everywhere, hours=hours(origin=at(31)))
    one = only(weekend, week, targets=targets)
    assert one.rule == "policy.hours-never"
    assert "the hours of policies a, b never meet" in one.message
    assert one.related == (at(31),)


def test_notice_that_two_policies_want_and_cannot_both_have_is_told() -> None:
    one = only(policy("a", notice=notice(2 * DAY)), policy("b", notice=notice(HOUR, DAY)))
    assert one.rule == "policy.notice-order"
    assert one.message == (
        "on hr-prod policy a wants notice of at least 2d, policy b of at most 1d: no written start keeps both"
    )


def test_notice_as_long_as_the_longest_access_leaves_nothing_of_an_end_alone() -> None:
    one = only(policy(notice=notice(2 * DAY), max_duration=2 * DAY))
    assert (one.rule, one.severity) == ("policy.notice-cap", Severity.WARNING)
    assert rules(policy(notice=notice(DAY), max_duration=2 * DAY)) == []


def test_approvals_that_lapse_before_the_notice_is_over_are_told() -> None:
    lapsing = approvals(chain(step(1, "erin")), activate_within=DAY)
    mine = policy(approvals=lapsing, requesters=("payroll",))
    one = only(replace(mine, notice=notice(DAY)), GUARD)
    assert (one.rule, one.origin) == ("policy.notice-activation", lapsing.origin)
    assert rules(replace(mine, notice=notice(DAY - HOUR)), GUARD) == []
    assert rules(mine, policy("x", notice=notice(HOUR))) == []


def test_a_target_without_any_policy_contradicts_nothing() -> None:
    assert rules() == []


# Approvals


def test_documents_that_decide_about_access_and_are_not_guarded_are_told() -> None:
    guarded = asking(step(1, "erin"), requesters=("payroll",))
    (one,) = contradictions(documents(guarded))
    assert (one.rule, one.severity) == ("policy.unguarded", Severity.WARNING)
    assert "Policy/Person/Team/Target/Bundle/Classification/StandingGrant/BreakGlass" in one.message
    part = replace(GUARD, documents=("Policy", "Team"))
    (one,) = contradictions(documents(guarded, part))
    assert one.hint.startswith("Write a policy with `documents: [Person, Target,")
    assert contradictions(documents(guarded, GUARD)) == ()
    assert contradictions(documents(policy())) == ()


# Exceptions and weights


@pytest.mark.parametrize(
    ("more", "rule", "severity"),
    [
        ({"rules": ("policy.none",)}, "policy.exception-rule", Severity.ERROR),
        ({"rules": ("approval.self",)}, "policy.exception-rule", Severity.ERROR),
        ({"requests": ("fixx",)}, "policy.exception-request", Severity.WARNING),
        ({"requests": ("something-else",)}, "policy.exception-request", Severity.WARNING),
        ({"owner": "robot"}, "policy.exception-owner", Severity.ERROR),
        ({"owner": "nobody"}, "policy.exception-owner", Severity.ERROR),
        ({"reason": "  "}, "policy.exception-reason", Severity.ERROR),
        ({"until": MONDAY - HOUR}, "policy.exception-over", Severity.WARNING),
    ],
)
def test_p15_an_exception_that_excepts_nothing_or_that_nobody_answers_for_is_told(
    more: dict[str, Any], rule: str, severity: Severity
) -> None:
    requests = {"fix": request(window=window(MONDAY, duration=HOUR))}
    mine = exception(
        "policy.too-long",
        **({"until": MONDAY + DAY} | {k: v for k, v in more.items() if k != "rules"}),
    )
    mine = replace(mine, rules=more.get("rules", mine.rules))
    one = only(policy(exceptions=(mine,)), requests=requests)
    assert (one.rule, one.severity, one.origin) == (rule, severity, mine.origin)


def test_an_exception_may_be_owned_by_a_team_and_name_every_rule_that_can_be_excepted() -> None:
    mine = exception(*sorted(EXCEPTABLE), owner="payroll")
    known = {"fix": request()}
    assert rules(policy(exceptions=(mine,)), requests=known) == []
    assert (
        "Did you mean `fix`?"
        in only(policy(exceptions=(replace(mine, requests=("fixx",)),)), requests=known).hint
    )


def test_p28_whether_an_exception_is_over_is_told_by_documents_and_not_by_the_clock() -> None:
    years_ago = exception("policy.too-long", until=MONDAY - 4000 * DAY)
    assert rules(policy(exceptions=(years_ago,)), requests={"fix": request()}) == []


@pytest.mark.parametrize(
    ("weights", "rule", "hint"),
    [
        (RiskWeights(factors={"enviroment": 5}), "policy.unknown-factor", "`environment`"),
        (RiskWeights(factors={"x": 5}), "policy.unknown-factor", "Factors: environment"),
        (RiskWeights(labels={"env=prd": 5}), "policy.unknown-label", "`env=prod`"),
        (RiskWeights(labels={"colour": 5}), "policy.unknown-label", "key=value"),
    ],
)
def test_weights_of_what_there_is_not_are_told(weights: RiskWeights, rule: str, hint: str) -> None:
    one = only(policy(risk=weights))
    assert one.rule == rule
    assert hint in one.hint


def test_all_factors_may_be_weighed() -> None:
    assert rules(policy(risk=RiskWeights(factors=dict(FACTORS)))) == []


def test_the_findings_have_one_order_whatever_that_of_the_documents() -> None:
    several = [
        policy("a", hours=hours(days=()), risk=RiskWeights(factors={"x": 1})),
        policy("b", rules=(deny("never", "SELECT"),)),
        asking(step(9, "erin")),
    ]
    forwards = contradictions(documents(*several))
    assert contradictions(documents(*reversed(several))) == forwards
    assert len(forwards) >= 4


def test_evidence_of_both_kinds_is_looked_at_alike() -> None:
    for kind in EvidenceKind:
        mine = Approvals(kind, (chain(step(9, "erin")),), at(50))
        assert rules(policy(approvals=mine)) == ["policy.too-few-people"]


def test_a_team_with_somebody_who_is_no_person_counts_those_who_are() -> None:
    teams = {"mixed": Team("mixed", HERE, ("erin", "ghost"))}
    told = found(asking(step(2, "mixed"), requesters=("robot",)), teams=teams)
    assert [one.rule for one in told] == ["policy.too-few-people"]


def test_places_are_in_the_policies() -> None:
    one = only(asking(step(9, "erin", line=77)))
    assert one.origin == Origin("grants/policies/production.yaml", 77, 3)
