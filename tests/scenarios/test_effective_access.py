"""Who can, and why: what the commands say of somebody's access is what a session of theirs can do, whatever way leads there."""

from __future__ import annotations

from dataclasses import dataclass, field

import oracledb
import pytest

from tests.scenarios.world import World, can

PAYROLL = "SELECT * FROM hr.payroll"
SELECT = ("SELECT", "HR.PAYROLL")
RAISE = "UPDATE hr.employees SET salary = salary"
PASSWORD_ROLE = "CREATE ROLE strong IDENTIFIED BY secret"


@dataclass(frozen=True, slots=True)
class Case:
    """How ALICE got there, what is asked, and what she tries: at once, and after `enabling`."""

    name: str
    given: tuple[str, ...]
    has: str
    way: str = ""
    asked: tuple[str, ...] = SELECT
    tried: str = PAYROLL
    enabling: str = ""
    since: int = field(default=19)


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
    ),
    Case(
        "PUBLIC", ("GRANT SELECT ON hr.payroll TO PUBLIC",), "yes", "PUBLIC -> SELECT on HR.PAYROLL"
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
    ),
    Case(
        "a role with a password",
        (PASSWORD_ROLE, "GRANT SELECT ON hr.payroll TO strong", "GRANT strong TO alice"),
        "after-enabling",
        "role STRONG -> SELECT on HR.PAYROLL",
        enabling="SET ROLE strong IDENTIFIED BY secret",
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
    ),
    Case(
        "code",
        ("GRANT EXECUTE ANY PROCEDURE TO alice",),
        "yes",
        "EXECUTE ANY PROCEDURE",
        asked=("EXECUTE", "HR.RAISE_SALARY"),
        tried="BEGIN hr.raise_salary(100, 0); END;",
    ),
    Case("another grantor", (), "yes", "SELECT on HR.PAYROLL, granted by BOB"),
)


def tries(connection: oracledb.Connection, sql: str) -> bool:
    """Whether the session may run it; code that it may not know of has an error of its own."""
    try:
        return can(connection, sql)
    except AssertionError as error:
        if "ORA-06550" in str(error):
            return False
        raise


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_why_says_what_a_session_can_do(world: World, case: Case) -> None:
    if world.release < case.since:
        pytest.skip("not in this release")
    world.as_dba(*case.given)
    if case.name == "another grantor":
        world.as_dba("GRANT SELECT ON hr.payroll TO bob WITH GRANT OPTION")
        assert can(world.log_on("BOB"), "GRANT SELECT ON hr.payroll TO alice")
    ran = world.run("why", "alice", *case.asked, "--output", "json")
    (holder,) = ran.target["holders"]
    assert holder["has"] == case.has, ran.out
    assert ran.code == (4 if case.has == "no" else 0)
    said = {" -> ".join(way["steps"]) for way in holder["ways"]}
    assert said == ({f"ALICE -> {case.way}"} if case.way else set())

    alice = world.log_on("ALICE")
    assert tries(alice, case.tried) is (case.has == "yes")
    if case.enabling:
        assert can(alice, case.enabling)
        assert tries(alice, case.tried)

    listed = world.run("who can", *case.asked, "--output", "json").target["holders"]
    named = {row["name"] for row in listed}
    everybody = "PUBLIC" in named
    assert ("ALICE" in named or everybody) is (case.has != "no")
