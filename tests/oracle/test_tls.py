"""TLS: a certificate that is not right is refused, and the user is told which of the ways it is wrong."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from reconciler.model.documents import Target
from reconciler.model.errors import DatabaseError
from reconciler.oracle.session import connect

Certify = Callable[..., Path]


@pytest.fixture
def certify(tmp_path: Path) -> Certify:
    """Makes a wallet directory with a self-signed certificate for `host` that is valid until `days` from now."""

    def make(host: str = "localhost", days: int = 1, name: str = "wallet") -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        now = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=30))
            .not_valid_after(now + dt.timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        directory = tmp_path / name
        directory.mkdir()
        pem = certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (directory / "ewallet.pem").write_bytes(pem)
        return directory

    return make


def serving(wallet: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(wallet / "ewallet.pem")
    return context


def target_of(database: Any, port: int) -> Target:
    return replace(
        database.target, dsn=f"tcps://localhost:{port}/FREEPDB1", wallet_env="HR_PROD_WALLET"
    )


def attempt(database: Any, served: Path, trusted: Path, password: str) -> list[tuple[Any, ...]]:
    from reconciler.sandbox import server

    environment = {"HR_PROD_PASSWORD": password, "HR_PROD_WALLET": str(trusted)}
    with server.running(database.instance, tls=serving(served)) as listening:
        target = target_of(database, listening.port)
        with connect(target, environment=environment) as session:
            return session.query(
                "SELECT SYS_CONTEXT('USERENV', 'NETWORK_PROTOCOL') FROM dual", expect=1
            )


pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def test_a_trusted_certificate_for_this_host_is_accepted(
    database: Any, certify: Certify, password: str
) -> None:
    wallet = certify()
    assert attempt(database, wallet, wallet, password) == [("tcps",)]


def test_an_expired_certificate_is_refused(database: Any, certify: Certify, password: str) -> None:
    wallet = certify(days=-1)
    with pytest.raises(DatabaseError) as refused:
        attempt(database, wallet, wallet, password)
    assert refused.value.rule == "target.tls"
    assert "expired" in refused.value.message


def test_a_certificate_nobody_vouches_for_is_refused(
    database: Any, certify: Certify, password: str
) -> None:
    with pytest.raises(DatabaseError) as refused:
        attempt(database, certify(name="served"), certify(name="trusted"), password)
    assert refused.value.rule == "target.tls"
    assert "self-signed certificate" in refused.value.message


def test_a_certificate_for_another_host_is_refused(
    database: Any, certify: Certify, password: str
) -> None:
    wallet = certify(host="db.example.com")
    with pytest.raises(DatabaseError) as refused:
        attempt(database, wallet, wallet, password)
    assert refused.value.rule == "target.tls"
    assert "another name" in refused.value.message


def test_a_wallet_without_its_file_is_refused(
    database: Any, certify: Certify, password: str, tmp_path: Path
) -> None:
    with pytest.raises(DatabaseError) as refused:
        attempt(database, certify(), tmp_path, password)
    assert refused.value.rule == "target.tls"
