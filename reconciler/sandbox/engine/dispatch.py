"""Which part of the engine runs a statement, decided by its first words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reconciler.sandbox.engine.access import statements as access
from reconciler.sandbox.engine.plsql import block, stored
from reconciler.sandbox.engine.sql import statements as sql
from reconciler.sandbox.engine.sql.lexer import Token, tokens
from reconciler.sandbox.seam import (
    Bind,
    Column,
    OracleError,
    OracleType,
    Outcome,
    Prepared,
    StatementKind,
)

if TYPE_CHECKING:
    from reconciler.sandbox.engine.session import Session


def describe(session: Session, prepared: Prepared) -> tuple[Column, ...]:
    """Columns of a query; nothing for other statements."""
    if prepared.kind is not StatementKind.QUERY:
        return ()
    return sql.describe_query(session, prepared)


def run(session: Session, prepared: Prepared, binds: Sequence[Bind]) -> Outcome:
    match prepared.kind:
        case StatementKind.QUERY:
            return _kept(sql.run_query(session, prepared, binds))
        case StatementKind.DML:
            return sql.run_dml(session, prepared, binds)
        case StatementKind.PLSQL:
            return block.run_block(session, prepared, binds)
        case StatementKind.DDL:
            return _run_ddl(session, prepared.text)
        case StatementKind.OTHER:
            return _run_other(session, prepared.text)


def _kept(outcome: Outcome) -> Outcome:
    """The rows as they are now: a cursor keeps its snapshot whatever changes while it is read, and holds no lock in the store."""
    if outcome.rows is not None:
        rows = list(outcome.rows)
        if any(column.type is OracleType.CURSOR for column in outcome.columns or ()):
            for row in rows:
                for value in row:
                    if isinstance(value, Outcome):
                        _kept(value)
        outcome.rows = iter(rows)
    return outcome


def _run_ddl(session: Session, text: str) -> Outcome:
    """DDL commits the open transaction before it runs, even if it then fails, and its own work after it."""
    words = _first_words(text, 2)
    if words[:2] in (["ALTER", "SESSION"], ["ALTER", "SYSTEM"]):
        return access.run(session, text)
    session.commit()
    if stored.handles(text):
        outcome = stored.run(session, text)
    elif access.handles(text):
        outcome = access.run(session, text)
    else:
        outcome = sql.run_ddl(session, text)
    session.commit()
    return outcome


def _run_other(session: Session, text: str) -> Outcome:
    words = _first_words(text, 4)
    match words:
        case ["COMMIT", *rest] if set(rest) <= {"WORK", "WRITE", "FORCE"}:
            session.commit()
        case ["ROLLBACK"] | ["ROLLBACK", "WORK"]:
            session.rollback()
        case ["ROLLBACK", *rest] if "TO" in rest:
            session.rollback_to(_savepoint_name(text))
        case ["SAVEPOINT", name]:
            session.savepoint(name)
        case ["SET", "TRANSACTION", *_] | ["SET", "CONSTRAINT" | "CONSTRAINTS", *_]:
            return Outcome()
        case ["LOCK", "TABLE", *_]:
            sql.lock_table(session, text)
        case ["EXPLAIN", *_] | ["FLASHBACK", *_] | ["LOCK", *_]:
            raise OracleError(3001, f"unimplemented feature: {words[0]}")
        case _ if access.handles(text):
            return access.run(session, text)
        case _:
            raise OracleError(900, "invalid SQL statement")
    return Outcome()


def _savepoint_name(text: str) -> str:
    *_, last = tokens(text)
    return last.value


def _first_words(text: str, count: int) -> list[str]:
    found: list[Token] = []
    for token in tokens(text):
        if not token.is_identifier:
            break
        found.append(token)
        if len(found) == count:
            break
    return [token.value for token in found]
