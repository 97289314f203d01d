"""What statements about accounts leave behind: users, profiles, quotas, passwords, audit policies and sessions."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.sandbox.engine.access import passwords
from reconciler.sandbox.seam import OracleError, Outcome, Release


def test_killed_session_that_is_not_yet_gone_still_blocks_the_drop(
    database: Any, sys: Any, people: Any
) -> None:
    people("alice")
    session = database.logon("alice")
    session.status = "KILLED"
    assert sys.error("DROP USER alice") == 1940
    session.close()
    sys.run("DROP USER alice")


def test_schema_privilege_is_kept_without_grantor_and_goes_with_the_schema(
    new_database: Any,
) -> None:
    database = new_database(Release.R23)
    sys = database.as_sys()
    for name in ("hr", "alice", "bob"):
        sys.run(f"CREATE USER {name} IDENTIFIED BY pw")
        sys.run(f"GRANT CREATE SESSION TO {name}")
    sys.run("GRANT SELECT ANY TABLE ON SCHEMA hr TO alice WITH ADMIN OPTION")
    database.logon("alice").run("GRANT SELECT ANY TABLE ON SCHEMA hr TO bob")
    sys.run("REVOKE SELECT ANY TABLE ON SCHEMA hr FROM alice")
    query = "SELECT grantee, privilege, schema, admin FROM schema_grants"
    assert database.rows(query) == [("BOB", "SELECT ANY TABLE", "HR", 0)]
    sys.run("DROP USER hr")
    assert database.rows(query) == []


def test_profile_keeps_the_value_as_shown_and_as_meant(database: Any, sys: Any) -> None:
    sys.run("CREATE PROFILE p LIMIT PASSWORD_LIFE_TIME 1/24 IDLE_TIME 3 PRIVATE_SGA 2K")
    query = "SELECT resource, value, exact FROM profiles WHERE name = 'P' AND value <> 'DEFAULT' ORDER BY 1"
    assert database.rows(query) == [
        ("IDLE_TIME", "3", None),
        ("PASSWORD_LIFE_TIME", ".0416", pytest.approx(1 / 24)),
        ("PRIVATE_SGA", "2048", None),
    ]


def test_quota_is_replaced_and_zero_takes_it_away(database: Any, sys: Any, people: Any) -> None:
    people("alice")
    query = "SELECT tablespace, max_bytes FROM quotas WHERE user_name = 'ALICE'"
    for size, rows in (("10M", [("USERS", 10485760)]), ("UNLIMITED", [("USERS", -1)]), ("0", [])):
        sys.run(f"ALTER USER alice QUOTA {size} ON users")
        assert database.rows(query) == rows


def test_password_may_not_come_back_too_soon(database: Any, sys: Any, people: Any) -> None:
    people("alice")
    sys.run("ALTER PROFILE DEFAULT LIMIT PASSWORD_REUSE_TIME 10 PASSWORD_REUSE_MAX UNLIMITED")
    sys.run("ALTER USER alice IDENTIFIED BY second")
    assert sys.error("ALTER USER alice IDENTIFIED BY pw") == 28007
    database.pass_time(days=100)
    assert sys.error("ALTER USER alice IDENTIFIED BY pw") == 28007  # UNLIMITED changes: never again
    sys.run("ALTER PROFILE DEFAULT LIMIT PASSWORD_REUSE_MAX 1")
    sys.run("ALTER USER alice IDENTIFIED BY pw")


def test_audit_policies_are_enabled_by_name_and_cannot_be_dropped_while_enabled(
    database: Any, sys: Any, people: Any
) -> None:
    people("alice", "bob")
    sys.run("CREATE AUDIT POLICY p ACTIONS ALL, LOGON PRIVILEGES CREATE TABLE ONLY TOPLEVEL")
    sys.run("AUDIT POLICY p BY alice")
    sys.run("AUDIT POLICY p BY bob WHENEVER NOT SUCCESSFUL")
    query = "SELECT entity, success, failure FROM audit_enabled ORDER BY 1"
    assert database.rows(query) == [("ALICE", 1, 1), ("BOB", 0, 1)]
    assert sys.error("AUDIT POLICY p EXCEPT alice") == 46350
    assert sys.error("DROP AUDIT POLICY p") == 46361
    sys.run("NOAUDIT POLICY p BY alice, bob")
    sys.run("DROP AUDIT POLICY p")
    assert sys.error("DROP AUDIT POLICY p") == 46357


def test_kill_goes_to_the_instance(database: Any, sys: Any) -> None:
    sys.run("ALTER SYSTEM KILL SESSION '7,3'")
    sys.run("ALTER SYSTEM KILL SESSION '7,3,@1' IMMEDIATE")
    sys.run("ALTER SYSTEM DISCONNECT SESSION '8,4' POST_TRANSACTION")
    assert database.killed == [(7, 3, False), (7, 3, True), (8, 4, False)]


def test_parameter_set_in_the_root_holds_in_the_pluggable_databases(
    database: Any, sys: Any
) -> None:
    root = database.as_sys("CDB$ROOT")
    query = "SELECT value FROM parameters WHERE name = 'job_queue_processes'"
    root.run("ALTER SYSTEM SET job_queue_processes = 0 SCOPE = MEMORY")
    assert database.rows(query) == [("0",)]
    sys.run("ALTER SYSTEM SET job_queue_processes = 5")
    assert database.rows(query) == [("5",)]
    assert database.rows(query, container="CDB$ROOT") == [("0",)]
    assert database.jobs_changes == 2


def test_verify_function_runs_with_the_rights_of_sys_and_judges_new_passwords(
    database: Any, sys: Any, people: Any
) -> None:
    people("alice")
    database.add_object("SYS", "STRONG", "FUNCTION")
    sys.run("CREATE PROFILE careful LIMIT PASSWORD_VERIFY_FUNCTION strong")
    sys.run("ALTER USER alice PROFILE careful")
    alice = database.logon("alice")
    seen = []

    def run_block(text: str, binds: Any) -> Outcome:
        seen.append((alice.current_user, [bind.value for bind in binds]))
        if len(binds[1].value) < 4:
            raise OracleError(20001, "too short")
        return Outcome(out={3: int("bad" not in binds[1].value)})

    database.run_block = run_block
    assert alice.error("ALTER USER alice IDENTIFIED BY long_enough") == 28221
    assert alice.error("ALTER USER alice IDENTIFIED BY long_enough REPLACE pw") is None
    assert seen == [("SYS", ["ALICE", "long_enough", "pw", None])]
    assert alice.error("ALTER USER alice IDENTIFIED BY bad_one REPLACE long_enough") == 28003
    with pytest.raises(OracleError) as refused:
        sys.run("CREATE USER bob IDENTIFIED BY abc PROFILE careful")
    assert [line[:9] for line in refused.value.text.splitlines()] == ["ORA-28003", "ORA-20001"]
    assert database.rows("SELECT 1 FROM users WHERE name = 'BOB'") == []


@pytest.mark.parametrize("release", [Release.R23])
def test_read_only_user_defines_nothing(database: Any, sys: Any, people: Any) -> None:
    people("alice", grants="CREATE ROLE")
    sys.run("ALTER USER alice READ ONLY")
    alice = database.logon("alice")
    assert alice.error("CREATE ROLE r") == 28194
    assert alice.error("ALTER SESSION SET nls_date_format = 'YYYY'") is None
    assert alice.error("SET ROLE NONE") is None
    sys.run("ALTER USER alice READ WRITE")
    assert alice.error("CREATE ROLE r") == 28194  # counts for new sessions only
    assert database.logon("alice").error("CREATE ROLE r") is None


def test_password_of_a_session_changes_in_every_container_of_a_common_user(database: Any) -> None:
    root = database.as_sys("CDB$ROOT")
    root.run("CREATE USER c##ops IDENTIFIED BY pw")
    root.run("GRANT CREATE SESSION TO c##ops CONTAINER = ALL")
    passwords.set_password(database.logon("c##ops", container="CDB$ROOT"), "C##OPS", "fresh")
    assert database.logon_error("c##ops", "fresh") is None
    with pytest.raises(OracleError, match="ORA-65066"):
        passwords.set_password(database.logon("c##ops", "fresh"), "C##OPS", "stale")
