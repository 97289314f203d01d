"""Connect strings: what may not be in them, and when two lead to the same database."""

from __future__ import annotations

import re

_CREDENTIALS = re.compile(r"@|\(\s*(?:password|user|user_name)\s*=", re.IGNORECASE)
_EASY = re.compile(
    r"(?:(?P<protocol>tcps?):)?(?://)?(?P<host>\[[0-9a-f:.]+\]|[^/:?\[\]()]+)(?::(?P<port>[0-9]+))?(?P<rest>/.*)?\Z"
)
_DEFAULT_PORT = "1521"


def has_credentials(dsn: str) -> bool:
    """Whether a user or a password seems to stand in the connect string."""
    return _CREDENTIALS.search(dsn) is not None


def normalised(dsn: str) -> str:
    """The same text for connect strings that differ only in case, blanks, a left-out port or protocol."""
    folded = "".join(dsn.lower().split())
    match = _EASY.match(folded)
    if not match:
        return folded
    protocol = match["protocol"] or "tcp"
    return (
        f"{protocol}://{match['host']}:{int(match['port'] or _DEFAULT_PORT)}{match['rest'] or ''}"
    )
