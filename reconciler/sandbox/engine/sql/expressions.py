"""Recursive-descent parser of expressions and conditions, for SQL and PL/SQL alike.

From loosest to tightest: OR, AND, NOT, comparisons, + - ||, * / MOD REM, signs and PRIOR, **, postfix (`.x`, `(..)`, `%x`,
AT TIME ZONE).
"""

from __future__ import annotations

from decimal import Decimal

from reconciler.sandbox.engine.sql import special_forms
from reconciler.sandbox.engine.sql.ast import (
    Argument,
    AtTimeZone,
    Attribute,
    Between,
    Binary,
    BindRef,
    Boolean,
    Call,
    CursorQuery,
    DateLiteral,
    Default,
    Exists,
    Expression,
    InList,
    InQuery,
    IsBoolean,
    IsNull,
    Like,
    Member,
    Name,
    Null,
    Number,
    OrderItem,
    OuterMark,
    Quantified,
    Query,
    Row,
    ScalarQuery,
    Text,
    TimestampLiteral,
    Unary,
    Window,
)
from reconciler.sandbox.engine.sql.cursor import RESERVED, TokenCursor, to_identifier
from reconciler.sandbox.engine.sql.lexer import TokenKind

_COMPARISONS = {"=": "=", "<>": "<>", "!=": "<>", "^=": "<>", "~=": "<>", "<": "<", "<=": "<="}
_COMPARISONS |= {">": ">", ">=": ">="}
_SIZE_UNITS = frozenset("KMGTPE")  # what the lexer takes for a size, as in QUOTA 10M


def parse_expression(cursor: TokenCursor) -> Expression:
    """One expression or condition from the cursor's position; stops before the first token that cannot continue it."""
    left = _conjunction(cursor)
    while cursor.accept_word("OR"):
        left = Binary("OR", left, _conjunction(cursor))
    return left


def parse_expression_text(text: str) -> Expression:
    """A whole text as one expression. Raises ORA-00933 if something follows."""
    cursor = TokenCursor.of(text)
    found = parse_expression(cursor)
    if not cursor.at_end:
        cursor.fail(933, "SQL command not properly ended")
    return found


def parse_expressions(cursor: TokenCursor) -> tuple[Expression, ...]:
    """One or more expressions with commas between."""
    found = [parse_expression(cursor)]
    while cursor.accept_symbol(","):
        found.append(parse_expression(cursor))
    return tuple(found)


def parse_order_items(cursor: TokenCursor) -> tuple[OrderItem, ...]:
    """What follows ORDER BY."""
    found = [_order_item(cursor)]
    while cursor.accept_symbol(","):
        found.append(_order_item(cursor))
    return tuple(found)


def _order_item(cursor: TokenCursor) -> OrderItem:
    expression = parse_expression(cursor)
    descending = cursor.accept_word("ASC", "DESC") == "DESC"
    nulls_first = None
    if cursor.accept_word("NULLS"):
        nulls_first = cursor.expect_word("FIRST", "LAST") == "FIRST"
    return OrderItem(expression, descending, nulls_first)


def _conjunction(cursor: TokenCursor) -> Expression:
    left = _negation(cursor)
    while cursor.accept_word("AND"):
        left = Binary("AND", left, _negation(cursor))
    return left


def _negation(cursor: TokenCursor) -> Expression:
    if cursor.accept_word("NOT"):
        return Unary("NOT", _negation(cursor))
    return _comparison(cursor)


def _comparison(cursor: TokenCursor) -> Expression:
    left = _sum(cursor)
    while True:
        token = cursor.current
        if token.kind is TokenKind.SYMBOL and token.value in _COMPARISONS:
            cursor.next()
            left = _compared(cursor, left, _COMPARISONS[token.value])
        elif token.is_word("IS"):
            cursor.next()
            left = _is(cursor, left)
        elif token.is_word("BETWEEN", "IN", "LIKE") or (
            token.is_word("NOT") and cursor.peek().is_word("BETWEEN", "IN", "LIKE")
        ):
            left = _membership(cursor, left)
        else:
            return left


def _compared(cursor: TokenCursor, left: Expression, operator: str) -> Expression:
    quantifier = cursor.accept_word("ANY", "SOME", "ALL")
    if quantifier is None:
        return Binary(operator, left, _sum(cursor))
    quantifier = "ANY" if quantifier == "SOME" else quantifier
    query = _bracketed_query(cursor)
    if query is not None:
        return Quantified(operator, left, quantifier, query=query)
    return Quantified(operator, left, quantifier, _bracketed_list(cursor))


def _is(cursor: TokenCursor, left: Expression) -> Expression:
    negated = cursor.accept_word("NOT") is not None
    if cursor.accept_word("NULL"):
        return IsNull(left, negated)
    word = cursor.expect_word("TRUE", "FALSE", code=908, message="missing NULL keyword")
    return IsBoolean(left, word == "TRUE", negated)


def _membership(cursor: TokenCursor, left: Expression) -> Expression:
    negated = cursor.accept_word("NOT") is not None
    if cursor.accept_word("BETWEEN"):
        low = _sum(cursor)
        cursor.expect_word("AND")
        return Between(left, low, _sum(cursor), negated)
    if cursor.accept_word("LIKE"):
        pattern = _sum(cursor)
        escape = _sum(cursor) if cursor.accept_word("ESCAPE") else None
        return Like(left, pattern, escape, negated)
    cursor.expect_word("IN")
    query = _bracketed_query(cursor)
    if query is not None:
        return InQuery(left, query, negated)
    if not cursor.current.is_symbol("("):
        return InList(left, (_sum(cursor),), negated)
    return InList(left, _bracketed_list(cursor), negated)


def _bracketed_list(cursor: TokenCursor) -> tuple[Expression, ...]:
    cursor.expect_symbol("(")
    items = parse_expressions(cursor)
    cursor.expect_symbol(")")
    return items


def _bracketed_query(cursor: TokenCursor) -> Query | None:
    """`(SELECT ...)` with any number of brackets around, else nothing consumed."""
    depth = 0
    while cursor.peek(depth).is_symbol("("):
        depth += 1
    if not depth or not cursor.peek(depth).is_word("SELECT", "WITH"):
        return None
    if depth > 1 and not _closes_together(cursor, depth):
        return None
    from reconciler.sandbox.engine.sql.queries import parse_query

    cursor.expect_symbol("(")
    query = parse_query(cursor)
    cursor.expect_symbol(")")
    return query


def _closes_together(cursor: TokenCursor, depth: int) -> bool:
    """Whether `((SELECT ..) ..)` is a query in more brackets and not an expression that starts with one."""
    level, offset = depth, depth
    while level >= depth:
        token = cursor.peek(offset)
        if token.kind is TokenKind.END:
            return False
        level += 1 if token.is_symbol("(") else -1 if token.is_symbol(")") else 0
        offset += 1
    return cursor.peek(offset).is_symbol(")") or cursor.peek(offset).is_word(
        "UNION", "MINUS", "INTERSECT", "EXCEPT", "ORDER"
    )


def _sum(cursor: TokenCursor) -> Expression:
    left = _product(cursor)
    while True:
        operator = cursor.accept_symbol("+", "-", "||")
        if operator is None:
            return left
        left = Binary(operator, left, _product(cursor))


def _product(cursor: TokenCursor) -> Expression:
    left = _signed(cursor)
    while True:
        if cursor.current.is_word("MOD", "REM") and _starts_operand(cursor, 1):
            operator: str | None = cursor.next().value
        else:
            operator = cursor.accept_symbol("*", "/")
        if operator is None:
            return left
        left = Binary(operator, left, _signed(cursor))


def _starts_operand(cursor: TokenCursor, distance: int) -> bool:
    token = cursor.peek(distance)
    if token.kind is TokenKind.WORD:
        return token.value not in RESERVED
    return token.kind in (TokenKind.NUMBER, TokenKind.BIND, TokenKind.QUOTED) or token.is_symbol(
        "("
    )


def _signed(cursor: TokenCursor) -> Expression:
    sign = cursor.accept_symbol("-", "+")
    if sign:
        return Unary(sign, _signed(cursor))
    if cursor.current.is_word("PRIOR"):
        cursor.next()
        return Unary("PRIOR", _signed(cursor))
    base = _postfix(cursor, _primary(cursor))
    if cursor.accept_symbol("**"):
        return Binary("**", base, _signed(cursor))
    return base


def _postfix(cursor: TokenCursor, operand: Expression) -> Expression:
    while True:
        token = cursor.current
        if token.is_symbol("(") and isinstance(operand, Name | Call | Member | Attribute):
            if cursor.peek().is_symbol("+") and cursor.peek(2).is_symbol(")"):
                if not isinstance(operand, Name):
                    return operand
                cursor.position += 3
                return OuterMark(operand)
            operand = _call(cursor, operand)
        elif token.is_symbol(".") and isinstance(operand, Call) and cursor.peek().is_identifier:
            cursor.next()
            operand = Member(operand, to_identifier(cursor.next()))
        elif token.is_symbol("%") and isinstance(operand, Name) and cursor.peek().is_identifier:
            cursor.next()
            operand = Attribute(operand, cursor.next().value)
        elif cursor.accept_words("AT", "TIME", "ZONE"):
            operand = AtTimeZone(operand, _signed(cursor))
        elif cursor.accept_words("AT", "LOCAL"):
            operand = AtTimeZone(operand)
        else:
            return operand


def _call(cursor: TokenCursor, target: Expression) -> Call:
    start = target.start if isinstance(target, Name) else -1
    cursor.expect_symbol("(")
    if cursor.accept_symbol("*"):
        cursor.expect_symbol(")")
        return Call(target, star=True, over=_over(cursor), start=start)
    distinct = cursor.accept_word("DISTINCT", "UNIQUE", "ALL") in ("DISTINCT", "UNIQUE")
    arguments: list[Argument] = []
    while not cursor.current.is_symbol(")"):
        arguments.append(_argument(cursor))
        if not cursor.accept_symbol(","):
            break
    cursor.expect_symbol(")")
    within: tuple[OrderItem, ...] = ()
    if cursor.accept_words("WITHIN", "GROUP"):
        cursor.expect_symbol("(")
        cursor.expect_word("ORDER")
        cursor.expect_word("BY")
        within = parse_order_items(cursor)
        cursor.expect_symbol(")")
    return Call(target, tuple(arguments), distinct, False, within, _over(cursor), start=start)


def _argument(cursor: TokenCursor) -> Argument:
    if cursor.current.is_identifier and cursor.peek().is_symbol("=>"):
        name = cursor.next().value
        cursor.next()
        return Argument(_argument_value(cursor), name)
    return Argument(_argument_value(cursor))


def _argument_value(cursor: TokenCursor) -> Expression:
    query = _bare_query(cursor)
    return parse_expression(cursor) if query is None else ScalarQuery(query)


def _bare_query(cursor: TokenCursor) -> Query | None:
    """A subquery whose brackets are those of the call around it."""
    if not cursor.current.is_word("SELECT", "WITH"):
        return None
    from reconciler.sandbox.engine.sql.queries import parse_query

    return parse_query(cursor)


def _over(cursor: TokenCursor) -> Window | None:
    if not (cursor.current.is_word("OVER") and cursor.peek().is_symbol("(")):
        return None
    cursor.next()
    cursor.expect_symbol("(")
    partition: tuple[Expression, ...] = ()
    order: tuple[OrderItem, ...] = ()
    if cursor.accept_words("PARTITION", "BY"):
        partition = parse_expressions(cursor)
    if cursor.accept_words("ORDER", "BY"):
        order = parse_order_items(cursor)
    words = []
    while not cursor.current.is_symbol(")") and not cursor.at_end:
        words.append(cursor.next().value)
    cursor.expect_symbol(")")
    return Window(partition, order, " ".join(words) or None)


def _primary(cursor: TokenCursor) -> Expression:
    token = cursor.current
    if token.kind is TokenKind.STRING:
        return Text(cursor.next().value)
    if token.kind is TokenKind.NUMBER:
        text = cursor.current.value.upper()
        if text[-1] in _SIZE_UNITS:
            cursor.fail(3001, "unimplemented feature: a name right behind a number")
        cursor.next()
        binary = text[-1] if text[-1] in "FD" else ""
        return Number(Decimal(text.rstrip("FD")), binary)
    if token.kind is TokenKind.BIND:
        cursor.next()
        return BindRef(token.value, cursor.bind_index(token), start=token.start)
    if token.is_symbol("("):
        return _bracketed(cursor)
    if token.kind is TokenKind.WORD:
        special = _special(cursor, token.value)
        if special is not None:
            return special
    if token.kind is TokenKind.QUOTED or (
        token.kind is TokenKind.WORD and token.value not in RESERVED
    ):
        return cursor.name(code=936, message="missing expression")
    return cursor.fail(936, "missing expression")


def _bracketed(cursor: TokenCursor) -> Expression:
    query = _bracketed_query(cursor)
    if query is not None:
        return ScalarQuery(query)
    items = _bracketed_list(cursor)
    return items[0] if len(items) == 1 else Row(items)


def _special(cursor: TokenCursor, word: str) -> Expression | None:
    """Operands with a syntax of their own; None when the word is an ordinary name here."""
    following = cursor.peek()
    if word in ("NULL", "TRUE", "FALSE", "DEFAULT"):
        if following.is_symbol(".", "("):
            return None
        cursor.next()
        if word == "NULL":
            return Null()
        return Default() if word == "DEFAULT" else Boolean(word == "TRUE")
    if following.kind is TokenKind.STRING and word in ("DATE", "TIMESTAMP", "INTERVAL"):
        cursor.next()
        text = cursor.next().value
        if word == "INTERVAL":
            return special_forms.interval(cursor, text)
        return DateLiteral(text) if word == "DATE" else TimestampLiteral(text)
    if word == "CASE":
        return special_forms.case(cursor, parse_expression)
    if following.is_symbol("("):
        return _special_call(cursor, word)
    return None


def _special_call(cursor: TokenCursor, word: str) -> Expression | None:
    if word in ("EXISTS", "CURSOR"):
        start = cursor.position
        cursor.next()
        query = _bracketed_query(cursor)
        if query is None:
            cursor.position = (
                start  # EXISTS is also a method name in PL/SQL, CURSOR starts a declaration
            )
            return None
        return Exists(query) if word == "EXISTS" else CursorQuery(query)
    if word == "CAST":
        return special_forms.cast(cursor, parse_expression)
    if word == "EXTRACT":
        return special_forms.extract(cursor, parse_expression)
    return special_forms.trim(cursor, parse_expression) if word == "TRIM" else None
