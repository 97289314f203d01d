"""The workflow files to hold to account: this project's own, and those that `reconciler init` writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.cli.app import run
from reconciler.model.exit_codes import ExitCode

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `reconciler init` leaves it."""
    folder = tmp_path_factory.mktemp("starter") / "grants-repository"
    assert run(["init", str(folder)]) == ExitCode.OK
    return folder


@pytest.fixture(scope="session")
def workflows(starter: Path) -> list[Path]:
    own = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    written = sorted((starter / ".github" / "workflows").glob("*.yml"))
    assert own
    assert written
    return [*own, *written]
