"""Digests of what was decided on: any change of meaning changes them, and nothing else does."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, time, timedelta, timezone
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reconciler.model
from reconciler.model.classification import Classification, ColumnPattern, Level
from reconciler.model.diagnostics import Origin
from reconciler.model.documents import (
    Access,
    Bundle,
    BundleAccess,
    Documents,
    ManyObjectsAccess,
    ObjectAccess,
    ObjectPattern,
    RoleAccess,
    TargetSelector,
    Window,
)
from reconciler.model.identities import IdentityKind, SessionLimits
from reconciler.model.policies import Hours, Limits, RiskWeights
from reconciler.policy.approval.digests import is_place
from reconciler.policy.approvals import access_digest, policy_digest
from tests.policy.approval_papers import (
    HERE,
    approvals,
    asks,
    away,
    chain,
    documents,
    person,
    policy,
    request,
    selector,
    step,
    target,
    team,
)

ELSEWHERE = Origin("grants/requests/moved/other.yaml", 99, 7)
CLASSIFICATION = Classification(
    "pay",
    HERE,
    selector("hr-prod"),
    Level.RESTRICTED,
    "pay",
    ("payroll",),
    (ColumnPattern("HR", "*", "SALARY"),),
)
RULES = replace(
    documents(policy("p", approvals(chain(step(asks(1, "owners")))))),
    classifications={"pay": CLASSIFICATION},
)


def moved(value: Any) -> Any:
    """The value as if it had been written elsewhere, with every mapping turned round."""
    if isinstance(value, Origin):
        return ELSEWHERE
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{one.name: moved(getattr(value, one.name)) for one in fields(value)}
        )
    if isinstance(value, dict):
        return MappingProxyType({key: moved(inner) for key, inner in reversed(value.items())})
    if isinstance(value, tuple) and hasattr(value, "_replace"):
        return value._replace(**{key: moved(inner) for key, inner in value._asdict().items()})
    if isinstance(value, tuple):
        return tuple(map(moved, value))
    return value


class TestPolicyDigest:
    def test_is_a_sha256(self) -> None:
        digest = policy_digest(RULES)
        assert digest.startswith("sha256:")
        assert len(digest) == 7 + 64
        assert policy_digest(RULES) == digest

    def test_of_equal_rules_is_equal_wherever_they_are_written_and_in_whatever_order(self) -> None:
        assert policy_digest(moved(RULES)) == policy_digest(RULES)

    def test_does_not_depend_on_the_commit_or_on_requests(self) -> None:
        other = replace(RULES, commit="e" * 40, requests={"fix": request()}, bundles={}, targets={})
        assert policy_digest(other) == policy_digest(RULES)

    @pytest.mark.parametrize(
        "other",
        [
            replace(RULES, people={}),
            replace(RULES, people={**RULES.people, "bob": person("bob", signing_keys=())}),
            replace(RULES, people={**RULES.people, "bob": person("bob", logins={"github": "b"})}),
            replace(
                RULES,
                people={
                    **RULES.people,
                    "bob": person("bob", absences=away("2026-12-01", "2026-12-02", "carol")),
                },
            ),
            replace(RULES, teams={**RULES.teams, "payroll": team("payroll", "alice")}),
            replace(RULES, classifications={}),
            replace(RULES, classifications={"pay": replace(CLASSIFICATION, level=Level.INTERNAL)}),
            replace(RULES, policies={"q": RULES.policies["p"]}),
            *(
                replace(RULES, policies={"p": replace(RULES.policies["p"], **{name: value})})
                for name, value in {
                    "max_duration": timedelta(days=13),
                    "ticket_pattern": "OPS-[0-9]+",
                    "approvals": approvals(chain(step(asks(2, "owners")))),
                    "targets": TargetSelector((), {"estate": "hr", "tier": "production"}, HERE),
                    "limits": Limits(concurrent=1),
                    "risk": RiskWeights({"environment": 1}),
                    "hours": Hours("Europe/Berlin", frozenset({0, 1}), time(7), time(19), HERE),
                }.items()
            ),
        ],
    )
    def test_of_other_rules_is_another(self, other: Documents) -> None:
        assert policy_digest(other) != policy_digest(RULES)

    def test_of_days_in_another_order_is_the_same(self) -> None:
        hours = Hours("Europe/Berlin", frozenset({0, 1, 2}), time(7), time(19), HERE)
        again = replace(hours, days=frozenset([2, 1, 0]))
        one, other = (
            replace(RULES, policies={"p": replace(RULES.policies["p"], hours=found)})
            for found in (hours, again)
        )
        assert policy_digest(one) == policy_digest(other)

    def test_an_empty_text_is_not_nothing(self) -> None:
        """What is joined without its borders could be shifted from one field into the next."""
        people = [
            {"ab": person("ab", display_name="c")},
            {"a": person("a", display_name="bc")},
        ]
        digests = {policy_digest(replace(RULES, people=row)) for row in people}
        assert len(digests) == 2


def read(name: str, *columns: str, option: bool = False) -> ObjectAccess:
    return ObjectAccess(("SELECT",), "HR", name, columns, option, HERE)


KNOWN = replace(
    documents(
        target(
            labels={"estate": "hr"},
            object_labels={"people": (ObjectPattern("HR", "EMP*"), ObjectPattern("HR", "JOBS"))},
        )
    ),
    bundles={"support": Bundle("support", HERE, "", (read("JOBS"), read("REGIONS")))},
)
LABEL = ManyObjectsAccess(("SELECT",), None, "people", (), False, HERE)
BASE = request(read("EMPLOYEES", "NAME"), BundleAccess("support", HERE), LABEL)


def digest(known: Documents = KNOWN, **parts: Any) -> str:
    return access_digest(replace(BASE, **parts), known)


class TestAccessDigest:
    """What was approved is what is granted: the digest of both is the same."""

    def test_p31_is_the_same_wherever_and_in_whatever_order_it_is_written(self) -> None:
        assert access_digest(moved(BASE), moved(KNOWN)) == digest()
        assert digest(access=tuple(reversed(BASE.access))) == digest()
        assert digest(access=(*BASE.access, BASE.access[0])) == digest()

    def test_p31_does_not_depend_on_words_that_grant_nothing(self) -> None:
        assert digest(reason="Another reason", ticket="INC-2", name="other") == digest()

    def test_p31_is_the_same_when_a_bundle_is_written_out(self) -> None:
        inner = KNOWN.bundles["support"].access
        assert digest(access=(BASE.access[0], *inner, LABEL)) == digest()

    @pytest.mark.parametrize(
        "parts",
        [
            {"requester": "bob"},
            {"user": "BOB"},
            {"client": "HR_APP"},
            {"identity": IdentityKind.PROXY},
            {"session": SessionLimits(idle=timedelta(minutes=5))},
            {"session": SessionLimits(networks=("10.0.0.0/8",))},
            {"window": Window(None, None, timedelta(hours=5), HERE)},
            {"window": Window(datetime(2026, 12, 1, tzinfo=UTC), None, timedelta(hours=4), HERE)},
            {"targets": selector("hr-prod", "hr-test")},
            {"access": BASE.access[:2]},
            {"access": (read("EMPLOYEES", "SALARY"), *BASE.access[1:])},
            {"access": (read("EMPLOYEES", "NAME", option=True), *BASE.access[1:])},
            {"access": (*BASE.access, RoleAccess("READER", False, HERE))},
        ],
    )
    def test_p31_changes_with_everything_that_grants_something(self, parts: dict[str, Any]) -> None:
        known = replace(KNOWN, targets={**KNOWN.targets, "hr-test": target("hr-test")})
        assert digest(known, **parts) != digest(known)

    def test_p31_changes_with_what_a_bundle_holds(self) -> None:
        bundle = replace(KNOWN.bundles["support"], access=(read("JOBS"),))
        assert digest(replace(KNOWN, bundles={"support": bundle})) != digest()
        assert digest(replace(KNOWN, bundles={})) != digest()

    def test_p31_changes_with_what_a_label_stands_for(self) -> None:
        wider = replace(
            KNOWN.targets["hr-prod"], object_labels={"people": (ObjectPattern("HR", "*"),)}
        )
        assert digest(replace(KNOWN, targets={"hr-prod": wider})) != digest()

    def test_p31_changes_when_labels_select_one_more_target(self) -> None:
        everywhere = TargetSelector((), {"estate": "hr"}, HERE)
        more = replace(KNOWN, targets={**KNOWN.targets, "hr-test": target("hr-test")})
        assert digest(targets=everywhere) == digest()
        assert digest(more, targets=everywhere) != digest(more)

    def test_an_instant_is_the_same_in_every_zone(self) -> None:
        there = timezone(timedelta(hours=1))
        one, other = (
            digest(window=Window(start, None, timedelta(hours=1), HERE))
            for start in (
                datetime(2026, 12, 1, 8, tzinfo=UTC),
                datetime(2026, 12, 1, 9, tzinfo=there),
            )
        )
        assert one == other

    def test_a_value_without_a_known_meaning_is_no_part_of_a_digest(self) -> None:
        with pytest.raises(TypeError, match="no digest for bytes"):
            digest(user=b"ALICE")

    @given(st.permutations(BASE.access), st.booleans())
    def test_p31_is_stable(self, access: list[Access], ended: bool) -> None:
        assert digest(access=tuple(access), ended=ended) == digest()


def model_fields() -> list[tuple[str, str, str]]:
    """Class, field and annotation of every value of the model."""
    found: list[tuple[str, str, str]] = []
    for module in pkgutil.iter_modules(reconciler.model.__path__):
        for one in vars(importlib.import_module(f"reconciler.model.{module.name}")).values():
            if isinstance(one, type) and one.__module__.startswith("reconciler.model."):
                annotations = inspect.get_annotations(one).items()
                found += [(one.__name__, key, str(value)) for key, value in annotations]
    return found


def test_places_are_left_out_by_their_names_and_nothing_else_is() -> None:
    """A place under another name would end the digest with an error, and another value under such a name would be left out of it."""
    rows = model_fields()
    assert ("AccessRequest", "user_origin", "Origin") in rows
    places = {row for row in rows if "Origin" in row[2] and "[" not in row[2]}
    assert {row for row in rows if is_place(row[1])} == places
