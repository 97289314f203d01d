"""O5LOGON, the server's half: prove that the client knows the password without seeing it in clear.

Both sides encrypt a random half of a session key under the password's verifier; the two halves make the combination key under
which the password itself, a new password and the server's answer travel.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from reconciler.sandbox import verifier as verifiers
from reconciler.sandbox.seam import Verifier

_SALT = 16
_DERIVATION_ROUNDS = 3
_SERVER_MARK = b"SERVER_TO_CLIENT"


class Generation(enum.Enum):
    """Which verifier the handshake runs on."""

    G11 = "11g"
    G12 = "12c"


class HandshakeFailed(Exception):  # noqa: N818 - a verdict
    """What the client sent does not decrypt to anything a client would send: a wrong password or broken bytes."""


def _cipher(key: bytes) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(key), modes.CBC(bytes(16)))


def _encrypt(key: bytes, data: bytes) -> bytes:
    encryptor = _cipher(key).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def _decrypt(key: bytes, text: str) -> bytes:
    """Hexadecimal digits to clear bytes, padding left in."""
    try:
        data = bytes.fromhex(text)
        decryptor = _cipher(key).decryptor()
        return decryptor.update(data) + decryptor.finalize()
    except ValueError as error:
        raise HandshakeFailed from error


def _padded(data: bytes) -> bytes:
    missing = 16 - len(data) % 16
    return data + bytes((missing,)) * missing


@dataclass(frozen=True, slots=True)
class Proof:
    """What phase two gave. The combination key also protects later password changes of the session. With a new password comes the old one."""

    password_ok: bool
    combination_key: bytes = field(repr=False)
    new_password: str | None = field(default=None, repr=False)
    old_password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, repr=False)
class Challenge:
    """One running handshake. Never shown: it holds what the session key is made of."""

    generation: Generation
    verifier: Verifier
    server_half: bytes
    derivation_salt: bytes

    @classmethod
    def fresh(cls, generation: Generation, verifier: Verifier) -> Challenge:
        half = secrets.token_bytes(32 if generation is Generation.G12 else 48)
        return cls(generation, verifier, half, secrets.token_bytes(16))

    @property
    def _key(self) -> bytes:
        if self.generation is Generation.G12:
            return self.verifier.verifier_12c
        return self.verifier.verifier_11g

    def items(self) -> list[tuple[str, str, int]]:
        """The key-value list that answers phase one."""
        session_key = _encrypt(self._key, self.server_half).hex().upper()
        if self.generation is Generation.G11:
            salt = self.verifier.salt_11g.hex().upper()
            return [("AUTH_SESSKEY", session_key, 0), ("AUTH_VFR_DATA", salt, 0x1B25)]
        return [
            ("AUTH_SESSKEY", session_key, 0),
            ("AUTH_VFR_DATA", self.verifier.salt_12c.hex().upper(), 0x4815),
            ("AUTH_PBKDF2_CSK_SALT", self.derivation_salt.hex().upper(), 0),
            ("AUTH_PBKDF2_VGEN_COUNT", str(self.verifier.iterations), 0),
            ("AUTH_PBKDF2_SDER_COUNT", str(_DERIVATION_ROUNDS), 0),
        ]

    def _combination_key(self, client_half: bytes) -> bytes:
        if self.generation is Generation.G12:
            secret = (client_half[:32] + self.server_half).hex().upper().encode("ascii")
            return hashlib.pbkdf2_hmac(
                "sha512", secret, self.derivation_salt, _DERIVATION_ROUNDS, 32
            )
        mixed = bytes(
            ours ^ theirs
            for ours, theirs in zip(self.server_half[16:40], client_half[16:40], strict=True)
        )
        return (hashlib.md5(mixed[:16]).digest() + hashlib.md5(mixed[16:]).digest())[:24]

    def prove(self, pairs: Mapping[str, str]) -> Proof:
        """The verdict on phase two. Raises HandshakeFailed when there is nothing to judge."""
        client_half = _decrypt(self._key, pairs.get("AUTH_SESSKEY", ""))
        if len(client_half) < (32 if self.generation is Generation.G12 else 48):
            raise HandshakeFailed
        key = self._combination_key(client_half)
        new = pairs.get("AUTH_NEWPASSWORD")
        if not new:
            return Proof(self._password_ok(key, pairs), key)
        old = decrypt_password(key, pairs.get("AUTH_PASSWORD", ""))
        return Proof(self._password_ok(key, pairs), key, decrypt_password(key, new), old)

    def _password_ok(self, key: bytes, pairs: Mapping[str, str]) -> bool:
        if self.generation is Generation.G12 and pairs.get("AUTH_PBKDF2_SPEEDY_KEY"):
            derived = _decrypt(key, pairs["AUTH_PBKDF2_SPEEDY_KEY"])[_SALT : _SALT + 64]
            return verifiers.matches_key(self.verifier, derived)
        password = decrypt_password(key, pairs.get("AUTH_PASSWORD", ""))
        if self.generation is Generation.G12:
            return verifiers.matches(self.verifier, password)
        made = verifiers.verifier_11g(password.encode(), self.verifier.salt_11g)
        return hmac.compare_digest(made, self.verifier.verifier_11g)


def decrypt_password(combination_key: bytes, text: str) -> str:
    """A password field in clear. Raises HandshakeFailed for what is no padded UTF-8 text."""
    data = _decrypt(combination_key, text)
    if len(data) <= _SALT or not 1 <= data[-1] <= 16:
        raise HandshakeFailed
    try:
        return data[_SALT : -data[-1]].decode()
    except UnicodeDecodeError as error:
        raise HandshakeFailed from error


def server_response(combination_key: bytes) -> str:
    """AUTH_SVR_RESPONSE: shows the client that the server knew the verifier."""
    clear = _padded(secrets.token_bytes(_SALT) + _SERVER_MARK)
    return _encrypt(combination_key, clear).hex().upper()
