"""One database for all attacks: each has a repository of its own, and what is refused leaves nothing behind."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reconciler.model.instants import parse_duration
from reconciler.sandbox import process
from tests.scenarios.conftest import PASSWORD, SYSTEM_PASSWORD, template
from tests.scenarios.world import World

__all__ = ["template"]

RELEASE = 23


@pytest.fixture(scope="module")
def database(
    tmp_path_factory: pytest.TempPathFactory, template: Callable[[int], Path]
) -> Iterator[Path]:
    """What the attacks of a module share; a module whose attacks move its clock has a `database` for each of them."""
    yield from started(tmp_path_factory.mktemp("attacked") / "sandbox", template(RELEASE))


def started(folder: Path, template: Path) -> Iterator[Path]:
    shutil.copytree(template, folder)
    process.start(folder, port=0)
    try:
        yield folder
    finally:
        process.stop(folder)


@pytest.fixture
def attacked(tmp_path: Path, database: Path) -> Iterator[World]:
    """An authoritative target in a fresh repository."""
    found = World(
        tmp_path / "access",
        f"127.0.0.1:{process.status(database).port}/FREEPDB1",
        RELEASE,
        SYSTEM_PASSWORD,
        PASSWORD,
        lambda duration: process.advance(database, parse_duration(duration).total_seconds()),
        sandbox=database,
    )
    found.start_repository(mode="additive")
    yield found
    found.close()
