"""Scalar functions called from Python, as PL/SQL does."""

# ruff: noqa: DTZ001 - DATE and TIMESTAMP have no zone
from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.sandbox.engine.sql import formats, functions
from reconciler.sandbox.engine.sql.row_limits import limit
from reconciler.sandbox.engine.sql.rowids import rowid_text
from reconciler.sandbox.engine.sql.values import (
    OracleDate,
    YearMonth,
    decoder,
    encode,
    format_number,
    parse_number,
    type_of,
)
from reconciler.sandbox.seam import OracleError

DAY = OracleDate(2026, 3, 5, 14, 7, 9)


@pytest.mark.parametrize(
    ("name", "arguments", "value"),
    [
        ("UPPER", ("straße",), "STRASSE"),
        ("INITCAP", ("hello wORLD-x",), "Hello World-X"),
        ("LENGTH", ("",), None),
        ("LENGTH", (1234,), 4),
        ("SUBSTR", ("hello", 2, 3), "ell"),
        ("SUBSTR", ("hello", -3), "llo"),
        ("SUBSTR", ("hello", 0, 2), "he"),
        ("SUBSTR", ("hello", 6), None),
        ("SUBSTR", ("hello", 2, 0), None),
        ("SUBSTR", ("hello", -9), None),
        ("INSTR", ("abcabc", "c"), 3),
        ("INSTR", ("abcabc", "c", 1, 2), 6),
        ("INSTR", ("abcabc", "a", -1), 4),
        ("INSTR", ("abcabc", "a", -1, 2), 1),
        ("INSTR", ("abcabc", "a", -1, 3), 0),
        ("INSTR", ("abc", "x"), 0),
        ("REPLACE", ("abc", "b"), "ac"),
        ("REPLACE", ("abc", None), "abc"),
        ("REPLACE", ("a", "a"), None),
        ("TRANSLATE", ("abc", "ab", "x"), "xc"),
        ("LTRIM", ("xxaxx", "x"), "axx"),
        ("RTRIM", ("a  ",), "a"),
        ("LPAD", ("5", 3, "0"), "005"),
        ("RPAD", ("abcd", 2), "ab"),
        ("CHR", (65,), "A"),
        ("ASCII", ("A",), 65),
        ("RAWTOHEX", (b"\x01\xff",), "01FF"),
        ("HEXTORAW", ("1ff",), b"\x01\xff"),
        ("STANDARD_HASH", ("abc", "MD5"), bytes.fromhex("900150983cd24fb0d6963f7d28e17f72")),
        ("REGEXP_REPLACE", ("2026-01-02", r"(\d+)-(\d+)-(\d+)", r"\3.\2.\1"), "02.01.2026"),
        ("REGEXP_SUBSTR", ("a,b,c", "[^,]+", 1, 2), "b"),
        ("REGEXP_COUNT", ("abcabc", "B", 1, "i"), 2),
        ("REGEXP_COUNT", ("ab\n", "b$"), 0),
        ("REGEXP_COUNT", ("ab\nb", "b$", 1, "m"), 2),
        ("REGEXP_COUNT", ("a$b", r"[$]|\$"), 1),
        ("ABS", (-3,), 3),
        ("MOD", (-7, 3), -1),
        ("MOD", (7, 0), 7),
        ("ROUND", (Decimal("2.5"),), 3),
        ("ROUND", (-2.5,), -3),
        ("ROUND", (1234, -2), 1200),
        ("TRUNC", (Decimal("-2.7"),), -2),
        ("CEIL", (Decimal("1.1"),), 2),
        ("FLOOR", (Decimal("-1.1"),), -2),
        ("SIGN", (-9,), -1),
        ("POWER", (2, 10), 1024),
        ("SQRT", (16,), 4),
        ("TO_NUMBER", ("1,234.5", "9,999.9"), Decimal("1234.5")),
        ("TO_NUMBER", (" -12 ",), -12),
        ("TO_NUMBER", ("ff", "XX"), 255),
        ("TO_CHAR", (1234.5, "FM9,999.00"), "1,234.50"),
        ("TO_CHAR", (5, "000"), " 005"),
        ("TO_CHAR", (DAY, "YYYY-MM-DD HH24:MI:SS"), "2026-03-05 14:07:09"),
        ("TO_CHAR", (DAY, "FMDay DD Month"), "Thursday 5 March"),
        ("TO_CHAR", (DAY, 'YYYY"T"DDD'), "2026T064"),
        ("TO_CHAR", (DAY,), "05-MAR-26"),
        ("TO_CHAR", (timedelta(hours=-1),), "-00 01:00:00.000000"),
        ("TO_DATE", ("05-MAR-99", "DD-MON-RR"), datetime(1999, 3, 5)),
        ("TO_DATE", ("20260305", "YYYYMMDD"), datetime(2026, 3, 5)),
        ("TO_DATE", ("03:04 pm", "HH:MI AM"), datetime(2026, 11, 1, 15, 4)),
        (
            "TO_TIMESTAMP",
            ("2026-03-05 01:02:03.123", "YYYY-MM-DD HH24:MI:SS.FF"),
            datetime(2026, 3, 5, 1, 2, 3, 123000),
        ),
        (
            "TO_TIMESTAMP_TZ",
            ("2026-03-05T10:00:00Z", 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            datetime(2026, 3, 5, 10, tzinfo=UTC),
        ),
        (
            "TO_TIMESTAMP_TZ",
            ("2026-03-05 10:00:00 +02:00", "YYYY-MM-DD HH24:MI:SS TZH:TZM"),
            datetime(2026, 3, 5, 8, tzinfo=UTC),
        ),
        ("TRUNC", (DAY,), datetime(2026, 3, 5)),
        ("TRUNC", (DAY, "MM"), datetime(2026, 3, 1)),
        ("TRUNC", (DAY, "IW"), datetime(2026, 3, 2)),
        ("TRUNC", (DAY, "MI"), datetime(2026, 3, 5, 14, 7)),
        ("ROUND", (DAY,), datetime(2026, 3, 6)),
        ("ADD_MONTHS", (OracleDate(2026, 1, 31), 1), datetime(2026, 2, 28)),
        ("ADD_MONTHS", (OracleDate(2026, 2, 28), 1), datetime(2026, 3, 31)),
        ("MONTHS_BETWEEN", (OracleDate(2026, 3, 31), OracleDate(2026, 2, 28)), 1),
        ("LAST_DAY", (OracleDate(2028, 2, 1),), datetime(2028, 2, 29)),
        ("NEXT_DAY", (DAY, "Friday"), datetime(2026, 3, 6, 14, 7, 9)),
        ("NUMTODSINTERVAL", (Decimal("1.5"), "HOUR"), timedelta(minutes=90)),
        ("TO_DSINTERVAL", ("1 02:03:04.5",), timedelta(1, 4.5, 0, 0, 3, 2)),
        ("TO_DSINTERVAL", ("PT4H30M",), timedelta(hours=4, minutes=30)),
        ("TO_YMINTERVAL", ("-1-6",), YearMonth(-18)),
        ("NVL", (None, 3), 3),
        ("DECODE", (2, 1, "a", 2, "b"), "b"),
        ("DECODE", (3, 1, "a", "none"), "none"),
        ("GREATEST", (1, "10", 2), 10),
        ("LEAST", ("b", None), None),
        ("SYS_CONTEXT", ("USERENV", "CON_NAME"), "FREEPDB1"),
        ("SYS_CONTEXT", ("MY_APP", "ANYTHING"), None),
    ],
)
def test_a_function_gives_oracles_value(sys: Any, name: Any, arguments: Any, value: Any) -> None:
    assert functions.call(sys, name, *arguments) == value


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("NO_SUCH", (), 904),
        ("SUBSTR", ("a",), 938),
        ("UPPER", ("a", "b"), 939),
        ("TO_NUMBER", ("1x",), 1722),
        ("TO_NUMBER", ("NaN",), 1722),
        ("TO_DATE", ("2026", "YYYY-QQ"), 1820),
        ("TO_DATE", ("2026-01-01x", "YYYY-MM-DD"), 1830),
        ("TO_DATE", ("32", "DD"), 1847),
        ("TO_DATE", ("25", "HH24"), 1850),
        ("TO_CHAR", (DAY, "YYYY?"), 1821),
        ("TO_CHAR", (1, "abc"), 1481),
        ("TO_DSINTERVAL", ("soon",), 1867),
        ("FROM_TZ", (DAY, "Nowhere/City"), 1882),
        ("TRUNC", (DAY, "CENTURIES"), 1898),
        ("REGEXP_LIKE", ("a", "["), 12726),
        ("HEXTORAW", ("xy",), 1465),
        ("SQRT", (-1,), 1428),
    ],
)
def test_a_wrong_call_gets_oracles_number(sys: Any, name: Any, arguments: Any, code: Any) -> None:
    with pytest.raises(OracleError) as caught:
        functions.call(sys, name, *arguments)
    assert caught.value.code == code


_moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 30))
_values = st.one_of(
    st.text(min_size=1).filter(lambda text: "\0" not in text),
    st.integers(-(2**63), 2**63 - 1),
    st.decimals(-(10**9), 10**9, places=4),
    _moments,
    _moments.map(lambda moment: OracleDate(*moment.timetuple()[:6])),
    st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)).map(
        lambda moment: moment.replace(tzinfo=UTC)
    ),
    st.timedeltas(timedelta(days=-3000), timedelta(days=3000)),
    st.binary(min_size=1),
    st.booleans(),
)


@settings(deadline=None)
@given(_values)
def test_a_value_comes_back_from_the_store_as_it_went_in(value: Any) -> None:
    stored = encode(value)
    decode = decoder(type_of(value))
    assert (stored if decode is None else decode(stored)) == value


@settings(deadline=None)
@given(st.lists(_moments, min_size=2, max_size=2))
def test_stored_instants_sort_like_instants(pair: Any) -> None:
    first, second = pair
    assert (encode(first) < encode(second)) == (first < second)


@settings(deadline=None)
@given(st.decimals(-(10**12), 10**12, places=5))
def test_a_number_read_from_its_text_is_the_number(value: Any) -> None:
    assert parse_number(format_number(value)) == value


@settings(deadline=None)
@given(_moments.map(lambda moment: moment.replace(microsecond=0)))
def test_a_date_read_with_the_format_it_was_written_with_is_the_date(moment: Any) -> None:
    for model in (
        "YYYY-MM-DD HH24:MI:SS",
        "DD-MON-YYYY HH:MI:SS AM",
        "YYYYMMDDHH24MISS",
        "J SSSSS",
    ):
        text = formats.format_instant(moment, model)
        assert formats.parse_instant(text, model, datetime(2026, 1, 1)) == moment


@settings(deadline=None)
@given(st.sets(st.tuples(st.integers(1, 60**4), st.integers(0, 2**40)), min_size=2))
def test_different_rows_have_different_rowids(rows: Any) -> None:
    texts = {rowid_text(object_id, row) for object_id, row in rows}
    assert len(texts) == len(rows)
    assert {len(text) for text in texts} == {18}


@pytest.mark.parametrize(
    ("operator", "value", "rows"),
    [
        ("<=", 3, 3),
        ("<=", 2.5, 2),
        ("<", 3, 2),
        ("<", 2.5, 2),
        ("=", 1, 1),
        ("=", 2, 0),
        ("<=", -1, 0),
        ("<=", None, 0),
        (">", 1, 0),
        ("<>", 3, 2),
    ],
)
def test_rownum_lets_rows_through_only_from_the_first_on(
    operator: Any, value: Any, rows: Any
) -> None:
    assert limit(operator, value) == rows
