"""The public schemas, and what people are told when a document does not fit."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.documents.loader import Tree, parse
from reconciler.documents.schema import FILES, Schemas
from reconciler.model.diagnostics import Diagnostic
from tests.documents.policy_papers import CASES, FULL, GUARD, PAY

REQUEST = {
    "apiVersion": "grants/v1",
    "kind": "AccessRequest",
    "metadata": {"name": "fix"},
    "spec": {
        "requester": "alice",
        "reason": "Payroll totals wrong",
        "ticket": "OPS-1",
        "targets": ["hr-prod"],
        "identity": {"user": "ALICE"},
        "access": [
            {"bundle": "payroll"},
            {"privileges": ["UPDATE"], "on": 'HR."Mixed"', "columns": ["SALARY"]},
            {"role": "HR_READER"},
            {"system": "CREATE SESSION"},
        ],
        "window": {"start": "2026-11-20T14:00:00Z", "duration": "4h"},
        "ended": False,
    },
}


def check(text: str) -> tuple[Diagnostic, ...]:
    tree = parse(dedent(text).encode(), "grants/a.yaml")
    found = Schemas(accelerate=True).check(tree)
    assert found == Schemas(accelerate=False).check(tree)
    return found


def request_with(**spec: object) -> str:
    return json.dumps({**REQUEST, "spec": {**REQUEST["spec"], **spec}})  # type: ignore[dict-item]


def told(text: str) -> list[tuple[str, str, str]]:
    return [(found.rule, found.message, found.hint) for found in check(text)]


def test_a_valid_request_gives_no_finding() -> None:
    assert check(json.dumps(REQUEST)) == ()


@pytest.mark.parametrize(
    ("spec", "rule", "message", "hint"),
    [
        (
            {"window": {"expire_at": "2026-12-01T00:00:00Z"}},
            "schema.unknown-field",
            "unknown field `expire_at` in spec.window",
            "Did you mean `until`?",
        ),
        (
            {"window": {"untill": "2026-12-01T00:00:00Z"}},
            "schema.unknown-field",
            "unknown field `untill` in spec.window",
            "Did you mean `until`?",
        ),
        (
            {"window": {}},
            "schema.missing-field",
            "spec.window needs `until` or `duration`",
            "",
        ),
        (
            {"window": {"until": "2026-12-01T00:00:00Z", "duration": "4h"}},
            "schema.one-of",
            "spec.window: `until` and `duration` exclude each other",
            "Keep one of them.",
        ),
        (
            {"ticket": 1234},
            "schema.wrong-type",
            "spec.ticket must be text, not `1234`",
            "Put it in quotes.",
        ),
        (
            {"window": None},
            "schema.wrong-type",
            "spec.window must be a mapping, not empty",
            "",
        ),
        (
            {"targets": []},
            "schema.wrong-value",
            "spec.targets must not be empty",
            "",
        ),
        (
            {"targets": "hr-prod"},
            "schema.wrong-type",
            "spec.targets must be a list or a mapping, not `hr-prod`",
            "",
        ),
        (
            {"targets": {"labels": {"Env": "prod"}}},
            "schema.wrong-form",
            "spec.targets.labels: `Env` is not a label key",
            "",
        ),
        (
            {"access": [{"privileges": ["SELCT"], "on": "HR.A"}]},
            "schema.wrong-value",
            "spec.access[0].privileges[0]: `SELCT` is not allowed",
            "Did you mean `SELECT`?",
        ),
        (
            {"access": [{"privileges": ["ALL"], "on": "HR.A"}]},
            "schema.wrong-value",
            "spec.access[0].privileges[0]: `ALL` is not allowed",
            "Name each privilege, so that reviewers see what is given.",
        ),
        (
            {"access": [{"privileges": ["SELECT"]}]},
            "schema.missing-field",
            "spec.access[0] needs `on`, `schema`, `directory`, `edition`, `onUser`, `miningModel`, `translationProfile`, `javaSource` or `javaResource`",
            "",
        ),
        (
            {"access": [{"privileges": ["SELECT"], "table": "HR.A"}]},
            "schema.unknown-field",
            "unknown field `table` in spec.access[0]",
            "Did you mean `on`?",
        ),
        (
            {"access": [{"role": "A", "system": "CREATE SESSION"}]},
            "schema.one-of",
            "spec.access[0]: `role` and `system` exclude each other",
            "Keep one of them.",
        ),
        (
            {"access": [{"system": "ALL PRIVILEGES"}]},
            "schema.wrong-form",
            "spec.access[0].system: `ALL PRIVILEGES` is not a system privilege in upper case",
            "For example `CREATE SESSION`.",
        ),
        (
            {"access": [{"role": "A", "withOption": True}]},
            "request.option-not-allowed",
            "a request cannot give the grant or admin option: what is passed on would outlive it",
            "Use a standing grant, with an owner and a review date.",
        ),
        (
            {"identity": {"user": "ALICE", "proxy": {"through": "A", "client": "B"}}},
            "schema.one-of",
            "spec.identity: `user` and `proxy` exclude each other",
            "Keep one of them.",
        ),
        (
            {"identity": {"proxy": {"through": "A", "client": "B"}}},
            "schema.wrong-value",
            "spec.access goes with no proxy: whoever works as another user has all that this one may do",
            "",
        ),
        (
            {"identity": {"temporary": {"name": "X"}}},
            "schema.unknown-field",
            "unknown field `name` in spec.identity.temporary",
            "Known fields: readOnly.",
        ),
        (
            {"session": {"perUser": 0}},
            "schema.wrong-value",
            "spec.session.perUser is 0; at least 1 is needed",
            "",
        ),
        (
            {"ended": "yes"},
            "schema.wrong-type",
            "spec.ended must be true or false, not `yes`",
            "",
        ),
        (
            {"reason": ""},
            "schema.wrong-value",
            "spec.reason must not be empty",
            "",
        ),
        (
            {"reason": "x" * 1001},
            "schema.wrong-value",
            "spec.reason is too long; at most 1000 characters are allowed",
            "",
        ),
        (
            {"targets": ["a", "a"]},
            "schema.wrong-value",
            "spec.targets holds something twice",
            "",
        ),
    ],
)
def test_messages_name_the_field_and_what_to_write(
    spec: dict[str, object], rule: str, message: str, hint: str
) -> None:
    assert told(request_with(**spec)) == [(rule, message, hint)]


@pytest.mark.parametrize(
    "end",
    [
        "next fryday",
        "in 3 dayz",
        "4 hours",
        "never",
        "0",
        "",
        "2026-12-01",
        "2026-12-01T00:00:00",
        "2026-12-01 00:00:00Z",
        "20261201T000000Z",
        "2026-W49-2",
        "2026-12-01T00:00:00Z\n",
        "٢٠٢٦-12-01T00:00:00Z",
    ],
)
def test_an_end_that_is_no_instant_is_an_error_at_its_place(end: str) -> None:
    (found,) = check(request_with(window={"until": end}))
    assert found.rule == "time.invalid"
    assert "is not an instant with a time zone" in found.message
    assert found.origin is not None
    assert found.origin.column > 300


@pytest.mark.parametrize(
    "length", ["forever", "4 hours", "0x", "-4h", "4", "1h 30m", "30m1h", "1.5h"]
)
def test_a_length_that_is_no_duration_is_an_error(length: str) -> None:
    (found,) = check(request_with(window={"duration": length}))
    assert found.rule == "time.invalid"


def test_a_trailing_line_feed_does_not_slip_through_a_pattern() -> None:
    for field, value in (("requester", "alice\n"), ("identity", {"user": "ALICE\n"})):
        assert [rule for rule, _, _ in told(request_with(**{field: value}))] == [
            "schema.wrong-form"
        ]


@pytest.mark.parametrize(
    ("text", "rule", "hint"),
    [
        ("- a\n", "schema.not-a-mapping", ""),
        ("{}\n", "schema.missing-field", ""),
        ("kind: acessrequest\n", "schema.unknown-kind", "Did you mean `AccessRequest`?"),
        ("kind: [a]\n", "schema.unknown-kind", "Kinds: "),
        ("kind: Classificaton\n", "schema.unknown-kind", "Did you mean `Classification`?"),
    ],
)
def test_a_document_of_no_known_kind(text: str, rule: str, hint: str) -> None:
    (found,) = check(text)
    assert found.rule == rule
    assert found.hint.startswith(hint)


def test_a_misspelt_field_is_told_once_and_not_also_as_missing() -> None:
    text = json.dumps(REQUEST).replace('"requester"', '"requestor"')
    assert [rule for rule, _, _ in told(text)] == ["schema.unknown-field"]


def test_several_mistakes_are_all_told_in_the_order_of_their_places() -> None:
    found = check(
        """\
        apiVersion: grants/v2
        kind: Team
        metadata: {name: Payroll}
        spec: {members: [alice, Bob]}
        """
    )
    assert [(one.origin.line, one.origin.column) for one in found if one.origin] == [
        (1, 13),
        (3, 18),
        (4, 25),
    ]


def test_long_values_are_cut_in_messages() -> None:
    (found,) = check(request_with(access=[{"privileges": ["SELECT"], "on": "X" * 250}]))
    assert len(found.message) < 150


@pytest.mark.parametrize(
    ("removals", "message"),
    [
        ({"share": 1.5}, "spec.removals.share is 1.5; at most 1 is allowed"),
        ({"count": -1}, "spec.removals.count is -1; at least 0 is needed"),
        ({"count": 1.5}, "spec.removals.count must be a whole number, not `1.5`"),
        ({"count": True}, "spec.removals.count must be a whole number, not `true`"),
        ({"release": {"upTo": 5}}, "spec.removals.release needs `until` and `reason`"),
    ],
)
def test_numbers_have_bounds(removals: dict[str, object], message: str) -> None:
    target = {
        "apiVersion": "grants/v1",
        "kind": "Target",
        "metadata": {"name": "a"},
        "spec": {
            "connect": {"dsn": "db/x", "user": "R", "passwordEnv": "PW"},
            "mode": "observe",
            "scope": {"grantees": []},
            "removals": removals,
        },
    }
    assert [text for _, text, _ in told(json.dumps(target))] == [message]


def test_a_flood_of_findings_is_cut_and_counted() -> None:
    spec = {f"key{number}": 1 for number in range(200)}
    found = check(request_with(**spec))
    assert len(found) == 51
    assert found[-1].message == "150 more findings in this file"


@pytest.mark.parametrize(
    "members",
    [
        [number if number % 2 else f"m{number}" for number in range(4000)],
        [[number] for number in range(1500)],
        ["a-" * 30_000],
        [{}] * 2000,
    ],
    ids=["mixed", "lists", "long", "mappings"],
)
def test_no_document_within_the_limits_is_slow_to_judge(members: list[object]) -> None:
    """Under 0.1 s on an idle machine; comparing every two items took seconds."""
    team = {"kind": "Team", "spec": {"members": members}}
    tree = parse(json.dumps(team).encode(), "grants/a.yaml")
    begun = time.process_time()
    assert Schemas(accelerate=False).check(tree)
    assert time.process_time() - begun < 0.8


def test_a_bundle_in_a_bundle_is_refused() -> None:
    text = """\
        apiVersion: grants/v1
        kind: Bundle
        metadata: {name: a}
        spec: {description: x, access: [{bundle: b}]}
        """
    assert "bundle.nested" in [rule for rule, _, _ in told(text)]


def test_a_standing_grant_cannot_pass_on_a_whole_bundle() -> None:
    text = """\
        apiVersion: grants/v1
        kind: StandingGrant
        metadata: {name: a}
        spec:
          {owner: a, reason: x, targets: [a], grantees: [A], reviewBy: 2027-01-01,
           access: [{bundle: b, withOption: true}]}
        """
    assert [message for _, message, _ in told(text)] == [
        "spec.access[0].withOption: `true` is not false"
    ]


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("OPS-[0-9]+", True),
        ("OPS-[0-9]{4}|INC-[0-9]{7}", True),
        (r"[A-Z]+\.[0-9]+", True),
        ("(a+)+", False),
        ("(a|a)+", False),
        ("a*a*a*a*b", False),
        ("a**", False),
        (r"(?=x)", False),
        (r"\1", False),
        ("[^a]", False),
    ],
)
def test_ticket_patterns_have_a_form_that_cannot_be_slow(pattern: str, fits: bool) -> None:
    text = json.dumps(
        {
            "apiVersion": "grants/v1",
            "kind": "Policy",
            "metadata": {"name": "a"},
            "spec": {"targets": ["a"], "maxDuration": "1d", "ticketPattern": pattern},
        }
    )
    assert (check(text) == ()) is fits


# Two validators, one verdict

FAST, SLOW = Schemas(accelerate=True), Schemas(accelerate=False)
ODD_VALUES = st.sampled_from(
    [None, True, 0, 1.0, -1, 1e9, "", "a", "A\n", "hr-prod", "4h", "2026-11-20T14:00:00Z", [], ["a"], {}, {"a": 1}, "٣h"]
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))


def test_the_accelerator_is_really_there() -> None:
    assert FAST._fast_judge("Team") is not None
    assert SLOW._fast_judge("Team") is None


EXAMPLES = [
    *(
        parse(path.read_bytes(), path.name).root
        for path in sorted(Path(__file__).parents[2].joinpath("grants").rglob("*.yaml"))
    ),
    *(parse(dedent(text).encode(), "a.yaml").root for text in (FULL, GUARD, PAY, CASES)),
]


@given(st.sampled_from(EXAMPLES), st.data())
def test_both_validators_agree_on_every_change_of_a_document(document: Any, data: Any) -> None:
    mutant = copy.deepcopy(document)
    path = data.draw(st.sampled_from([path for path in places(mutant) if path]))
    parent = mutant
    for part in path[:-1]:
        parent = parent[part]
    odd = data.draw(ODD_VALUES)
    match data.draw(st.sampled_from(["replace", "remove", "rename"])):
        case "replace":
            parent[path[-1]] = odd
        case "remove":
            del parent[path[-1]]
        case _ if isinstance(parent, dict):
            parent[f"{path[-1]}x"] = parent.pop(path[-1])
        case _:
            parent.append(odd)
    tree = Tree("a.yaml", mutant, dict.fromkeys(places(mutant), (1, 1)), {})
    assert FAST.check(tree) == SLOW.check(tree)
    kind = mutant.get("kind")
    if kind in FILES if isinstance(kind, str) else False:
        judge = FAST._fast_judge(kind)
        assert judge is not None
        assert judge(mutant) is (SLOW.check(tree) == ())
