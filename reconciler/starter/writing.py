"""Writing files where there are none yet. What exists stays as it is, whatever it is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reconciler.model.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class Written:
    """`created` are paths that did not exist. `kept` existed and say the same, `yours` existed and say something else; both stay as they were."""

    created: tuple[str, ...]
    kept: tuple[str, ...]
    yours: tuple[str, ...]


def write(folder: Path, files: Mapping[str, bytes]) -> Written:
    """Writes the files below the folder, which is made if it does not exist. Raises InvalidInputError when one of them cannot be written."""
    created: list[str] = []
    kept: list[str] = []
    yours: list[str] = []
    for path, data in sorted(files.items()):
        place = folder / path
        try:
            if os.path.lexists(place):
                (kept if _says(place, data) else yours).append(path)
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as stream:
                stream.write(data)
        except OSError as error:
            raise InvalidInputError(
                "init.cannot-write",
                f"cannot write {place}: {error.strerror}",
                hint="what was written before it stays; run it again when that is mended",
            ) from None
        created.append(path)
    return Written(tuple(created), tuple(kept), tuple(yours))


def _says(place: Path, data: bytes) -> bool:
    return place.is_file() and place.read_bytes() == data
