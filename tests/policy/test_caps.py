"""What policies allow. The smallest cap holds, no policy means no access, and time that passes changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.diagnostics import Diagnostic, Origin
from reconciler.model.documents import (
    AccessRequest,
    Bundle,
    BundleAccess,
    Documents,
    Mode,
    ObjectAccess,
    Person,
    Policy,
    RemovalLimits,
    RoleAccess,
    Scope,
    SystemAccess,
    Target,
    TargetSelector,
    Team,
    Window,
)
from reconciler.model.identities import IdentityKind
from reconciler.policy.caps import Cap, cap_for, check_changed, check_extension, check_request

START = datetime(2026, 11, 20, 14, tzinfo=UTC)
HERE = Origin("grants/requests/fix.yaml", 1, 1)
WINDOW = Origin("grants/requests/fix.yaml", 12, 3)


def by_name(*names: str) -> TargetSelector:
    return TargetSelector(names, {}, HERE)


def target(name: str, **labels: str) -> Target:
    return Target(
        name=name,
        origin=Origin(f"grants/targets/{name}.yaml", 1, 1),
        labels=labels,
        dsn=f"{name}/x",
        user="RECONCILER",
        password_env="PW",
        wallet_env="",
        mode=Mode.ADDITIVE,
        scope=Scope((), (), (), ()),
        removals=RemovalLimits(),
    )


def policy(name: str, days: float, targets: TargetSelector, **rules: object) -> Policy:
    made = Policy(
        name=name,
        origin=Origin(f"grants/policies/{name}.yaml", 1, 1),
        targets=targets,
        max_duration=timedelta(days=days),
        requesters=(),
        ticket_pattern="",
        min_reason_length=1,
        forbidden=(),
    )
    return replace(made, **rules)  # type: ignore[arg-type]


def window(
    start: datetime | None = START,
    until: datetime | None = None,
    duration: timedelta | None = None,
) -> Window:
    return Window(start, until, duration, WINDOW)


REQUEST = AccessRequest(
    name="fix",
    origin=HERE,
    requester="alice",
    reason="Payroll totals wrong",
    ticket="",
    targets=by_name("hr-prod"),
    user="ALICE",
    user_origin=HERE,
    access=(RoleAccess("HR_READER", False, HERE),),
    window=window(duration=timedelta(hours=4)),
    ended=False,
)


def documents(*policies: Policy, targets: tuple[Target, ...] = (), **more: Mapping) -> Documents:  # type: ignore[type-arg]
    known = targets or (target("hr-prod", env="prod"),)
    return Documents(
        commit="",
        targets={one.name: one for one in known},
        policies={one.name: one for one in policies},
        **more,
    )


def rules(found: tuple[Diagnostic, ...]) -> list[str]:
    return [one.rule for one in found]


SEVEN_DAYS = policy("week", 7, by_name("hr-prod"))


def test_a_request_within_the_policy_gives_no_finding() -> None:
    assert check_request(REQUEST, documents(SEVEN_DAYS)) == ()


def test_without_a_policy_for_the_target_nobody_may_ask() -> None:
    other = policy("other", 7, by_name("hr-dev"))
    (found,) = check_request(REQUEST, documents(other))
    assert (found.rule, found.is_error) == ("policy.none", True)
    assert "hr-prod" in found.message
    assert found.related == (Origin("grants/targets/hr-prod.yaml", 1, 1),)


def test_targets_that_are_not_asked_for_do_not_matter() -> None:
    known = documents(SEVEN_DAYS, targets=(target("hr-prod"), target("hr-dev")))
    assert check_request(REQUEST, known) == ()


def test_a_target_without_a_policy_is_told_even_if_another_one_has_a_policy() -> None:
    both = replace(REQUEST, targets=by_name("hr-prod", "hr-dev"))
    known = documents(SEVEN_DAYS, targets=(target("hr-prod"), target("hr-dev")))
    assert rules(check_request(both, known)) == ["policy.none"]


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        (window(duration=timedelta(days=7)), True),
        (window(duration=timedelta(days=7, seconds=1)), False),
        (window(None, duration=timedelta(days=7)), True),
        (window(None, duration=timedelta(days=8)), False),
        (window(until=START + timedelta(days=7)), True),
        (window(until=START + timedelta(days=7, seconds=1)), False),
        (window(None, until=START + timedelta(days=700)), True),  # judged when its start is known
    ],
)
def test_the_length_must_be_within_the_cap(asked: Window, fits: bool) -> None:
    found = check_request(replace(REQUEST, window=asked), documents(SEVEN_DAYS))
    assert rules(found) == ([] if fits else ["policy.too-long"])


def test_too_long_names_policy_and_place_and_what_would_pass() -> None:
    known = documents(SEVEN_DAYS)
    (found,) = check_request(replace(REQUEST, window=window(duration=timedelta(days=9))), known)
    assert found.message == "9d is longer than the 7d that policy week allows"
    assert found.hint == "`duration: 7d` would pass."
    assert found.origin == WINDOW
    assert found.related == (Origin("grants/policies/week.yaml", 1, 1),)
    until = window(until=START + timedelta(days=9))
    (found,) = check_request(replace(REQUEST, window=until), known)
    assert found.hint == "`until: 2026-11-27T14:00:00Z` would pass."


def test_of_several_policies_the_smallest_cap_holds() -> None:
    known = documents(
        policy("a", 30, by_name("hr-prod")),
        policy("b", 2, TargetSelector((), {"env": "prod"}, HERE)),
        policy("c", 1, by_name("hr-dev")),
    )
    cap = cap_for(REQUEST, known.targets["hr-prod"], known)
    assert cap == Cap(timedelta(days=2), "b", Origin("grants/policies/b.yaml", 1, 1))
    asked = replace(REQUEST, window=window(duration=timedelta(days=3)))
    (found,) = check_request(asked, known)
    assert "policy b" in found.message


@given(st.lists(st.integers(1, 400), min_size=1, max_size=5), st.integers(1, 400))
def test_a_request_passes_exactly_if_every_policy_alone_would_let_it(
    caps: list[int], length: int
) -> None:
    policies = [policy(f"p{index}", days, by_name("hr-prod")) for index, days in enumerate(caps)]
    asked = replace(REQUEST, window=window(duration=timedelta(days=length)))
    together = check_request(asked, documents(*policies))
    alone = [check_request(asked, documents(one)) for one in policies]
    assert (together == ()) is all(found == () for found in alone)


def test_there_is_no_cap_without_a_policy_or_on_a_target_that_is_not_asked_for() -> None:
    known = documents(
        SEVEN_DAYS,
        policy("dev", 1, by_name("hr-dev")),
        targets=(target("hr-prod"), target("hr-dev")),
    )
    assert cap_for(REQUEST, target("hr-test"), known) == Cap()
    assert cap_for(REQUEST, known.targets["hr-dev"], known).duration is None


def test_an_extension_counts_from_the_first_start() -> None:
    cap = cap_for(REQUEST, target("hr-prod"), documents(SEVEN_DAYS))
    assert check_extension(START, START + timedelta(days=7), cap) is None
    found = check_extension(START, START + timedelta(days=8), cap, WINDOW)
    assert found is not None
    assert (found.rule, found.origin) == ("policy.too-long", WINDOW)
    assert "2026-11-27T14:00:00Z" in found.hint


def test_nothing_of_a_policy_stands_in_the_way_of_an_early_end() -> None:
    nobody_may = documents()
    assert check_request(REQUEST, nobody_may)
    assert check_request(replace(REQUEST, ended=True), nobody_may) == ()


def test_nothing_is_extended_when_no_policy_covers_the_target_any_more() -> None:
    found = check_extension(START, START + timedelta(hours=1), Cap(), WINDOW)
    assert found is not None
    assert found.rule == "policy.none"


def test_only_those_the_policy_names_may_ask() -> None:
    teams = {
        "payroll": Team("payroll", HERE, ("alice", "bob")),
        "sales": Team("sales", HERE, ("carol",)),
    }
    people = {"alice": Person("alice", HERE, "", "", "human", (), {})}

    def found(*names: str) -> list[str]:
        closed = policy("closed", 7, by_name("hr-prod"), requesters=names)
        return rules(check_request(REQUEST, documents(closed, teams=teams, people=people)))

    assert found() == []
    assert found("alice") == []
    assert found("payroll") == []
    assert found("sales", "bob") == ["policy.requester"]
    assert found("nobody") == ["policy.requester"]


@pytest.mark.parametrize(
    ("ticket", "fits"),
    [
        ("OPS-1", True),
        ("INC-77", True),
        ("", False),
        ("OPS-", False),
        ("xOPS-1", False),
        ("OPS-1x", False),
        ("OPS-1\n", False),
        ("OPS-" + "1" * 60, True),
        ("OPS-" + "1" * 61, False),
    ],
)
def test_the_ticket_matches_as_a_whole(ticket: str, fits: bool) -> None:
    strict = policy("strict", 7, by_name("hr-prod"), ticket_pattern="OPS-[0-9]+|INC-[0-9]+")
    found = check_request(replace(REQUEST, ticket=ticket), documents(strict))
    assert rules(found) == ([] if fits else ["policy.ticket"])


def test_the_reason_has_a_least_length() -> None:
    strict = policy("strict", 7, by_name("hr-prod"), min_reason_length=20)
    assert rules(check_request(REQUEST, documents(strict))) == []
    short = replace(REQUEST, reason="x" * 19)
    assert rules(check_request(short, documents(strict))) == ["policy.reason"]


@pytest.mark.parametrize(
    ("forbidden", "refused"),
    [
        ("* ANY *", ["SELECT ANY TABLE"]),
        ("DELETE", ["DELETE"]),
        ("role:DBA", ["role:DBA"]),
        ("role:*", ["role:DBA", "role:HR_READER"]),
        ("DBA", []),
        ("*", ["DELETE", "SELECT", "SELECT ANY TABLE"]),
        ("select", []),
    ],
)
def test_forbidden_privileges_and_roles(forbidden: str, refused: list[str]) -> None:
    strict = policy("strict", 7, by_name("hr-prod"), forbidden=(forbidden,))
    bundle = Bundle("b", HERE, "", (RoleAccess("DBA", False, HERE),))
    asked = replace(
        REQUEST,
        access=(
            SystemAccess("SELECT ANY TABLE", False, HERE),
            ObjectAccess(("SELECT", "DELETE"), "HR", "A", (), False, HERE),
            RoleAccess("HR_READER", False, HERE),
            BundleAccess("b", HERE),
            BundleAccess("gone", HERE),
        ),
    )
    found = check_request(asked, documents(strict, bundles={"b": bundle}))
    assert rules(found) == ["policy.forbidden"] * len(refused)
    assert [one.message.split(" forbids ")[1].split(" (")[0] for one in found] == refused


# Time

COMMITTED = START - timedelta(hours=1)


@pytest.mark.parametrize(
    ("asked", "past"),
    [
        (window(until=COMMITTED, start=None), True),
        (window(until=COMMITTED + timedelta(seconds=1), start=None), False),
        (window(COMMITTED - timedelta(hours=4), duration=timedelta(hours=4)), True),
        (window(COMMITTED - timedelta(hours=3), duration=timedelta(hours=4)), False),
        (window(None, duration=timedelta(hours=4)), False),
    ],
)
def test_what_is_written_now_must_end_later(asked: Window, past: bool) -> None:
    found = check_changed(replace(REQUEST, window=asked), COMMITTED, documents(SEVEN_DAYS))
    assert rules(found) == (["window.past"] if past else [])


def test_ending_a_request_early_may_be_written_at_any_time() -> None:
    over = replace(REQUEST, window=window(None, until=COMMITTED), ended=True)
    assert check_changed(over, COMMITTED, documents(SEVEN_DAYS)) == ()


def test_an_end_without_a_start_is_held_to_the_cap_from_the_commit_on() -> None:
    known = documents(SEVEN_DAYS)
    fits = replace(REQUEST, window=window(None, until=COMMITTED + timedelta(days=7)))
    assert check_changed(fits, COMMITTED, known) == ()
    over = replace(REQUEST, window=window(None, until=COMMITTED + timedelta(days=8)))
    assert rules(check_changed(over, COMMITTED, known)) == ["policy.too-long"]
    assert check_changed(over, COMMITTED, documents()) == ()  # check_request told it: policy.none


def test_an_end_beyond_several_caps_is_told_once_for_the_smallest() -> None:
    known = documents(SEVEN_DAYS, policy("wide", 30, by_name("hr-prod")))
    over = replace(REQUEST, window=window(None, until=COMMITTED + timedelta(days=40)))
    (found,) = check_changed(over, COMMITTED, known)
    assert (found.rule, "policy wide" in found.message) == ("policy.too-long", False)


def test_the_verdict_does_not_change_because_time_passed() -> None:
    """A request that ended long ago is as valid as on the day of its merge."""
    years_ago = window(START - timedelta(days=4000), duration=timedelta(hours=4))
    assert check_request(replace(REQUEST, window=years_ago), documents(SEVEN_DAYS)) == ()


@pytest.mark.parametrize(("forbidden", "refused"), [("CONNECT THROUGH", True), ("SELECT", False)])
def test_a_policy_may_forbid_proxies(forbidden: str, refused: bool) -> None:
    strict = policy("strict", 7, by_name("hr-prod"), forbidden=(forbidden,))
    asked = replace(REQUEST, identity=IdentityKind.PROXY, client="HR_APP", access=())
    found = check_request(asked, documents(strict))
    assert ("policy.forbidden" in rules(found)) is refused
