"""Names with wildcards are sets of names; what is said of two of them is true of every name in them."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model import names
from reconciler.policy.globs import ANYTHING, Glob

TEXTS = ["".join(text) for size in range(4) for text in product("ab*", repeat=size)]
NAMES = ["".join(text) for size in range(6) for text in product("abc", repeat=size)]
"""`c` is in no pattern: what a wildcard stands for may be anything."""
GLOBS = [Glob(text) for text in TEXTS] + [Glob("a*", exact=True), Glob("*", exact=True)]


def members(glob: Glob) -> frozenset[str]:
    if glob.exact:
        return frozenset({glob.text})
    return frozenset(name for name in (*NAMES, "a*", "*") if names.matches(glob.text, name))


MEMBERS = {glob: members(glob) for glob in GLOBS}


@pytest.mark.parametrize("one", GLOBS, ids=str)
def test_covering_is_the_subset_of_names(one: Glob) -> None:
    for other in GLOBS:
        assert one.covers(other) is (MEMBERS[other] <= MEMBERS[one]), other


@pytest.mark.parametrize("one", GLOBS, ids=str)
def test_meeting_is_a_name_in_common(one: Glob) -> None:
    for other in GLOBS:
        assert one.meets(other) is bool(MEMBERS[one] & MEMBERS[other]), other


TEXT = st.text("AB*_", max_size=12)


@given(TEXT, TEXT, TEXT)
def test_covering_is_an_order_and_implies_meeting(one: str, two: str, three: str) -> None:
    a, b, c = Glob(one), Glob(two), Glob(three)
    assert a.covers(a)
    assert ANYTHING.covers(a)
    assert a.meets(b) is b.meets(a)
    if a.covers(b):
        assert a.meets(b)
    if a.covers(b) and b.covers(c):
        assert a.covers(c)
