"""The example repository is what a new user copies, so it has everything and nothing wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.documents.build import LoadResult, load
from reconciler.documents.files import FileSource
from reconciler.model.documents import (
    BundleAccess,
    Mode,
    ObjectAccess,
    RoleAccess,
    SystemAccess,
)
from reconciler.policy.caps import check_request

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def example() -> LoadResult:
    return load(FileSource([ROOT / "grants"]))


def test_it_has_no_findings_at_all(example: LoadResult) -> None:
    assert example.findings == ()
    documents = example.documents
    assert [check_request(request, documents) for request in documents.requests.values()] == (
        [()] * len(documents.requests)
    )


def test_it_has_documents_of_every_kind(example: LoadResult) -> None:
    documents = example.documents
    assert {target.mode for target in documents.targets.values()} == {
        Mode.ADDITIVE,
        Mode.AUTHORITATIVE,
    }
    assert {person.kind for person in documents.people.values()} == {"human", "service"}
    assert len(documents.requests) >= 15
    assert len(documents.standing) == 6
    assert list(documents.break_glass) == ["payroll-rescue"]
    assert len(documents.policies) == 2
    assert len(documents.teams) == 6
    assert len(documents.classifications) == 4
    assert len(documents.bundles) == 6


def test_it_says_whose_the_data_is_and_who_stands_in(example: LoadResult) -> None:
    documents = example.documents
    target = documents.targets["hr-prod"]
    assert (target.owners_of("HR"), target.owners_of("ELSE")) == (("payroll",), ("platform",))
    assert documents.teams["data-owners"].members == (
        "alice",
        "bob",
        "carol",
        "dave",
        "heidi",
        "ivan",
    )
    assert documents.people["carol"].absences
    assert documents.people["frank"].signing_keys
    owners = {tuple(row.owners) for row in documents.classifications.values()}
    assert owners == {("payroll",), ("finance",), ()}


def test_its_policies_say_what_its_cases_expect(example: LoadResult) -> None:
    documents = example.documents
    (test,) = documents.policy_tests.values()
    for case in test.cases:
        found = {one.rule for one in check_request(case.request, documents)}
        assert (found == set()) is case.allowed, case.name
        assert set(case.rules) <= found, case.name
    assert {case.allowed for case in test.cases} == {True, False}


def test_it_shows_every_form_of_request(example: LoadResult) -> None:
    requests = example.documents.requests.values()
    items = [item for request in requests for item in request.access]
    assert {type(item) for item in items} == {BundleAccess, ObjectAccess, RoleAccess, SystemAccess}
    assert any(isinstance(item, ObjectAccess) and item.columns for item in items)
    windows = [request.window for request in requests]
    assert any(window.start and window.until for window in windows)
    assert any(window.start and window.duration for window in windows)
    assert any(window.start is None and window.until for window in windows)
    assert any(window.start is None and window.duration for window in windows)
    assert any(request.ended for request in requests)
    assert any(len(request.targets.names) > 1 for request in requests)
    assert any(request.targets.labels for request in requests)


def test_each_request_lies_in_the_folder_of_its_team(example: LoadResult) -> None:
    for request in example.documents.requests.values():
        team = Path(request.origin.path).parent.name
        assert request.requester in example.documents.teams[team].members
