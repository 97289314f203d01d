"""Tokens of SQL and PL/SQL.

One lexer for both languages, because a block contains statements and both number their binds by the same text.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from reconciler.sandbox.seam import OracleError, Prepared, StatementKind


class TokenKind(enum.Enum):
    WORD = "word"  # unquoted identifier or keyword
    QUOTED = "quoted"  # "quoted identifier"
    STRING = "string"
    NUMBER = "number"
    BIND = "bind"
    SYMBOL = "symbol"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is the token as written; `value` what it means: an identifier folded or unquoted, a string without quotes, a bind's name.

    `start` and `end` are character positions in the statement.
    """

    kind: TokenKind
    text: str
    value: str
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        """Whether this is one of the given keywords (upper case)."""
        return self.kind is TokenKind.WORD and self.value in words

    def is_symbol(self, *symbols: str) -> bool:
        return self.kind is TokenKind.SYMBOL and self.value in symbols

    @property
    def is_identifier(self) -> bool:
        return self.kind in (TokenKind.WORD, TokenKind.QUOTED)


_CLOSING = {"[": "]", "{": "}", "(": ")", "<": ">"}
_SYMBOLS = ("<<", ">>", "**", ":=", "=>", "..", "||", "<=", ">=", "<>", "!=", "^=", "~=")
_WORD = re.compile(r"[^\W\d_][\w$#]*")
_NUMBER = re.compile(r"(?:[0-9]+(?:\.(?!\.)[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fFdD]?(?![\w$#])")
_SIZE = re.compile(r"[0-9]+[kKmMgGtTpPeE](?![\w$#])")  # QUOTA 100M, SIZE 10G
_SPACE = re.compile(r"\s+")
_BIND = re.compile(r":\s*(\"[^\"]+\"|[\w$#]+)")
_SINGLE = set("+-*/=<>().,;@%[]{}?|!^&:")


def _quoted_by_q(text: str, position: int) -> int | None:
    """End of a q-quoted string that starts at `position` (at the q), None if there is none."""
    start = position + (1 if text[position] in "nN" else 0)
    if text[start : start + 2].lower() != "q'" or start + 2 >= len(text):
        return None
    opening = text[start + 2]
    closing = text.find(_CLOSING.get(opening, opening) + "'", start + 3)
    if closing < 0:
        raise OracleError(1756, "quoted string not properly terminated", offset=position)
    return closing + 2


def _string_end(text: str, position: int) -> int:
    """End of an ordinary string whose quote is at `position`."""
    while True:
        closing = text.find("'", position + 1)
        if closing < 0:
            raise OracleError(1756, "quoted string not properly terminated", offset=position)
        if text[closing + 1 : closing + 2] != "'":
            return closing + 1
        position = closing + 1


def _skip_blank(text: str, position: int) -> int:
    """Position after white space and comments."""
    while position < len(text):
        space = _SPACE.match(text, position)
        if space:
            position = space.end()
        elif text.startswith("--", position):
            line_end = text.find("\n", position)
            position = len(text) if line_end < 0 else line_end + 1
        elif text.startswith("/*", position):
            comment_end = text.find("*/", position + 2)
            if comment_end < 0:
                raise OracleError(1742, "comment not terminated properly", offset=position)
            position = comment_end + 2
        else:
            break
    return position


def _next_token(text: str, position: int) -> Token:
    char = text[position]
    if char in "qQnN":
        end = _quoted_by_q(text, position)
        if end is not None:
            body_start = text.index("'", position) + 2
            return Token(
                TokenKind.STRING, text[position:end], text[body_start : end - 2], position, end
            )
    if char == "'" or (char in "nN" and text[position + 1 : position + 2] == "'"):
        quote = position if char == "'" else position + 1
        end = _string_end(text, quote)
        value = text[quote + 1 : end - 1].replace("''", "'")
        return Token(TokenKind.STRING, text[position:end], value, position, end)
    if char == '"':
        closing = text.find('"', position + 1)
        if closing < 0:
            raise OracleError(1740, "missing double quote in identifier", offset=position)
        if closing == position + 1:
            raise OracleError(1741, "illegal zero-length identifier", offset=position)
        name = text[position + 1 : closing]
        return Token(TokenKind.QUOTED, text[position : closing + 1], name, position, closing + 1)
    word = _WORD.match(text, position)
    if word:
        return Token(TokenKind.WORD, word.group(), word.group().upper(), position, word.end())
    number = _NUMBER.match(text, position) or _SIZE.match(text, position)
    if number:
        return Token(TokenKind.NUMBER, number.group(), number.group(), position, number.end())
    if text[position : position + 2] in _SYMBOLS:
        symbol = text[position : position + 2]
        return Token(TokenKind.SYMBOL, symbol, symbol, position, position + 2)
    if char == ":":
        bind = _BIND.match(text, position)
        if bind:
            name = bind.group(1)
            value = name[1:-1] if name.startswith('"') else name.upper()
            return Token(TokenKind.BIND, bind.group(), value, position, bind.end())
    if char in _SINGLE:
        return Token(TokenKind.SYMBOL, char, char, position, position + 1)
    raise OracleError(911, "invalid character", offset=position)


def tokens(text: str) -> Iterator[Token]:
    """All tokens, without the END token. Raises OracleError for text that cannot be tokenised."""
    position = _skip_blank(text, 0)
    while position < len(text):
        token = _next_token(text, position)
        yield token
        position = _skip_blank(text, token.end)


@lru_cache(maxsize=16)
def _scanned(text: str) -> tuple[Token, ...]:
    """All tokens, kept for the next reader of the same text: a statement is prepared first and parsed after."""
    return tuple(tokens(text))


def tokenize(text: str) -> list[Token]:
    """All tokens, closed by an END token."""
    found = list(_scanned(text))
    found.append(Token(TokenKind.END, "", "", len(text), len(text)))
    return found


_KINDS = {
    **dict.fromkeys(("SELECT", "WITH"), StatementKind.QUERY),
    **dict.fromkeys(("INSERT", "UPDATE", "DELETE", "MERGE"), StatementKind.DML),
    **dict.fromkeys(
        (
            "CREATE",
            "ALTER",
            "DROP",
            "GRANT",
            "REVOKE",
            "ANALYZE",
            "AUDIT",
            "NOAUDIT",
            "COMMENT",
            "TRUNCATE",
            "RENAME",
            "PURGE",
        ),
        StatementKind.DDL,
    ),
    **dict.fromkeys(("BEGIN", "DECLARE", "CALL"), StatementKind.PLSQL),
}


def _defines_code(found: Sequence[Token]) -> bool:
    """Whether a CREATE statement holds stored code, whose `:new` and `:old` are not binds."""
    words = [token.value for token in found[:6] if token.kind is TokenKind.WORD]
    return words[:1] == ["CREATE"] and bool(
        {"TRIGGER", "PROCEDURE", "FUNCTION", "PACKAGE", "TYPE"} & set(words)
    )


def prepare(text: str) -> Prepared:
    """Kind and binds of a statement, decided the way drivers decide them."""
    found = _scanned(text)
    first = next((token for token in found if not token.is_symbol("(", "<<", ">>")), None)
    kind = (
        _KINDS.get(first.value, StatementKind.OTHER)
        if first and first.kind is TokenKind.WORD
        else StatementKind.OTHER
    )
    if kind is StatementKind.DDL and _defines_code(found):
        return Prepared(text, kind, ())
    names = [token.value for token in found if token.kind is TokenKind.BIND]
    if kind is StatementKind.PLSQL:
        return Prepared(text, kind, tuple(dict.fromkeys(names)))
    returning: int | None = None
    if kind is StatementKind.DML:
        seen_returning, binds_before = False, 0
        for token in found:
            if token.kind is TokenKind.BIND:
                binds_before += 1
            elif token.is_word("RETURNING"):
                seen_returning = True
            elif seen_returning and token.is_word("INTO"):
                returning = binds_before
                break
    return Prepared(text, kind, tuple(names), returning)
