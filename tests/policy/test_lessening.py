"""Which edits of a request give nobody anything more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.documents import (
    AccessRequest,
    Bundle,
    BundleAccess,
    Documents,
    SystemAccess,
    Window,
)
from reconciler.policy.approval.lessening import access_of, gives_no_more
from tests.policy.approval_papers import HERE, request

START = datetime(2026, 11, 20, 14, tzinfo=UTC)
NOTHING = Documents("")


def window(
    start: datetime | None = None, until: datetime | None = None, hours: int | None = None
) -> Window:
    return Window(start, until, timedelta(hours=hours) if hours is not None else None, HERE)


LASTING = replace(request(), window=window(hours=4))


def less(before: AccessRequest | None, after: AccessRequest | None) -> bool:
    return gives_no_more(before, after, NOTHING, NOTHING)


def test_an_end_gives_nothing_whatever_stands_beside_it() -> None:
    assert less(LASTING, None)
    assert less(None, replace(LASTING, ended=True))
    assert less(LASTING, replace(LASTING, ended=True, user="BOB"))


def test_a_new_request_and_one_that_was_ended_give_something() -> None:
    assert not less(None, LASTING)
    assert not less(replace(LASTING, ended=True), LASTING)


@pytest.mark.parametrize("changed", [{"reason": "Another"}, {"ticket": "OPS-2"}, {"user": "BOB"}])
def test_another_reason_ticket_or_user_is_another_request(changed: dict[str, str]) -> None:
    assert not less(LASTING, replace(LASTING, **changed))  # type: ignore[arg-type]


def test_a_bundle_that_gives_more_by_now_is_more() -> None:
    wanted = (BundleAccess("payroll", HERE),)
    asking = replace(LASTING, access=wanted)
    narrow, wide = (
        Documents("", bundles={"payroll": Bundle("payroll", HERE, "x", access)})
        for access in ((), (SystemAccess("CREATE VIEW", False, HERE),))
    )
    assert gives_no_more(asking, asking, narrow, narrow)
    assert not gives_no_more(asking, asking, narrow, wide)


@given(st.integers(1, 100), st.integers(1, 100))
def test_a_shorter_duration_gives_no_more_and_a_longer_one_does(before: int, after: int) -> None:
    one, other = (replace(LASTING, window=window(hours=hours)) for hours in (before, after))
    assert less(one, other) is (after <= before)


@given(st.integers(1, 100), st.integers(1, 100))
def test_an_earlier_end_gives_no_more_and_a_later_one_does(before: int, after: int) -> None:
    one, other = (
        replace(LASTING, window=window(START, START + timedelta(hours=hours)))
        for hours in (before, after)
    )
    assert less(one, other) is (after <= before)


@pytest.mark.parametrize(
    "other",
    [window(START, hours=4), window(START - timedelta(hours=1), hours=4), window(until=START)],
)
def test_another_start_or_another_form_of_an_end_is_looked_at(other: Window) -> None:
    assert not less(LASTING, replace(LASTING, window=other))


@pytest.mark.parametrize(
    ("before", "after", "no_more"),
    [
        (window(START, hours=4), window(START, hours=4), True),
        (window(START, hours=4), window(START, hours=3), True),
        (window(START, hours=4), window(START, hours=5), False),
        (window(START, START + timedelta(hours=4)), window(START, START), True),
        (window(START, START), window(START, START + timedelta(hours=4)), False),
        (window(START, hours=4), window(START, START), False),
    ],
)
def test_ends_of_one_form_are_compared(before: Window, after: Window, no_more: bool) -> None:
    one, other = (replace(LASTING, window=found) for found in (before, after))
    assert less(one, other) is no_more


def test_what_reviewers_see_of_a_request_is_not_its_time() -> None:
    later = replace(LASTING, window=window(START, hours=1), ended=True, reason="Another")
    assert access_of(LASTING, NOTHING) == access_of(later, NOTHING)
    assert access_of(LASTING, NOTHING) != access_of(replace(LASTING, user="BOB"), NOTHING)
