"""Parser of queries, down to the clauses of one query block."""

from __future__ import annotations

from decimal import Decimal

from reconciler.sandbox.engine.sql.ast import (
    CommonTable,
    ConnectBy,
    DerivedTable,
    Expression,
    Fetch,
    ForUpdate,
    Identifier,
    Into,
    Join,
    Name,
    Number,
    OrderItem,
    Query,
    Select,
    SelectItem,
    SetOperation,
    Source,
    Star,
    TableRef,
)
from reconciler.sandbox.engine.sql.cursor import RESERVED, TokenCursor, to_identifier
from reconciler.sandbox.engine.sql.expressions import (
    parse_expression,
    parse_expressions,
    parse_order_items,
)
from reconciler.sandbox.engine.sql.lexer import TokenKind

_JOIN_WORDS = ("JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL")
# Words that end a table reference although Oracle does not reserve them.
_NO_TABLE_ALIAS = frozenset(
    (*_JOIN_WORDS, "OUTER", "USING", "WHEN", "OFFSET", "LOG", "RETURNING", "RETURN")
)
_UNSUPPORTED_BEHIND_TABLE = ("SAMPLE", "PIVOT", "UNPIVOT", "PARTITION", "MATCH_RECOGNIZE")
_NO_COLUMN_ALIAS = frozenset(("BULK",))


def parse_query(cursor: TokenCursor) -> Query:
    """A whole query with WITH, set operations, ORDER BY, FETCH and FOR UPDATE; stops at what cannot belong to it."""
    with_ = _with(cursor) if cursor.accept_word("WITH") else ()
    body = _set_operations(cursor)
    order_by: tuple[OrderItem, ...] = ()
    fetch: Fetch | None = None
    for_update: ForUpdate | None = None
    if cursor.accept_words("ORDER", "SIBLINGS", "BY"):
        cursor.fail(3001, "unimplemented feature: ORDER SIBLINGS BY")
    if cursor.accept_words("ORDER", "BY"):
        order_by = parse_order_items(cursor)
    fetch = _fetch(cursor)
    if cursor.current.is_word("FOR") and cursor.peek().is_word("UPDATE"):
        for_update = _for_update(cursor)
    return Query(body, with_, order_by, fetch, for_update)


def _with(cursor: TokenCursor) -> tuple[CommonTable, ...]:
    found = [_common_table(cursor)]
    while cursor.accept_symbol(","):
        found.append(_common_table(cursor))
    return tuple(found)


def _common_table(cursor: TokenCursor) -> CommonTable:
    if cursor.current.is_word("FUNCTION", "PROCEDURE"):
        cursor.fail(3001, "unimplemented feature: WITH FUNCTION")
    name = cursor.identifier()
    columns = _identifier_list(cursor) if cursor.current.is_symbol("(") else ()
    cursor.expect_word("AS")
    cursor.expect_symbol("(")
    query = parse_query(cursor)
    cursor.expect_symbol(")")
    if cursor.current.is_word("SEARCH", "CYCLE"):
        cursor.fail(3001, "unimplemented feature: SEARCH and CYCLE of a recursive WITH")
    return CommonTable(name, columns, query)


def _identifier_list(cursor: TokenCursor) -> tuple[Identifier, ...]:
    cursor.expect_symbol("(")
    found = [cursor.identifier()]
    while cursor.accept_symbol(","):
        found.append(cursor.identifier())
    cursor.expect_symbol(")")
    return tuple(found)


def _set_operations(cursor: TokenCursor) -> Select | SetOperation | Query:
    """Oracle's set operators have one precedence and group from the left."""
    left: Select | SetOperation | Query = _block(cursor)
    while True:
        word = cursor.accept_word("UNION", "INTERSECT", "MINUS", "EXCEPT")
        if word is None:
            return left
        operator = "MINUS" if word == "EXCEPT" else word
        if cursor.accept_word("ALL"):
            operator = f"{operator} ALL"
        left = SetOperation(operator, left, _block(cursor))


def _block(cursor: TokenCursor) -> Select | SetOperation | Query:
    if cursor.accept_symbol("("):
        query = parse_query(cursor)
        cursor.expect_symbol(")")
        simple = not (query.with_ or query.order_by or query.fetch or query.for_update)
        return query.body if simple else query
    cursor.expect_word("SELECT", code=928, message="missing SELECT keyword")
    distinct = cursor.accept_word("DISTINCT", "UNIQUE", "ALL") in ("DISTINCT", "UNIQUE")
    items = _items(cursor)
    into = parse_into(cursor)
    sources = _sources(cursor) if cursor.accept_word("FROM") else ()
    if not sources and not _may_end_items(cursor):
        cursor.fail(923, "FROM keyword not found where expected")
    where = parse_expression(cursor) if cursor.accept_word("WHERE") else None
    connect_by = _connect_by(cursor)
    group_by: tuple[Expression, ...] = ()
    if cursor.accept_words("GROUP", "BY"):
        group_by = parse_expressions(cursor)
    having = parse_expression(cursor) if cursor.accept_word("HAVING") else None
    return Select(items, sources, where, group_by, having, distinct, connect_by, into)


def _may_end_items(cursor: TokenCursor) -> bool:
    token = cursor.current
    return (
        token.kind is TokenKind.END
        or token.is_symbol(")", ";")
        or token.is_word(
            *("WHERE", "GROUP", "HAVING", "ORDER", "FETCH", "OFFSET", "FOR"),
            *("UNION", "INTERSECT", "MINUS", "EXCEPT", "CONNECT", "START"),
        )
    )


def _items(cursor: TokenCursor) -> tuple[SelectItem, ...]:
    found = [_item(cursor)]
    while cursor.accept_symbol(","):
        found.append(_item(cursor))
    return tuple(found)


def _item(cursor: TokenCursor) -> SelectItem:
    if cursor.accept_symbol("*"):
        return SelectItem(Star())
    star = _qualified_star(cursor)
    if star is not None:
        return SelectItem(star)
    first = cursor.position
    expression = parse_expression(cursor)
    label = "".join(token.text for token in cursor.tokens[first : cursor.position]).upper()
    if cursor.accept_word("AS"):
        return SelectItem(expression, cursor.identifier(code=923, message=_NO_FROM), label)
    token = cursor.current
    if token.kind is TokenKind.QUOTED or (
        token.kind is TokenKind.WORD
        and token.value not in RESERVED
        and token.value not in _NO_COLUMN_ALIAS
    ):
        return SelectItem(expression, to_identifier(cursor.next()), label)
    return SelectItem(expression, None, label)


_NO_FROM = "FROM keyword not found where expected"


def _qualified_star(cursor: TokenCursor) -> Star | None:
    offset = 0
    while cursor.peek(offset).is_identifier and cursor.peek(offset + 1).is_symbol("."):
        offset += 2
    if not offset or not cursor.peek(offset).is_symbol("*"):
        return None
    start = cursor.current.start
    parts = tuple(to_identifier(cursor.peek(index)) for index in range(0, offset, 2))
    cursor.position += offset + 1
    return Star(Name(parts, start=start))


def parse_into(cursor: TokenCursor) -> Into | None:
    """[BULK COLLECT] INTO targets, None when it is not there."""
    bulk = cursor.accept_words("BULK", "COLLECT")
    if not cursor.accept_word("INTO"):
        return cursor.fail(905, "missing keyword") if bulk else None
    return Into(parse_expressions(cursor), bulk)


def _sources(cursor: TokenCursor) -> tuple[Source, ...]:
    found = [parse_source(cursor)]
    while cursor.accept_symbol(","):
        found.append(parse_source(cursor))
    return tuple(found)


def parse_source(cursor: TokenCursor) -> Source:
    """A table, a view, a subquery or a chain of joins."""
    left = _single_source(cursor)
    while cursor.current.is_word(*_JOIN_WORDS):
        left = _join(cursor, left)
    return left


def _join(cursor: TokenCursor, left: Source) -> Join:
    natural = cursor.accept_word("NATURAL") is not None
    kind = cursor.accept_word("INNER", "LEFT", "RIGHT", "FULL", "CROSS") or "INNER"
    if kind in ("LEFT", "RIGHT", "FULL"):
        cursor.accept_word("OUTER")
    cursor.expect_word("JOIN")
    right = _single_source(cursor)
    if natural or kind == "CROSS":
        return Join(kind, left, right, natural=natural)
    if cursor.accept_word("ON"):
        return Join(kind, left, right, on=parse_expression(cursor))
    if cursor.accept_word("USING"):
        return Join(kind, left, right, using=_identifier_list(cursor))
    return cursor.fail(905, "missing keyword")


def _single_source(cursor: TokenCursor) -> Source:
    if cursor.accept_symbol("("):
        if query_follows(cursor):
            query = parse_query(cursor)
            cursor.expect_symbol(")")
            return DerivedTable(query, table_alias(cursor))
        source = parse_source(cursor)
        cursor.expect_symbol(")")
        return source
    if cursor.current.is_word("LATERAL") and cursor.peek().is_symbol("("):
        cursor.fail(3001, "unimplemented feature: LATERAL")
    if cursor.current.is_word("TABLE") and cursor.peek().is_symbol("("):
        cursor.fail(3001, "unimplemented feature: TABLE()")
    return table_reference(cursor)


def query_follows(cursor: TokenCursor) -> bool:
    """Whether a query comes next, in brackets or not."""
    offset = 0
    while cursor.peek(offset).is_symbol("("):
        offset += 1
    return cursor.peek(offset).is_word("SELECT", "WITH")


def table_reference(cursor: TokenCursor) -> TableRef:
    """A table or view by name, with its alias."""
    name = cursor.name()
    if cursor.current.is_symbol("@"):
        cursor.fail(3001, "unimplemented feature: database links")
    if cursor.current.is_symbol("("):
        cursor.fail(3001, "unimplemented feature: table functions")
    clause = cursor.current
    if clause.is_word(*_UNSUPPORTED_BEHIND_TABLE) and cursor.peek().is_symbol("("):
        cursor.fail(3001, f"unimplemented feature: {clause.value}")
    if cursor.current.is_word("AS") and cursor.peek().is_word("OF"):
        cursor.fail(3001, "unimplemented feature: flashback query")
    return TableRef(name, table_alias(cursor))


def table_alias(cursor: TokenCursor) -> Identifier | None:
    """An alias behind a table; release 23 and the parser here accept no AS."""
    token = cursor.current
    if token.kind is TokenKind.QUOTED or (
        token.kind is TokenKind.WORD
        and token.value not in RESERVED
        and token.value not in _NO_TABLE_ALIAS
    ):
        return to_identifier(cursor.next())
    return None


def _connect_by(cursor: TokenCursor) -> ConnectBy | None:
    start_with = None
    if cursor.accept_words("START", "WITH"):
        start_with = parse_expression(cursor)
    if not cursor.accept_words("CONNECT", "BY"):
        if start_with is not None:
            cursor.fail(1788, "CONNECT BY clause required in this query block")
        return None
    no_cycle = cursor.accept_word("NOCYCLE") is not None
    condition = parse_expression(cursor)
    if start_with is None and cursor.accept_words("START", "WITH"):
        start_with = parse_expression(cursor)
    return ConnectBy(condition, start_with, no_cycle)


def _fetch(cursor: TokenCursor) -> Fetch | None:
    offset: Expression | None = None
    if cursor.accept_word("OFFSET"):
        offset = parse_expression(cursor)
        cursor.expect_word("ROW", "ROWS")
    if not cursor.current.is_word("FETCH"):
        return None if offset is None else Fetch(None, offset)
    cursor.next()
    cursor.expect_word("FIRST", "NEXT")
    one = cursor.current.is_word("ROW", "ROWS")
    rows = Number(Decimal(1)) if one else parse_expression(cursor)
    percent = cursor.accept_word("PERCENT") is not None
    cursor.expect_word("ROW", "ROWS")
    if cursor.accept_word("ONLY"):
        return Fetch(rows, offset, percent)
    cursor.expect_word("WITH")
    cursor.expect_word("TIES")
    return Fetch(rows, offset, percent, with_ties=True)


def _for_update(cursor: TokenCursor) -> ForUpdate:
    cursor.accept_words("FOR", "UPDATE")
    columns: list[Name] = []
    if cursor.accept_word("OF"):
        columns.append(cursor.name())
        while cursor.accept_symbol(","):
            columns.append(cursor.name())
    wait = ""
    if cursor.accept_word("NOWAIT"):
        wait = "NOWAIT"
    elif cursor.accept_word("WAIT"):
        wait = f"WAIT {cursor.next().value}"
    elif cursor.accept_words("SKIP", "LOCKED"):
        wait = "SKIP LOCKED"
    return ForUpdate(tuple(columns), wait)
