"""Break-glass access whose opening breaks off anywhere: the seal is spent exactly when something may have happened, and the next run makes it whole."""

from __future__ import annotations

import hashlib
from pathlib import Path

from reconciler.cli.break_glass import CODE
from reconciler.sandbox.engine.faults import Fault, FaultKind
from tests.faults.test_killed_ends import calls_of
from tests.faults.test_killed_runs import (
    WITHOUT_DEADLINE,
    MakeMoment,
    Observer,
    arm,
    ledger_state,
)
from tests.scenarios.world import Ran, World, can, request

PAYROLL = "SELECT * FROM hr.payroll"
DOCUMENT = f"""\
apiVersion: grants/v1
kind: BreakGlass
metadata: {{name: rescue}}
spec:
  reason: The payroll run has stopped on pay day
  openers: [alice]
  targets: [prod]
  access: [{{privileges: [SELECT], on: HR.PAYROLL}}]
  longest: 2h
  notify: Call the duty manager
  reviewers: [carol]
  seal: {{sha256: {hashlib.sha256(b"code").hexdigest()}}}
"""


def prepared(world: World) -> None:
    world.merge({"grants/break-glass/rescue.yaml": DOCUMENT})
    world.merge_request(request("other", requester="bob"))
    world.reconcile()


def open_it(world: World) -> Ran:
    world.environment[CODE] = "code"
    return world.run("break-glass open", "rescue", "--person", "alice", "--reason", "stopped")


def test_p33_a_connection_lost_at_any_call_of_an_opening_leaves_a_whole_seal_or_a_lease_that_is_made_whole(
    moments: MakeMoment, tmp_path: Path
) -> None:
    moment = moments(23, prepared)
    calls = calls_of(moment, tmp_path, open_it)
    spent = 0
    for call in range(1, calls + 1):
        with moment.start(tmp_path / "disturbed") as world:
            observer = Observer(world)
            before = observer.dictionary()
            arm(moment, Fault(FaultKind.DROP_AFTER, call=call, user="RECONCILER"))
            open_it(world)
            arm(moment)
            assert observer.rows(WITHOUT_DEADLINE) == [], f"at call {call}"
            state = ledger_state(world)
            if "state/prod/break-glass/bg-rescue-1.json" not in state:
                assert observer.dictionary() == before, "nothing without a spent seal"
                assert open_it(world).code == 0
                continue
            spent += 1
            assert "break-glass.seal-used" in open_it(world).err
            world.reconcile(code=5)
            assert can(world.log_on("ALICE"), PAYROLL), f"at call {call}"
            world.advance("61m")
            assert not can(world.log_on("ALICE"), PAYROLL), "it counts from the opening"
            world.reconcile(code=5)
    assert spent > 3, "most calls come after the intent"


def test_p33_an_emergency_stop_reaches_an_opening_that_was_not_granted_yet(
    moments: MakeMoment, tmp_path: Path
) -> None:
    moment = moments(23, prepared)
    with moment.start(tmp_path / "stopped") as world:
        fault = Fault(FaultKind.DROP, user="RECONCILER", matching="CREATE ROLE")
        arm(moment, fault)
        broken = open_it(world)
        arm(moment)
        assert broken.code == 1, broken.err
        assert not world.role_exists("JIT_BG_RESCUE_1")
        ran = world.run("revoke", "--person", "alice", "--reason", "stolen code")
        assert ran.code == 0, ran.err
        world.reconcile(code=5)
        assert not world.role_exists("JIT_BG_RESCUE_1")
