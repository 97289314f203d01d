"""What each major release of Oracle can do and where it differs: the one table that is asked instead of comparing release numbers.

Sources are the SQL Language Reference and the Database Reference of the releases, and Oracle's error help. What was not read in one of them, or seen in the
output of a real database, is marked "unverified" at its field. The texts in `reconciler/oracle/sql/` keep a marker of their own, `-- since release 23:`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconciler.model.errors import DatabaseError


@dataclass(frozen=True, slots=True)
class Capabilities:
    """One row of the table.

    `release`: the major number the row is for; 23.26, sold as 26ai, is 23 still (V$VERSION of 23.26).
    `schema_privileges`: GRANT ... ON SCHEMA and DBA_SCHEMA_PRIVS (SQL Language Reference 23, GRANT).
    `read_only_users`: ALTER USER ... READ ONLY for local users, and DBA_USERS.READ_ONLY (SQL Language Reference 23, ALTER USER).
    `if_exists`: IF [NOT] EXISTS after CREATE, ALTER and DROP; late updates of 19 have it for DROP USER, which is not relied on.
    `traditional_audit`: AUDIT without a policy; desupported in 23 (SQL Language Reference 23, AUDIT (Traditional Auditing)).
    `missing_privilege`: Oracle's numbers for "not there, or not for you"; 41900 takes the place of 1031 for objects (error help, ORA-41900).
    `service_acls`: DBMS_SFW_ACL_ADMIN, since 12.2 (PL/SQL Packages Reference 19); that it needs FIREWALL=ON in the listener's address is unverified.
    `schema_only_accounts`: CREATE USER ... NO AUTHENTICATION, since 18 (SQL Language Reference 23, CREATE USER).
    `audit_by_granted_role`: AUDIT POLICY ... BY USERS WITH GRANTED ROLES, since 12.2 (SQL Language Reference, AUDIT (Unified Auditing)).
    `audits_current_user`: a policy BY a user misses what that user runs inside definer's rights code of others; since 21 (seen).
    `kill_force`: ALTER SYSTEM KILL SESSION ... FORCE and TIMEOUT (SQL Language Reference 23, ALTER SYSTEM); their absence before 23 is unverified.
    `password_bytes`: the longest password: 30 bytes in old releases, 1024 in 23 (SQL Language Reference 23, CREATE USER); 30 for 21 is unverified.
    `always_container`: whether every database of the release is a CDB; 19 may be a non-CDB (Multitenant Administrator's Guide 21).
    """

    release: int
    schema_privileges: bool
    read_only_users: bool
    if_exists: bool
    traditional_audit: bool
    missing_privilege: frozenset[int]
    service_acls: bool
    schema_only_accounts: bool
    audit_by_granted_role: bool
    audits_current_user: bool
    kill_force: bool
    password_bytes: int
    always_container: bool


_R19 = Capabilities(
    release=19,
    schema_privileges=False,
    read_only_users=False,
    if_exists=False,
    traditional_audit=True,
    missing_privilege=frozenset({942, 1031}),
    service_acls=True,
    schema_only_accounts=True,
    audit_by_granted_role=True,
    audits_current_user=False,
    kill_force=False,
    password_bytes=30,
    always_container=False,
)
_R21 = replace(_R19, release=21, audits_current_user=True, always_container=True)
_R23 = replace(
    _R21,
    release=23,
    schema_privileges=True,
    read_only_users=True,
    if_exists=True,
    traditional_audit=False,
    missing_privilege=frozenset({942, 1031, 41900}),
    kill_force=True,
    password_bytes=1024,
)

TABLE: Mapping[int, Capabilities] = {row.release: row for row in (_R19, _R21, _R23)}
OLDEST, NEWEST = min(TABLE), max(TABLE)
SUPPORTED = tuple(TABLE)


def of(release: int, where: str = "") -> Capabilities:
    """The row for a major release; an unknown newer one behaves as the newest known before it. `where` names the target in the error.

    Raises DatabaseError `target.old-release` for one older than OLDEST.
    """
    if release < OLDEST:
        place = f"{where}: " if where else ""
        raise DatabaseError(
            "target.old-release",
            f"{place}Oracle release {release} is not supported; the oldest that is, is {OLDEST}",
            hint=f"upgrade the database to {OLDEST} or later",
        )
    return TABLE[max(known for known in TABLE if known <= release)]


def is_known(release: int) -> bool:
    """Whether the table has a row of its own for the release."""
    return release in TABLE


def denied() -> frozenset[int]:
    """Every number with which some supported release says "not there, or not for you"."""
    return frozenset[int]().union(*(row.missing_privilege for row in TABLE.values()))
