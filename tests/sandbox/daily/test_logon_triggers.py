"""AFTER LOGON triggers: whom they turn away, how the refusal reads, and who gets in all the same."""

from __future__ import annotations

from typing import Any

CHECK = """CREATE OR REPLACE TRIGGER guard.only_from AFTER LOGON ON DATABASE
DECLARE
  address VARCHAR2(64) := sys_context('USERENV', 'IP_ADDRESS');
  wanted NUMBER;
BEGIN
  SELECT count(*) INTO wanted FROM guard.allowed WHERE username = sys_context('USERENV', 'SESSION_USER') AND ip <> address;
  IF wanted > 0 THEN
    raise_application_error(-20101, 'not from ' || address);
  END IF;
END;"""
SETUP = (
    "CREATE USER guard IDENTIFIED BY guard QUOTA UNLIMITED ON users",
    "CREATE TABLE guard.allowed (username VARCHAR2(128), ip VARCHAR2(64))",
    "INSERT INTO guard.allowed VALUES ('ALICE', '10.1.2.3')",
    "INSERT INTO guard.allowed VALUES ('BOB', '127.0.0.1')",
    "COMMIT",
)


def test_a_logon_from_elsewhere_is_refused_with_the_error_of_the_trigger(
    sandbox: Any, system: Any
) -> None:
    system.run(*SETUP, CHECK)
    sandbox.connect("bob")
    message = sandbox.refusal("alice")
    found = [message.index(text) for text in (
        "ORA-04088: error during execution of trigger 'GUARD.ONLY_FROM'", "ORA-00604", "ORA-20101: not from 127.0.0.1",
        'ORA-06512: at "GUARD.ONLY_FROM", line 7',
    )]  # fmt: skip
    assert found == sorted(found)
    assert sandbox.refused("alice") == 4088
    assert system.value("SELECT count(*) FROM v$session WHERE username = 'ALICE'") == 0
    system.run("UPDATE guard.allowed SET ip = '127.0.0.1'")
    sandbox.connect("alice")


def test_administrators_of_triggers_and_sysdba_are_let_in(sandbox: Any, system: Any) -> None:
    system.run(*SETUP, CHECK, "INSERT INTO guard.allowed VALUES ('SYSTEM', '10.1.2.3')")
    sandbox.connect("SYSTEM")
    sandbox.connect("SYS")
    system.run("GRANT ADMINISTER DATABASE TRIGGER TO alice")
    sandbox.connect("alice")
    system.run("REVOKE ADMINISTER DATABASE TRIGGER FROM alice")
    assert sandbox.refused("alice") == 4088


def test_a_proxied_logon_is_judged_as_its_client(sandbox: Any, system: Any) -> None:
    system.run(*SETUP, CHECK, "ALTER USER alice GRANT CONNECT THROUGH bob")
    assert sandbox.refused("bob[alice]") == 4088


def test_a_trigger_that_does_not_compile_keeps_everybody_else_out(
    sandbox: Any, system: Any
) -> None:
    system.run(*SETUP, CHECK)
    system.run("DROP TABLE guard.allowed")
    assert sandbox.refused("bob") == 4098
    sandbox.connect("SYSTEM")
    system.run("ALTER TRIGGER guard.only_from DISABLE")
    sandbox.connect("bob")
    query = "SELECT status, base_object_type FROM dba_triggers WHERE trigger_name = 'ONLY_FROM'"
    assert system.rows(query) == [("DISABLED", "DATABASE")]
    system.run("ALTER TRIGGER guard.only_from ENABLE")
    assert sandbox.refused("bob") == 4098
    system.run("DROP TRIGGER guard.only_from")
    sandbox.connect("bob")


def test_what_a_trigger_writes_is_committed(sandbox: Any, system: Any) -> None:
    system.run(
        *SETUP,
        "CREATE TRIGGER guard.note AFTER LOGON ON DATABASE WHEN (user <> 'SYSTEM')"
        " BEGIN INSERT INTO guard.allowed VALUES (ora_login_user, ora_client_ip_address); END;",
    )
    alice = sandbox.connect("alice")
    query = "SELECT ip FROM guard.allowed WHERE username = 'ALICE' ORDER BY ip"
    assert system.rows(query) == [("10.1.2.3",), ("127.0.0.1",)]
    assert not alice.connection.transaction_in_progress


def test_the_logons_of_one_schema(sandbox: Any, system: Any) -> None:
    block = "BEGIN raise_application_error(-20001, 'closed'); END;"
    system.run(f"CREATE TRIGGER system.closed AFTER LOGON ON alice.SCHEMA {block}")
    sandbox.connect("bob")
    assert sandbox.refused("alice") == 4088


def test_watching_the_database_needs_a_right_of_its_own(sandbox: Any, system: Any) -> None:
    system.run("GRANT CREATE TRIGGER TO alice")
    alice = sandbox.connect("alice")
    trigger = "CREATE TRIGGER mine AFTER LOGON ON {} BEGIN NULL; END;"
    assert alice.fails(trigger.format("DATABASE")) == 1031
    assert alice.fails(trigger.format("bob.SCHEMA")) == 1031
    alice.run(trigger.format("SCHEMA"))
    sandbox.connect("alice")


def test_triggers_that_would_not_fire_are_refused(sandbox: Any, system: Any) -> None:
    refused = "CREATE TRIGGER hr.t BEFORE INSERT ON hr.employees BEGIN NULL; END;"
    assert system.fails(refused) == 3001


def test_what_does_not_compile_is_listed(sandbox: Any, system: Any) -> None:
    with system.connection.cursor() as cursor:
        cursor.execute("CREATE PROCEDURE hr.bad IS\nBEGIN\n  nothing_here;\nEND;")
        assert cursor.warning is not None
    query = "SELECT name, type, sequence, line, position, text FROM dba_errors WHERE owner = 'HR'"
    first, *_ = system.rows(f"{query} ORDER BY sequence")
    assert first[:5] == ("BAD", "PROCEDURE", 1, 3, 3)
    assert first[5].startswith("PLS-00201: identifier 'NOTHING_HERE' must be declared")
    hr = sandbox.connect("hr")
    assert hr.value("SELECT count(*) FROM user_errors") >= 1
    hr.run("CREATE OR REPLACE PROCEDURE bad IS BEGIN NULL; END;")
    assert hr.value("SELECT count(*) FROM user_errors") == 0
