"""CREATE, ALTER ... COMPILE and DROP of procedures, functions, packages and triggers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from reconciler.sandbox.engine.access import checks
from reconciler.sandbox.engine.clock import stored as stored_time
from reconciler.sandbox.engine.plsql import triggers, units
from reconciler.sandbox.engine.plsql.errors import CompileError
from reconciler.sandbox.engine.plsql.reader import Reader
from reconciler.sandbox.engine.sql.lexer import TokenKind, tokenize, tokens
from reconciler.sandbox.seam import OracleError, Outcome

if TYPE_CHECKING:
    from reconciler.sandbox.engine.session import Session

_KINDS = ("PROCEDURE", "FUNCTION", "PACKAGE", "TRIGGER")
_NAMESPACE = {"TRIGGER": 3}
_PLACE = re.compile(r"line (\d+), column (\d+):\n(.*?)(?=\nORA-06550: )", re.DOTALL)
_WARNING = OracleError(24344, "success with compilation error")


def handles(text: str) -> bool:
    """Whether the statement creates, compiles or drops stored code."""
    found: list[str] = []
    for token in tokens(text):
        if token.kind is not TokenKind.WORD or len(found) == 6:
            break
        found.append(token.value)
    if not found or found[0] not in ("CREATE", "ALTER", "DROP"):
        return False
    rest = [
        word for word in found[1:] if word not in ("OR", "REPLACE", "EDITIONABLE", "NONEDITIONABLE")
    ]
    return rest[:1] != [] and rest[0] in _KINDS


def run(session: Session, text: str) -> Outcome:
    """Runs one such statement. Code with errors is stored all the same, with ORA-24344 as a warning."""
    reader = Reader(tokenize(text))
    try:
        verb = reader.next().value
        if verb == "CREATE":
            return _create(session, text, reader)
        return _drop(session, reader) if verb == "DROP" else _alter(session, reader)
    except CompileError:
        raise OracleError(900, "invalid SQL statement") from None


# --- CREATE ----------------------------------------------------------------------------------------------------------------------


def _create(session: Session, text: str, reader: Reader) -> Outcome:
    replace = reader.accept_words("OR", "REPLACE")
    reader.accept_word("EDITIONABLE", "NONEDITIONABLE")
    source = text[reader.at :]
    head = units.parser_of(source).head()
    owner = head.owner or session.current_schema
    _require_create(session, owner, head.kind)
    existing = checks.find_object(
        session.container.catalog, owner, head.name, _NAMESPACE.get(head.kind, 1)
    )
    if head.kind == "PACKAGE BODY":
        return _store_body(session, owner, head.name, source, existing)
    facts = _trigger_facts(session, owner, source) if head.kind == "TRIGGER" else {}
    if existing is not None and (existing.type != head.kind or not replace):
        raise OracleError(955, "name is already used by an existing object")
    if head.kind == "PACKAGE":
        facts = _facts(existing)
    error = _compile_error(session, owner, head.kind, source, existing)
    _store(session, owner, head.name, head.kind, source, facts, error)
    return Outcome(warning=_WARNING if error else None)


def _require_create(session: Session, owner: str, kind: str) -> None:
    noun = "TRIGGER" if kind == "TRIGGER" else "PROCEDURE"
    own = owner == session.current_user
    checks.require_system_privilege(
        session, *((f"CREATE {noun}",) if own else ()), f"CREATE ANY {noun}"
    )


def _trigger_facts(session: Session, owner: str, source: str) -> dict[str, Any]:
    trigger = triggers.parse(source)
    triggers.require_create(session, trigger, owner)
    return triggers.facts(trigger, owner)


def _facts(existing: checks.ObjectRow | None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((existing and existing.details) or "{}")
    return found


def _compile_error(
    session: Session, owner: str, kind: str, source: str, existing: checks.ObjectRow | None
) -> OracleError | None:
    """What is wrong with the code, None if it compiles."""
    try:
        if kind in ("PROCEDURE", "FUNCTION"):
            units.compile_standalone(session, owner, source)
        elif kind == "TRIGGER":
            triggers.compile_trigger(session, owner, source)
        elif kind == "PACKAGE":
            units.parser_of(source).package()
            body = _facts(existing).get("body")
            if body is not None:
                units.compile_package(session, owner, source, body)
    except (OracleError, CompileError) as error:
        return units.compile_errors(error, source)
    return None


def _store_body(
    session: Session, owner: str, name: str, source: str, package: checks.ObjectRow | None
) -> Outcome:
    if package is None or package.type != "PACKAGE":
        raise OracleError(4043, f"object {name} does not exist")
    failure = None
    try:
        units.compile_package(session, owner, package.source or "", source)
    except (OracleError, CompileError) as error:
        failure = units.compile_errors(error, source)
    facts = _facts(package) | {
        "body": source,
        "body_valid": failure is None,
        "body_errors": _listed(failure),
    }
    now = stored_time(session.instance.now())
    session.container.catalog.execute(
        "UPDATE objects SET details = ?, last_ddl_time = ? WHERE object_id = ?",
        (json.dumps(facts), now, package.object_id),
    )
    return Outcome(warning=None if failure is None else _WARNING)


def _listed(error: OracleError | None) -> list[tuple[int, int, str]]:
    """Line, column and text of each thing that is wrong, as DBA_ERRORS shows them."""
    if error is None:
        return []
    found = _PLACE.findall(f"{error.text}\nORA-06550: ")
    return [(int(line), int(column), text.strip()) for line, column, text in found]


def _store(
    session: Session,
    owner: str,
    name: str,
    kind: str,
    source: str,
    facts: dict[str, Any],
    error: OracleError | None,
) -> None:
    now = stored_time(session.instance.now())
    namespace = _NAMESPACE.get(kind, 1)
    status = "INVALID" if error else "VALID"
    details = json.dumps(facts | {"errors": _listed(error)})
    session.container.catalog.execute(
        "INSERT INTO objects (owner, name, type, namespace, status, created, last_ddl_time, source, details)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (owner, name, namespace) DO UPDATE SET"
        " status = excluded.status, last_ddl_time = excluded.last_ddl_time, source = excluded.source,"
        " details = excluded.details",
        (owner, name, kind, namespace, status, now, now, source, details),
    )


# --- ALTER and DROP --------------------------------------------------------------------------------------------------------------


def _named(session: Session, reader: Reader) -> tuple[str, str, str, checks.ObjectRow | None]:
    kind = reader.expect_word(*_KINDS)
    if kind == "PACKAGE" and reader.accept_word("BODY"):
        kind = "PACKAGE BODY"
    only_if_there = reader.accept_words("IF", "EXISTS")
    owner, name = session.current_schema, reader.identifier()
    if reader.accept_symbol("."):
        owner, name = name, reader.member()
    found = checks.find_object(session.container.catalog, owner, name, _NAMESPACE.get(kind, 1))
    if found is None or found.type != kind.removesuffix(" BODY"):
        if only_if_there:
            return kind, owner, name, None
        if kind == "TRIGGER":
            raise OracleError(4080, f"trigger '{name}' does not exist")
        raise OracleError(4043, f"object {name} does not exist")
    return kind, owner, name, found


def _require_own(session: Session, owner: str, privilege: str, name: str) -> None:
    if owner != session.current_user and not checks.has_system_privilege(session, privilege):
        raise OracleError(4043, f"object {name} does not exist")


def _drop(session: Session, reader: Reader) -> Outcome:
    kind, owner, name, found = _named(session, reader)
    if found is None:
        return Outcome()
    _require_own(
        session, owner, f"DROP ANY {'TRIGGER' if kind == 'TRIGGER' else 'PROCEDURE'}", name
    )
    catalog = session.container.catalog
    if kind == "PACKAGE BODY":
        catalog.execute("UPDATE objects SET details = NULL WHERE object_id = ?", (found.object_id,))
        return Outcome()
    catalog.execute("DELETE FROM object_grants WHERE object_id = ?", (found.object_id,))
    catalog.execute("DELETE FROM objects WHERE object_id = ?", (found.object_id,))
    return Outcome()


def _alter(session: Session, reader: Reader) -> Outcome:
    kind, owner, name, found = _named(session, reader)
    assert found is not None
    _require_own(
        session, owner, f"ALTER ANY {'TRIGGER' if kind == 'TRIGGER' else 'PROCEDURE'}", name
    )
    if kind == "TRIGGER" and (word := reader.accept_word("ENABLE", "DISABLE")):
        triggers.set_enabled(session, found, enabled=word == "ENABLE")
        return Outcome()
    if not reader.accept_word("COMPILE"):
        raise OracleError(3001, f"unimplemented feature: ALTER {kind}")
    error = _compile_error(session, owner, kind, found.source or "", found)
    session.container.catalog.execute(
        "UPDATE objects SET status = ?, details = ? WHERE object_id = ?",
        (
            "INVALID" if error else "VALID",
            json.dumps(_facts(found) | {"errors": _listed(error)}),
            found.object_id,
        ),
    )
    return Outcome(warning=_WARNING if error else None)
