"""What people are told when a document about rules does not have the right shape."""

from __future__ import annotations

from textwrap import dedent

import pytest

from reconciler.documents.loader import parse
from reconciler.documents.schema import Schemas
from tests.documents.policy_papers import CASES, FULL, GUARD, PAY


def told(text: str, old: str, new: str) -> list[tuple[str, str, str]]:
    text = dedent(text)
    assert old in text
    tree = parse(text.replace(old, new, 1).encode(), "grants/a.yaml")
    found = Schemas(accelerate=True).check(tree)
    assert found == Schemas(accelerate=False).check(tree)
    return [(one.rule, one.message, one.hint) for one in found]


MISSING, UNKNOWN, VALUE, FORM = (
    "schema.missing-field",
    "schema.unknown-field",
    "schema.wrong-value",
    "schema.wrong-form",
)


@pytest.mark.parametrize(
    ("old", "new", "rule", "message", "hint"),
    [
        ("  maxDuration: 7d\n", "", MISSING, "spec needs `maxDuration`", ""),
        ("effect: deny", "effect: forbid", VALUE, "spec.rules[1].effect: `forbid` is not allow or deny", "Allowed: allow, deny."),
        ("kinds: [service]", "kinds: [services]", VALUE, "spec.rules[1].kinds[0]: `services` is not human or service", "Did you mean `service`?"),
        ('access: ["*"], kinds', "kinds", MISSING, "spec.rules[1] needs `access`", ""),
        ('"SELECT on hr.*"', "select", FORM, "spec.rules[0].access[0]: `select` is not an access pattern", "For example `SELECT on HR.*` or `role:HR_READER` or `bundle:payroll-support`."),
        ("zone: Europe/Berlin", "zone: berlin", FORM, "spec.hours.zone: `berlin` is not a time zone", "For example `Europe/Berlin` or `UTC`."),
        ('from: "07:00"', "from: 7", "schema.wrong-type", "spec.hours.from must be text, not `7`", "Put it in quotes."),
        ("days: [mon, fri]", "day: [mon]", UNKNOWN, "unknown field `day` in spec.hours", "Did you mean `days`?"),
        ("{least: 1h, most: 30d}", "{}", VALUE, "spec.notice must not be empty", ""),
        ("concurrent: 3", "concurrent: 0", VALUE, "spec.limits.concurrent is 0; at least 1 is needed", ""),
        ("hoursAWeek: 40h", "hoursAWeek: 40", "schema.wrong-type", "spec.limits.hoursAWeek must be text, not `40`", "Put it in quotes."),
        ("requests: [year-end], requesters: [payroll], ", "", MISSING, "spec.exceptions[0] needs `requests` or `requesters`", ""),
        ("requests: [year-end], requesters: [payroll]", "request: [year-end]", UNKNOWN, "unknown field `request` in spec.exceptions[0]", "Did you mean `requests`?"),
        ("until: 2027-01-15T00:00:00Z", "until: 2027-01-15", "time.invalid", "spec.exceptions[0].until: `2027-01-15` is not an instant with a time zone", "For example `2026-11-20T14:00:00Z`."),
        (", reason: Nobody pays himself", "", MISSING, "spec.separations[0] needs `reason`", ""),
        ("{env=prod: 20}", "{env: 20}", FORM, "spec.risk.labels: `env` is not a label as key=value", ""),
        ("evidence: github", "evidence: gitlab", VALUE, "spec.approvals.evidence: `gitlab` is not github or signatures", "Did you mean `github`?"),
        ("preApproved: true", "preApproved: true, steps: [{count: 1, of: [bob]}]", "schema.one-of", "spec.approvals.chains[0]: `steps` and `preApproved` exclude each other", "Keep one of them."),
        ("{upTo: 20, preApproved: true}", "{upTo: 20}", MISSING, "spec.approvals.chains[0] needs `steps` or `preApproved`", ""),
        ("{count: 1, of: [bob], ", "{of: [bob], ", MISSING, "spec.approvals.chains[2].steps[1] needs `count` too", ""),
        ("{count: 1, of: [bob], ", "{count: 1, ", MISSING, "spec.approvals.chains[2].steps[1] needs `of` or `all`", ""),
        ("after: 8h, ", "", MISSING, "spec.approvals.chains[2].steps[1].escalate needs `after`", ""),
    ],
)  # fmt: skip
def test_messages_about_policies_name_the_field(
    old: str, new: str, rule: str, message: str, hint: str
) -> None:
    assert (rule, message, hint) in told(FULL, old, new)


@pytest.mark.parametrize("field", ["targets: [hr-prod]", "maxDuration: 7d", "hours: {}"])
def test_what_is_about_requests_does_not_fit_a_policy_for_documents(field: str) -> None:
    name = field.partition(":")[0]
    found = [
        one for one in told(GUARD, "documents:", f"{field}\n  documents:") if "not-for" in one[0]
    ]
    assert found == [
        (
            "policy.not-for-documents",
            f"`{name}` is about requests, and a policy with `documents` is about changes of documents",
            "Write a policy of its own for requests.",
        )
    ]


def test_a_field_that_no_policy_has_is_told_once() -> None:
    assert told(GUARD, "documents:", "approvers: [bob]\n  documents:") == [
        (UNKNOWN, "unknown field `approvers` in spec", "Did you mean `approvals`?")
    ]


def test_a_policy_for_documents_says_who_approves() -> None:
    text = dedent(GUARD)
    approvals = text[text.index("  approvals") :]
    assert told(GUARD, approvals, "") == [(MISSING, "spec needs `approvals`", "")]


def test_access_requests_are_not_among_the_documents() -> None:
    ((rule, message, hint),) = told(GUARD, "[Policy, Team]", "[AccessRequest]")
    assert (rule, message) == (VALUE, "spec.documents[0]: `AccessRequest` is not allowed")
    assert hint.startswith("Allowed: Policy, PolicyTest, Person,")


@pytest.mark.parametrize(
    ("old", "new", "rule", "message", "hint"),
    [
        ("hr.employees.salary", "hr.employees", FORM, "spec.columns[0]: `hr.employees` is not a pattern of columns, OWNER.TABLE.COLUMN", "For example `HR.EMPLOYEES.SALARY` or `HR.*.EMAIL*`."),
        ("level: restricted", "level: secret", VALUE, "spec.level: `secret` is not internal or confidential or restricted", "Allowed: internal, confidential, restricted."),
        ("  level: restricted\n", "", MISSING, "spec needs `level`", ""),
    ],
)  # fmt: skip
def test_messages_about_classifications_name_the_field(
    old: str, new: str, rule: str, message: str, hint: str
) -> None:
    assert told(PAY, old, new) == [(rule, message, hint)]


@pytest.mark.parametrize(
    ("old", "new", "rule", "message", "hint"),
    [
        ("verdict: deny", "verdict: no", VALUE, "spec.cases[0].expect.verdict: `no` is not allow or deny", "Allowed: allow, deny."),
        ("[policy.too-long]", "[too-long]", FORM, "spec.cases[0].expect.rules[0]: `too-long` is not the id of a finding", "For example `policy.too-long`."),
        ("[1 of payroll]", "[payroll]", FORM, "spec.cases[1].expect.approvals[0]: `payroll` is not a requirement", "For example `1 of payroll`."),
        ("{duration: 20d}", "{}", MISSING, "spec.cases[0].request.window needs `until` or `duration`", ""),
        ("requester: alice", "requestor: alice", UNKNOWN, "unknown field `requestor` in spec.cases[0].request", "Did you mean `requester`?"),
    ],
)  # fmt: skip
def test_messages_about_cases_name_the_field(
    old: str, new: str, rule: str, message: str, hint: str
) -> None:
    assert told(CASES, old, new) == [(rule, message, hint)]


def test_options_in_a_case_are_refused_as_in_a_request() -> None:
    ((rule, _, _),) = told(
        CASES, "{bundle: payroll-support}", "{role: HR_READER, withOption: true}"
    )
    assert rule == "request.option-not-allowed"
