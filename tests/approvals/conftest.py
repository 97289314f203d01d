"""A repository with a protected branch, and a forge that serves it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pygit2
import pytest

from tests.approvals.forge import Forge

PEOPLE = {f"{name}@example.org": f"{name}-gh" for name in ("alice", "bob", "carol", "mallory")}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """One commit on `main` with a request, a policy and a note."""
    path = tmp_path / "grants-repository"
    made = pygit2.init_repository(str(path), initial_head="main")
    index = pygit2.Index()
    for name in ("grants/requests/old.yaml", "grants/policies/cap.yaml", "README"):
        blob = made.create_blob(f"{name}, as it was\n".encode())
        index.add(pygit2.IndexEntry(name, blob, pygit2.enums.FileMode.BLOB))
    tree = index.write_tree(made)
    signature = pygit2.Signature("Start", "start@example.org", 1_795_000_000, 0)
    made.create_commit("refs/heads/main", signature, signature, "Start", tree, [])
    made.reset(made.head.target, pygit2.enums.ResetMode.HARD)
    return path


@pytest.fixture
def forge(repository: Path) -> Iterator[Forge]:
    with Forge(repository, logins=PEOPLE) as found:
        yield found
