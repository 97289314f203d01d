"""Sealing a secret to somebody's public keys in the age format, and opening it with a private key (age-encryption.org/v1, through pyrage).

The library is imported when needed: most commands never seal.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.model.errors import ReconcilerError

if TYPE_CHECKING:
    import pyrage

BEGIN = b"-----BEGIN AGE ENCRYPTED FILE-----"
_SSH = ("ssh-ed25519 ", "ssh-rsa ")


class SealError(ReconcilerError):
    """A secret could not be sealed or opened. The text never holds any part of the secret or of a private key."""


def seal(secret: str, public_keys: Sequence[str]) -> bytes:
    """The secret as an armored age file that each of the keys opens. Raises SealError without keys, or for one that is none."""
    import pyrage

    if not public_keys:
        raise SealError(
            "credentials.no-key",
            "there is no public key to seal the password to",
            hint="add `publicKeys` to the Person document",
        )
    recipients = [_recipient(key) for key in public_keys]
    sealed: bytes = pyrage.encrypt(secret.encode(), recipients, armored=True)
    return sealed


def check_key(public_key: str) -> str:
    """What is wrong with a public key; empty when something can be sealed to it."""
    try:
        _recipient(public_key)
    except SealError as error:
        return error.message
    return ""


def open_sealed(sealed: bytes, identity: Path) -> str:
    """The secret, opened with a private key: a file of age-keygen, or an SSH key without a passphrase. Raises SealError, also for what no
    password of ours is."""
    import pyrage

    keys = _identities(identity)
    try:
        secret = bytes(pyrage.decrypt(sealed, keys)).decode(errors="replace")
    except pyrage.DecryptError:
        raise SealError(
            "credentials.wrong-key",
            f"{identity} does not open it",
            hint="use the private key that belongs to one of your Person document's `publicKeys`",
        ) from None
    if not (secret.isascii() and secret.isprintable()):
        raise _damaged()
    return secret


def armored(sealed: bytes) -> str:
    """What was sealed, as the text that it is. Raises SealError for anything else: everybody may read the ledger on a terminal, and whoever can push it could
    write what moves a cursor."""
    text = sealed.decode("ascii", "replace")
    if not sealed.startswith(BEGIN) or not text.replace("\n", "").isprintable():
        raise _damaged()
    return text


def _damaged() -> SealError:
    """Everybody can seal to a public key; what was made here is one printable line."""
    return SealError(
        "credentials.damaged",
        "what the ledger keeps there is no password that was made here",
        hint="look who changed it: git log audit -- 'state/*/sealed'",
    )


def _recipient(key: str) -> pyrage.x25519.Recipient | pyrage.ssh.Recipient:
    import pyrage

    try:
        if key.startswith(_SSH):
            return pyrage.ssh.Recipient.from_str(key)
        return pyrage.x25519.Recipient.from_str(key)
    except pyrage.RecipientError:
        raise SealError(
            "credentials.bad-key",
            f"{key[:24]!r}... is neither an age recipient nor an SSH public key of type ed25519 or RSA",
            hint="write the line that `age-keygen -y` or ~/.ssh/id_ed25519.pub shows",
        ) from None


def _identities(path: Path) -> list[pyrage.x25519.Identity | pyrage.ssh.Identity]:
    import pyrage

    try:
        data = path.read_bytes()
    except OSError as error:
        raise SealError("credentials.no-identity", f"{path}: {error.strerror}") from None
    try:
        if b"PRIVATE KEY-----" in data:
            return [pyrage.ssh.Identity.from_buffer(data)]
        lines = [line.strip() for line in data.decode().splitlines()]
        return [
            pyrage.x25519.Identity.from_str(line)
            for line in lines
            if line and not line.startswith("#")
        ]
    except (pyrage.IdentityError, UnicodeDecodeError):
        raise SealError(
            "credentials.bad-identity",
            f"{path} is no private key that can be used here",
            hint="a key with a passphrase is opened by `age -d -i KEY`: write the sealed password with --sealed",
        ) from None
