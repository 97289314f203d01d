"""Parser of PL/SQL expressions, names with their tails, and actual parameters."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from reconciler.sandbox.engine.plsql import nodes
from reconciler.sandbox.engine.plsql.errors import CompileError
from reconciler.sandbox.engine.plsql.reader import RESERVED, Reader
from reconciler.sandbox.engine.sql.lexer import TokenKind

_COMPARISONS = {"=": "=", "<>": "<>", "!=": "<>", "^=": "<>", "~=": "<>"} | {
    symbol: symbol for symbol in ("<", "<=", ">", ">=")
}
_SQL_SYNTAX = frozenset({"CAST", "EXTRACT", "TREAT", "XMLELEMENT", "JSON_OBJECT", "JSON_ARRAY"})
_SQL_LITERALS = frozenset({"DATE", "TIMESTAMP", "INTERVAL"})
_CONSTANTS: dict[str, Any] = {"NULL": None, "TRUE": True, "FALSE": False}


def number_value(text: str) -> int | Decimal | float:
    """The value of a number literal."""
    if text[-1] in "fFdD":
        return float(text[:-1])
    value = Decimal(text)
    return int(value) if value == value.to_integral_value() and value.adjusted() < 40 else value


class ExpressionParser(Reader):
    """Recursive descent, weakest operator first."""

    def expression(self) -> nodes.Expression:
        left = self._conjunction()
        while self.is_word("OR"):
            at = self.next().start
            left = nodes.Binary("OR", left, self._conjunction(), at)
        return left

    def _conjunction(self) -> nodes.Expression:
        left = self._negation()
        while self.is_word("AND"):
            at = self.next().start
            left = nodes.Binary("AND", left, self._negation(), at)
        return left

    def _negation(self) -> nodes.Expression:
        if self.is_word("NOT"):
            at = self.next().start
            return nodes.Unary("NOT", self._negation(), at)
        return self._relation()

    def _relation(self) -> nodes.Expression:
        left = self._sum()
        while True:
            at = self.at
            if self.current.kind is TokenKind.SYMBOL and self.current.value in _COMPARISONS:
                operator = _COMPARISONS[self.next().value]
                left = nodes.Binary(operator, left, self._sum(), at)
            elif self.accept_word("IS"):
                negated = self.accept_word("NOT") is not None
                self.expect_word("NULL")
                left = nodes.IsNull(left, negated, at)
            elif self.is_word("LIKE", "BETWEEN", "IN") or (
                self.is_word("NOT") and self.peek().is_word("LIKE", "BETWEEN", "IN")
            ):
                negated = self.accept_word("NOT") is not None
                left = self._predicate(left, negated, at)
            else:
                return left

    def _predicate(self, left: nodes.Expression, negated: bool, at: int) -> nodes.Expression:
        word = self.next().value
        if word == "LIKE":
            pattern = self._sum()
            escape = self._sum() if self.accept_word("ESCAPE") else None
            return nodes.Like(left, pattern, escape, negated, at)
        if word == "BETWEEN":
            low = self._sum()
            self.expect_word("AND")
            inside = nodes.Binary(
                "AND",
                nodes.Binary(">=", left, low, at),
                nodes.Binary("<=", left, self._sum(), at),
                at,
            )
            return nodes.Unary("NOT", inside, at) if negated else inside
        self.expect_symbol("(")
        items = [self.expression()]
        while self.accept_symbol(","):
            items.append(self.expression())
        self.expect_symbol(")")
        return nodes.InList(left, tuple(items), negated, at)

    def _sum(self) -> nodes.Expression:
        left = self._product()
        while self.is_symbol("+", "-", "||"):
            token = self.next()
            left = nodes.Binary(token.value, left, self._product(), token.start)
        return left

    def _product(self) -> nodes.Expression:
        left = self._power()
        while self.is_symbol("*", "/") or self.is_word("MOD"):
            token = self.next()
            left = nodes.Binary(token.value, left, self._power(), token.start)
        return left

    def _power(self) -> nodes.Expression:
        left = self._signed()
        if self.is_symbol("**"):
            at = self.next().start
            return nodes.Binary("**", left, self._power(), at)
        return left

    def _signed(self) -> nodes.Expression:
        at = self.at
        sign = self.accept_symbol("-", "+")
        if sign == "-":
            return nodes.Unary("-", self._signed(), at)
        return self._signed() if sign else self.primary()

    def primary(self) -> nodes.Expression:
        token = self.current
        if token.kind is TokenKind.NUMBER:
            return nodes.Literal(number_value(self.next().text), token.start)
        if token.kind is TokenKind.STRING:
            return nodes.Literal(self.next().value or None, token.start)
        if token.kind is TokenKind.BIND:
            self.next()
            return nodes.BindReference(token.value, token.start)
        if self.accept_symbol("("):
            inner = self.expression()
            self.expect_symbol(")")
            return inner
        if token.kind is TokenKind.WORD and token.value in _CONSTANTS:
            self.next()
            return nodes.Literal(_CONSTANTS[token.value], token.start)
        if token.is_word("CASE"):
            return self._case()
        if token.is_word("SQL") and self.peek().is_symbol("%"):
            self.position += 2
            return nodes.CursorAttribute(None, self._attribute(), token.start)
        fragment = self._sql_fragment()
        return fragment or self._named_value()

    def _named_value(self) -> nodes.Expression:
        if self.current.kind is TokenKind.WORD and self.current.value in RESERVED:
            self.fail("(", "-", "+", "case", "not", "null", "<an identifier>", "<a bind variable>")
        reference = self.reference()
        if self.accept_symbol("%"):
            return nodes.CursorAttribute(reference, self._attribute(), reference.at)
        return reference

    def _attribute(self) -> str:
        attribute = self.member()
        if attribute == "BULK_ROWCOUNT":
            raise CompileError(
                "PLS-00201: identifier 'SQL%BULK_ROWCOUNT' must be declared", self.at
            )
        if attribute not in ("FOUND", "NOTFOUND", "ROWCOUNT", "ISOPEN"):
            self.position -= 1
            self.fail("found", "notfound", "rowcount", "isopen")
        return attribute

    def _sql_fragment(self) -> nodes.SqlFragment | None:
        """An expression whose syntax only SQL has, as its tokens."""
        start, token = self.position, self.current
        if token.kind is not TokenKind.WORD:
            return None
        if token.value in _SQL_LITERALS and self.peek().kind is TokenKind.STRING:
            self.position += 2
            if token.value == "INTERVAL":
                self._interval_fields()
        elif (token.value in _SQL_SYNTAX and self.peek().is_symbol("(")) or (
            token.value == "TRIM" and self._trim_with_from()
        ):
            self.position += 2
            self.until_closing()
        else:
            return None
        return nodes.SqlFragment(tuple(self.tokens[start : self.position]), token.start)

    def _interval_fields(self) -> None:
        self.member()
        if self.accept_symbol("("):
            self.until_closing()
        if self.accept_word("TO"):
            self.member()
            if self.accept_symbol("("):
                self.until_closing()

    def _trim_with_from(self) -> bool:
        """Whether TRIM is followed by its SQL form TRIM([LEADING|...] x FROM y)."""
        saved = self.position
        self.position += 1
        found = False
        if self.accept_symbol("("):
            found = any(token.is_word("FROM") for token in self.until_closing())
        self.position = saved
        return found

    def _case(self) -> nodes.CaseExpression:
        at = self.next().start
        operand = None if self.is_word("WHEN") else self.expression()
        branches = []
        while self.accept_word("WHEN"):
            condition = self.expression()
            self.expect_word("THEN")
            branches.append((condition, self.expression()))
        otherwise = self.expression() if self.accept_word("ELSE") else None
        if not branches:
            self.fail("when")
        self.expect_word("END")
        return nodes.CaseExpression(operand, tuple(branches), otherwise, at)

    def reference(self) -> nodes.Reference:
        """A name with its tail of fields, elements and arguments."""
        at = self.at
        steps: list[nodes.Field | nodes.Call] = [nodes.Field(self.identifier(), at)]
        while True:
            if self.is_symbol(".") and self.peek().is_identifier:
                self.next()
                member_at = self.at
                steps.append(nodes.Field(self.member(), member_at))
            elif self.is_symbol("("):
                call_at = self.next().start
                steps.append(nodes.Call(self.arguments(), call_at))
            else:
                return nodes.Reference(tuple(steps), at)

    def arguments(self) -> tuple[nodes.Argument, ...]:
        """Actual parameters up to the closing parenthesis, which is passed."""
        found: list[nodes.Argument] = []
        if self.accept_symbol(")"):
            return ()
        while True:
            name = None
            if self.current.is_identifier and self.peek().is_symbol("=>"):
                name = self.next().value
                self.next()
            found.append(nodes.Argument(name, self.expression()))
            if not self.accept_symbol(","):
                self.expect_symbol(")")
                return tuple(found)
