"""`reconciler policy test`: a line a case, contradictions with their places, and exit codes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.app import run
from reconciler.model.exit_codes import ExitCode

EXAMPLE = Path(__file__).parents[2] / "grants"

TESTS = """\
apiVersion: grants/v1
kind: PolicyTest
metadata: {name: strict-tests}
spec:
  cases:
"""
CASE = """\
    - name: {name}
      request:
        requester: alice
        reason: Find the cause of wrong totals
        ticket: OPS-17
        targets: [hr-prod]
        identity: {{user: ALICE}}
        access: [{access}]
        window: {{duration: {duration}}}
      expect: {expect}
"""
SELECT = "{privileges: [SELECT], on: HR.JOBS}"
STRICT = """\
apiVersion: grants/v1
kind: Policy
metadata: {name: strict}
spec:
  targets: [hr-prod]
  maxDuration: 30d
  requesters: [payroll]
RULES
  approvals:
    evidence: signatures
    chains:
      - steps:
          - {count: 1, of: [security]}
"""
RULES = """\
  rules:
    - {name: reads, effect: allow, access: ["SELECT on HR.*"], maxDuration: 8h}
    - {name: no-pay, effect: deny, access: ["* on HR.PAY*"]}
"""


class Repository:
    """The example with a stricter policy for production and its cases."""

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copytree(EXAMPLE, root / "grants")
        for old in (
            *root.glob("grants/policies/*tests.yaml"),
            root / "grants/policies/guards.yaml",
        ):
            old.unlink()
        production = root / "grants/policies/production.yaml"
        rules = production.read_text(encoding="utf-8").partition("  approvals:")[0]
        production.write_text(rules, encoding="utf-8")
        self.policy()

    def policy(self, rules: str = RULES) -> None:
        self.write("policies/strict.yaml", STRICT.replace("RULES\n", rules))

    def cases(self, *rows: tuple[str, str, str, str]) -> None:
        """Name, access, duration, expectation."""
        texts = [
            CASE.format(name=name, access=access, duration=duration, expect=expect)
            for name, access, duration, expect in rows
        ]
        self.write("policies/strict-tests.yaml", TESTS + "".join(texts))

    def write(self, path: str, text: str) -> None:
        (self.root / "grants" / path).write_text(text, encoding="utf-8")

    def git(self, *arguments: str) -> None:
        names = {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "A"), ("EMAIL", "a@example.com"))
        }
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.root), **names}
        subprocess.run(["git", *arguments], cwd=self.root, env=environment, check=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    return Repository(tmp_path)


READS = ("payroll reads", SELECT, "4h", "{verdict: allow, approvals: [1 of security]}")
TOO_LONG = ("a day is too long", SELECT, "1d", "{verdict: deny, rules: [policy.too-long]}")
PAY = (
    "nobody reads pay",
    "{privileges: [SELECT], on: HR.PAYROLL}",
    "4h",
    "{verdict: deny, rules: [policy.denied]}",
)


def test_each_case_has_a_line_and_the_summary_counts_them(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.cases(READS, TOO_LONG, PAY)
    assert run(["policy", "test", "grants"]) == ExitCode.OK
    out, err = capsys.readouterr()
    lines = [line for line in out.splitlines() if line.startswith(("ok", "FAILED"))]
    assert [line.rpartition(", risk ")[0] for line in lines] == [
        "ok      strict-tests: payroll reads: allow, 1 of security",
        "ok      strict-tests: a day is too long: deny, policy.too-long",
        "ok      strict-tests: nobody reads pay: deny, policy.denied",
    ]
    assert err.startswith("3 cases: 0 failed;")


def test_a_case_that_does_not_hold_says_what_was_expected_what_came_and_where_it_is(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.cases(READS, ("a day is fine", SELECT, "1d", "{verdict: allow}"))
    assert run(["policy", "test", "grants"]) == ExitCode.INVALID
    out, err = capsys.readouterr()
    assert (
        "FAILED  strict-tests: a day is fine: expected allow, came deny (policy.too-long)"
        " (grants/policies/strict-tests.yaml:16:7)\n"
    ) in out
    assert err.startswith("2 cases: 1 failed;")


def test_contradictions_are_told_with_place_and_hint(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.policy(RULES.replace("* on HR.PAY*", "SELECT"))
    assert run(["policy", "test", "grants"]) == ExitCode.INVALID
    out, _ = capsys.readouterr()
    assert (
        "grants/policies/strict.yaml:9:7: error policy.rule-swallowed: rule no-pay of policy strict denies all that rule reads of policy strict allows\n"
        "    see grants/policies/strict.yaml:10:7\n"
        "    -> Deny less, or take the rule away: a denial always wins.\n"
    ) in out


def test_warnings_alone_do_not_fail(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["policy", "test", "grants"]) == ExitCode.OK
    out, err = capsys.readouterr()
    assert "warning policy.unguarded" in out
    assert err == "0 cases: 0 failed; 1 finding\n"


def test_documents_with_errors_are_told_and_those_of_requests_are_not(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.write("requests/broken.yaml", "kind: AccessRequest\n")
    assert run(["policy", "test", "grants"]) == ExitCode.OK
    repository.write("policies/broken.yaml", "kind: Policy\n")
    assert run(["policy", "test", "grants"]) == ExitCode.INVALID
    out, _ = capsys.readouterr()
    assert "grants/policies/broken.yaml" in out
    assert "grants/requests" not in out


def test_a_commit_is_tried_as_it_is_and_not_the_files(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.cases(READS)
    repository.git("init", "-q", "-b", "main")
    repository.git("add", "-A")
    repository.git("commit", "-q", "-m", "change")
    repository.cases(READS, TOO_LONG)
    assert run(["policy", "test"]) == ExitCode.OK
    assert capsys.readouterr().err.startswith("1 case:")
    assert run(["policy", "test", "--ref", "main", "--output", "json"]) == ExitCode.OK
    value: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert len(value["commit"]) == 40


def test_json_has_what_was_expected_and_what_came(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.cases(READS)
    assert run(["policy", "test", "grants/policies/strict.yaml", "--output", "json"]) == 0
    value: dict[str, Any] = json.loads(capsys.readouterr().out)
    (case,) = value["cases"]
    assert (case["test"], case["case"], case["ok"]) == ("strict-tests", "payroll reads", True)
    assert case["expected"]["approvals"] == case["came"]["approvals"] == ["1 of security"]
    assert case["came"]["risk"] == sum(point["points"] for point in case["came"]["points"])
    assert [row["rule"] for row in value["findings"]] == ["policy.unguarded"]


def test_classified_columns_count_in_the_risk_of_a_case(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    salary = "{privileges: [SELECT], on: HR.EMPLOYEES}"
    repository.cases(("pay is risky", salary, "1h", "{verdict: allow, risk: {atMost: 40}}"))
    assert run(["policy", "test", "grants"]) == ExitCode.INVALID
    assert "restricted-columns 40" in capsys.readouterr().out


def test_files_outside_of_a_grants_folder_cannot_be_tried(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = repository.root / "alone.yaml"
    alone.write_text(STRICT, encoding="utf-8")
    assert run(["policy", "test", str(alone)]) == ExitCode.INVALID
    assert "policy.not-in-grants" in capsys.readouterr().err


def test_files_and_a_commit_are_not_tried_together(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["policy", "test", "grants", "--ref", "main"]) == ExitCode.USAGE
    assert "--ref names a commit" in capsys.readouterr().err


def test_names_of_cases_do_nothing_to_a_terminal(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    name = '"::error::x \\x1b[2J"'
    repository.cases((name, SELECT, "4h", "{verdict: deny}"))
    run(["policy", "test", "grants"])
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
