"""The page that opens a pull request, from the address that git pushes to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.run.proposing.forge_links import pull_request

GITHUB = "https://github.com/acme/grants/pull/new/reconciler/request-x"
GITLAB = (
    "https://gitlab.example.org/db/team/grants/-/merge_requests/new"
    "?merge_request%5Bsource_branch%5D=reconciler%2Frequest-x"
)


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://github.com/acme/grants.git", GITHUB),
        ("https://github.com/acme/grants/", GITHUB),
        ("git@github.com:acme/grants.git", GITHUB),
        ("GitHub.com:acme/grants", GITHUB),
        ("ssh://git@github.com:22/acme/grants.git", GITHUB),
        ("https://gitlab.example.org/db/team/grants.git", GITLAB),
        ("git@gitlab.example.org:db/team/grants.git", GITLAB),
        (
            "https://github.example.org/a/b",
            "https://github.example.org/a/b/pull/new/reconciler/request-x",
        ),
        ("https://git.example.org/a/b.git", ""),
        ("https://notgithub.example.org/a/b.git", ""),
        ("/srv/git/github.com/grants.git", ""),
        ("file:///srv/git/github/grants.git", ""),
        ("../github.git", ""),
        ("https://github.com/", ""),
        ("https://[github", ""),
        ("", ""),
    ],
)
def test_the_link_is_that_of_the_forge_or_none(address: str, link: str) -> None:
    assert pull_request(address, "reconciler/request-x") == link


@given(
    user=st.from_regex(r"[A-Za-z0-9_.%-]{1,20}", fullmatch=True),
    password=st.from_regex(r"q[A-Za-z0-9_.%-]{10,30}q", fullmatch=True),
)
def test_credentials_in_the_address_are_never_in_the_link(user: str, password: str) -> None:
    link = pull_request(
        f"https://{user}:{password}@github.com/acme/grants.git", "reconciler/request-x"
    )
    assert link == GITHUB


def test_a_branch_cannot_change_the_page_it_leads_to() -> None:
    assert pull_request("https://github.com/a/b", "x?y#z").endswith("/pull/new/x%3Fy%23z")
