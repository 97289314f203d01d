"""What GitHub says of the commits of the protected branch, as change sets; and what somebody would try there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.approvals import history
from reconciler.approvals.github import GitHubEvidence
from reconciler.approvals.github_client import GitHub, from_environment
from reconciler.model.approvals import ChangeSet, Contributor, Opinion
from reconciler.model.instants import format_instant
from tests.approvals.forge import Forge

REQUEST = "grants/requests/one.yaml"


@pytest.fixture
def evidence(forge: Forge, repository: Path) -> Iterator[GitHubEvidence]:
    github = GitHub(from_environment(forge.environment()))
    yield GitHubEvidence(github, repository)
    github.close()


@pytest.fixture
def start(forge: Forge) -> str:
    return forge.git.tip("main")


@pytest.fixture
def pull(forge: Forge, start: str) -> int:
    """Two commits of alice's."""
    forge.push("topic", {REQUEST: "one\n"})
    forge.push("topic", {REQUEST: "two\n", "grants/requests/old.yaml": None})
    return forge.open_pull("alice-gh", "topic")


def since(forge: Forge, evidence: GitHubEvidence, start: str) -> tuple[ChangeSet, ...]:
    line = history.first_parent_line(forge.git.repository, start, forge.git.tip("main"))
    return evidence.changes(start, line)


def only(forge: Forge, evidence: GitHubEvidence, start: str) -> ChangeSet:
    (change,) = since(forge, evidence, start)
    return change


def unreviewed(forge: Forge, change: ChangeSet) -> set[str]:
    landed = history.changed_files(forge.git.repository, change.parent, change.commit)
    return {path for path, blob in landed.items() if change.files.get(path) != blob}


@pytest.mark.parametrize("kind", ["merge", "squash", "rebase"])
def test_a_reviewed_pull_request_is_one_change_however_it_is_merged(
    forge: Forge, evidence: GitHubEvidence, start: str, pull: int, kind: str
) -> None:
    head = forge.git.tip("topic")
    forge.review(pull, "bob-gh")
    landed = forge.merge(pull, kind, by="carol-gh")
    change = only(forge, evidence, start)
    assert (change.parent, change.commit, change.head) == (start, landed, head)
    assert (change.number, change.url) == (
        pull,
        f"https://forge.example.org/example/grants/pull/{pull}",
    )
    assert change.merged_by == "carol-gh"
    assert change.contributors == (
        Contributor("alice-gh", ""),
        Contributor("alice-gh", "alice@example.org"),
    )
    assert [(row.login, row.opinion, row.commit, row.problem) for row in change.reviews] == [
        ("bob-gh", Opinion.APPROVED, head, "")
    ]
    assert change.problems == ()
    assert change.files == history.changed_files(forge.git.repository, start, landed)
    assert change.files["grants/requests/old.yaml"] == ""
    assert change.opened_at is not None
    assert change.merged_at is not None
    assert change.opened_at == change.reviews[0].at < change.merged_at, "from the first word on"


def test_several_pull_requests_and_a_push_are_told_apart(
    forge: Forge, evidence: GitHubEvidence, start: str, pull: int
) -> None:
    first = forge.merge(pull, "rebase")
    pushed = forge.push_directly({REQUEST: "three\n"})
    forge.push("other", {"grants/requests/two.yaml": "a\n"})
    forge.push("other", {"grants/requests/two.yaml": "b\n"})
    second = forge.merge(forge.open_pull("bob-gh", "other"), "rebase")
    changes = since(forge, evidence, start)
    assert [(row.number, row.parent, row.commit) for row in changes] == [
        (1, start, first),
        (0, first, pushed),
        (2, pushed, second),
    ]


def test_a_commit_without_a_pull_request_is_a_direct_push(
    forge: Forge, evidence: GitHubEvidence, start: str
) -> None:
    pushed = forge.push_directly({REQUEST: "evil\n"})
    change = only(forge, evidence, start)
    assert (change.commit, change.head, change.reviews, change.files) == (pushed, "", (), {})
    assert change.contributors == (Contributor(email="mallory@example.org"),)


def test_a_push_just_before_a_rebased_pull_request_is_not_taken_for_a_part_of_it(
    forge: Forge, evidence: GitHubEvidence, start: str, pull: int
) -> None:
    forge.push_directly({"grants/requests/evil.yaml": "evil\n"})
    forge.merge(pull, "rebase")
    assert [row.number for row in since(forge, evidence, start)] == [0, pull]


def test_a_part_of_a_rebased_pull_request_alone_is_a_direct_push(
    forge: Forge, evidence: GitHubEvidence, start: str, pull: int
) -> None:
    """The commit where the pull request ended is not on the line: then it was not what was merged."""
    forge.merge(pull, "rebase")
    line = history.first_parent_line(forge.git.repository, start, forge.git.tip("main"))
    assert [row.head for row in evidence.changes(start, line[:1])] == [""]


def test_commits_of_a_squashed_pull_request_that_were_pushed_too_are_direct_pushes(
    forge: Forge, evidence: GitHubEvidence, start: str
) -> None:
    first = forge.push("topic", {REQUEST: "one\n"})
    forge.push("topic", {REQUEST: "two\n"})
    number = forge.open_pull("alice-gh", "topic")
    forge.git.move("main", first)
    forge.merge(number, "squash")
    assert [row.number for row in since(forge, evidence, start)] == [0, number]


def test_a_pull_request_whose_merge_was_pushed_with_other_bytes_is_seen(
    forge: Forge, evidence: GitHubEvidence, start: str, pull: int
) -> None:
    """GitHub calls it merged as soon as its head is on the branch, whatever the merge made of it."""
    forge.review(pull, "bob-gh")
    head = forge.git.tip("topic")
    evil = forge.push("evil", {REQUEST: "evil\n"})
    tree = history.commit_of(forge.git.repository, evil).tree_id
    author = history.commit_of(forge.git.repository, evil).author
    made = forge.git._make(tree, [start, head], "Merge", author, author)
    forge.git.move("main", made)
    forge.landed(pull, forge.git_landed(made), by="mallory-gh")
    change = only(forge, evidence, start)
    assert change.problems == ()
    assert unreviewed(forge, change) == {REQUEST}


def test_a_merge_of_another_commit_than_the_head_has_a_problem(
    forge: Forge, evidence: GitHubEvidence, start: str, pull: int
) -> None:
    other = forge.push("other", {REQUEST: "evil\n"})
    merged = forge.git.merge("main", other, "x", pull, "mallory@example.org", forge.now)
    forge.landed(pull, merged, by="mallory-gh")
    (problem,) = only(forge, evidence, start).problems
    assert f"merges {other[:12]}, and {forge.pulls[pull].head[:12]} was reviewed" in problem


def test_an_octopus_merge_has_a_problem(
    forge: Forge, evidence: GitHubEvidence, start: str, pull: int
) -> None:
    heads = [forge.git.tip("topic"), forge.push("other", {"a": "b"})]
    author = history.commit_of(forge.git.repository, start).author
    made = forge.git._make(
        forge.git._merged_tree(start, heads[0]), [start, *heads], "Merge", author, author
    )
    forge.git.move("main", made)
    forge.landed(pull, forge.git_landed(made), by="mallory-gh")
    (problem,) = only(forge, evidence, start).problems
    assert "merges 2 branches at once" in problem


def test_a_push_after_the_approval_leaves_the_review_at_the_older_commit(
    forge: Forge, evidence: GitHubEvidence, start: str, pull: int
) -> None:
    reviewed = forge.git.tip("topic")
    forge.review(pull, "bob-gh")
    head = forge.push("topic", {REQUEST: "three\n"})
    forge.merge(pull)
    change = only(forge, evidence, start)
    assert change.head == head
    assert [row.commit for row in change.reviews] == [reviewed]


def test_reviews_of_each_kind_are_told_in_their_order(
    forge: Forge, evidence: GitHubEvidence, start: str, pull: int
) -> None:
    forge.review(pull, "bob-gh", "APPROVED")
    forge.review(pull, "bob-gh", "CHANGES_REQUESTED")
    forge.review(pull, "carol-gh", "COMMENTED")
    forge.review(pull, "dave-gh", "PENDING")
    forge.review(pull, "erin-gh", "APPROVED")
    forge.dismiss(pull, "erin-gh")
    forge.review(pull, "erin-gh", "SOMETHING_NEW")
    forge.merge(pull)
    assert [(row.login, row.opinion) for row in only(forge, evidence, start).reviews] == [
        ("bob-gh", Opinion.APPROVED),
        ("bob-gh", Opinion.CHANGES_REQUESTED),
        ("carol-gh", Opinion.COMMENTED),
        ("erin-gh", Opinion.DISMISSED),
        ("erin-gh", Opinion.COMMENTED),
    ]


def test_a_review_by_an_account_that_is_gone_proves_nothing(
    forge: Forge, evidence: GitHubEvidence, start: str, pull: int
) -> None:
    forge.review(pull, None)
    forge.merge(pull)
    (review,) = only(forge, evidence, start).reviews
    assert (review.login, review.problem) == ("", "the account that gave it is gone")


def test_a_pull_request_into_another_branch_has_a_problem(
    forge: Forge, evidence: GitHubEvidence, start: str, repository: Path
) -> None:
    """Reviewed for a branch where nothing was at stake, then brought to the protected one by a fast-forward."""
    forge.git.move("playground", start)
    forge.push("topic", {REQUEST: "one\n"})
    number = forge.open_pull("mallory-gh", "topic", base="playground")
    forge.review(number, "bob-gh")
    forge.git.move("main", forge.merge(number))
    (problem,) = only(forge, evidence, start).problems
    assert "is for the branch playground, not for main" in problem


def test_a_pull_request_of_another_repository_has_a_problem(
    forge: Forge, evidence: GitHubEvidence, start: str, pull: int
) -> None:
    forge.merge(pull)
    forge.pulls[pull].claims["base"] = {
        "ref": "main",
        "sha": start,
        "repo": {"full_name": "mallory/grants"},
    }
    (problem,) = only(forge, evidence, start).problems
    assert "is for the repository mallory/grants" in problem


@pytest.mark.parametrize("event", ["base_ref_changed", "automatic_base_change_succeeded"])
def test_a_review_from_before_the_pull_request_was_aimed_at_another_branch_proves_nothing(
    forge: Forge, evidence: GitHubEvidence, start: str, event: str
) -> None:
    """Against the other branch it showed one harmless line; the rest was there already."""
    forge.push("staging", {"grants/requests/evil.yaml": "evil\n"})
    forge.git.move("topic", forge.git.tip("staging"))
    forge.push("topic", {REQUEST: "harmless\n"})
    number = forge.open_pull("mallory-gh", "topic", base="staging")
    forge.review(number, "bob-gh")
    forge.retarget(number, "main", event)
    forge.review(number, "carol-gh")
    forge.merge(number)
    change = only(forge, evidence, start)
    assert "aimed at another branch" in change.reviews[0].problem
    assert change.reviews[1].problem == ""
    assert set(change.files) == {REQUEST, "grants/requests/evil.yaml"}


def test_everybody_who_wrote_a_part_contributes(
    forge: Forge, evidence: GitHubEvidence, start: str
) -> None:
    message = "More\n\nCo-authored-by: Carol <Carol@example.org>"
    forge.push("topic", {REQUEST: "one\n"}, author="bob@example.org", message=message)
    forge.push(
        "topic", {REQUEST: "two\n"}, author="stranger@example.org", committer="noreply@github.com"
    )
    forge.merge(forge.open_pull("alice-gh", "topic"))
    assert only(forge, evidence, start).contributors == (
        Contributor("", "carol@example.org"),
        Contributor("", "stranger@example.org"),
        Contributor("alice-gh", ""),
        Contributor("bob-gh", "bob@example.org"),
    )


def test_whoever_merges_contributes_nothing(
    forge: Forge, evidence: GitHubEvidence, start: str, pull: int
) -> None:
    """A rebase makes him the committer of what lands; he wrote none of it."""
    forge.merge(pull, "rebase", by="carol")
    logins = {row.login for row in only(forge, evidence, start).contributors}
    assert logins == {"alice-gh"}


def test_authors_whose_accounts_are_gone_contribute_by_their_address(
    forge: Forge, evidence: GitHubEvidence, start: str, pull: int
) -> None:
    forge.pulls[pull].author = ""
    forge.logins.clear()
    forge.merge(pull)
    assert only(forge, evidence, start).contributors == (Contributor(email="alice@example.org"),)


def test_a_renamed_file_is_gone_at_its_old_place(
    forge: Forge, evidence: GitHubEvidence, start: str
) -> None:
    text = "grants/requests/old.yaml, as it was\n"
    forge.push("topic", {"grants/requests/old.yaml": None, "grants/requests/new.yaml": text})
    forge.merge(forge.open_pull("alice-gh", "topic"))
    change = only(forge, evidence, start)
    assert change.files["grants/requests/old.yaml"] == ""
    assert unreviewed(forge, change) == set()


def test_long_lists_are_read_to_their_end(
    forge: Forge, evidence: GitHubEvidence, start: str
) -> None:
    forge.page_size_at_most = 7
    for number in range(20):
        forge.push("topic", {f"grants/requests/r{number}.yaml": "text\n"})
    pull = forge.open_pull("alice-gh", "topic")
    for number in range(30):
        forge.review(pull, f"reviewer-{number}", "COMMENTED")
    forge.review(pull, "bob-gh")
    forge.merge(pull)
    change = only(forge, evidence, start)
    assert len(change.files) == 20
    assert len(change.reviews) == 31
    assert change.problems == ()


@pytest.mark.parametrize(
    ("claims", "what"),
    [
        ({"changed_files": 3001}, "of the 3001 files"),
        ({"changed_files": 3}, "lists 2 of the 3 files"),
        ({"commits": 251}, "of the 251 commits"),
        ({"commits": 3}, "lists 2 of the 3 commits"),
    ],
)
def test_what_github_does_not_list_to_the_end_cannot_count(
    forge: Forge, evidence: GitHubEvidence, start: str, pull: int, claims: dict[str, int], what: str
) -> None:
    forge.merge(pull)
    forge.pulls[pull].claims.update(claims)
    (problem,) = only(forge, evidence, start).problems
    assert what in problem


def test_a_head_made_after_the_pull_request_was_opened_could_be_read_from_then_on(
    forge: Forge, evidence: GitHubEvidence, start: str, pull: int
) -> None:
    forge.advance(timedelta(hours=9))
    forge.push("topic", {REQUEST: "late\n"})
    pushed_at = forge.now
    forge.merge(pull)
    opened = only(forge, evidence, start).opened_at
    assert opened is not None
    assert format_instant(opened) == format_instant(pushed_at)


def test_an_open_pull_request_shows_its_reviews_so_far(
    forge: Forge, evidence: GitHubEvidence, start: str, pull: int
) -> None:
    forge.review(pull, "bob-gh")
    change = evidence.under_review(pull)
    assert (change.parent, change.head, change.commit) == (
        start,
        forge.git.tip("topic"),
        forge.git.tip("topic"),
    )
    assert [row.login for row in change.reviews] == ["bob-gh"]
    assert change.merged_at is None


def test_one_commit_costs_six_requests(
    forge: Forge, evidence: GitHubEvidence, start: str, pull: int
) -> None:
    forge.merge(pull, "squash")
    only(forge, evidence, start)
    assert len(forge.requests) == 6
