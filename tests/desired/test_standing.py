"""Standing grants: what is wanted without an end, and who explains it."""

from __future__ import annotations

from datetime import date
from typing import Any

from reconciler.model.privileges import Entitlement, role


def test_each_grantee_gets_each_privilege_with_its_place_and_its_name(papers: Any) -> None:
    desired = papers.resolve(
        standing=[papers.standing(grantees=("ALICE", "BOB"), access=(papers.role(),))]
    )
    wanted = {Entitlement("ALICE", role("HR_READER")), Entitlement("BOB", role("HR_READER"))}
    assert desired.standing == dict.fromkeys(wanted, papers.at(11))
    assert desired.explanations == dict.fromkeys(wanted, "base")


def test_a_grant_for_other_targets_is_nothing_here(papers: Any) -> None:
    assert papers.resolve(standing=[papers.standing(targets=papers.NOWHERE)]).standing == {}


def test_of_two_grants_of_one_privilege_the_stronger_is_wanted_else_the_first_by_name(
    papers: Any,
) -> None:
    plain, admin = (
        papers.standing("a", access=(papers.role(),)),
        papers.standing("b", access=(papers.role(with_option=True),)),
    )
    again = papers.standing("c", access=(papers.role(with_option=True),))
    desired = papers.resolve(standing=[again, plain, admin])
    assert desired.explanations == {Entitlement("ALICE", role("HR_READER"), True): "b"}


def test_p34_an_overdue_review_warns_and_takes_nothing(papers: Any, rules: Any) -> None:
    desired = papers.resolve(standing=[papers.standing(review_by=date(2026, 11, 19))])
    assert len(desired.standing) == 1
    assert rules(desired) == ["standing.review-overdue"]
    assert not desired.findings[0].is_error


def test_the_day_of_the_review_is_not_overdue(papers: Any, rules: Any) -> None:
    assert rules(papers.resolve(standing=[papers.standing(review_by=date(2026, 11, 20))])) == []


def test_a_grant_that_cannot_be_known_in_full_is_left_out_with_a_finding(
    papers: Any, rules: Any
) -> None:
    access = (papers.role(), papers.bundle_access("nowhere"))
    desired = papers.resolve(standing=[papers.standing(access=access)])
    assert (desired.standing, rules(desired)) == ({}, ["bundle.unusable"])
