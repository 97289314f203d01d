"""Reading files for editors and hooks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from reconciler.documents.build import load
from reconciler.documents.entries import SourceFile
from reconciler.documents.files import FileSource
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.errors import InvalidInputError


@pytest.fixture
def grants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "grants"
    for name in ("people/alice.yaml", "requests/payroll/fix.yaml", "requests/b.yml", "notes.txt"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n")
    return folder


def read(source: FileSource) -> list[str]:
    return [entry.path for entry in source.files() if isinstance(entry, SourceFile)]


def refusals(source: FileSource) -> list[tuple[str, str]]:
    return [
        (entry.rule, entry.origin.path if entry.origin else "")
        for entry in source.files()
        if isinstance(entry, Diagnostic)
    ]


def test_a_file_is_read_with_everything_it_may_refer_to(grants: Path) -> None:
    source = FileSource([Path("grants/requests/payroll/fix.yaml")])
    assert source.is_complete
    assert set(source.asked) == {"grants/requests/payroll/fix.yaml"}
    assert read(source) == [
        "grants/people/alice.yaml",
        "grants/requests/b.yml",
        "grants/requests/payroll/fix.yaml",
    ]


def test_a_folder_stands_for_its_documents(grants: Path) -> None:
    source = FileSource([grants / "requests"])
    assert set(source.asked) == {"grants/requests/b.yml", "grants/requests/payroll/fix.yaml"}


def test_a_repository_stands_for_its_grants_folder(grants: Path) -> None:
    (grants.parent / "workflow.yaml").write_text("x")
    source = FileSource([Path()])
    assert source.is_complete
    assert "workflow.yaml" not in source.asked
    assert len(source.asked) == 3


def test_a_file_named_twice_is_read_once(grants: Path) -> None:
    source = FileSource([Path("grants/people/alice.yaml"), grants / "people" / "alice.yaml"])
    assert read(source).count("grants/people/alice.yaml") == 1


def test_files_outside_a_grants_folder_stand_alone(
    tmp_path: Path, small_repository: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    alone = tmp_path / "fix.yaml"
    alone.write_bytes((tmp_path / "grants/requests/fix.yaml").read_bytes())
    source = FileSource([Path("fix.yaml")])
    assert not source.is_complete
    assert read(source) == ["fix.yaml"]
    result = load(source)
    assert result.findings == ()
    assert list(result.documents.requests) == ["fix"]


def test_files_of_two_grants_folders_stand_alone(grants: Path, tmp_path: Path) -> None:
    other = tmp_path / "other/grants/a.yaml"
    other.parent.mkdir(parents=True)
    other.write_text("x")
    assert not FileSource([grants / "requests/b.yml", other]).is_complete


def test_the_grants_folder_is_the_one_of_the_repository(tmp_path: Path) -> None:
    repository = tmp_path / "grants"
    file = repository / "grants/requests/grants/a.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("x")
    (repository / "grants/b.yaml").write_text("x")
    (repository / "elsewhere.yaml").write_text("x")
    (tmp_path / "grants/.git").mkdir()
    assert [Path(path).name for path in read(FileSource([file]))] == ["b.yaml", "a.yaml"]


def test_without_a_repository_it_is_the_innermost(tmp_path: Path) -> None:
    file = tmp_path / "grants/repository/grants/a.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("x")
    (tmp_path / "grants/elsewhere.yaml").write_text("x")
    assert [Path(path).name for path in read(FileSource([file]))] == ["a.yaml"]


def test_a_path_that_does_not_exist(grants: Path) -> None:
    with pytest.raises(InvalidInputError) as caught:
        FileSource([grants / "nothing.yaml"])
    assert caught.value.rule == "source.no-such-file"


def test_only_regular_files_within_the_limit_are_read(grants: Path) -> None:
    (grants / "link.yaml").symlink_to("people/alice.yaml")
    (grants / "big.yaml").write_bytes(b"x" * 65_537)
    (grants / "Loud.YML").write_text("x")
    os.mkfifo(grants / "pipe.yaml")
    source = FileSource([grants])
    assert refusals(source) == [
        ("source.suffix", "grants/Loud.YML"),
        ("yaml.too-large", "grants/big.yaml"),
        ("source.not-a-file", "grants/link.yaml"),
        ("source.not-a-file", "grants/pipe.yaml"),
    ]


def test_a_file_that_vanishes_is_a_finding(grants: Path) -> None:
    source = FileSource([grants / "requests/b.yml"])
    (grants / "requests/b.yml").unlink()
    assert refusals(source) == [("source.unreadable", "grants/requests/b.yml")]


def test_paths_outside_the_current_folder_are_absolute(
    grants: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(grants / "people")
    source = FileSource([Path("alice.yaml")])
    assert set(source.asked) == {"alice.yaml"}
    assert str(grants / "requests/b.yml") in read(source)
