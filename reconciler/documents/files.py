"""Documents from the file system, for editors and commit hooks: what is being written, before it is a commit."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from reconciler.documents.entries import (
    FOLDER,
    SourceFile,
    is_document,
    refusal,
    refuse_name,
    refuse_size,
)
from reconciler.documents.loader import MAX_BYTES
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.errors import InvalidInputError


class FileSource:
    """The given files and folders, together with all other documents of the `grants` folder they are in, which they may refer to.

    `asked` are the given files by the path that findings name them with. Outside a `grants` folder the files stand alone, and what they refer to is
    not looked for.
    """

    commit = ""

    def __init__(self, paths: Sequence[Path]) -> None:
        """Raises InvalidInputError source.no-such-file."""
        asked: list[Path] = []
        for path in paths:
            if not os.path.lexists(path):
                raise InvalidInputError("source.no-such-file", f"there is no file {path}")
            asked.extend(_documents(path) if _is_folder(path) else [path])
        self._roots = {root for path in asked if (root := _grants_root(path))}
        self.is_complete = len(self._roots) == 1 and all(map(_grants_root, asked))
        everything = list(asked)
        if self.is_complete:
            everything.extend(_documents(next(iter(self._roots))))
        self._files = sorted({_shown(path): path for path in everything}.items())
        self.asked = {_shown(path): path for path in asked}

    def files(self) -> Iterator[SourceFile | Diagnostic]:
        for shown, path in self._files:
            found = _read(path, shown)
            if found is not None:
                yield found


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _grants_root(path: Path) -> Path | None:
    """The folder `grants` around the file: the one in the root of a repository, else the innermost (a repository may be called grants too)."""
    around = [parent for parent in _absolute(path).parents if parent.name == FOLDER]
    in_repository = [folder for folder in around if (folder.parent / ".git").exists()]
    return next(iter([*in_repository, *around]), None)


def _documents(folder: Path) -> list[Path]:
    """Files below that are documents or would be mistaken for one, sorted; links are not followed. Of a whole repository: its `grants` only."""
    found: list[Path] = []
    if _is_folder(folder / FOLDER) and _grants_root(folder / FOLDER / "any") == _absolute(
        folder / FOLDER
    ):
        folder = folder / FOLDER
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != ".git")
        found.extend(Path(parent, name) for name in sorted(files))
    return [path for path in found if is_document(path.name) or refuse_name(path.name)]


def _shown(path: Path) -> str:
    """Relative to the current folder where that is shorter, since people and editors open it from there."""
    relative = os.path.relpath(path)
    return str(_absolute(path)) if relative.startswith("..") else relative


def _read(path: Path, shown: str) -> SourceFile | Diagnostic | None:
    finding = refuse_name(shown)
    if finding is not None:
        return finding
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            return refusal(
                shown, "source.not-a-file", "not a regular file", "Commit the files themselves."
            )
        finding = refuse_size(shown, status.st_size)
        if finding is not None:
            return finding
        with path.open("rb") as stream:
            return SourceFile(shown, stream.read(MAX_BYTES + 1))
    except OSError as error:
        return refusal(shown, "source.unreadable", f"cannot be read: {error.strerror}")
