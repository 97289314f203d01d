"""A session as the wire drives it: locking, ordered faults, limits of time, and what an internal failure looks like outside."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from reconciler.sandbox.engine import limits
from reconciler.sandbox.engine.access import passwords
from reconciler.sandbox.engine.faults import Fault, FaultKind
from reconciler.sandbox.engine.session import Session
from reconciler.sandbox.engine.sql import lexer
from reconciler.sandbox.seam import (
    Bind,
    Column,
    ConnectionDropped,
    OracleError,
    Outcome,
    Prepared,
    internal_error,
)

_log = logging.getLogger(__name__)


class ClientSession:
    """Implements the seam's EngineSession and WarnsAtLogon around the engine's own session."""

    def __init__(self, session: Session, logon_warning: OracleError | None = None) -> None:
        self.session = session
        self._logon_warning = logon_warning
        self._instance = session.instance
        self._drop_after = False
        session.on_statement = self._strike_statement

    @property
    def sid(self) -> int:
        return self.session.sid

    @property
    def serial(self) -> int:
        return self.session.serial

    @property
    def user(self) -> str:
        return self.session.user

    @property
    def current_schema(self) -> str:
        return self.session.current_schema

    @property
    def in_transaction(self) -> bool:
        return self.session.in_transaction

    @property
    def container(self) -> str:
        return self.session.container.name

    @property
    def logon_warning(self) -> OracleError | None:
        return self._logon_warning

    # --- calls -------------------------------------------------------------------------------------------------------------------

    def begin_call(self) -> None:
        with self._instance.lock:
            if self._drop_after:
                raise ConnectionDropped
            session = self.session
            session.clear_cancel()
            self._instance.round_trips[session.user] += 1
            self._check_killed()
            try:
                limits.check(session)
            except OracleError:
                session.kill(immediate=False)
                session.close()
                raise
            session.last_call = self._instance.now()
            self._strike(self._instance.faults.due(session.user, None))

    def _check_killed(self) -> None:
        if self.session.killed == "immediate":
            self.session.close()
            raise ConnectionDropped
        if self.session.killed:
            self.session.close()
            raise OracleError(28, "your session has been killed", fatal=True)

    def _strike_statement(self, text: str) -> None:
        self._strike(self._instance.faults.due(self.session.user, text))

    def _strike(self, faults: Sequence[Fault]) -> None:
        """Does what the faults order before the call is executed."""
        for fault in faults:
            match fault.kind:
                case FaultKind.DELAY:
                    self.session.sleep(fault.seconds)
                case FaultKind.ERROR:
                    raise fault.error()
                case FaultKind.KILL:
                    self.session.kill(immediate=False)
                    self._check_killed()
                case FaultKind.DROP:
                    raise ConnectionDropped
                case FaultKind.DROP_AFTER:
                    self._drop_after = True
                case FaultKind.LINGER:
                    continue  # strikes at kills, never here

    @contextmanager
    def _working(self) -> Iterator[Session]:
        """One piece of work under the instance lock; failures of the stand-in itself become ORA-07445."""
        with self._instance.lock:
            session = self.session
            session.active = True
            try:
                yield session
            except sqlite3.OperationalError as error:
                if str(error) == "interrupted":
                    session.check_cancelled()
                raise self._internal(error) from error
            except (OracleError, ConnectionDropped):
                raise
            except Exception as error:
                raise self._internal(error) from error
            finally:
                session.active = False
        if self._drop_after:
            raise ConnectionDropped

    def _internal(self, error: Exception) -> OracleError:
        _log.exception("internal error in a call of session %s", self.session.sid)
        return internal_error(type(error).__name__)

    def prepare(self, text: str) -> Prepared:
        return lexer.prepare(text)

    def describe(self, prepared: Prepared) -> tuple[Column, ...]:
        with self._working() as session:
            return session.describe(prepared)

    def execute(self, prepared: Prepared, binds: Sequence[Bind]) -> Outcome:
        with self._working() as session:
            return session.run(prepared, binds)

    def commit(self) -> None:
        with self._working() as session:
            session.commit()

    def rollback(self) -> None:
        with self._working() as session:
            session.rollback()

    def cancel(self) -> None:
        self.session.cancel()

    def close(self) -> None:
        with self._instance.lock:
            self.session.close()

    def set_attributes(self, attributes: Mapping[str, str | None]) -> None:
        with self._instance.lock:
            self.session.set_attributes(attributes)

    def set_current_schema(self, schema: str) -> None:
        with self._working() as session:
            session.run(lexer.prepare(f'ALTER SESSION SET CURRENT_SCHEMA = "{schema}"'))

    def change_password(self, new_password: str, old_password: str) -> None:
        with self._working() as session:
            passwords.set_password(session, session.user, new_password, old=old_password)
