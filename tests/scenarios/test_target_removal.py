"""A target whose document, or whose database, goes away while people have access on it."""

from __future__ import annotations

import pytest

from tests.scenarios.world import POLICY, TARGET, World, can, request

PAYROLL = "SELECT * FROM hr.payroll"
SECOND = "grants/targets/second.yaml"


@pytest.fixture
def two(world: World) -> World:
    """A second target by another address, with an open lease of alice's."""
    dsn = world.dsn.replace("127.0.0.1", "localhost")
    world.merge(
        {
            SECOND: TARGET.format(name="second", dsn=dsn, mode="additive"),
            "grants/policies/cap.yaml": POLICY.replace("[prod]", "[prod, second]"),
            "grants/requests/there.yaml": request("there", targets="[second]"),
        }
    )
    ran = world.run("reconcile", "--target", "second")
    assert ran.code == 0, ran.err
    return world


def remove_second(world: World, request_too: bool = True) -> None:
    files: dict[str, str | None] = {SECOND: None, "grants/policies/cap.yaml": POLICY}
    world.merge(files | ({"grants/requests/there.yaml": None} if request_too else {}))


def test_p36_deleting_a_target_with_open_leases_is_refused_before_and_after_the_merge(
    two: World,
) -> None:
    assert two.run("validate").code == 0
    remove_second(two)
    for command in ("validate", "plan", "reconcile", "status"):
        ran = two.run(command)
        assert ran.code == 3, command
        said = ran.err + ran.out
        if command != "status":
            assert "target.gone" in said
            assert "there is no target second any more, and 1 of its leases are open: there" in said
    assert two.role_exists("JIT_THERE"), "nothing was taken away behind anybody's back"

    two.git("revert", "--no-edit", "HEAD")
    assert two.run("validate").code == 0
    assert two.run("done", "there").code == 0
    two.git("revert", "--no-edit", "HEAD")
    assert two.run("validate").code == 0, "with its leases proved ended it may go"
    assert two.run("reconcile").code == 0


@pytest.mark.parametrize("command", [("done", "there"), ("revoke", "there", "--reason", "x")])
def test_a_lease_that_is_not_on_the_named_target_is_said_to_be_elsewhere(
    two: World, command: tuple[str, ...]
) -> None:
    ran = two.run(*command, "--target", "prod")
    assert ran.code == 3
    assert "error lease.other-target: there has no lease on prod" in ran.err
    assert "-> It is on: second." in ran.err
    assert two.role_exists("JIT_THERE")


def test_p36_validate_knows_a_ledger_that_was_only_fetched(two: World) -> None:
    remove_second(two)
    two.git("update-ref", "refs/remotes/origin/audit", "refs/heads/audit")
    two.git("branch", "-D", "audit")
    ran = two.run("validate")
    assert (ran.code, "target.gone" in ran.out) == (3, True)
    assert not two.git("branch", "--list", "audit"), "it moves no branch"


def test_p36_leases_of_a_target_that_is_gone_are_closed_as_not_proved(two: World) -> None:
    session = two.log_on("ALICE")
    remove_second(two)
    refused = two.run("revoke", "there", "--reason", "decommissioned")
    assert (refused.code, "--unreachable" in refused.err) == (3, True)

    ran = two.run("revoke", "--all-on", "second", "--unreachable", "--reason", "decommissioned")
    assert ran.code == 0, ran.err
    assert "there on second: given up, NOT PROVED" in ran.out
    record = two.git("show", "audit:state/second/leases/th/there.json")
    assert '"status": "not-proved"' in record
    assert '"ended_at": null' in record
    (event,) = [row for row in two.events() if row["type"] == "given-up"]
    assert event["clock"].startswith("of the machine")
    assert two.run("validate").code == 0
    assert two.run("reconcile").code == 0
    again = two.run("revoke", "--all-on", "second", "--unreachable", "--reason", "again")
    assert (again.code, "nothing to close" in again.err) == (0, True)

    assert can(session, PAYROLL), "the database was not touched"
    two.advance("241m")
    assert not can(session, PAYROLL), "its deadline ended it"


def test_p36_a_target_that_comes_back_has_its_leases_ended_and_proved(two: World) -> None:
    session = two.log_on("ALICE")
    remove_second(two)
    two.run("revoke", "--all-on", "second", "--unreachable", "--reason", "lost in a fire")
    two.git("revert", "--no-edit", "HEAD")
    status = two.run("status", "--target", "second", "--output", "json")
    assert [row["state"] for row in status.target["leases"]] == ["due-to-end"]
    ran = two.run("reconcile", "--target", "second", "--output", "json")
    assert ran.code == 0, ran.err
    (receipt,) = ran.target["receipts"]
    assert (receipt["verdict"], receipt["reason"]) == ("ended", "emergency-stop")
    assert not can(session, PAYROLL)
    assert two.run("reconcile", "--target", "second").code == 0


def test_p36_a_target_that_can_be_reached_is_not_given_up(two: World) -> None:
    ran = two.run("revoke", "--all-on", "second", "--unreachable", "--reason", "x")
    assert (ran.code, "revoke.reachable" in ran.err) == (4, True)
    assert two.role_exists("JIT_THERE")


def test_p36_a_target_that_cannot_be_reached_stops_what_was_to_come_too(two: World) -> None:
    two.merge(
        {
            SECOND: TARGET.format(name="second", dsn="127.0.0.1:1/NOWHERE", mode="additive"),
            "grants/requests/next.yaml": request("next", targets="[second]"),
        }
    )
    ran = two.run(
        "revoke", "--all-on", "second", "--unreachable", "--reason", "down", "--output", "json"
    )
    assert ran.code == 0, ran.err
    assert (ran.json["not_proved"], ran.json["never_starts"]) == (["there"], ["next"])
    assert ran.json["branch"] == "reconciler/end-all-on-second"
