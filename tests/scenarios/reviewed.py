"""A repository whose policies ask for approvals, with people who sign their reviews, and the merges that bring changes onto its protected branch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ed25519

from reconciler.approvals.statements import Statement
from reconciler.model.approvals import Opinion
from tests.approvals.keys import Key
from tests.scenarios.world import PEOPLE, World, request

CAP = """\
apiVersion: grants/v1
kind: Policy
metadata: {name: cap}
spec:
  targets: [prod]
  maxDuration: 12h
  approvals:
    evidence: EVIDENCE
    chains: CHAINS
"""
ONE_OWNER = "[{steps: [{count: 1, of: [owners]}]}]"
GUARD = """\
apiVersion: grants/v1
kind: Policy
metadata: {name: guard}
spec:
  documents: [Policy, PolicyTest, Person, Team, Target, Bundle, Classification, StandingGrant, BreakGlass]
  approvals:
    evidence: EVIDENCE
    chains: [{steps: [{count: 1, of: [security]}]}]
"""
TEAM = """\
apiVersion: grants/v1
kind: Team
metadata: {{name: {name}}}
spec: {{members: [{members}]}}
"""
PERSON = """\
apiVersion: grants/v1
kind: Person
metadata: {{name: {name}}}
spec:
  name: {title}
  email: {name}@example.org
  kind: {kind}
  users: [{user}]
  logins: {{github: {name}-gh}}
  signingKeys: ['{key}']
"""
BUNDLE = """\
apiVersion: grants/v1
kind: Bundle
metadata: {{name: payroll}}
spec:
  description: Look at payroll
  access: {access}
"""
LOGINS = {f"{name}@example.org": f"{name}-gh" for name in (*PEOPLE, "robot")}


@cache
def key_of(person: str) -> Key:
    """The signing key of a person; that of a name nobody has is a stranger's."""
    return Key(ed25519.Ed25519PrivateKey.from_private_bytes(person.encode().ljust(32, b".")))


def person(name: str, *, key: str = "", kind: str = "human", user: str = "") -> str:
    public = (key or key_of(name).public).rsplit(" made", 1)[0]
    return PERSON.format(
        name=name, title=name.title(), kind=kind, user=user or name.upper(), key=public
    )


def team(name: str, *members: str) -> str:
    return TEAM.format(name=name, members=", ".join(members))


def cap(chains: str = ONE_OWNER, evidence: str = "signatures") -> str:
    return CAP.replace("EVIDENCE", evidence).replace("CHAINS", chains)


def first_papers(evidence: str = "signatures") -> dict[str, str]:
    """What the repository begins with: alice, bob, carol and dave; carol's team owns the data, dave is security."""
    found = {f"grants/people/{name}.yaml": person(name) for name in PEOPLE}
    found["grants/people/robot.yaml"] = person("robot", kind="service")
    found["grants/teams/data.yaml"] = team("data", "carol", "bob")
    found["grants/teams/security.yaml"] = team("security", "dave", "bob")
    found["grants/policies/cap.yaml"] = cap(evidence=evidence)
    found["grants/policies/guard.yaml"] = GUARD.replace("EVIDENCE", evidence)
    found["grants/bundles/payroll.yaml"] = BUNDLE.format(
        access="[{privileges: [SELECT], on: HR.PAYROLL}]"
    )
    return found


def begin(
    world: World, evidence: str = "signatures", papers: Mapping[str, str] | None = None
) -> None:
    """Merges the papers and more of them, and gives the target an owner; from then on approvals are asked for."""
    target = Path(world.repository, "grants/targets/prod.yaml").read_text(encoding="utf-8")
    files = first_papers(evidence) | {
        "grants/targets/prod.yaml": target.replace("{env: prod}", "{env: prod, owner: data}")
    }
    world.merge(files | dict(papers or {}), "Ask for approvals")


def propose(
    world: World,
    files: Mapping[str, str | None],
    *,
    author: str = "alice",
    message: str = "Ask",
    branch: str = "change",
) -> str:
    """A commit on a branch of its own, made from main when the branch is new; its id. The work tree is at main again afterwards."""
    exists = bool(world.git("branch", "--list", branch))
    world.git("switch", "-q", *(() if exists else ("-c",)), branch)
    for path, text in files.items():
        file = world.repository / path
        if text is None:
            file.unlink()
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    world.git("add", "-A")
    by = ("-c", f"user.name={author}", "-c", f"user.email={author}@example.org")
    world.git(*by, "commit", "-q", "-m", message)
    head = world.git("rev-parse", "HEAD")
    world.git("switch", "-q", "main")
    return head


def signed(
    reviewer: str,
    head: str,
    *,
    key: str = "",
    opinion: Opinion = Opinion.APPROVED,
    after: timedelta = timedelta(0),
) -> str:
    """The trailer of a review; with `key` signed with another person's key, `after` from now."""
    at = datetime.now(UTC).replace(microsecond=0) + after
    statement = Statement(reviewer, opinion, head, at)
    return statement.trailer(
        f"{reviewer}@example.org", key_of(key or reviewer).sign(statement.text())
    )


def merge(world: World, trailers: Iterable[str] = (), *, branch: str = "change") -> str:
    """Merges the branch into main with the trailers in the message of the merge; the branch is gone afterwards."""
    message = "\n".join((f"Merge {branch}", "", *trailers))
    world.git("merge", "-q", "--no-ff", "-m", message, branch)
    world.git("branch", "-q", "-D", branch)
    return world.git("rev-parse", "HEAD")


def ask(**fields: str) -> dict[str, str | None]:
    """The files of a request, alice's for HR.PAYROLL unless said otherwise."""
    name = fields.get("name", "payroll-fix")
    return {f"grants/requests/{name}.yaml": request(**fields)}


def reviewed(
    world: World, files: Mapping[str, str | None], *reviewers: str, author: str = "alice"
) -> str:
    """Proposed, signed by the reviewers one after the other, and merged."""
    head = propose(world, files, author=author)
    trailers = [
        signed(name, head, after=timedelta(seconds=number)) for number, name in enumerate(reviewers)
    ]
    return merge(world, trailers)
