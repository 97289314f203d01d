"""Whose rights a statement needs: on each object, on columns, through views and definers, and with which error."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def bob(hr: Any, sys: Any, connect: Any, add_user: Any) -> Any:
    """A user without anything, and HR.T with one row."""
    hr.run("CREATE TABLE t (id NUMBER, salary NUMBER)")
    hr.run("INSERT INTO t VALUES (1, 10)")
    hr.run("CREATE SEQUENCE s")
    hr.commit()
    add_user(sys, "BOB", quota=False)
    return connect("BOB")


def test_without_any_privilege_the_table_does_not_exist(bob: Any) -> None:
    for statement in (
        "SELECT * FROM hr.t",
        "INSERT INTO hr.t VALUES (1, 1)",
        "UPDATE hr.t SET id = 1",
        "DROP TABLE hr.t",
    ):
        assert bob.code(statement) == 942


def test_a_privilege_lost_counts_at_the_next_statement(bob: Any, sys: Any, grant: Any) -> None:
    grant(sys, "BOB", "SELECT", on="HR.T")
    assert bob.rows("SELECT id FROM hr.t") == [(1,)]
    sys.container.catalog.execute("DELETE FROM object_grants WHERE grantee = 'BOB'")
    assert bob.code("SELECT id FROM hr.t") == 942


def test_read_is_not_enough_to_lock_rows(bob: Any, sys: Any, grant: Any) -> None:
    grant(sys, "BOB", "READ", on="HR.T")
    assert bob.rows("SELECT id FROM hr.t") == [(1,)]
    assert bob.code("SELECT id FROM hr.t FOR UPDATE") == 41900
    grant(sys, "BOB", "SELECT", on="HR.T")
    assert bob.rows("SELECT id FROM hr.t FOR UPDATE") == [(1,)]


def test_another_privilege_shows_the_table_but_does_not_suffice(
    bob: Any, sys: Any, grant: Any
) -> None:
    grant(sys, "BOB", "SELECT", on="HR.T")
    error = bob.error("INSERT INTO hr.t VALUES (2, 2)")
    assert (error.code, error.message) == (41900, 'missing INSERT privilege on "HR"."T"')


def test_update_of_columns_needs_each_of_them_and_select_for_what_it_reads(
    bob: Any, sys: Any, grant: Any
) -> None:
    grant(sys, "BOB", "UPDATE(SALARY)", on="HR.T")
    assert bob.run("UPDATE hr.t SET salary = 20").row_count == 1
    assert bob.code("UPDATE hr.t SET salary = 20, id = 2") == 41900
    assert bob.code("UPDATE hr.t SET salary = 20 WHERE id = 1") == 41900
    assert bob.code("UPDATE hr.t SET salary = salary + 1") == 41900
    grant(sys, "BOB", "SELECT", on="HR.T")
    assert bob.run("UPDATE hr.t SET salary = salary + 1 WHERE id = 1").row_count == 1


def test_insert_on_columns_needs_the_column_list(bob: Any, sys: Any, grant: Any) -> None:
    grant(sys, "BOB", "INSERT(ID)", on="HR.T")
    assert bob.run("INSERT INTO hr.t (id) VALUES (2)").row_count == 1
    assert bob.code("INSERT INTO hr.t (id, salary) VALUES (2, 2)") == 41900
    assert bob.code("INSERT INTO hr.t VALUES (2, 2)") == 41900


def test_a_view_is_read_with_its_owners_rights(
    bob: Any, hr: Any, sys: Any, connect: Any, grant: Any, add_user: Any
) -> None:
    add_user(sys, "OWNER")
    grant(sys, "OWNER", "CREATE VIEW")
    grant(sys, "OWNER", "SELECT", on="HR.T")
    owner = connect("OWNER")
    owner.run("CREATE VIEW v AS SELECT id FROM hr.t")
    grant(sys, "BOB", "SELECT", on="OWNER.V")
    assert bob.rows("SELECT * FROM owner.v") == [(1,)]
    assert bob.code("SELECT * FROM hr.t") == 942
    sys.container.catalog.execute("DELETE FROM object_grants WHERE grantee = 'OWNER'")
    assert bob.code("SELECT * FROM owner.v") == 4063


def test_a_view_cannot_be_made_with_a_role(
    bob: Any, hr: Any, sys: Any, connect: Any, grant: Any
) -> None:
    grant(sys, "BOB", "CREATE VIEW")
    grant(sys, "READERS", "SELECT", on="HR.T")
    with_role = connect("BOB", roles=["READERS"])
    assert with_role.rows("SELECT id FROM hr.t") == [(1,)]
    assert with_role.code("CREATE VIEW v AS SELECT id FROM hr.t") == 942


def test_names_in_a_view_are_those_of_its_owners_schema(
    bob: Any, hr: Any, sys: Any, grant: Any
) -> None:
    hr.run("CREATE VIEW v AS SELECT salary FROM t")
    grant(sys, "BOB", "SELECT", on="HR.V")
    assert bob.rows("SELECT * FROM hr.v") == [(10,)]


def test_sequences_need_select_on_themselves(bob: Any, sys: Any, grant: Any) -> None:
    assert bob.code("SELECT hr.s.NEXTVAL FROM dual") == 2289
    grant(sys, "BOB", "ALTER", on="HR.S")
    assert bob.code("SELECT hr.s.NEXTVAL FROM dual") == 41900
    grant(sys, "BOB", "SELECT", on="HR.S")
    assert bob.value("SELECT hr.s.NEXTVAL FROM dual") == 1


def test_system_privileges_reach_every_schema_but_sys(bob: Any, sys: Any, grant: Any) -> None:
    grant(sys, "BOB", "SELECT ANY TABLE")
    sys.run("CREATE TABLE secret (a NUMBER)")
    assert bob.rows("SELECT id FROM hr.t") == [(1,)]
    assert bob.code("SELECT * FROM sys.secret") == 942
    assert bob.code("SELECT * FROM dba_users") == 942


def test_creating_needs_the_privilege_and_a_quota_with_the_first_row(
    bob: Any, sys: Any, grant: Any
) -> None:
    assert bob.code("CREATE TABLE mine (a NUMBER)") == 1031
    grant(sys, "BOB", "CREATE TABLE")
    bob.run("CREATE TABLE mine (a NUMBER)")
    assert bob.code("CREATE TABLE hr.yours (a NUMBER)") == 1031
    error = bob.error("INSERT INTO mine VALUES (1)")
    assert (error.code, error.message) == (
        1950,
        "The user BOB has insufficient quota on tablespace USERS.",
    )
    sys.container.catalog.execute("INSERT INTO quotas VALUES ('BOB', 'USERS', 1000000)")
    assert bob.run("INSERT INTO mine VALUES (1)").row_count == 1


def test_without_deferred_segments_the_quota_is_needed_at_once(
    bob: Any, sys: Any, grant: Any
) -> None:
    grant(sys, "BOB", "CREATE TABLE")
    sys.container.catalog.execute(
        "UPDATE parameters SET value = 'FALSE' WHERE name = 'deferred_segment_creation'"
    )
    assert bob.code("CREATE TABLE mine (a NUMBER)") == 1950
    assert bob.code("SELECT * FROM mine") == 942


def test_release_19_words_missing_rights_the_old_way(
    connect19: Any, add_user: Any, grant: Any
) -> None:
    root = connect19("SYS")
    add_user(root, "A")
    add_user(root, "B", quota=False)
    root.run("CREATE TABLE a.t (x NUMBER)")
    grant(root, "B", "SELECT", on="A.T")
    grant(root, "B", "CREATE TABLE")
    b = connect19("B")
    assert b.error("DELETE FROM a.t").text == "ORA-01031: insufficient privileges"
    b.run("CREATE TABLE mine (a NUMBER)")
    assert (
        b.error("INSERT INTO mine VALUES (1)").text
        == "ORA-01950: no privileges on tablespace 'USERS'"
    )
