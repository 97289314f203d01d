"""`reconciler done`: who may hand what back, and what the command says."""

from __future__ import annotations

import pytest

from reconciler.model.exit_codes import ExitCode
from tests.scenarios.world import TARGET, World, request


def call_me(world: World, email: str) -> None:
    world.git("config", "user.email", email)


@pytest.fixture(autouse=True)
def nobody_special(world: World) -> None:
    call_me(world, "tester@example.org")


def test_somebody_who_is_known_hands_back_his_own_leases_only(world: World) -> None:
    world.merge_request(request("own-only"))
    assert world.run("reconcile").code == ExitCode.OK
    call_me(world, "BOB@example.org")
    ran = world.run("done", "own-only")
    assert ran.code == ExitCode.REFUSED
    assert "error done.not-yours: own-only is alice's lease, and you are bob to git" in ran.err
    assert "reconciler revoke own-only --reason TEXT" in ran.err
    assert world.role_exists("JIT_OWN_ONLY")

    call_me(world, "alice@example.org")
    assert world.run("done", "own-only").code == ExitCode.OK
    assert not world.role_exists("JIT_OWN_ONLY")


def test_an_unknown_lease_is_told_with_what_was_probably_meant(world: World) -> None:
    world.merge_request(request("typing-fix"))
    ran = world.run("done", "typing-fxi")
    assert ran.code == ExitCode.INVALID
    assert "error lease.unknown: no lease and no request is called 'typing-fxi'" in ran.err
    assert "Did you mean `typing-fix`?" in ran.err
    nothing_near = world.run("done", "\x1b[2Jzzzz")
    assert nothing_near.code == ExitCode.INVALID
    assert "\x1b" not in nothing_near.err
    assert "Open leases: " in nothing_near.err


def test_an_unknown_target_is_invalid(world: World) -> None:
    world.merge_request(request("where"))
    ran = world.run("done", "where", "--target", "elsewhere")
    assert (ran.code, "error target.unknown: 'elsewhere'" in ran.err) == (ExitCode.INVALID, True)


def test_json_has_receipts_branch_and_what_had_ended(world: World) -> None:
    world.merge_request(request("as-json"))
    world.run("reconcile")
    first = world.run("done", "as-json", "--output", "json")
    assert first.code == ExitCode.OK
    assert first.json["branch"] == "reconciler/end-as-json"
    assert first.json["already_ended"] == []
    assert [row["lease"] for row in first.target["receipts"]] == ["as-json"]
    second = world.run("done", "as-json", "--output", "json")
    assert second.json["targets"] == []
    (row,) = second.json["already_ended"]
    assert (row["lease"], row["target"], row["reason"]) == ("as-json", "prod", "done")


def test_a_lease_of_several_targets_ends_on_the_named_one_and_its_document_stays(
    observed: World,
) -> None:
    """The other target leads nowhere: nothing is done there, and `ended: true` would end it there too."""
    second = TARGET.format(name="second", dsn="127.0.0.1:1/NOWHERE", mode="authoritative")
    observed.merge(
        {
            "grants/targets/second.yaml": second,
            "grants/policies/cap.yaml": observed.policy("12h").replace("[prod]", "[prod, second]"),
            "grants/targets/prod.yaml": TARGET.format(
                name="prod", dsn=observed.dsn, mode="authoritative"
            ),
            "grants/requests/on-both.yaml": request("on-both", targets="[prod, second]"),
        }
    )
    observed.run("reconcile", "--target", "prod")
    assert observed.role_exists("JIT_ON_BOTH")
    ran = observed.run("done", "on-both", "--target", "prod")
    assert ran.code == ExitCode.OK, ran.err
    assert not observed.role_exists("JIT_ON_BOTH")
    assert "lease.elsewhere" in ran.err
    assert not observed.git("branch", "--list", "reconciler/*")
    everywhere = observed.run("done", "on-both")
    assert everywhere.code == ExitCode.FAILURE, "the other target cannot be reached"
    assert "on-both on prod has ended already" in everywhere.out


@pytest.mark.parametrize("text", ["x" * 1001])
def test_a_reason_without_end_is_refused(world: World, text: str) -> None:
    ran = world.run("done", "whatever", "--reason", text)
    assert (ran.code, "reason.too-long" in ran.err) == (ExitCode.INVALID, True)
