"""Fail closed on time: what is not exactly right is an error (P23)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.instants import (
    InvalidTimeError,
    format_duration,
    format_instant,
    parse_duration,
    parse_instant,
)

EARLIEST = datetime(1900, 1, 1)  # noqa: DTZ001 - hypothesis wants naive bounds
LATEST = datetime(2200, 1, 1)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-20T14:00:00Z", datetime(2026, 11, 20, 14, tzinfo=UTC)),
        ("2026-11-20T14:00Z", datetime(2026, 11, 20, 14, tzinfo=UTC)),
        ("2026-11-20T14:00:00+05:30", datetime(2026, 11, 20, 8, 30, tzinfo=UTC)),
        ("2026-11-20T00:30-01:00", datetime(2026, 11, 20, 1, 30, tzinfo=UTC)),
        ("2028-02-29T00:00Z", datetime(2028, 2, 29, tzinfo=UTC)),
    ],
)
def test_instants_with_a_zone(text: Any, instant: Any) -> None:
    parsed = parse_instant(text)
    assert parsed == instant
    assert parsed.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        "next fryday",
        "in 3 dayz",
        "4 hours",
        "2026-13-01",
        "2026-11-20",
        "2026-11-20T14:00:00",
        "2026-11-20 14:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-11-20T25:00:00Z",
        "2026-11-20T14:00:00z",
        "2026-11-20T14:00:00+0100",
        "2026-11-20T14:00:00+25:00",
        "2026-11-20T14:00:00Z\n",
        " 2026-11-20T14:00:00Z",
        "never",
        "",
        "0",
        "0001-01-01T00:00:00+05:00",
        "\uff12026-11-20T14:00:00Z",
    ],
)
def test_p23_everything_else_is_an_error(text: Any) -> None:
    with pytest.raises(InvalidTimeError):
        parse_instant(text)


@given(st.datetimes(EARLIEST, LATEST).map(lambda found: found.replace(microsecond=0, tzinfo=UTC)))
def test_an_instant_reads_back(instant: Any) -> None:
    assert parse_instant(format_instant(instant)) == instant


def test_an_instant_is_shown_in_utc_without_fractions() -> None:
    east = timezone(timedelta(hours=2))
    assert (
        format_instant(datetime(2026, 11, 20, 1, 0, 0, 999_999, tzinfo=east))
        == "2026-11-19T23:00:00Z"
    )


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("30m", timedelta(minutes=30)),
        ("4h", timedelta(hours=4)),
        ("1h30m", timedelta(minutes=90)),
        ("2d", timedelta(days=2)),
        ("1d1h1m1s", timedelta(seconds=90061)),
    ],
)
def test_durations(text: Any, duration: Any) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "0h",
        "0d0h",
        "never",
        "4",
        "4 h",
        "-4h",
        "4H",
        "1.5h",
        "30m1h",
        "1h1h",
        "h",
        "99999d",
        "4h\n",
        "\u0663h",
    ],
)
def test_p24_no_duration_means_for_ever(text: Any) -> None:
    with pytest.raises(InvalidTimeError):
        parse_duration(text)


@given(st.integers(1, 9_999 * 86_400))
def test_a_duration_reads_back(seconds: Any) -> None:
    assert parse_duration(format_duration(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


def test_durations_that_nobody_can_write_are_shown_too() -> None:
    assert [format_duration(timedelta(seconds=found)) for found in (0, -90)] == ["0s", "-1m30s"]
