"""What a DBA sees of sessions: who is behind them, and the numbers that audit records carry."""

from __future__ import annotations

from typing import Any


def test_a_proxied_session_says_so_among_the_network_connections(sandbox: Any, system: Any) -> None:
    system.run("ALTER USER alice GRANT CONNECT THROUGH bob")
    proxied = sandbox.connect("bob[alice]")
    plain = sandbox.connect("alice")
    query = (
        "SELECT DISTINCT s.username, c.authentication_type FROM gv$session s"
        " JOIN gv$session_connect_info c ON c.inst_id = s.inst_id AND c.sid = s.sid AND c.serial# = s.serial#"
        " WHERE s.username = 'ALICE' ORDER BY 2"
    )
    assert system.rows(query) == [("ALICE", "DATABASE"), ("ALICE", "PROXY")]
    assert proxied.value("SELECT sys_context('USERENV', 'PROXY_USER') FROM dual") == "BOB"
    assert plain.value("SELECT sys_context('USERENV', 'PROXY_USER') FROM dual") is None


def test_a_network_connection_has_a_row_per_banner_and_names_the_driver(
    sandbox: Any, system: Any
) -> None:
    rows = system.rows(
        "SELECT network_service_banner, client_driver FROM v$session_connect_info"
        " WHERE sid = sys_context('USERENV', 'SID')"
    )
    assert len(rows) == 3
    assert any(banner.startswith("TCP/IP NT Protocol Adapter for Linux") for banner, _ in rows)
    assert {driver.startswith("python-oracledb thn") for _, driver in rows} == {True}


def test_every_session_has_an_audit_number_of_its_own(sandbox: Any, system: Any) -> None:
    first = sandbox.connect("alice")
    mine = "SELECT sys_context('USERENV', 'SESSIONID') FROM dual"
    seen = {int(system.value(mine)), int(first.value(mine))}
    first.connection.close()
    again = sandbox.connect("alice")  # on the SID that has just become free
    seen.add(int(again.value(mine)))
    assert len(seen) == 3
    assert again.value(mine) == str(
        system.value("SELECT audsid FROM v$session WHERE username = 'ALICE'")
    )


def test_sysdba_sessions_share_oracles_one_number(sandbox: Any) -> None:
    assert sandbox.connect("SYS").value(
        "SELECT sys_context('USERENV', 'SESSIONID') FROM dual"
    ) == str(2**32 - 1)
