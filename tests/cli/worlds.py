"""Repositories on the database that the tests of commands share."""

from __future__ import annotations

from pathlib import Path

from reconciler.model.instants import parse_duration
from reconciler.sandbox import process
from tests.scenarios.conftest import PASSWORD, SYSTEM_PASSWORD
from tests.scenarios.world import World


def world_on(database: Path, repository: Path) -> World:
    """A repository without documents yet on the database."""
    port = process.status(database).port
    return World(
        repository,
        f"127.0.0.1:{port}/FREEPDB1",
        23,
        SYSTEM_PASSWORD,
        PASSWORD,
        lambda duration: process.advance(database, parse_duration(duration).total_seconds()),
        sandbox=database,
    )
