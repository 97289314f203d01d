"""Unified audit policies: CREATE, ALTER and DROP AUDIT POLICY, AUDIT and NOAUDIT POLICY. Recording is the work of `auditing`."""

from __future__ import annotations

import json

from reconciler.sandbox.engine.access import principals
from reconciler.sandbox.engine.access.checks import missing as missing_object
from reconciler.sandbox.engine.access.checks import require_system_privilege, resolve
from reconciler.sandbox.engine.access.errors import error
from reconciler.sandbox.engine.access.scope import atomic
from reconciler.sandbox.engine.access.syntax import Cursor
from reconciler.sandbox.engine.catalog.privileges import system_privileges
from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.sql.lexer import TokenKind
from reconciler.sandbox.seam import OracleError, Release

Option = dict[str, str]
ALL_USERS = "ALL USERS"
_OBJECT_ACTIONS_TEXT = "ALL ALTER AUDIT COMMENT DELETE EXECUTE FLASHBACK GRANT INDEX INSERT LOCK READ RENAME SELECT UPDATE"
_OBJECT_ACTIONS = frozenset(_OBJECT_ACTIONS_TEXT.split())
_LIST_HEADS = ("PRIVILEGES", "ACTIONS", "ROLES")


def parse_and_run_policy(session: SessionView, cursor: Cursor) -> None:
    """CREATE or DROP AUDIT POLICY, all or nothing."""
    verb = cursor.advance().value
    cursor.expect("AUDIT")
    cursor.expect("POLICY")
    if verb == "ALTER":
        raise OracleError(3001, "unimplemented feature")
    name = cursor.name(46356)
    definition = _definition(session, cursor) if verb == "CREATE" else None
    cursor.end()
    session.commit()
    require_system_privilege(session, "AUDIT SYSTEM")
    catalog, release = session.container.catalog, session.instance.release
    exists = catalog.execute("SELECT 1 FROM audit_policies WHERE name = ?", (name,)).fetchone()
    with atomic((session.container,)):
        if definition is not None:
            if exists:
                raise error(release, 46358, name)
            catalog.execute(
                "INSERT INTO audit_policies VALUES (?, ?)", (name, json.dumps(definition))
            )
            return
        if not exists:
            raise error(release, 46357, name)
        if catalog.execute("SELECT 1 FROM audit_enabled WHERE policy = ?", (name,)).fetchone():
            raise error(release, 46361)
        catalog.execute("DELETE FROM audit_policies WHERE name = ?", (name,))


def _definition(session: SessionView, cursor: Cursor) -> dict[str, object]:
    options: list[Option] = []
    while cursor.at_any(*_LIST_HEADS):
        head = cursor.advance().value
        while True:
            options.append(_option(session, cursor, head))
            if not cursor.accept_symbol(","):
                break
    if not options:
        raise cursor.fail(905)
    definition: dict[str, object] = {"options": options}
    if cursor.accept("WHEN"):
        definition["condition"] = cursor.string(905)
        cursor.expect("EVALUATE")
        cursor.expect("PER")
        if not cursor.at_any("STATEMENT", "SESSION", "INSTANCE"):
            raise cursor.fail(905)
        definition["evaluate"] = cursor.advance().value
    if cursor.accept("ONLY"):
        cursor.expect("TOPLEVEL")
        definition["only_toplevel"] = True
    if cursor.container_clause() == "ALL" and not session.container.is_root:
        raise error(session.instance.release, 65050)
    return definition


def _option(session: SessionView, cursor: Cursor, head: str) -> Option:
    if head == "ROLES":
        role = cursor.name(1937)
        if not principals.role_exists(session.container.catalog, role):
            raise error(session.instance.release, 1919, role)
        return {"option": role, "type": "ROLE PRIVILEGE"}
    words = []
    while cursor.token.kind is TokenKind.WORD and not cursor.at_any(
        "ON", "WHEN", "ONLY", "CONTAINER", *_LIST_HEADS
    ):
        words.append(cursor.advance().value)
    option = " ".join(words)
    if not option:
        raise cursor.fail(905)
    if head == "PRIVILEGES":
        if option not in system_privileges(cursor.release):
            raise cursor.fail(990)
        return {"option": option, "type": "SYSTEM PRIVILEGE"}
    if not cursor.accept("ON"):
        return {"option": option, "type": "STANDARD ACTION"}
    if option not in _OBJECT_ACTIONS:
        raise cursor.fail(905)
    return _object_option(session, cursor, option)


def _object_option(session: SessionView, cursor: Cursor, option: str) -> Option:
    name = cursor.qualified_name(903)
    row = resolve(session, name.owner, name.name)
    if row is None:
        raise missing_object(session, name.owner, name.name)
    return {
        "option": option,
        "type": "OBJECT ACTION",
        "schema": row.owner,
        "object": row.name,
        "object_type": row.type,
    }


def parse_and_run_audit(session: SessionView, cursor: Cursor) -> None:
    """AUDIT POLICY and NOAUDIT POLICY. The traditional AUDIT is not kept here, and refused by release 23 itself."""
    enable = cursor.advance().value == "AUDIT"
    release = session.instance.release
    if not cursor.accept("POLICY"):
        if enable and release >= Release.R23:
            raise error(release, 46401)
        raise OracleError(3001, "unimplemented feature")
    policy = cursor.name(46356)
    option, entities = _entities(cursor)
    success, failure = _outcomes(cursor, enable=enable)
    cursor.end()
    session.commit()
    require_system_privilege(session, "AUDIT SYSTEM")
    catalog = session.container.catalog
    if not catalog.execute("SELECT 1 FROM audit_policies WHERE name = ?", (policy,)).fetchone():
        raise error(release, 46357, policy)
    _check_entities(session, option, entities)
    with atomic((session.container,)):
        if enable:
            _enable(session, policy, option, entities, (success, failure))
        else:
            _disable(session, policy, option, entities)


def _entities(cursor: Cursor) -> tuple[str, tuple[str, ...]]:
    if cursor.accept("EXCEPT"):
        return "EXCEPT USER", cursor.list_of(lambda: cursor.name(987))
    if not cursor.accept("BY"):
        return "BY USER", (ALL_USERS,)
    if cursor.accept("USERS", "WITH", "GRANTED", "ROLES"):
        return "BY GRANTED ROLE", cursor.list_of(lambda: cursor.name(1937))
    return "BY USER", cursor.list_of(lambda: cursor.name(987))


def _outcomes(cursor: Cursor, *, enable: bool) -> tuple[int, int]:
    if not enable or not cursor.accept("WHENEVER"):
        return 1, 1
    if cursor.accept("NOT"):
        cursor.expect("SUCCESSFUL")
        return 0, 1
    cursor.expect("SUCCESSFUL")
    return 1, 0


def _check_entities(session: SessionView, option: str, entities: tuple[str, ...]) -> None:
    catalog, release = session.container.catalog, session.instance.release
    for entity in entities:
        if option == "BY GRANTED ROLE":
            if not principals.role_exists(catalog, entity):
                raise error(release, 1919, entity)
        elif entity != ALL_USERS and not principals.user_exists(catalog, entity):
            raise error(release, 1918, entity)


def _enable(
    session: SessionView,
    policy: str,
    option: str,
    entities: tuple[str, ...],
    outcomes: tuple[int, int],
) -> None:
    """BY adds up; the last EXCEPT counts; the two do not mix."""
    catalog = session.container.catalog
    other = "BY USER" if option == "EXCEPT USER" else "EXCEPT USER"
    applied = other.partition(" ")[0]
    query = "SELECT 1 FROM audit_enabled WHERE policy = ? AND option = ? AND entity <> ?"
    if catalog.execute(query, (policy, other, ALL_USERS)).fetchone():
        raise OracleError(
            46350,
            f"Audit policy {policy} already applied with the {applied} clause.",
        )
    if option == "EXCEPT USER":
        catalog.execute(
            "DELETE FROM audit_enabled WHERE policy = ? AND option = ?", (policy, option)
        )
    catalog.executemany(
        "INSERT OR REPLACE INTO audit_enabled VALUES (?, ?, ?, ?, ?)",
        [(policy, option, entity, *outcomes) for entity in entities],
    )


def _disable(session: SessionView, policy: str, option: str, entities: tuple[str, ...]) -> None:
    catalog = session.container.catalog
    if entities == (ALL_USERS,):
        catalog.execute(
            "DELETE FROM audit_enabled WHERE policy = ? AND (entity = ? OR option = 'EXCEPT USER')",
            (policy, ALL_USERS),
        )
        return
    catalog.executemany(
        "DELETE FROM audit_enabled WHERE policy = ? AND option = ? AND entity = ?",
        [(policy, option, entity) for entity in entities],
    )
