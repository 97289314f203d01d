"""What the stand-in keeps of a password, and how a password is checked against it.

Both generations that Oracle keeps in `USER$.SPARE4` are made at once, so that one stored verifier serves the 11g and the 12c
handshake.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from reconciler.sandbox.seam import Verifier

ITERATIONS = 4096
SPEEDY_KEY_LABEL = b"AUTH_PBKDF2_SPEEDY_KEY"

_SALT_12C_BYTES = 16
_SALT_11G_BYTES = 10
_FORMAT = "1"


def password_key(password: bytes, salt_12c: bytes, iterations: int) -> bytes:
    """The 64 bytes a client derives from its password before it hashes them into the 12c verifier."""
    return hashlib.pbkdf2_hmac("sha512", password, salt_12c + SPEEDY_KEY_LABEL, iterations, 64)


def verifier_12c(key: bytes, salt_12c: bytes) -> bytes:
    """The 12c verifier (32 bytes, an AES-256 key) of a `password_key`."""
    return hashlib.sha512(key + salt_12c).digest()[:32]


def verifier_11g(password: bytes, salt_11g: bytes) -> bytes:
    """The 11g verifier: SHA-1, filled up with zeros to the 24 bytes of an AES-192 key."""
    return hashlib.sha1(password + salt_11g).digest() + bytes(4)


def make(password: str) -> Verifier:
    """A verifier with fresh salts."""
    secret = password.encode()
    salt_12c = secrets.token_bytes(_SALT_12C_BYTES)
    salt_11g = secrets.token_bytes(_SALT_11G_BYTES)
    key = password_key(secret, salt_12c, ITERATIONS)
    return Verifier(
        salt_12c=salt_12c,
        iterations=ITERATIONS,
        verifier_12c=verifier_12c(key, salt_12c),
        salt_11g=salt_11g,
        verifier_11g=verifier_11g(secret, salt_11g),
    )


def impossible() -> Verifier:
    """Random values that no password matches: the challenge shown to an unknown user."""
    return Verifier(
        salt_12c=secrets.token_bytes(_SALT_12C_BYTES),
        iterations=ITERATIONS,
        verifier_12c=secrets.token_bytes(32),
        salt_11g=secrets.token_bytes(_SALT_11G_BYTES),
        verifier_11g=secrets.token_bytes(24),
    )


def matches(verifier: Verifier, password: str) -> bool:
    """Whether the verifier was made of this password. Takes as long for a wrong password as for the right one."""
    key = password_key(password.encode(), verifier.salt_12c, verifier.iterations)
    return matches_key(verifier, key)


def matches_key(verifier: Verifier, key: bytes) -> bool:
    """Like `matches`, for a client that sent its `password_key` and so spares the server the derivation."""
    return hmac.compare_digest(verifier_12c(key, verifier.salt_12c), verifier.verifier_12c)


def pack(verifier: Verifier) -> bytes:
    """One printable line for a catalog column."""
    fields = (
        _FORMAT,
        verifier.salt_12c.hex(),
        str(verifier.iterations),
        verifier.verifier_12c.hex(),
        verifier.salt_11g.hex(),
        verifier.verifier_11g.hex(),
    )
    return ":".join(fields).encode("ascii")


def unpack(packed: bytes) -> Verifier:
    """The inverse of `pack`. Raises ValueError for anything else."""
    fields = packed.decode("ascii").split(":")
    if len(fields) != 6 or fields[0] != _FORMAT:
        raise ValueError("not a packed password verifier")
    return Verifier(
        salt_12c=bytes.fromhex(fields[1]),
        iterations=int(fields[2]),
        verifier_12c=bytes.fromhex(fields[3]),
        salt_11g=bytes.fromhex(fields[4]),
        verifier_11g=bytes.fromhex(fields[5]),
    )
