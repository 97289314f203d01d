"""Limits of profiles: those of the kernel only while RESOURCE_LIMIT is TRUE, those of passwords always; minutes and days on the database's
clock.
"""

from __future__ import annotations

from typing import Any

import oracledb
import pytest

VERIFY = (
    "CREATE FUNCTION sys.no_short_ones (username VARCHAR2, password VARCHAR2, old_password VARCHAR2)"
    " RETURN BOOLEAN IS BEGIN IF length(password) < 8 THEN raise_application_error(-20001, 'too short'); END IF;"
    " RETURN TRUE; END;"
)
RESOURCE_LIMIT = "ALTER SYSTEM SET resource_limit = {} SCOPE = MEMORY"


def limit(system: Any, limits: str) -> None:
    system.run(f"CREATE PROFILE jit LIMIT {limits}", "ALTER USER alice PROFILE jit")


def lost(client: Any) -> int:
    with pytest.raises(oracledb.Error) as caught:
        client.run("SELECT 1 FROM dual")
    return int(caught.value.args[0].code)


def test_sessions_per_user(sandbox: Any, system: Any) -> None:
    limit(system, "SESSIONS_PER_USER 2")
    sandbox.connect("alice")
    second = sandbox.connect("alice")
    assert sandbox.refused("alice") == 2391
    second.connection.close()
    sandbox.connect("alice")
    system.run(RESOURCE_LIMIT.format("FALSE"))
    sandbox.connect("alice")


def test_sessions_through_a_proxy_count_for_the_client(sandbox: Any, system: Any) -> None:
    limit(system, "SESSIONS_PER_USER 1")
    system.run("ALTER USER alice GRANT CONNECT THROUGH bob")
    sandbox.connect("bob[alice]")
    assert sandbox.refused("alice") == 2391
    sandbox.connect("bob")


@pytest.mark.parametrize(("resource", "code"), [("IDLE_TIME", 2396), ("CONNECT_TIME", 2399)])
def test_minutes_of_a_session(sandbox: Any, system: Any, resource: str, code: int) -> None:
    limit(system, f"{resource} 10")
    alice, bob = sandbox.connect("alice"), sandbox.connect("bob")
    sandbox.advance(minutes=9)
    alice.run("SELECT 1 FROM dual")
    sandbox.advance(minutes=12)
    assert lost(alice) == code
    bob.run("SELECT 1 FROM dual")
    assert system.value("SELECT count(*) FROM v$session WHERE username = 'ALICE'") == 0


def test_minutes_are_counted_only_while_limits_are_on(sandbox: Any, system: Any) -> None:
    limit(system, "IDLE_TIME 1 CONNECT_TIME 1")
    system.run(RESOURCE_LIMIT.format("FALSE"))
    alice = sandbox.connect("alice")
    sandbox.advance(hours=1)
    alice.run("SELECT 1 FROM dual")


def test_an_open_transaction_ends_with_the_session(sandbox: Any, system: Any) -> None:
    limit(system, "IDLE_TIME 5")
    system.run("GRANT SELECT, UPDATE ON hr.employees TO alice")
    alice = sandbox.connect("alice")
    alice.connection.autocommit = False
    alice.run("UPDATE hr.employees SET salary = 0")
    sandbox.advance(minutes=30)
    assert lost(alice) == 2396
    system.run("UPDATE hr.employees SET salary = salary + 1")
    assert system.value("SELECT salary FROM hr.employees") == 9001


def test_the_limits_of_default_stand_in_for_default(sandbox: Any, system: Any) -> None:
    limit(system, "CONNECT_TIME 600")
    system.run("ALTER PROFILE default LIMIT IDLE_TIME 5")
    alice = sandbox.connect("alice")
    sandbox.advance(minutes=6)
    assert lost(alice) == 2396


def test_password_limits_do_not_ask_for_resource_limit(sandbox: Any, system: Any) -> None:
    limit(system, "FAILED_LOGIN_ATTEMPTS 2 PASSWORD_LOCK_TIME 1/24")
    system.run(RESOURCE_LIMIT.format("FALSE"))
    assert [sandbox.refused("alice", "wrong") for _ in range(3)] == [1017, 1017, 28000]
    sandbox.advance(minutes=61)
    sandbox.connect("alice")


def test_a_verify_function_judges_every_new_password(sandbox: Any, system: Any) -> None:
    sandbox.connect("SYS").run(VERIFY)
    limit(system, "PASSWORD_VERIFY_FUNCTION no_short_ones")
    assert "ORA-20001: too short" in system.message("ALTER USER alice IDENTIFIED BY short")
    assert system.fails("CREATE USER carl IDENTIFIED BY short PROFILE jit") == 28003
    alice = sandbox.connect("alice")
    assert alice.fails("ALTER USER alice IDENTIFIED BY short REPLACE alice") == 28003
    alice.run("ALTER USER alice IDENTIFIED BY long_enough REPLACE alice")
    sandbox.connect("alice", "long_enough")
    assert system.fails("CREATE PROFILE other LIMIT PASSWORD_VERIFY_FUNCTION nowhere") == 7443


def test_a_password_that_ran_out_asks_for_another(sandbox: Any, system: Any) -> None:
    limit(
        system,
        "PASSWORD_LIFE_TIME 10 PASSWORD_GRACE_TIME 0 PASSWORD_REUSE_MAX 2 PASSWORD_REUSE_TIME 30",
    )
    sandbox.advance(days=11)
    assert sandbox.refused("alice") == 28001
    query = "SELECT account_status FROM dba_users WHERE username = 'ALICE'"
    assert system.value(query) == "EXPIRED"
    assert system.fails("ALTER USER alice IDENTIFIED BY alice") == 28007
    system.run("ALTER USER alice IDENTIFIED BY another")
    sandbox.connect("alice", "another")
