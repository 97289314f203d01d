"""Which columns patterns cover."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.classification import Column, ColumnPattern, Level, covering
from reconciler.model.names import matches

PARTS = st.sampled_from(["HR", "OE", "A_B", "*", "H*", "*R", "*_*", "50%"])
PATTERNS = st.builds(ColumnPattern, PARTS, PARTS, PARTS)
NAMES = st.sampled_from(["HR", "OE", "A_B", "AXB", "H", "R", "50%"])


@given(st.frozensets(PATTERNS, max_size=6), st.builds(Column, NAMES, NAMES, NAMES))
def test_a_column_is_covered_when_one_pattern_covers_each_part(
    patterns: frozenset[ColumnPattern], column: Column
) -> None:
    expected = any(all(map(matches, row, column)) for row in patterns)
    assert covering(patterns)(column) == expected


def test_levels_are_ordered_by_how_much_harm_the_data_can_do_not_by_their_words() -> None:
    assert sorted(Level, key=lambda level: level.rank) == [
        Level.INTERNAL,
        Level.CONFIDENTIAL,
        Level.RESTRICTED,
    ]


def test_a_pattern_is_shown_as_documents_write_it() -> None:
    assert str(ColumnPattern("HR", "*", "SALARY")) == "HR.*.SALARY"
