"""Users and roles of a container: who exists, who holds which role, which roles a logon enables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Literal

PUBLIC = "PUBLIC"
MAX_ENABLED_ROLES = 148
_FIRST_ORDINARY_ID = 110
_LAST_ORDINARY_ID = 2147483000

PrincipalKind = Literal["USER", "ROLE", "PUBLIC"]


def kind_of(catalog: sqlite3.Connection, name: str) -> PrincipalKind | None:
    """Whether the name is a user's, a role's or PUBLIC; None if nobody's."""
    if name == PUBLIC:
        return "PUBLIC"
    if user_exists(catalog, name):
        return "USER"
    return "ROLE" if role_exists(catalog, name) else None


def user_exists(catalog: sqlite3.Connection, name: str) -> bool:
    return catalog.execute("SELECT 1 FROM users WHERE name = ?", (name,)).fetchone() is not None


def role_exists(catalog: sqlite3.Connection, name: str) -> bool:
    return catalog.execute("SELECT 1 FROM roles WHERE name = ?", (name,)).fetchone() is not None


def is_common(catalog: sqlite3.Connection, name: str) -> bool:
    """Whether the user or role exists in all containers. PUBLIC does."""
    if name == PUBLIC:
        return True
    row = catalog.execute(
        "SELECT common FROM users WHERE name = :name UNION ALL SELECT common FROM roles WHERE name = :name",
        {"name": name},
    ).fetchone()
    return bool(row and row[0])


def next_id(catalog: sqlite3.Connection) -> int:
    """A number for a new user or role; they share one series."""
    (highest,) = catalog.execute(
        "SELECT max(id) FROM (SELECT user_id AS id FROM users UNION ALL SELECT role_id FROM roles) WHERE id < ?",
        (_LAST_ORDINARY_ID,),
    ).fetchone()
    return max(int(highest) + 1, _FIRST_ORDINARY_ID)


def granted_roles(catalog: sqlite3.Connection, grantee: str) -> set[str]:
    """Roles granted to the grantee directly."""
    rows = catalog.execute("SELECT role FROM role_grants WHERE grantee = ?", (grantee,))
    return {row[0] for row in rows}


def closure(catalog: sqlite3.Connection, roles: Iterable[str]) -> frozenset[str]:
    """The roles with all roles granted to them, at any depth."""
    found: set[str] = set()
    waiting = set(roles)
    while waiting:
        role = waiting.pop()
        found.add(role)
        waiting |= granted_roles(catalog, role) - found
    return frozenset(found)


def without_secret(catalog: sqlite3.Connection, roles: Iterable[str]) -> set[str]:
    """Those of the roles that may be enabled without password, package or external proof."""
    needs = {
        row[0] for row in catalog.execute("SELECT name FROM roles WHERE authentication <> 'NONE'")
    }
    return set(roles) - needs


def default_roles(catalog: sqlite3.Connection, user: str) -> frozenset[str]:
    """Roles a logon of the user enables, nested ones included."""
    row = catalog.execute("SELECT default_roles FROM users WHERE name = ?", (user,)).fetchone()
    clause = row[0] if row else "ALL"
    direct = granted_roles(catalog, user)
    listed = {
        row[0]
        for row in catalog.execute(
            "SELECT role FROM user_default_roles WHERE user_name = ?", (user,)
        )
    }
    chosen = {
        "ALL": direct,
        "NONE": set[str](),
        "LIST": direct & listed,
        "EXCEPT": direct - listed,
    }[clause]
    if clause != "NONE":
        chosen = chosen | granted_roles(catalog, PUBLIC)
    return closure(catalog, without_secret(catalog, chosen))


def counted_roles(catalog: sqlite3.Connection, roles: Iterable[str]) -> int:
    """How many of the roles count towards the limit of enabled roles: those Oracle did not make itself."""
    own = {row[0] for row in catalog.execute("SELECT name FROM roles WHERE oracle_maintained = 1")}
    return len(set(roles) - own)
