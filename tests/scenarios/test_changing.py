"""What a run may and may not change: scope, brake, gaps, one bad item, saved plans, exit codes, two runs at once."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import oracledb
import pytest

from reconciler.cli import runs
from reconciler.oracle import batch
from reconciler.oracle.session import Session
from reconciler.run import target as run
from tests.scenarios.world import PEOPLE, TARGET, World, can, request, standing

JOBS = "[{privileges: [SELECT], on: HR.JOBS}]"


def held(world: World, grantee: str) -> list[tuple[str, str]]:
    return world.as_dba(
        f"SELECT privilege, table_name FROM dba_tab_privs WHERE grantee = '{grantee}' ORDER BY 1, 2"
    )


def test_p1_the_same_commit_and_database_give_the_same_plan(world: World) -> None:
    world.merge(
        {
            "grants/standing/app.yaml": standing("app", "[DAVE, BOB]", JOBS),
            "grants/requests/payroll-fix.yaml": request(
                window="{start: 2026-01-01T00:00:00Z, until: 2040-01-01T00:00:00Z}"
            ),
            "grants/policies/cap.yaml": world.policy("9999d"),
        }
    )
    first, second = world.plan(), world.plan()
    assert first | {"at": ""} == second | {"at": ""}
    assert first["changes"]


def test_p2_implicit_inherited_and_oracles_own_grants_are_never_in_a_plan(world: World) -> None:
    """Owner's rights, roles of their creator, INHERIT PRIVILEGES, PUBLIC, SYSTEM, and the reconciler's own account stay as they are, even where the scope
    would cover them."""
    text = TARGET.format(name="prod", dsn=world.dsn, mode="authoritative")
    wide = (
        text.replace("[ALICE, BOB, CAROL, DAVE]", '["*"]')
        .replace("[CREATE VIEW]", '["*"]')
        .replace("[HR_READER, OE_READER, FIN_READER]", '["*"]')
    )
    world.as_dba(
        "GRANT SELECT ON hr.jobs TO PUBLIC",
        "GRANT SELECT ON hr.jobs TO system",
        "GRANT SELECT ON hr.jobs TO reconciler",
    )
    world.merge({"grants/targets/prod.yaml": wide})
    touched = {row["entitlement"]["grantee"] for row in world.plan()["changes"]}
    assert not touched & {
        "PUBLIC",
        "SYS",
        "SYSTEM",
        "RECONCILER",
        "DBA",
        "CONNECT",
        "RESOURCE",
        "SELECT_CATALOG_ROLE",
    }
    own = [
        row
        for row in world.plan()["changes"]
        if row["entitlement"]["grantee"] == row["entitlement"].get("owner")
    ]
    assert own == []


def test_p2_a_target_without_a_mode_is_refused(world: World) -> None:
    text = TARGET.format(name="prod", dsn=world.dsn, mode="authoritative").replace(
        "  mode: authoritative\n", ""
    )
    world.merge({"grants/targets/prod.yaml": text})
    ran = world.run("reconcile")
    assert ran.code == 3
    assert "mode" in ran.err


def grant_by_hand(world: World, tables: int, grantee: str = "BOB") -> None:
    for number in range(tables):
        world.as_dba(
            f"CREATE TABLE hr.extra_{number} (id NUMBER)",
            f"GRANT SELECT ON hr.extra_{number} TO {grantee}",
        )


def test_p3_mass_removal_stops_before_the_first_statement_and_a_reviewed_field_lifts_it(
    world: World,
) -> None:
    grant_by_hand(world, 12)
    ran = world.run("reconcile", "--output", "json")
    assert ran.code == 4
    assert {brake["grantee"] for brake in ran.target["plan"]["brakes"]} >= {"BOB"}
    assert len(held(world, "BOB")) == 12
    assert "intent" not in world.ledger_kinds()

    text = TARGET.format(name="prod", dsn=world.dsn, mode="authoritative")
    world.merge(
        {
            "grants/targets/prod.yaml": text
            + "  removals:\n    release: {upTo: 12, until: 2099-01-01T00:00:00Z, reason: clean-up after the import}\n"
        }
    )
    assert "released until 2099-01-01T00:00:00Z: clean-up after the import" in world.run("plan").err
    world.reconcile()
    assert held(world, "BOB") == []


def test_p3_ends_of_leases_do_not_count(world: World) -> None:
    access = "[{role: HR_READER}, {role: OE_READER}, {role: FIN_READER}]"
    world.merge(
        {
            f"grants/requests/fix-{number}.yaml": request(f"fix-{number}", access=access)
            for number in range(15)
        }
    )
    world.reconcile()
    world.git("rm", "-q", "-r", "grants/requests")
    world.git("commit", "-q", "-m", "All done")
    assert {receipt["verdict"] for receipt in world.reconcile()["receipts"]} == {"ended"}


def test_p4_nothing_outside_the_scope_appears_as_a_change(world: World) -> None:
    world.as_dba(
        "GRANT SELECT ON hr.jobs TO hr_app WITH GRANT OPTION",
        "CREATE USER outside IDENTIFIED BY outside_1 QUOTA UNLIMITED ON users",
        "CREATE TABLE outside.t (id NUMBER)",
        "GRANT SELECT ON outside.t TO bob",
        "GRANT CREATE PROCEDURE TO bob",
        "GRANT app_support TO bob",
    )
    assert world.effects() == []
    assert world.plan()["drift"] == []
    world.merge({"grants/standing/far.yaml": standing("far", "[HR_APP]", JOBS)})
    ran = world.run("validate")
    assert (ran.code, "scope" in ran.out + ran.err) == (3, True)


def test_p4_observe_reports_drift_with_its_place_and_changes_nothing(world: World) -> None:
    world.merge(
        {
            "grants/targets/prod.yaml": TARGET.format(name="prod", dsn=world.dsn, mode="observe"),
            "grants/standing/app.yaml": standing("app", "[DAVE]", JOBS),
        }
    )
    world.as_dba("GRANT DELETE ON hr.jobs TO bob")
    ran = world.run("reconcile", "--output", "json")
    drift = ran.target["plan"]["drift"]
    assert ran.code == 2
    assert [(row["kind"], row["entitlement"]["grantee"]) for row in drift] == [
        ("unexpected", "BOB"),
        ("missing", "DAVE"),
    ]
    assert drift[1]["origin"]["path"] == "grants/standing/app.yaml"
    assert (held(world, "BOB"), held(world, "DAVE")) == ([("DELETE", "JOBS")], [])


def test_p4_additive_revokes_only_what_it_granted(world: World) -> None:
    world.merge(
        {
            "grants/targets/prod.yaml": TARGET.format(name="prod", dsn=world.dsn, mode="additive"),
            "grants/standing/app.yaml": standing("app", "[DAVE]", JOBS),
        }
    )
    world.as_dba("GRANT DELETE ON hr.jobs TO dave")
    world.reconcile()
    world.merge({"grants/standing/app.yaml": None})
    world.reconcile()
    assert held(world, "DAVE") == [("DELETE", "JOBS")]


def test_p5_what_is_wanted_before_and_after_is_never_revoked(world: World) -> None:
    columns = "[{{privileges: [UPDATE], on: HR.EMPLOYEES, columns: [{}]}}]"
    world.merge(
        {
            "grants/standing/app.yaml": standing(
                "app", "[DAVE]", columns.format("EMAIL, SALARY, PHONE_NUMBER")
            )
        }
    )
    world.reconcile()
    world.merge(
        {"grants/standing/app.yaml": standing("app", "[DAVE]", columns.format("EMAIL, SALARY"))}
    )

    (change,) = world.plan()["changes"]
    assert change["kind"] == "narrow"
    assert "gap" in world.run("plan").out
    statements = world.plan()["statements"]
    assert statements == [
        'REVOKE UPDATE ON "HR"."EMPLOYEES" FROM "DAVE"',
        'GRANT UPDATE ("EMAIL", "SALARY") ON "HR"."EMPLOYEES" TO "DAVE"',
    ]
    world.reconcile()
    world.assert_converged()
    left = world.as_dba("SELECT column_name FROM dba_col_privs WHERE grantee = 'DAVE' ORDER BY 1")
    assert left == [("EMAIL",), ("SALARY",)]


def test_p6_a_second_run_on_a_target_stops_and_names_the_first(world: World) -> None:
    world.merge_request(request())
    with (
        oracledb.connect(user="RECONCILER", password=world.password, dsn=world.dsn) as other,
        other.cursor() as cursor,
    ):
        other.module, other.action, other.clientinfo = (
            "reconciler",
            "locked",
            "run-of-the-other prod",
        )
        cursor.execute(
            "DECLARE h VARCHAR2(128); s NUMBER; BEGIN DBMS_LOCK.ALLOCATE_UNIQUE('RECONCILER_FREEPDB1', h); s := DBMS_LOCK.REQUEST(h, 6, 0, FALSE); END;"
        )
        ran = world.run("reconcile", "--lock-timeout", "0")
    assert ran.code == 4
    assert "target.busy" in ran.err
    assert not world.role_exists("JIT_PAYROLL_FIX")
    world.reconcile()


def test_p6_of_two_runs_at_once_one_works_and_the_other_finds_nothing_to_do(world: World) -> None:
    world.merge(
        {f"grants/requests/fix-{number}.yaml": request(f"fix-{number}") for number in range(5)}
    )
    environment = {"RECONCILER_PASSWORD": world.password}
    results = []

    def work() -> None:
        workspace = runs.open_workspace(world.repository, None, fetch=False)
        found = run.reconcile(
            workspace,
            *workspace.targets(()),
            environment,
            progress=lambda *_: None,
            refresh=lambda: None,
            publish=lambda: None,
        )
        results.append(found)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(found.survey.plan.changes) for found in results) == [0, 20]
    assert [found.exit_code for found in results] == [0, 0]
    assert world.ledger_kinds().count("intent") == 1


def test_p7_a_run_without_changes_costs_the_same_round_trips_at_any_size(world: World) -> None:
    world.merge_request(request())
    world.reconcile()
    small = world.reconcile()["round_trips"]
    for name in PEOPLE:
        for table in ("EMPLOYEES", "DEPARTMENTS", "LOCATIONS", "JOB_HISTORY", "PAYROLL"):
            world.as_dba(
                f"GRANT SELECT, READ, INSERT, UPDATE, DELETE ON hr.{table} TO {name} WITH GRANT OPTION"
            )
    assert small <= 12
    assert world.run("plan", "--output", "json").code in (0, 4)
    many = world.run("reconcile", "--output", "json").target["round_trips"]
    assert many == small


def test_p8_one_bad_item_fails_alone_with_its_ora_number(world: World) -> None:
    world.merge(
        {
            "grants/standing/good.yaml": standing(
                "good",
                "[DAVE]",
                "[{privileges: [SELECT], on: HR.JOBS}, {privileges: [INSERT], on: HR.PAYROLL_SEQ}, {privileges: [SELECT], on: OE.ORDERS}]",
            ),
            "grants/requests/payroll-fix.yaml": request(),
        }
    )
    outcomes = world.reconcile(code=5)["execution"]["outcomes"]
    failed = [row for row in outcomes if row["status"] != "done"]
    assert [(row["ora"], row["entitlement"]["object"]) for row in failed] == [(2205, "PAYROLL_SEQ")]
    assert failed[0]["hint"]
    assert held(world, "DAVE") == [("SELECT", "JOBS"), ("SELECT", "ORDERS")]
    assert can(world.log_on("ALICE"), "SELECT * FROM hr.payroll")


def test_p8_one_missing_grantee_of_a_packed_statement_does_not_fail_the_others(
    world: World,
) -> None:
    world.as_dba("DROP USER carol")
    world.merge(
        {
            "grants/standing/all.yaml": standing("all", "[ALICE, BOB, CAROL, DAVE]", JOBS).replace(
                "owner: carol", "owner: bob"
            )
        }
    )
    ran = world.run("reconcile")
    assert ran.code in (3, 5)
    assert [held(world, name) for name in ("ALICE", "BOB", "DAVE")] == [[("SELECT", "JOBS")]] * 3


def test_p8_already_gone_is_success_for_a_revoke(world: World) -> None:
    world.merge_request(
        request(access="[{privileges: [SELECT], on: HR.PAYROLL}, {role: HR_READER}]")
    )
    world.reconcile()
    world.as_dba(
        "REVOKE hr_reader FROM jit_payroll_fix", "DROP TABLE hr.payroll CASCADE CONSTRAINTS"
    )
    world.remove_request("payroll-fix")
    (receipt,) = world.reconcile()["receipts"]
    assert receipt["verdict"] == "ended"


def test_p9_what_plan_prints_is_what_the_database_runs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.merge(
        {
            "grants/standing/app.yaml": standing("app", "[DAVE, BOB]", JOBS),
            "grants/requests/payroll-fix.yaml": request(
                window="{start: 2026-01-01T00:00:00Z, until: 2040-01-01T00:00:00Z}"
            ),
            "grants/policies/cap.yaml": world.policy("9999d"),
        }
    )
    planned = world.plan()["statements"]
    sent: list[str] = []
    real = batch.run

    def recorded(session: Session, steps: Sequence[Sequence[str]]) -> object:
        sent.extend(statement for step in steps for statement in step)
        return real(session, steps)

    monkeypatch.setattr(batch, "run", recorded)
    world.reconcile()
    assert planned
    assert sent == planned


def test_p13_a_saved_plan_runs_only_while_it_is_still_the_plan(world: World) -> None:
    saved = world.repository / "plan.json"
    world.merge({"grants/standing/app.yaml": standing("app", "[DAVE]", JOBS)})
    assert world.run("plan", "--out", str(saved)).code == 0
    world.as_dba("GRANT DELETE ON hr.jobs TO bob")
    refused = world.run("apply", str(saved))
    assert (refused.code, "plan.moved" in refused.err) == (4, True)
    assert held(world, "DAVE") == []

    world.as_dba("REVOKE DELETE ON hr.jobs FROM bob")
    world.merge(
        {
            "grants/standing/later.yaml": standing(
                "later", "[DAVE]", "[{privileges: [DELETE], on: HR.JOBS}]"
            )
        }
    )
    assert world.run("apply", str(saved)).code == 0
    assert held(world, "DAVE") == [("SELECT", "JOBS")], "the plan's own commit is what runs"


def test_p13_saved_sql_is_never_executed(world: World) -> None:
    saved = world.repository / "plan.json"
    world.merge({"grants/standing/app.yaml": standing("app", "[DAVE]", JOBS)})
    world.run("plan", "--out", str(saved))
    saved.write_text(
        saved.read_text().replace("GRANT SELECT", "GRANT DELETE").replace('"SELECT"', '"DELETE"')
    )
    world.run("apply", str(saved))
    assert held(world, "DAVE") == [("SELECT", "JOBS")]


def test_p14_a_target_that_is_down_shows_in_the_code_and_the_others_go_on(world: World) -> None:
    down = TARGET.format(name="aaa-down", dsn="127.0.0.1:9/FREEPDB1", mode="additive")
    world.merge(
        {"grants/targets/aaa-down.yaml": down, "grants/requests/payroll-fix.yaml": request()}
    )
    ran = world.run("reconcile", "--output", "json")
    assert ran.code == 1
    assert [(row["target"], row["failed"]) for row in ran.json["targets"]] == [
        ("aaa-down", True),
        ("prod", False),
    ]
    assert world.role_exists("JIT_PAYROLL_FIX")


def test_p24_of_several_caps_the_smallest_holds_and_reconcile_checks_again(world: World) -> None:
    tight = world.policy("2h").replace("name: cap", "name: tight")
    world.merge(
        {
            "grants/policies/tight.yaml": tight,
            "grants/requests/payroll-fix.yaml": request(window="{duration: 4h}"),
        }
    )
    assert world.run("validate").code == 3
    ran = world.run("reconcile")
    assert (ran.code, "policy.too-long" in ran.err) == (3, True)
    assert not world.role_exists("JIT_PAYROLL_FIX")


def test_p24_no_value_means_for_ever(world: World) -> None:
    for window in (
        "{duration: 0h}",
        "{duration: ''}",
        "{duration: never}",
        "{}",
        "{until: never}",
        "{duration: 999999d}",
    ):
        world.merge_request(request(window=window))
        assert world.run("reconcile").code == 3, window
        assert not world.role_exists("JIT_PAYROLL_FIX")


def test_p23_misspelt_ends_are_errors_with_their_place_and_grant_nothing(world: World) -> None:
    for window in (
        "{until: next fryday}",
        "{duration: in 3 dayz}",
        "{until: 4 hours}",
        "{until: 2026-13-01T00:00:00Z}",
        "{until: 2026-12-01}",
        "{until: '2026-12-01T10:00:00'}",
        "{expire_at: 2026-12-01T10:00:00Z}",
    ):
        world.merge_request(request(window=window))
        ran = world.run("validate")
        assert (ran.code, "grants/requests/payroll-fix.yaml:10:" in ran.out) == (3, True), (
            window,
            ran,
        )
        assert world.run("reconcile").code == 3
        assert not world.role_exists("JIT_PAYROLL_FIX")
