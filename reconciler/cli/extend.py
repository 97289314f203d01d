"""`reconciler extend LEASE`: more time for a lease that goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import options, runs
from reconciler.cli.output import Console, Format
from reconciler.cli.request_options import DryRun
from reconciler.model.instants import InvalidTimeError, parse_duration, parse_instant


def extend(
    lease: Annotated[
        str, typer.Argument(help="The lease: the name of its request.", metavar="LEASE")
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why it has to go on.", metavar="TEXT")],
    by: Annotated[
        str | None,
        typer.Option("--for", help="So much longer than now: 30m, 2h, 1d.", metavar="DURATION"),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--until", help="Until then, such as 2026-11-20T18:00:00Z.", metavar="INSTANT"
        ),
    ] = None,
    dry_run: DryRun = False,
    repo: options.Repo = Path(),
    ref: options.Ref = None,
    output: options.Output = Format.TEXT,
    fetch: options.Fetch = True,
) -> int:
    """Ask for more time: a branch with the edit of the request's window. Merged, the next run moves the deadline; open sessions never notice."""
    from reconciler.cli import proposals
    from reconciler.run.ending import reason_text
    from reconciler.run.proposing.extension import Wish
    from reconciler.run.proposing.extension import extend as extended
    from reconciler.run.proposing.proposal import open_desk

    wish = Wish(lease, reason_text(reason, required=True), *_when(by, until))
    console = Console.standard()
    workspace = runs.open_workspace(repo, ref, fetch=fetch)
    desk = open_desk(workspace, datetime.now(UTC))
    found = extended(workspace, desk, wish, workspace.ledger.author())
    console.diagnostics(found.findings)
    if dry_run:
        return proposals.show(console, found.change, output, found.findings)
    console.note(f"{wish.lease} would hold {found.ends}")
    return proposals.leave(console, workspace, found.change, desk.at, output, found.findings)


def _when(by: str | None, until: str | None) -> tuple[timedelta | None, datetime | None]:
    if (by is None) == (until is None):
        raise typer.BadParameter("say either how much longer, --for DURATION, or --until INSTANT")
    try:
        return (parse_duration(by) if by else None), (parse_instant(until) if until else None)
    except InvalidTimeError as error:
        raise typer.BadParameter(str(error)) from None
