"""Runs keep the last snapshot in the ledger: once, with what they record anyway, and not again for an unchanged database."""

from __future__ import annotations

from typing import Any

from reconciler.ledger import snapshots
from reconciler.ledger.store import Ledger
from reconciler.model.classification import Column
from reconciler.model.snapshot import Dependency, Snapshot
from tests.scenarios.world import World, request

FILE = "audit:state/prod/snapshot.jsonl"
PAY = """\
apiVersion: grants/v1
kind: Classification
metadata: {name: pay}
spec:
  targets: [prod]
  level: restricted
  category: pay
  columns: [HR.*.SALARY]
"""


def kept(world: World) -> Snapshot:
    found = Ledger(world.repository, actor="reader").snapshot("prod")
    assert found is not None
    assert found.commit == world.git("rev-parse", "audit")
    return found.snapshot


def events(world: World) -> list[dict[str, Any]]:
    return [row for row in world.events() if row["type"] == "snapshot"]


def test_a_run_with_nothing_to_do_keeps_what_it_saw_once(world: World) -> None:
    assert [row["kind"] for row in world.reconcile()["ledger"]] == ["sync"]
    (summary,) = world.ledger()
    assert summary.startswith("sync(prod): snapshot for reviews: ")
    for _ in range(2):
        assert world.reconcile()["ledger"] == []
    world.advance("23h")
    assert world.reconcile()["ledger"] == []
    world.advance("2h")
    assert [row["kind"] for row in world.reconcile()["ledger"]] == ["sync"]
    assert world.reconcile()["ledger"] == []


def test_a_run_that_changes_something_keeps_what_it_left_in_its_outcome(world: World) -> None:
    world.merge_request(request())
    assert [row["kind"] for row in world.reconcile()["ledger"]] == ["intent", "outcome"]
    assert "JIT_PAYROLL_FIX" in kept(world).roles
    assert "JIT_PAYROLL_FIX" in kept(world).deadlines
    at_the_intent = world.git("ls-tree", "-r", "--name-only", "audit~1")
    assert "snapshot.jsonl" not in at_the_intent
    assert world.reconcile()["ledger"] == [], "the next run sees what this one left"
    assert len(events(world)) == 1


def test_what_others_changed_is_kept_and_a_drift_commit_has_none(world: World) -> None:
    world.reconcile()
    world.as_dba("GRANT SELECT ON hr.jobs TO bob", "GRANT CREATE SESSION TO hr_reader")
    world.reconcile()
    kinds = world.ledger_kinds()
    assert kinds[1] == "drift"
    drift = world.git("log", "--format=%H", "--grep", "^drift(prod)", "audit").splitlines()[-1]
    changed = world.git("diff", "--name-only", f"{drift}~1", drift).splitlines()
    assert "state/prod/snapshot.jsonl" not in changed
    before = world.git("rev-parse", "audit")
    world.advance("1m")
    world.as_dba("CREATE ROLE of_somebody")
    assert [row["kind"] for row in world.reconcile()["ledger"]] == ["sync"]
    assert world.git("diff", "--numstat", before, "audit", "--", "state").split()[:2] == [
        "3",
        "1",
    ], "the instant, the role, and that its maker holds it"
    assert "OF_SOMEBODY" in kept(world).roles


def test_the_journal_says_which_snapshot_it_was(world: World) -> None:
    import hashlib

    world.reconcile()
    data = (world.git("show", FILE) + "\n").encode()
    (event,) = events(world)
    assert event["sha256"] == hashlib.sha256(data).hexdigest()
    assert event["grants"] == len(snapshots.decode(data).grants)


def test_nobodys_session_and_no_password_is_in_it(world: World) -> None:
    session = world.log_on("ALICE")
    session.client_identifier = "private-identifier"
    world.reconcile()
    text = world.git("show", FILE)
    assert world.password not in text
    assert world.system_password not in text
    assert kept(world).sessions == ()
    assert kept(world).users["ALICE"].last_login is None


def test_what_a_review_needs_is_in_it(world: World) -> None:
    world.as_dba(
        "CREATE VIEW hr.emp_cards AS SELECT employee_id, last_name FROM hr.employees",
        "BEGIN DBMS_STATS.SET_TABLE_STATS('HR', 'EMPLOYEES', numrows => 5000000); END;",
    )
    world.merge({"grants/classifications/pay.yaml": PAY})
    world.merge_request(request())
    world.reconcile()
    found = kept(world)
    assert found.sizes["HR", "EMPLOYEES"] == 5_000_000
    assert Dependency("HR", "EMP_CARDS", "HR", "EMPLOYEES", "TABLE") in found.dependencies
    assert Column("HR", "EMPLOYEES", "SALARY") in found.classified_columns
    assert {"HR", "OE", "FIN"} <= found.known_schemas
    assert world.reconcile()["ledger"] == []


def test_a_run_that_the_brake_stopped_keeps_nothing(world: World) -> None:
    world.merge_request(request())
    world.reconcile()
    before = world.git("show", FILE)
    world.as_dba("GRANT SELECT ON hr.jobs TO bob", "GRANT SELECT ON hr.employees TO bob")
    text = (world.repository / "grants/targets/prod.yaml").read_text(encoding="utf-8")
    world.merge({"grants/targets/prod.yaml": text + "  removals: {count: 1}\n"})
    assert world.run("reconcile").code == 4
    assert world.git("show", FILE) == before
