"""A review as workflows, forges and readers get it: hostile text, annotations, the comment, the reviews so far."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.approvals.forge import Forge
from tests.scenarios.review_papers import Papers, only, rules, snapshot
from tests.scenarios.world import request

BOTH = "[{privileges: [SELECT, UPDATE], on: HR.PAYROLL}]"
FIX = "grants/requests/payroll-fix.yaml"


def test_hostile_reasons_stay_text(papers: Papers) -> None:
    papers.record(snapshot())
    reason = "'::error::x @security </details> ![x](http://x.example)'"
    text = request().replace("Payroll totals are wrong since release 42", reason)
    papers.propose(text)
    for output in ("markdown", "text", "github"):
        shown = papers.review("--output", output).out
        assert not re.search(r"^\s*::error::x", shown, re.MULTILINE)
    comment = papers.review("--output", "markdown").out
    assert "@security" not in comment
    assert "![x]" not in comment
    assert comment.count("</details>") == comment.count("<details>")


def test_a_workflow_gets_annotations_and_a_summary(
    papers: Papers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers.record(snapshot())
    papers.propose(request(window="{duration: 13h}"))
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    ran = papers.review("--output", "github")
    lines = ran.out.splitlines()
    assert re.fullmatch("::stop-commands::[0-9a-f]{32}", lines[0])
    end = lines.index(f"::{lines[0].rpartition(':')[2]}::")
    (annotation,) = [line for line in lines[end + 1 :] if line.startswith("::error")]
    assert f"file={FIX}" in annotation
    assert "title=policy.too-long" in annotation
    assert summary.read_text(encoding="utf-8").startswith("before\n<!-- reconciler:review -->")


def test_the_comment_is_written_to_a_file(papers: Papers, tmp_path: Path) -> None:
    papers.record(snapshot())
    papers.propose(request())
    path = tmp_path / "comment.md"
    papers.review("--comment", str(path))
    assert path.read_text(encoding="utf-8").startswith("<!-- reconciler:review -->\n")
    assert papers.review("--comment", str(tmp_path)).code == 3


def test_findings_for_code_scanning(papers: Papers) -> None:
    papers.record(snapshot())
    papers.propose(request(window="{duration: 13h}"))
    value = json.loads(papers.review("--output", "sarif").out)
    assert value["version"] == "2.1.0"
    assert next(row["ruleId"] for row in value["runs"][0]["results"]) == "policy.too-long"


def test_a_fork_cannot_post_and_gets_its_verdict_all_the_same(
    papers: Papers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its workflow has no token that could write, and here none at all."""
    papers.record(snapshot())
    papers.propose(request())
    monkeypatch.setenv("GITHUB_REF", "refs/pull/7/merge")
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/access")
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    ran = papers.review("--post")
    assert ran.code == 0
    assert "warning github.settings" in ran.err
    assert "must approve" in ran.out


def test_post_outside_a_pull_request_is_told(papers: Papers) -> None:
    papers.record(snapshot())
    papers.propose(request())
    ran = papers.review("--post")
    assert ran.code == 0
    assert "review.not-posted" in ran.err


# at GitHub


@pytest.fixture
def forge(papers: Papers, monkeypatch: pytest.MonkeyPatch) -> Iterator[Forge]:
    """The pull request of alice's request at a forge, in a workflow of which the commands run."""
    papers.record(snapshot())
    papers.propose(request())
    logins = {"tester@example.org": "alice-at-github"}
    with Forge(papers.world.repository, logins=logins) as found:
        number = found.open_pull("alice-at-github", "change")
        for name, value in found.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("GITHUB_REF", f"refs/pull/{number}/merge")
        yield found


def posted(forge: Forge) -> str:
    (row,) = forge.comments[1]
    return str(row["body"])


def test_the_one_comment_is_kept_up_to_date(papers: Papers, forge: Forge) -> None:
    ran = papers.review("--post")
    assert (ran.code, "comment: http" in ran.err) == (0, True)
    assert posted(forge).startswith("<!-- reconciler:review -->\n")
    assert "2 approvals are missing" in posted(forge)
    forge.review(1, "bob-at-github", "APPROVED")
    papers.review("--post")
    assert "1 approval is missing" in posted(forge)


def test_p32_reviews_so_far_are_counted_and_who_is_left_is_named(
    papers: Papers, forge: Forge
) -> None:
    forge.review(1, "alice-at-github", "APPROVED")
    forge.review(1, "bob-at-github", "APPROVED")
    found = papers.json("--post")
    approval = only(found)["approval"]
    assert [row["person"] for row in approval["counted"]] == ["bob"]
    assert found["missing"] == ["1 of security: carol, dave"]
    assert "alice" in approval["not_counted"][0]["message"]
    forge.review(1, "dave-at-github", "APPROVED")
    ran = papers.review("--post", "--require-approval", "--output", "json")
    assert (ran.code, ran.json["verdict"]) == (0, "approved")


def test_p13_a_push_after_the_review_makes_it_stale(papers: Papers, forge: Forge) -> None:
    forge.review(1, "bob-at-github", "APPROVED")
    forge.push("change", {FIX: request(access=BOTH)})
    found = papers.json("--post", "--head", "change")
    assert only(found)["approval"]["counted"] == []
    assert "approval.stale" in rules(only(found)["approval"]["not_counted"])


def test_a_token_that_may_not_write_is_told_and_the_verdict_stays(
    papers: Papers, forge: Forge
) -> None:
    forge.fail(r"/issues/1/comments", 403)
    ran = papers.review("--post")
    assert ran.code == 0
    assert "warning github.forbidden" in ran.err
    assert forge.comments.get(1, []) == []
