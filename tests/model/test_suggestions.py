"""The known word nearest to an unknown one."""

from __future__ import annotations

import pytest

from reconciler.model.suggestions import MAX_CANDIDATES, nearest


@pytest.mark.parametrize(
    ("word", "known", "found"),
    [
        ("HR_REDER", ("HR_READER", "HR_WRITER"), "HR_READER"),
        ("select", ("SELECT", "INSERT"), "SELECT"),
        ("HR_READER", ("PAYROLL",), None),
        ("X", (), None),
        ("A" * 10_000, ("A" * 99,), "A" * 99),
    ],
)
def test_it_is_the_most_alike_in_either_case_and_none_where_nothing_is_near(
    word: str, known: tuple[str, ...], found: str | None
) -> None:
    assert nearest(word, known) == found


def test_among_thousands_only_words_with_the_same_first_letter_are_compared() -> None:
    crowd = [f"Z{number:04}" for number in range(10 * MAX_CANDIDATES)]
    assert nearest("hr_reder", [*crowd, "HR_READER"]) == "HR_READER"
    assert nearest("xr_reder", [*crowd, "HR_READER"]) is None
    assert nearest("xr_reder", ["HR_READER"]) == "HR_READER"
