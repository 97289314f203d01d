"""Reading a target's dictionary: a constant number of round trips, however many grants there are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from reconciler.model import names, releases
from reconciler.model.classification import covering
from reconciler.model.documents import Target
from reconciler.model.errors import DatabaseError
from reconciler.model.identities import ColumnView, Profile
from reconciler.model.logon_networks import LogonNetwork
from reconciler.model.privileges import Entitlement, Kind, on_object
from reconciler.model.snapshot import (
    DatabaseIdentity,
    DatabaseSession,
    HeldGrant,
    Reading,
    RoleAccount,
    Snapshot,
    UserAccount,
)
from reconciler.oracle import name_lists, rows, texts
from reconciler.oracle.driver_errors import MISSING_PRIVILEGE, NO_RIGHT
from reconciler.oracle.session import Session

_VIEWS = (
    "V_$DATABASE",
    "V_$PARAMETER",
    "DBA_USERS",
    "DBA_ROLES",
    "DBA_SYS_PRIVS",
    "DBA_ROLE_PRIVS",
    "DBA_TAB_PRIVS",
    "DBA_COL_PRIVS",
    "DBA_PROXIES",
    "DBA_TS_QUOTAS",
    "DBA_OBJECTS",
    "DBA_TABLES",
    "DBA_TAB_COLUMNS",
    "DBA_DEPENDENCIES",
    "DBA_SCHEDULER_JOBS",
    "DBA_SCHEDULER_JOB_RUN_DETAILS",
    "DBA_VIEWS",
    "DBA_PROFILES",
    "DBA_TRIGGERS",
    "GV_$SESSION",
    "GV_$SESSION_CONNECT_INFO",
    "SYSTEM_PRIVILEGE_MAP",
)
_SCHEMA_VIEWS = ("DBA_SCHEMA_PRIVS",)
_OVERVIEW_ROWS = 26
_MOST_NETWORKS = 20  # of one request, as its schema has it
_NOTHING = Reading()
_LONGEST_BIND = 4000  # bytes of a VARCHAR2 in SQL where MAX_STRING_SIZE is STANDARD
_GATE = on_object("EXECUTE", names.GATE_SCHEMA, "GATE")


class UnreadableError(DatabaseError):
    """The account may not read a view; the hint has the GRANTs."""


def views(release: int) -> tuple[str, ...]:
    """The views of SYS that observing reads, under the names that can be granted."""
    return _VIEWS + (_SCHEMA_VIEWS if releases.of(release).schema_privileges else ())


def observe(
    session: Session,
    target: Target,
    reading: Reading = _NOTHING,
    *,
    lease_prefix: str = names.LEASE_PREFIX,
) -> Snapshot:
    """What the dictionary says now, by the database clock; of objects and columns what `reading` asks for, in one round trip.

    Live sessions are those of users that hold a lease role or match the target's scope, of temporary users, and those of proxies. Who came through a proxy
    is not in V$SESSION, so `proxy_user` stays empty. Raises DatabaseError; `target.missing-privilege` names every view the account cannot read.
    """
    before = session.round_trips
    reader = _Reader(session, lease_prefix, reading)
    overview = rows.rows_to_overview(reader.rows("overview", _OVERVIEW_ROWS))
    grants, not_default = _grants(reader, overview)
    accounts = _accounts(reader, overview)
    deadlines = map(rows.row_to_deadline, reader.rows("deadlines", overview.sizes["deadlines"]))
    runs = map(rows.row_to_run, reader.rows("deadline_runs", overview.sizes["runs"]))
    system = reader.rows("system_privileges", overview.sizes["system_privileges"])
    found = _objects(reader, overview)
    return Snapshot(
        target=target.name,
        at=overview.at.replace(microsecond=0),  # the ledger and documents know whole seconds
        database=_identity(session, overview),
        account=session.account,
        jobs_can_run=overview.job_processes > 0,
        grants=grants,
        users=accounts.users,
        roles=accounts.roles,
        created_roles=_administered(grants, session.account),
        not_default=not_default,
        deadlines={job.name: job for job in sorted(deadlines, key=lambda job: job.name)},
        deadline_runs=tuple(sorted(run for run in runs if run)),
        sessions=_sessions(reader, overview, _watched(grants, target, lease_prefix)),
        system_privileges=frozenset(name for (name,) in system),
        has_gate=Entitlement(session.account, _GATE) in (row.entitlement for row in grants),
        column_views=accounts.views,
        profiles=accounts.profiles,
        resource_limit=overview.resource_limit,
        logon_check=overview.logon_check,
        logon_networks=_logon_networks(reader, overview, accounts),
        reader=target.reader.user if target.reader else "",
        objects=found.objects,
        known_schemas=reading.schemas,
        columns=found.columns,
        described_schemas=reading.described,
        sizes=found.sizes,
        dependencies=found.dependencies,
        classified_columns=frozenset(filter(covering(reading.classified), found.classified)),
        classified_patterns=reading.classified,
        round_trips=session.round_trips - before,
    )


class _Reader:
    """Runs the texts of `sql/` with the binds they name."""

    def __init__(self, session: Session, lease_prefix: str, reading: Reading) -> None:
        self._session = session
        self._binds = {
            "account": session.account,
            "pattern": name_lists.escaped(lease_prefix) + "%",
            "gate": names.GATE_SCHEMA,
            "profiles": name_lists.escaped(names.PROFILE_PREFIX) + "%",
            "schemas": _listed(map(names.quote, reading.schemas), too_long="*"),
            "tables": _listed(
                (names.quote_qualified(*table) for table in reading.tables),
                too_long=name_lists.NONE,
            ),
        }
        self._lists = {
            ":described:": name_lists.of_schemas(reading.described),
            ":classified:": name_lists.of_columns(reading.classified),
        }

    def rows(self, name: str, expect: int) -> list[rows.Row]:
        sql = texts.without_comments(texts.load(name, self._session.release))
        binds: dict[str, Any] = {
            bind: value for bind, value in self._binds.items() if f":{bind}" in sql
        }
        for place, listed in self._lists.items():
            if place in sql:
                sql = sql.replace(place, listed.text)
                binds |= listed.binds
        try:
            return self._session.query(sql, binds, expect=expect)
        except DatabaseError as error:
            if error.ora in NO_RIGHT and name == "logon_networks":
                raise _missing_networks(self._session, error) from None
            if error.ora in NO_RIGHT:
                raise _missing_rights(self._session, error) from None
            raise


def _listed(quoted: Iterable[str], *, too_long: str) -> str:
    """Names in double quotes one after the other, for INSTR: none can hold a quote, so none is found inside another one."""
    text = "".join(sorted(quoted)) or name_lists.NONE
    return text if len(text.encode()) <= _LONGEST_BIND else too_long


def _objects(reader: _Reader, overview: rows.Overview) -> rows.Objects:
    size = overview.sizes.get("objects", 0)
    return rows.rows_to_objects(reader.rows("objects", size) if size else ())


def _missing_rights(session: Session, error: DatabaseError) -> DatabaseError:
    """Asks for each view alone, because the server does not say which one it refused."""
    missing = [name for name in views(session.release) if not _is_readable(session, name)]
    if not missing:
        return error
    grants = "; ".join(f"GRANT READ ON SYS.{name} TO {session.user}" for name in missing)
    return UnreadableError(
        MISSING_PRIVILEGE,
        f"{session.target}: {session.user} cannot read {', '.join(missing)} (ORA-{error.ora:05d})",
        ora=error.ora,
        hint=grants,
    )


def _missing_networks(session: Session, error: DatabaseError) -> DatabaseError:
    return UnreadableError(
        MISSING_PRIVILEGE,
        f"{session.target}: {session.user} cannot read the networks of the logon check (ORA-{error.ora:05d})",
        ora=error.ora,
        hint=f"GRANT SELECT ON {names.GATE_SCHEMA}.LOGON_NETWORKS TO {session.user}",
    )


def _is_readable(session: Session, view: str) -> bool:
    try:
        session.query(f"SELECT 1 FROM sys.{view} WHERE 1 = 0", expect=1)  # noqa: S608 - names from the list above
    except DatabaseError as error:
        if error.ora in NO_RIGHT:
            return False
        raise
    return True


def _identity(session: Session, overview: rows.Overview) -> DatabaseIdentity:
    return DatabaseIdentity(
        name=overview.name,
        dbid=overview.dbid,
        container=overview.container,
        release=session.release,
        version=session.version,
    )


def _grants(
    reader: _Reader, overview: rows.Overview
) -> tuple[frozenset[HeldGrant], frozenset[tuple[str, str]]]:
    found = reader.rows("grants", overview.sizes["grants"])
    not_default = (rows.row_to_role_not_default(row) for row in found)
    return (
        frozenset(map(rows.row_to_grant, found)),
        frozenset(pair for pair in not_default if pair),
    )


def _logon_networks(
    reader: _Reader, overview: rows.Overview, accounts: _Accounts
) -> dict[str, tuple[LogonNetwork, ...]]:
    """The table is there only where somebody installed the logon check."""
    if not overview.has_logon_networks:
        return {}
    temporary = sum(name.startswith(names.USER_PREFIX) for name in accounts.users)
    return rows.rows_to_networks(reader.rows("logon_networks", _MOST_NETWORKS * (temporary + 1)))


class _Accounts(NamedTuple):
    users: dict[str, UserAccount]
    roles: dict[str, RoleAccount]
    views: dict[str, ColumnView]
    profiles: dict[str, Profile]


def _accounts(reader: _Reader, overview: rows.Overview) -> _Accounts:
    found = reader.rows("accounts", overview.sizes["accounts"])
    read_only = {row[1] for row in found if row[0] == "O"}
    accounts = sorted(
        (rows.row_to_account(row, read_only) for row in found if row[0] in "UR"),
        key=lambda account: account.name,
    )
    views = sorted(map(rows.row_to_view, (row for row in found if row[0] == "V")), key=_name)
    return _Accounts(
        {account.name: account for account in accounts if isinstance(account, UserAccount)},
        {account.name: account for account in accounts if isinstance(account, RoleAccount)},
        {view.name: view for view in views},
        rows.rows_to_profiles(row for row in found if row[0] == "P"),
    )


def _name(view: ColumnView) -> str:
    return view.name


def _administered(grants: frozenset[HeldGrant], account: str) -> frozenset[str]:
    return frozenset(
        held.entitlement.privilege.name
        for held in grants
        if held.entitlement.grantee == account
        and held.entitlement.privilege.kind is Kind.ROLE
        and held.entitlement.with_option
    )


class _Watched:
    """Whose sessions the snapshot lists."""

    def __init__(self, holders: frozenset[str], patterns: tuple[str, ...]) -> None:
        self._holders = holders
        self._patterns = patterns

    def __contains__(self, user: str) -> bool:
        if user in self._holders or user.startswith(names.USER_PREFIX):
            return True
        return any(names.matches(pattern, user) for pattern in self._patterns)


def _watched(grants: frozenset[HeldGrant], target: Target, lease_prefix: str) -> _Watched:
    holders = frozenset(
        held.entitlement.grantee
        for held in grants
        if held.entitlement.privilege.kind is Kind.ROLE
        and held.entitlement.privilege.name.startswith(lease_prefix)
    )
    return _Watched(holders, target.scope.grantees)


def _sessions(
    reader: _Reader, overview: rows.Overview, watched: _Watched
) -> tuple[DatabaseSession, ...]:
    found = reader.rows("sessions", overview.sizes["sessions"])
    sessions = (rows.row_to_session(row, overview.utc_offset) for row in found)
    return tuple(
        sorted(
            (row for row in sessions if row.proxied or row.user in watched),
            key=lambda session: (session.instance, session.sid, session.serial),
        )
    )
