"""`reconciler request`: asks the few questions and leaves a request on a branch of its own."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import options
from reconciler.cli.output import Console, Format
from reconciler.model.exit_codes import ExitCode

_ACCESS = "may be given several times."


def request(
    requester: Annotated[
        str | None,
        typer.Option(
            "--requester", help="Who asks. Default: whose address git has.", metavar="NAME"
        ),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option("--target", help=f"Where; {_ACCESS}", metavar="NAME"),
    ] = None,
    bundle: Annotated[
        list[str] | None,
        typer.Option("--bundle", help=f"A bundle of privileges; {_ACCESS}", metavar="NAME"),
    ] = None,
    privilege: Annotated[
        list[str] | None,
        typer.Option(
            "--privilege",
            help=f"Privileges, such as 'SELECT, UPDATE on HR.PAYROLL', 'UPDATE (SALARY) on HR.EMPLOYEES' or 'CREATE VIEW'; {_ACCESS}",
            metavar="TEXT",
        ),
    ] = None,
    role: Annotated[
        list[str] | None, typer.Option("--role", help=f"An Oracle role; {_ACCESS}", metavar="NAME")
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", help="What for.", metavar="TEXT")
    ] = None,
    ticket: Annotated[
        str | None,
        typer.Option("--ticket", help="The ticket, where policy wants one.", metavar="TEXT"),
    ] = None,
    duration: Annotated[
        str | None, typer.Option("--for", help="How long: 90m, 4h, 2d.", metavar="DURATION")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--start",
            help="From when, such as 2026-11-20T14:00:00Z. Default: once it is merged.",
            metavar="INSTANT",
        ),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(
            "--user", help="As which existing database user, for who has several.", metavar="NAME"
        ),
    ] = None,
    temporary: Annotated[
        bool,
        typer.Option("--temporary", help="As a user made for the request and dropped with it."),
    ] = False,
    name: Annotated[
        str | None,
        typer.Option("--name", help="Name of the request. Default: one is made.", metavar="NAME"),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask whether it is right as it is.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the document and leave nothing behind.")
    ] = False,
    repo: options.Repo = Path(),
    ref: options.Ref = None,
    output: options.Output = Format.TEXT,
) -> int:
    """Ask for access: answer a few questions, or give the answers as options, and get a document on a branch of its own, judged as `validate` judges.
    Work tree and index stay as they are."""
    from reconciler.cli import proposals, request_form
    from reconciler.run import asking

    if user is not None and temporary:
        raise typer.BadParameter("--user names an existing user, --temporary makes one")
    given = asking.Answers(
        who=requester,
        targets=tuple(target) if target else None,
        user="" if temporary else user,
        access=request_form.access_of(bundle or (), role or (), privilege or ()),
        reason=reason,
        ticket=ticket,
        duration=duration,
        start=start or "",
        name=name,
    )
    console = Console.standard()
    asks = sys.stdin is not None and sys.stdin.isatty()
    form = request_form.open_form(console, repo, ref, datetime.now(UTC), asks=asks)
    answers, data = form.fill(given)
    change = asking.change(form.documents, answers, form.author(answers))
    if dry_run:
        return proposals.show(console, change, output)
    if asks and not yes and not proposals.agreed(console, data):
        console.note("nothing was written")
        return ExitCode.OK
    return proposals.leave(console, form.workspace, change, form.desk.at, output)
