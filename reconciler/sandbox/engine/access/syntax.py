"""Reading the tokens of a statement, with the errors Oracle gives for what it did not expect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reconciler.sandbox.engine.access.errors import error
from reconciler.sandbox.engine.sql.lexer import Token, TokenKind, tokenize
from reconciler.sandbox.seam import OracleError, Release

MAX_NAME_BYTES = 128
MAX_PASSWORD_BYTES = 1024

# Words that cannot be names unless quoted.
_RESERVED_TEXT = (
    "ACCESS ADD ALL ALTER AND ANY AS ASC AUDIT BETWEEN BY CHAR CHECK CLUSTER COLUMN COMMENT COMPRESS CONNECT CREATE CURRENT DATE"
    " DECIMAL DEFAULT DELETE DESC DISTINCT DROP ELSE EXCLUSIVE EXISTS FILE FLOAT FOR FROM GRANT GROUP HAVING IDENTIFIED IMMEDIATE IN"
    " INCREMENT INDEX INITIAL INSERT INTEGER INTERSECT INTO IS LEVEL LIKE LOCK LONG MAXEXTENTS MINUS MLSLABEL MODE MODIFY NOAUDIT"
    " NOCOMPRESS NOT NOWAIT NULL NUMBER OF OFFLINE ON ONLINE OPTION OR ORDER PCTFREE PRIOR RAW RENAME RESOURCE REVOKE ROW"
    " ROWID ROWNUM ROWS SELECT SESSION SET SHARE SIZE SMALLINT START SUCCESSFUL SYNONYM SYSDATE TABLE THEN TO TRIGGER UID"
    " UNION UNIQUE UPDATE USER VALIDATE VALUES VARCHAR VARCHAR2 VIEW WHENEVER WHERE WITH"
)
RESERVED = frozenset(_RESERVED_TEXT.split())
# Roles Oracle itself names with reserved words.
NAMES_IN_SPITE_OF_THAT = frozenset({"CONNECT", "RESOURCE"})


@dataclass(frozen=True, slots=True)
class QualifiedName:
    owner: str | None
    name: str


class Cursor:
    """Position in the tokens of one statement."""

    def __init__(self, text: str, release: Release) -> None:
        self.text = text
        self.release = release
        self._tokens = tokenize(text)
        self._index = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._index]

    def peek(self, ahead: int = 1) -> Token:
        return self._tokens[min(self._index + ahead, len(self._tokens) - 1)]

    @property
    def at_end(self) -> bool:
        return self.token.kind is TokenKind.END

    def advance(self) -> Token:
        token = self.token
        if not self.at_end:
            self._index += 1
        return token

    def at(self, *words: str) -> bool:
        """Whether the words come next, in this order."""
        return all(self.peek(ahead).is_word(word) for ahead, word in enumerate(words))

    def at_any(self, *words: str) -> bool:
        return self.token.is_word(*words)

    def accept(self, *words: str) -> bool:
        """Takes the words if they come next, all or none."""
        if not self.at(*words):
            return False
        self._index += len(words)
        return True

    def accept_symbol(self, symbol: str) -> bool:
        if not self.token.is_symbol(symbol):
            return False
        self._index += 1
        return True

    def expect(self, *words: str, code: int = 905) -> None:
        for word in words:
            if not self.accept(word):
                raise self.fail(code)

    def expect_symbol(self, symbol: str, code: int) -> None:
        if not self.accept_symbol(symbol):
            raise self.fail(code)

    def fail(self, code: int, *names: str) -> OracleError:
        """The error at the present token."""
        offset = len(self.text[: self.token.start].encode())
        return error(self.release, code, *names, offset=offset)

    def end(self) -> None:
        """Raises unless the statement is over."""
        if self.at_end:
            return
        if self.release < Release.R23:
            raise self.fail(933)
        kind, code = (
            ("keyword", 3049) if self.token.kind is TokenKind.WORD else ("reserved word", 3048)
        )
        before = " ".join(self.text[: self.token.start].split())[-40:]
        raise OracleError(
            code,
            f"SQL {kind} '{self.token.text}' is not syntactically valid following '...{before}'",
            offset=len(self.text[: self.token.start].encode()),
        )

    def name(self, code: int, *, too_long: int = 972) -> str:
        """An identifier that is no unquoted reserved word; `code` is the error for anything else."""
        token = self.token
        reserved = token.value in RESERVED and token.value not in NAMES_IN_SPITE_OF_THAT
        if not token.is_identifier or (token.kind is TokenKind.WORD and reserved):
            raise self.fail(code)
        if len(token.value.encode()) > MAX_NAME_BYTES:
            raise self.fail(too_long, token.value[:20])
        self._index += 1
        return token.value

    def qualified_name(self, code: int) -> QualifiedName:
        first = self.name(code)
        if not self.accept_symbol("."):
            return QualifiedName(None, first)
        return QualifiedName(first, self.name(code))

    def list_of(self, item: Callable[[], str]) -> tuple[str, ...]:
        """Items separated by commas."""
        found = [item()]
        while self.accept_symbol(","):
            found.append(item())
        return tuple(found)

    def password(self) -> str:
        """A password, spelt as an identifier or a number, in the case it was written."""
        token = self.token
        if token.kind not in (TokenKind.WORD, TokenKind.QUOTED, TokenKind.NUMBER):
            raise self.fail(988)
        text = token.value if token.kind is TokenKind.QUOTED else token.text
        if len(text.encode()) > MAX_PASSWORD_BYTES:
            raise self.fail(972, "password")
        self._index += 1
        return text

    def string(self, code: int) -> str:
        if self.token.kind is not TokenKind.STRING:
            raise self.fail(code)
        return self.advance().value

    def container_clause(self) -> str | None:
        """CURRENT, ALL, or None without the clause."""
        if not self.accept("CONTAINER"):
            return None
        self.expect_symbol("=", 927)
        for word in ("CURRENT", "ALL"):
            if self.accept(word):
                return word
        raise OracleError(65013, "invalid CONTAINER clause")

    def if_exists(self, *words: str) -> bool:
        """IF EXISTS or IF NOT EXISTS (`words`), known from release 23 on."""
        if self.release < Release.R23 or not self.accept("IF"):
            return False
        wrong = 11544 if words == ("EXISTS",) else 11543
        if not self.accept(*words):
            raise self.fail(wrong)
        return True


def first_duplicate(items: Sequence[str]) -> str | None:
    seen: set[str] = set()
    for item in items:
        if item in seen:
            return item
        seen.add(item)
    return None
