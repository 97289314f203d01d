"""`reconciler extend` where no database is needed: what it edits, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.exit_codes import ExitCode
from tests.cli.papers import desk
from tests.cli.test_output_contracts import problems
from tests.scenarios.world import Ran, World, request

BRANCH = "reconciler/extend-fix"
FILE = "grants/requests/payroll/fix.yaml"
WHY = ("--reason", "The repair is still running")


@pytest.fixture
def papers(tmp_path: Path) -> World:
    return desk(tmp_path / "access")


def asked(papers: World, window: str, **more: str) -> None:
    text = request("fix", window=window, **{"extra": "  ticket: OPS-1\n", **more})
    papers.merge({FILE: f"# as agreed with bob\n{text}"})


def extend(papers: World, *arguments: str) -> Ran:
    return papers.run("extend", "fix", *WHY, *arguments)


def window_on_branch(papers: World) -> str:
    text = papers.git("show", f"{BRANCH}:{FILE}")
    return next(line for line in text.splitlines() if "window" in line).strip()


@pytest.mark.parametrize(
    ("window", "arguments", "edited"),
    [
        ("{duration: 4h}", ("--for", "2h"), "window: {duration: 6h}"),
        (
            "{start: 2099-01-01T08:00:00Z, duration: 4h}",
            ("--until", "2099-01-01T14:30:00+00:00"),
            "window: {start: 2099-01-01T08:00:00Z, duration: 6h30m}",
        ),
        (
            '{start: 2099-01-01T08:00:00Z, until: "2099-01-01T12:00:00Z"}',
            ("--for", "90m"),
            'window: {start: 2099-01-01T08:00:00Z, until: "2099-01-01T13:30:00Z"}',
        ),
        (
            "{start: 2099-01-01T08:00:00Z, until: 2099-01-01T12:00:00Z}",
            ("--until", "2099-01-01T15:00:00+01:00"),
            "window: {start: 2099-01-01T08:00:00Z, until: 2099-01-01T14:00:00Z}",
        ),
    ],
)
def test_the_window_is_edited_on_a_branch_and_nothing_else(
    papers: World, window: str, arguments: tuple[str, str], edited: str
) -> None:
    asked(papers, window)
    ran = extend(papers, *arguments)
    assert ran.code == ExitCode.OK, ran.err
    assert window_on_branch(papers) == edited
    assert papers.git("diff", "--numstat", "main", BRANCH) == f"1\t1\t{FILE}"
    assert papers.git("status", "--porcelain") == ""
    assert f"git merge {BRANCH}\n" in ran.out
    message = papers.git("log", "-1", "--format=%B", BRANCH)
    assert message.endswith("Lease: fix\nReason: The repair is still running")


def test_json_fits_its_schema_and_a_dry_run_leaves_nothing(papers: World) -> None:
    asked(papers, "{duration: 4h}")
    ran = extend(papers, "--for", "1h", "--dry-run", "--output", "json")
    assert problems("proposal", ran.json) == []
    assert papers.git("branch", "--list", "reconciler/*") == ""
    assert problems("proposal", extend(papers, "--for", "1h", "--output", "json").json) == []


def test_the_cap_of_policy_holds_for_the_whole_of_it(papers: World) -> None:
    asked(papers, "{duration: 4h}")
    ran = extend(papers, "--for", "5h")
    assert ran.code == ExitCode.REFUSED
    assert "policy.too-long: 9h is longer than the 8h that policy cap allows" in ran.err
    assert "error extend.refused: fix cannot go on so long" in ran.err
    assert papers.git("branch", "--list", "reconciler/*") == ""


def test_an_earlier_end_is_no_extension(papers: World) -> None:
    asked(papers, "{start: 2099-01-01T08:00:00Z, duration: 4h}")
    ran = extend(papers, "--until", "2099-01-01T12:00:00Z")
    assert ran.code == ExitCode.INVALID
    assert "error extend.not-later" in ran.err
    assert "reconciler done fix ends it now" in ran.err


def test_until_when_cannot_be_said_before_the_start_is_known(papers: World) -> None:
    asked(papers, "{duration: 4h}")
    ran = extend(papers, "--until", "2099-01-01T12:00:00Z")
    assert (ran.code, "error extend.not-begun" in ran.err) == (ExitCode.INVALID, True)


def test_a_request_that_was_ended_by_an_edit_stays_ended(papers: World) -> None:
    asked(papers, "{duration: 4h}", extra="  ticket: OPS-1\n  ended: true\n")
    ran = extend(papers, "--for", "1h")
    assert ran.code == ExitCode.REFUSED
    assert "fix has ended by an edit of its document" in ran.err
    assert "never comes back" in ran.err


@pytest.mark.parametrize(
    ("lease", "code", "told"),
    [
        ("fxi", ExitCode.INVALID, "Did you mean `fix`?"),
        ("bg-rescue-1", ExitCode.REFUSED, "error extend.break-glass"),
    ],
)
def test_what_is_no_lease_of_a_request_is_told(
    papers: World, lease: str, code: ExitCode, told: str
) -> None:
    asked(papers, "{duration: 4h}")
    ran = papers.run("extend", lease, *WHY, "--for", "1h")
    assert (ran.code, told in ran.err) == (code, True), ran.err


def test_a_request_with_errors_is_mended_first(papers: World) -> None:
    papers.merge({FILE: request("fix", window="{duration: soon}")})
    ran = extend(papers, "--for", "1h")
    assert (ran.code, "error extend.has-errors" in ran.err) == (ExitCode.INVALID, True)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--for", "1h", "--until", "2099-01-01T12:00:00Z"),
        ("--for", "soon"),
        ("--until", "noon"),
    ],
)
def test_exactly_one_end_is_said(papers: World, arguments: tuple[str, ...]) -> None:
    assert extend(papers, *arguments).code == ExitCode.USAGE


def test_a_reason_is_wanted(papers: World) -> None:
    asked(papers, "{duration: 4h}")
    ran = papers.run("extend", "fix", "--for", "1h", "--reason", "  ")
    assert (ran.code, "reason.missing" in ran.err) == (ExitCode.INVALID, True)
