"""Mutated requests of a real driver against the state machine: whatever comes, it answers, waits for more, or closes.

Not collected by name; run it with `pytest tests/sandbox/wire/fuzz_wire.py`. Every run tries the same mutations.
"""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from collections.abc import Iterator
from typing import Any

import oracledb
import pytest

from reconciler.sandbox.seam import ConnectionDropped, Release
from reconciler.sandbox.server import running
from reconciler.sandbox.wire.codec.packets import Framer, PacketType
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
from reconciler.sandbox.wire.logon import LoggedOn
from reconciler.sandbox.wire.messages.negotiation import DataTypesRequest
from reconciler.sandbox.wire.profiles import profile_of
from reconciler.sandbox.wire.service import ConnectionService

pytestmark = pytest.mark.slow
SESSIONS = 3000
MOST_STEPS = 500


class Recorder:
    """A relay that keeps what the client sends."""

    def __init__(self, port: int) -> None:
        self.sent = bytearray()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._relay, args=(port,))
        self._thread.start()

    def _relay(self, port: int) -> None:
        client, _ = self._listener.accept()
        with self._listener, client, socket.create_connection(("127.0.0.1", port)) as server:
            back = threading.Thread(target=self._copy, args=(server, client, None))
            back.start()
            self._copy(client, server, self.sent)
            back.join()

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket, kept: bytearray | None) -> None:
        while data := source.recv(65536):
            if kept is not None:
                kept += data
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)

    def join(self) -> None:
        self._thread.join()


def use_everything(connection: oracledb.Connection) -> None:
    cursor = connection.cursor()
    cursor.execute("select * from demo_rows(300)").fetchall()
    for number in (1, 2):
        cursor.execute("select :a, :b from dual", a=number, b="text").fetchall()
    cursor.executemany("insert into t1 values (:1, :2)", [(1, "a"), (1, "b")], batcherrors=True)
    ids, values = cursor.var(int), cursor.var(str)
    sql = "update t1 set val = 'new' where id <= :lim returning id, val into :o, :p"
    cursor.execute(sql, lim=2, o=ids, p=values)
    connection.module = "m"
    connection.current_schema = "HR"
    texts = cursor.arrayvar(oracledb.DB_TYPE_VARCHAR, ["a", "bb"], 100)
    codes = cursor.arrayvar(oracledb.DB_TYPE_NUMBER, 2)
    messages = cursor.arrayvar(oracledb.DB_TYPE_VARCHAR, 2, 100)
    for _ in range(2):
        cursor.execute("begin apply(:texts, :codes, :messages); end;", [texts, codes, messages])
    cursor.execute("select * from demo_lob").fetchone()[1].read()
    opened = cursor.var(oracledb.DB_TYPE_CURSOR)
    for _ in range(2):
        cursor.execute("begin open :rc for select * from demo_rows(250); end;", rc=opened)
    lob = connection.createlob(oracledb.DB_TYPE_CLOB)
    lob.write("some text")
    connection.ping()
    connection.commit()


def packets_of(stream: bytes) -> list[bytes]:
    """Whole packets of a recorded session after the logon."""
    framer = Framer()
    framer.feed(stream)
    connect = framer.next_packet()
    assert connect is not None
    assert connect.type == PacketType.CONNECT
    framer.wide = True
    packets = []
    while (packet := framer.next_packet()) is not None:
        packets.append(framer.wrap(PacketType(packet.type), packet.body))
    return packets[2:] if len(packets[0]) > 500 else packets[4:]


class Direct:
    """Conversation and service without a socket, logged on from the start."""

    def __init__(self, engine: Any) -> None:
        profile = profile_of(engine.release)
        self.service = ConnectionService(engine, profile, ("127.0.0.1", 1), Generation.G12)
        self.conversation = Conversation(profile, self.service)
        self.sent = 0
        self.steps = 0
        self.over = False
        self.perform(self.conversation.receive(_CONNECT))
        self.service._agree(DataTypesRequest(profile.field_version, wants_time_zone=False))

    def log_on(self, session: Any) -> None:
        self.service._start(LoggedOn(session, b"k" * 32, b""))

    def perform(self, actions: list[Action]) -> None:
        waiting = list(actions)
        while waiting:
            self.steps += 1
            assert self.steps < MOST_STEPS, "does not come to an end"
            action = waiting.pop(0)
            match action:
                case Send():
                    self.sent += 1
                case OpenService():
                    known = self.service.open_service(action.name)
                    waiting += self.conversation.opened(known=known)
                case Serve():
                    reply = (
                        self.service.interrupted()
                        if action.request is None
                        else self.service.serve(action.request)
                    )
                    waiting += self.conversation.answered(reply)
                case CancelCall():
                    self.service.cancel()
                case Close() | Abort():
                    self.over = True


_DESCRIPTOR = b"(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=FREEPDB1)))"
_CONNECT_BODY = (
    bytes.fromhex("013f012c0c41200020004f9800000001")
    + len(_DESCRIPTOR).to_bytes(2, "big")
    + (74).to_bytes(2, "big")
    + bytes(30)
    + (8192).to_bytes(4, "big") * 2
    + bytes(8)
    + _DESCRIPTOR
)
_CONNECT = (len(_CONNECT_BODY) + 8).to_bytes(2, "big") + b"\0\0\1\0\0\0" + _CONNECT_BODY


@pytest.fixture
def recorded(engine: Any) -> list[bytes]:
    with running(engine) as server:
        recorder = Recorder(server.port)
        dsn = f"127.0.0.1:{recorder.port}/FREEPDB1"
        with oracledb.connect(user="scott", password="tiger", dsn=dsn) as connection:
            use_everything(connection)
        recorder.join()
    return packets_of(bytes(recorder.sent))


def mutated(packet: bytes, chance: random.Random) -> bytes:
    """The packet with a few changes behind its head, and a head that fits."""
    body = bytearray(packet[8:])
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(body) + 1)
        match chance.randrange(5):
            case 0 if place < len(body):
                body[place] = chance.randrange(256)
            case 1 if place < len(body):
                body[place] ^= 1 << chance.randrange(8)
            case 2:
                del body[place : place + chance.randint(1, 8)]
            case 3:
                body[place:place] = chance.randbytes(chance.randint(1, 8))
            case _:
                body[place : place + 1] = chance.choice(
                    (b"\xfe", b"\xff", b"\x00", b"\x84\xff\xff\xff\xff")
                )
    return (len(body) + 8).to_bytes(4, "big") + packet[4:8] + bytes(body)


class Bounded:
    """Keeps mutated statements from running for long."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._left = 2000
        session.wait = lambda seconds: None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def execute(self, prepared: Any, binds: Any) -> Any:
        self._left -= 1
        if not self._left or any(d.isdigit() and len(d) > 4 for d in prepared.text.split("(")):
            raise ConnectionDropped
        return self._session.execute(prepared, binds)


def new_session(engine: Any) -> Any:
    from reconciler.sandbox.seam import Logon

    return Bounded(engine.logon(Logon("FREEPDB1", "scott", password_ok=True)))


def sessions(packets: list[bytes], count: int) -> Iterator[list[bytes]]:
    for seed in range(count):
        chance = random.Random(seed)
        start = chance.randrange(len(packets))
        chosen = packets[start : start + chance.randint(1, 6)]
        victim = chance.randrange(len(chosen))
        chosen[victim] = mutated(chosen[victim], chance)
        if chance.random() < 0.1:
            chosen.insert(victim, b"\0\0\0\x0b\x0c\0\0\0\x01\0" + bytes((chance.randint(1, 3),)))
        yield chosen


def test_the_recording_replays(engine: Any, recorded: list[bytes]) -> None:
    direct = Direct(engine)
    direct.log_on(new_session(engine))
    before = direct.sent
    for packet in recorded[:-1]:
        direct.perform(direct.conversation.receive(packet))
    assert direct.sent - before > 15
    assert direct.conversation.incomplete is None
    direct.service.close()


def test_no_mutated_session_breaks_the_server(engine: Any, recorded: list[bytes]) -> None:
    ends = {"over": 0, "incomplete": 0, "answered": 0}
    for packets in sessions(recorded, SESSIONS):
        direct = Direct(engine)
        direct.log_on(new_session(engine))
        for packet in packets:
            if direct.over:
                break
            direct.perform(direct.conversation.receive(packet))
        if direct.over:
            ends["over"] += 1
        elif direct.conversation.incomplete is not None:
            ends["incomplete"] += 1
        else:
            ends["answered"] += 1
        direct.service.close()
    assert min(ends.values()) > SESSIONS // 100, ends


def shout(port: int, chance: random.Random) -> None:
    """Sends noise, often behind a good beginning, and waits for the server to hang up."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(5)
        if chance.random() < 0.5:
            client.sendall(_CONNECT)
            head = b"\0\0\x01\x00\x06\0\0\0\0\0" + bytes((chance.choice((1, 2, 3, 17, 34)),))
            client.sendall(head + chance.randbytes(245))
        client.sendall(chance.randbytes(chance.randint(1, 3000)))
        client.shutdown(socket.SHUT_WR)
        while client.recv(65536):
            pass


@pytest.mark.parametrize("seed", range(60))
def test_noise_before_the_logon_hurts_nobody(scripted: Any, seed: int) -> None:
    chance = random.Random(seed)
    with running(scripted(Release.R23)) as server:
        with contextlib.suppress(OSError):  # the server may hang up at any point
            shout(server.port, chance)
        dsn = f"127.0.0.1:{server.port}/FREEPDB1"
        with oracledb.connect(user="scott", password="tiger", dsn=dsn) as connection:
            assert connection.cursor().execute("select 1 from dual").fetchone() == (1,)
