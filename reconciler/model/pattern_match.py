"""What patterns cover: columns that are classified, and privileges as a database or a document has them."""

from __future__ import annotations

from functools import lru_cache
from typing import assert_never

from reconciler.model import names
from reconciler.model.classification import Column, ColumnPattern
from reconciler.model.policies import AccessPattern, PatternKind
from reconciler.model.privileges import Entitlement, Kind, Privilege

ANY = "*"
"""The wildcard: any run of characters."""

READING = ("SELECT", "READ")
"""Either of them reads the data, so a pattern that names one covers both."""

QUOTA = "QUOTA"
"""What stands for space in tablespaces, whose privilege has no name of its own."""


@lru_cache(maxsize=65536)
def overlap(one: str, other: str) -> bool:
    """Whether some name is covered by both patterns."""
    if ANY not in one:
        return names.matches(other, one)
    if ANY not in other:
        return names.matches(one, other)
    reached = {(0, 0)}
    waiting = [(0, 0)]
    while waiting:
        here = waiting.pop()
        if here == (len(one), len(other)):
            return True
        further = _steps(one, other, *here) - reached
        reached |= further
        waiting += further
    return False


def _steps(one: str, other: str, i: int, j: int) -> set[tuple[int, int]]:
    """From a place in both patterns to the next ones: over a wildcard without a character, or over one character that both allow."""
    mine, its = one[i : i + 1], other[j : j + 1]
    found = set()
    if mine == ANY:
        found.add((i + 1, j))
    if its == ANY:
        found.add((i, j + 1))
    if mine and its and ANY not in (mine, its) and mine == its:
        found.add((i + 1, j + 1))
    if mine == ANY and its and its != ANY:
        found.add((i, j + 1))
    if its == ANY and mine and mine != ANY:
        found.add((i + 1, j))
    return found


def covers_column(pattern: ColumnPattern, column: Column) -> bool:
    return all(map(names.matches, pattern, column))


def is_exact(pattern: ColumnPattern) -> bool:
    """Whether it names one column and no other."""
    return not any(ANY in part for part in pattern)


def names_right(pattern: AccessPattern, right: str) -> bool:
    """Whether the pattern is about a privilege of this name, wherever it is on."""
    if right in READING:
        return any(names.matches(pattern.name, word) for word in READING)
    return names.matches(pattern.name, right)


def is_on(pattern: AccessPattern, owner: str, object_name: str, column: str = "") -> bool:
    """Whether a pattern with a place is about the object, or about a part of it. A pattern for one column is met by access to the whole object, and one for
    an object by access to one of its columns."""
    if not (names.matches(pattern.owner, owner) and names.matches(pattern.object, object_name)):
        return False
    return not (pattern.column and column) or names.matches(pattern.column, column)


def covers(pattern: AccessPattern, entitlement: Entitlement) -> bool:
    """Whether the pattern is about the entitlement itself; not whether the entitlement gives something that the pattern is about. Bundles are not among
    entitlements."""
    privilege = entitlement.privilege
    match pattern.kind:
        case PatternKind.ROLE:
            return privilege.kind is Kind.ROLE and names.matches(pattern.name, privilege.name)
        case PatternKind.PROXY:
            return privilege.kind is Kind.PROXY and names.matches(pattern.name, privilege.owner)
        case PatternKind.OPTION:
            return any(f"WITH {word} OPTION" == pattern.name for word in entitlement.options)
        case PatternKind.PRIVILEGE:
            return _covers_privilege(pattern, privilege)
        case PatternKind.BUNDLE:
            return False
        case _:
            assert_never(pattern.kind)


def _covers_privilege(pattern: AccessPattern, privilege: Privilege) -> bool:
    match privilege.kind:
        case Kind.OBJECT | Kind.COLUMN:
            placed = not pattern.owner or is_on(
                pattern, privilege.owner, privilege.object, privilege.column
            )
            return placed and names_right(pattern, privilege.name)
        case Kind.SCHEMA:
            placed = not pattern.owner or names.matches(pattern.owner, privilege.owner)
            return placed and names.matches(pattern.name, privilege.name)
        case Kind.SYSTEM | Kind.PROXY:
            return not pattern.owner and names.matches(pattern.name, privilege.name)
        case Kind.QUOTA:
            return not pattern.owner and names.matches(pattern.name, QUOTA)
        case Kind.ROLE:
            return False
        case _:
            assert_never(privilege.kind)
