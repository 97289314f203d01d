"""Which grants on an object still rest on the owner's word, and the end of those that do not."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

PUBLIC = "PUBLIC"

_Key = TypeVar("_Key")
Holders = defaultdict[str, set[str]]
ColumnHolders = Mapping[tuple[str, str], set[str]]


def option_holders(
    catalog: sqlite3.Connection, object_id: int, owner: str
) -> tuple[Holders, ColumnHolders]:
    """Who may pass a privilege on, because a chain of grants with grant option leads from the owner to him: by privilege, and by
    privilege and column. The owner is among them; PUBLIC stands for everybody.
    """
    whole: defaultdict[str, set[str]] = defaultdict(lambda: {owner})
    edges = catalog.execute(
        "SELECT privilege, grantor, grantee FROM object_grants WHERE object_id = ? AND grantable = 1",
        (object_id,),
    ).fetchall()
    _spread(edges, lambda privilege: whole[privilege])
    by_column: dict[tuple[str, str], set[str]] = {}
    column_edges = [
        ((privilege, column), grantor, grantee)
        for privilege, column, grantor, grantee in catalog.execute(
            "SELECT privilege, column_name, grantor, grantee FROM column_grants WHERE object_id = ? AND grantable = 1",
            (object_id,),
        )
    ]
    for key, _, _ in column_edges:
        by_column.setdefault(key, set(whole[key[0]]))
    _spread(column_edges, lambda key: by_column[key])
    return whole, by_column


def _spread(edges: Iterable[tuple[_Key, str, str]], reached: Callable[[_Key], set[str]]) -> None:
    """Adds to the reached everybody to whom somebody reached has granted, until nothing changes."""
    waiting = list(edges)
    progress = True
    while progress:
        progress = False
        for edge in list(waiting):
            key, grantor, grantee = edge
            if grantor in reached(key) or PUBLIC in reached(key):
                reached(key).add(grantee)
                waiting.remove(edge)
                progress = True


def delete_unsupported(catalog: sqlite3.Connection, object_id: int, owner: str) -> None:
    """Deletes every grant on the object whose grantor can no longer pass the privilege on."""
    whole, by_column = option_holders(catalog, object_id, owner)
    rows = catalog.execute(
        "SELECT DISTINCT privilege, grantor FROM object_grants WHERE object_id = ?", (object_id,)
    ).fetchall()
    for privilege, grantor in rows:
        if {grantor, PUBLIC}.isdisjoint(whole[privilege]):
            catalog.execute(
                "DELETE FROM object_grants WHERE object_id = ? AND privilege = ? AND grantor = ?",
                (object_id, privilege, grantor),
            )
    column_rows = catalog.execute(
        "SELECT DISTINCT privilege, column_name, grantor FROM column_grants WHERE object_id = ?",
        (object_id,),
    ).fetchall()
    for privilege, column, grantor in column_rows:
        holders = whole[privilege] | by_column.get((privilege, column), set())
        if {grantor, PUBLIC}.isdisjoint(holders):
            catalog.execute(
                "DELETE FROM column_grants WHERE object_id = ? AND privilege = ? AND column_name = ? AND grantor = ?",
                (object_id, privilege, column, grantor),
            )
