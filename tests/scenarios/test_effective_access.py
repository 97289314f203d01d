"""Who can, and why: what the commands say of somebody's access is what a session of theirs can do, whatever way leads there."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

import oracledb

from tests.scenarios.world import TARGET, World, can, request, standing

PAYROLL = "SELECT * FROM hr.payroll"
SELECT = ("SELECT", "HR.PAYROLL")
RAISE = "UPDATE hr.employees SET salary = 0"
PASSWORD_ROLE = "CREATE ROLE strong IDENTIFIED BY secret"


@dataclass(frozen=True, slots=True)
class Case:
    """How ALICE got there, what is asked, and what she tries: at once, and after `enabling`. `undo` takes back what would be there for the next case."""

    name: str
    given: tuple[str, ...]
    has: str
    way: str = ""
    asked: tuple[str, ...] = SELECT
    tried: str = PAYROLL
    enabling: str = ""
    since: int = 19
    undo: tuple[str, ...] = ()


CASES = (
    Case("nothing", (), "no"),
    Case("granted to her", ("GRANT SELECT ON hr.payroll TO alice",), "yes", "SELECT on HR.PAYROLL"),
    Case(
        "READ is enough to read",
        ("GRANT READ ON hr.payroll TO alice",),
        "yes",
        "READ on HR.PAYROLL",
    ),
    Case(
        "roles in roles",
        (
            "CREATE ROLE outer",
            "CREATE ROLE inner",
            "GRANT SELECT ON hr.payroll TO inner",
            "GRANT inner TO outer",
            "GRANT outer TO alice",
        ),
        "yes",
        "role OUTER -> role INNER -> SELECT on HR.PAYROLL",
        undo=("DROP ROLE outer", "DROP ROLE inner"),
    ),
    Case(
        "PUBLIC",
        ("GRANT SELECT ON hr.payroll TO PUBLIC",),
        "yes",
        "PUBLIC -> SELECT on HR.PAYROLL",
        undo=("REVOKE SELECT ON hr.payroll FROM PUBLIC",),
    ),
    Case("an ANY privilege", ("GRANT SELECT ANY TABLE TO alice",), "yes", "SELECT ANY TABLE"),
    Case("an ANY privilege for something else", ("GRANT EXECUTE ANY PROCEDURE TO alice",), "no"),
    Case(
        "a schema privilege",
        ("GRANT SELECT ANY TABLE ON SCHEMA hr TO alice",),
        "yes",
        "SELECT ANY TABLE on schema HR",
        since=23,
    ),
    Case(
        "a privilege on another schema",
        ("GRANT SELECT ANY TABLE ON SCHEMA oe TO alice",),
        "no",
        since=23,
    ),
    Case(
        "a role that a logon leaves out",
        (
            "CREATE ROLE later",
            "GRANT SELECT ON hr.payroll TO later",
            "GRANT later TO alice",
            "ALTER USER alice DEFAULT ROLE ALL EXCEPT later",
        ),
        "after-enabling",
        "role LATER -> SELECT on HR.PAYROLL",
        enabling="SET ROLE later",
        undo=("DROP ROLE later",),
    ),
    Case(
        "a role with a password",
        (PASSWORD_ROLE, "GRANT SELECT ON hr.payroll TO strong", "GRANT strong TO alice"),
        "after-enabling",
        "role STRONG -> SELECT on HR.PAYROLL",
        enabling="SET ROLE strong IDENTIFIED BY secret",
        undo=("DROP ROLE strong",),
    ),
    Case(
        "a column",
        ("GRANT UPDATE (salary) ON hr.employees TO alice",),
        "yes",
        "UPDATE (SALARY) on HR.EMPLOYEES",
        asked=("UPDATE", "HR.EMPLOYEES.SALARY"),
        tried=RAISE,
    ),
    Case(
        "another column",
        ("GRANT UPDATE (phone_number) ON hr.employees TO alice",),
        "no",
        asked=("UPDATE", "HR.EMPLOYEES.SALARY"),
        tried=RAISE,
    ),
    Case(
        "the whole object for a column",
        ("GRANT UPDATE ON hr.employees TO alice",),
        "yes",
        "UPDATE on HR.EMPLOYEES",
        asked=("UPDATE", "HR.EMPLOYEES.SALARY"),
        tried=RAISE,
    ),
    Case(
        "her own object",
        (
            "ALTER USER alice QUOTA UNLIMITED ON users",
            "GRANT CREATE TABLE TO alice",
            "CREATE TABLE alice.notes (n NUMBER)",
        ),
        "yes",
        "owns it",
        asked=("DELETE", "ALICE.NOTES"),
        tried="DELETE FROM alice.notes",
    ),
    Case(
        "a system privilege through a role",
        ("CREATE ROLE maker", "GRANT CREATE VIEW TO maker", "GRANT maker TO alice"),
        "yes",
        "role MAKER -> CREATE VIEW",
        asked=("CREATE", "VIEW"),
        tried="CREATE VIEW one AS SELECT 1 AS n FROM dual",
        undo=("DROP ROLE maker",),
    ),
    Case(
        "code",
        ("GRANT EXECUTE ANY PROCEDURE TO alice",),
        "yes",
        "EXECUTE ANY PROCEDURE",
        asked=("EXECUTE", "HR.RAISE_SALARY"),
        tried="BEGIN hr.raise_salary(100, 0); END;",
    ),
    Case(
        "a sequence is no table",
        ("GRANT SELECT ANY TABLE TO alice",),
        "no",
        asked=("SELECT", "HR.PAYROLL_SEQ"),
        tried="SELECT hr.payroll_seq.NEXTVAL FROM dual",
    ),
    Case(
        "a sequence",
        ("GRANT SELECT ANY SEQUENCE TO alice",),
        "yes",
        "SELECT ANY SEQUENCE",
        asked=("SELECT", "HR.PAYROLL_SEQ"),
        tried="SELECT hr.payroll_seq.NEXTVAL FROM dual",
    ),
    Case(
        "another grantor",
        (
            "GRANT SELECT ON hr.payroll TO bob WITH GRANT OPTION",
            "CREATE PROCEDURE bob.pass_on AS BEGIN EXECUTE IMMEDIATE 'GRANT SELECT ON hr.payroll TO alice'; END;",
            "BEGIN bob.pass_on; END;",
        ),
        "yes",
        "SELECT on HR.PAYROLL, granted by BOB",
        undo=("REVOKE SELECT ON hr.payroll FROM bob", "DROP PROCEDURE bob.pass_on"),
    ),
)


def tries(connection: oracledb.Connection, sql: str) -> bool:
    """Whether the session may run it; code and sequences that it may not know of have errors of their own."""
    try:
        return can(connection, sql)
    except AssertionError as error:
        if "ORA-06550" in str(error) or "ORA-02289" in str(error):
            return False
        raise


def judge(world: World, case: Case) -> None:
    """What the commands say of ALICE, held against what her session can do."""
    ran = world.run("why", "alice", *case.asked, "--output", "json")
    (holder,) = ran.target["holders"]
    assert holder["has"] == case.has, case.name
    assert ran.code == (4 if case.has == "no" else 0), case.name
    said = {" -> ".join(way["steps"]) for way in holder["ways"]}
    assert said == ({f"ALICE -> {case.way}"} if case.way else set()), case.name

    with closing(world.log_on("ALICE")) as alice:
        assert tries(alice, case.tried) is (case.has == "yes"), case.name
        if case.enabling:
            assert can(alice, case.enabling), case.name
            assert tries(alice, case.tried), case.name

    listed = world.run("who can", *case.asked, "--output", "json").target["holders"]
    holders = {row["name"] for row in listed}
    assert bool(holders & {"ALICE", "PUBLIC"}) is (case.has != "no"), case.name


def test_why_and_who_can_say_what_a_session_can_do(world: World) -> None:
    """One person after the other on one database, each with one way."""
    for case in CASES:
        if world.release < case.since:
            continue
        world.as_dba(*case.given)
        judge(world, case)
        world.as_dba(
            *case.undo,
            "DROP USER alice CASCADE",
            "CREATE USER alice IDENTIFIED BY sandbox",
            "GRANT CREATE SESSION TO alice",
        )


def test_a_proxy_is_told_and_does_what_is_told(world: World) -> None:
    world.as_dba("ALTER USER hr_app GRANT CONNECT THROUGH alice")
    ran = world.run("why", "ALICE", "SELECT", "HR.EMPLOYEES")
    assert (ran.code, "only logged on as somebody else" in ran.out) == (0, True)
    assert "ALICE -> logged on as HR_APP -> role HR_READER -> SELECT on HR.EMPLOYEES" in ran.out
    assert not can(world.log_on("ALICE"), "SELECT salary FROM hr.employees")
    assert can(world.log_on("ALICE[HR_APP]"), "SELECT salary FROM hr.employees")


def test_a_lease_is_told_with_its_end_and_a_standing_grant_by_its_name(world: World) -> None:
    world.merge({"grants/standing/app.yaml": standing("app", "[BOB]", "[{role: HR_READER}]")})
    world.merge_request(request(access="[{privileges: [SELECT], on: HR.EMPLOYEES}]"))
    world.reconcile()
    listed = world.run("who can", "SELECT", "HR.EMPLOYEES", "--output", "json").target["holders"]
    explained = {row["name"]: row["ways"][0]["explained_by"] for row in listed}
    assert explained["BOB"] == {"kind": "standing", "name": "app", "end": None}
    lease = explained["ALICE"]
    assert (lease["kind"], lease["name"]) == ("lease", "payroll-fix")
    assert lease["end"] in world.run("status").out
    assert explained["HR_APP"] is None
    assert (
        f"(lease payroll-fix until {lease['end']})"
        in world.run("why", "ALICE", "SELECT", "HR.EMPLOYEES").out
    )
    assert can(world.log_on("ALICE"), "SELECT salary FROM hr.employees")
    world.advance("241m")
    assert world.run("why", "ALICE", "SELECT", "HR.EMPLOYEES").code == 4
    assert not can(world.log_on("ALICE"), "SELECT salary FROM hr.employees")


def test_a_plan_says_what_somebody_has_already_and_what_comes_along(world: World) -> None:
    world.as_dba(
        "GRANT hr_reader TO alice",
        "GRANT DELETE ANY TABLE TO oe_reader",
    )
    world.merge(
        {"grants/targets/prod.yaml": TARGET.format(name="prod", dsn=world.dsn, mode="additive")}
    )
    access = "[{privileges: [SELECT], on: HR.EMPLOYEES}, {role: OE_READER}]"
    world.merge_request(request(access=access))
    found = {row["rule"]: row for row in world.plan()["findings"]}
    held, gives = found["access.already-held"], found["access.role-also-gives"]
    assert held["message"] == (
        "lease payroll-fix: ALICE has already 1 of 2: SELECT on HR.EMPLOYEES through HR_READER"
    )
    assert gives["message"] == "lease payroll-fix: role OE_READER also gives DELETE ANY TABLE"
    assert (held["severity"], gives["severity"]) == ("notice", "warning")
    assert held["origin"]["path"] == "grants/requests/payroll-fix.yaml"
    ran = world.run("plan")
    assert ran.code == 0
    assert ran.err.count("access.") == 2
    world.reconcile()
    assert "access." not in world.run("plan").err, "what is there already needs no word again"
    assert can(world.log_on("ALICE"), "DELETE FROM fin.invoices WHERE 1 = 0")


def test_p35_columns_are_told_through_the_view_that_shows_them(world: World) -> None:
    columns = "[{privileges: [SELECT], on: HR.EMPLOYEES, columns: [EMPLOYEE_ID, SALARY]}]"
    world.merge_request(request(access=columns))
    world.reconcile()
    ran = world.run("why", "ALICE", "SELECT", "HR.EMPLOYEES.SALARY", "--output", "json")
    (way,) = ran.target["holders"][0]["ways"]
    assert (ran.code, way["view"], way["explained_by"]["name"]) == (0, True, "payroll-fix")
    shown = way["grant"]
    view = f"{shown['owner']}.{shown['object']}"
    assert way["steps"] == ["ALICE", "role JIT_PAYROLL_FIX", f"through view {view}"]
    part = world.run("why", "ALICE", "SELECT", "HR.EMPLOYEES").out
    assert "in part" in part
    assert "only columns EMPLOYEE_ID, SALARY" in part
    assert world.run("why", "ALICE", "SELECT", "HR.EMPLOYEES.SSN").code == 4
    alice = world.log_on("ALICE")
    assert can(alice, f"SELECT salary FROM {view}")
    assert not can(alice, "SELECT ssn FROM hr.employees")
    again = columns.replace("EMPLOYEE_ID, SALARY", "SALARY")
    world.as_dba("GRANT SELECT ON hr.employees TO PUBLIC")
    world.merge_request(request("again", requester="bob", access=again))
    held = [row for row in world.plan()["findings"] if row["rule"] == "access.already-held"]
    assert [row["message"] for row in held] == [
        "lease again: BOB has already SELECT (SALARY) on HR.EMPLOYEES through PUBLIC -> SELECT on HR.EMPLOYEES"
    ]
    listed = world.run("who can", "SELECT", "HR.EMPLOYEES.SALARY", "--output", "json").target
    assert "ALICE" in {row["name"] for row in listed["holders"]}
