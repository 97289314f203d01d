"""node-oracledb in thin mode, where node and the package are (`make node-drivers` installs it)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1] / "node"
NODE = shutil.which("node")
INSTALLED = FOLDER / "node_modules" / "oracledb"

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="node is not installed"),
    pytest.mark.skipif(
        not INSTALLED.is_dir(), reason="node-oracledb is not installed: make node-drivers"
    ),
]


@pytest.fixture
def seen(listening: Any) -> dict[str, Any]:
    environment = os.environ | {
        "SANDBOX_PORT": str(listening.port),
        "SANDBOX_PASSWORD": listening.password,
    }
    assert NODE is not None
    done = subprocess.run(
        [NODE, "drive.mjs"], cwd=FOLDER, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_node_oracledb_is_served(seen: dict[str, Any], listening: Any) -> None:
    assert seen.pop("version").startswith(str(int(listening.release)))
    assert seen.pop("killed")
    for refused in ("cannot", "cutOff"):
        assert seen.pop(refused) == "ORA-00942"
    assert seen == {
        "thin": True,
        "columns": ["EMPLOYEE_ID", "LAST_NAME", "SALARY", "HIRE_DATE"],
        "rows": 3,
        "types": ["number", "string", "number", "date"],
        "fetched": 120,
        "inserted": 3,
        "afterRollback": 0,
        "lob": True,
        "raw": [1, 2, 255],
        "returned": [2],
        "block": {"sum": 5, "text": "it is 2"},
        "cursor": 8,
        "wrongPassword": "ORA-01017",
        "can": 120,
        "proxied": ["ALICE", "BOB"],
        "pool": [2, 4, 6, 8, 10],
    }
