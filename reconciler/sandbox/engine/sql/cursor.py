"""A position in a list of tokens, with the few moves a recursive-descent parser makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from reconciler.sandbox.engine.sql.ast import Identifier, Name
from reconciler.sandbox.engine.sql.lexer import Token, TokenKind, tokenize
from reconciler.sandbox.seam import OracleError

# Words that end an operand or an alias wherever they stand unquoted. Oracle reserves more; these are the ones the grammar needs.
RESERVED = frozenset(
    """ALL ALTER AND ANY AS ASC BETWEEN BY CHECK CONNECT CREATE DELETE DESC DISTINCT DROP ELSE EXCEPT FETCH FOR FROM GRANT GROUP HAVING
    IN INSERT INTERSECT INTO IS LIKE MINUS NOT OF ON OR ORDER REVOKE SELECT SET START TABLE THEN TO UNION UNIQUE UPDATE VALUES WHERE
    WITH""".split()  # noqa: SIM905 - a list of words reads better as one
)


class TokenCursor:
    """Reads tokens one after another; `position` may be saved and set back. The last token is END and is never passed."""

    def __init__(self, tokens: Sequence[Token], position: int = 0) -> None:
        self.tokens = tokens
        self.position = position
        binds = (token.start for token in tokens if token.kind is TokenKind.BIND)
        self._bind_index = {start: index for index, start in enumerate(binds)}

    @classmethod
    def of(cls, text: str) -> TokenCursor:
        """A cursor over the tokens of a text."""
        return cls(tokenize(text))

    @property
    def current(self) -> Token:
        return self.tokens[self.position]

    def peek(self, distance: int = 1) -> Token:
        return self.tokens[min(self.position + distance, len(self.tokens) - 1)]

    def next(self) -> Token:
        """The current token, passed."""
        token = self.tokens[self.position]
        if token.kind is not TokenKind.END:
            self.position += 1
        return token

    def bind_index(self, token: Token) -> int:
        """Which bind of the statement a BIND token is, from 0."""
        return self._bind_index[token.start]

    @property
    def at_end(self) -> bool:
        return self.current.kind is TokenKind.END

    def at_words(self, *words: str) -> bool:
        """Whether exactly these keywords come next."""
        return all(self.peek(offset).is_word(word) for offset, word in enumerate(words))

    def accept_word(self, *words: str) -> str | None:
        """Passes one of the keywords and says which."""
        if self.current.is_word(*words):
            return self.next().value
        return None

    def accept_words(self, *words: str) -> bool:
        """Passes the whole phrase or nothing."""
        if self.at_words(*words):
            self.position += len(words)
            return True
        return False

    def accept_symbol(self, *symbols: str) -> str | None:
        if self.current.is_symbol(*symbols):
            return self.next().value
        return None

    def expect_word(self, *words: str, code: int = 905, message: str = "missing keyword") -> str:
        found = self.accept_word(*words)
        return self.fail(code, message) if found is None else found

    def expect_symbol(self, symbol: str) -> None:
        if not self.accept_symbol(symbol):
            code, message = {
                "(": (906, "missing left parenthesis"),
                ")": (907, "missing right parenthesis"),
                ",": (917, "missing comma"),
                "=": (927, "missing equal sign"),
            }.get(symbol, (900, "invalid SQL statement"))
            self.fail(code, message)

    def identifier(self, *, code: int = 904, message: str = ": invalid identifier") -> Identifier:
        """Any quoted identifier or a word that is not reserved."""
        token = self.current
        if token.kind is TokenKind.QUOTED or (
            token.kind is TokenKind.WORD and token.value not in RESERVED
        ):
            self.next()
            return to_identifier(token)
        return self.fail(code, message)

    def name(self, *, code: int = 903, message: str = "invalid table name") -> Name:
        """A dotted name; behind a dot reserved words are names too."""
        start = self.current.start
        parts = [self.identifier(code=code, message=message)]
        while self.current.is_symbol(".") and self.peek().is_identifier:
            self.next()
            parts.append(to_identifier(self.next()))
        return Name(tuple(parts), start=start)

    def fail(self, code: int, message: str) -> NoReturn:
        """Raises a syntax error at the current token."""
        raise OracleError(code, message, offset=self.current.start)


def to_identifier(token: Token) -> Identifier:
    """Raises ORA-00972 for one longer than 128 bytes."""
    if len(token.value.encode()) > 128:
        raise OracleError(972, "identifier is too long", offset=token.start)
    return Identifier(token.value, token.kind is TokenKind.QUOTED)
