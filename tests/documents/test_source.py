"""Reading from git: a named commit decides, never the work tree."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reconciler.documents.entries import SourceFile
from reconciler.documents.source import GitSource, changed_files
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.errors import GitError


def opened(repository: Any, ref: str | None = None) -> GitSource:
    return GitSource.open(repository.path, ref)


def paths(source: GitSource) -> list[str]:
    return [entry.path for entry in source.files() if isinstance(entry, SourceFile)]


def refusals(source: GitSource) -> list[tuple[str, str]]:
    return [
        (entry.rule, entry.origin.path if entry.origin else "")
        for entry in source.files()
        if isinstance(entry, Diagnostic)
    ]


def rule_of(repository: Any, ref: str | None = None) -> str:
    with pytest.raises(GitError) as caught:
        opened(repository, ref)
    assert caught.value.hint
    return caught.value.rule


def test_documents_of_all_folders_in_the_order_of_git(repository: Any) -> None:
    repository.write(
        {f"grants/{name}": "x" for name in ("b.yml", "a/z.yaml", "a.yaml", "a/b/c.yaml")}
    )
    repository.write({"grants/README.md": "x", "other/d.yaml": "x", "e.yaml": "x"})
    commit = repository.commit()
    source = opened(repository)
    assert paths(source) == [
        "grants/a.yaml",
        "grants/a/b/c.yaml",
        "grants/a/z.yaml",
        "grants/b.yml",
    ]
    assert refusals(source) == []
    assert source.commit == commit
    assert source.committed_at == datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_the_work_tree_is_not_read_but_differences_are_known(repository: Any) -> None:
    repository.write({"grants/a.yaml": "committed", "grants/b.yaml": "b", "README.md": "x"})
    repository.commit()
    repository.write({"grants/a.yaml": "edited", "grants/new.yaml": "x", "README.md": "y"})
    (repository.path / "grants/b.yaml").unlink()
    source = opened(repository)
    assert [entry.data for entry in source.files()] == [b"committed", b"b"]
    assert source.uncommitted() == ("grants/a.yaml", "grants/b.yaml", "grants/new.yaml")


def test_a_clean_work_tree_or_another_commit_has_no_differences(repository: Any) -> None:
    repository.write({"grants/a.yaml": "1"})
    repository.commit()
    assert opened(repository).uncommitted() == ()
    repository.write({"grants/a.yaml": "2"})
    repository.commit()
    repository.write({"grants/a.yaml": "3"})
    assert opened(repository, "HEAD~1").uncommitted() == ()


def test_a_named_ref_is_read_whatever_is_checked_out(repository: Any) -> None:
    repository.write({"grants/a.yaml": "1"})
    first = repository.commit()
    repository.git("tag", "-a", "v1", "-m", "x")
    repository.write({"grants/b.yaml": "2"})
    repository.commit()
    for ref in (first, first[:10], "v1", "HEAD~1", "main~1"):
        assert opened(repository, ref).commit == first
        assert paths(opened(repository, ref)) == ["grants/a.yaml"]


def test_a_subfolder_of_the_repository_will_do(repository: Any) -> None:
    repository.write({"grants/a/b.yaml": "1"})
    repository.commit()
    assert paths(GitSource.open(repository.path / "grants/a", None)) == ["grants/a/b.yaml"]


def test_a_bare_repository_will_do(repository: Any, tmp_path: Path) -> None:
    repository.write({"grants/a.yaml": "1"})
    repository.commit()
    repository.git("clone", "-q", "--bare", ".", "bare.git")
    source = GitSource.open(tmp_path / "bare.git", None)
    assert paths(source) == ["grants/a.yaml"]
    assert source.uncommitted() == ()


def test_a_folder_that_is_no_repository(tmp_path: Path) -> None:
    with pytest.raises(GitError) as caught:
        GitSource.open(tmp_path, None)
    assert caught.value.rule == "git.not-a-repository"


def test_a_repository_without_commits(repository: Any) -> None:
    assert rule_of(repository) == "git.empty"


def test_a_detached_head_needs_a_named_ref(repository: Any) -> None:
    repository.write({"grants/a.yaml": "1"})
    commit = repository.commit()
    repository.git("checkout", "-q", "--detach")
    assert rule_of(repository) == "git.detached-head"
    assert opened(repository, "HEAD").commit == commit


@pytest.mark.parametrize("ref", ["nope", "", "main:grants", "--all", "HEAD~99", "\x1b[31m", "\0"])
def test_a_ref_that_is_no_commit(repository: Any, ref: str) -> None:
    repository.write({"grants/a.yaml": "1"})
    repository.commit()
    assert rule_of(repository, ref) == "git.unknown-ref"


def test_a_commit_without_the_folder(repository: Any) -> None:
    repository.write({"a.yaml": "1"})
    repository.commit()
    assert rule_of(repository) == "git.no-grants-folder"
    repository.write({"grants": "a file"})
    repository.commit()
    assert rule_of(repository) == "git.no-grants-folder"


def test_what_is_no_plain_file_is_refused_and_not_read(repository: Any) -> None:
    repository.write(
        {
            "grants/big.yaml": b"x" * 65_537,
            "grants/fits.yaml": b"x" * 65_536,
            "grants/run.yaml": "x",
            "grants/Upper.YAML": "x",
            "grants/line\nbreak.yaml": "x",
            "grants/bidi\u202e.yaml": "x",
            "other/a.yaml": "x",
        }
    )
    (repository.path / os.fsdecode(b"grants/\xff.yaml")).write_text("x")
    (repository.path / "grants/run.yaml").chmod(0o755)
    (repository.path / "grants/link.yaml").symlink_to("fits.yaml")
    (repository.path / "grants/folder").symlink_to("../other")
    repository.commit()
    blob = repository.git("rev-parse", "HEAD")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{blob},grants/module")
    repository.git("commit", "-q", "-m", "submodule")
    source = opened(repository)
    assert paths(source) == ["grants/fits.yaml"]
    assert sorted(refusals(source)) == [
        ("source.executable", "grants/run.yaml"),
        ("source.name", "grants/bidi\u202e.yaml"),
        ("source.name", "grants/line\nbreak.yaml"),
        ("source.name", "grants/\udcff.yaml"),
        ("source.not-a-file", "grants/folder"),
        ("source.not-a-file", "grants/link.yaml"),
        ("source.not-a-file", "grants/module"),
        ("source.suffix", "grants/Upper.YAML"),
        ("yaml.too-large", "grants/big.yaml"),
    ]


def test_a_shallow_clone_is_known_as_one(repository: Any, tmp_path: Path) -> None:
    repository.write({"grants/a.yaml": "1"})
    repository.commit()
    repository.write({"grants/a.yaml": "2"})
    repository.commit()
    repository.git("clone", "-q", "--depth", "1", f"file://{repository.path}", "clone")
    source = GitSource.open(tmp_path / "clone", None)
    assert source.is_shallow
    assert not opened(repository).is_shallow
    with pytest.raises(GitError) as caught:
        source.changed_since("HEAD~1")
    assert "shallow" in caught.value.hint


def test_changes_count_from_where_the_branch_left_the_base(repository: Any) -> None:
    repository.write({"grants/old.yaml": "1", "grants/edited.yaml": "1", "grants/gone.yaml": "1"})
    repository.commit()
    repository.git("checkout", "-q", "-b", "topic")
    repository.write({"grants/new/a.yaml": "1", "grants/edited.yaml": "2", "README.md": "x"})
    (repository.path / "grants/gone.yaml").unlink()
    repository.commit()
    repository.git("checkout", "-q", "main")
    repository.write({"grants/old.yaml": "changed on main"})
    repository.commit()
    assert opened(repository, "topic").changed_since("main") == {
        "grants/new/a.yaml",
        "grants/edited.yaml",
    }
    assert opened(repository, "topic").changed_since("topic") == frozenset()


def test_everything_is_new_when_the_base_had_no_documents(repository: Any) -> None:
    repository.write({"README.md": "x"})
    repository.commit()
    repository.write({"grants/a.yaml": "1", "grants/b.YAML": "1"})
    repository.commit()
    assert opened(repository).changed_since("HEAD~1") == {"grants/a.yaml", "grants/b.YAML"}


def test_changes_between_unrelated_histories(repository: Any) -> None:
    repository.write({"grants/a.yaml": "1", "grants/b.yaml": "1"})
    repository.commit()
    repository.git("checkout", "-q", "--orphan", "other")
    repository.write({"grants/a.yaml": "2"})
    repository.commit()
    assert opened(repository, "other").changed_since("main") == {"grants/a.yaml"}


def test_files_that_differ_from_a_commit(repository: Any) -> None:
    repository.write({"grants/a.yaml": "1", "grants/b.yaml": "1"})
    repository.commit()
    repository.write({"grants/b.yaml": "2", "grants/c.yaml": "1"})
    found = changed_files([repository.path / f"grants/{name}.yaml" for name in "abc"], "HEAD")
    assert sorted(path.name for path in found) == ["b.yaml", "c.yaml"]


def test_variables_of_git_hooks_do_not_lead_elsewhere(
    repository: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write({"grants/a.yaml": "1"})
    repository.commit()
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    assert paths(opened(repository)) == ["grants/a.yaml"]


def test_a_repository_that_git_cannot_read(repository: Any) -> None:
    (repository.path / ".git/config").write_text("[core\n", encoding="utf-8")
    assert rule_of(repository) == "git.not-readable"
