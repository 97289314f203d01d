"""Documents, changes and reviews for the tests of approvals: short to write, so that a test shows what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from reconciler.model.approvals import (
    ChangeSet,
    Contributor,
    NeededChain,
    NeededGroup,
    NeededStep,
    Opinion,
    Review,
    Verdict,
)
from reconciler.model.classification import Column, Level, Reached
from reconciler.model.diagnostics import Origin
from reconciler.model.documents import (
    Absence,
    Access,
    AccessRequest,
    Documents,
    Mode,
    Person,
    Policy,
    RemovalLimits,
    Scope,
    Target,
    TargetSelector,
    Team,
    Window,
)
from reconciler.model.policies import (
    Approvals,
    Chain,
    Escalation,
    EvidenceKind,
    Requirement,
    Step,
)
from reconciler.model.risk import Risk, RiskPoint
from reconciler.policy.approvals import judge

HERE = Origin("grants/requests/payroll/fix.yaml", 1, 1)
PATH = "grants/requests/payroll/fix.yaml"
HEAD = "a" * 40
OLD = "b" * 40
OPENED = datetime(2026, 11, 30, 8, tzinfo=UTC)
MERGED = OPENED + timedelta(days=2)


def after(hours: float) -> datetime:
    """So many hours after the change was proposed."""
    return OPENED + timedelta(hours=hours)


def person(name: str, kind: str = "human", **parts: object) -> Person:
    """With the login `<name>-gh` at GitHub, the user NAME and a signing key, unless said otherwise."""
    made = Person(
        name=name,
        origin=Origin(f"grants/people/{name}.yaml", 1, 1),
        display_name=name.title(),
        email=f"{name}@example.com",
        kind=kind,
        users=(name.upper(),),
        logins={"github": f"{name}-gh"},
        signing_keys=(f"ssh-ed25519 {name}",),
    )
    return replace(made, **parts)  # type: ignore[arg-type]


def team(name: str, *members: str) -> Team:
    return Team(name, Origin(f"grants/teams/{name}.yaml", 1, 1), members)


def away(first: str, last: str, *deputies: str) -> tuple[Absence, ...]:
    return (Absence(date.fromisoformat(first), date.fromisoformat(last), deputies),)


def target(name: str = "hr-prod", **parts: object) -> Target:
    made = Target(
        name=name,
        origin=Origin(f"grants/targets/{name}.yaml", 1, 1),
        labels={"estate": "hr"},
        dsn=f"{name}/x",
        user="RECONCILER",
        password_env="PW",
        wallet_env="",
        mode=Mode.ADDITIVE,
        scope=Scope((), (), (), ()),
        removals=RemovalLimits(),
    )
    return replace(made, **parts)  # type: ignore[arg-type]


def selector(*names: str) -> TargetSelector:
    return TargetSelector(names, {}, HERE)


def asks(count: int, *of: str) -> Requirement:
    return Requirement(count, of, HERE)


def step(*requirements: Requirement, escalation: Escalation | None = None) -> Step:
    return Step(requirements, HERE, escalation)


def chain(*steps: Step, up_to: int | None = None) -> Chain:
    return Chain(up_to, steps, HERE)


def approvals(*chains: Chain, evidence: EvidenceKind = EvidenceKind.GITHUB) -> Approvals:
    return Approvals(evidence, chains, HERE)


def policy(name: str, asked: Approvals | None, **parts: object) -> Policy:
    made = Policy(
        name=name,
        origin=Origin(f"grants/policies/{name}.yaml", 1, 1),
        targets=TargetSelector((), {"estate": "hr"}, HERE),
        max_duration=timedelta(days=14),
        requesters=(),
        ticket_pattern="",
        min_reason_length=1,
        forbidden=(),
        approvals=asked,
    )
    return replace(made, **parts)  # type: ignore[arg-type]


def guard(name: str, asked: Approvals | None, *kinds: str) -> Policy:
    return policy(name, asked, targets=selector(), max_duration=timedelta(0), documents=kinds)


def request(*access: Access, **parts: object) -> AccessRequest:
    made = AccessRequest(
        name="fix",
        origin=HERE,
        requester="alice",
        reason="Payroll ran twice",
        ticket="OPS-1",
        targets=selector("hr-prod"),
        user="ALICE",
        user_origin=HERE,
        access=access,
        window=Window(None, None, timedelta(hours=4), HERE),
        ended=False,
    )
    return replace(made, **parts)  # type: ignore[arg-type]


def risk(points: int = 0) -> Risk:
    return Risk((RiskPoint("environment", points, "production"),)) if points else Risk()


def reached(owner: str, *owners: str, through: tuple[str, ...] = ()) -> Reached:
    column = Column(owner, "EMPLOYEES", "SALARY")
    return Reached(column, Level.RESTRICTED, "pay", "pay", owners, through)


PEOPLE = ("alice", "bob", "carol", "dave", "erin", "frank")
TEAMS = {"payroll": ("alice", "bob"), "dba": ("dave", "erin", "frank"), "security": ("carol",)}


def documents(*extra: Person | Team | Target | Policy, commit: str = "c" * 40) -> Documents:
    """Six people in three teams, a robot, and one target; what is given comes besides, or in the place of what is called the same."""
    people = {name: person(name) for name in PEOPLE} | {
        "robot": person("robot", "service", users=("HR_APP",))
    }
    teams = {name: team(name, *members) for name, members in TEAMS.items()}
    targets = {"hr-prod": target()}
    policies: dict[str, Policy] = {}
    for one in extra:
        match one:
            case Person():
                people[one.name] = one
            case Team():
                teams[one.name] = one
            case Target():
                targets[one.name] = one
            case Policy():
                policies[one.name] = one
    return Documents(commit, people=people, teams=teams, targets=targets, policies=policies)


def group(words: str, least: int, *people: str) -> NeededGroup:
    return NeededGroup(least, frozenset(people), words)


PAYROLL = group("1 of payroll", 1, "alice", "bob")
SECURITY = group("1 of security", 1, "carol")
DBA = group("2 of dba", 2, "dave", "erin", "frank")


def wants(
    *steps: NeededStep | NeededGroup,
    name: str = "production",
    evidence: EvidenceKind = EvidenceKind.GITHUB,
) -> NeededChain:
    """A chain; a group alone is a step of its own."""
    made = tuple(one if isinstance(one, NeededStep) else NeededStep((one,)) for one in steps)
    return NeededChain(name, evidence, made, HERE)


def says(
    login: str,
    hours: float = 1,
    opinion: Opinion = Opinion.APPROVED,
    *,
    commit: str = HEAD,
    problem: str = "",
) -> Review:
    """A review so many hours after the change was proposed."""
    return Review(login, opinion, after(hours), commit, problem)


def changes(*reviews: Review, **parts: object) -> ChangeSet:
    """A pull request by `alice-gh`, merged two days after it was proposed."""
    made = ChangeSet(
        kind=EvidenceKind.GITHUB,
        commit="d" * 40,
        parent="c" * 40,
        head=HEAD,
        number=7,
        opened_at=OPENED,
        merged_at=MERGED,
        merged_by="alice-gh",
        contributors=(Contributor("alice-gh", "alice@example.com"),),
        reviews=reviews,
    )
    return replace(made, **parts)  # type: ignore[arg-type]


def judged(
    chains: NeededChain | tuple[NeededChain, ...],
    change: ChangeSet,
    known: Documents | None = None,
    excluded: Mapping[str, str] | None = None,
) -> Verdict:
    """The verdict on a request of alice's."""
    asked = (
        chains if isinstance(chains, tuple) and not isinstance(chains, NeededChain) else (chains,)
    )
    out = {"alice": "the requester"} if excluded is None else excluded
    return judge(PATH, asked, change, known or documents(), out, risk())


def rules_of(verdict: Verdict) -> list[str]:
    """Ids of everything that does not count, and of everything that no review can mend."""
    return [row.rule for row in verdict.not_counted] + [rule for rule, _ in verdict.refusals]


def only(verdict: Verdict) -> tuple[str, str]:
    """Rule and message of the one review that does not count."""
    (row,) = verdict.not_counted
    return row.rule, row.message
