"""Access patterns and patterns of columns as documents write them. A pattern that could never match is a finding: in a list of what is forbidden it would
forbid nothing."""

from __future__ import annotations

from reconciler.documents.loader import Path
from reconciler.documents.parts import items
from reconciler.documents.reader import Reader
from reconciler.documents.suggestions import did_you_mean
from reconciler.model import access_patterns
from reconciler.model.access_patterns import InvalidPatternError
from reconciler.model.classification import ColumnPattern
from reconciler.model.policies import AccessPattern, PatternKind

OBJECT_PRIVILEGES = frozenset(
    {
        "ALTER",
        "DEBUG",
        "DELETE",
        "EXECUTE",
        "FLASHBACK",
        "FLASHBACK ARCHIVE",
        "INDEX",
        "INHERIT PRIVILEGES",
        "INHERIT REMOTE PRIVILEGES",
        "INSERT",
        "KEEP SEQUENCE",
        "MERGE VIEW",
        "ON COMMIT REFRESH",
        "QUERY REWRITE",
        "READ",
        "REFERENCES",
        "SELECT",
        "SIGN",
        "TRANSLATE SQL",
        "UNDER",
        "UPDATE",
        "USE",
        "WRITE",
    }
)
"""All that documents can ask for on an object; a test compares with the schemas."""


def read_patterns(reader: Reader, path: Path) -> tuple[AccessPattern, ...]:
    return tuple(_pattern(reader, item) for item in items(reader, path))


def read_columns(reader: Reader, path: Path) -> tuple[ColumnPattern, ...]:
    return tuple(_columns(reader, item) for item in items(reader, path))


def _pattern(reader: Reader, path: Path) -> AccessPattern:
    text = reader.text(path)
    try:
        pattern = access_patterns.parse(text)
    except InvalidPatternError as error:
        reader.fail("pattern.invalid", str(error), path)
        return AccessPattern(PatternKind.PRIVILEGE, "", text=text)
    if pattern.kind is PatternKind.PRIVILEGE:
        _check_privilege(reader, path, pattern)
    return pattern


def _check_privilege(reader: Reader, path: Path, pattern: AccessPattern) -> None:
    name = pattern.name
    if not name or name != " ".join(name.split()):
        reader.fail(
            "pattern.invalid",
            f"{pattern.text!r}: words of a privilege stand one blank apart",
            path,
            "A pattern is compared blank by blank, so this one would match nothing.",
        )
    elif name.startswith("WITH "):
        options = " and ".join(f"`{option}`" for option in access_patterns.OPTIONS)
        reader.fail("pattern.invalid", f"{name!r} is no option", path, f"There are {options}.")
    elif _is_misspelt(pattern):
        reader.fail(
            "pattern.invalid",
            f"{name!r} is no privilege on objects"
            if pattern.owner
            else f"{name!r} is no privilege",
            path,
            did_you_mean(name, OBJECT_PRIVILEGES),
        )


def _is_misspelt(pattern: AccessPattern) -> bool:
    """Privileges on objects are all known. System privileges are Oracle's to name, so that without an object only a single word is in doubt."""
    name = pattern.name
    if "*" in name or name in OBJECT_PRIVILEGES:
        return False
    if pattern.owner:
        return " ANY " not in name and not name.startswith("ADMINISTER ")
    return " " not in name and bool(did_you_mean(name, OBJECT_PRIVILEGES))


def _columns(reader: Reader, path: Path) -> ColumnPattern:
    try:
        return access_patterns.parse_columns(reader.text(path))
    except InvalidPatternError as error:
        reader.fail("pattern.invalid", str(error), path)
        return ColumnPattern("", "", "")
