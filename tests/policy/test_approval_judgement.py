"""Whether reviews meet what is asked for, and if not, who exactly is missing and why the others do not count."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.model.approvals import Contributor, NeededGroup, NeededStep, Opinion
from reconciler.model.policies import EvidenceKind
from reconciler.policy.approvals import judge, policy_digest
from tests.policy.approval_papers import (
    DBA,
    MERGED,
    OLD,
    OPENED,
    PATH,
    PAYROLL,
    SECURITY,
    after,
    away,
    changes,
    documents,
    group,
    judged,
    only,
    person,
    risk,
    rules_of,
    says,
    wants,
)

NOBODY = changes()


class TestWhatIsEnough:
    def test_no_policy_asks_for_anything(self) -> None:
        verdict = judged((), replace(NOBODY, head="", problems=("broken",)))
        assert verdict.is_approved
        assert verdict.is_pre_approved

    def test_a_chain_without_steps_is_approved_in_advance(self) -> None:
        verdict = judged(wants(), NOBODY)
        assert verdict.is_approved
        assert verdict.is_pre_approved

    def test_one_approval_of_those_who_are_asked(self) -> None:
        verdict = judged(wants(PAYROLL), changes(says("bob-gh")))
        assert verdict.is_approved
        assert not verdict.is_pre_approved
        assert [(row.person, row.deputy_for) for row in verdict.counted] == [("bob", "")]
        assert not verdict.not_counted

    def test_the_verdict_carries_what_it_was_judged_by(self) -> None:
        known, chain = documents(), wants(PAYROLL)
        verdict = judge(PATH, (chain,), changes(says("bob-gh")), known, {}, risk(7))
        assert (verdict.path, verdict.chains, verdict.risk.total) == (PATH, (chain,), 7)
        assert verdict.policy_digest == policy_digest(known)

    def test_an_approval_too_many_is_told_as_such(self) -> None:
        verdict = judged(
            wants(group("1 of dba", 1, "dave", "erin")),
            changes(says("dave-gh"), says("erin-gh", 2)),
        )
        assert verdict.is_approved
        assert only(verdict) == (
            "approval.surplus",
            "policy production has all the approvals that erin could give",
        )

    def test_several_policies_must_all_be_satisfied_and_a_review_counts_in_each(self) -> None:
        chains = (
            wants(PAYROLL, name="a"),
            wants(PAYROLL, SECURITY, name="b"),
        )
        assert judged(chains, changes(says("bob-gh"))).missing == ("1 of security: carol",)
        verdict = judged(chains, changes(says("bob-gh"), says("carol-gh", 2)))
        assert verdict.is_approved
        assert [row.person for row in verdict.counted] == ["bob", "carol"]
        assert not verdict.not_counted

    def test_the_same_group_missing_for_two_policies_is_told_once(self) -> None:
        chains = (wants(PAYROLL, name="a"), wants(PAYROLL, name="b"))
        assert judged(chains, NOBODY).missing == ("1 of payroll: bob (alice is the requester)",)


class TestWhatIsMissing:
    def test_p32_one_of_a_and_one_of_b_names_exactly_who_is_missing(self) -> None:
        both = wants(NeededStep((PAYROLL, SECURITY)))
        assert judged(both, NOBODY).missing == (
            "1 of payroll: bob (alice is the requester)",
            "1 of security: carol",
        )
        verdict = judged(both, changes(says("carol-gh")))
        assert verdict.missing == ("1 of payroll: bob (alice is the requester)",)
        assert judged(both, changes(says("carol-gh"), says("bob-gh", 0.5))).is_approved

    def test_p32_a_group_that_is_half_full_says_how_many_more(self) -> None:
        verdict = judged(wants(DBA), changes(says("erin-gh")))
        assert verdict.missing == ("2 of dba, 1 more: dave, frank (erin counts for 2 of dba)",)

    def test_p32_who_may_not_approve_is_left_out_with_the_reason(self) -> None:
        known = documents(person("dave", logins={}), person("frank", logins={"gitlab": "frank"}))
        verdict = judged(wants(DBA), NOBODY, known, {"erin": "the requester"})
        assert verdict.missing == (
            "2 of dba: nobody (dave has no login at github, erin is the requester, frank has no login at github)",
        )

    def test_p32_it_is_said_when_those_who_are_left_are_too_few(self) -> None:
        verdict = judged(
            wants(DBA), NOBODY, None, {"erin": "the requester", "dave": "the requester"}
        )
        assert verdict.missing == (
            "2 of dba: frank (dave is the requester, erin is the requester); too few can approve",
        )

    def test_who_counts_for_another_group_cannot_fill_this_one(self) -> None:
        chain = wants(group("1 of bob", 1, "bob"), PAYROLL)
        assert judged(chain, changes(says("bob-gh"))).missing == (
            "1 of payroll: nobody (alice is the requester, bob counts for 1 of bob)",
        )

    def test_a_group_of_nobody_stays_missing(self) -> None:
        empty = NeededGroup(1, frozenset(), "1 of the owners of FIN on hr-prod, who are nobody")
        verdict = judged(wants(empty), changes(says("bob-gh")))
        assert verdict.missing == ("1 of the owners of FIN on hr-prod, who are nobody: nobody",)

    def test_a_step_that_asks_for_nobody_is_not_approved(self) -> None:
        verdict = judged(wants(NeededStep(())), changes(says("bob-gh")))
        assert verdict.missing == (
            "step 1 of policy production asks for nobody, so nobody can approve it",
        )

    def test_deputies_are_named_with_the_days_on_which_they_may(self) -> None:
        known = documents(
            person(
                "bob", absences=away("2026-12-20", "2027-01-06", "carol", "alice", "robot", "ghost")
            )
        )
        assert judged(wants(PAYROLL), NOBODY, known).missing == (
            "1 of payroll: bob; carol for bob from 2026-12-20 to 2027-01-06 (alice is the requester)",
        )

    def test_deputies_are_not_named_when_everybody_was_back_before(self) -> None:
        known = documents(person("bob", absences=away("2026-11-01", "2026-11-29", "carol")))
        line = "1 of payroll: bob (alice is the requester)"
        assert judged(wants(PAYROLL), NOBODY, known).missing == (line,)
        unknown = replace(NOBODY, opened_at=None)
        assert "carol for bob" in judged(wants(PAYROLL), unknown, known).missing[0]

    def test_those_to_whom_it_escalates_are_named_with_the_instant(self) -> None:
        step = NeededStep((PAYROLL,), frozenset({"carol", "alice"}), after(8), "8h")
        assert judged(wants(step), NOBODY).missing == (
            "1 of payroll: bob; carol from 2026-11-30T16:00:00Z (alice is the requester)",
        )
        never = step._replace(escalates_at=None)
        assert judged(wants(never), NOBODY).missing == (
            "1 of payroll: bob (alice is the requester)",
        )


class TestOrder:
    CHAIN = wants(PAYROLL, SECURITY)

    def test_p32_approvals_of_the_second_step_count_once_the_first_is_complete(self) -> None:
        assert judged(self.CHAIN, changes(says("bob-gh", 1), says("carol-gh", 2))).is_approved
        assert judged(self.CHAIN, changes(says("bob-gh", 1), says("carol-gh", 1))).is_approved

    def test_p32_an_earlier_one_has_to_be_given_again(self) -> None:
        verdict = judged(self.CHAIN, changes(says("carol-gh", 1), says("bob-gh", 2)))
        assert only(verdict) == (
            "approval.out-of-order",
            "given at 2026-11-30T09:00:00Z, before step 1 of policy production was complete (1 of payroll); carol has to approve again after it",
        )
        assert verdict.missing == ("1 of security: carol",)
        again = changes(says("carol-gh", 1), says("bob-gh", 2), says("carol-gh", 3))
        assert judged(self.CHAIN, again).is_approved

    def test_while_the_first_step_is_open_nobody_counts_for_the_second(self) -> None:
        verdict = judged(self.CHAIN, changes(says("carol-gh", 1)))
        assert rules_of(verdict) == ["approval.out-of-order"]
        assert len(verdict.missing) == 2

    def test_what_counts_for_one_policy_may_be_too_early_for_another(self) -> None:
        chains = (wants(SECURITY, name="a"), wants(PAYROLL, SECURITY, name="b"))
        verdict = judged(chains, changes(says("carol-gh", 1), says("bob-gh", 2)))
        assert [row.person for row in verdict.counted] == ["carol", "bob"]
        assert rules_of(verdict) == ["approval.out-of-order"]

    def test_one_person_is_not_two_pairs_of_eyes(self) -> None:
        chain = wants(group("1 of ops", 1, "bob"), group("1 of bob", 1, "bob", "carol"))
        verdict = judged(chain, changes(says("bob-gh", 1), says("bob-gh", 2)))
        assert verdict.missing == ("1 of bob: carol (bob counts for 1 of ops)",)


class TestWhatDoesNotCount:
    def test_p30_a_push_after_the_approval_makes_it_stale(self) -> None:
        verdict = judged(wants(PAYROLL), changes(says("bob-gh", commit=OLD)))
        assert only(verdict) == (
            "approval.stale",
            f"bob looked at {'b' * 12}, and the merged head is {'a' * 12}",
        )
        assert not verdict.is_approved

    def test_an_approval_of_no_commit_is_stale(self) -> None:
        assert only(judged(wants(PAYROLL), changes(says("bob-gh", commit=""))))[1].startswith(
            "bob looked at no commit"
        )

    def test_p30_merging_without_a_review_leaves_everybody_missing(self) -> None:
        verdict = judged(wants(PAYROLL), replace(NOBODY, merged_by="bob-gh"))
        assert not verdict.is_approved
        assert verdict.missing == ("1 of payroll: bob (alice is the requester)",)

    def test_p30_a_direct_push_is_refused_whatever_was_said(self) -> None:
        for chain in (wants(), wants(PAYROLL)):
            verdict = judged(chain, changes(says("bob-gh", commit=""), head=""))
            assert verdict.refusals == (
                (
                    "approval.direct-push",
                    "commit dddddddddddd came to the branch without a review: it was pushed, not merged",
                ),
            )
            assert not verdict.counted

    def test_an_approval_after_the_merge_is_late(self) -> None:
        verdict = judged(wants(PAYROLL), changes(says("bob-gh", 49)))
        assert only(verdict) == (
            "approval.late",
            "given at 2026-12-02T09:00:00Z, after the merge at 2026-12-02T08:00:00Z",
        )
        assert judged(wants(PAYROLL), changes(says("bob-gh", 48))).is_approved
        assert judged(wants(PAYROLL), changes(says("bob-gh", 49), merged_at=None)).is_approved

    def test_an_unknown_login_counts_for_nobody(self) -> None:
        verdict = judged(wants(PAYROLL), changes(says("bob")))
        assert only(verdict) == (
            "approval.unknown-login",
            "bob is the login of nobody among the people of the protected branch",
        )
        assert (
            judged(wants(PAYROLL), changes(says(""))).not_counted[0].rule
            == "approval.unknown-login"
        )

    def test_a_login_of_two_people_counts_for_neither(self) -> None:
        known = documents(person("carol", logins={"github": "BOB-gh"}))
        verdict = judged(wants(PAYROLL), changes(says("bob-gh")), known)
        assert only(verdict) == (
            "approval.unknown-login",
            "the login bob-gh is that of bob and carol",
        )
        assert verdict.missing == (
            "1 of payroll: nobody (alice is the requester, bob shares a login with somebody)",
        )

    def test_a_service_does_not_approve(self) -> None:
        verdict = judged(wants(group("1 of robot", 1, "robot")), changes(says("robot-gh")))
        assert only(verdict) == ("approval.service", "robot is a service; services do not approve")

    def test_a_signature_that_does_not_verify_proves_nothing(self) -> None:
        verdict = judged(wants(PAYROLL), changes(says("bob-gh", problem="made with another key")))
        assert only(verdict) == (
            "approval.bad-signature",
            "the review of bob-gh proves nothing: made with another key",
        )

    def test_somebody_who_was_taken_out_of_the_team_is_not_asked(self) -> None:
        verdict = judged(wants(PAYROLL), changes(says("carol-gh")))
        assert only(verdict) == ("approval.not-asked", "carol is not among those who are asked")

    def test_logins_count_without_regard_to_case(self) -> None:
        assert judged(wants(PAYROLL), changes(says("BOB-GH"))).is_approved

    @pytest.mark.parametrize("login", ["ba\u017fil-gh", "\u212aim-gh", " kim-gh", "kim-gh "])
    def test_a_login_that_only_looks_like_one_is_unknown(self, login: str) -> None:
        known = documents(person("basil"), person("kim"))
        chain = wants(group("1 of them", 1, "basil", "kim"))
        assert rules_of(judged(chain, changes(says(login)), known)) == ["approval.unknown-login"]
        assert judged(chain, changes(says("kim-gh")), known).is_approved

    def test_somebody_who_is_asked_and_is_nobody_any_more_is_told(self) -> None:
        verdict = judged(wants(group("1 of ghost", 1, "ghost")), NOBODY)
        assert verdict.missing == ("1 of ghost: nobody (ghost is nobody any more)",)

    def test_evidence_of_another_kind_does_not_count_at_all(self) -> None:
        chain = wants(PAYROLL, evidence=EvidenceKind.SIGNATURES)
        verdict = judged(chain, changes(says("bob-gh")))
        assert verdict.refusals == (
            (
                "approval.no-evidence",
                "policy production asks for signed reviews; what is there are reviews at GitHub",
            ),
        )
        assert not verdict.counted
        assert verdict.missing == ("1 of payroll: bob (alice is the requester)",)
        in_advance = judged(wants(evidence=EvidenceKind.SIGNATURES), changes(says("bob-gh")))
        assert [rule for rule, _ in in_advance.refusals] == ["approval.no-evidence"]

    def test_problems_of_the_evidence_are_refusals(self) -> None:
        verdict = judged(wants(PAYROLL), changes(says("bob-gh"), problems=("one", "two")))
        assert verdict.refusals == (("approval.evidence", "one"), ("approval.evidence", "two"))
        assert not verdict.missing


class TestDeputies:
    """While somebody is away, his deputies approve in his place."""

    KNOWN = documents(person("bob", absences=away("2026-11-30", "2026-12-01", "erin")))

    @pytest.mark.parametrize(
        ("hours", "counts"), [(-8.1, False), (-8, True), (39.9, True), (40, False)]
    )
    def test_count_from_the_first_to_the_last_day_in_utc(self, hours: float, counts: bool) -> None:
        verdict = judged(wants(PAYROLL), changes(says("erin-gh", hours)), self.KNOWN)
        assert verdict.is_approved is counts
        if counts:
            assert [(row.person, row.deputy_for) for row in verdict.counted] == [("erin", "bob")]
        else:
            assert only(verdict) == (
                "approval.not-asked",
                "erin stands in for bob only from 2026-11-30 to 2026-12-01",
            )

    def test_do_not_keep_the_person_from_approving(self) -> None:
        assert judged(wants(PAYROLL), changes(says("bob-gh")), self.KNOWN).is_approved

    def test_do_not_count_beside_the_person(self) -> None:
        two = group("2 of payroll", 2, "alice", "bob", "dave")
        verdict = judged(wants(two), changes(says("bob-gh"), says("erin-gh", 2)), self.KNOWN)
        assert verdict.missing == (
            "2 of payroll, 1 more: dave (alice is the requester, bob counts for 2 of payroll)",
        )
        assert only(verdict)[0] == "approval.surplus"

    def test_take_the_place_of_the_person(self) -> None:
        two = group("2 of payroll", 2, "alice", "bob", "dave")
        verdict = judged(wants(two), changes(says("erin-gh", 2)), self.KNOWN)
        assert verdict.missing == (
            "2 of payroll, 1 more: dave (alice is the requester, erin counts in the place of bob)",
        )

    def test_of_deputies_are_nobody(self) -> None:
        known = documents(
            person("bob", absences=away("2026-11-30", "2026-12-01", "erin")),
            person("erin", absences=away("2026-11-30", "2026-12-01", "frank")),
        )
        verdict = judged(wants(PAYROLL), changes(says("frank-gh")), known)
        assert only(verdict) == ("approval.not-asked", "frank is not among those who are asked")

    def test_p30_do_not_stand_in_for_somebody_who_may_not_approve(self) -> None:
        known = documents(person("alice", absences=away("2026-11-30", "2026-12-01", "erin")))
        verdict = judged(wants(PAYROLL), changes(says("erin-gh")), known)
        assert only(verdict) == (
            "approval.not-asked",
            "erin stands in for alice, who is the requester",
        )
        assert verdict.missing == ("1 of payroll: bob (alice is the requester)",)

    def test_p30_who_wrote_the_change_do_not_count(self) -> None:
        said = changes(says("erin-gh"), contributors=(Contributor("erin-gh"),))
        assert only(judged(wants(PAYROLL), said, self.KNOWN)) == (
            "approval.self",
            "erin is an author of the change",
        )

    def test_may_stop_the_change_as_the_person_could(self) -> None:
        said = changes(says("erin-gh", 1, Opinion.CHANGES_REQUESTED))
        assert rules_of(judged(wants(PAYROLL), said, self.KNOWN)) == ["approval.changes-requested"]


class TestEscalation:
    STEP = NeededStep((PAYROLL, DBA), frozenset({"carol"}), after(8), "8h")

    def test_counts_from_the_instant_on(self) -> None:
        said = [says("dave-gh"), says("erin-gh")]
        assert judged(wants(self.STEP), changes(*said, says("carol-gh", 8))).is_approved
        verdict = judged(wants(self.STEP), changes(*said, says("carol-gh", 7.99)))
        assert only(verdict) == (
            "approval.not-yet",
            "carol may approve only from 2026-11-30T16:00:00Z on",
        )

    def test_fills_one_place_of_any_group(self) -> None:
        verdict = judged(wants(self.STEP), changes(says("bob-gh"), says("carol-gh", 9)))
        assert verdict.missing == ("2 of dba, 1 more: dave, erin, frank",)

    def test_never_comes_without_a_clock(self) -> None:
        step = self.STEP._replace(escalates_at=None)
        verdict = judged(wants(step), changes(says("carol-gh", 40)))
        assert only(verdict) == (
            "approval.not-yet",
            "carol may approve only once 8h have passed, which no clock vouches for",
        )


class TestSignatures:
    """Signed reviews name people, not logins."""

    def test_count_by_the_name_of_the_person(self) -> None:
        chain = wants(PAYROLL, evidence=EvidenceKind.SIGNATURES)
        said = changes(says("bob"), kind=EvidenceKind.SIGNATURES, opened_at=None, merged_at=None)
        assert judged(chain, said).is_approved
        by_login = replace(said, reviews=(says("bob-gh"),))
        assert rules_of(judged(chain, by_login)) == ["approval.unknown-login"]

    def test_need_a_key(self) -> None:
        chain = wants(PAYROLL, evidence=EvidenceKind.SIGNATURES)
        known = documents(person("bob", signing_keys=(), logins={}))
        verdict = judged(chain, changes(kind=EvidenceKind.SIGNATURES), known)
        assert verdict.missing == (
            "1 of payroll: nobody (alice is the requester, bob has no signing key)",
        )


def test_instants_of_the_papers_are_what_the_tests_think() -> None:
    assert after(48) == MERGED == OPENED + timedelta(days=2)
