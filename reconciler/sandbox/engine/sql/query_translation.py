"""Queries of Oracle SQL as SQLite text. Columns of every query are called c1, c2, ... in SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reconciler.sandbox.engine.sql import ast
from reconciler.sandbox.engine.sql.aggregates import groups, ordered
from reconciler.sandbox.engine.sql.fragments import Fragment, convert
from reconciler.sandbox.engine.sql.row_limits import conjuncts, limit_text, mentions
from reconciler.sandbox.engine.sql.scope import Scope, invalid_identifier
from reconciler.sandbox.engine.sql.sources import add_source, level_source
from reconciler.sandbox.engine.sql.statement_context import CommonTableColumns, Context
from reconciler.sandbox.engine.sql.translation import (
    translate,
    translate_condition,
    translate_value,
)
from reconciler.sandbox.seam import Column, OracleError, OracleType, Release


@dataclass(frozen=True, slots=True)
class Translated:
    """A query as SQLite text, with the names and types of its columns."""

    sql: str
    names: tuple[str, ...]
    columns: tuple[Fragment, ...]

    @property
    def described(self) -> tuple[Column, ...]:
        return tuple(
            fragment.column(name) for name, fragment in zip(self.names, self.columns, strict=True)
        )


def translate_subquery(context: Context, query: ast.Query) -> Translated:
    """A query inside an expression: it sees the columns around it."""
    return translate_query(context.inside(Scope(parent=context.scope)), query)


def translate_query(context: Context, query: ast.Query) -> Translated:
    """A whole query. The scope of the context is what it may refer to besides its own sources."""
    prefix, context = _common_tables(context, query.with_)
    tail = _fetch(context, query.fetch)
    lock = query.for_update is not None
    body = query.body
    if isinstance(body, ast.Select):
        found = _Block(context, body, query.order_by, lock).translate(limited=bool(tail))
    else:
        found = _set_operation(context, body)
        if query.order_by:
            order = ", ".join(_order_by_output(found, item) for item in query.order_by)
            found = replace(found, sql=f"{found.sql} ORDER BY {order}")
    return replace(found, sql=f"{prefix}{found.sql}{tail}")


def _common_tables(context: Context, tables: Sequence[ast.CommonTable]) -> tuple[str, Context]:
    parts = []
    for table in tables:
        alias = context.statement.alias("w")
        query, text = _common_table(context, table, alias)
        names = tuple(item.name for item in table.columns) or query.names
        if len(names) != len(query.names):
            raise OracleError(
                32038,
                "number of WITH clause column names does not match number of elements in select list",
            )
        described = tuple(
            fragment.column(name) for name, fragment in zip(names, query.columns, strict=True)
        )
        known = {**context.common_tables, table.name.name: CommonTableColumns(alias, described)}
        context = replace(context, common_tables=known)
        listed = ", ".join(f"c{index}" for index in range(1, len(names) + 1))
        parts.append(f"{alias}({listed}) AS ({text})")
    return (f"WITH RECURSIVE {', '.join(parts)} " if parts else ""), context


def _common_table(context: Context, table: ast.CommonTable, alias: str) -> tuple[Translated, str]:
    """The query of one WITH element. A UNION ALL with column names may refer to itself on the right."""
    body = table.query.body
    outside = context.inside(Scope(parent=context.scope.parent))
    recursive = isinstance(body, ast.SetOperation) and body.operator == "UNION ALL"
    if not (recursive and table.columns and isinstance(body, ast.SetOperation)):
        query = translate_query(outside, table.query)
        return query, query.sql
    anchor = _operand(outside, body.left)
    described = tuple(
        replace(fragment, nullable=True).column(name.name)
        for name, fragment in zip(table.columns, anchor.columns, strict=False)
    )
    known = {**context.common_tables, table.name.name: CommonTableColumns(alias, described)}
    step = _operand(replace(outside, common_tables=known), body.right)
    _check_alike(anchor, step)
    return anchor, f"{anchor.sql} UNION ALL {step.sql}"


def _fetch(context: Context, fetch: ast.Fetch | None) -> str:
    if fetch is None:
        return ""
    if fetch.percent or fetch.with_ties:
        raise OracleError(3001, "unimplemented feature: FETCH with PERCENT or WITH TIES")
    outside = context.inside(Scope())
    rows = f"{1 << 62}"
    if fetch.rows is not None:
        count = convert(translate_value(outside, fetch.rows), OracleType.NUMBER)
        rows = f"ora_limit('<=', {count.sql})"
    if fetch.offset is None:
        return f" LIMIT {rows}"
    offset = convert(translate_value(outside, fetch.offset), OracleType.NUMBER)
    return f" LIMIT {rows} OFFSET ora_limit('<=', {offset.sql})"


# --- set operations ----------------------------------------------------------------------------------------------------------------


def _operand(
    context: Context, node: ast.Select | ast.SetOperation | ast.Query, *, first: bool = False
) -> Translated:
    """One side of a set operation; what SQLite cannot nest there becomes a subquery."""
    if isinstance(node, ast.Select):
        return _Block(context, node, (), lock=False).translate()
    if isinstance(node, ast.SetOperation):
        found = _set_operation(context, node)
        if first:
            return found
    else:
        found = translate_query(context, node)
    return replace(found, sql=f"SELECT * FROM ({found.sql})")


def _set_operation(context: Context, node: ast.SetOperation | ast.Query | ast.Select) -> Translated:
    if not isinstance(node, ast.SetOperation):
        return _operand(context, node)
    left = _operand(context, node.left, first=True)
    right = _operand(context, node.right)
    _check_alike(left, right)
    operator = node.operator.replace("MINUS", "EXCEPT")
    columns = tuple(
        _wider(first, second) for first, second in zip(left.columns, right.columns, strict=True)
    )
    if operator in ("EXCEPT ALL", "INTERSECT ALL"):
        sql = _multiset(left.sql, operator.removesuffix(" ALL"), right.sql, len(columns))
        return Translated(sql, left.names, columns)
    return Translated(f"{left.sql} {operator} {right.sql}", left.names, columns)


def _multiset(left: str, operator: str, right: str, count: int) -> str:
    """EXCEPT ALL and INTERSECT ALL, which SQLite does not have: equal rows are told apart by a number."""
    names = ", ".join(f"c{position}" for position in range(count))
    numbered = (
        f"SELECT * FROM (WITH rows_of({names}) AS ({side}) SELECT {names}, row_number() OVER (PARTITION BY {names}) FROM rows_of)"
        for side in (left, right)
    )
    return f"SELECT {names} FROM ({f' {operator} '.join(numbered)})"


def _check_alike(left: Translated, right: Translated) -> None:
    if len(left.columns) != len(right.columns):
        raise OracleError(1789, "query block has incorrect number of result columns")
    for first, second in zip(left.columns, right.columns, strict=True):
        tags = {first.tag, second.tag} - {"0"}
        if len(tags) > 1 and not tags <= set("NF"):
            raise OracleError(
                1790, "expression must have same datatype as corresponding expression"
            )


def _wider(first: Fragment, second: Fragment) -> Fragment:
    kind = first.type or second.type
    if kind is OracleType.CHAR and (
        second.type is not OracleType.CHAR or first.size != second.size
    ):
        kind = OracleType.VARCHAR2
    nullable = first.nullable or second.nullable
    same = (first.precision, first.scale) == (second.precision, second.scale)
    precision, scale = (first.precision, first.scale) if same else (0, -127)
    if first.type is None:
        precision, scale = second.precision, second.scale
    return Fragment("", kind, max(first.size, second.size), precision, scale, nullable)


def _order_by_output(query: Translated, item: ast.OrderItem) -> str:
    """ORDER BY behind a set operation: a position or the name of a column."""
    position = _position(item.expression, len(query.names))
    if position is None and isinstance(item.expression, ast.Name):
        name = item.expression.plain
        if name not in query.names:
            raise invalid_identifier(item.expression)
        position = query.names.index(name) + 1
    if position is None:
        raise OracleError(1785, "ORDER BY item must be the number of a SELECT-list expression")
    return ordered(str(position), item)


def _position(node: ast.Expression, count: int) -> int | None:
    if not isinstance(node, ast.Number) or node.value != node.value.to_integral_value():
        return None
    if not 1 <= node.value <= count:
        raise OracleError(1785, "ORDER BY item must be the number of a SELECT-list expression")
    return int(node.value)


# --- one block ---------------------------------------------------------------------------------------------------------------------


class _Block:
    """Translation of one SELECT ... FROM ... WHERE ... with its ORDER BY."""

    def __init__(
        self, context: Context, select: ast.Select, order_by: tuple[ast.OrderItem, ...], lock: bool
    ) -> None:
        if select.into is not None:
            raise OracleError(905, "missing keyword")
        self.select = select
        self.order_by = order_by
        self.lock = lock
        self.scope = Scope(parent=context.scope)
        self.context = context.inside(self.scope)
        self.grouped = bool(select.group_by) or groups((select.items, select.having, order_by))

    def translate(self, *, limited: bool = False) -> Translated:
        """`limited`: a LIMIT will follow, so this block must not end in one."""
        source = self._sources()
        conditions = conjuncts(self.select.where)
        limits = [node for node in conditions if mentions(node, "ROWNUM")]
        where = [
            translate_condition(self.context, node)
            for node in conditions
            if not mentions(node, "ROWNUM")
        ]
        source += f" WHERE {' AND '.join(where)}" if where else ""
        numbered = mentions((self.select.items, self.select.group_by, self.order_by), "ROWNUM")
        tail = ""
        if limits:
            counts = ", ".join(limit_text(self.context, node) for node in limits)
            tail = f" LIMIT min({counts}, {1 << 62})"
        shaped = self.grouped or self.select.distinct or self.order_by or limited
        if numbered or (limits and shaped):
            source, tail = self._numbered(source + tail), ""
        return self._finish(source, tail)

    def _sources(self) -> str:
        if self.select.connect_by is not None:
            return f" FROM {self._levels(self.select.connect_by)}"
        if not self.select.sources:
            if self.context.session.instance.release < Release.R23:
                raise OracleError(923, "FROM keyword not found where expected")
            return ""
        # Sources see the blocks around, not one another: each is translated in the context outside.
        outside = replace(self.context, scope=self.scope)
        parts = [
            add_source(outside, self.scope, source, self.lock) for source in self.select.sources
        ]
        return f" FROM {', '.join(parts)}"

    def _levels(self, connect_by: ast.ConnectBy) -> str:
        condition = connect_by.condition
        only_dual = [
            isinstance(source, ast.TableRef) and source.name.last == "DUAL"
            for source in self.select.sources
        ]
        if (
            only_dual != [True]
            or connect_by.start_with is not None
            or not isinstance(condition, ast.Binary)
            or condition.operator not in ("<", "<=")
            or not mentions(condition.left, "LEVEL")
            or not isinstance(condition.left, ast.Name)
        ):
            raise OracleError(3001, "unimplemented feature: CONNECT BY other than LEVEL on DUAL")
        limit = convert(translate(self.context, condition.right), OracleType.NUMBER)
        return level_source(self.context, self.scope, limit, condition.operator == "<=")

    def _numbered(self, source: str) -> str:
        """The rows with their ROWNUM as a subquery of which every column is known by its old name."""
        alias = self.context.statement.alias()
        listed = ["row_number() OVER () AS n"]
        ranges = self.scope.ranges
        for columns in (*(item.columns for item in ranges), self.scope.merged, self.scope.pseudo):
            for name, fragment in columns.items():
                columns[name] = replace(fragment, sql=f"{alias}.c{len(listed)}")
                listed.append(f"{fragment.sql} AS c{len(listed)}")
        for item in ranges:
            if item.rowid:
                inner = f"c{len(listed)}"
                listed.append(f"{item.rowid} AS {inner}")
                item.rowid = f"{alias}.{inner}"
        self.scope.pseudo["ROWNUM"] = Fragment(f"{alias}.n", OracleType.NUMBER)
        return f" FROM (SELECT {', '.join(listed)}{source}) AS {alias}"

    def _finish(self, source: str, tail: str) -> Translated:
        keys = self._group_keys()
        context = self.context
        if self.grouped:
            context = replace(context, grouping=tuple(keys))
        names, fragments = self._items(context)
        listed = ", ".join(
            f"{fragment.sql} AS c{index}" for index, fragment in enumerate(fragments, 1)
        )
        distinct = "DISTINCT " if self.select.distinct else ""
        sql = f"SELECT {distinct}{listed}{source}"
        if self.select.group_by:
            sql += f" GROUP BY {', '.join(keys) or 'NULL'}"
        if self.select.having is not None:
            sql += f" HAVING {translate_condition(context, self.select.having)}"
        shown = {fragment.sql for fragment in fragments} if self.select.distinct else None
        order = [self._order(context, names, item, shown) for item in self.order_by]
        order = [item for item in order if item]
        if order:
            sql += f" ORDER BY {', '.join(order)}"
        return Translated(sql + tail, tuple(names), tuple(fragments))

    def _group_keys(self) -> list[str]:
        keys = []
        for node in self.select.group_by:
            target = node.target if isinstance(node, ast.Call) else None
            if isinstance(target, ast.Name) and target.plain in ("ROLLUP", "CUBE"):
                raise OracleError(3001, f"unimplemented feature: {target.plain}")
            fragment = translate_value(self.context, self._unaliased(node))
            if not fragment.literal:
                keys.append(fragment.sql)
        return keys

    def _unaliased(self, node: ast.Expression) -> ast.Expression:
        """Release 23 groups by aliases too; columns come first."""
        release = self.context.session.instance.release
        if not isinstance(node, ast.Name) or release < Release.R23:
            return node
        if self.scope.column(node, release) is not None:
            return node
        for item in self.select.items:
            if (
                item.alias
                and item.alias.name == node.plain
                and not isinstance(item.expression, ast.Star)
            ):
                return item.expression
        return node

    def _items(self, context: Context) -> tuple[list[str], list[Fragment]]:
        names: list[str] = []
        fragments: list[Fragment] = []
        for item in self.select.items:
            expression = item.expression
            if isinstance(expression, ast.Star):
                if self.grouped:
                    raise OracleError(979, "not a GROUP BY expression")
                for name, fragment in self.scope.star(expression.qualifier):
                    names.append(name)
                    fragments.append(fragment)
                continue
            fragments.append(translate_value(context, expression))
            names.append(_item_name(item, expression))
        if not fragments:
            raise OracleError(936, "missing expression")
        return names, fragments

    def _order(
        self, context: Context, names: list[str], item: ast.OrderItem, shown: set[str] | None
    ) -> str:
        """One ORDER BY item; empty for a constant, which orders nothing. `shown`: what DISTINCT rows can be ordered by."""
        position = _position(item.expression, len(names))
        if position is None and isinstance(item.expression, ast.Name):
            aliases = [
                index
                for index, name in enumerate(names, 1)
                if name == item.expression.plain and self._is_alias(index - 1, name)
            ]
            if aliases:
                position = aliases[0]
        if position is not None:
            return ordered(str(position), item)
        fragment = translate_value(context, item.expression)
        if shown is not None and not fragment.literal and fragment.sql not in shown:
            raise OracleError(1791, "not a SELECTed expression")
        return "" if fragment.literal else ordered(fragment.sql, item)

    def _is_alias(self, index: int, name: str) -> bool:
        """Whether an output column carries a given alias; with a star before it positions no longer match items."""
        if any(isinstance(item.expression, ast.Star) for item in self.select.items):
            return any(
                item.alias is not None and item.alias.name == name for item in self.select.items
            )
        alias = self.select.items[index].alias
        return alias is not None and alias.name == name


def _item_name(item: ast.SelectItem, expression: ast.Expression) -> str:
    if item.alias is not None:
        return item.alias.name
    if isinstance(expression, ast.Name):
        return expression.last
    return item.label
