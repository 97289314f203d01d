from __future__ import annotations

import pytest

from reconciler.sandbox import verifier


def test_only_the_password_it_was_made_of_matches() -> None:
    made = verifier.make("Welcome_1")
    assert verifier.matches(made, "Welcome_1")
    assert not verifier.matches(made, "welcome_1")
    assert not verifier.matches(made, "")


def test_passwords_outside_ascii_are_taken_as_utf8() -> None:
    assert verifier.matches(verifier.make("žluťoučký"), "žluťoučký")


def test_two_verifiers_of_one_password_share_nothing() -> None:
    first, second = verifier.make("same"), verifier.make("same")
    assert first.salt_12c != second.salt_12c
    assert first.verifier_12c != second.verifier_12c
    assert first.verifier_11g != second.verifier_11g


def test_packing_loses_nothing_and_holds_no_password() -> None:
    made = verifier.make("Secret_42")
    packed = verifier.pack(made)
    assert verifier.unpack(packed) == made
    assert b"Secret_42" not in packed
    assert "Secret_42" not in repr(made)


@pytest.mark.parametrize("text", [b"", b"1:00", b"2:00:1:00:00:00", b"1:zz:1:00:00:00", b"\xff"])
def test_a_damaged_packed_verifier_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):
        verifier.unpack(text)


def test_an_unknown_user_gets_a_challenge_of_the_usual_shape() -> None:
    made, fake = verifier.make("x"), verifier.impossible()
    for name in ("salt_12c", "verifier_12c", "salt_11g", "verifier_11g"):
        assert len(getattr(fake, name)) == len(getattr(made, name))
    assert fake.iterations == made.iterations
    assert not verifier.matches(fake, "x")
