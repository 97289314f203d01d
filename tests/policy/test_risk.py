"""Risk: points that each name why, once a factor, and more for whoever asks for more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.classification import Column, Level, Reached
from reconciler.model.documents import (
    BundleAccess,
    ManyObjectsAccess,
    ObjectPattern,
    ProxyAccess,
    QuotaAccess,
    RoleAccess,
    SchemaAccess,
)
from reconciler.model.identities import IdentityKind
from reconciler.model.policies import RiskWeights
from reconciler.model.risk import RequesterHistory, Risk, TargetFacts
from reconciler.policy.risk import FACTORS, assess, least_risk
from tests.policy.rule_papers import (
    DAY,
    HERE,
    HOUR,
    MONDAY,
    allow,
    documents,
    policy,
    request,
    select,
    system,
    target,
    window,
)

KNOWN = TargetFacts(history=RequesterHistory(granted=1))
DEV = target(labels={"env": "dev"})
SHORT = window(duration=HOUR)
MANY = ManyObjectsAccess(("SELECT",), ObjectPattern("HR", "EMP*"), "", (), False, HERE)


def risk(*access: Any, facts: TargetFacts = KNOWN, on: Any = DEV, **more: Any) -> Risk:
    weights = more.pop("weights", ())
    policies = [policy(f"p{number}", risk=row) for number, row in enumerate(weights)] or [policy()]
    asking = {"window": SHORT, "identity": IdentityKind.TEMPORARY} | more
    return assess(request(*access, **asking), on, documents(*policies), facts)


def points(found: Risk) -> dict[str, int]:
    return {one.factor: one.points for one in found.points}


def reasons(found: Risk) -> list[str]:
    return [one.reason for one in found.points]


# Environment


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"env": "prod"}, 30),
        ({"tier": "Production"}, 30),
        ({"env": "staging"}, 15),
        ({"environment": "uat"}, 15),
        ({"env": "dev"}, 0),
        ({"env": "test", "tier": "gold"}, 0),
        ({"env": "test", "tier": "production"}, 30),
        ({"env": "blue"}, 30),
        ({}, 30),
    ],
)
def test_production_is_risky_and_so_is_what_nobody_says_anything_about(
    labels: dict[str, str], expected: int
) -> None:
    found = points(risk(on=target(labels=labels)))
    assert found.get("environment", 0) == expected


def test_the_reason_names_the_label_or_that_there_is_none() -> None:
    assert "hr-prod has the label env=prod" in reasons(risk(on=target()))
    (first, *_) = reasons(risk(on=target(labels={})))
    assert first.startswith("no label env or environment or tier says what hr-prod is")


def test_a_policy_weighs_labels_in_the_place_of_the_usual_points() -> None:
    weights = RiskWeights(labels={"tier=gold": 45, "env=prod": 5, "data=pay": 7, "data=none": 9})
    both = target(labels={"tier": "gold", "env": "prod", "data": "pay"})
    found = points(risk(on=both, weights=(weights,)))
    assert (found["environment"], found["label"]) == (45, 7)


def test_of_several_policies_the_larger_weight_holds() -> None:
    one = RiskWeights(factors={"reads": 3, "environment": 50}, labels={"data=pay": 7})
    other = RiskWeights(factors={"reads": 2}, labels={"data=pay": 4})
    found = points(risk(on=target(labels={"data": "pay"}), weights=(one, other)))
    assert (found["reads"], found["environment"], found["label"]) == (3, 50, 7)


# What is asked for


@pytest.mark.parametrize(
    ("item", "factors"),
    [
        (select(), {"reads"}),
        (select("A", "READ"), {"reads"}),
        (select("A", "UPDATE"), {"writes"}),
        (select("A", "SELECT", "DELETE"), {"reads", "writes"}),
        (select("A", "EXECUTE"), {"executes"}),
        (select("A", "ALTER"), {"defines"}),
        (MANY, {"reads", "wildcard"}),
        (SchemaAccess(("SELECT ANY TABLE",), "HR", False, HERE), {"schema-privilege"}),
        (system("SELECT ANY TABLE"), {"any-privilege"}),
        (system("GRANT ANY ROLE"), {"any-privilege"}),
        (system("ALTER SYSTEM"), {"administers"}),
        (system("CREATE USER"), {"administers"}),
        (system("CREATE TABLE"), {"defines"}),
        (system("SOMETHING NEW"), {"administers"}),
        (system("CREATE SESSION"), set()),
        (RoleAccess("HR_READER", False, HERE), {"role"}),
        (RoleAccess("HR_READER", True, HERE), {"role", "option"}),
        (ProxyAccess("HR_APP", HERE), {"proxy"}),
        (QuotaAccess("USERS", "UNLIMITED", HERE), {"quota"}),
        (BundleAccess("gone", HERE), {"administers"}),
    ],
)
def test_each_class_of_privileges_has_its_factor(item: Any, factors: set[str]) -> None:
    assert set(points(risk(item))) == factors


def test_a_reason_names_what_is_asked_for_and_how_much_more_there_is() -> None:
    found = risk(*(select(name, "UPDATE") for name in "ABCDE"))
    assert reasons(found) == [
        "changes data: UPDATE on HR.A, UPDATE on HR.B, UPDATE on HR.C and 2 more"
    ]


def test_a_factor_counts_once_however_much_there_is_of_it() -> None:
    assert risk(*(select(name) for name in "ABCDE")).total == risk(select("A")).total


# Data


def reached(name: str, level: Level = Level.RESTRICTED, **more: Any) -> Reached:
    made = Reached(Column("HR", "EMPLOYEES", name), level, "pay", "pay", ())
    return made._replace(**more)


def test_sensitive_columns_weigh_by_their_level() -> None:
    facts = replace(KNOWN, reached=tuple(reached(level.value, level) for level in Level))
    found = points(risk(facts=facts))
    assert [found[f"{level.value}-columns"] for level in Level] == [5, 20, 40]


def test_more_columns_of_a_level_add_nothing_but_names() -> None:
    one = replace(KNOWN, reached=(reached("SALARY"),))
    many = replace(KNOWN, reached=tuple(reached(f"C{number}") for number in range(50)))
    assert risk(facts=one).total == risk(facts=many).total
    assert "and 47 more" in reasons(risk(facts=many))[0]


def test_the_way_to_a_column_and_doubt_about_it_are_told() -> None:
    way = ("role HR_READER", "view HR.EMP")
    sure = replace(KNOWN, reached=(reached("SALARY", through=way),))
    assert (
        reasons(risk(facts=sure))[0]
        == "reaches restricted columns: HR.EMPLOYEES.SALARY (pay) through role HR_READER, view HR.EMP"
    )
    unsure = replace(KNOWN, reached=(reached("SALARY", certain=False),))
    assert reasons(risk(facts=unsure))[0].startswith("may reach restricted columns")


def test_changing_sensitive_columns_is_more_than_seeing_them() -> None:
    facts = replace(KNOWN, reached=(reached("SALARY", writes=True),))
    assert points(risk(facts=facts))["sensitive-writes"] == 15


@pytest.mark.parametrize(
    ("rows", "expected"),
    [(0, 0), (9_999, 0), (10_000, 4), (99_999, 4), (1_000_000, 12), (10**8, 20), (10**12, 20)],
)
def test_the_size_of_the_largest_table_counts_by_magnitude(rows: int, expected: int) -> None:
    facts = replace(KNOWN, rows={("HR", "SMALL"): 10, ("HR", "BIG"): rows})
    found = risk(facts=facts)
    assert points(found).get("size", 0) == expected
    if expected:
        assert f"the largest table, HR.BIG, has about {rows} rows" in reasons(found)


def test_powers_of_roles_and_an_unknown_dictionary_count() -> None:
    facts = replace(KNOWN, powers=("SELECT ANY TABLE",), known=False)
    found = risk(facts=facts)
    assert (points(found)["powers"], points(found)["unknown-dictionary"]) == (30, 15)
    assert "its roles bring along: SELECT ANY TABLE" in reasons(found)


def test_a_reason_stays_on_one_line_whatever_the_dictionary_holds() -> None:
    hostile = Column("HR", "T", "A\n::error::B\x1b[2J")
    facts = replace(KNOWN, reached=(reached("X", column=hostile),))
    (reason, *_) = reasons(risk(facts=facts))
    assert reason.isprintable()
    assert "A\\x0a::error" in reason


# Time


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (HOUR, 0),
        (2 * HOUR, 4),
        (8 * HOUR, 4),
        (9 * HOUR, 8),
        (3 * DAY, 12),
        (8 * DAY, 16),
        (31 * DAY, 20),
    ],
)
def test_longer_access_is_riskier(length: timedelta, expected: int) -> None:
    assert points(risk(window=window(duration=length))).get("duration", 0) == expected


def test_without_a_start_the_length_is_what_policies_allow() -> None:
    found = risk(window=window(until=MONDAY))
    assert points(found)["duration"] == 12
    assert "has no start yet" in " ".join(reasons(found))
    nobody = assess(request(window=window(until=MONDAY)), DEV, documents(), KNOWN)
    assert points(nobody)["duration"] == 20


# Who


def test_an_existing_user_a_service_and_somebody_unknown_add_to_it() -> None:
    assert points(risk(identity=IdentityKind.EXISTING))["existing-user"] == 5
    assert points(risk(requester="robot"))["service"] == 10
    found = risk(requester="mallory")
    assert points(found)["service"] == 10
    assert "mallory is not known" in reasons(found)


@pytest.mark.parametrize(
    ("history", "factors"),
    [
        (RequesterHistory(), {"first-access"}),
        (RequesterHistory(granted=1), set()),
        (RequesterHistory(granted=4, revoked=1), {"revoked-before"}),
        (RequesterHistory(granted=4, extended=2), set()),
        (RequesterHistory(granted=4, extended=3), {"often-extended"}),
    ],
)
def test_what_happened_before_counts(history: RequesterHistory, factors: set[str]) -> None:
    found = points(risk(system("CREATE SESSION"), facts=TargetFacts(history=history)))
    assert set(found) == factors


# All of it


def test_points_are_in_one_order_the_heaviest_first() -> None:
    facts = replace(KNOWN, reached=(reached("A"), reached("B", Level.CONFIDENTIAL)))
    found = risk(select("A", "SELECT", "UPDATE", "EXECUTE"), facts=facts)
    weights = [(-one.points, one.factor) for one in found.points]
    assert weights == sorted(weights)
    assert found.total == sum(one.points for one in found.points)


def test_a_factor_that_a_policy_sets_to_nothing_is_not_told() -> None:
    assert points(risk(select(), weights=(RiskWeights(factors={"reads": 0}),))) == {}


def test_every_factor_can_come_up() -> None:
    facts = TargetFacts(
        reached=tuple(reached(level.value, level, writes=True) for level in Level),
        rows={("HR", "BIG"): 10**9},
        powers=("ALTER USER",),
        history=RequesterHistory(revoked=1, extended=9),
        known=False,
    )
    everything = (
        MANY,
        select("A", "UPDATE", "EXECUTE", "ALTER", with_option=True),
        SchemaAccess(("SELECT ANY TABLE",), "HR", False, HERE),
        system("SELECT ANY TABLE"),
        system("ALTER SYSTEM"),
        RoleAccess("R", False, HERE),
        ProxyAccess("HR_APP", HERE),
        QuotaAccess("USERS", "1", HERE),
    )
    found = risk(
        *everything,
        facts=facts,
        on=target(),
        requester="robot",
        identity=IdentityKind.EXISTING,
        window=window(duration=90 * DAY),
    )
    assert points(found) == dict(FACTORS)


def test_no_request_has_less_risk_than_the_least() -> None:
    labelled = target(labels={"env": "prod", "data": "pay"})
    known = documents(policy(risk=RiskWeights(labels={"data=pay": 7})))
    assert least_risk(labelled, known) == 37
    nothing = request(system("CREATE SESSION"), window=SHORT, identity=IdentityKind.TEMPORARY)
    assert assess(nothing, labelled, known, KNOWN).total == 37


ITEMS = st.sampled_from(
    [
        select("A"),
        select("B", "UPDATE"),
        select("B", "UPDATE", columns=("X",)),
        select("C", with_option=True),
        MANY,
        system("CREATE SESSION"),
        system("ALTER SYSTEM"),
        RoleAccess("R", False, HERE),
        ProxyAccess("HR_APP", HERE),
        QuotaAccess("USERS", "1", HERE),
    ]
)
WEIGHTS = st.dictionaries(st.sampled_from(sorted(FACTORS)), st.integers(0, 100))
REACHED = st.lists(
    st.builds(
        reached,
        st.sampled_from("ABC"),
        st.sampled_from(list(Level)),
        writes=st.booleans(),
        certain=st.booleans(),
    ),
    max_size=4,
)


@given(st.lists(ITEMS, min_size=1), ITEMS, WEIGHTS, st.booleans())
def test_asking_for_more_never_lowers_the_risk(
    items: list[Any], more: Any, weights: dict[str, int], is_open: bool
) -> None:
    """Not even with `until` alone, when a rule with a cap comes to allow something."""
    span = window(until=MONDAY) if is_open else window(duration=9 * DAY)
    capped = allow("short", "UPDATE", "ALTER SYSTEM", max_duration=HOUR)
    known = documents(policy(risk=RiskWeights(factors=weights), rules=(capped,)))
    less = assess(request(*items, window=span), target(), known, KNOWN)
    both = assess(request(*items, more, window=span), target(), known, KNOWN)
    assert both.total >= less.total
    assert {one.factor for one in both.points} >= {one.factor for one in less.points}


@given(REACHED, REACHED, st.integers(0, 10**9), st.integers(0, 10**9))
def test_reaching_more_never_lowers_the_risk(
    some: list[Reached], more: list[Reached], rows: int, others: int
) -> None:
    less = replace(KNOWN, reached=tuple(some), rows={("HR", "A"): rows})
    larger = replace(less, reached=(*some, *more), rows={("HR", "A"): rows, ("HR", "B"): others})
    assert risk(facts=larger).total >= risk(facts=less).total


@given(st.integers(1, 10**7), st.integers(1, 10**7))
def test_longer_never_lowers_the_risk(one: int, other: int) -> None:
    short, long = sorted((one, other))
    less, more = (
        risk(window=window(duration=timedelta(seconds=length))) for length in (short, long)
    )
    assert more.total >= less.total


@given(st.lists(ITEMS, min_size=1, unique_by=repr), st.randoms(use_true_random=False))
def test_the_order_of_a_document_does_not_change_the_points(items: list[Any], random: Any) -> None:
    shuffled = list(items)
    random.shuffle(shuffled)
    assert points(risk(*items)) == points(risk(*shuffled))


@given(st.lists(ITEMS, min_size=1), WEIGHTS)
def test_the_total_is_bounded_by_the_sum_of_the_factors(
    items: list[Any], weights: dict[str, int]
) -> None:
    known = documents(policy(risk=RiskWeights(factors=weights)))
    found = assess(request(*items), target(), known, TargetFacts(known=False))
    assert found.total <= sum((dict(FACTORS) | weights).values())
    assert len({one.factor for one in found.points}) == len(found.points)
