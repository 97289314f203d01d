"""The lock of the node driver names a version and a hash, and no place to download from."""

from __future__ import annotations

import json
from pathlib import Path

LOCK = Path(__file__).parents[1] / "node" / "package-lock.json"


def test_the_lock_holds_names_versions_and_hashes_only() -> None:
    packages = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    locked = {name: package for name, package in packages.items() if name}
    assert list(locked) == ["node_modules/oracledb"]
    assert all(
        package["version"] and package["integrity"].startswith("sha512-")
        for package in locked.values()
    )
    assert "resolved" not in LOCK.read_text(encoding="utf-8")
