"""What PL/SQL expressions are worth."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

VALUES = [
    ("1 + 2 * 3", "7"),
    ("(1 + 2) * 3", "9"),
    ("2 ** 3 ** 2", "512"),
    ("-2 ** 2", "4"),
    ("10 / 4", "2.5"),
    ("1 / 3", ".3333333333333333333333333333333333333333"),
    ("7 MOD 3", "1"),
    ("'a' || 1 || NULL || 'b'", "a1b"),
    ("''", None),
    ("NVL('', 'empty')", "empty"),
    ("'2' + 3", "5"),
    ("SUBSTR('grant', 2, 3)", "ran"),
    ("UPPER('x') || LOWER('Y')", "Xy"),
    ("CASE WHEN 1 > 2 THEN 'no' ELSE 'yes' END", "yes"),
    ("CASE 3 WHEN 1 THEN 'one' WHEN 3 THEN 'three' END", "three"),
    ("CASE 4 WHEN 1 THEN 'one' END", None),
    ("TO_CHAR(DATE '2026-11-20', 'YYYY-MM-DD')", "2026-11-20"),
    ("TO_CHAR(DATE '2026-11-20' + 1, 'DD')", "21"),
    ("DATE '2026-11-20' - DATE '2026-11-10'", "10"),
    ("TO_CHAR(TIMESTAMP '2026-11-20 10:00:00' + INTERVAL '90' MINUTE, 'HH24:MI')", "11:30"),
    ("EXTRACT(YEAR FROM DATE '2026-11-20')", "2026"),
    ("TRIM(BOTH 'x' FROM 'xax')", "a"),
    ("CAST('12' AS NUMBER) + 1", "13"),
    ("USER", "SYSTEM"),
    ("SYS_CONTEXT('USERENV', 'CURRENT_USER')", "SYSTEM"),
    ("q'[it's]'", "it's"),
    ("SQLCODE", "0"),
    ("SQLERRM", "ORA-0000: normal, successful completion"),
    ("SQLERRM(-1403)", "ORA-01403: no data found"),
]


@pytest.mark.parametrize(("expression", "expected"), VALUES, ids=[case[0] for case in VALUES])
def test_an_expression_has_its_value(system: Any, expression: str, expected: str | None) -> None:
    found = system.value(expression)
    if expected is not None and len(expected) > 30:
        assert found.startswith(expected[:30])
    else:
        assert found == expected


CONDITIONS = [
    ("1 = 1", "true"),
    ("NULL = NULL", "null"),
    ("NULL IS NULL", "true"),
    ("NOT NULL", "null"),
    ("NULL AND FALSE", "false"),
    ("NULL OR TRUE", "true"),
    ("NULL AND TRUE", "null"),
    ("1 IN (2, NULL)", "null"),
    ("1 IN (1, NULL)", "true"),
    ("1 NOT IN (2, 3)", "true"),
    ("2 BETWEEN 1 AND 3", "true"),
    ("2 NOT BETWEEN 1 AND 3", "false"),
    ("'JIT_X' LIKE 'JIT\\_%' ESCAPE '\\'", "true"),
    ("'JITX' LIKE 'JIT\\_%' ESCAPE '\\'", "false"),
    ("'abc' NOT LIKE 'a%'", "false"),
    ("'10' > 9", "true"),
    ("'b' > 'a'", "true"),
    ("1 != 2 AND 1 <> 2 AND 1 ^= 2", "true"),
]


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS, ids=[c[0] for c in CONDITIONS])
def test_a_condition_has_three_values(system: Any, condition: str, expected: str) -> None:
    text = "CASE WHEN b THEN 'true' WHEN NOT b THEN 'false' ELSE 'null' END"
    assert system.value(text, f"b BOOLEAN := {condition};") == expected


CONVERSIONS = [
    ("VARCHAR2(3)", "'abcd'", 6502),
    ("NUMBER(3)", "1000", 6502),
    ("NUMBER(4,2)", "123", 6502),
    ("PLS_INTEGER", "3000000000", 1426),
    ("NATURAL", "-1", 6502),
    ("NUMBER", "'x'", 6502),
]


@pytest.mark.parametrize(("kind", "value", "code"), CONVERSIONS)
def test_a_value_that_does_not_fit_is_refused(
    system: Any, kind: str, value: str, code: int
) -> None:
    assert system.fails(f"DECLARE x {kind}; BEGIN x := {value}; END;").code == code


FITS = [
    ("NUMBER(5,2)", "1.005", "1.01"),
    ("PLS_INTEGER", "2.5", "3"),
    ("CHAR(3)", "'a'", "a  "),
    ("VARCHAR2(5)", "12.50", "12.5"),
    ("NUMBER", "' 7 '", "7"),
]


@pytest.mark.parametrize(("kind", "value", "expected"), FITS)
def test_a_value_is_converted_on_assignment(
    system: Any, kind: str, value: str, expected: str
) -> None:
    assert system.value("x", f"x {kind} := {value};") == expected


def test_division_by_zero_is_zero_divide(system: Any) -> None:
    block = "BEGIN :v := 1 / 0; EXCEPTION WHEN ZERO_DIVIDE THEN :v := 'caught'; END;"
    assert system.run(block, v="") == {"v": "caught"}


@pytest.fixture(scope="module")
def evaluate(template: Any) -> Any:
    """One session for many examples; expressions change nothing."""
    from reconciler.sandbox.engine.instance import Instance
    from reconciler.sandbox.engine.plsql.block import run_block
    from reconciler.sandbox.engine.sql import lexer
    from reconciler.sandbox.seam import Bind, Logon, OracleType

    instance = Instance(template)
    session = instance.logon(Logon("FREEPDB1", "SYSTEM", password_ok=True)).session

    def value(expression: str) -> Any:
        prepared = lexer.prepare(f"BEGIN :v := {expression}; END;")
        bind = Bind("V", OracleType.NUMBER, None, size=22)
        return run_block(session, prepared, [bind]).out[0]

    yield value
    instance.close()


@given(a=st.integers(-(10**9), 10**9), b=st.integers(-(10**9), 10**9), c=st.integers(1, 10**6))
def test_whole_numbers_calculate_exactly(evaluate: Any, a: int, b: int, c: int) -> None:
    assert evaluate(f"({a}) + ({b}) * ({c}) - ({b})") == a + b * c - b


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40))
def test_a_quoted_literal_is_the_text(evaluate: Any, text: str) -> None:
    quoted = text.replace("'", "''")
    assert evaluate(f"LENGTH('{quoted}')") == len(text)
