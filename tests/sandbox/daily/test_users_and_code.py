"""Statements of a DBA's day about users, proxies and whose rights code runs with."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from reconciler.sandbox.seam import Release

INVOKER = (
    "CREATE PROCEDURE hr.look AUTHID CURRENT_USER IS n NUMBER;"
    " BEGIN SELECT count(*) INTO n FROM user_tables; END;"
)


def test_privileged_users_do_not_lend_their_rights_to_other_peoples_code(
    sandbox: Any, system: Any
) -> None:
    system.run(INVOKER, "GRANT EXECUTE ON hr.look TO PUBLIC")
    sandbox.connect("alice").run("BEGIN hr.look; END;")
    message = system.message("BEGIN hr.look; END;")
    assert message.startswith("ORA-06598: insufficient INHERIT PRIVILEGES privilege")
    assert 'ORA-06512: at "HR.LOOK", line 1' in message
    system.run("GRANT INHERIT PRIVILEGES ON USER system TO hr", "BEGIN hr.look; END;")
    system.run("REVOKE INHERIT PRIVILEGES ON USER alice FROM PUBLIC")
    assert sandbox.connect("alice").fails("BEGIN hr.look; END;") == 6598
    system.run("GRANT INHERIT ANY PRIVILEGES TO hr")
    sandbox.connect("alice").run("BEGIN hr.look; END;")


def test_a_role_granted_to_code_counts_while_the_code_runs(sandbox: Any, system: Any) -> None:
    system.run(
        "CREATE ROLE reader",
        "CREATE USER keeper IDENTIFIED BY keeper",
        "GRANT SELECT ON hr.employees TO reader",
        "GRANT reader TO keeper",
        "CREATE PROCEDURE keeper.count_them (n OUT NUMBER) IS"
        " BEGIN EXECUTE IMMEDIATE 'SELECT count(*) FROM hr.employees' INTO n; END;",
        "GRANT EXECUTE ON keeper.count_them TO alice",
    )
    alice, sys = sandbox.connect("alice"), sandbox.connect("SYS")
    call = "DECLARE n NUMBER; BEGIN keeper.count_them(n); END;"
    assert alice.fails(call) == 942
    sys.run("GRANT reader TO PROCEDURE keeper.count_them")
    alice.run(call)
    assert alice.fails("SELECT count(*) FROM hr.employees") == 942
    query = "SELECT owner, object_name, object_type, role FROM dba_code_role_privs"
    assert sys.rows(query) == [("KEEPER", "COUNT_THEM", "PROCEDURE", "READER")]
    sys.run("REVOKE reader FROM PROCEDURE keeper.count_them")
    assert alice.fails(call) == 942


def test_a_proxy_clause_may_name_several_clients(sandbox: Any, system: Any) -> None:
    system.run("CREATE USER app IDENTIFIED BY app")
    system.run("ALTER USER alice, bob GRANT CONNECT THROUGH app")
    assert system.rows("SELECT client FROM proxy_users WHERE proxy = 'APP' ORDER BY 1") == [
        ("ALICE",),
        ("BOB",),
    ]
    assert system.fails("ALTER USER alice, bob ACCOUNT LOCK") == 922
    assert system.fails("ALTER USER alice, nobody REVOKE CONNECT THROUGH app") == 1918
    assert len(system.rows("SELECT client FROM proxy_users WHERE proxy = 'APP'")) == 2
    system.run("ALTER USER alice GRANT CONNECT THROUGH app AUTHENTICATED USING PASSWORD")
    query = "SELECT authentication FROM proxy_users WHERE client = 'ALICE'"
    assert system.value(query) == "YES"


def test_editions_and_quotas(sandbox: Any, system: Any) -> None:
    system.run("ALTER USER alice ENABLE EDITIONS")
    query = "SELECT editions_enabled FROM dba_users WHERE username = :name"
    assert [system.value(query, name=name) for name in ("ALICE", "BOB")] == ["Y", "N"]
    assert system.fails("ALTER USER PUBLIC QUOTA 1M ON users") == 1568


def test_a_read_only_user_keeps_writing_in_sessions_he_has(sandbox: Any, system: Any) -> None:
    if sandbox.release < Release.R23:
        pytest.skip("READ ONLY users came with release 23")
    system.run("GRANT INSERT ON hr.employees TO alice")
    old = sandbox.connect("alice")
    system.run("ALTER USER alice READ ONLY")
    insert = "INSERT INTO hr.employees (id) VALUES ({})"
    old.run(insert.format(2))
    assert sandbox.connect("alice").fails(insert.format(3)) == 28194


def test_lock_table_keeps_writers_out_and_needs_a_right_of_its_own(
    sandbox: Any, system: Any
) -> None:
    alice, bob = sandbox.connect("alice"), sandbox.connect("bob")
    system.run("GRANT READ ON hr.employees TO alice", "GRANT UPDATE ON hr.employees TO bob")
    lock = "LOCK TABLE hr.employees IN EXCLUSIVE MODE NOWAIT"
    assert alice.fails(lock) == (41900 if sandbox.release >= Release.R23 else 1031)
    bob.connection.autocommit = False
    bob.run(lock)
    assert system.fails(lock) == 54
    assert system.fails("SELECT * FROM hr.employees FOR UPDATE NOWAIT") == 54
    assert system.fails("SELECT * FROM hr.employees FOR UPDATE WAIT 0") == 30006
    bob.connection.rollback()
    system.run(lock)


def test_cancel_sql_ends_the_statement_and_not_the_session(sandbox: Any, system: Any) -> None:
    sandbox.connect("SYS").run("GRANT EXECUTE ON sys.dbms_lock TO alice")
    alice = sandbox.connect("alice")
    sid, serial = system.rows("SELECT sid, serial# FROM v$session WHERE username = 'ALICE'")[0]
    caught: list[int] = []
    sleeper = threading.Thread(
        target=lambda: caught.append(alice.fails("BEGIN dbms_lock.sleep(600); END;"))
    )
    sleeper.start()
    active = f"SELECT count(*) FROM v$session WHERE sid = {sid} AND status = 'ACTIVE'"
    while not system.value(active):
        assert sleeper.is_alive()
    system.run(f"ALTER SYSTEM CANCEL SQL '{sid}, {serial}, @1'")
    sleeper.join(60)
    assert caught == [1013]
    assert alice.value("SELECT 1 FROM dual") == 1
    assert system.fails("ALTER SYSTEM CANCEL SQL '999, 1'") == 30
