"""`reconciler who can`: everybody who has a privilege, and by which ways."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import access_questions as questions
from reconciler.cli import options
from reconciler.cli.output import Console, Format

app = typer.Typer(
    help="Who may do something in the databases, by the grants that are there now.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def _who() -> None:
    """Keeps `can` a word of its own, although it is the only one."""


Words = Annotated[
    list[str],
    typer.Argument(
        help="SELECT HR.EMPLOYEES.SALARY, CREATE SESSION, SELECT ANY TABLE ON SCHEMA HR, ROLE HR_READER.",
        metavar="PRIVILEGE [OBJECT]",
        show_default=False,
    ),
]


@app.command(
    "can",
    short_help="List who has a privilege, and how.",
    epilog="Example: reconciler who can UPDATE HR.EMPLOYEES.SALARY --target hr-prod",
)
def can(
    words: Words,
    repo: options.Repo = Path(),
    ref: options.Ref = None,
    target: options.Targets = None,
    output: options.Output = Format.TEXT,
    everything: Annotated[
        bool, typer.Option("--all", help="Show the ways of Oracle's own accounts and roles too.")
    ] = False,
    fetch: options.Fetch = True,
) -> int:
    """List every user and role that has a privilege, and every way: direct grants, roles in roles, PUBLIC, ANY and schema privileges, views, ownership.

    Names fold to upper case unless they are in double quotes. Reads the databases and changes nothing. Exits with 5 when not all grants that could
    give it are read, such as those on objects of SYS."""
    from reconciler.planning.effective_answers import who_can
    from reconciler.render import access_json, access_text

    console = Console.standard()
    privilege = questions.privilege_of(words)
    where = questions.Where(repo, ref, target or (), fetch)
    answers = questions.ask(
        where, privilege, "", lambda access, explained: who_can(privilege, access, explained)
    )
    questions.tell(
        console,
        access_json.question(privilege),
        answers,
        output,
        lambda row: access_text.who(row, console.style, everything=everything),
    )
    return questions.exit_code(answers)
