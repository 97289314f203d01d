"""From files to typed documents: values, places, and what is left out when something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from reconciler.documents.build import LoadResult
from reconciler.model.diagnostics import Origin
from reconciler.model.documents import (
    BundleAccess,
    Mode,
    ObjectAccess,
    RemovalLimits,
    RoleAccess,
    Scope,
    SystemAccess,
)

Load = Callable[..., LoadResult]

REQUEST = "requests/fix.yaml"


def rules(result: LoadResult) -> list[str]:
    return [found.rule for found in result.findings]


def test_the_valid_set_has_no_findings(load_small: Load) -> None:
    result = load_small()
    assert result.findings == ()
    assert not any(result.left_out.values())
    assert result.count == 8
    assert result.documents == result.well_formed
    assert result.documents.commit == "0" * 40


def test_a_request_becomes_a_typed_value_with_places(load_small: Load) -> None:
    request = load_small(
        {
            REQUEST: """\
            apiVersion: grants/v1
            kind: AccessRequest
            metadata: {name: fix}
            spec:
              requester: alice
              reason: |
                Payroll totals wrong,

                Approved-By: nobody
              ticket: OPS-1
              targets: {labels: {env: prod}}
              identity: {user: alice}
              access:
                - bundle: payroll-support
                - privileges: [UPDATE]
                  on: hr."Mixed.Case"
                  columns: [salary, "job"]
                - role: hr_reader
                - system: CREATE SESSION
              window:
                start: 2026-11-20T15:00:00+01:00
                until: 2026-11-21T14:00Z
              ended: true
            """
        }
    ).documents.requests["fix"]
    path = f"grants/{REQUEST}"
    assert request.reason == "Payroll totals wrong, Approved-By: nobody"
    assert (request.user, request.user_origin) == ("ALICE", Origin(path, 12, 20))
    assert request.targets.labels == {"env": "prod"}
    assert request.targets.names == ()
    assert request.access == (
        BundleAccess("payroll-support", Origin(path, 14, 7)),
        ObjectAccess(
            ("UPDATE",), "HR", "Mixed.Case", ("SALARY", "JOB"), False, Origin(path, 15, 7)
        ),
        RoleAccess("HR_READER", False, Origin(path, 18, 7)),
        SystemAccess("CREATE SESSION", False, Origin(path, 19, 7)),
    )
    assert request.window.start == datetime(2026, 11, 20, 14, tzinfo=UTC)
    assert request.window.until == datetime(2026, 11, 21, 14, tzinfo=UTC)
    assert request.window.duration is None
    assert request.window.origin == Origin(path, 21, 5)
    assert request.ended


def test_the_other_kinds_become_typed_values(load_small: Load) -> None:
    documents = load_small(
        {
            "targets/hr-prod.yaml": """\
            apiVersion: grants/v1
            kind: Target
            metadata: {name: hr-prod}
            spec:
              labels: {tier: test, env: prod}
              connect: {dsn: "db:1521/X", user: recon, passwordEnv: PW, walletEnv: WALLET}
              mode: authoritative
              scope: {grantees: ['app_*', "\\"Mixed\\"", ALICE], schemas: [hr], roles: [HR_READER], system: ['CREATE *']}
              removals: {count: 3, share: 1, release: {upTo: 50, until: 2026-12-01T00:00:00Z, reason: clean up}}
            """,
            "policies/all.yaml": """\
            apiVersion: grants/v1
            kind: Policy
            metadata: {name: all}
            spec: {targets: [hr-prod], maxDuration: 7d, requesters: [payroll], ticketPattern: 'OPS-[0-9]+',
                   minReasonLength: 5, forbidden: ['* ANY *', 'role:dba', 'role:"Dba"', 'role:imp_*']}
            """,
        }
    ).documents
    target = documents.targets["hr-prod"]
    assert list(target.labels) == ["env", "tier"]
    assert (target.user, target.password_env, target.wallet_env) == ("RECON", "PW", "WALLET")
    assert target.mode is Mode.AUTHORITATIVE
    assert target.scope == Scope(
        ("APP_*", "Mixed", "ALICE"), ("HR",), ("HR_READER",), ("CREATE *",)
    )
    assert target.removals == RemovalLimits(
        3, 1.0, 10, 0.5, 50, datetime(2026, 12, 1, tzinfo=UTC), "clean up"
    )
    policy = documents.policies["all"]
    assert policy.max_duration == timedelta(days=7)
    assert policy.forbidden == ("* ANY *", "role:DBA", "role:Dba", "role:IMP_*")
    assert documents.people["bob"].users == ("BOB",)
    assert documents.people["alice"].logins == {"github": "alice-a"}
    assert documents.teams["payroll"].members == ("alice", "bob")
    grant = documents.standing["readers"]
    assert grant.review_by == date(2027, 3, 31)
    assert grant.access == (
        RoleAccess("HR_READER", True, Origin("grants/standing/readers.yaml", 10, 7)),
    )


@pytest.mark.parametrize(
    ("window", "rule", "line", "column"),
    [
        ("{until: next fryday}", "time.invalid", 11, 19),
        ("{duration: in 3 dayz}", "time.invalid", 11, 22),
        ("{until: 4 hours}", "time.invalid", 11, 19),
        ("{until: 2026-13-01}", "time.invalid", 11, 19),
        ("{until: 2026-13-01T00:00:00Z}", "time.invalid", 11, 19),
        ("{until: 2027-02-30T00:00:00Z}", "time.invalid", 11, 19),
        ("{until: 2027-02-01T24:00:00Z}", "time.invalid", 11, 19),
        ("{until: 2027-02-01T00:00:60Z}", "time.invalid", 11, 19),
        ("{until: 2027-02-01T00:00:00}", "time.invalid", 11, 19),
        ("{until: 9999-12-31T23:59:59-23:59}", "time.invalid", 11, 19),
        ("{expire_at: 2027-02-01T00:00:00Z}", "schema.unknown-field", 11, 12),
        ("{duration: 0h}", "time.invalid", 11, 22),
        ("{duration: 0}", "schema.wrong-type", 11, 22),
        ("{duration: ''}", "schema.wrong-value", 11, 22),
        ("{duration: never}", "time.invalid", 11, 22),
        ("{until: }", "schema.wrong-type", 11, 19),
        ("{}", "schema.missing-field", 11, 3),
        ("", "schema.wrong-type", 11, 10),
        ("{start: 2027-01-01T00:00:00Z}", "schema.missing-field", 11, 3),
        ("{start: 2027-01-02T00:00:00Z, until: 2027-01-01T00:00:00Z}", "window.order", 11, 48),
        ("{start: 2027-01-01T00:00:00Z, until: 2027-01-01T01:00:00+01:00}", "window.order", 11, 48),
        ("{start: soon, duration: 4h}", "time.invalid", 11, 19),
    ],
)
def test_an_end_that_is_missing_misspelt_or_not_an_instant_is_an_error_with_its_place(
    load_edited: Load, window: str, rule: str, line: int, column: int
) -> None:
    result = load_edited(REQUEST, "{start: 2026-11-20T14:00:00Z, duration: 4h}", window)
    assert [(found.rule, found.origin) for found in result.findings][-1] == (
        rule,
        Origin(f"grants/{REQUEST}", line, column),
    )
    assert result.documents.requests == {}
    assert "fix" in result.left_out["AccessRequest"]


def test_p35_select_on_columns_is_read_beside_what_oracle_takes_columns_for(
    load_edited: Load,
) -> None:
    result = load_edited(
        REQUEST,
        "- bundle: payroll-support",
        "- {privileges: [UPDATE, SELECT], on: HR.PAYROLL, columns: [NET]}",
    )
    (item,) = result.documents.requests["fix"].access
    assert isinstance(item, ObjectAccess)
    assert (item.privileges, item.columns) == (("UPDATE", "SELECT"), ("NET",))


@pytest.mark.parametrize("option", ["withOption", "withHierarchy"])
def test_p35_select_on_columns_cannot_be_passed_on(load_edited: Load, option: str) -> None:
    result = load_edited(
        "standing/readers.yaml",
        "- role: HR_READER\n      withOption: true",
        f"- {{privileges: [UPDATE, SELECT], on: HR.PAYROLL, columns: [NET], {option}: true}}",
    )
    (found,) = [row for row in result.findings if row.rule == "access.no-option-on-columns"]
    assert "cannot be passed on" in found.message
    assert "item of its own" in found.hint


@pytest.mark.parametrize(
    "item",
    [
        "{privileges: [SELECT], on: RECONCILER_GATE.HR$PAYROLL}",
        "{privileges: [SELECT], on: reconciler_gate.HR*}",
        "{privileges: [EXECUTE], on: '\"RECONCILER_GATE\".GATE'}",
        "{privileges: [SELECT ANY TABLE], schema: RECONCILER_GATE}",
    ],
)
def test_p35_nothing_of_the_gatekeeper_is_asked_for_by_name(load_edited: Load, item: str) -> None:
    result = load_edited(REQUEST, "- bundle: payroll-support", f"- {item}")
    assert [found.rule for found in result.findings] == ["name.reserved"]


def test_delete_on_columns_is_refused_too(load_edited: Load) -> None:
    result = load_edited(
        REQUEST,
        "- bundle: payroll-support",
        "- {privileges: [DELETE], on: HR.PAYROLL, columns: [NET]}",
    )
    (found,) = result.findings
    assert found.hint == "Move DELETE to an item without `columns`."


@pytest.mark.parametrize(
    ("path", "old", "new", "rule"),
    [
        ("standing/readers.yaml", "[ALICE]", "[ALICE, alice]", "name.same-after-folding"),
        ("people/bob.yaml", "[bob]", "[bob, BOB]", "name.same-after-folding"),
        ("standing/readers.yaml", "[ALICE]", "[JIT_FIX]", "name.reserved"),
        ("standing/readers.yaml", "HR_READER", "jit_fix", "name.reserved"),
        (REQUEST, "ALICE", "JIT_FIX", "name.reserved"),
        (REQUEST, "- bundle: payroll-support", "- role: JIT_FIX", "name.reserved"),
        (REQUEST, "{user: ALICE}", "{user: '\"" + "Ä" * 65 + "\"'}", "name.invalid"),
        (
            REQUEST,
            "- bundle: payroll-support",
            "- {privileges: [SELECT], on: 'HR.\"" + "Ä" * 65 + "\"'}",
            "name.invalid",
        ),
        (REQUEST, "{name: fix}", "{name: fixed}", "name.not-file-name"),
        (REQUEST, "reason: Payroll totals wrong", "reason: ' '", "schema.wrong-value"),
        ("targets/hr-prod.yaml", "schemas: [HR]", "schemas: [1HR]", "name.invalid"),
        ("targets/hr-prod.yaml", '"db.', '"scott/tiger@db.', "target.credentials"),
        (
            "targets/hr-prod.yaml",
            '"db.example.com:1521/HRPROD"',
            '"(DESCRIPTION=(SECURITY=(PASSWORD = x)))"',
            "target.credentials",
        ),
        ("targets/hr-prod.yaml", "mode: additive", "labelz: {}", "schema.missing-field"),
        ("policies/all.yaml", "maxDuration: 7d", "maxDuration: 0d", "time.invalid"),
        ("policies/all.yaml", "7d", "7d, ticketPattern: '[z-a]'", "policy.ticket-pattern"),
        ("policies/all.yaml", "7d", "7d, ticketPattern: '[+--]'", "schema.wrong-form"),
        ("policies/all.yaml", "7d", "7d, ticketPattern: '[A--]'", "policy.ticket-pattern"),
        ("policies/all.yaml", "7d", "7d, forbidden: ['role:1A']", "pattern.invalid"),
        ("standing/readers.yaml", "2027-03-31", "2027-02-31", "time.invalid"),
        ("standing/readers.yaml", "2027-03-31", "never", "time.invalid"),
    ],
)
def test_what_the_schema_cannot_say_is_checked_as_well(
    load_edited: Load, path: str, old: str, new: str, rule: str
) -> None:
    result = load_edited(path, old, new)
    assert rule in rules(result)
    assert all(found.origin and found.origin.line for found in result.findings)
    assert any(result.left_out.values())


def test_a_document_with_an_error_is_left_out_and_the_others_go_on(load_small: Load) -> None:
    result = load_small(
        {
            "requests/broken.yaml": "kind: AccessRequest\nspec: [",
            "requests/also.yaml": "kind: Team\n",
        }
    )
    assert rules(result) == [
        "schema.missing-field",
        "yaml.syntax",
    ]
    assert list(result.documents.requests) == ["fix"]
    assert result.left_out["AccessRequest"] == {
        "broken": Origin("grants/requests/broken.yaml", 3, 1)
    }
    assert list(result.left_out["Team"]) == ["also"]


def test_two_documents_of_one_kind_and_name_are_both_left_out(load_small: Load) -> None:
    copy = """\
        apiVersion: grants/v1
        kind: Team
        metadata: {name: payroll}
        spec: {members: [alice]}
        """
    result = load_small({"teams/old/payroll.yml": copy, "standing/readers.yaml": None})
    places = [
        Origin("grants/teams/old/payroll.yml", 1, 1),
        Origin("grants/teams/payroll.yaml", 1, 1),
    ]
    assert [(found.rule, found.origin, found.related) for found in result.findings] == [
        ("name.duplicate", places[0], (places[1],)),
        ("name.duplicate", places[1], (places[0],)),
    ]
    assert result.documents.teams == {}


def test_a_document_with_the_name_of_a_broken_one_is_left_out_as_well(load_small: Load) -> None:
    result = load_small({"requests/old/fix.yaml": "kind: AccessRequest\nmetadata: {name: fix}\n"})
    assert result.documents.requests == {}
    duplicates = [found.origin for found in result.findings if found.rule == "name.duplicate"]
    assert duplicates == [
        Origin(f"grants/{REQUEST}", 1, 1),
        Origin("grants/requests/old/fix.yaml", 1, 1),
    ]


def test_the_same_name_in_different_kinds_is_fine(load_small: Load) -> None:
    result = load_small(
        {
            "bundles/fix.yaml": """\
            apiVersion: grants/v1
            kind: Bundle
            metadata: {name: fix}
            spec: {description: x, access: [{role: HR_READER}]}
            """
        }
    )
    assert result.findings == ()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("policies/strict.yaml", "kind: Policy\nspec: {"),
        ("policies/strict.yaml", "kind: Polcy\n"),
        ("policies/strict.yaml", "apiVersion: grants/v1\nkind: Policy\n"),
        ("policies/strict.yaml", b"\xff"),
        ("policies/strict.yaml", "kind: Policy\nx: |\n  y\nkind: AccessRequest\nz: ["),
        ("policies/strict.yaml", ""),
    ],
)
def test_without_one_of_the_policies_no_request_is_judged(
    load_small: Load, path: str, text: str
) -> None:
    """Else a broken policy would mean fewer rules."""
    result = load_small({path: text})
    assert result.documents.requests == {}
    assert "fix" in result.left_out["AccessRequest"]
    (found,) = [found for found in result.findings if found.rule == "policy.unusable"]
    assert found.origin == Origin(f"grants/{REQUEST}", 1, 1)
    assert [place.path for place in found.related] == [f"grants/{path}"]


def test_a_broken_file_of_another_kind_does_not_stop_the_requests(load_small: Load) -> None:
    result = load_small(
        {"requests/x.yaml": "kind: AccessRequest\n- x", "b.yaml": "kind: BreakGlass\n"}
    )
    assert list(result.documents.requests) == ["fix"]


@pytest.mark.parametrize("text", ["", b"\xff\xfe", "[", "kind: Polcy\n", "- a"])
def test_a_file_among_the_requests_that_does_not_tell_its_kind_stops_no_other_request(
    load_small: Load, text: str
) -> None:
    result = load_small({"requests/x.yaml": text})
    assert list(result.documents.requests) == ["fix"]
    assert result.findings


def test_a_broken_policy_stops_the_requests_also_where_requests_lie(load_small: Load) -> None:
    result = load_small({"requests/x.yaml": "kind: Policy\nspec: {"})
    assert result.documents.requests == {}


def test_findings_and_documents_are_the_same_whatever_order_files_come_in(load_small: Load) -> None:
    changes = {"requests/x.yaml": "kind: AccessRequest\n", "teams/y.yaml": "kind: Team\n"}
    first, second = load_small(changes), load_small(dict(reversed(changes.items())))
    assert first == second


def test_loading_twice_gives_the_same_result(load_small: Load) -> None:
    assert load_small() == load_small()
