"""Whom and what rules name must exist; each unknown name is told where it stands, with what was probably meant."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest

from reconciler.documents.build import LoadResult
from tests.documents.conftest import SMALL
from tests.documents.policy_papers import CASES, FULL, GUARD, PAY

Load = Callable[..., LoadResult]

FILES = {
    "policies/full.yaml": FULL,
    "policies/guard.yaml": GUARD,
    "policies/cases.yaml": CASES,
    "classifications/pay.yaml": PAY,
    "targets/hr-prod.yaml": SMALL["targets/hr-prod.yaml"].replace(
        "labels: {env: prod}",
        'labels: {env: prod, owner: payroll}\n          schemaOwners: {fin: [bob], "\\"Hr\\"": [alice, payroll]}',
    ),
}
UNKNOWN = "reference.unknown-person-or-team"
FULL_PATH, TARGET = "policies/full.yaml", "targets/hr-prod.yaml"


def told(load: Load, path: str, old: str, new: str) -> list[tuple[str, str, str]]:
    """Rule, the text at its place and hint of each finding in the file."""
    text = dedent(FILES[path])
    assert old in text
    changed = text.replace(old, new, 1)
    lines = changed.splitlines()
    result = load({**FILES, path: changed})
    return [
        (found.rule, lines[found.origin.line - 1][found.origin.column - 1 :], found.hint)
        for found in result.findings
        if found.origin and found.origin.path == f"grants/{path}"
    ]


def test_what_is_named_exists(load_small: Load) -> None:
    result = load_small(FILES)
    assert result.findings == ()
    assert result.documents.targets["hr-prod"].schema_owners == {
        "FIN": ("bob",),
        "Hr": ("alice", "payroll"),
    }
    assert result.documents.targets["hr-prod"].owners_of("HR") == ("payroll",)


@pytest.mark.parametrize(
    ("path", "old", "new", "rule", "place"),
    [
        (FULL_PATH, "requesters: [payroll, alice]", "requesters: [payroll, alise]", UNKNOWN, "alise]"),
        (FULL_PATH, "requesters: [payroll], owner", "requesters: [payrol], owner", UNKNOWN, "payrol]"),
        (FULL_PATH, "owner: bob", "owner: bobb", UNKNOWN, "bobb"),
        (FULL_PATH, "of: [payroll, alice]", "of: [payroll, alise]", UNKNOWN, "alise]"),
        (FULL_PATH, "of: [bob]", "of: [owners, bobb]", UNKNOWN, "bobb]"),
        (FULL_PATH, "to: [alice]", "to: [alise]", UNKNOWN, "alise]"),
        (FULL_PATH, "to: [alice]", "to: [alice, owners]", "reference.owners", "owners]"),
        (FULL_PATH, "owner: bob", "owner: owners", "reference.owners", "owners"),
        (FULL_PATH, "requesters: [payroll, alice]", "requesters: [owners]", "reference.owners", "owners]"),
        (FULL_PATH, "bundle:payroll-support", "bundle:payrol-support", "reference.unknown-bundle", '"bundle:payrol-'),
        (FULL_PATH, '"proxy:hr_app"', '"bundle:payroll-suport"', "reference.unknown-bundle", '"bundle:payroll-suport"'),
        (FULL_PATH, "EXECUTE on FIN.APPROVE*", "bundle:nothing", "reference.unknown-bundle", '"bundle:nothing"'),
        ("policies/guard.yaml", "of: [payroll]", "of: [payrol]", UNKNOWN, "payrol]"),
        ("classifications/pay.yaml", "owners: [payroll]", "owners: [bob, payrol]", UNKNOWN, "payrol]"),
        ("classifications/pay.yaml", "owners: [payroll]", "owners: [owners]", "reference.owners", "owners]"),
        (TARGET, "owner: payroll", "owner: payrol", UNKNOWN, "payrol}"),
        (TARGET, "owner: payroll", "owner: Payroll", UNKNOWN, "Payroll}"),
        (TARGET, "owner: payroll", "owner: owners", "reference.owners", "owners}"),
        (TARGET, "fin: [bob]", "fin: [alice, bobb]", UNKNOWN, "bobb]"),
        (TARGET, "[alice, payroll]", "[alice, payrol]", UNKNOWN, "payrol]"),
    ],
)  # fmt: skip
def test_a_name_that_nobody_has_is_told_where_it_stands(
    load_small: Load, path: str, old: str, new: str, rule: str, place: str
) -> None:
    ((found, at, hint),) = told(load_small, path, old, new)
    assert found == rule
    assert at.startswith(place)
    assert hint.startswith("Name a person" if rule == "reference.owners" else "Did you mean") or (
        "nothing" in place
    )


def test_what_rules_name_may_have_errors_of_its_own(load_small: Load) -> None:
    result = load_small({**FILES, "teams/payroll.yaml": "kind: Team\n"})
    rules = {found.rule for found in result.findings}
    assert "reference.has-errors" in rules
    documents = result.documents
    assert {"full", "guard"} <= documents.policies.keys()
    assert documents.classifications.keys() == {"pay"}
    assert documents.targets.keys() == {"hr-prod"}
    assert documents.members(documents.classifications["pay"].owners) == {"payroll"}
    assert "payroll" not in documents.people, "so that the word of nobody counts as the owner's"


def test_a_bundle_by_pattern_need_not_exist(load_small: Load) -> None:
    assert told(load_small, FULL_PATH, '"proxy:hr_app"', '"bundle:x*"') == []


@pytest.mark.parametrize(
    ("owners", "rule", "place"),
    [
        ("{hr: [bob], HR: [alice]}", "name.same-after-folding", "[alice]"),
        ("{hr.employees: [bob]}", "schema.wrong-form", "hr.employees"),
        ("{'HR*': [bob]}", "schema.wrong-form", "'HR*'"),
        ("{HR: []}", "schema.wrong-value", "[]"),
        ("{HR: bob}", "schema.wrong-type", "bob"),
    ],
)
def test_schemas_have_plain_names_and_somebody(
    load_small: Load, owners: str, rule: str, place: str
) -> None:
    old = 'schemaOwners: {fin: [bob], "\\"Hr\\"": [alice, payroll]}'
    found = told(load_small, TARGET, old, f"schemaOwners: {owners}")
    assert [(one, at.startswith(place)) for one, at, _ in found] == [(rule, True)]
