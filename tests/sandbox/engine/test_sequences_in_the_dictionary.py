"""Sequences as the dictionary shows them."""

from __future__ import annotations

from typing import Any

COLUMNS = "min_value, max_value, increment_by, last_number"


def test_the_largest_number_has_all_its_nines(system: Any) -> None:
    system.execute("CREATE SEQUENCE hr.s START WITH 5")
    query = f"SELECT {COLUMNS} FROM dba_sequences WHERE sequence_owner = 'HR'"
    assert system.rows(query) == [(1, 10**28 - 1, 1, 5)]
    assert system.rows(f"{query} AND max_value > 1000000") == [(1, 10**28 - 1, 1, 5)]


def test_a_limit_that_was_set_is_shown_as_it_is(system: Any) -> None:
    system.execute("CREATE SEQUENCE hr.s MAXVALUE 99 INCREMENT BY 3 MINVALUE 2")
    query = f"SELECT {COLUMNS} FROM dba_sequences WHERE sequence_owner = 'HR' AND max_value < 100"
    assert system.rows(query) == [(2, 99, 3, 2)]
