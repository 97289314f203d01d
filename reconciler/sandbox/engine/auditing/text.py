"""What a statement is called in the audit trail, what it is about, and its text without passwords."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reconciler.sandbox.engine.sql.lexer import Token, tokens
from reconciler.sandbox.seam import OracleError

MAX_TEXT = 10_000
"""Characters of SQL_TEXT that are kept."""

_GAP = r"(?:\s|/\*.*?\*/|--[^\n]*\n)+"
_SECRET = r"(?:\"[^\"]*\"|'(?:[^']|'')*'|[^\s;,)'\"]+)"  # noqa: S105 - the pattern of one
_PASSWORD = re.compile(
    rf"(?P<head>IDENTIFIED{_GAP}BY{_GAP}(?:VALUES{_GAP})?){_SECRET}(?P<old>{_GAP}REPLACE{_GAP}{_SECRET})?",
    re.IGNORECASE | re.DOTALL,
)
_NOT_IN_NAMES = frozenset(
    "OR REPLACE FORCE NO NOFORCE EDITIONABLE NONEDITIONABLE GLOBAL PRIVATE TEMPORARY UNIQUE BITMAP IF NOT EXISTS".split()  # noqa: SIM905
)
_LONG_KINDS = frozenset(
    (
        "PACKAGE BODY", "TYPE BODY", "MATERIALIZED VIEW", "PUBLIC SYNONYM", "PUBLIC DATABASE",
        "DATABASE LINK", "AUDIT POLICY", "PLUGGABLE DATABASE",
    )
)  # fmt: skip
_BLOCKS = frozenset({"BEGIN", "DECLARE", "CALL"})


def without_passwords(text: str) -> str:
    """The text as SQL_TEXT keeps it: each password an asterisk, as Oracle writes it."""
    return _PASSWORD.sub(_redacted, text)[:MAX_TEXT]


def _redacted(found: re.Match[str]) -> str:
    return found["head"] + "*" + (" REPLACE *" if found["old"] else "")


def deed_of(text: str) -> tuple[str, str, str | None, str | None]:
    """Action name, verb, and schema and name of the object of a statement that is no query and no DML; the object's schema is None if the text
    does not say it. The action is empty for text without a meaning."""
    try:
        words = [token for token in tokens(text) if token.text]
    except OracleError:
        return "", "", None, None
    if not words:
        return "", "", None, None
    first = words[0].value
    if first in _BLOCKS or words[0].is_symbol("<<"):
        return "PL/SQL EXECUTE", "EXECUTE", None, None
    if first in ("GRANT", "REVOKE"):
        return first, first, *_name_after(words, "ON")
    if first in ("CREATE", "ALTER", "DROP", "TRUNCATE", "COMMENT"):
        return _definition(words)
    if first in ("AUDIT", "NOAUDIT", "SET", "LOCK"):
        return " ".join(token.value for token in words[:2]), first, None, None
    return first, first, None, None


def _definition(words: Sequence[Token]) -> tuple[str, str, str | None, str | None]:
    verb = words[0].value
    if verb == "COMMENT":
        schema, name = _name_after(words, "TABLE")
        return "COMMENT", "COMMENT", schema, name
    rest = [token for token in words[1:] if not token.is_word(*_NOT_IN_NAMES)]
    if not rest:
        return verb, verb, None, None
    kind = rest[0].value
    length = 1
    if len(rest) > 1 and f"{kind} {rest[1].value}" in _LONG_KINDS:
        kind, length = f"{kind} {rest[1].value}", 2
    schema, name = _name(rest[length:])
    if verb in ("CREATE", "DROP") and kind == "INDEX":
        return f"{verb} {kind}", "INDEX", schema, name
    return f"{verb} {kind}", verb, schema, name


def _name_after(words: Sequence[Token], word: str) -> tuple[str | None, str | None]:
    for index, token in enumerate(words):
        if token.is_word(word):
            return _name(words[index + 1 :])
    return None, None


def _name(words: Sequence[Token]) -> tuple[str | None, str | None]:
    """A name of one or two parts at the beginning."""
    if not words or not words[0].is_identifier:
        return None, None
    if len(words) > 2 and words[1].is_symbol(".") and words[2].is_identifier:
        return words[0].value, words[2].value
    return None, words[0].value
