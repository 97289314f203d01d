"""Objects beyond tables and code: made, granted with the privileges of their kind, listed, replaced and dropped."""

from __future__ import annotations

from typing import Any

import pytest

CREATE = {
    "TYPE": "CREATE OR REPLACE TYPE hr.thing AS OBJECT (id NUMBER, name VARCHAR2(20), MEMBER FUNCTION show RETURN VARCHAR2);",
    "LIBRARY": "CREATE OR REPLACE LIBRARY hr.thing AS '/lib/thing.so'",
    "OPERATOR": "CREATE OR REPLACE OPERATOR hr.thing BINDING (NUMBER) RETURN NUMBER USING hr.f",
    "MINING MODEL": "BEGIN dbms_data_mining.create_model('hr.thing', 'CLASSIFICATION', 'EMPLOYEES', 'ID'); END;",
    "SQL TRANSLATION PROFILE": "BEGIN dbms_sql_translator.create_profile('hr.thing'); END;",
    "MATERIALIZED VIEW": "CREATE MATERIALIZED VIEW hr.thing AS SELECT id, name FROM hr.employees",
}
DROP = {
    "MINING MODEL": "BEGIN dbms_data_mining.drop_model('HR.THING'); END;",
    "SQL TRANSLATION PROFILE": "BEGIN dbms_sql_translator.drop_profile('HR.THING'); END;",
}
PRIVILEGES = {
    "TYPE": "EXECUTE, DEBUG, UNDER",
    "LIBRARY": "EXECUTE",
    "OPERATOR": "EXECUTE",
    "MINING MODEL": "ALTER, SELECT",
    "SQL TRANSLATION PROFILE": "ALTER, USE",
    "MATERIALIZED VIEW": "READ, SELECT, ON COMMIT REFRESH, QUERY REWRITE",
}
WRONG = {"TYPE": ("SELECT", 2305), "LIBRARY": ("SELECT", 990), "MINING MODEL": ("EXECUTE", 990)}
GRANTS = "SELECT privilege, type, owner, grantor FROM dba_tab_privs WHERE grantee = 'ALICE' AND table_name = 'THING'"
OBJECTS = "SELECT object_type FROM dba_objects WHERE owner = 'HR' AND object_name = 'THING'"


def on(kind: str) -> str:
    word = f"{kind} " if kind in ("MINING MODEL", "SQL TRANSLATION PROFILE") else ""
    return f"ON {word}hr.thing"


@pytest.mark.parametrize("kind", CREATE)
def test_privileges_of_the_kind_are_granted_shown_and_gone_with_the_object(
    sandbox: Any, system: Any, kind: str
) -> None:
    system.run(CREATE[kind], f"GRANT {PRIVILEGES[kind]} {on(kind)} TO alice")
    shown = "TABLE" if kind == "MATERIALIZED VIEW" else kind
    assert set(system.rows(GRANTS)) == {
        (privilege, shown, "HR", "HR") for privilege in PRIVILEGES[kind].split(", ")
    }
    kinds = {(kind,), ("TABLE",)} if kind == "MATERIALIZED VIEW" else {(kind,)}
    assert set(system.rows(OBJECTS)) == kinds
    if kind in WRONG:
        privilege, code = WRONG[kind]
        assert system.fails(f"GRANT {privilege} {on(kind)} TO alice") == code
    first = PRIVILEGES[kind].split(", ")[0]
    system.run(f"REVOKE {first} {on(kind)} FROM alice")
    assert (first, shown, "HR", "HR") not in system.rows(GRANTS)
    system.run(DROP.get(kind, f"DROP {kind} hr.thing"))
    assert (system.rows(GRANTS), system.rows(OBJECTS)) == ([], [])


@pytest.mark.parametrize("kind", ["TYPE", "LIBRARY", "OPERATOR"])
def test_replacing_keeps_the_grants(sandbox: Any, system: Any, kind: str) -> None:
    system.run(CREATE[kind], "GRANT EXECUTE ON hr.thing TO alice", CREATE[kind])
    assert len(system.rows(GRANTS)) == 1
    assert system.fails(CREATE[kind].replace(" OR REPLACE", "")) == 955


@pytest.mark.parametrize(("kind", "code"), [("MINING MODEL", 40203), ("SQL TRANSLATION PROFILE", 24252)])  # fmt: skip
def test_kinds_with_a_word_of_their_own_want_it(
    sandbox: Any, system: Any, kind: str, code: int
) -> None:
    assert system.fails(f"GRANT ALTER {on(kind)} TO alice") == code
    system.run(CREATE[kind])
    assert system.fails("GRANT ALTER ON hr.thing TO alice") == 942


def test_types_of_every_shape(sandbox: Any, system: Any) -> None:
    system.run(
        "CREATE TYPE hr.later",
        "CREATE TYPE hr.names AS TABLE OF VARCHAR2(100)",
        "CREATE TYPE hr.numbers AS VARRAY(10) OF NUMBER NOT NULL",
        "CREATE TYPE hr.person AS OBJECT (names hr.names, born DATE) NOT FINAL",
        "CREATE TYPE hr.later AS OBJECT (id NUMBER)",
    )
    query = "SELECT type_name, typecode, attributes FROM dba_types WHERE owner = 'HR' ORDER BY 1"
    assert system.rows(query) == [
        ("LATER", "OBJECT", 1),
        ("NAMES", "COLLECTION", 0),
        ("NUMBERS", "COLLECTION", 0),
        ("PERSON", "OBJECT", 2),
    ]
    assert system.fails("CREATE TYPE hr.wrong AS OBJECT (id nothing_known)") == 902
    assert sandbox.connect("hr").fails("CREATE TYPE mine AS TABLE OF NUMBER") == 1031
    assert system.fails("CREATE TABLE hr.t (p hr.person)") in (902, 3001)


def test_a_materialized_view_has_the_rows_of_its_day(sandbox: Any, system: Any) -> None:
    system.run(
        "CREATE MATERIALIZED VIEW hr.mv BUILD IMMEDIATE REFRESH COMPLETE ON DEMAND AS SELECT id, name FROM hr.employees",
        "INSERT INTO hr.employees VALUES (2, 'Blake', 1)",
        "GRANT SELECT ON hr.mv TO alice",
    )
    assert sandbox.connect("alice").rows("SELECT * FROM hr.mv") == [(1, "King")]
    query = "SELECT column_name FROM dba_tab_columns WHERE table_name = 'MV' ORDER BY column_id"
    assert system.rows(query) == [("ID",), ("NAME",)]
    assert system.value("SELECT query FROM dba_mviews").startswith("SELECT id, name")
    assert system.fails("DELETE FROM hr.mv") == 1732
    assert system.fails("DROP TABLE hr.mv") == 12083
    refused = "CREATE MATERIALIZED VIEW hr.other REFRESH FAST ON COMMIT AS SELECT 1 x FROM dual"
    assert system.fails(refused) == 3001
    system.run("DROP MATERIALIZED VIEW hr.mv")
    assert system.fails("DROP MATERIALIZED VIEW hr.mv") == 12003


def test_editions_are_a_chain_and_belong_to_sys(sandbox: Any, system: Any) -> None:
    system.run("CREATE EDITION e1", "CREATE EDITION e2 AS CHILD OF e1", "GRANT USE ON EDITION e2 TO alice")  # fmt: skip
    assert system.fails("CREATE EDITION e3 AS CHILD OF e1") == 38807
    query = "SELECT edition_name, parent_edition_name FROM dba_editions ORDER BY edition_name"
    assert system.rows(query) == [("E1", "ORA$BASE"), ("E2", "E1"), ("ORA$BASE", None)]
    query = "SELECT owner, table_name, type, privilege FROM dba_tab_privs WHERE grantee = 'ALICE'"
    assert system.rows(query) == [("SYS", "E2", "EDITION", "USE")]
    assert system.fails("DROP EDITION e1") == 38810
    system.run("DROP EDITION e2")
    assert system.rows(query) == []
    assert sandbox.connect("alice").fails("CREATE EDITION mine") == 1031


def test_a_directory_is_of_sys_and_its_maker_passes_it_on(sandbox: Any, system: Any) -> None:
    system.run("CREATE DIRECTORY incoming AS '/data/in'", "GRANT READ ON DIRECTORY incoming TO alice")  # fmt: skip
    query = "SELECT owner, type, privilege, grantor FROM dba_tab_privs WHERE grantee = 'ALICE'"
    assert system.rows(query) == [("SYS", "DIRECTORY", "READ", "SYSTEM")]
