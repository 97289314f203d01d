"""Hints for words that are not known."""

from __future__ import annotations

import pytest

from reconciler.documents.suggestions import closest, did_you_mean


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("untill", ["until", "start"], "until"),
        ("expire_at", ["until", "start"], "until"),
        ("expires-at", ["until", "start"], "until"),
        ("ttl", ["until", "duration"], "duration"),
        ("ttl", ["reason"], None),
        ("SELECT", ["select"], "select"),
        ("zzz", ["until"], None),
        ("a", [], None),
    ],
)
def test_the_closest_known_word(word: str, known: list[str], meant: str | None) -> None:
    assert closest(word, known) == meant


def test_the_hint_is_empty_when_nothing_is_near() -> None:
    assert did_you_mean("zzz", ["until"]) == ""
    assert did_you_mean("untl", ["until"]) == "Did you mean `until`?"


def test_of_very_many_names_only_near_ones_are_compared() -> None:
    known = [f"person-{number}" for number in range(5000)] + ["payroll"]
    assert closest("payrol", known) == "payroll"
