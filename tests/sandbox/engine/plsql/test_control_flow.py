"""Which statements of a block run, and how often."""

from __future__ import annotations

from typing import Any

import pytest

TRACES = [
    ("FOR i IN 1 .. 3 LOOP t(i); END LOOP;", "123"),
    ("FOR i IN REVERSE 1 .. 3 LOOP t(i); END LOOP;", "321"),
    ("FOR i IN 3 .. 1 LOOP t(i); END LOOP;", None),
    ("FOR i IN 1 .. 5 LOOP CONTINUE WHEN MOD(i, 2) = 0; t(i); END LOOP;", "135"),
    ("FOR i IN 1 .. 5 LOOP EXIT WHEN i = 3; t(i); END LOOP;", "12"),
    ("WHILE n < 3 LOOP n := n + 1; t(n); END LOOP;", "123"),
    ("LOOP n := n + 1; t(n); EXIT WHEN n = 2; END LOOP;", "12"),
    (
        "<<outer>> FOR i IN 1 .. 3 LOOP FOR j IN 1 .. 3 LOOP t(i * j); EXIT outer WHEN i * j = 4; END LOOP; END LOOP;",
        "12324",
    ),
    (
        "<<outer>> FOR i IN 1 .. 3 LOOP FOR j IN 1 .. 3 LOOP CONTINUE outer WHEN j = 2; t(i); END LOOP; END LOOP;",
        "123",
    ),
    ("IF n = 1 THEN t('a'); ELSIF n = 0 THEN t('b'); ELSE t('c'); END IF;", "b"),
    ("IF NULL THEN t('a'); ELSE t('b'); END IF;", "b"),
    ("CASE n WHEN 0 THEN t('zero'); ELSE t('other'); END CASE;", "zero"),
    ("CASE WHEN n > 0 THEN t('more'); ELSE NULL; END CASE;", None),
    ("t('a'); RETURN; t('b');", "a"),
    ("DECLARE n NUMBER := 5; BEGIN t(n); END; t(n);", "50"),
    ("<<inside>> DECLARE n NUMBER := 5; BEGIN t(inside.n); END;", "5"),
    (
        "FOR r IN (SELECT name FROM hr.employees ORDER BY id) LOOP t(SUBSTR(r.name, 1, 1)); END LOOP;",
        "KBC",
    ),
]


@pytest.mark.parametrize(("body", "expected"), TRACES, ids=[case[0][:60] for case in TRACES])
def test_statements_run_in_this_order(system: Any, body: str, expected: str | None) -> None:
    block = f"""
        DECLARE
          n NUMBER := 0;
          trace VARCHAR2(100);
          PROCEDURE t(what VARCHAR2) IS BEGIN trace := trace || what; END;
          PROCEDURE main IS BEGIN {body} END;
        BEGIN
          main;
          :trace := trace;
        END;"""
    assert system.run(block, trace="") == {"trace": expected}


def test_case_without_a_match_and_without_else_is_case_not_found(system: Any) -> None:
    assert system.fails("BEGIN CASE 1 WHEN 2 THEN NULL; END CASE; END;").code == 6592


SUBPROGRAMS = [
    (
        "FUNCTION fact(n NUMBER) RETURN NUMBER IS BEGIN IF n <= 1 THEN RETURN 1; END IF; RETURN n * fact(n - 1); END;",
        "fact(10)",
        "3628800",
    ),
    (
        "FUNCTION f(a NUMBER, b NUMBER DEFAULT 10, c NUMBER := 100) RETURN NUMBER IS BEGIN RETURN a + b + c; END;",
        "f(1) || ',' || f(1, 2) || ',' || f(1, c => 3) || ',' || f(c => 1, a => 2, b => 3)",
        "111,103,14,6",
    ),
    (
        (
            "FUNCTION odd(n NUMBER) RETURN BOOLEAN; "
            "FUNCTION even(n NUMBER) RETURN BOOLEAN IS BEGIN IF n = 0 THEN RETURN TRUE; END IF; RETURN odd(n - 1); END; "
            "FUNCTION odd(n NUMBER) RETURN BOOLEAN IS BEGIN IF n = 0 THEN RETURN FALSE; END IF; RETURN even(n - 1); END;"
        ),
        "CASE WHEN even(10) THEN 'even' ELSE 'odd' END",
        "even",
    ),
]


@pytest.mark.parametrize(("declarations", "expression", "expected"), SUBPROGRAMS)
def test_local_functions(system: Any, declarations: str, expression: str, expected: str) -> None:
    assert system.value(expression, declarations) == expected


def test_out_parameters_are_written_back_only_when_the_call_succeeds(system: Any) -> None:
    block = """
        DECLARE
          a NUMBER := 1; b NUMBER := 1;
          PROCEDURE p(x IN OUT NUMBER, fail BOOLEAN) IS
          BEGIN
            x := x + 1;
            IF fail THEN RAISE NO_DATA_FOUND; END IF;
          END;
        BEGIN
          p(a, FALSE);
          BEGIN p(b, TRUE); EXCEPTION WHEN NO_DATA_FOUND THEN NULL; END;
          :v := a || ',' || b;
        END;"""
    assert system.run(block, v="") == {"v": "2,1"}


def test_a_function_that_ends_without_return_is_an_error(system: Any) -> None:
    block = "DECLARE n NUMBER; FUNCTION f RETURN NUMBER IS BEGIN NULL; END; BEGIN n := f; END;"
    assert system.fails(block).code == 6503


def test_endless_recursion_ends_with_an_error_of_the_database(system: Any) -> None:
    assert system.fails("DECLARE PROCEDURE p IS BEGIN p; END; BEGIN p; END;").code == 36
