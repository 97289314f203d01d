"""What a user is told when a target cannot be reached. No answer may hold the connect string's credentials or the password."""

from __future__ import annotations

import gc
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from reconciler.model.documents import Target
from reconciler.model.errors import DatabaseError
from reconciler.oracle import session

MakeTarget = Callable[..., Target]
PASSWORD = "tiger-in-the-tank"
ENVIRONMENT = {"HR_PROD_PASSWORD": PASSWORD}


def refusal(target: Target, environment: dict[str, str], **limits: float) -> DatabaseError:
    with pytest.raises(DatabaseError) as caught:
        session.connect(target, environment=environment, **limits)
    error = caught.value
    said = f"{error} {error.hint} {error.__cause__!r} {error.__context__!r}"
    assert PASSWORD not in f"{error} {error.hint}", said
    assert "\n" not in error.message
    return error


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def silent_listener() -> Iterator[int]:
    """Accepts connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])
    for thread in threading.enumerate():
        if thread.name.startswith("logon "):
            thread.join(10)
    gc.collect()


def test_a_password_that_is_not_set_names_the_variable(make_target: MakeTarget) -> None:
    error = refusal(make_target("127.0.0.1:1/X"), {})
    assert error.rule == "target.no-password"
    assert "HR_PROD_PASSWORD" in error.message
    assert error.origin is not None


def test_a_wallet_that_is_not_set_names_the_variable(make_target: MakeTarget) -> None:
    target = make_target("tcps://127.0.0.1:1/X", wallet_env="HR_WALLET")
    error = refusal(target, ENVIRONMENT)
    assert error.rule == "target.no-wallet"
    assert "HR_WALLET" in error.message


def test_a_port_nobody_listens_on_is_down(make_target: MakeTarget, closed_port: int) -> None:
    error = refusal(make_target(f"127.0.0.1:{closed_port}/X"), ENVIRONMENT)
    assert error.rule == "target.down"
    assert "refused" in error.message
    assert error.hint


def test_a_host_that_does_not_exist_is_down(make_target: MakeTarget) -> None:
    assert refusal(make_target("no-such-host.invalid/X"), ENVIRONMENT).rule == "target.down"


# the driver leaves its socket to the garbage collector when a connection breaks during the handshake
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_listener_that_never_answers_does_not_hang_the_run(
    make_target: MakeTarget, silent_listener: int
) -> None:
    started = time.monotonic()
    target = make_target(f"127.0.0.1:{silent_listener}/X")
    error = refusal(target, ENVIRONMENT, logon_seconds=0.3)
    assert error.rule == "target.timeout"
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("dsn", ["scott/hunter2@127.0.0.1:1/X", "not a dsn", ""])
def test_a_connect_string_that_cannot_be_used_is_not_repeated(
    make_target: MakeTarget, dsn: str
) -> None:
    error = refusal(make_target(dsn), ENVIRONMENT)
    assert error.rule == "target.bad-dsn"
    assert "hunter2" not in f"{error} {error.hint}"
    assert error.__suppress_context__
