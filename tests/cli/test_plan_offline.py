"""`reconciler plan --offline` and `plan --at`: plans that no run will carry out, and that say so."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.exit_codes import ExitCode
from tests.scenarios.world import TARGET, World, request, standing

NOWHERE = "127.0.0.1:1/NOWHERE"


def target(world: World, dsn: str = "", **changes: str) -> dict[str, str]:
    text = TARGET.format(name="prod", dsn=dsn or world.dsn, mode="authoritative")
    for old, new in changes.items():
        text = text.replace(f"{old}: ", f"{old}: {new}  # was: ")
    return {"grants/targets/prod.yaml": text}


def cut_off(world: World) -> None:
    """No database can be reached, and nobody knows its password."""
    world.merge(target(world, NOWHERE))
    world.environment["RECONCILER_PASSWORD"] = ""


def planned(world: World, *arguments: str) -> dict[str, Any]:
    ran = world.run("plan", *arguments, "--output", "json")
    assert ran.code == ExitCode.OK, ran.out + ran.err
    return ran.target


def effects(found: dict[str, Any]) -> list[str]:
    return [
        " ".join([row["kind"], *filter(None, row["effect"])]) for row in found["plan"]["changes"]
    ]


def statements(found: dict[str, Any]) -> list[str]:
    """Without the times of jobs, which the clock decides."""
    return [re.sub(r"\d\d:\d\d:\d\d", "", row) for row in found["plan"]["statements"]]


def rules(found: dict[str, Any]) -> list[str]:
    return [row["rule"] for row in found["plan"]["findings"]]


def test_p12_a_pull_request_is_planned_with_no_database_and_no_credential(world: World) -> None:
    world.reconcile()
    world.merge_request(
        request("review-me", access="[{privileges: [SELECT], on: 'HR.EMP*'}, {role: HR_READER}]")
    )
    world.merge(
        {
            "grants/standing/app.yaml": standing(
                "app", "[BOB]", "[{privileges: [SELECT], on: OE.ORDERS}]"
            )
        }
    )
    online = planned(world)
    cut_off(world)
    found = planned(world, "--offline")
    assert effects(found) == effects(online)
    assert statements(found) == statements(online)
    assert found["plan"]["digest"] == online["plan"]["digest"]
    assert found["snapshot"]["commit"] == world.git("rev-parse", "audit")
    assert found["plan"]["at"] == found["snapshot"]["at"]
    assert online["snapshot"] is None


def test_an_offline_plan_says_that_it_is_one_and_how_old(world: World) -> None:
    world.reconcile()
    cut_off(world)
    ran = world.run("plan", "--offline")
    assert ran.code == ExitCode.OK, ran.err
    heading, where, *_ = ran.out.splitlines()
    assert heading.startswith("prod  authoritative  FREE/FREEPDB1 (DBID ")
    assert re.fullmatch(
        r"  offline: from the snapshot of 20\S+Z in the ledger, \S+ old \([0-9a-f]{10}\); the database was not asked",
        where,
    ), where


def test_an_offline_plan_has_the_exit_codes_of_a_plan(world: World) -> None:
    world.reconcile()
    world.merge_request(request("asked"))
    cut_off(world)
    assert world.run("plan", "--offline").code == ExitCode.OK
    assert world.run("plan", "--offline", "--detailed-exitcode").code == ExitCode.CHANGES
    world.merge_request(request("wrong", access="[{privileges: [SELECT], on: HR.EMPLOYES}]"))
    assert world.run("plan", "--offline").code == ExitCode.INVALID


def test_a_schema_that_was_never_read_is_told_and_is_no_mistake_of_the_requests(
    world: World,
) -> None:
    """A scope with a wildcard does not say whose objects there are."""
    text = TARGET.format(name="prod", dsn=world.dsn, mode="authoritative")
    world.merge({"grants/targets/prod.yaml": text.replace("FIN]", "FI*]", 1)})
    world.reconcile()
    world.merge_request(request("fin", access="[{privileges: [SELECT], on: 'FIN.*'}]"))
    found = planned(world, "--offline")
    assert {"snapshot.not-read", "lease.nothing"} <= set(rules(found))
    assert "FIN" in next(
        r["message"] for r in found["plan"]["findings"] if r["rule"] == "snapshot.not-read"
    )
    world.reconcile()
    known = planned(world, "--offline")
    assert not {"snapshot.not-read", "lease.nothing"} & set(rules(known))


def test_without_a_snapshot_an_offline_plan_says_how_to_get_one(observed: World) -> None:
    ran = observed.run("plan", "--offline")
    assert ran.code == ExitCode.INVALID
    assert "snapshot.none" in ran.err
    assert "reconciler reconcile --target prod" in ran.err


def test_a_damaged_snapshot_is_not_planned_from(observed: World) -> None:
    observed.run("reconcile")
    observed.git("branch", "-q", "saved", "audit")
    observed.git("worktree", "add", "-q", str(observed.repository.parent / "audit"), "audit")
    tree = observed.repository.parent / "audit"
    file = tree / "state" / "prod" / "snapshot.jsonl"
    file.write_text(file.read_text().replace('"HR_READER"', '"DBA"', 1))
    observed.git("-C", str(tree), "commit", "-q", "-am", "Forge")
    ran = observed.run("plan", "--offline")
    assert ran.code != ExitCode.OK
    assert "ledger.damaged" in ran.err


@pytest.mark.parametrize("extra", [("--offline",), ("--at", "+1d")])
def test_what_no_run_will_carry_out_is_never_saved(
    observed: World, tmp_path: Path, extra: tuple[str, ...]
) -> None:
    out = tmp_path / "plan.json"
    ran = observed.run("plan", *extra, "--out", str(out))
    assert ran.code == ExitCode.USAGE
    assert "only to be read" in ran.err
    assert not out.exists()


def test_a_forecast_shows_the_ends_and_the_starts_of_that_time(world: World) -> None:
    world.merge_request(request("soon", window="{duration: 2h}"))
    world.reconcile()
    world.merge_request(
        request("christmas", requester="bob", window="{start: 2098-12-24T00:00:00Z, duration: 4h}")
    )
    world.merge_request(request("brief", requester="dave", window="{duration: 1h}"))
    now = planned(world)
    assert "grant BOB role JIT_CHRISTMAS" not in effects(now)
    assert not any(row.startswith("drop-role") for row in effects(now))
    then = planned(world, "--at", "2098-12-24T01:00:00Z")
    assert then["plan"]["at"] == "2098-12-24T01:00:00Z"
    assert then["forecast_from"] is not None
    assert now["forecast_from"] is None
    assert any(row == "grant BOB role JIT_CHRISTMAS" for row in effects(then)), effects(then)
    assert any(row == "drop-role JIT_SOON soon" for row in effects(then)), effects(then)


def test_a_forecast_blames_nobody_for_what_is_still_to_come(world: World) -> None:
    """Until then deadlines run, and runs grant what is due."""
    start = world.now()
    world.merge_request(request("running", window="{duration: 2h}"))
    world.reconcile()
    end = start.replace(start[:4], f"{int(start[:4]) + 1}")
    world.merge_request(
        request("brief", requester="dave", window=f"{{start: {start}, duration: 3h}}")
    )
    found = planned(world, "--at", end)
    assert not {"deadline.missed", "lease.lapsed"} & set(rules(found))
    over = next(row for row in found["plan"]["findings"] if row["rule"] == "forecast.over")
    assert "brief is over by then" in over["message"]
    assert not any("JIT_BRIEF" in row for row in effects(found))


def test_what_is_late_already_is_late_in_a_forecast_too(world: World) -> None:
    over = f"{{start: {world.now()}, duration: 1m}}"
    world.merge_request(request("late", window=over))
    world.advance("10m")
    assert "lease.lapsed" in rules(planned(world))
    found = rules(planned(world, "--at", "+1h"))
    assert "lease.lapsed" in found
    assert "forecast.over" not in found


def test_a_forecast_says_that_it_is_one(observed: World) -> None:
    ran = observed.run("plan", "--at", "+14d")
    heading, line, *_ = ran.out.splitlines()
    assert re.fullmatch(
        r"  forecast from 20\S+Z: what a run would do then if nothing changed and none came before",
        line,
    ), line
    assert heading.endswith("Z")


def test_a_forecast_needs_no_database_either(world: World) -> None:
    world.reconcile()
    world.merge_request(
        request("christmas", requester="bob", window="{start: 2098-12-24T00:00:00Z, duration: 4h}")
    )
    cut_off(world)
    found = planned(world, "--offline", "--at", "2098-12-24T01:00:00Z")
    assert "grant BOB role JIT_CHRISTMAS" in effects(found)
    assert found["forecast_from"] == found["snapshot"]["at"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("2001-01-01T00:00:00Z", "forecast.past"),
        ("tomorrow", "forecast.instant"),
        ("+0h", "forecast.instant"),
        ("+2 weeks", "forecast.instant"),
        ("2099-01-01T00:00:00", "forecast.instant"),
        ("+9999d9999d", "forecast.instant"),
    ],
)
def test_an_instant_that_is_over_or_none_is_refused(observed: World, text: str, rule: str) -> None:
    ran = observed.run("plan", "--at", text, "--output", "json")
    assert ran.code == ExitCode.INVALID
    assert [row["rule"] for row in ran.target["findings"]] == [rule]


def test_a_forecast_beyond_the_calendar_is_refused(observed: World) -> None:
    ran = observed.run("plan", "--at", "+9999999d")
    assert ran.code == ExitCode.INVALID
    assert "forecast.instant" in ran.err


def test_the_plan_that_is_saved_is_as_before(world: World, tmp_path: Path) -> None:
    world.merge_request(request("kept"))
    out = tmp_path / "plan.json"
    assert world.run("plan", "--out", str(out)).code == ExitCode.OK
    (saved,) = json.loads(out.read_text(encoding="utf-8"))["targets"]
    assert "snapshot" not in saved
    assert world.run("apply", str(out)).code == ExitCode.OK
