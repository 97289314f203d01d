"""`reconciler request`: asks the few questions and leaves a request on a branch of its own."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import typer

from reconciler.cli import options
from reconciler.cli import request_options as given
from reconciler.cli.output import Console, Format
from reconciler.model.exit_codes import ExitCode


def request(
    requester: given.Requester = None,
    target: given.Targets = None,
    bundle: given.Bundles = None,
    privilege: given.Privileges = None,
    role: given.Roles = None,
    reason: given.Reason = None,
    ticket: given.Ticket = None,
    duration: given.Duration = None,
    start: given.Start = "",
    user: given.User = None,
    temporary: given.Temporary = False,
    name: given.Name = None,
    yes: given.Yes = False,
    dry_run: given.DryRun = False,
    repo: options.Repo = Path(),
    ref: options.Ref = None,
    output: options.Output = Format.TEXT,
) -> int:
    """Ask for access: answer a few questions, or give the answers as options, and get a document on a branch of its own, judged as `validate` judges.
    Work tree and index stay as they are."""
    from reconciler.cli import proposals, request_form
    from reconciler.run.proposing import asking

    if user is not None and temporary:
        raise typer.BadParameter("--user names an existing user, --temporary makes one")
    answers = asking.Answers(
        who=requester,
        targets=tuple(target) if target else None,
        user="" if temporary else user,
        access=request_form.access_of(bundle or (), role or (), privilege or ()),
        reason=reason,
        ticket=ticket,
        duration=duration,
        start=start,
        name=name,
    )
    console = Console.standard()
    asks = sys.stdin is not None and sys.stdin.isatty()
    form = request_form.open_form(console, repo, ref, datetime.now(UTC), asks=asks)
    answers, data = form.fill(answers)
    change = asking.change(form.documents, answers, form.author(answers))
    if dry_run:
        return proposals.show(console, change, output)
    if asks and not yes and not proposals.agreed(console, data):
        console.note("nothing was written")
        return ExitCode.OK
    return proposals.leave(console, form.workspace, change, form.desk.at, output)
