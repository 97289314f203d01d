"""The text of CREATE, ALTER and DROP USER as values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from reconciler.sandbox.engine.access.syntax import Cursor
from reconciler.sandbox.engine.sql.lexer import TokenKind
from reconciler.sandbox.seam import OracleError, Release

UNLIMITED_QUOTA = -1
_UNITS = {"K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4, "P": 1024**5, "E": 1024**6}


@dataclass(frozen=True, slots=True)
class ProxyClause:
    """GRANT or REVOKE CONNECT THROUGH. `roles_clause` is ALL, NONE, LIST or EXCEPT."""

    revoke: bool
    proxy: str
    roles_clause: str = "ALL"
    roles: tuple[str, ...] = ()
    authentication_required: bool = False


@dataclass(slots=True)
class UserClauses:
    """Clauses of CREATE USER or ALTER USER; None where nothing was said."""

    authentication: str | None = None  # PASSWORD, EXTERNAL, GLOBAL, NONE
    password: str | None = None
    old_password: str | None = None
    default_tablespace: str | None = None
    temporary_tablespace: str | None = None
    quotas: dict[str, int] = field(default_factory=dict)
    profile: str | None = None
    expire: bool = False
    lock: bool | None = None
    read_only: bool | None = None
    proxy_only: bool | None = None
    default_roles: tuple[str, tuple[str, ...]] | None = None
    proxies: list[ProxyClause] = field(default_factory=list)
    container: str | None = None
    editions: bool = False
    other: bool = False  # a clause that is understood and changes nothing here


@dataclass(frozen=True, slots=True)
class UserStatement:
    verb: str  # CREATE, ALTER, DROP
    name: str
    clauses: UserClauses
    if_clause: bool = False
    cascade: bool = False
    also: tuple[str, ...] = ()  # more users, which only a proxy clause can have


def parse(cursor: Cursor) -> UserStatement:
    """Reads a statement that begins with CREATE USER, ALTER USER or DROP USER."""
    verb = cursor.advance().value
    cursor.expect("USER")
    if_clause = cursor.if_exists(*(("NOT", "EXISTS") if verb == "CREATE" else ("EXISTS",)))
    name = cursor.name(1935)
    if cursor.token.is_symbol("."):
        raise cursor.fail(1936)
    clauses = UserClauses()
    if verb == "DROP":
        cascade = cursor.accept("CASCADE")
        cursor.end()
        return UserStatement(verb, name, clauses, if_clause, cascade)
    also = cursor.list_of(lambda: cursor.name(1935)) if cursor.accept_symbol(",") else ()
    if cursor.at_end and verb == "ALTER":
        raise cursor.fail(922)
    while not cursor.at_end:
        _clause(cursor, clauses, verb)
    if also and (verb != "ALTER" or clauses != UserClauses(proxies=clauses.proxies)):
        raise cursor.fail(922)
    if verb == "CREATE" and clauses.authentication is None:
        raise cursor.fail(1938)
    return UserStatement(verb, name, clauses, if_clause, also=also)


def _clause(cursor: Cursor, clauses: UserClauses, verb: str) -> None:
    for words, read in _COMMON.items():
        if cursor.accept(*words):
            read(cursor, clauses)
            return
    if cursor.release >= Release.R23:
        for words, read_only in ((("READ", "ONLY"), True), (("READ", "WRITE"), False)):
            if cursor.accept(*words):
                clauses.read_only = read_only
                return
    if cursor.at("CONTAINER"):
        clauses.container = cursor.container_clause()
        return
    if cursor.accept("DEFAULT", "ROLE"):
        if verb == "CREATE":
            raise cursor.fail(1954)
        clauses.default_roles = _default_roles(cursor)
        return
    if verb == "ALTER":
        for words, read in _ALTER_ONLY.items():
            if cursor.accept(*words):
                read(cursor, clauses)
                return
    if cursor.token.is_symbol(";"):
        cursor.end()
    raise cursor.fail(922)


def _identified(cursor: Cursor, clauses: UserClauses) -> None:
    if clauses.authentication is not None:
        raise cursor.fail(922)
    if cursor.accept("EXTERNALLY"):
        clauses.authentication = "EXTERNAL"
    elif cursor.accept("GLOBALLY"):
        clauses.authentication = "GLOBAL"
    else:
        cursor.expect("BY", code=924)
        if cursor.at("VALUES") and cursor.peek().kind is TokenKind.STRING:
            raise OracleError(3001, "unimplemented feature")
        clauses.authentication = "PASSWORD"
        clauses.password = cursor.password()
        if cursor.accept("REPLACE"):
            clauses.old_password = cursor.password()
        return
    if cursor.accept("AS"):
        cursor.string(922)


def _no_authentication(cursor: Cursor, clauses: UserClauses) -> None:
    if clauses.authentication is not None:
        raise cursor.fail(922)
    clauses.authentication = "NONE"


def _default_tablespace(cursor: Cursor, clauses: UserClauses) -> None:
    clauses.default_tablespace = cursor.name(2216)


def _temporary_tablespace(cursor: Cursor, clauses: UserClauses) -> None:
    clauses.temporary_tablespace = cursor.name(2216)


def _quota(cursor: Cursor, clauses: UserClauses) -> None:
    size = UNLIMITED_QUOTA if cursor.accept("UNLIMITED") else _size(cursor)
    cursor.expect("ON", code=969)
    clauses.quotas[cursor.name(2216)] = size


def _size(cursor: Cursor) -> int:
    if cursor.token.kind is not TokenKind.NUMBER:
        raise cursor.fail(2187)
    text = cursor.advance().value.upper()
    unit = text[-1] if text[-1] in _UNITS else ""
    digits = text.removesuffix(unit) if unit else text
    if not digits.isdigit():
        raise cursor.fail(2187)
    if not unit and cursor.at_any(*_UNITS):
        unit = cursor.advance().value
    return int(digits) * _UNITS.get(unit, 1)


def _profile(cursor: Cursor, clauses: UserClauses) -> None:
    # DEFAULT is a profile's name although the word is reserved
    clauses.profile = "DEFAULT" if cursor.accept("DEFAULT") else cursor.name(2380)


def _expire(_cursor: Cursor, clauses: UserClauses) -> None:
    clauses.expire = True


def _account(cursor: Cursor, clauses: UserClauses) -> None:
    if cursor.accept("LOCK"):
        clauses.lock = True
    else:
        cursor.expect("UNLOCK", code=922)
        clauses.lock = False


def _collation(cursor: Cursor, clauses: UserClauses) -> None:
    cursor.name(922)
    clauses.other = True


def _editions(cursor: Cursor, clauses: UserClauses) -> None:
    cursor.accept("FORCE")
    clauses.editions = True


def _default_roles(cursor: Cursor) -> tuple[str, tuple[str, ...]]:
    if cursor.accept("NONE"):
        return "NONE", ()
    if cursor.accept("ALL"):
        if not cursor.accept("EXCEPT"):
            return "ALL", ()
        return "EXCEPT", cursor.list_of(lambda: cursor.name(1937))
    return "LIST", cursor.list_of(lambda: cursor.name(1937))


def _grant_connect(cursor: Cursor, clauses: UserClauses) -> None:
    if cursor.at("ENTERPRISE", "USERS"):
        raise OracleError(3001, "unimplemented feature: CONNECT THROUGH ENTERPRISE USERS")
    proxy = cursor.name(987)
    roles_clause, required = "ALL", False
    roles: tuple[str, ...] = ()
    while cursor.at_any("WITH", "AUTHENTICATION", "AUTHENTICATED"):
        if cursor.accept("AUTHENTICATION"):
            cursor.expect("REQUIRED", code=922)
            required = True
            continue
        if cursor.accept("AUTHENTICATED"):  # the older spelling of the same
            cursor.expect("USING", "PASSWORD", code=922)
            required = True
            continue
        cursor.advance()
        roles_clause, roles = _proxy_roles(cursor)
    clauses.proxies.append(ProxyClause(False, proxy, roles_clause, roles, required))


def _proxy_roles(cursor: Cursor) -> tuple[str, tuple[str, ...]]:
    if cursor.accept("NO", "ROLES"):
        return "NONE", ()
    cursor.expect("ROLE", code=922)
    if not cursor.accept("ALL"):
        return "LIST", cursor.list_of(lambda: cursor.name(1937))
    if not cursor.accept("EXCEPT"):
        return "ALL", ()
    return "EXCEPT", cursor.list_of(lambda: cursor.name(1937))


def _revoke_connect(cursor: Cursor, clauses: UserClauses) -> None:
    clauses.proxies.append(ProxyClause(True, cursor.name(987)))


def _proxy_only(_cursor: Cursor, clauses: UserClauses) -> None:
    clauses.proxy_only = True


def _not_proxy_only(_cursor: Cursor, clauses: UserClauses) -> None:
    clauses.proxy_only = False


def _end_rollover(_cursor: Cursor, clauses: UserClauses) -> None:
    # passwords never roll over gradually here, so that there is no old one to end
    clauses.other = True


_Reader = Callable[[Cursor, UserClauses], None]
_COMMON: dict[tuple[str, ...], _Reader] = {
    ("IDENTIFIED",): _identified,
    ("NO", "AUTHENTICATION"): _no_authentication,
    ("DEFAULT", "TABLESPACE"): _default_tablespace,
    ("TEMPORARY", "TABLESPACE"): _temporary_tablespace,
    ("LOCAL", "TEMPORARY", "TABLESPACE"): _temporary_tablespace,
    ("QUOTA",): _quota,
    ("PROFILE",): _profile,
    ("PASSWORD", "EXPIRE"): _expire,
    ("ACCOUNT",): _account,
    ("DEFAULT", "COLLATION"): _collation,
    ("ENABLE", "EDITIONS"): _editions,
}
_ALTER_ONLY: dict[tuple[str, ...], _Reader] = {
    ("GRANT", "CONNECT", "THROUGH"): _grant_connect,
    ("REVOKE", "CONNECT", "THROUGH"): _revoke_connect,
    ("PROXY", "ONLY", "CONNECT"): _proxy_only,
    ("CANCEL", "PROXY", "ONLY", "CONNECT"): _not_proxy_only,
    ("EXPIRE", "PASSWORD", "ROLLOVER", "PERIOD"): _end_rollover,
}
