"""Random passwords that the profiles Oracle ships accept and that nobody has to type."""

from __future__ import annotations

import secrets
import string

LENGTH = 28
"""About 165 bits. Every release takes 30 bytes (CREATE USER)."""

_CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "_#$")
_ALPHABET = "".join(_CLASSES)


def generate() -> str:
    """A new password: it begins with a letter and has each class of characters that ORA12C_STRONG_VERIFY_FUNCTION counts, at least twice. It holds nothing
    that ends a quoted identifier, which a password is in SQL."""
    while True:
        password = secrets.choice(string.ascii_letters)
        password += "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH - 1))
        if all(sum(char in members for char in password) >= 2 for members in _CLASSES):
            return password
