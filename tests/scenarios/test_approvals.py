"""Access begins when the right people approved what was merged, and the proof of that is in the ledger."""

from __future__ import annotations

import pytest

from tests.scenarios.reviewed import ask, begin, reviewed
from tests.scenarios.world import World, can

ROLE = "JIT_PAYROLL_FIX"


@pytest.fixture
def strict(world: World) -> World:
    begin(world)
    return world


def test_an_approved_request_is_granted_and_the_ledger_says_who_approved_it(strict: World) -> None:
    reviewed(strict, ask(), "carol")
    found = strict.reconcile()
    assert strict.role_exists(ROLE)
    assert can(strict.log_on("ALICE"), "SELECT * FROM hr.payroll")
    assert found["exit_code"] == 0
    kinds = strict.ledger_kinds()
    assert kinds == ["approval", "intent", "outcome"], "evidence before the first statement"
    intents = [row for row in strict.events() if row["type"] == "intent"]
    assert intents[0]["approved"]["payroll-fix"]["by"] == ["carol"]
    assert "Approved-By: carol" in strict.git("log", "audit", "--format=%B")
    strict.assert_converged()


def test_p30_a_request_that_nobody_approved_is_not_in_force(strict: World) -> None:
    reviewed(strict, ask())
    ran = strict.run("reconcile")
    assert ran.code == 4
    assert "approval.missing" in ran.err
    assert "1 of data: bob or carol" in ran.err or "1 of data: bob, carol" in ran.err
    assert not strict.role_exists(ROLE)
