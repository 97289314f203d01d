"""`reconciler revoke`: an operator ends a lease, all of a person, or all on a target, at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli import options
from reconciler.cli.output import Console, Format
from reconciler.model.exit_codes import ExitCode
from reconciler.render.terminal import safe

if TYPE_CHECKING:
    from reconciler.run.ending import Order
    from reconciler.run.workspace import Workspace


def revoke(
    reason: Annotated[str, typer.Option("--reason", help="Why, for the ledger.", metavar="TEXT")],
    lease: Annotated[
        str | None, typer.Argument(help="The lease: the name of its request.", metavar="LEASE")
    ] = None,
    person: Annotated[
        str | None,
        typer.Option(
            "--person",
            help="Emergency stop: every lease of this person, those to come included.",
            metavar="NAME",
        ),
    ] = None,
    all_on: Annotated[
        str | None,
        typer.Option(
            "--all-on",
            help="Emergency stop: every lease on this target, those to come included.",
            metavar="TARGET",
        ),
    ] = None,
    unreachable: Annotated[
        bool,
        typer.Option(
            "--unreachable",
            help="With --all-on: the target is gone for good. Closes its leases as not proved, without the database.",
        ),
    ] = False,
    target: options.Targets = None,
    repo: options.Repo = Path(),
    ref: options.Ref = None,
    output: options.Output = Format.TEXT,
    push: options.Push = True,
    lock_timeout: options.LockSeconds = 60,
) -> int:
    """End leases now, whatever the documents say: revoke, prove, record, and leave a branch with the document change."""
    from reconciler.cli import ending as shared
    from reconciler.run import ending

    _check_usage((lease, person, all_on), all_on, target or (), unreachable=unreachable)
    console = Console.standard()
    how = shared.How(output, push, lock_timeout)
    text = ending.reason_text(reason, required=True)
    workspace = shared.open_for(repo, ref, how)
    workspace.check_named(target or ())
    order = _order(workspace, text, lease=lease or "", person=person or "", all_on=all_on or "")
    found = ending.find(workspace, order, target or ())
    if not (found.targets or found.gone or found.closed or _is_known(workspace, order)):
        raise ending.unknown(workspace, order, target or ())
    if unreachable:
        return shared.give_up(console, workspace, order, how)
    if not (found.targets or found.gone):
        console.note(f"nothing to end: no lease of {safe(order.subject)} is open or to come")
    code = shared.carry_out(console, workspace, order, found, how)
    if person:
        _tell_standing(console, workspace, order)
    return int(code) or ExitCode.OK


def _check_usage(
    subjects: Sequence[str | None], all_on: str | None, targets: Sequence[str], *, unreachable: bool
) -> None:
    if sum(value is not None for value in subjects) != 1:
        raise typer.BadParameter("name one LEASE, or --person NAME, or --all-on TARGET")
    if all_on is not None and targets:
        raise typer.BadParameter("--all-on names the target already")
    if unreachable and all_on is None:
        raise typer.BadParameter("--unreachable goes with --all-on TARGET")


def _order(workspace: Workspace, text: str, *, lease: str, person: str, all_on: str) -> Order:
    from reconciler.cli import ending as shared
    from reconciler.model.leases import EndReason
    from reconciler.run.ending import Order

    reason = EndReason.REVOKED if lease else EndReason.EMERGENCY
    document = workspace.well_formed.people.get(person)
    users = frozenset(document.users if document else ())
    actor, author = shared.order_by(workspace)
    return Order(
        reason, text, actor, author, lease=lease, person=person, users=users, target=all_on
    )


def _is_known(workspace: Workspace, order: Order) -> bool:
    if order.person:
        return order.person in workspace.well_formed.people
    if order.target:
        return order.target in workspace.documents.targets or (
            order.target in workspace.ledger.targets()
        )
    return False


def _tell_standing(console: Console, workspace: Workspace, order: Order) -> None:
    """An emergency stop ends leases; what somebody holds by a standing grant goes by a reviewed edit, and he should not be thought to have nothing."""
    names = sorted(
        grant.name
        for grant in workspace.documents.standing.values()
        if order.users.intersection(grant.grantees)
    )
    if names:
        console.note(
            f"note: standing grants of {safe(order.person)} stay until their documents are edited: {', '.join(names)}"
        )
