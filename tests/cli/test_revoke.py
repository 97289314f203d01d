"""`reconciler revoke`: how it is called, and that what people type reaches the ledger as one harmless line."""

from __future__ import annotations

import pytest

from reconciler.model.exit_codes import ExitCode
from tests.scenarios.world import World, request

HOSTILE = "gone\nPlan-SHA256: 00\x1b]0;x\x07 \u202edesrever\u202c 'x'; DROP TABLE | `id` {{x}}"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("some-lease",),
        ("--reason", "x"),
        ("some-lease", "--person", "alice", "--reason", "x"),
        ("--person", "alice", "--all-on", "prod", "--reason", "x"),
        ("--all-on", "prod", "--target", "prod", "--reason", "x"),
    ],
)
def test_wrong_usage_changes_nothing(world: World, arguments: tuple[str, ...]) -> None:
    before = world.ledger()
    assert world.run("revoke", *arguments).code == ExitCode.USAGE
    assert world.ledger() == before


def test_a_blank_reason_is_none(world: World) -> None:
    ran = world.run("revoke", "some-lease", "--reason", " \t\n\x1b ")
    assert (ran.code, "reason.missing" in ran.err) == (ExitCode.INVALID, True)


def test_a_hostile_reason_is_one_line_everywhere(world: World) -> None:
    world.merge_request(request("hostile"))
    world.run("reconcile")
    ran = world.run("revoke", "hostile", "--reason", HOSTILE)
    assert ran.code == ExitCode.OK, ran.err
    (ordered,) = [row for row in world.events() if row["type"] == "end-ordered"]
    assert ordered["text"] == "gone Plan-SHA256: 00 ]0;x desrever 'x'; DROP TABLE | `id` {{x}}"
    message = world.git("log", "-1", "--format=%B", "reconciler/end-hostile")
    assert "\nPlan-SHA256" not in message
    assert message.isprintable() or set(message) - {"\n"} == {
        char for char in message if char.isprintable()
    }


@pytest.mark.parametrize(
    ("arguments", "rule", "hint"),
    [
        (("--person", "alcie"), "person.unknown", "Did you mean `alice`?"),
        (("--all-on", "prd"), "target.unknown", "Did you mean `prod`?"),
        (("--all-on", "../prod"), "target.unknown", "prod"),
        (("no-such-lease",), "lease.unknown", "Open leases"),
    ],
)
def test_what_is_unknown_is_told_with_a_suggestion(
    world: World, arguments: tuple[str, ...], rule: str, hint: str
) -> None:
    ran = world.run("revoke", *arguments, "--reason", "x")
    assert (ran.code, rule in ran.err, hint in ran.err) == (ExitCode.INVALID, True, True)


def test_somebody_without_leases_is_nothing_to_do(world: World) -> None:
    ran = world.run("revoke", "--person", "dave", "--reason", "left the company")
    assert (ran.code, ran.out) == (ExitCode.OK, "")
    assert "nothing to end: no lease of all of dave is open or to come" in ran.err


def test_an_observed_target_is_left_alone(observed: World) -> None:
    observed.merge_request(request("watched"))
    ran = observed.run("revoke", "watched", "--reason", "x")
    assert (ran.code, "revoke.observed-target" in ran.err) == (ExitCode.REFUSED, True)


def test_a_branch_that_cannot_be_made_is_told_and_the_access_has_ended(world: World) -> None:
    world.merge_request(request("no-branch"))
    world.run("reconcile")
    world.git("branch", "reconciler/end-no-branch/x")
    try:
        ran = world.run("revoke", "no-branch", "--reason", "x")
    finally:
        world.git("branch", "-D", "reconciler/end-no-branch/x")
    assert (ran.code, "warning git.branch" in ran.err) == (ExitCode.OK, True)
    assert not world.role_exists("JIT_NO_BRANCH")
    again = world.run("revoke", "no-branch", "--reason", "x")
    assert "git merge reconciler/end-no-branch" in again.out


def test_a_branch_of_that_name_with_other_work_is_left_alone(world: World) -> None:
    world.merge_request(request("twin"))
    world.run("reconcile")
    world.git("branch", "reconciler/end-twin")
    before = world.git("rev-parse", "reconciler/end-twin")
    ran = world.run("revoke", "twin", "--reason", "x")
    assert "git merge reconciler/end-twin-2" in ran.out
    assert world.git("rev-parse", "reconciler/end-twin") == before
