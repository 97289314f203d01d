"""What GitHub says of a commit, as a change set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.approvals import history
from reconciler.approvals.github import GitHubEvidence
from reconciler.approvals.github_client import GitHub, from_environment
from reconciler.model.approvals import ChangeSet, Contributor, Opinion
from tests.approvals.forge import Forge


@pytest.fixture
def evidence(forge: Forge, repository: Path) -> Iterator[GitHubEvidence]:
    github = GitHub(from_environment(forge.environment()))
    yield GitHubEvidence(github, repository)
    github.close()


def since(forge: Forge, evidence: GitHubEvidence, start: str) -> tuple[ChangeSet, ...]:
    line = history.first_parent_line(forge.git.repository, start, forge.git.tip("main"))
    return evidence.changes(start, line)


@pytest.mark.parametrize("kind", ["merge", "squash", "rebase"])
def test_a_reviewed_pull_request_is_one_change_however_it_is_merged(
    forge: Forge, evidence: GitHubEvidence, kind: str
) -> None:
    start = forge.git.tip("main")
    forge.push("topic", {"grants/requests/one.yaml": "one\n"})
    head = forge.push(
        "topic", {"grants/requests/one.yaml": "two\n", "grants/requests/old.yaml": None}
    )
    number = forge.open_pull("alice-gh", "topic")
    forge.review(number, "bob-gh")
    landed = forge.merge(number, kind, by="carol-gh")
    (change,) = since(forge, evidence, start)
    assert (change.parent, change.commit, change.head) == (start, landed, head)
    assert change.number == number
    assert change.merged_by == "carol-gh"
    assert change.contributors == (
        Contributor("alice-gh", ""),
        Contributor("alice-gh", "alice@example.org"),
    )
    assert [(row.login, row.opinion, row.commit) for row in change.reviews] == [
        ("bob-gh", Opinion.APPROVED, head)
    ]
    assert change.problems == ()
    assert change.files == history.changed_files(forge.git.repository, start, landed)
    assert change.files["grants/requests/old.yaml"] == ""
    assert change.opened_at is not None
    assert change.merged_at is not None
    assert change.opened_at < change.reviews[0].at < change.merged_at
