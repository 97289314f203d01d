"""Grants made through a grant option go with it: the plan says which, who is wanted keeps the access, and nobody has a gap."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.world import World, can, standing

READS_PAYROLL = "SELECT 1 FROM hr.payroll"
GRANT_TO = "GRANT SELECT ON hr.payroll TO {} WITH GRANT OPTION"


@pytest.fixture
def chain(world: World) -> World:
    """BOB was given the option, passed it on to CAROL, who passed it on to DAVE; ERIN, who is outside the scope, has nothing yet."""
    limits = "  removals: {count: 500, share: 1, granteeCount: 500, granteeShare: 1}\n"
    target = (world.repository / "grants/targets/prod.yaml").read_text("utf-8")
    world.merge({"grants/targets/prod.yaml": target + limits})
    merge(world, bob="true", carol="true", dave="false")
    world.as_dba("GRANT SELECT ON hr.payroll TO bob WITH GRANT OPTION")
    with world.log_on("BOB").cursor() as cursor:
        cursor.execute(GRANT_TO.format("carol"))
    with world.log_on("CAROL").cursor() as cursor:
        cursor.execute("GRANT SELECT ON hr.payroll TO dave")
    world.reconcile()
    world.assert_converged()
    return world


def merge(world: World, **options: str | None) -> None:
    """Standing grants of SELECT on HR.PAYROLL by user, with or without the option; None for no grant."""
    files: dict[str, str | None] = {}
    for user, option in options.items():
        path = f"grants/standing/{user}.yaml"
        item = f"[{{privileges: [SELECT], on: HR.PAYROLL, withOption: {option}}}]"
        if option is not None:
            files[path] = standing(user, f"[{user.upper()}]", item)
        elif (world.repository / path).exists():
            files[path] = None
    world.merge(files)


def grantors(world: World) -> set[tuple[str, str, str]]:
    rows = world.as_dba(
        "SELECT grantee, grantor, grantable FROM dba_tab_privs WHERE owner = 'HR'"
        " AND table_name = 'PAYROLL' AND privilege = 'SELECT' AND grantee IN ('BOB', 'CAROL', 'DAVE', 'ERIN', 'ALICE')"
    )
    return {(str(a), str(b), str(c)) for a, b, c in rows}


def carried(plan: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    """By grantee of what goes along: who granted it, and whether the access is kept."""
    return {
        row["entitlement"]["grantee"]: (row["grantor"], row["kept"])
        for change in plan["changes"]
        for row in change.get("cascades", [])
    }


def test_a_revoke_shows_what_it_takes_down_and_those_who_are_wanted_have_no_gap(
    chain: World,
) -> None:
    assert grantors(chain) == {
        ("BOB", "HR", "YES"),
        ("CAROL", "BOB", "YES"),
        ("DAVE", "CAROL", "NO"),
    }
    carol, dave = chain.log_on("CAROL"), chain.log_on("DAVE")
    merge(chain, bob=None)
    plan = chain.plan()
    assert carried(plan) == {"CAROL": ("BOB", True), "DAVE": ("CAROL", True)}
    kinds = [(row["kind"], row["entitlement"]["grantee"]) for row in plan["changes"]]
    assert kinds == [("grant", "CAROL"), ("grant", "DAVE"), ("revoke", "BOB")]
    text = chain.run("plan").out
    along = [line.strip() for line in text.splitlines() if "takes along" in line]
    assert len(along) == 2
    assert "takes along CAROL: SELECT on HR.PAYROLL with grant option (granted by BOB)" in text
    chain.reconcile()
    chain.assert_converged()
    assert {("CAROL", "HR", "YES"), ("DAVE", "HR", "NO")} <= grantors(chain)
    assert can(carol, READS_PAYROLL)
    assert can(dave, READS_PAYROLL)
    assert not can(chain.log_on("BOB"), READS_PAYROLL)


def test_what_nobody_wants_goes_along_and_is_named(chain: World) -> None:
    merge(chain, bob=None, carol=None, dave=None)
    assert carried(chain.plan()) == {"CAROL": ("BOB", False), "DAVE": ("CAROL", False)}
    dave = chain.log_on("DAVE")
    chain.reconcile()
    assert not can(dave, READS_PAYROLL)
    chain.assert_converged()
    assert grantors(chain) == set()


def test_what_was_granted_by_somebody_who_keeps_the_option_is_his_to_take_back(
    chain: World,
) -> None:
    merge(chain, bob=None, dave=None)
    plan = chain.plan()
    assert carried(plan) == {"CAROL": ("BOB", True)}
    (found,) = [row for row in plan["findings"] if row["rule"] == "revoke.other-grantor"]
    assert "DAVE" in found["message"]
    assert "CAROL" in found["hint"]


def test_an_option_that_goes_alone_takes_along_what_was_granted_with_it(chain: World) -> None:
    merge(chain, bob="false", carol="false", dave=None)
    plan = chain.plan()
    assert carried(plan) == {"CAROL": ("BOB", True), "DAVE": ("CAROL", False)}
    chain.reconcile()
    chain.reconcile()
    chain.assert_converged()
    assert grantors(chain) == {("BOB", "HR", "NO"), ("CAROL", "HR", "NO")}


def test_a_grant_of_a_second_grantor_survives_the_revoke_of_the_first(chain: World) -> None:
    """ALICE has the option too, and gave CAROL the same: two rows, and one of them goes."""
    merge(chain, alice="true")
    chain.reconcile()
    with chain.log_on("ALICE").cursor() as cursor:
        cursor.execute(GRANT_TO.format("carol"))
    carol = chain.log_on("CAROL")
    merge(chain, bob=None)
    chain.reconcile()
    chain.assert_converged()
    assert can(carol, READS_PAYROLL)
    assert ("CAROL", "ALICE", "YES") in grantors(chain)
    merge(chain, alice=None, carol=None, dave=None)
    chain.reconcile()
    assert not can(carol, READS_PAYROLL)
    assert grantors(chain) == set()


def test_p4_an_option_is_left_when_somebody_outside_the_scope_would_lose_with_it(
    chain: World,
) -> None:
    with chain.log_on("BOB").cursor() as cursor:
        cursor.execute("GRANT SELECT ON hr.payroll TO erin")
    merge(chain, bob=None)
    plan = chain.plan()
    assert [row["kind"] for row in plan["changes"]] == []
    (found,) = [row for row in plan["findings"] if row["rule"] == "revoke.cascades"]
    assert "ERIN: SELECT on HR.PAYROLL, granted by BOB" in found["message"]
    assert can(chain.log_on("ERIN"), READS_PAYROLL)


def test_what_goes_along_is_part_of_what_was_approved(chain: World) -> None:
    merge(chain, bob=None, dave=None)
    before = chain.plan()["digest"]
    with chain.log_on("BOB").cursor() as cursor:
        cursor.execute("GRANT SELECT ON hr.payroll TO alice")
    assert chain.plan()["digest"] != before
