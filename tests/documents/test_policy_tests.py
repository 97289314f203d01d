"""Example cases as documents: requests that nobody made, read and checked like those that somebody did."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from textwrap import dedent

import pytest

from reconciler.documents.build import LoadResult
from reconciler.model.diagnostics import Origin
from reconciler.model.documents import AccessRequest
from reconciler.model.identities import IdentityKind
from tests.documents.policy_papers import CASES

Load = Callable[..., LoadResult]


PATH = "policies/cases.yaml"


def test_cases_become_typed_values(load_small: Load) -> None:
    result = load_small({PATH: CASES})
    assert result.findings == ()
    denied, allowed = result.documents.policy_tests["cases"].cases
    assert (denied.name, denied.allowed, denied.rules) == (
        "a week is the most",
        False,
        ("policy.too-long",),
    )
    assert (denied.approvals, denied.risk_at_least, denied.risk_at_most) == (None, None, None)
    assert denied.request.window.duration == timedelta(days=20)
    assert denied.request.identity is IdentityKind.TEMPORARY
    assert denied.request.user == "JITU_CASES_1"
    assert (allowed.allowed, allowed.approvals) == (True, ("1 of payroll",))
    assert (allowed.risk_at_least, allowed.risk_at_most) == (30, 60)
    assert allowed.origin == Origin(f"grants/{PATH}", 15, 7)


def test_a_case_is_read_as_an_access_request_is(load_small: Load) -> None:
    """By the same code: only name and places differ."""
    spec = """\
requester: bob
reason: Year end
ticket: OPS-1
targets: {labels: {env: prod}}
identity: {user: BOB}
session: {kill: true}
access: [{bundle: payroll-support}, {privileges: [SELECT], on: HR.EMP*, types: [TABLE]}, {role: hr_reader}]
window: {start: 2026-11-20T14:00:00Z, until: 2026-11-21T14:00:00Z}
"""

    def indented(blanks: int) -> str:
        return "".join(f"{' ' * blanks}{line}\n" for line in spec.splitlines())

    own = (
        f"apiVersion: grants/v1\nkind: AccessRequest\nmetadata: {{name: fix}}\nspec:\n{indented(2)}"
    )
    test = (
        "apiVersion: grants/v1\nkind: PolicyTest\nmetadata: {name: cases}\nspec:\n  cases:\n"
        f"    - name: x\n      request:\n{indented(8)}      expect: {{verdict: allow, approvals: []}}\n"
    )
    documents = load_small({"requests/fix.yaml": own, PATH: test}).documents
    (case,) = documents.policy_tests["cases"].cases
    request = documents.requests["fix"]
    assert case.approvals == ()

    def without_places(request: AccessRequest) -> str:
        return re.sub(r"Origin\([^)]*\)", "Origin()", repr(request))

    assert without_places(replace(case.request, name="fix")) == without_places(request)


@pytest.mark.parametrize(
    ("old", "new", "rule", "line", "column"),
    [
        ("name: payroll may read", "name: a week is  the most", "name.twice", 15, 13),
        ("rules: [policy.too-long]", "rules: []", "schema.wrong-value", 14, 38),
        ("verdict: deny, rules", "verdict: allow, rules", "policy-test.expectation", 14, 39),
        ("atLeast: 30, atMost: 60", "atLeast: 61, atMost: 60", "policy-test.expectation", 23, 87),
        ("[1 of payroll]", "[payroll]", "schema.wrong-form", 23, 44),
        ("verdict: allow, approvals", "approvals", "schema.missing-field", 23, 7),
        ("{duration: 20d}", "{duration: 20d}\n        ended: true", "policy-test.ended", 14, 16),
        ("{duration: 20d}", "{duration: never}", "time.invalid", 13, 28),
        ("{duration: 20d}", "{duration: 0d}", "time.invalid", 13, 28),
        ("{user: BOB}", "{user: JIT_FIX}", "name.reserved", 20, 26),
        ("requester: alice", "requester: alise", "reference.unknown-person", 8, 20),
        ("targets: [hr-prod]\n        identity: {temporary", "targets: [hr-prd]\n        identity: {temporary", "reference.unknown-target", 10, 19),
        ("bundle: payroll-support", "bundle: payrol-support", "reference.unknown-bundle", 12, 18),
        ("{privileges: [SELECT], on: HR.EMPLOYEES}", "{privileges: [SELECT], on: {label: pay}}", "reference.unknown-label", 21, 18),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_case_is_told_at_its_place(
    load_small: Load, old: str, new: str, rule: str, line: int, column: int
) -> None:
    text = dedent(CASES)
    assert old in text
    result = load_small({PATH: text.replace(old, new)})
    assert [(found.rule, found.origin) for found in result.findings] == [
        (rule, Origin(f"grants/{PATH}", line, column))
    ]
    assert "cases" in result.left_out["PolicyTest"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{user: BOB}", "{user: ALICE}"),
        ("{privileges: [SELECT], on: HR.EMPLOYEES}", "{role: DBA}"),
        ("{privileges: [SELECT], on: HR.EMPLOYEES}", "{system: ALTER SYSTEM}"),
    ],
)
def test_a_case_may_ask_for_what_no_request_could_get(load_small: Load, old: str, new: str) -> None:
    """It shows what policy says, also of what would be refused for another reason."""
    assert load_small({PATH: dedent(CASES).replace(old, new)}).findings == ()


def test_each_case_is_judged_for_itself(load_small: Load) -> None:
    text = dedent(CASES)
    wrong = text.replace("{duration: 20d}", "{duration: 0d}").replace(
        "{duration: 2h}", "{start: 2026-11-20T14:00:00Z, until: 2026-11-20T13:00:00Z}"
    )
    found = load_small({PATH: wrong}).findings
    assert [one.rule for one in found] == ["time.invalid", "window.order"]
