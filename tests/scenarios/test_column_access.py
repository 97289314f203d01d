"""Reading some columns of a table: through a view that is made for it, shared, repaired and gone again, while the rest of the table stays closed."""

from __future__ import annotations

import json

import oracledb
import pytest

from reconciler.model.identities import column_view
from tests.scenarios.world import World, can, request, standing

COLUMNS = ("EMPLOYEE_ID", "SALARY")
VIEW = column_view("HR", "EMPLOYEES", COLUMNS)
SHOWN = f"RECONCILER_GATE.{VIEW.name}"
ON_COLUMNS = "{privileges: [SELECT], on: HR.EMPLOYEES, columns: [SALARY, EMPLOYEE_ID]}"
SALARIES = f"SELECT employee_id, salary FROM {SHOWN}"
TABLE = "SELECT employee_id FROM hr.employees"


def views(world: World) -> list[str]:
    rows = world.as_dba("SELECT view_name FROM dba_views WHERE owner = 'RECONCILER_GATE'")
    return sorted(name for (name,) in rows)


def base_grants(world: World) -> list[str]:
    """What the views' owner may read of people's schemas."""
    rows = world.as_dba(
        "SELECT owner || '.' || table_name FROM dba_tab_privs WHERE grantee = 'RECONCILER_GATE' AND owner <> 'SYS'"
    )
    return sorted(name for (name,) in rows)


def refusal(connection: oracledb.Connection, sql: str) -> int:
    """Number of the error that the statement ends with, 0 for none."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
    except oracledb.DatabaseError as error:
        return int(error.args[0].code)
    return 0


def findings(world: World, code: int = 0) -> dict[str, str]:
    """Rules of the plan's findings, with their messages."""
    ran = world.run("plan", "--output", "json")
    assert ran.code == code, ran.out + ran.err
    return {row["rule"]: row["message"] for row in ran.target["plan"]["findings"]}


def test_p35_select_on_columns_gives_these_and_no_others_and_ends_with_its_lease(
    world: World,
) -> None:
    world.merge_request(request(access=f"[{ON_COLUMNS}]"))
    assert not can(world.log_on("ALICE"), SALARIES)

    world.reconcile()
    session = world.log_on("ALICE")
    assert can(session, SALARIES)
    assert refusal(session, f"SELECT ssn FROM {SHOWN}") == 904
    assert not can(session, TABLE)
    assert not can(session, f"UPDATE {SHOWN} SET salary = 0")
    assert base_grants(world) == ["HR.EMPLOYEES"]
    world.assert_converged()

    world.advance("241m")
    assert not can(session, SALARIES)
    world.reconcile()
    assert (views(world), base_grants(world)) == ([], [])
    world.assert_converged()


def test_p35_handing_it_back_by_command_cuts_off_at_once_and_the_next_run_tidies_up(
    world: World,
) -> None:
    world.merge_request(request(access=f"[{ON_COLUMNS}]"))
    world.reconcile()
    session = world.log_on("ALICE")
    assert can(session, SALARIES)
    assert world.run("revoke", "payroll-fix", "--reason", "seen enough").code == 0
    assert not can(session, SALARIES)
    world.remove_request("payroll-fix")
    world.reconcile()
    assert (views(world), base_grants(world)) == ([], [])
    world.assert_converged()


def test_p35_the_plan_says_that_a_view_is_granted_and_why(world: World) -> None:
    world.merge_request(request(access=f"[{ON_COLUMNS}]"))
    said = findings(world)["column-view.used"]
    assert said == (
        f"SELECT on columns EMPLOYEE_ID, SALARY of HR.EMPLOYEES through view {SHOWN},"
        " because Oracle has no column list for SELECT"
    )
    text = world.run("plan").out
    assert f"view {SHOWN} of HR.EMPLOYEES (EMPLOYEE_ID, SALARY)" in text
    kinds = [effect.split()[0] for effect in world.effects()]
    assert kinds.index("create-view") < kinds.index("grant")


def test_p35_update_beside_select_is_native_and_only_of_the_listed_columns(world: World) -> None:
    item = "{privileges: [SELECT, UPDATE], on: HR.EMPLOYEES, columns: [EMPLOYEE_ID, SALARY]}"
    world.merge_request(request(access=f"[{item}]"))
    world.reconcile()
    session = world.log_on("ALICE")
    assert can(session, SALARIES)
    assert can(session, "UPDATE hr.employees SET salary = 0")
    assert not can(session, "UPDATE hr.employees SET ssn = NULL")
    assert not can(session, TABLE)
    assert not can(session, f"UPDATE {SHOWN} SET salary = 0")
    session.rollback()
    world.assert_converged()


def test_p35_update_that_chooses_rows_wants_select_on_the_table_and_the_plan_says_so(
    world: World,
) -> None:
    item = "{privileges: [SELECT, UPDATE], on: HR.EMPLOYEES, columns: [EMPLOYEE_ID, SALARY]}"
    world.merge_request(request(access=f"[{item}]"))
    assert "SQL92_SECURITY" in findings(world)["column-view.update-cannot-choose"]
    world.reconcile()
    session = world.log_on("ALICE")
    assert not can(session, "UPDATE hr.employees SET salary = 0 WHERE ssn LIKE '1%'")
    assert not can(session, "UPDATE hr.employees SET salary = 0 WHERE employee_id = 100")


def test_p35_read_on_columns_reads_and_locks_nothing(world: World) -> None:
    item = "{privileges: [READ], on: HR.EMPLOYEES, columns: [EMPLOYEE_ID, SALARY]}"
    world.merge_request(request(access=f"[{item}]"))
    world.reconcile()
    session = world.log_on("ALICE")
    assert can(session, SALARIES)
    held = world.as_dba(f"SELECT privilege FROM dba_tab_privs WHERE table_name = '{VIEW.name}'")
    assert held == [("READ",)]
    world.assert_converged()


def test_p35_leases_and_a_standing_grant_share_a_view_and_do_not_cancel_each_other(
    world: World,
) -> None:
    world.merge_request(request("first", access=f"[{ON_COLUMNS}]", window="{duration: 1h}"))
    world.merge_request(
        request("second", requester="bob", access=f"[{ON_COLUMNS}]", window="{duration: 2h}")
    )
    always = standing("payroll-app", "[DAVE]", f"[{ON_COLUMNS}]")
    world.merge({"grants/standing/payroll-app.yaml": always})
    world.reconcile()
    assert views(world) == [VIEW.name]
    sessions = {name: world.log_on(name) for name in ("ALICE", "BOB", "DAVE")}
    assert all(can(session, SALARIES) for session in sessions.values())

    world.advance("61m")
    world.reconcile()
    assert [can(session, SALARIES) for session in sessions.values()] == [False, True, True]
    world.advance("61m")
    world.reconcile()
    assert [can(session, SALARIES) for session in sessions.values()] == [False, False, True]
    assert (views(world), base_grants(world)) == ([VIEW.name], ["HR.EMPLOYEES"])
    world.assert_converged()

    world.merge({"grants/standing/payroll-app.yaml": None})
    world.reconcile()
    assert not can(sessions["DAVE"], SALARIES)
    assert (views(world), base_grants(world)) == ([], [])
    world.assert_converged()


def test_p35_a_bundle_may_hold_columns(world: World) -> None:
    bundle = f"""\
apiVersion: grants/v1
kind: Bundle
metadata: {{name: salaries}}
spec:
  description: Salaries without the rest of the personnel file
  access:
    - {ON_COLUMNS}
"""
    world.merge({"grants/bundles/salaries.yaml": bundle})
    world.merge_request(request(access="[{bundle: salaries}]"))
    world.reconcile()
    session = world.log_on("ALICE")
    assert can(session, SALARIES)
    assert not can(session, TABLE)


def test_p35_other_columns_are_another_view_and_an_edit_moves_from_one_to_the_other(
    world: World,
) -> None:
    world.merge_request(request(access=f"[{ON_COLUMNS}]"))
    world.reconcile()
    other = column_view("HR", "EMPLOYEES", ["EMAIL"])
    item = "{privileges: [SELECT], on: HR.EMPLOYEES, columns: [EMAIL]}"
    world.merge_request(request(access=f"[{item}]"), "Ask for less")
    world.reconcile()
    session = world.log_on("ALICE")
    assert not can(session, SALARIES)
    assert can(session, f"SELECT email FROM RECONCILER_GATE.{other.name}")
    assert (views(world), base_grants(world)) == ([other.name], ["HR.EMPLOYEES"])
    world.assert_converged()


class TestByHand:
    def test_p35_a_view_that_was_altered_is_reported_and_made_again(self, world: World) -> None:
        world.merge_request(request(access=f"[{ON_COLUMNS}]"))
        world.reconcile()
        world.as_dba(
            f"CREATE OR REPLACE VIEW {SHOWN} AS SELECT employee_id, salary, ssn FROM hr.employees"
        )
        session = world.log_on("ALICE")
        assert can(session, f"SELECT ssn FROM {SHOWN}")

        assert "somebody changed it" in findings(world)["column-view.altered"]
        world.reconcile()
        assert refusal(session, f"SELECT ssn FROM {SHOWN}") == 904
        assert can(session, SALARIES)
        world.assert_converged()

    def test_p35_a_view_that_was_dropped_is_made_again_with_its_grant(self, world: World) -> None:
        world.merge_request(request(access=f"[{ON_COLUMNS}]"))
        world.reconcile()
        world.as_dba(f"DROP VIEW {SHOWN}")
        session = world.log_on("ALICE")
        assert not can(session, SALARIES)
        world.reconcile()
        assert can(session, SALARIES)
        assert views(world) == [VIEW.name]
        world.assert_converged()

    def test_p35_what_the_owner_of_the_views_lost_is_granted_again(self, world: World) -> None:
        world.merge_request(request(access=f"[{ON_COLUMNS}]"))
        world.reconcile()
        world.as_dba("REVOKE SELECT ON hr.employees FROM RECONCILER_GATE")
        world.reconcile()
        assert can(world.log_on("ALICE"), SALARIES)
        world.assert_converged()

    def test_p35_a_grant_on_the_view_that_nobody_wrote_down_is_drift(self, world: World) -> None:
        world.merge_request(request(access=f"[{ON_COLUMNS}]"))
        world.reconcile()
        world.as_dba(f"GRANT SELECT ON {SHOWN} TO bob")
        session = world.log_on("BOB")
        assert can(session, SALARIES)
        (drift,) = world.plan()["drift"]
        assert drift["entitlement"]["grantee"] == "BOB"
        world.reconcile()
        assert not can(session, SALARIES)
        assert can(world.log_on("ALICE"), SALARIES)
        world.assert_converged()

    def test_p35_a_view_that_is_not_ours_is_left_and_told_of(self, world: World) -> None:
        world.as_dba("CREATE VIEW RECONCILER_GATE.mine AS SELECT 1 AS one FROM dual")
        assert "column-view.foreign" in findings(world)
        world.reconcile()
        assert views(world) == ["MINE"]


def test_p35_without_a_gatekeeper_the_item_alone_fails_and_says_what_to_do(world: World) -> None:
    world.as_dba("REVOKE EXECUTE ON RECONCILER_GATE.GATE FROM RECONCILER")
    world.merge_request(request("columns", access=f"[{ON_COLUMNS}]"))
    world.merge_request(request("whole", requester="bob"))
    ran = world.run("plan", "--output", "json")
    (found,) = [row for row in ran.target["plan"]["findings"] if row["rule"] == "gate.missing"]
    assert found["origin"]["path"] == "grants/requests/columns.yaml"
    assert "reconciler bootstrap prod --gate --print-sql" in found["hint"]

    world.run("reconcile")
    assert not world.role_exists("JIT_COLUMNS")
    assert can(world.log_on("BOB"), "SELECT * FROM hr.payroll")


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("Größen & Co", ("select", "Naïve.Name", "DATE", "date")),
        ("Ü" * 64, ("C" * 128, "c" * 128)),
        ("It's; DROP TABLE hr.payroll --", ("a'b", "x,y")),
    ],
    ids=["reserved and quoted", "128 bytes", "hostile"],
)
def test_p35_names_may_be_whatever_oracle_takes(
    world: World, table: str, columns: tuple[str, ...]
) -> None:
    quoted = f'hr."{table}"'
    made = ", ".join(f'"{name}" NUMBER' for name in (*columns, "HIDDEN"))
    values = ", ".join(map(str, range(len(columns) + 1)))
    world.as_dba(f"CREATE TABLE {quoted} ({made})", f"INSERT INTO {quoted} VALUES ({values})")
    listed = [f'"{name}"' for name in columns]
    item = {"privileges": ["SELECT"], "on": f'HR."{table}"', "columns": listed}
    world.merge_request(request(access=json.dumps([item], ensure_ascii=False)))
    world.reconcile()

    view = column_view("HR", table, columns)
    session = world.log_on("ALICE")
    with session.cursor() as cursor:
        cursor.execute(f"SELECT * FROM RECONCILER_GATE.{view.name}")
        assert [row[0] for row in cursor.description] == sorted(columns)
        assert cursor.fetchall() == [tuple(columns.index(name) for name in sorted(columns))]
    assert not can(session, f"SELECT * FROM {quoted}")
    world.assert_converged()


@pytest.mark.parametrize(
    ("item", "rule"),
    [
        ("{privileges: [SELECT], on: HR.NOWHERE, columns: [ID]}", "object.unknown"),
        ("{privileges: [SELECT], on: HR.EMPLOYEES, columns: [SALERY]}", "column.unknown"),
    ],
)
def test_p35_what_the_dictionary_does_not_have_is_told_before_anything_runs(
    world: World, item: str, rule: str
) -> None:
    world.merge_request(request(access=f"[{item}]"))
    assert rule in findings(world, code=3)
    assert world.effects() == []


def test_p35_a_view_over_somebody_elses_table_says_what_its_owner_lacks(world: World) -> None:
    world.as_dba(
        "GRANT SELECT ON oe.orders TO hr",
        "CREATE VIEW hr.open_orders AS SELECT order_id FROM oe.orders",
    )
    item = "{privileges: [SELECT], on: HR.OPEN_ORDERS, columns: [ORDER_ID]}"
    world.merge_request(request(access=f"[{item}]"))
    ran = world.run("reconcile", "--output", "json")
    failed = [row for row in ran.target["execution"]["outcomes"] if row["status"] == "failed"]
    assert [row["ora"] for row in failed] == [1720]
    assert "the owner of that table must grant it so" in failed[0]["hint"]
    assert not can(world.log_on("ALICE"), "SELECT order_id FROM hr.open_orders")


def test_p35_the_receipt_finds_other_ways_to_the_same_columns(world: World) -> None:
    world.merge_request(request(access=f"[{ON_COLUMNS}]"))
    world.reconcile()
    world.as_dba("GRANT SELECT ON hr.employees TO hr_reader", "GRANT hr_reader TO alice")
    world.merge({"grants/targets/prod.yaml": narrow_scope(world)}, "Leave roles alone")
    world.merge_request(request(access=f"[{ON_COLUMNS}]", extra="  ended: true\n"), "End it")
    found = world.reconcile(code=5)
    (receipt,) = found["receipts"]
    assert receipt["verdict"] == "revoked-but-effective"
    paths = {" -> ".join(path["through"]) for path in receipt["paths"]}
    assert any("HR_READER" in path and "HR.EMPLOYEES" in path for path in paths)
    assert views(world) == []

    world.as_dba("REVOKE hr_reader FROM alice")
    assert world.reconcile()["receipts"][0]["verdict"] == "ended"


def narrow_scope(world: World) -> str:
    """The target without the roles in its scope."""
    text = (world.repository / "grants/targets/prod.yaml").read_text(encoding="utf-8")
    return text.replace("roles: [HR_READER, OE_READER, FIN_READER]", "roles: []")


def test_p35_one_who_reads_columns_shows_up_in_who_can(world: World) -> None:
    world.merge_request(request(access=f"[{ON_COLUMNS}]"))
    world.reconcile()
    ran = world.run("who can", "SELECT", "HR.EMPLOYEES.SALARY")
    assert "ALICE" in ran.out
    ran = world.run("who can", "SELECT", "HR.EMPLOYEES.SSN")
    assert "ALICE" not in ran.out
