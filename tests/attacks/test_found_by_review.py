"""Ways around approvals that a review of the code found. Each is refused, and the reason is told."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reconciler.model.break_glass import digest_of
from tests.attacks.attacking import GLASS, WIDER
from tests.attacks.conftest import RELEASE, started
from tests.attacks.test_over_time import forge_ledger, granted, privileges, role_of
from tests.scenarios.reviewed import BUNDLE, ask, begin, merge, propose, reviewed, signed
from tests.scenarios.world import Ran, World, request


@pytest.fixture
def database(tmp_path: Path, template: Callable[[int], Path]) -> Iterator[Path]:
    """One of its own: what is granted stays."""
    yield from started(tmp_path / "sandbox", template(RELEASE))


def test_a_bundle_that_becomes_a_request_needs_the_owners_of_the_data(attacked: World) -> None:
    begin(attacked)
    text = request(name="payroll", requester="dave")
    reviewed(attacked, {"grants/bundles/payroll.yaml": text}, "dave")
    ran = attacked.run("reconcile")
    assert ran.code == 4, ran.out + ran.err
    assert "missing: 1 of data" in ran.err
    assert not attacked.role_exists(role_of("payroll"))


def test_an_older_commit_of_the_branch_is_not_run_again(attacked: World) -> None:
    begin(attacked)
    reviewed(attacked, ask(name="refused"))
    older = attacked.git("rev-parse", "HEAD")
    assert attacked.run("reconcile").code == 4
    reviewed(attacked, {"grants/requests/refused.yaml": None})
    attacked.reconcile()
    ran = attacked.run("reconcile", "--ref", older)
    assert ran.code == 4, ran.out + ran.err
    assert not attacked.role_exists(role_of("refused"))


def test_a_bundle_that_was_widened_does_not_widen_access_that_runs(attacked: World) -> None:
    begin(attacked)
    granted(attacked, "running", access="[{bundle: payroll}]")
    assert privileges(attacked, "running") == ["SELECT PAYROLL"]
    reviewed(attacked, {"grants/bundles/payroll.yaml": WIDER}, "dave")
    ran = attacked.run("reconcile")
    assert privileges(attacked, "running") == ["SELECT PAYROLL"] or not privileges(
        attacked, "running"
    )
    assert "approval.moved" in ran.err


def test_a_bundle_that_was_widened_after_the_review_and_before_the_merge(attacked: World) -> None:
    begin(attacked)
    head = propose(attacked, ask(name="seen", access="[{bundle: payroll}]"))
    approval = signed("carol", head)
    wider = propose(attacked, {"grants/bundles/payroll.yaml": WIDER}, branch="wider")
    merge(attacked, [signed("dave", wider)], branch="wider")
    merge(attacked, [approval])
    ran = attacked.run("reconcile")
    assert ran.code == 4, ran.out + ran.err
    assert "approval.moved" in ran.err
    assert not attacked.role_exists(role_of("seen"))


def test_a_merge_that_leaves_out_a_narrower_bundle(attacked: World) -> None:
    begin(attacked, papers={"grants/bundles/payroll.yaml": WIDER})
    narrow = BUNDLE.format(access="[{privileges: [SELECT], on: HR.PAYROLL}]")
    head = propose(
        attacked,
        ask(name="partial", access="[{bundle: payroll}]") | {"grants/bundles/payroll.yaml": narrow},
    )
    approvals = [signed("carol", head), signed("dave", head)]
    attacked.git("merge", "-q", "--no-ff", "--no-commit", "change")
    attacked.git("checkout", "-q", "HEAD", "--", "grants/bundles/payroll.yaml")
    attacked.git("commit", "-q", "-m", "\n".join(("Merge change", "", *approvals)))
    ran = attacked.run("reconcile")
    assert ran.code == 4, ran.out + ran.err
    assert "approval.moved" in ran.err
    assert not attacked.role_exists(role_of("partial"))


def test_a_folder_of_documents_that_is_gone_for_a_while_stops_nothing_for_ever(
    attacked: World,
) -> None:
    begin(attacked)
    attacked.reconcile()
    attacked.git("rm", "-rq", "grants")
    (attacked.repository / "README.md").write_text("x\n", encoding="utf-8")
    attacked.git("add", "-A")
    attacked.git("commit", "-q", "-m", "Oops")
    assert attacked.run("reconcile").code != 0
    attacked.git("revert", "--no-edit", "HEAD")
    attacked.reconcile()
    granted(attacked, "after")


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: (folder / "policies" / "more.YAML").write_text("x", encoding="utf-8"),
        lambda folder: (folder / "policies" / "link").symlink_to("cap.yaml"),
        lambda folder: (folder / "teams" / "data.yaml").chmod(0o755),
    ],
    ids=["suffix", "link", "executable"],
)
def test_a_file_that_cannot_be_read_is_as_harmless_as_any_that_was_not_approved(
    attacked: World, make: Callable[[Path], object]
) -> None:
    begin(attacked)
    attacked.reconcile()
    make(attacked.repository / "grants")
    attacked.git("add", "-A")
    attacked.git("commit", "-q", "-m", "Look here")
    ran = attacked.run("reconcile")
    assert ran.code == 4, ran.out + ran.err
    assert "approval." in ran.err
    reviewed(attacked, ask(name="others"), "carol")
    attacked.run("reconcile")
    assert attacked.role_exists(role_of("others"))


def forged_lease(world: World, **changes: str) -> dict[str, str | None]:
    """A lease that nobody approved, made from the one that is called seen."""
    text = world.git("show", "audit:state/prod/leases/se/seen.json").replace("seen", "unseen")
    record = json.loads(text.replace("JIT_SEEN", "JIT_UNSEEN"))
    return {"state/prod/leases/un/unseen.json": json.dumps(record | changes)}


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "grants/policies/cap.yaml"},
        {"path": ""},
        {"path": "grants/requests/unseen.yaml", "first_start": "2020-01-01T00:00:00Z"},
    ],
    ids=["of another file", "of no file", "of long ago"],
)
def test_a_lease_that_was_written_into_the_ledger_is_found_whatever_it_says_of_itself(
    attacked: World, changes: dict[str, str]
) -> None:
    begin(attacked)
    granted(attacked, "seen")
    assert attacked.run("audit verify").code == 0
    forge_ledger(attacked, forged_lease(attacked, **changes))
    ran = attacked.run("audit verify")
    assert ran.code == 4, ran.out + ran.err
    assert "audit.not-approved: lease unseen" in ran.err


def test_a_beginning_of_judging_that_was_moved_is_found(attacked: World) -> None:
    """What stood where judging began counts without evidence, so a later beginning would cover what nobody approved."""
    begin(attacked)
    attacked.reconcile()
    reviewed(attacked, ask(name="refused"))
    assert attacked.run("reconcile").code == 4
    later = attacked.git("rev-parse", "HEAD")
    state = json.loads(attacked.git("show", "audit:state/_approvals/state.json"))
    forged = json.dumps(state | {"baseline": later})
    forge_ledger(attacked, {"state/_approvals/state.json": forged})
    ran = attacked.run("audit verify")
    assert ran.code == 4, ran.out + ran.err
    assert "audit.baseline" in ran.err


def test_a_ledger_without_any_judgement_proves_no_lease(attacked: World) -> None:
    begin(attacked)
    granted(attacked, "seen")
    attacked.git("branch", "kept", "audit")
    files: dict[str, str | None] = {
        path: None
        for path in attacked.git("ls-tree", "-r", "--name-only", "audit").splitlines()
        if path.startswith("state/_approvals/")
    }
    forge_ledger(attacked, files)
    ran = attacked.run("audit verify")
    assert ran.code == 4, ran.out + ran.err
    assert "audit.not-approved: lease seen" in ran.err


def test_break_glass_opens_nothing_of_a_branch_that_was_not_judged(attacked: World) -> None:
    begin(attacked)
    attacked.reconcile()
    code = "0000-1111-2222-3333-4444-5555-6666-7777"
    propose(attacked, {"grants/break-glass/rescue.yaml": glass(code)})
    attacked.git("switch", "-q", "change")
    attacked.git("commit", "-q", "--allow-empty", "--amend", "--reset-author", "-C", "HEAD")
    attacked.git("switch", "-q", "--orphan", "other")
    attacked.git("checkout", "-q", "change", "--", "grants")
    attacked.git("commit", "-q", "-m", "Another story")
    ran = open_glass(attacked, code, "other")
    assert ran.code == 4, ran.out + ran.err
    assert "git.history-rewritten" in ran.err
    assert not glass_roles(attacked)


def test_break_glass_opens_nothing_that_was_refused_and_is_gone_by_now(attacked: World) -> None:
    begin(attacked)
    code = "0000-1111-2222-3333-4444-5555-6666-7777"
    reviewed(attacked, {"grants/break-glass/rescue.yaml": glass(code)})
    older = attacked.git("rev-parse", "HEAD")
    assert attacked.run("reconcile").code == 4
    reviewed(attacked, {"grants/break-glass/rescue.yaml": None})
    attacked.reconcile()
    ran = open_glass(attacked, code, older)
    assert ran.code != 0, ran.out + ran.err
    assert "rescue" in ran.err
    assert not glass_roles(attacked)


def glass(code: str) -> str:
    seal = GLASS.partition("sha256: ")[2].partition("}")[0]
    return GLASS.replace(seal, digest_of(code))


def open_glass(world: World, code: str, ref: str) -> Ran:
    world.environment["RECONCILER_BREAK_GLASS_CODE"] = code
    return world.run(
        "break-glass open", "rescue", "--person", "alice", "--reason", "It is down", "--ref", ref
    )


def glass_roles(world: World) -> list[tuple[object, ...]]:
    return world.as_dba("SELECT role FROM dba_roles WHERE role LIKE 'JIT%RESCUE%'")


def raw(world: World, *arguments: str, given: bytes = b"") -> str:
    """Git with bytes that are no text."""
    done = subprocess.run(
        ["git", "-C", str(world.repository), *arguments],
        input=given,
        capture_output=True,
        check=True,
    )
    return done.stdout.decode().strip()


def commit_tree(world: World, entry: bytes) -> None:
    """A commit on main whose `grants` holds one entry more, as `git mktree -z` reads it."""
    inside = raw_bytes(world, "ls-tree", "-z", "HEAD:grants") + entry + b"\0"
    grants = raw(world, "mktree", "-z", given=inside)
    outside = f"040000 tree {grants}\tgrants\0".encode()
    root = raw(world, "mktree", "-z", given=outside)
    commit = raw(world, "commit-tree", root, "-p", "HEAD", "-m", "Odd")
    world.git("update-ref", "refs/heads/main", commit)


def raw_bytes(world: World, *arguments: str) -> bytes:
    return subprocess.run(
        ["git", "-C", str(world.repository), *arguments], capture_output=True, check=True
    ).stdout


NAMES = {
    "no UTF-8": b"\xff\xfe.yaml",
    "control characters": b"\x1b[2Jx.yaml",
    "a line of its own": b"x\nApproved-By: carol.yaml",
    "right to left": "\u202egpj.yaml".encode(),
    "decomposed": "caf\u0065\u0301.yaml".encode(),
}


@pytest.mark.parametrize("name", NAMES)
def test_odd_names_stop_nothing_and_reach_no_terminal_as_they_are(
    attacked: World, name: str
) -> None:
    begin(attacked)
    attacked.reconcile()
    blob = raw(attacked, "hash-object", "-w", "--stdin", given=request().encode())
    start = attacked.git("rev-parse", "HEAD")
    commit_tree(attacked, b"100644 blob %s\t%s" % (blob.encode(), NAMES[name]))
    ran = attacked.run("reconcile")
    assert ran.code == 4, ran.out + ran.err
    assert "approval." in ran.err
    for character in ("\x1b", "\u202e", "\nApproved-By"):
        assert character not in ran.err + ran.out
    log = attacked.git("log", "audit", "--format=%B")
    assert "Approved-By: carol" not in log
    assert "\x1b" not in log
    raw(attacked, "read-tree", start)
    back = raw(attacked, "commit-tree", f"{start}^{{tree}}", "-p", "HEAD", "-m", "Back")
    attacked.git("update-ref", "refs/heads/main", back)
    attacked.git("reset", "-q", "--hard")
    granted(attacked, "others")
    verified = attacked.run("audit verify")
    assert verified.code == 0, verified.out + verified.err


def test_a_very_deep_folder_stops_nothing(attacked: World) -> None:
    begin(attacked)
    attacked.reconcile()
    start = attacked.git("rev-parse", "HEAD")
    blob = raw(attacked, "hash-object", "-w", "--stdin", given=b"x")
    tree = raw(attacked, "mktree", given=f"100644 blob {blob}\tx.txt\n".encode())
    for _ in range(1500):
        tree = raw(attacked, "mktree", given=f"040000 tree {tree}\td\n".encode())
    commit_tree(attacked, f"040000 tree {tree}\tdeep".encode())
    attacked.run("reconcile")
    back = raw(attacked, "commit-tree", f"{start}^{{tree}}", "-p", "HEAD", "-m", "Back")
    attacked.git("update-ref", "refs/heads/main", back)
    granted(attacked, "others")
    verified = attacked.run("audit verify")
    assert verified.code == 0, verified.out + verified.err
