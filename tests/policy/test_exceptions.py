"""Exceptions lift the rules that they name for the requests that they are for, until their end, and say so."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from reconciler.model.diagnostics import Severity
from reconciler.model.documents import AccessRequest
from reconciler.model.policies import PolicyException
from reconciler.policy.caps import (
    cap_for,
    check_changed,
    check_extension,
    check_request,
    exception_ended,
)
from reconciler.policy.exceptions import is_excepted
from tests.policy.rule_papers import (
    DAY,
    HERE,
    HOUR,
    MONDAY,
    WINDOW,
    allow,
    at,
    documents,
    exception,
    hours,
    notice,
    policy,
    request,
    rules_of,
    select,
    target,
    window,
)

LONG = window(duration=20 * DAY)
TOO_LONG = exception("policy.too-long")
END = TOO_LONG.until


def starting(start: datetime | None, **more: Any) -> AccessRequest:
    return request(window=window(start, duration=20 * DAY), **more)


def test_p15_an_exception_needs_a_reason_an_owner_and_an_end() -> None:
    needed = {field.name for field in fields(PolicyException)}
    assert {"reason", "owner", "until"} <= needed
    with pytest.raises(TypeError):
        PolicyException(("policy.too-long",), ("fix",), (), "erin", "Why")  # type: ignore[call-arg]


def test_p15_what_is_excepted_is_still_told_with_owner_reason_and_end() -> None:
    (one,) = check_request(starting(None), documents(policy(exceptions=(TOO_LONG,))))
    assert (one.rule, one.severity, one.origin) == ("policy.exception", Severity.NOTICE, WINDOW)
    assert one.message == (
        "policy.too-long is not held against this request if access begins before 2026-11-24T09:00:00Z:"
        " The year must be closed (erin answers for it)"
    )
    assert "20d is longer than the 7d" in one.hint
    assert one.related == (TOO_LONG.origin,)


@pytest.mark.parametrize(
    ("start", "excepted"),
    [(None, True), (END - HOUR, True), (END, False), (END + HOUR, False)],
)
def test_an_exception_is_for_access_that_begins_before_its_end(
    start: datetime | None, excepted: bool
) -> None:
    (one,) = check_request(starting(start), documents(policy(exceptions=(TOO_LONG,))))
    assert one.rule == ("policy.exception" if excepted else "policy.too-long")
    if not excepted:
        assert "is for access that begins before 2026-11-24T09:00:00Z" in one.hint
        assert one.related == (policy().origin, TOO_LONG.origin)


@pytest.mark.parametrize(
    ("conditions", "excepted"),
    [
        ({"requests": ("fix",)}, True),
        ({"requests": ("other",)}, False),
        ({"requests": (), "requesters": ("payroll",)}, True),
        ({"requests": (), "requesters": ("erin",)}, False),
        ({"requests": ("fix",), "requesters": ("erin",)}, False),
        ({"requests": ("fix",), "requesters": ("alice",)}, True),
        ({"requests": (), "requesters": ()}, False),
        ({"rules": ("policy.ticket",)}, False),
    ],
)
def test_an_exception_is_for_the_requests_and_rules_that_it_names(
    conditions: dict[str, Any], excepted: bool
) -> None:
    known = documents(policy(exceptions=(replace(TOO_LONG, **conditions),)))
    (one,) = check_request(starting(None), known)
    assert one.rule == ("policy.exception" if excepted else "policy.too-long")


def test_a_policy_excepts_from_its_own_rules_only() -> None:
    other = policy("estate", max_duration=5 * DAY)
    known = documents(policy(exceptions=(TOO_LONG,)), other)
    found = check_request(starting(None), known)
    assert sorted(rules_of(found)) == ["policy.exception", "policy.too-long"]
    (left,) = [one for one in found if one.is_error]
    assert "policy estate" in left.message
    assert cap_for(starting(None), target(), known).duration == 5 * DAY


def test_that_no_policy_covers_a_target_cannot_be_excepted() -> None:
    elsewhere = policy(exceptions=(exception("policy.none"),))
    known = documents(elsewhere, targets={"hr-dev": target("hr-dev"), "hr-prod": target()})
    both = replace(request().targets, names=("hr-prod", "hr-dev"))
    assert rules_of(check_request(request(targets=both), known)) == ["policy.none"]


def test_a_rule_that_cannot_be_excepted_is_not_excepted_whatever_an_exception_says() -> None:
    known = documents(policy(exceptions=(exception("policy.none", "approval.self"),)))
    for name in ("policy.none", "approval.self"):
        assert not is_excepted(name, "production", request(), known)


def test_nothing_that_is_not_about_requests_can_be_excepted() -> None:
    over = window(MONDAY - 2 * DAY, duration=HOUR)
    known = documents(policy(exceptions=(exception("window.past"),)))
    assert rules_of(check_changed(request(window=over), MONDAY, known)) == ["window.past"]


@pytest.mark.parametrize(
    ("rules", "name"),
    [
        ({"requesters": ("erin",)}, "policy.requester"),
        ({"min_reason_length": 400}, "policy.reason"),
        ({"ticket_pattern": "OPS-[0-9]+"}, "policy.ticket"),
        ({"forbidden": ("SELECT",)}, "policy.forbidden"),
    ],
)
def test_each_rule_of_a_policy_can_be_excepted(rules: dict[str, Any], name: str) -> None:
    strict = policy(**rules)
    assert rules_of(check_request(request(), documents(strict))) == [name]
    mild = replace(strict, exceptions=(exception(name),))
    assert rules_of(check_request(request(), documents(mild))) == ["policy.exception"]


def test_the_cap_is_lifted_as_long_as_the_exception_is_and_no_longer() -> None:
    known = documents(policy(exceptions=(TOO_LONG,)))
    lifted = cap_for(starting(END - HOUR), target(), known)
    assert lifted.duration == timedelta.max
    assert check_extension(MONDAY, MONDAY + 900 * DAY, lifted) is None
    assert cap_for(starting(END), target(), known).duration == 7 * DAY


def test_an_end_without_a_start_can_be_excepted_from_the_cap_of_its_merge() -> None:
    asking = request(window=window(until=MONDAY + 20 * DAY))
    assert rules_of(check_changed(asking, MONDAY, documents(policy()))) == ["policy.too-long"]
    known = documents(policy(exceptions=(TOO_LONG,)))
    assert rules_of(check_changed(asking, MONDAY, known)) == ["policy.exception"]


def test_notice_can_be_excepted() -> None:
    asking = request(window=window(MONDAY + HOUR, duration=HOUR))
    strict = policy(notice=notice(DAY), exceptions=(exception("policy.notice-too-short"),))
    assert rules_of(check_changed(asking, MONDAY, documents(strict))) == ["policy.exception"]


def test_p28_the_verdict_on_a_document_does_not_change_because_an_exception_ended() -> None:
    """Without a written start the document stays valid for ever; what begins too late is stopped when it begins."""
    known = documents(policy(exceptions=(TOO_LONG,)))
    asking = starting(None)
    assert [one for one in check_request(asking, known) if one.is_error] == []
    assert exception_ended(asking, target(), known, END - HOUR) is None
    found = exception_ended(asking, target(), known, END)
    assert found is not None
    assert (found.rule, found.origin, found.is_error) == ("policy.exception-ended", WINDOW, True)
    assert "access to hr-prod would begin at 2026-11-24T09:00:00Z" in found.message
    assert "erin may renew the exception" in found.hint
    assert TOO_LONG.origin in found.related


def test_access_that_rests_on_no_exception_may_begin_after_its_end() -> None:
    known = documents(policy(exceptions=(TOO_LONG,)))
    assert exception_ended(request(), target(), known, END + 90 * DAY) is None
    later = replace(TOO_LONG, until=END + 90 * DAY, origin=at(45))
    both = documents(policy(exceptions=(later, TOO_LONG)))
    assert exception_ended(starting(None), target(), both, END) is None


def test_an_end_alone_gets_its_length_when_it_begins() -> None:
    known = documents(policy(exceptions=(TOO_LONG,)))
    asking = request(window=window(until=END + 20 * DAY))
    assert exception_ended(asking, target(), known, END + DAY) is not None
    assert exception_ended(asking, target(), known, END + 14 * DAY) is None


def test_a_written_start_that_is_missed_until_the_exception_ended_does_not_begin() -> None:
    known = documents(policy(exceptions=(TOO_LONG,)))
    assert exception_ended(starting(END - HOUR), target(), known, END + HOUR) is not None


def test_hours_are_no_matter_of_an_ended_exception_without_a_written_start() -> None:
    """When it begins the hours hold again, which `opens_at` tells."""
    lifted = exception("policy.hours")
    known = documents(policy(hours=hours(), exceptions=(lifted,)))
    night = MONDAY + 2 * DAY + 12 * HOUR
    assert exception_ended(request(), target(), known, night) is None
    written = request(window=window(MONDAY + 12 * HOUR, duration=HOUR))
    assert exception_ended(written, target(), known, night) is not None


def test_what_no_rule_allows_can_be_excepted_by_any_policy_with_rules() -> None:
    rules = (allow("reads", "SELECT"),)
    with_exception = policy("b", rules=rules, exceptions=(exception("policy.no-rule"),))
    known = documents(policy("a", rules=rules), with_exception)
    found = check_request(request(select("A", "DELETE")), known)
    assert rules_of(found) == ["policy.exception"]
    assert found[0].origin == HERE
