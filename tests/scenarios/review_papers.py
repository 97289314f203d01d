"""A grants repository under review: rules, people, a recorded snapshot of a database that nobody can reach, and a branch with a change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from reconciler.ledger import snapshots
from reconciler.ledger.store import Entry, Ledger
from reconciler.model.classification import Column, ColumnPattern
from reconciler.model.ledger import CommitKind
from reconciler.model.privileges import Entitlement, Privilege, on_object, role, system
from reconciler.model.snapshot import (
    DatabaseIdentity,
    DatabaseObject,
    DeadlineJob,
    HeldGrant,
    RoleAccount,
    Snapshot,
    UserAccount,
)
from tests.scenarios.world import PEOPLE, PERSON, Ran, World

SELECT = on_object("SELECT", "HR", "PAYROLL")
UPDATE = on_object("UPDATE", "HR", "PAYROLL")
RULES = """\
apiVersion: grants/v1
kind: Policy
metadata: {name: cap}
spec:
  targets: [prod]
  maxDuration: 12h
  risk: {factors: {environment: 0}}
  approvals:
    evidence: github
    chains:
      - steps:
          - all: [{count: 1, of: [payroll]}, {count: 1, of: [security]}]
"""
GUARD = """\
apiVersion: grants/v1
kind: Policy
metadata: {name: guard}
spec:
  documents: [Policy, PolicyTest, Person, Team, Target, Bundle, Classification, StandingGrant, BreakGlass]
  approvals: {evidence: github, chains: [{steps: [{count: 2, of: [security]}]}]}
"""
TEAM = """\
apiVersion: grants/v1
kind: Team
metadata: {{name: {name}}}
spec: {{members: [{members}]}}
"""
PAY = """\
apiVersion: grants/v1
kind: Classification
metadata: {name: pay}
spec:
  targets: [prod]
  level: restricted
  category: pay
  owners: [payroll]
  columns: [HR.PAYROLL.NET]
"""


def held(grantee: str, privilege: Privilege) -> HeldGrant:
    return HeldGrant(Entitlement(grantee, privilege), privilege.owner)


def snapshot(*grants: HeldGrant, at: datetime | None = None, **changes: Any) -> Snapshot:
    """What the database `prod` said: the people have accounts, HR has two tables, HR_READER reads one of them."""
    users = {
        name: UserAccount(name, "OPEN")
        for name in ("ALICE", "BOB", "CAROL", "DAVE", "HR", "RECONCILER")
    }
    found = Snapshot(
        target="prod",
        at=at or datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2),
        database=DatabaseIdentity("CDB1", 42, "PROD", 19, "19.21.0.0.0"),
        account="RECONCILER",
        grants=frozenset(
            (
                *grants,
                held("HR_READER", on_object("SELECT", "HR", "JOBS")),
                *(held("RECONCILER", system(name)) for name in OWN_RIGHTS),
            )
        ),
        users=users,
        roles={"HR_READER": RoleAccount("HR_READER")},
        system_privileges=frozenset({"CREATE SESSION", "CREATE VIEW", *OWN_RIGHTS}),
        has_gate=True,
        objects=frozenset(
            DatabaseObject("HR", name, "TABLE") for name in ("PAYROLL", "JOBS", "EMPLOYEES")
        ),
        known_schemas=frozenset({"HR", "OE", "FIN"}),
        described_schemas=frozenset({"HR", "OE", "FIN"}),
        sizes={("HR", "PAYROLL"): 250_000},
        classified_columns=frozenset({Column("HR", "PAYROLL", "NET")}),
        classified_patterns=frozenset({ColumnPattern("HR", "PAYROLL", "NET")}),
    )
    return replace(found, **changes)


OWN_RIGHTS = ("CREATE ROLE", "CREATE JOB", "GRANT ANY OBJECT PRIVILEGE")


@dataclass(frozen=True, slots=True)
class Papers:
    """The repository. Its `main` is the protected branch, `change` the one under review."""

    world: World

    @classmethod
    def start(cls, folder: Path, **files: str) -> Papers:
        nowhere: Callable[[str], None] = lambda _: None  # noqa: E731
        world = World(folder / "access", "db.example:1521/PROD", 19, "", "", nowhere, folder)
        rules = {
            "grants/policies/cap.yaml": RULES,
            "grants/policies/guard.yaml": GUARD,
            "grants/teams/payroll.yaml": TEAM.format(name="payroll", members="alice, bob"),
            "grants/teams/security.yaml": TEAM.format(name="security", members="carol, dave"),
        }
        people = {
            f"grants/people/{name}.yaml": PERSON.format(
                name=name, title=name.title(), user=name.upper()
            )
            + f"  logins: {{github: {name}-at-github}}\n"
            for name in PEOPLE
        }
        world.start_repository(**(people | rules | files))
        world.git("checkout", "-q", "-b", "change")
        return cls(world)

    def record(self, found: Snapshot) -> None:
        """Writes a snapshot into the ledger, as runs do."""
        ledger = Ledger(self.world.repository, actor="tester")
        run_id = f"{found.at:%Y%m%dT%H%M%SZ}-000001"
        ledger.append(
            Entry(
                CommitKind.SYNC,
                found.target,
                run_id,
                found.at,
                "Snapshot",
                [],
                snapshot=snapshots.encode(found),
            )
        )

    def change(self, files: Mapping[str, str | None]) -> str:
        return self.world.merge(files)

    def propose(self, text: str) -> str:
        return self.world.merge_request(text)

    def review(self, *arguments: str) -> Ran:
        return self.world.run("review", "--base", "main", *arguments)

    def json(self, *arguments: str) -> dict[str, Any]:
        return self.review("--output", "json", *arguments).json


def reader() -> Privilege:
    return role("HR_READER")


def only(found: dict[str, Any]) -> dict[str, Any]:
    (row,) = found["access"]
    return dict(row)


def rules(found: list[dict[str, Any]]) -> list[str]:
    return [row["rule"] for row in found]


def in_force(end: datetime) -> dict[str, Any]:
    name = "JIT_OTHER"
    job = DeadlineJob(name, end, enabled=True, lease_id="other", target="prod")
    return {"roles": {name: RoleAccount(name)}, "deadlines": {name: job}}
