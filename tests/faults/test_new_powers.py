"""State files of the ledger that somebody damaged or wrote by hand: what they are about stops, and nothing is granted, ended or rotated on their word."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.scenarios.world import World, request

HOSTILE = "\x1b]0;owned\x07\u202e"
RECORD = "state/prod/leases/pa/payroll-fix.json"


def rewritten(world: World, path: str, text: str) -> None:
    """The audit branch with another commit that holds the file."""
    tree = world.repository.parent / "hostile"
    world.git("worktree", "add", "-q", str(tree), "audit")
    file = tree / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    for arguments in (["add", "-A"], ["commit", "-q", "-m", "sync(prod): x"]):
        subprocess.run(["git", "-C", str(tree), *arguments], check=True)
    world.git("worktree", "remove", "--force", str(tree))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("state/prod/rotated.json", "{"),
        ("state/prod/rotated.json", '{"HR_APP": "never"}'),
        ("state/prod/rotated.json", '["HR_APP"]'),
        ("state/prod/break-glass/bg-x-1.json", "{}"),
        ("state/prod/break-glass/bg-x-1.json", "null"),
        (f"state/prod/break-glass/{HOSTILE}.json", "[]"),
        ("state/prod/break-glass/bg-x-1.json/nested", "{}"),
        ("state/prod/granted.jsonl", '{"kind": "system"}'),
        ("state/prod/intent.json", "[]"),
        ("state/prod/drift.json", "1"),
        ("state/prod/leases/pa/other.json", "{}"),
        ("state/prod/leases/pa/payroll-fix.json", "[" * 100_000),
    ],
)
def test_a_damaged_state_file_stops_the_target_and_grants_nothing(
    world: World, path: str, text: str
) -> None:
    world.merge_request(request())
    world.reconcile()
    before = world.as_dba("SELECT role FROM dba_roles WHERE role LIKE 'JIT%'")
    rewritten(world, path, text)
    world.merge_request(request("second", requester="bob"))
    for command in ("reconcile", "plan", "status"):
        ran = world.run(command)
        assert ran.code not in (0, 2, 70), f"{command}: {ran.out}{ran.err}"
        assert "ledger.damaged" in ran.err, ran.err
    assert world.as_dba("SELECT role FROM dba_roles WHERE role LIKE 'JIT%'") == before


@pytest.mark.parametrize(
    "change",
    [
        {"ending": {"temporary_user": "HR"}},
        {"ending": {"kill_sessions_of": "HR"}},
        {"grantee": "JITU_PAYROLL_FIX", "ending": {"temporary_user": "JITU_OTHER"}},
    ],
    ids=str,
)
def test_p19_a_record_that_was_edited_by_hand_ends_nobody_else(
    world: World, change: dict[str, object]
) -> None:
    world.merge_request(request())
    world.reconcile()
    world.as_dba("GRANT SELECT ON hr.jobs TO carol")
    record = json.loads(world.git("show", f"audit:{RECORD}"))
    rewritten(world, RECORD, json.dumps(record | change))
    grants = "SELECT grantee, privilege, table_name FROM dba_tab_privs ORDER BY 1, 2, 3"
    before = world.as_dba(grants)
    world.remove_request("payroll-fix")
    ran = world.run("reconcile")
    assert (ran.code, "ledger.damaged" in ran.err) == (1, True), ran.err
    assert world.as_dba(grants) == before
    world.advance("5h")
    assert not world.role_exists("JIT_PAYROLL_FIX"), "its deadline needs no ledger"


@pytest.mark.parametrize("name", ["..", "prod/..", HOSTILE, "../../etc"])
def test_a_target_that_only_the_ledger_names_leads_nowhere(world: World, name: str) -> None:
    world.merge_request(request())
    world.reconcile()
    ran = world.run("credentials", "payroll-fix", "--target", name, "--no-fetch")
    assert (ran.code, "credentials.none" in ran.err) == (3, True), ran.err
