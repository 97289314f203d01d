"""The state machine of one connection, without I/O: bytes in, actions out.

At most one `Serve` or `OpenService` is outstanding; its end comes back through `answered` or `opened`. Requests that arrive meanwhile wait, as
bytes. A break interrupts the outstanding call, and the three markers of the break are exchanged around its end:

    client: break or interrupt -> server: break; client: reset -> server, once the call has ended: reset, then ORA-01013
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.sandbox.seam import OracleError
from reconciler.sandbox.wire.codec.packets import DataFlags, Framer, Marker, Packet, PacketType
from reconciler.sandbox.wire.codec.primitives import MalformedRequest, Reader
from reconciler.sandbox.wire.messages.connect import (
    UNKNOWN_SERVICE,
    Connect,
    accept,
    accept_flags,
    parse_connect,
    refuse,
    service_of,
)
from reconciler.sandbox.wire.messages.execute import StatementContext
from reconciler.sandbox.wire.messages.requests import Request, read_request
from reconciler.sandbox.wire.messages.responses import END_OF_RESPONSE
from reconciler.sandbox.wire.messages.resume import Parsing, UnsupportedRequest
from reconciler.sandbox.wire.profiles import END_OF_RESPONSE as END_OF_RESPONSE_FLAG
from reconciler.sandbox.wire.profiles import Profile
from reconciler.sandbox.wire.service import Failure, Reply, tokened

_LOG = logging.getLogger(__name__)
_LONGEST_DESCRIPTOR = 65535
_LONGEST_REQUEST = 1 << 30


@dataclass(frozen=True, slots=True)
class Send:
    data: bytes


@dataclass(frozen=True, slots=True)
class OpenService:
    """Ask whether the service exists, then call `opened`."""

    name: str


@dataclass(frozen=True, slots=True)
class Serve:
    """Serve the request, then call `answered`. None asks for the answer to a break (`ConnectionService.interrupted`)."""

    request: Request | Failure | None


@dataclass(frozen=True, slots=True)
class CancelCall:
    """Stop the outstanding call; its answer is still due."""


@dataclass(frozen=True, slots=True)
class Close:
    """Close the socket once everything is sent."""


@dataclass(frozen=True, slots=True)
class Abort:
    """Close the socket now."""


Action: TypeAlias = Send | OpenService | Serve | CancelCall | Close | Abort


class Conversation:
    """One connection, from CONNECT to the end."""

    def __init__(self, profile: Profile, context: StatementContext) -> None:
        self._profile = profile
        self._context = context
        self._framer = Framer()
        self._connect: Connect | None = None
        self._descriptor = b""
        self._opened = False
        self._end_of_response = False
        self._waiting: deque[bytes] = deque()
        self._reader = Reader()
        self._parsing: Parsing[Request] | None = None
        self._outstanding: Serve | OpenService | None = None
        self._breaking = False  # between the server's break marker and its reset marker
        self._reset_seen = False
        self._over = False

    @property
    def incomplete(self) -> bytes | None:
        """The beginning of a request whose end has not come, None when there is none."""
        if self._parsing is None or self._outstanding is not None:
            return None
        return self._reader.head(512)

    def receive(self, data: bytes) -> list[Action]:
        """Takes bytes from the socket."""
        actions: list[Action] = []
        self._framer.feed(data)
        try:
            while not self._over and (packet := self._framer.next_packet()) is not None:
                actions += self._take(packet)
        except MalformedRequest as error:
            _LOG.warning("connection ended: %s", error)
            actions += self._end(Abort())
        return actions

    def opened(self, *, known: bool) -> list[Action]:
        """Takes the listener's decision."""
        self._outstanding = None
        connect = self._connect
        if connect is None or self._over:
            return []
        if not known:
            refusal = self._framer.wrap(PacketType.REFUSE, refuse(UNKNOWN_SERVICE))
            return [Send(refusal), *self._end(Close())]
        acceptance = self._framer.wrap(PacketType.ACCEPT, accept(self._profile, connect))
        flags = accept_flags(self._profile, connect)
        self._end_of_response = bool(flags & END_OF_RESPONSE_FLAG)
        self._framer.wide, self._framer.sdu = True, connect.sdu
        self._opened = True
        return [Send(acceptance), *self._go_on()]

    def answered(self, reply: Reply) -> list[Action]:
        """Takes the answer to the outstanding call."""
        serve, self._outstanding = self._outstanding, None
        if self._over or not isinstance(serve, Serve):
            return []
        if reply.drop:
            return self._end(Abort())
        if self._breaking:
            return self._answered_in_break(serve, reply)
        body = reply.body if serve.request is None else tokened(serve.request, reply.body)
        return [Send(self._message(body)), *self._after(reply)]

    def _answered_in_break(self, serve: Serve, reply: Reply) -> list[Action]:
        """The interrupted call ended, well or not: its answer gives way to that of the break, unless it ends the session."""
        if serve.request is not None and not reply.close:
            return self._finish_break()
        self._breaking = self._reset_seen = False
        marker = self._framer.marker(Marker.RESET)
        return [Send(marker + self._message(reply.body)), *self._after(reply)]

    def _after(self, reply: Reply) -> list[Action]:
        return self._end(Close()) if reply.close else self._go_on()

    def _message(self, body: bytes) -> bytes:
        if not self._end_of_response:
            return self._framer.data(body)
        return self._framer.data(body + END_OF_RESPONSE, DataFlags.END_OF_RESPONSE)

    def _end(self, action: Close | Abort) -> list[Action]:
        self._over = True
        self._waiting.clear()
        self._forget_request()
        return [action]

    def _take(self, packet: Packet) -> Sequence[Action]:
        if not self._opened:
            return self._take_connect(packet)
        match packet.type:
            case PacketType.DATA:
                return self._take_data(packet)
            case PacketType.MARKER:
                return self._take_marker(packet)
            case _:
                raise MalformedRequest(f"a packet of type {packet.type} within a session")

    def _take_connect(self, packet: Packet) -> list[Action]:
        if self._outstanding is not None:
            raise MalformedRequest("a packet before the connection was accepted")
        if packet.type == PacketType.CONNECT and self._connect is None:
            self._connect = parse_connect(packet.body)
            self._descriptor = self._connect.descriptor or b""
        elif packet.type == PacketType.DATA and self._connect is not None:
            self._descriptor += packet.payload
        else:
            raise MalformedRequest(f"a packet of type {packet.type} instead of CONNECT")
        if len(self._descriptor) > _LONGEST_DESCRIPTOR:
            raise MalformedRequest("a connect descriptor that does not end")
        if len(self._descriptor) < self._connect.descriptor_length:
            return []
        self._outstanding = OpenService(service_of(self._descriptor))
        return [self._outstanding]

    def _take_data(self, packet: Packet) -> Sequence[Action]:
        if self._breaking:
            return ()  # all that was on its way before the client's reset marker is void
        if packet.data_flags & DataFlags.END_OF_FILE and not packet.payload:
            return self._end(Close())
        self._waiting.append(packet.payload)
        return self._go_on()

    def _take_marker(self, packet: Packet) -> list[Action]:
        kind = packet.body[2] if len(packet.body) > 2 else Marker.BREAK
        if kind == Marker.RESET:
            self._reset_seen = self._breaking
            return self._finish_break()
        if self._breaking:
            return []
        self._breaking, self._reset_seen = True, False
        self._waiting.clear()
        self._forget_request()
        interrupt: list[Action] = [CancelCall()] if self._outstanding else []
        return [*interrupt, Send(self._framer.marker(Marker.BREAK))]

    def _finish_break(self) -> list[Action]:
        if not self._reset_seen or self._outstanding is not None:
            return []
        self._outstanding = Serve(None)
        return [self._outstanding]

    def _forget_request(self) -> None:
        self._reader = Reader()
        self._parsing = None

    def _go_on(self) -> list[Action]:
        """Parses what has come, up to the next whole request."""
        while self._waiting and self._outstanding is None:
            self._reader.feed(self._waiting.popleft())
            request = self._parse()
            if request is not None:
                self._forget_request()
                self._outstanding = Serve(request)
                return [self._outstanding]
        return []

    def _parse(self) -> Request | Failure | None:
        if len(self._reader) > _LONGEST_REQUEST:
            return Failure(
                OracleError(3106, "fatal two-task communication protocol error", fatal=True)
            )
        if self._parsing is None:
            self._parsing = read_request(self._reader, self._context)
        try:
            next(self._parsing)
        except StopIteration as end:
            request: Request = end.value
            return request
        except UnsupportedRequest as error:
            return Failure(
                OracleError(3115, f"unsupported network datatype or representation ({error})")
            )
        except OracleError as error:
            return Failure(error)
        except Exception as error:  # noqa: BLE001 - whatever a hostile client provokes ends its session only
            head = self._reader.head(512).hex()
            _LOG.warning("malformed request (%s: %s): %s", type(error).__name__, error, head)
            text = f"fatal two-task communication protocol error ({error})"
            return Failure(OracleError(3106, text, fatal=True))
        return None
