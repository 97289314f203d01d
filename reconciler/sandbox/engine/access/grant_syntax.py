"""The text of GRANT and REVOKE as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconciler.sandbox.engine.access.syntax import Cursor, QualifiedName
from reconciler.sandbox.engine.catalog.privileges import SystemPrivilege, system_privileges
from reconciler.sandbox.engine.sql.lexer import TokenKind
from reconciler.sandbox.seam import OracleError, Release

ALL = "ALL PRIVILEGES"
OBJECT_PRIVILEGES = frozenset(
    {
        "ALTER", "DEBUG", "DELETE", "EXECUTE", "FLASHBACK", "FLASHBACK ARCHIVE", "INDEX", "INHERIT PRIVILEGES",
        "INHERIT REMOTE PRIVILEGES", "INSERT", "KEEP SEQUENCE", "MERGE VIEW", "ON COMMIT REFRESH", "QUERY REWRITE", "READ",
        "REFERENCES", "SELECT", "TRANSLATE SQL", "UNDER", "UPDATE", "USE", "WRITE",
    }
)  # fmt: skip
COLUMN_PRIVILEGES = ("INSERT", "REFERENCES", "UPDATE")


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the privilege list: words joined by blanks, or a name in quotes; perhaps with columns."""

    name: str
    quoted: bool = False
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """What follows ON. `kind` is OBJECT, DIRECTORY, USER, EDITION, MINING MODEL, SQL TRANSLATION PROFILE or SCHEMA; only USER may have several
    names.
    """

    kind: str
    names: tuple[QualifiedName, ...]


@dataclass(frozen=True, slots=True)
class CodeUnit:
    """Program unit after TO or FROM: a grantee of roles."""

    type: str
    name: QualifiedName


@dataclass(frozen=True, slots=True)
class GrantStatement:
    """GRANT or REVOKE. Without `target` the items are system privileges and roles."""

    revoke: bool
    items: tuple[Item, ...]
    target: Target | None = None
    grantees: tuple[str, ...] = ()
    units: tuple[CodeUnit, ...] = ()
    passwords: tuple[str, ...] = ()
    option: str | None = None  # ADMIN or DELEGATE
    grant_option: bool = False
    hierarchy_option: bool = False
    cascade_constraints: bool = False
    container: str | None = None


def parse(cursor: Cursor) -> GrantStatement:
    """Reads a statement whose first word is GRANT or REVOKE."""
    revoke = cursor.advance().value == "REVOKE"
    items = _items(cursor, revoke)
    target = _target(cursor) if cursor.accept("ON") else None
    if target is None:
        _check_without_target(cursor, items, revoke)
    elif target.kind != "SCHEMA":
        _check_object_items(cursor, items)
    statement = GrantStatement(revoke, items, target)
    cursor.expect("FROM" if revoke else "TO")
    statement = _grantees(cursor, statement)
    statement = _options(cursor, statement)
    cursor.end()
    return statement


def _items(cursor: Cursor, revoke: bool) -> tuple[Item, ...]:
    known = system_privileges(cursor.release)
    found = [_item(cursor, revoke, known)]
    while cursor.accept_symbol(","):
        found.append(_item(cursor, revoke, known))
    return tuple(found)


def _item(cursor: Cursor, revoke: bool, known: Mapping[str, SystemPrivilege]) -> Item:
    if cursor.token.kind is TokenKind.QUOTED:
        return Item(cursor.advance().value, quoted=True)
    words: list[str] = []
    if cursor.accept("ON", "COMMIT", "REFRESH"):
        words.append("ON COMMIT REFRESH")
    while cursor.token.kind is TokenKind.WORD and not cursor.at_any("ON", "TO", "FROM"):
        words.append(cursor.advance().value)
    if not words:
        raise cursor.fail(990)
    name = " ".join(words)
    if (
        len(words) > 1
        and name != ALL
        and name not in known
        and not _is_object_privilege(cursor, name)
    ):
        raise cursor.fail(990)
    if not cursor.token.is_symbol("("):
        return Item(name)
    if name not in (*COLUMN_PRIVILEGES, "ALL", ALL):
        raise cursor.fail(969)
    columns = _columns(cursor)
    if revoke:
        raise cursor.fail(1750)
    return Item(name, columns=columns)


def _columns(cursor: Cursor) -> tuple[str, ...]:
    cursor.advance()

    def column() -> str:
        name = cursor.name(904, too_long=972)
        if cursor.token.is_symbol("."):
            raise cursor.fail(1748)
        return name

    columns = cursor.list_of(column)
    cursor.expect_symbol(")", 907)
    return columns


def _is_object_privilege(cursor: Cursor, name: str) -> bool:
    return name in OBJECT_PRIVILEGES or (name == "SIGN" and cursor.release >= Release.R23)


def _check_without_target(cursor: Cursor, items: tuple[Item, ...], revoke: bool) -> None:
    if any(item.columns for item in items):
        raise cursor.fail(969)
    if not cursor.at_any("FROM" if revoke else "TO"):
        object_privileges = all(_is_object_privilege(cursor, item.name) for item in items)
        raise cursor.fail(969 if object_privileges else 905)


def _check_object_items(cursor: Cursor, items: tuple[Item, ...]) -> None:
    for item in items:
        if item.name in ("ALL", ALL):
            if len(items) > 1:
                raise cursor.fail(990)
        elif item.quoted or not _is_object_privilege(cursor, item.name):
            raise cursor.fail(990)


def _target(cursor: Cursor) -> Target:
    named_next = cursor.peek().is_identifier and not cursor.peek().is_word("TO", "FROM")
    for kind in ("DIRECTORY", "EDITION"):
        if named_next and cursor.accept(kind):
            return Target(kind, (QualifiedName(None, cursor.name(903)),))
    if cursor.release >= Release.R23 and named_next and cursor.accept("SCHEMA"):
        return Target("SCHEMA", (QualifiedName(None, cursor.name(903)),))
    if cursor.accept("USER"):
        names = cursor.list_of(lambda: cursor.name(987))
        return Target("USER", tuple(QualifiedName(None, name) for name in names))
    for words in (("MINING", "MODEL"), ("SQL", "TRANSLATION", "PROFILE")):
        if cursor.accept(*words):
            return Target(" ".join(words), (cursor.qualified_name(903),))
    if cursor.at("JAVA") and cursor.peek().is_word("SOURCE", "RESOURCE", "CLASS"):
        raise OracleError(3001, "unimplemented feature: privileges on Java")
    return Target("OBJECT", (cursor.qualified_name(903),))


def _grantees(cursor: Cursor, statement: GrantStatement) -> GrantStatement:
    if cursor.at_any("PROCEDURE", "FUNCTION", "PACKAGE") and cursor.peek().is_identifier:
        units = [_unit(cursor)]
        while cursor.accept_symbol(","):
            units.append(_unit(cursor))
        return replace(statement, units=tuple(units))
    return replace(statement, grantees=cursor.list_of(lambda: cursor.name(987)))


def _unit(cursor: Cursor) -> CodeUnit:
    if not cursor.at_any("PROCEDURE", "FUNCTION", "PACKAGE"):
        raise cursor.fail(905)
    kind = cursor.advance().value
    return CodeUnit(kind, cursor.qualified_name(4042))


def _options(cursor: Cursor, statement: GrantStatement) -> GrantStatement:
    if statement.revoke:
        if statement.target is not None and cursor.accept("CASCADE"):
            cursor.expect("CONSTRAINTS")
            statement = replace(statement, cascade_constraints=True)
        elif statement.target is not None:
            cursor.accept("FORCE")
    else:
        statement = _grant_options(cursor, statement)
    return replace(statement, container=cursor.container_clause())


def _grant_options(cursor: Cursor, statement: GrantStatement) -> GrantStatement:
    administrative = statement.target is None or statement.target.kind == "SCHEMA"
    if statement.target is None and statement.grantees and cursor.accept("IDENTIFIED"):
        cursor.expect("BY", code=924)
        passwords = cursor.list_of(cursor.password)
        if len(passwords) != len(statement.grantees):
            raise cursor.fail(988)
        statement = replace(statement, passwords=passwords)
    while cursor.accept("WITH"):
        word = cursor.token.value if cursor.token.kind is TokenKind.WORD else ""
        if administrative:
            if word not in ("ADMIN", "DELEGATE"):
                raise cursor.fail(1939)
            statement = replace(statement, option=word)
        elif word == "GRANT":
            statement = replace(statement, grant_option=True)
        elif word == "HIERARCHY":
            statement = replace(statement, hierarchy_option=True)
        else:
            raise cursor.fail(993)
        cursor.advance()
        cursor.expect("OPTION", code=994)
    return statement
