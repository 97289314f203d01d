"""`reconciler why`: whether somebody has a privilege, and by which ways."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import access_questions as questions
from reconciler.cli import options
from reconciler.cli.output import Console, Format
from reconciler.cli.who import Words
from reconciler.model.exit_codes import ExitCode


def why(
    user: Annotated[
        str,
        typer.Argument(
            help="A user or role, as the database calls it.", metavar="USER", show_default=False
        ),
    ],
    words: Words,
    repo: options.Repo = Path(),
    ref: options.Ref = None,
    target: options.Targets = None,
    output: options.Output = Format.TEXT,
    fetch: options.Fetch = True,
) -> int:
    """Say whether a user or role has a privilege, and by every way: direct grants, roles in roles, PUBLIC, ANY and schema privileges, views, ownership.

    Names fold to upper case unless they are in double quotes. Reads the databases and changes nothing. Exits with 0 when there is a way on each target,
    with 4 when there is none, with 5 when that cannot be told because not all grants that could give it are read, such as those on objects of
    SYS."""
    from reconciler.planning.effective_answers import why as explain
    from reconciler.render import access_json, access_text

    console = Console.standard()
    privilege = questions.privilege_of(words)
    grantee = questions.grantee_of(user)
    where = questions.Where(repo, ref, target or (), fetch)
    answers = questions.ask(
        where,
        privilege,
        grantee,
        lambda access, explained: (explain(grantee, privilege, access, explained),),
    )
    questions.tell(
        console,
        access_json.question(privilege, grantee),
        answers,
        output,
        lambda row: access_text.why(row, console.style),
    )
    return questions.exit_code(answers, no_is=ExitCode.REFUSED)
