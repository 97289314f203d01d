"""Patterns over objects stand for what the dictionary has, and for nothing else: spelt out in the plan, and never wider than they were read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.test_privileges import grants_of
from tests.scenarios.world import World, can, request, standing

HR_TABLES = {"LOCATIONS", "DEPARTMENTS", "JOBS", "EMPLOYEES", "JOB_HISTORY", "PAYROLL"}


@pytest.fixture
def shop(world: World) -> World:
    """A schema with awkward names, and a target with labels over it."""
    world.as_dba(
        'CREATE USER "Shop" NO AUTHENTICATION QUOTA UNLIMITED ON USERS',
        'CREATE TABLE "Shop"."Orders" (id NUMBER)',
        'CREATE TABLE "Shop"."ORDERS" (id NUMBER)',
        'CREATE TABLE "Shop"."Orders*" (id NUMBER)',
        'CREATE TABLE "Shop"."ORD.ER" (id NUMBER)',
        'CREATE TABLE "Shop"."Aufträge" (id NUMBER)',
        'CREATE SEQUENCE "Shop"."ORDERS_SEQ"',
        'CREATE VIEW "Shop"."ORDERS_V" AS SELECT id FROM "Shop"."ORDERS"',
        'GRANT SELECT ON hr.jobs TO "Shop" WITH GRANT OPTION',
    )
    target = (world.repository / "grants/targets/prod.yaml").read_text("utf-8")
    target = target.replace("[HR, OE, FIN]", "[HR, OE, FIN, '\"Shop\"']")
    labels = "  objectLabels:\n    payroll: [HR.PAYROLL, HR.EMP*, 'HR.PAYROLL*']\n"
    limits = "  removals: {count: 500, share: 1, granteeCount: 500, granteeShare: 1}\n"
    world.merge({"grants/targets/prod.yaml": target + labels + limits})
    world.reconcile()
    return world


def merge_standing(world: World, access: str) -> None:
    world.merge({"grants/standing/many.yaml": standing("many", "[BOB]", access)})


def objects_of(world: World, grantee: str, owner: str = "HR") -> set[str]:
    return {row[2] for row in grants_of(world, grantee) if row[1] == owner}


def findings(found: dict[str, Any]) -> list[str]:
    return [row["rule"] for row in found["findings"]]


def test_p10_wildcards_and_snapshots_never_widen(shop: World) -> None:
    merge_standing(shop, "[{privileges: [SELECT], on: HR.*}]")
    listed = shop.as_dba(
        "SELECT object_name FROM dba_objects WHERE owner = 'HR' AND generated = 'N'"
        " AND object_type IN ('TABLE', 'VIEW', 'SEQUENCE', 'MATERIALIZED VIEW')"
    )
    plan = shop.plan()
    spelt_out = {row["entitlement"]["object"] for row in plan["changes"]}
    assert spelt_out == {name for (name,) in listed}
    assert {row["origin"]["path"] for row in plan["changes"]} == {"grants/standing/many.yaml"}
    assert {row["origin"]["line"] for row in plan["changes"]} == {9}
    shop.reconcile()
    shop.assert_converged()
    assert objects_of(shop, "BOB") == spelt_out
    assert objects_of(shop, "BOB", "OE") == set()

    bob = shop.log_on("BOB")
    shop.as_dba("CREATE TABLE hr.bonus (id NUMBER)")
    assert not can(bob, "SELECT 1 FROM hr.bonus"), "what came later is granted by the next run"
    shop.reconcile()
    assert can(bob, "SELECT 1 FROM hr.bonus")
    shop.as_dba("DROP TABLE hr.bonus PURGE")
    shop.assert_converged()
    shop.reconcile()

    shop.merge({"grants/standing/many.yaml": None})
    shop.reconcile()
    assert objects_of(shop, "BOB") == set()
    assert not can(bob, "SELECT 1 FROM hr.jobs")


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("{privileges: [SELECT], on: HR.*, types: [TABLE]}", HR_TABLES),
        ("{privileges: [SELECT, ALTER], on: HR.*, types: [SEQUENCE]}", {"EMPLOYEES_SEQ", "PAYROLL_SEQ"}),
        ("{privileges: [INSERT], on: HR.*EMP*}", {"EMPLOYEES", "EMP_PUBLIC"}),
        ("{privileges: [EXECUTE], on: HR.*}", {"RAISE_SALARY"}),
        ("{privileges: [SELECT], on: hr.job*}", {"JOBS", "JOB_HISTORY"}),
        ("{privileges: [UPDATE], on: {label: payroll}}", {"PAYROLL", "EMPLOYEES", "EMP_PUBLIC"}),
        ("{privileges: [UPDATE], on: {label: payroll}, types: [VIEW]}", {"EMP_PUBLIC"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("release", [19], indirect=True, ids=["release-19"])
def test_patterns_and_labels_choose_by_name_and_by_type(
    shop: World, item: str, expected: set[str]
) -> None:
    merge_standing(shop, f"[{item}]")
    shop.reconcile()
    shop.assert_converged()
    assert objects_of(shop, "BOB") == expected


def test_names_in_quotes_are_taken_as_they_are(shop: World) -> None:
    merge_standing(shop, "[{privileges: [SELECT], on: '\"Shop\".*', types: [TABLE]}]")
    shop.reconcile()
    shop.assert_converged()
    every = {"Orders", "ORDERS", "Orders*", "ORD.ER", "Aufträge"}
    assert objects_of(shop, "BOB", "Shop") == every
    assert can(shop.log_on("BOB"), 'SELECT 1 FROM "Shop"."Orders*"')
    merge_standing(shop, '[{privileges: [SELECT], on: \'"Shop"."Orders*"\'}]')
    shop.reconcile()
    shop.assert_converged()
    assert objects_of(shop, "BOB", "Shop") == {"Orders*"}
    merge_standing(shop, "[{privileges: [SELECT], on: '\"Shop\".ord*', types: [TABLE, VIEW]}]")
    shop.reconcile()
    shop.assert_converged()
    assert objects_of(shop, "BOB", "Shop") == {"ORDERS", "ORD.ER", "ORDERS_V"}


def test_a_pattern_that_stands_for_nothing_is_said_and_stops_nothing_else(shop: World) -> None:
    items = "[{privileges: [SELECT], on: HR.NOTHING*}, {privileges: [SELECT], on: HR.JOBS}]"
    merge_standing(shop, items)
    found = shop.reconcile()
    rows = [row for row in found["plan"]["findings"] if row["rule"] == "wildcard.nothing"]
    assert [row["severity"] for row in rows] == ["warning"]
    assert "HR.NOTHING*" in rows[0]["message"]
    assert objects_of(shop, "BOB") == {"JOBS"}
    shop.merge_request(request("empty", access="[{privileges: [SELECT], on: HR.NOTHING*}]"))
    found = shop.reconcile(code=3)
    assert "lease.nothing" in findings(found["plan"])
    assert not shop.role_exists("JIT_EMPTY")


def test_a_label_that_the_target_does_not_have_is_refused_where_it_is_written(shop: World) -> None:
    shop.merge_request(request("labelled", access="[{privileges: [SELECT], on: {label: payrol}}]"))
    ran = shop.run("validate", "--output", "json")
    (found,) = [row for row in ran.json["findings"] if row["rule"] == "reference.unknown-label"]
    assert found["hint"] == "Did you mean `payroll`?"


def test_a_pattern_in_a_lease_follows_new_tables_while_it_runs_and_never_after(
    shop: World,
) -> None:
    shop.merge_request(request("many", access="[{privileges: [SELECT], on: HR.PAY*}]"))
    shop.reconcile()
    alice = shop.log_on("ALICE")
    shop.as_dba("CREATE TABLE hr.pay_slips (id NUMBER)")
    assert not can(alice, "SELECT 1 FROM hr.pay_slips")
    shop.reconcile()
    shop.assert_converged()
    assert can(alice, "SELECT 1 FROM hr.pay_slips")
    shop.advance("5h")
    shop.as_dba("CREATE TABLE hr.pay_rates (id NUMBER)")
    shop.reconcile()
    shop.assert_converged()
    for table in ("payroll", "pay_slips", "pay_rates"):
        assert not can(alice, f"SELECT 1 FROM hr.{table}")
    assert not shop.role_exists("JIT_MANY")


def test_reading_for_patterns_costs_one_round_trip_however_many_there_are(shop: World) -> None:
    before = shop.reconcile()["round_trips"]
    merge_standing(shop, "[{privileges: [READ], on: HR.*}]")
    shop.reconcile()
    one = shop.reconcile()["round_trips"]
    many = ", ".join(
        f"{{privileges: [READ], on: {owner}.{letter}*}}"
        for owner in ("HR", "OE", "FIN")
        for letter in "ABCDEFG"
    )
    merge_standing(shop, f"[{many}]")
    shop.reconcile()
    assert shop.reconcile()["round_trips"] == one <= before + 1
