"""Objects that exist here to be granted, listed and dropped: types, libraries, operators, indextypes and editions.

A type cannot be used in a table or a block, a library, operator or indextype runs nothing, and sessions do not change their edition: statements
that try to get the error of the part that does not know them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.engine.access import checks
from reconciler.sandbox.engine.access.checks import find_object
from reconciler.sandbox.engine.sql.cursor import TokenCursor
from reconciler.sandbox.engine.sql.datatypes import parse_type, to_column
from reconciler.sandbox.engine.sql.ddl_support import (
    Ddl,
    add_object,
    catalog_change,
    remove_object,
    require_create,
)
from reconciler.sandbox.engine.sql.lexer import TokenKind
from reconciler.sandbox.engine.sql.tables import owner_and_name
from reconciler.sandbox.seam import OracleError

NAMESPACE_EDITION = 64
_METHODS = ("MEMBER", "STATIC", "CONSTRUCTOR", "MAP", "ORDER", "FINAL", "INSTANTIABLE", "OVERRIDING", "NOT")  # fmt: skip
OPAQUE = ("LIBRARY", "OPERATOR", "INDEXTYPE")


# --- types -------------------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Shape:
    """What the dictionary says of a type."""

    typecode: str = "OBJECT"
    attributes: int = 0
    methods: int = 0
    incomplete: bool = False


def create_type(ddl: Ddl, *, replace: bool) -> None:
    """CREATE TYPE, from behind the word TYPE: an object type, a collection, or a name that gets its attributes later."""
    cursor, start = ddl.cursor, ddl.cursor.position - 1
    if cursor.current.is_word("BODY"):
        cursor.fail(3001, "unimplemented feature: TYPE BODY")
    lenient = ddl.accept_if_exists("NOT", "EXISTS")
    owner, name = ddl.new_name()
    cursor.accept_word("FORCE")
    if cursor.accept_word("AUTHID"):
        cursor.expect_word("CURRENT_USER", "DEFINER")
    shape = _shape(ddl)
    cursor.accept_symbol(";")
    ddl.finish()
    require_create(ddl.session, owner, "TYPE")
    existing = find_object(ddl.catalog, owner, name)
    if existing is not None and lenient:
        return
    facts: dict[str, Any] = {
        "typecode": shape.typecode, "attributes": shape.attributes, "methods": shape.methods, "incomplete": shape.incomplete,
    }  # fmt: skip
    _keep(ddl, owner, name, "TYPE", start, facts, replace=replace)


def _shape(ddl: Ddl) -> _Shape:
    cursor = ddl.cursor
    if cursor.at_end or cursor.current.is_symbol(";"):
        return _Shape(incomplete=True)
    if cursor.accept_word("UNDER"):
        cursor.fail(3001, "unimplemented feature: subtypes")
    cursor.expect_word("AS", "IS")
    if cursor.accept_word("OBJECT"):
        return _object_shape(ddl)
    if cursor.accept_words("VARYING", "ARRAY") or cursor.accept_word("VARRAY"):
        cursor.expect_symbol("(")
        if cursor.current.kind is not TokenKind.NUMBER:
            cursor.fail(3001, "unimplemented feature: a varray without a size")
        cursor.next()
        cursor.expect_symbol(")")
    else:
        cursor.expect_word("TABLE")
    cursor.expect_word("OF")
    _element_type(ddl)
    cursor.accept_words("NOT", "NULL")
    return _Shape("COLLECTION")


def _object_shape(ddl: Ddl) -> _Shape:
    cursor, shape = ddl.cursor, _Shape()
    cursor.expect_symbol("(")
    while True:
        if cursor.current.is_word(*_METHODS):
            shape.methods += 1
            _pass_method(cursor)
        else:
            cursor.identifier()
            _element_type(ddl)
            shape.attributes += 1
        if not cursor.accept_symbol(","):
            break
    cursor.expect_symbol(")")
    while cursor.accept_word("NOT", "FINAL", "INSTANTIABLE", "PERSISTABLE"):
        continue
    return shape


def _pass_method(cursor: TokenCursor) -> None:
    """The specification of a method, up to the comma or bracket behind it."""
    depth = 0
    while not cursor.at_end and (depth or not cursor.current.is_symbol(",", ")")):
        token = cursor.next()
        depth += token.is_symbol("(") - token.is_symbol(")")


def _element_type(ddl: Ddl) -> None:
    """A built-in type, or one that exists. Raises ORA-00902 for others, where Oracle stores an invalid type."""
    cursor = ddl.cursor
    cursor.accept_word("REF")
    type_name = parse_type(cursor)
    if type_name.name is None:
        to_column("ELEMENT", type_name)
    else:
        owner, name = owner_and_name(type_name.name)
        found = checks.resolve(ddl.session, owner, name)
        if found is None or found.type != "TYPE" or not checks.may(ddl.session, found, "EXECUTE"):
            raise OracleError(902, "invalid datatype")


# --- what is only a name -------------------------------------------------------------------------------------------------------------


def create_opaque(ddl: Ddl, kind: str, *, replace: bool) -> None:
    """CREATE LIBRARY, OPERATOR or INDEXTYPE, from behind that word. What follows the name is kept as it is."""
    cursor, start = ddl.cursor, ddl.cursor.position - 1
    owner, name = ddl.new_name()
    facts: dict[str, Any] = {}
    if kind == "LIBRARY":
        cursor.expect_word("AS", "IS")
        if cursor.current.kind is not TokenKind.STRING:
            cursor.fail(3001, "unimplemented feature: a library without a file")
        facts["file"] = cursor.current.value
    elif not cursor.current.is_word("BINDING" if kind == "OPERATOR" else "FOR"):
        cursor.fail(905, "missing keyword")
    while not cursor.at_end:
        cursor.next()
    require_create(ddl.session, owner, kind)
    _keep(ddl, owner, name, kind, start, facts, replace=replace)


def _keep(
    ddl: Ddl, owner: str, name: str, kind: str, start: int, facts: dict[str, Any], *, replace: bool
) -> None:
    """Stores a new object, or the new text of one whose grants stay."""
    source = ddl.text_from(start)
    existing = find_object(ddl.catalog, owner, name)
    if existing is None:
        add_object(ddl, owner, name, kind, source=source, facts=facts)
        return
    completes = kind == "TYPE" and '"incomplete": true' in (existing.details or "")
    if existing.type != kind or not (replace or completes):
        raise OracleError(955, "name is already used by an existing object")
    with catalog_change(ddl.catalog):
        ddl.catalog.execute("DELETE FROM objects WHERE object_id = ?", (existing.object_id,))
        object_id = add_object(ddl, owner, name, kind, source=source, facts=facts)
        ddl.catalog.execute(
            "UPDATE objects SET object_id = ? WHERE object_id = ?", (existing.object_id, object_id)
        )


def drop_named(ddl: Ddl, kind: str) -> None:
    """DROP TYPE, LIBRARY, OPERATOR or INDEXTYPE, from behind that word."""
    lenient = ddl.accept_if_exists("EXISTS")
    name = ddl.cursor.name()
    ddl.cursor.accept_word("FORCE", "VALIDATE")
    ddl.finish()
    found = ddl.existing(name, kind)
    if found is None:
        if lenient:
            return
        raise OracleError(4043, f"object {name.last} does not exist")
    if found.owner != ddl.session.current_user:
        checks.require_system_privilege(ddl.session, f"DROP ANY {kind}")
    remove_object(ddl.catalog, found.object_id)


# --- editions ----------------------------------------------------------------------------------------------------------------------


def create_edition(ddl: Ddl) -> None:
    """CREATE EDITION, from behind the word EDITION. Editions are a chain; who makes one may use it and pass that on."""
    name = ddl.cursor.identifier().name
    parent = None
    if ddl.cursor.accept_words("AS", "CHILD", "OF"):
        parent = ddl.cursor.identifier().name
    ddl.finish()
    checks.require_system_privilege(ddl.session, "CREATE ANY EDITION")
    known = {row[0]: row[1] for row in ddl.catalog.execute(
        "SELECT name, source FROM objects WHERE type = 'EDITION' ORDER BY object_id"
    )}  # fmt: skip
    parent = parent or next(item for item in known if item not in known.values())
    if name in known:
        raise OracleError(955, "name is already used by an existing object")
    if parent not in known:
        raise OracleError(38802, "edition does not exist")
    if parent in known.values():
        raise OracleError(38807, "implementation restriction: an edition can have only one child")
    with catalog_change(ddl.catalog):
        object_id = add_object(
            ddl, checks.SYS, name, "EDITION", namespace=NAMESPACE_EDITION, source=parent
        )
        if ddl.session.current_user != checks.SYS:
            ddl.catalog.execute(
                "INSERT INTO object_grants (grantee, object_id, privilege, grantor, grantable) VALUES (?, ?, 'USE', 'SYS', 1)",
                (ddl.session.current_user, object_id),
            )


def drop_edition(ddl: Ddl) -> None:
    """DROP EDITION, from behind the word EDITION: only the last of the chain goes, never the first."""
    name = ddl.cursor.identifier().name
    ddl.cursor.accept_word("CASCADE")
    ddl.finish()
    checks.require_system_privilege(ddl.session, "DROP ANY EDITION")
    found = find_object(ddl.catalog, checks.SYS, name, NAMESPACE_EDITION)
    if found is None:
        raise OracleError(38802, "edition does not exist")
    child = ddl.catalog.execute(
        "SELECT 1 FROM objects WHERE type = 'EDITION' AND source = ?", (name,)
    ).fetchone()
    if found.source is None or child is not None:
        raise OracleError(38810, "Implementation restriction: cannot drop edition that has a parent and a child")  # fmt: skip
    remove_object(ddl.catalog, found.object_id)
