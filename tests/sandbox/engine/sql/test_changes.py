"""INSERT, UPDATE, DELETE and MERGE: what they write, all or nothing, and what RETURNING gives."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from reconciler.sandbox.seam import Bind, OracleType


@pytest.fixture
def t(hr: Any) -> Any:
    hr.run(
        "CREATE TABLE t (id NUMBER(6) PRIMARY KEY, name VARCHAR2(10), amount NUMBER(8,2) DEFAULT 5 CHECK (amount > 0), kind CHAR(3))"
    )
    hr.run("INSERT INTO t (id, name) VALUES (1, 'one')")
    hr.run("INSERT INTO t (id, name, amount) VALUES (2, 'two', 7.125)")
    hr.commit()
    return hr


def test_defaults_rounding_and_padding_happen_on_the_way_in(t: Any) -> None:
    t.run("INSERT INTO t (id, name, amount, kind) VALUES (3, '', DEFAULT, 'x')")
    assert t.rows("SELECT * FROM t ORDER BY id") == [
        (1, "one", 5, None),
        (2, "two", Decimal("7.13"), None),
        (3, None, 5, "x  "),
    ]


def test_insert_select_reads_before_it_writes(t: Any) -> None:
    assert t.run("INSERT INTO t (id, name) SELECT id + 10, name FROM t").row_count == 2
    assert t.value("SELECT COUNT(*) FROM t") == 4


def test_a_statement_that_fails_leaves_nothing_but_the_transaction_goes_on(t: Any) -> None:
    t.run("UPDATE t SET name = 'kept' WHERE id = 1")
    assert (
        t.code(
            "INSERT INTO t (id) SELECT id FROM (SELECT 9 id FROM dual UNION ALL SELECT 1 FROM dual)"
        )
        == 1
    )
    assert t.code("UPDATE t SET amount = id - 1") == 2290
    assert t.in_transaction
    t.commit()
    assert t.rows("SELECT id, name FROM t ORDER BY id") == [(1, "kept"), (2, "two")]


def test_other_sessions_see_rows_only_after_commit(t: Any, connect: Any) -> None:
    other = connect("HR")
    t.run("DELETE FROM t")
    assert other.value("SELECT COUNT(*) FROM t") == 2
    t.commit()
    assert other.value("SELECT COUNT(*) FROM t") == 0


def test_rollback_takes_rows_back(t: Any) -> None:
    t.run("DELETE FROM t WHERE id = 1")
    t.rollback()
    assert t.value("SELECT COUNT(*) FROM t") == 2


def test_keys_may_pass_through_duplicates_within_one_update(t: Any) -> None:
    assert t.run("UPDATE t SET id = id + 1").row_count == 2
    assert t.rows("SELECT id FROM t ORDER BY id") == [(2,), (3,)]


def test_update_sets_several_columns_from_a_subquery(t: Any) -> None:
    t.run("UPDATE t SET (name, amount) = (SELECT 'sub', 9 FROM dual) WHERE id = 1")
    assert t.rows("SELECT name, amount FROM t WHERE id = 1") == [("sub", 9)]


def test_returning_gives_one_list_of_values_for_each_bind(t: Any) -> None:
    out = [Bind("N", OracleType.NUMBER), Bind("S", OracleType.VARCHAR2)]
    outcome = t.run("UPDATE t SET amount = amount * 2 RETURNING amount, amount INTO :n, :s", *out)
    assert outcome.row_count == 2
    assert outcome.returned == [[10, Decimal("14.26")], ["10", "14.26"]]
    outcome = t.run("INSERT INTO t (id) VALUES (:i) RETURNING id, amount INTO :a, :b", 8, *out)
    assert outcome.returned == [[8], ["5"]]
    outcome = t.run(
        "DELETE FROM t WHERE id = 8 RETURNING name INTO :n", Bind("N", OracleType.VARCHAR2)
    )
    assert outcome.returned == [[None]]


def test_the_short_spelling_of_returning_is_refused_before_it_changes_anything(t: Any) -> None:
    n = Bind("N", OracleType.NUMBER)
    assert t.code("UPDATE t SET amount = 0 RETURN amount INTO :n", n) == 3001
    assert t.value("SELECT COUNT(*) FROM t WHERE amount = 0") == 0


def test_merge_updates_what_matches_inserts_what_is_missing_and_deletes(t: Any) -> None:
    merged = t.run(
        "MERGE INTO t USING (SELECT 1 id, 'new' name FROM dual UNION ALL SELECT 5, 'five' FROM dual) s ON (t.id = s.id)"
        " WHEN MATCHED THEN UPDATE SET t.name = s.name WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name)"
    )
    assert merged.row_count == 2
    assert t.rows("SELECT id, name FROM t ORDER BY id") == [(1, "new"), (2, "two"), (5, "five")]
    t.run(
        "MERGE INTO t USING dual ON (t.id = 5) WHEN MATCHED THEN UPDATE SET name = 'gone' DELETE WHERE name = 'gone'"
    )
    assert t.rows("SELECT id FROM t ORDER BY id") == [(1,), (2,)]


def test_merge_refuses_two_sources_for_one_row(t: Any) -> None:
    statement = "MERGE INTO t USING (SELECT 1 id FROM dual UNION ALL SELECT 1 FROM dual) s ON (t.id = s.id) WHEN MATCHED THEN UPDATE SET name = 'x'"
    assert t.code(statement) == 30926


def test_foreign_keys_hold_in_both_directions(t: Any) -> None:
    t.run("CREATE TABLE child (id NUMBER, parent NUMBER CONSTRAINT child_fk REFERENCES t)")
    error = t.error("INSERT INTO child VALUES (1, 99)")
    assert (error.code, error.message) == (
        2291,
        "integrity constraint (HR.CHILD_FK) violated - parent key not found",
    )
    t.run("INSERT INTO child VALUES (1, 2)")
    t.run("INSERT INTO child VALUES (2, NULL)")
    assert t.code("DELETE FROM t WHERE id = 2") == 2292
    assert t.code("UPDATE t SET id = 20 WHERE id = 2") == 2292
    assert t.code("TRUNCATE TABLE t") == 2266
    t.run("DELETE FROM child")
    t.run("DELETE FROM t WHERE id = 2")
    t.commit()
    assert t.code("DROP TABLE t") == 2449
    t.run("DROP TABLE t CASCADE CONSTRAINTS")
    t.run("INSERT INTO child VALUES (1, 99)")


def test_a_unique_violation_names_the_constraint(hr: Any) -> None:
    hr.run("CREATE TABLE u (a NUMBER, b NUMBER, CONSTRAINT u_ab UNIQUE (a, b))")
    hr.run("INSERT INTO u VALUES (1, 1)")
    assert hr.error("INSERT INTO u VALUES (1, 1)").message == "unique constraint (HR.U_AB) violated"
    hr.run("INSERT INTO u VALUES (1, 2)")


def test_sequences_count_whatever_becomes_of_the_transaction(hr: Any) -> None:
    hr.run("CREATE SEQUENCE s START WITH 5 INCREMENT BY 5 MAXVALUE 15")
    hr.run("CREATE TABLE t (id NUMBER)")
    assert hr.code("SELECT s.CURRVAL FROM dual") == 8002
    hr.run("INSERT INTO t VALUES (s.NEXTVAL)")
    hr.rollback()
    assert hr.value("SELECT s.NEXTVAL FROM dual") == 10
    assert hr.value("SELECT s.CURRVAL FROM dual") == 10
    assert hr.value("SELECT s.NEXTVAL FROM dual") == 15
    assert hr.code("SELECT s.NEXTVAL FROM dual") == 8004


def test_an_identity_column_numbers_rows(hr: Any) -> None:
    hr.run("CREATE TABLE i (id NUMBER GENERATED ALWAYS AS IDENTITY, x VARCHAR2(5))")
    hr.run("INSERT INTO i (x) VALUES ('a'), ('b')")
    assert hr.rows("SELECT id, x FROM i ORDER BY id") == [(1, "a"), (2, "b")]
    assert hr.code("INSERT INTO i (id, x) VALUES (3, 'c')") == 32795


def test_merge_joins_before_it_changes_anything(t: Any) -> None:
    t.run(
        "MERGE INTO t USING (SELECT 'one' name, 50 id FROM dual) s ON (t.name = s.name)"
        " WHEN MATCHED THEN UPDATE SET amount = 99 WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)"
    )
    assert t.rows("SELECT id, amount FROM t ORDER BY id") == [(1, 99), (2, Decimal("7.13"))]


def test_rownum_bounds_how_many_rows_change(t: Any) -> None:
    assert t.run("UPDATE t SET amount = 1 WHERE ROWNUM <= 1").row_count == 1
    assert t.run("DELETE FROM t WHERE ROWNUM < 2 AND id > 0").row_count == 1
