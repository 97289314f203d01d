"""Expressions of Oracle SQL as SQLite text with types."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import cast

from reconciler.sandbox.engine.sql import aggregates, ast, formats, names
from reconciler.sandbox.engine.sql.datatypes import to_column
from reconciler.sandbox.engine.sql.date_functions import interval_literal
from reconciler.sandbox.engine.sql.fragments import (
    NULL,
    Fragment,
    call,
    comparable,
    compare,
    condition,
    convert,
    mismatch,
    number,
    quote_text,
    text,
    truth,
)
from reconciler.sandbox.engine.sql.function_calls import function_call
from reconciler.sandbox.engine.sql.scope import invalid_identifier
from reconciler.sandbox.engine.sql.statement_context import Context
from reconciler.sandbox.engine.sql.values import (
    INSTANT_TYPES,
    NUMBER_TYPES,
    TEXT_TYPES,
    encode,
    oracle_date,
    type_of,
)
from reconciler.sandbox.seam import OracleError, OracleType, Release


def translate(context: Context, node: ast.Expression) -> Fragment:
    """One expression. Raises OracleError for names, types and rights that do not fit, ORA-03001 for what is not supported."""
    if context.grouping is not None:
        plain = translate(replace(context, grouping=None, aggregates=True), node)
        if plain.sql in context.grouping:
            return plain
    return _translate(context, node)


def translate_condition(context: Context, node: ast.Expression) -> str:
    """An expression where a condition must stand."""
    return truth(translate(context, node))


def translate_value(context: Context, node: ast.Expression) -> Fragment:
    """An expression where a value must stand: before release 23 a condition is none."""
    found = translate(context, node)
    if found.condition and context.session.instance.release < Release.R23:
        raise OracleError(923, "FROM keyword not found where expected")
    return found


def _translate(context: Context, node: ast.Expression) -> Fragment:
    match node:
        case ast.Name():
            return names.translate_name(context, node)
        case ast.BindRef():
            return context.statement.bind(node.index)
        case ast.Call():
            return _call(context, node)
        case ast.Binary():
            return _binary(context, node)
        case ast.Unary():
            return _unary(context, node)
        case ast.Text() | ast.Number() | ast.Null() | ast.Boolean():
            return _literal(context, node)
        case ast.DateLiteral() | ast.TimestampLiteral() | ast.IntervalLiteral():
            return _temporal_literal(context, node)
        case ast.Case() | ast.Cast() | ast.Extract() | ast.Trim() | ast.AtTimeZone():
            return _special(context, node)
        case ast.ScalarQuery() | ast.Exists() | ast.InQuery() | ast.Quantified():
            return _with_query(context, node)
        case ast.OuterMark():
            raise OracleError(3001, "unimplemented feature: (+), write an outer JOIN")
        case ast.Member() | ast.Attribute() | ast.CursorQuery() | ast.Default() | ast.Row():
            raise OracleError(936, "missing expression")
        case _:
            return _predicate(context, node)


# --- literals ----------------------------------------------------------------------------------------------------------------------


def _literal(context: Context, node: ast.Text | ast.Number | ast.Null | ast.Boolean) -> Fragment:
    match node:
        case ast.Text():
            if not node.value:
                return NULL
            sql = quote_text(node.value)
            return Fragment(sql, OracleType.CHAR, len(node.value), nullable=False, literal=True)
        case ast.Number():
            kind = {"F": OracleType.BINARY_FLOAT, "D": OracleType.BINARY_DOUBLE}.get(node.binary)
            stored = encode(float(node.value) if kind else node.value)
            return Fragment(repr(stored), kind or OracleType.NUMBER, nullable=False, literal=True)
        case ast.Null():
            return NULL
        case ast.Boolean():
            if context.session.instance.release < Release.R23:
                word = ast.Identifier("TRUE" if node.value else "FALSE")
                raise invalid_identifier(ast.Name((word,)))
            return Fragment(str(int(node.value)), OracleType.BOOLEAN, nullable=False)


def _temporal_literal(
    context: Context, node: ast.DateLiteral | ast.TimestampLiteral | ast.IntervalLiteral
) -> Fragment:
    if isinstance(node, ast.IntervalLiteral):
        interval = interval_literal(node.text, node.leading, node.trailing)
        return replace(_constant(interval), scale=6, precision=2)
    value = literal_instant(node, context.session.instance.now())
    return replace(_constant(value), scale=0 if isinstance(node, ast.DateLiteral) else 9)


def literal_instant(node: ast.DateLiteral | ast.TimestampLiteral, now: datetime) -> datetime:
    """The value of DATE '...' or TIMESTAMP '...'. Raises ORA-01861 and its kin."""
    if isinstance(node, ast.DateLiteral):
        return oracle_date(formats.parse_instant(node.text, "YYYY-MM-DD", now))
    head, _, tail = node.text.strip().partition(" ")
    model = "YYYY-MM-DD HH24:MI:SS.FF" if "." in tail else "YYYY-MM-DD HH24:MI:SS"
    if any(char in tail for char in "+- ") or tail[-1:].isalpha():
        model += " TZR"
    return formats.parse_instant(f"{head} {tail}", model, now)


def _constant(value: object) -> Fragment:
    stored = encode(value)
    sql = quote_text(stored) if isinstance(stored, str) else repr(stored)
    return Fragment(sql, type_of(value), nullable=False, literal=True)


# --- operators ---------------------------------------------------------------------------------------------------------------------

_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")


def _binary(context: Context, node: ast.Binary) -> Fragment:
    if node.operator in ("AND", "OR"):
        left, right = (translate_condition(context, side) for side in (node.left, node.right))
        return condition(f"({left} {node.operator} {right})")
    if node.operator in _COMPARISONS:
        if isinstance(node.left, ast.Row) or isinstance(node.right, ast.Row):
            return _compare_rows(context, node)
        return compare(node.operator, translate(context, node.left), translate(context, node.right))
    left_side, right_side = translate(context, node.left), translate(context, node.right)
    if node.operator == "||":
        return _concatenate(left_side, right_side)
    if node.operator in ("MOD", "REM", "**"):
        raise OracleError(911, "invalid character")
    return _arithmetic(node.operator, left_side, right_side)


def _concatenate(left: Fragment, right: Fragment) -> Fragment:
    size = min((left.size or 40) + (right.size or 40), 4000)
    if left.tag in "S0" and right.tag in "S0":
        parts = [
            side.sql if side.literal else f"coalesce({side.sql}, '')"
            for side in (left, right)
            if side.type is not None
        ]
        joined = " || ".join(parts)
        if not parts:
            return NULL
        return text(
            f"({joined})" if left.literal or right.literal else f"nullif({joined}, '')", size
        )
    return text(call("||", "S", left, right), size)


def _arithmetic(operator: str, left: Fragment, right: Fragment) -> Fragment:
    result = _arithmetic_type(operator, left, right)
    tag = Fragment("", result).tag
    return Fragment(call(operator, tag, left, right), result)


def _arithmetic_type(operator: str, left: Fragment, right: Fragment) -> OracleType:
    kinds = {left.type, right.type}
    instants = [side for side in (left, right) if side.type in INSTANT_TYPES]
    intervals = kinds & {OracleType.INTERVAL_DS, OracleType.INTERVAL_YM}
    if len(instants) == 2:
        if operator != "-":
            raise OracleError(975, "date + date not allowed")
        both_dates = left.type is right.type is OracleType.DATE
        return OracleType.NUMBER if both_dates else OracleType.INTERVAL_DS
    if instants:
        if operator not in "+-" or (operator == "-" and instants[0] is right):
            raise mismatch(OracleType.NUMBER, instants[0].type)
        return cast("OracleType", instants[0].type) if intervals else OracleType.DATE
    if intervals:
        return OracleType.INTERVAL_DS if OracleType.INTERVAL_DS in kinds else OracleType.INTERVAL_YM
    binary = {OracleType.BINARY_DOUBLE, OracleType.BINARY_FLOAT} & kinds
    for kind in kinds:
        if kind is not None and kind not in NUMBER_TYPES and kind not in TEXT_TYPES:
            raise mismatch(OracleType.NUMBER, kind)
    return OracleType.BINARY_DOUBLE if binary else OracleType.NUMBER


def _compare_rows(context: Context, node: ast.Binary) -> Fragment:
    left, right = node.left, node.right
    if not (isinstance(left, ast.Row) and isinstance(right, ast.Row)):
        raise OracleError(3001, "unimplemented feature: comparison of a row with a subquery")
    if len(left.items) != len(right.items) or node.operator not in ("=", "<>"):
        raise OracleError(920, "invalid relational operator")
    parts = [
        compare("=", translate(context, first), translate(context, second)).sql
        for first, second in zip(left.items, right.items, strict=True)
    ]
    joined = f"({' AND '.join(parts)})"
    return condition(joined if node.operator == "=" else f"(NOT {joined})")


def _unary(context: Context, node: ast.Unary) -> Fragment:
    if node.operator == "NOT":
        return condition(f"(NOT {translate_condition(context, node.operand)})")
    if node.operator == "PRIOR":
        raise OracleError(3001, "unimplemented feature: PRIOR")
    operand = translate(context, node.operand)
    if operand.tag not in "SNFIY0":
        raise mismatch(OracleType.NUMBER, operand.type)
    if operand.tag == "S":
        operand = convert(operand, OracleType.NUMBER)
    if node.operator == "+" or operand.type is None:
        return operand
    return replace(operand, sql=f"(-{operand.sql})", literal=False)


# --- predicates --------------------------------------------------------------------------------------------------------------------


def _predicate(context: Context, node: ast.Expression) -> Fragment:
    match node:
        case ast.IsNull():
            operand = translate(context, node.operand)
            return condition(f"({operand.sql} IS {'NOT ' if node.negated else ''}NULL)")
        case ast.IsBoolean():
            sql = translate_condition(context, node.operand)
            word = "TRUE" if node.value else "FALSE"
            return condition(f"({sql} IS {'NOT ' if node.negated else ''}{word})")
        case ast.Between():
            return _between(context, node)
        case ast.Like():
            return _like(context, node)
        case ast.InList():
            return _in_list(context, node)
        case _:
            raise OracleError(3001, f"unimplemented feature: {type(node).__name__}")


def _between(context: Context, node: ast.Between) -> Fragment:
    operand = translate(context, node.operand)
    low = compare(">=", operand, translate(context, node.low)).sql
    high = compare("<=", operand, translate(context, node.high)).sql
    return condition(f"({'NOT ' if node.negated else ''}({low} AND {high}))")


def _like(context: Context, node: ast.Like) -> Fragment:
    parts = [translate(context, node.operand), translate(context, node.pattern)]
    if node.escape is not None:
        parts.append(translate(context, node.escape))
    sql = call("#LIKE", "L", *parts)
    return condition(f"(NOT {sql})" if node.negated else sql)


def _in_list(context: Context, node: ast.InList) -> Fragment:
    if isinstance(node.operand, ast.Row):
        parts = [
            _compare_rows(context, ast.Binary("=", node.operand, item)).sql for item in node.items
        ]
        return condition(f"({'NOT ' if node.negated else ''}({' OR '.join(parts)}))")
    operand = translate(context, node.operand)
    items = [translate(context, item) for item in node.items]
    if all(item.tag == operand.tag and item.tag in "SNDTIB" for item in items) and not (
        operand.type is OracleType.CHAR and any(item.type is OracleType.CHAR for item in items)
    ):
        listed = ", ".join(item.sql for item in items)
        return condition(f"({operand.sql} {'NOT ' if node.negated else ''}IN ({listed}))")
    joined = " OR ".join(compare("=", operand, item).sql for item in items)
    return condition(f"({'NOT ' if node.negated else ''}({joined}))")


# --- operands with a syntax of their own -------------------------------------------------------------------------------------------


def _special(
    context: Context, node: ast.Case | ast.Cast | ast.Extract | ast.Trim | ast.AtTimeZone
) -> Fragment:
    match node:
        case ast.Case():
            return _case(context, node)
        case ast.Cast():
            return _cast(context, node)
        case ast.Extract():
            field = Fragment(quote_text(node.field), OracleType.VARCHAR2)
            return number(call("#EXTRACT", "N", field, translate(context, node.operand)))
        case ast.Trim():
            mode = Fragment(quote_text(node.mode), OracleType.VARCHAR2)
            characters = (
                translate(context, node.characters)
                if node.characters
                else Fragment("' '", OracleType.CHAR)
            )
            operand = translate(context, node.operand)
            return text(call("TRIM", "S", mode, characters, operand), operand.size or 4000)
        case ast.AtTimeZone():
            arguments = [translate(context, node.operand)]
            if node.zone is not None:
                arguments.append(translate(context, node.zone))
            return Fragment(call("#AT", "Z", *arguments), OracleType.TIMESTAMP_TZ, scale=6)


def _case(context: Context, node: ast.Case) -> Fragment:
    results = [translate(context, when.result) for when in node.whens]
    if node.otherwise is not None:
        results.append(translate(context, node.otherwise))
    kind = next((item.type for item in results if item.type is not None), None)
    families = {item.tag for item in results if item.type is not None}
    if len(families) > 1 and not families <= set("NF") and not families <= set("DTZ"):
        wrong = next(item for item in results if item.type and item.tag != Fragment("", kind).tag)
        raise mismatch(kind, wrong.type)
    if len(families) > 1:
        kind = max(
            (item.type for item in results if item.type),
            key=lambda item: "NFDTZ".index(Fragment("", item).tag),
        )
    if kind is OracleType.CHAR:
        kind = OracleType.VARCHAR2
    converted = [convert(item, kind) for item in results]
    operand = None if node.operand is None else translate(context, node.operand)
    branches = [
        f"WHEN {_when(context, operand, when)} THEN {result.sql}"
        for when, result in zip(node.whens, converted, strict=False)
    ]
    otherwise = f" ELSE {converted[-1].sql}" if node.otherwise is not None else ""
    size = max(item.size for item in converted)
    return Fragment(f"(CASE {' '.join(branches)}{otherwise} END)", kind, size)


def _when(context: Context, operand: Fragment | None, when: ast.When) -> str:
    if operand is None:
        return translate_condition(context, when.condition)
    return compare("=", operand, translate(context, when.condition)).sql


def _cast(context: Context, node: ast.Cast) -> Fragment:
    column = to_column("", node.type)
    operand = translate(context, node.operand)
    converted = convert(operand, column.type)
    if column.type in TEXT_TYPES and column.size:
        converted = replace(converted, sql=f"substr({converted.sql}, 1, {column.size})")
        if column.type is OracleType.CHAR:
            width = Fragment(str(column.size), OracleType.NUMBER)
            converted = replace(converted, sql=call("RPAD", "S", converted, width))
    elif column.type is OracleType.NUMBER and column.scale != -127:
        places = Fragment(str(column.scale), OracleType.NUMBER)
        converted = replace(converted, sql=call("ROUND", "N", converted, places))
    return replace(
        converted,
        type=column.type,
        size=column.size,
        precision=column.precision,
        scale=column.scale,
        literal=False,
    )


# --- calls and subqueries ----------------------------------------------------------------------------------------------------------


def _call(context: Context, node: ast.Call) -> Fragment:
    if not isinstance(node.target, ast.Name):
        raise OracleError(904, "invalid identifier")
    if aggregates.is_aggregate(node):
        return aggregates.translate_aggregate(context, node)
    return function_call(context, node, node.target)


def _with_query(
    context: Context, node: ast.ScalarQuery | ast.Exists | ast.InQuery | ast.Quantified
) -> Fragment:
    from reconciler.sandbox.engine.sql.query_translation import translate_subquery

    if isinstance(node, ast.Exists):
        return condition(f"EXISTS ({translate_subquery(context, node.query).sql})")
    if isinstance(node, ast.ScalarQuery):
        query = translate_subquery(context, node.query)
        if len(query.columns) != 1:
            raise OracleError(913, "too many values")
        result = query.columns[0]
        alias = context.statement.alias("s")
        sql = f"(SELECT ora_single({alias}.c1, count(*)) FROM ({query.sql}) AS {alias})"
        return Fragment(sql, result.type, result.size, result.precision, result.scale)
    if isinstance(node, ast.InQuery):
        operands = node.operand.items if isinstance(node.operand, ast.Row) else (node.operand,)
        sides = [translate(context, operand) for operand in operands]
        return _in_query(context, sides, node.query, node.negated)
    return _quantified(context, node)


def _in_query(
    context: Context, sides: list[Fragment], query_node: ast.Query, negated: bool
) -> Fragment:
    from reconciler.sandbox.engine.sql.query_translation import translate_subquery

    query = translate_subquery(context, query_node)
    if len(query.columns) != len(sides):
        few = len(query.columns) < len(sides)
        raise OracleError(*((947, "not enough values") if few else (913, "too many values")))
    alias = context.statement.alias("s")
    pairs = [
        comparable(side, Fragment(f"{alias}.c{index}", column.type))
        for index, (side, column) in enumerate(zip(sides, query.columns, strict=True), 1)
    ]
    left = ", ".join(first for first, _ in pairs)
    right = ", ".join(second for _, second in pairs)
    word = "NOT IN" if negated else "IN"
    left = f"({left})" if len(pairs) > 1 else left
    return condition(f"({left} {word} (SELECT {right} FROM ({query.sql}) AS {alias}))")


def _quantified(context: Context, node: ast.Quantified) -> Fragment:
    from reconciler.sandbox.engine.sql.query_translation import translate_subquery

    left = translate(context, node.left)
    if node.query is None:
        parts = [compare(node.operator, left, translate(context, item)).sql for item in node.items]
        return condition(f"({(' OR ' if node.quantifier == 'ANY' else ' AND ').join(parts)})")
    if node.quantifier == "ANY" and node.operator == "=":
        return _in_query(context, [left], node.query, negated=False)
    if node.quantifier == "ALL" and node.operator == "<>":
        return _in_query(context, [left], node.query, negated=True)
    query = translate_subquery(context, node.query)
    alias = context.statement.alias("s")
    test = compare(node.operator, left, Fragment(f"{alias}.c1", query.columns[0].type)).sql
    # max() and min() over the truth values keep NULL apart; no rows are false for ANY and true for ALL.
    unknown = f"sum({test} IS NULL) > 0"
    if node.quantifier == "ANY":
        outcome = f"CASE WHEN sum({test}) > 0 THEN 1 WHEN {unknown} THEN NULL ELSE 0 END"
    else:
        outcome = f"CASE WHEN sum(NOT {test}) > 0 THEN 0 WHEN {unknown} THEN NULL ELSE 1 END"
    return condition(f"(SELECT {outcome} FROM ({query.sql}) AS {alias})")
