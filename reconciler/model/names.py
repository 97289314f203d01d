"""Oracle identifiers: reading them from documents, and the one function that quotes them for SQL.

Unquoted text folds to upper case; quoted text is kept (SQL Language Reference, Database Object Names and Qualifiers). The dictionary
holds the exact spelling, and everything in this project does too, from the moment a document is read.
"""

from __future__ import annotations

import re

MAX_BYTES = 128
"""Longest identifier in bytes, not characters, since 12.2."""

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_$#]*\Z")
_QUALIFIED = re.compile(r'("[^"]*"|[^".]+)\.("[^"]*"|[^".]+)\Z')


class InvalidNameError(ValueError):
    """A text that cannot be an Oracle identifier."""


def check(name: str) -> str:
    """The name itself if the dictionary could hold it. Raises InvalidNameError."""
    if not name:
        raise InvalidNameError("a name must not be empty")
    if '"' in name or "\0" in name:
        raise InvalidNameError(f"{name!r}: a name cannot contain a double quote or NUL")
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        raise InvalidNameError(f"{name[:40]!r}: not valid Unicode") from None
    if size > MAX_BYTES:
        raise InvalidNameError(f"{name[:40]!r}...: {size} bytes; Oracle allows {MAX_BYTES}")
    return name


def quote(name: str) -> str:
    """The exact name as a quoted identifier. Every identifier that reaches SQL passes here. Raises InvalidNameError."""
    return f'"{check(name)}"'


def quote_qualified(owner: str, name: str) -> str:
    return f"{quote(owner)}.{quote(name)}"


def literal(text: str) -> str:
    """A string literal of SQL or PL/SQL. Raises InvalidNameError for NUL, which no literal can hold."""
    if "\0" in text:
        raise InvalidNameError("a literal cannot contain NUL")
    return "'" + text.replace("'", "''") + "'"


def parse(text: str) -> str:
    """A name as people write it in a document: `hr` is HR, `"Hr"` is Hr. Raises InvalidNameError."""
    if len(text) >= 2 and text.startswith('"') and text.endswith('"'):
        return check(text[1:-1])
    if not _PLAIN.match(text):
        raise InvalidNameError(
            f"{text!r} is not a plain Oracle name; write it in double quotes if it is spelt exactly so"
        )
    return check(text.upper())


def parse_qualified(text: str) -> tuple[str, str]:
    """`HR.EMPLOYEES`, `HR."Mixed.Case"` as owner and object name. Raises InvalidNameError."""
    parts = _QUALIFIED.match(text)
    if parts is None:
        raise InvalidNameError(f"{text!r}: write OWNER.OBJECT")
    return parse(parts[1]), parse(parts[2])


def display(name: str) -> str:
    """The name as people write it: without quotes where none are needed."""
    return name if _PLAIN.match(name) and name == name.upper() else f'"{name}"'


def lease_role(lease_id: str) -> str:
    """Name of the role (and of the deadline job) of a lease: `payroll-fix-alice` is JIT_PAYROLL_FIX_ALICE.

    One to one, because a lease id has no underscore and no upper case.
    """
    return check(LEASE_PREFIX + lease_id.upper().replace("-", "_"))


LEASE_PREFIX = "JIT_"
USER_PREFIX = "JITU_"
PROFILE_PREFIX = "JITP_"
AUDIT_ROLE = "RECONCILER_AUDITED"
"""An empty role of a DBA's: whoever holds it is covered by his audit policy for leases (docs/adr/0011)."""
GATE_SCHEMA = "RECONCILER_GATE"
"""The locked schema of the gatekeeper package and of the column views (docs/adr/0009)."""


def lease_user(lease_id: str) -> str:
    """Name of the temporary user of a lease. Roles and users share one name space, so it is not the role's name."""
    return check(USER_PREFIX + lease_id.upper().replace("-", "_"))


def lease_id_of_role(role: str) -> str | None:
    """The lease a role would belong to by its name, None if it is no lease role."""
    if not re.fullmatch(r"JIT_[A-Z0-9]+(_[A-Z0-9]+)*", role):
        return None
    return role.removeprefix(LEASE_PREFIX).lower().replace("_", "-")


def matches(pattern: str, name: str) -> bool:
    """Whether a name is covered by a scope pattern: an exact name, or one with `*` for any run of characters."""
    if "*" not in pattern:
        return pattern == name
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name, re.DOTALL) is not None
