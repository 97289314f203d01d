"""Tables, views and their columns as the catalog knows them, and where their rows are."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.engine.access import checks
from reconciler.sandbox.engine.access.checks import ObjectRow
from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.sql.ast import Name
from reconciler.sandbox.seam import Column, OracleError, OracleType

TABLE_TYPES = ("TABLE", "MATERIALIZED VIEW")


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column with where its values are. `position` is for ever: dropping a column leaves a hole."""

    position: int
    column: Column
    default_text: str | None = None
    virtual: bool = False

    @property
    def name(self) -> str:
        return self.column.name

    @property
    def stored(self) -> str:
        """Its name in the SQLite table."""
        return f"c{self.position}"


def load_columns(catalog: sqlite3.Connection, object_id: int) -> tuple[TableColumn, ...]:
    """Columns in order."""
    rows = catalog.execute(
        "SELECT position, name, type, size, precision, scale, nullable, default_text, virtual"
        " FROM columns WHERE object_id = ? ORDER BY position",
        (object_id,),
    )
    return tuple(
        TableColumn(
            row[0],
            Column(row[1], OracleType(row[2]), row[3], row[4], row[5], bool(row[6])),
            row[7],
            bool(row[8]),
        )
        for row in rows
    )


def details(obj: ObjectRow) -> dict[str, Any]:
    """What `objects.details` says, empty if nothing."""
    return json.loads(obj.details) if obj.details else {}


def is_dictionary(obj: ObjectRow) -> bool:
    """Whether the rows come from the data dictionary."""
    return obj.type == "VIEW" and bool(details(obj).get("dictionary"))


def owner_and_name(name: Name) -> tuple[str | None, str]:
    """Schema and object of a one- or two-part name. Raises ORA-00903 for more parts."""
    if len(name.parts) == 1:
        return None, name.parts[0].name
    if len(name.parts) == 2:
        return name.parts[0].name, name.parts[1].name
    raise OracleError(903, "invalid table name", offset=max(name.start, 0))


def find_table(session: SessionView, name: Name, schema: str | None = None) -> ObjectRow:
    """The table, view or materialized view of a name. Raises ORA-00942 if there is none."""
    owner, plain = owner_and_name(name)
    obj = checks.resolve(session, owner, plain, schema=schema)
    if obj is None or (obj.type not in TABLE_TYPES and obj.type != "VIEW"):
        error = checks.missing(session, owner, plain)
        raise OracleError(error.code, error.message, offset=max(name.start, 0))
    return obj


def require(
    session: SessionView,
    obj: ObjectRow,
    privilege: str,
    columns: tuple[str, ...] = (),
    *,
    user: str | None = None,
    start: int = -1,
) -> None:
    """`checks.require_object` with the position of the name in the statement."""
    try:
        checks.require_object(session, obj, privilege, columns, user=user)
    except OracleError as error:
        error.offset = max(start, 0)
        raise
