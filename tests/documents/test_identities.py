"""As whom a requester works, and what bounds the sessions: what documents may say, and where an error is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from reconciler.documents.build import LoadResult
from reconciler.model.diagnostics import Origin
from reconciler.model.identities import IdentityKind, SessionLimits

Load = Callable[..., LoadResult]

REQUEST = "requests/fix.yaml"
PERSON = "people/alice.yaml"
KEY = "age17jhcahe03evq3g5v7q8fw9c57g99lnunyfy4k8y7l2ke973x9vlq8exm8k"
SSH = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS alice@laptop"
)


def of(load_small: Load, identity: str, session: str = "", keys: str = KEY) -> LoadResult:
    """The small repository with another identity in its request, and a public key for its requester."""
    texts = {}
    small = load_small()
    assert not small.findings
    texts[REQUEST] = f"""\
apiVersion: grants/v1
kind: AccessRequest
metadata: {{name: fix}}
spec:
  requester: alice
  reason: Payroll totals are wrong since release 42
  targets: [hr-prod]
  identity: {identity}
  window: {{duration: 4h}}
{session}"""
    listed = f"  publicKeys: ['{keys}']\n" if keys else ""
    texts[PERSON] = f"""\
apiVersion: grants/v1
kind: Person
metadata: {{name: alice}}
spec:
  name: Alice Andersson
  email: alice@example.org
  kind: human
  users: [ALICE]
{listed}"""
    return load_small(texts)


ACCESS = "  access: [{privileges: [SELECT], on: HR.EMPLOYEES}]\n"


def rules(result: LoadResult) -> list[tuple[str, Origin | None]]:
    return [(found.rule, found.origin) for found in result.findings]


def test_a_temporary_user_is_named_after_the_request_and_needs_no_place_in_the_scope(
    load_small: Load,
) -> None:
    result = of(
        load_small,
        "{temporary: {}}",
        f"{ACCESS}  session: {{idle: 15m, longest: 2h, perUser: 2}}\n",
    )
    assert rules(result) == []
    request = result.documents.requests["fix"]
    assert (request.identity, request.user) == (IdentityKind.TEMPORARY, "JITU_FIX")
    limits = SessionLimits(timedelta(minutes=15), timedelta(hours=2), 2)
    assert request.session == limits
    assert result.documents.people["alice"].public_keys == (KEY,)


@pytest.mark.parametrize("key", [KEY, SSH, SSH.rpartition(" ")[0]])
def test_public_keys_are_age_recipients_or_ssh_keys(load_small: Load, key: str) -> None:
    assert rules(of(load_small, "{temporary: {}}", ACCESS, keys=key)) == []


@pytest.mark.parametrize(
    "key",
    [
        "age1short",
        "AGE-SECRET-KEY-1QYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQS3290GQ",
        "ssh-dss AAAAB3NzaC1kc3M=",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
    ],
)
def test_anything_else_is_no_public_key(load_small: Load, key: str) -> None:
    found = of(load_small, "{temporary: {}}", ACCESS, keys=key).findings
    assert ("schema.wrong-form", Origin(f"grants/{PERSON}", 9, 16)) in [
        (row.rule, row.origin) for row in found
    ]


def test_the_requester_of_a_temporary_user_needs_a_public_key(load_small: Load) -> None:
    result = of(load_small, "{temporary: {}}", ACCESS, keys="")
    assert rules(result) == [("request.no-public-key", Origin(f"grants/{REQUEST}", 8, 25))]
    assert "publicKeys" in result.findings[0].hint


def test_a_proxy_logs_on_through_a_user_of_the_requester(load_small: Load) -> None:
    result = of(load_small, "{proxy: {through: BOB, client: HR_APP}}")
    assert ("request.not-own-user", Origin(f"grants/{REQUEST}", 8, 31)) in rules(result)
    own = of(load_small, "{proxy: {through: ALICE, client: ALICE}}")
    assert "request.own-proxy" in [rule for rule, _ in rules(own)]


def test_the_client_of_a_proxy_must_be_in_the_scope(load_small: Load) -> None:
    result = of(load_small, "{proxy: {through: ALICE, client: FIN_APP}}")
    assert [rule for rule, _ in rules(result)] == ["scope.users"]


def test_a_proxy_asks_for_no_access_of_its_own(load_small: Load) -> None:
    result = of(load_small, "{proxy: {through: ALICE, client: HR_APP}}", ACCESS)
    assert [rule for rule, _ in rules(result)] == ["schema.wrong-value"]


@pytest.mark.parametrize(
    "identity", ["{user: JITU_FIX}", "{proxy: {through: ALICE, client: JITU_X}}"]
)
def test_users_that_leases_make_are_never_named(load_small: Load, identity: str) -> None:
    access = ACCESS if "user" in identity else ""
    assert "name.reserved" in [rule for rule, _ in rules(of(load_small, identity, access))]


@pytest.mark.parametrize(
    ("identity", "session", "rule"),
    [
        ("{user: ALICE}", "{idle: 15m}", "request.session-not-possible"),
        ("{user: ALICE}", "{from: [10.0.0.0/8]}", "request.session-not-possible"),
        ("{temporary: {}}", "{kill: true}", "request.session-not-possible"),
        ("{temporary: {}}", '{from: ["fe80::1/64"]}', "request.network"),
        ("{temporary: {}}", "{from: [10.1.0.0/99]}", "request.network"),
        ("{temporary: {}}", "{from: [10.1.0.7/16]}", "request.network"),
        ("{temporary: {}}", "{idle: soon}", "time.invalid"),
        ("{temporary: {}}", "{}", "schema.wrong-value"),
    ],
)
def test_session_limits_that_would_not_hold_are_refused(
    load_small: Load, identity: str, session: str, rule: str
) -> None:
    found = rules(of(load_small, identity, f"{ACCESS}  session: {session}\n"))
    assert rule in [name for name, _ in found]
    assert all(origin and origin.path == f"grants/{REQUEST}" for _, origin in found)


@pytest.mark.parametrize(
    "item",
    [
        "system: CREATE TABLE",
        "system: CREATE ANY TABLE",
        "system: UNLIMITED TABLESPACE",
        "role: RESOURCE",
    ],
)
def test_p19_a_temporary_user_asks_for_no_right_to_make_objects(
    load_small: Load, item: str
) -> None:
    found = rules(of(load_small, "{temporary: {}}", f"  access: [{{{item}}}]\n"))
    assert "request.temporary-creates" in [rule for rule, _ in found]
