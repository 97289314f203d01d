"""Serves parsed requests of one connection. Calls block; the caller gives them a thread and never runs two at once."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import assert_never

from reconciler.sandbox.seam import (
    ConnectionDropped,
    Engine,
    EngineSession,
    OracleError,
    Prepared,
    internal_error,
)
from reconciler.sandbox.wire.cursors import Cursors
from reconciler.sandbox.wire.handshake import Generation
from reconciler.sandbox.wire.lobs import Lobs
from reconciler.sandbox.wire.logon import LoggedOn, LogonDesk, Peer, change_password
from reconciler.sandbox.wire.messages import authentication, responses
from reconciler.sandbox.wire.messages.authentication import AuthRequest
from reconciler.sandbox.wire.messages.calls import LobOperation, SimpleCall, UnsupportedCall
from reconciler.sandbox.wire.messages.execute import Execute, Fetch, KnownCursor
from reconciler.sandbox.wire.messages.negotiation import (
    DataTypesRequest,
    data_types_reply,
    protocol_reply,
)
from reconciler.sandbox.wire.messages.piggybacks import (
    BeginPipeline,
    CloseCursors,
    EndToEnd,
    FreeLobs,
    Piggyback,
    SessionState,
    SetSchema,
    UnsupportedPiggyback,
)
from reconciler.sandbox.wire.messages.requests import (
    Call,
    FastAuthRequest,
    ProtocolRequest,
    Request,
    token_message,
)
from reconciler.sandbox.wire.profiles import Profile
from reconciler.sandbox.wire.statements import StatementFailed, Statements

_LOG = logging.getLogger(__name__)
_NOT_RUN = OracleError(43610, "pipeline operation was not run because of an earlier error")


def _cancelled() -> OracleError:
    return OracleError(1013, "user requested cancel of current operation")


@dataclass(frozen=True, slots=True)
class Reply:
    """What one request is answered with. `drop`: close the socket without an answer; `close`: after it."""

    body: bytes
    close: bool = False
    drop: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that could not be read; it is answered with this error."""

    error: OracleError


class ConnectionService:
    """What one connection has on the server's side: its logon, session, cursors and LOBs."""

    def __init__(
        self,
        engine: Engine,
        profile: Profile,
        address: tuple[str, int],
        generation: Generation,
        protocol: str = "tcp",
    ) -> None:
        self._engine = engine
        self._profile = profile
        self._address = address
        self._protocol = protocol
        self._generation = generation
        self._service_name = ""
        self._desk: LogonDesk | None = None
        self._logged_on: LoggedOn | None = None
        self._statements: Statements | None = None
        self._cursors = Cursors()
        self._lobs = Lobs()
        self._pipeline_aborts = False
        self._pipeline_failed = False
        self._interrupt = threading.Event()
        self.field_version = profile.field_version

    # What the parser asks while no call is running

    @property
    def longest_string(self) -> int:
        return self._profile.longest_string

    def prepare(self, sql: str) -> Prepared:
        return self._session().prepare(sql)

    def known_cursor(self, cursor_id: int) -> KnownCursor | None:
        return self._cursors.known(cursor_id)

    # What the connection asks

    def open_service(self, name: str) -> bool:
        """Whether the listener hands this connection to the service."""
        self._service_name = name
        peer = Peer(name, *self._address, self._protocol)
        self._desk = LogonDesk(self._engine, self._profile, peer, self._generation)
        return self._engine.has_service(name)

    def cancel(self) -> None:
        """Stops the running call, from any thread."""
        self._interrupt.set()
        logged_on = self._logged_on  # the call's thread may be ending the session right now
        if logged_on is not None:
            logged_on.session.cancel()

    def close(self) -> None:
        """Ends the session. May be called twice."""
        self._cursors.close_all()
        self._lobs.clear()
        logged_on, self._logged_on = self._logged_on, None
        if logged_on is not None:
            logged_on.session.close()

    def serve(self, request: Request | Failure) -> Reply:
        """The answer to a request. Never raises: what nobody expected is answered as ORA-07445 and logged."""
        if isinstance(request, Failure):
            return self._failed(request.error)
        try:
            return self._serve(request)
        except ConnectionDropped:
            return Reply(b"", drop=True)
        except StatementFailed as failure:
            return self._failed(failure.error, failure.cursor_id, failure.row_count)
        except OracleError as error:
            return self._failed(error)
        except Exception as error:  # noqa: BLE001 - a bug here must not look like a network failure
            _LOG.exception("a call failed inside the sandbox")
            return self._failed(internal_error(f"{type(error).__name__}: {error}"[:200]))

    def interrupted(self) -> Reply:
        """The answer that a client expects at the end of a break."""
        self._interrupt.clear()
        self._pipeline_aborts = self._pipeline_failed = False
        return self._failed(_cancelled())

    def _failed(self, error: OracleError, cursor_id: int = 0, row_count: int = 0) -> Reply:
        self._pipeline_failed = self._pipeline_aborts
        # A session that has ended is not asked anything more.
        flags = responses.call_status(in_transaction=False) if error.fatal else self._flags()
        body = responses.result(
            flags, self.field_version, error=error, cursor_id=cursor_id, row_count=row_count
        )
        return Reply(body, close=error.fatal)

    def _session(self) -> EngineSession:
        if self._logged_on is None:
            raise OracleError(1012, "not logged on", fatal=True)
        return self._logged_on.session

    def _flags(self) -> int:
        open_transaction = self._logged_on is not None and self._logged_on.session.in_transaction
        return responses.call_status(in_transaction=open_transaction)

    def _result(self) -> bytes:
        return responses.result(self._flags(), self.field_version)

    def _serve(self, request: Request) -> Reply:
        call = request.call
        if self._logged_on is None:
            return Reply(self._negotiate(call))
        session = self._logged_on.session
        if call is SimpleCall.LOGOFF:
            self.close()
            return Reply(responses.status(responses.call_status(in_transaction=False)))
        if self._pipeline_failed and call is not SimpleCall.PIPELINE_END:
            raise _NOT_RUN
        session.begin_call()
        if self._interrupt.is_set():
            raise _cancelled()  # the break overtook its call, and the engine has just forgotten it
        for piggyback in request.piggybacks:
            self._apply(piggyback, session)
        schema = session.current_schema
        body = self._call(call, session)
        if session.current_schema != schema:
            body = responses.schema_changed(session.current_schema) + body
        return Reply(body)

    def _negotiate(self, call: Call) -> bytes:
        match call:
            case ProtocolRequest():
                return protocol_reply(self._profile)
            case DataTypesRequest():
                self._agree(call)
                return data_types_reply(call)
            case FastAuthRequest():
                self._agree(call.data_types)
                return (
                    protocol_reply(self._profile)
                    + data_types_reply(call.data_types)
                    + self._authenticate(call.auth)
                )
            case AuthRequest():
                return self._authenticate(call)
            case _:
                raise OracleError(1012, "not logged on", fatal=True)

    def _agree(self, request: DataTypesRequest) -> None:
        self.field_version = min(request.field_version, self._profile.field_version)

    def _authenticate(self, request: AuthRequest) -> bytes:
        if self._desk is None:
            raise OracleError(1012, "not logged on", fatal=True)
        if request.phase == authentication.PHASE_ONE:
            return self._desk.challenge(request) + self._result()
        logged_on = self._desk.finish(request)
        self._start(logged_on)
        return logged_on.reply + self._result()

    def _start(self, logged_on: LoggedOn) -> None:
        """From here on statements are served."""
        self._logged_on = logged_on
        self._statements = Statements(
            logged_on.session,
            self.field_version,
            self._cursors,
            self._lobs,
            self._interrupt.is_set,
        )

    def _apply(self, piggyback: Piggyback, session: EngineSession) -> None:
        match piggyback:
            case CloseCursors():
                for cursor_id in piggyback.cursor_ids:
                    self._cursors.close(cursor_id)
            case EndToEnd():
                session.set_attributes(piggyback.attributes)
            case SetSchema():
                session.set_current_schema(piggyback.schema)
            case FreeLobs():
                for locator in piggyback.locators:
                    self._lobs.free(locator)
            case BeginPipeline():
                self._pipeline_aborts, self._pipeline_failed = piggyback.abort_on_error, False
            case SessionState():
                pass  # only tells a pooled server when a request of the application begins and ends
            case UnsupportedPiggyback():
                raise OracleError(3001, f"unimplemented feature ({piggyback.what})")
            case _:
                assert_never(piggyback)

    def _call(self, call: Call, session: EngineSession) -> bytes:
        assert self._statements is not None and self._logged_on is not None  # noqa: PT018 - set together
        match call:
            case Execute():
                return self._statements.execute(call)
            case Fetch():
                return self._statements.fetch(call)
            case LobOperation():
                return self._lobs.operate(call) + self._result()
            case SimpleCall():
                return self._simple(call, session)
            case AuthRequest():
                body = change_password(self._engine, self._service_name, self._logged_on, call)
                return body + self._result()
            case UnsupportedCall():
                raise OracleError(
                    3115,
                    f"unsupported network datatype or representation (function {call.function})",
                )
            case ProtocolRequest() | DataTypesRequest() | FastAuthRequest():
                raise OracleError(3106, "fatal two-task communication protocol error", fatal=True)
            case _:
                assert_never(call)

    def _simple(self, call: SimpleCall, session: EngineSession) -> bytes:
        if call is SimpleCall.COMMIT:
            session.commit()
        elif call is SimpleCall.ROLLBACK:
            session.rollback()
        elif call is SimpleCall.PIPELINE_END:
            self._pipeline_aborts = self._pipeline_failed = False
        return responses.status(self._flags())


def tokened(request: Request | Failure, body: bytes) -> bytes:
    """The answer to an operation of a pipeline names its number."""
    if isinstance(request, Request) and request.token:
        return token_message(request.token) + body
    return body
