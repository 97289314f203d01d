"""Data types as text: parsing of type names and what they mean as columns."""

from __future__ import annotations

from reconciler.sandbox.engine.sql.ast import TypeName
from reconciler.sandbox.engine.sql.cursor import TokenCursor
from reconciler.sandbox.engine.sql.lexer import TokenKind
from reconciler.sandbox.seam import Column, OracleError, OracleType

_MULTI_WORD: tuple[tuple[str, ...], ...] = (
    ("DOUBLE", "PRECISION"),
    ("LONG", "RAW"),
    ("LONG", "VARCHAR"),
    ("CHARACTER", "VARYING"),
    ("CHAR", "VARYING"),
)

# Type, and the precision and scale it has without numbers of its own.
_TYPES: dict[tuple[str, ...], tuple[OracleType, int, int]] = {
    ("VARCHAR2",): (OracleType.VARCHAR2, 0, 0),
    ("VARCHAR",): (OracleType.VARCHAR2, 0, 0),
    ("NVARCHAR2",): (OracleType.VARCHAR2, 0, 0),
    ("CHARACTER", "VARYING"): (OracleType.VARCHAR2, 0, 0),
    ("CHAR", "VARYING"): (OracleType.VARCHAR2, 0, 0),
    ("STRING",): (OracleType.VARCHAR2, 0, 0),
    ("CHAR",): (OracleType.CHAR, 0, 0),
    ("CHARACTER",): (OracleType.CHAR, 0, 0),
    ("NCHAR",): (OracleType.CHAR, 0, 0),
    ("NUMBER",): (OracleType.NUMBER, 0, -127),
    ("NUMERIC",): (OracleType.NUMBER, 38, 0),
    ("DECIMAL",): (OracleType.NUMBER, 38, 0),
    ("DEC",): (OracleType.NUMBER, 38, 0),
    ("INTEGER",): (OracleType.NUMBER, 38, 0),
    ("INT",): (OracleType.NUMBER, 38, 0),
    ("SMALLINT",): (OracleType.NUMBER, 38, 0),
    ("FLOAT",): (OracleType.NUMBER, 126, -127),
    ("REAL",): (OracleType.NUMBER, 63, -127),
    ("DOUBLE", "PRECISION"): (OracleType.NUMBER, 126, -127),
    ("BINARY_FLOAT",): (OracleType.BINARY_FLOAT, 0, 0),
    ("BINARY_DOUBLE",): (OracleType.BINARY_DOUBLE, 0, 0),
    ("PLS_INTEGER",): (OracleType.BINARY_INTEGER, 0, 0),
    ("BINARY_INTEGER",): (OracleType.BINARY_INTEGER, 0, 0),
    ("SIMPLE_INTEGER",): (OracleType.BINARY_INTEGER, 0, 0),
    ("NATURAL",): (OracleType.BINARY_INTEGER, 0, 0),
    ("POSITIVE",): (OracleType.BINARY_INTEGER, 0, 0),
    ("DATE",): (OracleType.DATE, 0, 0),
    ("TIMESTAMP",): (OracleType.TIMESTAMP, 0, 6),
    ("TIMESTAMP", "WITH", "TIME", "ZONE"): (OracleType.TIMESTAMP_TZ, 0, 6),
    ("TIMESTAMP", "WITH", "LOCAL", "TIME", "ZONE"): (OracleType.TIMESTAMP_LTZ, 0, 6),
    ("INTERVAL", "DAY", "TO", "SECOND"): (OracleType.INTERVAL_DS, 2, 6),
    ("INTERVAL", "YEAR", "TO", "MONTH"): (OracleType.INTERVAL_YM, 2, 0),
    ("RAW",): (OracleType.RAW, 0, 0),
    ("LONG",): (OracleType.LONG, 0, 0),
    ("LONG", "RAW"): (OracleType.LONG_RAW, 0, 0),
    ("CLOB",): (OracleType.CLOB, 0, 0),
    ("NCLOB",): (OracleType.CLOB, 0, 0),
    ("BLOB",): (OracleType.BLOB, 0, 0),
    ("BOOLEAN",): (OracleType.BOOLEAN, 0, 0),
    ("BOOL",): (OracleType.BOOLEAN, 0, 0),
    ("ROWID",): (OracleType.ROWID, 0, 0),
    ("UROWID",): (OracleType.ROWID, 0, 0),
    ("SYS_REFCURSOR",): (OracleType.CURSOR, 0, 0),
    ("JSON",): (OracleType.JSON, 0, 0),
}
_FIRST_WORDS = {words[0] for words in _TYPES}
_SIZED = (OracleType.VARCHAR2, OracleType.CHAR, OracleType.RAW)


def parse_type(cursor: TokenCursor) -> TypeName:
    """A built-in type, a user type, `name%TYPE` or `name%ROWTYPE`."""
    token = cursor.current
    if token.kind is TokenKind.WORD and token.value in _FIRST_WORDS:
        return _built_in(cursor)
    name = cursor.name(code=902, message="invalid datatype")
    if cursor.current.is_symbol("%") and cursor.peek().is_word("TYPE", "ROWTYPE"):
        cursor.next()
        return TypeName(name=name, anchor=cursor.next().value)
    return TypeName(name=name)


def _built_in(cursor: TokenCursor) -> TypeName:
    phrase = next((words for words in _MULTI_WORD if cursor.accept_words(*words)), None)
    if phrase is None:
        phrase = (cursor.next().value,)
    if phrase == ("INTERVAL",):
        return _interval(cursor)
    arguments, unit = _numbers(cursor)
    if phrase == ("TIMESTAMP",):
        if cursor.accept_words("WITH", "LOCAL", "TIME", "ZONE"):
            phrase = ("TIMESTAMP", "WITH", "LOCAL", "TIME", "ZONE")
        elif cursor.accept_words("WITH", "TIME", "ZONE"):
            phrase = ("TIMESTAMP", "WITH", "TIME", "ZONE")
    return TypeName(phrase, arguments, unit)


def _interval(cursor: TokenCursor) -> TypeName:
    leading = cursor.expect_word("DAY", "YEAR")
    arguments = list(_numbers(cursor)[0])
    cursor.expect_word("TO")
    trailing = cursor.expect_word("SECOND" if leading == "DAY" else "MONTH")
    if arguments or cursor.current.is_symbol("("):
        arguments = [*(arguments or [2]), *_numbers(cursor)[0]]
    return TypeName(("INTERVAL", leading, "TO", trailing), tuple(arguments))


def _numbers(cursor: TokenCursor) -> tuple[tuple[int, ...], str | None]:
    """The numbers in brackets and BYTE or CHAR behind them; `*` for a precision is 38."""
    if not cursor.accept_symbol("("):
        return (), None
    found: list[int] = []
    while True:
        sign = -1 if cursor.accept_symbol("-") else 1
        if cursor.accept_symbol("*"):
            found.append(38)
        elif cursor.current.kind is TokenKind.NUMBER and cursor.current.value.isdigit():
            found.append(sign * int(cursor.next().value))
        else:
            cursor.fail(910, "specified length too long for its datatype")
        if not cursor.accept_symbol(","):
            break
    unit = cursor.accept_word("BYTE", "CHAR")
    cursor.expect_symbol(")")
    return tuple(found), unit


def to_column(name: str, type_name: TypeName, *, nullable: bool = True) -> Column:
    """The column a built-in type makes. Raises ORA-00902, 00906, 01727 or 00910 for what a column cannot be."""
    if type_name.name is not None or type_name.words not in _TYPES:
        raise OracleError(902, "invalid datatype")
    oracle_type, precision, scale = _TYPES[type_name.words]
    numbers = type_name.arguments
    size = 0
    if oracle_type in _SIZED:
        size = _size(oracle_type, numbers)
    elif oracle_type is OracleType.NUMBER and numbers:
        precision, scale = _precision(type_name.words, numbers)
    elif oracle_type in (OracleType.TIMESTAMP, OracleType.TIMESTAMP_TZ, OracleType.TIMESTAMP_LTZ):
        scale = numbers[0] if numbers else scale
    elif oracle_type is OracleType.INTERVAL_DS and numbers:
        precision, scale = numbers[0], numbers[1] if len(numbers) > 1 else scale
    return Column(name, oracle_type, size, precision, scale, nullable)


def _size(oracle_type: OracleType, numbers: tuple[int, ...]) -> int:
    if not numbers:
        if oracle_type is OracleType.CHAR:
            return 1
        raise OracleError(906, "missing left parenthesis")
    if numbers[0] < 1:
        raise OracleError(1723, "zero-length columns are not allowed")
    limit = 2000 if oracle_type is not OracleType.VARCHAR2 else 32767
    if numbers[0] > limit:
        raise OracleError(910, "specified length too long for its datatype")
    return numbers[0]


def _precision(words: tuple[str, ...], numbers: tuple[int, ...]) -> tuple[int, int]:
    if words == ("FLOAT",):
        return numbers[0], -127
    if not 1 <= numbers[0] <= 38:
        raise OracleError(1727, "numeric precision specifier is out of range (1 to 38)")
    scale = numbers[1] if len(numbers) > 1 else 0
    if not -84 <= scale <= 127:
        raise OracleError(1728, "numeric scale specifier is out of range (-84 to 127)")
    return numbers[0], scale
