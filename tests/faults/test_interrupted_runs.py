"""Processes that are killed, interrupted or left without a reader, databases that restart, and work of others that goes on meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.sandbox.engine.faults import Fault, FaultKind
from tests.faults.conftest import Moment, assert_clean, serve
from tests.scenarios.world import TARGET, World, can, request, standing

PAYROLL = "SELECT * FROM hr.payroll"
WRITE_PAYROLL = "INSERT INTO hr.payroll VALUES (1, 1)"
SECONDS = 120.0


def environment(world: World, **more: str) -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return {**inherited, "PYTHONPATH": root, "RECONCILER_PASSWORD": world.password, **more}


@contextmanager
def process(world: World, *arguments: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    """A command as a process of its own; gone at the end."""
    command = [sys.executable, "-m", "reconciler", arguments[0], "--repo", str(world.repository)]
    running = subprocess.Popen(
        [*command, *arguments[1:]],
        env=environment(world, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with running:
        try:
            yield running
        finally:
            if running.poll() is None:
                running.kill()


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def hold_up(moment: Moment, matching: str, seconds: float = 3.0) -> None:
    """Makes the first statement of that kind take a while."""
    assert moment.serving.instance is not None
    fault = Fault(FaultKind.DELAY, user="RECONCILER", matching=matching, seconds=seconds)
    moment.serving.instance.faults.set((fault,))


def at_work(moment: Moment) -> Callable[[], bool]:
    """Whether the statement that is held up is running."""
    instance = moment.serving.instance
    assert instance is not None
    return lambda: bool(instance.faults._armed[0][1])


def test_p17_a_process_killed_in_the_middle_is_finished_by_the_next_run(
    world: World, moment: Moment
) -> None:
    world.merge_request(request())
    hold_up(moment, "GRANT SELECT")
    with process(world, "reconcile") as running:
        wait_until(at_work(moment))
        running.send_signal(signal.SIGKILL)
        out, err = running.communicate()
    assert running.returncode == -signal.SIGKILL
    assert_clean(out, err)
    assert world.ledger_kinds() == ["intent"]

    world.reconcile()
    assert world.ledger_kinds()[:2] == ["intent", "sync"]
    assert world.git("ls-tree", "-r", "--name-only", "audit", "state/prod/intent.json") == ""
    world.assert_converged()
    session = world.log_on("ALICE")
    assert can(session, PAYROLL)
    world.advance("241m")
    assert not can(session, PAYROLL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "term"])
def test_an_interrupt_lets_the_batch_finish_writes_the_outcome_and_leaves_other_targets_alone(
    world: World, moment: Moment, number: signal.Signals
) -> None:
    world.merge(
        {
            "grants/requests/payroll-fix.yaml": request(),
            "grants/targets/second.yaml": TARGET.format(
                name="second", dsn=f"{world.dsn}?expire_time=1", mode="observe"
            ),
        }
    )
    hold_up(moment, "CREATE ROLE")
    with process(world, "reconcile") as running:
        wait_until(at_work(moment))
        running.send_signal(number)
        out, err = running.communicate(timeout=SECONDS)
    assert running.returncode == 130, err
    assert_clean(out, err)
    assert "second" in err, "the target that was not worked on is named"
    assert world.ledger_kinds() == ["intent", "outcome"]
    assert world.events()[-1]["type"] != "intent"
    assert [row["interrupted"] for row in world.events() if row["type"] == "executed"] == [
        "interrupted"
    ]
    assert world.as_dba("SELECT COUNT(*) FROM dba_tab_privs WHERE grantee = 'JIT_PAYROLL_FIX'") == [
        (0,)
    ]

    assert world.run("reconcile", "--target", "prod").code == 0
    assert world.ledger_kinds()[2:] == ["intent", "outcome"]
    assert can(world.log_on("ALICE"), PAYROLL)


def test_who_ends_a_lease_that_another_ends_at_the_same_time_is_told_that_it_has_ended(
    world: World, moment: Moment
) -> None:
    world.merge_request(request())
    world.reconcile()
    hold_up(moment, "REVOKE SELECT")
    with process(world, "revoke", "payroll-fix", "--reason", "phone stolen") as running:
        wait_until(at_work(moment))
        second = world.run("done", "payroll-fix")
        out, err = running.communicate(timeout=SECONDS)
    assert (running.returncode, second.code) == (0, 0), err + second.err
    assert "receipt payroll-fix on prod: ended" in out
    assert "payroll-fix on prod has ended already at " in second.out
    assert "(revoked)" in second.out


def test_what_a_killed_run_granted_is_taken_back_by_a_later_one_in_additive_mode(
    world: World, moment: Moment
) -> None:
    """Only the intent and the dictionary tell that the grant was ours."""
    target = TARGET.format(name="prod", dsn=world.dsn, mode="additive")
    access = "[{privileges: [SELECT], on: HR.JOBS}]"
    world.merge(
        {
            "grants/targets/prod.yaml": target,
            "grants/standing/app.yaml": standing("app", "[DAVE]", access),
        }
    )
    world.as_dba("GRANT DELETE ON hr.jobs TO dave")
    assert moment.serving.instance is not None
    fault = Fault(FaultKind.DROP_AFTER, call=1, matching="GRANT SELECT", user="RECONCILER")
    moment.serving.instance.faults.set((fault,))
    assert world.run("reconcile").code == 1
    moment.serving.instance.faults.set(())
    held = "SELECT privilege FROM dba_tab_privs WHERE grantee = 'DAVE' ORDER BY 1"
    assert world.as_dba(held) == [("DELETE",), ("SELECT",)]

    world.merge({"grants/standing/app.yaml": None}, "Not needed any more")
    world.reconcile()
    assert world.as_dba(held) == [("DELETE",)]
    world.assert_converged()


def test_the_resolution_of_a_killed_run_tells_the_truth_even_when_the_documents_have_changed(
    world: World, moment: Moment
) -> None:
    world.merge_request(request())
    assert moment.serving.instance is not None
    fault = Fault(FaultKind.DROP, matching="CREATE ROLE", user="RECONCILER")
    moment.serving.instance.faults.set((fault,))
    assert world.run("reconcile").code == 1
    moment.serving.instance.faults.set(())
    world.remove_request("payroll-fix")
    world.reconcile()
    (resolved,) = [row for row in world.events() if row["type"] == "intent-resolved"]
    assert resolved["in_force"] == []
    assert len(resolved["not_in_force"]) == 4


def test_a_call_that_answers_too_late_is_an_error_and_the_next_run_finishes(
    world: World, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.oracle.batch._SECONDS_PER_STATEMENT", 0.0)
    monkeypatch.setattr("reconciler.run.target.connect", _impatient)
    world.merge_request(request())
    hold_up(moment, "GRANT SELECT", seconds=2.0)
    ran = world.run("reconcile")
    assert ran.code == 1, ran.out + ran.err
    assert "in time" in ran.out + ran.err
    monkeypatch.undo()
    world.reconcile()
    world.assert_converged()


def _impatient(target: object, *, environment: Mapping[str, str]) -> object:
    from reconciler.oracle.session import connect

    return connect(target, environment=environment, statement_seconds=0.5)  # type: ignore[arg-type]


def test_p21_the_database_may_restart_between_runs(moment: Moment, tmp_path: Path) -> None:
    with moment.start(tmp_path / "world") as world:
        world.merge_request(request())
        world.reconcile()
    with serve(tmp_path / "world", moment.release, moment.serving) as world:
        world.assert_converged()
        world.merge_request(request(window="{duration: 6h}"), "Extend")
        world.reconcile()
    with serve(tmp_path / "world", moment.release, moment.serving) as world:
        session = world.log_on("ALICE")
        world.advance("359m")
        assert can(session, PAYROLL)
        world.advance("2m")
        assert not can(session, PAYROLL)
        (receipt,) = world.reconcile()["receipts"]
        assert (receipt["verdict"], receipt["ended_by"]) == ("ended", "deadline")


def test_a_run_waits_for_no_transaction_and_breaks_none(world: World) -> None:
    """A user's session with uncommitted changes in the granted table stays open over the start, an extension and the end of leases on it."""
    world.as_dba("GRANT SELECT, INSERT ON hr.payroll TO bob")
    access = "[{privileges: [SELECT, INSERT], on: HR.PAYROLL}]"
    world.merge({"grants/standing/bob.yaml": standing("bob", "[BOB]", access)})
    world.reconcile()
    bob = world.log_on("BOB")
    assert can(bob, WRITE_PAYROLL)

    started = time.monotonic()
    world.merge_request(request(access=access))
    world.reconcile()
    alice = world.log_on("ALICE")
    assert can(alice, PAYROLL)
    world.merge_request(request(access=access, window="{duration: 6h}"))
    world.reconcile()
    assert can(alice, PAYROLL)
    world.merge_request(request(access=access, window="{duration: 6h}", extra="  ended: true\n"))
    (receipt,) = world.reconcile()["receipts"]
    assert time.monotonic() - started < SECONDS, "nothing waited for a lock"
    assert receipt["verdict"] == "ended"
    assert not can(alice, PAYROLL)
    bob.commit()
    assert world.as_dba("SELECT COUNT(*) FROM hr.payroll") == [(1,)]


@pytest.mark.parametrize("command", ["plan", "status", "validate", "reconcile"])
def test_a_reader_that_goes_away_is_no_error_and_changes_no_run(world: World, command: str) -> None:
    world.merge(
        {
            "grants/requests/payroll-fix.yaml": request(),
            "grants/targets/a-first.yaml": TARGET.format(
                name="a-first", dsn=f"{world.dsn}?expire_time=1", mode="observe"
            ).replace("ALICE, BOB, CAROL, DAVE", "HR"),
        }
    )
    with process(world, command) as running:
        assert running.stdout is not None
        running.stdout.close()
        assert running.stderr is not None
        err = running.stderr.read()
    assert_clean(err)
    assert "Broken" not in err
    assert running.returncode == 0, err
    assert world.role_exists("JIT_PAYROLL_FIX") == (command == "reconcile")


def test_output_that_is_no_terminal_holds_no_codes_and_any_encoding_will_do(world: World) -> None:
    world.as_dba(
        'CREATE TABLE hr."\u00c4rger" (id NUMBER)', 'GRANT SELECT ON hr."\u00c4rger" TO bob'
    )
    world.merge_request(request("bad", window="{duration: 99h}"))
    for more in ({"NO_COLOR": "1", "TERM": "xterm"}, {"PYTHONIOENCODING": "ascii"}):
        for options in ((), ("--output", "json")):
            with process(world, "plan", *options, **more) as running:
                out, err = running.communicate(timeout=SECONDS)
            assert_clean(out, err)
            assert running.returncode == 3, err
            assert "rger" in out
            assert "bad.yaml" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["plan", "--no-such-option"],
        ["plan", "--output", "xml"],
        ["plan", "--target"],
        ["plan", "surplus"],
        ["reconcile", "--lock-timeout", "soon"],
        ["reconcile", "--lock-timeout", "-1"],
        ["apply"],
        ["validate", "grants", "--ref", "main"],
    ],
)
def test_wrong_usage_is_64_on_stderr_alone(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    from reconciler.cli.app import run

    assert run(arguments) == 64
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("usage: ")
    assert_clean(printed.err)
