"""What a review predicts: overlaps, failures, limits, and where leases will stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from reconciler.model.privileges import role, system
from tests.scenarios.review_papers import (
    SELECT,
    UPDATE,
    Papers,
    held,
    in_force,
    only,
    reader,
    rules,
    snapshot,
)
from tests.scenarios.world import POLICY, request, standing

BOTH = "[{privileges: [SELECT, UPDATE], on: HR.PAYROLL}]"
BUNDLE = """\
apiVersion: grants/v1
kind: Bundle
metadata: {name: jobs}
spec:
  description: Look at jobs
  access: [{privileges: [SELECT], on: HR.JOBS}]
"""
FIX = "grants/requests/payroll-fix.yaml"


# P12: the pull request shows what will happen


def test_overlaps_with_leases_in_force_and_with_those_of_the_same_pull_request(
    papers: Papers,
) -> None:
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3)
    papers.record(
        snapshot(held("ALICE", role("JIT_OTHER")), held("JIT_OTHER", SELECT), **in_force(end))
    )
    papers.propose(request())
    papers.propose(request("second"))
    found = {row["name"]: row["effect"]["overlaps"] for row in papers.json()["access"]}
    assert found["payroll-fix"][0] == {
        "lease": "other",
        "privileges": ["SELECT on HR.PAYROLL"],
        "end": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    assert [row["lease"] for row in found["payroll-fix"]] == ["other", "second"]
    assert [row["lease"] for row in found["second"]] == ["other", "payroll-fix"]


def test_predicted_failures_are_told_and_fail_nothing(papers: Papers) -> None:
    papers.record(snapshot())
    papers.propose(request(access="[{privileges: [SELECT], on: HR.PAYROL}]"))
    ran = papers.review("--output", "json")
    assert ran.code == 0
    row = only(ran.json)
    assert "object.unknown" in rules(row["findings"])
    shown = papers.review("--output", "markdown").out
    assert "**What would fail**" in shown
    assert "there is no HR.PAYROL on prod" in shown


def test_what_the_account_may_not_do_is_predicted(papers: Papers) -> None:
    papers.record(snapshot())
    papers.propose(request(access="[{role: HR_READER}]"))
    found = papers.json()
    assert rules(found["targets"][0]["findings"]) == ["rights.missing"]


def test_a_schema_that_the_snapshot_does_not_have_is_told(papers: Papers) -> None:
    papers.record(snapshot(known_schemas=frozenset({"HR", "FIN"})))
    papers.propose(request(access="[{privileges: [SELECT], on: OE.ORDERS}]"))
    (found,) = papers.json()["targets"][0]["findings"]
    assert found["rule"] == "snapshot.not-read"
    assert "OE" in found["message"]


def test_a_separation_that_would_be_broken_is_refused(tmp_path: Path) -> None:
    apart = """\
  separations:
    - {name: read-and-write, one: ["SELECT on HR.PAYROLL"], other: ["UPDATE on HR.PAYROLL"], reason: Two people}
"""
    papers = Papers.start(tmp_path, **{"grants/policies/cap.yaml": POLICY + apart})
    papers.record(snapshot(held("ALICE", SELECT)))
    papers.propose(request(access="[{privileges: [UPDATE], on: HR.PAYROLL}]"))
    ran = papers.review("--output", "json")
    assert ran.code == 4
    assert rules(ran.json["refused"]) == ["policy.separation"]


def test_limits_are_counted(tmp_path: Path) -> None:
    limits = "  limits: {concurrent: 1}\n"
    papers = Papers.start(tmp_path, **{"grants/policies/cap.yaml": POLICY + limits})
    papers.record(snapshot())
    papers.propose(request())
    papers.propose(request("second", access="[{privileges: [SELECT], on: HR.JOBS}]"))
    ran = papers.review("--output", "json")
    found = {row["name"]: rules(row["findings"]) for row in ran.json["access"]}
    assert found == {"payroll-fix": [], "second": ["policy.concurrent"]}
    assert ran.code == 0, "it is granted once the other one has ended"


def test_a_lease_that_begins_later_shows_what_it_will_do(papers: Papers) -> None:
    papers.record(snapshot())
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    text = start.strftime("%Y-%m-%dT%H:%M:%SZ")
    papers.propose(request(window=f"{{start: {text}, duration: 4h}}"))
    row = only(papers.json())
    assert row["start"] == text
    assert 'GRANT "JIT_PAYROLL_FIX" TO "ALICE"' in row["statements"]


def test_the_forecast_says_where_leases_will_stand(papers: Papers) -> None:
    papers.record(snapshot())
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    text = start.strftime("%Y-%m-%dT%H:%M:%SZ")
    papers.propose(request())
    papers.propose(request("later", window=f"{{start: {text}, duration: 4h}}"))

    def states(when: str) -> dict[str, str]:
        return {
            row["lease"]: row["state"] for row in papers.json("--at", when)["forecast"]["leases"]
        }

    assert states("+1h") == {"payroll-fix": "in force", "later": "not begun"}
    assert states("+49h") == {"payroll-fix": "over", "later": "in force"}
    assert states("+14d") == {"payroll-fix": "over", "later": "over"}
    assert "**over**" in papers.review("--output", "markdown", "--at", "+14d").out
    assert papers.review("--at", "2020-01-01T00:00:00Z").code == 3
    assert papers.review("--at", "soon").code == 3


def test_the_zone_of_the_reviewer(papers: Papers) -> None:
    papers.record(snapshot())
    papers.propose(request(window="{until: 2099-01-31T22:30:00Z, start: 2099-01-31T20:00:00Z}"))
    shown = papers.review("--output", "markdown", "--zone", "Europe/Berlin").out
    assert "until Sat 2099-01-31 22:30 UTC (23:30 CET)" in shown
    assert papers.review("--zone", "Europe/Nowhere").code == 64


# standing access


def test_standing_access_is_reviewed_with_its_statements(papers: Papers) -> None:
    papers.record(snapshot())
    path = "grants/standing/app.yaml"
    papers.change({path: standing("app", "[BOB]", "[{privileges: [SELECT], on: HR.JOBS}]")})
    row = only(papers.json())
    assert row["kind"] == "StandingGrant"
    assert row["statements"] == ['GRANT SELECT ON "HR"."JOBS" TO "BOB"']
    assert row["effect"]["gained"] == ["SELECT on HR.JOBS"]
    assert row["approval"]["missing"] == ["2 of security: carol, dave"]
    assert row["review_by"] == "2099-01-31"


def test_standing_access_that_goes_shows_the_revoke(papers: Papers) -> None:
    path = "grants/standing/app.yaml"
    papers.world.git("checkout", "-q", "main")
    papers.change({path: standing("app", "[BOB]", "[{role: HR_READER}]")})
    papers.world.git("checkout", "-q", "-B", "change")
    papers.record(snapshot(held("BOB", reader())))
    papers.change({path: None})
    found = papers.json()
    assert (only(found)["action"], only(found)["ends_only"]) == ("removed", True)
    assert found["targets"][0]["statements"] == ['REVOKE "HR_READER" FROM "BOB"']


def test_a_request_for_somebody_else_on_an_unknown_base_is_an_error(papers: Papers) -> None:
    assert papers.world.run("review", "--base", "nowhere").code == 1


def test_nothing_changed_is_nothing_to_approve(papers: Papers) -> None:
    papers.record(snapshot())
    found = papers.json()
    assert (found["changes"], found["access"], found["verdict"]) == (
        [],
        [],
        "no approval is needed",
    )


def test_powers_that_come_along_are_named(papers: Papers) -> None:
    papers.record(
        snapshot(
            held("HR_READER", system("SELECT ANY TABLE")),
            held("RECONCILER", reader()),
        )
    )
    papers.propose(request(access="[{role: HR_READER}]"))
    row = only(papers.json())
    assert "access.role-also-gives" in rules(row["findings"])
    assert UPDATE not in row["effect"]["gained"]
