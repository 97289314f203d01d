"""`reconciler request` with somebody at a terminal who answers, errs, and changes his mind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reconciler.model.exit_codes import ExitCode
from tests.cli.papers import desk
from tests.cli.terminal import Terminal, talk
from tests.scenarios.world import World

Start = Callable[..., Terminal]
BRANCH = "reconciler/request-payroll-support-alice"


@pytest.fixture
def papers(tmp_path: Path) -> World:
    return desk(tmp_path / "access")


@pytest.fixture
def start(papers: World) -> Iterator[Start]:
    """Starts the command in the repository."""
    running: list[Terminal] = []

    def begin(*arguments: str) -> Terminal:
        terminal = Terminal.start(papers.repository, "request", *arguments)
        running.append(terminal)
        return terminal

    yield begin
    for terminal in running:
        terminal.end()


def branches(papers: World) -> str:
    return papers.git("branch", "--list", "reconciler/*")


def test_the_questions_offer_what_is_known_and_lead_to_a_branch(
    papers: World, start: Start
) -> None:
    terminal = start()
    assert " 1  alice  Alice\n" in terminal.answer("Who asks [alice]: ", "")
    assert " 1  prod  env=prod\n" in terminal.answer("On which database: ", "prod")
    assert " 2  temporary  a user made" in terminal.answer("As which database user [ALICE]: ", "")
    assert " 1  payroll-support  Find and repair" in terminal.answer("Which access: ", "1")
    talk(
        terminal,
        [
            ("More access, or Enter: ", "UPDATE (SALARY) on HR.EMPLOYEES"),
            ("More access, or Enter: ", ""),
            ("What for: ", "Payroll totals are wrong"),
            ("Ticket (OPS-[0-9]+): ", "OPS-7"),
            ("For how long (at most 8h) [4h]: ", ""),
            ("From when (Enter: once it is merged): ", ""),
            ("Name [payroll-support-alice]: ", ""),
        ],
    )
    assert "    window: {duration: 4h}" in terminal.answer("Make a branch with it [Y/n]: ", "y").replace("      ", "    ")  # fmt: skip
    assert terminal.finish() == ExitCode.OK
    assert f"git merge {BRANCH}\n" in terminal.seen
    papers.git("merge", "-q", BRANCH)
    assert papers.run("validate").code == ExitCode.OK


def test_each_answer_is_judged_at_once_and_asked_again(papers: World, start: Start) -> None:
    terminal = start("--user", "ALICE")
    terminal.answer("Who asks", "alise")
    assert "Did you mean alice?" in terminal.answer("Who asks", "alice")
    terminal.answer("On which database", "prod")
    talk(terminal, [("Which access", "DELETE on HR.PAYROLL")])
    assert "error policy.forbidden" in terminal.answer("Which access", "payrol-suport")
    assert "did you mean payroll-support?" in terminal.answer("Which access", "CREATE TABLE")
    assert "error scope.system" in terminal.answer("Which access", "")
    assert "write SELECT on HR.PAYROLL" in terminal.answer("Which access", "pay")
    terminal.interrupt()
    assert terminal.finish() == ExitCode.INTERRUPTED


def test_rules_about_reason_ticket_and_time_are_told_where_they_are_broken(
    papers: World, start: Start
) -> None:
    terminal = start("--target", "prod", "--bundle", "payroll-support", "--user", "ALICE", "--yes")
    talk(terminal, [("Who asks", ""), ("What for", "because")])
    assert "wants at least 15" in terminal.answer("What for", "Payroll totals are wrong")
    terminal.answer("Ticket", "INC-1")
    assert "error policy.ticket" in terminal.answer("Ticket", "OPS-1")
    terminal.answer("For how long", "4 hours")
    assert "'4 hours' is not a duration" in terminal.answer("For how long", "9h")
    terminal.answer("From when", "")
    assert "`duration: 8h` would pass" in terminal.answer("For how long", "1h")
    terminal.answer("From when", "tomorrow")
    assert "'tomorrow' is not an instant" in terminal.answer("From when", "2099-01-01T08:00:00Z")
    terminal.answer("Name", "my-fix")
    assert terminal.finish() == ExitCode.OK
    assert "{start: 2099-01-01T08:00:00Z, duration: 1h}" in papers.git(
        "show", "reconciler/request-my-fix:grants/requests/payroll/my-fix.yaml"
    )


def test_an_option_that_is_wrong_is_asked_for(papers: World, start: Start) -> None:
    terminal = start("--requester", "nobody", "--target", "nowhere")
    assert "error reference.unknown-person" in terminal.answer("Who asks", "alice")
    assert "error reference.unknown-target" in terminal.answer("On which database", "prod")
    terminal.until("As which database user")
    terminal.interrupt()
    assert terminal.finish() == ExitCode.INTERRUPTED


def test_who_may_not_ask_there_hears_it_as_soon_as_he_says_where(start: Start) -> None:
    terminal = start("--requester", "carol")
    terminal.answer("On which database", "prod")
    assert "policy cap does not let carol ask" in terminal.answer("On which database", "test")
    terminal.until("Which access")
    terminal.interrupt()
    assert terminal.finish() == ExitCode.INTERRUPTED


def test_who_may_not_ask_hears_it_before_the_other_questions(start: Start) -> None:
    terminal = start("--target", "prod")
    terminal.answer("Who asks", "carol")
    assert "policy cap does not let carol ask" in terminal.until("Who asks")
    terminal.interrupt()
    assert terminal.finish() == ExitCode.INTERRUPTED


ANSWERS = [
    ("Who asks", ""),
    ("On which database", "1"),
    ("As which database user", "1"),
    ("Which access", "1"),
    ("More access", ""),
    ("What for", "Payroll totals are wrong"),
    ("Ticket", "OPS-1"),
    ("For how long", ""),
    ("From when", ""),
    ("Name", ""),
]


@pytest.mark.parametrize("answered", range(0, len(ANSWERS) + 1, 2))
def test_ctrl_c_at_any_question_leaves_nothing_behind(
    papers: World, start: Start, answered: int
) -> None:
    terminal = start()
    talk(terminal, ANSWERS[:answered])
    terminal.until(ANSWERS[answered][0] if answered < len(ANSWERS) else "Make a branch with it")
    terminal.interrupt()
    assert terminal.finish() == ExitCode.INTERRUPTED
    assert branches(papers) == ""
    assert papers.git("status", "--porcelain") == ""


def test_no_at_the_end_leaves_nothing_either(papers: World, start: Start) -> None:
    terminal = start()
    talk(terminal, [*ANSWERS, ("Make a branch with it", "n")])
    assert terminal.finish() == ExitCode.OK
    assert "nothing was written" in terminal.seen
    assert branches(papers) == ""


def test_who_gave_every_answer_as_an_option_is_only_asked_whether_it_is_right(
    papers: World, start: Start
) -> None:
    terminal = start(
        "--requester", "alice", "--target", "prod", "--user", "ALICE", "--bundle", "payroll-support",
        "--reason", "Payroll totals are wrong", "--ticket", "OPS-1", "--for", "1h",
    )  # fmt: skip
    assert "Name" not in terminal.answer("Make a branch with it", "")
    assert terminal.finish() == ExitCode.OK
    assert branches(papers).strip() == BRANCH


def test_where_nothing_can_be_granted_nothing_is_asked(papers: World, start: Start) -> None:
    for name in ("prod", "test"):
        file = papers.repository / "grants" / "targets" / f"{name}.yaml"
        text = re.sub("mode: .*", "mode: observe", file.read_text())
        papers.merge({f"grants/targets/{name}.yaml": text})
    terminal = start()
    assert terminal.finish() == ExitCode.INVALID
    assert "error request.nothing-to-ask" in terminal.seen
    assert "Who asks" not in terminal.seen


def test_what_documents_say_cannot_reach_the_terminal_as_more_than_text(
    papers: World, start: Start
) -> None:
    """A display name may hold whatever YAML lets through; a person's name in a list is no place for colours or new lines."""
    person = papers.repository / "grants" / "people" / "carol.yaml"
    text = person.read_text().replace("name: Carol", 'name: "C\\e[31m\\nWho asks [mallory]: "')
    papers.merge({"grants/people/carol.yaml": text})
    terminal = start()
    shown = terminal.until("Who asks [alice]")
    assert "mallory" not in shown or "\\x0a" in shown
    assert "\x1b[31m" not in terminal.seen
    terminal.interrupt()
    terminal.finish()
