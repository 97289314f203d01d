"""What `--help` shows: every command under a heading, and command lines that begin well."""

from __future__ import annotations

import subprocess
import sys

import pytest

from reconciler.cli.app import run
from reconciler.cli.command_groups import Heading
from reconciler.model.exit_codes import ExitCode

Captured = pytest.CaptureFixture[str]


def test_commands_stand_under_headings_in_the_order_of_their_use(capsys: Captured) -> None:
    assert run(["--help"]) == ExitCode.OK
    shown = capsys.readouterr().out
    places = [shown.index(f"\n{heading}:\n") for heading in Heading]
    assert places == sorted(places)
    questions = shown.split("\nQuestions:\n")[1].split("\n\n")[0]
    assert {line.split()[0] for line in questions.splitlines()} == {
        "who",
        "why",
        "usage",
        "explain",
    }
    reviews = shown.split("\nReviews:\n")[1].split("\n\n")[0]
    assert {line.split()[0] for line in reviews.splitlines()} == {
        "approve",
        "audit",
        "codeowners",
        "policy",
        "review",
    }


@pytest.mark.parametrize("command", ["revoke", "done", "credentials", "extend"])
def test_a_lease_is_called_the_same_everywhere(capsys: Captured, command: str) -> None:
    assert run([command, "--help"]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert "  LEASE  The lease: the name of its request." in shown
    assert f"Example: reconciler {command}" in shown


@pytest.mark.parametrize("arguments", [(), ("some-lease", "--user", "HR_APP")])
def test_credentials_are_of_one_lease_or_one_user(
    capsys: Captured, arguments: tuple[str, ...]
) -> None:
    assert run(["credentials", *arguments]) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert told.startswith("usage: name one LEASE, or a service's user with --user USER\n")


def test_a_closed_standard_output_is_no_reason_to_break_down() -> None:
    ran = subprocess.run(
        ["sh", "-c", '"$0" -m reconciler status --repo /nowhere >&-', sys.executable],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == ExitCode.FAILURE
    assert ran.stderr.startswith("error git.not-a-repository: there is no folder /nowhere\n")
