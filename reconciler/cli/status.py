"""`reconciler status`: how things stand, from documents, ledger and databases."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reconciler.cli import options, runs
from reconciler.cli.output import Console, Format
from reconciler.model.diagnostics import Diagnostic, has_errors
from reconciler.model.exit_codes import ExitCode, worst
from reconciler.model.instants import format_duration, format_instant
from reconciler.model.names import display
from reconciler.render.terminal import Style, counted, safe, table

if TYPE_CHECKING:
    from reconciler.run.standing import LeaseStanding
    from reconciler.run.target import Survey
    from reconciler.run.workspace import Workspace

_HEADER = ("LEASE", "GRANTEE", "STATE", "START", "END", "LEFT", "DEADLINE", "DOCUMENT")
_COLOURS = {
    "active": "green",
    "revoked-but-effective": "red",
    "due-to-end": "red",
    "due": "yellow",
    "pending": "cyan",
}


def status(
    repo: options.Repo = Path(),
    ref: options.Ref = None,
    target: options.Targets = None,
    output: options.Output = Format.TEXT,
    closed: Annotated[bool, typer.Option("--all", help="Show ended leases too.")] = False,
    fetch: options.Fetch = True,
) -> int:
    """Show every lease with its end and its deadline, and drift. Changes nothing; exits with 5 when an ended lease is in force, or one without a deadline."""
    from reconciler.run import standing
    from reconciler.run import target as run

    console = Console.standard()
    workspace = runs.open_workspace(repo, ref, fetch=fetch)
    chosen = workspace.targets(target or ())
    workspace = workspace.about(chosen)
    results = list(runs.over_targets(chosen, lambda row: run.look(workspace, row, os.environ)))
    surveys = {row.target.name: row for row in results if not isinstance(row, runs.Failure)}
    rows = {name: standing.standings(found, with_closed=closed) for name, found in surveys.items()}
    if output is Format.JSON:
        from reconciler.render import as_json

        console.json(
            {
                "commit": workspace.commit,
                "findings": as_json.diagnostics(workspace.findings),
                "targets": [_to_json(row, rows) for row in results],
            }
        )
    else:
        console.result("\n\n".join(_text(found, rows, console.style) for found in results))
        _tell_findings(console, run.all_findings(workspace, list(surveys.values())))
    for row in results:
        if isinstance(row, runs.Failure):
            console.diagnostics(row.error.diagnostics())
    return _exit_code(workspace, results, rows)


def _tell_findings(console: Console, found: tuple[Diagnostic, ...]) -> None:
    """Their number only: status is about what holds, and `validate` and `plan` list them. Break-glass access is never only a number."""
    console.diagnostics(row for row in found if row.rule.startswith("break-glass."))
    errors = sum(row.is_error for row in found)
    if errors:
        console.note(
            f"note: {counted(errors, 'error')} in documents or plans; reconciler plan lists them"
        )


def _text(
    found: Survey | runs.Failure, standings: dict[str, tuple[LeaseStanding, ...]], style: Style
) -> str:
    from reconciler.render import text

    if isinstance(found, runs.Failure):
        return text.failed(found.target, style)
    rows = standings[found.target.name]
    plan = found.plan
    lines = [
        f"{style(plan.target, 'bold')}  {plan.mode.value}  {safe(plan.database)}  at {format_instant(plan.at)}"
    ]
    if rows:
        lines.append(table(_HEADER, [_cells(row, style) for row in rows], style, indent="  "))
    else:
        lines.append("  no leases")
    pending = (
        counted(len(plan.changes), "change") + " to reconcile"
        if plan.changes
        else "nothing to reconcile"
    )
    lines.append(
        f"  {counted(len(found.desired.standing), 'standing entitlement')}, {counted(len(plan.drift), 'difference')} nobody planned, {pending}"
    )
    if plan.brakes:
        lines.append(text.brakes(plan, style))
    return "\n".join(lines)


def _cells(row: LeaseStanding, style: Style) -> list[str]:
    armed = {True: "armed", False: "MISSING", None: "-"}[row.armed]
    return [
        row.lease,
        safe(display(row.grantee)),
        style(row.state, _COLOURS[row.state]) if row.state in _COLOURS else row.state,
        format_instant(row.start) if row.start else "at activation",
        format_instant(row.end) if row.end else "-",
        format_duration(row.left) if row.left is not None else "-",
        style(armed, "red") if row.armed is False else armed,
        safe(row.document),
    ]


def _to_json(
    row: Survey | runs.Failure, rows: dict[str, tuple[LeaseStanding, ...]]
) -> dict[str, Any]:
    from reconciler.render import as_json

    if isinstance(row, runs.Failure):
        return runs.failed_to_json(row)
    name = row.target.name
    return {
        "target": name,
        "failed": False,
        "at": format_instant(row.plan.at),
        "leases": [
            {
                "lease": found.lease,
                "grantee": found.grantee,
                "state": found.state,
                "start": format_instant(found.start) if found.start else None,
                "end": format_instant(found.end) if found.end else None,
                "left_seconds": int(found.left.total_seconds()) if found.left is not None else None,
                "deadline_armed": found.armed,
                "document": found.document,
            }
            for found in rows[name]
        ],
        "standing": len(row.desired.standing),
        "drift": [as_json.drift(found) for found in row.plan.drift],
        "pending_changes": len(row.plan.changes),
        "brakes": [as_json.brake(found) for found in row.plan.brakes],
        "findings": as_json.diagnostics(row.plan.findings),
    }


def _exit_code(
    workspace: Workspace,
    results: list[Survey | runs.Failure],
    rows: dict[str, tuple[LeaseStanding, ...]],
) -> int:
    codes = [row.exit_code for row in results]
    if any(
        found.state in ("revoked-but-effective", "due-to-end") or found.armed is False
        for group in rows.values()
        for found in group
    ):
        codes.append(ExitCode.PARTIAL)
    if has_errors(workspace.findings):
        codes.append(ExitCode.INVALID)
    return worst(codes)
