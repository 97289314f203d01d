"""Aggregate and analytic functions."""

from __future__ import annotations

import re
from dataclasses import replace

from reconciler.sandbox.engine.sql import ast
from reconciler.sandbox.engine.sql.fragments import Fragment, call, convert, mismatch, number, text
from reconciler.sandbox.engine.sql.statement_context import Context
from reconciler.sandbox.seam import OracleError, OracleType

AGGREGATES = frozenset(("COUNT", "SUM", "AVG", "MIN", "MAX", "LISTAGG"))
_RANKS = frozenset(("ROW_NUMBER", "RANK", "DENSE_RANK", "PERCENT_RANK", "CUME_DIST", "NTILE"))
_NEIGHBOURS = frozenset(("LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE", "NTH_VALUE"))
_OTHER = frozenset(
    ("STDDEV", "VARIANCE", "MEDIAN", "CORR", "STDDEV_POP", "VAR_POP", "RATIO_TO_REPORT", "XMLAGG")
)
_FRAME = re.compile(
    r"(?:ROWS|RANGE)(?: (?:BETWEEN|AND|UNBOUNDED|PRECEDING|FOLLOWING|CURRENT|ROW|\d+))+"
)


def is_aggregate(node: ast.Expression) -> bool:
    """Whether the call is an aggregate or an analytic function."""
    if not isinstance(node, ast.Call) or not isinstance(node.target, ast.Name):
        return False
    name = node.target.plain
    return name in AGGREGATES or name in _RANKS or name in _NEIGHBOURS or name in _OTHER


def groups(node: object) -> bool:
    """Whether an expression contains an aggregate that groups its own block; subqueries are blocks of their own."""
    if isinstance(node, ast.Query):
        return False
    if isinstance(node, ast.Call) and node.over is None and is_aggregate(node):
        return True
    if isinstance(node, tuple):
        return any(groups(item) for item in node)
    fields = getattr(node, "__dataclass_fields__", None)
    return fields is not None and any(groups(getattr(node, field)) for field in fields)


def translate_aggregate(context: Context, node: ast.Call) -> Fragment:
    """Raises ORA-00934 where no aggregate may stand, ORA-03001 for one that is not supported."""
    name = node.target.last if isinstance(node.target, ast.Name) else ""
    if name in _OTHER:
        raise OracleError(3001, f"unimplemented feature: {name}")
    if node.over is None:
        if name in _RANKS or name in _NEIGHBOURS:
            raise OracleError(30484, f"missing window specification for this function: {name}")
        if context.grouping is None and not context.aggregates:
            offset = max(node.start, 0)
            raise OracleError(934, "group function is not allowed here", offset=offset)
        return _aggregate(replace(context, grouping=None, aggregates=False), node, name, "")
    inner = replace(context, aggregates=context.aggregates or context.grouping is not None)
    return _aggregate(inner, node, name, f" OVER ({_window(inner, node.over)})")


def _window(context: Context, window: ast.Window) -> str:
    from reconciler.sandbox.engine.sql.translation import translate_value

    parts = []
    if window.partition_by:
        keys = (translate_value(context, item).sql for item in window.partition_by)
        parts.append(f"PARTITION BY {', '.join(keys)}")
    if window.order_by:
        parts.append(f"ORDER BY {', '.join(order_text(context, item) for item in window.order_by)}")
    if window.frame is not None:
        if not _FRAME.fullmatch(window.frame):
            raise OracleError(3001, f"unimplemented feature: window {window.frame}")
        parts.append(window.frame)
    return " ".join(parts)


def order_text(context: Context, item: ast.OrderItem) -> str:
    """One ORDER BY expression with Oracle's place for NULLs."""
    from reconciler.sandbox.engine.sql.translation import translate_value

    return ordered(translate_value(context, item.expression).sql, item)


def ordered(sql: str, item: ast.OrderItem) -> str:
    """A SQLite expression with direction and place of NULLs of the item."""
    first = item.descending if item.nulls_first is None else item.nulls_first
    return f"{sql} {'DESC' if item.descending else 'ASC'} NULLS {'FIRST' if first else 'LAST'}"


def _aggregate(context: Context, node: ast.Call, name: str, over: str) -> Fragment:
    from reconciler.sandbox.engine.sql.translation import translate_value

    if name == "COUNT" and node.star:
        return replace(number(f"count(*){over}"), nullable=False)
    arguments = [translate_value(context, argument.value) for argument in node.arguments]
    if name == "LISTAGG":
        return _listagg(context, node, arguments, over)
    if name in _RANKS:
        listed = ", ".join(argument.sql for argument in arguments)
        return number(f"{name.lower()}({listed}){over}")
    if not arguments:
        raise OracleError(938, "not enough arguments for function")
    if name in _NEIGHBOURS:
        listed = ", ".join(argument.sql for argument in arguments)
        return replace(
            arguments[0], sql=f"{name.lower()}({listed}){over}", nullable=True, literal=False
        )
    return _simple(node, name, arguments, over)


def _simple(node: ast.Call, name: str, arguments: list[Fragment], over: str) -> Fragment:
    if len(arguments) != 1:
        raise OracleError(909, "invalid number of arguments")
    argument = arguments[0]
    if node.distinct and over:
        raise OracleError(3001, "unimplemented feature: DISTINCT in an analytic function")
    word = "DISTINCT " if node.distinct else ""
    if name == "COUNT":
        return replace(number(f"count({word}{argument.sql}){over}"), nullable=False)
    if name in ("MIN", "MAX"):
        sql = f"{name.lower()}({argument.sql}){over}"
        return replace(argument, sql=sql, nullable=True, literal=False)
    if argument.tag == "S":
        argument = convert(argument, OracleType.NUMBER)
    if argument.tag not in "NF0":
        raise mismatch(OracleType.NUMBER, argument.type)
    return number(f"ora_plain({name.lower()}({word}{argument.sql}){over})")


def _listagg(context: Context, node: ast.Call, arguments: list[Fragment], over: str) -> Fragment:
    if over:
        raise OracleError(3001, "unimplemented feature: LISTAGG as an analytic function")
    if not 1 <= len(arguments) <= 2:
        raise OracleError(909, "invalid number of arguments")
    value = arguments[0] if arguments[0].tag == "S" else text(call("#TEXT", "S", arguments[0]))
    separator = arguments[1].sql if len(arguments) == 2 else "NULL"
    from reconciler.sandbox.engine.sql.translation import translate_value

    directions, keys = "", ""
    for item in node.within:
        first = item.descending if item.nulls_first is None else item.nulls_first
        letter = "d" if item.descending else "a"
        directions += letter.upper() if first else letter
        keys += f", {translate_value(context, item.expression).sql}"
    distinct = int(node.distinct)
    return text(f"ora_listagg({value.sql}, {separator}, '{directions}', {distinct}{keys})")
