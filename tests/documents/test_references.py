"""What documents may say about each other, and what a target's scope allows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconciler.documents.build import LoadResult
from reconciler.model.diagnostics import Origin

Load = Callable[..., LoadResult]

REQUEST = "requests/fix.yaml"
STANDING = "standing/readers.yaml"


@pytest.mark.parametrize(
    ("path", "old", "new", "rule", "line", "column", "hint"),
    [
        (REQUEST, "requester: alice", "requester: alise", "reference.unknown-person", 5, 14, "Did you mean `alice`?"),
        (REQUEST, "[hr-prod]", "[hr-prod, hr-prd]", "reference.unknown-target", 7, 22, "Did you mean `hr-prod`?"),
        (REQUEST, "[hr-prod]", "{labels: {env: dev}}", "reference.no-target", 7, 12, "Compare with `labels` of the targets."),
        (REQUEST, "payroll-support", "payrol-support", "reference.unknown-bundle", 10, 7, "Did you mean `payroll-support`?"),
        (REQUEST, "user: ALICE", "user: BOB", "request.not-own-user", 8, 20, "Users of alice: ALICE."),
        (REQUEST, "- bundle: payroll-support", "- {privileges: [SELECT], on: FIN.ACCOUNTS}", "scope.schemas", 10, 7, ""),
        (REQUEST, "- bundle: payroll-support", "- role: DBA", "scope.roles", 10, 7, ""),
        (REQUEST, "- bundle: payroll-support", "- system: ALTER SYSTEM", "scope.system", 10, 7, ""),
        (REQUEST, "- bundle: payroll-support", "- {privileges: [INDEX], on: HR.A}", "access.not-for-roles", 10, 7, ""),
        (STANDING, "owner: payroll", "owner: payrol", "reference.unknown-person-or-team", 5, 10, "Did you mean `payroll`?"),
        (STANDING, "[hr-prod]", "[hr]", "reference.unknown-target", 7, 13, ""),
        (STANDING, "[ALICE]", "[ALICE, CAROL]", "scope.grantees", 8, 21, ""),
        (STANDING, "[ALICE]", "[RECONCILER]", "scope.protected-grantee", 8, 14, ""),
        (STANDING, "[ALICE]", "[PUBLIC]", "scope.protected-grantee", 8, 14, ""),
        (STANDING, "role: HR_READER", "role: OTHER", "scope.roles", 10, 7, ""),
        ("teams/payroll.yaml", "bob]", "rob]", "reference.unknown-person", 4, 25, "Did you mean `bob`?"),
        ("policies/all.yaml", "7d", "7d, requesters: [alice, payrol]", "reference.unknown-person-or-team", 4, 65, "Did you mean `payroll`?"),
        ("policies/all.yaml", "[hr-prod]", "[hr-dev]", "reference.unknown-target", 4, 18, ""),
    ],
)  # fmt: skip
def test_names_that_do_not_exist_or_are_not_allowed(
    load_edited: Load, path: str, old: str, new: str, rule: str, line: int, column: int, hint: str
) -> None:
    result = load_edited(path, old, new)
    found = next(found for found in result.findings if found.rule == rule)
    assert found.origin == Origin(f"grants/{path}", line, column)
    assert hint in found.hint
    left_out = {name for names in result.left_out.values() for name in names}
    name = path.rpartition("/")[2].removesuffix(".yaml")
    assert (name in left_out) is not path.startswith("policies/")


def test_a_policy_that_refers_to_something_wrong_stays_in_force(load_edited: Load) -> None:
    result = load_edited("policies/all.yaml", "[hr-prod]", "[hr-prod, hr-old]")
    assert [found.rule for found in result.findings] == ["reference.unknown-target"]
    assert list(result.documents.policies) == ["all"]
    assert list(result.documents.requests) == ["fix"]


def test_a_pattern_of_the_scope_covers_grantees(load_edited: Load) -> None:
    assert load_edited(STANDING, "[ALICE]", "[APP_READER]").findings == ()


def test_no_request_for_a_target_that_is_only_observed(load_edited: Load) -> None:
    result = load_edited("targets/hr-prod.yaml", "mode: additive", "mode: observe")
    (found,) = result.findings
    assert found.rule == "request.target-observed"
    assert found.origin == Origin(f"grants/{REQUEST}", 7, 12)
    assert list(result.documents.standing) == ["readers"]


def test_what_a_bundle_holds_is_checked_where_it_is_used(load_edited: Load) -> None:
    result = load_edited("bundles/payroll-support.yaml", "HR.PAYROLL", "FIN.ACCOUNTS")
    (found,) = result.findings
    assert (found.rule, found.origin) == ("scope.schemas", Origin(f"grants/{REQUEST}", 10, 7))


def test_a_bundle_may_hold_what_only_standing_grants_can_use(load_edited: Load) -> None:
    result = load_edited("bundles/payroll-support.yaml", "[SELECT, UPDATE]", "[INDEX]")
    assert [found.rule for found in result.findings] == ["access.not-for-roles"]
    assert list(result.documents.bundles) == ["payroll-support"]


def test_a_reference_to_a_broken_document_says_so(load_edited: Load) -> None:
    result = load_edited("bundles/payroll-support.yaml", "description: Payroll", "descr: x")
    found = next(found for found in result.findings if found.rule == "reference.has-errors")
    assert found.origin == Origin(f"grants/{REQUEST}", 10, 7)
    assert [place.path for place in found.related] == ["grants/bundles/payroll-support.yaml"]
    assert result.documents.requests == {}


def test_an_error_of_a_person_reaches_what_depends_on_it(load_edited: Load) -> None:
    result = load_edited("people/bob.yaml", "kind: human", "kind: robot")
    assert result.documents.teams == {}
    assert result.documents.standing == {}
    assert list(result.documents.requests) == ["fix"]


def test_an_address_belongs_to_one_human(load_edited: Load) -> None:
    """Else somebody with two Person documents would review as the one what he did as the other."""
    result = load_edited("people/bob.yaml", "bob@example.com", "Alice@Example.com")
    shared = [found for found in result.findings if found.rule == "person.email-shared"]
    assert [found.origin.path for found in shared if found.origin] == [
        "grants/people/alice.yaml",
        "grants/people/bob.yaml",
    ]
    assert result.documents.people == {}


def test_a_database_user_belongs_to_one_person(load_edited: Load) -> None:
    result = load_edited("people/bob.yaml", "[bob]", "[bob, alice]")
    shared = [found for found in result.findings if found.rule == "person.user-shared"]
    assert [found.origin.path for found in shared if found.origin] == [
        "grants/people/alice.yaml",
        "grants/people/bob.yaml",
    ]
    assert result.documents.people == {}


def test_a_login_belongs_to_one_person_whatever_its_case(load_edited: Load) -> None:
    result = load_edited("people/bob.yaml", "[bob]", "[bob], logins: {github: Alice-A}")
    assert "person.login-shared" in {found.rule for found in result.findings}


def test_a_second_login_of_a_person_is_nobody_elses_first(load_edited: Load) -> None:
    result = load_edited("people/bob.yaml", "[bob]", "[bob], logins: {github-old: Alice-A}")
    assert "person.login-shared" in {found.rule for found in result.findings}


def test_a_person_may_write_the_same_login_twice(load_edited: Load) -> None:
    result = load_edited("people/bob.yaml", "[bob]", "[bob], logins: {github: b, github-old: B}")
    assert result.findings == ()


def test_a_person_and_a_team_do_not_share_a_name(load_small: Load) -> None:
    team = """\
        apiVersion: grants/v1
        kind: Team
        metadata: {name: alice}
        spec: {members: [bob]}
        """
    result = load_small({"teams/alice.yaml": team})
    found = [found for found in result.findings if found.rule == "name.person-and-team"]
    assert len(found) == 2
    assert "alice" not in result.documents.people
    assert "alice" not in result.documents.teams


@pytest.mark.parametrize(
    "dsn",
    ["DB.example.com/HRPROD", "tcp://db.example.com:1521/hrprod", "//db.example.com:01521/HRPROD"],
)
def test_two_targets_do_not_lead_to_one_database(load_small: Load, dsn: str) -> None:
    twin = f"""\
        apiVersion: grants/v1
        kind: Target
        metadata: {{name: twin}}
        spec:
          connect: {{dsn: "{dsn}", user: R, passwordEnv: PW}}
          mode: observe
          scope: {{grantees: []}}
        """
    result = load_small({"targets/twin.yaml": twin})
    shared = [found for found in result.findings if found.rule == "target.same-database"]
    assert len(shared) == 2
    assert result.documents.targets == {}
