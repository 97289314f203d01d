"""What is more than it looks: roles that bring sweeping system privileges along, and system privileges that lead to others."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from reconciler.model.privileges import Kind, Privilege
from reconciler.model.snapshot import Snapshot
from reconciler.planning.effective import Access

LEADS_TO: Mapping[str, str] = {
    "ALTER USER": "every account but SYS: its holder can set their passwords",
    "BECOME USER": "every account: its holder can act as any user",
    "CREATE ANY JOB": "the rights of every user: its holder can run jobs as them",
    "CREATE ANY PROCEDURE": "the rights of every schema's owner, together with a way to run the code",
    "CREATE ANY TRIGGER": "the rights of whoever changes a table that its holder puts a trigger on",
    "EXECUTE ANY PROCEDURE": "the rights of every schema's owner whose code does what its caller says",
    "EXEMPT ACCESS POLICY": "the rows that row policies hide",
    "EXEMPT REDACTION POLICY": "the values that redaction hides",
    "GRANT ANY OBJECT PRIVILEGE": "every object outside Oracle's own schemas: its holder can grant on them",
    "GRANT ANY PRIVILEGE": "every system privilege: its holder can grant them",
    "GRANT ANY ROLE": "every role, DBA too: its holder can grant them",
    "GRANT ANY SCHEMA PRIVILEGE": "every schema outside Oracle's own: its holder can grant on them",
    "SELECT ANY DICTIONARY": "the tables of the data dictionary",
}
"""What a system privilege leads to besides what it says (SQL Language Reference, GRANT; Database Security Guide)."""

_ADMINISTRATION = frozenset(
    {
        "ADMINISTER DATABASE TRIGGER", "ADMINISTER KEY MANAGEMENT", "ALTER DATABASE", "ALTER PROFILE", "ALTER SYSTEM", "AUDIT SYSTEM",
        "CREATE EXTERNAL JOB", "CREATE USER", "DROP PROFILE", "DROP USER", "EXPORT FULL DATABASE", "IMPORT FULL DATABASE",
        "MANAGE SCHEDULER", "RESTRICTED SESSION", "UNLIMITED TABLESPACE",
    }
)  # fmt: skip


def is_sweeping(name: str) -> bool:
    """Whether a system privilege reaches beyond its holder's own schema: an ANY privilege, or one that administers the database."""
    return " ANY " in f" {name} " or name in LEADS_TO or name in _ADMINISTRATION


def powers_of(granted: str, access: Access) -> tuple[str, ...]:
    """The sweeping privileges that a role brings along, ordered, as texts: ANY and administrative ones, those on whole schemas, and roles to pass on."""
    found: set[str] = set()
    for route in access.routes(granted):
        for row in access.holdings.of(route[-1]):
            privilege, option = row.entitlement.privilege, row.entitlement.with_option
            if privilege.kind is Kind.ROLE and option:
                found.add(f"{privilege} to pass on")
            elif privilege.kind in (Kind.SYSTEM, Kind.SCHEMA) and is_sweeping(privilege.name):
                found.add(str(privilege))
    return tuple(sorted(found))


def reach_of(privilege: Privilege, snapshot: Snapshot) -> str:
    """What a system privilege that is asked for gives beyond what it says; empty for what reaches no further than its holder's own schema."""
    if privilege.kind is not Kind.SYSTEM:
        return ""
    if privilege.name in LEADS_TO:
        return f"leads to {LEADS_TO[privilege.name]}"
    if " ANY " in privilege.name:
        schemas = sum(not user.oracle_maintained for user in snapshot.users.values())
        return f"reaches every schema that is not Oracle's own, {schemas} now"
    return "administers the database" if privilege.name in _ADMINISTRATION else ""


def shortened(words: Collection[str], shown: int) -> str:
    """A list for one line: its beginning, and how many more there are."""
    listed = ", ".join(list(words)[:shown])
    return listed + (f" and {len(words) - shown} more" if len(words) > shown else "")
