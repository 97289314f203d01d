"""Access patterns as documents write them: `SELECT on HR.*`, `* ANY *`, `role:HR_READER`, `bundle:payroll-support`, `proxy:HR_APP`, `WITH GRANT OPTION`."""

from __future__ import annotations

import re

from reconciler.model import names
from reconciler.model.classification import ColumnPattern
from reconciler.model.policies import AccessPattern, PatternKind

OPTIONS = ("WITH GRANT OPTION", "WITH ADMIN OPTION")

_PART = re.compile(r'"[^"]*"|[^".]+')
_PREFIXES = {"role": PatternKind.ROLE, "bundle": PatternKind.BUNDLE, "proxy": PatternKind.PROXY}


class InvalidPatternError(ValueError):
    """A text that is no access pattern."""


def parse(text: str) -> AccessPattern:
    """The pattern; names are folded as Oracle folds them, except in double quotes, where `*` is no wildcard either. Raises InvalidPatternError."""
    prefix, colon, rest = text.partition(":")
    if colon and " on " not in prefix:  # else it stands in a quoted name
        if prefix not in _PREFIXES:
            raise InvalidPatternError(f"{text!r}: `{prefix}:` is not role:, bundle: or proxy:")
        kind = _PREFIXES[prefix]
        name = rest if kind is PatternKind.BUNDLE else folded(rest)
        return AccessPattern(kind, name, text=text)
    if text in OPTIONS:
        return AccessPattern(PatternKind.OPTION, text, text=text)
    privilege, on, place = text.partition(" on ")
    if not on:
        return AccessPattern(PatternKind.PRIVILEGE, privilege, text=text)
    parts = split(place)
    if len(parts) not in (2, 3):
        raise InvalidPatternError(f"{text!r}: write OWNER.OBJECT or OWNER.OBJECT.COLUMN after `on`")
    owner, name, *column = map(folded, parts)
    return AccessPattern(PatternKind.PRIVILEGE, privilege, owner, name, "".join(column), text)


def parse_columns(text: str) -> ColumnPattern:
    """`HR.EMPLOYEES.SALARY`, `HR.*.EMAIL*`. Raises InvalidPatternError."""
    parts = split(text)
    if len(parts) != 3:
        raise InvalidPatternError(f"{text!r}: write OWNER.TABLE.COLUMN")
    owner, table, column = map(folded, parts)
    return ColumnPattern(owner, table, column)


def split(text: str) -> list[str]:
    """The parts of a dotted name; dots in double quotes do not count. Raises InvalidPatternError."""
    parts = _PART.findall(text)
    if ".".join(parts) != text:
        raise InvalidPatternError(f"{text!r} is no dotted name")
    return parts


def folded(text: str) -> str:
    """A name with wildcards in the dictionary's spelling. Raises InvalidPatternError."""
    try:
        if "*" not in text or text.startswith('"'):
            return names.parse(text)
    except names.InvalidNameError as error:
        raise InvalidPatternError(str(error)) from None
    if not re.fullmatch(r"[A-Za-z0-9_$#*]+", text):
        raise InvalidPatternError(f"{text!r} is not a name with wildcards")
    return text.upper()
