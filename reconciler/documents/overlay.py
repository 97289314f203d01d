"""All documents of a commit but its requests, with one file more or other than it is there: what somebody is about to propose."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

from reconciler.documents.entries import Source, SourceFile
from reconciler.model.diagnostics import Diagnostic


@dataclass(frozen=True, slots=True)
class Overlay:
    """`others` are what the file may refer to. Requests do not refer to each other, and there may be very many of them."""

    others: tuple[SourceFile | Diagnostic, ...]
    file: SourceFile
    commit: str = ""
    is_complete: bool = True

    def files(self) -> Iterator[SourceFile | Diagnostic]:
        yield from self.others
        yield self.file


def without(source: Source, paths: Container[str]) -> tuple[SourceFile | Diagnostic, ...]:
    """The files of the source but those at the paths; what could not be read stays."""
    return tuple(
        entry
        for entry in source.files()
        if isinstance(entry, Diagnostic) or entry.path not in paths
    )
