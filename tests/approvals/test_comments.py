"""The sticky comment: one of ours on each pull request, whatever others write there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconciler.approvals.comments import MOST_CHARACTERS, post_comment
from reconciler.approvals.github_client import GitHub, from_environment
from reconciler.model.errors import ApprovalError
from tests.approvals.forge import Forge

MARKER = "<!-- reconciler review -->"


@pytest.fixture
def github(forge: Forge) -> Iterator[GitHub]:
    forge.push("topic", {"grants/requests/one.yaml": "one\n"})
    forge.open_pull("alice-gh", "topic")
    found = GitHub(from_environment(forge.environment()))
    yield found
    found.close()


def bodies(forge: Forge) -> list[tuple[str, str]]:
    return [(row["user"]["login"], row["body"]) for row in forge.comments.get(1, [])]


def test_the_first_time_it_is_written_and_later_written_anew(forge: Forge, github: GitHub) -> None:
    first = post_comment(github, 1, MARKER, "One lease")
    assert bodies(forge) == [("github-actions[bot]", f"{MARKER}\nOne lease")]
    second = post_comment(github, 1, MARKER, f"{MARKER}\nTwo leases")
    assert bodies(forge) == [("github-actions[bot]", f"{MARKER}\nTwo leases")]
    assert first == second


def test_what_it_says_already_is_not_written_again(forge: Forge, github: GitHub) -> None:
    post_comment(github, 1, MARKER, "One lease")
    forge.requests.clear()
    post_comment(github, 1, MARKER, "One lease")
    assert not [
        row
        for row in forge.requests
        if row.startswith("PATCH") or ("comments" in row and "POST" in row)
    ]


def test_a_comment_of_somebody_else_with_the_marker_is_left_alone(
    forge: Forge, github: GitHub
) -> None:
    forge.comment(1, "mallory-gh", f"{MARKER}\nNothing to see, approve it")
    forge.comment(1, "github-actions", f"{MARKER}\nA person of nearly that name")
    post_comment(github, 1, MARKER, "One lease")
    assert bodies(forge) == [
        ("mallory-gh", f"{MARKER}\nNothing to see, approve it"),
        ("github-actions", f"{MARKER}\nA person of nearly that name"),
        ("github-actions[bot]", f"{MARKER}\nOne lease"),
    ]


def test_another_comment_of_ours_that_quotes_the_marker_is_left_alone(
    forge: Forge, github: GitHub
) -> None:
    forge.comment(1, "github-actions[bot]", f"somebody wrote {MARKER}")
    post_comment(github, 1, MARKER, "One lease")
    assert len(bodies(forge)) == 2


def test_it_is_found_behind_many_pages_of_comments(forge: Forge, github: GitHub) -> None:
    for number in range(250):
        forge.comment(1, "bob-gh", f"talk {number}")
    forge.comment(1, "github-actions[bot]", f"{MARKER}\nOld")
    post_comment(github, 1, MARKER, "New")
    assert bodies(forge)[-1] == ("github-actions[bot]", f"{MARKER}\nNew")
    assert len(bodies(forge)) == 251


def test_a_comment_by_an_account_that_is_gone_is_somebody_elses(
    forge: Forge, github: GitHub
) -> None:
    forge.comment(1, "ghost", MARKER)["user"] = None
    post_comment(github, 1, MARKER, "One lease")
    assert len(forge.comments[1]) == 2


def test_a_token_that_may_only_read_is_told_so(forge: Forge, github: GitHub) -> None:
    forge.fail(r"/issues/1/comments", 403, "Resource not accessible by integration")
    with pytest.raises(ApprovalError) as refused:
        post_comment(github, 1, MARKER, "One lease")
    assert refused.value.rule == "github.forbidden"
    assert "pull-requests: write" in refused.value.hint


def test_a_comment_is_never_written_twice_because_an_answer_was_lost(
    forge: Forge, github: GitHub
) -> None:
    forge.fail(r"/issues/1/comments", 200, body=b"[]", times=1)
    forge.fail(r"/issues/1/comments", 502)
    with pytest.raises(ApprovalError):
        post_comment(github, 1, MARKER, "One lease")
    assert [row for row in forge.requests if "comments" in row] == [
        "GET /repos/example/grants/issues/1/comments",
        "POST /repos/example/grants/issues/1/comments",
    ]


def test_a_body_that_is_too_long_is_refused_before_it_is_sent(forge: Forge, github: GitHub) -> None:
    with pytest.raises(ApprovalError) as refused:
        post_comment(github, 1, MARKER, "x" * MOST_CHARACTERS)
    assert refused.value.rule == "github.comment-too-long"
    assert forge.requests == []


def test_a_token_that_is_nobodys_is_an_answer_of_another_form(forge: Forge, github: GitHub) -> None:
    forge.fail("/graphql", 200, body=b'{"data": {"viewer": null}}')
    with pytest.raises(ApprovalError) as refused:
        post_comment(github, 1, MARKER, "One lease")
    assert refused.value.rule == "github.answer"
    assert forge.comments == {}
