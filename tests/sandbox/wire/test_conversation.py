"""The state machine alone: bytes in, actions out."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.sandbox.engine.sql.lexer import prepare
from reconciler.sandbox.seam import OracleError, Prepared, Release
from reconciler.sandbox.wire.codec.packets import Framer, Marker, PacketType
from reconciler.sandbox.wire.conversation import (
    Abort,
    CancelCall,
    Close,
    Conversation,
    OpenService,
    Send,
    Serve,
)
from reconciler.sandbox.wire.messages.calls import SimpleCall
from reconciler.sandbox.wire.messages.execute import KnownCursor
from reconciler.sandbox.wire.messages.requests import Request
from reconciler.sandbox.wire.profiles import profile_of
from reconciler.sandbox.wire.service import Failure, Reply

PING, COMMIT = b"\x03\x93\x01\x00", b"\x03\x0e\x01\x00"
CLIENT = Framer()
CLIENT.wide = True


class Context:
    field_version = 24
    longest_string = 32767

    def prepare(self, sql: str) -> Prepared:
        return prepare(sql)

    def known_cursor(self, cursor_id: int) -> KnownCursor | None:
        return None


def connect(service: str = "FREEPDB1", *, version: int = 319, inline: bool = True) -> bytes:
    descriptor = f"(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME={service})))".encode()
    body = (
        version.to_bytes(2, "big")
        + bytes.fromhex("012c0c41200020004f9800000001")
        + len(descriptor).to_bytes(2, "big")
        + (74).to_bytes(2, "big")
        + bytes(30)
        + (8192).to_bytes(4, "big") * 2
        + bytes(8)
    )
    narrow = Framer()
    if inline:
        return narrow.wrap(PacketType.CONNECT, body + descriptor)
    return narrow.wrap(PacketType.CONNECT, body) + narrow.data(descriptor)


@pytest.fixture
def conversation() -> Conversation:
    """A connection that was accepted and has nothing to do."""
    made = Conversation(profile_of(Release.R23), Context())
    assert made.receive(connect()) == [OpenService("FREEPDB1")]
    (accepted,) = made.opened(known=True)
    assert isinstance(accepted, Send)
    assert accepted.data[4] == PacketType.ACCEPT
    return made


def replied(actions: list[Any], body: bytes) -> bool:
    return isinstance(actions[0], Send) and actions[0].data.endswith(body + b"\x1d")


def test_a_descriptor_may_come_in_a_packet_of_its_own() -> None:
    conversation = Conversation(profile_of(Release.R23), Context())
    assert conversation.receive(connect("OTHER", inline=False)) == [OpenService("OTHER")]


def test_an_unknown_service_is_refused_and_the_socket_closed() -> None:
    conversation = Conversation(profile_of(Release.R23), Context())
    conversation.receive(connect("NOPE"))
    refused, closed = conversation.opened(known=False)
    assert isinstance(refused, Send)
    assert b"(ERR=12514)" in refused.data
    assert closed == Close()


def test_a_client_that_does_not_know_the_end_of_response_is_not_sent_one() -> None:
    conversation = Conversation(profile_of(Release.R23), Context())
    conversation.receive(connect(version=318))
    conversation.opened(known=True)
    conversation.receive(CLIENT.data(PING))
    (sent,) = conversation.answered(Reply(b"answer"))
    assert isinstance(sent, Send)
    assert sent.data.endswith(b"answer")


def test_one_request_is_served_at_a_time_in_their_order(conversation: Conversation) -> None:
    assert conversation.receive(CLIENT.data(PING) + CLIENT.data(COMMIT)) == [
        Serve(Request(SimpleCall.PING))
    ]
    answer, following = conversation.answered(Reply(b"pong"))
    assert replied([answer], b"pong")
    assert following == Serve(Request(SimpleCall.COMMIT))
    assert replied(conversation.answered(Reply(b"done")), b"done")


def test_a_request_may_be_cut_anywhere(conversation: Conversation) -> None:
    stream = CLIENT.data(PING[:1]) + CLIENT.data(PING[1:3]) + CLIENT.data(PING[3:])
    actions = [action for byte in stream for action in conversation.receive(bytes((byte,)))]
    assert actions == [Serve(Request(SimpleCall.PING))]


def test_an_incomplete_request_can_be_seen(conversation: Conversation) -> None:
    assert conversation.incomplete is None
    conversation.receive(CLIENT.data(PING[:2]))
    assert conversation.incomplete == PING[:2]
    conversation.receive(CLIENT.data(PING[2:]))
    assert conversation.incomplete is None


def test_a_break_waits_for_the_end_of_the_call(conversation: Conversation) -> None:
    conversation.receive(CLIENT.data(PING))
    interrupt = CLIENT.marker(Marker.INTERRUPT)
    assert conversation.receive(interrupt) == [CancelCall(), Send(CLIENT.marker(Marker.BREAK))]
    assert conversation.receive(CLIENT.data(COMMIT)) == []  # void: sent before the client's reset
    assert conversation.receive(CLIENT.marker(Marker.RESET)) == []
    assert conversation.answered(Reply(b"late")) == [Serve(None)]
    (sent,) = conversation.answered(Reply(b"cancelled"))
    assert isinstance(sent, Send)
    assert sent.data.startswith(CLIENT.marker(Marker.RESET))
    assert b"late" not in sent.data
    assert conversation.receive(CLIENT.data(PING)) == [Serve(Request(SimpleCall.PING))]


def test_a_break_whose_call_ends_first_waits_for_the_reset(conversation: Conversation) -> None:
    conversation.receive(CLIENT.data(PING))
    conversation.receive(CLIENT.marker(Marker.BREAK))
    assert conversation.answered(Reply(b"late")) == []
    assert conversation.receive(CLIENT.marker(Marker.RESET)) == [Serve(None)]


def test_a_break_without_a_call_is_answered_as_well(conversation: Conversation) -> None:
    conversation.receive(CLIENT.data(PING[:2]))
    assert conversation.receive(CLIENT.marker(Marker.BREAK)) == [Send(CLIENT.marker(Marker.BREAK))]
    assert conversation.incomplete is None
    assert conversation.receive(CLIENT.marker(Marker.RESET)) == [Serve(None)]


def test_a_reset_out_of_the_blue_is_nothing(conversation: Conversation) -> None:
    assert conversation.receive(CLIENT.marker(Marker.RESET)) == []
    assert conversation.receive(CLIENT.data(PING)) == [Serve(Request(SimpleCall.PING))]


def test_an_error_that_ends_the_session_is_sent_even_in_a_break(conversation: Conversation) -> None:
    conversation.receive(CLIENT.data(PING))
    conversation.receive(CLIENT.marker(Marker.BREAK) + CLIENT.marker(Marker.RESET))
    sent, closed = conversation.answered(Reply(b"killed", close=True))
    assert replied([sent], b"killed")
    assert closed == Close()


def test_a_dropped_connection_gets_no_answer(conversation: Conversation) -> None:
    conversation.receive(CLIENT.data(PING))
    assert conversation.answered(Reply(b"", drop=True)) == [Abort()]
    assert conversation.receive(CLIENT.data(PING)) == []


def test_the_clients_end_of_file_closes(conversation: Conversation) -> None:
    assert conversation.receive(b"\0\0\0\x0a\6\0\0\0\0\x40") == [Close()]


def test_a_malformed_request_is_answered_and_ends_the_session(conversation: Conversation) -> None:
    (serve,) = conversation.receive(CLIENT.data(PING + b"\0"))
    assert isinstance(serve, Serve)
    assert isinstance(serve.request, Failure)
    assert (serve.request.error.code, serve.request.error.fatal) == (3106, True)


def test_an_unsupported_request_is_answered_and_the_session_goes_on(
    conversation: Conversation,
) -> None:
    (serve,) = conversation.receive(CLIENT.data(b"\x11\xf0\x01\x00"))
    assert isinstance(serve, Serve)
    assert serve.request == Failure(serve.request.error)  # type: ignore[union-attr]
    assert isinstance(serve.request.error, OracleError)  # type: ignore[union-attr]
    conversation.answered(Reply(b"error"))
    assert conversation.receive(CLIENT.data(PING)) == [Serve(Request(SimpleCall.PING))]


@pytest.mark.parametrize(
    "noise", [b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\0\0\0\0\0", b"\x16\x03\x01" + bytes(60), b"\0\x0a\0\0\6\0\0\0\0\0"]
)  # fmt: skip
def test_what_is_no_client_is_cut_off(noise: bytes) -> None:
    conversation = Conversation(profile_of(Release.R23), Context())
    actions = conversation.receive(noise)
    assert actions in ([Abort()], [])
    assert conversation.receive(noise * 400) in ([Abort()], [])
