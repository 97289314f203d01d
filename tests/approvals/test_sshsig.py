"""Signatures of OpenSSH: those that verify, and every way that one does not."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.approvals import sshsig
from tests.approvals import keys
from tests.approvals.keys import Key, needs_ssh_keygen, string

MESSAGE = b"reconciler review 1\nverdict approved\n"
ED25519 = keys.ed25519_key()
RSA = keys.rsa_key()
ECDSA = keys.ecdsa_key(256)
KINDS = [
    pytest.param(["-t", "ed25519"], id="ed25519"),
    *(
        pytest.param(["-t", "ecdsa", "-b", str(bits)], id=f"ecdsa-{bits}")
        for bits in (256, 384, 521)
    ),
    pytest.param(["-t", "rsa", "-b", "2048"], id="rsa-2048"),
]


def problem(signature: bytes, message: bytes, *public: str) -> str:
    with pytest.raises(sshsig.SignatureError) as refused:
        sshsig.verify(signature, message, public)
    return str(refused.value)


@needs_ssh_keygen
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hashed", ["sha256", "sha512"])
def test_what_ssh_keygen_signs_verifies(tmp_path: Path, kind: list[str], hashed: str) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", *kind, "-N", "", "-f", str(key)], check=True)
    signature = sshsig.from_armor(
        keys.ssh_keygen(key, MESSAGE, keys.NAMESPACE, "-O", f"hashalg={hashed}")
    )
    public = key.with_name("key.pub").read_text(encoding="utf-8")
    sshsig.verify(signature, MESSAGE, [ED25519.public, public])
    assert problem(signature, MESSAGE + b" ", public) == "it does not belong to this text"


@needs_ssh_keygen
@pytest.mark.parametrize("key", [ED25519, RSA, ECDSA], ids=lambda key: key.kind)
def test_ssh_keygen_verifies_what_these_tests_sign(tmp_path: Path, key: Key) -> None:
    """So that the wrong signatures below are wrong for one reason only."""
    allowed = tmp_path / "allowed"
    allowed.write_text(f"bob {key.public}\n", encoding="utf-8")
    text = base64.encodebytes(key.sign(MESSAGE)).decode()
    armor = tmp_path / "signature"
    armor.write_text(
        f"-----BEGIN SSH SIGNATURE-----\n{text}-----END SSH SIGNATURE-----\n", encoding="utf-8"
    )
    options = ["-f", str(allowed), "-I", "bob", "-n", keys.NAMESPACE, "-s", str(armor)]
    subprocess.run(
        ["ssh-keygen", "-Y", "verify", *options], input=MESSAGE, check=True, capture_output=True
    )
    sshsig.verify(key.sign(MESSAGE), MESSAGE, [key.public])


@pytest.mark.parametrize("algorithm", ["rsa-sha2-256", "rsa-sha2-512"])
def test_both_hashes_of_rsa_are_taken(algorithm: str) -> None:
    sshsig.verify(RSA.sign(MESSAGE, algorithm=algorithm), MESSAGE, [RSA.public])


def test_a_signature_over_something_else_is_refused() -> None:
    for key in (ED25519, RSA, ECDSA):
        assert problem(key.sign(b"other"), MESSAGE, key.public) == "it does not belong to this text"


def test_a_signature_with_the_key_of_somebody_else_is_refused() -> None:
    other = keys.ed25519_key()
    assert "another key" in problem(other.sign(MESSAGE), MESSAGE, ED25519.public)
    assert "another key" in problem(other.sign(MESSAGE), MESSAGE)


def test_the_key_of_somebody_else_behind_the_name_of_ones_own_is_refused() -> None:
    forged = keys.ed25519_key().sign(MESSAGE, blob=ED25519.blob)
    assert problem(forged, MESSAGE, ED25519.public) == "it does not belong to this text"


@pytest.mark.parametrize("namespace", ["git", "file", "reconciler-review2", ""])
def test_a_signature_for_another_purpose_is_refused(namespace: str) -> None:
    signature = ED25519.sign(MESSAGE, namespace=namespace)
    assert f"it was made for {namespace!r}" in problem(signature, MESSAGE, ED25519.public)


def test_rsa_with_sha_1_is_refused() -> None:
    signature = RSA.sign(MESSAGE, algorithm="ssh-rsa")
    assert "'ssh-rsa' is not taken" in problem(signature, MESSAGE, RSA.public)


def test_short_rsa_keys_are_refused() -> None:
    weak = keys.rsa_key(1024)
    assert "under 2048 bits" in problem(weak.sign(MESSAGE), MESSAGE, weak.public)


def test_an_algorithm_that_is_not_the_keys_own_is_refused() -> None:
    value = string(b"ssh-ed25519") + string(b"\0" * 64)
    parts = (ECDSA.blob, b"reconciler-review", b"", b"sha512", value)
    signature = b"SSHSIG\0\0\0\1" + b"".join(map(string, parts))
    assert "is not taken with this key" in problem(signature, MESSAGE, ECDSA.public)
    p384 = keys.ecdsa_key(384)
    mixed = p384.sign(MESSAGE, algorithm="ecdsa-sha2-nistp256")
    assert "is not taken with this key" in problem(mixed, MESSAGE, p384.public)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("sk-ssh-ed25519@openssh.com", "security keys"),
        ("sk-ecdsa-sha2-nistp256@openssh.com", "security keys"),
        ("ssh-dss", "DSA"),
        ("ssh-ed25519-cert-v01@openssh.com", "not taken"),
        ("x" * 1000, "not taken"),
    ],
)
def test_kinds_of_keys_that_are_not_taken_are_refused_with_the_reason(
    kind: str, reason: str
) -> None:
    blob = string(kind.encode()) + string(b"\1" * 32)
    signature = ED25519.sign(MESSAGE, blob=blob)
    told = problem(signature, MESSAGE, f"{kind} {base64.b64encode(blob).decode()}")
    assert reason in told
    assert len(told) < 200


def test_a_hash_that_is_not_known_is_refused() -> None:
    signature = ED25519.sign(MESSAGE, hash_name="sha1")
    assert "the hash 'sha1'" in problem(signature, MESSAGE, ED25519.public)


def test_a_later_version_is_refused() -> None:
    assert "version" in problem(ED25519.sign(MESSAGE, version=2), MESSAGE, ED25519.public)


@pytest.mark.parametrize(
    "bad", ["", "ssh-ed25519", "ssh-ed25519 !!!", "ssh-rsa AAAA", "no key at all"]
)
def test_a_line_that_is_no_key_is_passed_over(bad: str) -> None:
    sshsig.verify(ED25519.sign(MESSAGE), MESSAGE, [bad, ED25519.public])


def test_a_key_under_the_name_of_another_kind_is_no_key() -> None:
    with pytest.raises(sshsig.SignatureError, match="not of the kind 'ssh-rsa'"):
        sshsig.key_of(ED25519.public.replace("ssh-ed25519", "ssh-rsa"))


@pytest.mark.parametrize("cut", range(0, 120, 7))
def test_a_signature_that_is_cut_off_is_refused(cut: int) -> None:
    assert problem(ED25519.sign(MESSAGE)[:cut], MESSAGE, ED25519.public)


def test_bytes_after_the_end_are_refused() -> None:
    assert "after its end" in problem(ED25519.sign(MESSAGE) + b"\0", MESSAGE, ED25519.public)


def test_a_malformed_key_on_the_curve_is_refused_without_an_exception() -> None:
    blob = string(b"ecdsa-sha2-nistp256") + string(b"nistp256") + string(b"\4" + b"\1" * 64)
    line = f"ecdsa-sha2-nistp256 {base64.b64encode(blob).decode()}"
    assert "malformed" in problem(ECDSA.sign(MESSAGE, blob=blob), MESSAGE, line)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----",
        "-----BEGIN SSH SIGNATURE-----\n!!!!\n-----END SSH SIGNATURE-----",
        "-----BEGIN PGP SIGNATURE-----\nAAAA\n-----END PGP SIGNATURE-----",
    ],
)
def test_armour_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(sshsig.SignatureError):
        sshsig.from_armor(text)


@pytest.mark.parametrize("text", ["A" * 20_000, "AAA", "AA AA", "AAAA\n", "ÄÖÜ="])
def test_base64_is_strict_and_bounded(text: str) -> None:
    with pytest.raises(sshsig.SignatureError):
        sshsig.from_base64(text)


@given(st.binary(max_size=300), st.sampled_from([b"", b"SSHSIG\0\0\0\1"]))
def test_random_bytes_never_verify_and_never_break(data: bytes, start: bytes) -> None:
    assert problem(start + data, MESSAGE, ED25519.public)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_no_changed_byte_goes_unnoticed(place: int, change: int) -> None:
    """All fields are covered: by the signature, or because they must be what they are. The field that is reserved is signed too."""
    signature = bytearray(ED25519.sign(MESSAGE))
    signature[place % len(signature)] ^= change
    assert problem(bytes(signature), MESSAGE, ED25519.public)


@pytest.mark.parametrize("key", [RSA, ECDSA], ids=lambda key: key.kind)
def test_a_changed_value_of_other_kinds_is_refused(key: Key) -> None:
    signature = bytearray(key.sign(MESSAGE))
    signature[-1] ^= 1
    assert problem(bytes(signature), MESSAGE, key.public)
