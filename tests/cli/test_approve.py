"""`reconciler approve`: a review signed on one's own machine, and the merge that carries it to the evidence."""

from __future__ import annotations

import io
import os
import shlex
import shutil
import subprocess
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pygit2
import pytest

from reconciler.approvals import history
from reconciler.approvals.signatures import SignedEvidence
from reconciler.approvals.statements import review_of
from reconciler.cli.app import run
from reconciler.documents.build import load
from reconciler.documents.source import GitSource
from reconciler.model.approvals import Opinion
from reconciler.model.documents import Person
from reconciler.model.exit_codes import ExitCode
from tests.approvals import keys
from tests.approvals.keys import Key, needs_ssh_keygen

pytestmark = needs_ssh_keygen

PERSON = """\
apiVersion: grants/v1
kind: Person
metadata: {{name: {name}}}
spec:
  name: {title}
  email: {name}@example.org
  kind: human
  users: [{user}]
"""


class Ran(NamedTuple):
    code: int
    out: str
    err: str


class Desk:
    """A clone of the grants repository, with bob's and carol's keys beside it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "grants-repository"
        self.keys = {name: keys.ed25519_key() for name in ("bob", "carol")}
        self.files = {name: key.write(folder / name) for name, key in self.keys.items()}
        self.path.mkdir()
        self.git("init", "-q", "-b", "main")
        for name in ("alice", "bob", "carol"):
            self.write_person(name, self.keys.get(name))
        self.commit("Start")

    def git(self, *arguments: str) -> str:
        who = {
            f"GIT_{role}_{part}": f"alice{'@example.org' * (part == 'EMAIL')}"
            for role in ("AUTHOR", "COMMITTER")
            for part in ("NAME", "EMAIL")
        }
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith("GIT_")
        }
        done = subprocess.run(
            ["git", "-C", str(self.path), *arguments],
            env=environment | who,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def write_person(self, name: str, key: Key | None) -> None:
        text = PERSON.format(name=name, title=name.title(), user=name.upper())
        if key:
            text += f"  signingKeys: ['{key.public}']\n"
        self.write(f"grants/people/{name}.yaml", text)

    def write(self, path: str, text: str) -> None:
        (self.path / path).parent.mkdir(parents=True, exist_ok=True)
        (self.path / path).write_text(text, encoding="utf-8")

    def commit(self, message: str) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def topic(self, name: str = "topic") -> str:
        """A branch with one file more; main is checked out again."""
        self.git("checkout", "-q", "-b", name)
        self.write(f"grants/requests/{name}.yaml", "text\n")
        made = self.commit("Ask for access")
        self.git("checkout", "-q", "main")
        return made

    def approve(self, *arguments: str, name: str = "bob", key: Path | None = None) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        key = key or self.files["bob"]
        with redirect_stdout(out), redirect_stderr(err):
            code = run(
                ["approve", *arguments, "--as", name, "-i", str(key), "--repo", str(self.path)]
            )
        return Ran(code, out.getvalue(), err.getvalue())

    def people(self) -> dict[str, Person]:
        return dict(load(GitSource.open(self.path, "main")).documents.people)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_p30_a_review_that_is_signed_and_merged_is_evidence(desk: Desk) -> None:
    start = desk.git("rev-parse", "main")
    head = desk.topic()
    bob = desk.approve("topic")
    assert bob.code == ExitCode.OK, bob.err
    assert f"topic ({head[:12]}) changes 1 file of what is checked out ({start[:12]}):" in bob.err
    assert "  write  grants/requests/topic.yaml" in bob.err
    carol = desk.approve("topic", name="carol", key=desk.files["carol"])
    merge = shlex.split(bob.out.splitlines()[-1])
    assert merge[:4] == ["git", "merge", "--no-ff", head]
    desk.git(*merge[1:], "-m", carol.out.splitlines()[0])
    line = history.first_parent_line(
        history.open_repository(desk.path), start, desk.git("rev-parse", "main")
    )
    (change,) = SignedEvidence(desk.path, desk.people()).changes(start, line)
    assert [(row.login, row.opinion, row.commit, row.problem) for row in change.reviews] == [
        ("bob", Opinion.APPROVED, head, ""),
        ("carol", Opinion.APPROVED, head, ""),
    ]
    assert change.problems == ()


def test_a_refusal_is_signed_for_whoever_would_merge(desk: Desk) -> None:
    head = desk.topic()
    ran = desk.approve("topic", "--verdict", "changes-requested")
    assert ran.code == ExitCode.OK
    assert "git merge" not in ran.out
    assert "send the line above" in ran.err
    review = review_of(ran.out.strip(), desk.people())
    assert (review.opinion, review.commit, review.problem) == (
        Opinion.CHANGES_REQUESTED,
        head,
        "",
    )


def test_a_key_of_somebody_else_is_refused(desk: Desk) -> None:
    desk.topic()
    ran = desk.approve("topic", key=desk.files["carol"])
    assert ran.code == ExitCode.REFUSED
    assert "error approve.not-your-key: " in ran.err
    assert "another key than the person's `signingKeys`" in ran.err
    assert ran.out == ""


def test_a_key_that_only_the_branch_gives_to_the_person_is_refused(desk: Desk) -> None:
    """Or whoever writes a branch would say himself with which keys it is approved."""
    mallory = keys.ed25519_key()
    desk.git("checkout", "-q", "-b", "topic")
    desk.write_person("bob", mallory)
    desk.commit("New laptop")
    desk.git("checkout", "-q", "main")
    ran = desk.approve("topic", key=mallory.write(desk.path.parent / "mallory"))
    assert (ran.code, "approve.not-your-key" in ran.err) == (ExitCode.REFUSED, True)


def test_somebody_without_keys_is_told_how_to_get_one_in(desk: Desk) -> None:
    desk.topic()
    ran = desk.approve("topic", name="alice")
    assert ran.code == ExitCode.REFUSED
    assert "grants/people/alice.yaml" in ran.err
    assert "error approve.no-keys: alice has no `signingKeys`" in ran.err


def test_an_unknown_person_is_told_with_what_was_probably_meant(desk: Desk) -> None:
    desk.topic()
    ran = desk.approve("topic", name="bbo")
    assert ran.code == ExitCode.INVALID
    assert "error approve.unknown-person" in ran.err
    assert "Did you mean `bob`?" in ran.err


def test_what_is_on_the_checked_out_branch_already_is_not_reviewed(desk: Desk) -> None:
    desk.topic()
    ran = desk.approve("main")
    assert (ran.code, "approve.nothing-new" in ran.err) == (ExitCode.REFUSED, True)
    desk.git("checkout", "-q", "topic")
    ran = desk.approve("topic")
    assert (ran.code, "approve.nothing-new" in ran.err) == (ExitCode.REFUSED, True)


def test_an_unknown_branch_and_a_missing_key_are_told(desk: Desk) -> None:
    desk.topic()
    assert "git.unknown-ref" in desk.approve("tpoic").err
    ran = desk.approve("topic", key=desk.path / "nothing")
    assert (ran.code, "approve.no-key" in ran.err) == (ExitCode.INVALID, True)


def test_another_verdict_is_wrong_usage(desk: Desk) -> None:
    desk.topic()
    ran = desk.approve("topic", "--verdict", "dismissed")
    assert ran.code == ExitCode.USAGE
    assert "approved or changes-requested" in ran.err


def test_a_file_that_is_no_key_signs_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.topic()
    bad = tmp_path / "bad"
    bad.write_text("no key\n", encoding="utf-8")
    bad.chmod(0o600)
    ran = desk.approve("topic", key=bad)
    assert ran.code == ExitCode.FAILURE
    assert "error approve.not-signed: ssh-keygen signed nothing" in ran.err


def test_a_machine_without_ssh_keygen_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.topic()
    monkeypatch.setenv("PATH", str(desk.path))
    ran = desk.approve("topic")
    assert (ran.code, "error approve.ssh-keygen" in ran.err) == (ExitCode.FAILURE, True)


def test_a_clock_that_is_behind_the_commit_is_told(desk: Desk) -> None:
    repository = history.open_repository(desk.path)
    main = history.commit_of(repository, desk.git("rev-parse", "main"))
    later = pygit2.Signature("Alice", "alice@example.org", main.commit_time + 10**8, 0)
    made = repository.create_commit(None, later, later, "late", main.tree_id, [main.id])
    ran = desk.approve(str(made))
    assert (ran.code, "error approve.clock" in ran.err) == (ExitCode.REFUSED, True)


def test_hostile_names_reach_neither_terminal_nor_shell(desk: Desk) -> None:
    desk.git("checkout", "-q", "-b", "x';touch${IFS}pwned;'")
    desk.write("grants/requests/\x1b[2J\u202eevil.yaml", "text\n")
    desk.commit("Evil")
    desk.git("checkout", "-q", "main")
    ran = desk.approve("x';touch${IFS}pwned;'")
    assert ran.code == ExitCode.OK, ran.err
    assert not set("\x1b\u202e") & set(ran.out + ran.err)
    subprocess.run(
        [
            "sh",
            "-c",
            ran.out.splitlines()[-1].replace(
                "git ", f"git -C {desk.path} -c user.name=b -c user.email=b@b ", 1
            ),
        ],
        check=True,
        cwd=desk.path,
        capture_output=True,
    )
    assert not (desk.path / "pwned").exists()
    assert desk.git("log", "-1", "--format=%s") == "Merge x';touch${IFS}pwned;'"


def test_a_long_branch_is_shown_in_part(desk: Desk) -> None:
    desk.git("checkout", "-q", "-b", "topic")
    for number in range(60):
        desk.write(f"grants/requests/r{number:02}.yaml", "text\n")
    (desk.path / "grants/people/carol.yaml").unlink()
    desk.commit("Much")
    desk.git("checkout", "-q", "main")
    ran = desk.approve("topic")
    assert "changes 61 files" in ran.err
    assert "  remove grants/people/carol.yaml" in ran.err
    assert "... and 21 more" in ran.err


@pytest.mark.skipif(
    shutil.which("ssh-agent") is None, reason="OpenSSH's ssh-agent is not installed"
)
def test_a_key_in_an_agent_signs_with_its_public_half(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    desk.topic()
    socket = tmp_path / "agent"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    try:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        while not socket.exists():
            assert agent.poll() is None
        subprocess.run(["ssh-add", "-q", str(desk.files["bob"])], check=True)
        desk.files["bob"].unlink()
        ran = desk.approve("topic", key=desk.files["bob"].with_name("bob.pub"))
    finally:
        agent.terminate()
        agent.wait()
    assert ran.code == ExitCode.OK, ran.err
    assert review_of(ran.out.splitlines()[0], desk.people()).problem == ""
