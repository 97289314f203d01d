"""Operands with a syntax of their own: CASE, CAST, EXTRACT, TRIM, INTERVAL. `parse` reads the expressions inside them."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.sandbox.engine.sql.ast import (
    Case,
    Cast,
    Expression,
    Extract,
    IntervalLiteral,
    Trim,
    When,
)
from reconciler.sandbox.engine.sql.cursor import TokenCursor
from reconciler.sandbox.engine.sql.datatypes import parse_type
from reconciler.sandbox.engine.sql.lexer import TokenKind

Parse = Callable[[TokenCursor], Expression]

_FIELDS = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")


def interval(cursor: TokenCursor, text: str) -> IntervalLiteral:
    """INTERVAL '...' DAY TO SECOND and its kin, from behind the text."""
    leading = cursor.expect_word(*_FIELDS)
    _skip_precision(cursor)
    trailing = None
    if cursor.current.is_word("TO") and cursor.peek().is_word(*_FIELDS):
        cursor.next()
        trailing = cursor.next().value
        _skip_precision(cursor)
    return IntervalLiteral(text, leading, trailing)


def _skip_precision(cursor: TokenCursor) -> None:
    if cursor.current.is_symbol("(") and cursor.peek().kind is TokenKind.NUMBER:
        cursor.position += 2
        if cursor.accept_symbol(","):
            cursor.next()
        cursor.expect_symbol(")")


def case(cursor: TokenCursor, parse: Parse) -> Case:
    """CASE ... END, with or without an operand."""
    cursor.expect_word("CASE")
    operand = None if cursor.current.is_word("WHEN") else parse(cursor)
    whens = []
    while cursor.accept_word("WHEN"):
        condition = parse(cursor)
        cursor.expect_word("THEN")
        whens.append(When(condition, parse(cursor)))
    if not whens:
        cursor.fail(905, "missing keyword")
    otherwise = parse(cursor) if cursor.accept_word("ELSE") else None
    cursor.expect_word("END")
    return Case(tuple(whens), operand, otherwise)


def cast(cursor: TokenCursor, parse: Parse) -> Cast:
    """CAST(operand AS type)."""
    cursor.next()
    cursor.expect_symbol("(")
    operand = parse(cursor)
    cursor.expect_word("AS")
    type_name = parse_type(cursor)
    cursor.expect_symbol(")")
    return Cast(operand, type_name)


def extract(cursor: TokenCursor, parse: Parse) -> Extract:
    """EXTRACT(field FROM operand). Raises ORA-30076 for an unknown field."""
    cursor.next()
    cursor.expect_symbol("(")
    field = cursor.expect_word(
        *_FIELDS,
        "TIMEZONE_HOUR",
        "TIMEZONE_MINUTE",
        "TIMEZONE_REGION",
        "TIMEZONE_ABBR",
        code=30076,
        message="invalid extract field for extract source",
    )
    cursor.expect_word("FROM")
    operand = parse(cursor)
    cursor.expect_symbol(")")
    return Extract(field, operand)


def trim(cursor: TokenCursor, parse: Parse) -> Trim:
    """TRIM([LEADING | TRAILING | BOTH] [characters FROM] operand)."""
    cursor.next()
    cursor.expect_symbol("(")
    mode = cursor.accept_word("LEADING", "TRAILING", "BOTH") or "BOTH"
    characters = None
    if not cursor.accept_word("FROM"):
        operand = parse(cursor)
        if not cursor.accept_word("FROM"):
            cursor.expect_symbol(")")
            return Trim(operand, mode)
        characters = operand
    operand = parse(cursor)
    cursor.expect_symbol(")")
    return Trim(operand, mode, characters)
