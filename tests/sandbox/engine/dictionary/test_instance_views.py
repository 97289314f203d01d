"""Sessions, parameters, containers and stored text as the dictionary shows them."""

from __future__ import annotations

from typing import Any

STAMP = "2026-11-20 13:59:30.000000"


def test_a_pdb_shows_its_own_sessions_and_the_root_all(database: Any) -> None:
    here = database.session("ALICE")
    there = database.session("C##ADMIN", container="CDB$ROOT")
    assert here.rows("V_$SESSION", "SID, USERNAME") == [(here.sid, "ALICE")]
    assert there.rows("V_$SESSION", "SID, USERNAME") == [
        (here.sid, "ALICE"),
        (there.sid, "C##ADMIN"),
    ]


def test_a_session_shows_what_its_logon_said(database: Any) -> None:
    session = database.session("ALICE")
    session.attributes |= {
        "program": "tool", "machine": "desk", "os_user": "alice", "status": "ACTIVE", "logon_time": STAMP,
    }  # fmt: skip
    wanted = 'STATUS, PROGRAM, MACHINE, OSUSER, LOGON_TIME, LAST_CALL_ET, "SERIAL#"'
    assert session.rows("V_$SESSION", wanted) == [
        ("ACTIVE", "tool", "desk", "alice", "2026-11-20 13:59:30", 30, 7)
    ]
    assert session.rows("GV_$SESSION", "INST_ID, USERNAME") == [(1, "ALICE")]


def test_parameters_set_in_the_container_win_over_the_root(database: Any) -> None:
    session = database.session()
    wanted = "NAME = 'resource_limit'"
    database.catalog("CDB$ROOT").execute(
        "INSERT OR REPLACE INTO parameters VALUES ('resource_limit', 'FALSE')"
    )
    database.catalog().execute("DELETE FROM parameters WHERE name = 'resource_limit'")
    assert session.rows("V_$PARAMETER", "VALUE", wanted) == [("FALSE",)]
    database.catalog().execute("INSERT INTO parameters VALUES ('resource_limit', 'TRUE')")
    assert session.rows("V_$PARAMETER", "VALUE", wanted) == [("TRUE",)]


def test_session_settings_show_among_the_nls_parameters_of_the_session_only(database: Any) -> None:
    session = database.session()
    session.parameters["nls_date_format"] = "YYYY-MM-DD"
    wanted = "PARAMETER = 'NLS_DATE_FORMAT'"
    assert session.rows("NLS_SESSION_PARAMETERS", "VALUE", wanted) == [("YYYY-MM-DD",)]
    assert session.rows("NLS_DATABASE_PARAMETERS", "VALUE", wanted) == [("DD-MON-RR",)]


def test_the_root_lists_its_pdbs_and_a_pdb_lists_itself(database: Any) -> None:
    for container in ("CDB$ROOT", "FREEPDB1"):
        assert database.session(container=container).rows("V_$PDBS", "CON_ID, NAME") == [
            (3, "FREEPDB1")
        ]


def test_source_is_shown_line_by_line_as_it_was_written(database: Any) -> None:
    text = "PROCEDURE p AS\nBEGIN\n  x := 'a\\nb\"c';\nEND;"
    database.catalog().execute(
        "INSERT INTO objects (owner, name, type, created, last_ddl_time, source) VALUES ('HR', 'P', 'PROCEDURE', ?, ?, ?)",
        (STAMP, STAMP, text),
    )
    rows = database.session().rows("DBA_SOURCE", "LINE, TEXT", "OWNER = 'HR'")
    assert rows == list(enumerate(text.splitlines(keepends=True), 1))


def test_a_package_and_its_body_are_two_objects_with_a_source_each(database: Any) -> None:
    details = '{"body": "PACKAGE BODY p AS\\nEND;", "body_valid": false}'
    database.catalog().execute(
        "INSERT INTO objects (owner, name, type, created, last_ddl_time, source, details)"
        " VALUES ('HR', 'P', 'PACKAGE', ?, ?, 'PACKAGE p AS END;', ?)",
        (STAMP, STAMP, details),
    )
    session = database.session()
    assert session.rows("DBA_OBJECTS", "OBJECT_TYPE, STATUS", "OWNER = 'HR'") == [
        ("PACKAGE", "VALID"),
        ("PACKAGE BODY", "INVALID"),
    ]
    assert session.rows("DBA_SOURCE", "TYPE, LINE, TEXT", "OWNER = 'HR'") == [
        ("PACKAGE", 1, "PACKAGE p AS END;"),
        ("PACKAGE BODY", 1, "PACKAGE BODY p AS\n"),
        ("PACKAGE BODY", 2, "END;"),
    ]


def test_jobs_show_instants_in_the_zone_they_were_made_in(database: Any) -> None:
    database.catalog().execute(
        "INSERT INTO jobs (owner, name, creator, type, action, start_date, time_zone)"
        " VALUES ('HR', 'J', 'HR', 'PLSQL_BLOCK', 'NULL;', ?, '+02:00')",
        (STAMP,),
    )
    rows = database.session().rows(
        "DBA_SCHEDULER_JOBS", "JOB_NAME, START_DATE, ENABLED, SCHEDULE_TYPE"
    )
    assert rows == [("J", f"{STAMP} +02:00", "FALSE", "ONCE")]
    assert database.session("BOB").rows("ALL_SCHEDULER_JOBS") == []
