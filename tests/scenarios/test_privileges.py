"""Every kind of right goes from a document into the database and comes back from its dictionary as the same, options included."""

from __future__ import annotations

import oracledb
import pytest

from reconciler.model import names
from tests.scenarios.world import World, can, request, standing

WIDER = """\
    grantees: [ALICE, BOB, CAROL, DAVE, ERIN, HR_READER, OE_READER]
    schemas: [HR, OE, FIN, '"Shop"']
    roles: [HR_READER, OE_READER, FIN_READER]
    system: [CREATE VIEW]
    directories: [DUMP_*]
    editions: [ORA$BASE]
    users: [HR_APP, DAVE]
    tablespaces: [USERS]
"""
OBJECTS = """\
  objectLabels:
    payroll: [HR.PAYROLL, HR.EMPLOYEES, HR.PAY*]
"""

EVERY_KIND = """
    - system: CREATE VIEW
      withOption: true
    - role: HR_READER
      withDelegate: true
    - role: OE_READER
      withOption: true
    - privileges: [SELECT]
      on: HR.PAYROLL
      withOption: true
      withHierarchy: true
    - privileges: [SELECT]
      on: HR.JOBS
      withHierarchy: true
    - privileges: [READ, INSERT, DELETE, REFERENCES, INDEX, FLASHBACK, QUERY REWRITE, ON COMMIT REFRESH]
      on: HR.JOB_HISTORY
    - privileges: [UPDATE, INSERT]
      on: HR.EMPLOYEES
      columns: [SALARY, EMPLOYEE_ID]
      withOption: true
    - privileges: [SELECT]
      on: HR.EMP_PUBLIC
    - privileges: [SELECT, ALTER]
      on: HR.EMPLOYEES_SEQ
    - privileges: [EXECUTE, DEBUG]
      on: HR.RAISE_SALARY
      withOption: true
    - privileges: [READ, WRITE]
      directory: DUMP_DIR
      withOption: true
    - privileges: [USE]
      edition: ORA$BASE
    - privileges: [TRANSLATE SQL, INHERIT PRIVILEGES]
      onUser: DAVE
      withOption: true
    - quota: {tablespace: USERS, size: 100M}
    - proxy: HR_APP
"""
OF_A_SCHEMA = """\
    - privileges: [SELECT ANY TABLE, EXECUTE ANY PROCEDURE]
      schema: HR
      withOption: true
"""


@pytest.fixture
def wide(world: World) -> World:
    """The target's scope has every kind; there is a directory, and the account may pass on what only a DBA can give it."""
    target = (world.repository / "grants/targets/prod.yaml").read_text("utf-8")
    head, _, _ = target.partition("    grantees:")
    removals = "  removals: {count: 500, share: 1, granteeCount: 500, granteeShare: 1}\n"
    world.merge({"grants/targets/prod.yaml": head + WIDER + OBJECTS + removals})
    world.as_dba("CREATE DIRECTORY dump_dir AS '/tmp'")
    if world.release >= 23:
        world.as_dba(
            "GRANT SELECT ANY TABLE ON SCHEMA hr TO reconciler WITH ADMIN OPTION",
            "GRANT EXECUTE ANY PROCEDURE ON SCHEMA hr TO reconciler WITH ADMIN OPTION",
        )
    world.reconcile()
    return world


def merge_standing(world: World, access: str, grantees: str = "[BOB]") -> None:
    world.merge({"grants/standing/kinds.yaml": standing("kinds", grantees, access)})


def grants_of(world: World, grantee: str) -> set[tuple[str, ...]]:
    """What the dictionary has of the grantee's privileges, as far as documents can say them."""
    quoted = names.literal(grantee)
    rows = world.as_dba(
        f"""SELECT privilege, owner, table_name, TRIM(type), grantable, hierarchy FROM dba_tab_privs WHERE grantee = {quoted}
        UNION ALL SELECT privilege, owner, table_name, column_name, grantable, 'NO' FROM dba_col_privs WHERE grantee = {quoted}
        UNION ALL SELECT privilege, NULL, NULL, NULL, admin_option, 'NO' FROM dba_sys_privs WHERE grantee = {quoted}
        UNION ALL SELECT granted_role, NULL, NULL, NULL, admin_option, delegate_option FROM dba_role_privs WHERE grantee = {quoted}
        UNION ALL SELECT client, NULL, NULL, 'PROXY', 'NO', 'NO' FROM dba_proxies WHERE proxy = {quoted}
        UNION ALL SELECT TO_CHAR(max_bytes), NULL, tablespace_name, 'QUOTA', 'NO', 'NO' FROM dba_ts_quotas WHERE username = {quoted}"""
    )
    return {tuple(str(value or "") for value in row) for row in rows}


def proxied(world: World, user: str, client: str) -> oracledb.Connection:
    return world.log_on(f"{user}[{client}]")


def can_act_as(world: World, user: str, client: str) -> bool:
    try:
        proxied(world, user, client)
    except oracledb.DatabaseError as error:
        assert error.args[0].code == 28150, str(error)
        return False
    return True


def test_p11_every_kind_of_right_comes_back_as_it_was_written(wide: World) -> None:
    access = EVERY_KIND + (OF_A_SCHEMA if wide.release >= 23 else "")
    before = grants_of(wide, "BOB")
    merge_standing(wide, access)
    wide.reconcile()
    wide.assert_converged()

    assert grants_of(wide, "BOB") - before == {
        ("CREATE VIEW", "", "", "", "YES", "NO"),
        ("HR_READER", "", "", "", "NO", "YES"),
        ("OE_READER", "", "", "", "YES", "NO"),
        ("SELECT", "HR", "PAYROLL", "TABLE", "YES", "YES"),
        ("SELECT", "HR", "JOBS", "TABLE", "NO", "YES"),
        *(
            (word, "HR", "JOB_HISTORY", "TABLE", "NO", "NO")
            for word in (
                "READ", "INSERT", "DELETE", "REFERENCES", "INDEX", "FLASHBACK", "QUERY REWRITE", "ON COMMIT REFRESH",
            )
        ),
        *(
            (word, "HR", "EMPLOYEES", column, "YES", "NO")
            for word in ("UPDATE", "INSERT")
            for column in ("SALARY", "EMPLOYEE_ID")
        ),
        ("SELECT", "HR", "EMP_PUBLIC", "VIEW", "NO", "NO"),
        ("SELECT", "HR", "EMPLOYEES_SEQ", "SEQUENCE", "NO", "NO"),
        ("ALTER", "HR", "EMPLOYEES_SEQ", "SEQUENCE", "NO", "NO"),
        ("EXECUTE", "HR", "RAISE_SALARY", "PROCEDURE", "YES", "NO"),
        ("DEBUG", "HR", "RAISE_SALARY", "PROCEDURE", "YES", "NO"),
        ("READ", "SYS", "DUMP_DIR", "DIRECTORY", "YES", "NO"),
        ("WRITE", "SYS", "DUMP_DIR", "DIRECTORY", "YES", "NO"),
        ("USE", "SYS", "ORA$BASE", "EDITION", "NO", "NO"),
        ("TRANSLATE SQL", "SYS", "DAVE", "USER", "YES", "NO"),
        ("INHERIT PRIVILEGES", "SYS", "DAVE", "USER", "YES", "NO"),
        ("HR_APP", "", "", "PROXY", "NO", "NO"),
        ("104857600", "", "USERS", "QUOTA", "NO", "NO"),
    }  # fmt: skip

    bob = wide.log_on("BOB")
    for statement in (
        "SELECT 1 FROM hr.payroll",
        "GRANT SELECT ON hr.payroll TO carol",
        "UPDATE hr.employees SET salary = 0 WHERE 1 = 0",
        "GRANT UPDATE (salary) ON hr.employees TO carol",
        "SELECT hr.employees_seq.NEXTVAL FROM dual",
        "GRANT READ ON DIRECTORY dump_dir TO carol",
        "GRANT CREATE VIEW TO carol",
        "GRANT oe_reader TO carol",
    ):
        assert can(bob, statement), statement
    assert not can(bob, "SELECT 1 FROM fin.accounts")
    assert can_act_as(wide, "BOB", "HR_APP")
    assert not can_act_as(wide, "CAROL", "HR_APP")

    wide.merge({"grants/standing/kinds.yaml": None})
    wide.reconcile()
    wide.assert_converged()
    assert grants_of(wide, "BOB") == before
    assert grants_of(wide, "CAROL") == {("CREATE SESSION", "", "", "", "NO", "NO")}
    for statement in (
        "SELECT 1 FROM hr.payroll",
        "UPDATE hr.employees SET salary = 0 WHERE 1 = 0",
        "SELECT hr.employees_seq.NEXTVAL FROM dual",
    ):
        assert not can(bob, statement), statement
    assert not can_act_as(wide, "BOB", "HR_APP")


NARROWER = """
    - system: CREATE VIEW
    - role: HR_READER
    - role: OE_READER
      withDelegate: true
    - privileges: [SELECT]
      on: HR.PAYROLL
      withHierarchy: true
    - privileges: [SELECT]
      on: HR.JOBS
    - privileges: [READ]
      on: HR.JOB_HISTORY
    - privileges: [UPDATE]
      on: HR.EMPLOYEES
      columns: [SALARY]
    - privileges: [EXECUTE]
      on: HR.RAISE_SALARY
    - privileges: [READ]
      directory: DUMP_DIR
    - quota: {tablespace: USERS, size: 50M}
"""


def test_p11_an_option_that_is_not_written_down_any_more_goes_and_the_rest_stays(
    wide: World,
) -> None:
    before = grants_of(wide, "BOB")
    merge_standing(wide, EVERY_KIND)
    wide.reconcile()
    merge_standing(wide, NARROWER)
    wide.reconcile()
    wide.assert_converged()
    assert grants_of(wide, "BOB") - before == {
        ("CREATE VIEW", "", "", "", "NO", "NO"),
        ("HR_READER", "", "", "", "NO", "NO"),
        ("OE_READER", "", "", "", "NO", "YES"),
        ("SELECT", "HR", "PAYROLL", "TABLE", "NO", "YES"),
        ("SELECT", "HR", "JOBS", "TABLE", "NO", "NO"),
        ("READ", "HR", "JOB_HISTORY", "TABLE", "NO", "NO"),
        ("UPDATE", "HR", "EMPLOYEES", "SALARY", "NO", "NO"),
        ("EXECUTE", "HR", "RAISE_SALARY", "PROCEDURE", "NO", "NO"),
        ("READ", "SYS", "DUMP_DIR", "DIRECTORY", "NO", "NO"),
        ("52428800", "", "USERS", "QUOTA", "NO", "NO"),
    }
    bob = wide.log_on("BOB")
    assert can(bob, "SELECT 1 FROM hr.payroll")
    assert not can(bob, "GRANT SELECT ON hr.payroll TO carol")
    merge_standing(wide, EVERY_KIND)
    wide.reconcile()
    wide.assert_converged()
    assert can(bob, "GRANT SELECT ON hr.payroll TO carol")


def stores(connection: oracledb.Connection, table: str) -> bool:
    """Whether the user can make a table and put a row in it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE {table} (text VARCHAR2(10))")
            cursor.execute(f"INSERT INTO {table} VALUES ('a')")
            connection.commit()
    except oracledb.DatabaseError as error:
        assert error.args[0].code in (1536, 1950), str(error)
        return False
    return True


def test_p11_a_quota_lets_its_user_store_and_its_end_does_not(wide: World) -> None:
    wide.as_dba("GRANT CREATE TABLE TO bob")
    bob = wide.log_on("BOB")
    assert not stores(bob, "before")
    merge_standing(wide, "[{quota: {tablespace: users, size: UNLIMITED}}]")
    wide.reconcile()
    wide.assert_converged()
    assert stores(bob, "notes")
    wide.merge({"grants/standing/kinds.yaml": None})
    wide.reconcile()
    wide.assert_converged()
    assert not stores(bob, "after")


def test_p11_what_a_role_can_carry_is_leased_and_ends(wide: World) -> None:
    access = """
    - privileges: [SELECT]
      on: HR.PAYROLL
      withHierarchy: true
    - privileges: [SELECT]
      on: HR.PAYROLL_SEQ
    - privileges: [EXECUTE]
      on: HR.RAISE_SALARY
    - privileges: [READ]
      directory: DUMP_DIR
    - system: CREATE VIEW
"""
    schema = "    - {privileges: [SELECT ANY TABLE], schema: HR}\n"
    access += schema if wide.release >= 23 else ""
    wide.merge_request(request("all-kinds", access=access))
    wide.reconcile()
    wide.assert_converged()
    expected = {
        ("SELECT", "HR", "PAYROLL", "TABLE", "NO", "YES"),
        ("SELECT", "HR", "PAYROLL_SEQ", "SEQUENCE", "NO", "NO"),
        ("EXECUTE", "HR", "RAISE_SALARY", "PROCEDURE", "NO", "NO"),
        ("READ", "SYS", "DUMP_DIR", "DIRECTORY", "NO", "NO"),
        ("CREATE VIEW", "", "", "", "NO", "NO"),
    }
    assert grants_of(wide, "JIT_ALL_KINDS") == expected
    alice = wide.log_on("ALICE")
    statements = [
        "SELECT 1 FROM hr.payroll",
        "SELECT hr.payroll_seq.NEXTVAL FROM dual",
        "BEGIN hr.raise_salary(0, 0); END;",
        "CREATE OR REPLACE VIEW mine AS SELECT 1 AS one FROM dual",
    ]
    if wide.release >= 23:
        statements.append("SELECT 1 FROM hr.locations")
        rows = "SELECT privilege, schema FROM dba_schema_privs WHERE grantee = 'JIT_ALL_KINDS'"
        assert wide.as_dba(rows) == [("SELECT ANY TABLE", "HR")]
    for statement in statements:
        assert can(alice, statement), statement
    assert not can(wide.log_on("CAROL"), statements[0])
    wide.advance("5h")
    wide.reconcile()
    for statement in statements:
        if not statement.startswith("BEGIN"):  # a procedure that may not be seen is another error
            assert not can(alice, statement), statement
    assert not wide.role_exists("JIT_ALL_KINDS")
    wide.assert_converged()


REFUSED = {
    "{privileges: [SELECT], on: HR.JOBS, withOption: true}": "request.option-not-allowed",
    "{role: HR_READER, withDelegate: true}": "request.option-not-allowed",
    "{privileges: [REFERENCES], on: HR.JOBS}": "access.not-for-roles",
    "{privileges: [INDEX], on: HR.JOBS}": "access.not-for-roles",
    "{privileges: [INDEX], on: HR.*}": "access.not-for-roles",
    "{system: UNLIMITED TABLESPACE}": "access.not-for-roles",
    "{system: SYSDBA}": "access.not-for-roles",
    "{privileges: [TRANSLATE SQL], onUser: DAVE}": "access.not-for-roles",
    "{quota: {tablespace: USERS, size: 1M}}": "request.not-for-roles",
    "{proxy: HR_APP}": "request.not-for-roles",
    "{privileges: [WRITE], on: HR.JOBS}": "access.privilege-of-another-kind",
    "{privileges: [SELECT], directory: DUMP_DIR}": "access.privilege-of-another-kind",
}


@pytest.mark.parametrize("release", [23], indirect=True, ids=["release-23"])
def test_what_a_request_cannot_have_is_refused_with_its_place_and_the_way_out(wide: World) -> None:
    for number, (item, rule) in enumerate(REFUSED.items()):
        path = f"grants/requests/refused-{number}.yaml"
        wide.merge({path: request(f"refused-{number}", access=f"[{item}]")})
        ran = wide.run("validate", "--output", "json")
        assert ran.code != 0, item
        found = [row for row in ran.json["findings"] if row["rule"] == rule]
        assert found, (item, ran.json["findings"])
        assert found[0]["origin"]["path"] == path
        assert found[0]["origin"]["line"] == 9
        assert found[0]["hint"]
        wide.merge({path: None})
