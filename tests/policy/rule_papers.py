"""Builders of small worlds for the tests of rules: one target, a few people, a policy that is changed as a test needs it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from reconciler.model.access_patterns import parse
from reconciler.model.diagnostics import Diagnostic, Origin
from reconciler.model.documents import (
    AccessRequest,
    Documents,
    Mode,
    ObjectAccess,
    Person,
    Policy,
    RemovalLimits,
    Scope,
    SystemAccess,
    Target,
    TargetSelector,
    Team,
    Window,
)
from reconciler.model.policies import (
    AccessPattern,
    Approvals,
    Chain,
    Effect,
    EvidenceKind,
    Hours,
    Notice,
    PolicyException,
    Requirement,
    Rule,
    Step,
)
from reconciler.policy.asked import Asked, asked_for

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HERE = Origin("grants/requests/fix.yaml", 1, 1)
WINDOW = Origin("grants/requests/fix.yaml", 12, 3)
WORKDAYS = frozenset(range(5))


def at(line: int, path: str = "grants/policies/production.yaml") -> Origin:
    return Origin(path, line, 3)


def patterns(*texts: str) -> tuple[AccessPattern, ...]:
    return tuple(map(parse, texts))


def select(name: str = "EMPLOYEES", *privileges: str, **more: Any) -> ObjectAccess:
    return replace(
        ObjectAccess(privileges or ("SELECT",), "HR", name, (), False, HERE),
        **more,
    )


def system(name: str, with_option: bool = False) -> SystemAccess:
    return SystemAccess(name, with_option, HERE)


def target(name: str = "hr-prod", **more: Any) -> Target:
    made = Target(
        name=name,
        origin=Origin(f"grants/targets/{name}.yaml", 1, 1),
        labels={"env": "prod"},
        dsn=f"{name}/x",
        user="RECONCILER",
        password_env="PW",
        wallet_env="",
        mode=Mode.ADDITIVE,
        scope=Scope((), (), (), ()),
        removals=RemovalLimits(),
    )
    return replace(made, **more)


def policy(name: str = "production", **more: Any) -> Policy:
    made = Policy(
        name=name,
        origin=at(1, f"grants/policies/{name}.yaml"),
        targets=TargetSelector(("hr-prod",), {}, at(5, f"grants/policies/{name}.yaml")),
        max_duration=7 * DAY,
        requesters=(),
        ticket_pattern="",
        min_reason_length=1,
        forbidden=(),
    )
    return replace(made, **more)


def rule(name: str, effect: Effect, *texts: str, line: int = 20, **more: Any) -> Rule:
    return Rule(name, effect, patterns(*texts), at(line), **more)


def allow(name: str, *texts: str, **more: Any) -> Rule:
    return rule(name, Effect.ALLOW, *texts, **more)


def deny(name: str, *texts: str, **more: Any) -> Rule:
    return rule(name, Effect.DENY, *texts, **more)


def exception(*rules: str, **more: Any) -> PolicyException:
    made = PolicyException(
        rules=rules,
        requests=("fix",),
        requesters=(),
        owner="erin",
        reason="The year must be closed",
        until=MONDAY + DAY,
        origin=at(40),
    )
    return replace(made, **more)


def hours(zone: str = "Europe/Berlin", days: Iterable[int] = WORKDAYS, **more: Any) -> Hours:
    return replace(Hours(zone, frozenset(days), time(7), time(19), at(30)), **more)


def notice(least: timedelta = timedelta(0), most: timedelta | None = None) -> Notice:
    return Notice(least, most, at(31))


def step(count: int, *names: str, line: int = 52, **more: Any) -> Step:
    return Step((Requirement(count, names, at(line)),), at(line), **more)


def approvals(*chains: Chain, **more: Any) -> Approvals:
    return Approvals(EvidenceKind.SIGNATURES, chains, at(50), **more)


def chain(*steps: Step, up_to: int | None = None, line: int = 51) -> Chain:
    return Chain(up_to, steps, at(line))


def person(name: str, kind: str = "human", **more: Any) -> Person:
    made = Person(
        name,
        Origin(f"grants/people/{name}.yaml", 1, 1),
        name.title(),
        f"{name}@example.com",
        kind,
        (name.upper(),),
        {},
    )
    return replace(made, **more)


PEOPLE = {
    one.name: one
    for one in (person("alice"), person("bob"), person("erin"), person("robot", "service"))
}
TEAMS = {"payroll": Team("payroll", HERE, ("alice", "bob"))}


def documents(*policies: Policy, **more: Any) -> Documents:
    parts: dict[str, Any] = {
        "targets": {"hr-prod": target()},
        "people": PEOPLE,
        "teams": TEAMS,
        "policies": {one.name: one for one in policies},
    }
    return Documents(commit="", **(parts | more))


def window(
    start: datetime | None = None,
    until: datetime | None = None,
    duration: timedelta | None = None,
) -> Window:
    return Window(start, until, duration, WINDOW)


def request(*access: Any, **more: Any) -> AccessRequest:
    made = AccessRequest(
        name="fix",
        origin=HERE,
        requester="alice",
        reason="Payroll totals wrong",
        ticket="",
        targets=TargetSelector(("hr-prod",), {}, HERE),
        user="ALICE",
        user_origin=HERE,
        access=access or (select(),),
        window=window(duration=4 * HOUR),
        ended=False,
    )
    return replace(made, **more)


def asked(*access: Any, **more: Any) -> tuple[Asked, ...]:
    """What a request for this comes to on the target."""
    return asked_for(request(*access), more.pop("target", target()), documents(**more))


def rules_of(found: Iterable[Diagnostic]) -> list[str]:
    return [one.rule for one in found]


def asking(*steps: Step, **more: Any) -> Policy:
    return policy(approvals=approvals(chain(*steps)), **more)
