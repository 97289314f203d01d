"""Hours say when access may begin, on the clocks of a zone; the hint names the next instant that would pass."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.policies import Hours
from reconciler.policy.caps import NEVER, check_request, opens_at
from reconciler.policy.hours import all_open, in_words, is_open, next_open
from tests.policy.rule_papers import (
    DAY,
    HOUR,
    MONDAY,
    WINDOW,
    at,
    documents,
    exception,
    hours,
    policy,
    request,
    rules_of,
    target,
    window,
)

BERLIN = ZoneInfo("Europe/Berlin")
EVERY_DAY = frozenset(range(7))


def berlin(*when: int, fold: int = 0) -> datetime:
    return datetime(*when, tzinfo=BERLIN, fold=fold).astimezone(UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("when", "may_begin"),
    [
        ((2026, 11, 23, 7, 0), True),  # Monday, as the hours begin
        ((2026, 11, 23, 6, 59, 59), False),
        ((2026, 11, 23, 18, 59, 59), True),
        ((2026, 11, 23, 19, 0), False),
        ((2026, 11, 22, 12, 0), False),  # Sunday
        ((2026, 7, 6, 7, 0), True),  # summer time
    ],
)
def test_access_begins_on_the_days_from_the_start_until_before_the_end(
    when: tuple[int, ...], may_begin: bool
) -> None:
    assert is_open(hours(), berlin(*when)) is may_begin


def test_the_days_are_those_of_the_zone() -> None:
    """At 23:30 UTC on Sunday it is Monday in Auckland."""
    sunday_night = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert is_open(hours("Pacific/Auckland"), sunday_night)
    assert not is_open(hours("UTC", start=time(0), end=time.max), sunday_night)


@pytest.mark.parametrize(
    ("after", "following"),
    [
        ((2026, 11, 23, 9, 0), (2026, 11, 23, 9, 0)),
        ((2026, 11, 23, 5, 0), (2026, 11, 23, 7, 0)),
        ((2026, 11, 27, 19, 0), (2026, 11, 30, 7, 0)),
        ((2026, 11, 27, 23, 0), (2026, 11, 30, 7, 0)),
        ((2026, 3, 27, 20, 0), (2026, 3, 30, 7, 0)),  # over the change to summer time
    ],
)
def test_the_next_instant_is_the_first_that_passes(
    after: tuple[int, ...], following: tuple[int, ...]
) -> None:
    assert next_open((hours(),), berlin(*after)) == berlin(*following)


def test_hours_that_begin_while_the_clocks_are_put_forward_begin_when_they_were() -> None:
    """On 2026-03-29 in Berlin there is no 02:30: after 01:59:59 comes 03:00."""
    early = hours(days=EVERY_DAY, start=time(2, 30), end=time(4))
    assert next_open((early,), berlin(2026, 3, 29, 1, 0)) == berlin(2026, 3, 29, 3, 0)


def test_hours_over_the_time_that_comes_twice_begin_twice() -> None:
    """On 2026-10-25 in Berlin 02:30 comes twice."""
    early = hours(days=EVERY_DAY, start=time(2, 30), end=time(4))
    first, second = (berlin(2026, 10, 25, 2, 30, fold=fold) for fold in (0, 1))
    assert next_open((early,), first - HOUR) == first
    between = second - timedelta(minutes=10)
    assert not is_open(early, between)
    assert next_open((early,), between) == second


def test_a_change_of_the_clocks_can_bring_the_hours_back() -> None:
    """Hours that ended at 03:00 are on again when the clocks are put back to 02:00."""
    early = hours(days=EVERY_DAY, start=time(2), end=time(3))
    assert next_open((early,), berlin(2026, 10, 25, 2, 30)) == berlin(2026, 10, 25, 2, 30)
    just_after = berlin(2026, 10, 25, 2, 0, fold=1)
    assert is_open(early, just_after)


def test_of_several_hours_all_must_let_it_begin() -> None:
    new_york = hours("America/New_York")
    both = (hours(), new_york)
    assert next_open(both, MONDAY) == datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert next_open((), MONDAY) == MONDAY


def test_hours_that_never_meet_never_begin() -> None:
    weekend = hours(days=(5, 6))
    assert next_open((hours(), weekend), MONDAY) is None
    assert next_open((hours(days=()),), MONDAY) is None
    never_meet = (
        hours("UTC", EVERY_DAY, start=time(0), end=time(6)),
        hours("UTC", EVERY_DAY, start=time(6), end=time(7)),
    )
    assert next_open(never_meet, MONDAY) is None


@pytest.mark.parametrize(
    "edge",
    [
        datetime.max.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=UTC),
        datetime(9999, 12, 30, tzinfo=UTC),
    ],
)
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_at_the_ends_of_the_calendar_nothing_begins(edge: datetime, zone: str) -> None:
    short = hours(zone, EVERY_DAY, start=time(11), end=time(11, 1))
    assert not is_open(short, edge)
    found = next_open((short,), edge)
    assert found is None or is_open(short, found)


ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
CLOCK = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
HOURS = st.builds(
    lambda zone, days, one, other: Hours(zone, days, min(one, other), max(one, other), at(1)),
    ZONES,
    st.frozensets(st.integers(0, 6)),
    CLOCK,
    CLOCK,
)
QUARTERS = st.integers(0, 4 * 24 * 365).map(
    lambda number: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * number)
)


@settings(max_examples=60)
@given(st.lists(HOURS, min_size=1, max_size=2), QUARTERS)
def test_no_instant_before_the_next_one_passes(several: list[Hours], start: datetime) -> None:
    found = next_open(tuple(several), start)
    last = min(found or start + 8 * DAY, start + 8 * DAY)
    if found is not None:
        assert found >= start
        assert all_open(several, found)
    step = start
    while step < last:
        assert not all_open(several, step)
        step += timedelta(minutes=15)


def test_hours_in_words() -> None:
    assert in_words(hours(days=(4, 0))) == "Mon, Fri 07:00-19:00 Europe/Berlin"
    assert in_words(hours("UTC", (0,), end=time.max)) == "Mon 07:00-24:00 UTC"


# Held against requests


def starting(start: datetime) -> object:
    return request(window=window(start, duration=HOUR))


def test_a_written_start_must_be_within_the_hours_of_every_policy() -> None:
    known = documents(policy(hours=hours()), policy("estate", hours=hours("America/New_York")))
    (one,) = check_request(starting(MONDAY), known)  # type: ignore[arg-type]
    assert (one.rule, one.origin) == ("policy.hours", WINDOW)
    assert one.message == (
        "the start 2026-11-23T09:00:00Z (Mon 2026-11-23 04:00 America/New_York) is not within the hours of policy estate:"
        " Mon, Tue, Wed, Thu, Fri 07:00-19:00 America/New_York"
    )
    assert (
        one.hint
        == "The next start that would pass: 2026-11-23T12:00:00Z (Mon 2026-11-23 07:00 America/New_York)."
    )
    assert one.related == (hours().origin,)
    assert check_request(starting(MONDAY + 4 * HOUR), known) == ()  # type: ignore[arg-type]


def test_when_no_start_would_pass_the_hint_says_so() -> None:
    known = documents(policy(hours=hours(days=())))
    (one,) = check_request(starting(MONDAY), known)  # type: ignore[arg-type]
    assert one.hint.startswith("No start would pass")


def test_without_a_written_start_hours_are_no_matter_of_the_document() -> None:
    assert check_request(request(), documents(policy(hours=hours(days=())))) == ()


NIGHT = MONDAY + 12 * HOUR


def test_without_a_written_start_access_waits_for_the_hours() -> None:
    known = documents(policy(hours=hours()), policy("open"))
    assert opens_at(request(), target(), known, MONDAY) is None
    assert opens_at(request(), target(), known, NIGHT) == berlin(2026, 11, 24, 7, 0)
    assert opens_at(request(), target(), documents(policy()), NIGHT) is None


def test_hours_that_never_begin_let_nothing_begin() -> None:
    known = documents(policy(hours=hours(days=())))
    assert opens_at(request(), target(), known, MONDAY) == NEVER


def test_a_written_start_waits_for_nothing_else() -> None:
    known = documents(policy(hours=hours()))
    assert opens_at(starting(MONDAY), target(), known, NIGHT) is None  # type: ignore[arg-type]


def test_an_exception_from_hours_counts_until_its_end() -> None:
    known = documents(policy(hours=hours(), exceptions=(exception("policy.hours"),)))
    assert opens_at(request(), target(), known, NIGHT) is None
    assert opens_at(request(), target(), known, NIGHT + DAY) == berlin(2026, 11, 25, 7, 0)
    written = starting(NIGHT)
    assert rules_of(check_request(written, known)) == ["policy.exception"]  # type: ignore[arg-type]
