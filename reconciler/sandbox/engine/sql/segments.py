"""Where the rows of a table are: a SQLite table that comes into being with the first row, as Oracle defers segments.

Its name is in `objects.details` ("segment") and is never used twice, so that dropping and truncating only have to forget it.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from reconciler.sandbox.engine.access import checks
from reconciler.sandbox.engine.access.checks import ObjectRow
from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.sql.ddl_support import next_number
from reconciler.sandbox.engine.sql.tables import TableColumn, details
from reconciler.sandbox.seam import OracleError, Release

_COUNTER = "segments"


def new_segment(catalog: sqlite3.Connection, object_id: int) -> str:
    """A name that no table of the container ever had."""
    return f"t_{object_id}_{next_number(catalog, _COUNTER)}"


def exists(session: SessionView, segment: str) -> bool:
    """Whether the table has had a row in this or a committed transaction."""
    query = "SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name = ?"
    return session.data().execute(query, (segment,)).fetchone() is not None


def source(session: SessionView, obj: ObjectRow, columns: Sequence[TableColumn]) -> str:
    """What to put after FROM."""
    segment = str(details(obj)["segment"])
    if exists(session, segment):
        return f'main."{segment}"'
    listed = ", ".join(f"NULL AS {column.stored}" for column in columns)
    return f"(SELECT NULL AS rowid, {listed} WHERE 0)"


def ensure(session: SessionView, obj: ObjectRow, columns: Sequence[TableColumn]) -> str:
    """The SQLite table for a change, made if it is not there yet; the transaction must be open. Raises ORA-01950 without a quota."""
    facts = details(obj)
    segment = str(facts["segment"])
    if exists(session, segment):
        return f'main."{segment}"'
    require_quota(session, obj.owner, facts.get("tablespace"))
    listed = ", ".join(column.stored for column in columns)
    session.data().execute(f'CREATE TABLE main."{segment}" ({listed})')
    for constraint in facts.get("constraints", ()):
        if constraint["type"] in "PU":
            add_unique(session, segment, constraint, columns)
    return f'main."{segment}"'


def add_unique(
    session: SessionView, segment: str, constraint: dict[str, Any], columns: Sequence[TableColumn]
) -> None:
    """Makes SQLite watch over a primary key or unique constraint. Raises ORA-02299 if rows break it."""
    by_name = {column.name: column.stored for column in columns}
    listed = ", ".join(by_name[name] for name in constraint["columns"])
    index = unique_index(segment, str(constraint["name"]))
    try:
        session.data().execute(f'CREATE UNIQUE INDEX main."{index}" ON "{segment}" ({listed})')
    except sqlite3.IntegrityError:
        raise OracleError(
            2299, f"cannot validate ({constraint['name']}) - duplicate keys found"
        ) from None


def unique_index(segment: str, constraint: str) -> str:
    """Name of the SQLite index behind a constraint."""
    return f"{segment}_{constraint.encode().hex()}"


def drop_unique(session: SessionView, segment: str, constraint: str) -> None:
    session.data().execute(f'DROP INDEX IF EXISTS main."{unique_index(segment, constraint)}"')


def discard(session: SessionView, segment: str) -> None:
    """Removes rows nobody refers to any more. If another session is writing they stay as waste: nobody will find them."""
    with contextlib.suppress(sqlite3.OperationalError):
        session.data().execute(f'DROP TABLE IF EXISTS main."{segment}"')


def default_tablespace(session: SessionView, owner: str) -> str:
    row = session.container.catalog.execute(
        "SELECT default_tablespace FROM users WHERE name = ?", (owner,)
    ).fetchone()
    return "USERS" if row is None else str(row[0])


def require_quota(session: SessionView, owner: str, tablespace: str | None) -> None:
    """Raises ORA-01950 if the owner may not use space in the tablespace (his default one if None)."""
    name = tablespace or default_tablespace(session, owner)
    if checks.has_system_privilege(session, "UNLIMITED TABLESPACE", user=owner):
        return
    row = session.container.catalog.execute(
        "SELECT max_bytes FROM quotas WHERE user_name = ? AND tablespace = ?", (owner, name)
    ).fetchone()
    if row is not None and row[0] != 0:
        return
    if session.instance.release < Release.R23:
        raise OracleError(1950, f"no privileges on tablespace '{name}'")
    raise OracleError(1950, f"The user {owner} has insufficient quota on tablespace {name}.")


def is_deferred(session: SessionView) -> bool:
    """Parameter DEFERRED_SEGMENT_CREATION; the session's setting comes first."""
    setting = session.parameters.get("deferred_segment_creation")
    if setting is None:
        row = session.container.catalog.execute(
            "SELECT value FROM parameters WHERE name = 'deferred_segment_creation'"
        ).fetchone()
        setting = "TRUE" if row is None else str(row[0])
    return setting.upper() == "TRUE"


def save_details(catalog: sqlite3.Connection, object_id: int, facts: dict[str, Any]) -> None:
    """Writes `objects.details`."""
    catalog.execute(
        "UPDATE objects SET details = ? WHERE object_id = ?",
        (json.dumps(facts, sort_keys=True), object_id),
    )
