"""SQLite expressions that turn what the catalog stores into the storage form that queries expect of each Oracle type.

The catalog keeps instants as UTC text `YYYY-MM-DD HH:MM:SS.ffffff`, and the clock of the database is UTC. Queries expect DATE without the
fraction, TIMESTAMP as it is, TIMESTAMP WITH TIME ZONE in UTC with the offset it is shown in behind it, and intervals in seconds.
"""

from __future__ import annotations


def date(expression: str) -> str:
    return f"substr({expression}, 1, 19)"


def timestamp(expression: str) -> str:
    return f"({expression})"


def timestamp_tz(expression: str) -> str:
    return f"({expression} || ' +00:00')"


def interval(expression: str) -> str:
    """From seconds."""
    return f"({expression})"
