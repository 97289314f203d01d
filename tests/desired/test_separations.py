"""Which separations of duties hold on a target, and what their bundles come to there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from reconciler.desired.objects import Objects
from reconciler.desired.separations import resolve
from reconciler.model.access_patterns import parse
from reconciler.model.diagnostics import Origin
from reconciler.model.documents import (
    Documents,
    ManyObjectsAccess,
    ObjectPattern,
    Person,
    Policy,
    ProxyAccess,
    QuotaAccess,
    SchemaAccess,
    TargetSelector,
)
from reconciler.model.policies import AccessPattern, PatternKind, Separation
from reconciler.model.separations import Separations
from reconciler.model.snapshot import DatabaseObject

AT = Origin("grants/policies/sod.yaml", 1, 1)


def policy(name: str, *one: str, target: str = "hr-prod") -> Policy:
    rows = tuple(
        Separation(f"rule-{number}", (parse(text),), (parse("role:APPROVER"),), "", AT)
        for number, text in enumerate(one)
    )
    selector = TargetSelector((target,), {}, AT)
    return Policy(name, AT, selector, timedelta(1), (), "", 0, (), separations=rows)


def person(name: str, *users: str) -> Person:
    return Person(name, AT, name, "", "human", users, {})


def separations(
    papers: Any, *policies: Policy, bundles: Any = (), objects: Any = ()
) -> Separations:
    documents = Documents(
        "c0ffee",
        policies={row.name: row for row in policies},
        bundles={row.name: row for row in bundles},
        people={row.name: row for row in (person("bob", "B", "SHARED"), person("al", "SHARED"))},
    )
    return resolve(documents, papers.target(), Objects("hr-prod", objects))


def test_the_rules_of_every_policy_of_the_target_hold(papers: Any) -> None:
    found = separations(
        papers, policy("b", "SELECT"), policy("a", "READ", "INSERT"), policy("c", target="other")
    )
    assert [(row.policy, row.separation.name) for row in found.rules] == [
        ("a", "rule-0"),
        ("a", "rule-1"),
        ("b", "rule-0"),
    ]
    assert found.rules[2].one == ((parse("SELECT"),),)
    assert found.rules[2].other == ((parse("role:APPROVER"),),)


def test_users_are_told_their_people(papers: Any) -> None:
    assert separations(papers, policy("a", "SELECT")).persons == {
        "B": ("bob",),
        "SHARED": ("al", "bob"),
    }
    assert separations(papers, policy("a")) == Separations()


def test_a_bundle_is_all_that_it_lists(papers: Any) -> None:
    at = papers.at(1)
    bundle = papers.bundle(
        "pay",
        papers.system(),
        papers.role("HR_READER"),
        papers.select("UPDATE", columns=("SALARY",)),
        papers.select("SELECT", columns=("NAME", "PHONE")),
        SchemaAccess(("SELECT ANY TABLE",), "HR", False, at),
        ProxyAccess("HR_APP", at),
        QuotaAccess("USERS", "1024", at),
        ManyObjectsAccess(("DELETE",), ObjectPattern("HR", "J*"), "", (), False, at),
    )
    objects = (DatabaseObject("HR", "JOBS", "TABLE"), DatabaseObject("HR", "EMP", "TABLE"))
    found = separations(papers, policy("a", "bundle:pay"), bundles=(bundle,), objects=objects)
    right = PatternKind.PRIVILEGE
    assert found.rules[0].one == (
        (
            AccessPattern(right, "CREATE SESSION"),
            AccessPattern(PatternKind.ROLE, "HR_READER"),
            AccessPattern(right, "UPDATE", "HR", "EMPLOYEES", "SALARY"),
            AccessPattern(right, "SELECT", "HR", "EMPLOYEES", "NAME"),
            AccessPattern(right, "SELECT", "HR", "EMPLOYEES", "PHONE"),
            AccessPattern(right, "SELECT ANY TABLE", "HR", "*"),
            AccessPattern(PatternKind.PROXY, "HR_APP"),
            AccessPattern(right, "QUOTA"),
            AccessPattern(right, "DELETE", "HR", "JOBS"),
        ),
    )


def test_each_bundle_of_a_pattern_is_one_alternative_and_empty_ones_are_none(papers: Any) -> None:
    nothing = ManyObjectsAccess(("DELETE",), ObjectPattern("HR", "J*"), "", (), False, papers.at(1))
    bundles = (
        papers.bundle("pay-b", papers.role("B")),
        papers.bundle("pay-a", papers.role("A")),
        papers.bundle("pay-c", nothing),
        papers.bundle("other", papers.role("C")),
    )
    found = separations(papers, policy("a", "bundle:pay-*", "bundle:gone"), bundles=bundles)
    assert [[row.name for row in one] for one in found.rules[0].one] == [["A"], ["B"]]
    assert found.rules[1].one == ()
