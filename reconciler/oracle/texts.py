"""The SQL texts in `sql/`, for one release of the database, and text that comes back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

_SINCE_23 = "-- since release 23:"


@lru_cache(maxsize=64)
def load(name: str, release: int) -> str:
    """The text of `sql/<name>.sql`. What follows a line `-- since release 23:` is left out on older releases: their parser would refuse
    views they don't have."""
    text = resources.files("reconciler.oracle").joinpath("sql", f"{name}.sql").read_text("utf-8")
    before, marker, since_23 = text.partition(_SINCE_23)
    return (before + since_23 if marker and release >= 23 else before).strip()


def printable(text: str) -> str:
    """What a server or another client wrote, on one line and without control characters: it ends up on terminals and in reports."""
    return "".join(char if char.isprintable() else "?" for char in text.strip())


def without_comments(text: str) -> str:
    """The text without its whole-line comments, which are for people and need not travel."""
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with each placeholder replaced. In one pass: what a value holds is never taken for a placeholder, for names come from outside."""
    found = "|".join(map(re.escape, values))
    return re.sub(found, lambda match: values[match[0]], text)
