"""The closest known word for an unknown one."""

from __future__ import annotations

import difflib
from collections.abc import Collection

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


MAX_LENGTH = 100
MAX_DIFFERENCE = 6
MAX_CANDIDATES = 200
"""Comparing takes microseconds a pair, and a file can hold hundreds of wrong names in a repository of thousands."""


def closest(word: str, known: Collection[str]) -> str | None:
    """The known word that was probably meant, None if nothing is near."""
    word = word[:MAX_LENGTH]
    candidates = [name for name in known if abs(len(name) - len(word)) <= MAX_DIFFERENCE]
    synonym = SYNONYMS.get(word.lower().replace("-", "_"))
    if synonym is not None and synonym in known:
        return synonym
    if len(candidates) > MAX_CANDIDATES:
        candidates = [name for name in candidates if name[:1].lower() == word[:1].lower()]
    folded = {candidate.lower(): candidate for candidate in sorted(candidates)[:MAX_CANDIDATES]}
    found = difflib.get_close_matches(word.lower(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def did_you_mean(word: str, known: Collection[str]) -> str:
    """A hint, empty if nothing is near."""
    found = closest(word, known)
    return f"Did you mean `{found}`?" if found else ""
