"""Settings from the environment, and what goes wrong on the way to GitHub, in words that help and hold no secret."""

from __future__ import annotations

import builtins
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.approvals.github import GitHubEvidence
from reconciler.approvals.github_client import GitHub, Settings, from_environment
from reconciler.model.errors import ApprovalError
from reconciler.model.exit_codes import ExitCode
from tests.approvals.forge import TOKEN, Forge


@pytest.fixture
def evidence(forge: Forge, repository: Path) -> Iterator[GitHubEvidence]:
    forge.push("topic", {"a": "b"})
    forge.merge(forge.open_pull("alice-gh", "topic"))
    github = GitHub(from_environment(forge.environment()))
    yield GitHubEvidence(github, repository)
    github.close()


def refused(forge: Forge, evidence: GitHubEvidence) -> ApprovalError:
    tip = forge.git.tip("main")
    with pytest.raises(ApprovalError) as raised:
        evidence.changes("", (tip,))
    error = raised.value
    assert error.exit_code is ExitCode.FAILURE
    assert error.hint
    assert TOKEN not in f"{error.message}{error.hint}{error!r}{error.__cause__!r}"
    assert error.__suppress_context__, "what the library says may hold anything"
    return error


@pytest.mark.parametrize(
    ("status", "message", "rule"),
    [
        (401, "Bad credentials", "github.credentials"),
        (403, "Resource not accessible by integration", "github.forbidden"),
        (403, "API rate limit exceeded for installation ID 1.", "github.rate-limit"),
        (403, "You have exceeded a secondary rate limit.", "github.rate-limit"),
        (429, "Too many requests", "github.rate-limit"),
        (404, "Not Found", "github.not-found"),
        (500, "Server Error", "github.failed"),
        (418, "I am a teapot", "github.failed"),
    ],
)
def test_what_github_refuses_is_explained(
    forge: Forge, evidence: GitHubEvidence, status: int, message: str, rule: str
) -> None:
    forge.fail("/commits/", status, message, headers={"Retry-After": "3600"})
    began = time.monotonic()
    error = refused(forge, evidence)
    assert error.rule == rule
    assert message in error.message
    assert time.monotonic() - began < 10, (
        "nobody waits for an hour in a job that is paid by the minute"
    )


@pytest.mark.parametrize("path", [r"/pulls/1$", "/reviews", "/files", "/events", "/1/commits"])
def test_no_part_of_the_evidence_may_be_missing(
    forge: Forge, evidence: GitHubEvidence, path: str
) -> None:
    forge.fail(path, 403, "Resource not accessible by integration")
    assert refused(forge, evidence).rule == "github.forbidden"


def test_a_token_that_github_repeats_is_not_shown(forge: Forge, evidence: GitHubEvidence) -> None:
    forge.fail("/commits/", 400, f"the token {TOKEN} is odd")
    assert "the token *** is odd" in refused(forge, evidence).message


def test_a_refusal_without_words_is_explained_all_the_same(
    forge: Forge, evidence: GitHubEvidence
) -> None:
    forge.fail("/commits/", 403, body=b"[]")
    assert refused(forge, evidence).message.endswith(
        "when asked for the pull request of commit " + forge.git.tip("main")[:12]
    )


def test_a_server_that_stumbles_is_asked_again(forge: Forge, evidence: GitHubEvidence) -> None:
    forge.fail("/reviews", 502, times=2)
    (change,) = evidence.changes("", (forge.git.tip("main"),))
    assert change.number == 1


def test_a_commit_that_github_does_not_know_must_be_pushed(
    forge: Forge, evidence: GitHubEvidence
) -> None:
    forge.fail("/commits/", 422, "No commit found for SHA: 0")
    assert refused(forge, evidence).rule == "github.unknown-commit"


@pytest.mark.parametrize("body", [b"<html>log on to the proxy</html>", b"", b"[1, 2]", b'{"a": 1}'])
def test_an_answer_that_is_no_answer_of_githubs_is_an_error(
    forge: Forge, evidence: GitHubEvidence, body: bytes
) -> None:
    forge.fail(r"/pulls/1$", 200, body=body)
    assert refused(forge, evidence).rule == "github.answer"


@pytest.mark.parametrize(
    "body", [b"<html>", b'{"message": "hello"}', b'[{"merged_at": 17}]', b"[[]]"]
)
def test_a_list_that_is_none_is_an_error_and_never_an_empty_one(
    forge: Forge, evidence: GitHubEvidence, body: bytes
) -> None:
    forge.fail("/commits/", 200, body=body)
    assert refused(forge, evidence).rule == "github.answer"


@pytest.mark.parametrize("path", ["/reviews", "/files", "/events", r"pulls/1/commits"])
def test_no_list_of_a_pull_request_is_empty_because_it_could_not_be_read(
    forge: Forge, evidence: GitHubEvidence, path: str
) -> None:
    forge.fail(path, 200, body=b'{"message": "hello"}')
    assert refused(forge, evidence).rule == "github.answer"


def test_a_server_that_is_not_there_is_unreachable(
    forge: Forge, evidence: GitHubEvidence, repository: Path
) -> None:
    forge.close()
    error = refused(forge, evidence)
    assert error.rule == "github.unreachable"
    assert "127.0.0.1" in error.hint


def test_a_wrong_token_is_told(forge: Forge, repository: Path) -> None:
    github = GitHub(from_environment(forge.environment() | {"GITHUB_TOKEN": "wrong"}))
    with pytest.raises(ApprovalError) as raised:
        GitHubEvidence(github, repository).changes("", (forge.git.tip("main"),))
    assert raised.value.rule == "github.credentials"
    github.close()


ENVIRONMENT = {
    "GITHUB_REPOSITORY": "example/grants",
    "GITHUB_TOKEN": "secret-of-the-workflow",
    "GITHUB_REF_NAME": "main",
}


def test_a_workflow_needs_no_settings_of_its_own() -> None:
    found = from_environment(ENVIRONMENT)
    assert (found.repository, found.branch) == ("example/grants", "main")
    assert (found.token, found.base_url) == ("secret-of-the-workflow", "https://api.github.com")
    assert "secret" not in repr(found)


def test_our_own_token_goes_before_the_workflows() -> None:
    assert from_environment(ENVIRONMENT | {"RECONCILER_GITHUB_TOKEN": "ours\n"}).token == "ours"


def test_the_branch_is_the_given_one_then_the_base_then_the_workflows() -> None:
    pull = ENVIRONMENT | {"GITHUB_REF_NAME": "7/merge", "GITHUB_BASE_REF": "main"}
    assert from_environment(pull).branch == "main"
    assert from_environment(pull, "release").branch == "release"


@pytest.mark.parametrize("name", list(ENVIRONMENT))
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(ApprovalError) as raised:
        from_environment(ENVIRONMENT | {name: ""})
    assert raised.value.rule == "github.settings"
    assert name in raised.value.message


@pytest.mark.parametrize(
    "url",
    [
        "http://github.example.org/api/v3",
        "http://localhost.evil.example.org",
        "ftp://api.github.com",
        "https://user:password@api.github.com",
        "https://",
        "api.github.com",
    ],
)
def test_a_token_is_never_sent_in_the_clear(url: str) -> None:
    with pytest.raises(ApprovalError) as raised:
        from_environment(ENVIRONMENT | {"GITHUB_API_URL": url})
    assert raised.value.rule == "github.settings"
    assert "password" not in raised.value.message.replace("user and password", "")


@pytest.mark.parametrize("name", ["grants", "a/b/c", "a/b?x=1", "../x/y", "a/b\n", "a/..", "./b"])
def test_a_repository_is_an_owner_and_a_name(name: str) -> None:
    with pytest.raises(ApprovalError) as raised:
        GitHub(Settings(name, "main", "token"))
    assert raised.value.rule == "github.settings"


def test_a_missing_library_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, repository: Path
) -> None:
    real = builtins.__import__

    def without_github(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "github" or name.startswith("github."):
            raise ImportError(name)
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without_github)
    evidence = GitHubEvidence(GitHub(from_environment(ENVIRONMENT)), repository)
    with pytest.raises(ApprovalError) as raised:
        evidence.changes("", ("a" * 40,))
    assert raised.value.rule == "github.not-installed"
    assert raised.value.hint == "pip install 'reconciler[github]'"


def test_the_room_is_imported_without_the_library() -> None:
    import subprocess
    import sys

    code = "import sys; import reconciler.approvals.github, reconciler.approvals.comments; sys.exit('github' in sys.modules or 'cryptography' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
