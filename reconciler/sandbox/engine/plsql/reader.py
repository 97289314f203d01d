"""The token reader of the PL/SQL parser: lookahead, expectations, and the syntax error that names what it met."""

from __future__ import annotations

from typing import NoReturn

from reconciler.sandbox.engine.plsql.errors import CompileError
from reconciler.sandbox.engine.sql.lexer import Token, TokenKind

RESERVED = frozenset(
    """ALL ALTER AND ANY AS ASC BEGIN BETWEEN BY CASE CHECK CREATE CURSOR DECLARE DEFAULT DELETE DESC DISTINCT DROP ELSE ELSIF END
    EXCEPTION EXIT FETCH FOR FROM FUNCTION GOTO GRANT GROUP HAVING IF IN INDEX INSERT INTERSECT INTO IS LIKE LOCK LOOP MINUS NOT NULL
    OF ON OR ORDER PRAGMA PROCEDURE RETURN REVOKE SELECT SET TABLE THEN TO TYPE UNION UNIQUE UPDATE USING VALUES VIEW WHEN WHERE
    WHILE WITH""".split()  # noqa: SIM905 - a list of words reads better as one
)


class Reader:
    """Reads a token list that ends with END, which is never passed."""

    def __init__(self, tokens: list[Token], position: int = 0) -> None:
        self.tokens = tokens
        self.position = position

    @property
    def current(self) -> Token:
        return self.tokens[self.position]

    @property
    def at(self) -> int:
        """Position in the text of the current token."""
        return self.tokens[self.position].start

    def peek(self, distance: int = 1) -> Token:
        return self.tokens[min(self.position + distance, len(self.tokens) - 1)]

    def next(self) -> Token:
        token = self.current
        if token.kind is not TokenKind.END:
            self.position += 1
        return token

    def is_word(self, *words: str) -> bool:
        return self.current.is_word(*words)

    def is_symbol(self, *symbols: str) -> bool:
        return self.current.is_symbol(*symbols)

    def at_words(self, *words: str) -> bool:
        """Whether exactly these words come next."""
        return all(self.peek(offset).is_word(word) for offset, word in enumerate(words))

    def accept_word(self, *words: str) -> str | None:
        return self.next().value if self.current.is_word(*words) else None

    def accept_words(self, *words: str) -> bool:
        if self.at_words(*words):
            self.position += len(words)
            return True
        return False

    def accept_symbol(self, *symbols: str) -> str | None:
        return self.next().value if self.current.is_symbol(*symbols) else None

    def expect_word(self, *words: str) -> str:
        return self.accept_word(*words) or self.fail(*words)

    def expect_symbol(self, *symbols: str) -> str:
        return self.accept_symbol(*symbols) or self.fail(*symbols)

    def identifier(self) -> str:
        """Any quoted identifier, or a word that is not reserved."""
        token = self.current
        if token.kind is TokenKind.QUOTED or (
            token.kind is TokenKind.WORD and token.value not in RESERVED
        ):
            return self.next().value
        return self.fail("<an identifier>")

    def member(self) -> str:
        """A name behind a dot, where reserved words are names too (s.delete)."""
        return self.next().value if self.current.is_identifier else self.fail("<an identifier>")

    def until_semicolon(self) -> tuple[Token, ...]:
        """Tokens up to the next semicolon, which is passed."""
        start = self.position
        while not self.is_symbol(";"):
            if self.current.kind is TokenKind.END:
                self.fail(";")
            self.next()
        found = tuple(self.tokens[start : self.position])
        self.next()
        return found

    def until_closing(self) -> tuple[Token, ...]:
        """Tokens up to the parenthesis that closes the one already passed; it is passed too."""
        start, depth = self.position, 1
        while True:
            if self.current.kind is TokenKind.END:
                self.fail(")")
            token = self.next()
            depth += token.is_symbol("(") - token.is_symbol(")")
            if depth == 0:
                return tuple(self.tokens[start : self.position - 1])

    def fail(self, *expected: str) -> NoReturn:
        """PLS-00103 at the current token."""
        token = self.current
        met = (
            f'"{token.text.upper() if token.kind is TokenKind.WORD else token.text}"'
            if token.kind is not TokenKind.END
            else '"end-of-file"'
        )
        listed = " ".join(word if word.startswith("<") else word.lower() for word in expected)
        raise CompileError(
            f"PLS-00103: Encountered the symbol {met} when expecting one of the following:"
            f"\n\n   {listed}\n",
            token.start,
        )
