"""Where a lease stands, from its document, one instant and the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.desired.leases import ending_now, not_recorded
from reconciler.model.diagnostics import Severity
from reconciler.model.documents import (
    Auditing,
    Documents,
    ManyObjectsAccess,
    Mode,
    ObjectPattern,
)
from reconciler.model.identities import IdentityKind
from reconciler.model.leases import EndReason, Phase, RecordStatus

MINUTE = timedelta(minutes=1)


def only(desired: Any) -> Any:
    assert len(desired.leases) == 1
    return desired.leases[0]


def nothing(papers: Any) -> ManyObjectsAccess:
    """A pattern that no object matches."""
    pattern = ObjectPattern("HR", "NO_SUCH_*")
    return ManyObjectsAccess(("SELECT",), pattern, "", (), False, papers.at(10))


class TestNeverGranted:
    def test_a_start_ahead_is_pending(self, papers: Any) -> None:
        window = papers.window(start=papers.NOW + MINUTE, duration=papers.HOUR)
        lease = only(papers.resolve(papers.request(window=window)))
        assert (lease.phase, lease.start) == (Phase.PENDING, papers.NOW + MINUTE)
        assert lease.end == papers.NOW + MINUTE + papers.HOUR

    def test_the_start_itself_is_active(self, papers: Any) -> None:
        window = papers.window(start=papers.NOW, duration=papers.HOUR)
        assert only(papers.resolve(papers.request(window=window))).phase is Phase.ACTIVE

    def test_until_without_start_begins_at_once(self, papers: Any) -> None:
        window = papers.window(until=papers.NOW + papers.HOUR)
        lease = only(papers.resolve(papers.request(window=window)))
        assert (lease.phase, lease.start, lease.end) == (
            Phase.ACTIVE,
            papers.NOW,
            papers.NOW + papers.HOUR,
        )
        assert lease.duration is None

    def test_p25_a_duration_without_start_waits_for_its_activation(self, papers: Any) -> None:
        lease = only(papers.resolve(papers.request(window=papers.window(duration=papers.HOUR))))
        assert (lease.phase, lease.start, lease.end, lease.duration) == (
            Phase.ACTIVE,
            None,
            None,
            papers.HOUR,
        )

    @pytest.mark.parametrize("late", [timedelta(0), MINUTE])
    def test_a_window_that_is_over_lapses_without_being_granted(
        self, papers: Any, rules: Any, late: Any
    ) -> None:
        window = papers.window(start=papers.NOW - papers.HOUR, until=papers.NOW - late)
        desired = papers.resolve(papers.request(window=window))
        assert desired.leases == ()
        assert [(found.id, found.phase, found.end_reason) for found in desired.lapsed] == [
            ("fix", Phase.CLOSED, EndReason.LAPSED)
        ]
        assert rules(desired) == ["lease.lapsed"]
        assert not desired.findings[0].is_error

    @pytest.mark.parametrize("start", [timedelta(hours=1), timedelta(hours=-1)])
    def test_p27_ended_before_it_was_granted_lapses_in_silence(
        self, papers: Any, start: Any
    ) -> None:
        window = papers.window(start=papers.NOW + start, duration=2 * papers.HOUR)
        desired = papers.resolve(papers.request(window=window, ended=True))
        assert (desired.leases, desired.findings) == ((), ())
        assert desired.lapsed[0].end_reason is EndReason.LAPSED

    def test_p24_a_window_over_the_cap_is_not_granted(self, papers: Any, rules: Any) -> None:
        desired = papers.resolve(papers.request(), cap=2 * papers.HOUR - MINUTE)
        assert (desired.leases, desired.lapsed, rules(desired)) == ((), (), ["lease.over-cap"])
        assert desired.findings[0].is_error
        assert desired.findings[0].origin == papers.at(20)
        assert "2h" in desired.findings[0].message
        assert "1h59m" in desired.findings[0].message

    def test_p24_nothing_is_granted_where_no_policy_covers_the_target(
        self, papers: Any, rules: Any
    ) -> None:
        desired = papers.resolve(papers.request(), cap=None)
        assert (desired.leases, desired.lapsed, rules(desired)) == ((), (), ["lease.no-policy"])

    def test_p24_a_window_as_long_as_the_cap_is_granted(self, papers: Any) -> None:
        assert only(papers.resolve(papers.request(), cap=2 * papers.HOUR)).phase is Phase.ACTIVE

    def test_p24_a_waiting_duration_over_the_cap_is_not_granted(
        self, papers: Any, rules: Any
    ) -> None:
        desired = papers.resolve(
            papers.request(window=papers.window(duration=papers.HOUR)), cap=MINUTE
        )
        assert (desired.leases, rules(desired)) == ((), ["lease.over-cap"])

    def test_a_target_that_is_only_observed_gets_no_lease(self, papers: Any, rules: Any) -> None:
        desired = papers.resolve(papers.request(), mode=Mode.OBSERVE)
        assert (desired.leases, rules(desired)) == ((), ["lease.observed-target"])

    def test_a_request_for_other_targets_is_nothing_here(self, papers: Any) -> None:
        desired = papers.resolve(papers.request(targets=papers.NOWHERE))
        assert (desired.leases, desired.lapsed, desired.findings) == ((), (), ())

    def test_a_window_without_end_and_duration_is_no_window(self, papers: Any) -> None:
        with pytest.raises(ValueError, match="either an end or a duration"):
            papers.resolve(papers.request(window=papers.window(start=papers.NOW)))


class TestGranted:
    def test_it_stays_active_until_its_end(self, papers: Any) -> None:
        lease = only(papers.resolve(papers.request(), record=papers.record()))
        assert (lease.phase, lease.start, lease.end) == (
            Phase.ACTIVE,
            papers.NOW - papers.HOUR,
            papers.NOW + papers.HOUR,
        )

    def test_p25_a_duration_counts_from_the_recorded_first_start(self, papers: Any) -> None:
        request = papers.request(window=papers.window(duration=90 * MINUTE))
        record = papers.record(end=papers.NOW + 30 * MINUTE)
        lease = only(papers.resolve(request, record=record))
        assert (lease.end, lease.duration) == (papers.NOW + 30 * MINUTE, None)

    def test_it_ends_at_its_recorded_end(self, papers: Any, rules: Any) -> None:
        desired = papers.resolve(
            papers.request(), record=papers.record(), at=papers.NOW + papers.HOUR
        )
        assert (only(desired).phase, only(desired).end_reason) == (Phase.ENDING, EndReason.EXPIRED)
        assert rules(desired) == []

    def test_an_extension_after_the_end_comes_too_late(self, papers: Any, rules: Any) -> None:
        window = papers.window(start=papers.NOW - papers.HOUR, duration=9 * papers.HOUR)
        desired = papers.resolve(
            papers.request(window=window), record=papers.record(), at=papers.NOW + papers.HOUR
        )
        assert only(desired).end_reason is EndReason.EXPIRED
        assert rules(desired) == ["lease.never-comes-back"]

    def test_p26_a_later_end_extends_it(self, papers: Any, rules: Any) -> None:
        window = papers.window(start=papers.NOW - papers.HOUR, duration=3 * papers.HOUR)
        desired = papers.resolve(
            papers.request(window=window), record=papers.record(), cap=3 * papers.HOUR
        )
        assert (only(desired).phase, only(desired).end, rules(desired)) == (
            Phase.ACTIVE,
            papers.NOW + 2 * papers.HOUR,
            [],
        )

    def test_p26_the_cap_of_an_extension_counts_from_the_first_start(
        self, papers: Any, rules: Any
    ) -> None:
        window = papers.window(start=papers.NOW, duration=2 * papers.HOUR)
        desired = papers.resolve(
            papers.request(window=window), record=papers.record(), cap=2 * papers.HOUR
        )
        assert (only(desired).phase, only(desired).end) == (Phase.ACTIVE, papers.NOW + papers.HOUR)
        assert rules(desired) == ["lease.over-cap"]

    def test_a_cap_lowered_later_leaves_a_running_lease_alone(
        self, papers: Any, rules: Any
    ) -> None:
        desired = papers.resolve(papers.request(), record=papers.record(), cap=MINUTE)
        assert (only(desired).end, rules(desired)) == (papers.NOW + papers.HOUR, [])

    def test_a_shorter_end_comes_earlier(self, papers: Any) -> None:
        window = papers.window(until=papers.NOW + MINUTE)
        lease = only(papers.resolve(papers.request(window=window), record=papers.record()))
        assert (lease.phase, lease.end, lease.start) == (
            Phase.ACTIVE,
            papers.NOW + MINUTE,
            papers.NOW - papers.HOUR,
        )

    def test_an_end_edited_into_the_past_ends_it_now(self, papers: Any) -> None:
        window = papers.window(until=papers.NOW)
        lease = only(papers.resolve(papers.request(window=window), record=papers.record()))
        assert (lease.phase, lease.end_reason) == (Phase.ENDING, EndReason.ENDED_BY_EDIT)

    def test_p27_ended_true_ends_it_now(self, papers: Any) -> None:
        lease = only(papers.resolve(papers.request(ended=True), record=papers.record()))
        assert (lease.phase, lease.end_reason, lease.end) == (
            Phase.ENDING,
            EndReason.ENDED_BY_EDIT,
            papers.NOW + papers.HOUR,
        )

    def test_an_end_that_was_begun_is_not_taken_back(self, papers: Any) -> None:
        """The run that began it could not finish; a revert in between must not give the access again."""
        begun = papers.record(end_reason=EndReason.ENDED_BY_EDIT)
        found = papers.resolve(papers.request(), record=begun)
        lease = only(found)
        assert (lease.phase, lease.end_reason) == (Phase.ENDING, EndReason.ENDED_BY_EDIT)
        assert [row.rule for row in found.findings] == ["lease.never-comes-back"]

    @pytest.mark.parametrize(("written_start", "granted"), [(False, False), (True, True)])
    def test_a_duration_that_was_used_up_on_another_target_is_not_given_again(
        self, papers: Any, written_start: bool, granted: bool
    ) -> None:
        """A window with a written start ends when it says, wherever it is granted; a duration alone would begin anew."""
        start = papers.NOW - papers.HOUR if written_start else None
        window = papers.window(start=start, duration=2 * papers.HOUR)
        ended = papers.record(
            target="hr-old",
            status=RecordStatus.ENDED,
            ended_at=papers.NOW,
            end_reason=EndReason.EXPIRED,
        )
        found = papers.resolve(papers.request(window=window), elsewhere=(ended,))
        assert (bool(found.leases), bool(found.lapsed)) == (granted, not granted)
        rules = [row.rule for row in found.findings]
        assert rules == ([] if granted else ["lease.used-up"])

    def test_a_start_moved_ahead_does_not_interrupt_it(self, papers: Any) -> None:
        window = papers.window(start=papers.NOW + MINUTE, until=papers.NOW + papers.HOUR)
        lease = only(papers.resolve(papers.request(window=window), record=papers.record()))
        assert (lease.phase, lease.start) == (Phase.ACTIVE, papers.NOW - papers.HOUR)

    @pytest.mark.parametrize("requests", ["none", "elsewhere"])
    def test_a_document_that_is_gone_ends_it(self, papers: Any, requests: Any) -> None:
        found = [papers.request(targets=papers.NOWHERE)] if requests == "elsewhere" else []
        lease = only(papers.resolve(*found, record=papers.record()))
        assert (lease.phase, lease.end_reason, lease.origin) == (
            Phase.ENDING,
            EndReason.DOCUMENT_REMOVED,
            None,
        )
        assert lease.entitlements == papers.record().entitlements

    def test_a_document_that_went_after_the_end_makes_it_expired(self, papers: Any) -> None:
        lease = only(papers.resolve(record=papers.record(), at=papers.NOW + papers.HOUR))
        assert lease.end_reason is EndReason.EXPIRED

    def test_the_grantee_never_changes(self, papers: Any, rules: Any) -> None:
        desired = papers.resolve(papers.request(user="MALLORY"), record=papers.record())
        assert (only(desired).grantee, only(desired).phase) == ("ALICE", Phase.ACTIVE)
        assert rules(desired) == ["lease.immutable"]
        assert desired.findings[0].origin == papers.at(6)

    def test_edited_access_is_wanted(self, papers: Any) -> None:
        lease = only(
            papers.resolve(papers.request(access=(papers.role(),)), record=papers.record())
        )
        assert {str(found.privilege) for found in lease.entitlements} == {"role HR_READER"}

    def test_access_that_cannot_be_known_leaves_what_was_granted(
        self, papers: Any, rules: Any
    ) -> None:
        request = papers.request(access=(papers.bundle_access("nowhere"),))
        desired = papers.resolve(request, record=papers.record())
        assert only(desired).entitlements == papers.record().entitlements
        assert rules(desired) == ["bundle.unusable"]

    def test_it_goes_on_in_a_target_that_is_only_observed_now(self, papers: Any) -> None:
        assert (
            only(papers.resolve(papers.request(), record=papers.record(), mode=Mode.OBSERVE)).phase
            is Phase.ACTIVE
        )


class TestRevokedButEffective:
    def test_p18_it_goes_on_ending(self, papers: Any, rules: Any) -> None:
        record = papers.record(
            status=RecordStatus.REVOKED_BUT_EFFECTIVE,
            end=papers.NOW - MINUTE,
            end_reason=EndReason.ENDED_BY_EDIT,
        )
        desired = papers.resolve(papers.request(ended=True), record=record)
        assert (only(desired).phase, only(desired).end_reason) == (
            Phase.ENDING,
            EndReason.ENDED_BY_EDIT,
        )
        assert rules(desired) == []

    def test_it_never_becomes_active_again(self, papers: Any, rules: Any) -> None:
        record = papers.record(
            status=RecordStatus.REVOKED_BUT_EFFECTIVE, ended_at=papers.NOW - MINUTE
        )
        desired = papers.resolve(papers.request(), record=record)
        assert (only(desired).phase, rules(desired)) == (Phase.ENDING, ["lease.never-comes-back"])
        assert "2026-11-20T13:59:00Z" in desired.findings[0].message

    def test_without_document_the_recorded_reason_stays(self, papers: Any) -> None:
        record = papers.record(
            status=RecordStatus.REVOKED_BUT_EFFECTIVE, end_reason=EndReason.ENDED_BY_EDIT
        )
        assert only(papers.resolve(record=record)).end_reason is EndReason.ENDED_BY_EDIT


@pytest.mark.parametrize("status", [RecordStatus.ENDED, RecordStatus.LAPSED])
class TestClosed:
    def test_a_window_that_is_over_is_silent(self, papers: Any, status: Any) -> None:
        record = papers.record(status=status, end=papers.NOW - MINUTE)
        window = papers.window(start=papers.NOW - papers.HOUR, until=papers.NOW - MINUTE)
        desired = papers.resolve(papers.request(window=window), record=record)
        assert (desired.leases, desired.lapsed, desired.findings) == ((), (), ())

    @pytest.mark.parametrize("how", ["reverted", "edited", "duration"])
    def test_it_never_comes_back(self, papers: Any, rules: Any, status: Any, how: Any) -> None:
        windows = {
            "reverted": papers.window(start=papers.NOW - papers.HOUR, duration=2 * papers.HOUR),
            "edited": papers.window(until=papers.NOW + 9 * papers.HOUR),
            "duration": papers.window(duration=90 * MINUTE),
        }
        record = papers.record(status=status, ended_at=papers.NOW - 30 * MINUTE)
        desired = papers.resolve(papers.request(window=windows[how]), record=record)
        assert (desired.leases, rules(desired)) == ((), ["lease.never-comes-back"])
        assert desired.findings[0].is_error
        assert "2026-11-20T13:30:00Z" in desired.findings[0].message

    def test_its_name_cannot_be_used_for_somebody_else(
        self, papers: Any, rules: Any, status: Any
    ) -> None:
        record = papers.record(
            status=status,
            first_start=papers.NOW - 99 * papers.HOUR,
            end=papers.NOW - 98 * papers.HOUR,
        )
        request = papers.request(user="BOB", window=papers.window(duration=papers.HOUR))
        desired = papers.resolve(request, record=record)
        assert (desired.leases, rules(desired)) == ((), ["lease.never-comes-back"])

    def test_ended_by_edit_stays_silent_while_the_window_runs(
        self, papers: Any, status: Any
    ) -> None:
        desired = papers.resolve(papers.request(ended=True), record=papers.record(status=status))
        assert (desired.leases, desired.findings) == ((), ())

    def test_without_document_there_is_nothing(self, papers: Any, status: Any) -> None:
        assert papers.resolve(record=papers.record(status=status)).leases == ()


def test_leases_come_by_name_whatever_the_order_of_the_documents(papers: Any) -> None:
    one, two = papers.request("a-one"), papers.request("b-two")
    assert papers.resolve(two, one) == papers.resolve(one, two)
    assert [lease.id for lease in papers.resolve(two, one).leases] == ["a-one", "b-two"]


def test_p20_two_requests_for_one_entitlement_are_two_leases(papers: Any) -> None:
    desired = papers.resolve(papers.request("one"), papers.request("two"))
    assert [lease.role for lease in desired.leases] == ["JIT_ONE", "JIT_TWO"]


def test_p23_all_of_twenty_adjacent_ended_leases_are_ending(papers: Any) -> None:
    records = [papers.record(f"fix-{number}", end=papers.NOW) for number in range(20)]
    desired = papers.resolve(records=records)
    assert [lease.phase for lease in desired.leases] == [Phase.ENDING] * 20


def test_p28_the_same_documents_give_no_error_at_a_later_hour(papers: Any) -> None:
    """Time alone makes a lease end; it never makes a document wrong."""
    record = papers.record()
    later = papers.resolve(papers.request(), record=record, at=papers.NOW + 99 * papers.HOUR)
    closed = papers.resolve(
        papers.request(),
        record=replace(record, status=RecordStatus.ENDED),
        at=papers.NOW + 99 * papers.HOUR,
    )
    assert (later.findings, closed.findings) == ((), ())


def test_access_that_comes_to_nothing_is_not_granted(papers: Any, rules: Any) -> None:
    desired = papers.resolve(papers.request(access=(nothing(papers),)))
    assert (desired.leases, desired.lapsed) == ((), ())
    assert sorted(rules(desired)) == ["lease.nothing", "wildcard.nothing"]
    assert [row.is_error for row in desired.findings if row.rule == "lease.nothing"] == [True]


@pytest.mark.parametrize("identity", [IdentityKind.EXISTING, IdentityKind.TEMPORARY])
def test_what_every_lease_holds_does_not_make_something_of_nothing(
    papers: Any, rules: Any, identity: IdentityKind
) -> None:
    """An empty lease would make a user, or a record of access, for nobody's good."""
    asked = replace(papers.request(access=(nothing(papers),)), identity=identity)
    audited = replace(papers.target(), audit=Auditing.PER_LEASE)
    desired = papers.resolve(asked, target=audited)
    assert (desired.leases, sorted(rules(desired))) == ((), ["lease.nothing", "wildcard.nothing"])


def test_a_proxy_needs_no_access_of_its_own(papers: Any) -> None:
    asked = replace(papers.request(), identity=IdentityKind.PROXY, client="HR_APP", access=())
    lease = only(papers.resolve(asked))
    assert (lease.phase, lease.entitlements) == (Phase.ACTIVE, frozenset())


class TestEndedByCommand:
    """Its document may still ask for it: whoever ended it by command could not edit that at once."""

    ASKS_ON = "its document still asks for it"

    @pytest.mark.parametrize("status", [RecordStatus.ENDED, RecordStatus.GRANTED])
    @pytest.mark.parametrize("reason", [EndReason.DONE, EndReason.REVOKED, EndReason.EMERGENCY])
    def test_a_document_that_still_asks_is_warned_about_and_gives_nothing(
        self, papers: Any, reason: Any, status: Any
    ) -> None:
        record = papers.record(end_reason=reason, status=status)
        desired = papers.resolve(papers.request(), record=record)
        assert [row.phase for row in desired.leases if row.phase is Phase.ACTIVE] == []
        (found,) = desired.findings
        assert (found.rule, found.severity) == ("lease.never-comes-back", Severity.WARNING)
        assert "was ended by command on hr-prod at 2026-11-20T1" in found.message
        assert self.ASKS_ON in found.message
        assert "merge the branch that the command left" in found.hint

    def test_one_whose_role_somebody_took_away_has_no_branch_to_merge(self, papers: Any) -> None:
        record = papers.record(end_reason=EndReason.REMOVED_OUTSIDE, status=RecordStatus.ENDED)
        (found,) = papers.resolve(papers.request(), record=record).findings
        assert "was ended outside, by somebody who took its role away" in found.message
        assert "branch" not in found.hint

    def test_a_document_that_was_edited_to_say_so_is_silent(self, papers: Any) -> None:
        record = papers.record(end_reason=EndReason.REVOKED, status=RecordStatus.ENDED)
        assert papers.resolve(papers.request(ended=True), record=record).findings == ()

    def test_an_order_to_end_outweighs_a_document_that_asks(self, papers: Any) -> None:
        lease = ending_now(papers.record(), EndReason.REVOKED, papers.request())
        assert (lease.phase, lease.end_reason) == (Phase.ENDING, EndReason.REVOKED)
        assert (lease.end, lease.origin) == (papers.NOW + papers.HOUR, papers.at(1))

    def test_an_end_that_was_begun_keeps_its_reason(self, papers: Any) -> None:
        begun = papers.record(end_reason=EndReason.EXPIRED)
        assert ending_now(begun, EndReason.EMERGENCY).end_reason is EndReason.EXPIRED


@pytest.mark.parametrize("request_is_there", [True, False])
def test_a_lease_that_was_given_up_with_its_target_is_proved_when_the_target_is_back(
    papers: Any, request_is_there: bool
) -> None:
    record = papers.record(status=RecordStatus.NOT_PROVED, ended_at=papers.NOW - MINUTE)
    requests = (papers.request(),) if request_is_there else ()
    lease = only(papers.resolve(*requests, record=record))
    assert (lease.phase, lease.end_reason) == (Phase.ENDING, EndReason.REVOKED)


def test_what_a_ledger_does_not_know_can_be_ended_even_where_no_policy_covers_it(
    papers: Any,
) -> None:
    window = papers.window(start=papers.NOW - papers.HOUR, duration=99 * papers.HOUR)
    asked = papers.request(window=window, access=(papers.select(), papers.bundle_access("none")))
    lease = not_recorded(Documents("c0ffee"), papers.target(), asked, papers.NOW)
    assert (lease.id, lease.role, lease.phase) == ("fix", "JIT_FIX", Phase.ACTIVE)
    assert {row.privilege for row in lease.entitlements} == {papers.SELECT}
    assert (lease.start, lease.end) == (papers.NOW - papers.HOUR, papers.NOW + 98 * papers.HOUR)
