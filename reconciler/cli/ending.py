"""What `done` and `revoke` share: going to the targets, printing the proofs, and leaving the branch with the document change."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli import runs
from reconciler.cli.output import Console, Format
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.errors import InvalidInputError
from reconciler.model.exit_codes import ExitCode, worst
from reconciler.model.instants import format_instant
from reconciler.render.terminal import safe

if TYPE_CHECKING:
    from reconciler.model.documents import Target
    from reconciler.model.leases import LeaseRecord
    from reconciler.run.document_change import Change
    from reconciler.run.ending import Order, Whereabouts
    from reconciler.run.target import Result
    from reconciler.run.unreachable import GivenUp
    from reconciler.run.workspace import Workspace

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class How:
    """How a command goes about it."""

    output: Format
    push: bool
    lock_timeout: int


@dataclass(slots=True)
class _Ended:
    """What the command came to, for printing."""

    already: tuple[LeaseRecord, ...]
    results: list[Result | runs.Failure]
    unpublished: tuple[Diagnostic, ...] = ()


def carry_out(
    console: Console, workspace: Workspace, order: Order, found: Whereabouts, how: How
) -> int:
    """Ends what the order means, target after target, and prints. What is wrong with documents is not its business."""
    workspace = replace(workspace, findings=())
    ended = _Ended(found.closed, [])
    if how.output is Format.TEXT:
        _print_already(console, found.closed)
    try:
        _go(console, workspace, order, found, how, ended)
    finally:
        ended.unpublished = _publish(console, workspace, how)
    meanwhile = _meanwhile(workspace, order, ended)
    ended.already = (*ended.already, *meanwhile)
    if how.output is Format.TEXT:
        _print_already(console, meanwhile)
    change = _change(workspace, order, ended)
    console.diagnostics(change.findings)
    if how.output is Format.JSON:
        _print_json(console, workspace, ended, change)
    else:
        _print_branch(console, workspace, change)
    codes = [row.exit_code for row in ended.results]
    return worst([*codes, ExitCode.FAILURE] if ended.unpublished else codes)


def give_up(console: Console, workspace: Workspace, order: Order, how: How) -> int:
    """Closes the records of a target that is gone, and says what nobody knows."""
    from reconciler.run import document_change, unreachable

    target = workspace.documents.targets.get(order.target)
    why = unreachable.refuse_reachable(target, os.environ)
    found = unreachable.give_up(workspace, order, why)
    unpublished = _publish(console, workspace, how)
    leases = [row.id for row in (*found.not_proved, *found.closed)]
    change = document_change.propose(workspace, order, leases, datetime.now(UTC))
    console.diagnostics(change.findings)
    if how.output is Format.JSON:
        _print_given_up_json(console, workspace, found, unpublished, change)
    else:
        _print_given_up(console, found)
        _print_branch(console, workspace, change)
    return ExitCode.FAILURE if unpublished else ExitCode.OK


def _print_given_up(console: Console, found: GivenUp) -> None:
    for row in found.not_proved:
        console.result(
            f"{row.id} on {safe(row.target)}: given up, NOT PROVED; if the database still runs, its deadline ends it at {format_instant(row.end)}"
        )
    for row in found.closed:
        console.result(f"{row.id} on {safe(row.target)}: had not been granted and never will")
    if not found.commit:
        console.note(f"nothing to close: no lease on {safe(found.target)} is open or to come")


def _print_given_up_json(
    console: Console,
    workspace: Workspace,
    found: GivenUp,
    unpublished: tuple[Diagnostic, ...],
    change: Change,
) -> None:
    from reconciler.render import as_json

    console.json(
        {
            "commit": workspace.commit,
            "findings": as_json.diagnostics((*unpublished, *change.findings)),
            "target": found.target,
            "not_proved": [row.id for row in found.not_proved],
            "never_starts": [row.id for row in found.closed],
            "ledger": found.commit or None,
            "branch": change.branch or None,
            "branch_leases": list(change.leases),
        }
    )


def order_by(workspace: Workspace) -> tuple[str, tuple[str, str]]:
    """Who runs this, to the operating system and to git."""
    return runs.actor(), workspace.ledger.author()


def open_for(repo: Path, ref: str | None, how: How) -> Workspace:
    return runs.open_to_end(repo, ref, fetch=how.push)


def _go(
    console: Console,
    workspace: Workspace,
    order: Order,
    found: Whereabouts,
    how: How,
    ended: _Ended,
) -> None:
    from reconciler.cli.reconcile import print_one
    from reconciler.run import ending
    from reconciler.run import target as run

    def work(row: Target) -> Result:
        with console.progress(row.name) as progress:
            return run.reconcile(
                workspace,
                row,
                os.environ,
                progress=progress,
                refresh=lambda: runs.bring_up(workspace, fetch=how.push),
                publish=lambda: _push(workspace, how),
                lock_seconds=how.lock_timeout,
                narrow=lambda survey: ending.narrow(workspace, order, survey),
            )

    failures = (runs.Failure(name, _gone(name, ids)) for name, ids in sorted(found.gone.items()))
    for row in (*failures, *runs.over_targets(found.targets, work)):
        ended.results.append(row)
        if how.output is Format.TEXT:
            print_one(console, row)
            _print_never_started(console, row)
        if row.exit_code is ExitCode.INTERRUPTED:
            return


def _push(workspace: Workspace, how: How) -> None:
    if how.push:
        runs.push(workspace)


def _publish(console: Console, workspace: Workspace, how: How) -> tuple[Diagnostic, ...]:
    from reconciler.cli.reconcile import publish_rest

    return publish_rest(console, lambda: _push(workspace, how))


def _gone(target: str, ids: tuple[str, ...]) -> InvalidInputError:
    return InvalidInputError(
        "target.gone",
        f"there is no valid document of target {target}, so {', '.join(ids[:3])} cannot be ended there; its deadline still ends it",
        hint=f"bring the document back; if the database is gone for good: reconciler revoke --all-on {target} --unreachable --reason TEXT",
    )


def _change(workspace: Workspace, order: Order, ended: _Ended) -> Change:
    """The branch for what this command, or one before it, has ended."""
    from reconciler.model.leases import BY_COMMAND
    from reconciler.run import document_change

    leases = [row.id for row in ended.already if row.end_reason in BY_COMMAND]
    at = datetime.now(UTC)
    for result in ended.results:
        if isinstance(result, runs.Failure) or result.survey.ordered is None:
            continue
        ordered = result.survey.ordered
        leases += [row.id for row in (*ordered.begun, *ordered.closed)]
        at = result.survey.plan.at
    return document_change.propose(workspace, order, leases, at)


def _meanwhile(workspace: Workspace, order: Order, ended: _Ended) -> tuple[LeaseRecord, ...]:
    """What another run ended while this one waited for its turn."""
    from reconciler.run import ending

    known = {(row.target, row.id) for row in ended.already}
    names = []
    for result in ended.results:
        if isinstance(result, runs.Failure):
            continue
        name, ordered = result.survey.target.name, result.survey.ordered
        names.append(name)
        if ordered is not None:
            known |= {(name, row.id) for row in (*ordered.begun, *ordered.closed)}
    closed = ending.find(workspace, order, names).closed if names else ()
    return tuple(row for row in closed if (row.target, row.id) not in known)


def _print_already(console: Console, closed: tuple[LeaseRecord, ...]) -> None:
    for row in closed[:_SHOWN]:
        console.result(_already(row))
    if len(closed) > _SHOWN:
        console.result(f"... and {len(closed) - _SHOWN} more that have ended already")


def _already(row: LeaseRecord) -> str:
    when = f" at {format_instant(row.ended_at)}" if row.ended_at else ""
    why = f" ({row.end_reason.value})" if row.end_reason else ""
    return f"{row.id} on {safe(row.target)} has ended already{when}{why}"


def _print_never_started(console: Console, row: Result | runs.Failure) -> None:
    if isinstance(row, runs.Failure) or row.survey.ordered is None:
        return
    for found in row.survey.ordered.closed:
        console.result(f"  {found.id} had not been granted on {safe(found.target)} and never will")


def _print_branch(console: Console, workspace: Workspace, change: Change) -> None:
    if not change.branch:
        return
    has_origin = runs.has_origin(workspace)
    name = shlex.quote(change.branch)
    next_step = (
        f"git push origin {name}   and open a pull request" if has_origin else f"git merge {name}"
    )
    console.result(
        f"the documents still ask for {', '.join(change.leases[:3])}{' ...' if len(change.leases) > 3 else ''};"
        f" branch {safe(change.branch)} says that it has ended:\n    {safe(next_step)}"
    )


def _print_json(console: Console, workspace: Workspace, ended: _Ended, change: Change) -> None:
    from reconciler.cli.reconcile import to_json
    from reconciler.render import as_json

    console.json(
        {
            "commit": workspace.commit,
            "findings": as_json.diagnostics((*ended.unpublished, *change.findings)),
            "already_ended": [
                {
                    "lease": row.id,
                    "target": row.target,
                    "ended_at": format_instant(row.ended_at) if row.ended_at else None,
                    "reason": row.end_reason.value if row.end_reason else None,
                }
                for row in ended.already
            ],
            "never_starts": [row for result in ended.results for row in _closed(result)],
            "targets": [to_json(row) for row in ended.results],
            "branch": change.branch or None,
            "branch_leases": list(change.leases),
        }
    )


def _closed(row: Result | runs.Failure) -> list[dict[str, str]]:
    if isinstance(row, runs.Failure) or row.survey.ordered is None:
        return []
    return [{"lease": found.id, "target": found.target} for found in row.survey.ordered.closed]
