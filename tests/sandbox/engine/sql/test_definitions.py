"""DDL: what it leaves in the catalog and what becomes of rows, grants and open transactions."""

from __future__ import annotations

from typing import Any

import pytest


def _status(session: Any, name: Any) -> Any:
    return session.value("SELECT status FROM user_objects WHERE object_name = :n", name)


def test_ddl_commits_the_open_transaction_even_if_it_fails(hr: Any, connect: Any) -> None:
    hr.run("CREATE TABLE t (a NUMBER)")
    hr.run("INSERT INTO t VALUES (1)")
    assert hr.code("CREATE TABLE t (a NUMBER)") == 955
    assert not hr.in_transaction
    assert connect("HR").value("SELECT COUNT(*) FROM t") == 1


def test_a_table_dropped_and_made_again_is_empty(hr: Any) -> None:
    hr.run("CREATE TABLE t (a NUMBER)")
    hr.run("INSERT INTO t VALUES (1)")
    hr.run("DROP TABLE t PURGE")
    hr.run("CREATE TABLE t (a NUMBER)")
    assert hr.value("SELECT COUNT(*) FROM t") == 0


def test_truncate_empties_while_another_session_writes_elsewhere(hr: Any, connect: Any) -> None:
    hr.run("CREATE TABLE t (a NUMBER)")
    hr.run("CREATE TABLE other (a NUMBER)")
    hr.run("INSERT INTO t VALUES (1)")
    hr.commit()
    writer = connect("HR")
    writer.run("INSERT INTO other VALUES (1)")
    hr.run("TRUNCATE TABLE t")
    assert hr.value("SELECT COUNT(*) FROM t") == 0
    hr.run("CREATE TABLE third (a NUMBER)")
    writer.commit()


def test_create_table_as_select_takes_columns_and_rows(hr: Any) -> None:
    hr.run("CREATE TABLE t AS SELECT username, user_id id FROM all_users WHERE username = 'SYS'")
    assert hr.rows("SELECT * FROM t") == [("SYS", 0)]
    assert hr.code("CREATE TABLE u AS SELECT 1 + 1 FROM dual") == 998


def test_quoted_names_are_other_names(hr: Any) -> None:
    hr.run('CREATE TABLE "MiXed" ("a b" NUMBER, "select" NUMBER)')
    hr.run('INSERT INTO "MiXed" ("a b", "select") VALUES (1, 2)')
    assert hr.rows('SELECT "a b", m."select" FROM "MiXed" m') == [(1, 2)]
    assert hr.code("SELECT * FROM mixed") == 942


def test_columns_come_and_go_and_change(hr: Any) -> None:
    hr.run("CREATE TABLE t (a NUMBER, b VARCHAR2(10))")
    hr.run("INSERT INTO t VALUES (1, 'long text')")
    hr.run("ALTER TABLE t ADD (c DATE DEFAULT DATE '2026-01-01' NOT NULL, d NUMBER)")
    assert hr.value("SELECT TO_CHAR(c, 'YYYY') FROM t") == "2026"
    assert hr.code("ALTER TABLE t ADD e NUMBER NOT NULL") == 1758
    assert hr.code("ALTER TABLE t MODIFY b VARCHAR2(3)") == 1441
    assert hr.code("ALTER TABLE t MODIFY b NUMBER") == 1439
    hr.run("ALTER TABLE t DROP COLUMN d")
    hr.run("ALTER TABLE t ADD d VARCHAR2(5)")
    assert hr.rows("SELECT d FROM t") == [(None,)]
    hr.run("ALTER TABLE t RENAME COLUMN a TO aa")
    hr.run("ALTER TABLE t RENAME TO t2")
    assert hr.rows("SELECT aa FROM t2") == [(1,)]
    hr.run("RENAME t2 TO t3")
    hr.run("ALTER TABLE t3 READ ONLY")
    assert hr.code("DELETE FROM t3") == 12081


def test_constraints_are_added_against_the_rows_that_are_there(hr: Any) -> None:
    hr.run("CREATE TABLE t (a NUMBER, b NUMBER)")
    hr.run("INSERT INTO t VALUES (1, 1), (1, -1)")
    assert hr.code("ALTER TABLE t ADD CONSTRAINT pk PRIMARY KEY (a)") == 2299
    assert hr.code("ALTER TABLE t ADD CONSTRAINT positive CHECK (b > 0)") == 2293
    hr.run("DELETE FROM t WHERE b < 0")
    hr.run("ALTER TABLE t ADD CONSTRAINT pk PRIMARY KEY (a)")
    assert hr.code("INSERT INTO t VALUES (1, 2)") == 1
    hr.run("ALTER TABLE t DROP CONSTRAINT pk")
    hr.run("INSERT INTO t VALUES (1, 2)")
    assert hr.code("CREATE UNIQUE INDEX i ON t (a)") == 1452
    hr.run("CREATE UNIQUE INDEX i ON t (b)")
    assert hr.code("INSERT INTO t VALUES (3, 2)") == 1
    hr.run("DROP INDEX i")
    hr.run("INSERT INTO t VALUES (3, 2)")


def test_a_view_shows_its_query_and_falls_with_its_table(hr: Any) -> None:
    hr.run("CREATE TABLE t (a NUMBER, b VARCHAR2(5))")
    hr.run("INSERT INTO t VALUES (1, 'x')")
    hr.run("CREATE VIEW v (n, txt) AS SELECT a * 2, b FROM t WITH READ ONLY")
    assert hr.rows("SELECT * FROM v") == [(2, "x")]
    assert [column.name for column in hr.columns("SELECT * FROM v")] == ["N", "TXT"]
    hr.run("CREATE OR REPLACE VIEW v AS SELECT b FROM t")
    assert hr.rows("SELECT v.b FROM v") == [("x",)]
    assert hr.code("DELETE FROM v") == 1732
    hr.run("DROP TABLE t")
    assert _status(hr, "V") == "INVALID"
    assert hr.code("SELECT * FROM v") == 4063
    hr.run("DROP VIEW v")
    hr.run("CREATE FORCE VIEW w AS SELECT * FROM not_yet")
    assert _status(hr, "W") == "INVALID"


def test_replacing_a_view_keeps_its_grants(
    hr: Any, sys: Any, connect: Any, grant: Any, add_user: Any
) -> None:
    add_user(sys, "BOB")
    hr.run("CREATE TABLE t (a NUMBER, b NUMBER)")
    hr.run("CREATE VIEW v AS SELECT a FROM t")
    grant(sys, "BOB", "SELECT", on="HR.V")
    hr.run("CREATE OR REPLACE VIEW v AS SELECT b FROM t")
    assert connect("BOB").rows("SELECT * FROM hr.v") == []


def test_a_replaced_view_may_show_its_grantees_only_what_its_owner_may_pass_on(
    hr: Any, sys: Any, connect: Any, grant: Any, add_user: Any
) -> None:
    add_user(sys, "BOB")
    add_user(sys, "OE")
    oe = connect("OE")
    grant(sys, "OE", "CREATE TABLE")
    oe.run("CREATE TABLE t (a NUMBER)")
    grant(sys, "HR", "SELECT", on="OE.T")
    hr.run("CREATE TABLE t (a NUMBER)")
    hr.run("CREATE VIEW v AS SELECT a FROM t")
    hr.run("CREATE OR REPLACE VIEW v AS SELECT a FROM oe.t")
    hr.run("CREATE OR REPLACE VIEW v AS SELECT a FROM t")
    grant(sys, "BOB", "SELECT", on="HR.V")
    error = hr.error("CREATE OR REPLACE VIEW v AS SELECT a FROM oe.t")
    assert (error.code, error.message) == (1720, "grant option does not exist for 'OE.T'")
    assert "oe.t" not in hr.value("SELECT text_vc FROM user_views WHERE view_name = 'V'")
    sys.container.catalog.execute("UPDATE object_grants SET grantable = 1 WHERE grantee = 'HR'")
    hr.run("CREATE OR REPLACE VIEW v AS SELECT a FROM oe.t")


def test_a_read_only_user_defines_nothing(hr: Any, sys: Any) -> None:
    hr.run("CREATE TABLE t (a NUMBER)")
    hr.read_only = True
    for statement in (
        "COMMENT ON TABLE t IS 'x'",
        "RENAME t TO u",
        "CREATE SYNONYM s FOR t",
        "TRUNCATE TABLE t",
        "DROP TABLE t",
    ):
        assert hr.code(statement) == 28194


def test_synonyms_stand_for_objects_that_may_come_later(
    hr: Any, sys: Any, connect: Any, grant: Any, add_user: Any
) -> None:
    hr.run("CREATE SYNONYM s FOR hr.t")
    hr.run("CREATE PUBLIC SYNONYM everywhere FOR hr.t")
    assert hr.code("SELECT * FROM s") == 942
    hr.run("CREATE TABLE t (a NUMBER)")
    assert hr.rows("SELECT * FROM s") == []
    add_user(sys, "BOB")
    grant(sys, "BOB", "SELECT", on="HR.T")
    assert connect("BOB").rows("SELECT * FROM everywhere") == []
    assert connect("BOB").code("SELECT * FROM s") == 942
    assert hr.code("DROP PUBLIC SYNONYM everywhere") == 1031
    hr.run("CREATE SYNONYM a FOR b")
    hr.run("CREATE SYNONYM b FOR a")
    assert hr.code("SELECT * FROM a") == 1775


def test_directories_belong_to_sys(sys: Any) -> None:
    sys.run("CREATE DIRECTORY dump AS '/srv/dump'")
    assert sys.code("CREATE DIRECTORY dump AS '/other'") == 955
    sys.run("CREATE OR REPLACE DIRECTORY dump AS '/other'")
    assert sys.rows(
        "SELECT owner, directory_path FROM dba_directories WHERE directory_name = 'DUMP'"
    ) == [("SYS", "/other")]
    sys.run("DROP DIRECTORY dump")
    assert sys.code("DROP DIRECTORY dump") == 4043


def test_sequences_are_altered_ahead(hr: Any) -> None:
    hr.run("CREATE SEQUENCE s INCREMENT BY 10")
    assert hr.value("SELECT s.NEXTVAL FROM dual") == 1
    hr.run("ALTER SEQUENCE s INCREMENT BY 5")
    assert hr.value("SELECT s.NEXTVAL FROM dual") == 6
    assert hr.code("ALTER SEQUENCE s START WITH 1") == 2283
    assert hr.rows("SELECT increment_by, last_number FROM user_sequences") == [(5, 11)]


def test_comments_are_kept(hr: Any) -> None:
    hr.run("CREATE TABLE t (a NUMBER)")
    hr.run("COMMENT ON TABLE t IS 'it''s one'")
    hr.run("COMMENT ON COLUMN t.a IS 'a'")
    assert hr.rows("SELECT comments FROM user_tab_comments WHERE table_name = 'T'") == [
        ("it's one",)
    ]
    assert hr.code("COMMENT ON COLUMN t.b IS 'b'") == 904


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE IF NOT EXISTS t (a NUMBER)",
        "DROP TABLE IF EXISTS nothing",
        "DROP VIEW IF EXISTS nothing",
    ],
)
def test_release_23_knows_if_exists(hr: Any, statement: Any) -> None:
    hr.run("CREATE TABLE t (a NUMBER)")
    hr.run(statement)


def test_release_19_does_not_know_if_exists(connect19: Any) -> None:
    assert connect19("SYS").code("DROP TABLE IF EXISTS nothing") == 922
