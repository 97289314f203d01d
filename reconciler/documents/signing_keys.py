"""SSH public keys of people: what makes one unfit to check signatures with (RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4)."""

from __future__ import annotations

import base64
import binascii

LEAST_RSA_BITS = 2048
_CURVES = {"nistp256": 65, "nistp384": 97, "nistp521": 133}
"""Bytes of an uncompressed point, by curve."""
_ED25519 = "ssh-ed25519"
_RSA = "ssh-rsa"


def key_of(line: str) -> str:
    """The key itself, without its comment."""
    return " ".join(line.split()[:2])


def what_is_wrong(line: str) -> str:
    """Why the line is no usable key, as one clause; empty if it is one. The line has the form that the schema asks for."""
    kind, encoded = line.split()[:2]
    try:
        fields = _fields(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError):
        return "it is not whole"
    if not fields or fields[0] != kind.encode():
        return f"inside it is not {kind}"
    if kind == _ED25519:
        return "" if [len(field) for field in fields[1:]] == [32] else "it is not whole"
    if kind == _RSA:
        return _wrong_rsa(fields[1:])
    curve = kind.rpartition("-")[2]
    fits = len(fields) == 3 and fields[1] == curve.encode() and len(fields[2]) == _CURVES[curve]
    return "" if fits else "it is not whole"


def _wrong_rsa(numbers: list[bytes]) -> str:
    if len(numbers) != 2:
        return "it is not whole"
    bits = int.from_bytes(numbers[1], "big").bit_length()
    return "" if bits >= LEAST_RSA_BITS else f"it has {bits} bits; {LEAST_RSA_BITS} are needed"


def _fields(blob: bytes) -> list[bytes]:
    """The parts of a key, each with its length before it. Raises ValueError if it ends early."""
    found: list[bytes] = []
    while blob:
        length = int.from_bytes(blob[:4], "big")
        if len(blob) < 4 + length:
            raise ValueError("it ends early")
        found.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    return found
