"""The statements of this room: recognised, parsed, executed."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.sandbox.engine.access import (
    alter_session,
    alter_system,
    audit_policies,
    code_grants,
    drop_user,
    grant_syntax,
    object_grants,
    profiles,
    roles,
    schema_grants,
    system_grants,
    tablespaces,
    user_syntax,
    users,
)
from reconciler.sandbox.engine.access.checks import require_writable
from reconciler.sandbox.engine.access.grant_syntax import GrantStatement
from reconciler.sandbox.engine.access.syntax import Cursor
from reconciler.sandbox.engine.access.user_syntax import UserStatement
from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.sql.lexer import Token, TokenKind, tokens
from reconciler.sandbox.seam import OracleError, Outcome

_ONE_WORD = frozenset({"GRANT", "REVOKE", "AUDIT", "NOAUDIT"})
_DDL_VERBS = frozenset({"CREATE", "ALTER", "DROP"})
_OBJECTS = frozenset({"USER", "ROLE", "PROFILE", "TABLESPACE", "MANDATORY"})
_ADJECTIVES = frozenset({"BIGFILE", "SMALLFILE", "TEMPORARY", "UNDO"})


def _leading_words(statement: str | Sequence[Token]) -> list[str]:
    found: list[str] = []
    for token in tokens(statement) if isinstance(statement, str) else statement:
        if token.kind is not TokenKind.WORD or len(found) == 4:
            break
        found.append(token.value)
    return found


def handles(statement: str | Sequence[Token]) -> bool:
    """Whether `run` is where the statement belongs. Decided by its first words; raises OracleError for text that has no tokens."""
    words = _leading_words(statement)
    if not words:
        return False
    if words[0] in _ONE_WORD or words[:2] == ["SET", "ROLE"]:
        return True
    if words[0] == "ALTER" and words[1:2] in (["SESSION"], ["SYSTEM"]):
        return True
    if words[0] not in _DDL_VERBS or len(words) < 2:
        return False
    if words[1] in _OBJECTS or words[1:3] == ["AUDIT", "POLICY"]:
        return True
    rest = words[1:]
    while rest and rest[0] in _ADJECTIVES:
        rest = rest[1:]
    return len(rest) < len(words) - 1 and rest[:1] == ["TABLESPACE"]


def run(session: SessionView, text: str) -> Outcome:
    """Executes one statement with the session's rights. DDL commits the open transaction first, is atomic, and leaves nothing if it fails.

    Raises OracleError. The caller holds the instance lock.
    """
    cursor = Cursor(text, session.instance.release)
    first, second = cursor.token, cursor.peek()
    if not first.is_word("SET") and not second.is_word("SESSION", "SYSTEM"):
        require_writable(session)
    if first.is_word("GRANT", "REVOKE"):
        _run_grant(session, grant_syntax.parse(cursor))
    elif first.is_word("SET") and second.is_word("ROLE"):
        roles.parse_and_set(session, cursor)
    elif first.is_word("AUDIT", "NOAUDIT"):
        audit_policies.parse_and_run_audit(session, cursor)
    elif first.is_word("ALTER") and second.is_word("SESSION"):
        alter_session.parse_and_run(session, cursor)
    elif first.is_word("ALTER") and second.is_word("SYSTEM"):
        alter_system.parse_and_run(session, cursor)
    else:
        _run_definition(session, cursor)
    return Outcome()


def _run_grant(session: SessionView, statement: GrantStatement) -> None:
    session.commit()
    if statement.units:
        code_grants.run(session, statement)
    elif statement.target is None:
        system_grants.run(session, statement)
    elif statement.target.kind == "SCHEMA":
        schema_grants.run(session, statement)
    else:
        object_grants.run(session, statement)


def _run_definition(session: SessionView, cursor: Cursor) -> None:
    """CREATE, ALTER and DROP of users, roles, profiles, tablespaces and audit policies."""
    second = cursor.peek()
    if not cursor.at_any("CREATE", "ALTER", "DROP"):
        raise cursor.fail(900)
    if second.is_word("USER"):
        user_statement = user_syntax.parse(cursor)
        session.commit()
        _run_user(session, user_statement)
    elif second.is_word("ROLE"):
        role_statement = roles.parse(cursor)
        session.commit()
        roles.run(session, role_statement)
    elif second.is_word("PROFILE", "MANDATORY"):
        profile_statement = profiles.parse(cursor)
        session.commit()
        profiles.run(session, profile_statement)
    elif second.is_word("AUDIT"):
        audit_policies.parse_and_run_policy(session, cursor)
    elif tablespaces.handles(cursor):
        tablespaces.parse_and_run(session, cursor)
    else:
        raise _not_understood(cursor)


def _not_understood(cursor: Cursor) -> OracleError:
    return cursor.fail({"CREATE": 901, "ALTER": 940, "DROP": 950}[cursor.token.value])


def _run_user(session: SessionView, statement: UserStatement) -> None:
    if statement.verb == "CREATE":
        users.create(session, statement)
    elif statement.verb == "ALTER":
        users.alter(session, statement)
    else:
        drop_user.drop(session, statement)
