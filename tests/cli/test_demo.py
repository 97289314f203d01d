"""`reconciler demo`: the story comes to its end, and what it keeps can be worked in."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli.app import run
from reconciler.model.exit_codes import ExitCode
from reconciler.sandbox import process

Captured = pytest.CaptureFixture[str]
_AS_OPERATOR = "reconciler plan --target hr-prod"
_AS_DBA = "reconciler sandbox sql -u SYS 'select user from dual'"


def demo(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "reconciler", "demo", "--keep", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_the_story_ends_well_and_what_it_keeps_can_be_worked_in(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    told = demo(folder)
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stdout.endswith("demo: ok\n")
    assert told.stderr == ""
    script = folder / "environment.sh"
    assert f". {script}" in told.stdout
    assert stat.S_IMODE(script.stat().st_mode) == 0o600, "it holds a password"
    try:
        going_on = subprocess.run(
            [
                "sh",
                "-c",
                f". {script} && cd {folder}/access && {_AS_OPERATOR} && {_AS_DBA}",
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    finally:
        process.stop(folder / "sandbox")
    assert going_on.returncode == 0, going_on.stderr
    assert "no changes" in going_on.stdout
    assert "\nSYS\n" in going_on.stdout, "the DBA's part can be played, too"


@pytest.mark.slow
def test_the_story_is_the_same_on_the_older_release(tmp_path: Path) -> None:
    told = demo(tmp_path / "kept", "--release", "19")
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stdout.endswith("demo: ok\n")


def test_a_release_that_the_stand_in_is_not_is_wrong_usage(capsys: Captured) -> None:
    assert run(["demo", "--release", "22"]) == ExitCode.USAGE
    assert "no release 22; choose 19 or 23" in capsys.readouterr().err


def test_nothing_is_written_into_a_folder_that_exists(capsys: Captured, tmp_path: Path) -> None:
    assert run(["demo", "--keep", str(tmp_path)]) == ExitCode.FAILURE
    printed = capsys.readouterr()
    assert printed.err == f"demo: {tmp_path} exists; name a new folder\n"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(capsys: Captured, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert run(["demo", "--keep", str(tmp_path / "file" / "kept")]) == ExitCode.FAILURE
    assert "cannot be made: Not a directory" in capsys.readouterr().err
