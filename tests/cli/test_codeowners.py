"""`reconciler codeowners`: made from the documents of a commit, compared with its file, written where it is checked out."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.app import run
from reconciler.model.exit_codes import ExitCode
from tests.cli.test_output_contracts import problems

Captured = pytest.CaptureFixture[str]
EXAMPLE = Path(__file__).parents[2] / "grants"


GUARD = """\
apiVersion: grants/v1
kind: Policy
metadata: {name: guard}
spec:
  documents: [Policy, Person, Team, Target]
  approvals:
    evidence: github
    chains: [{steps: [{count: 1, of: [platform]}]}]
"""
APPROVALS = """\
  approvals:
    evidence: github
    chains:
      - {upTo: 20, preApproved: true}
      - steps:
          - {count: 1, of: [payroll]}
          - {count: 1, of: [dave], escalate: {after: 8h, to: [carol]}}
"""


class Repository:
    """The example's documents without approvals, in a repository of their own."""

    def __init__(self, root: Path, capsys: Captured) -> None:
        self.root = root
        self._capsys = capsys
        self.out = ""
        self.err = ""
        for path in EXAMPLE.rglob("*.yaml"):
            text = path.read_text(encoding="utf-8").partition("  approvals:")[0]
            if path.stem != "guards":
                self.put(f"grants/{path.relative_to(EXAMPLE)}", text)
        self.git("init", "-q", "-b", "main")
        self.commit()

    def put(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def git(self, *arguments: str) -> None:
        names = {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "A"), ("EMAIL", "a@example.com"))
        }
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.root), **names}
        subprocess.run(["git", *arguments], cwd=self.root, env=environment, check=True)

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "Documents")

    def run(self, *arguments: str) -> int:
        code = run(["codeowners", "--repo", str(self.root), *arguments])
        captured = self._capsys.readouterr()
        self.out, self.err = captured.out, captured.err
        return code

    def json(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        code = self.run(*arguments, "--output", "json")
        value: dict[str, Any] = json.loads(self.out)
        assert problems("codeowners", value) == []
        return code, value


@pytest.fixture
def repository(tmp_path: Path, capsys: Captured) -> Repository:
    return Repository(tmp_path / "access", capsys)


def test_it_prints_the_file_and_changes_nothing(repository: Repository) -> None:
    assert repository.run() == ExitCode.OK
    assert repository.out.startswith("# Made by `reconciler codeowners --write`")
    assert repository.err == ""
    assert not (repository.root / "CODEOWNERS").exists()


def test_it_names_those_who_may_approve_by_the_policies_as_they_are_written(
    repository: Repository,
) -> None:
    repository.put("grants/policies/guard.yaml", GUARD)
    baseline = (EXAMPLE / "policies" / "baseline.yaml").read_text(encoding="utf-8")
    repository.put("grants/policies/baseline.yaml", baseline + APPROVALS)
    repository.commit()
    assert repository.run() == ExitCode.OK, repository.err
    rows = repository.out.splitlines()
    assert "/grants/policies/ @erineriksen @judyjones" in rows
    assert "/.github/ @erineriksen @judyjones" in rows
    (requests,) = [row for row in rows if row.startswith("/grants/requests/ ")]
    assert requests.split()[1:] == ["@alice-andersson", "@bobbaker", "@carol-c", "@dave-dubois"]


def test_what_is_written_and_committed_is_current(repository: Repository) -> None:
    assert repository.run("--check") == ExitCode.INVALID
    assert repository.out.startswith("CODEOWNERS: error codeowners.stale: there is no such file at")
    assert repository.run("--write") == ExitCode.OK
    assert repository.err == "wrote CODEOWNERS; commit it\n"
    assert repository.run("--check") == ExitCode.INVALID
    repository.commit()
    assert repository.run("--check") == ExitCode.OK
    assert repository.out == ""
    assert (repository.root / "CODEOWNERS").read_text(encoding="utf-8").endswith("\n")


def test_the_file_of_github_is_preferred_where_there_is_one(repository: Repository) -> None:
    repository.put(".github/CODEOWNERS", "* @everybody\n")
    repository.commit()
    assert repository.run("--write") == ExitCode.OK
    assert repository.err == "wrote .github/CODEOWNERS; commit it\n"
    assert not (repository.root / "CODEOWNERS").exists()
    repository.commit()
    assert repository.run("--check") == ExitCode.OK


def test_a_file_that_is_old_is_told_with_the_lines_that_differ(repository: Repository) -> None:
    repository.put("CODEOWNERS", "-- @\u202eevil \x1b[31m\n")
    repository.commit()
    assert repository.run("--check") == ExitCode.INVALID
    first, hint, gone, come, *_ = repository.out.splitlines()
    assert first.startswith("CODEOWNERS: error codeowners.stale: not what policies and people say")
    assert hint == "    -> Run `reconciler codeowners --write` and commit the file."
    assert gone == "    --- @\\u202eevil \\x1b[31m"
    assert come.startswith("    +# Made by")


def test_a_long_difference_is_cut(repository: Repository) -> None:
    repository.put("CODEOWNERS", "".join(f"/{number} @somebody\n" for number in range(50)))
    repository.commit()
    repository.run("--check")
    assert repository.out.splitlines()[-1].startswith("    ... and ")


def test_json_has_the_text_and_whether_the_commit_has_it(repository: Repository) -> None:
    code, value = repository.json()
    assert (code, value["current"], value["path"]) == (ExitCode.OK, False, "CODEOWNERS")
    assert value["findings"] == []
    code, value = repository.json("--check")
    assert code == ExitCode.INVALID
    assert [row["rule"] for row in value["findings"]] == ["codeowners.stale"]
    repository.json("--write")
    repository.commit()
    code, value = repository.json("--check")
    assert (code, value["current"]) == (ExitCode.OK, True)


def test_a_link_in_the_place_of_the_file_is_replaced_and_not_followed(
    repository: Repository, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine", encoding="utf-8")
    (repository.root / "CODEOWNERS").symlink_to(elsewhere)
    assert repository.run("--write") == ExitCode.OK
    assert elsewhere.read_text(encoding="utf-8") == "mine"
    assert not (repository.root / "CODEOWNERS").is_symlink()


def test_documents_with_errors_make_no_file(repository: Repository) -> None:
    repository.put("grants/people/zoe.yaml", "kind: Person\n")
    repository.commit()
    assert repository.run("--write") == ExitCode.INVALID
    assert "grants/people/zoe.yaml" in repository.err
    assert not (repository.root / "CODEOWNERS").exists()
    assert repository.run("--output", "json") == ExitCode.INVALID
    assert problems("codeowners", json.loads(repository.out)) == []


def test_checking_and_writing_at_once_is_no_use(repository: Repository) -> None:
    assert repository.run("--check", "--write") == ExitCode.USAGE


def test_a_file_that_cannot_be_written_is_an_error(repository: Repository) -> None:
    (repository.root / "CODEOWNERS").mkdir()
    assert repository.run("--write") == ExitCode.INVALID
    assert "codeowners.not-written" in repository.err
    assert list(repository.root.glob("*.new")) == []


def test_without_a_work_tree_nothing_is_written(repository: Repository, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    repository.git("clone", "-q", "--bare", str(repository.root), str(bare))
    assert repository.run("--repo", str(bare)) == ExitCode.OK
    assert repository.run("--repo", str(bare), "--write") == ExitCode.FAILURE
    assert "git.bare" in repository.err


def test_another_commit_can_be_asked_about(repository: Repository) -> None:
    repository.run("--write")
    repository.commit()
    assert repository.run("--check", "--ref", "HEAD~1") == ExitCode.INVALID
    assert repository.run("--check", "--ref", "HEAD") == ExitCode.OK
