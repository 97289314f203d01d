"""The one comment on a pull request that is written anew each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.approvals.github_client import GitHub, login_of
from reconciler.model.errors import ApprovalError

if TYPE_CHECKING:
    from github.Issue import Issue
    from github.IssueComment import IssueComment

MOST_CHARACTERS = 65_536
"""GitHub takes no longer body."""


def post_comment(github: GitHub, number: int, marker: str, body: str) -> str:
    """Writes the comment of a pull request, or writes it anew, and returns its address.

    It is known again by `marker`, a line that readers do not see (`<!-- name -->`) and that is put in front of the body when it is not there, and by its
    author: a comment of anybody else that begins so is left alone. A comment that says the same already is not touched. Raises ApprovalError, also
    github.comment-too-long: what is cut off, the caller knows best.
    """
    text = body if body.startswith(marker) else f"{marker}\n{body}"
    if len(text) > MOST_CHARACTERS:
        raise ApprovalError(
            "github.comment-too-long",
            f"the comment has {len(text)} characters, and GitHub takes {MOST_CHARACTERS}",
        )
    with github.asking(f"the comments of pull request {number}"):
        issue = _issue(github, number)
        ours = _find(issue, marker, _own_login(github))
        if ours is None:
            return issue.create_comment(text).html_url
        if ours.body != text:
            ours.edit(text)
        return ours.html_url


def _issue(github: GitHub, number: int) -> Issue:
    from github.Issue import Issue

    return Issue(
        github.api.requester,
        {},
        {"url": f"{github.repository.url}/issues/{number}", "number": number},
    )


def _find(issue: Issue, marker: str, login: str) -> IssueComment | None:
    for comment in issue.get_comments():
        if login_of(comment.user) == login and (comment.body or "").startswith(marker):
            return comment
    return None


def _own_login(github: GitHub) -> str:
    """Who the token is: a person, or an app such as `github-actions[bot]`, which the REST API does not tell."""
    _, answer = github.api.requester.graphql_query("query { viewer { login } }", {})
    viewer = (answer.get("data") or {}).get("viewer") or {}
    login = viewer.get("login")
    if not isinstance(login, str) or not login:
        raise ApprovalError(
            "github.answer",
            "GitHub does not say whose token this is",
            hint="Is GITHUB_API_URL the address of the API? A proxy may have answered.",
        )
    return login
