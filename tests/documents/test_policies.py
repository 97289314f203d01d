"""Policies as documents: every field as a typed value, and what is refused with its place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from textwrap import dedent

import pytest

from reconciler.documents.build import LoadResult
from reconciler.model.diagnostics import Diagnostic, Origin
from reconciler.model.policies import (
    AccessPattern,
    Effect,
    EvidenceKind,
    Hours,
    Limits,
    Notice,
    PatternKind,
    Requirement,
    RiskWeights,
)
from tests.documents.policy_papers import FULL, GUARD

Load = Callable[..., LoadResult]

PATH = "policies/full.yaml"
P = PatternKind.PRIVILEGE


def found_in(load: Load, path: str, text: str) -> list[tuple[str, str, Diagnostic]]:
    """Rule and the text at its place, of each finding in the file."""
    text = dedent(text)
    lines = text.splitlines()
    return [
        (found.rule, lines[found.origin.line - 1][found.origin.column - 1 :], found)
        for found in load({path: text}).findings
        if found.origin and found.origin.path == f"grants/{path}"
    ]


def test_a_policy_with_every_field_becomes_a_typed_value(load_small: Load) -> None:
    result = load_small({PATH: FULL})
    assert result.findings == ()
    policy = result.documents.policies["full"]
    at = f"grants/{PATH}"
    assert policy.forbidden == (
        "* ANY *", "role:DBA", "DELETE on hr.*", "proxy:hr_app", "WITH GRANT OPTION",
    )  # fmt: skip
    allow, deny = policy.rules
    assert allow.access == (
        AccessPattern(P, "SELECT", "HR", "*", "", "SELECT on hr.*"),
        AccessPattern(PatternKind.BUNDLE, "payroll-support", text="bundle:payroll-support"),
        AccessPattern(P, "UPDATE", "HR", "Pay", "SALARY", 'UPDATE on HR."Pay".salary'),
        AccessPattern(PatternKind.ROLE, "HR_*", text="role:HR_*"),
    )
    assert (allow.name, allow.effect, allow.requesters) == (
        "payroll-reads",
        Effect.ALLOW,
        ("payroll", "alice"),
    )
    assert (allow.kinds, allow.identities) == (("human",), ("existing", "temporary"))
    assert (allow.max_duration, allow.origin) == (timedelta(hours=8), Origin(at, 9, 7))
    assert (deny.effect, deny.kinds, deny.max_duration) == (Effect.DENY, ("service",), None)
    assert policy.hours == Hours(
        "Europe/Berlin", frozenset({0, 4}), time(7), time.max, Origin(at, 17, 10)
    )
    assert policy.notice == Notice(timedelta(hours=1), timedelta(days=30), Origin(at, 18, 11))
    assert policy.limits == Limits(3, 0, timedelta(hours=40), Origin(at, 19, 11))
    (exception,) = policy.exceptions
    assert (exception.rules, exception.requests) == (("policy.too-long",), ("year-end",))
    assert (exception.requesters, exception.owner, exception.reason) == (
        ("payroll",),
        "bob",
        "Year end",
    )
    assert exception.until == datetime(2027, 1, 15, tzinfo=UTC)
    (separation,) = policy.separations
    assert separation.other == (
        AccessPattern(P, "EXECUTE", "FIN", "APPROVE*", "", "EXECUTE on FIN.APPROVE*"),
    )
    assert policy.risk == RiskWeights({"environment": 30}, {"env=prod": 20})


def test_p32_approvals_become_chains_of_steps_of_requirements(load_small: Load) -> None:
    approvals = load_small({PATH: FULL}).documents.policies["full"].approvals
    assert approvals is not None
    assert approvals.evidence is EvidenceKind.GITHUB
    assert approvals.activate_within == timedelta(days=3)
    in_advance, owner, several = approvals.chains
    assert (in_advance.up_to, in_advance.steps) == (20, ())
    assert (owner.up_to, len(owner.steps)) == (60, 1)
    assert several.up_to is None
    first, second = several.steps
    at = f"grants/{PATH}"
    assert first.requirements == (
        Requirement(1, ("owners",), Origin(at, 36, 19)),
        Requirement(2, ("payroll", "alice"), Origin(at, 36, 45)),
    )
    assert first.escalation is None
    assert second.escalation is not None
    assert (second.escalation.after, second.escalation.to) == (timedelta(hours=8), ("alice",))


def test_what_is_left_out_is_not_asked_for(load_small: Load) -> None:
    policy = load_small().documents.policies["all"]
    assert (policy.rules, policy.hours, policy.notice) == ((), None, None)
    assert (policy.limits, policy.exceptions, policy.separations) == (Limits(), (), ())
    assert (policy.risk, policy.approvals, policy.documents) == (RiskWeights(), None, ())


def test_a_notice_without_a_least_begins_at_once(load_small: Load) -> None:
    text = dedent(FULL).replace("{least: 1h, most: 30d}", "{most: 30d}")
    notice = load_small({PATH: text}).documents.policies["full"].notice
    assert notice is not None
    assert notice.least == timedelta(0)


def test_a_policy_for_documents_selects_no_target(load_small: Load) -> None:
    result = load_small({"policies/guard.yaml": GUARD})
    assert result.findings == ()
    guard = result.documents.policies["guard"]
    assert guard.documents == ("Policy", "Team")
    assert guard.max_duration == timedelta(0)
    assert (guard.targets.names, guard.targets.labels) == ((), {})
    assert not any(map(guard.targets.selects, result.documents.targets.values()))
    assert guard.approvals is not None
    assert guard.approvals.evidence is EvidenceKind.SIGNATURES


@pytest.mark.parametrize(
    ("old", "new", "rule", "place"),
    [
        ("name: no-services", "name: payroll-reads", "name.twice", "payroll-reads, effect"),
        ('access: ["*"]', 'access: ["*"], maxDuration: 1h', "policy.deny-with-cap", "1h"),
        ('"SELECT on hr.*"', '"SELECT on hr"', "schema.wrong-form", '"SELECT on hr"'),
        ('"SELECT on hr.*"', '"SELECT on hr."', "pattern.invalid", '"SELECT on hr."'),
        ('"SELECT on hr.*"', '"SELCT on hr.*"', "pattern.invalid", '"SELCT'),
        ('"SELECT on hr.*"', '" on hr.*"', "pattern.invalid", '" on'),
        ('"SELECT on hr.*"', '"SELECT  on hr.*"', "pattern.invalid", '"SELECT  on'),
        ('"SELECT on hr.*"', '"SELECT on 1hr.a"', "pattern.invalid", '"SELECT on 1hr'),
        ('"SELECT on hr.*"', '"select on hr.*"', "schema.wrong-form", '"select'),
        ("WITH GRANT OPTION", "WITH GRANT OPTIONS", "pattern.invalid", "WITH GRANT OPTIONS"),
        ('"* ANY *"', "DELET", "pattern.invalid", "DELET"),
        ('"* ANY *"', '"DELETE "', "pattern.invalid", '"DELETE "'),
        ('"role:dba"', '"rolle:dba"', "schema.wrong-form", '"rolle'),
        ('"proxy:hr_app"', '"proxy:1"', "pattern.invalid", '"proxy:1"'),
        ("Europe/Berlin", "Europe/Berlinn", "policy.zone", "Europe/Berlinn"),
        ("Europe/Berlin", "Europe", "policy.zone", "Europe"),
        ("Europe/Berlin", "localtime", "schema.wrong-form", "localtime"),
        ("Europe/Berlin", "../etc/passwd", "schema.wrong-form", "../etc"),
        ('to: "24:00"', 'to: "07:00"', "policy.hours-order", '"07:00"}'),
        ('"07:00"', '"7:00"', "schema.wrong-form", '"7:00"'),
        ('"07:00"', '"24:30"', "schema.wrong-form", '"24:30"'),
        ("[mon, fri]", "[monday]", "schema.wrong-value", "monday"),
        ("most: 30d", "most: 1h", "policy.notice-order", "1h}"),
        ("{least: 1h, most: 30d}", "{}", "schema.wrong-value", "{}"),
        ("reason: Year end", "reason: ' '", "schema.wrong-value", "' '"),
        ("2027-01-15T", "2027-02-30T", "time.invalid", "2027-02-30"),
        ("[policy.too-long]", "[too-long]", "schema.wrong-form", "too-long"),
        ("{env=prod: 20}", "{env: 20}", "schema.wrong-form", "env: 20"),
        ("{environment: 30}", "{environment: -1}", "schema.wrong-value", "-1"),
        ("upTo: 60", "upTo: 20", "policy.chain-order", "20"),
        ("- upTo: 60\n        steps:", "- steps:", "policy.chain-order", "steps:"),
        ("- steps:\n          - all", "- upTo: 90\n        steps:\n          - all", "policy.chain-order", "90"),
        ("preApproved: true", "preApproved: false", "schema.wrong-value", "false"),
        ("{upTo: 20, preApproved: true}", "{upTo: 20}", "schema.missing-field", "{upTo"),
        ("count: 1, of: [bob]", "count: 0, of: [bob]", "schema.wrong-value", "0,"),
        ("to: [alice]}}", "too: [alice]}}", "schema.unknown-field", "too"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_told_at_its_place(
    load_small: Load, old: str, new: str, rule: str, place: str
) -> None:
    text = dedent(FULL)
    assert old in text
    found = found_in(load_small, PATH, text.replace(old, new))
    assert any(one == rule and at.startswith(place) for one, at, _ in found), found


@pytest.mark.parametrize(
    ("old", "new", "rule", "place"),
    [
        ("of: [payroll]", "of: [payroll, owners]", "policy.guard-owners", "owners"),
        ("{count: 1, of: [payroll]}", "{all: [{count: 1, of: [owners]}]}", "policy.guard-owners", "owners"),
        ("steps: [{count: 1, of: [payroll]}]", "preApproved: true", "policy.guard-pre-approved", "true"),
        ("[{steps:", "[{upTo: 5, steps:", "policy.chain-order", "5"),
        ("[{steps:", "[{upTo: 5, steps: [{count: 1, of: [bob]}]}, {steps:", "policy.guard-chains", "{steps"),
        ("documents: [Policy, Team]", "documents: [Policy, AccessRequest]", "schema.wrong-value", "AccessRequest"),
        ("documents: [Policy, Team]", "documents: []", "schema.wrong-value", "[]"),
    ],
)  # fmt: skip
def test_a_policy_for_documents_names_people_in_one_chain(
    load_small: Load, old: str, new: str, rule: str, place: str
) -> None:
    text = dedent(GUARD)
    assert old in text
    found = found_in(load_small, "policies/guard.yaml", text.replace(old, new))
    assert any(one == rule and at.startswith(place) for one, at, _ in found), found


@pytest.mark.parametrize("name", ["US/Pacific", "UTC", "America/Argentina/Ushuaia", "Etc/GMT+1"])
def test_zones_have_their_iana_names(load_small: Load, name: str) -> None:
    text = dedent(FULL).replace("Europe/Berlin", name)
    hours = load_small({PATH: text}).documents.policies["full"].hours
    assert hours is not None
    assert hours.zone == name


@pytest.mark.parametrize(
    "pattern",
    [
        "CREATE SESSION", "SELECT ANY TABLE", "* ANY * on HR.*", "SYSDBA", "LOGMINING", "CONNECT THROUGH", "* on HR.PAY.*",
        'proxy:"hr.app"', "bundle:*-support", "WITH ADMIN OPTION", 'SELECT on "h.r"."*"',
    ],
)  # fmt: skip
def test_patterns_of_every_sort_are_read(load_small: Load, pattern: str) -> None:
    text = dedent(FULL).replace('"* ANY *"', f"'{pattern}'")
    result = load_small({PATH: text})
    assert result.findings == ()
    assert result.documents.policies["full"].forbidden[0] == pattern


def test_several_findings_in_one_policy_are_all_told(load_small: Load) -> None:
    text = dedent(FULL).replace("most: 30d", "most: 1h").replace("Europe/Berlin", "Europe/Bern")
    found = [rule for rule, _, _ in found_in(load_small, PATH, text)]
    assert found == ["policy.zone", "policy.notice-order"]


def test_twins_are_shown_with_the_first_of_them(load_small: Load) -> None:
    text = dedent(FULL).replace("name: no-services", "name: payroll-reads")
    ((_, _, found),) = found_in(load_small, PATH, text)
    assert found.message == "another rule here is called `payroll-reads` too"
    assert found.related == (Origin(f"grants/{PATH}", 9, 13),)
