"""The report of an unexpected error: versions and the places in the code, without the values of variables or the error's text,
which may hold data."""

from __future__ import annotations

import platform
import sys
import tempfile
import traceback
from importlib import metadata
from pathlib import Path


def write_report(error: BaseException) -> Path:
    """Writes the report to a file only the user can read, and returns its path."""
    lines = [
        f"reconciler {_version('reconciler')}, Python {sys.version.split()[0]}, {platform.platform()}"
    ]
    lines += [
        f"{name} {_version(name)}"
        for name in ("oracledb", "pygit2", "jsonschema", "PyYAML", "typer")
    ]
    current: BaseException | None = error
    while current is not None:
        lines.append(f"\n{type(current).__module__}.{type(current).__qualname__}")
        lines += [
            f"  {frame.filename}:{frame.lineno} {frame.name}: {frame.line}"
            for frame in traceback.extract_tb(current.__traceback__)
        ]
        current = current.__cause__ or current.__context__
    with tempfile.NamedTemporaryFile(
        "w", prefix="reconciler-bug-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write("\n".join(lines) + "\n")
    return Path(file.name)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "?"
