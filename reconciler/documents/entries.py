"""Document files before they are read: what a source yields, and which files it must refuse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from reconciler.documents import scalars
from reconciler.documents.loader import MAX_BYTES
from reconciler.model.diagnostics import Diagnostic, Origin

FOLDER = "grants"
_SUFFIXES = (".yaml", ".yml")
_ONE_DOCUMENT = "Split it: one document per file."


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One document file: path from the root of the repository, and its bytes."""

    path: str
    data: bytes


class Source(Protocol):
    """Anything that holds document files. `commit` is empty when they are not of one commit.

    `is_complete` is false when other documents that these refer to may be missing.
    """

    @property
    def commit(self) -> str: ...

    @property
    def is_complete(self) -> bool: ...

    def files(self) -> Iterator[SourceFile | Diagnostic]:
        """The files in the order of their paths; a finding in place of one that may not be read."""
        ...


def refusal(path: str, rule: str, message: str, hint: str = "") -> Diagnostic:
    return Diagnostic(rule, message, Origin(path), hint=hint)


def is_document(name: str) -> bool:
    return name.endswith(_SUFFIXES)


def refuse_name(path: str) -> Diagnostic | None:
    """A finding for a file name that would be overlooked or cannot be shown."""
    if scalars.forbidden_character(path) or any(char in path for char in "\t\r\n\\"):
        return refusal(
            path,
            "source.name",
            "the file name holds a character that cannot be shown safely",
            "Use letters, digits and hyphens.",
        )
    if not is_document(path) and path.lower().endswith(_SUFFIXES):
        return refusal(
            path,
            "source.suffix",
            "the file would be ignored because of its suffix",
            "Write the suffix in lower case: .yaml",
        )
    return None


def refuse_size(path: str, size: int) -> Diagnostic | None:
    if size <= MAX_BYTES:
        return None
    return refusal(
        path,
        "yaml.too-large",
        f"the file has {size} bytes; at most {MAX_BYTES} are allowed",
        _ONE_DOCUMENT,
    )
