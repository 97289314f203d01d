"""A grants repository without a database, for commands that only write documents."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.world import PERSON, TARGET, World

BUNDLE = """\
apiVersion: grants/v1
kind: Bundle
metadata: {name: payroll-support}
spec:
  description: Find and repair wrong payroll figures
  access: [{privileges: [SELECT, UPDATE], on: HR.PAYROLL}]
"""
TICKETS = """\
apiVersion: grants/v1
kind: Policy
metadata: {name: production}
spec:
  targets: [prod]
  maxDuration: 8h
  requesters: [payroll]
  minReasonLength: 15
  ticketPattern: OPS-[0-9]+
  forbidden: [DELETE]
"""
TEAM = """\
apiVersion: grants/v1
kind: Team
metadata: {name: payroll}
spec: {members: [alice, bob]}
"""
KEY = "age17jhcahe03evq3g5v7q8fw9c57g99lnunyfy4k8y7l2ke973x9vlq8exm8k"
TEST_POLICY = """\
apiVersion: grants/v1
kind: Policy
metadata: {name: tests}
spec: {targets: [test], maxDuration: 2h}
"""


def desk(folder: Path) -> World:
    """alice and bob are in the team; alice has a key, bob has two database users. prod wants tickets, test does not."""
    found = World(folder, "127.0.0.1:1/NOWHERE", 23, "", "", lambda _: None, sandbox=folder)
    alice = PERSON.format(name="alice", title="Alice", user="ALICE") + f"  publicKeys: [{KEY}]\n"
    bob = PERSON.format(name="bob", title="Bob", user="BOB, DAVE")
    dave = PERSON.format(name="dave", title="Dave", user="DAVE_2")
    found.start_repository(
        **{
            "grants/people/alice.yaml": alice,
            "grants/people/bob.yaml": bob,
            "grants/people/dave.yaml": dave,
            "grants/teams/payroll.yaml": TEAM,
            "grants/bundles/payroll-support.yaml": BUNDLE,
            "grants/policies/cap.yaml": TICKETS.replace("production", "cap"),
            "grants/policies/tests.yaml": TEST_POLICY,
            "grants/targets/test.yaml": TARGET.format(
                name="test", dsn="127.0.0.1:2/NOWHERE", mode="additive"
            ),
        }
    )
    found.git("config", "user.email", "alice@example.org")
    return found
