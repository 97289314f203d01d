"""The unified audit trail: what enabled policies cover becomes rows, as Oracle writes them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reconciler.sandbox.engine.auditing import trail
from reconciler.sandbox.engine.auditing.text import deed_of, without_passwords
from reconciler.sandbox.engine.instance import Instance
from reconciler.sandbox.seam import Logon, OracleError, Release

CAST = (
    "CREATE USER hr IDENTIFIED BY hr QUOTA UNLIMITED ON users",
    "CREATE TABLE hr.employees (id NUMBER, salary NUMBER)",
    "INSERT INTO hr.employees VALUES (1, 9000)",
    "COMMIT",
    "CREATE VIEW hr.staff AS SELECT id FROM hr.employees",
    "CREATE USER bob IDENTIFIED BY bob",
    "CREATE USER carol IDENTIFIED BY carol",
    "CREATE ROLE reader",
    "GRANT CREATE SESSION TO bob, carol",
    "GRANT SELECT, UPDATE ON hr.employees TO reader",
    "GRANT reader TO bob",
)


class Server:
    """An instance and sessions on it, without a wire between."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    def logon(self, user: str, *, password_ok: bool = True, client: str | None = None) -> Any:
        return self.instance.logon(
            Logon(
                "FREEPDB1", user, password_ok, client, sysdba=user == "SYS", program="sqlplus@desk",
                machine="desk", os_user="bobby", address="10.1.2.3", port=4711,
            )
        )  # fmt: skip

    def run(self, user: str, *statements: str) -> list[Any]:
        session = self.logon(user)
        try:
            return [self._one(session, statement) for statement in statements]
        finally:
            session.close()

    @staticmethod
    def _one(session: Any, statement: str) -> Any:
        session.begin_call()
        try:
            outcome = session.execute(session.prepare(statement), ())
        except OracleError as error:
            return error.code
        return list(outcome.rows) if outcome.rows is not None else None

    def trail(self, columns: str, where: str = "1 = 1") -> list[Any]:
        text = f"SELECT {columns} FROM unified_audit_trail WHERE {where} ORDER BY entry_id"
        rows: list[Any] = self.run("SYS", text)[0]
        return rows


@pytest.fixture(params=list(Release), ids=str)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    instance = Instance(tmp_path_factory.mktemp("instance"), request.param, password="system")
    server = Server(instance)
    assert server.run("SYS", *CAST) == [None] * len(CAST)
    yield server
    instance.close()


def enable(server: Server, what: str, whom: str = "") -> None:
    assert server.run("SYS", f"CREATE AUDIT POLICY p {what}", f"AUDIT POLICY p {whom}".strip()) == [
        None,
        None,
    ]


def test_nothing_is_recorded_while_no_policy_is_enabled(server: Server) -> None:
    server.run("SYS", "CREATE AUDIT POLICY p ACTIONS ALL")
    server.run("BOB", "SELECT * FROM hr.employees")
    assert server.trail("action_name") == []


def test_a_select_on_an_audited_object_leaves_one_row_with_who_and_from_where(
    server: Server,
) -> None:
    enable(server, "ACTIONS SELECT ON hr.employees", "BY bob")
    server.run("BOB", "SELECT id FROM hr.employees", "SELECT 1 FROM dual")
    server.run("SYS", "SELECT id FROM hr.employees")
    (row,) = server.trail(
        "audit_type, os_username, userhost, dbusername, dbproxy_username, client_program_name, action_name, return_code,"
        " object_schema, object_name, system_privilege_used, current_user, unified_audit_policies, authentication_type"
    )
    assert row == (
        "Standard", "bobby", "desk", "BOB", None, "sqlplus@desk", "SELECT", 0, "HR", "EMPLOYEES", None, "BOB", "P",
        "(TYPE=(DATABASE));(CLIENT ADDRESS=((ADDRESS=(PROTOCOL=tcp)(HOST=10.1.2.3)(PORT=4711))));",
    )  # fmt: skip
    assert [str(text) for (text,) in server.trail("sql_text")] == ["SELECT id FROM hr.employees"]


def test_the_trail_knows_the_session_and_the_time_of_the_database_clock(server: Server) -> None:
    enable(server, "ACTIONS ALL", "BY bob")
    later = server.instance.now() + timedelta(hours=5)
    server.instance.move_clock(later)
    session = server.logon("BOB")
    server._one(session, "SELECT id FROM hr.employees")
    ((audsid,),) = server.run(
        "SYS", f"SELECT audsid FROM v$session WHERE sid = {session.session.sid}"
    )[0]
    numbers = {number for (number,) in server.trail("sessionid")}
    assert numbers == {audsid}
    (instant,) = server.trail("event_timestamp_utc", "action_name = 'SELECT'")[0]
    assert abs(instant - later.replace(tzinfo=None)) < timedelta(minutes=5)


def test_every_object_of_a_statement_leaves_its_own_row(server: Server) -> None:
    server.run("SYS", "GRANT SELECT ON hr.staff TO bob")
    enable(server, "ACTIONS SELECT", "BY bob")
    server.run("BOB", "SELECT * FROM hr.staff s, hr.employees e WHERE s.id = e.id")
    rows = server.trail("object_schema, object_name")
    assert sorted(rows) == [("HR", "EMPLOYEES"), ("HR", "STAFF")]


def test_failures_carry_their_number_and_can_be_left_out(server: Server) -> None:
    enable(server, "ACTIONS SELECT ON hr.employees", "BY bob, carol")
    assert server.run("CAROL", "SELECT * FROM hr.employees") == [942]
    assert server.trail("dbusername, return_code") == [("CAROL", 942)]
    server.run(
        "SYS", "NOAUDIT POLICY p BY bob, carol", "AUDIT POLICY p BY carol WHENEVER SUCCESSFUL"
    )
    server.run("CAROL", "SELECT * FROM hr.employees")
    assert len(server.trail("1")) == 1


def test_logons_failed_logons_and_logoffs(server: Server) -> None:
    enable(server, "ACTIONS LOGON, LOGOFF")
    with pytest.raises(OracleError):
        server.logon("BOB", password_ok=False)
    server.run("BOB")
    assert server.trail("action_name, return_code, system_privilege_used", "dbusername = 'BOB'") == [
        ("LOGON", 1017, None), ("LOGON", 0, "CREATE SESSION"), ("LOGOFF", 0, None),
    ]  # fmt: skip


def test_a_proxy_is_named_beside_the_user_it_works_as(server: Server) -> None:
    server.run("SYS", "ALTER USER bob GRANT CONNECT THROUGH carol")
    enable(server, "ACTIONS LOGON", "BY bob")
    server.logon("CAROL", client="BOB").close()
    assert server.trail("dbusername, dbproxy_username") == [("BOB", "CAROL")]


@pytest.mark.parametrize(
    ("whom", "expected"),
    [
        ("", ["BOB", "CAROL", "SYS"]),
        ("BY bob", ["BOB"]),
        ("EXCEPT bob", ["CAROL", "SYS"]),
        ("BY USERS WITH GRANTED ROLES reader", ["BOB", "SYS"]),  # who makes a role holds it
    ],
)
def test_whom_a_policy_is_enabled_for(server: Server, whom: str, expected: list[str]) -> None:
    enable(server, "ACTIONS LOGON", whom)
    server.run("BOB")
    server.run("CAROL")
    server.run("SYS")
    assert sorted({name for (name,) in server.trail("dbusername")}) == expected


def test_a_policy_by_role_follows_the_membership_of_an_open_session(server: Server) -> None:
    enable(server, "ACTIONS SELECT", "BY USERS WITH GRANTED ROLES reader")
    session = server.logon("BOB")
    server._one(session, "SELECT 1 FROM hr.employees")
    server.run("SYS", "REVOKE reader FROM bob")
    server._one(session, "SELECT 1 FROM dual")
    assert server.trail("object_name", "dbusername = 'BOB'") == [("EMPLOYEES",)]


def test_privileges_and_roles_count_when_a_system_privilege_was_what_allowed_it(
    server: Server,
) -> None:
    server.run(
        "SYS", "CREATE ROLE power", "GRANT SELECT ANY TABLE TO power", "GRANT power TO carol"
    )
    enable(server, "PRIVILEGES SELECT ANY TABLE")
    server.run("SYS", "CREATE AUDIT POLICY q ROLES power", "AUDIT POLICY q")
    server.run("BOB", "SELECT id FROM hr.employees")
    server.run("CAROL", "SELECT id FROM hr.employees")
    assert server.trail("dbusername, system_privilege_used, unified_audit_policies") == [
        ("CAROL", "SELECT ANY TABLE", "P, Q")
    ]


def test_the_rights_of_a_definer_count_for_their_owner_from_21_on(server: Server) -> None:
    server.run(
        "SYS",
        "GRANT SELECT ON hr.employees TO carol",
        "CREATE PROCEDURE carol.look AS n NUMBER; BEGIN SELECT count(*) INTO n FROM hr.employees; END;",
        "GRANT EXECUTE ON carol.look TO bob",
    )
    enable(server, "ACTIONS SELECT ON hr.employees", "BY bob")
    server.run("BOB", "BEGIN carol.look; END;")
    recorded = server.trail("dbusername, current_user")
    old = server.instance.release < Release.R23
    assert recorded == ([("BOB", "CAROL")] if old else [])


def test_a_condition_decides_for_each_statement(server: Server) -> None:
    enable(
        server,
        "ACTIONS SELECT ON hr.employees WHEN 'SYS_CONTEXT(''USERENV'',''SESSION_USER'') = ''CAROL''' EVALUATE PER STATEMENT",
    )
    server.run("BOB", "SELECT id FROM hr.employees")
    server.run("CAROL", "SELECT id FROM hr.employees")
    assert server.trail("dbusername, return_code") == [("CAROL", 942)]


def test_definitions_are_recorded_without_their_passwords(server: Server) -> None:
    enable(server, "ACTIONS CREATE USER, GRANT")
    server.run(
        "SYS", 'CREATE USER dave IDENTIFIED BY "S3cret!"', "GRANT SELECT ON hr.employees TO dave"
    )
    rows = server.trail("action_name, object_schema, object_name, sql_text")
    assert [row[:3] for row in rows] == [
        ("CREATE USER", None, "DAVE"), ("GRANT", "HR", "EMPLOYEES"),
    ]  # fmt: skip
    assert str(rows[0][3]) == "CREATE USER dave IDENTIFIED BY *"


def test_the_trail_outlives_a_restart_and_numbers_are_not_given_out_twice(server: Server) -> None:
    enable(server, "ACTIONS LOGON", "BY bob")
    server.run("BOB")
    server.instance.close()
    again = Server(Instance(server.instance.directory, server.instance.release))
    again.run("BOB")
    numbers = [number for (number,) in again.trail("sessionid")]
    assert len(set(numbers)) == 2
    again.instance.close()


def test_the_trail_is_bounded(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "MAX_ROWS", 300)
    enable(server, "ACTIONS SELECT ON hr.employees", "BY bob")
    server.run("BOB", *["SELECT 1 FROM hr.employees"] * 1100)
    (((count,),),) = server.run("SYS", "SELECT count(*) FROM unified_audit_trail")
    assert 300 <= count < 300 + 2 * 256


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('ALTER USER a IDENTIFIED BY "x y" REPLACE old', "ALTER USER a IDENTIFIED BY * REPLACE *"),
        ("create user a identified\n by secret;", "create user a identified\n by *;"),
        ("CREATE USER a IDENTIFIED /* c */ BY VALUES 'S:11'", "CREATE USER a IDENTIFIED /* c */ BY VALUES *"),
        ("BEGIN EXECUTE IMMEDIATE 'ALTER USER a IDENTIFIED BY pw'; END;",
         "BEGIN EXECUTE IMMEDIATE 'ALTER USER a IDENTIFIED BY *'; END;"),
        ("SELECT 'identified by me' FROM dual", "SELECT 'identified by *' FROM dual"),
    ],
)  # fmt: skip
def test_passwords_never_reach_the_trail(text: str, expected: str) -> None:
    assert without_passwords(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CREATE OR REPLACE FORCE VIEW hr.v AS SELECT 1 FROM dual", ("CREATE VIEW", "CREATE", "HR", "V")),
        ("CREATE PUBLIC SYNONYM s FOR hr.t", ("CREATE PUBLIC SYNONYM", "CREATE", None, "S")),
        ('ALTER TABLE "t" ADD (x NUMBER)', ("ALTER TABLE", "ALTER", None, "t")),
        ("CREATE UNIQUE INDEX hr.i ON hr.t (x)", ("CREATE INDEX", "INDEX", "HR", "I")),
        ("DROP PACKAGE BODY hr.p", ("DROP PACKAGE BODY", "DROP", "HR", "P")),
        ("REVOKE reader FROM bob", ("REVOKE", "REVOKE", None, None)),
        ("DECLARE x NUMBER; BEGIN NULL; END;", ("PL/SQL EXECUTE", "EXECUTE", None, None)),
        ("SET ROLE NONE", ("SET ROLE", "SET", None, None)),
        ("COMMIT", ("COMMIT", "COMMIT", None, None)),
    ],
)  # fmt: skip
def test_what_a_statement_is_called(text: str, expected: tuple[str | None, ...]) -> None:
    assert deed_of(text) == expected
