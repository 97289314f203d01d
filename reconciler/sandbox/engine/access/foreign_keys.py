"""Foreign keys that rest on a REFERENCES privilege."""

from __future__ import annotations

import json
import sqlite3

from reconciler.sandbox.engine.access.checks import ObjectRow


def referrers(catalog: sqlite3.Connection, parent: ObjectRow) -> set[str]:
    """Who holds REFERENCES on the table or a column of it; users with foreign keys where PUBLIC does."""
    rows = catalog.execute(
        "SELECT grantee FROM object_grants WHERE object_id = :id AND privilege = 'REFERENCES'"
        " UNION SELECT grantee FROM column_grants WHERE object_id = :id AND privilege = 'REFERENCES'",
        {"id": parent.object_id},
    )
    found = {row[0] for row in rows}
    if "PUBLIC" in found:
        found |= {row[0] for row in catalog.execute("SELECT name FROM users")}
    return found


def resting_on(catalog: sqlite3.Connection, parent: ObjectRow, user: str) -> list[int]:
    """Tables of the user (by object_id) with a foreign key to the parent that he has no privilege left for."""
    if user == parent.owner or _may_reference(catalog, parent, user):
        return []
    rows = catalog.execute(
        "SELECT DISTINCT o.object_id FROM objects o, json_each(o.details, '$.constraints') c"
        " WHERE o.owner = ? AND o.type = 'TABLE' AND json_extract(c.value, '$.references[0]') = ?"
        " AND json_extract(c.value, '$.references[1]') = ? ORDER BY o.object_id",
        (user, parent.owner, parent.name),
    )
    return [row[0] for row in rows]


def _may_reference(catalog: sqlite3.Connection, parent: ObjectRow, user: str) -> bool:
    row = catalog.execute(
        "SELECT 1 FROM object_grants WHERE object_id = :id AND privilege = 'REFERENCES' AND grantee IN (:user, 'PUBLIC')"
        " UNION ALL"
        " SELECT 1 FROM column_grants WHERE object_id = :id AND privilege = 'REFERENCES' AND grantee IN (:user, 'PUBLIC')",
        {"id": parent.object_id, "user": user},
    ).fetchone()
    return row is not None


def drop(catalog: sqlite3.Connection, parent: ObjectRow, child_id: int) -> None:
    """Takes the child's foreign keys to the parent away."""
    (text,) = catalog.execute(
        "SELECT details FROM objects WHERE object_id = ?", (child_id,)
    ).fetchone()
    details = json.loads(text)
    target = [parent.owner, parent.name]
    details["constraints"] = [
        item for item in details["constraints"] if item.get("references") != target
    ]
    catalog.execute(
        "UPDATE objects SET details = ? WHERE object_id = ?",
        (json.dumps(details, sort_keys=True), child_id),
    )
