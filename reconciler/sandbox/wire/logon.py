"""Logging on: the two phases of the handshake, and password changes on a live session."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.sandbox import verifier as verifiers
from reconciler.sandbox.seam import Engine, EngineSession, Logon, OracleError, WarnsAtLogon
from reconciler.sandbox.wire.handshake import (
    Challenge,
    Generation,
    HandshakeFailed,
    Proof,
    decrypt_password,
    server_response,
)
from reconciler.sandbox.wire.messages import responses
from reconciler.sandbox.wire.messages.authentication import AuthRequest, LogonMode, key_values
from reconciler.sandbox.wire.profiles import Profile

_LOG = logging.getLogger(__name__)
_PROXY = re.compile(r"(?P<user>[^\[\]]+)\[(?P<client>[^\[\]]+)\]")
_DATABASE = "SANDBOX"
_MAX_OPEN_CURSORS = 1000
_MAX_IDENTIFIER = 128


def denied() -> OracleError:
    return OracleError(1017, "invalid credential or not authorized; logon denied", fatal=True)


@dataclass(frozen=True, slots=True)
class Peer:
    """Where the client connects from and how, and the service it asked for."""

    service: str
    address: str
    port: int
    protocol: str = "tcp"


@dataclass(frozen=True, slots=True)
class LoggedOn:
    """A finished logon. `combination_key` protects password changes of this session."""

    session: EngineSession
    combination_key: bytes
    reply: bytes


def _split_proxy(user: str) -> tuple[str, str | None]:
    found = _PROXY.fullmatch(user)
    return (found["user"], found["client"]) if found else (user, None)


class LogonDesk:
    """The logon of one connection. Phase one may be repeated; phase two ends it."""

    def __init__(
        self, engine: Engine, profile: Profile, peer: Peer, generation: Generation
    ) -> None:
        self._engine = engine
        self._profile = profile
        self._peer = peer
        self._generation = generation
        self._challenge: Challenge | None = None
        self._user = ""
        self._client_facts: Mapping[str, str] = {}

    def challenge(self, request: AuthRequest) -> bytes:
        """Answers phase one, for unknown users with values that no password fits."""
        self._user = request.user
        self._client_facts = request.pairs
        name, _ = _split_proxy(request.user)
        stored = self._engine.verifier(self._peer.service, name)
        self._challenge = Challenge.fresh(self._generation, stored or verifiers.impossible())
        return key_values(self._challenge.items())

    def finish(self, request: AuthRequest) -> LoggedOn:
        """Answers phase two. Raises the OracleError that refuses the logon."""
        if self._challenge is None:
            raise denied()
        try:
            proof = self._challenge.prove(request.pairs)
        except HandshakeFailed:
            proof = Proof(password_ok=False, combination_key=b"")
        session = self._open(request, proof)
        _alter_session(session, request.pairs.get("AUTH_ALTER_SESSION", ""))
        reply = key_values(self._facts(session, server_response(proof.combination_key)))
        if isinstance(session, WarnsAtLogon) and session.logon_warning is not None:
            reply += responses.warning(session.logon_warning)
        return LoggedOn(session, proof.combination_key, reply)

    def _open(self, request: AuthRequest, proof: Proof) -> EngineSession:
        try:
            session = self._engine.logon(self._logon(request, proof))
        except OracleError as error:
            raise OracleError(error.code, error.message, fatal=True) from error
        if not proof.password_ok:
            session.close()
            raise denied()
        return session

    def _logon(self, request: AuthRequest, proof: Proof) -> Logon:
        facts = {**self._client_facts, **request.pairs}
        user, client = _split_proxy(self._user)
        return Logon(
            service=self._peer.service,
            user=user,
            password_ok=proof.password_ok,
            client_user=facts.get("PROXY_CLIENT_NAME") or client,
            sysdba=bool(request.mode & LogonMode.SYSDBA),
            new_password=proof.new_password if proof.password_ok else None,
            old_password=proof.old_password if proof.password_ok else None,
            program=facts.get("AUTH_PROGRAM_NM", ""),
            machine=facts.get("AUTH_MACHINE", ""),
            os_user=facts.get("AUTH_SID", ""),
            terminal=facts.get("AUTH_TERMINAL", ""),
            process=facts.get("AUTH_PID", ""),
            address=self._peer.address,
            port=self._peer.port,
            protocol=self._peer.protocol,
            driver=facts.get("SESSION_CLIENT_DRIVER_NAME", ""),
        )

    def _facts(self, session: EngineSession, response: str) -> list[tuple[str, str, int]]:
        facts = {
            "AUTH_VERSION_STRING": "- Sandbox",
            "AUTH_VERSION_SQL": "25",
            "AUTH_VERSION_NO": str(self._profile.version_number),
            "AUTH_DBNAME": session.container,
            "AUTH_SESSION_ID": str(session.sid),
            "AUTH_SERIAL_NUM": str(session.serial),
            "AUTH_INSTANCE_NO": "1",
            "AUTH_SERVER_PID": str(os.getpid()),
            "AUTH_SC_SERVER_HOST": "sandbox",
            "AUTH_SC_DBUNIQUE_NAME": _DATABASE,
            "AUTH_SC_REAL_DBUNIQUE_NAME": _DATABASE,
            "AUTH_SC_INSTANCE_NAME": _DATABASE.lower(),
            "AUTH_SC_DB_DOMAIN": "",
            "AUTH_SC_SERVICE_NAME": self._peer.service.lower(),
            "AUTH_INSTANCENAME": _DATABASE.lower(),
            "AUTH_SVR_RESPONSE": response,
            "AUTH_MAX_OPEN_CURSORS": str(_MAX_OPEN_CURSORS),
            "AUTH_MAX_IDEN_LENGTH": str(_MAX_IDENTIFIER),
        }
        return [(key, value, 0) for key, value in facts.items()]


def _alter_session(session: EngineSession, statement: str) -> None:
    """Drivers set the session's time zone during the logon; an engine that can't is no reason to refuse them."""
    statement = statement.rstrip("\0")
    if not statement:
        return
    try:
        session.execute(session.prepare(statement), ())
    except OracleError as error:
        _LOG.warning("session setting of the logon not carried out: %s", error)


def change_password(
    engine: Engine, service: str, logged_on: LoggedOn, request: AuthRequest
) -> bytes:
    """A password change on a live session. Raises ORA-28008 when the old password is wrong."""
    session = logged_on.session
    try:
        old, new = (
            decrypt_password(logged_on.combination_key, request.pairs.get(key, ""))
            for key in ("AUTH_PASSWORD", "AUTH_NEWPASSWORD")
        )
    except HandshakeFailed as error:
        raise OracleError(28008, "invalid old password") from error
    stored = engine.verifier(service, session.user)
    if stored is None or not verifiers.matches(stored, old):
        raise OracleError(28008, "invalid old password")
    session.change_password(new, old)
    return key_values([])
