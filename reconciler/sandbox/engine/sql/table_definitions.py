"""What stands in the brackets of CREATE TABLE and behind ALTER TABLE ADD: columns and constraints."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reconciler.sandbox.engine.sql.ast import Identifier, Name
from reconciler.sandbox.engine.sql.cursor import TokenCursor
from reconciler.sandbox.engine.sql.datatypes import parse_type, to_column
from reconciler.sandbox.engine.sql.ddl_support import Ddl
from reconciler.sandbox.engine.sql.expressions import parse_expression
from reconciler.sandbox.seam import Column

_STARTS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN")


@dataclass(slots=True)
class Constraint:
    """`type` is P, U, R, C, or N for NOT NULL; `condition` the text of a CHECK."""

    type: str
    columns: list[str]
    name: str | None = None
    condition: str | None = None
    references: Name | None = None
    referenced_columns: list[str] = field(default_factory=list)

    def facts(self, name: str) -> dict[str, Any]:
        """As `objects.details` keeps it; references are filled in by who resolved them."""
        found: dict[str, Any] = {"type": self.type, "name": name, "columns": self.columns}
        if self.condition is not None:
            found["condition"] = self.condition
        return found


@dataclass(slots=True)
class ColumnDefinition:
    """`identity` is ALWAYS or BY DEFAULT."""

    column: Column
    default_text: str | None = None
    identity: str | None = None
    typed: bool = True


@dataclass(slots=True)
class Definitions:
    columns: list[ColumnDefinition] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)


def parse_definitions(ddl: Ddl) -> Definitions:
    """`(column | constraint, ...)` from the opening bracket on."""
    found = Definitions()
    ddl.cursor.expect_symbol("(")
    while True:
        parse_definition(ddl, found)
        if not ddl.cursor.accept_symbol(","):
            break
    ddl.cursor.expect_symbol(")")
    return found


def parse_definition(ddl: Ddl, found: Definitions) -> None:
    """One column or one table constraint."""
    if ddl.cursor.current.is_word(*_STARTS):
        found.constraints.append(_table_constraint(ddl))
    else:
        _column(ddl, found)


def _column(ddl: Ddl, found: Definitions) -> None:
    cursor = ddl.cursor
    name = cursor.identifier().name
    if cursor.current.is_word("GENERATED", "AS"):
        cursor.fail(3001, "unimplemented feature: virtual columns")
    definition = ColumnDefinition(to_column(name, parse_type(cursor)))
    found.columns.append(definition)
    parse_column_clauses(ddl, definition, found)


def parse_column_clauses(ddl: Ddl, definition: ColumnDefinition, found: Definitions) -> None:
    """DEFAULT, identity and constraints behind a column's type, in any order."""
    cursor = ddl.cursor
    while True:
        if cursor.accept_word("DEFAULT"):
            if cursor.current.is_word("ON") and cursor.peek().is_word("NULL"):
                cursor.fail(3001, "unimplemented feature: DEFAULT ON NULL")
            start = cursor.position
            parse_expression(cursor)
            definition.default_text = ddl.text_from(start)
        elif cursor.accept_word("GENERATED"):
            definition.identity = _identity(cursor)
        elif cursor.current.is_word("NOT", "NULL", "REFERENCES", *_STARTS):
            found.constraints.append(_inline_constraint(ddl, definition.column.name))
        elif not cursor.accept_word("VISIBLE", "SORT"):
            return


def _identity(cursor: TokenCursor) -> str:
    kind = "ALWAYS" if cursor.accept_word("ALWAYS") else ""
    if not kind:
        cursor.expect_word("BY")
        cursor.expect_word("DEFAULT")
        kind = "BY DEFAULT"
        if cursor.accept_word("ON"):
            cursor.fail(3001, "unimplemented feature: BY DEFAULT ON NULL")
    cursor.expect_word("AS")
    if not cursor.accept_word("IDENTITY"):
        cursor.fail(3001, "unimplemented feature: virtual columns")
    if cursor.current.is_symbol("("):
        cursor.fail(3001, "unimplemented feature: options of an identity column")
    return kind


def _constraint_name(cursor: TokenCursor) -> str | None:
    return cursor.identifier().name if cursor.accept_word("CONSTRAINT") else None


def _inline_constraint(ddl: Ddl, column: str) -> Constraint:
    cursor = ddl.cursor
    name = _constraint_name(cursor)
    if cursor.accept_word("NOT"):
        cursor.expect_word("NULL", code=908, message="missing NULL keyword")
        found = Constraint("N", [column], name)
    elif cursor.accept_word("NULL"):
        found = Constraint("", [column], name)
    elif cursor.accept_word("PRIMARY"):
        cursor.expect_word("KEY")
        found = Constraint("P", [column], name)
    elif cursor.accept_word("UNIQUE"):
        found = Constraint("U", [column], name)
    elif cursor.accept_word("CHECK"):
        found = _check(ddl, name, [column])
    else:
        cursor.expect_word("REFERENCES")
        found = _reference(ddl, name, [column])
    _state(cursor)
    return found


def _table_constraint(ddl: Ddl) -> Constraint:
    cursor = ddl.cursor
    name = _constraint_name(cursor)
    if cursor.accept_word("PRIMARY"):
        cursor.expect_word("KEY")
        found = Constraint("P", parse_columns(cursor), name)
    elif cursor.accept_word("UNIQUE"):
        found = Constraint("U", parse_columns(cursor), name)
    elif cursor.accept_word("FOREIGN"):
        cursor.expect_word("KEY")
        columns = parse_columns(cursor)
        cursor.expect_word("REFERENCES")
        found = _reference(ddl, name, columns)
    else:
        cursor.expect_word("CHECK", code=904, message=": invalid identifier")
        found = _check(ddl, name, [])
    _state(cursor)
    return found


def _check(ddl: Ddl, name: str | None, columns: list[str]) -> Constraint:
    ddl.cursor.expect_symbol("(")
    start = ddl.cursor.position
    parse_expression(ddl.cursor)
    condition = ddl.text_from(start)
    ddl.cursor.expect_symbol(")")
    return Constraint("C", columns, name, condition)


def _reference(ddl: Ddl, name: str | None, columns: list[str]) -> Constraint:
    cursor = ddl.cursor
    parent = cursor.name()
    theirs = parse_columns(cursor) if cursor.current.is_symbol("(") else []
    if cursor.current.is_word("ON") and cursor.peek().is_word("DELETE"):
        cursor.fail(3001, "unimplemented feature: ON DELETE of a foreign key")
    return Constraint("R", columns, name, None, parent, theirs)


def _state(cursor: TokenCursor) -> None:
    """ENABLE and its kin; a constraint that is not enforced at once is not supported."""
    while cursor.accept_word("ENABLE", "VALIDATE", "NORELY"):
        pass
    if cursor.accept_words("NOT", "DEFERRABLE") or cursor.accept_words("INITIALLY", "IMMEDIATE"):
        _state(cursor)
    elif cursor.current.is_word("DISABLE", "NOVALIDATE", "DEFERRABLE", "INITIALLY", "RELY"):
        cursor.fail(3001, f"unimplemented feature: constraint {cursor.current.value}")
    elif cursor.accept_words("USING", "INDEX") and cursor.accept_word("TABLESPACE"):
        cursor.identifier()


def parse_columns(cursor: TokenCursor) -> list[str]:
    """`(name, ...)`."""
    cursor.expect_symbol("(")
    names: list[Identifier] = [cursor.identifier()]
    while cursor.accept_symbol(","):
        names.append(cursor.identifier())
    cursor.expect_symbol(")")
    return [name.name for name in names]
