"""CREATE, ALTER and DROP PROFILE."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from reconciler.sandbox.engine.access.checks import require_system_privilege
from reconciler.sandbox.engine.access.errors import error
from reconciler.sandbox.engine.access.limits import DEFAULT_PROFILE, UNLIMITED
from reconciler.sandbox.engine.access.scope import (
    Scope,
    atomic,
    change_scope,
    everywhere,
    has_common_prefix,
    here,
    oracle_script,
)
from reconciler.sandbox.engine.access.syntax import Cursor
from reconciler.sandbox.engine.catalog.defaults import KERNEL_RESOURCES, password_resources
from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.sql.lexer import TokenKind
from reconciler.sandbox.seam import OracleError

_IN_DAYS = frozenset(
    {
        "PASSWORD_LIFE_TIME",
        "PASSWORD_REUSE_TIME",
        "PASSWORD_LOCK_TIME",
        "PASSWORD_GRACE_TIME",
        "INACTIVE_ACCOUNT_TIME",
        "PASSWORD_ROLLOVER_TIME",
    }
)
_MAX_DAYS = 24855
_MAX_INTEGER = 2147483646
_UNITS = {"K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: the text the dictionary shows, and the number behind it where that is cut."""

    resource: str
    value: str
    exact: float | None = None


@dataclass(frozen=True, slots=True)
class ProfileStatement:
    verb: str
    name: str
    limits: tuple[Limit, ...] = ()
    container: str | None = None
    cascade: bool = False
    if_clause: bool = False


def parse(cursor: Cursor) -> ProfileStatement:
    """Reads a statement that begins with CREATE, ALTER or DROP PROFILE."""
    verb = cursor.advance().value
    if cursor.accept("MANDATORY"):
        raise OracleError(3001, "unimplemented feature")
    cursor.expect("PROFILE")
    if_clause = cursor.if_exists(*(("NOT", "EXISTS") if verb == "CREATE" else ("EXISTS",)))
    name = DEFAULT_PROFILE if cursor.accept("DEFAULT") else cursor.name(2380)
    if verb == "DROP":
        cascade = cursor.accept("CASCADE")
        cursor.end()
        return ProfileStatement(verb, name, cascade=cascade, if_clause=if_clause)
    cursor.expect("LIMIT")
    found: dict[str, Limit] = {}
    while not cursor.at_end and not cursor.at("CONTAINER") and cursor.token.kind is TokenKind.WORD:
        limit = _limit(cursor)
        if limit.resource in found:
            raise cursor.fail(2376)
        found[limit.resource] = limit
    if not found:
        raise cursor.fail(2376)
    container = cursor.container_clause()
    cursor.end()
    return ProfileStatement(verb, name, tuple(found.values()), container, if_clause=if_clause)


def _limit(cursor: Cursor) -> Limit:
    resource = cursor.token.value
    if resource not in KERNEL_RESOURCES and resource not in password_resources(cursor.release):
        raise cursor.fail(2376)
    cursor.advance()
    if cursor.at_any(UNLIMITED, "DEFAULT"):
        return Limit(resource, cursor.advance().value)
    if resource == "PASSWORD_VERIFY_FUNCTION":
        return Limit(resource, "NULL" if cursor.accept("NULL") else cursor.name(2376))
    if resource in _IN_DAYS:
        return _days(cursor, resource)
    if cursor.token.kind is not TokenKind.NUMBER:
        raise cursor.fail(2377, resource)
    return Limit(resource, str(_integer(cursor, resource)))


def _integer(cursor: Cursor, resource: str) -> int:
    text = cursor.token.value.upper()
    unit = text[-1] if text[-1] in _UNITS and resource == "PRIVATE_SGA" else ""
    digits = text.removesuffix(unit) if unit else text
    if not digits.isdigit() or not 0 < int(digits) <= _MAX_INTEGER:
        raise cursor.fail(2377, resource)
    cursor.advance()
    if resource == "PRIVATE_SGA" and not unit and cursor.at_any("K", "M", "G", "T"):
        unit = cursor.advance().value
    return int(digits) * _UNITS.get(unit, 1)


def _days(cursor: Cursor, resource: str) -> Limit:
    """A number of days, whole or as a fraction such as 1/24."""
    value = _product(cursor, resource)
    smallest = 15 if resource == "INACTIVE_ACCOUNT_TIME" else 0
    if not smallest <= value <= _MAX_DAYS:
        raise cursor.fail(2377, resource)
    if value.denominator == 1:
        return Limit(resource, str(value.numerator))
    cut = math.floor(value * 10000)
    shown = f"{cut // 10000 or ''}.{cut % 10000:04d}".rstrip("0").rstrip(".") or "0"
    return Limit(resource, shown, float(value))


def _product(cursor: Cursor, resource: str) -> Fraction:
    value = _factor(cursor, resource)
    while cursor.token.is_symbol("*", "/"):
        operator = cursor.advance().value
        factor = _factor(cursor, resource)
        if operator == "/" and not factor:
            raise OracleError(1476, "divisor is equal to zero")
        value = value * factor if operator == "*" else value / factor
    return value


def _factor(cursor: Cursor, resource: str) -> Fraction:
    if cursor.accept_symbol("("):
        value = _product(cursor, resource)
        cursor.expect_symbol(")", 907)
        return value
    if cursor.token.kind is not TokenKind.NUMBER:
        raise cursor.fail(2377, resource)
    try:
        return Fraction(cursor.advance().value)
    except ValueError:
        raise cursor.fail(2377, resource) from None


def run(session: SessionView, statement: ProfileStatement) -> None:
    """Executes a parsed statement, all or nothing."""
    require_system_privilege(session, f"{statement.verb} PROFILE")
    rows = session.container.catalog.execute(
        "SELECT max(common) FROM profiles WHERE name = ?", (statement.name,)
    ).fetchone()
    exists = rows[0] is not None
    if statement.verb == "CREATE":
        _create(session, statement, exists=exists)
        return
    if not exists:
        if statement.if_clause:
            return
        raise error(session.instance.release, 2380, statement.name)
    shared = bool(rows[0]) and statement.name != DEFAULT_PROFILE
    if statement.verb == "ALTER":
        _alter(session, statement, shared=shared)
    else:
        _drop(session, statement, shared=shared)


def _create(session: SessionView, statement: ProfileStatement, *, exists: bool) -> None:
    if exists:
        if statement.if_clause:
            return
        raise error(session.instance.release, 2379, statement.name)
    scope = _creation_scope(session, statement)
    _check_functions(session, statement)
    given = {limit.resource: limit for limit in statement.limits}
    with atomic(scope.containers):
        for container in scope.containers:
            for kind, resources in (
                ("KERNEL", KERNEL_RESOURCES),
                ("PASSWORD", password_resources(session.instance.release)),
            ):
                for resource in resources:
                    limit = given.get(resource, Limit(resource, "DEFAULT"))
                    container.catalog.execute(
                        "INSERT INTO profiles (name, resource, kind, value, common, exact) VALUES (?, ?, ?, ?, ?, ?)",
                        (
                            statement.name,
                            resource,
                            kind,
                            limit.value,
                            int(scope.common),
                            limit.exact,
                        ),
                    )


def _creation_scope(session: SessionView, statement: ProfileStatement) -> Scope:
    prefixed = has_common_prefix(session, statement.name)
    if not session.container.is_root:
        if statement.container == "ALL":
            raise error(session.instance.release, 65050)
        if prefixed:
            raise OracleError(65138, "invalid local profile name")
        return here(session)
    if not prefixed and not oracle_script(session):
        raise OracleError(65140, "invalid common profile name")
    return everywhere(session)


def _check_functions(session: SessionView, statement: ProfileStatement) -> None:
    """The verify function must be one of SYS."""
    for limit in statement.limits:
        if limit.resource != "PASSWORD_VERIFY_FUNCTION" or limit.value in (
            "NULL",
            "DEFAULT",
            UNLIMITED,
        ):
            continue
        row = session.container.catalog.execute(
            "SELECT 1 FROM objects WHERE owner = 'SYS' AND name = ? AND type = 'FUNCTION'",
            (limit.value,),
        ).fetchone()
        if row is None:
            raise error(session.instance.release, 7443, limit.value)


def _alter(session: SessionView, statement: ProfileStatement, *, shared: bool) -> None:
    scope = change_scope(session, statement.container, common=shared)
    if shared and not scope.common:
        raise error(session.instance.release, 65066)
    if statement.name == DEFAULT_PROFILE:
        _check_default(session, statement)
    _check_functions(session, statement)
    with atomic(scope.containers):
        for container in scope.containers:
            container.catalog.executemany(
                "UPDATE profiles SET value = ?, exact = ? WHERE name = ? AND resource = ?",
                [
                    (item.value, item.exact, statement.name, item.resource)
                    for item in statement.limits
                ],
            )


def _check_default(session: SessionView, statement: ProfileStatement) -> None:
    for limit in statement.limits:
        if limit.value == "DEFAULT":
            raise error(session.instance.release, 2377, limit.resource)


def _drop(session: SessionView, statement: ProfileStatement, *, shared: bool) -> None:
    release = session.instance.release
    if statement.name == DEFAULT_PROFILE:
        raise error(release, 2381)
    scope = change_scope(session, None, common=shared)
    if shared and not scope.common:
        raise error(release, 65066)
    with atomic(scope.containers):
        for container in scope.containers:
            used = container.catalog.execute(
                "SELECT 1 FROM users WHERE profile = ? LIMIT 1", (statement.name,)
            ).fetchone()
            if used and not statement.cascade:
                raise error(release, 2382, statement.name)
            container.catalog.execute(
                "UPDATE users SET profile = ? WHERE profile = ?", (DEFAULT_PROFILE, statement.name)
            )
            container.catalog.execute("DELETE FROM profiles WHERE name = ?", (statement.name,))
