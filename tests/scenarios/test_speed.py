"""The promises of size: looking costs the same however many grants there are, and granting goes in batches. `make bench` has the large figures."""

from __future__ import annotations

import math

from reconciler.sandbox import process
from tests.benchmarks.crowd import Crowd, packable, separate
from tests.scenarios.world import ACCOUNT, Ran, World

MOST_OF_A_LOOK = 12
MOST_BESIDES_BATCHES = 24
"""Round trips of a run that grants: logging on, the lock, looking before and after. With 10,000 statements that makes at most 60."""
STATEMENTS_IN_A_BATCH = 300


def populate(world: World, crowd: Crowd) -> None:
    world.as_dba(*crowd.schema(), *crowd.roles())
    world.merge(crowd.documents(world.dsn))


def measured(world: World, *arguments: str) -> tuple[Ran, int]:
    """What a command gave, and its round trips as the server counted them."""
    before = process.status(world.sandbox).round_trips.get(ACCOUNT, 0)
    ran = world.run(*arguments)
    return ran, process.status(world.sandbox).round_trips[ACCOUNT] - before


def look(world: World, *, changes: bool) -> int:
    """Round trips of a plan."""
    ran, calls = measured(world, "plan", "--detailed-exitcode")
    assert ran.code == (2 if changes else 0), ran.out + ran.err
    return calls


def granted(world: World, crowd: Crowd) -> tuple[int, int]:
    """Grants everything the crowd wants; gives statements and round trips."""
    ran, calls = measured(world, "reconcile", "--output", "json")
    assert ran.code == 0, ran.out + ran.err
    execution = ran.target["execution"]
    assert [row["status"] for row in execution["outcomes"]] == ["done"] * crowd.grants
    ((held,),) = world.as_dba("SELECT COUNT(*) FROM dba_tab_privs WHERE owner = 'CROWD'")
    assert held == crowd.grants
    return execution["statements"], calls


def test_p7_a_plan_without_changes_costs_the_same_for_10_grants_and_for_1000(world: World) -> None:
    few = packable(roles=5, tables=2)
    populate(world, few)
    granted(world, few)
    with_10 = look(world, changes=False)

    many = packable(roles=50, tables=20)
    world.as_dba(*[row for row in many.schema() if row not in set(few.schema())])
    world.as_dba(*[row for row in many.roles() if row not in set(few.roles())])
    world.merge(many.documents(world.dsn))
    assert look(world, changes=True) == with_10
    world.reconcile()
    assert look(world, changes=False) == with_10 <= MOST_OF_A_LOOK


def test_p7_grants_that_share_no_statement_share_round_trips(world: World) -> None:
    crowd = separate(tables=100)
    populate(world, crowd)
    statements, calls = granted(world, crowd)
    assert statements == crowd.grants == 1_000
    batches = math.ceil(statements / STATEMENTS_IN_A_BATCH)
    assert calls <= batches + MOST_BESIDES_BATCHES
    assert look(world, changes=False) <= MOST_OF_A_LOOK


def test_p7_grants_that_can_share_a_statement_do(world: World) -> None:
    crowd = packable(roles=100, tables=10)
    populate(world, crowd)
    statements, calls = granted(world, crowd)
    assert statements == len(crowd.tables)
    assert calls <= 1 + MOST_BESIDES_BATCHES
