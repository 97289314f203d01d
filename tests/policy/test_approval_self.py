"""Nobody approves what is his own: as author, committer, co-author, requester or the one who gets the access, under whatever login."""

from __future__ import annotations

import pytest

from reconciler.model.approvals import Contributor, Verdict
from reconciler.model.documents import Documents
from reconciler.model.policies import EvidenceKind
from reconciler.policy.approvals import excluded_for, judge
from tests.policy.approval_papers import (
    PATH,
    PAYROLL,
    changes,
    documents,
    group,
    judged,
    person,
    request,
    risk,
    rules_of,
    says,
    wants,
)

ANYBODY = wants(group("1 of anybody", 1, "alice", "bob", "carol"))
STRANGER = (Contributor("stranger", "stranger@example.net"),)


def by(
    *contributors: Contributor, login: str = "bob-gh", known: Documents | None = None
) -> Verdict:
    """The verdict on a change that these wrote and `login` approved; nobody is excluded otherwise."""
    return judged(ANYBODY, changes(says(login), contributors=contributors), known, {})


def is_self(verdict: Verdict) -> bool:
    return rules_of(verdict) == ["approval.self"] and not verdict.is_approved


@pytest.mark.parametrize(
    "contributor",
    [
        Contributor("bob-gh", "bob@example.com"),
        Contributor("BOB-GH", ""),
        Contributor("", "Bob@Example.COM"),
        Contributor("", " bob@example.com "),
        Contributor("somebody-else", "bob@example.com"),
        Contributor(" bob-gh ", ""),
        Contributor("", "1234+bob-gh@users.noreply.github.com"),
        Contributor("", "BOB-gh@users.noreply.github.com"),
    ],
)
def test_p30_who_wrote_a_part_of_the_change_does_not_count(contributor: Contributor) -> None:
    """Authors, committers and co-authors come alike: by login, by address, or by the address with which GitHub hides it."""
    assert is_self(by(contributor))
    assert is_self(by(*STRANGER, contributor))


def test_p30_the_reason_is_told_and_others_can_still_approve() -> None:
    verdict = by(Contributor("bob-gh"))
    assert verdict.not_counted[0].message == "bob is an author of the change"
    assert verdict.missing == ("1 of anybody: alice, carol (bob is an author of the change)",)


def test_p30_a_second_login_of_an_author_does_not_count() -> None:
    known = documents(person("bob", logins={"github": "bob-gh", "github-work": "bob-work"}))
    assert is_self(by(Contributor("bob-gh"), login="bob-work", known=known))
    assert is_self(by(Contributor("bob-work"), known=known))


def test_p30_a_login_that_wrote_the_change_under_an_address_of_somebody_is_nobodys_approval() -> (
    None
):
    """bob works as `ghost` with his own address: neither of the two counts."""
    contributor = Contributor("Ghost", "bob@example.com")
    verdict = by(contributor, login="ghost")
    assert is_self(verdict)
    assert verdict.not_counted[0].message == "ghost is an author of the change"
    assert is_self(by(contributor))


def test_p30_a_login_and_an_address_of_two_people_make_both_authors() -> None:
    contributor = Contributor("carol-gh", "bob@example.com")
    assert is_self(by(contributor))
    assert is_self(by(contributor, login="carol-gh"))


def test_p30_somebody_written_down_twice_with_one_address_does_not_approve_himself() -> None:
    known = documents(person("carol", email="BOB@example.com"))
    assert is_self(by(Contributor("bob-gh"), login="carol-gh", known=known))
    verdict = judged(
        ANYBODY, changes(says("carol-gh"), contributors=STRANGER), known, {"bob": "the requester"}
    )
    assert is_self(verdict)
    assert verdict.not_counted[0].message == "carol is the same person as bob, the requester"


def test_a_contributor_whom_nobody_knows_refuses_nothing_and_counts_for_nobody() -> None:
    assert by(*STRANGER).is_approved
    unwritten = documents(person("bob", email=""), person("carol", email=" "))
    assert by(Contributor("", ""), known=unwritten).is_approved


def test_an_address_that_only_looks_like_a_hidden_one_is_nobodys() -> None:
    assert by(Contributor("", "bob-gh@users.noreply.github.com.example.net")).is_approved


def test_p30_the_requester_does_not_count() -> None:
    verdict = judged(wants(PAYROLL), changes(says("alice-gh"), contributors=STRANGER))
    assert is_self(verdict)
    assert verdict.not_counted[0].message == "alice is the requester"


def test_p30_the_beneficiary_does_not_count() -> None:
    """alice asks for access that bob's database user gets."""
    known = documents()
    asked = request(user="BOB")
    out = excluded_for(asked, known)
    verdict = judge(
        PATH, (wants(PAYROLL),), changes(says("bob-gh"), contributors=STRANGER), known, out, risk()
    )
    assert is_self(verdict)
    assert verdict.not_counted[0].message == "bob is the owner of BOB, who gets the access"
    assert verdict.missing == (
        "1 of payroll: nobody (alice is the requester, bob is the owner of BOB, who gets the access)",
    )


def test_p30_who_merged_it_may_be_anybody() -> None:
    assert judged(wants(PAYROLL), changes(says("bob-gh"), merged_by="bob-gh")).is_approved


def test_p30_a_signed_review_by_an_author_does_not_count() -> None:
    chain = wants(group("1 of anybody", 1, "bob"), evidence=EvidenceKind.SIGNATURES)
    for contributor in (Contributor("bob"), Contributor("", "bob@example.com")):
        said = changes(says("bob"), kind=EvidenceKind.SIGNATURES, contributors=(contributor,))
        assert is_self(judged(chain, said, excluded={}))


class TestExcluded:
    """Who can never approve a request, with what he is."""

    def test_the_requester(self) -> None:
        assert excluded_for(request(user="NOBODY"), documents()) == {"alice": "the requester"}

    def test_the_requester_is_called_so_when_the_access_is_his_own(self) -> None:
        assert excluded_for(request(), documents()) == {"alice": "the requester"}

    def test_everybody_whose_database_user_gets_the_access(self) -> None:
        known = documents(
            person("carol", users=("CAROL", "Shared")), person("dave", users=("Shared",))
        )
        assert excluded_for(request(user="Shared"), known) == {
            "carol": 'the owner of "Shared", who gets the access',
            "dave": 'the owner of "Shared", who gets the access',
            "alice": "the requester",
        }

    def test_the_owner_of_the_client_of_a_proxy(self) -> None:
        assert excluded_for(request(user="ALICE", client="HR_APP"), documents()) == {
            "alice": "the requester",
            "robot": "the owner of HR_APP, who gets the access",
        }
