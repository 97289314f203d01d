"""Which enabled unified audit policies cover what somebody does: read from the catalog anew, so that AUDIT and NOAUDIT count at once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from reconciler.sandbox.engine.access import principals

ALL_USERS = "ALL USERS"


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that may be audited. `verb` is what an object's list of actions calls it (SELECT, ALTER, GRANT, ...), `privileges` the system
    privileges that allowed it."""

    action: str
    verb: str
    schema: str | None = None
    name: str | None = None
    privileges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """An enabled policy as it concerns one user: what counts, and whether successes and failures do."""

    name: str
    definition: Mapping[str, Any]
    success: bool
    failure: bool

    def covers(self, catalog: sqlite3.Connection, deed: Deed, *, failed: bool, top: bool) -> bool:
        """Whether the deed is to be recorded, its WHEN condition left aside."""
        if not (self.failure if failed else self.success):
            return False
        if self.definition.get("only_toplevel") and not top:
            return False
        return any(_matches(catalog, option, deed) for option in self.definition["options"])


def any_enabled(catalog: sqlite3.Connection) -> bool:
    """Whether anything is audited at all: asked before each statement."""
    return catalog.execute("SELECT 1 FROM audit_enabled LIMIT 1").fetchone() is not None


def of_user(catalog: sqlite3.Connection, user: str) -> Sequence[Policy]:
    """The enabled policies that apply to the user, by name.

    Of BY USERS WITH GRANTED ROLES count roles granted directly or through others, whether or not they are enabled.
    """
    rows = catalog.execute(
        "SELECT e.policy, p.definition, e.option, e.entity, e.success, e.failure"
        " FROM audit_enabled e JOIN audit_policies p ON p.name = e.policy ORDER BY e.policy"
    ).fetchall()
    excepted = {(row[0], row[3]) for row in rows if row[2] == "EXCEPT USER"}
    return list(_applied(rows, user, excepted, lambda: _roles(catalog, user)))


def _roles(catalog: sqlite3.Connection, user: str) -> frozenset[str]:
    return principals.closure(catalog, principals.granted_roles(catalog, user))


def _applied(
    rows: Sequence[tuple[str, str, str, str, int, int]],
    user: str,
    excepted: set[tuple[str, str]],
    roles_of_user: Callable[[], frozenset[str]],
) -> Iterator[Policy]:
    roles: frozenset[str] | None = None
    for name, definition, option, entity, success, failure in rows:
        if option == "BY GRANTED ROLE":
            roles = roles_of_user() if roles is None else roles
            applies = entity in roles
        elif option == "EXCEPT USER":
            applies = (name, user) not in excepted
        else:
            applies = entity in (user, ALL_USERS)
        if applies:
            yield Policy(name, _parsed(definition), bool(success), bool(failure))


@lru_cache(maxsize=256)
def _parsed(definition: str) -> Mapping[str, Any]:
    parsed: dict[str, Any] = json.loads(definition)
    return parsed


def _matches(catalog: sqlite3.Connection, option: Mapping[str, str], deed: Deed) -> bool:
    match option["type"]:
        case "STANDARD ACTION":
            return option["option"] in ("ALL", deed.action)
        case "OBJECT ACTION":
            here = (option["schema"], option["object"]) == (deed.schema, deed.name)
            return here and option["option"] in ("ALL", deed.verb)
        case "SYSTEM PRIVILEGE":
            return option["option"] in deed.privileges
        case _:
            return any(_has(catalog, option["option"], name) for name in deed.privileges)


def _has(catalog: sqlite3.Connection, role: str, privilege: str) -> bool:
    """Whether the privilege is granted to the role itself: ROLES of a policy mean just those."""
    row = catalog.execute(
        "SELECT 1 FROM system_grants WHERE grantee = ? AND privilege = ?", (role, privilege)
    ).fetchone()
    return row is not None
