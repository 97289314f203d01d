"""Branches that commands leave: new files, names that are proposed already, the address to push to."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.documents import branch

AT = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "Start")
    return tmp_path


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), "-c", "user.name=T", "-c", "user.email=t@example.org", *arguments],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_a_file_that_the_commit_has_not_is_added_and_the_work_tree_stays(repository: Path) -> None:
    head = git(repository, "rev-parse", "HEAD")
    proposal = branch.Proposal(head, {"grants/a/b.yaml": b"x\n"}, "Add", ("T", "t@example.org"), AT)
    assert branch.propose(repository, "reconciler/request-b", proposal) == "reconciler/request-b"
    assert git(repository, "ls-tree", "-r", "reconciler/request-b").startswith("100644 blob ")
    assert git(repository, "show", "reconciler/request-b:grants/a/b.yaml") == "x"
    assert git(repository, "status", "--porcelain") == ""
    assert not (repository / "grants").exists()


def test_names_are_those_of_local_and_of_fetched_branches(repository: Path) -> None:
    git(repository, "branch", "reconciler/request-one")
    git(repository, "branch", "other/reconciler/request-three")
    git(repository, "update-ref", "refs/remotes/origin/reconciler/request-two", "HEAD")
    assert branch.names(repository, "reconciler/request-") == ("one", "three", "two")
    assert branch.names(repository, "reconciler/extend-") == ()


def test_the_address_of_origin_is_as_it_is_configured(repository: Path) -> None:
    assert branch.origin_address(repository) == ""
    git(repository, "remote", "add", "origin", "git@github.com:acme/grants.git")
    assert branch.origin_address(repository) == "git@github.com:acme/grants.git"
