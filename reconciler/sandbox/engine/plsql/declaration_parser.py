"""Parser of types, declarations and subprogram heads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.sandbox.engine.plsql import nodes
from reconciler.sandbox.engine.plsql.errors import CompileError
from reconciler.sandbox.engine.plsql.expression_parser import ExpressionParser
from reconciler.sandbox.engine.sql.lexer import TokenKind

_HEAD_WORDS = ("DETERMINISTIC", "PARALLEL_ENABLE", "RESULT_CACHE", "PIPELINED")


class DeclarationParser(ExpressionParser):
    """Needs `block_body` of the statement parser for subprograms with a body."""

    if TYPE_CHECKING:

        def block_body(
            self, declarations: tuple[nodes.Declaration, ...], label: str | None, at: int
        ) -> nodes.Block: ...

    def declarations(self) -> tuple[nodes.Declaration, ...]:
        """Everything up to BEGIN or END."""
        found: list[nodes.Declaration] = []
        while not self.is_word("BEGIN", "END") and self.current.kind is not TokenKind.END:
            declaration = self.declaration()
            if declaration is not None:
                found.append(declaration)
        return tuple(found)

    def declaration(self) -> nodes.Declaration | None:
        at = self.at
        if self.accept_word("PRAGMA"):
            return self._pragma(at)
        if self.is_word("PROCEDURE", "FUNCTION"):
            return self.subprogram()
        if self.is_word("TYPE") and self.peek().is_identifier:
            self.next()
            return self._type_declaration(at)
        if self.is_word("SUBTYPE") and self.peek(2).is_word("IS"):
            self.next()
            name = self.identifier()
            self.expect_word("IS")
            base = self.type_name()
            self.expect_symbol(";")
            return nodes.SubtypeDeclaration(name, base, at)
        if self.accept_word("CURSOR"):
            return self._cursor(at)
        return self._variable(at)

    def _pragma(self, at: int) -> nodes.ExceptionInit | None:
        name = self.identifier()
        if name == "EXCEPTION_INIT":
            self.expect_symbol("(")
            exception = self.identifier()
            self.expect_symbol(",")
            negative = self.accept_symbol("-") is not None
            if self.current.kind is not TokenKind.NUMBER:
                self.fail("<an integer>")
            code = int(self.next().text)
            self.expect_symbol(")")
            self.expect_symbol(";")
            return nodes.ExceptionInit(exception, -code if negative else code, at)
        if name == "AUTONOMOUS_TRANSACTION":
            raise CompileError("PLS-00127: Pragma AUTONOMOUS_TRANSACTION is not supported here", at)
        self.until_semicolon()
        return None

    def _variable(self, at: int) -> nodes.VariableDeclaration | nodes.ExceptionDeclaration:
        name = self.identifier()
        if self.accept_word("EXCEPTION"):
            self.expect_symbol(";")
            return nodes.ExceptionDeclaration(name, at)
        declaration = self._typed(name, at)
        self.expect_symbol(";")
        return declaration

    def _typed(self, name: str, at: int) -> nodes.VariableDeclaration:
        constant = self.accept_word("CONSTANT") is not None
        kind = self.type_name()
        not_null = self.accept_words("NOT", "NULL")
        default = None
        if self.accept_symbol(":=") or self.accept_word("DEFAULT"):
            default = self.expression()
        return nodes.VariableDeclaration(name, kind, constant, not_null, default, at)

    def _type_declaration(self, at: int) -> nodes.Declaration:
        name = self.identifier()
        self.expect_word("IS")
        declaration: nodes.Declaration
        if self.accept_word("RECORD"):
            self.expect_symbol("(")
            fields = [self._typed(self.identifier(), self.at)]
            while self.accept_symbol(","):
                fields.append(self._typed(self.identifier(), self.at))
            self.expect_symbol(")")
            declaration = nodes.RecordTypeDeclaration(name, tuple(fields), at)
        elif self.accept_word("REF"):
            self.expect_word("CURSOR")
            if self.accept_word("RETURN"):
                self.type_name()
            declaration = nodes.RefCursorTypeDeclaration(name, at)
        else:
            declaration = self._collection_type(name, at)
        self.expect_symbol(";")
        return declaration

    def _collection_type(self, name: str, at: int) -> nodes.CollectionTypeDeclaration:
        limit: int | None = None
        if self.accept_word("VARRAY") or self.accept_words("VARYING", "ARRAY"):
            self.expect_symbol("(")
            limit = int(self.next().text)
            self.expect_symbol(")")
        else:
            self.expect_word("TABLE")
        self.expect_word("OF")
        element = self.type_name()
        self.accept_words("NOT", "NULL")
        key = None
        if self.accept_word("INDEX"):
            self.expect_word("BY")
            key = self.type_name()
        return nodes.CollectionTypeDeclaration(name, element, key, limit, at)

    def _cursor(self, at: int) -> nodes.CursorDeclaration:
        name = self.identifier()
        parameters = self.parameters()
        if self.accept_word("RETURN"):
            self.type_name()
        self.expect_word("IS")
        return nodes.CursorDeclaration(name, parameters, self.until_semicolon(), at)

    def type_name(self) -> nodes.TypeName:
        at = self.at
        names = [self.identifier()]
        while self.accept_symbol("."):
            names.append(self.member())
        if names == ["LONG"] and self.accept_word("RAW"):
            names = ["LONG RAW"]
        if names == ["DOUBLE"] and self.accept_word("PRECISION"):
            names = ["NUMBER"]
        if self.accept_symbol("%"):
            attribute = self.expect_word("TYPE", "ROWTYPE")
            return nodes.TypeName(tuple(names), (), attribute, at)
        numbers = self._type_numbers()
        zoned = self._time_zone() if names == ["TIMESTAMP"] else False
        if names == ["INTERVAL"]:
            self._interval_fields()
        return nodes.TypeName(tuple(names), numbers, None, at, zoned)

    def _type_numbers(self) -> tuple[int, ...]:
        found: list[int] = []
        if not self.accept_symbol("("):
            return ()
        while not self.accept_symbol(")"):
            negative = self.accept_symbol("-") is not None
            if self.current.kind is TokenKind.NUMBER:
                value = int(self.next().text)
                found.append(-value if negative else value)
            elif self.accept_symbol("*"):
                found.append(38)
            elif not (self.accept_symbol(",") or self.accept_word("BYTE", "CHAR")):
                self.fail("<a number>")
        return tuple(found)

    def _time_zone(self) -> bool:
        if self.accept_word("WITH"):
            self.accept_word("LOCAL")
            self.expect_word("TIME")
            self.expect_word("ZONE")
            return True
        return False

    def parameters(self) -> tuple[nodes.Parameter, ...]:
        """Formal parameters with their parentheses, if there are any."""
        if not self.accept_symbol("("):
            return ()
        found = [self._parameter()]
        while self.accept_symbol(","):
            found.append(self._parameter())
        self.expect_symbol(")")
        return tuple(found)

    def _parameter(self) -> nodes.Parameter:
        at = self.at
        name = self.identifier()
        reads = self.accept_word("IN") is not None
        writes = self.accept_word("OUT") is not None
        self.accept_word("NOCOPY")
        mode = ("IN OUT" if reads else "OUT") if writes else "IN"
        kind = self.type_name()
        default = None
        if self.accept_symbol(":=") or self.accept_word("DEFAULT"):
            default = self.expression()
        return nodes.Parameter(name, mode, kind, default, at)

    def subprogram(self) -> nodes.Subprogram:
        """PROCEDURE or FUNCTION with its body, or its head alone."""
        at = self.at
        is_function = self.expect_word("PROCEDURE", "FUNCTION") == "FUNCTION"
        name = self.identifier()
        parameters = self.parameters()
        returns = None
        if is_function:
            self.expect_word("RETURN")
            returns = self.type_name()
        while self.accept_word(*_HEAD_WORDS):
            pass
        body = None
        if self.accept_word("IS", "AS"):
            body = self.block_body(self.declarations(), name, at)
        self.expect_symbol(";")
        return nodes.Subprogram(name, parameters, returns, body, at)
