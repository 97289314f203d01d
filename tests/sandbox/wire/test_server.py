from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import logging
import socket
import ssl
import threading
import time
from pathlib import Path
from typing import Any

import oracledb
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from reconciler.sandbox import server as server_module
from reconciler.sandbox.seam import Release
from reconciler.sandbox.server import running, serve


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """(certificate file, server context)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    public, private = tmp_path / "ewallet.pem", tmp_path / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context


def test_drivers_connect_over_tls(engine: Any, certificate: tuple[Path, ssl.SSLContext]) -> None:
    public, context = certificate
    with running(engine, tls=context) as server:
        dsn = f"tcps://localhost:{server.port}/FREEPDB1"
        credentials = {"user": "scott", "password": "tiger", "dsn": dsn}
        trusting = ssl.create_default_context(cafile=str(public))
        with oracledb.connect(**credentials, ssl_context=trusting) as connection:
            rows = connection.cursor().execute("select * from demo_rows(3000)").fetchall()
            assert len(rows) == 3000
        with pytest.raises(oracledb.Error, match="CERTIFICATE_VERIFY_FAILED"):
            oracledb.connect(**credentials)

        async def work() -> Any:
            async with oracledb.connect_async(**credentials, ssl_context=trusting) as connection:
                row = await connection.fetchone("select 1 from dual")
            await asyncio.sleep(0.1)  # the driver does not wait until its transport is closed
            return row

        assert asyncio.run(work()) == (1,)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.com", "::", ""])
def test_only_loopback_addresses_are_served(scripted: Any, host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        asyncio.run(serve(scripted(Release.R23), host, 0))


def test_closing_the_server_ends_all_sessions(scripted: Any) -> None:
    engine = scripted(Release.R23)
    with running(engine) as server:
        dsn = f"127.0.0.1:{server.port}/FREEPDB1"
        idle = oracledb.connect(user="scott", password="tiger", dsn=dsn)
        busy = oracledb.connect(user="scott", password="tiger", dsn=dsn)

        def run() -> None:
            with pytest.raises(oracledb.Error):
                busy.cursor().execute("begin sleep(600); end;")

        thread = threading.Thread(target=run)
        thread.start()
        deadline = time.monotonic() + 60
        while not any("sleep" in t for t in engine.sessions[busy.session_id].statements):
            assert time.monotonic() < deadline
            time.sleep(0.01)
    thread.join(60)
    assert not thread.is_alive()
    assert all(session.closes for session in engine.sessions.values())
    with pytest.raises(oracledb.Error):
        oracledb.connect(user="scott", password="tiger", dsn=dsn)
    for connection in (idle, busy):
        connection.close()


def test_no_thread_is_left_behind(scripted: Any) -> None:
    before = threading.active_count()
    with running(scripted(Release.R23)) as server:
        dsn = f"127.0.0.1:{server.port}/FREEPDB1"
        for _ in range(5):
            oracledb.connect(user="scott", password="tiger", dsn=dsn).close()
    deadline = time.monotonic() + 60
    while threading.active_count() > before:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_request_that_stays_incomplete_is_logged(
    scripted: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server_module, "INCOMPLETE_AFTER_SECONDS", 0.1)
    caplog.set_level(logging.WARNING)
    descriptor = b"(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=FREEPDB1)))"
    body = (
        bytes.fromhex("013f012c0c41200020004f9800000001")
        + len(descriptor).to_bytes(2, "big")
        + (74).to_bytes(2, "big")
        + bytes(30)
        + (8192).to_bytes(4, "big") * 2
        + bytes(8)
    )
    packet = body + descriptor
    with (
        running(scripted(Release.R23)) as server,
        socket.create_connection(("127.0.0.1", server.port)) as client,
    ):
        client.sendall((len(packet) + 8).to_bytes(2, "big") + b"\0\0\1\0\0\0" + packet)
        assert client.recv(4096)[4] == 2
        # A protocol request of which the versions never end.
        client.sendall((10 + 2).to_bytes(4, "big") + b"\x06\0\0\0\0\0" + b"\x01\x06")
        deadline = time.monotonic() + 60
        while "incomplete" not in caplog.text:
            assert time.monotonic() < deadline, caplog.text
            time.sleep(0.02)
