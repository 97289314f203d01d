"""What multitenancy makes impossible, and what of it is simply left alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.planning import containers


def test_the_root_of_a_cdb_is_no_target(world: Any) -> None:
    snapshot = world.snapshot()
    root = replace(snapshot, database=replace(snapshot.database, container="CDB$ROOT"))
    found = containers.problem(root)
    assert found is not None
    assert (found.rule, found.is_error) == ("target.root-container", True)
    assert "ORA-65096" in found.message
    assert "pluggable database" in found.hint


@pytest.mark.parametrize("container", ["HRPDB", "ORCL"])
def test_a_pluggable_database_and_a_non_cdb_are_targets(world: Any, container: str) -> None:
    """In a non-CDB the container has the database's own name."""
    snapshot = world.snapshot()
    found = replace(snapshot, database=replace(snapshot.database, container=container))
    assert containers.problem(found) is None
