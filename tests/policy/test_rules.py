"""Allow and deny rules: a denial wins, what no rule allows is denied, and messages say which rule and what would pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.diagnostics import Diagnostic
from reconciler.model.documents import (
    AccessRequest,
    Bundle,
    BundleAccess,
    ManyObjectsAccess,
    ObjectPattern,
    RoleAccess,
    TargetSelector,
)
from reconciler.model.identities import IdentityKind
from reconciler.policy.caps import Cap, cap_for, check_request
from tests.policy.rule_papers import (
    DAY,
    HERE,
    HOUR,
    allow,
    at,
    deny,
    documents,
    policy,
    request,
    rules_of,
    select,
    system,
    target,
    window,
)

READS = allow("reads", "SELECT on HR.*", line=20)
NO_PAY = deny("no-pay", "* on HR.PAY*", line=25)
WILD = ManyObjectsAccess(("SELECT",), ObjectPattern("HR", "P*"), "", (), False, HERE)


def found(*access: Any, rules: tuple[Any, ...] = (READS, NO_PAY), **more: Any) -> list[Diagnostic]:
    asking = request(*access, **more)
    return list(check_request(asking, documents(policy(rules=rules))))


def test_what_a_rule_allows_passes() -> None:
    assert found(select("EMPLOYEES")) == []


def test_what_no_rule_allows_is_denied_and_the_message_says_what_would_pass() -> None:
    (one,) = found(select("EMPLOYEES", "SELECT", "UPDATE"))
    assert (one.rule, one.origin) == ("policy.no-rule", HERE)
    assert one.message == "no rule allows UPDATE on HR.EMPLOYEES on hr-prod"
    assert (
        one.hint
        == "Allowed to alice with the identity `existing`: `SELECT on HR.*` (rule reads of policy production)."
    )
    assert one.related == (policy().origin,)


def test_a_denial_wins_and_names_its_rule_and_place() -> None:
    (one,) = found(select("PAYROLL"))
    assert (one.rule, one.related) == ("policy.denied", (NO_PAY.origin,))
    assert (
        one.message
        == "rule no-pay of policy production denies SELECT on HR.PAYROLL (`* on HR.PAY*`)"
    )
    assert "Ask for something that `* on HR.PAY*` does not touch." in one.hint


def test_a_wildcard_that_could_reach_what_is_denied_is_denied() -> None:
    assert rules_of(found(WILD)) == ["policy.denied"]
    assert rules_of(found(replace(WILD, pattern=ObjectPattern("HR", "J*")))) == []


def test_a_denial_in_another_policy_wins_too() -> None:
    estate = policy("estate", rules=(NO_PAY,))
    known = documents(policy(rules=(READS,)), estate)
    assert rules_of(check_request(request(select("PAYROLL")), known)) == ["policy.denied"]
    assert check_request(request(select("EMPLOYEES")), known) == ()


def test_a_policy_without_rules_denies_nothing() -> None:
    assert found(select("PAYROLL"), rules=()) == []


def test_rules_of_a_policy_for_other_targets_do_not_matter() -> None:
    elsewhere = policy("dev", targets=TargetSelector(("hr-dev",), {}, HERE), rules=(NO_PAY,))
    assert check_request(request(select("PAYROLL")), documents(policy(), elsewhere)) == ()


def test_a_policy_with_denials_alone_denies_everything() -> None:
    (one,) = found(select("EMPLOYEES"), rules=(NO_PAY,))
    assert one.rule == "policy.no-rule"
    assert one.hint == "No rule allows anything to alice with the identity `existing`."


@pytest.mark.parametrize(
    ("condition", "meets"),
    [
        ({"requesters": ("payroll",)}, True),
        ({"requesters": ("alice",)}, True),
        ({"requesters": ("erin", "sales")}, False),
        ({"kinds": ("human",)}, True),
        ({"kinds": ("service",)}, False),
        ({"identities": ("existing", "proxy")}, True),
        ({"identities": ("temporary",)}, False),
        ({"requesters": ("payroll",), "kinds": ("service",)}, False),
    ],
)
def test_every_condition_of_a_rule_must_meet_the_request(
    condition: dict[str, Any], meets: bool
) -> None:
    allowing = replace(READS, **condition)
    assert rules_of(found(select(), rules=(allowing,))) == ([] if meets else ["policy.no-rule"])
    denying = deny("never", "SELECT", **condition)
    assert rules_of(found(select(), rules=(READS, denying))) == (["policy.denied"] if meets else [])


def test_of_somebody_unknown_nothing_is_known_that_would_allow_and_nothing_that_would_spare() -> (
    None
):
    human = replace(READS, kinds=("human",))
    assert rules_of(found(select(), rules=(human,), requester="mallory")) == ["policy.no-rule"]
    never = deny("never", "SELECT", kinds=("service",))
    assert rules_of(found(select(), rules=(READS, never), requester="mallory")) == ["policy.denied"]


def test_an_option_needs_a_rule_that_allows_it_with_the_privilege() -> None:
    asking = select(with_option=True)
    (one,) = found(asking)
    assert one.message == "no rule allows SELECT on HR.EMPLOYEES WITH GRANT OPTION on hr-prod"
    elsewhere = allow("options", "UPDATE", "WITH GRANT OPTION")
    assert rules_of(found(asking, rules=(READS, elsewhere))) == ["policy.no-rule"]
    together = allow("both", "SELECT", "WITH GRANT OPTION")
    assert found(asking, rules=(together,)) == []


def test_a_proxy_is_allowed_by_its_client() -> None:
    proxy = {"identity": IdentityKind.PROXY, "client": "HR_APP"}
    app = allow("app", "SELECT", "proxy:HR_APP")
    assert found(select(), rules=(app,), **proxy) == []
    assert [
        one.message for one in found(select(), rules=(READS,), **proxy)
    ] == ["no rule allows proxy:HR_APP on hr-prod"]  # fmt: skip
    no_proxies = deny("no-proxies", "CONNECT THROUGH")
    assert rules_of(found(select(), rules=(app, no_proxies), **proxy)) == ["policy.denied"]


def test_what_comes_out_of_a_bundle_is_judged_and_says_where_it_came_from() -> None:
    bundles = {"pay": Bundle("pay", HERE, "", (RoleAccess("HR_READER", False, HERE), select()))}
    known = documents(policy(rules=(READS,)), bundles=bundles)
    (one,) = check_request(request(BundleAccess("pay", HERE)), known)
    assert one.message == "no rule allows role:HR_READER (bundle pay) on hr-prod"
    known = documents(policy(rules=(allow("b", "bundle:pay"),)), bundles=bundles)
    assert check_request(request(BundleAccess("pay", HERE)), known) == ()


def test_a_long_list_of_what_is_allowed_is_cut() -> None:
    many = allow("many", *(f"SELECT on HR.T{number}" for number in range(9)))
    (one,) = found(select(), rules=(many,))
    assert one.hint.endswith("and 3 more.")


def test_the_same_thing_is_judged_on_each_target_by_its_own_rules() -> None:
    both = TargetSelector(("hr-prod", "hr-dev"), {}, HERE)
    known = documents(
        policy(rules=(READS,)),
        policy("dev", targets=TargetSelector(("hr-dev",), {}, HERE), rules=(allow("all", "*"),)),
        targets={"hr-prod": target(), "hr-dev": target("hr-dev")},
    )
    asking = request(system("CREATE TABLE"), targets=both)
    (one,) = check_request(asking, known)
    assert one.message == "no rule allows CREATE TABLE on hr-prod"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT on HR.*", "SELECT on HR.PAYROLL (`SELECT on HR.*`)"),
        ("SELECT", "SELECT (`SELECT`)"),
        ("WITH GRANT OPTION", "SELECT on HR.PAYROLL WITH GRANT OPTION (`WITH GRANT OPTION`)"),
    ],
)
def test_what_is_forbidden_may_have_a_place_or_be_an_option(text: str, words: str) -> None:
    known = documents(policy(forbidden=(text,)))
    asking = request(select("PAYROLL", with_option=text.startswith("WITH")))
    (one,) = check_request(asking, known)
    assert one.message == f"policy production forbids {words}"
    assert check_request(request(system("CREATE TABLE")), known) == ()


# Caps of rules


def capped(hours: float, *texts: str, name: str = "short") -> Any:
    return allow(name, *texts, max_duration=timedelta(hours=hours))


def test_p24_of_the_caps_of_rules_and_policies_the_smallest_holds() -> None:
    known = documents(policy(rules=(READS, capped(8, "SELECT on HR.*"))))
    assert cap_for(request(), target(), known) == Cap(8 * HOUR, "production", at(20), "short")
    (one,) = check_request(request(window=window(duration=9 * HOUR)), known)
    assert one.message == "9h is longer than the 8h that rule short of policy production allows"
    assert (one.hint, one.related) == ("`duration: 8h` would pass.", (at(20),))


def test_p24_the_cap_of_a_rule_holds_only_for_what_it_allows_something_to() -> None:
    known = documents(policy(rules=(READS, capped(8, "UPDATE"))))
    assert cap_for(request(), target(), known).duration == 7 * DAY
    both = request(select("A", "SELECT", "UPDATE"))
    assert cap_for(both, target(), known).duration == 8 * HOUR
    for_others = replace(capped(8, "SELECT"), requesters=("erin",))
    known = documents(policy(rules=(READS, for_others)))
    assert cap_for(request(), target(), known).duration == 7 * DAY


CAPS = st.lists(
    st.tuples(st.integers(1, 200), st.sampled_from(["SELECT", "UPDATE", "SELECT on HR.*"])),
    max_size=5,
)


@given(CAPS, st.integers(1, 200), st.integers(1, 200))
def test_p24_no_combination_of_caps_lets_a_request_live_longer_than_any_of_them(
    rows: list[tuple[int, str]], own: int, length: int
) -> None:
    rules = tuple(
        capped(hours, text, name=f"r{number}") for number, (hours, text) in enumerate(rows)
    )
    known = documents(policy(rules=(READS, *rules), max_duration=own * HOUR))
    asking: AccessRequest = request(window=window(duration=length * HOUR))
    holding = [own, *(hours for hours, text in rows if text.startswith("SELECT"))]
    cap = cap_for(asking, target(), known)
    assert cap.duration == min(holding) * HOUR
    assert (check_request(asking, known) == ()) is (length <= min(holding))
