"""`reconciler usage`: whether access was used, from the ledger for what has ended and from the audit trail for what is active."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reconciler.cli import options, runs
from reconciler.cli.output import Console, Format
from reconciler.model.errors import InvalidInputError
from reconciler.model.exit_codes import worst

if TYPE_CHECKING:
    from reconciler.model.documents import Target
    from reconciler.render.terminal import Style
    from reconciler.run.usage import Told
    from reconciler.run.workspace import Workspace

_NOT_READ = "the ledger does not say it: nothing was read when the lease ended"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known on one target, by lease."""

    target: str
    leases: Mapping[str, Told]


def usage(
    lease: Annotated[
        str | None, typer.Argument(help="Only this lease.", metavar="[LEASE]", show_default=False)
    ] = None,
    repo: options.Repo = Path(),
    ref: options.Ref = None,
    target: options.Targets = None,
    output: options.Output = Format.TEXT,
    fetch: options.Fetch = True,
) -> int:
    """Show whether access was used, when, from where, and what was refused. Changes nothing. A database is asked only when one of them is active there."""
    console = Console.standard()
    workspace = runs.open_workspace(repo, ref, fetch=fetch)
    chosen = workspace.targets(target or ())
    workspace = workspace.about(chosen)
    results = list(runs.over_targets(chosen, lambda row: _answer(workspace, row, lease)))
    _refuse_unknown(lease, results)
    if output is Format.JSON:
        _print_json(console, workspace, results)
    else:
        console.result("\n\n".join(filter(None, (_text(row, console.style) for row in results))))
    for row in results:
        if isinstance(row, runs.Failure):
            console.diagnostics(row.error.diagnostics())
    return worst([row.exit_code for row in results if isinstance(row, runs.Failure)])


def _answer(workspace: Workspace, target: Target, lease: str | None) -> Answer:
    """The ledger's word, and over it the trail's on what is active. Raises DatabaseError, LedgerError."""
    from reconciler.model.leases import RecordStatus
    from reconciler.run import usage as told

    state = workspace.ledger.read(target.name)
    known = told.recorded(workspace.ledger, target.name)
    ended = {row.id: row for row in state.leases.values() if row.ended_at is not None}
    found = {row.id: known.get(row.id) or told.untold(row, _NOT_READ) for row in ended.values()
             if row.status is not RecordStatus.LAPSED}  # fmt: skip
    if lease is None or lease not in ended:
        found |= _active(workspace, target)
    wanted = {key: found[key] for key in sorted(found) if lease in (None, key)}
    return Answer(target.name, wanted)


def _active(workspace: Workspace, target: Target) -> dict[str, Told]:
    from reconciler.oracle.session import connect
    from reconciler.run import target as run
    from reconciler.run import usage as told

    with connect(target, environment=os.environ) as session:
        survey = run.survey(workspace, target, session)
        return {row.lease_id: told.told(row) for row in told.of_active(survey, session)}


def _refuse_unknown(lease: str | None, results: list[Answer | runs.Failure]) -> None:
    if lease is None or any(isinstance(row, runs.Failure) or row.leases for row in results):
        return
    raise InvalidInputError(
        "usage.unknown-lease",
        f"no lease {lease} has ended or is active on {', '.join(row.target for row in results)}",
        hint="reconciler status --all lists the leases",
    )


def _text(row: Answer | runs.Failure, style: Style) -> str:
    from reconciler.render import text
    from reconciler.render import usage as render

    if isinstance(row, runs.Failure):
        return text.failed(row.target, style)
    if not row.leases:
        return f"{style(row.target, 'bold')}  no lease has ended or is active"
    return "\n\n".join(render.block(found.data, style) for found in row.leases.values())


def _print_json(
    console: Console, workspace: Workspace, results: list[Answer | runs.Failure]
) -> None:
    from reconciler.render import as_json

    console.json(
        {
            "commit": workspace.commit,
            "findings": as_json.diagnostics(workspace.findings),
            "targets": [_to_json(row) for row in results],
        }
    )


def _to_json(row: Answer | runs.Failure) -> dict[str, Any]:
    if isinstance(row, runs.Failure):
        return runs.failed_to_json(row)
    leases = [{**found.data, "source": found.source} for found in row.leases.values()]
    return {"target": row.target, "failed": False, "leases": leases}
