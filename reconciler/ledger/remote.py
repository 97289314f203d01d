"""Fetching and pushing the audit branch with the `git` command, so that the user's credentials and configuration apply. Never with force."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Collection
from pathlib import Path

import pygit2

from reconciler.ledger import layout
from reconciler.ledger.store import Entry, Ledger
from reconciler.model.errors import LedgerError

_TIMEOUT_SECONDS = 120
_ATTEMPTS = 5


class Remote:
    """The remote that holds the shared audit branch, such as `origin`. `hidden` are variables of the environment that git, its hooks and helpers must not
    see: the passwords of the targets."""

    def __init__(
        self,
        repository: Path,
        name: str = "origin",
        branch: str = layout.BRANCH,
        *,
        hidden: Collection[str] = (),
    ) -> None:
        self._repository = repository
        self._name = name
        self._branch = branch
        self._hidden = frozenset(hidden)

    def exists(self) -> bool:
        return self._git("remote", "get-url", self._name).returncode == 0

    def fetch(self) -> None:
        """Brings the local branch up to the remote's. A remote without the branch is fine: the first push makes it.

        Raises LedgerError when the remote can't be reached, or when both sides have commits the other lacks.
        """
        listed = self._git("ls-remote", "--exit-code", "--heads", self._name, self._branch)
        if listed.returncode == 2:
            return
        self._require(listed, "reach")
        self._require(
            self._git(
                "fetch", "--no-tags", self._name, f"+refs/heads/{self._branch}:{self._tracking}"
            ),
            "fetch",
        )
        self.follow()

    def follow(self) -> None:
        """Brings the local branch up to what was last fetched, without the network: a fresh clone has the ledger under the remote's name only.

        Raises LedgerError when both have commits the other lacks.
        """
        if not self._has(self._tracking):
            return
        if self._is_ancestor(f"refs/heads/{self._branch}", self._tracking):
            self._require(
                self._git("update-ref", f"refs/heads/{self._branch}", self._tracking), "update"
            )
        elif not self._is_ancestor(self._tracking, f"refs/heads/{self._branch}"):
            raise self._diverged()

    def push(self, ledger: Ledger) -> None:
        """Pushes the branch; when somebody else pushed first, this run's commits are built again on the new tip.

        Raises LedgerError when the remote refuses for another reason or keeps moving.
        """
        message = ""
        for _ in range(_ATTEMPTS):
            pushed = self._git(
                "push", self._name, f"refs/heads/{self._branch}:refs/heads/{self._branch}"
            )
            if pushed.returncode == 0:
                ledger.appended.clear()
                return
            message = _last_line(pushed.stderr)
            if not ("non-fast-forward" in pushed.stderr or "fetch first" in pushed.stderr):
                break
            self._rebuild(ledger)
        raise LedgerError(
            "ledger.push",
            f"cannot push {self._branch} to {self._name}: {message}",
            hint="the commits are kept locally; push the branch before the next run elsewhere",
        )

    def publish_left(self) -> None:
        """Pushes commits that an earlier run could not; nothing when there are none. Raises LedgerError."""
        local = f"refs/heads/{self._branch}"
        if not self._has(local) or self._is_ancestor(local, self._tracking):
            return
        self._require(self._git("push", self._name, f"{local}:{local}"), "push to")

    def _rebuild(self, ledger: Ledger) -> None:
        """Puts this run's commits on top of the remote's. Raises LedgerError when those are about the same targets, or break a seal that this run
        breaks too: then each was made without knowing of the other, and one would undo what the other recorded."""
        self._require(
            self._git(
                "fetch", "--no-tags", self._name, f"+refs/heads/{self._branch}:{self._tracking}"
            ),
            "fetch",
        )
        entries = list(ledger.appended)
        fork = self._git("merge-base", f"refs/heads/{self._branch}", self._tracking).stdout.strip()
        ahead = self._git("rev-list", "--count", f"{self._tracking}..refs/heads/{self._branch}")
        if ahead.stdout.strip() != str(len(entries)):
            raise self._diverged()  # commits of an earlier run would be lost
        entries = self._without_judged_twice(ledger, fork, entries)
        for target in sorted({entry.target for entry in entries}):
            if ledger.state_at(fork, target) != ledger.state_at(self._tracking, target):
                raise self._diverged()
        theirs = ledger.repository.revparse_single(self._tracking).peel(pygit2.Commit)
        for entry in entries:
            ledger.refuse_used_seals(theirs, entry)
        self._require(
            self._git("update-ref", f"refs/heads/{self._branch}", self._tracking), "update"
        )
        ledger.appended.clear()
        ledger.append_again(entries)

    def _without_judged_twice(self, ledger: Ledger, fork: str, entries: list[Entry]) -> list[Entry]:
        """Two runs that judge the same merges record the same: the first record stands. What this run judged beyond it, the next one judges again."""
        theirs = ledger.state_at(self._tracking, layout.APPROVALS)
        if ledger.state_at(fork, layout.APPROVALS) == theirs:
            return entries
        return [entry for entry in entries if entry.target != layout.APPROVALS]

    def _diverged(self) -> LedgerError:
        return LedgerError(
            "ledger.diverged",
            f"the local branch {self._branch} and {self._name}/{self._branch} each have commits the other lacks",
            hint=f"look at both (git log {self._branch}...{self._name}/{self._branch}); the ledger is never forced",
        )

    @property
    def _tracking(self) -> str:
        return f"refs/remotes/{self._name}/{self._branch}"

    def _has(self, reference: str) -> bool:
        return self._git("rev-parse", "--verify", "--quiet", reference).returncode == 0

    def _is_ancestor(self, older: str, newer: str) -> bool:
        if not self._has(older):
            return True
        return self._git("merge-base", "--is-ancestor", older, newer).returncode == 0

    def _require(self, result: subprocess.CompletedProcess[str], what: str) -> None:
        if result.returncode != 0:
            raise LedgerError(
                "ledger.remote",
                f"cannot {what} {self._name}/{self._branch}: {_last_line(result.stderr)}",
                hint="check network and credentials, or work without the remote: --no-push, and --no-fetch where nothing is written",
            )

    def _git(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {
            key: value
            for key, value in os.environ.items()
            if key not in self._hidden and (not key.startswith("GIT_") or key in _KEPT)
        }
        environment |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
        try:
            return subprocess.run(
                ["git", "-C", str(self._repository), *arguments],
                capture_output=True,
                text=True,
                errors="replace",
                env=environment,
                timeout=_TIMEOUT_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise LedgerError(
                "ledger.git",
                f"git {arguments[0]}: {error}",
                hint="is git installed and the remote up?",
            ) from None


_KEPT = frozenset(
    {"GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"}
)
"""Hooks export GIT_DIR and GIT_INDEX_FILE, which would point git at another repository; these ones are about credentials."""


def _last_line(text: str) -> str:
    """The last line of what git says, without the credentials that the remote's address may hold."""
    lines = [found.strip() for found in text.splitlines() if found.strip()]
    return re.sub(r"://[^/@\s]+@", "://***@", lines[-1]) if lines else "no message"
