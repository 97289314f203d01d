"""A view's owner can pass on only what he may pass on of the objects below it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from reconciler.sandbox.engine.access import cascade, principals
from reconciler.sandbox.engine.access.errors import error

if TYPE_CHECKING:
    import sqlite3

    from reconciler.sandbox.seam import Release

_PASSED_ON = frozenset({"SELECT", "READ", "INSERT", "UPDATE", "DELETE"})


def check_passing_on(
    catalog: sqlite3.Connection,
    release: Release,
    view_id: int,
    owner: str,
    privileges: Iterable[str],
) -> None:
    """Raises ORA-01720 if the owner lacks the grant option for one of the privileges on what the view refers to."""
    if owner == "SYS":
        return
    wanted = sorted(_PASSED_ON.intersection(privileges))
    rows = catalog.execute(
        "SELECT o.object_id, o.owner, o.name FROM dependencies d JOIN objects o ON o.object_id = d.referenced_id"
        " WHERE d.object_id = ? AND o.owner <> ? AND o.type IN ('TABLE', 'VIEW', 'MATERIALIZED VIEW') ORDER BY o.object_id",
        (view_id, owner),
    ).fetchall()
    for object_id, base_owner, name in rows if wanted else ():
        whole, _ = cascade.option_holders(catalog, object_id, base_owner)
        for privilege in wanted:
            enough = ("READ", "SELECT") if privilege == "READ" else (privilege,)
            if not any({owner, principals.PUBLIC} & whole[p] for p in enough):
                raise error(release, 1720, base_owner, name)


def check_replaced(catalog: sqlite3.Connection, release: Release, view_id: int, owner: str) -> None:
    """The same for the privileges that others hold on a view whose text has just been replaced."""
    held = catalog.execute(
        "SELECT privilege FROM object_grants WHERE object_id = ? AND grantee <> ?", (view_id, owner)
    )
    check_passing_on(catalog, release, view_id, owner, [row[0] for row in held])
