"""What all DDL shares: names of new objects, rights to create them, rows in the catalog."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.engine.access import checks
from reconciler.sandbox.engine.access.checks import ObjectRow, find_object
from reconciler.sandbox.engine.catalog.store import timestamp
from reconciler.sandbox.engine.context import SessionView
from reconciler.sandbox.engine.sql.ast import Name
from reconciler.sandbox.engine.sql.cursor import TokenCursor
from reconciler.sandbox.engine.sql.tables import owner_and_name
from reconciler.sandbox.seam import Column, OracleError, Release

NAMESPACE_INDEX = 4
NAMESPACE_DIRECTORY = 9


@dataclass(frozen=True, slots=True)
class Ddl:
    """One statement being read and run. `text` is cut by token positions for texts that the catalog keeps."""

    session: SessionView
    text: str
    cursor: TokenCursor

    @property
    def catalog(self) -> sqlite3.Connection:
        return self.session.container.catalog

    def now(self) -> str:
        return timestamp(self.session.instance.now())

    def text_from(self, position: int) -> str:
        """The text of the tokens from `position` up to the current one."""
        tokens = self.cursor.tokens
        return self.text[tokens[position].start : tokens[self.cursor.position - 1].end]

    def finish(self) -> None:
        if not self.cursor.at_end:
            self.cursor.fail(933, "SQL command not properly ended")

    def accept_if_exists(self, *words: str) -> bool:
        """IF [NOT] EXISTS of release 23; `words` is what stands between IF and the end."""
        if not self.cursor.current.is_word("IF"):
            return False
        if self.session.instance.release < Release.R23:
            self.cursor.fail(922, "missing or invalid option")
        if not self.cursor.accept_words("IF", *words):
            if "NOT" in words:
                self.cursor.fail(11543, "Incorrect IF NOT EXISTS clause for CREATE statement")
            self.cursor.fail(11544, "Incorrect IF EXISTS clause for ALTER/DROP statement")
        return True

    def new_name(self) -> tuple[str, str]:
        """Schema and name of an object to create: the current schema unless given. Raises ORA-01918."""
        owner, name = owner_and_name(self.cursor.name())
        owner = owner or self.session.current_schema
        if owner != self.session.current_user:
            known = self.catalog.execute("SELECT 1 FROM users WHERE name = ?", (owner,)).fetchone()
            if known is None:
                raise OracleError(1918, f"user '{owner}' does not exist")
        return owner, name

    def existing(self, name: Name, *types: str) -> ObjectRow | None:
        """The object of that name and type itself, synonyms not followed."""
        owner, plain = owner_and_name(name)
        found = find_object(self.catalog, owner or self.session.current_schema, plain)
        return found if found is not None and found.type in types else None


@contextmanager
def catalog_change(catalog: sqlite3.Connection) -> Iterator[None]:
    """All changes of the catalog inside, or none."""
    catalog.execute("SAVEPOINT sql_ddl")
    try:
        yield
    except BaseException:
        catalog.execute("ROLLBACK TO sql_ddl")
        catalog.execute("RELEASE sql_ddl")
        raise
    catalog.execute("RELEASE sql_ddl")


def require_create(session: SessionView, owner: str, kind: str) -> None:
    """CREATE `kind` in the own schema, else CREATE ANY `kind`. Raises ORA-01031."""
    if owner == session.current_user:
        return checks.require_system_privilege(session, f"CREATE {kind}", f"CREATE ANY {kind}")
    if owner == checks.SYS and not checks.has_system_privilege(session, "#SYS"):
        raise OracleError(1031, "insufficient privileges")
    if not _holds_on_schema(session, owner, f"CREATE ANY {kind}"):
        checks.require_system_privilege(session, f"CREATE ANY {kind}")
    return None


def _holds_on_schema(session: SessionView, schema: str, privilege: str) -> bool:
    if session.instance.release < Release.R23:
        return False
    rows = session.container.catalog.execute(
        "SELECT grantee FROM schema_grants WHERE schema = ? AND privilege = ?", (schema, privilege)
    )
    holders = {session.current_user, checks.PUBLIC, *session.roles}
    return any(grantee in holders for (grantee,) in rows.fetchall())


def require_free(catalog: sqlite3.Connection, owner: str, name: str, namespace: int = 1) -> None:
    """Raises ORA-00955."""
    if find_object(catalog, owner, name, namespace) is not None:
        raise OracleError(955, "name is already used by an existing object")


def add_object(
    ddl: Ddl,
    owner: str,
    name: str,
    kind: str,
    *,
    namespace: int = 1,
    source: str | None = None,
    facts: dict[str, Any] | None = None,
    status: str = "VALID",
) -> int:
    """A new row of `objects`; gives its id."""
    cursor = ddl.catalog.execute(
        "INSERT INTO objects (owner, name, type, namespace, status, created, last_ddl_time, source, details)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(owner, name, kind, namespace, status, ddl.now(), ddl.now(), source),
            None if facts is None else json.dumps(facts, sort_keys=True),
        ),
    )
    return int(cursor.lastrowid or 0)


def remove_object(catalog: sqlite3.Connection, object_id: int) -> None:
    """The object with its columns, grants and dependencies."""
    for table in ("objects", "columns", "object_grants", "column_grants", "dependencies"):
        catalog.execute(f"DELETE FROM {table} WHERE object_id = ?", (object_id,))


def write_column(
    catalog: sqlite3.Connection,
    object_id: int,
    position: int,
    column: Column,
    default_text: str | None = None,
) -> None:
    """A new row of `columns`."""
    catalog.execute(
        "INSERT INTO columns (object_id, position, name, type, size, precision, scale, nullable, default_text)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(object_id, position, column.name, int(column.type), column.size),
            *(column.precision, column.scale, int(column.nullable), default_text),
        ),
    )


def touch(ddl: Ddl, object_id: int) -> None:
    """Sets LAST_DDL_TIME."""
    ddl.catalog.execute(
        "UPDATE objects SET last_ddl_time = ? WHERE object_id = ?", (ddl.now(), object_id)
    )


def next_number(catalog: sqlite3.Connection, counter: str) -> int:
    """The next value of a counter of the container."""
    row = catalog.execute(
        "INSERT INTO settings (name, value) VALUES (?, '1')"
        " ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1 RETURNING value",
        (counter,),
    ).fetchone()
    return int(row[0])
