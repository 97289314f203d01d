"""The stand-in on a socket: real drivers connect here.

Only loopback addresses are served, because passwords of the stand-in protect nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar, assert_never

from reconciler.sandbox.seam import Engine
from reconciler.sandbox.wire.conversation import (
    Abort,
    Action,
    CancelCall,
    Close,
    Conversation,
    OpenService,
    Send,
    Serve,
)
from reconciler.sandbox.wire.handshake import Generation
from reconciler.sandbox.wire.profiles import profile_of
from reconciler.sandbox.wire.service import ConnectionService

_LOG = logging.getLogger(__name__)
INCOMPLETE_AFTER_SECONDS = 10.0
_CLOSE_WITHIN_SECONDS = 10.0

T = TypeVar("T")


class _Connection(asyncio.Protocol):
    """One socket: moves bytes, and gives blocking calls a thread of the connection's own."""

    def __init__(self, server: SandboxServer) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-session")
        self._transport: asyncio.Transport | None = None
        self._service: ConnectionService | None = None
        self._conversation: Conversation | None = None
        self._watchdog: asyncio.TimerHandle | None = None
        self._lost = False
        self.ended: asyncio.Future[None] = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        peer = transport.get_extra_info("peername") or ("127.0.0.1", 0)
        connected = transport.get_extra_info("socket")
        if connected is not None:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        profile = profile_of(self._server.engine.release)
        protocol = "tcps" if transport.get_extra_info("ssl_object") else "tcp"
        self._service = ConnectionService(
            self._server.engine, profile, (peer[0], peer[1]), self._server.handshake, protocol
        )
        self._conversation = Conversation(profile, self._service)
        self._server.connections.add(self)

    def data_received(self, data: bytes) -> None:
        assert self._conversation is not None
        self._perform(self._conversation.receive(data))
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops the running call and ends the session behind it, in the session's thread."""
        del exc
        self._lost = True
        self._stop_watching()
        assert self._service is not None
        self._service.cancel()
        closing = self._loop.run_in_executor(self._threads, self._service.close)
        closing.add_done_callback(self._closed)

    def _closed(self, closing: asyncio.Future[None]) -> None:
        if not closing.cancelled() and (error := closing.exception()) is not None:
            _LOG.error("a session could not be closed", exc_info=error)
        self._threads.shutdown(wait=False)
        self._server.connections.discard(self)
        if not self.ended.done():
            self.ended.set_result(None)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _perform(self, actions: Sequence[Action]) -> None:
        assert self._conversation is not None and self._service is not None  # noqa: PT018 - set together
        conversation, service = self._conversation, self._service
        for action in actions:
            match action:
                case Send():
                    self._send(action.data)
                case Serve():
                    request = action.request
                    if request is None:
                        self._run(service.interrupted, conversation.answered)
                    else:
                        self._run(partial(service.serve, request), conversation.answered)
                case OpenService():
                    self._run(
                        partial(service.open_service, action.name),
                        lambda known: conversation.opened(known=known),
                    )
                case CancelCall():
                    service.cancel()
                case Close():
                    if self._transport is not None:
                        self._transport.close()
                case Abort():
                    self.abort()
                case _:
                    assert_never(action)

    def _send(self, data: bytes) -> None:
        if self._transport is not None and not self._lost:
            self._transport.write(data)

    def _run(self, work: Callable[[], T], then: Callable[[T], Sequence[Action]]) -> None:
        """Runs blocking work in the connection's thread and goes on with its result on the loop."""
        if self._lost:
            return
        running = self._loop.run_in_executor(self._threads, work)

        def done(finished: asyncio.Future[T]) -> None:
            if finished.cancelled() or self._lost:
                return
            error = finished.exception()
            if error is not None:
                _LOG.error("a connection is dropped", exc_info=error)
                self.abort()
            else:
                self._perform(then(finished.result()))
                self._watch()

        running.add_done_callback(done)

    def _watch(self) -> None:
        """A request that never becomes complete is a request misread: without this it would only look like a hang."""
        self._stop_watching()
        if self._conversation is not None and self._conversation.incomplete is not None:
            self._watchdog = self._loop.call_later(INCOMPLETE_AFTER_SECONDS, self._report)

    def _stop_watching(self) -> None:
        if self._watchdog is not None:
            self._watchdog.cancel()
            self._watchdog = None

    def _report(self) -> None:
        assert self._conversation is not None
        head = self._conversation.incomplete
        if head is not None:
            _LOG.warning(
                "a request is incomplete after %s s; it begins %s",
                INCOMPLETE_AFTER_SECONDS,
                head.hex(),
            )


class SandboxServer:
    """A listening stand-in. Made by `serve`."""

    def __init__(self, engine: Engine, handshake: Generation) -> None:
        self.engine = engine
        self.handshake = handshake
        self.connections: set[_Connection] = set()
        self._listener: asyncio.Server | None = None

    async def _listen(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(lambda: _Connection(self), host, port, ssl=tls)

    @property
    def port(self) -> int:
        """The port it listens on, also when 0 was asked for."""
        assert self._listener is not None
        port: int = self._listener.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """Stops listening, drops every connection, and waits until their sessions have ended."""
        if self._listener is not None:
            self._listener.close()
        ending = [connection.ended for connection in self.connections]
        for connection in list(self.connections):
            connection.abort()
        if ending:
            _, late = await asyncio.wait(ending, timeout=_CLOSE_WITHIN_SECONDS)
            if late:
                _LOG.error("%d sessions did not end in time", len(late))


def _refuse_other_than_loopback(host: str) -> None:
    if host == "localhost":
        return
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise ValueError(f"the sandbox serves loopback addresses only, not {host!r}") from None
    if not address.is_loopback:
        raise ValueError(f"the sandbox serves loopback addresses only, not {host!r}")


async def serve(
    engine: Engine,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    tls: ssl.SSLContext | None = None,
    handshake: Generation = Generation.G12,
) -> SandboxServer:
    """Starts listening; port 0 takes a free one. The release spoken is the engine's.

    Raises ValueError for an address that is not loopback, OSError when the port can't be had.
    """
    _refuse_other_than_loopback(host)
    server = SandboxServer(engine, handshake)
    await server._listen(host, port, tls)  # noqa: SLF001 - the one way to make a server
    return server


@contextlib.contextmanager
def running(
    engine: Engine,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    tls: ssl.SSLContext | None = None,
    handshake: Generation = Generation.G12,
) -> Iterator[SandboxServer]:
    """A server on an event loop in a thread of its own, for callers that are not asynchronous. Closed at the end."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="sandbox-server", daemon=True)
    thread.start()
    try:
        starting = serve(engine, host, port, tls=tls, handshake=handshake)
        server = asyncio.run_coroutine_threadsafe(starting, loop).result()
        try:
            yield server
        finally:
            asyncio.run_coroutine_threadsafe(server.close(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
