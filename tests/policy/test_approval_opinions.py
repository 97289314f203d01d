"""What people said of a change, one after the other: which opinion of each holds."""

from __future__ import annotations

import pytest

from reconciler.model.approvals import Opinion
from tests.policy.approval_papers import (
    OLD,
    PAYROLL,
    changes,
    documents,
    group,
    judged,
    only,
    person,
    rules_of,
    says,
    team,
    wants,
)


class TestOpinions:
    """Only the latest opinion of a person holds."""

    CR = Opinion.CHANGES_REQUESTED

    def test_a_comment_does_not_take_an_approval_back(self) -> None:
        reviews = (says("bob-gh", 1), says("bob-gh", 2, Opinion.COMMENTED))
        assert judged(wants(PAYROLL), changes(*reviews)).is_approved

    def test_a_request_for_changes_by_somebody_who_is_asked_stops_the_change(self) -> None:
        known = documents(team("payroll", "alice", "bob", "dave"))
        payroll = group("1 of payroll", 1, "alice", "bob", "dave")
        said = changes(says("bob-gh", 1), says("dave-gh", 2, self.CR))
        verdict = judged(wants(payroll), said, known)
        assert verdict.refusals == (
            (
                "approval.changes-requested",
                "dave asked for changes at 2026-11-30T10:00:00Z; dave has to approve, or that has to be dismissed",
            ),
        )
        assert not verdict.missing
        assert not verdict.is_approved

    def test_it_is_told_once_for_several_policies(self) -> None:
        chains = (wants(PAYROLL, name="a"), wants(PAYROLL, name="b"))
        assert len(judged(chains, changes(says("bob-gh", 1, self.CR))).refusals) == 1

    def test_it_takes_back_what_the_same_person_approved(self) -> None:
        verdict = judged(wants(PAYROLL), changes(says("bob-gh", 1), says("bob-gh", 2, self.CR)))
        assert rules_of(verdict) == ["approval.superseded", "approval.changes-requested"]
        assert verdict.not_counted[0].message == "bob withdrew it at 2026-11-30T10:00:00Z"

    def test_who_asks_for_changes_twice_is_waited_for_once(self) -> None:
        said = changes(says("bob-gh", 1, self.CR), says("bob-gh", 2, self.CR))
        assert rules_of(judged(wants(PAYROLL), said)) == ["approval.changes-requested"]

    def test_of_two_opinions_at_one_instant_the_request_for_changes_holds(self) -> None:
        said = changes(says("bob-gh", 1, self.CR), says("bob-gh", 1))
        assert "approval.changes-requested" in rules_of(judged(wants(PAYROLL), said))

    def test_a_later_approval_withdraws_it(self) -> None:
        said = changes(says("bob-gh", 1, self.CR), says("bob-gh", 2))
        assert judged(wants(PAYROLL), said).is_approved

    def test_a_later_approval_of_an_old_commit_withdraws_it_and_approves_nothing(self) -> None:
        said = changes(says("bob-gh", 1, self.CR), says("bob-gh", 2, commit=OLD))
        assert rules_of(judged(wants(PAYROLL), said)) == ["approval.stale"]

    def test_it_holds_after_a_push(self) -> None:
        said = changes(says("bob-gh", 1, self.CR, commit=OLD))
        assert rules_of(judged(wants(PAYROLL), said)) == ["approval.changes-requested"]

    def test_a_dismissed_approval_is_gone_and_so_is_what_came_before(self) -> None:
        said = changes(says("bob-gh", 1), says("bob-gh", 2, Opinion.DISMISSED))
        verdict = judged(wants(PAYROLL), said)
        assert rules_of(verdict) == ["approval.superseded", "approval.dismissed"]
        assert not verdict.is_approved

    def test_a_dismissed_request_for_changes_does_not_stop_anything(self) -> None:
        said = changes(says("bob-gh", 1, Opinion.DISMISSED), says("bob-gh", 2))
        assert judged(wants(PAYROLL), said).is_approved

    def test_a_second_login_has_no_opinion_of_its_own(self) -> None:
        known = documents(person("bob", logins={"github": "bob-gh", "github-work": "bob-work"}))
        said = changes(says("bob-gh", 1), says("bob-work", 2, self.CR))
        assert "approval.changes-requested" in rules_of(judged(wants(PAYROLL), said, known))
        said = changes(says("bob-gh", 1, self.CR), says("bob-work", 2))
        assert judged(wants(PAYROLL), said, known).is_approved

    @pytest.mark.parametrize("login", ["alice-gh", "stranger"])
    def test_that_of_somebody_who_may_not_approve_stops_nothing(self, login: str) -> None:
        said = changes(says("bob-gh", 1), says(login, 2, self.CR))
        assert judged(wants(PAYROLL), said).is_approved

    def test_that_of_somebody_who_is_not_asked_is_told_and_stops_nothing(self) -> None:
        said = changes(says("bob-gh", 1), says("carol-gh", 2, self.CR))
        verdict = judged(wants(PAYROLL), said)
        assert verdict.is_approved
        assert only(verdict) == (
            "approval.not-asked",
            "carol asked for changes at 2026-11-30T10:00:00Z, and is not among those who are asked",
        )

    def test_one_after_the_merge_does_not_change_the_verdict(self) -> None:
        said = changes(says("bob-gh", 1), says("bob-gh", 49, self.CR))
        verdict = judged(wants(PAYROLL), said)
        assert verdict.is_approved
        assert rules_of(verdict) == ["approval.late"]
