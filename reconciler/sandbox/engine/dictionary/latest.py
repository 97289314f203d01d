"""Dictionary views inside an open transaction.

SQLite keeps a connection's view of an attached file from the first read to the end of the transaction; Oracle's statements each see
what was committed when they began. So a transaction gets copies, read through another connection at the beginning of the statement.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import closing, suppress

from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.dictionary import views
from reconciler.sandbox.engine.rows import open_catalog

_PREFIX = "now$"


def attach(
    session: SessionView, connection: sqlite3.Connection, name: str, used: Collection[str]
) -> str:
    """What to put after FROM to read a view in one statement, which has got `used` already; copies of other statements may go."""
    _drop_unused(connection, used)
    with closing(open_catalog(session.container)) as catalog:
        source = views.attach(session, catalog, (name,))[name]
        return _copied(catalog, source, connection)


def _copies(connection: sqlite3.Connection) -> list[int]:
    rows = connection.execute(
        "SELECT CAST(substr(name, length(:prefix) + 1) AS INTEGER) FROM sqlite_temp_master"
        " WHERE type = 'table' AND substr(name, 1, length(:prefix)) = :prefix",
        {"prefix": _PREFIX},
    )
    return [number for (number,) in rows.fetchall()]


def _table(number: int) -> str:
    return f'temp."{_PREFIX}{number}"'


def _drop_unused(connection: sqlite3.Connection, used: Collection[str]) -> None:
    for number in _copies(connection):
        if _table(number) not in used:
            with suppress(sqlite3.OperationalError):  # a query around this one still reads it
                connection.execute(f"DROP TABLE {_table(number)}")


def _copied(catalog: sqlite3.Connection, source: str, connection: sqlite3.Connection) -> str:
    rows = catalog.execute(f"SELECT * FROM {source}")
    columns = ", ".join(f'"{item[0]}"' for item in rows.description)
    marks = ", ".join("?" * len(rows.description))
    copy = _table(max(_copies(connection), default=0) + 1)
    connection.execute(f"CREATE TABLE {copy} ({columns})")
    connection.executemany(f"INSERT INTO {copy} VALUES ({marks})", rows.fetchall())
    return copy
