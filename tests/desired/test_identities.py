"""What the identity that a request asks for means for its lease: what its role holds besides, and what goes with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.desired.identities import ending_of, shown
from reconciler.model import names
from reconciler.model.documents import Auditing
from reconciler.model.identities import Ending, IdentityKind, SessionLimits
from reconciler.model.privileges import Entitlement, Privilege, proxy, role, system

AS_APP = Entitlement("ALICE", proxy("HR_APP"))


def request(papers: Any, kind: IdentityKind, **parts: Any) -> Any:
    return replace(papers.request(), identity=kind, **parts)


def as_proxy(papers: Any) -> Any:
    return request(papers, IdentityKind.PROXY, client="HR_APP")


def temporary(papers: Any, **parts: Any) -> Any:
    return request(papers, IdentityKind.TEMPORARY, user="JITU_FIX", **parts)


def lease(papers: Any, asked: Any, **parts: Any) -> Any:
    (found,) = papers.resolve(asked, **parts).leases
    return found


def held(found: Any) -> set[Privilege]:
    assert {row.grantee for row in found.entitlements} == {found.role}
    return {row.privilege for row in found.entitlements}


class TestEndings:
    def test_a_temporary_user_goes_with_the_lease(self, papers: Any) -> None:
        assert ending_of(temporary(papers)) == Ending(temporary_user="JITU_FIX")

    def test_the_right_to_log_on_as_a_client_goes_with_the_lease(self, papers: Any) -> None:
        assert ending_of(as_proxy(papers)) == Ending(direct=(AS_APP,))

    def test_of_an_existing_user_nothing_goes_but_sessions_if_the_request_wants_that(
        self, papers: Any
    ) -> None:
        existing = request(papers, IdentityKind.EXISTING)
        assert ending_of(existing) == Ending()
        killing = replace(existing, session=SessionLimits(kill=True))
        assert ending_of(killing) == Ending(kill_sessions_of="ALICE")


class TestWhatTheRoleHolds:
    def test_a_temporary_user_can_log_on_and_an_existing_one_needs_no_help(
        self, papers: Any
    ) -> None:
        assert held(lease(papers, temporary(papers))) == {papers.SELECT, system("CREATE SESSION")}
        assert held(lease(papers, papers.request())) == {papers.SELECT}

    def test_on_a_target_that_audits_leases_every_lease_is_followed(self, papers: Any) -> None:
        target = replace(papers.target(), audit=Auditing.PER_LEASE)
        found = lease(papers, papers.request(), target=target)
        assert held(found) == {papers.SELECT, role(names.AUDIT_ROLE)}

    @pytest.mark.parametrize("audit", [Auditing.OFF, Auditing.EXISTING])
    def test_elsewhere_none_is(self, papers: Any, audit: Auditing) -> None:
        target = replace(papers.target(), audit=audit)
        assert held(lease(papers, papers.request(), target=target)) == {papers.SELECT}


class TestNames:
    def test_people_read_who_works_as_whom(self) -> None:
        assert shown("ALICE", Ending()) == "ALICE"
        assert shown("ALICE", Ending(direct=(AS_APP,))) == "ALICE as HR_APP"

    def test_a_granted_lease_cannot_become_one_for_another_client(
        self, papers: Any, rules: Any
    ) -> None:
        granted = papers.record(ending=Ending(direct=(AS_APP,)))
        other = replace(as_proxy(papers), client="HR_DBA")
        desired = papers.resolve(other, record=granted)
        assert rules(desired) == ["lease.immutable"]
        assert "ALICE as HR_APP and cannot change to ALICE as HR_DBA" in desired.findings[0].message
        assert desired.leases[0].ending == granted.ending
