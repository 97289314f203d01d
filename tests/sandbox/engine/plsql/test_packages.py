"""The supplied packages, as far as access management meets them."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ASSERT = [
    ("ENQUOTE_NAME('hr')", '"HR"'),
    ("ENQUOTE_NAME('hr', FALSE)", '"hr"'),
    ("ENQUOTE_NAME('\"hr\"')", '"hr"'),
    ("ENQUOTE_LITERAL('a')", "'a'"),
    ("ENQUOTE_LITERAL('it''''s')", "'it''s'"),
    ("SIMPLE_SQL_NAME('Hr_1$')", "Hr_1$"),
    ("QUALIFIED_SQL_NAME('hr.employees')", "hr.employees"),
    ("SCHEMA_NAME('HR')", "HR"),
    ("SQL_OBJECT_NAME('hr.employees')", "hr.employees"),
    ("NOOP('anything; really')", "anything; really"),
]
REFUSED = [
    ("ENQUOTE_NAME('a\"b')", 44003),
    ("ENQUOTE_LITERAL('a''b')", 6502),
    ("SIMPLE_SQL_NAME('hr.employees')", 44003),
    ("SIMPLE_SQL_NAME('x; DROP USER hr')", 44003),
    ("QUALIFIED_SQL_NAME('hr..x')", 44004),
    ("SCHEMA_NAME('hr')", 44001),
    ("SQL_OBJECT_NAME('hr.nothing')", 44002),
]


@pytest.mark.parametrize(("call", "expected"), ASSERT)
def test_dbms_assert_passes_safe_text(system: Any, call: str, expected: str) -> None:
    assert system.value(f"DBMS_ASSERT.{call}") == expected


@pytest.mark.parametrize(("call", "code"), REFUSED)
def test_dbms_assert_refuses_the_rest(system: Any, call: str, code: int) -> None:
    assert (
        system.fails(f"DECLARE v VARCHAR2(200); BEGIN v := SYS.DBMS_ASSERT.{call}; END;").code
        == code
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    name=st.text(st.characters(codec="ascii", exclude_characters='"\0'), min_size=1, max_size=30)
)
def test_an_enquoted_name_is_one_quoted_identifier(system: Any, name: str) -> None:
    found = system.run("BEGIN :q := SYS.DBMS_ASSERT.ENQUOTE_NAME(:n, FALSE); END;", q="", n=name)
    assert found["q"] == f'"{name}"'


def test_dbms_output_keeps_lines_for_the_client(system: Any) -> None:
    system.run(
        "BEGIN DBMS_OUTPUT.PUT_LINE('lost'); DBMS_OUTPUT.ENABLE(NULL); DBMS_OUTPUT.PUT('a'); DBMS_OUTPUT.PUT_LINE('b'); END;"
    )
    block = """
        DECLARE l DBMS_OUTPUT.CHARARR; n NUMBER := 10;
        BEGIN DBMS_OUTPUT.GET_LINES(l, n); :v := n || l(1); END;"""
    assert system.run(block, v="") == {"v": "1ab"}
    assert system.run(
        "DECLARE v VARCHAR2(9); s NUMBER; BEGIN DBMS_OUTPUT.GET_LINE(v, s); :s := s; END;", s=0
    ) == {"s": 1}


def test_dbms_session_and_application_info_mark_the_session(system: Any) -> None:
    system.run(
        "BEGIN DBMS_SESSION.SET_IDENTIFIER('run-1'); DBMS_APPLICATION_INFO.SET_MODULE('reconciler', 'plan'); END;"
    )
    row = system.rows(
        "SELECT client_identifier, module, action FROM v$session WHERE sid = SYS_CONTEXT('USERENV', 'SID')"
    )
    assert row == [("run-1", "reconciler", "plan")]


def test_set_role_changes_the_enabled_roles(database: Any, system: Any) -> None:
    system.execute("CREATE ROLE r")
    system.execute("GRANT r TO bob")
    bob = database.connect("BOB")
    block = (
        "BEGIN IF DBMS_SESSION.IS_ROLE_ENABLED('R') THEN :v := 'on'; ELSE :v := 'off'; END IF; END;"
    )
    assert bob.run(block, v="") == {"v": "on"}
    bob.run("BEGIN DBMS_SESSION.SET_ROLE('NONE'); END;")
    assert bob.run(block, v="") == {"v": "off"}


LOCK = """
    DECLARE h VARCHAR2(128);
    BEGIN
      DBMS_LOCK.ALLOCATE_UNIQUE('reconciler', h);
      :r := DBMS_LOCK.REQUEST(h, DBMS_LOCK.{mode}, {timeout}, release_on_commit => {until_commit});
    END;"""
RELEASE = "DECLARE h VARCHAR2(128); BEGIN DBMS_LOCK.ALLOCATE_UNIQUE('reconciler', h); :r := DBMS_LOCK.RELEASE(h); END;"


def lock(
    connection: Any, mode: str = "X_MODE", timeout: int = 0, until_commit: str = "FALSE"
) -> int:
    text = LOCK.format(mode=mode, timeout=timeout, until_commit=until_commit)
    return int(connection.run(text, r=0)["r"])


def test_an_exclusive_lock_is_held_by_one_session(database: Any, system: Any) -> None:
    other = database.connect("SYSTEM")
    assert lock(system) == 0
    assert lock(system) == 4
    assert lock(other) == 1
    assert other.run(RELEASE, r=0) == {"r": 4}
    assert system.run(RELEASE, r=0) == {"r": 0}
    assert lock(other) == 0


def test_shared_locks_stand_beside_each_other(database: Any, system: Any) -> None:
    other = database.connect("SYSTEM")
    assert lock(system, "S_MODE") == 0
    assert lock(other, "S_MODE") == 0
    assert lock(database.connect("SYSTEM"), "SX_MODE") == 1


@pytest.mark.parametrize("ending", ["release", "commit", "close", "kill"])
def test_who_waits_for_a_lock_gets_it_when_the_holder_lets_go(
    database: Any, system: Any, ending: str
) -> None:
    holder = database.connect("SYSTEM")
    assert lock(holder, until_commit="TRUE" if ending == "commit" else "FALSE") == 0
    waiter, found = database.connect("SYSTEM"), []
    waiting = threading.Thread(target=lambda: found.append(lock(waiter, timeout=600)))
    waiting.start()
    if ending == "release":
        holder.run(RELEASE, r=0)
    elif ending == "commit":
        holder.session.commit()
    elif ending == "close":
        holder.session.close()
    else:
        system.execute(f"ALTER SYSTEM KILL SESSION '{holder.session.sid},{holder.session.serial}'")
    waiting.join(timeout=60)
    assert found == [0]


def test_random_strings_use_their_alphabet(system: Any) -> None:
    text = system.value("DBMS_RANDOM.STRING('X', 20)")
    assert len(text) == 20
    assert text.isalnum()
    assert text == text.upper()


def test_the_transaction_has_an_id_only_while_it_is_open(system: Any) -> None:
    block = "BEGIN :before := DBMS_TRANSACTION.LOCAL_TRANSACTION_ID; INSERT INTO hr.employees (id) VALUES (9); :inside := DBMS_TRANSACTION.LOCAL_TRANSACTION_ID; ROLLBACK; END;"
    found = system.run(block, before="", inside="")
    assert found["before"] is None
    assert found["inside"]


def test_a_package_that_is_not_there_is_not_silently_ignored(system: Any) -> None:
    assert "PLS-00201" in system.fails("BEGIN DBMS_RLS.ADD_POLICY('HR', 'EMPLOYEES'); END;").message


STATISTICS = (
    "SELECT num_rows, last_analyzed FROM dba_tables WHERE owner = 'HR' AND table_name = 'COUNTED'"
)


def make_counted(system: Any, rows: int) -> None:
    system.execute("CREATE TABLE hr.counted (id NUMBER)")
    for number in range(rows):
        system.execute(f"INSERT INTO hr.counted VALUES ({number})")
    system.execute("COMMIT")


def test_tables_have_no_statistics_until_somebody_gathers_them(system: Any) -> None:
    make_counted(system, 3)
    assert system.rows(STATISTICS) == [(None, None)]
    system.execute("BEGIN DBMS_STATS.GATHER_TABLE_STATS('hr', 'counted'); END;")
    ((rows, analyzed),) = system.rows(STATISTICS)
    assert rows == 3
    assert analyzed is not None
    system.execute("INSERT INTO hr.counted VALUES (4)")
    assert system.rows(STATISTICS)[0][0] == 3, "statistics are as old as they are"
    system.execute("BEGIN DBMS_STATS.GATHER_SCHEMA_STATS('HR'); END;")
    assert system.rows(STATISTICS)[0][0] == 4


def test_statistics_can_be_said_and_taken_back(system: Any) -> None:
    make_counted(system, 0)
    system.execute("BEGIN DBMS_STATS.SET_TABLE_STATS('HR', 'COUNTED', numrows => 12000000); END;")
    assert system.rows(STATISTICS)[0][0] == 12_000_000
    system.execute("BEGIN DBMS_STATS.SET_TABLE_STATS('HR', 'COUNTED', avgrlen => 9); END;")
    assert system.rows(STATISTICS)[0][0] == 12_000_000
    for _ in range(2):
        system.execute("BEGIN DBMS_STATS.DELETE_TABLE_STATS('HR', 'COUNTED'); END;")
        assert system.rows(STATISTICS) == [(None, None)]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("GATHER_TABLE_STATS('HR', 'NOTHING')", 20000),
        ("GATHER_TABLE_STATS('HR', 'a b')", 20001),
        ("SET_TABLE_STATS('NOBODY', 'COUNTED', numrows => 1)", 20000),
    ],
)
def test_statistics_of_what_is_not_there_are_refused(system: Any, call: str, code: int) -> None:
    assert system.fails(f"BEGIN DBMS_STATS.{call}; END;").code == code


def test_statistics_are_the_owners_business_or_need_analyze_any(hr: Any, system: Any) -> None:
    make_counted(system, 2)
    hr.execute("BEGIN DBMS_STATS.GATHER_TABLE_STATS(NULL, 'COUNTED'); END;")
    assert system.rows(STATISTICS)[0][0] == 2
    system.execute("CREATE TABLE system.theirs (id NUMBER)")
    for call in ("GATHER_SCHEMA_STATS('SYSTEM')", "GATHER_TABLE_STATS('SYSTEM', 'THEIRS')"):
        refused = hr.fails(f"BEGIN DBMS_STATS.{call}; END;")
        assert refused.code == 20000
        assert "nsufficient privileges" in refused.message
