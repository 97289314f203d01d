"""`reconciler done LEASE`: the requester hands access back before its end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import options
from reconciler.cli.output import Console, Format
from reconciler.model.errors import RefusedError
from reconciler.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from reconciler.run.ending import Order, Whereabouts
    from reconciler.run.workspace import Workspace


def done(
    lease: Annotated[
        str, typer.Argument(help="The lease: the name of its request.", metavar="LEASE")
    ],
    reason: Annotated[
        str, typer.Option("--reason", help="A word for the ledger.", metavar="TEXT")
    ] = "",
    target: options.Targets = None,
    repo: options.Repo = Path(),
    ref: options.Ref = None,
    output: options.Output = Format.TEXT,
    push: options.Push = True,
    lock_timeout: options.LockSeconds = 60,
) -> int:
    """Hand access back: end your lease now, on every target or on those named, prove it, and leave a branch with the document change."""
    from reconciler.cli import ending as shared
    from reconciler.model.leases import EndReason
    from reconciler.run import ending

    console = Console.standard()
    how = shared.How(output, push, lock_timeout)
    text = ending.reason_text(reason, required=False)
    workspace = shared.open_for(repo, ref, how)
    workspace.check_named(target or ())
    order = ending.Order(EndReason.DONE, text, *shared.order_by(workspace), lease=lease)
    found = ending.find(workspace, order, target or ())
    if not (found.targets or found.gone or found.closed):
        raise ending.unknown(workspace, order, target or ())
    _refuse_others(workspace, order, found)
    return int(shared.carry_out(console, workspace, order, found, how)) or ExitCode.OK


def _refuse_others(workspace: Workspace, order: Order, found: Whereabouts) -> None:
    """Somebody whom the people documents know by his git address ends his own leases only. Who is not known there is let through and recorded: ending
    access is never the dangerous direction, and an address in a git configuration is a claim, no proof."""
    email = order.author[1].casefold()
    callers = [
        row for row in workspace.well_formed.people.values() if row.email.casefold() == email
    ]
    requesters = {row.requester for row in found.closed}
    for name in (*(row.name for row in found.targets), *found.gone):
        record = workspace.ledger.read(name).leases.get(order.lease)
        requesters |= {record.requester} if record else set()
    request = workspace.well_formed.requests.get(order.lease)
    requesters |= {request.requester} if request else set()
    if callers and requesters and callers[0].name not in requesters:
        raise RefusedError(
            "done.not-yours",
            f"{order.lease} is {' and '.join(sorted(requesters))}'s lease, and you are {callers[0].name} to git ({callers[0].email})",
            hint=f"an operator ends it with: reconciler revoke {order.lease} --reason TEXT",
        )
