"""Approvals that contradict themselves: chains out of reach, and people who are not there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.model.classification import Classification, ColumnPattern, Level
from reconciler.model.diagnostics import Diagnostic, Severity
from reconciler.model.documents import Documents, Scope, TargetSelector
from reconciler.model.policies import (
    OWNERS,
    Chain,
    Escalation,
    Policy,
    Requirement,
    Step,
)
from reconciler.policy.contradiction.approvals import DECIDING
from reconciler.policy.contradictions import contradictions
from tests.policy.rule_papers import (
    HERE,
    HOUR,
    allow,
    approvals,
    asking,
    at,
    chain,
    documents,
    person,
    policy,
    step,
    target,
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


@pytest.mark.parametrize(
    ("chains", "unreachable"),
    [
        ([chain(up_to=40), chain(step(1, "payroll"))], []),
        ([chain(up_to=29, line=60), chain(step(1, "payroll"))], [60]),  # production alone is 30
        ([chain(up_to=40), chain(up_to=40, line=61), chain()], [61]),
        ([chain(up_to=40), chain(up_to=35, line=61), chain()], [61]),
        ([chain(), chain(up_to=90, line=61), chain(line=62)], [61, 62]),
    ],
)
def test_chains_that_no_risk_picks_are_told(chains: list[Chain], unreachable: list[int]) -> None:
    told = found(policy(approvals=approvals(*chains)))
    assert [one.origin.line for one in told if one.origin] == unreachable
    assert {one.rule for one in told} <= {"policy.chain-unreachable"}


def test_risk_that_no_chain_is_for_is_told() -> None:
    open_end = approvals(chain(up_to=40))
    one = only(policy(approvals=open_end))
    assert (one.rule, one.origin) == ("policy.chain-missing", open_end.origin)
    assert "more than 40 points" in one.message


@pytest.mark.parametrize(
    ("count", "names", "rule"),
    [
        (1, ("payroll", "erin"), ""),
        (2, ("payroll", "erin"), ""),
        (3, ("payroll", "erin"), "policy.own-approval"),
        (4, ("payroll", "erin"), "policy.too-few-people"),
        (1, ("robot",), "policy.too-few-people"),
        (2, ("erin", "robot"), "policy.too-few-people"),
        (1, ("nobody",), "policy.too-few-people"),
    ],
)
def test_a_requirement_must_find_enough_people_besides_whoever_asks(
    count: int, names: tuple[str, ...], rule: str
) -> None:
    told = found(asking(step(count, *names), requesters=("payroll", "robot")))
    assert [one.rule for one in told] == ([rule] if rule else [])


def test_messages_about_people_name_them() -> None:
    few = only(asking(step(2, "erin", "robot"), requesters=("payroll",)))
    assert (
        few.message
        == "policy production asks 2 of erin or robot, and there is 1 person who can approve"
    )
    own = only(asking(step(2, "payroll"), requesters=("payroll", "robot")))
    assert "nobody approves his own request, so those of alice, bob can never" in own.message


def test_that_some_cannot_ask_is_a_warning_and_that_nobody_can_is_an_error() -> None:
    some = only(asking(step(1, "erin")))
    assert (some.rule, some.severity) == ("policy.own-approval", Severity.WARNING)
    nobody = only(asking(step(1, "erin"), requesters=("erin",)))
    assert (nobody.rule, nobody.severity) == ("policy.own-approval", Severity.ERROR)


def test_a_long_list_of_requesters_is_cut() -> None:
    people = {name: person(name) for name in ("a", "b", "c", "d")}
    own = only(asking(step(4, *people)), people=people)
    assert "so those of a, b, c ... can never" in own.message


def test_whoever_a_step_escalates_to_counts_as_somebody_who_can_approve() -> None:
    later = Escalation(8 * HOUR, ("erin",))
    assert rules(asking(step(2, "payroll", escalation=later), requesters=("payroll",))) == []


def owned(**more: Any) -> Documents:
    made = target(scope=Scope((), ("HR", "FIN"), (), ("CREATE SESSION",)))
    return documents(
        asking(step(1, OWNERS), requesters=("robot",)), targets={"hr-prod": replace(made, **more)}
    )


@pytest.mark.parametrize(
    ("more", "missing"),
    [
        ({"schema_owners": {"HR": ("payroll",), "FIN": ("erin",)}}, []),
        ({"labels": {"env": "prod", "owner": "erin"}}, []),
        ({"labels": {"env": "prod", "owner": "erin"}, "schema_owners": {"HR": ("payroll",)}}, []),
        ({}, ["policy.no-owner"]),
        ({"schema_owners": {"HR": ("payroll",)}}, ["policy.no-owner"]),
        (
            {
                "schema_owners": {"HR": ("payroll",)},
                "scope": Scope((), ("HR",), (), ("CREATE SESSION", "CREATE TABLE")),
            },
            ["policy.no-owner"],
        ),
        (
            {
                "schema_owners": {"HR": ("payroll",)},
                "scope": Scope((), ("HR",), ("HR_READER",), ()),
            },
            ["policy.no-owner"],
        ),
        ({"schema_owners": {"HR": ("payroll",)}, "scope": Scope((), ("HR",), (), ())}, []),
        ({"labels": {"env": "prod", "owner": "robot"}}, ["policy.too-few-people"]),
    ],
)
def test_owners_are_asked_only_where_everything_has_an_owner(
    more: dict[str, Any], missing: list[str]
) -> None:
    told = contradictions(owned(**more))
    assert [one.rule for one in told if one.rule != "policy.unguarded"] == missing


def test_others_may_approve_what_has_no_owner() -> None:
    assert rules(asking(step(1, OWNERS, "erin"), requesters=("robot",))) == []


def test_owners_of_classified_columns_are_looked_at_too() -> None:
    pay = Classification(
        "pay",
        HERE,
        TargetSelector(("hr-prod",), {}, HERE),
        Level.RESTRICTED,
        "pay",
        ("robot",),
        (ColumnPattern("HR", "EMPLOYEES", "SALARY"),),
    )
    mine = asking(step(1, OWNERS), requesters=("robot",))
    targets = {"hr-prod": target(labels={"env": "prod", "owner": "erin"})}
    one = only(mine, targets=targets, classifications={"pay": pay})
    assert one.rule == "policy.too-few-people"
    assert "for pay on hr-prod" in one.message
    elsewhere = replace(pay, targets=TargetSelector(("hr-dev",), {}, HERE))
    assert rules(mine, targets=targets, classifications={"pay": elsewhere}) == []


def test_the_same_thing_is_told_once_for_a_requirement() -> None:
    both = Step((Requirement(9, ("erin",), at(52)), Requirement(9, ("erin",), at(52))), at(52))
    only(asking(both))


def test_nobody_asks_for_documents_so_nobody_is_left_out_there() -> None:
    assert rules(replace(GUARD, approvals=approvals(chain(step(1, "alice"))))) == []
    few = replace(GUARD, approvals=approvals(chain(step(2, "alice"))))
    assert rules(few) == ["policy.too-few-people"]
