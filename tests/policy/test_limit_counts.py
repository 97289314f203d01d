"""How many leases at once, and how many hours a week."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.documents import Window
from reconciler.model.leases import LeaseRecord, RecordStatus
from reconciler.model.policies import Limits
from reconciler.policy.limit_counts import check_counts
from tests.policy.rule_papers import DAY, HERE, HOUR, documents, policy, request, target

NOW = datetime(2026, 11, 20, 14, tzinfo=UTC)


def record(
    name: str = "other",
    *,
    start: datetime = NOW - HOUR,
    length: timedelta = 4 * HOUR,
    ended_at: datetime | None = None,
    requester: str = "alice",
) -> LeaseRecord:
    status = RecordStatus.ENDED if ended_at else RecordStatus.GRANTED
    return LeaseRecord(
        id=name,
        target="hr-prod",
        status=status,
        grantee=requester.upper(),
        requester=requester,
        first_start=start,
        end=start + length,
        entitlements=frozenset(),
        path="grants/requests/other.yaml",
        ended_at=ended_at,
    )


def asked(length: timedelta | None = HOUR) -> Any:
    until = NOW + 99 * DAY if length is None else None
    return replace(request(), name="new", window=Window(None, until, length, HERE))


def rules_of(
    limits: Limits, *records: LeaseRecord, waiting: int = 0, length: Any = HOUR
) -> list[str]:
    known = documents(policy("a", limits=limits))
    found = check_counts(asked(length), target(), known, records, NOW, waiting)
    return [row.rule for row in found]


def test_one_lease_too_many_at_the_same_time() -> None:
    assert rules_of(Limits(concurrent=1), record()) == ["policy.too-many-leases"]
    assert rules_of(Limits(concurrent=2), record()) == []
    assert rules_of(Limits(concurrent=2), record(), waiting=1) == ["policy.too-many-leases"]


def test_leases_of_others_that_are_over_and_the_same_one_do_not_count() -> None:
    of_bob = record(requester="bob")
    ended = record(ended_at=NOW - HOUR / 2)
    run_out = record(start=NOW - DAY, length=HOUR)
    itself = record("new")
    assert rules_of(Limits(concurrent=1), of_bob, ended, run_out, itself) == []


def test_what_was_granted_in_the_last_seven_days_counts_with_what_is_asked_for() -> None:
    limits = Limits(hours_a_week=5 * HOUR, origin=HERE)
    assert rules_of(limits, record()) == []
    assert rules_of(limits, record(), length=2 * HOUR) == ["policy.too-much-a-week"]
    assert rules_of(limits, record(start=NOW - 8 * DAY), length=2 * HOUR) == []


def test_a_lease_that_was_handed_back_counts_for_as_long_as_it_was_there() -> None:
    early = record(start=NOW - 3 * HOUR, ended_at=NOW - 2 * HOUR)
    assert rules_of(Limits(hours_a_week=2 * HOUR), early) == []


def test_a_request_without_a_length_is_not_counted_in_hours() -> None:
    assert rules_of(Limits(hours_a_week=HOUR), length=None) == []


def test_the_finding_says_what_would_pass() -> None:
    known = documents(policy("a", limits=Limits(hours_a_week=5 * HOUR)))
    (found,) = check_counts(asked(2 * HOUR), target(), known, [record()], NOW)
    assert found.hint == "1h would pass now"
    (full,) = check_counts(asked(2 * HOUR), target(), known, [record(), record("third")], NOW)
    assert full.hint == "ask again in some days"
    assert found.related == ()


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 3))
def test_more_leases_never_help(limit: int, running: int, waiting: int) -> None:
    rows = [record(f"r{number}") for number in range(running)]
    found = rules_of(Limits(concurrent=limit), *rows, waiting=waiting)
    assert bool(found) == (running + waiting + 1 > limit)
