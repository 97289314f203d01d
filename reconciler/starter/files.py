"""The files of a new grants repository, by their paths in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

_DOTTED = frozenset({"github", "vscode", "pre-commit-config.yaml", "gitkeep"})
"""Names that are kept without the dot that they are written with."""

REQUIREMENTS = ".github/reconciler/requirements.txt"


def repository() -> dict[str, bytes]:
    """Documents, workflows and settings. Paths are relative, with `/`, in order."""
    return dict(sorted(_walk(resources.files(__package__) / "repository", PurePosixPath())))


def requirements(version: str) -> bytes:
    """What the workflows install: this version, whose hash is left to fill in, and all that it needs with hashes. Raises FileNotFoundError."""
    head = (resources.files(__package__) / "requirements-head.txt").read_text(encoding="utf-8")
    return head.replace("{version}", version).encode() + _lock().read_bytes()


def schemas(folder: Traversable, kinds: Mapping[str, str]) -> dict[str, bytes]:
    """Copies of the schemas of documents for editors, which cannot look into the package; `kinds` names the file of each kind."""
    return {f"schemas/{name}": (folder / name).read_bytes() for name in sorted(kinds.values())}


def _lock() -> Traversable:
    """The locked requirements: in the installed package, or next to it in a source tree; nowhere else."""
    packaged = resources.files("reconciler") / "_requirements" / "runtime.txt"
    if packaged.is_file():
        return packaged
    beside = Path(__file__).resolve().parents[2] / "requirements" / "runtime.txt"
    if beside.is_file():
        return beside
    raise FileNotFoundError("the installation has no locked requirements")


def _walk(folder: Traversable, inside: PurePosixPath) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        name = f".{entry.name}" if entry.name in _DOTTED else entry.name
        if entry.is_dir():
            yield from _walk(entry, inside / name)
        else:
            yield str(inside / name), entry.read_bytes()
