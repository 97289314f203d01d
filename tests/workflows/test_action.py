"""The composite action and the pre-commit hook that other repositories use by address."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.workflows.conftest import ROOT


def action() -> dict[str, Any]:
    value: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    return value


def run_command(
    folder: Path, command: str, arguments: str = ""
) -> subprocess.CompletedProcess[str]:
    """The last step of the action in the folder, with this Python as what it installed."""
    installed = folder / "temp" / "reconciler" / "bin"
    installed.mkdir(parents=True, exist_ok=True)
    launcher = installed / "python"
    launcher.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    launcher.chmod(0o755)
    *_, step = action()["runs"]["steps"]
    environment = {
        "PATH": os.environ["PATH"],
        "RUNNER_TEMP": str(folder / "temp"),
        "ACTION_PATH": str(ROOT),
        "COMMAND": command,
        "ARGUMENTS": arguments,
        "NO_COLOR": "1",
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_arguments_reach_the_command_as_they_are(tmp_path: Path) -> None:
    ran = run_command(tmp_path, "init", "a folder; touch evil $(touch evil)\n--output\njson\n")
    assert ran.returncode == 0, ran.stderr
    assert '"created"' in ran.stdout
    assert (tmp_path / "a folder; touch evil $(touch evil)" / "grants").is_dir()
    assert not (tmp_path / "evil").exists()


def test_the_exit_code_of_the_command_is_that_of_the_step(tmp_path: Path) -> None:
    assert run_command(tmp_path, "validate", "no-such-file.yaml").returncode == 3


def test_modules_that_lie_in_the_grants_repository_are_not_imported(tmp_path: Path) -> None:
    (tmp_path / "yaml.py").write_text("raise SystemExit('hostile')\n")
    (tmp_path / "reconciler").mkdir()
    (tmp_path / "reconciler" / "__main__.py").write_text("raise SystemExit('hostile')\n")
    (tmp_path / "grants" / "teams").mkdir(parents=True)
    (tmp_path / "grants" / "teams" / "some.yaml").write_text("kind: Team\n")
    ran = run_command(tmp_path, "validate", "grants")
    assert "hostile" not in ran.stderr
    assert "schema.missing-field" in ran.stdout


def test_inputs_never_become_part_of_a_script() -> None:
    scripts = [step["run"] for step in action()["runs"]["steps"] if "run" in step]
    assert len(scripts) == 2
    assert [script for script in scripts if "${{" in script] == []


def test_everything_that_is_installed_has_a_hash() -> None:
    install = next(
        step["run"] for step in action()["runs"]["steps"] if "pip" in step.get("run", "")
    )
    assert "--require-hashes" in install
    lock = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=[a-z])", lock.strip()))


def test_the_hook_judges_the_documents_that_are_committed_all_at_once() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert (hook["id"], hook["entry"], hook["require_serial"]) == (
        "reconciler-validate",
        "reconciler validate",
        True,
    )
    matches = re.compile(hook["files"]).search
    assert matches("grants/requests/payroll/fix.yaml")
    assert matches("grants/people/alice.yml")
    assert not matches("docs/grants/x.yaml")
    assert not matches("grants/README.md")
