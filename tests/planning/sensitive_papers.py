"""Requests, classifications and a dictionary in which their columns were looked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reconciler.model.classification import (
    Classification,
    Column,
    ColumnPattern,
    Level,
)
from reconciler.model.diagnostics import Origin
from reconciler.model.documents import (
    AccessRequest,
    Documents,
    ManyObjectsAccess,
    ObjectAccess,
    ObjectPattern,
    RoleAccess,
    SchemaAccess,
    SystemAccess,
    TargetSelector,
    Window,
)
from reconciler.model.risk import RequesterHistory
from reconciler.model.snapshot import DatabaseObject, RoleAccount, UserAccount
from reconciler.planning.sensitive import facts

AT = Origin("grants/requests/fix.yaml", 1, 1)
SALARY = Column("HR", "EMPLOYEES", "SALARY")
NET = Column("HR", "PAYROLL", "NET")
IBAN = Column("FIN", "VENDORS", "IBAN")
NEW = RequesterHistory()


def select(place: str = "HR.EMPLOYEES", *names_: str, columns: tuple[str, ...] = ()) -> Any:
    owner, table = place.split(".")
    return ObjectAccess(names_ or ("SELECT",), owner, table, columns, False, AT)


def many(
    pattern: str = "HR.*",
    *privileges: str,
    label: str = "",
    types: tuple[str, ...] = (),
    exact: bool = False,
) -> Any:
    owner, name = pattern.split(".")
    found = None if label else ObjectPattern(owner, name, exact)
    return ManyObjectsAccess(privileges or ("SELECT",), found, label, types, False, AT)


def the_role(name: str) -> Any:
    return RoleAccess(name, False, AT)


def the_system(name: str) -> Any:
    return SystemAccess(name, False, AT)


def in_schema(schema: str, *privileges: str) -> Any:
    return SchemaAccess(privileges, schema, False, AT)


def request(*access: Any, **changes: Any) -> AccessRequest:
    selector = TargetSelector(("hr-prod",), {}, AT)
    window = Window(None, None, None, AT)
    base = AccessRequest(
        "fix", AT, "alice", "why", "", selector, "ALICE", AT, access, window, ended=False
    )
    return replace(base, **changes)


def classification(
    *columns: str, name: str = "pay", owners: tuple[str, ...] = (), target: str = "hr-prod"
) -> Classification:
    patterns = tuple(ColumnPattern(*column.split(".")) for column in columns)
    selector = TargetSelector((target,), {}, AT)
    return Classification(name, AT, selector, Level.RESTRICTED, "pay", owners, patterns)


PAY = classification("HR.EMPLOYEES.SALARY", "HR.*.NET", "*.*.IBAN*")


def documents(*classified: Classification, bundles: Any = ()) -> Documents:
    return Documents(
        "c0ffee",
        classifications={row.name: row for row in classified or (PAY,)},
        bundles={row.name: row for row in bundles},
    )


def dictionary(world: Any, *rows: Any, columns: Any = (SALARY, NET, IBAN), **more: Any) -> Any:
    """A snapshot in which everything that PAY speaks of was looked for."""
    base = world.snapshot(
        rows,
        classified_patterns=frozenset(PAY.columns),
        classified_columns=frozenset(columns),
        described_schemas=frozenset({"HR", "FIN"}),
        objects=frozenset(DatabaseObject(row.owner, row.table, "TABLE") for row in columns),
    )
    roles = {**base.roles, "INNER": RoleAccount("INNER")}
    users = {**base.users, "HR_APP": UserAccount("HR_APP", "OPEN")}
    return replace(base, roles=roles, users=users, **more)


def found(world: Any, access: Any, snapshot: Any, papers: Any = None, **changes: Any) -> Any:
    asked = access if isinstance(access, tuple) else (access,)
    wanted = request(*asked, **changes)
    return facts(wanted, world.target(), papers or documents(), snapshot, NEW)


def reached(*arguments: Any, **more: Any) -> list[tuple[str, tuple[str, ...], bool, bool]]:
    return [
        (str(row.column), row.through, row.certain, row.writes)
        for row in found(*arguments, **more).reached
    ]
