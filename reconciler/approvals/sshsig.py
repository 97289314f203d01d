"""Signatures as `ssh-keygen -Y sign` makes them (the format SSHSIG of OpenSSH), verified here without OpenSSH.

A signature holds the public key it was made with, a namespace that says what it is for, and the signature itself over these and the hash of the message.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

NAMESPACE = "reconciler-review"
_MAGIC = b"SSHSIG"
_VERSION = 1
_MOST_BYTES = 16_384
_LEAST_RSA_BITS = 2048
_BEGIN = "-----BEGIN SSH SIGNATURE-----"
_END = "-----END SSH SIGNATURE-----"
_HASHES = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}
_CURVES = {
    "ecdsa-sha2-nistp256": "sha256",
    "ecdsa-sha2-nistp384": "sha384",
    "ecdsa-sha2-nistp521": "sha512",
}
_RSA = {"rsa-sha2-256": "sha256", "rsa-sha2-512": "sha512"}


class SignatureError(ValueError):
    """Why a signature or a key proves nothing; never with bytes of it."""


class Signature(NamedTuple):
    """The parts of a signature. `key` is the public key as SSH writes it on the wire, `value` the algorithm and the bytes it made."""

    key: bytes
    namespace: str
    hash_name: str
    value: bytes
    reserved: bytes


class _Reader:
    """Fields as SSH writes them: a length in four bytes, and so many bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        if size > len(self._data) - self._at:
            raise SignatureError("it is cut off")
        self._at += size
        return self._data[self._at - size : self._at]

    def number(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        return self.take(self.number())

    def text(self) -> str:
        try:
            return self.string().decode("ascii")
        except UnicodeDecodeError:
            raise SignatureError("it holds a name that is no ASCII") from None

    def end(self) -> None:
        if self._at != len(self._data):
            raise SignatureError("it has bytes after its end")


def from_armor(text: str) -> bytes:
    """The bytes of a signature in the armour that `ssh-keygen` writes. Raises SignatureError."""
    lines = [line.strip() for line in text.strip().splitlines()]
    if len(lines) < 3 or lines[0] != _BEGIN or lines[-1] != _END:
        raise SignatureError("it is no armoured SSH signature")
    return from_base64("".join(lines[1:-1]))


def from_base64(text: str) -> bytes:
    """Raises SignatureError for anything but strict base64 of a usual size."""
    if len(text) > _MOST_BYTES:
        raise SignatureError("it is too long")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise SignatureError("it is no base64") from None


def parse(data: bytes) -> Signature:
    """The parts of a signature. Raises SignatureError."""
    reader = _Reader(data)
    if reader.take(len(_MAGIC)) != _MAGIC:
        raise SignatureError("it is no SSH signature")
    if reader.number() != _VERSION:
        raise SignatureError("it is of another version than 1")
    key, namespace, reserved = reader.string(), reader.text(), reader.string()
    found = Signature(key, namespace, reader.text(), reader.string(), reserved)
    reader.end()
    return found


def key_of(line: str) -> bytes:
    """The key of a line as `.pub` files hold it: kind, base64, comment. Raises SignatureError, also for kinds that are not taken."""
    kind, _, rest = line.strip().partition(" ")
    words = rest.split()
    if not words:
        raise SignatureError("it is no SSH public key")
    data = from_base64(words[0])
    if kind_of(data) != kind:
        raise SignatureError(f"the key is not of the kind {kind[:40]!r}")
    return data


def kind_of(key: bytes) -> str:
    """What kind of key it is. Raises SignatureError for kinds whose signatures are not taken, with the reason."""
    kind = _Reader(key).text()
    if kind == "ssh-ed25519" or kind in _CURVES or kind == "ssh-rsa":
        return kind
    if kind.startswith("sk-"):
        raise SignatureError(
            "keys on security keys (sk-) are not taken: they sign more than the text, and what they add cannot be checked here"
        )
    if kind == "ssh-dss":
        raise SignatureError("DSA keys are too weak")
    raise SignatureError(f"keys of the kind {kind[:40]!r} are not taken")


def verify(data: bytes, message: bytes, keys: Iterable[str], namespace: str = NAMESPACE) -> None:
    """Whether one of the keys (lines as `.pub` files hold them) signed the message. Raises SignatureError with the reason when not."""
    found = parse(data)
    if found.namespace != namespace:
        raise SignatureError(f"it was made for {found.namespace[:40]!r}, not for {namespace!r}")
    kind_of(found.key)
    if found.key not in _usable(keys):
        raise SignatureError("it was made with another key than the person's `signingKeys`")
    if found.hash_name not in _HASHES:
        raise SignatureError(f"it uses the hash {found.hash_name[:40]!r}")
    _check(found, _signed(found, message))


def _usable(keys: Iterable[str]) -> frozenset[bytes]:
    found = set()
    for line in keys:
        try:
            found.add(key_of(line))
        except SignatureError:
            continue  # a key that is not taken signs nothing; the document's own check says so where it is written
    return frozenset(found)


def _signed(found: Signature, message: bytes) -> bytes:
    digest = _HASHES[found.hash_name](message).digest()
    fields = (found.namespace.encode(), found.reserved, found.hash_name.encode(), digest)
    return _MAGIC + b"".join(len(field).to_bytes(4, "big") + field for field in fields)


def _check(found: Signature, signed: bytes) -> None:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key

    kind = kind_of(found.key)
    reader = _Reader(found.value)
    algorithm, value = reader.text(), reader.string()
    reader.end()
    try:
        key = load_ssh_public_key(f"{kind} {base64.b64encode(found.key).decode()}".encode())
        _check_with(key, algorithm, value, signed)
    except InvalidSignature:
        raise SignatureError("it does not belong to this text") from None
    except (ValueError, UnsupportedAlgorithm) as error:
        if isinstance(error, SignatureError):
            raise
        raise SignatureError("its key or its value is malformed") from None


def _check_with(key: object, algorithm: str, value: bytes, signed: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

    match key:
        case ed25519.Ed25519PublicKey() if algorithm == "ssh-ed25519":
            key.verify(value, signed)
        case ec.EllipticCurvePublicKey() if _CURVES.get(algorithm) and _curve(key) == algorithm:
            key.verify(_der(value), signed, ec.ECDSA(_hash(_CURVES[algorithm])))
        case rsa.RSAPublicKey() if algorithm in _RSA:
            if key.key_size < _LEAST_RSA_BITS:
                raise SignatureError(f"RSA keys under {_LEAST_RSA_BITS} bits are too weak")
            key.verify(value, signed, padding.PKCS1v15(), _hash(_RSA[algorithm]))
        case _:
            raise SignatureError(f"its algorithm {algorithm[:40]!r} is not taken with this key")


def _curve(key: object) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec

    assert isinstance(key, ec.EllipticCurvePublicKey)
    names = {"secp256r1": "nistp256", "secp384r1": "nistp384", "secp521r1": "nistp521"}
    return f"ecdsa-sha2-{names.get(key.curve.name, '')}"


def _hash(name: str) -> HashAlgorithm:
    from cryptography.hazmat.primitives import hashes

    known = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
    return known[name]


def _der(value: bytes) -> bytes:
    """An ECDSA signature is two numbers; SSH and the library write them differently."""
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    reader = _Reader(value)
    numbers = [int.from_bytes(reader.string(), "big", signed=True) for _ in range(2)]
    reader.end()
    return encode_dss_signature(*numbers)
