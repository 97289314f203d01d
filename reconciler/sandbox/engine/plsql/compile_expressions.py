"""Compiles expressions to closures over the running frame."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from reconciler.sandbox.engine.plsql import nodes
from reconciler.sandbox.engine.plsql.compile_references import ReferenceCompiler
from reconciler.sandbox.engine.plsql.errors import CompileError, undeclared
from reconciler.sandbox.engine.plsql.runtime import Cursor, Evaluate, Frame
from reconciler.sandbox.engine.plsql.values import as_plsql, calculate, compare, to_text
from reconciler.sandbox.engine.sql import functions
from reconciler.sandbox.engine.sql.arithmetic import negate
from reconciler.sandbox.seam import OracleError

_TESTS: dict[str, Callable[[int], bool]] = {
    "=": lambda order: order == 0,
    "<>": lambda order: order != 0,
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}


class ExpressionCompiler(ReferenceCompiler):
    """One method per kind of node."""

    def expression(self, node: nodes.Expression) -> Evaluate:
        match node:
            case nodes.Literal(value=value):
                return lambda _frame: value
            case nodes.BindReference():
                return self.bind_value(node)
            case nodes.Reference():
                return self.reference_value(node)
            case nodes.Binary():
                return self._binary(node)
            case nodes.Unary():
                return self._unary(node)
            case nodes.IsNull(operand=operand, negated=negated):
                tested = self.expression(operand)
                if negated:
                    return lambda frame: tested(frame) is not None
                return lambda frame: tested(frame) is None
            case nodes.Like():
                return self._like(node)
            case nodes.InList():
                return self._in_list(node)
            case nodes.CaseExpression():
                return self._case(node)
            case nodes.CursorAttribute():
                return self._attribute(node)
            case nodes.SqlFragment():
                return self.sql_expression(node.tokens)

    def _binary(self, node: nodes.Binary) -> Evaluate:
        left, right = self.expression(node.left), self.expression(node.right)
        operator = node.operator
        if operator in _TESTS:
            return _comparison(operator, left, right)
        if operator == "AND":
            return _conjunction(left, right)
        if operator == "OR":
            return _disjunction(left, right)
        if operator == "||":
            return _concatenation(left, right)
        if operator == "MOD":
            return self.sql_function("MOD", [left, right], node.at)
        return lambda frame: calculate(operator, left(frame), right(frame), frame.run.session)

    def _unary(self, node: nodes.Unary) -> Evaluate:
        operand = self.expression(node.operand)
        if node.operator == "-":
            return lambda frame: as_plsql(negate, operand(frame))

        def negation(frame: Frame) -> Any:
            value = operand(frame)
            return None if value is None else not value

        return negation

    def _like(self, node: nodes.Like) -> Evaluate:
        operand, pattern = self.expression(node.operand), self.expression(node.pattern)
        escape = self.expression(node.escape) if node.escape else (lambda _frame: None)

        def like(frame: Frame) -> Any:
            dates = frame.run.session
            text, mask = to_text(operand(frame), dates), to_text(pattern(frame), dates)
            if text is None or mask is None:
                return None
            found = _like_pattern(mask, escape(frame)).fullmatch(text) is not None
            return found is not node.negated

        return like

    def _in_list(self, node: nodes.InList) -> Evaluate:
        operand = self.expression(node.operand)
        items = [self.expression(item) for item in node.items]

        def is_in(frame: Frame) -> Any:
            value, unknown = operand(frame), False
            if value is None:
                return None
            for item in items:
                other = item(frame)
                if other is None:
                    unknown = True
                elif compare(value, other, frame.run.session) == 0:
                    return not node.negated
            return None if unknown else node.negated

        return is_in

    def _case(self, node: nodes.CaseExpression) -> Evaluate:
        branches = [
            (self.condition(node.operand, test), self.expression(value))
            for test, value in node.branches
        ]
        otherwise = self.expression(node.otherwise) if node.otherwise else (lambda _frame: None)

        def case(frame: Frame) -> Any:
            for test, value in branches:
                if test(frame) is True:
                    return value(frame)
            return otherwise(frame)

        return case

    def condition(self, operand: nodes.Expression | None, test: nodes.Expression) -> Evaluate:
        """The test of a CASE branch: a condition, or equality with the operand."""
        if operand is None:
            return self.expression(test)
        return _comparison("=", self.expression(operand), self.expression(test))

    def _attribute(self, node: nodes.CursorAttribute) -> Evaluate:
        name = node.attribute
        if node.cursor is None:
            return _implicit_attribute(name)
        cursor = self.cursor_value(node.cursor)

        def attribute(frame: Frame) -> Any:
            state = cursor(frame)
            return (state or Cursor()).attribute(name)

        return attribute

    def sql_function(self, name: str, arguments: list[Evaluate], at: int) -> Evaluate:
        """A function that SQL and PL/SQL share."""
        function = functions.FUNCTIONS.get(name)
        if function is None:
            raise undeclared(name, at)
        try:
            functions.check_arity(name, len(arguments))
        except OracleError:
            message = f"PLS-00306: wrong number or types of arguments in call to '{name}'"
            raise CompileError(message, at) from None
        return lambda frame: as_plsql(
            function, frame.run.session, *[argument(frame) for argument in arguments]
        )


def _comparison(operator: str, left: Evaluate, right: Evaluate) -> Evaluate:
    test = _TESTS[operator]

    def comparison(frame: Frame) -> Any:
        one, two = left(frame), right(frame)
        if one is None or two is None:
            return None
        return test(compare(one, two, frame.run.session))

    return comparison


def _conjunction(left: Evaluate, right: Evaluate) -> Evaluate:
    def conjunction(frame: Frame) -> Any:
        one = left(frame)
        if one is False:
            return False
        two = right(frame)
        if two is False:
            return False
        return None if one is None or two is None else True

    return conjunction


def _disjunction(left: Evaluate, right: Evaluate) -> Evaluate:
    def disjunction(frame: Frame) -> Any:
        one = left(frame)
        if one is True:
            return True
        two = right(frame)
        if two is True:
            return True
        return None if one is None or two is None else False

    return disjunction


def _concatenation(left: Evaluate, right: Evaluate) -> Evaluate:
    def concatenation(frame: Frame) -> Any:
        dates = frame.run.session
        return (to_text(left(frame), dates) or "") + (to_text(right(frame), dates) or "") or None

    return concatenation


def _implicit_attribute(name: str) -> Evaluate:
    def attribute(frame: Frame) -> Any:
        count = frame.run.row_count
        if name == "ISOPEN":
            return False
        if count is None or name == "ROWCOUNT":
            return count
        return (count > 0) is (name == "FOUND")

    return attribute


@lru_cache(maxsize=256)
def _like_pattern(mask: str, escape: str | None) -> re.Pattern[str]:
    parts: list[str] = []
    characters = iter(mask)
    for char in characters:
        if char == escape:
            parts.append(re.escape(next(characters, "")))
        else:
            parts.append({"%": ".*", "_": "."}.get(char) or re.escape(char))
    return re.compile("".join(parts), re.DOTALL)
