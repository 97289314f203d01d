"""How commands end that have no result: on stderr for people, with `--output json` also as one document on stdout."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.app import run, wants_json
from reconciler.model.exit_codes import ExitCode

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def nowhere(tmp_path: Path) -> str:
    """A folder that is in no repository."""
    return str(tmp_path)


def error_of(out: str) -> dict[str, Any]:
    value = json.loads(out)
    assert list(value) == ["format_version", "error"]
    assert value["format_version"] == 1
    found: dict[str, Any] = value["error"]
    return found


@pytest.mark.parametrize("command", ["validate", "plan", "reconcile", "status"])
def test_an_error_says_what_happened_and_what_to_do(
    capsys: Captured, nowhere: str, command: str
) -> None:
    assert run([command, "--repo", nowhere]) == ExitCode.FAILURE
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        f"error git.not-a-repository: {nowhere} is not in a git repository\n"
        "    -> Run the command inside the grants repository, or name it with --repo.\n"
    )


@pytest.mark.parametrize("command", ["validate", "plan", "reconcile", "status"])
def test_an_error_is_a_json_document_when_json_is_wanted(
    capsys: Captured, nowhere: str, command: str
) -> None:
    assert run([command, "--repo", nowhere, "--output", "json"]) == ExitCode.FAILURE
    printed = capsys.readouterr()
    found = error_of(printed.out)
    assert found["rule"] == "git.not-a-repository"
    assert found["exit_code"] == ExitCode.FAILURE
    assert found["hint"]
    assert [row["rule"] for row in found["findings"]] == ["git.not-a-repository"]
    assert printed.err.startswith("error git.not-a-repository")


def test_invalid_input_is_a_json_document(capsys: Captured, tmp_path: Path) -> None:
    saved = tmp_path / "plan.json"
    saved.write_text("{}", encoding="utf-8")
    assert run(["apply", str(saved), "--output=json"]) == ExitCode.INVALID
    assert error_of(capsys.readouterr().out)["rule"] == "plan.malformed"


def test_wrong_usage_names_the_command_whose_help_to_read(capsys: Captured) -> None:
    assert run(["plan", "--targets", "x"]) == ExitCode.USAGE
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("usage: No such option: --targets")
    assert "-> reconciler plan --help" in printed.err


def test_wrong_usage_is_a_json_document_too(capsys: Captured) -> None:
    assert run(["plan", "--output", "json", "--targets", "x"]) == ExitCode.USAGE
    found = error_of(capsys.readouterr().out)
    assert (found["rule"], found["exit_code"]) == ("usage", ExitCode.USAGE)


def test_a_bug_is_told_without_the_text_of_the_exception(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The text of an exception may hold data. The report shows lines of code, so that the secret here comes from elsewhere."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    secret = "hunter-2"

    def broken(_: Any) -> Any:
        raise KeyError(secret)

    monkeypatch.setattr("reconciler.cli.app.build", broken)
    assert run(["plan", "--output", "json"]) == ExitCode.BUG
    printed = capsys.readouterr()
    found = error_of(printed.out)
    assert (found["rule"], found["exit_code"]) == ("bug", ExitCode.BUG)
    assert "KeyError" in found["message"]
    assert secret not in printed.out + printed.err
    (report,) = [path for path in printed.err.split() if path.endswith(".txt")]
    assert secret not in Path(report).read_text(encoding="utf-8")


def test_ctrl_c_is_told_in_the_document_as_well(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("reconciler.cli.app.build", interrupted)
    assert run(["status", "--output", "json"]) == ExitCode.INTERRUPTED
    assert error_of(capsys.readouterr().out)["rule"] == "interrupted"
    assert run(["status"]) == ExitCode.INTERRUPTED
    assert capsys.readouterr() == ("", "interrupted\n")


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["plan", "--output", "json"], True),
        (["plan", "--output=json"], True),
        (["plan", "--output", "text"], False),
        (["plan"], False),
        (["validate", "--", "--output", "json"], False),
    ],
)
def test_json_is_wanted_when_the_words_say_so(words: list[str], wanted: bool) -> None:
    assert wants_json(words) is wanted


def test_the_help_is_no_error(capsys: Captured) -> None:
    assert run(["plan", "-h"]) == ExitCode.OK
    printed = capsys.readouterr()
    assert printed.out.startswith("Usage: reconciler plan")
    assert printed.err == ""


def test_help_is_printed_when_nothing_was_asked(capsys: Captured) -> None:
    assert run([]) == ExitCode.USAGE
    assert "Usage: reconciler" in capsys.readouterr().err
