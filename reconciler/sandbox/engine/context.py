"""What the parts of the engine know of each other: the container, and the session a statement runs in."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from reconciler.sandbox.seam import Bind, Outcome, Release

ROOT_CONTAINER = "CDB$ROOT"


@dataclass(frozen=True, slots=True)
class Container:
    """One container of the CDB.

    `catalog` is the one shared connection to the container's catalog (autocommit, guarded by the instance lock): all reads that decide
    about privileges and all DDL go through it, so that a revoke counts at the next statement of every session. `data_path` is the SQLite file with the rows
    of tables; each session opens its own connection to it (with the catalog attached as schema `cat` for dictionary views).
    """

    name: str
    catalog: sqlite3.Connection
    catalog_path: str
    data_path: str

    @property
    def is_root(self) -> bool:
        return self.name == ROOT_CONTAINER


@dataclass(frozen=True, slots=True)
class Note:
    """What a running statement needed a privilege for, and with whose rights: an object (`schema`, `name`) and the system privilege that stood in
    for one on it, or, without an object, a system privilege alone.
    """

    privilege: str
    user: str
    schema: str | None = None
    name: str | None = None
    system_privilege: str | None = None


class InstanceView(Protocol):
    """The instance as statements see it."""

    @property
    def release(self) -> Release: ...
    @property
    def root(self) -> Container: ...
    @property
    def containers(self) -> Mapping[str, Container]: ...

    def now(self) -> datetime:
        """The database clock: aware, UTC, movable."""
        ...

    def sessions(self) -> Sequence[SessionView]:
        """Open sessions, by SID; killed ones that are not yet gone included."""
        ...

    def kill_session(self, sid: int, serial: int, *, immediate: bool, by: SessionView) -> None:
        """Raises ORA-00030 for an unknown pair, ORA-00027 for the own session."""
        ...

    def disconnect_session(self, sid: int, serial: int, *, by: SessionView) -> None:
        """Ends the session with its open transaction, at once without one. Errors as for kill_session."""
        ...

    def cancel_statement(self, sid: int, serial: int, *, by: SessionView) -> None:
        """What the session runs now ends with ORA-01013. Raises ORA-00030 for an unknown pair."""
        ...

    def jobs_changed(self) -> None:
        """Tells the scheduler to look at the jobs table again."""
        ...


class SessionView(Protocol):
    """The session a statement runs in. `user` is SESSION_USER and never changes; `current_user` and `roles` are whose rights apply now:
    inside definer-rights code the owner's, with no roles.
    """

    @property
    def sid(self) -> int: ...
    @property
    def serial(self) -> int: ...
    @property
    def user(self) -> str: ...
    @property
    def current_user(self) -> str: ...
    @property
    def proxy_user(self) -> str | None: ...
    @property
    def is_sysdba(self) -> bool: ...
    @property
    def instance(self) -> InstanceView: ...
    @property
    def container(self) -> Container: ...
    @property
    def current_schema(self) -> str: ...
    @property
    def roles(self) -> frozenset[str]:
        """Roles enabled now, nested ones included; fixed at logon or SET ROLE, never by later grants or revokes."""
        ...

    @property
    def attributes(self) -> Mapping[str, str | None]:
        """client_identifier, module, action, client_info, and what the logon said: program, machine, os_user, terminal, process,
        address, port, driver, service, logon_time (ISO, UTC), status (ACTIVE, INACTIVE, KILLED), last_call (ISO, UTC),
        audsid (the number of the session in audit records).
        """
        ...

    @property
    def parameters(self) -> dict[str, str]:
        """What ALTER SESSION SET changed, lower-case names (nls_date_format, time_zone, _oracle_script, ...)."""
        ...

    @property
    def notes(self) -> list[Note] | None:
        """What the running statement was checked for so far; None while nothing is audited."""
        ...

    @property
    def read_only(self) -> bool:
        """Whether the user was READ ONLY when the session began: ALTER USER counts for new sessions only (SQL reference 23, ALTER USER)."""
        ...

    @property
    def in_transaction(self) -> bool: ...

    def data(self) -> sqlite3.Connection:
        """This session's own connection to the rows of its container."""
        ...

    def begin(self, seconds: float | None = None) -> None:
        """Opens the transaction before the first DML; nothing if one is open. Raises ORA-00054 if that takes longer than so many seconds."""
        ...

    def commit(self) -> None: ...
    def rollback(self) -> None: ...

    def definer_rights(
        self, owner: str, roles: frozenset[str] = frozenset()
    ) -> AbstractContextManager[None]:
        """Runs what is inside with the owner's direct privileges and the roles granted to the code, in the owner's schema."""
        ...

    def set_roles(self, roles: frozenset[str]) -> None: ...
    def set_current_schema(self, schema: str) -> None: ...
    def set_container(self, name: str) -> None: ...

    def execute_sql(self, text: str, binds: Sequence[Bind] = ()) -> Outcome:
        """Runs any statement with this session's rights, as EXECUTE IMMEDIATE does."""
        ...

    def check_cancelled(self) -> None:
        """Raises ORA-01013 or ORA-00028 when the running call was cancelled or the session killed; long loops call it."""
        ...
