"""Classifications as documents, and that access is not judged while one of them cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest

from reconciler.documents.build import LoadResult
from reconciler.documents.relevance import about_targets
from reconciler.model.classification import ColumnPattern, Level
from reconciler.model.diagnostics import Origin
from tests.documents.policy_papers import CASES, FULL, GUARD, PAY

Load = Callable[..., LoadResult]

PATH = "classifications/pay.yaml"


def test_a_classification_becomes_a_typed_value(load_small: Load) -> None:
    result = load_small({PATH: PAY})
    assert result.findings == ()
    pay = result.documents.classifications["pay"]
    assert (pay.level, pay.category, pay.owners) == (Level.RESTRICTED, "pay", ("payroll",))
    assert pay.targets.labels == {"env": "prod"}
    assert pay.columns == (
        ColumnPattern("HR", "EMPLOYEES", "SALARY"),
        ColumnPattern("HR", "Pay", "NET"),
        ColumnPattern("*", "*", "IBAN*"),
    )


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("hr.employees.salary", "hr.employees", "schema.wrong-form"),
        ("hr.employees.salary", "hr..salary", "pattern.invalid"),
        ("hr.employees.salary", "1hr.employees.salary", "pattern.invalid"),
        ("level: restricted", "level: secret", "schema.wrong-value"),
        ("category: pay", "category: Pay", "schema.wrong-form"),
        ("owners: [payroll]", "owner: payroll", "schema.unknown-field"),
    ],
)
def test_no_request_is_judged_while_a_classification_has_errors(
    load_small: Load, old: str, new: str, rule: str
) -> None:
    """Else a request would seem to reach nothing sensitive, and have less risk and fewer approvals."""
    result = load_small({PATH: dedent(PAY).replace(old, new)})
    assert rule in {found.rule for found in result.findings}
    assert "pay" in result.left_out["Classification"]
    assert result.documents.requests == {}
    (unusable,) = [found for found in result.findings if found.rule == "policy.unusable"]
    assert unusable.related == (Origin(f"grants/{PATH}", 1, 1),)
    assert "or a classification" in unusable.message


@pytest.mark.parametrize("text", ["kind: Classification\nspec: {", "kind: Clasification\n", ""])
def test_nor_while_a_file_might_be_one(load_small: Load, text: str) -> None:
    assert load_small({PATH: text}).documents.requests == {}


def test_two_of_one_name_are_as_good_as_none(load_small: Load) -> None:
    result = load_small({PATH: PAY, "classifications/old/pay.yaml": PAY})
    assert result.documents.classifications == {}
    assert result.documents.requests == {}


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("owners: [payroll]", "owners: [payrol]", "reference.unknown-person-or-team"),
        ("{labels: {env: prod}}", "[hr-prod, hr-old]", "reference.unknown-target"),
        ("{labels: {env: prod}}", "{labels: {env: none}}", "reference.no-target"),
    ],
)
def test_one_that_names_what_is_not_there_stays_in_force(
    load_small: Load, old: str, new: str, rule: str
) -> None:
    """The columns are sensitive all the same; an owner that nobody is approves nothing."""
    result = load_small({PATH: dedent(PAY).replace(old, new)})
    assert [found.rule for found in result.findings] == [rule]
    assert list(result.documents.classifications) == ["pay"]
    assert list(result.documents.requests) == ["fix"]


@pytest.mark.parametrize(
    "text", [GUARD.replace("count: 1", "count: 0"), GUARD.replace("Team", "Teem"), "kind: Policy\n"]
)
def test_no_request_is_judged_while_a_policy_for_documents_has_errors(
    load_small: Load, text: str
) -> None:
    """A broken policy does not tell whether it was one for documents, nor what else changed while nobody had to approve."""
    result = load_small({"policies/guard.yaml": text})
    assert "guard" in result.left_out["Policy"]
    assert result.documents.requests == {}


@pytest.mark.parametrize("break_payroll", [True, False])
def test_no_request_is_judged_while_a_denial_names_somebody_unknown(
    load_small: Load, break_payroll: bool
) -> None:
    """The rule would deny nothing. Whom a rule allows something may be unknown: that allows nothing."""
    text = dedent(FULL).replace(
        "kinds: [service]}", f"requesters: [{'payrol' if break_payroll else 'payroll'}]}}"
    )
    result = load_small({"policies/full.yaml": text})
    rules = {found.rule for found in result.findings}
    assert ("policy.unusable" in rules) is break_payroll
    assert (result.documents.requests == {}) is break_payroll
    assert "full" in result.documents.policies


def test_an_allowance_for_somebody_unknown_stops_no_request(load_small: Load) -> None:
    text = dedent(FULL).replace("requesters: [payroll, alice]", "requesters: [payrol]")
    result = load_small({"policies/full.yaml": text})
    assert [found.rule for found in result.findings] == ["reference.unknown-person-or-team"]
    assert list(result.documents.requests) == ["fix"]


def test_a_policy_test_with_errors_stops_no_request(load_small: Load) -> None:
    result = load_small({"policies/cases.yaml": dedent(CASES).replace("deny", "denied")})
    assert "cases" in result.left_out["PolicyTest"]
    assert list(result.documents.requests) == ["fix"]


def test_what_is_wrong_with_one_of_other_targets_is_not_about_this_one(load_small: Load) -> None:
    other = """\
        apiVersion: grants/v1
        kind: Target
        metadata: {name: other}
        spec:
          labels: {env: dev}
          connect: {dsn: "other/X", user: R, passwordEnv: PW}
          mode: observe
          scope: {grantees: []}
        """
    result = load_small(
        {"targets/other.yaml": other, PATH: dedent(PAY).replace("[payroll]", "[nobody]")}
    )
    (finding,) = result.findings
    assert about_targets(result.findings, result.well_formed, ["hr-prod"]) == (finding,)
    assert about_targets(result.findings, result.well_formed, ["other"]) == ()
