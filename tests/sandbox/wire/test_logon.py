from __future__ import annotations

from collections.abc import Callable
from typing import Any

import oracledb
import pytest

from reconciler.sandbox.seam import OracleError, Release
from reconciler.sandbox.server import SandboxServer, running
from reconciler.sandbox.wire.handshake import Generation

VERSIONS = {Release.R23: "23.26.1.0.0", Release.R19: "19.3.0.0.0"}


def test_a_driver_logs_on_and_learns_about_its_session(
    engine: Any, connection: oracledb.Connection
) -> None:
    (sid,) = engine.sessions
    assert connection.version == VERSIONS[engine.release]
    assert (connection.session_id, connection.serial_num) == (sid, sid * 7 + 1)
    assert connection.service_name == "freepdb1"
    assert connection.max_identifier_length == 128


def test_the_engine_learns_who_connects_from_where(
    engine: Any, connection: oracledb.Connection
) -> None:
    logon = engine.logons[0]
    assert (logon.user, logon.service, logon.client_user) == ("scott", "FREEPDB1", None)
    assert logon.password_ok
    assert not logon.sysdba
    assert logon.address == "127.0.0.1"
    assert logon.port > 0
    assert logon.program
    assert logon.machine
    assert logon.os_user
    assert logon.driver.startswith("python-oracledb")
    assert int(logon.process) > 0


def test_the_time_zone_the_driver_asks_for_reaches_the_engine(
    engine: Any, connection: oracledb.Connection, session: Any
) -> None:
    assert session.statements[0].startswith("ALTER SESSION SET TIME_ZONE=")


@pytest.mark.parametrize("user", ["scott", "nobody"])
def test_a_wrong_password_and_an_unknown_user_look_alike(
    engine: Any, dsn: str, failing: Callable[..., Any], user: str
) -> None:
    error = failing(oracledb.connect, user=user, password="wrong", dsn=dsn)
    assert error.code == 1017
    assert "logon denied" in error.message
    assert not engine.logons[0].password_ok


def test_an_unknown_service_is_refused_by_the_listener(
    server: SandboxServer, failing: Callable[..., Any]
) -> None:
    dsn = f"127.0.0.1:{server.port}/NOPE"
    error = failing(oracledb.connect, user="scott", password="tiger", dsn=dsn)
    assert "DPY-6001" in error.message


def test_a_descriptor_too_long_for_one_packet_is_read(server: SandboxServer, engine: Any) -> None:
    dsn = (
        f"(DESCRIPTION=(CONNECT_TIMEOUT=5)(ADDRESS=(PROTOCOL=TCP)(HOST=127.0.0.1)(PORT={server.port}))"
        f"(CONNECT_DATA=(SERVER=DEDICATED)(SERVICE_NAME=FREEPDB1)(CID=(PROGRAM={'p' * 200})(HOST=h)(USER=u))))"
    )
    with oracledb.connect(user="scott", password="tiger", dsn=dsn) as connection:
        assert connection.version == VERSIONS[engine.release]


@pytest.mark.parametrize("sdu", [512, 8192, 65535])
def test_any_session_data_unit_works(dsn: str, sdu: int) -> None:
    with oracledb.connect(user="scott", password="tiger", dsn=dsn, sdu=sdu) as connection:
        text = "é" * 20000
        assert connection.cursor().execute("select :t from dual", t=text).fetchone() == (text,)


def test_a_proxy_logon_names_both_users(engine: Any, dsn: str, failing: Callable[..., Any]) -> None:
    with oracledb.connect(user="alice[app]", password="wonder", dsn=dsn):
        assert (engine.logons[0].user, engine.logons[0].client_user) == ("alice", "app")
    error = failing(oracledb.connect, user="alice[other]", password="wonder", dsn=dsn)
    assert error.code == 28150


def test_sysdba_is_passed_on(engine: Any, dsn: str) -> None:
    mode = oracledb.AUTH_MODE_SYSDBA
    with oracledb.connect(user="scott", password="tiger", dsn=dsn, mode=mode):
        assert engine.logons[0].sysdba


def test_a_password_is_changed_on_a_live_session(
    dsn: str, connection: oracledb.Connection, failing: Callable[..., Any]
) -> None:
    connection.changepassword("tiger", "lion")
    connection.changepassword("lion", "puma")
    assert failing(oracledb.connect, user="scott", password="tiger", dsn=dsn).code == 1017
    oracledb.connect(user="scott", password="puma", dsn=dsn).close()


def test_a_password_change_needs_the_old_password(
    connection: oracledb.Connection, failing: Callable[..., Any]
) -> None:
    assert failing(connection.changepassword, "wrong", "lion").code == 28008
    assert connection.cursor().execute("select 1 from dual").fetchone() == (1,)


def test_a_new_password_can_be_given_at_logon(engine: Any, dsn: str) -> None:
    oracledb.connect(user="scott", password="tiger", newpassword="lion", dsn=dsn).close()
    oracledb.connect(user="scott", password="lion", dsn=dsn).close()
    assert (engine.logons[0].new_password, engine.logons[0].old_password) == ("lion", "tiger")
    assert (engine.logons[1].new_password, engine.logons[1].old_password) == (None, None)
    assert "lion" not in repr(engine.logons[0])
    assert "tiger" not in repr(engine.logons[0])


def test_a_new_password_does_not_pass_with_a_wrong_one(
    engine: Any, dsn: str, failing: Callable[..., Any]
) -> None:
    error = failing(oracledb.connect, user="scott", password="wrong", newpassword="lion", dsn=dsn)
    assert error.code == 1017
    assert engine.logons[0].new_password is None


def test_the_handshake_of_11g_works_too(engine: Any, failing: Callable[..., Any]) -> None:
    with running(engine, handshake=Generation.G11) as server:
        dsn = f"127.0.0.1:{server.port}/FREEPDB1"
        with oracledb.connect(user="scott", password="tiger", dsn=dsn) as connection:
            connection.changepassword("tiger", "lion")
        assert failing(oracledb.connect, user="scott", password="tiger", dsn=dsn).code == 1017


def test_a_session_ends_when_its_connection_is_closed(
    engine: Any, dsn: str, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    oracledb.connect(user="scott", password="tiger", dsn=dsn).close()
    (session,) = engine.sessions.values()
    eventually(lambda: session.closes > 0)


def test_an_engine_that_lets_a_wrong_password_in_is_overruled(
    scripted: Any, failing: Callable[..., Any]
) -> None:
    class Careless(scripted):
        def logon(self, logon: Any) -> Any:
            session = scripted.logon(self, type(logon)("FREEPDB1", "scott", password_ok=True))
            self.let_in = session
            return session

    engine = Careless(Release.R23)
    with running(engine) as server:
        dsn = f"127.0.0.1:{server.port}/FREEPDB1"
        assert failing(oracledb.connect, user="scott", password="bad", dsn=dsn).code == 1017
        assert engine.let_in.closes


def test_a_warning_at_the_logon_is_shown(engine: Any, dsn: str) -> None:
    with oracledb.connect(user="scott", password="tiger", dsn=dsn) as connection:
        assert connection.warning is None
    engine.logon_warning = OracleError(28002, "the password will expire within 7 days")
    with oracledb.connect(user="scott", password="tiger", dsn=dsn) as connection:
        assert connection.warning is not None
        assert connection.warning.full_code == "ORA-28002"
        assert connection.cursor().execute("select 1 from dual").fetchone() == (1,)
