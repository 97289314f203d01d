"""Connections to the SQLite files of a container: the rows of its tables, and its catalog beside them."""

from __future__ import annotations

import sqlite3

from reconciler.sandbox.engine.context import Container


def open_data(container: Container) -> sqlite3.Connection:
    """A session's own connection: autocommit (the session opens transactions), the catalog attached as `cat`."""
    connection = sqlite3.connect(
        container.data_path, isolation_level=None, check_same_thread=False, timeout=0
    )
    for pragma in ("journal_mode=WAL", "synchronous=OFF", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    # Deleting from this empty table is how a transaction becomes the writer before its first change.
    connection.execute("CREATE TABLE IF NOT EXISTS main.writer (only INTEGER)")
    connection.execute("ATTACH DATABASE ? AS cat", (container.catalog_path,))
    return connection


def open_catalog(container: Container) -> sqlite3.Connection:
    """A connection to the catalog alone, attached as `cat`, which holds no snapshot of it."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("ATTACH DATABASE ? AS cat", (container.catalog_path,))
    return connection
