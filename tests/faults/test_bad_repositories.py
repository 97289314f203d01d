"""Repositories, ledgers, remotes and plan files that are not as they should be: one clear error, the right exit code, nothing done by halves."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.scenarios.world import TARGET, World, request

HOOK = "#!/bin/sh\necho 'only on working days \033[31m' >&2\nexit 1\n"
ONCE = "#!/bin/sh\n[ -e taken ] && exit 1\ntouch taken\n"


def git(folder: Path, *arguments: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


def at(world: World, repository: Path) -> World:
    """The same database with another repository."""
    world.repository = repository
    return world


def test_a_repository_without_documents_says_so(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = world.repository
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (tmp_path / "nothing").mkdir()
    git(tmp_path / "empty", "init", "-q")
    git(whole, "checkout", "-q", "--orphan", "bare")
    git(whole, "rm", "-q", "-r", "--cached", "grants")
    git(whole, "-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "-q", "--allow-empty", "-m", "x")  # fmt: skip
    git(whole, "checkout", "-q", "-f", "main")
    cases = [
        (tmp_path / "nothing", (), "git.not-a-repository"),
        (tmp_path / "not there", (), "git.not-a-repository"),
        (tmp_path / "empty", (), "git.empty"),
        (whole, ("--ref", "bare"), "git.no-grants-folder"),
        (whole, ("--ref", "no-such-branch"), "git.unknown-ref"),
        (whole, ("--ref", "main:grants"), "git.unknown-ref"),
        (whole, ("--ref", "--upload-pack=x"), "git.unknown-ref"),
    ]
    for repository, options, rule in cases:
        for command in ("plan", "reconcile", "status", "validate"):
            ran = world.__class__.run(at(world, repository), command, *options)
            assert ran.code == 1, (command, repository, ran.err)
            assert rule in ran.err, (command, ran.err)
            assert ran.err.count("error") == 1
            assert "->" in ran.err
            assert ran.out == ""
    at(world, whole)


def test_a_detached_head_needs_the_commit_to_be_named(world: World) -> None:
    world.merge_request(request())
    world.git("checkout", "-q", "--detach")
    ran = world.run("reconcile")
    assert (ran.code, "git.detached-head" in ran.err) == (1, True)
    assert not world.role_exists("JIT_PAYROLL_FIX")
    assert world.run("reconcile", "--ref", "HEAD").code == 0
    assert world.role_exists("JIT_PAYROLL_FIX")


def test_a_shallow_clone_can_validate_and_nothing_else(world: World, tmp_path: Path) -> None:
    world.merge_request(request())
    whole = world.repository
    git(tmp_path / "clones", "clone", "-q", "--depth", "1", f"file://{whole}", "shallow")
    at(world, tmp_path / "clones/shallow")
    assert world.run("validate").code == 0
    for command in ("plan", "reconcile", "status"):
        ran = world.run(command)
        assert (ran.code, "git.shallow" in ran.err) == (1, True)
    at(world, whole)


def test_what_is_committed_is_what_runs(world: World) -> None:
    world.merge_request(request("agreed"))
    folder = world.repository / "grants/requests"
    (folder / "only-here.yaml").write_text(request("only-here"))
    (folder / "agreed.yaml").write_text("half a sentence")
    (world.repository / "grants/targets/prod.yaml").unlink()
    ran = world.run("reconcile")
    assert ran.code == 0
    assert "git.uncommitted" in ran.err
    assert "grants/requests/only-here.yaml" in ran.err
    assert world.role_exists("JIT_AGREED")
    assert not world.role_exists("JIT_ONLY_HERE")


def test_a_folder_of_the_repository_stands_for_the_repository(world: World) -> None:
    world.merge_request(request())
    whole = world.repository
    ran = at(world, whole / "grants").run("reconcile")
    at(world, whole)
    assert ran.code == 0, ran.err
    assert world.role_exists("JIT_PAYROLL_FIX")
    assert world.ledger_kinds() == ["intent", "outcome"]


def other_target(world: World) -> str:
    """The same database by another address."""
    dsn = world.dsn.replace("127.0.0.1", "localhost")
    return TARGET.format(name="other", dsn=dsn, mode="observe")


DAMAGE = {
    "no JSON": "{",
    "a list": "[1, 2]",
    "null": "null",
    "text": '"x"',
    "nothing": "",
    "deep": "[" * 100_000,
    "no end": '{"lease": "payroll-fix"}',
    "binary": "\x00\x01",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_ledger_stops_its_target_before_anything_is_changed(
    world: World, tmp_path: Path, damage: str
) -> None:
    world.merge(
        {
            "grants/requests/payroll-fix.yaml": request(),
            "grants/targets/other.yaml": other_target(world),
        }
    )
    assert world.run("reconcile", "--target", "prod").code == 0
    world.remove_request("payroll-fix")
    checkout = tmp_path / "ledger"
    world.git("worktree", "add", "-q", str(checkout), "audit")
    for path in sorted((checkout / "state/prod").rglob("*.json")):
        path.write_text(DAMAGE[damage])
        git(checkout, "commit", "-q", "-a", "-m", "Damage")
    ran = world.run("reconcile", "--output", "json")
    assert ran.code == 1, ran.err
    by_name = {row["target"]: row for row in ran.json["targets"]}
    (finding,) = by_name["prod"]["findings"]
    assert finding["rule"] == "ledger.damaged"
    assert not by_name["other"]["failed"]
    assert world.role_exists("JIT_PAYROLL_FIX"), "neither ended nor granted again"


def origin_of(world: World, tmp_path: Path) -> Path:
    origin = tmp_path / "origin.git"
    git(origin, "init", "-q", "--bare")
    world.git("remote", "add", "origin", str(origin))
    return origin


def hook(origin: Path, text: str) -> None:
    file = origin / "hooks/pre-receive"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)


def test_an_origin_that_is_away_stops_a_run_unless_it_is_told_to_do_without(
    world: World, tmp_path: Path
) -> None:
    world.merge_request(request())
    shutil.rmtree(origin_of(world, tmp_path))
    for command in ("reconcile", "plan", "status"):
        ran = world.run(command)
        assert (ran.code, "ledger.remote" in ran.err, "--no-push" in ran.err) == (1, True, True)
    assert not world.role_exists("JIT_PAYROLL_FIX")
    assert world.run("reconcile", "--no-push").code == 0
    assert world.role_exists("JIT_PAYROLL_FIX")


def test_when_the_intent_cannot_be_pushed_nothing_is_executed(world: World, tmp_path: Path) -> None:
    world.merge_request(request())
    hook(origin_of(world, tmp_path), HOOK)
    ran = world.run("reconcile", "--output", "json")
    assert ran.code == 1
    assert ran.target["failed"]
    assert "ledger.push" in ran.err
    assert not world.role_exists("JIT_PAYROLL_FIX")

    hook(tmp_path / "origin.git", "#!/bin/sh\nexit 0\n")
    world.reconcile()
    assert world.ledger_kinds() == ["intent", "sync", "intent", "outcome"]
    assert "left no outcome: 0 of" in world.ledger()[1]
    assert world.git("rev-parse", "audit") == world.git("rev-parse", "origin/audit")


def test_when_the_outcome_cannot_be_pushed_what_was_done_is_still_told_and_recorded(
    world: World, tmp_path: Path
) -> None:
    world.merge_request(request())
    hook(origin_of(world, tmp_path), ONCE)
    ran = world.run("reconcile", "--output", "json")
    assert ran.code == 1
    assert not ran.target["failed"]
    assert [row["rule"] for row in ran.json["findings"]] == ["ledger.push"]
    assert world.role_exists("JIT_PAYROLL_FIX")
    assert world.ledger_kinds() == ["intent", "outcome"]

    hook(tmp_path / "origin.git", "#!/bin/sh\nexit 0\n")
    world.merge_request(request("second"))
    world.reconcile()
    assert world.git("rev-parse", "audit") == world.git("rev-parse", "origin/audit")


def test_histories_of_the_ledger_that_differ_are_never_forced(world: World, tmp_path: Path) -> None:
    world.merge_request(request())
    origin = origin_of(world, tmp_path)
    world.reconcile()
    tree = world.git("rev-parse", "audit^{tree}")
    here, there = (world.git("commit-tree", tree, "-p", "audit", "-m", text) for text in "ab")
    world.git("push", "-q", "origin", f"{there}:refs/heads/audit")
    world.git("update-ref", "refs/heads/audit", here)
    ran = world.run("reconcile")
    assert (ran.code, "ledger.diverged" in ran.err) == (1, True)
    assert world.git("rev-parse", "audit") == here
    git(origin, "cat-file", "-e", there)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "{}",
        "[" * 100_000,
        '{"format_version": 2}',
        '{"format_version": 1, "commit": "HEAD", "targets": []}',
        '{"format_version": 1, "commit": "HEAD", "targets": [null]}',
        '{"format_version": 1, "commit": "HEAD", "targets": {"target": "prod"}}',
        '{"format_version": 1, "commit": "HEAD", "targets": [{"target": "prod", "digest": "sha256:x"}]}',
        '{"format_version": 1e999, "commit": "\\u001b[31m", "targets": "\\u202e"}',
    ],
)
def test_a_file_that_is_no_saved_plan_is_refused(world: World, tmp_path: Path, text: str) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(text)
    ran = world.run("apply", str(plan))
    assert ran.code == 3, ran.err
    assert "plan." in ran.err


def test_a_saved_plan_for_another_database_or_by_another_hand_does_not_run(
    world: World, tmp_path: Path
) -> None:
    world.merge_request(request())
    plan = tmp_path / "plan.json"
    assert world.run("plan", "--out", str(plan)).code == 0
    saved = json.loads(plan.read_text())
    saved["targets"][0]["changes"] = []
    saved["targets"][0]["statements"] = ["DROP USER alice"]
    digest = saved["targets"][0]["digest"]
    saved["targets"][0]["digest"] = digest[:-1] + ("0" if digest[-1] != "0" else "1")
    plan.write_text(json.dumps(saved))
    ran = world.run("apply", str(plan))
    assert (ran.code, "plan.moved" in ran.err) == (4, True)
    saved["targets"][0]["digest"] = digest
    plan.write_text(json.dumps(saved))
    assert world.run("apply", str(plan)).code == 0
    assert world.role_exists("JIT_PAYROLL_FIX"), "what was reviewed ran, not what the file says"
    for bad in (tmp_path, tmp_path / "not there"):
        assert world.run("apply", str(bad)).code == 3
    ran = world.run("plan", "--out", str(tmp_path / "no" / "such"))
    assert (ran.code, "plan.not-saved" in ran.err) == (1, True)
