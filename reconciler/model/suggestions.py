"""The known word nearest to an unknown one."""

from __future__ import annotations

import difflib
from collections.abc import Collection

MAX_LENGTH = 100
MAX_DIFFERENCE = 6
MAX_CANDIDATES = 200
"""Comparing takes microseconds a pair, and a file can hold hundreds of wrong names in a repository of thousands."""


def nearest(word: str, known: Collection[str]) -> str | None:
    """The known word that was probably meant, None if nothing is near."""
    word = word[:MAX_LENGTH]
    candidates = [name for name in known if abs(len(name) - len(word)) <= MAX_DIFFERENCE]
    if len(candidates) > MAX_CANDIDATES:
        candidates = [name for name in candidates if name[:1].lower() == word[:1].lower()]
    folded = {candidate.lower(): candidate for candidate in sorted(candidates)[:MAX_CANDIDATES]}
    found = difflib.get_close_matches(word.lower(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None
