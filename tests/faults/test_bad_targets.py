"""Targets that cannot be reached, logged on to, read or changed: each says why and what to do, and the others go on."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from reconciler.oracle import bootstrap
from reconciler.sandbox import server
from tests.faults.conftest import PASSWORD, Moment
from tests.scenarios.world import World, request, standing

TARGET = """\
apiVersion: grants/v1
kind: Target
metadata: {{name: {name}}}
spec:
  connect: {{dsn: '{dsn}', user: {user}, passwordEnv: {variable}{wallet}}}
  mode: {mode}
  scope: {{grantees: [ALICE, BOB, CAROL, DAVE], schemas: [HR], roles: [HR_READER], system: [CREATE VIEW]}}
"""


class Targets:
    """Target documents of one repository; each gets a connect string of its own, because two targets may not be the same database."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.files: dict[str, str | None] = {}
        self.expected: dict[str, str] = {}

    def add(
        self,
        name: str,
        rule: str,
        *,
        dsn: str = "",
        user: str = "RECONCILER",
        variable: str = "RECONCILER_PASSWORD",
        wallet: str = "",
        mode: str = "observe",
    ) -> None:
        dsn = dsn or f"{self.world.dsn}?expire_time={len(self.files) + 1}"
        wallet = f", walletEnv: {wallet}" if wallet else ""
        self.files[f"grants/targets/{name}.yaml"] = TARGET.format(
            name=name, dsn=dsn, user=user, variable=variable, wallet=wallet, mode=mode
        )
        self.expected[name] = rule

    def account(self, name: str, *further: str) -> str:
        """An account like the reconciler's, and what a DBA did to it since."""
        user = f"R_{name.upper().replace('-', '_')}"
        made = bootstrap.statements(user, PASSWORD, release=self.world.release)
        self.world.as_dba(*made, *(statement.format(user=user) for statement in further))
        return user


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wallet(folder: Path, host: str, days: int) -> Path:
    """A self-signed certificate for the host, valid until so many days from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=30))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM) + private
    (folder / "ewallet.pem").write_bytes(pem)
    return folder


@contextmanager
def tls_listener(moment: Moment, wallet: Path) -> Iterator[str]:
    """The connect string of a listener with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(wallet / "ewallet.pem")
    assert moment.serving.instance is not None
    with server.running(moment.serving.instance, tls=context) as listening:
        yield f"tcps://localhost:{listening.port}/FREEPDB1"


def test_p14_each_target_that_cannot_be_worked_on_says_why_and_the_good_one_is_done(
    world: World,
) -> None:
    targets = Targets(world)
    targets.add("down", "target.down", dsn=f"127.0.0.1:{free_port()}/FREEPDB1")
    targets.add("no-host", "target.down", dsn="no-such-host.invalid:1521/FREEPDB1")
    targets.add("no-service", "target.unknown-service", dsn=world.dsn.replace("FREEPDB1", "NOPE"))
    targets.add("bad-dsn", "target.bad-dsn", dsn="(DESCRIPTION=(ADDRESS=")
    targets.add("wrong-password", "target.wrong-password", variable="WRONG_PASSWORD")
    targets.add("no-such-user", "target.wrong-password", user="NOBODY")
    targets.add("no-variable", "target.no-password", variable="NOT_SET_PASSWORD")
    targets.add("no-wallet", "target.no-wallet", wallet="NOT_SET_WALLET")
    accounts = {
        "locked": ("target.locked", "ALTER USER {user} ACCOUNT LOCK"),
        "expired": ("target.password-expired", "ALTER USER {user} PASSWORD EXPIRE"),
        "no-session": ("target.no-create-session", "REVOKE CREATE SESSION FROM {user}"),
        "no-view": (
            "target.missing-privilege",
            "REVOKE READ ON sys.dba_scheduler_jobs FROM {user}",
        ),
        "no-lock": ("target.missing-privilege", "REVOKE EXECUTE ON sys.dbms_lock FROM {user}"),
    }
    for name, (rule, statement) in accounts.items():
        targets.add(name, rule, user=targets.account(name, statement))
    world.environment["WRONG_PASSWORD"] = "not-the-one-either"
    world.merge({**targets.files, "grants/requests/payroll-fix.yaml": request()})

    ran = world.run("reconcile", "--output", "json")
    assert ran.code == 1
    found = {row["target"]: row for row in ran.json["targets"]}
    said = {
        name: row["findings"][0]["rule"] if row["failed"] else "" for name, row in found.items()
    }
    assert said == {**targets.expected, "prod": ""}
    for name in targets.expected:
        (finding,) = found[name]["findings"]
        assert name in finding["message"]
        assert finding["hint"], name
    assert "DBA_SCHEDULER_JOBS" in found["no-view"]["findings"][0]["hint"]
    assert "not-the-one-either" not in ran.out + ran.err
    assert world.role_exists("JIT_PAYROLL_FIX")

    text = world.run("reconcile")
    assert text.code == 1
    for name, rule in targets.expected.items():
        assert f"error {rule}: {name}: " in text.err
    only = world.run("reconcile", "--target", "prod")
    assert only.code == 0
    for command in ("plan", "status"):
        assert world.run(command).code == 1, command


def test_a_certificate_that_is_expired_or_for_another_host_is_refused(
    world: World, moment: Moment, tmp_path: Path
) -> None:
    expired, elsewhere = (
        wallet(tmp_path / "expired", "localhost", -1),
        wallet(tmp_path / "elsewhere", "db.example.com", 1),
    )
    good = wallet(tmp_path / "good", "localhost", 1)
    world.environment |= {
        "EXPIRED": str(expired),
        "ELSEWHERE": str(elsewhere),
        "GOOD": str(good),
        "EMPTY": str(tmp_path),
    }
    with (
        tls_listener(moment, expired) as first,
        tls_listener(moment, elsewhere) as second,
        tls_listener(moment, good) as third,
    ):
        targets = Targets(world)
        targets.add("expired", "target.tls", dsn=first, wallet="EXPIRED")
        targets.add("elsewhere", "target.tls", dsn=second, wallet="ELSEWHERE")
        targets.add("untrusted", "target.tls", dsn=third + "?expire_time=1", wallet="ELSEWHERE")
        targets.add("no-file", "target.tls", dsn=third + "?expire_time=2", wallet="EMPTY")
        targets.add("plain", "target.down", dsn=third.replace("tcps", "tcp"))
        targets.add("good", "", dsn=third, wallet="GOOD")
        world.merge(targets.files)
        ran = world.run("reconcile", "--output", "json")
    assert ran.code == 1
    found = {row["target"]: row for row in ran.json["targets"]}
    said = {
        name: row["findings"][0]["rule"] if row["failed"] else "" for name, row in found.items()
    }
    assert said == {**targets.expected, "prod": ""}
    assert "expired" in found["expired"]["findings"][0]["message"]
    assert "another name" in found["elsewhere"]["findings"][0]["message"]


def test_p8_an_account_that_may_not_grant_all_does_the_rest_and_is_told_what_it_lacks(
    world: World,
) -> None:
    world.as_dba("REVOKE GRANT ANY OBJECT PRIVILEGE FROM reconciler")
    world.merge(
        {
            "grants/requests/payroll-fix.yaml": request(),
            "grants/requests/reader.yaml": request("reader", access="[{role: HR_READER}]"),
            "grants/standing/app.yaml": standing(
                "app", "[DAVE]", "[{privileges: [SELECT], on: HR.JOBS}, {role: HR_READER}]"
            ),
        }
    )
    ran = world.run("reconcile", "--output", "json")
    assert ran.code == 5
    outcomes = ran.target["execution"]["outcomes"]
    left = [row for row in outcomes if row["status"] == "skipped"]
    assert {row["entitlement"]["object"] for row in left} == {"PAYROLL", "JOBS"}
    assert all("lacks GRANT ANY OBJECT PRIVILEGE" in row["message"] for row in left)
    assert all(row["hint"] for row in left)
    roles = world.as_dba("SELECT grantee FROM dba_role_privs WHERE granted_role = 'HR_READER'")
    assert {row[0] for row in roles} >= {"DAVE", "JIT_READER"}
    text = world.run("reconcile")
    assert (text.code, "GRANT GRANT ANY OBJECT PRIVILEGE TO" in text.err) == (4, True)

    world.as_dba("GRANT GRANT ANY OBJECT PRIVILEGE TO reconciler")
    world.reconcile()
    world.assert_converged()


def test_an_object_that_does_not_exist_fails_alone(world: World) -> None:
    access = "[{privileges: [SELECT], on: HR.NOT_THERE}, {privileges: [SELECT], on: HR.PAYROLL}]"
    world.merge(
        {
            "grants/requests/half.yaml": request("half", access=access),
            "grants/requests/good.yaml": request("good", requester="bob"),
        }
    )
    ran = world.run("reconcile")
    assert ran.code in (3, 5)
    assert "NOT_THERE" in ran.out + ran.err
    assert world.role_exists("JIT_GOOD")


@pytest.mark.parametrize("name", ["unknown", "PROD", "prod; ls", "../prod", "\x1b[31m", ""])
def test_a_target_that_is_not_in_the_documents_is_named_with_those_that_are(
    world: World, name: str
) -> None:
    for command in ("plan", "reconcile", "status"):
        ran = world.run(command, "--target", name)
        assert (ran.code, "target.unknown" in ran.err, "prod" in ran.err) == (3, True, True)
