"""Calls of scalar functions in SQL."""

from __future__ import annotations

from reconciler.sandbox.engine.access import checks
from reconciler.sandbox.engine.sql import ast
from reconciler.sandbox.engine.sql.fragments import (
    NULL,
    Fragment,
    call,
    comparable,
    condition,
    convert,
)
from reconciler.sandbox.engine.sql.functions import FUNCTIONS, check_arity, result_type
from reconciler.sandbox.engine.sql.scope import invalid_identifier
from reconciler.sandbox.engine.sql.statement_context import Context
from reconciler.sandbox.seam import OracleError, OracleType

_KEEPS_SIZE = frozenset(
    ("UPPER", "LOWER", "INITCAP", "SUBSTR", "LTRIM", "RTRIM", "REVERSE", "REGEXP_SUBSTR")
)
_PACKAGES = frozenset(("STANDARD", "SYS"))


def function_call(context: Context, node: ast.Call, target: ast.Name) -> Fragment:
    """A scalar function. Raises ORA-00904 for one that does not exist, ORA-00909 and its kin for its arguments."""
    from reconciler.sandbox.engine.sql.translation import translate_value

    name = target.last
    qualified = {part.name for part in target.parts[:-1]}
    if name not in FUNCTIONS or not qualified <= _PACKAGES:
        raise _no_function(context, target)
    if node.star or node.distinct or node.within or node.over:
        raise OracleError(30484, f"missing window specification for this function: {name}")
    if any(argument.name for argument in node.arguments):
        raise OracleError(3001, "unimplemented feature: named arguments of built-in functions")
    check_arity(name, len(node.arguments))
    arguments = [translate_value(context, argument.value) for argument in node.arguments]
    native = _native(name, arguments)
    return native if native is not None else _bridged(name, arguments)


def _no_function(context: Context, target: ast.Name) -> OracleError:
    """ORA-00904, but ORA-03001 for stored code the session may call: it is there, only not from SQL."""
    names = [part.name for part in target.parts]
    for owner, name in ((None, names[0]), (names[0], names[min(1, len(names) - 1)])):
        found = checks.resolve(context.session, owner, name, schema=context.schema)
        is_code = found is not None and found.type in ("FUNCTION", "PACKAGE")
        if found and is_code and checks.may(context.session, found, "EXECUTE", user=context.user):
            return OracleError(
                3001, f"unimplemented feature: stored code in SQL ({found.owner}.{found.name})"
            )
    return invalid_identifier(target)


def _bridged(name: str, arguments: list[Fragment]) -> Fragment:
    kind = result_type(name, [argument.type for argument in arguments])
    if kind is None:
        return NULL
    size = arguments[0].size if name in _KEEPS_SIZE and arguments else 0
    if name in ("GREATEST", "LEAST") and arguments:
        arguments = [convert(argument, kind) for argument in arguments]
    sql = call(name, Fragment("", kind).tag, *arguments)
    if kind is OracleType.BOOLEAN:
        return condition(sql)
    wide = 4000 if Fragment("", kind).tag == "S" else 16
    scale = (
        6
        if kind in (OracleType.TIMESTAMP, OracleType.TIMESTAMP_TZ, OracleType.INTERVAL_DS)
        else -127
    )
    return Fragment(sql, kind, min(size or wide, 4000), scale=scale)


def _native(name: str, arguments: list[Fragment]) -> Fragment | None:
    """The functions that only choose between values, in SQLite's own words; None for all others."""
    if name in ("NVL", "COALESCE"):
        return _first_known(name, arguments)
    if name == "NVL2":
        results = _alike(name, arguments, arguments[1:])
        sql = f"iif({arguments[0].sql} IS NOT NULL, {results[0].sql}, {results[1].sql})"
        return _chosen(sql, results)
    if name == "NULLIF":
        left, right = comparable(*arguments)
        return _chosen(f"iif({left} = {right}, NULL, {arguments[0].sql})", arguments[:1])
    if name == "DECODE":
        return _decode(arguments)
    return None


def _alike(name: str, arguments: list[Fragment], results: list[Fragment]) -> list[Fragment]:
    kind = result_type(name, [argument.type for argument in arguments])
    return [convert(result, kind) for result in results]


def _chosen(sql: str, results: list[Fragment]) -> Fragment:
    kind = next((result.type for result in results if result.type is not None), None)
    if kind is OracleType.CHAR:
        kind = OracleType.VARCHAR2
    size = max(result.size for result in results)
    nullable = any(result.nullable for result in results)
    return Fragment(
        sql, kind, size, scale=max(result.scale for result in results), nullable=nullable
    )


def _first_known(name: str, arguments: list[Fragment]) -> Fragment:
    results = _alike(name, arguments, arguments)
    nullable = all(result.nullable for result in results)
    found = _chosen(f"coalesce({', '.join(result.sql for result in results)})", results)
    return Fragment(found.sql, found.type, found.size, found.precision, found.scale, nullable)


def _decode(arguments: list[Fragment]) -> Fragment:
    value, *rest = arguments
    default = rest.pop() if len(rest) % 2 else NULL
    searches, results = rest[::2], [*rest[1::2], default]
    results = _alike("DECODE", arguments, results)
    branches = []
    for search, result in zip(searches, results, strict=False):
        left, right = comparable(value, search)
        branches.append(f"WHEN {left} IS {right} THEN {result.sql}")
    return _chosen(f"(CASE {' '.join(branches)} ELSE {results[-1].sql} END)", results)
