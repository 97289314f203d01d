"""What attacks on approvals have in common: what they must be told, and that nothing comes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.scenarios.reviewed import (
    BUNDLE,
    begin,
    key_of,
)
from tests.scenarios.world import World

ROLE = "JIT_PAYROLL_FIX"
REQUEST = "grants/requests/payroll-fix.yaml"
IN_TURN = """[{steps: [{count: 1, of: [owners]}, {count: 1, of: [security]}]}]"""
BOTH_OF_TWO = "[{steps: [{count: 2, of: [data]}]}]"
WIDER = BUNDLE.format(access="[{privileges: [SELECT, DELETE], on: HR.EMPLOYEES}]")
GLASS = """\
apiVersion: grants/v1
kind: BreakGlass
metadata: {name: rescue}
spec:
  reason: Salaries are due today and the payroll run has stopped
  openers: [alice]
  targets: [prod]
  access: [{privileges: [SELECT], on: HR.PAYROLL}]
  longest: 2h
  notify: Call the duty manager
  reviewers: [carol]
  seal: {sha256: 3b1f3bb0a1b3f5a2b5a1c7c4a0f3a6f5d2e0d5d9f7f9a4f6b8c3a1e2d4c5b6a7}
"""
PAY = """\
apiVersion: grants/v1
kind: Classification
metadata: {name: pay}
spec:
  targets: [prod]
  level: restricted
  category: pay
  owners: [dave]
  columns: [HR.PAYROLL.NET]
"""


@dataclass(frozen=True)
class Attack:
    """`reason` must be told. `papers` are there before, approved or not asked about."""

    act: Callable[[World], object]
    reason: str
    papers: Mapping[str, str] = field(default_factory=dict)


def person_key(name: str) -> str:
    return key_of(name).public


def privileges_of_the_attackers(world: World) -> list[tuple[object, ...]]:
    return world.as_dba("SELECT privilege FROM dba_tab_privs WHERE grantee IN ('ALICE', 'DAVE')")


def carry_out(attack: Attack, attacked: World) -> None:
    """Acts, lets the reconciler run, and sees that it refuses for the reason, that nothing was granted, and that the evidence replays to the same."""
    begin(attacked, papers=attack.papers)
    before = privileges_of_the_attackers(attacked)
    attack.act(attacked)
    ran = attacked.run("reconcile")
    assert attack.reason in ran.err, ran.err
    assert ran.code == 4, ran.err
    assert not attacked.role_exists(ROLE)
    assert privileges_of_the_attackers(attacked) == before
    verified = attacked.run("audit verify")
    assert verified.code == 0, verified.out + verified.err
