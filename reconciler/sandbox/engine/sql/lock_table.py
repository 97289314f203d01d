"""LOCK TABLE. A container has one writer at a time here, so that every mode keeps all other writers out until the transaction ends."""

from __future__ import annotations

from reconciler.sandbox.engine.access import checks
from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.sql.cursor import TokenCursor
from reconciler.sandbox.engine.sql.lexer import TokenKind
from reconciler.sandbox.engine.sql.tables import find_table

_MODES = (
    ("ROW", "SHARE"),
    ("ROW", "EXCLUSIVE"),
    ("SHARE", "UPDATE"),
    ("SHARE", "ROW", "EXCLUSIVE"),
    ("SHARE",),
    ("EXCLUSIVE",),
)


def lock_table(session: SessionView, text: str) -> None:
    """Runs the statement. Raises ORA-00054 when another session writes and it was told not to wait (so long)."""
    cursor = TokenCursor.of(text)
    cursor.expect_word("LOCK")
    cursor.expect_word("TABLE")
    names = [cursor.name()]
    while cursor.accept_symbol(","):
        names.append(cursor.name())
    cursor.expect_word("IN")
    if not any(cursor.accept_words(*mode) for mode in _MODES):
        cursor.fail(1737, "valid modes: [ROW] SHARE, [[SHARE] ROW] EXCLUSIVE, SHARE UPDATE")
    cursor.expect_word("MODE")
    seconds = _seconds(cursor)
    if not cursor.at_end:
        cursor.fail(933, "SQL command not properly ended")
    for name in names:
        checks.require_object(session, find_table(session, name), "LOCK")
    if seconds is None:
        session.begin()
    else:
        session.begin(seconds)


def _seconds(cursor: TokenCursor) -> float | None:
    if cursor.accept_word("NOWAIT"):
        return 0.0
    if not cursor.accept_word("WAIT"):
        return None
    if cursor.current.kind is not TokenKind.NUMBER or not cursor.current.value.isdigit():
        cursor.fail(30005, "missing or invalid WAIT interval")
    return float(cursor.next().value)
