"""Typed reads from a document whose shape the schema has accepted. What is wrong is collected, with its place, instead of raised."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from reconciler.documents.loader import Path, Tree
from reconciler.model import instants, names
from reconciler.model.diagnostics import Diagnostic, Origin

_NEVER = datetime.min.replace(tzinfo=UTC)
_NO_DURATION = timedelta(0)


class Reader:
    """Reads one document. A read that fails adds to `findings` and returns a value that must not be used: such a document is left out."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.findings: list[Diagnostic] = []

    def at(self, path: Path) -> Any:
        """The value, None if there is none."""
        value = self.tree.root
        for part in path:
            if isinstance(value, dict) and part not in value:
                return None
            value = value[part]
        return value

    def origin(self, path: Path = ()) -> Origin:
        return self.tree.origin(path)

    def fail(
        self,
        rule: str,
        message: str,
        path: Path,
        hint: str = "",
        related: tuple[Origin, ...] = (),
    ) -> None:
        origin = self.tree.origin(path)
        self.findings.append(Diagnostic(rule, message, origin, hint=hint, related=related))

    def text(self, path: Path) -> str:
        """Text as it stands; empty if there is none."""
        value = self.at(path)
        return "" if value is None else str(value)

    def line(self, path: Path) -> str:
        """Free text with each run of blanks and line ends as one space: it goes into commit messages and tables, where a line of its own
        could pass for something else."""
        return " ".join(self.text(path).split())

    def texts(self, path: Path) -> tuple[str, ...]:
        return tuple(self.at(path) or ())

    def mapping(self, path: Path) -> Mapping[str, str]:
        return dict(sorted((self.at(path) or {}).items()))

    def oracle_name(self, path: Path) -> str:
        """An Oracle identifier in the dictionary's spelling."""
        try:
            return names.parse(self.text(path))
        except names.InvalidNameError as error:
            self.fail("name.invalid", str(error), path)
            return ""

    def oracle_key(self, path: Path) -> str:
        """The same for a key of a mapping, which is the end of the path."""
        try:
            return names.parse(str(path[-1]))
        except names.InvalidNameError as error:
            self.fail("name.invalid", str(error), path)
            return ""

    def qualified(self, path: Path) -> tuple[str, str]:
        try:
            return names.parse_qualified(self.text(path))
        except names.InvalidNameError as error:
            self.fail("name.invalid", str(error), path)
            return "", ""

    def oracle_names(self, path: Path) -> tuple[str, ...]:
        """Identifiers in dictionary spelling; two that are the same one (`hr` and `HR`) are an error."""
        return self._distinct(
            path,
            tuple(self.oracle_name((*path, index)) for index in range(len(self.texts(path)))),
        )

    def patterns(self, path: Path) -> tuple[str, ...]:
        """Scope patterns: folded like names, except in double quotes."""
        return self._distinct(
            path,
            tuple(
                self.oracle_name((*path, index)) if "*" not in text else _folded(text)
                for index, text in enumerate(self.texts(path))
            ),
        )

    def _distinct(self, path: Path, found: tuple[str, ...]) -> tuple[str, ...]:
        for index, name in enumerate(found):
            if name and name in found[:index]:
                first = self.origin((*path, found.index(name)))
                self.fail(
                    "name.same-after-folding",
                    f"{names.display(name)} is listed twice: without quotes, Oracle folds names to upper case",
                    (*path, index),
                    "Remove one of the two.",
                    (first,),
                )
        return found

    def instant(self, path: Path) -> datetime:
        try:
            return instants.parse_instant(self.text(path))
        except instants.InvalidTimeError as error:
            self.fail("time.invalid", str(error), path)
            return _NEVER

    def duration(self, path: Path) -> timedelta:
        try:
            return instants.parse_duration(self.text(path))
        except instants.InvalidTimeError as error:
            self.fail("time.invalid", str(error), path)
            return _NO_DURATION

    def day(self, path: Path) -> date:
        try:
            return date.fromisoformat(self.text(path))
        except ValueError as error:
            self.fail("time.invalid", f"{self.text(path)!r} does not exist: {error}", path)
            return _NEVER.date()


def _folded(pattern: str) -> str:
    return pattern[1:-1] if pattern.startswith('"') else pattern.upper()
