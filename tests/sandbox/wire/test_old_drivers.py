"""The same server, other majors of the driver: set RECONCILER_OLD_ORACLEDB_PYTHON to interpreters that have them, separated by the path separator."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("old_driver.py")
OTHERS = [
    path for path in os.environ.get("RECONCILER_OLD_ORACLEDB_PYTHON", "").split(os.pathsep) if path
]


@pytest.mark.parametrize("python", [sys.executable, *OTHERS])
def test_a_driver_of_another_major_finds_everything_it_needs(dsn: str, python: str) -> None:
    done = subprocess.run(
        [python, str(SCRIPT), dsn], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "all done" in done.stdout
