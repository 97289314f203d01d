"""What reviewers see of a pull request, without a database."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.model.privileges import role
from tests.cli.test_output_contracts import RESCUE, problems
from tests.scenarios.review_papers import (
    RULES,
    SELECT,
    UPDATE,
    Papers,
    held,
    in_force,
    only,
    rules,
    snapshot,
)
from tests.scenarios.world import POLICY, World, request, standing

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


def test_p12_statements_and_effective_difference_without_a_database(papers: Papers) -> None:
    papers.record(snapshot(held("ALICE", SELECT)))
    papers.propose(request(access=BOTH))
    assert not any("PASSWORD" in name for name in os.environ if name.startswith("RECONCILER"))
    found = papers.review("--output", "json")
    assert found.code == 0
    row = only(found.json)
    assert [line for line in row["statements"] if not line.startswith("BEGIN")] == [
        'CREATE ROLE "JIT_PAYROLL_FIX"',
        'GRANT SELECT, UPDATE ON "HR"."PAYROLL" TO "JIT_PAYROLL_FIX"',
        'GRANT "JIT_PAYROLL_FIX" TO "ALICE"',
    ]
    assert row["effect"]["gained"] == ["UPDATE on HR.PAYROLL"]
    assert row["effect"]["held"] == [
        {
            "privilege": "SELECT on HR.PAYROLL",
            "through": ["SELECT on HR.PAYROLL"],
            "explained_by": None,
        }
    ]
    assert row["effect"]["left_after"] == row["effect"]["held"]
    assert [one["column"] for one in row["sensitive"]] == ["HR.PAYROLL.NET"]
    assert {one["factor"] for one in row["risk"]["points"]} >= {"restricted-columns", "writes"}


def test_p12_a_role_counts_as_what_it_gives(papers: Papers) -> None:
    papers.record(snapshot())
    papers.propose(request(access="[{role: HR_READER}]"))
    assert only(papers.json())["effect"]["gained"] == ["SELECT on HR.JOBS"]


def test_p12_without_a_snapshot_what_is_unknown_is_said_and_counts_as_risk(papers: Papers) -> None:
    papers.propose(request())
    ran = papers.review("--output", "json")
    assert ran.code == 0
    row = only(ran.json)
    assert row["effect"] is None
    assert row["statements"] == []
    assert "unknown-dictionary" in {one["factor"] for one in row["risk"]["points"]}
    assert rules(ran.json["remarks"]) == ["review.no-snapshot"]
    shown = papers.review("--output", "markdown").out
    assert "⚠️ `prod`: no snapshot: what would happen in the database is not known" in shown


def test_the_age_of_the_snapshot_is_told(papers: Papers) -> None:
    papers.record(snapshot(at=datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)))
    papers.propose(request())
    shown = papers.review("--output", "markdown").out
    head, _, rest = shown.partition("###")
    assert "⚠️ `prod`: as it was 3 days ago" in head
    assert "as it was 3 days ago" in rest
    assert "as it was 3 days ago" in papers.review().out


def test_everything_that_a_review_says_is_what_its_schema_says(papers: Papers) -> None:
    """One change with all kinds of documents, effects, findings and reviews."""
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3)
    merged(papers, request("edited", requester="bob"))
    papers.record(
        snapshot(
            held("ALICE", SELECT),
            held("ALICE", role("JIT_OTHER")),
            held("JIT_OTHER", UPDATE),
            **in_force(end),
        )
    )
    grant = standing("app", "[BOB]", "[{privileges: [SELECT], on: HR.JOBS}]")
    papers.change(
        {
            FIX: request(access=BOTH),
            "grants/requests/edited.yaml": request("edited", requester="bob", access=BOTH),
            "grants/requests/wrong.yaml": request("wrong", window="{until: friday}"),
            "grants/standing/app.yaml": grant,
            "grants/break-glass/rescue.yaml": RESCUE,
            "grants/bundles/jobs.yaml": BUNDLE,
            "grants/policies/cap.yaml": POLICY,
        }
    )
    found = papers.json("--at", "+1h")
    assert problems("review", found) == []
    assert {row["kind"] for row in found["access"]} == {
        "AccessRequest",
        "StandingGrant",
        "BreakGlass",
    }
    for part in ("findings", "refused", "access", "documents", "targets"):
        assert found[part], part
    effects = [row["effect"] for row in found["access"] if row["effect"]]
    for part in ("gained", "held", "left_after", "overlaps"):
        assert any(row[part] for row in effects), part


def test_p12_what_the_review_says_is_what_the_next_run_does(world: World) -> None:
    """On a real server: a run records what it saw, the pull request is reviewed from that alone, and then merged."""
    world.merge_request(request("first", access=BOTH))
    world.reconcile()
    world.git("checkout", "-q", "-b", "change")
    world.merge_request(request("second", requester="bob", access=BOTH))
    password, world.password = world.password, ""
    found = world.run("review", "--base", "main", "--output", "json").json
    world.password = password
    row = only(found)
    assert row["effect"]["gained"] == ["SELECT on HR.PAYROLL", "UPDATE on HR.PAYROLL"]
    world.git("checkout", "-q", "main")
    world.git("merge", "-q", "--ff-only", "change")
    planned = world.plan()
    assert planned["digest"] == found["targets"][0]["digest"]
    ours = [line for line in row["statements"] if not line.startswith("BEGIN")]
    assert ours == [line for line in planned["statements"] if not line.startswith("BEGIN")]


# P13, P31: what is approved is this change and no other


def test_p13_a_push_changes_the_digest(papers: Papers) -> None:
    papers.record(snapshot())
    papers.propose(request())
    first = papers.json()
    papers.propose(request(access=BOTH))
    second = papers.json()
    assert first["digest"] != second["digest"]
    assert first["targets"][0]["digest"] != second["targets"][0]["digest"]
    assert first["head"] != second["head"]


def test_p31_a_changed_byte_changes_the_digest(papers: Papers) -> None:
    papers.record(snapshot())
    papers.propose(request())
    first = papers.json()
    again = papers.json()
    papers.propose(request() + "\n")
    third = papers.json()
    assert first["digest"] == again["digest"]
    assert third["digest"] != first["digest"]
    assert third["targets"][0]["digest"] == first["targets"][0]["digest"]


def test_p31_another_database_is_another_plan(papers: Papers) -> None:
    found = snapshot()
    papers.record(found)
    papers.propose(request())
    first = papers.json()["targets"][0]["digest"]
    from dataclasses import replace

    papers.record(
        replace(
            found,
            database=replace(found.database, dbid=43),
            at=found.at + timedelta(seconds=1),
        )
    )
    assert papers.json()["targets"][0]["digest"] != first


# P32: who is missing


def test_p32_the_pull_request_names_exactly_who_is_missing(papers: Papers) -> None:
    papers.record(snapshot())
    papers.propose(request())
    found = papers.json()
    assert found["missing"] == [
        "1 of payroll: bob (alice is the requester)",
        "1 of security: carol, dave",
    ]
    shown = papers.review("--output", "markdown").out
    assert "## ✋ Access review: 2 approvals are missing" in shown
    assert "- 1 of payroll: bob (alice is the requester) (for `payroll-fix` on `prod`)" in shown


def test_missing_approvals_fail_only_where_they_are_required(papers: Papers) -> None:
    papers.record(snapshot())
    papers.propose(request())
    assert papers.review().code == 0
    assert papers.review("--require-approval").code == 4


def test_what_no_policy_asks_an_approval_for_needs_none(tmp_path: Path) -> None:
    papers = Papers.start(tmp_path, **{"grants/policies/cap.yaml": POLICY})
    papers.record(snapshot())
    papers.propose(request())
    ran = papers.review("--require-approval", "--output", "json")
    assert (ran.code, ran.json["verdict"]) == (0, "no approval is needed")


def test_rules_of_the_pull_request_do_not_count(papers: Papers) -> None:
    """Somebody who makes his own rule is refused, and judged by the rules in force."""
    papers.record(snapshot())
    papers.change({"grants/policies/cap.yaml": POLICY, FIX: request(window="{duration: 11h}")})
    ran = papers.review("--output", "json")
    assert ran.code == 4
    assert rules(ran.json["refused"]) == ["change.mixed"]
    assert only(ran.json)["approval"]["missing"] != []


def test_a_guarded_document_names_its_approvers(papers: Papers) -> None:
    papers.record(snapshot())
    papers.change({"grants/policies/cap.yaml": RULES.replace("12h", "8h")})
    (row,) = papers.json()["documents"]
    assert (row["path"], row["kind"], row["action"]) == (
        "grants/policies/cap.yaml",
        "Policy",
        "changed",
    )
    assert row["approval"]["missing"] == ["2 of security: carol, dave"]


# what is refused


def test_workflows_and_requests_together_are_refused(papers: Papers) -> None:
    papers.record(snapshot())
    papers.world.git("config", "core.excludesFile", "")
    folder = papers.world.repository / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "review.yaml").write_text("on: pull_request\n", encoding="utf-8")
    papers.world.git("add", "-A", ".github")
    papers.propose(request())
    ran = papers.review("--output", "json")
    assert ran.code == 4
    (found,) = ran.json["refused"]
    assert found["rule"] == "change.mixed"
    assert ".github/workflows/review.yaml" in found["message"]
    assert FIX in found["message"]


def test_what_policy_denies_is_refused_with_what_would_pass(papers: Papers) -> None:
    papers.record(snapshot())
    papers.propose(request(window="{duration: 13h}"))
    ran = papers.review("--output", "json")
    assert ran.code == 4
    assert rules(ran.json["refused"]) == ["policy.too-long"]
    assert "12h" in ran.json["refused"][0]["hint"]


def test_invalid_documents_are_told_and_fail(papers: Papers) -> None:
    papers.record(snapshot())
    papers.change({FIX: request(requester="mallory"), "grants/requests/b.yaml": "kind: [\n"})
    ran = papers.review("--output", "json")
    assert ran.code == 3
    assert ran.json["access"] == []
    assert {row["origin"]["path"] for row in ran.json["findings"]} == {
        FIX,
        "grants/requests/b.yaml",
    }


def test_errors_that_were_there_before_fail_nobody_else(papers: Papers) -> None:
    papers.record(snapshot())
    papers.world.git("checkout", "-q", "main")
    papers.change({"grants/standing/broken.yaml": "kind: StandingGrant\n"})
    papers.world.git("checkout", "-q", "-B", "change")
    papers.propose(request())
    ran = papers.review("--output", "json")
    assert (ran.code, ran.json["findings"]) == (0, [])


# edits and ends


def merged(papers: Papers, text: str) -> None:
    """The request is on the protected branch already."""
    papers.world.git("checkout", "-q", "main")
    papers.propose(text)
    papers.world.git("checkout", "-q", "-B", "change")


def test_an_extension_says_by_how_much_and_needs_approval(papers: Papers) -> None:
    papers.record(snapshot())
    merged(papers, request(window="{duration: 4h}"))
    papers.propose(request(window="{duration: 8h}"))
    row = only(papers.json())
    assert row["edits"] == ["Extension by 4h: 8h instead of 4h"]
    assert row["approval"]["missing"] != []


def test_narrowing_and_widening_are_told(papers: Papers) -> None:
    papers.record(snapshot())
    merged(papers, request())
    papers.propose(request(access="[{privileges: [UPDATE], on: HR.PAYROLL}]"))
    assert only(papers.json())["edits"] == [
        "More access: UPDATE on HR.PAYROLL",
        "Less access: SELECT on HR.PAYROLL",
    ]


def test_another_reason_is_approved_again_for_it_is_what_reviewers_agreed_to(
    papers: Papers,
) -> None:
    papers.record(snapshot())
    merged(papers, request())
    papers.propose(request().replace("Payroll totals", "All totals"))
    row = only(papers.json())
    assert row["edits"][0].startswith("Reason: Payroll totals")
    assert row["approval"]["missing"]


def test_an_earlier_end_needs_no_approval(papers: Papers) -> None:
    papers.record(snapshot())
    merged(papers, request())
    papers.propose(request(window="{duration: 1h}"))
    assert only(papers.json())["approval"]["missing"] == []


@pytest.mark.parametrize("how", ["ended", "removed"])
def test_an_end_needs_no_approval_and_shows_what_is_taken_back(papers: Papers, how: str) -> None:
    merged(papers, request())
    papers.record(snapshot())
    if how == "ended":
        papers.propose(request(extra="  ended: true\n"))
    else:
        papers.world.remove_request("payroll-fix")
    found = papers.json()
    row = only(found)
    assert (row["ends_only"], found["missing"]) == (True, [])
    assert row["action"] == ("changed" if how == "ended" else "removed")
    spared = found["targets"][0]["spared"]
    assert 'GRANT "JIT_PAYROLL_FIX" TO "ALICE"' in spared
