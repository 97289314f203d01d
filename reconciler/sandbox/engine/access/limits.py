"""Limits of profiles, as they hold for one user."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

DEFAULT_PROFILE = "DEFAULT"
UNLIMITED = "UNLIMITED"


def profile_of(catalog: sqlite3.Connection, user: str) -> str:
    row = catalog.execute("SELECT profile FROM users WHERE name = ?", (user,)).fetchone()
    return str(row[0]) if row else DEFAULT_PROFILE


def _row(catalog: sqlite3.Connection, profile: str, resource: str) -> tuple[str, float | None]:
    query = "SELECT value, exact FROM profiles WHERE name = ? AND resource = ?"
    row = catalog.execute(query, (profile, resource)).fetchone()
    if row is not None and row[0] == "DEFAULT":
        row = catalog.execute(query, (DEFAULT_PROFILE, resource)).fetchone()
    return (str(row[0]), row[1]) if row else (UNLIMITED, None)


def text_limit(catalog: sqlite3.Connection, profile: str, resource: str) -> str:
    """The limit's text with DEFAULT resolved: a number, UNLIMITED, or the name of a function or NULL."""
    return _row(catalog, profile, resource)[0]


def number_limit(catalog: sqlite3.Connection, profile: str, resource: str) -> float | None:
    """The limit as a number, None if unlimited."""
    value, exact = _row(catalog, profile, resource)
    if value in (UNLIMITED, "NULL"):
        return None
    return exact if exact is not None else float(value)


def days_limit(catalog: sqlite3.Connection, profile: str, resource: str) -> timedelta | None:
    """A limit counted in days, None if unlimited."""
    number = number_limit(catalog, profile, resource)
    return None if number is None else timedelta(seconds=round(number * 86400))


def kernel_limit(catalog: sqlite3.Connection, user: str, resource: str) -> float | None:
    """A limit that holds only while the parameter RESOURCE_LIMIT is TRUE, such as IDLE_TIME (minutes). None if there is no limit now."""
    row = catalog.execute("SELECT value FROM parameters WHERE name = 'resource_limit'").fetchone()
    if row is None or str(row[0]).upper() != "TRUE":
        return None
    return number_limit(catalog, profile_of(catalog, user), resource)
