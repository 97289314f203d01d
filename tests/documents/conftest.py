"""Documents in memory and repositories on disk for the tests of this room."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from reconciler.documents.build import LoadResult, load
from reconciler.documents.entries import SourceFile
from reconciler.model.diagnostics import Diagnostic

SMALL: Mapping[str, str] = {
    "targets/hr-prod.yaml": """\
        apiVersion: grants/v1
        kind: Target
        metadata: {name: hr-prod}
        spec:
          labels: {env: prod}
          connect: {dsn: "db.example.com:1521/HRPROD", user: RECONCILER, passwordEnv: HRPROD_PASSWORD}
          mode: additive
          scope:
            grantees: [ALICE, BOB, "APP_*"]
            schemas: [HR]
            roles: [HR_READER]
            system: [CREATE SESSION]
        """,
    "people/alice.yaml": """\
        apiVersion: grants/v1
        kind: Person
        metadata: {name: alice}
        spec: {name: Alice, email: alice@example.com, kind: human, users: [ALICE], logins: {github: alice-a}}
        """,
    "people/bob.yaml": """\
        apiVersion: grants/v1
        kind: Person
        metadata: {name: bob}
        spec: {name: Bob, email: bob@example.com, kind: human, users: [bob]}
        """,
    "teams/payroll.yaml": """\
        apiVersion: grants/v1
        kind: Team
        metadata: {name: payroll}
        spec: {members: [alice, bob]}
        """,
    "bundles/payroll-support.yaml": """\
        apiVersion: grants/v1
        kind: Bundle
        metadata: {name: payroll-support}
        spec:
          description: Payroll
          access:
            - {privileges: [SELECT, UPDATE], on: HR.PAYROLL}
        """,
    "policies/all.yaml": """\
        apiVersion: grants/v1
        kind: Policy
        metadata: {name: all}
        spec: {targets: [hr-prod], maxDuration: 7d}
        """,
    "requests/fix.yaml": """\
        apiVersion: grants/v1
        kind: AccessRequest
        metadata: {name: fix}
        spec:
          requester: alice
          reason: Payroll totals wrong
          targets: [hr-prod]
          identity: {user: ALICE}
          access:
            - bundle: payroll-support
          window: {start: 2026-11-20T14:00:00Z, duration: 4h}
        """,
    "standing/readers.yaml": """\
        apiVersion: grants/v1
        kind: StandingGrant
        metadata: {name: readers}
        spec:
          owner: payroll
          reason: Daily work
          targets: [hr-prod]
          grantees: [ALICE]
          access:
            - role: HR_READER
              withOption: true
          reviewBy: 2027-03-31
        """,
}
"""One valid document of each kind."""


@dataclass(frozen=True)
class MemorySource:
    """Files that exist only here."""

    contents: Mapping[str, bytes]
    commit: str = "0" * 40
    is_complete: bool = True

    def files(self) -> Iterator[SourceFile | Diagnostic]:
        for path, data in sorted(self.contents.items()):
            yield SourceFile(path, data)


def as_bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else dedent(text).encode()


Load = Callable[..., LoadResult]


@pytest.fixture
def load_small() -> Load:
    """Loads the valid set with files replaced or added; None takes one away."""

    def load_with(changes: Mapping[str, str | bytes | None] | None = None) -> LoadResult:
        files = {**SMALL, **(changes or {})}
        contents = {
            f"grants/{path}": as_bytes(text) for path, text in files.items() if text is not None
        }
        return load(MemorySource(contents))

    return load_with


@pytest.fixture
def load_edited(load_small: Load) -> Load:
    """Loads the valid set with one text replaced in one file."""

    def load_with(path: str, old: str, new: str) -> LoadResult:
        text = dedent(SMALL[path])
        assert old in text
        return load_small({path: text.replace(old, new)})

    return load_with


class Repository:
    """A git repository in a temporary folder, driven by the git command."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, date: str = "2026-11-20T12:00:00Z") -> str:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.path),
            "GIT_AUTHOR_NAME": "Alice",
            "GIT_AUTHOR_EMAIL": "alice@example.com",
            "GIT_COMMITTER_NAME": "Alice",
            "GIT_COMMITTER_EMAIL": "alice@example.com",
            "GIT_AUTHOR_DATE": date,
            "GIT_COMMITTER_DATE": date,
        }
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def write(self, files: Mapping[str, str | bytes]) -> None:
        for name, text in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(as_bytes(text))

    def commit(self, message: str = "change", date: str = "2026-11-20T12:00:00Z") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message, date=date)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


@pytest.fixture
def small_repository(repository: Repository) -> Repository:
    repository.write({f"grants/{path}": text for path, text in SMALL.items()})
    repository.commit("the valid set")
    return repository
