"""Access for an emergency: a sealed code opens it at once, it ends by itself, and it stays red until somebody else has looked."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.break_glass import CODE
from tests.scenarios.world import Ran, World, can, request

PAYROLL = "SELECT * FROM hr.payroll"
DELETE = "DELETE FROM hr.payroll WHERE 1 = 0"
PATH = "grants/break-glass/rescue.yaml"
FIRST, SECOND = "first-code-of-the-envelope", "second-code"


def sha(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def rescue(code: str = FIRST, *, longest: str = "2h", reviews: str = "[]") -> str:
    return f"""\
apiVersion: grants/v1
kind: BreakGlass
metadata: {{name: rescue}}
spec:
  reason: The payroll run has stopped on pay day
  openers: [alice, bob]
  targets: [prod]
  access: [{{privileges: [SELECT, DELETE], on: HR.PAYROLL}}]
  longest: {longest}
  notify: Call the duty manager
  reviewers: [carol, alice]
  seal: {{sha256: {sha(code)}}}
  reviews: {reviews}
"""


def review(by: str = "carol", lease: str = "bg-rescue-1", on: str = "2099-01-01") -> str:
    return f"[{{lease: {lease}, by: {by}, on: {on}, findings: Only what was needed}}]"


@pytest.fixture
def ready(world: World) -> World:
    world.merge({PATH: rescue()}, "Prepare for an emergency")
    world.environment[CODE] = FIRST
    return world


def open_it(world: World, *arguments: str, person: str = "alice") -> Ran:
    return world.run(
        "break-glass open",
        "rescue",
        "--person",
        person,
        "--reason",
        "the run has stopped",
        *arguments,
    )


def events(world: World, kind: str) -> list[dict[str, Any]]:
    return [row for row in world.events() if row["type"] == kind]


def test_p33_it_opens_at_once_with_its_own_deadline_and_ends_by_itself(ready: World) -> None:
    session = ready.log_on("ALICE")
    assert not can(session, PAYROLL)
    ran = open_it(ready, "--ticket", "INC-1", "--output", "json")
    assert ran.code == 0, ran.out + ran.err
    assert ran.json["lease"] == "bg-rescue-1"
    assert "tell now: Call the duty manager" in ran.err
    session = ready.log_on("ALICE")
    assert can(session, PAYROLL)
    assert can(session, DELETE)
    assert not can(ready.log_on("BOB"), PAYROLL), "it is alice's, not everybody's"
    assert ready.as_dba(
        "SELECT job_name, enabled FROM dba_scheduler_jobs WHERE owner = 'RECONCILER'"
    ) == [("JIT_BG_RESCUE_1", "TRUE")]

    (opened,) = events(ready, "break-glass-opened")
    assert (opened["person"], opened["ticket"], opened["text"], opened["seal"]) == (
        "alice",
        "INC-1",
        "the run has stopped",
        sha(FIRST),
    )
    assert FIRST not in ready.git("log", "-p", "--all")

    ready.advance("61m")
    assert not can(session, PAYROLL), "an hour is what it lasts when nothing is said"
    (receipt,) = ready.reconcile(code=5)["receipts"]
    assert (receipt["verdict"], receipt["ended_by"]) == ("ended", "deadline")


def test_p33_it_is_loud_and_red_until_somebody_else_has_reviewed_it(ready: World) -> None:
    open_it(ready)
    for command in ("plan", "reconcile", "status"):
        ran = ready.run(command)
        assert (ran.code, "warning break-glass.unreviewed" in ran.err) == (5, True), command
    session = ready.log_on("ALICE")
    assert can(session, PAYROLL), "reconcile keeps what was opened"

    ready.merge({PATH: rescue(reviews=review(by="alice"))}, "Her own review")
    ran = ready.run("reconcile")
    assert (ran.code, "by the one who opened it does not count" in ran.err) == (5, True)
    ready.merge({PATH: rescue(reviews=review(on="2001-01-01"))}, "Before it was opened")
    assert ready.run("reconcile").code == 5
    ready.merge({PATH: rescue(reviews=review())}, "Carol's review")
    ran = ready.run("reconcile")
    assert (ran.code, ran.err) == (0, "")
    assert can(session, PAYROLL)
    ready.advance("61m")
    assert ready.run("reconcile").code == 0
    ready.assert_converged()


def test_p33_each_seal_opens_once_and_nothing_opens_before_the_review(ready: World) -> None:
    assert open_it(ready).code == 0
    again = open_it(ready, person="bob")
    assert (again.code, "break-glass.seal-used" in again.err) == (4, True)

    ready.merge({PATH: rescue(SECOND)}, "A new seal, and no review")
    ready.environment[CODE] = SECOND
    shut = open_it(ready, person="bob")
    assert (shut.code, "break-glass.review-first" in shut.err) == (4, True)
    ready.merge(
        {"grants/break-glass/other.yaml": rescue("third").replace("name: rescue", "name: other")}
    )
    ready.environment[CODE] = "third"
    ran = ready.run("break-glass open", "other", "--person", "alice", "--reason", "x")
    assert (ran.code, "break-glass.review-first" in ran.err) == (4, True), "the same person"

    ready.merge({PATH: rescue(SECOND, reviews=review())}, "Reviewed")
    ready.environment[CODE] = SECOND
    ran = open_it(ready, "--output", "json", person="bob")
    assert (ran.code, ran.json["lease"]) == (0, "bg-rescue-2")
    assert can(ready.log_on("BOB"), PAYROLL)
    ready.merge({PATH: rescue(FIRST, reviews=review())}, "The old seal again")
    ready.environment[CODE] = FIRST
    assert "break-glass.seal-used" in open_it(ready, person="alice").err


@pytest.mark.parametrize(
    ("code", "arguments", "person", "rule"),
    [
        ("guess", (), "alice", "break-glass.wrong-code"),
        (FIRST, (), "carol", "break-glass.not-opener"),
        (FIRST, ("--duration", "3h"), "alice", "break-glass.too-long"),
        (FIRST, ("--target", "second"), "alice", "break-glass.other-target"),
        (FIRST, ("--duration", "soon"), "alice", "time.invalid"),
        (" ", (), "alice", "break-glass.no-code"),
    ],
)
def test_p33_who_may_not_gets_nothing_and_the_seal_stays_whole(
    ready: World, code: str, arguments: tuple[str, ...], person: str, rule: str
) -> None:
    ready.environment[CODE] = code
    ran = open_it(ready, *arguments, person=person)
    assert (ran.code in (3, 4), rule in ran.err) == (True, True), ran.err
    assert ready.ledger() == []
    ready.environment[CODE] = FIRST
    assert open_it(ready).code == 0


def test_p33_what_cannot_be_granted_does_not_use_up_the_seal(ready: World) -> None:
    ready.as_dba("ALTER SYSTEM SET job_queue_processes = 0")
    ran = open_it(ready)
    assert (ran.code, "deadline.cannot-run" in ran.err) == (4, True)
    ready.as_dba("ALTER SYSTEM SET job_queue_processes = 10")
    assert open_it(ready).code == 0


def test_p33_a_review_written_in_advance_opens_nothing(ready: World) -> None:
    ready.merge({PATH: rescue(reviews=review())})
    ran = open_it(ready)
    assert (ran.code, "break-glass.reviewed-in-advance" in ran.err) == (4, True)


def test_p33_an_operator_ends_it_early_and_a_deleted_document_ends_it_too(ready: World) -> None:
    open_it(ready)
    session = ready.log_on("ALICE")
    assert ready.run("revoke", "bg-rescue-1", "--reason", "misused").code == 0
    assert not can(session, PAYROLL)
    ran = ready.run("reconcile")
    assert (ran.code, "never-comes-back" in ran.err) == (5, False), "the review is still to come"
    assert not ready.role_exists("JIT_BG_RESCUE_1")

    ready.merge({PATH: rescue(SECOND, reviews=review())})
    ready.environment[CODE] = SECOND
    open_it(ready, person="bob")
    ready.merge({PATH: None})
    ready.reconcile(code=5)
    assert not can(ready.log_on("BOB"), PAYROLL)
    assert "which has to come back for that" in ready.run("reconcile").err


def test_p33_a_document_in_error_does_not_end_it(ready: World) -> None:
    open_it(ready)
    ready.merge({PATH: rescue().replace("openers", "openrs")})
    assert ready.run("reconcile").code in (3, 5)
    assert can(ready.log_on("ALICE"), PAYROLL)


def test_p33_nothing_else_of_the_plan_runs(ready: World) -> None:
    ready.merge_request(request("waiting", requester="bob"))
    assert open_it(ready).code == 0
    assert not ready.role_exists("JIT_WAITING")
    ready.reconcile(code=5)
    assert ready.role_exists("JIT_WAITING")


def test_p33_columns_are_reached_through_their_view_here_too(ready: World) -> None:
    columns = "[{privileges: [SELECT], on: HR.EMPLOYEES, columns: [EMAIL]}]"
    text = rescue().replace("[{privileges: [SELECT, DELETE], on: HR.PAYROLL}]", columns)
    ready.merge({PATH: text})
    ran = open_it(ready)
    assert ran.code == 0, ran.out + ran.err
    session = ready.log_on("ALICE")
    ((view,),) = ready.as_dba(
        "SELECT owner || '.' || table_name FROM dba_tab_privs WHERE grantee = 'JIT_BG_RESCUE_1'"
    )
    assert can(session, f"SELECT email FROM {view}")
    assert not can(session, "SELECT email FROM hr.employees")
    ready.advance("61m")
    assert not can(session, f"SELECT email FROM {view}")


@contextmanager
def origin(world: World, path: Path) -> Iterator[Path]:
    subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True)
    world.git("remote", "add", "origin", str(path))
    yield path


def test_p33_it_opens_while_the_remote_is_out_of_reach_and_is_published_later(
    ready: World, tmp_path: Path
) -> None:
    with origin(ready, tmp_path / "origin.git") as path:
        ready.git("push", "-q", "origin", "main")
        ready.reconcile()
        path.rename(tmp_path / "away")
        ran = open_it(ready)
        assert ran.code == 5
        assert "warning break-glass.not-published" in ran.err
        assert "git push origin audit" in ran.err
        assert can(ready.log_on("ALICE"), PAYROLL)

        (tmp_path / "away").rename(path)
        colleague = tmp_path / "colleague"
        subprocess.run(["git", "clone", "-q", "-b", "main", str(path), str(colleague)], check=True)
        mine, ready.repository = ready.repository, colleague
        elsewhere = ready.run("reconcile")
        assert (elsewhere.code, "break-glass.unrecorded" in elsewhere.err) == (3, True)
        assert can(ready.log_on("ALICE"), PAYROLL), "a run that has not heard of it lets it be"
        ready.repository = mine
        ready.run("reconcile")
        ready.repository = colleague
        assert "break-glass.unreviewed" in ready.run("reconcile").err, "it was published"


def test_p33_the_code_is_not_handed_to_git_and_its_hooks(ready: World, tmp_path: Path) -> None:
    hook = ready.repository / ".git" / "hooks" / "pre-push"
    seen = tmp_path / "seen"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nenv > '{seen}'\n", encoding="utf-8")
    hook.chmod(0o755)
    with origin(ready, tmp_path / "origin.git"):
        assert open_it(ready).code == 0
        assert seen.exists()
        assert FIRST not in seen.read_text(encoding="utf-8")
    assert CODE not in os.environ


def test_p33_a_ledger_that_was_lost_or_put_back_opens_nothing_again(ready: World) -> None:
    """Whoever opened it has the code still. The database remembers what the ledger forgot."""
    ready.run("reconcile")
    before = ready.git("rev-parse", "audit") if ready.ledger() else ""
    assert open_it(ready).code == 0
    for now in ("at once", "when the deadline has run"):
        if before:
            ready.git("update-ref", "refs/heads/audit", before)
        else:
            ready.git("update-ref", "-d", "refs/heads/audit")
        again = open_it(ready, person="bob")
        assert (again.code, "break-glass.ledger-lost" in again.err) == (4, True), now + again.err
        assert not can(ready.log_on("BOB"), PAYROLL)
        ready.advance("61m")
    assert not can(ready.log_on("ALICE"), PAYROLL)


@pytest.mark.parametrize(
    "changed",
    [
        {"openers": ["alice", "bob"], "person": "carol", "user": "CAROL"},
        {"user": "CAROL"},
    ],
    ids=["no opener", "another's user"],
)
def test_p33_an_opening_that_somebody_wrote_into_the_ledger_grants_nothing(
    ready: World, changed: dict[str, Any]
) -> None:
    """Whoever can push the audit branch can write that something was opened; to whom, the document says."""
    open_it(ready)
    path = "state/prod/break-glass/bg-rescue-1.json"
    forged = json.loads(ready.git("show", f"audit:{path}"))
    forged |= {"lease": "bg-rescue-2"} | {key: changed[key] for key in changed if key != "openers"}
    with_file(ready, path.replace("-1", "-2"), json.dumps(forged))
    ready.reconcile(code=5)
    assert not ready.role_exists("JIT_BG_RESCUE_2")
    assert not can(ready.log_on("CAROL"), PAYROLL)


def with_file(world: World, path: str, text: str) -> None:
    """The audit branch with another commit that holds the file."""
    tree = world.repository.parent / "hostile"
    world.git("worktree", "add", "-q", str(tree), "audit")
    file = tree / path
    file.write_text(text, encoding="utf-8")
    subprocess.run(["git", "-C", str(tree), "add", path], check=True)
    subprocess.run(["git", "-C", str(tree), "commit", "-q", "-m", "sync(prod): x"], check=True)
    world.git("worktree", "remove", str(tree))
