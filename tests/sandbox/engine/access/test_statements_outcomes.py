"""Statements about privileges, as whom, and the ORA number they give."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.sandbox.engine.access import statements
from reconciler.sandbox.seam import OracleError, Release

CAST = (
    "CREATE USER hr NO AUTHENTICATION",
    "CREATE USER alice IDENTIFIED BY pw",
    "CREATE USER bob NO AUTHENTICATION",
    "CREATE USER boss NO AUTHENTICATION",
    "GRANT CREATE SESSION TO hr, alice, bob, boss",
    "GRANT DBA TO boss",
    "CREATE ROLE clerk",
    "CREATE ROLE lead",
    "GRANT clerk TO lead",
    "GRANT clerk TO alice",
    "GRANT lead TO bob WITH ADMIN OPTION",
    "CREATE ROLE locked_role IDENTIFIED BY secret",
    "CREATE ROLE world IDENTIFIED GLOBALLY",
    "CREATE PROFILE strict LIMIT FAILED_LOGIN_ATTEMPTS 3",
    "CREATE USER strict_user NO AUTHENTICATION PROFILE strict",
)

BOTH = (19, 23)
# statement, as whom, number (None: it succeeds), releases
OUTCOMES = [
    # parsing
    ("CREATE ROLE", "SYS", 1937, BOTH),
    ("CREATE loveless machine AS noor", "SYS", 901, BOTH),
    ("DROP loveless", "SYS", 950, BOTH),
    ("ALTER loveless", "SYS", 940, BOTH),
    ("GRANT CREATE SESSION TO alice;", "SYS", 933, (19,)),
    ("GRANT CREATE SESSION TO alice;", "SYS", 3048, (23,)),
    ("GRANT CREATE SESSION TO alice at once", "SYS", 933, (19,)),
    ("GRANT SELECT (id) ON hr.t TO alice", "SYS", 969, BOTH),
    ("GRANT SELECT TO", "SYS", 987, BOTH),
    ("GRANT CREATE SESSION TO 17", "SYS", 987, BOTH),
    ("GRANT CREATE SESSION TO select", "SYS", 987, BOTH),
    ("GRANT CREATE SESSION alice", "SYS", 990, BOTH),
    ("GRANT TO alice", "SYS", 990, BOTH),
    ("GRANT LOCK ON hr.t TO alice", "SYS", 990, BOTH),
    ("GRANT CREATE TABLE ON hr.t TO alice", "SYS", 990, BOTH),
    ("GRANT CREATE TABLE, SELECT ON hr.t TO alice", "SYS", 990, BOTH),
    ("GRANT SELECT ON hr.a.b TO alice", "SYS", 905, BOTH),
    ("GRANT SELECT ON hr.t TO alice WITH ADMIN OPTION", "SYS", 993, BOTH),
    ("GRANT SELECT ON hr.t TO alice WITH GRANT", "SYS", 994, BOTH),
    ("GRANT clerk TO alice WITH GRANT OPTION", "SYS", 1939, BOTH),
    ("GRANT CREATE TABLE TO alice WITH DELEGATE OPTION", "SYS", 1939, BOTH),
    ("GRANT clerk TO alice WITH DELEGATE OPTION", "SYS", None, BOTH),
    ("REVOKE UPDATE (amount) ON hr.t FROM alice", "SYS", 1750, BOTH),
    ("REVOKE SELECT ON hr.t FROM alice WITH GRANT OPTION", "SYS", 933, (19,)),
    ("GRANT UPDATE (hr.t.amount) ON hr.t TO alice", "SYS", 1748, BOTH),
    ("GRANT UPDATE (nothing) ON hr.t TO alice", "SYS", 904, BOTH),
    # names that mean nothing
    ("GRANT CREATE TABLE, SELECT, INSERT TO alice", "SYS", 1919, BOTH),
    ("GRANT nobody_role TO nobody", "SYS", 1919, BOTH),
    ("GRANT nobody_role TO alice", "ALICE", 1924, BOTH),
    ("GRANT CREATE SESSION TO nobody", "SYS", 1917, BOTH),
    ('GRANT CREATE SESSION TO "alice"', "SYS", 1917, BOTH),
    ("REVOKE CREATE SESSION FROM nobody", "SYS", 1917, BOTH),
    ("GRANT SELECT ON hr.nothing TO alice", "SYS", 942, BOTH),
    ("GRANT EXECUTE ON hr.nothing TO alice", "SYS", 4042, BOTH),
    ("GRANT ALL ON hr.nothing TO alice", "SYS", 942, BOTH),
    ("GRANT READ ON DIRECTORY nowhere TO alice", "SYS", 22930, BOTH),
    ("GRANT EXECUTE ON DIRECTORY nowhere TO alice", "SYS", 22930, BOTH),
    ("GRANT SELECT ON hr.t TO nobody", "SYS", 1917, BOTH),
    # duplicates
    ("GRANT CREATE TABLE, CREATE TABLE TO alice", "SYS", 1711, BOTH),
    ("GRANT SELECT, SELECT ON hr.t TO alice", "SYS", 1711, BOTH),
    ("GRANT CREATE TABLE TO alice, alice", "SYS", 1700, BOTH),
    # rights of the grantor
    ("GRANT CREATE TABLE TO bob", "ALICE", 1031, BOTH),
    ("GRANT CREATE TABLE TO bob", "BOSS", None, BOTH),
    ("GRANT clerk TO bob", "ALICE", 1932, BOTH),
    ("GRANT lead TO alice", "BOB", None, BOTH),
    ("GRANT clerk TO hr", "BOB", 1932, BOTH),
    ("GRANT SELECT ON hr.t TO bob", "ALICE", 942, BOTH),
    ("GRANT SELECT ON hr.t TO bob", "BOSS", None, BOTH),
    ("GRANT SELECT ON t TO bob", "HR", None, BOTH),
    ("GRANT SELECT ON sys.dba_users TO bob", "BOSS", 1031, BOTH),
    ("GRANT SELECT ON dba_users TO bob", "SYS", None, BOTH),
    ("GRANT SELECT ON v$session TO bob", "SYS", 2030, BOTH),
    ("GRANT SELECT ON v_$session TO bob", "SYS", None, BOTH),
    ("GRANT SYSDBA TO bob", "BOSS", 1031, BOTH),
    ("GRANT SYSDBA TO bob", "SYS", None, BOTH),
    ("REVOKE SYSDBA FROM sys", "BOSS", 1031, BOTH),
    # to and from oneself
    ("GRANT CREATE TABLE TO boss", "BOSS", 1749, BOTH),
    ("GRANT CREATE TABLE TO alice", "ALICE", 1031, BOTH),
    ("GRANT lead TO bob", "BOB", 1749, BOTH),
    ("REVOKE SELECT ON t FROM hr", "HR", 1749, BOTH),
    ("REVOKE SELECT ON hr.t FROM hr", "BOSS", 1927, BOTH),
    # what roles cannot have
    ("GRANT UNLIMITED TABLESPACE TO clerk WITH ADMIN OPTION", "SYS", 1931, BOTH),
    ("GRANT SYSDBA TO clerk", "SYS", 1931, BOTH),
    ("GRANT INDEX ON hr.t TO clerk", "SYS", 1931, BOTH),
    ("GRANT REFERENCES ON hr.t TO clerk", "SYS", 1931, BOTH),
    ("GRANT SELECT ON hr.t TO clerk WITH GRANT OPTION", "SYS", 1926, BOTH),
    ("GRANT SELECT ON hr.t TO PUBLIC WITH GRANT OPTION", "SYS", None, BOTH),
    ("GRANT ALL ON hr.t TO clerk", "SYS", None, BOTH),
    ("GRANT ALL PRIVILEGES TO clerk", "SYS", None, BOTH),
    # circles and special roles
    ("GRANT clerk TO clerk", "SYS", 1934, BOTH),
    ("GRANT lead TO clerk", "SYS", 1934, BOTH),
    ("GRANT locked_role TO clerk", "SYS", 28405, BOTH),
    ("GRANT world TO alice", "SYS", 28021, BOTH),
    ("ALTER ROLE clerk IDENTIFIED BY secret", "SYS", 28404, BOTH),
    ("ALTER ROLE lead IDENTIFIED BY secret", "SYS", None, BOTH),
    # privileges that the type does not have
    ("GRANT DELETE ON hr.s TO alice", "SYS", 2205, BOTH),
    ("GRANT EXECUTE ON hr.t TO alice", "SYS", 2224, BOTH),
    ("GRANT ALTER ON hr.v TO alice", "SYS", 2204, BOTH),
    ("GRANT SELECT ON hr.p TO alice", "SYS", 2225, BOTH),
    ("GRANT EXECUTE ON hr.p TO alice", "SYS", None, BOTH),
    ("GRANT SELECT ON DIRECTORY dump TO alice", "SYS", 22928, BOTH),
    ("GRANT READ, WRITE ON DIRECTORY dump TO alice", "SYS", None, BOTH),
    ("GRANT INHERIT PRIVILEGES ON USER hr TO alice", "SYS", None, BOTH),
    ("GRANT INHERIT PRIVILEGES ON USER clerk TO alice", "SYS", 31707, BOTH),
    ("REVOKE INHERIT PRIVILEGES ON USER hr FROM PUBLIC", "HR", None, BOTH),
    ("REVOKE INHERIT PRIVILEGES ON USER hr FROM PUBLIC", "ALICE", 1927, BOTH),
    # nothing to revoke
    ("REVOKE CREATE TABLE FROM alice", "SYS", 1952, BOTH),
    ("REVOKE lead FROM alice", "SYS", 1951, BOTH),
    ("REVOKE SELECT ON hr.t FROM alice", "SYS", 1927, BOTH),
    ("REVOKE ALL ON hr.t FROM alice", "SYS", None, BOTH),
    ("REVOKE ALL PRIVILEGES FROM alice", "SYS", 1952, BOTH),
    ("REVOKE ALL PRIVILEGES FROM alice", "ALICE", 1031, BOTH),
    ("REVOKE ALL FROM alice", "SYS", 1924, BOTH),
    ("REVOKE SELECT ON hr.t FROM bob", "ALICE", 942, BOTH),
    # schema privileges
    ("GRANT SELECT ANY TABLE ON SCHEMA hr TO alice", "SYS", 990, (19,)),
    ("GRANT SELECT ANY TABLE ON SCHEMA hr TO alice", "SYS", None, (23,)),
    ("GRANT SELECT ANY TABLE ON SCHEMA hr TO alice", "HR", None, (23,)),
    ("GRANT SELECT ANY TABLE ON SCHEMA hr TO alice", "BOB", 1031, (23,)),
    ("GRANT SELECT ANY TABLE ON SCHEMA sys TO alice", "SYS", 41905, (23,)),
    ("GRANT CREATE SESSION ON SCHEMA hr TO alice", "SYS", 990, (23,)),
    ("GRANT ALL ON SCHEMA hr TO alice", "SYS", 990, (23,)),
    ("GRANT ALL PRIVILEGES ON SCHEMA hr TO alice", "SYS", None, (23,)),
    ("REVOKE SELECT ANY TABLE ON SCHEMA hr FROM alice", "SYS", 25709, (23,)),
    # users
    ("CREATE USER alice IDENTIFIED BY pw", "SYS", 1920, BOTH),
    ("CREATE USER clerk IDENTIFIED BY pw", "SYS", 1920, BOTH),
    ("CREATE USER IF NOT EXISTS alice IDENTIFIED BY pw", "SYS", None, (23,)),
    ("CREATE USER IF EXISTS alice IDENTIFIED BY pw", "SYS", 11543, (23,)),
    ("CREATE USER new IDENTIFIED BY pw", "ALICE", 1031, BOTH),
    ("CREATE USER new", "SYS", 1938, BOTH),
    ("CREATE USER new IDENTIFIED BY pw DEFAULT ROLE ALL", "SYS", 1954, BOTH),
    ("CREATE USER new IDENTIFIED BY pw COLOUR red", "SYS", 922, BOTH),
    ("CREATE USER new IDENTIFIED BY pw DEFAULT TABLESPACE nowhere", "SYS", 959, BOTH),
    ("CREATE USER new IDENTIFIED BY pw DEFAULT TABLESPACE temp", "SYS", 12910, BOTH),
    ("CREATE USER new IDENTIFIED BY pw TEMPORARY TABLESPACE users", "SYS", 10615, BOTH),
    ("CREATE USER new IDENTIFIED BY pw QUOTA 10M ON nowhere", "SYS", 959, BOTH),
    ("CREATE USER new IDENTIFIED BY pw QUOTA lots ON users", "SYS", 2187, BOTH),
    ("CREATE USER new IDENTIFIED BY pw PROFILE nothing", "SYS", 2380, BOTH),
    ("CREATE USER new NO AUTHENTICATION", "SYS", None, BOTH),
    ("CREATE USER new IDENTIFIED BY pw READ ONLY", "SYS", None, (23,)),
    ("CREATE USER new IDENTIFIED BY pw READ ONLY", "SYS", 922, (19,)),
    (f"CREATE USER {'x' * 129} IDENTIFIED BY pw", "SYS", 972, BOTH),
    ("CREATE USER hr.new IDENTIFIED BY pw", "SYS", 1936, BOTH),
    ("ALTER USER nobody ACCOUNT LOCK", "SYS", 1918, BOTH),
    ("ALTER USER alice", "SYS", 922, BOTH),
    ("ALTER USER alice IDENTIFIED BY new", "ALICE", None, BOTH),
    ("ALTER USER alice IDENTIFIED BY new REPLACE wrong", "ALICE", 28008, BOTH),
    ("ALTER USER alice IDENTIFIED BY new REPLACE pw", "ALICE", None, BOTH),
    ("ALTER USER bob IDENTIFIED BY new", "ALICE", 1031, BOTH),
    ("ALTER USER alice ACCOUNT UNLOCK", "ALICE", 1031, BOTH),
    ("ALTER USER sys IDENTIFIED BY new", "BOSS", 1031, BOTH),
    ("ALTER USER alice DEFAULT ROLE clerk", "SYS", None, BOTH),
    ("ALTER USER alice DEFAULT ROLE lead", "SYS", 1955, BOTH),
    ("ALTER USER alice DEFAULT ROLE nothing", "SYS", 1919, BOTH),
    ("ALTER USER hr GRANT CONNECT THROUGH alice", "SYS", None, BOTH),
    ("ALTER USER hr GRANT CONNECT THROUGH nobody", "SYS", 1918, BOTH),
    ("ALTER USER hr GRANT CONNECT THROUGH clerk", "SYS", 28155, BOTH),
    ("ALTER USER hr REVOKE CONNECT THROUGH alice", "SYS", 28154, BOTH),
    ("DROP USER nobody", "SYS", 1918, BOTH),
    ("DROP USER IF EXISTS nobody", "SYS", None, (23,)),
    ("DROP USER hr", "SYS", 1922, BOTH),
    ("DROP USER hr CASCADE", "SYS", None, BOTH),
    ("DROP USER strict_user", "ALICE", 1031, BOTH),
    ("DROP USER outln", "SYS", 28014, BOTH),
    # roles
    ("CREATE ROLE alice", "SYS", 1921, BOTH),
    ("CREATE ROLE new_role", "ALICE", 1031, BOTH),
    ("CREATE ROLE IF NOT EXISTS clerk", "SYS", None, (23,)),
    ("CREATE ROLE new_role COLOUR red", "SYS", 922, BOTH),
    ("CREATE ROLE new_role IDENTIFIED USING hr.p", "SYS", None, BOTH),
    ("DROP ROLE nothing", "SYS", 1919, BOTH),
    ("DROP ROLE lead", "BOB", None, BOTH),
    ("DROP ROLE clerk", "ALICE", 1031, BOTH),
    ("DROP ROLE DBA", "SYS", 28014, BOTH),
    ("SET ROLE clerk", "ALICE", None, BOTH),
    ("SET ROLE lead", "ALICE", 1924, BOTH),
    ("SET ROLE ALL EXCEPT lead", "ALICE", 1924, BOTH),
    ("SET ROLE clerk nonsense", "ALICE", 933, (19,)),
    # profiles
    ("CREATE PROFILE strict LIMIT SESSIONS_PER_USER 1", "SYS", 2379, BOTH),
    ("CREATE PROFILE new LIMIT COLOUR 1", "SYS", 2376, BOTH),
    ("CREATE PROFILE new LIMIT", "SYS", 2376, BOTH),
    ("CREATE PROFILE new LIMIT IDLE_TIME -1", "SYS", 2377, BOTH),
    ("CREATE PROFILE new LIMIT IDLE_TIME 10 IDLE_TIME 20", "SYS", 2376, BOTH),
    ("CREATE PROFILE new LIMIT INACTIVE_ACCOUNT_TIME 3", "SYS", 2377, BOTH),
    ("CREATE PROFILE new LIMIT PASSWORD_LIFE_TIME 1/24", "SYS", None, BOTH),
    ("CREATE PROFILE new LIMIT PASSWORD_ROLLOVER_TIME 1", "SYS", 2376, (19,)),
    ("CREATE PROFILE new LIMIT PASSWORD_ROLLOVER_TIME 1", "SYS", None, (23,)),
    ("CREATE PROFILE new LIMIT PASSWORD_VERIFY_FUNCTION nothing", "SYS", 7443, BOTH),
    ("CREATE PROFILE new LIMIT IDLE_TIME 10", "ALICE", 1031, BOTH),
    ("ALTER PROFILE nothing LIMIT IDLE_TIME 10", "SYS", 2380, BOTH),
    ("DROP PROFILE strict", "SYS", 2382, BOTH),
    ("DROP PROFILE strict CASCADE", "SYS", None, BOTH),
    ("DROP PROFILE DEFAULT", "SYS", 2381, BOTH),
    # tablespaces
    ("CREATE TABLESPACE users DATAFILE 'x' SIZE 1M", "SYS", 1543, BOTH),
    ("CREATE TEMPORARY TABLESPACE t2 TEMPFILE 'x.dbf' SIZE 10M", "SYS", None, BOTH),
    ("CREATE TABLESPACE t2 COLOUR red", "SYS", 2180, BOTH),
    ("CREATE TABLESPACE t2 DATAFILE 'x'", "ALICE", 1031, BOTH),
    ("DROP TABLESPACE nowhere", "SYS", 959, BOTH),
    ("DROP TABLESPACE system", "SYS", 1550, BOTH),
    # session and system
    ("ALTER SESSION SET CURRENT_SCHEMA = nobody", "ALICE", 1435, BOTH),
    ("ALTER SESSION SET nls_date_format = 'YYYY-MM-DD' nls_language = AMERICAN", "ALICE", None, BOTH),
    ("ALTER SESSION SET colour = red", "ALICE", 2248, BOTH),
    ("ALTER SESSION SET time_zone = 'Nowhere/Town'", "ALICE", 1882, BOTH),
    ("ALTER SESSION SET time_zone = '+02:00'", "ALICE", None, BOTH),
    ("ALTER SESSION SET CONTAINER = nowhere", "SYS", 65011, BOTH),
    ("ALTER SESSION SET CONTAINER = CDB$ROOT", "ALICE", 1031, BOTH),
    ("ALTER SESSION SET isolation_level = READ COMMITTED", "ALICE", None, BOTH),
    ("ALTER SESSION SET isolation_level = SERIALIZABLE", "ALICE", 3001, BOTH),
    ("ALTER SESSION SET isolation_level = LOOSE", "ALICE", 2183, BOTH),
    ("GRANT EXECUTE, DEBUG ON hr.nothing TO alice", "SYS", 4042, BOTH),
    ("ALTER SYSTEM SET resource_limit = FALSE", "ALICE", 1031, BOTH),
    ("ALTER SYSTEM SET resource_limit = FALSE", "BOSS", None, BOTH),
    ("ALTER SYSTEM SET resource_limit = maybe", "SYS", 922, BOTH),
    ("ALTER SYSTEM SET colour = red", "SYS", 2065, BOTH),
    ("ALTER SYSTEM SET processes = 10", "SYS", 2095, BOTH),
    ("ALTER SYSTEM KILL SESSION 'x'", "SYS", 26, BOTH),
    ("ALTER SYSTEM KILL SESSION '1,1'", "ALICE", 1031, BOTH),
    ("ALTER SYSTEM KILL SESSION '1,1,@1' IMMEDIATE", "SYS", None, BOTH),
    ("ALTER SYSTEM BREAK", "SYS", 2065, BOTH),
    # containers
    ("CREATE USER c##new IDENTIFIED BY pw", "SYS", 65094, BOTH),
    ("CREATE USER new IDENTIFIED BY pw CONTAINER = ALL", "SYS", 65050, BOTH),
    ("CREATE USER new IDENTIFIED BY pw CONTAINER = CURRENT", "SYS", None, BOTH),
    ("CREATE ROLE c##new", "SYS", 65094, BOTH),
    ("GRANT CREATE TABLE TO alice CONTAINER = ALL", "SYS", 65050, BOTH),
    ("REVOKE CREATE SESSION FROM connect", "SYS", 65092, BOTH),
    ("ALTER USER system IDENTIFIED BY new", "SYS", 65066, BOTH),
    # auditing
    ("CREATE AUDIT POLICY p ACTIONS SELECT ON hr.t", "SYS", None, BOTH),
    ("CREATE AUDIT POLICY p ACTIONS SELECT ON hr.t", "ALICE", 1031, BOTH),
    ("CREATE AUDIT POLICY p", "SYS", 905, BOTH),
    ("CREATE AUDIT POLICY p PRIVILEGES FLY", "SYS", 990, BOTH),
    ("AUDIT POLICY nothing", "SYS", 46357, BOTH),
    ("AUDIT SELECT ON hr.t", "SYS", 46401, (23,)),
    ("AUDIT SELECT ON hr.t", "SYS", 3001, (19,)),
]  # fmt: skip


@pytest.fixture
def cast(database: Any, sys: Any) -> Any:
    for statement in CAST:
        sys.run(statement)
    database.add_object("HR", "T", columns=("ID", "AMOUNT"))
    database.add_object("HR", "V", "VIEW", columns=("ID",), over=[("HR", "T")])
    database.add_object("HR", "S", "SEQUENCE")
    database.add_object("HR", "P", "PROCEDURE")
    database.add_object("SYS", "DUMP", "DIRECTORY", namespace=9, source="/tmp")
    return database


CASES = [
    pytest.param(Release(number), sql, who, code, id=f"{number}-{who}-{sql[:70]}")
    for sql, who, code, releases in OUTCOMES
    for number in releases
]


@pytest.mark.parametrize(("release", "sql", "who", "code"), CASES)
def test_statement_gives_its_number_and_a_failing_one_changes_nothing(
    cast: Any, sys: Any, release: Any, sql: Any, who: Any, code: Any
) -> None:
    session = cast.session_of(who)
    before = cast.dump()
    assert session.error(sql) == code
    if code is not None:
        assert cast.dump() == before


@pytest.mark.parametrize(
    ("sql", "mine"),
    [
        ("GRANT x TO y", True),
        ("  /* why */ revoke x from y", True),
        ("CREATE USER x", True),
        ("CREATE BIGFILE TABLESPACE x", True),
        ("CREATE TEMPORARY TABLESPACE x", True),
        ("CREATE AUDIT POLICY x", True),
        ("ALTER SESSION SET x = y", True),
        ("SET ROLE ALL", True),
        ("NOAUDIT POLICY x", True),
        ("SET TRANSACTION READ ONLY", False),
        ("CREATE GLOBAL TEMPORARY TABLE x (y NUMBER)", False),
        ("CREATE TABLE x (y NUMBER)", False),
        ("CREATE OR REPLACE VIEW x AS SELECT 1 FROM dual", False),
        ("SELECT 1 FROM dual", False),
        ("DROP", False),
        ("", False),
    ],
)
def test_statements_of_this_room_are_known_by_their_first_words(sql: Any, mine: Any) -> None:
    assert statements.handles(sql) is mine


def test_statement_of_another_room_is_refused_not_ignored(sys: Any) -> None:
    with pytest.raises(OracleError, match="ORA-00900"):
        sys.run("SELECT 1 FROM dual")
