"""Every statement that is wrong gets Oracle's number, and the position where that is cheap."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def hr_t(hr: Any) -> Any:
    hr.run("CREATE TABLE t (a NUMBER(4), b VARCHAR2(5) NOT NULL, c DATE)")
    hr.run("INSERT INTO t VALUES (1, 'x', NULL)")
    hr.commit()
    return hr


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT FROM t", 936),
        ("SELECT a, FROM t", 936),
        ("SELECT a b c FROM t", 923),
        ("SELECT a FROM t WHERE", 936),
        ("SELECT a FROM t WHERE a", 920),
        ("SELECT (a FROM t", 907),
        ("SELECT a FROM t ORDER", 933),
        ("SELECT a FROM t;", 933),
        ("SELECT a FROM t x y", 933),
        ("SELECT nope FROM t", 904),
        ("SELECT x.a FROM t", 904),
        ("SELECT nosuch(1) FROM t", 904),
        ("SELECT a FROM t, t", 918),
        ("SELECT a FROM missing", 942),
        ("SELECT a FROM nobody.t", 942),
        ("SELECT a, COUNT(*) FROM t", 937),
        ("SELECT a, b FROM t GROUP BY a", 979),
        ("SELECT a FROM t WHERE COUNT(*) > 1", 934),
        ("SELECT a FROM t ORDER BY 2", 1785),
        ("SELECT DISTINCT a FROM t ORDER BY b", 1791),
        ("SELECT a INTO x FROM t", 905),
        ("SELECT 1e200 FROM t", 1426),
        ("SELECT POWER(10, 999999) FROM t", 1426),
        ("SELECT TO_NUMBER('1e999999') FROM t", 1426),
        ("SELECT CHR(-1) FROM t", 1428),
        ("SELECT ADD_MONTHS(DATE '9999-12-01', 5) FROM t", 1428),
        ("SELECT a FROM t UNION SELECT a, b FROM t", 1789),
        ("SELECT a FROM t UNION SELECT b FROM t", 1790),
        ("SELECT CASE WHEN a = 1 THEN a ELSE b END FROM t", 932),
        ("SELECT c * 2 FROM t", 932),
        ("SELECT c + c FROM t", 975),
        ("SELECT b + 1 FROM t", 1722),
        ("SELECT a / 0 FROM t", 1476),
        ("SELECT (SELECT LEVEL FROM dual CONNECT BY LEVEL < 3) FROM t", 1427),
        ("SELECT (SELECT a, b FROM t) FROM t", 913),
        ("SELECT 1 FROM t WHERE (a, b) IN (SELECT a FROM t)", 947),
        ("SELECT TO_DATE('2026-13-01', 'YYYY-MM-DD') FROM t", 1843),
        ("SELECT TO_DATE('x', 'YYYY') FROM t", 1858),
        ("SELECT DATE '2026-02-30' FROM t", 1839),
        ("SELECT SUBSTR('a') FROM t", 938),
        ("SELECT UPPER('a', 'b') FROM t", 939),
        ("SELECT SYS_CONTEXT('USERENV', 'NOPE') FROM t", 2003),
        ("SELECT s.NEXTVAL FROM t", 2289),
        ("SELECT LEVEL FROM t", 1788),
        ("SELECT ROWNUM FROM t WHERE MOD(ROWNUM, 2) = 1", 3001),
        ("SELECT a FROM t CONNECT BY PRIOR a = a", 3001),
        ("SELECT x.a FROM t x, t y WHERE x.a = y.a(+)", 3001),
        ("SELECT a FROM TABLE(f(1))", 3001),
        ("INSERT INTO t VALUES (1)", 947),
        ("INSERT INTO t VALUES (1, 'x', NULL, 2)", 913),
        ("INSERT INTO t (a, a) VALUES (1, 2)", 957),
        ("INSERT INTO t (zz) VALUES (1)", 904),
        ("INSERT INTO t (a) VALUES (1)", 1400),
        ("INSERT INTO t (a, b) VALUES ('x', 'y')", 1722),
        ("INSERT INTO t (a, b) VALUES (12345, 'y')", 1438),
        ("INSERT INTO t (a, b) VALUES (1, 'abcdef')", 12899),
        ("INSERT INTO t a VALUES", 906),
        ("INSERT t VALUES (1)", 925),
        ("UPDATE t SET b = NULL", 1407),
        ("UPDATE t SET zz = 1", 904),
        ("UPDATE t b = 1", 971),
        ("DELETE FROM missing", 942),
        ("CREATE", 901),
        ("CREATE loveless machine as NOOR", 901),
        ("DROP nothing", 950),
        ("ALTER nothing", 940),
        ("CREATE TABLE t (x NUMBER)", 955),
        ("CREATE TABLE u (x NUMBER, x DATE)", 957),
        ("CREATE TABLE u (x NOTYPE)", 902),
        ("CREATE TABLE u (x VARCHAR2)", 906),
        ("CREATE TABLE u (x NUMBER(99))", 1727),
        ("CREATE TABLE u (x NUMBER) TABLESPACE nowhere", 959),
        ("CREATE TABLE u (x NUMBER) STRANGE", 922),
        ("CREATE TABLE u (x NUMBER);", 933),
        ("CREATE TABLE sys.u (x NUMBER)", 1031),
        ("CREATE TABLE nobody.u (x NUMBER)", 1918),
        ("CREATE VIEW v AS SELECT a + 1 FROM t", 998),
        ("CREATE VIEW v AS SELECT a FROM missing", 942),
        ("CREATE VIEW v (x, y) AS SELECT a FROM t", 1730),
        ("CREATE OR REPLACE VIEW t AS SELECT 1 x FROM dual", 955),
        ("CREATE DIRECTORY d AS '/tmp'", 1031),
        ("CREATE SEQUENCE s INCREMENT BY 0", 4002),
        ("DROP TABLE missing", 942),
        ("DROP VIEW t", 942),
        ("DROP SEQUENCE s", 2289),
        ("DROP SYNONYM s", 1434),
        ("DROP PUBLIC SYNONYM s", 1432),
        ("DROP INDEX i", 1418),
        ("TRUNCATE TABLE missing", 942),
        ("COMMENT ON TABLE missing IS 'x'", 942),
    ],
)
def test_a_wrong_statement_gets_oracles_number(hr_t: Any, statement: Any, code: Any) -> None:
    assert hr_t.code(statement) == code
    assert hr_t.rows("SELECT a, b FROM t") == [(1, "x")]


@pytest.mark.parametrize(
    ("statement", "marked"),
    [
        ("SELECT a, nope FROM t", "nope"),
        ("SELECT a FROM t WHERE b = x.b", "x.b"),
        ("SELECT a FROM hr.missing", "hr.missing"),
        ("SELECT a FROM t GROUP BY b", "a FROM"),
        ("SELECT a FROM t )", ")"),
    ],
)
def test_the_offset_points_at_the_word(hr_t: Any, statement: Any, marked: Any) -> None:
    assert statement[hr_t.error(statement).offset :].startswith(marked)


def test_a_deep_expression_is_refused_and_not_a_crash(hr_t: Any) -> None:
    assert hr_t.code(f"SELECT {'(' * 3000}1{')' * 3000} FROM dual") == 3001


def test_a_number_that_would_lose_digits_is_refused(hr_t: Any) -> None:
    hr_t.run("CREATE TABLE n (x NUMBER)")
    assert hr_t.code("INSERT INTO n VALUES (1.23456789012345678)") == 3001
    hr_t.run("INSERT INTO n VALUES (9007199254740993)")
    assert hr_t.value("SELECT x FROM n") == 9007199254740993


def test_release_23_names_the_object_that_is_missing(hr_t: Any) -> None:
    assert (
        hr_t.error("SELECT 1 FROM nothing").message == 'table or view "HR"."NOTHING" does not exist'
    )


def test_a_definition_takes_no_binds(hr_t: Any) -> None:
    assert hr_t.code("CREATE VIEW v AS SELECT a FROM t WHERE a = :x", 1) == 1027
