"""10,000 grants on the stand-in through the command line, in the form other tools were measured with and in the worst one."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reconciler.oracle import bootstrap
from reconciler.sandbox import process
from tests.benchmarks.crowd import Crowd, packable, separate
from tests.benchmarks.figures import (
    Figure,
    Ran,
    fastest,
    megabytes,
    ratio,
    round_trips,
    run_process,
)
from tests.scenarios.conftest import PASSWORD, SYSTEM_PASSWORD
from tests.scenarios.world import ACCOUNT, World

RELEASE = 19
REPEATS = 3
MOST_OF_A_LOOK = 12
MOST_OF_10_000 = 60


@dataclass(frozen=True, slots=True)
class Measured:
    """A command's fastest run, its round trips as the server counted them, and the fastest run of the floor."""

    ran: Ran
    calls: int
    floor: Ran


@dataclass(frozen=True, slots=True)
class Stage:
    """A crowd, its repository and a stand-in of their own."""

    crowd: Crowd
    world: World

    def calls(self) -> int:
        """Round trips of the reconciler's account so far, as the server counted them."""
        return process.status(self.world.sandbox).round_trips.get(ACCOUNT, 0)

    def command(self, *arguments: str) -> tuple[Ran, int]:
        before = self.calls()
        repository = ["--repo", str(self.world.repository)]
        environment = {"RECONCILER_PASSWORD": PASSWORD}
        ran = run_process(["-m", "reconciler", *arguments, *repository], environment)
        assert ran.code == 0, f"{arguments} gave {ran.code}\n{ran.out[-2000:]}{ran.err[-2000:]}"
        return ran, self.calls() - before

    def floor(self, action: str, missing: int) -> Ran:
        folder = str(self.world.repository / "grants" / "standing")
        ran = run_process(
            ["-m", "tests.benchmarks.floor", action, self.world.dsn, folder],
            {"RECONCILER_PASSWORD": PASSWORD},
        )
        assert ran.code == 0, ran.err
        assert ran.out == f"{missing}\n"
        return ran

    def start_again(self) -> None:
        """Takes everything back: the grants and the memory of them."""
        self.world.as_dba(*self.crowd.no_roles(), *self.crowd.roles())
        if self.world.ledger():
            self.world.git("branch", "-D", "audit")

    def planning(self, missing: int) -> Measured:
        """A plan that finds so much missing."""
        floor = fastest(self.floor("plan", missing) for _ in range(REPEATS))
        runs = [self.command("plan") for _ in range(REPEATS)]
        assert ("no changes" in runs[0][0].out) == (not missing)
        return Measured(fastest(ran for ran, _ in runs), runs[0][1], floor)

    def applying(self) -> Measured:
        """Everything missing is granted. Ends with everything granted."""
        floors, runs = [], []
        for _ in range(REPEATS):
            self.start_again()
            floors.append(self.floor("apply", self.crowd.grants))
            self.start_again()
            runs.append(self.command("reconcile", "--output", "json"))
        (target,) = json.loads(runs[-1][0].out)["targets"]
        done = [row["status"] for row in target["execution"]["outcomes"]]
        assert done == ["done"] * self.crowd.grants, set(done)
        assert [row["kind"] for row in target["ledger"]] == ["intent", "outcome"]
        return Measured(fastest(ran for ran, _ in runs), runs[-1][1], fastest(floors))


@contextmanager
def staged(crowd: Crowd) -> Iterator[Stage]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "sandbox"
        running = process.start(folder, release=RELEASE, password=SYSTEM_PASSWORD)
        try:
            dsn = f"127.0.0.1:{running.port}/FREEPDB1"
            world = World(
                Path(temporary) / "access",
                dsn,
                RELEASE,
                SYSTEM_PASSWORD,
                PASSWORD,
                lambda _: None,
                sandbox=folder,
            )
            world.as_dba(*bootstrap.statements(ACCOUNT, PASSWORD, release=RELEASE))
            world.as_dba(*crowd.schema(), *crowd.roles())
            world.start_repository(**crowd.documents(dsn))
            yield Stage(crowd, world)
        finally:
            process.stop(folder)


def figures() -> Iterator[Figure]:
    with staged(packable(roles=10, tables=10)) as small:
        small.applying()
        few = small.planning(0).calls
    yield from _job("200 roles x 50 tables", packable(roles=200, tables=50), few)
    yield from _job("10,000 separate statements", separate(tables=1_000), few)


def _job(name: str, crowd: Crowd, few: int) -> Iterator[Figure]:
    assert crowd.grants == 10_000
    with staged(crowd) as stage:
        before = stage.planning(crowd.grants)
        apply = stage.applying()
        after = stage.planning(0)
    steps = (("plan, all missing", before, 6), ("apply", apply, 7), ("plan, none", after, 6))
    for step, measured, bound in steps:
        yield ratio(f"{name}: {step}", measured.ran.seconds, measured.floor.seconds, bound)
    yield round_trips(f"{name}: plan, all missing", before.calls, MOST_OF_A_LOOK)
    yield round_trips(f"{name}: apply", apply.calls, MOST_OF_10_000)
    yield round_trips(f"{name}: plan, none", after.calls, MOST_OF_A_LOOK)
    yield round_trips(f"{name}: plan, none, beyond that of 100 grants", after.calls - few, 0)
    peak = max(before.ran.megabytes, apply.ran.megabytes, after.ran.megabytes)
    yield megabytes(f"{name}: peak memory", peak, 256)
