"""ROWNUM in WHERE: which conditions bound the number of rows, and how many rows they leave."""

from __future__ import annotations

from reconciler.sandbox.engine.sql import ast
from reconciler.sandbox.engine.sql.fragments import convert
from reconciler.sandbox.engine.sql.statement_context import Context
from reconciler.sandbox.seam import OracleError, OracleType

NO_LIMIT = 1 << 62
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}


def mentions(node: object, word: str) -> bool:
    """Whether an expression names an unquoted pseudo column; subqueries are blocks of their own."""
    if isinstance(node, ast.Name):
        return node.plain == word and not node.parts[0].quoted
    if isinstance(node, ast.Query):
        return False
    if isinstance(node, tuple):
        return any(mentions(item, word) for item in node)
    fields = getattr(node, "__dataclass_fields__", None)
    return fields is not None and any(mentions(getattr(node, name), word) for name in fields)


def conjuncts(node: ast.Expression | None) -> list[ast.Expression]:
    """The conditions that AND joins."""
    if node is None:
        return []
    if isinstance(node, ast.Binary) and node.operator == "AND":
        return conjuncts(node.left) + conjuncts(node.right)
    return [node]


def limit_text(context: Context, node: ast.Expression) -> str:
    """The number of rows that one condition on ROWNUM leaves, as SQLite text. Raises ORA-03001 for other conditions."""
    if isinstance(node, ast.Between) and not node.negated and mentions(node.operand, "ROWNUM"):
        low = limit_text(context, ast.Binary(">=", node.operand, node.low))
        return f"min({low}, {limit_text(context, ast.Binary('<=', node.operand, node.high))})"
    if isinstance(node, ast.Binary) and node.operator in _MIRRORED:
        operator, left, right = node.operator, node.left, node.right
        if mentions(right, "ROWNUM"):
            operator, left, right = _MIRRORED[operator], right, left
        if isinstance(left, ast.Name) and not mentions(right, "ROWNUM"):
            from reconciler.sandbox.engine.sql.translation import translate_value

            value = convert(translate_value(context, right), OracleType.NUMBER)
            return f"ora_limit('{operator}', {value.sql})"
    raise OracleError(3001, "unimplemented feature: ROWNUM in this condition")


def limit(operator: str, value: float | None) -> int:
    """How many rows `ROWNUM operator value` lets through: ROWNUM only grows when a row passes."""
    if value is None:
        return 0
    if operator == "<=":
        return max(int(value // 1), 0)
    if operator == "<":
        return max(int(-(-value // 1)) - 1, 0)
    if operator == "=":
        return 1 if value == 1 else 0
    if operator == "<>":
        return NO_LIMIT if value < 1 or value % 1 else max(int(value) - 1, 0)
    passes = value < 1 if operator == ">" else value <= 1
    return NO_LIMIT if passes else 0
