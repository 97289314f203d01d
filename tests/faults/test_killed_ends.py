"""An end by command that is killed anywhere: the next run finishes it, although the documents still ask for the access."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.sandbox.engine.faults import Fault, FaultKind
from tests.faults.conftest import Moment
from tests.faults.test_killed_runs import (
    MakeMoment,
    Observer,
    arm,
    ledger_state,
    round_trips,
)
from tests.scenarios.world import World, can, request

PAYROLL = "SELECT * FROM hr.payroll"


def two_running(world: World) -> None:
    world.merge_request(request("mine"))
    world.merge_request(request("other", requester="bob"))
    world.reconcile()


@pytest.mark.parametrize("kind", [FaultKind.DROP, FaultKind.DROP_AFTER])
def test_p21_p27_a_connection_lost_at_any_call_of_an_end_by_command_is_finished_by_the_next_run(
    moments: MakeMoment, tmp_path: Path, kind: FaultKind
) -> None:
    moment = moments(23, two_running)
    calls = calls_of(moment, tmp_path, lambda world: world.run("revoke", "mine", "--reason", "x"))
    begun = 0
    for call in range(1, calls + 1):
        with moment.start(tmp_path / "disturbed") as world:
            observer = Observer(world)
            before = observer.dictionary()
            arm(moment, Fault(kind, call=call, user="RECONCILER"))
            killed = world.run("revoke", "mine", "--reason", "x")
            arm(moment)
            if "state/prod/intent.json" not in ledger_state(world) and killed.code != 0:
                assert observer.dictionary() == before, "nothing without an intent"
                continue
            begun += 1
            world.reconcile()
            assert not world.role_exists("JIT_MINE"), f"at call {call}"
            assert not can(world.log_on("ALICE"), PAYROLL)
            assert can(world.log_on("BOB"), PAYROLL), "what was not meant goes on"
            record = ledger_state(world)["state/prod/leases/mi/mine.json"]
            assert (record["status"], record["end_reason"]) == ("ended", "revoked")
            assert world.run("plan", "--detailed-exitcode").code == 0
    assert begun > 3, "most calls come after the intent"


def calls_of(moment: Moment, tmp_path: Path, work: Callable[[World], object]) -> int:
    """Round trips of the account while the work is done undisturbed."""
    with moment.start(tmp_path / "undisturbed") as world:
        before = round_trips(world, moment)
        work(world)
        return round_trips(world, moment) - before
