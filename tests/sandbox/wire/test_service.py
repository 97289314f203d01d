from __future__ import annotations

from typing import Any

import pytest

from reconciler.sandbox.seam import Logon, Release
from reconciler.sandbox.wire.handshake import Generation
from reconciler.sandbox.wire.logon import LoggedOn
from reconciler.sandbox.wire.messages.calls import SimpleCall
from reconciler.sandbox.wire.messages.execute import Execute, Options
from reconciler.sandbox.wire.messages.requests import Request
from reconciler.sandbox.wire.profiles import profile_of
from reconciler.sandbox.wire.service import ConnectionService

PING = Request(SimpleCall.PING)
STATUS, ERROR = 9, 4


@pytest.fixture
def service(scripted: Any) -> ConnectionService:
    """The service of a connection that has not logged on."""
    profile = profile_of(Release.R23)
    return ConnectionService(scripted(Release.R23), profile, ("127.0.0.1", 4711), Generation.G12)


@pytest.fixture
def logged_on(service: ConnectionService) -> ConnectionService:
    session = service._engine.logon(Logon("FREEPDB1", "scott", password_ok=True))
    service._start(LoggedOn(session, b"", b""))
    return service


def test_a_break_that_overtakes_its_call_is_not_lost(logged_on: ConnectionService) -> None:
    logged_on.cancel()
    assert b"ORA-01013" in logged_on.serve(PING).body
    assert b"ORA-01013" in logged_on.interrupted().body
    assert logged_on.serve(PING).body[0] == STATUS


def test_every_call_but_the_logoff_is_counted_by_the_engine(logged_on: ConnectionService) -> None:
    assert logged_on._logged_on is not None
    session: Any = logged_on._logged_on.session
    for _ in range(3):
        logged_on.serve(PING)
    logged_on.serve(Request(SimpleCall.LOGOFF))
    assert (session.calls, session.closes) == (3, 1)


@pytest.mark.parametrize("call", [SimpleCall.PING, SimpleCall.COMMIT, Execute(0, Options.EXECUTE)])
def test_nothing_runs_before_the_logon(service: ConnectionService, call: Any) -> None:
    reply = service.serve(Request(call))
    assert reply.body[0] == ERROR
    assert b"ORA-01012" in reply.body
    assert reply.close


def test_nothing_runs_after_the_logoff(logged_on: ConnectionService) -> None:
    logged_on.serve(Request(SimpleCall.LOGOFF))
    assert b"ORA-01012" in logged_on.serve(PING).body
    logged_on.close()
