"""What may not change in one pull request."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.review import Action, DocumentChange
from reconciler.policy.approval.mixing import ACCESS, RULES, is_machinery, mixed


def change(path: str, kind: str = "", action: Action = Action.ADDED) -> DocumentChange:
    return DocumentChange(path, kind, action)


REQUEST = change("grants/requests/fix.yaml", "AccessRequest")
POLICY = change("grants/policies/cap.yaml", "Policy", Action.CHANGED)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("access", sorted(ACCESS))
@pytest.mark.parametrize("rule", sorted(RULES))
def test_rules_and_access_do_not_change_together(rule: str, access: str, action: Action) -> None:
    (found,) = mixed([change("grants/a.yaml", rule, action), change("grants/b.yaml", access)])
    assert (found.rule, found.is_error) == ("change.mixed", True)
    assert found.message == "access and rules change together: grants/b.yaml with grants/a.yaml"
    assert "the rules first" in found.hint


def test_access_alone_and_rules_alone_are_fine() -> None:
    assert mixed([REQUEST, change("grants/standing/app.yaml", "StandingGrant")]) == ()
    assert mixed([POLICY, change("grants/people/bob.yaml", "Person")]) == ()
    assert mixed([]) == ()


def test_a_bundle_may_come_with_the_request_that_opens_it() -> None:
    assert mixed([REQUEST, change("grants/bundles/support.yaml", "Bundle")]) == ()


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/review.yaml",
        ".GitHub/Workflows/review.yaml",
        ".github/CODEOWNERS",
        "CODEOWNERS",
        "docs/CODEOWNERS",
        "schemas/AccessRequest.schema.json",
        "action.yml",
        "actions/review/action.yaml",
        ".gitlab-ci.yml",
        ".gitattributes",
    ],
)
def test_what_checks_a_request_does_not_come_with_it(path: str) -> None:
    assert is_machinery(path)
    (found,) = mixed([change(path, action=Action.CHANGED), REQUEST])
    assert found.rule == "change.mixed"
    assert found.message == f"access and what checks it change together: {REQUEST.path} with {path}"
    assert [row.path for row in (found.origin, *found.related) if row] == [REQUEST.path, path]


@pytest.mark.parametrize(
    "path", ["README.md", "grants/README.md", "docs/github/notes.md", "schemas.md"]
)
def test_other_files_may_change_with_a_request(path: str) -> None:
    assert not is_machinery(path)
    assert mixed([change(path), REQUEST]) == ()


def test_workflows_may_change_with_rules() -> None:
    assert mixed([POLICY, change(".github/workflows/review.yaml")]) == ()


def test_both_sorts_of_mixing_are_told() -> None:
    found = mixed([REQUEST, POLICY, change(".github/CODEOWNERS")])
    assert [row.rule for row in found] == ["change.mixed", "change.mixed"]


def test_a_document_that_does_not_tell_its_kind_is_access_among_requests_and_a_rule_elsewhere() -> (
    None
):
    broken_request = change("grants/requests/broken.yaml")
    broken_rule = change("grants/policies/broken.yaml")
    assert len(mixed([broken_request, POLICY])) == 1
    assert len(mixed([REQUEST, broken_rule])) == 1
    assert mixed([REQUEST, broken_request]) == ()


def test_a_file_that_was_a_policy_and_becomes_a_request_is_mixed_in_itself() -> None:
    path = "grants/requests/cap.yaml"
    both = [change(path, "Policy", Action.REMOVED), change(path, "AccessRequest")]
    (found,) = mixed(both)
    assert found.origin is not None
    assert (found.origin.path, found.related) == (path, ())


def test_many_files_are_counted_and_all_of_them_are_places() -> None:
    requests = [change(f"grants/requests/r{number}.yaml", "AccessRequest") for number in range(5)]
    (found,) = mixed([*requests, POLICY])
    assert "grants/requests/r2.yaml and 2 more with grants/policies/cap.yaml" in found.message
    assert len(found.related) == 5


changes = st.builds(
    DocumentChange,
    st.sampled_from(["grants/requests/a.yaml", "grants/b.yaml", ".github/c.yaml", "README.md"]),
    st.sampled_from(["", *sorted(RULES), *sorted(ACCESS), "Bundle"]),
    st.sampled_from(Action),
)


@given(st.lists(changes, max_size=6), changes)
def test_no_further_file_makes_a_mixed_change_acceptable(
    before: list[DocumentChange], more: DocumentChange
) -> None:
    assert not mixed(before) or mixed([*before, more])


@given(st.lists(changes, max_size=6))
def test_the_order_of_files_does_not_matter(rows: list[DocumentChange]) -> None:
    assert mixed(rows) == mixed(list(reversed(rows)))
