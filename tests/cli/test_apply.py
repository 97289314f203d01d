"""`reconciler apply` takes what `plan --out` wrote, and nothing else. That it runs only what still holds is told in the scenarios."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.exit_codes import ExitCode
from tests.scenarios.world import World

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture
def saved(observed: World, tmp_path: Path) -> Path:
    """A plan without changes."""
    path = tmp_path / "plan.json"
    ran = observed.run("plan", "--out", str(path))
    assert ran.code == ExitCode.OK, ran.err
    return path


def test_a_plan_without_changes_runs_and_says_so(observed: World, saved: Path) -> None:
    ran = observed.run("apply", str(saved))
    assert ran.code == ExitCode.OK, ran.err
    assert "  no changes\n" in ran.out


def test_a_target_that_the_plan_does_not_cover_is_invalid(observed: World, saved: Path) -> None:
    ran = observed.run("apply", str(saved), "--target", "other")
    assert ran.code == ExitCode.INVALID
    assert ran.err == (
        f"error plan.no-target: {saved} holds no plan for other\n    -> it has: prod\n"
    )


def test_a_plan_for_a_target_that_its_commit_does_not_know_is_invalid(
    observed: World, saved: Path
) -> None:
    text = saved.read_text(encoding="utf-8").replace('"target": "prod"', '"target": "gone"')
    saved.write_text(text, encoding="utf-8")
    ran = observed.run("apply", str(saved))
    assert ran.code == ExitCode.INVALID
    assert "error target.unknown: 'gone' is no valid target" in ran.err
    assert "-> valid targets: prod" in ran.err


def test_a_plan_of_a_commit_that_is_not_here_cannot_run(observed: World, saved: Path) -> None:
    value = json.loads(saved.read_text(encoding="utf-8"))
    saved.write_text(json.dumps(value | {"commit": "0" * 40}), encoding="utf-8")
    ran = observed.run("apply", str(saved))
    assert (ran.code, "error git.unknown-ref" in ran.err) == (ExitCode.FAILURE, True)


@pytest.mark.parametrize(
    ("edit", "rule", "words"),
    [
        (lambda plan: plan.pop("commit"), "plan.malformed", "a field is missing"),
        (lambda plan: plan.update(targets=7), "plan.malformed", "of another type"),
        (lambda plan: plan.update(targets=[]), "plan.malformed", "it has no targets"),
        (
            lambda plan: plan["targets"].append(plan["targets"][0]),
            "plan.malformed",
            "it names a target twice",
        ),
        (lambda plan: plan.update(commit="main"), "plan.malformed", "its commit or a digest"),
        (
            lambda plan: plan["targets"][0].update(digest="sha256:"),
            "plan.malformed",
            "its commit or a digest",
        ),
        (lambda plan: plan.update(format_version=2), "plan.version", "format_version 2"),
    ],
    ids=["no commit", "no list", "no target", "one twice", "a branch", "no digest", "version"],
)
def test_what_plan_would_not_write_is_invalid(
    observed: World, saved: Path, edit: Edit, rule: str, words: str
) -> None:
    value = json.loads(saved.read_text(encoding="utf-8"))
    edit(value)
    saved.write_text(json.dumps(value), encoding="utf-8")
    ran = observed.run("apply", str(saved))
    assert ran.code == ExitCode.INVALID
    assert ran.err.startswith(f"error {rule}: {saved}")
    assert words in ran.err
    assert "\n    -> " in ran.err


def test_a_file_that_is_no_json_or_not_there_is_invalid(observed: World, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("kind: Target\n", encoding="utf-8")
    assert observed.run("apply", str(file)).err == (
        f"error plan.malformed: {file} is no saved plan: it is not JSON\n"
        "    -> make one with reconciler plan --out FILE\n"
    )
    gone = observed.run("apply", str(tmp_path / "gone"))
    assert gone.code == ExitCode.INVALID
    assert "No such file or directory" in gone.err
