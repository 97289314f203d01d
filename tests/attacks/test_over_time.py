"""Attacks on access that was approved once: wider, longer, again, on another branch, or by what was changed beside it. And what needs no approval."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.attacks.attacking import WIDER
from tests.attacks.conftest import RELEASE, started
from tests.cli.test_output_contracts import problems
from tests.scenarios.reviewed import ask, begin, cap, propose, reviewed
from tests.scenarios.world import World, can


@pytest.fixture
def database(tmp_path: Path, template: Callable[[int], Path]) -> Iterator[Path]:
    """One of its own: clocks are moved, and what is granted stays."""
    yield from started(tmp_path / "sandbox", template(RELEASE))


SOON = cap().replace("    chains:", "    activateWithin: 3d\n    chains:")


def granted(world: World, name: str, **fields: str) -> None:
    """An approved request, granted."""
    reviewed(world, ask(name=name, **fields), "carol")
    world.reconcile()
    assert world.role_exists(role_of(name))


def role_of(name: str) -> str:
    return "JIT_" + name.upper().replace("-", "_")


def privileges(world: World, name: str) -> list[str]:
    rows = world.as_dba(
        f"SELECT privilege || ' ' || table_name FROM dba_tab_privs WHERE grantee = '{role_of(name)}'"
    )
    return sorted(row[0] for row in rows)


def end_of(world: World, name: str) -> str:
    text = world.git("show", f"audit:state/prod/leases/{name[:2]}/{name}.json")
    return str(json.loads(text)["end"])


def test_an_edit_that_widens_access_needs_an_approval_of_its_own(attacked: World) -> None:
    begin(attacked)
    granted(attacked, "widen")
    reviewed(attacked, ask(name="widen", access="[{privileges: [SELECT], on: HR.EMPLOYEES}]"))
    ran = attacked.run("reconcile")
    assert ran.code == 4
    assert "approval.missing" in ran.err
    assert privileges(attacked, "widen") == ["SELECT PAYROLL"], "what was approved goes on"


def test_p26_an_extension_needs_an_approval_and_then_moves_the_end(attacked: World) -> None:
    begin(attacked)
    granted(attacked, "extend")
    before = end_of(attacked, "extend")
    reviewed(attacked, ask(name="extend", window="{duration: 8h}"))
    assert attacked.run("reconcile").code == 4
    assert end_of(attacked, "extend") == before
    reviewed(attacked, ask(name="extend", window="{duration: 7h}"), "carol")
    attacked.reconcile()
    assert end_of(attacked, "extend") > before


def test_the_same_bytes_merged_again_without_review_stay_refused(attacked: World) -> None:
    begin(attacked)
    reviewed(attacked, ask(name="again"))
    assert attacked.run("reconcile").code == 4
    reviewed(attacked, {"grants/requests/again.yaml": None})
    reviewed(attacked, ask(name="again"))
    assert attacked.run("reconcile").code == 4
    assert not attacked.role_exists(role_of("again"))


def test_p27_an_early_end_needs_no_approval(attacked: World) -> None:
    begin(attacked)
    granted(attacked, "early")
    text = ask(name="early", extra="  ended: true\n")
    reviewed(attacked, text)
    found = attacked.reconcile()
    assert [row["verdict"] for row in found["receipts"]] == ["ended"]
    assert not attacked.role_exists(role_of("early"))


def test_a_removed_request_and_a_shorter_one_need_no_approval(attacked: World) -> None:
    begin(attacked)
    granted(attacked, "shorter")
    before = end_of(attacked, "shorter")
    reviewed(attacked, ask(name="shorter", window="{duration: 1h}"))
    attacked.reconcile()
    assert end_of(attacked, "shorter") < before
    attacked.remove_request("shorter")
    attacked.reconcile()
    assert not attacked.role_exists(role_of("shorter"))


def test_p31_an_early_end_that_is_taken_back_never_brings_access_back(attacked: World) -> None:
    begin(attacked)
    granted(attacked, "revert")
    reviewed(attacked, ask(name="revert", extra="  ended: true\n"))
    attacked.reconcile()
    reviewed(attacked, ask(name="revert"), "carol")
    attacked.run("reconcile")
    assert not attacked.role_exists(role_of("revert"))


def test_a_request_that_came_ended_needs_an_approval_to_begin(attacked: World) -> None:
    begin(attacked)
    reviewed(attacked, ask(name="asleep", extra="  ended: true\n"))
    attacked.reconcile()
    reviewed(attacked, ask(name="asleep"))
    attacked.run("reconcile")
    assert not attacked.role_exists(role_of("asleep"))


def test_an_end_that_widens_access_beside_it_leaves_nothing_to_take_back(attacked: World) -> None:
    begin(attacked)
    reviewed(
        attacked, ask(name="quiet", window="{start: 2099-01-01T00:00:00Z, duration: 1h}"), "carol"
    )
    reviewed(
        attacked,
        ask(
            name="quiet", access="[{privileges: [DELETE], on: HR.PAYROLL}]", extra="  ended: true\n"
        ),
    )
    reviewed(attacked, ask(name="quiet", access="[{privileges: [DELETE], on: HR.PAYROLL}]"))
    ran = attacked.run("reconcile")
    assert ran.code == 4, ran.err
    assert not attacked.role_exists(role_of("quiet"))


def test_p31_a_bundle_that_changed_since_stops_access_that_has_not_begun(attacked: World) -> None:
    """The bundle's change was approved by those who guard bundles, not by those who own the data."""
    begin(attacked)
    reviewed(attacked, ask(name="bundled", access="[{bundle: payroll}]"), "carol")
    reviewed(attacked, {"grants/bundles/payroll.yaml": WIDER}, "dave")
    ran = attacked.run("reconcile")
    assert ran.code == 4, ran.err
    assert "approval.moved" in ran.err
    assert not attacked.role_exists(role_of("bundled"))


def test_p25_an_approval_that_was_not_used_in_time_lapses(attacked: World) -> None:
    begin(attacked, papers={"grants/policies/cap.yaml": SOON})
    reviewed(attacked, ask(name="used"), "carol")
    attacked.reconcile()
    reviewed(attacked, ask(name="lapsed"), "carol")
    attacked.advance("4d")
    ran = attacked.run("reconcile")
    assert ran.code == 4, ran.err
    assert "approval.lapsed" in ran.err
    assert not attacked.role_exists(role_of("lapsed"))


def test_a_rewritten_branch_is_refused(attacked: World) -> None:
    begin(attacked)
    start = attacked.git("rev-parse", "HEAD")
    granted(attacked, "rewritten")
    attacked.git("reset", "-q", "--hard", start)
    attacked.merge({"grants/README.md": "Another story\n"}, "Another story")
    ran = attacked.run("reconcile")
    assert ran.code == 4
    assert "git.history-rewritten" in ran.err
    assert attacked.role_exists(role_of("rewritten")), "nothing is done at all"
    assert attacked.run("revoke", "rewritten", "--reason", "the branch was forced").code == 0
    assert not attacked.role_exists(role_of("rewritten")), "ends never wait for evidence"


def test_a_branch_that_was_not_merged_is_not_reconciled(attacked: World) -> None:
    begin(attacked)
    attacked.reconcile()
    propose(attacked, ask(name="unmerged"))
    ran = attacked.run("reconcile", "--ref", "change")
    assert ran.code == 4, ran.err
    assert not attacked.role_exists(role_of("unmerged"))


def test_p13_a_saved_plan_of_a_branch_that_was_not_approved_does_not_run(
    attacked: World, tmp_path: Path
) -> None:
    begin(attacked)
    attacked.reconcile()
    propose(attacked, ask(name="saved"))
    saved = tmp_path / "plan.json"
    attacked.git("switch", "-q", "change")
    attacked.run("plan", "--out", str(saved))
    attacked.git("switch", "-q", "main")
    ran = attacked.run("apply", str(saved))
    assert ran.code == 4, ran.err
    assert not attacked.role_exists(role_of("saved"))


def test_p13_an_approval_of_one_request_does_not_cover_another(attacked: World) -> None:
    begin(attacked)
    granted(attacked, "first")
    reviewed(attacked, ask(name="second", access="[{privileges: [DELETE], on: HR.PAYROLL}]"))
    assert attacked.run("reconcile").code == 4
    assert attacked.role_exists(role_of("first"))
    assert not attacked.role_exists(role_of("second"))


def test_one_refused_document_stops_nothing_else(attacked: World) -> None:
    begin(attacked)
    reviewed(attacked, ask(name="refused"))
    reviewed(attacked, ask(name="accepted"), "carol")
    assert attacked.run("reconcile").code == 4
    assert attacked.role_exists(role_of("accepted"))
    assert not attacked.role_exists(role_of("refused"))


def test_a_refused_change_is_in_force_once_it_is_merged_again_with_a_review(
    attacked: World,
) -> None:
    begin(attacked)
    reviewed(attacked, ask(name="twice"))
    assert attacked.run("reconcile").code == 4
    again = ask(name="twice", window="{duration: 3h}")
    reviewed(attacked, again, "carol")
    attacked.reconcile()
    assert can(attacked.log_on("ALICE"), "SELECT * FROM hr.payroll")


def test_evidence_that_was_changed_in_the_ledger_is_found(attacked: World) -> None:
    begin(attacked)
    reviewed(attacked, ask(name="forged"))
    assert attacked.run("reconcile").code == 4
    verified = attacked.run("audit verify", "--output", "json")
    assert (verified.code, problems("audit", verified.json)) == (0, [])
    assert (verified.json["documents"], verified.json["approved"]) == (1, 0)
    state = json.loads(attacked.git("show", "audit:state/_approvals/state.json"))
    state["held"] = {}
    forge_ledger(attacked, {"state/_approvals/state.json": json.dumps(state)})
    assert "audit.state-differs" in attacked.run("audit verify").err


def test_an_approval_that_was_written_into_the_ledger_is_found(attacked: World) -> None:
    begin(attacked)
    granted(attacked, "real")
    record = json.loads(attacked.git("show", "audit:state/_approvals/requests/re/real.json"))
    forged = json.dumps(record | {"by": ["carol", "dave"]})
    forge_ledger(attacked, {"state/_approvals/requests/re/real.json": forged})
    ran = attacked.run("audit verify")
    assert ran.code == 4
    assert "audit.approval-differs" in ran.err


def test_a_lease_whose_evidence_is_gone_is_found(attacked: World) -> None:
    begin(attacked)
    granted(attacked, "bare")
    assert attacked.run("audit verify").code == 0
    forge_ledger(attacked, {"state/_approvals/requests/ba/bare.json": None})
    ran = attacked.run("audit verify")
    assert ran.code == 4
    assert "audit.approval-differs" in ran.err


def test_a_lease_that_a_run_granted_without_an_approval_is_found(attacked: World) -> None:
    """Whoever has the account of the reconciler can write a lease into database and ledger; the proof does not follow."""
    begin(attacked)
    granted(attacked, "seen")
    text = attacked.git("show", "audit:state/prod/leases/se/seen.json").replace("seen", "unseen")
    forge_ledger(
        attacked, {"state/prod/leases/un/unseen.json": text.replace("JIT_SEEN", "JIT_UNSEEN")}
    )
    ran = attacked.run("audit verify")
    assert ran.code == 4
    assert "audit.not-approved: lease unseen" in ran.err


def test_damaged_evidence_stops_grants_and_never_an_end(attacked: World) -> None:
    begin(attacked)
    granted(attacked, "damaged")
    forge_ledger(attacked, {"state/_approvals/state.json": "{}"})
    assert attacked.run("reconcile").code == 1
    assert attacked.role_exists(role_of("damaged"))
    assert attacked.run("revoke", "damaged", "--reason", "to be sure").code == 0
    assert not attacked.role_exists(role_of("damaged"))


def forge_ledger(world: World, files: dict[str, str | None]) -> None:
    """Rewrites the newest commit of the audit branch, as somebody could who may push there."""
    world.git("worktree", "add", "-q", str(world.repository / "ledger"), "audit")
    for path, text in files.items():
        file = world.repository / "ledger" / path
        if text is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    folder = str(world.repository / "ledger")
    world.git("-C", folder, "add", "-A")
    world.git("-C", folder, "commit", "-q", "--amend", "--no-edit")
    world.git("worktree", "remove", "--force", folder)
