"""Passwords that only their owner can open."""

from __future__ import annotations

import string
from pathlib import Path

import pyrage
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from reconciler.credentials import passwords, sealing

SECRET = "Only_for_alice1"


def ssh_pair(folder: Path, key: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey) -> tuple[str, Path]:
    path = folder / "id"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.OpenSSH,
            serialization.NoEncryption(),
        )
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    return public.decode() + " alice@laptop", path


def age_pair(folder: Path) -> tuple[str, Path]:
    key = pyrage.x25519.Identity.generate()
    path = folder / "age.txt"
    path.write_text(f"# created: 2026-11-20\n# public key: {key.to_public()}\n{key}\n")
    return str(key.to_public()), path


def pair(kind: str, folder: Path) -> tuple[str, Path]:
    match kind:
        case "age":
            return age_pair(folder)
        case "ed25519":
            return ssh_pair(folder, ed25519.Ed25519PrivateKey.generate())
        case _:
            return ssh_pair(folder, rsa.generate_private_key(public_exponent=65537, key_size=2048))


@pytest.mark.parametrize("kind", ["age", "ed25519", "rsa"])
def test_the_private_key_opens_what_was_sealed_to_the_public_one(kind: str, tmp_path: Path) -> None:
    public, private = pair(kind, tmp_path)
    sealed = sealing.seal(SECRET, [public])
    assert sealed.startswith(sealing.BEGIN)
    assert SECRET.encode() not in sealed
    assert sealing.open_sealed(sealed, private) == SECRET


def test_each_of_several_keys_opens_it(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    keys = [pair("age", tmp_path / "a"), pair("ed25519", tmp_path / "b")]
    sealed = sealing.seal(SECRET, [public for public, _ in keys])
    assert {sealing.open_sealed(sealed, private) for _, private in keys} == {SECRET}


def test_another_key_does_not_and_the_error_tells_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    public, _ = pair("age", tmp_path)
    _, other = pair("age", tmp_path / "other")
    with pytest.raises(sealing.SealError) as caught:
        sealing.open_sealed(sealing.seal(SECRET, [public]), other)
    assert caught.value.rule == "credentials.wrong-key"
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "key",
    ["", "age1notakey", "ssh-ed25519 AAAA", "AGE-SECRET-KEY-1AAAA", "ssh-dss AAAAB3NzaC1kc3M="],
)
def test_what_is_no_public_key_is_refused(key: str) -> None:
    assert sealing.check_key(key)
    with pytest.raises(sealing.SealError):
        sealing.seal(SECRET, [key])


def test_an_elliptic_key_that_age_does_not_know_is_refused_by_its_kind() -> None:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    text = key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    assert "neither an age recipient nor an SSH public key" in sealing.check_key(text.decode())


def test_without_a_key_nothing_is_sealed() -> None:
    with pytest.raises(sealing.SealError, match="no public key"):
        sealing.seal(SECRET, [])


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"hello", b"-----BEGIN RSA PRIVATE KEY-----"]
)
def test_a_file_that_is_no_private_key_is_an_error_or_opens_nothing(
    content: bytes, tmp_path: Path
) -> None:
    public, _ = pair("age", tmp_path)
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(sealing.SealError):
        sealing.open_sealed(sealing.seal(SECRET, [public]), path)


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(sealing.SealError, match="nowhere: No such file"):
        sealing.open_sealed(b"", tmp_path / "nowhere")


def test_passwords_fit_every_profile_and_never_repeat() -> None:
    made = {passwords.generate() for _ in range(500)}
    assert len(made) == 500
    for password in made:
        assert len(password.encode()) == passwords.LENGTH <= 30
        assert password[0] in string.ascii_letters
        assert '"' not in password
        classes = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "_#$")
        assert all(sum(char in members for char in password) >= 2 for members in classes)
        assert set(password) <= set("".join(classes))


@pytest.mark.parametrize("secret", ["a\x1b]0;owned\x07", "line\nline", "a\u202eb"])
def test_what_somebody_else_sealed_does_not_reach_a_terminal(tmp_path: Path, secret: str) -> None:
    """A public key is public, and whoever can push the ledger can put another file there."""
    public, private = age_pair(tmp_path)
    with pytest.raises(sealing.SealError, match="no password"):
        sealing.open_sealed(sealing.seal(secret, [public]), private)


@pytest.mark.parametrize("sealed", [b"", b"\x1b[2J", sealing.BEGIN + b"\n\x1b[2J", b"\xff\xfe"])
def test_what_is_not_sealed_is_neither_opened_nor_shown(tmp_path: Path, sealed: bytes) -> None:
    _, private = age_pair(tmp_path)
    with pytest.raises(sealing.SealError):
        sealing.armored(sealed)
    with pytest.raises(sealing.SealError):
        sealing.open_sealed(sealed, private)


def test_a_sealed_password_is_shown_as_it_is(tmp_path: Path) -> None:
    public, _ = age_pair(tmp_path)
    sealed = sealing.seal(SECRET, [public])
    assert sealing.armored(sealed).encode() == sealed
