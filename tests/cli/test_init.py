"""`reconciler init`: what a new grants repository begins with."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from reconciler import __version__
from reconciler.cli.app import run
from reconciler.documents.schema import FILES
from reconciler.model.exit_codes import ExitCode
from tests.cli.test_output_contracts import problems

Captured = pytest.CaptureFixture[str]


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-C", str(folder), "-c", "user.name=Tester", "-c", "user.email=tester@example.org", *arguments],
        check=True, capture_output=True,
    )  # fmt: skip


def test_a_repository_begun_with_init_validates(tmp_path: Path, capsys: Captured) -> None:
    assert run(["init", str(tmp_path)]) == ExitCode.OK
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "Start")
    capsys.readouterr()
    assert run(["validate", "--repo", str(tmp_path)]) == ExitCode.OK
    assert capsys.readouterr().err == "3 documents: no findings\n"


def test_it_lists_what_it_made_and_what_comes_next(tmp_path: Path, capsys: Captured) -> None:
    assert run(["init", str(tmp_path / "new")]) == ExitCode.OK
    shown = capsys.readouterr()
    assert "created  .github/workflows/reconciler-reconcile.yml\n" in shown.out
    assert "created  grants/targets/example.yaml\n" in shown.out
    assert "1. git init" in shown.err
    assert "reconciler codeowners --write" in shown.err
    made = {str(path.relative_to(tmp_path / "new")) for path in (tmp_path / "new").rglob("*")}
    listed = {line.removeprefix("created  ") for line in shown.out.splitlines()}
    assert {path for path in made if (tmp_path / "new" / path).is_file()} == listed


def test_in_a_repository_git_init_is_no_next_step(tmp_path: Path, capsys: Captured) -> None:
    git(tmp_path, "init", "-q")
    run(["init", str(tmp_path)])
    assert "git init" not in capsys.readouterr().err


def test_without_a_folder_it_is_the_current_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["init"]) == ExitCode.OK
    assert (tmp_path / "grants" / "policies" / "baseline.yaml").is_file()
    assert "files created here" in capsys.readouterr().err


def test_what_exists_stays_whatever_it_is_and_is_told(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "grants" / "targets").mkdir(parents=True)
    (tmp_path / "grants" / "targets" / "example.yaml").write_text("mine\n")
    (tmp_path / ".pre-commit-config.yaml").symlink_to("/nowhere/at/all")
    assert run(["init", str(tmp_path)]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert "kept     grants/targets/example.yaml   (differs from what would be written)\n" in shown
    assert "kept     .pre-commit-config.yaml   (differs from what would be written)\n" in shown
    assert (tmp_path / "grants" / "targets" / "example.yaml").read_text() == "mine\n"
    assert (tmp_path / ".pre-commit-config.yaml").is_symlink()


def test_the_second_time_it_makes_nothing(tmp_path: Path, capsys: Captured) -> None:
    run(["init", str(tmp_path)])
    capsys.readouterr()
    assert run(["init", str(tmp_path), "--output", "json"]) == ExitCode.OK
    said = json.loads(capsys.readouterr().out)
    assert problems("init", said) == []
    assert (said["created"], said["yours"]) == ([], [])
    assert "grants/README.md" in said["kept"]


def test_a_file_in_the_place_of_a_folder_is_an_error_with_its_name(
    tmp_path: Path, capsys: Captured
) -> None:
    (tmp_path / "grants").write_text("no folder\n")
    assert run(["init", str(tmp_path)]) == ExitCode.INVALID
    told = capsys.readouterr().err
    assert "error init.cannot-write: cannot write " in told
    assert "grants/README.md" in told


def test_the_requirements_are_this_release_with_a_hash_to_fill_in_and_all_others_with_theirs(
    tmp_path: Path,
) -> None:
    run(["init", str(tmp_path)])
    text = (tmp_path / ".github" / "reconciler" / "requirements.txt").read_text()
    assert f"reconciler[fast,github]=={__version__} \\\n    --hash=sha256:FILL-IN\n" in text
    assert "\npygit2==" in text
    assert text.count("--hash=sha256:") > 20
    assert "://" not in text


def judge_of(folder: Path) -> Draft202012Validator:
    """The schema that editors use, with those that it names beside it."""
    schemas = folder / "schemas"
    registry: Registry[Any] = Registry().with_resources(
        (path.name, Resource.from_contents(json.loads(path.read_text())))
        for path in schemas.iterdir()
    )
    return Draft202012Validator(
        json.loads((schemas / "document.schema.json").read_text()), registry=registry
    )


def test_editors_get_one_schema_that_judges_by_kind(tmp_path: Path) -> None:
    run(["init", str(tmp_path)])
    settings = json.loads((tmp_path / ".vscode" / "settings.json").read_text())
    (mapped,) = settings["yaml.schemas"]
    assert (tmp_path / mapped).is_file()
    judge = judge_of(tmp_path)
    head = {"apiVersion": "grants/v1", "metadata": {"name": "x"}}
    assert judge.is_valid({**head, "kind": "Team", "spec": {"members": ["alice"]}})
    assert not judge.is_valid({**head, "kind": "Team", "spec": {"users": ["ALICE"]}})
    assert not judge.is_valid({**head, "kind": "Bundel", "spec": {}})
    for kind in FILES:
        assert not judge.is_valid({**head, "kind": kind, "spec": {"nonsense": 1}}), kind


def test_the_folders_are_those_that_the_readme_names(tmp_path: Path) -> None:
    run(["init", str(tmp_path)])
    grants = tmp_path / "grants"
    readme = (grants / "README.md").read_text()
    for folder in (path for path in grants.iterdir() if path.is_dir()):
        assert f"`{folder.name}/" in readme


def test_what_the_examples_hold_as_comments_is_valid_when_it_is_wanted(
    tmp_path: Path, capsys: Captured
) -> None:
    """Comments are what a newcomer copies."""
    run(["init", str(tmp_path)])
    person = tmp_path / "grants" / "people" / "alex-example.yaml"
    key = "age17jhcahe03evq3g5v7q8fw9c57g99lnunyfy4k8y7l2ke973x9vlq8exm8k"
    person.write_text(person.read_text().replace("# publicKeys: [age1...]", f"publicKeys: [{key}]"))
    policy = tmp_path / "grants" / "policies" / "baseline.yaml"
    rules, _, guard = policy.read_text().partition("# A policy with")
    rules = re.sub(r"(?m)^  # ", "  ", rules)
    for name in ("some-team", "security"):
        rules, guard = rules.replace(name, "alex-example"), guard.replace(name, "alex-example")
    policy.write_text(rules)
    spec = next(line for line in guard.splitlines() if line.startswith("#   spec: "))
    (policy.parent / "guard.yaml").write_text(
        "apiVersion: grants/v1\nkind: Policy\nmetadata: {name: guard}\n" + spec.removeprefix("#   ")
    )
    capsys.readouterr()
    assert run(["validate", str(tmp_path)]) == ExitCode.OK, capsys.readouterr().out
    assert "ticketPattern: OPS" in rules
    assert "4 documents: no findings" in capsys.readouterr().err
