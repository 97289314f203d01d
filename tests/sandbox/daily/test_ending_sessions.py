"""How sessions end when an administrator ends them, and what gets in the way of dropping their users."""

from __future__ import annotations

from typing import Any

import oracledb
import pytest


def identity(system: Any, user: str) -> str:
    query = "SELECT sid || ',' || serial# FROM v$session WHERE username = :name"
    found: str = system.value(query, name=user.upper())
    return found


def statuses(system: Any, user: str) -> list[str]:
    query = "SELECT status FROM v$session WHERE username = :name"
    return [status for (status,) in system.rows(query, name=user.upper())]


def lost(client: Any) -> str:
    with pytest.raises(oracledb.Error) as caught:
        client.run("SELECT 1 FROM dual")
    return str(caught.value)


def test_a_session_killed_immediately_no_longer_keeps_its_user(sandbox: Any, system: Any) -> None:
    alice = sandbox.connect("alice")
    system.run(f"ALTER SYSTEM KILL SESSION '{identity(system, 'alice')},@1' IMMEDIATE")
    system.run("DROP USER alice")
    assert "DPY-4011" in lost(alice)


def test_a_session_killed_without_a_word_stays_until_its_client_calls(
    sandbox: Any, system: Any
) -> None:
    alice = sandbox.connect("alice")
    system.run(f"ALTER SYSTEM KILL SESSION '{identity(system, 'alice')}'")
    assert statuses(system, "alice") == ["KILLED"]
    assert system.fails("DROP USER alice CASCADE") == 1940
    assert "ORA-00028" in lost(alice)
    system.run("DROP USER alice")


def test_a_killed_session_can_be_made_to_linger(sandbox: Any, system: Any) -> None:
    sandbox.connect("alice")
    sandbox.order({"kind": "linger", "user": "alice", "seconds": 90})
    system.run(f"ALTER SYSTEM KILL SESSION '{identity(system, 'alice')}' IMMEDIATE")
    assert statuses(system, "alice") == ["KILLED"]
    assert system.fails("DROP USER alice") == 1940
    sandbox.advance(seconds=91)
    assert statuses(system, "alice") == []
    system.run("DROP USER alice")


def test_only_as_many_kills_linger_as_were_ordered(sandbox: Any, system: Any) -> None:
    sandbox.connect("alice")
    sandbox.connect("bob")
    sandbox.order({"kind": "linger", "times": 1})
    for user in ("bob", "alice"):
        system.run(f"ALTER SYSTEM KILL SESSION '{identity(system, user)}' IMMEDIATE")
    assert (statuses(system, "bob"), statuses(system, "alice")) == (["KILLED"], [])


def test_a_proxied_session_is_killed_like_any_other(sandbox: Any, system: Any) -> None:
    system.run("ALTER USER alice GRANT CONNECT THROUGH bob")
    proxied = sandbox.connect("bob[alice]")
    system.run(f"ALTER SYSTEM KILL SESSION '{identity(system, 'alice')}' IMMEDIATE")
    assert "DPY-4011" in lost(proxied)
    system.run("DROP USER alice", "DROP USER bob")


def test_disconnecting_after_the_transaction_lets_it_end(sandbox: Any, system: Any) -> None:
    system.run("GRANT UPDATE, SELECT ON hr.employees TO alice")
    alice = sandbox.connect("alice")
    alice.connection.autocommit = False
    alice.run("UPDATE hr.employees SET salary = 1")
    system.run(f"ALTER SYSTEM DISCONNECT SESSION '{identity(system, 'alice')}' POST_TRANSACTION")
    alice.run("UPDATE hr.employees SET salary = salary + 1")
    alice.connection.commit()
    assert "ORA-00028" in lost(alice)
    assert system.value("SELECT salary FROM hr.employees") == 2


def test_disconnecting_at_once_rolls_back(sandbox: Any, system: Any) -> None:
    system.run("GRANT UPDATE, SELECT ON hr.employees TO alice")
    alice = sandbox.connect("alice")
    alice.connection.autocommit = False
    alice.run("UPDATE hr.employees SET salary = 1")
    system.run(f"ALTER SYSTEM DISCONNECT SESSION '{identity(system, 'alice')}' IMMEDIATE")
    assert "DPY-4011" in lost(alice)
    assert system.value("SELECT salary FROM hr.employees") == 9000


@pytest.mark.parametrize("code", [1940, 4021, 54])
def test_a_statement_can_be_made_to_fail_so_many_times(
    sandbox: Any, system: Any, code: int
) -> None:
    sandbox.order({"kind": "error", "matching": "drop user bob", "code": code, "times": 2})
    system.run("DROP USER alice")
    assert system.fails("DROP USER bob") == code
    assert system.fails("BEGIN EXECUTE IMMEDIATE 'DROP USER bob'; END;") == code
    system.run("DROP USER bob")
