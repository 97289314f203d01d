"""`reconciler validate`: what it prints where, and its exit codes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.exceptions import TyperException

from reconciler.cli.validate import validate
from reconciler.model.errors import GitError, InvalidInputError
from reconciler.model.exit_codes import ExitCode

EXAMPLE = Path(__file__).parents[2] / "grants"
COUNT = sum(1 for _ in EXAMPLE.rglob("*.yaml"))
OF_SALES = sum(1 for _ in EXAMPLE.joinpath("requests", "sales").rglob("*.yaml"))

REQUEST = """\
apiVersion: grants/v1
kind: AccessRequest
metadata: {name: NAME}
spec:
  requester: alice
  reason: Find the cause of wrong totals
  targets: [hr-dev]
  identity: {user: ALICE}
  access: [{privileges: [SELECT], on: HR.EMPLOYEES}]
  window: WINDOW
"""


class Cli:
    """The example repository in a folder of its own, and the command run in it."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._capsys = capsys
        self.out = ""
        self.err = ""
        shutil.copytree(EXAMPLE, root / "grants")
        self.git("init", "-q", "-b", "main")
        self.commit("2026-11-20T12:00:00Z")

    def git(self, *arguments: str, date: str = "2026-11-20T12:00:00Z") -> None:
        names = {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "A"), ("EMAIL", "a@example.com"), ("DATE", date))
        }
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.root), **names}
        subprocess.run(["git", *arguments], cwd=self.root, env=environment, check=True)

    def commit(self, date: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "change", date=date)

    def write(self, path: str, text: str) -> str:
        (self.root / path).write_text(text, encoding="utf-8")
        return path

    def write_request(self, name: str, window: str) -> str:
        text = REQUEST.replace("NAME", name).replace("WINDOW", window)
        return self.write(f"grants/requests/payroll/{name}.yaml", text)

    def run(self, *arguments: str) -> int:
        app = typer.Typer(pretty_exceptions_enable=False)
        app.command()(validate)
        code = app(args=list(arguments), standalone_mode=False)
        self.out, self.err = self._capsys.readouterr()
        return int(code)


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    return Cli(tmp_path, capsys)


def test_nothing_wrong_prints_no_result_and_a_summary(cli: Cli) -> None:
    assert cli.run() == ExitCode.OK
    assert cli.out == ""
    assert cli.err == f"{COUNT} documents: no findings\n"


def test_a_finding_is_printed_with_place_rule_and_hint(cli: Cli) -> None:
    path = cli.write_request("late", "{until: next fryday}")
    cli.commit("2026-11-20T13:00:00Z")
    assert cli.run() == ExitCode.INVALID
    assert cli.out == (
        f"{path}:10:19: error time.invalid: spec.window.until: `next fryday` is not an instant with a time zone\n"
        "    -> For example `2026-11-20T14:00:00Z`.\n"
    )
    assert cli.err == f"{COUNT + 1} documents: 1 error\n"


def test_policy_is_part_of_the_verdict(cli: Cli) -> None:
    cli.write_request("long", "{duration: 91d}")
    cli.commit("2026-11-20T13:00:00Z")
    assert cli.run() == ExitCode.INVALID
    assert "policy.too-long" in cli.out
    assert "see grants/policies/baseline.yaml" in cli.out


def test_json_has_a_version_the_commit_and_every_finding(cli: Cli) -> None:
    path = cli.write_request("long", "{duration: 91d}")
    cli.commit("2026-11-20T13:00:00Z")
    assert cli.run("--output", "json") == ExitCode.INVALID
    value: dict[str, Any] = json.loads(cli.out)
    assert list(value) == ["format_version", "commit", "documents", "findings"]
    shown = (value["format_version"], value["documents"], len(value["commit"]))
    assert shown == (1, COUNT + 1, 40)
    (found,) = value["findings"]
    assert found["rule"] == "policy.too-long"
    assert found["origin"] == {"path": path, "line": 10, "column": 11}


def test_the_work_tree_does_not_count_and_that_is_said(cli: Cli) -> None:
    path = cli.write_request("long", "{duration: 91d}")
    assert cli.run() == ExitCode.OK
    assert f"not part of this run, because not committed: {path}" in cli.err


def test_files_are_judged_as_they_are_with_all_they_refer_to(cli: Cli) -> None:
    path = cli.write_request("long", "{duration: 91d}")
    assert cli.run(path) == ExitCode.INVALID
    assert cli.out.startswith(f"{path}:10:11: error policy.too-long")
    assert cli.err == "1 document: 1 error\n"
    assert cli.run("grants/requests/sales") == ExitCode.OK
    assert cli.err == f"{OF_SALES} documents: no findings\n"


def test_findings_of_other_files_are_told_if_they_point_to_the_given_one(cli: Cli) -> None:
    bundle = "grants/bundles/payroll-support.yaml"
    text = (cli.root / bundle).read_text(encoding="utf-8")
    cli.write(bundle, text.replace("description", "descrption"))
    assert cli.run(bundle) == ExitCode.INVALID
    assert "schema.unknown-field" in cli.out
    assert "reference.has-errors" in cli.out


def test_an_end_in_the_past_is_wrong_only_for_what_is_new_since_base(cli: Cli) -> None:
    cli.write_request("over", "{until: 2026-11-20T12:30:00Z}")
    cli.commit("2026-11-20T13:00:00Z")
    assert cli.run() == ExitCode.OK
    assert cli.run("--base", "HEAD~1") == ExitCode.INVALID
    assert "window.past" in cli.out
    cli.write("README.md", "later")
    cli.commit("2030-01-01T00:00:00Z")
    assert cli.run("--base", "HEAD~1") == ExitCode.OK


def test_the_verdict_on_a_commit_does_not_depend_on_the_day_it_is_asked(cli: Cli) -> None:
    """Decades after every window of the example has ended, unrelated changes still pass."""
    cli.write("README.md", "later")
    cli.commit("2056-01-01T00:00:00Z")
    assert cli.run() == ExitCode.OK
    assert cli.run("--base", "HEAD~1") == ExitCode.OK


def test_changed_files_are_held_to_this_moment_with_base(cli: Cli) -> None:
    path = cli.write_request("over", "{until: 2001-01-01T00:00:00Z}")
    assert cli.run(path) == ExitCode.OK
    assert cli.run(path, "--base", "HEAD") == ExitCode.INVALID
    assert "window.past" in cli.out


def test_one_target_leaves_out_what_is_about_others(cli: Cli) -> None:
    cli.write_request("long", "{duration: 91d}")
    cli.write("grants/teams/x.yaml", "kind: Team\n")
    cli.commit("2026-11-20T13:00:00Z")
    assert cli.run("--target", "hr-dev") == ExitCode.INVALID
    assert "policy.too-long" in cli.out
    assert cli.run("--target", "hr-prod") == ExitCode.INVALID
    assert "policy.too-long" not in cli.out
    assert "grants/teams/x.yaml" in cli.out


def test_an_unknown_target_is_an_error(cli: Cli) -> None:
    with pytest.raises(InvalidInputError, match="'hr-prd' is no target"):
        cli.run("--target", "hr-prd")


def test_text_of_documents_cannot_act_on_the_terminal(cli: Cli) -> None:
    cli.write("grants/evil\x1b[31m.yaml", "kind: Team\n")
    cli.commit("2026-11-20T13:00:00Z")
    assert cli.run() == ExitCode.INVALID
    assert "\x1b" not in cli.out + cli.err
    assert "source.name" in cli.out


def test_git_errors_are_not_findings(cli: Cli) -> None:
    with pytest.raises(GitError) as caught:
        cli.run("--ref", "nope")
    assert caught.value.exit_code == ExitCode.FAILURE


def test_a_shallow_clone_is_validated_with_a_note(cli: Cli) -> None:
    cli.write("README.md", "x")
    cli.commit("2026-11-21T00:00:00Z")
    cli.git("clone", "-q", "--depth", "1", f"file://{cli.root}", "clone")
    assert cli.run("--repo", "clone") == ExitCode.OK
    assert "the clone is shallow" in cli.err


def test_a_file_outside_of_grants_is_judged_alone(cli: Cli) -> None:
    shutil.copy(cli.root / "grants/requests/payroll/payroll-fix-alice.yaml", cli.root)
    assert cli.run("payroll-fix-alice.yaml") == ExitCode.OK
    assert "was not looked for" in cli.err


def test_a_ref_and_a_file_exclude_each_other(cli: Cli) -> None:
    with pytest.raises(TyperException):
        cli.run("grants", "--ref", "HEAD")


def test_the_same_commit_gives_the_same_bytes(cli: Cli) -> None:
    cli.write("grants/teams/x.yaml", "kind: Team\nspec: {a: 1, b: 2}\n")
    cli.write_request("long", "{duration: 91d, start: soon}")
    cli.commit("2026-11-20T13:00:00Z")
    cli.run("--output", "json")
    first = cli.out
    cli.run("--output", "json")
    assert cli.out == first
