"""What a query gives: values, names and types of columns, order, limits."""

# ruff: noqa: DTZ001 - DATE and TIMESTAMP have no zone
from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from reconciler.sandbox.engine.sql import statements
from reconciler.sandbox.engine.sql.ast import Name
from reconciler.sandbox.engine.sql.lexer import prepare
from reconciler.sandbox.seam import Bind, Column, OracleType


@pytest.fixture
def emp(hr: Any) -> Any:
    """Four people in two departments, one without."""
    hr.run("CREATE TABLE dept (id NUMBER PRIMARY KEY, name VARCHAR2(20))")
    hr.run(
        "CREATE TABLE emp (id NUMBER PRIMARY KEY, name VARCHAR2(10), salary NUMBER(8,2), dept NUMBER, hired DATE)"
    )
    hr.run("INSERT INTO dept VALUES (1, 'Sales'), (2, 'Audit')")
    for row in ((1, "Ann", 100, 1), (2, "Bob", 250, 1), (3, "Cy", None, 2), (4, "Di", 50, None)):
        hr.run("INSERT INTO emp VALUES (:1, :2, :3, :4, DATE '2026-01-02')", *row)
    hr.commit()
    return hr


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3", 7),
        ("10 / 4", Decimal("2.5")),
        ("0.1 + 0.2", Decimal("0.3")),
        ("7 / 7", 1),
        ("-(-5)", 5),
        ("'a' || NULL || 'b'", "ab"),
        ("''", None),
        ("NULL || NULL", None),
        ("'12' + 1", 13),
        ("1 || 2", "12"),
        ("0.5 || ''", ".5"),
        ("DATE '2026-03-01' - DATE '2026-02-01'", 28),
        ("DATE '2026-01-31' + 1.5", datetime(2026, 2, 1, 12)),
        (
            "TIMESTAMP '2026-01-01 10:00:00.5' - INTERVAL '30' MINUTE",
            datetime(2026, 1, 1, 9, 30, 0, 500000),
        ),
        (
            "TIMESTAMP '2026-01-01 10:00:00' - TIMESTAMP '2025-12-31 09:00:00'",
            timedelta(days=1, hours=1),
        ),
        (
            "TIMESTAMP '2026-01-01 10:00:00 +02:00' AT TIME ZONE 'UTC'",
            datetime(2026, 1, 1, 8, tzinfo=UTC),
        ),
        ("SYSDATE", datetime(2026, 11, 20, 14, 30, 15)),
        ("SYSTIMESTAMP", datetime(2026, 11, 20, 14, 30, 15, 250000, UTC)),
        ("INTERVAL '1 2:03:04.5' DAY TO SECOND", timedelta(1, 4.5, 0, 0, 3, 2)),
        ("DATE '2026-01-31' + INTERVAL '1' DAY", datetime(2026, 2, 1)),
        ("CASE WHEN NULL = NULL THEN 1 ELSE 2 END", 2),
        ("CASE 3 WHEN 1 THEN 'a' WHEN 3 THEN 'c' END", "c"),
        ("DECODE(NULL, NULL, 'same', 'other')", "same"),
        ("NVL(NULL, 5)", 5),
        ("NVL2('x', 1, 2)", 1),
        ("COALESCE(NULL, NULL, 'z')", "z"),
        ("NULLIF('a', 'a')", None),
        ("CAST('3.14159' AS NUMBER(5,2))", Decimal("3.14")),
        ("CAST('abcdef' AS VARCHAR2(3))", "abc"),
        ("EXTRACT(YEAR FROM DATE '2026-05-06')", 2026),
        ("(SELECT MAX(2) FROM dual)", 2),
        ("(SELECT 1 FROM dual WHERE 1 = 0)", None),
        ("SYS_CONTEXT('USERENV', 'SESSION_USER')", "SYS"),
        ("USER", "SYS"),
        ("GREATEST(1, 3, 2)", 3),
        ("q'[it's]'", "it's"),
    ],
)
def test_an_expression_has_oracles_value(sys: Any, expression: Any, value: Any) -> None:
    assert sys.value(f"SELECT {expression} FROM dual") == value


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("1 = 1", True),
        ("NULL = NULL", False),
        ("NOT (NULL = 1)", False),
        ("NULL IS NULL", True),
        ("'' IS NULL", True),
        ("1 IN (1, NULL)", True),
        ("2 NOT IN (1, NULL)", False),
        ("'abc' LIKE 'a%'", True),
        ("'ABC' LIKE 'a%'", False),
        ("'a_c' LIKE 'a\\_c' ESCAPE '\\'", True),
        ("'abc' LIKE 'a\\_c' ESCAPE '\\'", False),
        ("2 BETWEEN 1 AND 3", True),
        ("'10' > 9", True),
        ("DATE '2026-01-01' < TIMESTAMP '2026-01-01 00:00:01'", True),
        ("DATE '2026-01-01' = TIMESTAMP '2026-01-01 00:00:00'", True),
        ("TIMESTAMP '2026-01-01 10:00:00 +02:00' = TIMESTAMP '2026-01-01 08:00:00 UTC'", True),
        ("DATE '2026-01-01' = '01-JAN-26'", True),
        ("EXISTS (SELECT 1 FROM dual)", True),
        ("(1, 'a') IN ((2, 'b'), (1, 'a'))", True),
        ("3 > ALL (1, 2)", True),
        ("3 > ANY (SELECT 5 FROM dual)", False),
        ("3 > ALL (SELECT 5 FROM dual WHERE 1 = 0)", True),
        ("REGEXP_LIKE('abc', '^[[:alpha:]]+$')", True),
        ("CAST('a' AS CHAR(3)) = 'a'", True),
    ],
)
def test_a_condition_follows_three_valued_logic_and_oracles_conversions(
    sys: Any, condition: Any, holds: Any
) -> None:
    assert bool(sys.rows(f"SELECT 1 FROM dual WHERE {condition}")) is holds


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT name FROM emp ORDER BY salary", [("Di",), ("Ann",), ("Bob",), ("Cy",)]),
        ("SELECT name FROM emp ORDER BY salary DESC", [("Cy",), ("Bob",), ("Ann",), ("Di",)]),
        ("SELECT name FROM emp ORDER BY salary DESC NULLS LAST, id", [("Bob",), ("Ann",), ("Di",), ("Cy",)]),
        ("SELECT id, name n FROM emp ORDER BY n DESC FETCH FIRST 1 ROW ONLY", [(4, "Di")]),
        ("SELECT id FROM emp ORDER BY 1 OFFSET 1 ROWS FETCH NEXT 2 ROWS ONLY", [(2,), (3,)]),
        ("SELECT id FROM (SELECT id FROM emp ORDER BY id DESC) WHERE ROWNUM <= 2", [(4,), (3,)]),
        ("SELECT id, ROWNUM FROM (SELECT id FROM emp ORDER BY id DESC) WHERE ROWNUM < 3 ORDER BY id", [(3, 2), (4, 1)]),
        ("SELECT COUNT(*) FROM emp WHERE ROWNUM <= 3", [(3,)]),
        ("SELECT id FROM emp WHERE ROWNUM = 2", []),
        ("SELECT id FROM emp WHERE ROWNUM > 1", []),
        ("SELECT e.name, d.name FROM emp e JOIN dept d ON e.dept = d.id WHERE e.id < 3 ORDER BY 1", [("Ann", "Sales"), ("Bob", "Sales")]),
        ("SELECT e.name, d.name FROM emp e, dept d WHERE e.dept = d.id AND d.name = 'Audit'", [("Cy", "Audit")]),
        ("SELECT e.id, d.id FROM emp e LEFT JOIN dept d ON e.dept = d.id WHERE d.id IS NULL", [(4, None)]),
        ("SELECT COUNT(*) FROM emp e FULL OUTER JOIN dept d ON e.dept = d.id AND e.id > 2", [(5,)]),
        ("SELECT COUNT(*) FROM emp CROSS JOIN dept", [(8,)]),
        ("SELECT id FROM emp JOIN (SELECT id, 1 x FROM emp WHERE id > 2) USING (id) ORDER BY id", [(3,), (4,)]),
        ("SELECT dept, COUNT(*), SUM(salary) FROM emp GROUP BY dept HAVING COUNT(*) > 1", [(1, 2, 350)]),
        ("SELECT COUNT(salary), COUNT(DISTINCT dept), MIN(name), AVG(salary) FROM emp", [(3, 2, "Ann", Decimal("133.333333333333"))]),
        ("SELECT UPPER(name) FROM emp WHERE id < 3 GROUP BY UPPER(name) ORDER BY UPPER(name)", [("ANN",), ("BOB",)]),
        ("SELECT LISTAGG(name, ',') WITHIN GROUP (ORDER BY id DESC) FROM emp", [("Di,Cy,Bob,Ann",)]),
        ("SELECT DISTINCT dept FROM emp ORDER BY dept", [(1,), (2,), (None,)]),
        ("SELECT dept FROM emp WHERE dept = 1 UNION SELECT id FROM dept ORDER BY 1", [(1,), (2,)]),
        ("SELECT id FROM emp MINUS SELECT id FROM dept ORDER BY id", [(3,), (4,)]),
        ("SELECT id FROM emp INTERSECT SELECT id FROM dept ORDER BY id DESC", [(2,), (1,)]),
        ("WITH t AS (SELECT id i FROM emp WHERE id > 2) SELECT i FROM t ORDER BY i", [(3,), (4,)]),
        ("WITH n (x) AS (SELECT 1 FROM dual UNION ALL SELECT x + 1 FROM n WHERE x < 4) SELECT SUM(x) FROM n", [(10,)]),
        ("SELECT LEVEL FROM dual CONNECT BY LEVEL <= 3", [(1,), (2,), (3,)]),
        ("SELECT name FROM emp e WHERE salary = (SELECT MAX(salary) FROM emp f WHERE f.dept = e.dept)", [("Bob",)]),
        ("SELECT name FROM emp WHERE dept NOT IN (SELECT id FROM dept WHERE id = 1)", [("Cy",)]),
        ("SELECT id, ROW_NUMBER() OVER (PARTITION BY dept ORDER BY id DESC) rn FROM emp WHERE dept = 1 ORDER BY rn", [(2, 1), (1, 2)]),
        ("SELECT id, SUM(salary) OVER (ORDER BY id) FROM emp WHERE id < 3 ORDER BY id", [(1, 100), (2, 350)]),
        ("SELECT dept, SUM(COUNT(*)) OVER () FROM emp GROUP BY dept HAVING dept > 0 ORDER BY dept", [(1, 3), (2, 3)]),
        ("SELECT dept d, COUNT(*) FROM emp WHERE dept = 1 GROUP BY d", [(1, 2)]),
        ("SELECT name FROM emp NATURAL JOIN (SELECT 3 id FROM dual)", [("Cy",)]),
        ("SELECT emp.* FROM emp, dual WHERE emp.id = 3", [(3, "Cy", None, 2, datetime(2026, 1, 2))]),
        ("SELECT hr.emp.name FROM hr.emp WHERE hr.emp.id = 1", [("Ann",)]),
    ],
)  # fmt: skip
def test_a_query_gives_the_rows_oracle_would(emp: Any, query: Any, rows: Any) -> None:
    assert emp.rows(query) == rows


def test_binds_are_taken_by_occurrence_and_compare_by_their_type(emp: Any) -> None:
    assert emp.rows(
        "SELECT id FROM emp WHERE id > :a AND name <> :b AND id <> :a ORDER BY id", 1, "Cy", 4
    ) == [(2,)]
    assert emp.rows("SELECT id FROM emp WHERE id = :x", "3") == [(3,)]
    assert emp.rows("SELECT COUNT(*) FROM emp WHERE hired < :t", datetime(2026, 1, 2, 0, 0, 1)) == [
        (4,)
    ]


def test_the_rowid_finds_its_row_again(emp: Any) -> None:
    rowid = emp.value("SELECT ROWID FROM emp WHERE id = 2")
    assert len(rowid) == 18
    assert emp.rows("SELECT name FROM emp WHERE ROWID = :r", rowid) == [("Bob",)]


def test_columns_are_described_by_the_catalog_or_inferred(emp: Any) -> None:
    described = emp.columns(
        "SELECT id, name, salary s, hired, 1 + id, 'x' || name, COUNT(*) OVER () FROM emp"
    )
    assert described[:4] == (
        Column("ID", OracleType.NUMBER, 0, 0, -127, nullable=False),
        Column("NAME", OracleType.VARCHAR2, 10),
        Column("S", OracleType.NUMBER, 0, 8, 2),
        Column("HIRED", OracleType.DATE),
    )
    assert [column.name for column in described[4:]] == ["1+ID", "'X'||NAME", "COUNT(*)OVER()"]
    assert [column.type for column in described[4:]] == [
        OracleType.NUMBER,
        OracleType.VARCHAR2,
        OracleType.NUMBER,
    ]


def test_dictionary_views_are_read_like_tables(emp: Any) -> None:
    assert emp.rows("SELECT table_name FROM user_tables ORDER BY 1") == [("DEPT",), ("EMP",)]
    query = "SELECT column_name, nullable FROM user_tab_columns WHERE table_name = 'DEPT' ORDER BY column_id"
    assert emp.rows(query) == [("ID", "N"), ("NAME", "Y")]


def test_a_timestamp_with_time_zone_keeps_the_zone_it_was_given(hr: Any) -> None:
    hr.run("CREATE TABLE t (x TIMESTAMP WITH TIME ZONE)")
    given = datetime(2026, 5, 6, 7, 8, 9, tzinfo=timezone(timedelta(hours=-5)))
    hr.run("INSERT INTO t VALUES (:1)", given)
    found = hr.value("SELECT x FROM t")
    assert found == given
    assert found.utcoffset() == timedelta(hours=-5)


def test_a_session_setting_decides_how_dates_are_written(connect: Any) -> None:
    session = connect("SYS", nls_date_format="YYYY-MM-DD", time_zone="+02:00")
    assert session.value("SELECT TO_CHAR(SYSDATE) FROM dual") == "2026-11-20"
    assert session.value("SELECT CURRENT_DATE FROM dual") == datetime(2026, 11, 20, 16, 30, 15)


def test_many_rows_are_fetched_in_batches(hr: Any) -> None:
    rows = hr.rows("SELECT LEVEL, 'row ' || LEVEL FROM dual CONNECT BY LEVEL <= 10000")
    assert len(rows) == 10000
    assert rows[-1] == (10000, "row 10000")


def test_release_19_has_no_truth_values_and_needs_from(connect19: Any) -> None:
    old = connect19("SYS")
    assert old.code("SELECT 1 = 1 FROM dual") == 923
    assert old.code("SELECT TRUE FROM dual") == 904
    assert old.code("SELECT 1") == 923
    assert old.error("SELECT * FROM nothing").message == "table or view does not exist"


def test_names_that_are_no_columns_may_be_variables_of_a_program(emp: Any) -> None:
    def variables(name: Name) -> Bind | None:
        return Bind("LOWEST", OracleType.NUMBER, 3) if name.last in ("LOWEST", "ID") else None

    query = prepare("SELECT id FROM emp WHERE id >= block.lowest ORDER BY id")
    outcome = statements.run_query(emp, query, (), variables=variables)
    assert list(outcome.rows or ()) == [(3,), (4,)]
    change = prepare("UPDATE emp SET name = 'V' WHERE emp.id = lowest")
    assert statements.run_dml(emp, change, (), variables=variables).row_count == 1


def test_a_query_is_described_whatever_its_binds_will_be(emp: Any) -> None:
    described = emp.columns("SELECT CASE WHEN id = :a THEN salary ELSE :b END x, :c y FROM emp")
    assert [(column.name, column.type) for column in described] == [
        ("X", OracleType.NUMBER),
        ("Y", OracleType.VARCHAR2),
    ]
