"""Documents of access for an emergency: who may open it as whom, for how long, and who looks at it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from reconciler.documents.build import LoadResult

Load = Callable[..., LoadResult]

PATH = "break-glass/rescue.yaml"
SEAL = "0123456789abcdef" * 4
TEXT = f"""\
apiVersion: grants/v1
kind: BreakGlass
metadata: {{name: rescue}}
spec:
  reason: The payroll run has stopped
  openers: [payroll]
  targets: [hr-prod]
  access:
    - bundle: payroll-support
  longest: 2h
  notify: Call the duty manager
  reviewers: [alice, bob]
  seal: {{sha256: {SEAL}}}
  reviews:
    - {{lease: bg-rescue-1, by: bob, on: 2026-11-20, findings: Only what was needed}}
"""


def test_a_document_becomes_a_typed_value(load_small: Load) -> None:
    result = load_small({PATH: TEXT})
    assert result.findings == ()
    glass = result.documents.break_glass["rescue"]
    assert (glass.openers, glass.targets, glass.users) == (("payroll",), ("hr-prod",), {})
    assert (glass.longest, glass.seal) == (timedelta(hours=2), SEAL)
    (review,) = glass.reviews
    assert (review.lease, review.by, review.on) == ("bg-rescue-1", "bob", date(2026, 11, 20))


@pytest.mark.parametrize(
    ("old", "new", "rule", "line"),
    [
        ("longest: 2h", "longest: 5h", "break-glass.too-long", 10),
        ("longest: 2h", "longest: forever", "time.invalid", 10),
        (f"sha256: {SEAL}", f"sha256: {SEAL.upper()}", "schema.wrong-form", 13),
        (f"{{sha256: {SEAL}}}", "{code: secret}", "schema.unknown-field", 13),
        ("openers: [payroll]", "openers: [payrol]", "reference.unknown-person-or-team", 6),
        ("reviewers: [alice, bob]", "reviewers: [zoe]", "reference.unknown-person-or-team", 12),
        ("reviewers: [alice, bob]", "reviewers: [alice]", "break-glass.no-other-reviewer", 12),
        ("targets: [hr-prod]", "targets: [hr-prd]", "reference.unknown-target", 7),
        ("targets: [hr-prod]", "targets: {labels: {env: prod}}", "schema.wrong-type", 7),
        ("bundle: payroll-support", "role: DBA", "scope.roles", 9),
        ("bundle: payroll-support", "bundle: payrol", "reference.unknown-bundle", 9),
        ("by: bob", "by: carol", "break-glass.no-reviewer", 15),
        ("lease: bg-rescue-1", "lease: bg-other-1", "break-glass.other-lease", 15),
        ("lease: bg-rescue-1", "lease: rescue-1", "schema.wrong-form", 15),
        ("openers: [payroll]", "openers: [alice]\n  users: {bob: BOB}", "break-glass.no-opener", 7),
        ("openers: [payroll]", "openers: [alice]\n  users: {alice: BOB}", "break-glass.not-own-user", 7),
        ("openers: [payroll]", "openers: [alice]\n  users: {alice: JIT_X}", "name.reserved", 7),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line_and_the_document_is_left_out(
    load_small: Load, old: str, new: str, rule: str, line: int
) -> None:
    result = load_small({PATH: TEXT.replace(old, new)})
    assert "rescue" not in result.documents.break_glass
    assert "rescue" in result.left_out["BreakGlass"]
    found = [row for row in result.findings if row.rule == rule]
    assert found, result.findings
    assert [row.origin.line for row in found if row.origin] == [line] * len(found)


def test_one_who_has_several_database_users_needs_one_chosen(load_small: Load) -> None:
    person = """\
        apiVersion: grants/v1
        kind: Person
        metadata: {name: alice}
        spec: {name: Alice, email: alice@example.com, kind: human, users: [ALICE, APP_ALICE]}
        """
    result = load_small({PATH: TEXT, "people/alice.yaml": person})
    assert "break-glass.which-user" in {row.rule for row in result.findings}
    chosen = TEXT.replace("[payroll]", "[payroll]\n  users: {alice: app_alice}")
    result = load_small({PATH: chosen, "people/alice.yaml": person})
    assert result.documents.break_glass["rescue"].users == {"alice": "APP_ALICE"}


def test_a_service_reviews_nothing(load_small: Load) -> None:
    """Nobody could say who wrote it: its owner may be the one who opened."""
    service = """\
        apiVersion: grants/v1
        kind: Person
        metadata: {name: bob}
        spec: {name: Bob, email: bob@example.com, kind: service, users: [BOB]}
        """
    result = load_small({PATH: TEXT, "people/bob.yaml": service})
    rules = {row.rule for row in result.findings}
    assert {"break-glass.no-reviewer", "break-glass.no-other-reviewer"} <= rules


def test_two_reviews_of_one_opening_are_one_too_many(load_small: Load) -> None:
    text = TEXT + TEXT.splitlines()[-1] + "\n"
    result = load_small({PATH: text})
    assert "break-glass.reviewed-twice" in {row.rule for row in result.findings}


def test_a_request_cannot_be_called_as_an_opening(load_small: Load) -> None:
    text = """\
        apiVersion: grants/v1
        kind: AccessRequest
        metadata: {name: bg-rescue-1}
        spec:
          requester: alice
          reason: Looks like an emergency
          targets: [hr-prod]
          identity: {user: ALICE}
          access: [{bundle: payroll-support}]
          window: {duration: 4h}
        """
    result = load_small({"requests/bg-rescue-1.yaml": text})
    assert "name.reserved" in {row.rule for row in result.findings}
