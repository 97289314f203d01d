"""What policy counts while access runs: leases at once, hours a week, extensions, when access may begin, exceptions that are over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.desired.admission import Rules, admit
from reconciler.model.diagnostics import Diagnostic, Origin, Severity
from reconciler.model.leases import EndReason, Phase, RecordStatus
from reconciler.model.ledger import LedgerState
from reconciler.model.policies import Limits

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
AT_RULE = Origin("grants/policies/cap.yaml", 9, 3)
NOTHING = Limits()


class Story:
    """Requests of one policy, what the ledger has, and what comes of it."""

    def __init__(self, papers: Any, limits: Limits = NOTHING, **rules: Any) -> None:
        self.papers = papers
        self.rules = Rules(
            limits_for=lambda _request: replace(limits, origin=AT_RULE),
            opens_at=rules.get("opens_at", lambda _request, _at: None),
            exception_ended=rules.get("exception_ended", lambda _request, _at: None),
        )
        self.requests: list[Any] = []
        self.records: list[Any] = []
        self.begun: tuple[str, ...] = ()

    def asks(self, name: str, requester: str = "alice", **window: Any) -> Any:
        found = self.papers.window(**(window or {"duration": 4 * HOUR}))
        asked = replace(self.papers.request(name, window=found), requester=requester)
        self.requests.append(asked)
        return asked

    def runs(self, name: str, start: datetime, end: datetime, **more: Any) -> None:
        """A lease in force, whose request says so still."""
        self.asks(name, start=start, until=more.pop("asked_end", end))
        self.records.append(self.papers.record(name, first_start=start, end=end, **more))

    def ran(self, name: str, start: datetime, end: datetime, **more: Any) -> None:
        """A lease that is over, and whose document is gone."""
        closed = {"status": RecordStatus.ENDED, "ended_at": end, "end_reason": EndReason.EXPIRED}
        record = self.papers.record(name, first_start=start, end=end, **(closed | more))
        self.records.append(record)

    @property
    def outcome(self) -> Any:
        desired = self.papers.resolve(*self.requests, records=self.records)
        requests = {row.name: row for row in self.requests}
        ledger = LedgerState("hr-prod", {row.id: row for row in self.records})
        return admit(desired, requests, ledger, self.rules, self.begun)

    @property
    def granted(self) -> list[str]:
        return [row.id for row in self.outcome.leases if row.phase is Phase.ACTIVE]

    @property
    def rules_found(self) -> list[str]:
        return [row.rule for row in self.outcome.findings]


class TestWithoutLimits:
    def test_nothing_changes(self, papers: Any) -> None:
        story = Story(papers)
        story.runs("a", NOW - HOUR, NOW + HOUR)
        story.asks("b")
        desired = papers.resolve(*story.requests, records=story.records)
        assert story.outcome == desired

    def test_a_lease_without_its_request_is_left_as_it_is(self, papers: Any) -> None:
        story = Story(papers, Limits(concurrent=0))
        story.asks("a")
        desired = papers.resolve(*story.requests)
        assert admit(desired, {}, LedgerState("hr-prod"), story.rules) == desired

    def test_break_glass_access_is_not_limited_and_not_counted(self, papers: Any) -> None:
        limits = Limits(concurrent=1, hours_a_week=4 * HOUR)
        story = Story(papers, limits)
        story.asks("bg-payroll-1", start=NOW - HOUR, duration=10 * HOUR)
        story.ran("bg-payroll-2", NOW - 30 * HOUR, NOW - 20 * HOUR)
        story.asks("b")
        assert story.granted == ["b", "bg-payroll-1"]


class TestAtOneTime:
    def test_p24_no_more_are_granted_than_policy_allows(self, papers: Any) -> None:
        story = Story(papers, Limits(concurrent=2))
        story.runs("a", NOW - HOUR, NOW + 2 * HOUR)
        story.runs("b", NOW - HOUR, NOW + HOUR)
        third = story.asks("c")
        assert story.granted == ["a", "b"]
        (finding,) = story.outcome.findings
        assert (finding.rule, finding.severity) == ("policy.concurrent", Severity.ERROR)
        assert finding.message == (
            "c would be lease 3 of alice at one time on hr-prod; policy allows 2: a, b"
        )
        assert finding.hint == (
            "it is granted once fewer of them are in force. b ends at 2026-11-20T15:00:00Z."
        )
        assert (finding.origin, finding.related) == (third.origin, (AT_RULE,))

    def test_of_new_ones_those_that_asked_to_begin_first_are_granted(self, papers: Any) -> None:
        story = Story(papers, Limits(concurrent=2))
        story.asks("a")
        story.asks("b")
        story.asks("z", start=NOW - HOUR, duration=4 * HOUR)
        assert story.granted == ["a", "z"]
        assert "its end" not in story.outcome.findings[0].hint
        assert story.outcome.findings[0].message.endswith("allows 2: a, z")

    def test_other_people_and_leases_that_are_over_do_not_count(self, papers: Any) -> None:
        story = Story(papers, Limits(concurrent=1))
        story.asks("a", requester="bob")
        story.ran("b", NOW - 2 * HOUR, NOW - HOUR)
        story.records.append(papers.record("ending", end=NOW - HOUR))
        story.asks("later", start=NOW + DAY, duration=HOUR)
        story.asks("z")
        assert story.granted == ["a", "z"]

    def test_none_is_none(self, papers: Any) -> None:
        story = Story(papers, Limits(concurrent=0))
        story.asks("a")
        assert story.granted == []
        assert story.outcome.findings[0].message.endswith("policy allows 0")

    def test_one_of_no_known_end_has_none_to_tell(self, papers: Any) -> None:
        story = Story(papers, Limits(concurrent=1))
        story.asks("a")
        story.asks("b")
        assert story.outcome.findings[0].hint == "it is granted once fewer of them are in force."

    def test_what_was_granted_goes_on_however_many_there_are(self, papers: Any) -> None:
        story = Story(papers, Limits(concurrent=1))
        for name in "abc":
            story.runs(name, NOW - HOUR, NOW + HOUR)
        assert story.granted == ["a", "b", "c"]
        assert story.rules_found == []

    def test_what_a_killed_run_granted_goes_on_and_counts(self, papers: Any) -> None:
        story = Story(papers, Limits(concurrent=1))
        story.begun = ("killed",)
        story.asks("killed")
        story.asks("a")
        assert story.granted == ["killed"]


class TestHoursAWeek:
    def test_p24_what_was_granted_in_seven_days_and_what_is_asked_must_fit(
        self, papers: Any
    ) -> None:
        story = Story(papers, Limits(hours_a_week=10 * HOUR))
        story.ran("a", NOW - 3 * DAY, NOW - 3 * DAY + 7 * HOUR)
        story.asks("b")
        (finding,) = story.outcome.findings
        assert (story.granted, finding.rule) == ([], "policy.hours-a-week")
        assert finding.message == (
            "b asks for 4h; alice was granted 7h on hr-prod in the seven days before 2026-11-20T14:00:00Z,"
            " and policy allows 10h a week"
        )
        assert finding.hint == "3h would pass now"

    def test_exactly_as_much_as_is_allowed_passes(self, papers: Any) -> None:
        story = Story(papers, Limits(hours_a_week=10 * HOUR))
        story.ran("a", NOW - 3 * DAY, NOW - 3 * DAY + 6 * HOUR)
        story.asks("b")
        assert story.granted == ["b"]

    def test_only_the_part_within_the_week_counts(self, papers: Any) -> None:
        story = Story(papers, Limits(hours_a_week=5 * HOUR))
        story.ran("old", NOW - 9 * DAY, NOW - 8 * DAY)
        story.ran("edge", NOW - 7 * DAY - 5 * HOUR, NOW - 7 * DAY + HOUR)
        story.asks("b")
        assert story.granted == ["b"]

    def test_an_early_end_gives_the_rest_back_and_what_lapsed_was_never_granted(
        self, papers: Any
    ) -> None:
        story = Story(papers, Limits(hours_a_week=5 * HOUR))
        story.ran("a", NOW - 2 * DAY, NOW - DAY, ended_at=NOW - 2 * DAY + HOUR)
        story.ran("never", NOW - DAY, NOW, status=RecordStatus.LAPSED)
        story.ran("others", NOW - DAY, NOW, requester="bob")
        story.asks("b")
        assert story.granted == ["b"]

    def test_of_a_lease_in_force_all_of_it_counts(self, papers: Any) -> None:
        story = Story(papers, Limits(hours_a_week=10 * HOUR))
        story.runs("a", NOW - HOUR, NOW + 8 * HOUR)
        story.asks("b")
        assert story.granted == ["a"]
        assert story.outcome.findings[0].hint == "1h would pass now"

    def test_new_leases_count_for_each_other(self, papers: Any) -> None:
        story = Story(papers, Limits(hours_a_week=6 * HOUR))
        story.begun = ("killed",)
        story.asks("killed", duration=HOUR)
        story.asks("a")
        story.asks("b", until=NOW + 2 * HOUR)
        story.asks("c", requester="bob")
        assert story.granted == ["a", "c", "killed"]

    def test_nothing_passes_when_nothing_is_left(self, papers: Any) -> None:
        story = Story(papers, Limits(hours_a_week=HOUR))
        story.ran("a", NOW - DAY, NOW - DAY + HOUR)
        story.asks("b")
        assert story.outcome.findings[0].hint == (
            "nothing passes until what was granted is more than seven days old"
        )


class TestExtensions:
    def extended(self, papers: Any, limits: Limits, extensions: int = 1) -> Story:
        story = Story(papers, limits)
        later = {"asked_end": NOW + 3 * HOUR, "extensions": extensions}
        story.runs("a", NOW - HOUR, NOW + HOUR, **later)
        return story

    def test_p26_one_within_the_limit_moves_the_end(self, papers: Any) -> None:
        for limits in (Limits(extensions=2), Limits(extensions=None)):
            (lease,) = self.extended(papers, limits).outcome.leases
            assert lease.end == NOW + 3 * HOUR

    @pytest.mark.parametrize(
        ("allowed", "words"), [(0, "it never"), (1, "it once"), (2, "it 2 times")]
    )
    def test_p26_one_more_than_policy_allows_leaves_the_end_as_it_is(
        self, papers: Any, allowed: int, words: str
    ) -> None:
        story = self.extended(papers, Limits(extensions=allowed), extensions=2)
        (lease,), (finding,) = story.outcome.leases, story.outcome.findings
        assert (lease.phase, lease.end) == (Phase.ACTIVE, NOW + HOUR)
        assert (finding.rule, finding.severity) == ("policy.extensions", Severity.ERROR)
        assert finding.message == (
            f"a was extended 2 times on hr-prod; policy allows {words}, so it ends at 2026-11-20T15:00:00Z"
        )
        assert finding.related == (AT_RULE,)

    def test_an_extension_must_fit_into_the_week(self, papers: Any) -> None:
        story = self.extended(papers, Limits(hours_a_week=3 * HOUR))
        (lease,), (finding,) = story.outcome.leases, story.outcome.findings
        assert (lease.end, finding.rule) == (NOW + HOUR, "policy.hours-a-week")
        assert "asks for 2h; alice was granted 2h" in finding.message

    def test_an_earlier_end_is_no_extension(self, papers: Any) -> None:
        story = Story(papers, Limits(extensions=0, hours_a_week=timedelta(0)))
        story.runs("a", NOW - HOUR, NOW + 2 * HOUR, asked_end=NOW + HOUR)
        (lease,) = story.outcome.leases
        assert lease.end == NOW + HOUR


class TestHours:
    def waiting(self, papers: Any, opens: Any, **window: Any) -> Story:
        story = Story(papers, Limits(concurrent=1), opens_at=lambda _request, _at: opens)
        story.asks("a", **window)
        return story

    def test_p25_a_duration_waits_and_counts_from_when_it_begins(self, papers: Any) -> None:
        story = self.waiting(papers, NOW + DAY)
        (lease,), (finding,) = story.outcome.leases, story.outcome.findings
        assert lease.phase is Phase.PENDING
        assert (lease.start, lease.end) == (NOW + DAY, NOW + DAY + 4 * HOUR)
        assert (finding.rule, finding.severity) == ("policy.waits-for-hours", Severity.NOTICE)
        assert "from 2026-11-21T14:00:00Z" in finding.message

    def test_a_window_that_is_over_by_then_is_worth_a_warning(self, papers: Any) -> None:
        story = self.waiting(papers, NOW + DAY, until=NOW + HOUR)
        (finding,) = story.outcome.findings
        assert finding.severity is Severity.WARNING
        assert "when its window is over" in finding.message
        assert story.outcome.leases[0].end == NOW + HOUR

    def test_hours_that_never_open_are_an_error(self, papers: Any) -> None:
        story = self.waiting(papers, datetime.max.replace(tzinfo=UTC))
        assert story.outcome.leases == ()
        assert story.outcome.findings[0].severity is Severity.ERROR

    def test_what_was_granted_does_not_wait(self, papers: Any) -> None:
        story = self.waiting(papers, NOW + DAY)
        story.records.append(papers.record("a", end=NOW + HOUR))
        assert story.granted == ["a"]

    def test_waiting_ones_do_not_stand_in_the_way_of_others(self, papers: Any) -> None:
        opens = {"a": NOW + DAY}
        story = Story(
            papers, Limits(concurrent=1), opens_at=lambda request, _at: opens.get(request.name)
        )
        story.asks("a")
        story.asks("b")
        assert story.granted == ["b"]


class TestExceptions:
    def test_access_that_begins_after_the_end_of_its_exception_is_not_granted(
        self, papers: Any
    ) -> None:
        asked: list[Any] = []

        def ended(request: Any, at: datetime) -> Diagnostic:
            asked.append((request.name, at))
            return Diagnostic("policy.exception-ended", request.name, request.origin)

        story = Story(papers, exception_ended=ended)
        story.asks("a", start=NOW - HOUR, duration=2 * HOUR)
        story.asks("b")
        story.runs("c", NOW - HOUR, NOW + HOUR)
        assert story.granted == ["c"]
        assert story.rules_found == ["policy.exception-ended"] * 2
        assert set(asked) == {("a", NOW - HOUR), ("b", NOW)}


@given(
    st.lists(st.integers(1, 12), max_size=5),
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 12)), max_size=5),
    st.integers(0, 4),
    st.integers(0, 30),
)
def test_limits_hold_and_granted_leases_stay(
    papers: Any, asked: list[int], ran: list[tuple[int, int]], most: int, week: int
) -> None:
    story = Story(papers, Limits(concurrent=most, hours_a_week=week * HOUR))
    for number, hours in enumerate(asked):
        story.asks(f"new-{number}", duration=hours * HOUR)
    for number, (ago, hours) in enumerate(ran):
        start = NOW - ago * HOUR
        end = start + hours * HOUR
        if end > NOW:
            story.runs(f"old-{number}", start, end)
        else:
            story.ran(f"old-{number}", start, end)
    granted = story.granted
    running = {row.id for row in story.records if not row.is_closed}
    assert running <= set(granted)
    new = [name for name in granted if name not in running]
    assert not new or len(granted) <= most
    length = sum(hours for number, hours in enumerate(asked) if f"new-{number}" in new)
    assert not new or length <= week
