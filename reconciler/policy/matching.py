"""Whether an access pattern covers what is asked (everything that it may come to lies inside), or touches it (something that it may come to does).

An allowance must cover; a denial need only touch. A pattern without a place is about privileges of that name wherever they hold. One with a place is about
objects, so as a denial it touches whatever reaches them in that way: SELECT ANY TABLE and READ for SELECT. What a role brings along is not looked into.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from reconciler.model import access_patterns
from reconciler.model.diagnostics import Origin
from reconciler.model.policies import AccessPattern, PatternKind
from reconciler.policy.asked import EVERYWHERE, PROXY, Asked, Place
from reconciler.policy.globs import ANYTHING, Glob

_ROLE = "role:"
_NOWHERE = Origin("")
_READING = frozenset({"SELECT", "READ"})
"""Both show the same rows (SQL Language Reference, GRANT: READ is SELECT without the right to lock)."""
_GIVES_ANYTHING = "GRANT ANY OBJECT PRIVILEGE"
_ANY = " ANY "
_CREATES = {"CREATE ANY INDEX": "INDEX"}
"""ANY privileges whose first word is not the object privilege that they include."""


def covers(pattern: AccessPattern, asked: Asked) -> bool:
    """Whether all of it lies inside the pattern, its options aside: `covered` looks at them. A bundle's pattern covers whatever the bundle holds."""
    shape = shape_of(pattern)
    match pattern.kind:
        case PatternKind.BUNDLE:
            return any(shape.name.covers(bundle) for bundle in asked.bundles)
        case PatternKind.PRIVILEGE if asked.kind is PatternKind.PROXY:
            return pattern.owner == "" and shape.name.covers(Glob(PROXY))
    if asked.kind is not pattern.kind or not shape.name.covers(asked.name):
        return False
    if pattern.owner == "":
        return True
    return asked.place is not None and (shape.place or EVERYWHERE).covers(asked.place)


def covered(patterns: Iterable[AccessPattern], asked: Asked) -> bool:
    """Whether these patterns together allow it: one covers it, and each option that is asked with it is among them, or part of a bundle that is."""
    listed = tuple(patterns)
    covering = [pattern for pattern in listed if covers(pattern, asked)]
    if not covering or any(pattern.kind is PatternKind.BUNDLE for pattern in covering):
        return bool(covering)
    options = {pattern.name for pattern in listed if pattern.kind is PatternKind.OPTION}
    return options.issuperset(asked.options)


def touches(pattern: AccessPattern, asked: Asked) -> bool:
    """Whether something that it may come to lies inside the pattern."""
    shape = shape_of(pattern)
    match pattern.kind:
        case PatternKind.OPTION:
            return pattern.name in asked.options
        case PatternKind.BUNDLE:
            return any(shape.name.meets(bundle) for bundle in asked.bundles)
        case PatternKind.PRIVILEGE if asked.kind is PatternKind.PROXY:
            return pattern.owner == "" and shape.name.meets(Glob(PROXY))
    if asked.kind is not pattern.kind:
        return False
    if pattern.owner == "":
        return shape.name.meets(asked.name)
    return _touches_place(shape, asked)


def _touches_place(shape: Asked, asked: Asked) -> bool:
    place = shape.place or EVERYWHERE
    if asked.place is not None and place.meets(asked.place):
        reading = _reads(shape.name) and _reads(asked.name)
        if reading or shape.name.meets(asked.name):
            return True
    reached = asked.place or EVERYWHERE
    return _includes(asked.name.text, shape.name) and place.meets(reached)


def _reads(name: Glob) -> bool:
    return any(name.meets(Glob(reading)) for reading in _READING)


def _includes(system_privilege: str, wanted: Glob) -> bool:
    """Whether an ANY privilege includes an object privilege of such a name."""
    if system_privilege == _GIVES_ANYTHING:
        return True
    verb, found, _ = system_privilege.partition(_ANY)
    if not found:
        return False
    verb = _CREATES.get(system_privilege, verb)
    return wanted.meets(Glob(verb)) or (verb in _READING and _reads(wanted))


@lru_cache(maxsize=4096)
def shape_of(pattern: AccessPattern) -> Asked:
    """The pattern as if it was asked for: all that it may come to."""
    is_exact = iter(_quoted(pattern))
    if pattern.kind is not PatternKind.PRIVILEGE:
        name = Glob(pattern.name, next(is_exact, False))
        options = (pattern.name,) if pattern.kind is PatternKind.OPTION else ()
        bundles = (name,) if pattern.kind is PatternKind.BUNDLE else ()
        return Asked(pattern.kind, name, _NOWHERE, None, options, bundles)
    place = EVERYWHERE
    if pattern.owner:
        owner = Glob(pattern.owner, next(is_exact, False))
        table = Glob(pattern.object, next(is_exact, False))
        column = Glob(pattern.column, next(is_exact, False)) if pattern.column else ANYTHING
        place = Place(owner, table, column)
    return Asked(PatternKind.PRIVILEGE, Glob(pattern.name), _NOWHERE, place)


def _quoted(pattern: AccessPattern) -> list[bool]:
    """For each name of the pattern whether it stands in double quotes, where `*` is a character like others."""
    if '"' not in pattern.text:
        return []
    if pattern.kind is not PatternKind.PRIVILEGE:
        return [pattern.text.partition(":")[2].startswith('"')]
    place = pattern.text.partition(" on ")[2]
    return [part.startswith('"') for part in access_patterns.split(place)]


@lru_cache(maxsize=4096)
def forbidden_pattern(text: str) -> AccessPattern:
    """What an item of a policy's `forbidden` means: roles stand there in the dictionary's spelling, everything else as people write patterns. Raises
    InvalidPatternError."""
    if text.startswith(_ROLE):
        return AccessPattern(PatternKind.ROLE, text.removeprefix(_ROLE))
    return access_patterns.parse(text)
