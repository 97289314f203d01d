"""One database for the tests of a command: starting it takes longer than they do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.model.exit_codes import ExitCode
from reconciler.sandbox import process
from tests.cli.worlds import world_on
from tests.scenarios.conftest import SYSTEM_PASSWORD, make_account
from tests.scenarios.world import World


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A running stand-in with the sample and the reconciler's account."""
    folder = tmp_path_factory.mktemp("database") / "sandbox"
    running = process.start(folder, port=0, release=23, password=SYSTEM_PASSWORD, sample=True)
    try:
        make_account(f"127.0.0.1:{running.port}/FREEPDB1", 23)
        yield folder
    finally:
        process.stop(folder)


@pytest.fixture
def observed(database: Path, tmp_path: Path) -> Iterator[World]:
    """A target whose database is only looked at, so that tests leave nothing behind for each other."""
    found = world_on(database, tmp_path / "access")
    found.start_repository(mode="observe")
    yield found
    found.close()


@pytest.fixture(scope="module")
def lasting(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    found = world_on(database, tmp_path_factory.mktemp("lasting") / "access")
    found.start_repository()
    yield found
    found.close()


@pytest.fixture
def world(lasting: World) -> Iterator[World]:
    """An authoritative target. What a test asked for is ended after it: a database and its ledger belong together, so that they are used again together."""
    before = lasting.git("rev-parse", "HEAD")
    yield lasting
    lasting.environment.clear()
    lasting.git("rm", "-r", "-q", "--ignore-unmatch", "grants")
    lasting.git("checkout", before, "--", "grants")
    lasting.git("commit", "-q", "--allow-empty", "-m", "As before")
    ran = lasting.run("reconcile")
    assert ran.code == ExitCode.OK, ran.out + ran.err
