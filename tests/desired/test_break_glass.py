"""Openings of break-glass access: which of them are asked for, what they ask for, and which still wait for a review."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from reconciler.desired.break_glass import UNREVIEWED, findings, request_of, with_openings
from reconciler.model.break_glass import BreakGlass, Opening, Review
from reconciler.model.diagnostics import Origin, Severity
from reconciler.model.documents import Documents, Person, RoleAccess, Team
from reconciler.model.leases import EndReason, Phase, RecordStatus

HERE = Origin("grants/break-glass/rescue.yaml", 1, 1)
TARGETS = Origin("grants/break-glass/rescue.yaml", 9, 3)
HOUR = timedelta(hours=1)
OPENED = datetime(2026, 11, 20, 13, 30, tzinfo=UTC)
ACCESS = (RoleAccess("HR_WRITER", False, HERE),)
GLASS = BreakGlass(
    name="rescue",
    origin=HERE,
    reason="payroll stopped",
    openers=("on-call",),
    users={"alice": "ALICE_EMERGENCY"},
    targets=("hr-prod",),
    targets_origin=TARGETS,
    access=ACCESS,
    longest=2 * HOUR,
    notify="#payroll",
    reviewers=("carol",),
    seal="0" * 64,
    seal_origin=HERE,
)
OPENING = Opening(
    lease="bg-rescue-1",
    target="hr-prod",
    document="rescue",
    seal="0" * 64,
    person="alice",
    user="ALICE_EMERGENCY",
    opened_by="bob",
    opened_at=OPENED,
    duration=HOUR,
    reason="payroll stopped at night",
    ticket="OPS-9",
)


def person(name: str, *users: str) -> Person:
    return Person(name, HERE, name, "", "human", users, {})


def documents(glass: BreakGlass | None = GLASS, **more: Any) -> Documents:
    """Alice and Bob are on call; Carol is not."""
    given: dict[str, Any] = {
        "people": {
            "alice": person("alice", "ALICE", "ALICE_DBA"),
            "bob": person("bob", "BOB"),
            "carol": person("carol", "CAROL"),
        },
        "teams": {"on-call": Team("on-call", HERE, ("alice", "bob"))},
        "break_glass": {glass.name: glass} if glass else {},
    }
    return Documents("c0ffee", **(given | more))


def asked(found: Documents) -> list[str]:
    return sorted(found.requests)


class TestWhichAreAskedFor:
    def test_an_opening_is_a_request_beside_the_others(self, papers: Any) -> None:
        written = documents(requests={"fix": papers.request()})
        found = with_openings(written, [OPENING], {})
        assert asked(found) == ["bg-rescue-1", "fix"]
        assert asked(written) == ["fix"]

    def test_without_openings_nothing_is_added(self) -> None:
        written = documents()
        assert with_openings(written, [], {}) == written

    def test_a_person_opens_with_any_user_that_is_his_own(self) -> None:
        for user in ("ALICE_EMERGENCY", "ALICE", "ALICE_DBA"):
            row = replace(OPENING, user=user)
            assert asked(with_openings(documents(), [row], {})) == ["bg-rescue-1"]

    @pytest.mark.parametrize(
        "forged",
        [
            {"user": "BOB"},
            {"user": "SYS"},
            {"user": ""},
            {"person": "carol", "user": "CAROL"},
            {"person": "mallory", "user": "MALLORY"},
            {"target": "crm-prod"},
            {"document": "other"},
        ],
        ids=[
            "somebody else's user",
            "nobody's user",
            "no user",
            "not an opener",
            "nobody we know",
            "another target",
            "no document",
        ],
    )
    def test_a_forged_line_of_the_ledger_gives_only_what_the_document_allows(
        self, forged: dict[str, Any]
    ) -> None:
        row = replace(OPENING, **forged)
        assert asked(with_openings(documents(), [row], {})) == []

    @pytest.mark.parametrize(
        "edited",
        [None, replace(GLASS, openers=("bob",)), replace(GLASS, targets=("crm-prod",))],
        ids=["document deleted", "no opener any more", "target left out"],
    )
    def test_an_edit_that_takes_the_right_to_it_ends_the_access(
        self, papers: Any, edited: BreakGlass | None
    ) -> None:
        running = papers.record("bg-rescue-1", grantee="ALICE_EMERGENCY")
        found = with_openings(documents(edited), [OPENING], {"bg-rescue-1": running})
        desired = papers.resolve(*found.requests.values(), record=running)
        (lease,) = desired.leases
        assert (lease.phase, lease.end_reason) == (Phase.ENDING, EndReason.DOCUMENT_REMOVED)

    def test_it_goes_on_being_asked_for_while_its_lease_is_in_force(self, papers: Any) -> None:
        running = papers.record("bg-rescue-1")
        found = with_openings(documents(), [OPENING], {"bg-rescue-1": running})
        assert asked(found) == ["bg-rescue-1"]

    @pytest.mark.parametrize(
        "parts",
        [
            {"status": RecordStatus.ENDED},
            {"status": RecordStatus.NOT_PROVED},
            {"end_reason": EndReason.EMERGENCY},
        ],
        ids=["closed", "given up", "its end has begun"],
    )
    def test_one_that_is_over_or_ending_is_asked_for_no_more(
        self, papers: Any, parts: dict[str, Any]
    ) -> None:
        over = papers.record("bg-rescue-1", **parts)
        assert asked(with_openings(documents(), [OPENING], {"bg-rescue-1": over})) == []


class TestWhatItAsksFor:
    def test_it_says_who_why_where_and_what(self) -> None:
        found = request_of(GLASS, OPENING)
        assert (found.name, found.requester, found.user) == (
            "bg-rescue-1",
            "alice",
            "ALICE_EMERGENCY",
        )
        assert (found.reason, found.ticket) == ("payroll stopped at night", "OPS-9")
        assert (found.targets.names, found.targets.origin) == (("hr-prod",), TARGETS)
        assert (found.access, found.ended) == (ACCESS, False)

    def test_its_time_counts_from_the_opening_and_never_goes_beyond_the_document(self) -> None:
        window = request_of(GLASS, OPENING).window
        assert (window.start, window.until, window.duration) == (OPENED, None, HOUR)
        shortened = replace(GLASS, longest=HOUR / 2)
        assert request_of(shortened, OPENING).window.duration == HOUR / 2
        longer = replace(OPENING, duration=9 * HOUR)
        assert request_of(GLASS, longer).window.duration == 2 * HOUR


class TestReviews:
    def review(self, by: str) -> Review:
        return Review("bg-rescue-1", by, date(2026, 11, 21), "all as it should be", HERE)

    def test_each_opening_is_told_until_somebody_else_has_looked_at_it(self) -> None:
        (found,) = findings(documents(), {"bg-rescue-1": OPENING})
        assert (found.rule, found.severity, found.origin) == (UNREVIEWED, Severity.WARNING, HERE)
        assert found.message == (
            "break-glass access bg-rescue-1 was opened on hr-prod for alice at"
            " 2026-11-20T13:30:00Z and is not reviewed: payroll stopped at night"
        )
        assert found.hint.startswith("a reviewer adds `{lease: bg-rescue-1, by: NAME")

    def test_the_review_of_somebody_else_settles_it(self) -> None:
        glass = replace(GLASS, reviews=(self.review("carol"),))
        assert findings(documents(glass), {"bg-rescue-1": OPENING}) == []

    @pytest.mark.parametrize("by", ["alice", "bob"])
    def test_a_review_by_who_got_it_or_opened_it_is_named_as_one_that_does_not_count(
        self, by: str
    ) -> None:
        glass = replace(GLASS, reviews=(self.review(by),))
        (found,) = findings(documents(glass), {"bg-rescue-1": OPENING})
        assert "a review by the one who opened it does not count" in found.message

    def test_a_deleted_document_hides_nothing(self) -> None:
        (found,) = findings(documents(None), {"bg-rescue-1": OPENING})
        assert (found.rule, found.origin) == (UNREVIEWED, None)
        assert found.hint.endswith("the document rescue, which has to come back for that")
