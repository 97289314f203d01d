"""What the dictionary says of columns: names, types and comments, and nothing of the data in them."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model import names
from reconciler.model.classification import Column, DescribedColumn
from reconciler.model.errors import DatabaseError
from reconciler.oracle import name_lists, texts
from reconciler.oracle.driver_errors import MISSING_PRIVILEGE, NO_RIGHT
from reconciler.oracle.session import Session

VIEWS = ("DBA_COL_COMMENTS", "DBA_TAB_COLUMNS", "DBA_USERS", "DBA_VIEWS")
_EXPECTED_ROWS = 20_000


def read(session: Session, schemas: Iterable[str]) -> tuple[DescribedColumn, ...]:
    """The columns of the tables of schemas (names, or patterns with `*`), ordered. One query.

    Raises DatabaseError; `target.missing-privilege` names the views that it reads.
    """
    listed = name_lists.of_schemas(schemas)
    text = texts.without_comments(texts.load("columns", session.release))
    sql = text.replace(":described:", listed.text)
    binds = {**listed.binds, "gate": names.GATE_SCHEMA}
    try:
        found = session.query(sql, binds, expect=_EXPECTED_ROWS)
    except DatabaseError as error:
        if error.ora not in NO_RIGHT:
            raise
        raise DatabaseError(
            MISSING_PRIVILEGE,
            f"{session.target}: {session.user} cannot read what the dictionary says of columns (ORA-{error.ora:05d})",
            ora=error.ora,
            hint="; ".join(f"GRANT READ ON SYS.{view} TO {session.user}" for view in VIEWS),
        ) from None
    return tuple(
        sorted(
            DescribedColumn(Column(owner, table, name), kind or "", int(length or 0), comment or "")
            for owner, table, name, kind, length, comment in found
        )
    )
