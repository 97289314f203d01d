"""Running the reconciler with no more rights than it needs: its account made by the printed script, its rights checked before each run, common users, and a
health check. On both releases, with real sessions of the people."""

from __future__ import annotations

import re

import oracledb

from tests.scenarios.world import ACCOUNT, TARGET, World, can, request, standing

PAYROLL = "SELECT * FROM hr.payroll"
READER = "RECONCILER_READ"
READER_PASSWORD = "Reader-Secret-7"
VARIABLES = {
    "reconciler_password": READER_PASSWORD,
    "reconciler_account_state": "ACCOUNT UNLOCK",
}
SQLPLUS = ("SET ", "ACCEPT ", "DEFINE ", "UNDEFINE ", "WHENEVER ", "--")


def run_script(world: World, script: str) -> None:
    """As SQL*Plus would: its own commands are for itself, variables are put in, a statement ends with a semicolon or a slash. Errors end the test."""
    text = re.sub(r"&(\w+)", lambda found: VARIABLES[found[1]], script)
    lines = [line for line in text.splitlines() if not line.startswith(SQLPLUS)]
    account, slash, package = "".join(f"{line}\n" for line in lines).partition(
        'CREATE USER "RECONCILER_GATE"'
    )
    world.as_dba(*(part.strip() for part in account.split(";\n") if part.strip()))
    world.as_dba(*(part.strip() for part in (slash + package).split("\n/") if part.strip()))


def use_account(world: World, user: str, password: str, mode: str = "authoritative") -> None:
    text = TARGET.format(name="prod", dsn=world.dsn, mode=mode)
    text = text.replace("user: RECONCILER,", f"user: {user},")
    world.merge({"grants/targets/prod.yaml": text})
    world.environment["RECONCILER_PASSWORD"] = password


def printed(world: World, *arguments: str) -> str:
    ran = world.run("bootstrap", "prod", "--print-sql", "--release", str(world.release), *arguments)
    assert ran.code == 0, ran.err
    return ran.out


def rules(world: World, *command: str) -> tuple[int, set[str]]:
    """The exit code and the rules of all findings of a failed target."""
    ran = world.run(*command, "--output", "json")
    (target,) = ran.json["targets"]
    return ran.code, {row["rule"] for row in target["findings"]}


# least privilege


def test_the_printed_script_makes_an_account_that_grants_and_ends(world: World) -> None:
    use_account(world, "ACCESS_WRITER", READER_PASSWORD)
    run_script(world, printed(world))
    assert (
        world.as_dba(
            "SELECT granted_role FROM dba_role_privs WHERE grantee = 'ACCESS_WRITER' AND default_role = 'YES'"
        )
        == []
    )
    access = "[{privileges: [SELECT], on: HR.PAYROLL}, {role: OE_READER}, {system: CREATE VIEW}]"
    world.merge_request(request(access=access))
    world.merge({"grants/standing/app.yaml": standing("app", "[BOB]", "[{role: HR_READER}]")})
    world.reconcile()
    world.assert_converged()
    session = world.log_on("ALICE")
    assert can(session, PAYROLL)
    assert can(world.log_on("BOB"), "SELECT * FROM hr.employees")
    world.advance("241m")
    assert not can(session, PAYROLL)
    session.close()  # a role inside the lease's role stays enabled in it
    world.reconcile()
    world.assert_converged()


def test_the_writers_account_is_no_dba(world: World) -> None:
    """It can't read what it may grant, and can't reach users, parameters or roles that it was not given."""
    use_account(world, "ACCESS_WRITER", READER_PASSWORD)
    run_script(world, printed(world))
    with oracledb.connect(user="ACCESS_WRITER", password=READER_PASSWORD, dsn=world.dsn) as session:
        for refused in (
            PAYROLL,
            "GRANT app_support TO bob",
            "GRANT SELECT ANY TABLE TO bob",
            "ALTER USER bob ACCOUNT LOCK",
            "CREATE USER x IDENTIFIED BY x",
        ):
            try:
                with session.cursor() as cursor:
                    cursor.execute(refused)
            except oracledb.DatabaseError as error:
                assert error.args[0].code in (942, 1031, 1924, 1932, 41900), refused
            else:
                raise AssertionError(refused)


def test_the_gatekeepers_script_runs(world: World) -> None:
    use_account(world, "ACCESS_WRITER", READER_PASSWORD)
    world.as_dba("DROP USER reconciler_gate CASCADE")
    run_script(world, printed(world, "--gate"))
    (row,) = world.as_dba("SELECT account_status FROM dba_users WHERE username = 'RECONCILER_GATE'")
    assert row == ("LOCKED",)
    rights = world.as_dba(
        "SELECT privilege FROM dba_tab_privs WHERE grantee = 'ACCESS_WRITER' AND owner = 'RECONCILER_GATE'"
    )
    assert rights == [("EXECUTE",)]


def test_an_account_that_only_reads_plans_and_is_refused_before_the_intent(world: World) -> None:
    use_account(world, READER, READER_PASSWORD)
    run_script(world, printed(world, "--read-only"))
    world.merge_request(request())
    world.assert_plan_pending()
    before = world.ledger()
    ran = world.run("reconcile", "--output", "json")
    assert ran.code == 4, ran.out + ran.err
    (target,) = ran.json["targets"]
    hints = "\n".join(row["hint"] for row in target["findings"])
    for right in (
        "GRANT EXECUTE ON SYS.DBMS_LOCK TO RECONCILER_READ",
        'GRANT CREATE ROLE TO "RECONCILER_READ"',
        'GRANT CREATE JOB TO "RECONCILER_READ"',
        'GRANT GRANT ANY OBJECT PRIVILEGE TO "RECONCILER_READ"',
    ):
        assert right in hints
    assert world.ledger() == before
    assert not world.role_exists("JIT_PAYROLL_FIX")
    assert not can(world.log_on("ALICE"), PAYROLL)


def test_a_review_plans_with_the_account_that_reads_and_sees_what_the_writer_made(
    world: World,
) -> None:
    """Without the writer's password: the deadlines and roles of the plan are still those of the writer's account."""
    text = TARGET.format(name="prod", dsn=world.dsn, mode="authoritative")
    reader = f"reader: {{user: {READER}, passwordEnv: READER_PASSWORD}}"
    world.merge(
        {
            "grants/targets/prod.yaml": text.replace(
                "passwordEnv: RECONCILER_PASSWORD", f"passwordEnv: RECONCILER_PASSWORD, {reader}"
            )
        }
    )
    script = printed(world, "--read-only")
    assert f'CREATE USER "{READER}"' in script
    run_script(world, script)
    world.merge_request(request())
    world.reconcile()
    world.environment |= {"RECONCILER_PASSWORD": "", "READER_PASSWORD": READER_PASSWORD}
    world.assert_converged()
    assert world.run("status").code == 0
    assert world.run("why", "ALICE", "SELECT", "HR.PAYROLL").code == 0
    world.merge_request(request("another", requester="bob"))
    world.assert_plan_pending()
    ran = world.run("reconcile")
    assert (ran.code, "target.no-password" in ran.err) == (1, True)
    world.as_dba(f"REVOKE READ ON SYS.DBA_USERS FROM {READER}")
    assert f"GRANT READ ON SYS.DBA_USERS TO {READER}" in world.run("plan").err


def test_the_account_that_reads_is_never_changed_however_wide_the_scope(world: World) -> None:
    """As an authoritative target would otherwise take its CREATE SESSION, which nobody wrote down."""
    text = TARGET.format(name="prod", dsn=world.dsn, mode="authoritative")
    reader = f"reader: {{user: {READER}, passwordEnv: READER_PASSWORD}}"
    text = text.replace(
        "passwordEnv: RECONCILER_PASSWORD", f"passwordEnv: RECONCILER_PASSWORD, {reader}"
    )
    text = text.replace("grantees: [ALICE, BOB, CAROL, DAVE]", f"grantees: [{READER}]")
    text = text.replace("[CREATE VIEW]", "[CREATE SESSION]")
    world.merge({"grants/targets/prod.yaml": text})
    run_script(world, printed(world, "--read-only"))
    world.assert_converged()
    wanted = standing("app", f"[{READER}]", "[{system: CREATE SESSION}]")
    world.merge({"grants/standing/app.yaml": wanted})
    assert "scope.protected-grantee" in world.run("validate").out


# P36, second half: the reconciler's own rights are checked before each run


def test_p36_a_run_that_can_not_arm_deadlines_grants_nothing_and_says_which_grant_is_missing(
    world: World,
) -> None:
    world.as_dba(f"REVOKE CREATE JOB FROM {ACCOUNT}")
    world.merge_request(request())
    world.merge({"grants/standing/app.yaml": standing("app", "[BOB]", "[{role: HR_READER}]")})
    ran = world.run("reconcile")
    assert ran.code == 5
    assert 'ask a DBA to run: GRANT CREATE JOB TO "RECONCILER"' in ran.err
    assert not world.role_exists("JIT_PAYROLL_FIX"), "not even an empty role is left behind"
    assert not can(world.log_on("ALICE"), PAYROLL)
    assert can(world.log_on("BOB"), "SELECT * FROM hr.employees"), "the rest goes on"
    world.as_dba(f"GRANT CREATE JOB TO {ACCOUNT}")
    world.reconcile()
    world.assert_converged()
    assert can(world.log_on("ALICE"), PAYROLL)


def test_p36_a_run_that_can_not_end_a_lease_whole_takes_what_it_can_and_is_no_success(
    world: World,
) -> None:
    world.merge_request(request())
    world.reconcile()
    session = world.log_on("ALICE")
    assert can(session, PAYROLL)
    world.as_dba(f"REVOKE jit_payroll_fix FROM {ACCOUNT}")
    world.merge_request(request(extra="  ended: true\n"))
    ran = world.run("reconcile")
    assert ran.code == 5
    assert 'GRANT "JIT_PAYROLL_FIX" TO "RECONCILER" WITH ADMIN OPTION' in ran.err
    assert not can(session, PAYROLL), "the privileges are gone although the role is not"
    world.as_dba(f"GRANT jit_payroll_fix TO {ACCOUNT} WITH ADMIN OPTION")
    world.reconcile()
    assert not world.role_exists("JIT_PAYROLL_FIX")
    world.assert_converged()


def test_p36_the_intent_of_a_run_is_not_written_when_nothing_of_it_is_allowed(world: World) -> None:
    world.as_dba(f"REVOKE CREATE ROLE FROM {ACCOUNT}")
    world.merge_request(request())
    assert rules(world, "reconcile") == (4, {"rights.missing"})
    assert world.ledger() == []


# containers


def test_the_root_of_a_cdb_is_refused_whatever_is_asked(world: World) -> None:
    root = world.dsn.rpartition("/")[0] + "/FREE"
    text = TARGET.format(name="prod", dsn=root, mode="authoritative")
    world.merge({"grants/targets/prod.yaml": text.replace("user: RECONCILER,", "user: SYSTEM,")})
    world.merge_request(request())
    world.environment["RECONCILER_PASSWORD"] = world.system_password
    for command in ("plan", "status", "reconcile"):
        assert rules(world, command) == (4, {"target.root-container"})
    assert world.ledger() == []


def test_a_common_user_gets_a_local_lease_and_keeps_what_the_root_gave(world: World) -> None:
    """C##DBA1 holds CREATE SESSION commonly: the pluggable database inherits it and cannot revoke it, not even as an authoritative target."""
    with (
        oracledb.connect(
            user="SYS",
            password=world.system_password,
            dsn=world.dsn.rpartition("/")[0] + "/FREE",
            mode=oracledb.AUTH_MODE_SYSDBA,
        ) as root,
        root.cursor() as cursor,
    ):
        cursor.execute("CREATE USER c##dba1 IDENTIFIED BY sandbox CONTAINER=ALL")
        cursor.execute("GRANT CREATE SESSION, CREATE VIEW TO c##dba1 CONTAINER=ALL")
    text = TARGET.format(name="prod", dsn=world.dsn, mode="authoritative")
    grantees = "grantees: ['C##DBA1', ALICE"
    person = (world.repository / "grants/people/alice.yaml").read_text(encoding="utf-8")
    world.merge(
        {
            "grants/targets/prod.yaml": text.replace("grantees: [ALICE", grantees),
            "grants/people/alice.yaml": person.replace("[ALICE]", "[ALICE, '\"C##DBA1\"']"),
        }
    )
    wanted = request().replace("{user: ALICE}", "{user: '\"C##DBA1\"'}")
    world.merge_request(wanted)
    world.reconcile()
    world.assert_converged()
    session = world.log_on("c##dba1")
    assert can(session, PAYROLL)
    world.advance("241m")
    assert not can(session, PAYROLL)
    world.reconcile()
    assert world.as_dba(
        "SELECT privilege FROM dba_sys_privs WHERE grantee = 'C##DBA1' AND inherited = 'YES' ORDER BY 1"
    ) == [("CREATE SESSION",), ("CREATE VIEW",)]


# doctor


def found_by_doctor(world: World, *, code: int) -> dict[str, dict[str, str]]:
    """The checks by name."""
    ran = world.run("doctor", "prod", "--output", "json")
    assert ran.code == code, ran.out + ran.err
    return {row["check"]: row for row in ran.target["checks"]}


def levels(found: dict[str, dict[str, str]], level: str) -> set[str]:
    return {name for name, row in found.items() if row["level"] == level}


def test_doctor_finds_nothing_wrong_with_an_account_made_by_the_script(world: World) -> None:
    use_account(world, "ACCESS_WRITER", READER_PASSWORD)
    run_script(world, printed(world))
    found = found_by_doctor(world, code=0)
    assert levels(found, "ok") == found.keys() - {"encryption", "approvals"}
    assert "whoever can merge can grant" in found["approvals"]["message"]
    assert "without TLS" in found["encryption"]["message"]


def test_doctor_tells_each_thing_that_keeps_leases_from_ending(world: World) -> None:
    world.as_dba(
        "ALTER SYSTEM SET JOB_QUEUE_PROCESSES = 0",
        "ALTER SYSTEM SET RESOURCE_LIMIT = FALSE",
        "GRANT ALTER USER TO reconciler",
        "ALTER USER reconciler DEFAULT ROLE ALL",
        f"REVOKE CREATE JOB FROM {ACCOUNT}",
        "GRANT DBA TO bob",
    )
    found = found_by_doctor(world, code=5)
    assert levels(found, "problem") >= {"scheduler", "rights", "default-roles"}
    assert levels(found, "warning") >= {"resource-limit", "power", "lease-roles"}
    assert "JOB_QUEUE_PROCESSES" in found["scheduler"]["hint"]
    assert found["rights"]["hint"] == 'ask a DBA to run: GRANT CREATE JOB TO "RECONCILER"'
    assert found["default-roles"]["hint"] == 'ALTER USER "RECONCILER" DEFAULT ROLE NONE'
    assert "ALTER USER" in found["power"]["message"]
    assert "BOB" in found["lease-roles"]["message"]


def test_doctor_sees_a_disabled_scheduler_and_restricted_mode(world: World) -> None:
    world.as_dba(
        "BEGIN DBMS_SCHEDULER.SET_SCHEDULER_ATTRIBUTE('SCHEDULER_DISABLED', 'TRUE'); END;",
        "GRANT RESTRICTED SESSION TO reconciler",
        "ALTER SYSTEM ENABLE RESTRICTED SESSION",
    )
    found = found_by_doctor(world, code=5)
    assert levels(found, "problem") == {"scheduler", "restricted"}
    assert "SCHEDULER_DISABLED" in found["scheduler"]["hint"]


def test_doctor_sees_a_clock_that_is_off(world: World) -> None:
    world.advance("10m")
    found = found_by_doctor(world, code=0)
    assert "clock" in levels(found, "warning")
    assert "ahead of this machine's" in found["clock"]["message"]


def test_what_doctor_may_not_read_is_unknown_with_its_grant_and_never_ok(world: World) -> None:
    world.as_dba(
        f"REVOKE READ ON SYS.V_$PARAMETER FROM {ACCOUNT}",
        f"REVOKE READ ON SYS.V_$DATABASE FROM {ACCOUNT}",
    )
    found = found_by_doctor(world, code=5)
    assert levels(found, "unknown") == {
        "open-mode",
        "scheduler",
        "resource-limit",
        "rights",
        "power",
        "lease-roles",
        "role-limit",
        "logon-check",
    }
    assert 'GRANT READ ON SYS.V_$PARAMETER TO "RECONCILER"' in found["scheduler"]["hint"]
    assert "GRANT READ ON SYS.V_$DATABASE TO RECONCILER" in found["rights"]["hint"]


def test_doctor_tells_a_target_that_can_not_be_reached(world: World) -> None:
    world.environment["RECONCILER_PASSWORD"] = "wrong"
    found = found_by_doctor(world, code=1)
    assert levels(found, "problem") == {"connection"}
