"""P3: the removal brake."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.changes import Cause, Grant, Narrow, Revoke
from reconciler.model.documents import RemovalLimits
from reconciler.model.plan import Brake
from reconciler.model.privileges import Entitlement, on_object
from reconciler.planning.brake import check, lifted


def revokes(count: Any, grantee: Any = "ALICE", cause: Any = Cause.DRIFT) -> Any:
    return [
        Revoke(Entitlement(grantee, on_object("SELECT", "HR", f"T{number}")), cause, "HR")
        for number in range(count)
    ]


LOOSE = RemovalLimits(100, 1.0, 100, 1.0)
HELD = {"ALICE": 10, "BOB": 30}


def test_p3_the_count_of_the_target(world: Any) -> None:
    limits = replace(LOOSE, count=4)
    assert check(revokes(4), HELD, limits, world.NOW) == ()
    assert check(revokes(5), HELD, limits, world.NOW) == (Brake("target count", "4", "5"),)


def test_p3_the_share_of_the_target(world: Any) -> None:
    limits = replace(LOOSE, share=0.25)
    assert check(revokes(10, "BOB"), HELD, limits, world.NOW) == ()
    assert check(revokes(11, "BOB"), HELD, limits, world.NOW) == (
        Brake("target share", "25%", "11 of 40"),
    )


def test_p3_the_count_of_one_grantee(world: Any) -> None:
    limits = replace(LOOSE, grantee_count=2)
    assert check([*revokes(2), *revokes(2, "BOB")], HELD, limits, world.NOW) == ()
    assert check([*revokes(3, "BOB"), *revokes(1)], HELD, limits, world.NOW) == (
        Brake("grantee count", "2", "3", "BOB"),
    )


def test_p3_the_share_of_one_grantee(world: Any) -> None:
    limits = replace(LOOSE, grantee_share=0.5)
    assert check(revokes(5), HELD, limits, world.NOW) == ()
    assert check(revokes(6), HELD, limits, world.NOW) == (
        Brake("grantee share", "50%", "6 of 10", "ALICE"),
    )


def test_p3_shares_say_nothing_below_five_removals(world: Any) -> None:
    limits = replace(LOOSE, share=0.0, grantee_share=0.0)
    assert check(revokes(4), {"ALICE": 4}, limits, world.NOW) == ()
    assert len(check(revokes(5), {"ALICE": 5}, limits, world.NOW)) == 2


@pytest.mark.parametrize("cause", [Cause.LEASE_END, Cause.LEASE_EDIT, Cause.ORPHAN, Cause.REPAIR])
def test_p3_ends_and_edits_of_leases_do_not_count(world: Any, cause: Any) -> None:
    assert check(revokes(50, cause=cause), HELD, RemovalLimits(0, 0, 0, 0), world.NOW) == ()


def test_p3_grants_do_not_count_and_narrowings_do(world: Any) -> None:
    held = Entitlement("ALICE", on_object("SELECT", "HR", "T"))
    limits = replace(LOOSE, count=0)
    assert check([Grant(held, Cause.DRIFT)], HELD, limits, world.NOW) == ()
    assert len(check([Narrow(held, (held,), Cause.DRIFT)], HELD, limits, world.NOW)) == 1
    assert check([Narrow(held, (held,), Cause.LEASE_EDIT)], HELD, limits, world.NOW) == ()


@pytest.mark.parametrize(
    ("up_to", "hours", "stopped"), [(9, 1, False), (8, 1, True), (9, 0, True), (9, None, True)]
)
def test_p3_a_release_lifts_counts_and_shares_up_to_its_number_and_until_its_end(
    world: Any, up_to: Any, hours: Any, stopped: Any
) -> None:
    until = None if hours is None else world.NOW + hours * world.HOUR
    limits = RemovalLimits(
        1, 0.0, 1, 0.0, release_up_to=up_to, release_until=until, release_reason="Cleaning up"
    )
    assert bool(check(revokes(9), HELD, limits, world.NOW)) is stopped


def test_p3_what_oracle_takes_along_counts(world: Any) -> None:
    limits = replace(LOOSE, count=4)
    assert check(revokes(2), HELD, limits, world.NOW, {"BOB": 2}) == ()
    assert check(revokes(2), HELD, limits, world.NOW, {"BOB": 3}) == (
        Brake("target count", "4", "5"),
    )


@pytest.mark.parametrize(
    ("removals", "told"),
    [(4, False), (5, True), (8, True), (9, False)],
    ids=["fits", "released", "just", "too many"],
)
def test_p3_a_release_that_was_needed_is_told_with_its_reason(
    world: Any, removals: int, told: bool
) -> None:
    until = world.NOW + world.HOUR
    limits = replace(LOOSE, count=4, release_up_to=8, release_until=until, release_reason="import")
    target = replace(world.target(), removals=limits)
    found = lifted(revokes(removals), HELD, target, world.NOW)
    assert [row.rule for row in found] == (["brake.released"] if told else [])
    assert all("import" in row.message and not row.is_error for row in found)
    assert lifted(revokes(removals), HELD, target, until) == ()


def test_a_brake_names_the_grantee_as_the_dictionary_does(world: Any) -> None:
    (brake,) = check(revokes(2, "Mixed Case"), HELD, replace(LOOSE, grantee_count=1), world.NOW)
    assert brake.grantee == "Mixed Case"
