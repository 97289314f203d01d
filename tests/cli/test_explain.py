"""`reconciler explain`: what documents mean, in words that hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.cli.app import run
from reconciler.documents.schema import FILES
from reconciler.model.exit_codes import ExitCode
from tests.cli.papers import desk
from tests.cli.test_output_contracts import problems
from tests.scenarios.world import World, request

GRANTS = Path(__file__).parents[2] / "grants"
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def papers(tmp_path: Path) -> World:
    return desk(tmp_path / "access")


def explained(papers: World, text: str) -> str:
    papers.merge({"grants/requests/payroll/fix.yaml": text})
    ran = papers.run("explain", "fix")
    assert ran.code == ExitCode.OK, ran.err
    return ran.out


def test_a_request_says_who_gets_what_where_and_how_long(papers: World) -> None:
    shown = explained(
        papers,
        request(
            "fix",
            access="[{bundle: payroll-support}, {privileges: [SELECT], on: HR.JOBS}]",
            window="{start: 2099-01-01T08:00:00Z, duration: 4h}",
            extra="  ticket: OPS-1\n",
        ),
    )
    assert shown == (
        "AccessRequest fix   grants/requests/payroll/fix.yaml:1:1\n"
        "  alice (Alice) asks for access to prod.   grants/people/alice.yaml:1:1\n"
        "  Reason: Payroll totals are wrong since release 42   Ticket: OPS-1\n"
        "  ALICE gets, through the role JIT_FIX:\n"
        "    bundle payroll-support: Find and repair wrong payroll figures   grants/bundles/payroll-support.yaml:1:1\n"
        "      SELECT, UPDATE on HR.PAYROLL\n"
        "    SELECT on HR.JOBS\n"
        "  It holds from 2099-01-01T08:00:00Z until 2099-01-01T12:00:00Z (4h).\n"
        "    The job JIT_FIX inside the database takes the rights away, even if nothing outside is alive.\n"
        "    Sessions of ALICE go on without these rights.\n"
        "  On prod it is held to:\n"
        "    cap: at most 8h; asked by payroll; a ticket of the form OPS-[0-9]+; a reason of 15 characters at least; never DELETE"
        "   grants/policies/cap.yaml:1:1\n"
        "  It keeps all of these rules.\n"
    )


@pytest.mark.parametrize(
    ("window", "words"),
    [
        ("{duration: 4h}", "It holds for 4h, from the first run after the merge."),
        ("{until: 2099-01-01T08:00:00Z}", "It holds from the first run after the merge until 2099-01-01T08:00:00Z."),
    ],
)  # fmt: skip
def test_windows_without_a_start_count_from_the_merge(
    papers: World, window: str, words: str
) -> None:
    assert words in explained(papers, request("fix", window=window, extra="  ticket: OPS-1\n"))


def test_a_temporary_user_and_a_proxy_are_told_apart(papers: World) -> None:
    temporary = request("fix", extra="  ticket: OPS-1\n  session: {idle: 15m, perUser: 2}\n")
    shown = explained(papers, temporary.replace("{user: ALICE}", "{temporary: {}}"))
    assert "JITU_FIX, made for this lease gets, through the role JIT_FIX:" in shown
    assert "A session may do nothing for 15m at most." in shown
    assert "There may be 2 sessions at the same time." in shown
    proxy = request("fix", extra="  ticket: OPS-1\n").replace(
        "{user: ALICE}", "{proxy: {through: ALICE, client: CAROL}}"
    )
    lines = [line for line in proxy.splitlines() if not line.startswith("  access:")]
    target = papers.repository / "grants" / "targets" / "prod.yaml"
    papers.merge(
        {"grants/targets/prod.yaml": target.read_text().replace("    system:", "    users: [CAROL]\n    system:")}
    )  # fmt: skip
    shown = explained(papers, "\n".join(lines) + "\n")
    assert "ALICE may log on as CAROL with a password of its own" in shown


def test_an_ended_request_asks_for_nothing(papers: World) -> None:
    shown = explained(papers, request("fix", extra="  ticket: OPS-1\n  ended: true\n"))
    assert "it asks for nothing any more" in shown
    assert "HR.PAYROLL" not in shown


def test_a_document_with_errors_is_explained_and_the_errors_are_shown(papers: World) -> None:
    text = request("fix", access="[{bundle: payrol-support}]", window="{duration: 9h}")
    papers.merge({"grants/requests/payroll/fix.yaml": text})
    ran = papers.run("explain", "fix")
    assert ran.code == ExitCode.INVALID
    assert "bundle payrol-support (there is no such bundle)" in ran.out
    assert "It keeps all" not in ran.out
    for rule in ("reference.unknown-bundle", "policy.too-long", "policy.ticket"):
        assert f"error {rule}" in ran.err


def test_one_that_cannot_be_read_says_why(papers: World) -> None:
    papers.merge({"grants/requests/payroll/fix.yaml": "kind: AccessRequest\nspec: {\n"})
    ran = papers.run("explain", "fix")
    assert ran.code == ExitCode.INVALID
    assert "It cannot be explained while it has these errors." in ran.out
    assert "error yaml." in ran.err


def test_a_file_is_explained_as_it_is_now_even_under_a_name_that_is_taken(
    papers: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers.merge({"grants/requests/payroll/fix.yaml": request("fix", extra="  ticket: OPS-1\n")})
    copy = papers.repository / "grants" / "requests" / "payroll" / "copy.yaml"
    copy.write_text(request("fix", window="{duration: 1h}", extra="  ticket: OPS-1\n"))
    monkeypatch.chdir(papers.repository)
    ran = papers.run("explain", "grants/requests/payroll/copy.yaml")
    assert "It holds for 1h" in ran.out
    assert "error name.not-file-name" in ran.err


def test_a_name_that_nobody_has_is_told_with_what_was_probably_meant(papers: World) -> None:
    ran = papers.run("explain", "payrol-support")
    assert (ran.code, "Did you mean `payroll-support`?" in ran.err) == (ExitCode.INVALID, True)


def test_documents_of_different_kinds_may_share_a_name(papers: World) -> None:
    papers.merge({"grants/requests/payroll/prod.yaml": request("prod", extra="  ticket: OPS-1\n")})
    shown = papers.run("explain", "prod").out
    assert "AccessRequest prod" in shown
    assert "Target prod" in shown


def test_hostile_text_stays_text(papers: World) -> None:
    text = request("fix", extra="  ticket: OPS-1\n").replace(
        "Payroll totals are wrong since release 42", '"wrong \\e[2J since release 42 and longer"'
    )
    papers.merge({"grants/requests/payroll/fix.yaml": text})
    ran = papers.run("explain", "fix")
    assert "\x1b" not in ran.out + ran.err


def test_every_example_of_every_kind_is_explained_and_fits_the_schema(capsys: Captured) -> None:
    assert run(["explain", str(GRANTS), "--output", "json"]) == ExitCode.OK
    said = json.loads(capsys.readouterr().out)
    assert problems("explain", said) == []
    assert {row["kind"] for row in said["documents"]} == set(FILES)
    assert all(row["sentences"] for row in said["documents"])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("production", "Those who may ask are "),
        ("hr-prod", "grants that nobody wrote down are reported and stay"),
        ("hr-reporting", "READ on HR.* (TABLE, VIEW)"),
        ("alice", "Database users: ALICE."),
        ("payroll", "Members: alice, bob."),
        ("payroll-rescue", "with a code that works once"),
        ("app-support-orders", "hold without an end:"),
        ("pay", "these columns are restricted (pay):"),
        ("production-tests", "holds the policies to these cases:"),
    ],
)
def test_every_kind_has_its_own_words(capsys: Captured, name: str, words: str) -> None:
    (file,) = GRANTS.rglob(f"{name}.yaml")
    assert run(["explain", str(file)]) == ExitCode.OK
    assert words in capsys.readouterr().out
