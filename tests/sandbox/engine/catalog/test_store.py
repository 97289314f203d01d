"""What a new container's catalog holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.sandbox import verifier
from reconciler.sandbox.engine.catalog import store
from reconciler.sandbox.engine.catalog.privileges import system_privileges
from reconciler.sandbox.seam import Release

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(params=list(Release), ids=["19", "23"])
def release(request: pytest.FixtureRequest) -> Release:
    return Release(request.param)


@pytest.fixture
def new_catalog(tmp_path: Path) -> Iterator[Callable[..., sqlite3.Connection]]:
    opened: list[sqlite3.Connection] = []

    def make(release: Release, name: str = "FREEPDB1") -> sqlite3.Connection:
        path = str(tmp_path / f"{name}{release}.sqlite")
        store.create(path, name=name, release=release, now=NOW, system_password="manager")
        opened.append(store.connect(path))
        return opened[-1]

    yield make
    for connection in opened:
        connection.close()


@pytest.fixture
def catalog(new_catalog: Callable[..., sqlite3.Connection], release: Release) -> sqlite3.Connection:
    return new_catalog(release)


def column(catalog: sqlite3.Connection, query: str, *values: object) -> list[object]:
    return [row[0] for row in catalog.execute(query, values)]


def test_only_sys_and_system_can_log_on_and_only_with_the_password_given(
    catalog: sqlite3.Connection,
) -> None:
    rows = catalog.execute(
        "SELECT name, verifier FROM users WHERE locked = 0 ORDER BY name"
    ).fetchall()
    assert [name for name, _ in rows] == ["SYS", "SYSTEM"]
    for _, packed in rows:
        assert verifier.matches(verifier.unpack(packed), "manager")
        assert not verifier.matches(verifier.unpack(packed), "Manager")


def test_everything_oracle_made_is_marked_as_such_and_common(catalog: sqlite3.Connection) -> None:
    for table in ("users", "roles"):
        assert column(catalog, f"SELECT DISTINCT common + oracle_maintained FROM {table}") == [2]
    assert column(catalog, "SELECT DISTINCT oracle_maintained FROM objects") == [1]


def test_grants_are_inherited_everywhere_but_in_the_root(
    new_catalog: Callable[..., sqlite3.Connection],
) -> None:
    for name, inherited in (("CDB$ROOT", 0), ("FREEPDB1", 1)):
        catalog = new_catalog(Release.R23, name)
        for table in ("system_grants", "role_grants", "object_grants"):
            assert column(catalog, f"SELECT DISTINCT inherited FROM {table}") == [inherited]


def test_profiles_have_as_many_limits_as_the_release(
    catalog: sqlite3.Connection, release: Release
) -> None:
    expected = 18 if release >= Release.R23 else 17
    query = "SELECT count(*) FROM profiles GROUP BY name ORDER BY name"
    assert column(catalog, query) == [expected, expected]
    assert column(catalog, "SELECT DISTINCT name FROM profiles ORDER BY 1") == [
        "DEFAULT",
        "ORA_STIG_PROFILE",
    ]


def test_roles_of_the_release(catalog: sqlite3.Connection, release: Release) -> None:
    roles = set(column(catalog, "SELECT name FROM roles"))
    assert {"CONNECT", "RESOURCE", "DBA", "SELECT_CATALOG_ROLE", "AUDIT_VIEWER"} <= roles
    assert ("DB_DEVELOPER_ROLE" in roles) is (release >= Release.R23)
    assert ("EM_EXPRESS_BASIC" in roles) is (release < Release.R23)


def test_dba_holds_what_administrators_need_with_admin_option_and_not_what_roles_cannot_hold(
    catalog: sqlite3.Connection,
) -> None:
    rows = dict(
        catalog.execute(
            "SELECT privilege, admin FROM system_grants WHERE grantee = 'DBA'"
        ).fetchall()
    )
    assert set(rows.values()) == {1}
    assert {
        "GRANT ANY ROLE",
        "GRANT ANY PRIVILEGE",
        "ALTER USER",
        "SELECT ANY DICTIONARY",
    } <= rows.keys()
    assert not {"UNLIMITED TABLESPACE", "SYSDBA", "EXEMPT ACCESS POLICY"} & rows.keys()


def test_every_grant_names_a_privilege_a_role_and_an_object_that_exist(
    catalog: sqlite3.Connection, release: Release
) -> None:
    known = set(system_privileges(release))
    assert set(column(catalog, "SELECT DISTINCT privilege FROM system_grants")) <= known
    principals = {*column(catalog, "SELECT name FROM users UNION SELECT name FROM roles"), "PUBLIC"}
    for table in ("system_grants", "role_grants", "object_grants"):
        assert set(column(catalog, f"SELECT DISTINCT grantee FROM {table}")) <= principals
    roles = set(column(catalog, "SELECT name FROM roles"))
    assert set(column(catalog, "SELECT DISTINCT role FROM role_grants")) <= roles
    objects = set(column(catalog, "SELECT object_id FROM objects"))
    assert set(column(catalog, "SELECT DISTINCT object_id FROM object_grants")) <= objects


def test_numbers_of_privileges_are_unique_and_the_known_ones_right(
    catalog: sqlite3.Connection,
) -> None:
    rows = dict(catalog.execute("SELECT name, privilege FROM system_privilege_map").fetchall())
    assert rows["GRANT ANY OBJECT PRIVILEGE"] == -244
    assert rows["TRANSLATE ANY SQL"] == -355
    assert rows["MANAGE FILE GROUP"] == -276
    assert all(number < 0 for number in rows.values())


def test_schema_privileges_exist_from_23_on() -> None:
    assert not any(row.on_schema for row in system_privileges(Release.R19).values())
    assert sum(row.on_schema for row in system_privileges(Release.R23).values()) == 108
    assert "CREATE DOMAIN" not in system_privileges(Release.R19)


def test_dynamic_views_are_reached_by_public_synonyms(catalog: sqlite3.Connection) -> None:
    query = "SELECT source FROM objects WHERE owner = 'PUBLIC' AND name = ? AND type = 'SYNONYM'"
    assert column(catalog, query, "V$SESSION") == ["SYS.V_$SESSION"]
    assert column(catalog, query, "DBA_USERS") == ["SYS.DBA_USERS"]
    assert column(catalog, query, "DBMS_LOCK") == ["SYS.DBMS_LOCK"]


def test_views_of_the_dictionary_belong_to_the_catalog_role_and_those_about_oneself_to_all(
    catalog: sqlite3.Connection,
) -> None:
    query = "SELECT DISTINCT grantee FROM object_grants JOIN objects USING (object_id) WHERE owner = 'SYS' AND name = ? ORDER BY 1"
    assert column(catalog, query, "DBA_USERS") == ["SELECT_CATALOG_ROLE"]
    assert column(catalog, query, "USER_TAB_PRIVS") == ["PUBLIC"]
    assert column(catalog, query, "UNIFIED_AUDIT_TRAIL") == [
        "AUDIT_ADMIN",
        "AUDIT_VIEWER",
        "SELECT_CATALOG_ROLE",
    ]
    assert column(catalog, query, "DBMS_LOCK") == ["DBA", "EXECUTE_CATALOG_ROLE"]


def test_users_let_public_inherit_their_privileges_but_sys_and_system_do_not(
    catalog: sqlite3.Connection,
) -> None:
    query = "SELECT grantor FROM object_grants WHERE privilege = 'INHERIT PRIVILEGES'"
    givers = set(column(catalog, query))
    everybody = set(column(catalog, "SELECT name FROM users"))
    assert everybody - givers == {"SYS", "SYSTEM"}


def test_existing_catalog_is_never_overwritten(tmp_path: Path) -> None:
    path = str(tmp_path / "one.sqlite")
    store.create(path, name="P", release=Release.R23, now=NOW, system_password="x")
    with pytest.raises(FileExistsError):
        store.create(path, name="P", release=Release.R23, now=NOW, system_password="x")


def test_two_catalogs_of_one_moment_differ_only_in_secrets(
    new_catalog: Callable[..., sqlite3.Connection],
) -> None:
    dumps = []
    for name in ("ONE", "TWO"):
        catalog = new_catalog(Release.R23, name)
        catalog.execute("UPDATE users SET verifier = NULL")
        catalog.execute("DELETE FROM settings WHERE name = 'container'")
        dumps.append(list(catalog.iterdump()))
    assert dumps[0] == dumps[1]
