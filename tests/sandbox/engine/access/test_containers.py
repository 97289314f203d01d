"""Common and local users, roles and grants in a container database."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.sandbox.seam import OracleError, Release

ROOT = "CDB$ROOT"


@pytest.fixture
def root(database: Any) -> Any:
    return database.as_sys(ROOT)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("CREATE USER plain IDENTIFIED BY pw", 65096),
        ("CREATE USER plain IDENTIFIED BY pw CONTAINER = CURRENT", 65049),
        ("CREATE USER c##one IDENTIFIED BY pw CONTAINER = CURRENT", 65094),
        ("CREATE USER c##one IDENTIFIED BY pw", None),
        ("CREATE USER c##one IDENTIFIED BY pw CONTAINER = ALL", None),
        ("CREATE ROLE plain", 65096),
        ("CREATE ROLE c##one", None),
        ("CREATE PROFILE plain LIMIT IDLE_TIME 1", 65140),
        ("CREATE PROFILE c##one LIMIT IDLE_TIME 1", None),
    ],
)
def test_names_in_the_root_carry_the_prefix(root: Any, sql: Any, code: Any) -> None:
    assert root.error(sql) == code


@pytest.mark.parametrize("release", [Release.R23])
def test_wording_of_23_names_the_prefix(root: Any) -> None:
    with pytest.raises(OracleError) as refused:
        root.run("CREATE USER migrator IDENTIFIED BY password")
    assert refused.value.text == "ORA-65096: common user or role name must start with prefix C##"


def test_common_user_is_in_every_container_and_local_grants_stay_where_they_are(
    database: Any, root: Any
) -> None:
    root.run("CREATE USER c##ops IDENTIFIED BY pw")
    query = "SELECT common FROM users WHERE name = 'C##OPS'"
    assert database.rows(query) == database.rows(query, container=ROOT) == [(1,)]
    root.run("GRANT CREATE SESSION TO c##ops")
    assert database.logon_error("c##ops", container=ROOT) is None
    assert database.logon_error("c##ops") == 1045


def test_common_grant_is_inherited_and_only_revoked_commonly(database: Any, root: Any) -> None:
    root.run("CREATE USER c##ops IDENTIFIED BY pw")
    root.run("GRANT CREATE SESSION TO c##ops CONTAINER = ALL")
    query = "SELECT common, inherited FROM system_grants WHERE grantee = 'C##OPS'"
    assert database.rows(query, container=ROOT) == [(1, 0)]
    assert database.rows(query) == [(1, 1)]
    assert root.error("REVOKE CREATE SESSION FROM c##ops") == 65092
    assert database.as_sys().error("REVOKE CREATE SESSION FROM c##ops") == 65092
    root.run("REVOKE CREATE SESSION FROM c##ops CONTAINER = ALL")
    assert database.rows(query) == database.rows(query, container=ROOT) == []


def test_local_and_common_grant_of_the_same_privilege_live_side_by_side(
    database: Any, root: Any
) -> None:
    root.run("CREATE USER c##ops IDENTIFIED BY pw")
    root.run("GRANT CREATE TABLE TO c##ops CONTAINER = ALL")
    database.as_sys().run("GRANT CREATE TABLE TO c##ops")
    query = "SELECT common FROM system_grants WHERE grantee = 'C##OPS' ORDER BY 1"
    assert database.rows(query) == [(0,), (1,)]
    database.as_sys().run("REVOKE CREATE TABLE FROM c##ops")
    assert database.rows(query) == [(1,)]


def test_role_that_was_granted_locally_is_not_revoked_commonly(root: Any) -> None:
    root.run("CREATE USER c##ops IDENTIFIED BY pw")
    root.run("CREATE ROLE c##r")
    root.run("GRANT c##r TO c##ops")
    assert root.error("REVOKE c##r FROM c##ops CONTAINER = ALL") == 31708
    assert root.error("REVOKE c##r FROM c##ops") is None


def test_local_users_get_nothing_commonly_and_give_nothing_commonly(
    database: Any, root: Any
) -> None:
    sys = database.as_sys()
    sys.run("CREATE USER alice IDENTIFIED BY pw")
    assert root.error("GRANT CREATE TABLE TO alice CONTAINER = ALL") == 1917
    assert sys.error("GRANT CREATE TABLE TO alice CONTAINER = ALL") == 65050


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER USER c##ops IDENTIFIED BY other",
        "ALTER USER c##ops ACCOUNT LOCK",
        "ALTER USER c##ops PASSWORD EXPIRE",
        "DROP USER c##ops",
        "DROP ROLE c##r",
        "ALTER PROFILE c##p LIMIT IDLE_TIME 1",
    ],
)
def test_what_is_common_changes_only_in_the_root(database: Any, root: Any, sql: Any) -> None:
    root.run("CREATE USER c##ops IDENTIFIED BY pw")
    root.run("CREATE ROLE c##r")
    root.run("CREATE PROFILE c##p LIMIT IDLE_TIME 2")
    assert database.as_sys().error(sql) == 65066
    assert root.error(sql) is None


def test_quota_and_default_tablespace_of_a_common_user_are_per_container(
    database: Any, root: Any
) -> None:
    root.run("CREATE USER c##ops IDENTIFIED BY pw")
    database.as_sys().run("ALTER USER c##ops QUOTA 1M ON users")
    query = "SELECT max_bytes FROM quotas WHERE user_name = 'C##OPS'"
    assert database.rows(query) == [(1048576,)]
    assert database.rows(query, container=ROOT) == []


def test_failure_in_one_container_leaves_nothing_in_any(database: Any, root: Any) -> None:
    database.as_sys().run("CREATE TABLESPACE apart DATAFILE 'x' SIZE 1M")
    database.as_sys().run("DROP TABLESPACE apart")
    root.run("CREATE ROLE c##r")
    before = database.dump(), database.dump(ROOT)
    assert root.error("GRANT c##r, CREATE TABLE TO c##nobody CONTAINER = ALL") == 1917
    assert (database.dump(), database.dump(ROOT)) == before


def test_oracle_script_allows_plain_names_in_the_root_and_marks_them_common(
    database: Any, root: Any
) -> None:
    root.run('ALTER SESSION SET "_oracle_script"=TRUE')
    root.run("CREATE USER user_isil IDENTIFIED BY isil QUOTA 100M ON users PASSWORD EXPIRE")
    root.run("CREATE ROLE r_isil")
    root.run("GRANT CREATE SESSION, CREATE TABLE TO r_isil")
    query = "SELECT common, oracle_maintained FROM users WHERE name = 'USER_ISIL'"
    assert database.rows(query, container=ROOT) == [(1, 1)]
    grants = (
        "SELECT privilege, common, inherited FROM system_grants WHERE grantee = 'R_ISIL' ORDER BY 1"
    )
    assert database.rows(grants, container=ROOT) == [
        ("CREATE SESSION", 1, 0),
        ("CREATE TABLE", 1, 0),
    ]
    database.add_object("SYS", "EMP_ISIL", columns=("ID", "SALARY"), container=ROOT)
    root.run("GRANT SELECT, UPDATE (salary) ON emp_isil TO r_isil")
    root.run("REVOKE SELECT ON emp_isil FROM r_isil")
    root.run("REVOKE CREATE TABLE FROM r_isil")
    assert database.rows(grants, container=ROOT) == [("CREATE SESSION", 1, 0)]
    inherit = "SELECT grantee, grantor, common FROM object_grants WHERE privilege = 'INHERIT PRIVILEGES' AND grantor = 'USER_ISIL'"
    assert database.rows(inherit, container=ROOT) == [("PUBLIC", "USER_ISIL", 0)]


def test_common_user_changes_container_where_set_container_is_held(
    database: Any, root: Any
) -> None:
    root.run("CREATE USER c##ops IDENTIFIED BY pw")
    root.run("GRANT CREATE SESSION TO c##ops")
    session = database.logon("c##ops", container=ROOT)
    assert session.error("ALTER SESSION SET CONTAINER = FREEPDB1") == 1031
    root.run("GRANT SET CONTAINER TO c##ops CONTAINER = ALL")
    assert session.error("ALTER SESSION SET CONTAINER = FREEPDB1") is None
    assert session.container.name == "FREEPDB1"
