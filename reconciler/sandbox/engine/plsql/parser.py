"""Parser of blocks and statements; the whole language comes together here."""

from __future__ import annotations

from reconciler.sandbox.engine.plsql import nodes
from reconciler.sandbox.engine.plsql.declaration_parser import DeclarationParser
from reconciler.sandbox.engine.plsql.errors import CompileError
from reconciler.sandbox.engine.sql.lexer import Token, TokenKind, tokenize

_SQL_STARTS = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "LOCK")
_TRANSACTION = ("COMMIT", "ROLLBACK", "SAVEPOINT", "SET")


def parse_block(text: str) -> nodes.Block:
    """The block of an anonymous block's text. Raises CompileError, or OracleError for text that is no token."""
    parser = Parser(tokenize(text))
    block = parser.block()
    parser.accept_symbol(";")
    parser.accept_symbol("/")
    if parser.current.kind is not TokenKind.END:
        parser.fail("<end of text>")
    return block


def parse_call(text: str) -> nodes.CallStatement:
    """CALL routine(arguments) [INTO :bind]."""
    parser = Parser(tokenize(text))
    parser.expect_word("CALL")
    reference = parser.reference()
    into = None
    if parser.accept_word("INTO"):
        token = parser.next()
        if token.kind is not TokenKind.BIND:
            parser.position -= 1
            parser.fail("<a bind variable>")
        into = nodes.BindReference(token.value, token.start)
    if parser.current.kind is not TokenKind.END:
        parser.fail("<end of text>")
    return nodes.CallStatement(reference, reference.at, into)


class Parser(DeclarationParser):
    """Recursive descent over statements."""

    def block(self) -> nodes.Block:
        label, at = self._label(), self.at
        declarations = self.declarations() if self.accept_word("DECLARE") else ()
        return self.block_body(declarations, label, at)

    def block_body(
        self, declarations: tuple[nodes.Declaration, ...], label: str | None, at: int
    ) -> nodes.Block:
        """From BEGIN to END [name], without the semicolon."""
        self.expect_word("BEGIN")
        body = self.statements("EXCEPTION", "END")
        handlers: list[nodes.Handler] = []
        if self.accept_word("EXCEPTION"):
            while self.is_word("WHEN"):
                handlers.append(self._handler())
            if not handlers:
                self.fail("when")
        self.expect_word("END")
        if self.current.is_identifier:
            self.next()
        return nodes.Block(declarations, body, tuple(handlers), label, at)

    def _handler(self) -> nodes.Handler:
        at = self.next().start
        names: list[nodes.Reference] = []
        if not self.accept_word("OTHERS"):
            names.append(self.reference())
            while self.accept_word("OR"):
                names.append(self.reference())
        self.expect_word("THEN")
        return nodes.Handler(tuple(names), self.statements("WHEN", "END"), at)

    def statements(self, *stops: str) -> tuple[nodes.Statement, ...]:
        """One or more statements up to one of the words."""
        found: list[nodes.Statement] = []
        while not self.is_word(*stops):
            found.append(self.statement())
        if not found:
            self.fail(
                "(",
                "begin",
                "case",
                "declare",
                "exit",
                "for",
                "if",
                "loop",
                "null",
                "<an identifier>",
            )
        return tuple(found)

    def _label(self) -> str | None:
        label = None
        while self.accept_symbol("<<"):
            label = self.identifier()
            self.expect_symbol(">>")
        return label

    def statement(self) -> nodes.Statement:
        label = self._label()
        token = self.current
        if token.kind is TokenKind.WORD:
            if token.value in _SQL_STARTS or (
                token.value in _TRANSACTION and not self.peek().is_symbol(":=", ".", "(")
            ):
                return self._sql()
            if token.value in ("BEGIN", "DECLARE"):
                block = self.block()
                self.expect_symbol(";")
                return nodes.Block(block.declarations, block.body, block.handlers, label, block.at)
            if token.value in ("LOOP", "WHILE", "FOR"):
                return self._loop(label)
            if token.value in _STATEMENTS:
                return self._keyword_statement(token)
        return self._assignment_or_call()

    def _keyword_statement(self, token: Token) -> nodes.Statement:
        at = self.next().start
        statement: nodes.Statement = getattr(self, _STATEMENTS[token.value])(at)
        self.expect_symbol(";")
        return statement

    def _null(self, at: int) -> nodes.NullStatement:
        return nodes.NullStatement(at)

    def _goto(self, at: int) -> nodes.Statement:
        raise CompileError("PLS-00103: GOTO is not supported here", at)

    def _if(self, at: int) -> nodes.If:
        branches = []
        while True:
            condition = self.expression()
            self.expect_word("THEN")
            branches.append((condition, self.statements("ELSIF", "ELSE", "END")))
            if not self.accept_word("ELSIF"):
                break
        otherwise = self.statements("END") if self.accept_word("ELSE") else ()
        self.expect_word("END")
        self.expect_word("IF")
        return nodes.If(tuple(branches), otherwise, at)

    def _case_statement(self, at: int) -> nodes.CaseStatement:
        operand = None if self.is_word("WHEN") else self.expression()
        branches = []
        while self.accept_word("WHEN"):
            condition = self.expression()
            self.expect_word("THEN")
            branches.append((condition, self.statements("WHEN", "ELSE", "END")))
        if not branches:
            self.fail("when")
        otherwise = self.statements("END") if self.accept_word("ELSE") else None
        self.expect_word("END")
        self.expect_word("CASE")
        return nodes.CaseStatement(operand, tuple(branches), otherwise, at)

    def _exit(self, at: int) -> nodes.Leave:
        return self._leave(at, again=False)

    def _continue(self, at: int) -> nodes.Leave:
        return self._leave(at, again=True)

    def _leave(self, at: int, *, again: bool) -> nodes.Leave:
        label = self.identifier() if not self.is_word("WHEN") and not self.is_symbol(";") else None
        condition = self.expression() if self.accept_word("WHEN") else None
        return nodes.Leave(again, label, condition, at)

    def _return(self, at: int) -> nodes.Return:
        return nodes.Return(None if self.is_symbol(";") else self.expression(), at)

    def _raise(self, at: int) -> nodes.Raise:
        return nodes.Raise(None if self.is_symbol(";") else self.reference(), at)

    # --- loops -------------------------------------------------------------------------------------------------------------------

    def _loop(self, label: str | None) -> nodes.Statement:
        at = self.at
        if self.accept_word("LOOP"):
            return nodes.Loop(None, self._loop_body(), label, at)
        if self.accept_word("WHILE"):
            condition = self.expression()
            self.expect_word("LOOP")
            return nodes.Loop(condition, self._loop_body(), label, at)
        self.next()
        variable = self.identifier()
        self.expect_word("IN")
        if self.is_symbol("(") and self.peek().is_word("SELECT", "WITH"):
            self.next()
            query = self.until_closing()
            self.expect_word("LOOP")
            return nodes.QueryLoop(variable, query, self._loop_body(), label, at)
        return self._range_or_cursor_loop(variable, label, at)

    def _range_or_cursor_loop(self, variable: str, label: str | None, at: int) -> nodes.Statement:
        reverse = self.accept_word("REVERSE") is not None
        low = self.expression()
        if self.accept_word("LOOP"):
            if not isinstance(low, nodes.Reference) or reverse:
                self.fail("..")
            return nodes.CursorLoop(variable, low, self._loop_body(), label, at)
        self.expect_symbol("..")
        high = self.expression()
        self.expect_word("LOOP")
        return nodes.RangeLoop(variable, reverse, low, high, self._loop_body(), label, at)

    def _loop_body(self) -> tuple[nodes.Statement, ...]:
        body = self.statements("END")
        self.expect_word("END")
        self.expect_word("LOOP")
        if self.current.is_identifier:
            self.next()
        self.expect_symbol(";")
        return body

    # --- SQL ---------------------------------------------------------------------------------------------------------------------

    def _sql(self) -> nodes.SqlStatement:
        at = self.at
        return split_into(self.until_semicolon(), at)

    def _forall(self, at: int) -> nodes.ForAll:
        variable = self.identifier()
        self.expect_word("IN")
        low = self.expression()
        self.expect_symbol("..")
        high = self.expression()
        save = self.accept_words("SAVE", "EXCEPTIONS")
        statement: nodes.SqlStatement | nodes.ExecuteImmediate
        if self.is_word("EXECUTE"):
            statement = self._execute_immediate(self.next().start)
        else:
            statement = self._sql()
            self.position -= 1  # the caller expects the semicolon
        return nodes.ForAll(variable, low, high, save, statement, at)

    def _execute_immediate(self, at: int) -> nodes.ExecuteImmediate:
        self.expect_word("IMMEDIATE")
        text = self.expression()
        into: tuple[nodes.Target, ...] = ()
        bulk = self.accept_words("BULK", "COLLECT")
        if self.accept_word("INTO"):
            into = self.targets()
        using = self._using()
        if not into and self.accept_word("RETURNING", "RETURN"):
            self.fail("<RETURNING INTO of dynamic SQL is not supported>")
        return nodes.ExecuteImmediate(text, into, bulk, using, at)

    def _using(self) -> tuple[nodes.DynamicArgument, ...]:
        if not self.accept_word("USING"):
            return ()
        found = [self._dynamic_argument()]
        while self.accept_symbol(","):
            found.append(self._dynamic_argument())
        return tuple(found)

    def _dynamic_argument(self) -> nodes.DynamicArgument:
        reads = self.accept_word("IN") is not None
        writes = self.accept_word("OUT") is not None
        mode = ("IN OUT" if reads else "OUT") if writes else "IN"
        return nodes.DynamicArgument(mode, self.expression())

    def target(self) -> nodes.Target:
        """Something that can be assigned to."""
        token = self.current
        if token.kind is TokenKind.BIND:
            self.next()
            return nodes.BindReference(token.value, token.start)
        return self.reference()

    def targets(self) -> tuple[nodes.Target, ...]:
        found = [self.target()]
        while self.accept_symbol(","):
            found.append(self.target())
        return tuple(found)

    def _open(self, at: int) -> nodes.Open:
        cursor = self.target()
        if not self.accept_word("FOR"):
            return nodes.Open(cursor, (), None, (), at)
        if self.is_word("SELECT", "WITH"):
            query = self.until_semicolon()
            self.position -= 1
            return nodes.Open(cursor, query, None, (), at)
        text = self.expression()
        return nodes.Open(cursor, (), text, self._using(), at)

    def _fetch(self, at: int) -> nodes.Fetch:
        cursor = self.target()
        bulk = self.accept_words("BULK", "COLLECT")
        self.expect_word("INTO")
        into = self.targets()
        limit = self.expression() if self.accept_word("LIMIT") else None
        return nodes.Fetch(cursor, into, bulk, limit, at)

    def _close(self, at: int) -> nodes.Close:
        return nodes.Close(self.target(), at)

    # --- the rest ----------------------------------------------------------------------------------------------------------------

    def _assignment_or_call(self) -> nodes.Statement:
        at = self.at
        target = self.target()
        if self.accept_symbol(":="):
            value = self.expression()
            self.expect_symbol(";")
            return nodes.Assignment(target, value, at)
        if isinstance(target, nodes.BindReference) or not self.is_symbol(";"):
            self.fail(":=", ".", "(", "@", "%", ";")
        self.next()
        return nodes.CallStatement(target, at)


_STATEMENTS = {
    "NULL": "_null",
    "IF": "_if",
    "CASE": "_case_statement",
    "EXIT": "_exit",
    "CONTINUE": "_continue",
    "RETURN": "_return",
    "RAISE": "_raise",
    "GOTO": "_goto",
    "EXECUTE": "_execute_immediate",
    "OPEN": "_open",
    "FETCH": "_fetch",
    "CLOSE": "_close",
    "FORALL": "_forall",
}


def split_into(tokens: tuple[Token, ...], at: int) -> nodes.SqlStatement:
    """Static SQL taken apart: the statement as SQL knows it, and the targets of its INTO clause.

    The INTO of a RETURNING clause stays in the statement: its targets become binds there.
    """
    if not tokens or not tokens[0].is_word("SELECT", "WITH"):
        return nodes.SqlStatement(tokens, (), False, at)
    depth = 0
    for index, token in enumerate(tokens):
        depth += token.is_symbol("(") - token.is_symbol(")")
        if depth == 0 and token.is_word("INTO"):
            end = Token(TokenKind.END, "", "", tokens[-1].end, tokens[-1].end)
            parser = Parser([*tokens[index + 1 :], end])
            into = parser.targets()
            bulk = tokens[index - 2].is_word("BULK") and tokens[index - 1].is_word("COLLECT")
            head = tokens[: index - 2 if bulk else index]
            rest = tokens[index + 1 + parser.position :]
            return nodes.SqlStatement(head + rest, into, bulk, at)
    raise CompileError("PLS-00428: an INTO clause is expected in this SELECT statement", at)
