"""One session: whose rights apply, its transaction, its attributes, and the way of each statement to the part that runs it."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reconciler.sandbox.engine import dispatch
from reconciler.sandbox.engine.auditing import trail
from reconciler.sandbox.engine.clock import stored
from reconciler.sandbox.engine.context import Container, Note
from reconciler.sandbox.engine.rows import open_data
from reconciler.sandbox.engine.sql import lexer
from reconciler.sandbox.seam import Bind, Column, Logon, OracleError, Outcome, Prepared

if TYPE_CHECKING:
    from reconciler.sandbox.engine.access.logon import Identity
    from reconciler.sandbox.engine.faults import Fault
    from reconciler.sandbox.engine.instance import Instance

_WAIT_SLICE = 0.2  # seconds between two looks at cancellation while a session waits


@dataclass(frozen=True, slots=True)
class Rights:
    """Whose rights apply in one frame of the call stack."""

    user: str
    roles: frozenset[str]
    schema: str


@dataclass(slots=True)
class SessionPackages:
    """What supplied packages keep for a session."""

    output: list[str] = field(default_factory=list)
    open_line: str = ""
    output_enabled: bool = False
    random: random.Random = field(default_factory=random.Random)


class Session:
    """Implements the engine's SessionView. The caller holds the instance lock."""

    def __init__(
        self,
        instance: Instance,
        sid: int,
        serial: int,
        container: Container,
        identity: Identity,
        attributes: dict[str, str | None],
        audsid: int,
    ) -> None:
        self._instance = instance
        self._sid, self._serial = sid, serial
        self._container = container
        self._user = identity.user
        self._proxy_user = identity.proxy_user
        self._is_sysdba = identity.is_sysdba
        self._read_only = identity.read_only
        self._rights = [Rights(identity.user, identity.roles, identity.schema)]
        self._attributes = attributes
        self._audsid = audsid
        self._parameters: dict[str, str] = {}
        self._data: sqlite3.Connection | None = None
        self.active = False
        self.logon_time = self.last_call = instance.now()
        self.killed: str | None = None  # "kill" or "immediate"
        self._gone_from: datetime | None = None
        self._ends_with_transaction = False
        self._cancelled = False
        self._closed = False
        self.packages = SessionPackages()
        self.transactions = 0  # opened so far
        self.on_statement: Callable[[str], None] | None = None  # hears of all, those in blocks too
        self.audit = trail.AuditState()
        self.notes: list[Note] | None = None

    @staticmethod
    def attributes_of(logon: Logon, now: datetime) -> dict[str, str | None]:
        """What a logon says of its client, as SessionView.attributes has it."""
        return {
            "client_identifier": None,
            "module": logon.program or None,
            "action": None,
            "client_info": None,
            "program": logon.program or None,
            "machine": logon.machine or None,
            "os_user": logon.os_user or None,
            "terminal": logon.terminal or None,
            "process": logon.process or None,
            "address": logon.address,
            "port": str(logon.port),
            "protocol": logon.protocol,
            "driver": logon.driver or None,
            "service": logon.service,
            "logon_time": stored(now),
        }

    # --- who and where -----------------------------------------------------------------------------------------------------------

    @property
    def sid(self) -> int:
        return self._sid

    @property
    def serial(self) -> int:
        return self._serial

    @property
    def user(self) -> str:
        return self._user

    @property
    def current_user(self) -> str:
        return self._rights[-1].user

    @property
    def proxy_user(self) -> str | None:
        return self._proxy_user

    @property
    def is_sysdba(self) -> bool:
        return self._is_sysdba

    @property
    def read_only(self) -> bool:
        return self._read_only

    @property
    def instance(self) -> Instance:
        return self._instance

    @property
    def container(self) -> Container:
        return self._container

    @property
    def current_schema(self) -> str:
        return self._rights[-1].schema

    @property
    def roles(self) -> frozenset[str]:
        return self._rights[-1].roles

    @property
    def parameters(self) -> dict[str, str]:
        return self._parameters

    @property
    def attributes(self) -> Mapping[str, str | None]:
        status = "KILLED" if self.killed else "ACTIVE" if self.active else "INACTIVE"
        return {
            **self._attributes,
            "status": status,
            "last_call": stored(self.last_call),
            "audsid": str(self._audsid),
        }

    def set_attributes(self, attributes: Mapping[str, str | None]) -> None:
        self._attributes.update(attributes)

    def set_roles(self, roles: frozenset[str]) -> None:
        self._rights[-1] = replace(self._rights[-1], roles=roles)

    def set_current_schema(self, schema: str) -> None:
        self._rights[-1] = replace(self._rights[-1], schema=schema)

    @property
    def in_definer_rights_code(self) -> bool:
        """Whether a unit with its owner's rights is on the call stack."""
        return len(self._rights) > 1

    @contextmanager
    def definer_rights(self, owner: str, roles: frozenset[str] = frozenset()) -> Iterator[None]:
        """Runs what is inside with the owner's direct privileges and the roles granted to the code, in the owner's schema."""
        self._rights.append(Rights(owner, roles, owner))
        try:
            yield
        finally:
            self._rights.pop()

    @contextmanager
    def more_roles(self, roles: frozenset[str]) -> Iterator[None]:
        """Runs what is inside with the rights of now, and roles besides that were granted to the code."""
        before = self._rights[-1]
        self._rights[-1] = replace(before, roles=before.roles | roles)
        try:
            yield
        finally:
            self._rights[-1] = replace(self._rights[-1], roles=before.roles)

    def set_container(self, name: str) -> None:
        """Goes over to another container; raises ORA-65011 for an unknown one, ORA-65023 inside a transaction."""
        if name not in self._instance.containers:
            raise OracleError(65011, f"Pluggable database {name} does not exist.")
        if self.in_transaction:
            raise OracleError(65023, "active transaction exists in container")
        self._close_data()
        self._container = self._instance.containers[name]

    # --- transactions ------------------------------------------------------------------------------------------------------------

    def data(self) -> sqlite3.Connection:
        if self._data is None:
            self._data = open_data(self._container)
        return self._data

    @property
    def in_transaction(self) -> bool:
        return self._data is not None and self._data.in_transaction

    def begin(self, seconds: float | None = None) -> None:
        """Waits while another session's transaction writes: there is one writer a container. Raises ORA-00054 when it would have to wait
        longer than so many real seconds.
        """
        if self.in_transaction:
            return
        data = self.data()
        if not self.wait_until(lambda: _try_begin(data), seconds):
            raise OracleError(
                54, "resource busy and acquire with NOWAIT specified or timeout expired"
            )
        self.transactions += 1

    def commit(self) -> None:
        self._end_transaction("COMMIT")

    def rollback(self) -> None:
        self._end_transaction("ROLLBACK")

    def _end_transaction(self, command: str) -> None:
        if self.in_transaction:
            self.data().execute(command)
            self._instance.notify()
            if self._ends_with_transaction:
                self.killed = self.killed or "kill"
        if self._instance.locks.end_transaction((self._sid, self._serial)):
            self._instance.notify()

    def savepoint(self, name: str) -> None:
        self.begin()
        self.data().execute(f"SAVEPOINT {_quoted(name)}")

    def rollback_to(self, name: str) -> None:
        """Raises ORA-01086 for a savepoint that this transaction does not have."""
        try:
            self.data().execute(f"ROLLBACK TO {_quoted(name)}")
        except sqlite3.OperationalError:
            raise OracleError(
                1086, f"savepoint '{name}' never established in this session or is invalid"
            ) from None

    # --- waiting, cancelling, ending ---------------------------------------------------------------------------------------------

    def check_cancelled(self) -> None:
        if self._cancelled:
            self._cancelled = False
            raise OracleError(1013, "user requested cancel of current operation")
        if self.killed:
            raise OracleError(28, "your session has been killed", fatal=True)

    def wait_until(self, ready: Callable[[], bool], seconds: float | None) -> bool:
        """Waits in real time, the instance lock given up, until `ready` or the time is over (None: for ever). Says whether it was ready."""
        end = None if seconds is None else time.monotonic() + seconds
        while True:
            self.check_cancelled()
            if ready():
                return True
            left = _WAIT_SLICE if end is None else end - time.monotonic()
            if left <= 0:
                return False
            self._instance.wait(min(left, _WAIT_SLICE))

    def sleep(self, seconds: float) -> None:
        self.wait_until(lambda: False, seconds)

    def cancel(self) -> None:
        """May come from any thread, without the lock."""
        self._cancelled = True
        data = self._data
        if data is not None:
            with suppress(
                sqlite3.ProgrammingError
            ):  # closed this moment: nothing left to interrupt
                data.interrupt()

    def clear_cancel(self) -> None:
        """A cancel that came too late must not end the next call."""
        self._cancelled = False

    def kill(self, *, immediate: bool) -> None:
        """Rolls back at once. The session stays in the registry until its client notices; one killed `immediate` goes by itself as soon as it
        runs nothing, unless it is made to linger.
        """
        self.killed = "immediate" if immediate else "kill"
        if self._data is not None:
            self._data.interrupt()
            self.rollback()

    def linger(self, fault: Fault | None) -> None:
        """Keeps a killed session, as an ordered fault says; None lets it go."""
        if fault is None:
            self._gone_from = self._instance.now()
        else:
            limit = timedelta(seconds=fault.seconds)
            self._gone_from = self._instance.now() + limit if limit else None

    @property
    def is_gone(self) -> bool:
        """Whether only the registry still knows the session."""
        if self.killed != "immediate" or self.active or self._gone_from is None:
            return False
        return self._instance.now() >= self._gone_from

    def disconnect_after_transaction(self) -> None:
        """The end of the open transaction, whichever it is, ends the session too."""
        self._ends_with_transaction = True

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        trail.record_logoff(self)
        self.rollback()
        self._close_data()
        self._instance.session_closed(self)

    def _close_data(self) -> None:
        if self._data is not None:
            self._data.close()
            self._data = None

    # --- statements --------------------------------------------------------------------------------------------------------------

    def describe(self, prepared: Prepared) -> tuple[Column, ...]:
        return dispatch.describe(self, prepared)

    def run(self, prepared: Prepared, binds: Sequence[Bind] = ()) -> Outcome:
        """Runs a prepared statement with one bind per name. Raises ORA-01008 when one is missing."""
        self.check_cancelled()
        if len(binds) != len(prepared.bind_names):
            raise OracleError(1008, "not all variables bound")
        if self.on_statement is not None:
            self.on_statement(prepared.text)
        return trail.run(self, prepared, lambda: dispatch.run(self, prepared, binds))

    def execute_sql(self, text: str, binds: Sequence[Bind] = ()) -> Outcome:
        return self.run(lexer.prepare(text), binds)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _try_begin(data: sqlite3.Connection) -> bool:
    """Takes the write lock of the rows. A plain BEGIN would leave it to the first change, when waiting is too late; BEGIN IMMEDIATE would
    lock the attached catalog too.
    """
    data.execute("BEGIN")
    try:
        data.execute("DELETE FROM main.writer WHERE only IS NOT NULL")
    except sqlite3.OperationalError:
        data.execute("ROLLBACK")
        return False
    return True
