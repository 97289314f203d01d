"""Limits of several policies: the smallest of each holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.documents import TargetSelector
from reconciler.model.policies import Limits
from reconciler.policy.caps import activate_within, limits_for
from tests.policy.rule_papers import (
    DAY,
    HERE,
    HOUR,
    approvals,
    at,
    chain,
    documents,
    policy,
    request,
    target,
)


def limited(name: str, **more: Any) -> Any:
    return policy(name, limits=Limits(origin=at(33, name), **more))


def test_p24_of_each_limit_the_smallest_holds() -> None:
    known = documents(
        limited("a", concurrent=3, hours_a_week=40 * HOUR),
        limited("b", concurrent=5, extensions=1, hours_a_week=8 * HOUR),
        policy("c"),
    )
    assert limits_for(request(), target(), known) == Limits(3, 1, 8 * HOUR, at(33, "a"))


def test_zero_is_a_limit_and_none_is_none() -> None:
    known = documents(limited("a", extensions=0), limited("b", extensions=2))
    assert limits_for(request(), target(), known).extensions == 0
    assert limits_for(request(), target(), documents(policy())) == Limits()


def test_nothing_is_limited_on_a_target_that_is_not_asked_for() -> None:
    known = documents(
        policy("dev", targets=TargetSelector(("hr-dev",), {}, HERE), limits=Limits(1, origin=at(1)))
    )
    assert limits_for(request(), target("hr-dev"), known) == Limits()


def test_approvals_are_good_for_the_shortest_time_that_a_policy_says() -> None:
    def asking(name: str, days: int | None) -> Any:
        within = None if days is None else days * DAY
        return policy(name, approvals=approvals(chain(), activate_within=within))

    known = documents(asking("a", 3), asking("b", 2), asking("c", None), policy("d"))
    assert activate_within(request(), target(), known) == 2 * DAY
    assert activate_within(request(), target(), documents(asking("c", None))) is None
    assert activate_within(request(), target("hr-dev"), known) is None


NUMBERS = st.one_of(st.none(), st.integers(0, 9))


@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), max_size=4))
def test_p24_a_limit_is_never_larger_than_that_of_any_policy(
    rows: list[tuple[int | None, int | None, int | None]],
) -> None:
    def hours(number: int | None) -> timedelta | None:
        return None if number is None else number * HOUR

    policies = [
        limited(f"p{index}", concurrent=one, extensions=two, hours_a_week=hours(three))
        for index, (one, two, three) in enumerate(rows)
    ]
    found = limits_for(request(), target(), documents(*policies))
    for column, value in enumerate((found.concurrent, found.extensions, found.hours_a_week)):
        told = [row[column] for row in rows if row[column] is not None]
        least = min(told, default=None)  # type: ignore[type-var]
        assert value == (hours(least) if column == 2 else least)
