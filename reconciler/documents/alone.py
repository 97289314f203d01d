"""One file by itself, however it fits with the others."""

from __future__ import annotations

from reconciler.documents import kinds
from reconciler.documents.entries import Source, SourceFile
from reconciler.documents.kinds import Document
from reconciler.documents.loader import DocumentError, parse
from reconciler.documents.reader import Reader
from reconciler.documents.schema import Schemas


def document_at(source: Source, path: str) -> Document | None:
    """What the file of the source says by itself, even where another has its name or it names what is not there; None where its own text is wrong."""
    entries = source.files()
    file = next((row for row in entries if isinstance(row, SourceFile) and row.path == path), None)
    if file is None:
        return None
    try:
        tree = parse(file.data, path)
    except DocumentError:
        return None
    if Schemas().check(tree):
        return None
    reader = Reader(tree)
    document = kinds.build(tree.root["kind"], reader)
    return None if reader.findings else document
