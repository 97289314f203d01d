"""SSH keys and signatures for tests: made by `ssh-keygen`, or after the published format, which also makes what no tool would."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from reconciler.approvals.statements import Statement
from reconciler.model.diagnostics import Origin
from reconciler.model.documents import Person

NAMESPACE = "reconciler-review"
needs_ssh_keygen = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="OpenSSH's ssh-keygen is not installed"
)


def string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


@dataclass(frozen=True)
class Key:
    """A private key; `public` is the line of its `.pub` file, `blob` the key on the wire."""

    private: Any

    @property
    def public(self) -> str:
        line: bytes = self.private.public_key().public_bytes(
            serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
        )
        return f"{line.decode()} made for a test"

    @property
    def blob(self) -> bytes:
        return base64.b64decode(self.public.split()[1])

    @property
    def kind(self) -> str:
        return self.public.split()[0]

    def write(self, path: Path) -> Path:
        text = self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.OpenSSH,
            serialization.NoEncryption(),
        )
        path.write_bytes(text)
        path.chmod(0o600)
        path.with_name(path.name + ".pub").write_text(self.public + "\n", encoding="utf-8")
        return path

    def sign(
        self,
        message: bytes,
        *,
        namespace: str = NAMESPACE,
        hash_name: str = "sha512",
        algorithm: str = "",
        version: int = 1,
        blob: bytes | None = None,
    ) -> bytes:
        """The signature; the other arguments make wrong ones."""
        digest = hashlib.new(hash_name, message).digest()
        fields = (namespace.encode(), b"", hash_name.encode(), digest)
        signed = b"SSHSIG" + b"".join(map(string, fields))
        algorithm = algorithm or {"ssh-rsa": "rsa-sha2-512"}.get(self.kind, self.kind)
        value = string(algorithm.encode()) + string(self._raw(signed, algorithm))
        parts = (blob or self.blob, namespace.encode(), b"", hash_name.encode(), value)
        return b"SSHSIG" + version.to_bytes(4, "big") + b"".join(map(string, parts))

    def _raw(self, signed: bytes, algorithm: str) -> bytes:
        match self.private:
            case ed25519.Ed25519PrivateKey():
                return self.private.sign(signed)
            case rsa.RSAPrivateKey():
                known: dict[str, hashes.HashAlgorithm] = {
                    "ssh-rsa": hashes.SHA1(),
                    "rsa-sha2-256": hashes.SHA256(),
                    "rsa-sha2-512": hashes.SHA512(),
                }
                return self.private.sign(signed, padding.PKCS1v15(), known[algorithm])
            case ec.EllipticCurvePrivateKey():
                sizes: dict[int, hashes.HashAlgorithm] = {
                    256: hashes.SHA256(),
                    384: hashes.SHA384(),
                    521: hashes.SHA512(),
                }
                made = self.private.sign(signed, ec.ECDSA(sizes[self.private.curve.key_size]))
                return b"".join(string(number(row)) for row in decode_dss_signature(made))
        raise AssertionError


def number(value: int) -> bytes:
    """A positive number as SSH writes it."""
    return value.to_bytes(value.bit_length() // 8 + 1, "big")


def ed25519_key() -> Key:
    return Key(ed25519.Ed25519PrivateKey.generate())


def ecdsa_key(bits: int) -> Key:
    curves: dict[int, ec.EllipticCurve] = {
        256: ec.SECP256R1(),
        384: ec.SECP384R1(),
        521: ec.SECP521R1(),
    }
    return Key(ec.generate_private_key(curves[bits]))


def rsa_key(bits: int = 2048) -> Key:
    return Key(rsa.generate_private_key(65537, bits))


def ssh_keygen(key: Path, message: bytes, namespace: str = NAMESPACE, *options: str) -> str:
    """What `ssh-keygen -Y sign` writes."""
    done = subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", namespace, *options],
        input=message,
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


def person(name: str, *keys: Key | str) -> Person:
    lines = tuple(key if isinstance(key, str) else key.public for key in keys)
    return Person(
        name,
        Origin(f"grants/people/{name}.yaml"),
        name.title(),
        f"{name}@example.org",
        "human",
        (),
        {},
        signing_keys=lines,
    )


def trailer(statement: Statement, key: Key) -> str:
    return statement.trailer(f"{statement.person}@example.org", key.sign(statement.text()))
