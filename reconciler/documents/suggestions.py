"""The closest known word for an unknown one."""

from __future__ import annotations

from collections.abc import Collection

from reconciler.model.suggestions import nearest

SYNONYMS = {
    "begin": "start",
    "end": "until",
    "ends": "until",
    "expire_at": "until",
    "expires": "until",
    "expires_at": "until",
    "expiry": "until",
    "for": "duration",
    "from": "start",
    "groups": "teams",
    "object": "on",
    "permissions": "privileges",
    "table": "on",
    "to": "until",
    "ttl": "duration",
    "valid_until": "until",
}
"""Words of other systems for fields of ours, where spelling would not find them."""


def closest(word: str, known: Collection[str]) -> str | None:
    """The known word that was probably meant, None if nothing is near."""
    synonym = SYNONYMS.get(word.lower().replace("-", "_"))
    return synonym if synonym is not None and synonym in known else nearest(word, known)


def did_you_mean(word: str, known: Collection[str]) -> str:
    """A hint, empty if nothing is near."""
    found = closest(word, known)
    return f"Did you mean `{found}`?" if found else ""
