"""`reconciler request` with its answers as options: what it writes, and what it refuses to write."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from reconciler.ledger.store import OWN_AUTHOR, Ledger
from reconciler.model.exit_codes import ExitCode
from tests.cli.papers import desk
from tests.cli.test_output_contracts import problems
from tests.scenarios.world import Ran, World, request

ALL = (
    "--target", "prod", "--bundle", "payroll-support", "--reason", "Payroll totals are wrong",
    "--ticket", "OPS-7", "--for", "4h",
)  # fmt: skip
FILE = "grants/requests/payroll/payroll-support-alice.yaml"
BRANCH = "reconciler/request-payroll-support-alice"


@pytest.fixture
def papers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    return desk(tmp_path / "access")


def without(option: str) -> list[str]:
    place = ALL.index(option)
    return [*ALL[:place], *ALL[place + 2 :]]


def ask(papers: World, *more: str) -> Ran:
    return papers.run("request", *ALL, *more)


def test_a_request_is_on_a_branch_of_its_own_and_the_work_tree_is_as_before(papers: World) -> None:
    (papers.repository / "grants" / "half-done.yaml").write_text("mine\n")
    ran = ask(papers)
    assert ran.code == ExitCode.OK, ran.err
    assert ran.out == (
        f"{FILE} is on branch {BRANCH}; nothing is checked out\n    git merge {BRANCH}\n"
    )
    assert papers.git("diff", "--name-status", "main", BRANCH) == f"A\t{FILE}"
    assert papers.git("status", "--porcelain") == "?? grants/half-done.yaml"
    assert papers.git("rev-parse", "--abbrev-ref", "HEAD") == "main"
    text = papers.git("show", f"{BRANCH}:{FILE}")
    assert "  requester: alice\n" in text
    assert "  identity: {user: ALICE}\n" in text
    assert papers.git("log", "-1", "--format=%ae|%s", BRANCH) == (
        "alice@example.org|Ask for payroll-support-alice"
    )


def test_what_it_writes_validates_once_it_is_merged(papers: World) -> None:
    ask(papers, "--privilege", "UPDATE (SALARY) on HR.EMPLOYEES", "--role", "HR_READER")
    papers.git("merge", "-q", BRANCH)
    ran = papers.run("validate", "--base", "HEAD~1")
    assert (ran.code, ran.out) == (ExitCode.OK, "")


def test_json_says_the_same_and_fits_its_schema(papers: World) -> None:
    papers.git("remote", "add", "origin", "https://alice:secret@github.com/acme/grants.git")
    ran = ask(papers, "--output", "json")
    assert problems("proposal", ran.json) == []
    assert (ran.json["path"], ran.json["branch"]) == (FILE, BRANCH)
    assert ran.json["link"] == f"https://github.com/acme/grants/pull/new/{BRANCH}"
    assert "secret" not in ran.out + ran.err


def test_a_dry_run_prints_the_document_and_leaves_nothing(papers: World) -> None:
    ran = ask(papers, "--dry-run")
    assert ran.code == ExitCode.OK
    assert ran.out.startswith("apiVersion: grants/v1\nkind: AccessRequest\n")
    assert papers.git("branch", "--list", "reconciler/*") == ""
    as_json = ask(papers, "--dry-run", "--output", "json").json
    assert problems("proposal", as_json) == []
    assert (as_json["branch"], as_json["document"]) == (None, ran.out)


@pytest.mark.parametrize(
    ("option", "named"),
    [
        ("--target", "--target"),
        ("--bundle", "--bundle, --role or --privilege"),
        ("--reason", "--reason"),
        ("--ticket", "--ticket"),
        ("--for", "--for"),
    ],
)
def test_without_a_terminal_a_missing_answer_is_named(
    papers: World, option: str, named: str
) -> None:
    ran = papers.run("request", *without(option))
    assert ran.code == ExitCode.USAGE
    assert f"without a terminal nobody can be asked; missing: {named}\n" in ran.err
    assert papers.git("branch", "--list", "reconciler/*") == ""


def test_somebody_whom_git_does_not_know_here_says_who_he_is(papers: World) -> None:
    papers.git("config", "user.email", "stranger@example.org")
    ran = papers.run("request", *ALL)
    assert (ran.code, "missing: --requester; --user or --temporary" in ran.err) == (
        ExitCode.USAGE,
        True,
    )
    assert ask(papers, "--requester", "alice").code == ExitCode.OK


def test_of_several_database_users_one_is_named(papers: World) -> None:
    papers.git("config", "user.email", "bob@example.org")
    ran = ask(papers)
    assert (ran.code, "missing: --user or --temporary\n" in ran.err) == (ExitCode.USAGE, True)
    assert "  identity: {user: DAVE}\n" in ask(papers, "--user", "DAVE", "--dry-run").out


def test_a_temporary_user_needs_a_key_of_the_requester(papers: World) -> None:
    assert "  identity: {temporary: {}}\n" in ask(papers, "--temporary", "--dry-run").out
    ran = ask(papers, "--requester", "bob", "--temporary")
    assert ran.code == ExitCode.INVALID
    assert "publicKeys" in ran.err


def test_where_no_policy_wants_a_ticket_none_is_needed(papers: World) -> None:
    options = [word if word != "prod" else "test" for word in without("--ticket")]
    ran = papers.run("request", *options[:-1], "1h", "--dry-run")
    assert ran.code == ExitCode.OK, ran.err
    assert "ticket" not in ran.out


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        (("--privilege", "DELETE on HR.PAYROLL"), "policy.forbidden"),
        (("--privilege", "SELECT on SYS.USER$"), "scope."),
        (("--bundle", "payrol-support"), "reference.unknown-bundle"),
        (("--target", "nowhere"), "reference.unknown-target"),
        (("--requester", "alise", "--user", "ALICE"), "reference.unknown-person"),
        (("--start", "tomorrow"), "time.invalid"),
        (("--start", "2020-01-01T00:00:00Z"), "window.past"),
        (("--name", "Payroll Fix"), "schema."),
        (("--name", "bg-x-1"), "name.reserved"),
        (("--user", "SYS"), "request."),
    ],
)  # fmt: skip
def test_what_validate_would_refuse_is_not_written(
    papers: World, more: tuple[str, str], rule: str
) -> None:
    ran = ask(papers, *more)
    assert ran.code == ExitCode.INVALID, ran.err
    assert f"error {rule}" in ran.err
    assert "request.not-valid" in ran.err
    assert papers.git("branch", "--list", "reconciler/*") == ""


@pytest.mark.parametrize(
    ("option", "value", "rule"),
    [
        ("--for", "9h", "policy.too-long"),
        ("--for", "soon", "time.invalid"),
        ("--reason", "because", "policy.reason"),
        ("--ticket", "INC-1", "policy.ticket"),
    ],
)
def test_the_rules_are_those_of_policy(papers: World, option: str, value: str, rule: str) -> None:
    ran = papers.run("request", *without(option), option, value)
    assert (ran.code, f"error {rule}" in ran.err) == (ExitCode.INVALID, True), ran.err


def test_who_may_not_ask_is_told_who_may(papers: World) -> None:
    ran = ask(papers, "--requester", "carol")
    assert ran.code == ExitCode.INVALID
    assert "error policy.requester: policy cap does not let carol ask" in ran.err


def test_a_user_is_either_named_or_made(papers: World) -> None:
    assert ask(papers, "--user", "ALICE", "--temporary").code == ExitCode.USAGE


def test_a_text_that_is_no_privilege_is_a_usage_error(papers: World) -> None:
    ran = ask(papers, "--privilege", "SELECT HR.PAYROLL")
    assert (ran.code, "write SELECT on HR.PAYROLL" in ran.err) == (ExitCode.USAGE, True)


def test_a_hostile_reason_is_text_and_nothing_else(papers: World) -> None:
    reason = "x: y # z\nReviewed-by: Bob <bob@example.org>  {a: [b]} 'quoted' \"twice\""
    ran = papers.run("request", *without("--reason"), "--reason", reason)
    assert ran.code == ExitCode.OK, ran.err
    message = papers.git("log", "-1", "--format=%B", BRANCH)
    assert not any(line.startswith("Reviewed-by:") for line in message.splitlines())
    papers.git("merge", "-q", BRANCH)
    assert papers.run("validate").code == ExitCode.OK
    ran = papers.run(
        "request", *without("--reason"), "--reason", "Payroll \x1b[2J totals are wrong"
    )
    assert ran.code == ExitCode.INVALID
    assert "\x1b" not in ran.err


def test_a_name_is_never_used_twice(papers: World) -> None:
    """Not that of a request, not one that was proposed, and not one that somebody else proposed and this clone has fetched."""
    papers.merge({"grants/requests/payroll/fix.yaml": request("fix", extra="  ticket: OPS-1\n")})
    ran = ask(papers, "--name", "fix")
    assert ran.code == ExitCode.INVALID
    assert "error request.name-taken: fix was used before, and names are unique for ever" in ran.err
    assert "payroll-support-alice is free" in ran.err
    assert ask(papers).code == ExitCode.OK
    papers.git("update-ref", f"refs/remotes/origin/{BRANCH}-2", "HEAD")
    assert ask(papers, "--dry-run").out.count("metadata: {name: payroll-support-alice-3}") == 1


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (("--privilege", "SELECT on HR.PAYROLL"), "hr-payroll-alice"),
        (("--privilege", "SELECT on label pay-data"), "pay-data-alice"),
        (("--role", "HR_READER"), "hr-reader-alice"),
        (("--privilege", "CREATE VIEW"), "create-view-alice"),
    ],
)
def test_the_proposed_name_says_what_is_asked_for(
    papers: World, options: tuple[str, ...], name: str
) -> None:
    target = papers.repository / "grants" / "targets" / "prod.yaml"
    papers.merge(
        {
            "grants/targets/prod.yaml": target.read_text()
            + "  objectLabels: {pay-data: [HR.PAYROLL]}\n"
        }
    )
    ran = papers.run("request", *without("--bundle"), *options, "--dry-run")
    assert f"metadata: {{name: {name}}}\n" in ran.out, ran.err


def test_the_folder_is_that_of_the_team_in_which_the_others_are(papers: World) -> None:
    """alice is in two teams; her requests lie in the folder of one of them, and so does the next."""
    everybody = "apiVersion: grants/v1\nkind: Team\nmetadata: {name: everybody}\nspec: {members: [alice, carol]}\n"
    papers.merge(
        {
            "grants/teams/everybody.yaml": everybody,
            "grants/requests/payroll/fix.yaml": request(
                "fix", requester="bob", window="{duration: 1h}", extra="  ticket: OPS-1\n"
            ),
        }
    )
    assert f"not written: {FILE}" in ask(papers, "--dry-run").err


def test_while_a_policy_has_errors_nothing_is_judged_and_nothing_written(papers: World) -> None:
    papers.merge({"grants/policies/cap.yaml": "kind: Policy\n"})
    ran = ask(papers)
    assert ran.code == ExitCode.INVALID
    assert "policy.unusable" in ran.err
    assert papers.git("branch", "--list", "reconciler/*") == ""


def test_where_git_knows_nobody_the_commit_is_the_requesters(
    papers: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ledger, "author", lambda _: OWN_AUTHOR)
    assert ask(papers, "--requester", "alice").code == ExitCode.OK
    assert papers.git("log", "-1", "--format=%an <%ae>", BRANCH) == "Alice <alice@example.org>"
