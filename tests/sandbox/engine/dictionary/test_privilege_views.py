"""Who was granted what, as DBA_, ALL_, USER_, ROLE_ and SESSION_ views tell it."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

import pytest

from reconciler.sandbox.engine.dictionary import views
from reconciler.sandbox.seam import Release

STAMP = "2026-11-20 14:00:00.000000"


def add_object(catalog: sqlite3.Connection, owner: str, name: str, kind: str = "TABLE") -> int:
    cursor = catalog.execute(
        "INSERT INTO objects (owner, name, type, created, last_ddl_time) VALUES (?, ?, ?, ?, ?)",
        (owner, name, kind, STAMP, STAMP),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def add_user(catalog: sqlite3.Connection, name: str, default_roles: str = "ALL") -> None:
    catalog.execute(
        "INSERT INTO users (name, created, default_roles) VALUES (?, ?, ?)",
        (name, STAMP, default_roles),
    )


def grant(catalog: sqlite3.Connection, grantee: str, privilege: str, thing: int, by: str) -> None:
    catalog.execute(
        "INSERT INTO object_grants (grantee, object_id, privilege, grantor) VALUES (?, ?, ?, ?)",
        (grantee, thing, privilege, by),
    )


def test_an_object_grant_is_a_row_per_grantor(database: Any) -> None:
    catalog = database.catalog()
    table = add_object(catalog, "HR", "EMPLOYEES")
    grant(catalog, "ALICE", "SELECT", table, "HR")
    grant(catalog, "ALICE", "SELECT", table, "BOB")
    rows = database.session().rows("DBA_TAB_PRIVS", where="GRANTEE = 'ALICE'")
    assert sorted(rows) == [
        ("ALICE", "HR", "EMPLOYEES", "BOB", "SELECT", "NO", "NO", "NO", "TABLE", "NO"),
        ("ALICE", "HR", "EMPLOYEES", "HR", "SELECT", "NO", "NO", "NO", "TABLE", "NO"),
    ]


def test_column_grants_show_only_among_column_grants(database: Any) -> None:
    catalog = database.catalog()
    table = add_object(catalog, "HR", "EMPLOYEES")
    catalog.execute(
        "INSERT INTO column_grants VALUES ('ALICE', ?, 'SALARY', 'UPDATE', 'HR', 0, 0, 0)", (table,)
    )
    session = database.session()
    assert session.rows("DBA_TAB_PRIVS", where="GRANTEE = 'ALICE'") == []
    assert session.rows("DBA_COL_PRIVS", where="GRANTEE = 'ALICE'") == [
        ("ALICE", "HR", "EMPLOYEES", "SALARY", "HR", "UPDATE", "NO", "NO", "NO")
    ]


@pytest.mark.parametrize(
    ("default_roles", "listed", "shown"),
    [
        ("ALL", [], "YES"),
        ("NONE", [], "NO"),
        ("LIST", ["R"], "YES"),
        ("LIST", ["OTHER"], "NO"),
        ("EXCEPT", ["R"], "NO"),
        ("EXCEPT", ["OTHER"], "YES"),
    ],
)
def test_default_role_follows_the_clause_of_the_user(
    database: Any, default_roles: str, listed: list[str], shown: str
) -> None:
    catalog = database.catalog()
    add_user(catalog, "ALICE", default_roles)
    catalog.executemany(
        "INSERT INTO user_default_roles VALUES ('ALICE', ?)", [(r,) for r in listed]
    )
    catalog.execute("INSERT INTO role_grants (grantee, role) VALUES ('ALICE', 'R')")
    rows = database.session().rows("DBA_ROLE_PRIVS", '"DEFAULT_ROLE"', "GRANTEE = 'ALICE'")
    assert rows == [(shown,)]


def test_a_grant_is_seen_at_once_in_an_open_session(database: Any) -> None:
    catalog = database.catalog()
    session = database.session("ALICE", "READER")
    catalog.execute(
        "INSERT INTO system_grants (grantee, privilege) VALUES ('READER', 'CREATE JOB')"
    )
    assert session.rows("SESSION_PRIVS") == [("CREATE JOB",)]
    catalog.execute("DELETE FROM system_grants WHERE grantee = 'READER'")
    assert session.rows("SESSION_PRIVS") == []


def test_session_roles_are_the_enabled_ones_whatever_was_granted_since(database: Any) -> None:
    session = database.session("ALICE", "READER")
    database.catalog().execute("INSERT INTO role_grants (grantee, role) VALUES ('ALICE', 'WRITER')")
    assert session.rows("SESSION_ROLES") == [("READER",)]
    session.roles = frozenset({"WRITER"})
    assert session.rows("SESSION_ROLES") == [("WRITER",)]


def test_the_same_connection_can_serve_another_user(database: Any) -> None:
    catalog = database.catalog()
    for user in ("ALICE", "BOB"):
        add_user(catalog, user)
    session = database.session("ALICE")
    assert session.rows("USER_USERS", "USERNAME") == [("ALICE",)]
    session.user = "BOB"
    assert session.rows("USER_USERS", "USERNAME") == [("BOB",)]


def test_role_views_show_what_comes_through_roles_in_roles(database: Any) -> None:
    catalog = database.catalog()
    catalog.execute(
        "INSERT INTO role_grants (grantee, role) VALUES ('ALICE', 'OUTER'), ('OUTER', 'INNER')"
    )
    catalog.execute(
        "INSERT INTO system_grants (grantee, privilege) VALUES ('INNER', 'CREATE VIEW'), ('OTHER', 'CREATE VIEW')"
    )
    session = database.session("ALICE")
    assert session.rows("ROLE_SYS_PRIVS", "ROLE, PRIVILEGE") == [("INNER", "CREATE VIEW")]
    assert session.rows("ROLE_ROLE_PRIVS", "ROLE, GRANTED_ROLE") == [("OUTER", "INNER")]


def test_all_views_show_only_what_the_user_may_see(database: Any) -> None:
    catalog = database.catalog()
    for name in ("MINE", "GRANTED", "THROUGH_ROLE", "HIDDEN"):
        add_object(catalog, "ALICE" if name == "MINE" else "HR", name)
    ids = dict(catalog.execute("SELECT name, object_id FROM objects WHERE owner = 'HR'").fetchall())
    grant(catalog, "ALICE", "SELECT", ids["GRANTED"], "HR")
    grant(catalog, "READER", "SELECT", ids["THROUGH_ROLE"], "HR")

    def seen(*roles: str) -> set[str]:
        return {
            name for (name,) in database.session("ALICE", *roles).rows("ALL_TABLES", "TABLE_NAME")
        }

    assert seen() == {"MINE", "GRANTED"}
    assert seen("READER") == {"MINE", "GRANTED", "THROUGH_ROLE"}
    catalog.execute(
        "INSERT INTO system_grants (grantee, privilege) VALUES ('READER', 'SELECT ANY TABLE')"
    )
    assert seen("READER") == {"MINE", "GRANTED", "THROUGH_ROLE", "HIDDEN"}


def test_schema_privileges_exist_from_release_23_on(make_database: Any) -> None:
    assert views.find(Release.R19, "DBA_SCHEMA_PRIVS") is None
    database = make_database(Release.R23)
    database.catalog().execute(
        "INSERT INTO schema_grants (grantee, privilege, schema) VALUES ('ALICE', 'SELECT ANY TABLE', 'HR')"
    )
    rows = database.session().rows("DBA_SCHEMA_PRIVS", where="GRANTEE = 'ALICE'")
    assert rows == [("ALICE", "SELECT ANY TABLE", "HR", "NO", "NO", "NO")]
    assert database.session("ALICE").rows("SESSION_SCHEMA_PRIVS") == [("SELECT ANY TABLE", "HR")]


def test_proxies_name_the_roles_of_their_clause(database: Any) -> None:
    catalog = database.catalog()
    catalog.execute("INSERT INTO proxies VALUES ('HR_APP', 'ALICE', 0, 'LIST')")
    catalog.execute(
        "INSERT INTO proxy_roles VALUES ('HR_APP', 'ALICE', 'R1'), ('HR_APP', 'ALICE', 'R2')"
    )
    session = database.session()
    assert session.rows("PROXY_USERS") == [("ALICE", "HR_APP", "NO", "PROXY MAY ACTIVATE ROLE")]
    assert session.rows("DBA_PROXIES", "ROLE, AUTHORIZATION_CONSTRAINT") == [
        ("R1", "PROXY MAY ACTIVATE ROLE"),
        ("R2", "PROXY MAY ACTIVATE ROLE"),
    ]


def plan(session: Any, view: str, where: str) -> str:
    source = views.attach(session, session.connection, [view])[view]
    rows = session.connection.execute(f"EXPLAIN QUERY PLAN SELECT * FROM {source} WHERE {where}")
    return "\n".join(row[3] for row in rows.fetchall())


@pytest.mark.parametrize(
    ("view", "where", "index"),
    [
        ("DBA_TAB_PRIVS", "GRANTEE = 'X'", "SEARCH g USING PRIMARY KEY (grantee=?)"),
        (
            "DBA_TAB_PRIVS",
            "OWNER = 'X' AND TABLE_NAME = 'Y'",
            "SEARCH g USING INDEX object_grants_by_object",
        ),
        ("DBA_SYS_PRIVS", "GRANTEE = 'X'", "SEARCH g USING PRIMARY KEY (grantee=?)"),
        ("DBA_ROLE_PRIVS", "GRANTEE = 'X'", "SEARCH g USING PRIMARY KEY (grantee=?)"),
        ("DBA_ROLE_PRIVS", "GRANTED_ROLE = 'X'", "SEARCH g USING INDEX role_grants_by_role"),
        ("DBA_COL_PRIVS", "GRANTEE = 'X'", "SEARCH g USING PRIMARY KEY (grantee=?)"),
        ("DBA_OBJECTS", "OWNER = 'X' AND OBJECT_NAME = 'Y'", "SEARCH cat.objects USING INDEX"),
        ("DBA_USERS", "USERNAME = 'X'", "SEARCH u USING INDEX"),
    ],
)
def test_filters_reach_the_keys_of_the_catalog(
    database: Any, view: str, where: str, index: str
) -> None:
    assert index in plan(database.session(), view, where)


def test_a_hundred_thousand_grants_stream_within_two_seconds_of_work(make_database: Any) -> None:
    database = make_database(Release.R19)
    catalog = database.catalog()
    tables = [add_object(catalog, "HR", f"T{i}") for i in range(100)]
    catalog.execute("BEGIN")
    catalog.executemany(
        "INSERT INTO object_grants (grantee, object_id, privilege, grantor) VALUES (?, ?, 'SELECT', 'HR')",
        [(f"U{user}", table) for user in range(1000) for table in tables],
    )
    catalog.execute("COMMIT")
    session = database.session()
    start = time.thread_time()
    assert len(session.rows("DBA_TAB_PRIVS", where="OWNER = 'HR'")) == 100_000
    assert time.thread_time() - start < 2.0
