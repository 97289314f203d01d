"""What the written workflows promise: no power without need, no code of strangers near it, no run lost."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.cli.app import run
from reconciler.model.exit_codes import ExitCode
from tests.workflows.conftest import ROOT

PULL_REQUEST = ".github/workflows/reconciler-pull-request.yml"
RECONCILE = ".github/workflows/reconciler-reconcile.yml"
WRITTEN = (PULL_REQUEST, RECONCILE)


def load(path: Path) -> dict[str, Any]:
    """A workflow; YAML 1.1 reads its key `on` as true."""
    value: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if key is True else key: found for key, found in value.items()}


def steps(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job["steps"]


@pytest.fixture
def pull_request(starter: Path) -> dict[str, Any]:
    return load(starter / PULL_REQUEST)


@pytest.fixture
def reconcile(starter: Path) -> dict[str, Any]:
    return load(starter / RECONCILE)


@pytest.mark.parametrize("name", WRITTEN)
def test_nothing_may_be_done_but_what_a_job_says_it_needs(starter: Path, name: str) -> None:
    workflow = load(starter / name)
    assert workflow["permissions"] == {}
    assert all(job["permissions"] for job in workflow["jobs"].values())


@pytest.mark.parametrize("name", WRITTEN)
def test_every_action_is_pinned_to_a_commit_with_its_version_beside_it(
    starter: Path, name: str
) -> None:
    lines = [
        line
        for line in (starter / name).read_text(encoding="utf-8").splitlines()
        if "uses:" in line
    ]
    assert lines
    assert [
        line
        for line in lines
        if not re.search(r"uses: [\w/-]+@[0-9a-f]{40} # v[0-9]+\.[0-9]+\.[0-9]+$", line)
    ] == []


def test_checkout_and_python_are_the_ones_this_project_uses_itself(starter: Path) -> None:
    own = {
        step["uses"]
        for file in (ROOT / ".github" / "workflows").glob("*.yml")
        for step in steps(load(file))
        if "uses" in step
    }
    written = {
        step["uses"] for name in WRITTEN for step in steps(load(starter / name)) if "uses" in step
    }
    assert own <= written
    action = load(ROOT / "action.yml")
    assert {step["uses"] for step in action["runs"]["steps"] if "uses" in step} <= own


@pytest.mark.parametrize("name", WRITTEN)
def test_no_checkout_leaves_the_token_behind_and_each_has_the_whole_history(
    starter: Path, name: str
) -> None:
    found = [
        step["with"]
        for step in steps(load(starter / name))
        if step.get("uses", "").startswith("actions/checkout@")
    ]
    assert found
    assert all(row["persist-credentials"] is False and row["fetch-depth"] == 0 for row in found)


@pytest.mark.parametrize("name", WRITTEN)
def test_no_script_holds_an_expression(starter: Path, name: str) -> None:
    scripts = [step["run"] for step in steps(load(starter / name)) if "run" in step]
    assert scripts
    assert [script for script in scripts if "${{" in script] == []


@pytest.mark.parametrize("name", WRITTEN)
def test_every_script_is_well_formed_bash(starter: Path, name: str) -> None:
    for step in steps(load(starter / name)):
        if "run" in step:
            done = subprocess.run(
                ["bash", "-n"], input=step["run"], text=True, capture_output=True, check=False
            )
            assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", WRITTEN)
def test_every_command_in_a_script_is_one_that_there_is(
    starter: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    scripts = "\n".join(step["run"] for step in steps(load(starter / name)) if "run" in step)
    lines = re.findall(r"^ *reconciler ([^>|\n]+)", scripts, re.MULTILINE)
    assert lines
    for line in lines:
        words = line.split()
        command = [word for word in words[:2] if re.fullmatch(r"[a-z-]+", word) and word[0] != "-"]
        assert run([*command, "--help"]) == ExitCode.OK, line
        shown = capsys.readouterr().out
        for option in (word for word in words if word.startswith("--")):
            assert re.search(rf"{option}\b", shown), f"{option} of {line}"


def test_p12_the_review_is_in_the_summary_of_every_pull_request_and_in_one_comment(
    pull_request: dict[str, Any],
) -> None:
    """Without a database: what a reviewer needs must not wait for a credential."""
    scripts = {
        name: [step["run"] for step in job["steps"] if "run" in step]
        for name, job in pull_request["jobs"].items()
    }
    assert any("review" in line and "--output github" in line for line in scripts["judge"])
    assert any(line.endswith("--post") for line in scripts["comment"])
    assert "PASSWORD" not in str(pull_request)


def test_p30_a_pull_request_from_a_fork_meets_no_secret_and_no_token_that_writes(
    starter: Path, pull_request: dict[str, Any]
) -> None:
    assert set(pull_request["on"]) == {"pull_request"}
    text = (starter / PULL_REQUEST).read_text(encoding="utf-8")
    assert "secrets." not in text
    own_only = "github.event.pull_request.head.repo.full_name == github.repository"
    for job in pull_request["jobs"].values():
        writes = [right for right, level in job["permissions"].items() if level == "write"]
        assert not writes or own_only in job["if"]
        assert "environment" not in job
    assert pull_request["jobs"]["judge"]["permissions"] == {"contents": "read"}


def test_code_scanning_is_fed_by_a_job_of_its_own_that_runs_nothing_of_the_repository(
    pull_request: dict[str, Any],
) -> None:
    able = {
        name
        for name, job in pull_request["jobs"].items()
        if "security-events" in job["permissions"]
    }
    assert able == {"code-scanning"}
    job = pull_request["jobs"]["code-scanning"]
    assert [step["uses"].split("@")[0] for step in job["steps"]] == [
        "actions/download-artifact",
        "github/codeql-action/upload-sarif",
    ]


def test_reconciling_waits_for_its_turn_and_no_run_is_dropped(reconcile: dict[str, Any]) -> None:
    assert reconcile["concurrency"] == {
        "group": "reconciler-reconcile",
        "cancel-in-progress": False,
        "queue": "max",
    }
    assert set(reconcile["on"]) == {"push", "schedule", "workflow_dispatch"}


def test_reconciling_is_behind_an_environment_with_a_token_for_the_vault(
    starter: Path, reconcile: dict[str, Any]
) -> None:
    (job,) = reconcile["jobs"].values()
    assert job["environment"] == "reconciler"
    assert job["permissions"]["id-token"] == "write"
    text = (starter / RECONCILE).read_text(encoding="utf-8")
    assert "secrets." not in text
    assert text.count("# FILL IN") >= 2


def test_the_token_that_writes_the_ledger_is_with_the_steps_that_need_it(
    reconcile: dict[str, Any],
) -> None:
    having = [step["name"] for step in steps(reconcile) if "LEDGER_TOKEN" in step.get("env", {})]
    assert having == ["Reconcile", "Push what is left of the branch audit"]


def test_git_is_answered_with_the_token_only_when_it_asks_for_the_password(
    tmp_path: Path, reconcile: dict[str, Any]
) -> None:
    (script,) = (step["run"] for step in steps(reconcile) if "askpass" in step.get("run", ""))
    environment = {
        "PATH": os.environ["PATH"],
        "RUNNER_TEMP": str(tmp_path),
        "LEDGER_TOKEN": "gh$s_' secret",
    }
    subprocess.run(["bash", "-e", "-c", script], env=environment, check=True)
    askpass = tmp_path / "askpass"
    assert askpass.stat().st_mode & 0o777 == 0o700
    assert "secret" not in askpass.read_text(encoding="utf-8")

    def answer(prompt: str) -> str:
        return subprocess.run(
            [askpass, prompt], env=environment, capture_output=True, text=True, check=True
        ).stdout

    assert answer("Username for 'https://github.com': ") == "x-access-token\n"
    assert answer("Password for 'https://x-access-token@github.com': ") == "gh$s_' secret\n"
