"""The connection to GitHub: its settings from the environment of a workflow, and what goes wrong with it in our words. Never prints the token."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reconciler.model.errors import ApprovalError

if TYPE_CHECKING:
    from github import Github
    from github.GithubException import GithubException
    from github.NamedUser import NamedUser
    from github.Organization import Organization
    from github.Repository import Repository

_PART = r"(?!\.{1,2}(?:/|\Z))[A-Za-z0-9_.-]{1,100}"
_NAME = re.compile(f"{_PART}/{_PART}", re.ASCII)
_API = "https://api.github.com"
_OF_ANOTHER_FORM = (AttributeError, KeyError, TypeError, ValueError, AssertionError)
"""What the library raises for JSON that is none, or has a list where an object belongs. It must not look like a defect of ours, nor like an empty answer."""
_TIMEOUT_SECONDS = 15
_RETRIES = 3
_MOST_OF_A_MESSAGE = 200


@dataclass(frozen=True, slots=True)
class Settings:
    """`repository` is `owner/name`, `branch` the protected branch. The token is left out of `repr`."""

    repository: str
    branch: str
    token: str = field(repr=False)
    base_url: str = _API


def from_environment(environment: Mapping[str, str], branch: str = "") -> Settings:
    """What a workflow's environment says: GITHUB_REPOSITORY, RECONCILER_GITHUB_TOKEN or GITHUB_TOKEN, GITHUB_API_URL; the branch, unless it is given, from
    GITHUB_BASE_REF (of a pull request) or GITHUB_REF_NAME.

    Name the branch wherever something is executed: who starts a workflow chooses the branch it runs for. Raises ApprovalError when something is missing.
    """
    token = environment.get("RECONCILER_GITHUB_TOKEN") or environment.get("GITHUB_TOKEN") or ""
    branch = (
        branch or environment.get("GITHUB_BASE_REF") or environment.get("GITHUB_REF_NAME") or ""
    )
    repository = environment.get("GITHUB_REPOSITORY", "")
    needed = {
        "GITHUB_REPOSITORY": repository,
        "GITHUB_TOKEN or RECONCILER_GITHUB_TOKEN": token,
        "GITHUB_REF_NAME": branch,
    }
    missing = [name for name, value in needed.items() if not value.strip()]
    if missing:
        raise ApprovalError(
            "github.settings",
            f"to ask GitHub who approved, {', '.join(missing)} must be in the environment",
            hint="In a workflow: `env: {GITHUB_TOKEN: ${{ github.token }}}` and `permissions: {contents: read, pull-requests: read}`.",
        )
    settings = Settings(
        repository, branch, token.strip(), environment.get("GITHUB_API_URL") or _API
    )
    _check(settings)
    return settings


def _check(settings: Settings) -> None:
    if not _NAME.fullmatch(settings.repository):
        raise ApprovalError(
            "github.settings",
            f"{settings.repository[:200]!r} is no repository",
            hint="GITHUB_REPOSITORY is owner/name.",
        )
    parts = urlsplit(settings.base_url)
    safe = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))
    if not safe or parts.username is not None or not parts.hostname:
        raise ApprovalError(
            "github.settings",
            f"GITHUB_API_URL must be an https address without user and password, not {parts.scheme[:20]!r}",
            hint=f"For github.com it is {_API}, for GitHub Enterprise Server https://HOST/api/v3.",
        )


def _is_loopback(host: str | None) -> bool:
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


class GitHub:
    """One connection, made when it is first used. Close it."""

    def __init__(self, settings: Settings) -> None:
        _check(settings)
        self.settings = settings
        self._opened: Github | None = None

    @property
    def api(self) -> Github:
        """Raises ApprovalError github.not-installed."""
        if self._opened is None:
            self._opened = _open(self.settings)
        return self._opened

    @property
    def repository(self) -> Repository:
        """The repository, without asking for it."""
        from github.Repository import Repository

        name = self.settings.repository
        address = f"{self.settings.base_url.rstrip('/')}/repos/{name}"
        return Repository(self.api.requester, {}, {"url": address, "full_name": name})

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    @contextmanager
    def asking(self, what: str) -> Iterator[None]:
        """Says in our words what goes wrong while GitHub is asked for `what`. Raises ApprovalError."""
        self.api  # noqa: B018 - a library that is missing has its own message
        from github import BadAttributeException, GithubException
        from github.GithubException import IncompletableObject

        try:
            yield
        except (BadAttributeException, IncompletableObject, *_OF_ANOTHER_FORM):
            raise ApprovalError(
                "github.answer",
                f"GitHub's answer about {what} is not of the form that it should have",
                hint="Is GITHUB_API_URL the address of the API? A proxy may have answered.",
            ) from None
        except GithubException as error:
            raise _refused(what, self.settings, error) from None
        except OSError as error:  # requests derives its own from it
            raise ApprovalError(
                "github.unreachable",
                f"GitHub cannot be asked for {what}: {type(error).__name__}",
                hint=f"Is {urlsplit(self.settings.base_url).hostname} reachable from here? Run again later; nothing counts as approved until then.",
            ) from None


def login_of(user: NamedUser | Organization | None) -> str:
    """The login; empty for an account that is gone, and where GitHub knows none for an address."""
    if user is None:
        return ""
    from github.GithubException import IncompletableObject

    try:
        return user.login or ""
    except IncompletableObject:
        return ""


def _open(settings: Settings) -> Github:
    try:
        from github import Auth, Github
        from urllib3.util.retry import Retry
    except ImportError:
        raise ApprovalError(
            "github.not-installed",
            "the package that asks GitHub is not installed",
            hint="pip install 'reconciler[github]'",
        ) from None
    retry = Retry(
        total=_RETRIES,
        backoff_factor=0.2,
        status_forcelist=(500, 502, 503, 504),
        allowed_methods=("GET",),  # a comment must not be written twice
        raise_on_status=False,
        respect_retry_after_header=False,
    )
    return Github(
        auth=Auth.Token(settings.token),
        base_url=settings.base_url.rstrip("/"),
        timeout=_TIMEOUT_SECONDS,
        per_page=100,
        user_agent="reconciler",
        retry=retry,
        seconds_between_requests=None,
        seconds_between_writes=None,
    )


def _refused(what: str, settings: Settings, error: GithubException) -> ApprovalError:
    from github import RateLimitExceededException

    said = _said(error, settings.token)
    if isinstance(error, RateLimitExceededException) or error.status == 429:
        return ApprovalError(
            "github.rate-limit",
            f"GitHub answers no more questions for now, asked for {what}{said}",
            hint="Run again later, or use the token of a GitHub App, which has its own limit.",
        )
    rule, hint = _EXPLAINED.get(error.status, ("github.failed", _LATER))
    return ApprovalError(
        rule, f"GitHub answers {error.status} when asked for {what}{said}", hint=hint
    )


_LATER = "Run again later; nothing counts as approved until then."
_EXPLAINED = {
    401: (
        "github.credentials",
        "The token is wrong or has expired. In a workflow pass github.token.",
    ),
    403: (
        "github.forbidden",
        "The token may not do that. Reading needs `contents: read` and `pull-requests: read`, a comment `pull-requests: write`.",
    ),
    404: (
        "github.not-found",
        "Check GITHUB_REPOSITORY, and that the token may read this repository: GitHub answers the same for what it does not show.",
    ),
    422: ("github.unknown-commit", "GitHub does not know this commit. Push it first."),
}


def _said(error: GithubException, token: str) -> str:
    """GitHub's own message, short and without the token."""
    data = error.data
    text = data.get("message") if isinstance(data, dict) else None
    if not isinstance(text, str) or not text:
        return ""
    return f": {text.replace(token, '***')[:_MOST_OF_A_MESSAGE]}"


def text_of(value: object) -> str:
    """A text that must be in an answer; the library gives None for what is not there. Raises TypeError, for `asking`."""
    if not isinstance(value, str) or not value:
        raise TypeError("an answer lacks a text")
    return value
