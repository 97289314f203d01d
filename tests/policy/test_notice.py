"""Notice: how long before its start a change must be made, and no more than how long."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from reconciler.model.diagnostics import Origin
from reconciler.model.documents import AccessRequest, TargetSelector
from reconciler.policy.caps import check_changed, check_request, least_notice
from tests.policy.rule_papers import (
    DAY,
    HERE,
    HOUR,
    MONDAY,
    WINDOW,
    documents,
    exception,
    notice,
    policy,
    request,
    rules_of,
    select,
    target,
    window,
)

STRICT = documents(policy(notice=notice(HOUR, 30 * DAY)))


def starting(start: datetime | None) -> AccessRequest:
    return request(window=window(start, duration=40 * DAY if start and start < MONDAY else HOUR))


@pytest.mark.parametrize(
    ("ahead", "rule"),
    [
        (HOUR, ""),
        (HOUR - timedelta(seconds=1), "policy.notice-too-short"),
        (timedelta(0), "policy.notice-too-short"),
        (-DAY, "policy.notice-too-short"),
        (30 * DAY, ""),
        (30 * DAY + timedelta(seconds=1), "policy.notice-too-long"),
    ],
)
def test_a_start_comes_neither_too_soon_nor_too_late_after_the_change(
    ahead: timedelta, rule: str
) -> None:
    found = check_changed(starting(MONDAY + ahead), MONDAY, STRICT)
    assert rules_of(found) == ([rule] if rule else [])


def test_messages_say_what_would_pass() -> None:
    (short,) = check_changed(starting(MONDAY + HOUR / 2), MONDAY, STRICT)
    assert short.message == (
        "the start is 30m after this change (2026-11-23T09:00:00Z); policy production wants 1h at the least"
    )
    assert "`start: 2026-11-23T10:00:00Z` would pass" in short.hint
    assert (short.origin, short.related) == (WINDOW, (notice().origin,))
    (before,) = check_changed(starting(MONDAY - HOUR), MONDAY, STRICT)
    assert before.message.startswith("the start is before this change")
    (late,) = check_changed(starting(MONDAY + 31 * DAY), MONDAY, STRICT)
    assert "`start: 2026-12-23T09:00:00Z` is the latest" in late.hint


def test_targets_that_are_not_asked_for_do_not_matter() -> None:
    elsewhere = policy("dev", targets=TargetSelector(("hr-dev",), {}, HERE), notice=notice(DAY))
    known = documents(policy(), elsewhere, targets={n: target(n) for n in ("hr-dev", "hr-prod")})
    assert check_changed(starting(MONDAY), MONDAY, known) == ()


def test_no_most_is_no_bound_and_no_notice_asks_nothing() -> None:
    far = starting(MONDAY + 3000 * DAY)
    assert check_changed(far, MONDAY, documents(policy(notice=notice(HOUR)))) == ()
    assert check_changed(starting(MONDAY), MONDAY, documents(policy())) == ()


def test_without_a_written_start_the_notice_is_waited_for_instead() -> None:
    assert check_changed(starting(None), MONDAY, STRICT) == ()
    known = documents(
        policy(notice=notice(HOUR)),
        policy("estate", notice=notice(2 * HOUR)),
        policy("dev", targets=TargetSelector(("hr-dev",), {}, HERE), notice=notice(DAY)),
    )
    assert least_notice(request(), target(), known) == 2 * HOUR
    assert least_notice(request(), target("hr-new"), known) == timedelta(0)


def test_an_exception_shortens_the_notice_as_long_as_it_holds() -> None:
    lifted = exception("policy.notice-too-short")
    known = documents(policy(notice=notice(DAY), exceptions=(lifted,)))
    assert least_notice(request(), target(), known, MONDAY) == timedelta(0)
    assert least_notice(request(), target(), known, lifted.until) == DAY


def test_p28_notice_is_a_matter_of_the_change_and_not_of_the_document() -> None:
    assert check_request(starting(MONDAY - 9 * DAY), documents(policy(
        notice=notice(HOUR), max_duration=90 * DAY
    ))) == ()  # fmt: skip


def test_an_edit_that_leaves_the_beginning_alone_needs_no_new_notice() -> None:
    """Otherwise nothing that has begun could be extended."""
    before = request(window=window(MONDAY - HOUR, duration=2 * HOUR))
    longer = replace(before, window=window(MONDAY - HOUR, duration=4 * HOUR))
    assert rules_of(check_changed(longer, MONDAY, STRICT)) == ["policy.notice-too-short"]
    assert check_changed(longer, MONDAY, STRICT, before) == ()
    moved = replace(longer, access=(replace(select(), origin=Origin("elsewhere", 9, 9)),))
    assert check_changed(moved, MONDAY, STRICT, before) == ()


@pytest.mark.parametrize(
    "edit",
    [
        {"access": (select("PAYROLL"),)},
        {"requester": "bob"},
        {"user": "BOB"},
        {"targets": TargetSelector(("hr-prod", "hr-dev"), {}, HERE)},
        {"window": window(MONDAY, duration=2 * HOUR)},
    ],
)
def test_an_edit_of_what_begins_needs_notice_again(edit: dict[str, object]) -> None:
    before = request(window=window(MONDAY - HOUR, duration=2 * HOUR))
    after = replace(before, **edit)  # type: ignore[arg-type]
    assert rules_of(check_changed(after, MONDAY, STRICT, before)) == ["policy.notice-too-short"]
    ended = replace(before, ended=True)
    assert rules_of(check_changed(before, MONDAY, STRICT, ended)) == ["policy.notice-too-short"]
