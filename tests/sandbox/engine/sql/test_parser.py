"""Laws of lexer and parser: text made from a tree gives the tree back, quoting is undone, brackets and case change nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.sandbox.engine.sql import ast
from reconciler.sandbox.engine.sql.cursor import RESERVED, TokenCursor
from reconciler.sandbox.engine.sql.expressions import parse_expression, parse_expression_text
from reconciler.sandbox.engine.sql.lexer import TokenKind, prepare, tokens
from reconciler.sandbox.engine.sql.parser import parse_change, parse_query
from reconciler.sandbox.seam import OracleError

_SPECIAL = {
    "NULL",
    "TRUE",
    "FALSE",
    "DEFAULT",
    "CASE",
    "CAST",
    "EXTRACT",
    "TRIM",
    "EXISTS",
    "CURSOR",
    "PRIOR",
    "DATE",
    "END",
}
_SPECIAL |= {"MOD", "REM", "TIMESTAMP", "INTERVAL", "AT", "WHEN", "ESCAPE", "Q", "NQ", "N"}
_words = st.from_regex(r"[A-Z][A-Z0-9_$#]{0,6}", fullmatch=True).filter(
    lambda word: word not in RESERVED | _SPECIAL
)
_quoted = st.text(
    st.characters(blacklist_characters='"\0', blacklist_categories=("Cs",)), min_size=1, max_size=8
)
_identifiers = st.one_of(
    _words.map(lambda word: (ast.Identifier(word), word.lower())),
    _quoted.map(lambda name: (ast.Identifier(name, quoted=True), f'"{name}"')),
)


def _literal_text(value: Any) -> Any:
    return "'" + value.replace("'", "''") + "'"


_texts = st.text(st.characters(blacklist_categories=("Cs",)), max_size=10)
_names = st.lists(_identifiers, min_size=1, max_size=3).map(
    lambda parts: (ast.Name(tuple(part for part, _ in parts)), ".".join(text for _, text in parts))
)
_leaves = st.one_of(
    _texts.map(lambda value: (ast.Text(value), _literal_text(value))),
    st.integers(0, 10**12).map(lambda value: (ast.Number(Decimal(value)), str(value))),
    st.just((ast.Null(), "null")),
    _words.map(lambda word: (ast.BindRef(word), f":{word}")),
    _names,
)
_OPERATORS = ("+", "-", "*", "/", "||", "**", "=", "<>", "<", "<=", ">", ">=", "AND", "OR", "MOD")


def _compound(children: Any) -> Any:
    pair = st.tuples(children, children)
    return st.one_of(
        st.tuples(st.sampled_from(_OPERATORS), pair).map(
            lambda item: (
                ast.Binary(item[0], item[1][0][0], item[1][1][0]),
                f"({item[1][0][1]}) {item[0]} ({item[1][1][1]})",
            )
        ),
        children.map(lambda item: (ast.Unary("NOT", item[0]), f"not ({item[1]})")),
        children.map(lambda item: (ast.Unary("-", item[0]), f"-({item[1]})")),
        children.map(lambda item: (ast.IsNull(item[0], negated=True), f"({item[1]}) is not null")),
        pair.map(
            lambda item: (ast.Like(item[0][0], item[1][0]), f"({item[0][1]}) like ({item[1][1]})")
        ),
        st.tuples(children, children, children).map(
            lambda item: (
                ast.Between(*(part for part, _ in item)),
                "({}) between ({}) and ({})".format(*(text for _, text in item)),
            )
        ),
        st.tuples(children, st.lists(children, min_size=1, max_size=3)).map(
            lambda item: (
                ast.InList(item[0][0], tuple(part for part, _ in item[1])),
                f"({item[0][1]}) in ({', '.join(f'({text})' for _, text in item[1])})",
            )
        ),
        st.tuples(_words, st.lists(children, max_size=3)).map(
            lambda item: (
                ast.Call(
                    ast.Name((ast.Identifier(item[0]),)),
                    tuple(ast.Argument(part) for part, _ in item[1]),
                ),
                f"{item[0]}({', '.join(text for _, text in item[1])})",
            )
        ),
        pair.map(
            lambda item: (
                ast.Case((ast.When(item[0][0], item[1][0]),)),
                f"case when {item[0][1]} then {item[1][1]} end",
            )
        ),
    )


_expressions = st.recursive(_leaves, _compound, max_leaves=8)


@settings(deadline=None)
@given(_expressions)
def test_text_made_from_a_tree_parses_to_that_tree(pair: Any) -> None:
    tree, text = pair
    assert parse_expression_text(text) == tree


@settings(deadline=None)
@given(_expressions)
def test_brackets_comments_and_white_space_change_nothing(pair: Any) -> None:
    tree, text = pair
    assert parse_expression_text(f"( /* a ' b */ {text} -- c\n )") == tree


@settings(deadline=None)
@given(_texts)
def test_a_string_literal_means_what_was_quoted(value: Any) -> None:
    (token,) = tokens(_literal_text(value))
    assert (token.kind, token.value) == (TokenKind.STRING, value)


@settings(deadline=None)
@given(_texts.filter(lambda value: "]'" not in value))
def test_a_q_quoted_literal_is_taken_as_it_stands(value: Any) -> None:
    (token,) = tokens(f"q'[{value}]'")
    assert token.value == value


@settings(deadline=None)
@given(st.text(max_size=60))
@example("0K")
@example("SELECT 1M FROM dual")
@example(text="0E")
def test_any_text_either_parses_or_is_an_oracle_error(text: Any) -> None:
    for parse in (parse_expression_text, parse_query, parse_change):
        try:
            parse(text)
        except OracleError as error:
            assert error.code > 0


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("1 + 2 * 3", "1 + (2 * 3)"),
        ("1 - 2 - 3", "(1 - 2) - 3"),
        ("a || b + c", "(a || b) + c"),
        ("-2 ** 2", "-(2 ** 2)"),
        ("2 ** -1", "2 ** (-1)"),
        ("NOT a = b AND c", "(NOT (a = b)) AND c"),
        ("a OR b AND c", "a OR (b AND c)"),
        ("a != b", "a <> b"),
        ("a ^= b", "a <> b"),
        ("x BETWEEN 1 AND 2 AND y", "(x BETWEEN 1 AND 2) AND y"),
        ("a IS NOT NULL AND b", "(a IS NOT NULL) AND b"),
        ("f(1)(2).c", "f(1)(2).c"),
        ("((SELECT 1 FROM dual))", "(SELECT 1 FROM dual)"),
    ],
)
def test_operators_bind_as_in_oracle(text: Any, same_as: Any) -> None:
    assert parse_expression_text(text) == parse_expression_text(same_as)


def test_what_plsql_adds_to_expressions_is_read_too() -> None:
    name = ast.Name((ast.Identifier("S"),))
    index = ast.Call(name, (ast.Argument(ast.Name((ast.Identifier("I"),))),))
    assert parse_expression_text("s(i)") == index
    assert parse_expression_text("s(i).x") == ast.Member(index, ast.Identifier("X"))
    assert parse_expression_text("SQL%ROWCOUNT") == ast.Attribute(
        ast.Name((ast.Identifier("SQL"),)), "ROWCOUNT"
    )
    assert parse_expression_text("s(x => 1)") == ast.Call(
        name, (ast.Argument(ast.Number(Decimal(1)), "X"),)
    )


def test_an_expression_ends_where_it_cannot_go_on() -> None:
    cursor = TokenCursor.of("a + 1 .. 10 loop")
    parse_expression(cursor)
    assert cursor.current.is_symbol("..")


@pytest.mark.parametrize(
    ("text", "names", "returning"),
    [
        ("SELECT :a, :b, :A FROM dual", ("A", "B", "A"), None),
        ("INSERT INTO t VALUES (:1, ':x', :2) RETURNING a INTO :r", ("1", "2", "R"), 2),
        (
            "UPDATE t SET a = :v WHERE b = 'RETURNING' RETURNING a, b INTO :x, :y",
            ("V", "X", "Y"),
            1,
        ),
        # Drivers send a value for each bind behind RETURN, so it must be read as one.
        ("UPDATE t SET a = :v RETURN a, b INTO :x, :y", ("V", "X", "Y"), None),
        ('SELECT :"low", :Low FROM dual -- :no', ("low", "LOW"), None),
    ],
)
def test_binds_are_found_in_wire_order(text: Any, names: Any, returning: Any) -> None:
    prepared = prepare(text)
    assert (prepared.bind_names, prepared.returning_from) == (names, returning)
