"""Typed syntax of the statements that change rows."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.sandbox.engine.sql.ast import (
    Expression,
    Identifier,
    Into,
    Name,
    Query,
    Source,
    TableRef,
)


@dataclass(frozen=True, slots=True)
class Returning:
    expressions: tuple[Expression, ...]
    into: Into


@dataclass(frozen=True, slots=True)
class Insert:
    """Either `rows` (VALUES; several only in release 23) or `query`. `columns` empty: all of the table."""

    table: TableRef
    columns: tuple[Identifier, ...] = ()
    rows: tuple[tuple[Expression, ...], ...] = ()
    query: Query | None = None
    returning: Returning | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """`columns = value`; more than one column takes a subquery."""

    columns: tuple[Name, ...]
    value: Expression


@dataclass(frozen=True, slots=True)
class Update:
    table: TableRef
    assignments: tuple[Assignment, ...]
    where: Expression | None = None
    returning: Returning | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    table: TableRef
    where: Expression | None = None
    returning: Returning | None = None


@dataclass(frozen=True, slots=True)
class Merge:
    """`update_where` and `delete_where` belong to the WHEN MATCHED branch."""

    table: TableRef
    source: Source
    on: Expression
    assignments: tuple[Assignment, ...] = ()
    update_where: Expression | None = None
    delete_where: Expression | None = None
    insert_columns: tuple[Identifier, ...] = ()
    insert_values: tuple[Expression, ...] = ()
    insert_where: Expression | None = None


DataChange = Insert | Update | Delete | Merge
